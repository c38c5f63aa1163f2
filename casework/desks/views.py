"""The first page of every role, and the desks."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from casework.access.opening import record_list
from casework.access.principals import Principal, principal
from casework.base import clock
from casework.deadlines.queries import link
from casework.desks import board, queries
from casework.http.pages import page, show, viewer
from casework.http.verbs import knows
from casework.intake import queries as reports
from casework.organisations.roles import PARTNERS, RECEIVER, WORKERS
from casework.protection import steps
from casework.referrals.queries import desk_of
from casework.staff.queries import unmanned

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


# --- the first page ---


@page("home.view", methods=("GET",))
def home(request: HttpRequest) -> HttpResponse:
    """What must I do now? One page for everybody, made of the parts their roles have."""
    user, at = viewer(request), clock.now()
    who = principal(user, at)
    today = queries.today_of(user, at=at) if who.has_role(*WORKERS) else None
    chair = queries.chair_desk_of(user, at=at) if knows(who, "desk.chair") else None
    partner = desk_of(user, at=at) if knows(who, "desk.partner") else None
    supervisor = queries.supervisor_desk_of(user, at=at) if knows(who, "desk.supervisor") else None
    taken = None
    if who.has_role(RECEIVER, *PARTNERS):
        taken = queries.waiting_reports(reports.taken_by(user, at=at).rows, at=at)
    first_steps = _first_steps(who)
    shown: list[UUID] = [pk for part in (today, chair, supervisor) if part is not None for pk in part.cases()]
    record_list(user, "home.view", shown=[*shown, *(partner.shown() if partner else [])])
    return show(
        request,
        "desks/home.html",
        today=today,
        chair=_chair(chair) if chair else None,
        unmanned=unmanned(user, at) if knows(who, "duty.set") else [],
        partner=partner,
        supervisor=supervisor,
        taken=taken,
        take_url=link("report-new") if knows(who, "report.take") else "",
        first_steps=first_steps,
        has_nothing=not any((today, chair, partner, supervisor, taken is not None, first_steps)),
    )


# Those who neither work on cases nor answer for them begin here: the verb, the page, what it is for.
_STEPS: Final[tuple[tuple[str, str, "StrOrPromise", "StrOrPromise"], ...]] = (
    ("audit.read", "desk-auditor", _("See who looked"), _("Search by case number, person, day or action.")),
    (
        "audit.open_case",
        "audit-open-case",
        _("Open a case with a reason"),
        _("For 60 minutes; the lead reads your reason."),
    ),
    (
        "return.view",
        "return-list",
        _("Prepare a return"),
        _("Figures of your area, each a link to what it counts."),
    ),
    ("user.manage", "user-list", _("Accounts and offices"), _("Who works where, and in which role.")),
)


def _first_steps(who: Principal) -> list[dict[str, Any]]:
    """The cards of roles without a desk of their own."""
    if any(knows(who, verb) for verb in ("desk.chair", "desk.supervisor", "desk.measures", "desk.partner")):
        return []
    return [
        {"title": title, "text": text, "url": url}
        for verb, route, title, text in _STEPS
        if knows(who, verb) and (url := link(route))
    ]


# --- the chair's desk ---


@page("desk.chair", methods=("GET",))
def chair(request: HttpRequest) -> HttpResponse:
    """Requests with the time left, one card a request, two buttons."""
    user, at = viewer(request), clock.now()
    found = queries.chair_desk_of(user, at=at)
    record_list(user, "desk.chair", shown=found.cases())
    return show(request, "desks/chair.html", chair=_chair(found))


def _chair(found: queries.ChairDesk) -> dict[str, Any]:
    """The desk with its links."""
    return {
        "requests": _cards(found.requests),
        "cancellations": _cards(found.cancellations, button="answer-cancellation"),
        "to_serve": _cards(found.to_serve),
        "reports": found.reports,
        "others": found.others,
        "is_empty": not any(
            (found.requests, found.cancellations, found.to_serve, found.reports, found.others)
        ),
    }


# --- the measures board ---


@page("desk.measures", methods=("GET",))
def measures(request: HttpRequest) -> HttpResponse:
    """Every measure in one of six columns, one line and one button each."""
    user, at = viewer(request), clock.now()
    found = queries.board_of(user, at=at)
    record_list(
        user, "desk.measures", shown=[card.measure.case_id for cards in found.values() for card in cards]
    )
    columns = [
        {"name": name, "title": title, "cards": _cards(found[name])} for name, title in board.COLUMNS.items()
    ]
    return show(request, "desks/measures.html", columns=columns, is_empty=not any(found.values()))


def _cards(cards: Iterable[queries.Card], *, button: str = "") -> list[dict[str, Any]]:
    return [_card(card, button or card.button) for card in cards]


def _card(card: queries.Card, name: str) -> dict[str, Any]:
    """One measure with its page and its button."""
    action = steps.ACTIONS.get(name)
    measure = card.measure
    to = (
        "" if action is None else link(action.page or name, measure.case_id if action.of_case else measure.pk)
    )
    return {
        "card": card,
        "measure": measure,
        "case": measure.case,
        "due": measure.decide_by if card.column == board.DECIDE else measure.ends_at,
        "url": link("measure-detail", measure.pk),
        "action_url": to,
        "action_label": action.label if action else "",
        "refuse_url": link("refuse-ban", measure.pk) if name == "decide-ban" else "",
    }


# --- from the report to the decision ---


@page("desk.pace", methods=("GET",))
def pace(request: HttpRequest) -> HttpResponse:
    """How long the way from a report to a decision took lately, in the whole area or in one commune of it."""
    user, at = viewer(request), clock.now()
    communes = queries.communes_of(user, at=at)
    chosen = next((area for area in communes if area.code == request.GET.get("commune")), None)
    found = queries.pace_of(user, commune=chosen, at=at)
    record_list(
        user,
        "desk.pace",
        shown=[ban.case_id for ban in found.decisions],
        filters={"commune": chosen.code if chosen else ""},
    )
    return show(
        request,
        "desks/pace.html",
        stretches=found.stretches,
        is_empty=not any(one.count for one in found.stretches),
        decisions=[
            {
                "case": ban.case,
                "measure": ban,
                "took": queries.took(ban),
                "is_late": queries.is_late(ban),
                "url": link("measure-detail", ban.pk),
            }
            for ban in found.decisions
        ],
        communes=communes if len(communes) > 1 else [],
        chosen=chosen,
    )


# --- the supervisor's desk ---


@page("desk.supervisor", methods=("GET",))
def supervisor(request: HttpRequest) -> HttpResponse:
    """Who is late, who is unprotected, what waits for a second person; the whole area or one commune of it."""
    user, at = viewer(request), clock.now()
    communes = queries.communes_of(user, at=at)
    chosen = next((area for area in communes if area.code == request.GET.get("commune")), None)
    found = queries.supervisor_desk_of(user, commune=chosen, at=at)
    record_list(
        user, "desk.supervisor", shown=found.cases(), filters={"commune": chosen.code if chosen else ""}
    )
    return show(
        request,
        "desks/supervisor.html",
        desk=found,
        communes=communes if len(communes) > 1 else [],
        chosen=chosen,
        approvals=_approvals(found),
    )


def _approvals(found: queries.SupervisorDesk) -> list[dict[str, Any]]:
    """Closings, lower levels and requests to destroy that wait for a second person, the longest waiting first."""
    closings = [
        {
            "title": _("Close the case"),
            "case": row.case,
            "initials": found.called.get(row.case_id, ""),
            "by": row.requested_by.full_name,
            "since": row.requested_at,
            "url": link("review-closing", row.pk),
            "label": _("Review the closing"),
        }
        for row in found.closings
    ]
    lowerings = [
        {
            "title": _("Lower the level"),
            "case": row.case,
            "initials": found.called.get(row.case_id, ""),
            "by": row.signed_by.full_name,
            "since": row.signed_at,
            "url": link("confirm-lowering", row.pk),
            "label": _("Answer"),
        }
        for row in found.lowerings
    ]
    disposals = [
        {
            "title": _("Destroy the content"),
            "case": row.case,
            "initials": found.called.get(row.case_id, ""),
            "by": row.requested_by.full_name,
            "since": row.requested_at,
            "url": link("answer-disposal", row.pk),
            "label": _("Answer"),
        }
        for row in found.disposals
    ]
    told = [
        {
            "title": _("Destroy the content of a report"),
            "report": row.report,
            "by": row.requested_by.full_name,
            "since": row.requested_at,
            "url": link("answer-report-disposal", row.pk),
            "label": _("Answer"),
        }
        for row in found.report_disposals
    ]
    return sorted([*closings, *lowerings, *disposals, *told], key=lambda one: str(one["since"]))
