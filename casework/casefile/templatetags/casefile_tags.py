"""The frame of a case page, so that the pages of every room share it without importing this one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django import template
from django.template import Context
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from casework.access.decisions import may
from casework.access.principals import principal
from casework.base import clock
from casework.casefile.queries import header_of, readable_until
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.cases.tabs import TABS
from casework.deadlines.queries import clocks_of, link
from casework.disposal.models import Disposal
from casework.disposal.queries import running_of
from casework.disposal.retention import ANSWER_WITHIN
from casework.organisations.models import User
from casework.organisations.roles import bases

register = template.Library()

Trail = list[tuple[str | Promise, str]]


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything around one tab of a case."""

    trail: Trail
    header: dict[str, Any]
    tabs: list[dict[str, Any]]
    # Set for somebody who reads the case with a reason, for a time.
    readable_until: datetime | None
    # Rows that are not what was last written: the kind of each.
    damaged: Sequence[str]
    # Set while somebody has asked to destroy what the case holds.
    disposal: "Ending | None" = None


@dataclass(frozen=True, slots=True)
class Ending:
    """A request to destroy the case that waits for its answer or for its day."""

    request: Disposal
    answer_by: datetime
    may_stop: bool


@register.simple_tag(takes_context=True)
def case_frame(context: Context) -> Frame:
    """The way back, the head and the tabs of `case`, for the viewer; read once a page.

    The context holds `case`, `tab` (the short name of the tab) and, for a page below a tab, `page_title`;
    `case_dues` when the page has already read the clocks.
    """
    kept: Frame | None = context.render_context.get("case_frame")
    if kept is None:
        case: Case = context["case"]
        user = cast("User", context["request"].user)
        at = clock.now()
        dues = context.get("case_dues")
        name = str(context.get("tab", ""))
        tabs = _tabs(case, user, name, at=at)
        header = header_of(case, clocks_of(case, user, at=at) if dues is None else dues, at=at)
        if any(one.kind == "case" for one in case.damage):
            # Somebody may have lowered it: no level is safer than a wrong one.
            header["level"] = ""
        kept = Frame(
            trail=_trail(case, tabs, name, context.get("page_title") or ""),
            header=header,
            tabs=tabs,
            readable_until=readable_until(case, user, at=at),
            damaged=sorted({one.label for one in case.damage}),
            disposal=_ending(case, user, at=at),
        )
        context.render_context["case_frame"] = kept
    return kept


def _ending(case: Case, user: User, *, at: datetime) -> Ending | None:
    """Only a closed case can be destroyed, so no other costs a question."""
    request = running_of(case) if case.state == lifecycle.CLOSED else None
    if request is None:
        return None
    may_stop = bool(may(user, "disposal.stop", case, at=at))
    return Ending(request, request.requested_at + ANSWER_WITHIN, may_stop)


def _tabs(case: Case, user: User, name: str, *, at: datetime) -> list[dict[str, Any]]:
    """The tabs that are there and that the viewer may open."""
    return [
        {"title": tab.title, "url": url, "current": tab.name == name}
        for tab in TABS
        if (url := link(tab.route, case.pk)) and _may_open(user, tab.verb, case, at=at)
    ]


def _may_open(user: User, verb: str, case: Case, *, at: datetime) -> bool:
    """Whoever opened the case may do what rests on the same bases; anything else is asked."""
    seats = principal(user, at).seats
    if all(bases("case.view", seat.role) <= bases(verb, seat.role) for seat in seats):
        return True
    return bool(may(user, verb, case, at=at))


def _trail(case: Case, tabs: list[dict[str, Any]], name: str, page_title: str | Promise) -> Trail:
    """Cases, the case, the tab, the page; the last has no link."""
    trail: Trail = [(_("Cases"), link("case-list"))]
    trail += [(case.number, tab["url"]) for tab in tabs[:1]]
    if name != "overview":
        trail += [(tab["title"], tab["url"]) for tab in tabs if tab["current"]]
    if page_title:
        trail.append((page_title, ""))
    way, (here, _url) = [step for step in trail[:-1] if step[1]], trail[-1]
    return [*way, (here, "")]
