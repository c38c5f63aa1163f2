"""Pages of clocks: what is due, for me, my unit or my area."""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from casework.access.opening import record_list
from casework.base import clock
from casework.deadlines import queries
from casework.http.pages import page, show, viewer

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SCOPES: Final[dict[str, "StrOrPromise"]] = {
    "mine": _("My cases"),
    "unit": _("My unit"),
    "area": _("My area"),
}
SPANS: Final[dict[str, "StrOrPromise"]] = {
    "overdue": _("Overdue"),
    "today": _("Due today and overdue"),
    "week": _("Within seven days"),
}


@page("deadline.view", methods=("GET",))
def listing(request: HttpRequest) -> HttpResponse:
    """Every clock that runs out soon, the nearest first, each with its button."""
    user, at = viewer(request), clock.now()
    scopes = queries.scopes_of(user, at=at)
    scope = request.GET.get("scope", "")
    scope = scope if scope in scopes else scopes[0]
    span = request.GET.get("span", "")
    span = span if span in SPANS else "today"
    after = request.GET.get("after", "")
    found = queries.due_list(user, scope, before=end_of(span, at), after=after, at=at)
    record_list(
        user,
        "deadline.view",
        shown=[due.case.pk for due in found.rows],
        filters={"scope": scope, "span": span},
    )
    here = reverse("deadline-list")
    asked = {"scope": scope, "span": span}
    return show(
        request,
        "deadlines/list.html",
        dues=found.rows,
        scopes=[
            {"title": title, "url": f"{here}?{urlencode({**asked, 'scope': name})}", "current": name == scope}
            for name, title in SCOPES.items()
            if name in scopes
        ],
        spans=[
            {"title": title, "url": f"{here}?{urlencode({**asked, 'span': name})}", "current": name == span}
            for name, title in SPANS.items()
        ],
        next_url=f"{here}?{urlencode({**asked, 'after': found.next})}" if found.next else "",
        first_url=f"{here}?{urlencode(asked)}" if after else "",
    )


def end_of(span: str, at: datetime) -> datetime:
    """Until when a list reaches: now, the end of the day in Viet Nam, or seven days."""
    if span == "overdue":
        return at
    if span == "week":
        return at + timedelta(days=7)
    tomorrow = clock.local_date(at) + timedelta(days=1)
    return datetime.combine(tomorrow, time(), tzinfo=clock.VIETNAM)
