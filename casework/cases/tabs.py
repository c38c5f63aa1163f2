"""What stands above every page of a case: whose it is, how bad, what runs, how to reach her; and the tabs."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: its short name, its route, its title, and the verb whoever opens it must be allowed."""

    name: str
    route: str
    title: str | Promise
    verb: str = "case.view"


TABS: Final = (
    Tab("overview", "case-overview", _("Overview")),
    Tab("people", "case-people", _("People"), "person.view"),
    Tab("incidents", "case-incidents", _("Incidents")),
    Tab("risk", "case-risk", _("Risk")),
    Tab("measures", "case-measures", _("Measures")),
    Tab("plan", "case-plan", _("Plan")),
    Tab("referrals", "case-referrals", _("Referrals"), "referral.view"),
    Tab("files", "case-files", _("Files")),
    Tab("papers", "case-papers", _("Papers")),
    Tab("closing", "case-closing", _("Closing")),
    Tab("timeline", "case-timeline", _("Timeline")),
    Tab("readers", "case-readers", _("Who looked")),
)

STATE_TONES: Final = {
    "open": "accent",
    "in_progress": "accent",
    "closing_review": "warning",
}
