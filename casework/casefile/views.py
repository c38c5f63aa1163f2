"""The tabs that look across the wings: the case as a whole, and what happened in it."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from casework.access.decisions import may
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
        case_dues=found.dues,
        alerts=[{"alert": alert, "url": link(alert.route, case.pk)} for alert in found.alerts],
        mine=[due for due in found.dues if due.url],
        waiting=[due for due in found.dues if not due.url],
        story=_story(case, found),
        may_access=bool(may(user, "access.view", case, at=at)),
    )


def _story(case: Case, found: queries.Overview) -> list[tuple[str, str]]:
    """The five lines."""
    level = codes("risk_level").label(case.level) if case.level else ""
    return [
        (_("Who it is about"), found.who),
        (_("What has happened"), found.what or _("No incident has been recorded yet.")),
        (_("How great the danger is"), f"{level}. {found.level}" if level else found.level),
        (_("What runs"), found.runs or _("No measure and no referral.")),
        (_("What is missing"), "; ".join(found.missing) or _("Nothing.")),
    ]


@page("case.view", methods=("GET",))
def timeline(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What happened, newest first."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, page="timeline")
    found = queries.timeline_of(case, user, after=request.GET.get("after", ""), at=at)
    routes = {tab.name: tab.route for tab in TABS}
    items = [
        {
            **row,
            "url": link(routes[row["tab"]], case.pk) if row["tab"] else "",
            "changes_url": _changes_url(case, row["changed"]),
        }
        for row in found.rows
    ]
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


def _changes_url(case: Case, changed: tuple[str, UUID] | None) -> str:
    """What was changed in a record since it was first written."""
    if changed is None:
        return ""
    kind, pk = changed
    return f"{link('case-changes', case.pk)}?{urlencode({'kind': kind, 'id': pk})}"
