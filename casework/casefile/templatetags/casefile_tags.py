"""The frame of a case page, so that the pages of every room share it without importing this one."""

from dataclasses import dataclass
from typing import Any, cast

from django import template
from django.template import Context
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from casework.access.decisions import may
from casework.base import clock
from casework.casefile.queries import header_of
from casework.cases.models import Case
from casework.cases.tabs import TABS
from casework.deadlines.queries import link
from casework.organisations.models import User
from casework.organisations.roles import RIGHTS

register = template.Library()

Trail = list[tuple[str | Promise, str]]


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything around one tab of a case."""

    trail: Trail
    header: dict[str, Any]
    tabs: list[dict[str, Any]]


@register.simple_tag(takes_context=True)
def case_frame(context: Context) -> Frame:
    """The way back, the head and the tabs of `case`, for the viewer; read once a page.

    The context holds `case`, `tab` (the short name of the tab) and, for a page below a tab, `page_title`.
    """
    kept: Frame | None = context.render_context.get("case_frame")
    if kept is None:
        case: Case = context["case"]
        user = cast("User", context["request"].user)
        kept = _frame(case, user, str(context.get("tab", "")), context.get("page_title") or "")
        context.render_context["case_frame"] = kept
    return kept


def _frame(case: Case, user: User, name: str, page_title: str | Promise) -> Frame:
    at = clock.now()
    tabs = [
        {"title": tab.title, "url": url, "current": tab.name == name}
        for tab in TABS
        if (url := link(tab.route, case.pk)) and _may_open(user, tab.verb, case)
    ]
    return Frame(_trail(case, tabs, name, page_title), header_of(case, user, at=at), tabs)


def _may_open(user: User, verb: str, case: Case) -> bool:
    # The case was opened, so only a verb with other rights than looking needs to be asked.
    return RIGHTS[verb] == RIGHTS["case.view"] or bool(may(user, verb, case))


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
