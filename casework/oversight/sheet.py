"""The papers of the auditor as data."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet

OPEN_CASE: Final = Sheet(
    "audit_open_case",
    _("Open a case with a reason"),
    (
        Section(
            "why",
            _("Which case, and why"),
            (
                Item("number", "text", required=True, label=_("Case number")),
                Item(
                    "reason",
                    "long_text",
                    required=True,
                    label=_("Reason"),
                    why=_("The lead of the case and supervisors read this reason."),
                ),
            ),
            hint=_("You can read the case for 60 minutes. What you open is remembered like every reading."),
        ),
    ),
)

OPEN_TERM: Final = Sheet(
    "audit_open_term",
    _("Open the words of a search"),
    (
        Section(
            "why",
            "",
            (
                Item("event", "integer", required=True, label=_("Event")),
                Item(
                    "reason",
                    "long_text",
                    required=True,
                    label=_("Why you need to see them now"),
                    help=_("Your name, the time and this reason are kept; whoever audits access reads them."),
                ),
            ),
        ),
    ),
)
