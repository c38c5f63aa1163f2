"""The papers of destroying and of legal holds as data."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet

REQUEST: Final = Sheet(
    "disposal",
    _("Request to destroy"),
    (
        Section(
            "why",
            _("Why"),
            (
                Item("ground", "code", codes="disposal_ground", required=True),
                Item(
                    "reason",
                    "long_text",
                    required=True,
                    help=_(
                        "Without names: the reason is destroyed with the rest, but people read it before."
                    ),
                ),
            ),
        ),
    ),
)

ANSWER: Final = Sheet(
    "disposal_answer",
    _("Answer of the second person"),
    (Section("answer", _("Answer"), (Item("remarks", "long_text", required=True),)),),
)

STOP: Final = Sheet(
    "disposal_stop",
    _("Stop destroying"),
    (Section("why", _("Why"), (Item("stop_reason", "long_text", required=True),)),),
)

HOLD: Final = Sheet(
    "legal_hold",
    _("Legal hold"),
    (
        Section(
            "hold",
            _("What it is needed for"),
            (
                Item("ground", "code", codes="legal_hold_reason", required=True),
                Item("reason", "long_text", required=True),
                Item("until", "date", help=_("Leave empty: it runs until somebody lifts it.")),
            ),
        ),
    ),
)

LIFTING: Final = Sheet(
    "legal_hold_lifting",
    _("Lift the hold"),
    (Section("why", _("Why"), (Item("lift_reason", "long_text", required=True),)),),
)
