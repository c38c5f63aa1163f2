"""The papers of closing as data."""

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet

CLOSING = Sheet(
    "closing",
    _("Request to close the case"),
    (
        Section(
            "why",
            _("Why the case can close"),
            (
                Item("reason", "code", codes="closing_reason", required=True),
                Item("outcomes", "codes", codes="closing_outcome", required=True),
                Item(
                    "her_wish",
                    "long_text",
                    required=True,
                    why=_("A case is not closed over her head."),
                ),
                Item("findable", "yes_no", required=True),
            ),
        ),
    ),
)

REVIEW = Sheet(
    "closing_review",
    _("Review by a second person"),
    (Section("review", _("Review"), (Item("remarks", "long_text", required=True),)),),
)

EXTENSION = Sheet(
    "extension",
    _("Longer supervision"),
    (
        Section(
            "why",
            _("Why"),
            (
                Item(
                    "extension_reason",
                    "long_text",
                    required=True,
                    help=_("What still worries you, and what is watched in these three months."),
                ),
            ),
        ),
    ),
)

REOPENING = Sheet(
    "reopening",
    _("Re-opening"),
    (
        Section(
            "why",
            _("Why"),
            (
                Item("reason", "code", codes="reopen_reason", required=True, label=_("Why it is re-opened")),
                Item("remarks", "long_text", required=True, label=_("What happened")),
            ),
        ),
    ),
)
