"""What is asked about a consignment."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet
from casework.organisations.validity import from_when, law

PREPARE: Final = Sheet(
    "prepare_consignment",
    _("Prepare a consignment"),
    (
        Section(
            "what",
            _("Which period"),
            (
                Item(
                    "period",
                    "text",
                    _("Period"),
                    help=_("A month as 2026-09, a quarter as 2026-Q3."),
                    required=True,
                ),
            ),
        ),
    ),
)
CHECK: Final = Sheet(
    "check_consignment",
    _("Say that it is checked"),
    (
        Section(
            "points",
            _("Points to look at"),
            (Item("looked_at", "flag", _("I have looked at every point")),),
        ),
    ),
)
SIGN: Final = Sheet(
    "sign_consignment",
    _("Sign the consignment"),
    (
        Section(
            "what",
            _("What was shown"),
            (Item("sha256", "text", _("Fingerprint of the rows"), required=True),),
        ),
    ),
)
RECEIVE: Final = Sheet(
    "receive_consignment",
    _("Note the receipt"),
    (
        Section(
            "receipt",
            _("Receipt of the national database"),
            (
                Item("receipt_number", "text", required=True),
                Item("receipt_on", "date", required=True),
            ),
        ),
    ),
)
RULE: Final = Sheet(
    "consignment_rule",
    _("Set how often"),
    (
        Section(
            "what",
            _("How often, and by when"),
            (
                Item("rhythm", "code", codes="consignment_rhythm", required=True),
                Item(
                    "due_days",
                    "integer",
                    help=_(
                        "Leave empty where no day is known. Those who answer for the province are told in time."
                    ),
                ),
            ),
        ),
        law(),
        from_when(_("Consignments that are prepared already keep their period.")),
    ),
)
