"""What is asked about a request to see a file."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet

RECORD: Final = Sheet(
    "access_record",
    _("Request to see the file"),
    (
        Section(
            "who",
            _("Who asks"),
            (
                Item("who", "text", required=True),
                Item(
                    "capacity",
                    "code",
                    codes="access_capacity",
                    required=True,
                    why=_("A parent or representative may be the one the file protects against."),
                ),
                Item("proof", "text", help=_("Card, birth certificate, written authority.")),
            ),
        ),
        Section(
            "what",
            _("What is asked"),
            (
                Item("scope", "code", codes="access_scope", required=True),
                Item("participant", "person", label=_("About which child")),
                Item("wants", "long_text"),
                Item("received_at", "datetime", required=True, help=_("The two working days run from here.")),
            ),
        ),
    ),
)

REFUSE: Final = Sheet(
    "access_refuse",
    _("Refuse to show the file"),
    (
        Section(
            "why",
            "",
            (
                Item("refusals", "codes", codes="access_refusal", required=True),
                Item(
                    "reasons",
                    "long_text",
                    required=True,
                    help=_("Whoever asked reads this: no address, no telephone, no word of who reported."),
                ),
            ),
        ),
    ),
)

ALLOW: Final = Sheet(
    "access_allow",
    _("Allow an extract"),
    (
        Section(
            "why",
            "",
            (
                Item(
                    "reasons", "long_text", required=True, label=_("What the extract may hold, and what not")
                ),
            ),
        ),
    ),
)

PREPARE: Final = Sheet(
    "access_prepare",
    _("The extract"),
    (
        Section(
            "paper",
            "",
            (
                Item(
                    "paper_id",
                    "person",
                    label=_("Which paper"),
                    required=True,
                    help=_("Papers of this case made for whoever asks, that passed the look through."),
                ),
                Item("checked", "long_text", required=True),
            ),
        ),
    ),
)

RELEASE: Final = Sheet(
    "access_release",
    _("Hand the extract over"),
    (
        Section(
            "why",
            "",
            (
                Item(
                    "remark",
                    "long_text",
                    required=True,
                    help=_("What you looked at before you agreed."),
                ),
            ),
        ),
    ),
)
