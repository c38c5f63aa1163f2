"""The tabs that look across the wings: the case as a whole, and what happened in it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from casework.access.opening import open_record
from casework.base import clock
from casework.base.codes import codes
from casework.casefile import queries
from casework.cases.models import Case
from casework.cases.tabs import TABS
from casework.deadlines.queries import link
from casework.http.pages import page, show, viewer


@page("case.view", methods=("GET",))
def overview(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What is wrong, what to do next, and the story in five lines."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, page="overview")
    found = queries.overview_of(case, user, at=at)
    return show(
        request,
        "casefile/overview.html",
        case=case,
        tab="overview",
        overview=found,
        alerts=[{"alert": alert, "url": link(alert.route, case.pk)} for alert in found.alerts],
        mine=[due for due in found.dues if due.url],
        waiting=[due for due in found.dues if not due.url],
        story=_story(case, found),
    )


def _story(case: Case, found: queries.Overview) -> list[dict[str, Any]]:
    """The five lines, each with the tab that tells more."""
    level = codes("risk_level").label(case.level) if case.level else ""
    lines = (
        (_("Who"), found.who, "case-people"),
        (_("What happened"), found.what, "case-incidents"),
        (_("Risk"), f"{level}. {found.level}" if level else found.level, "case-risk"),
        (_("What runs"), found.runs or _("No measure and no referral."), "case-measures"),
        (_("What is missing"), "; ".join(found.missing) or _("Nothing."), ""),
    )
    return [
        {"label": label, "value": value, "action_url": link(route, case.pk) if route else "", "action_label": _("Open")}
        for label, value, route in lines
    ]


@page("case.view", methods=("GET",))
def timeline(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What happened, newest first."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, page="timeline")
    found = queries.timeline_of(case, user, after=request.GET.get("after", ""), at=at)
    routes = {tab.name: tab.route for tab in TABS}
    items = [{**row, "url": link(routes[row["tab"]], case.pk) if row["tab"] else ""} for row in found.rows]
    here = reverse("case-timeline", args=[case.pk])
    return show(
        request,
        "casefile/timeline.html",
        case=case,
        tab="timeline",
        items=items,
        next_url=f"{here}?after={found.next}" if found.next else "",
        first_url=here if request.GET.get("after") else "",
    )
