"""Pages of clocks: what is due and for whom, how long clocks run here, days off, duty handed over, a calendar."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from casework.access.opening import open_record, record_list
from casework.access.principals import principal
from casework.base import clock
from casework.base.refusals import NotVisible
from casework.deadlines import forms, queries
from casework.deadlines.actions import (
    acknowledge_deadline,
    end_feed,
    finish_office_clock,
    make_feed,
    set_holiday,
    set_period,
    start_office_clocks,
    take_over,
    withdraw_period,
)
from casework.deadlines.feed import as_calendar
from casework.deadlines.models import Deadline, OfficeDeadline
from casework.http.pages import attempt, done, page, public, show, submit, viewer
from casework.http.verbs import knows

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

R = TypeVar("R")

SCOPES: Final[dict[str, "StrOrPromise"]] = {
    "mine": _("My cases"),
    "unit": _("My unit"),
    "area": _("My area"),
}
BOARDS: Final[dict[str, "StrOrPromise"]] = {
    "overdue": _("Overdue"),
    "today": _("Due today and overdue"),
    "decisions": _("Waiting for a decision"),
    "ending": _("Ends within 24 hours"),
    "running": _("Running to a day"),
    "week": _("Within seven days"),
}


# --- what is due ---


@page("deadline.view", methods=("GET",))
def listing(request: HttpRequest) -> HttpResponse:
    """The boards: whose clocks, and which of them; the case with the nearest first, each with its button."""
    user, at = viewer(request), clock.now()
    scopes = queries.scopes_of(user, at=at)
    scope = request.GET.get("scope", "")
    scope = scope if scope in scopes else scopes[0]
    board = request.GET.get("board", "")
    board = board if board in BOARDS else "today"
    after = request.GET.get("after", "")
    found = queries.board(user, scope, board, after=after, at=at)
    record_list(
        user,
        "deadline.view",
        shown=list(dict.fromkeys(due.case.pk for due in found.rows)),
        filters={"scope": scope, "board": board},
    )
    here = reverse("deadline-list")
    asked = {"scope": scope, "board": board}
    # The others are counted when they are looked at; how much is overdue is told everywhere.
    counts = {name: queries.count(user, scope, name, at=at) for name in {board, "overdue"}}
    who = principal(user, at)
    return show(
        request,
        "deadlines/list.html",
        dues=found.rows,
        scopes=[
            {"title": title, "url": f"{here}?{urlencode({**asked, 'scope': name})}", "current": name == scope}
            for name, title in SCOPES.items()
            if name in scopes
        ],
        boards=[
            {
                "title": title,
                "url": f"{here}?{urlencode({**asked, 'board': name})}",
                "current": name == board,
                "count": queries.told_count(counts.get(name, 0)),
            }
            for name, title in BOARDS.items()
        ],
        next_url=f"{here}?{urlencode({**asked, 'after': found.next})}" if found.next else "",
        first_url=f"{here}?{urlencode(asked)}" if after else "",
        sees_offices=knows(who, "office_clock.view"),
        sees_handover=knows(who, "duty.take_over"),
        sees_calendar=knows(who, "calendar.set"),
    )


@page("case.view", methods=("GET",))
def detail(request: HttpRequest, deadline_id: UUID) -> HttpResponse:
    """One clock: since when and on what basis it runs, who was told and when, the button that does it."""
    user, at = viewer(request), clock.now()
    row = open_record(user, Deadline, deadline_id, page="deadline")
    told = queries.told_of(row, user, at=at)
    return show(request, "deadlines/detail.html", told=told, row=row, case=row.case)


@page("deadline.acknowledge", methods=("POST",))
def acknowledge(request: HttpRequest, deadline_id: UUID) -> HttpResponse:
    """One button: I know, and I am at it."""
    user = viewer(request)
    row = open_record(user, Deadline, deadline_id, verb="deadline.acknowledge", page="acknowledge")
    return _pressed(
        request,
        lambda: acknowledge_deadline(deadline=row, by=user, at=clock.now()),
        _("Noted. You are not reminded of it again; the clock runs on."),
        "deadline-detail",
        row.pk,
    )


# --- how long clocks run here ---


@page("period.view", methods=("GET",))
def period_list(request: HttpRequest) -> HttpResponse:
    """Every clock with its length, its basis and whether that was read in the law; what the province has set."""
    user, at = viewer(request), clock.now()
    who = principal(user, at)
    return show(
        request,
        "deadlines/periods.html",
        lines=queries.periods_of(user, at=at),
        coming=queries.coming_periods(user, at=at),
        may_set=knows(who, "period.set"),
        on=clock.local_date(at),
    )


@page("period.set")
def period_set(request: HttpRequest) -> HttpResponse:
    """Say how long one kind of clock runs from a day on."""
    user, at = viewer(request), clock.now()
    line = queries.period_of(user, request.GET.get("rule", ""), at=at)
    if line is None:
        return HttpResponseRedirect(reverse("period-list"))
    form = forms.period_form(_sent(request), line.initial(clock.local_date(at)))
    if request.method == "POST":
        kind, variant = line.rule.kind, line.rule.variant
        if submit(form, set_period, kind=kind, variant=variant, by=user, at=at) is not None:
            return done(
                request, _("The period has been set. Clocks that run keep their hour."), "period-list"
            )
    title = _("Change a period")
    return show(
        request,
        "deadlines/period.html",
        form=form,
        line=line,
        title=title,
        trail=[(_("Periods"), reverse("period-list")), (title, "")],
    )


@page("period.set", methods=("POST",))
def period_withdraw(request: HttpRequest, period_id: UUID) -> HttpResponse:
    """Take a period back."""
    user, at = viewer(request), clock.now()
    period = queries.open_period(user, period_id, at=at)
    return _pressed(
        request,
        lambda: withdraw_period(period=period, by=user, at=at),
        _("The period has been taken back. Clocks that run keep their hour."),
        "period-list",
    )


@page("holiday.set")
def holidays(request: HttpRequest) -> HttpResponse:
    """The days offices do not work, and the Saturdays they do; a form that sets one."""
    user, at = viewer(request), clock.now()
    form = forms.HolidayForm(_sent(request))
    if request.method == "POST" and submit(form, set_holiday, by=user, at=at) is not None:
        return done(request, _("The day has been set. Clocks that run keep their hour."), "holidays")
    return show(request, "deadlines/holidays.html", form=form, years=queries.holidays_by_year(at))


# --- clocks of an office ---


@page("office_clock.view", methods=("GET",))
def office_clocks(request: HttpRequest) -> HttpResponse:
    """What the office owes in time: returns, incidents with data; what runs first, then what is done."""
    user, at = viewer(request), clock.now()
    found = queries.office_clocks(user, at=at)
    record_list(user, "office_clock.view", shown=[line.row.pk for line in (*found.running, *found.over)])
    who = principal(user, at)
    return show(
        request, "deadlines/office_clocks.html", found=found, may_start=knows(who, "office_clock.start")
    )


@page("office_clock.start")
def office_clock_start(request: HttpRequest) -> HttpResponse:
    """Start the clocks of an event that must be reported in time."""
    user, at = viewer(request), clock.now()
    form = forms.OfficeClockForm(_sent(request), initial={"since": clock.local(at)})
    if request.method == "POST" and submit(form, start_office_clocks, by=user, at=at) is not None:
        return done(request, _("The clock runs. Those who answer for it are told."), "office-clocks")
    title = _("Start a clock")
    return show(
        request,
        "deadlines/office_clock.html",
        form=form,
        title=title,
        trail=[(_("Duties of the office"), reverse("office-clocks")), (title, "")],
    )


@page("office_clock.finish", methods=("POST",))
def office_clock_finish(request: HttpRequest, office_clock_id: UUID) -> HttpResponse:
    """Say that it has been done."""
    user = viewer(request)
    row = open_record(user, OfficeDeadline, office_clock_id, verb="office_clock.finish")
    return _pressed(
        request,
        lambda: finish_office_clock(clock=row, by=user, at=clock.now()),
        _("Noted as done."),
        "office-clocks",
    )


# --- duty ---


@page("duty.take_over", methods=("GET",))
def handover(request: HttpRequest) -> HttpResponse:
    """What lies open in the units for which one is on duty now, and the button that takes it over."""
    user, at = viewer(request), clock.now()
    shifts = queries.handovers_of(user, at=at)
    found = queries.board(user, "unit", "week", at=at) if shifts else None
    dues = found.rows if found else []
    record_list(user, "duty.take_over", shown=list(dict.fromkeys(due.case.pk for due in dues)))
    return show(
        request,
        "deadlines/handover.html",
        shifts=shifts,
        dues=dues,
        is_cut=bool(found and found.next),
    )


@page("duty.take_over", methods=("POST",))
def handover_take(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """Say that one has taken the duty over."""
    user, at = viewer(request), clock.now()
    row = queries.open_handover(user, handover_id)
    return _pressed(
        request,
        lambda: take_over(handover=row, by=user, at=at),
        _("You have taken the duty over."),
        "handover",
    )


# --- a calendar ---


@page("calendar.set", methods=("GET",))
def calendar(request: HttpRequest) -> HttpResponse:
    """Whether one has an address of a calendar, and what it tells."""
    return show(request, "deadlines/calendar.html", feed=queries.feed_of(viewer(request)))


@page("calendar.set", methods=("POST",), drafts=False)
def calendar_make(request: HttpRequest) -> HttpResponse:
    """Make the address: shown in the answer to the button and nowhere else."""
    made = make_feed(by=viewer(request), at=clock.now())
    address = request.build_absolute_uri(reverse("calendar-feed", args=[made.token]))
    return show(request, "deadlines/calendar.html", feed=made.feed, address=address)


@page("calendar.set", methods=("POST",))
def calendar_end(request: HttpRequest) -> HttpResponse:
    """End the address."""
    user = viewer(request)
    return _pressed(
        request,
        lambda: end_feed(by=user, at=clock.now()),
        _("The address has ended. It answers nobody any more."),
        "calendar",
    )


@public
def calendar_feed(request: HttpRequest, token: UUID) -> HttpResponse:
    """The calendar behind a secret address: when something is due, and nothing else.

    Whoever is gone, or asks for an address that never was, gets the same 404.
    """
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    at = clock.now()
    user = queries.read_feed(token, at=at)
    if user is None:
        raise NotVisible
    body = as_calendar(queries.read_entries(user, at=at), at=at)
    return HttpResponse(
        body,
        content_type="text/calendar; charset=utf-8",
        headers={"X-Robots-Tag": "noindex, nofollow", "Content-Disposition": 'inline; filename="lich.ics"'},
    )


# --- small parts ---


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _pressed(
    request: HttpRequest, act: Callable[[], R], said: "StrOrPromise", to: str, *args: Any
) -> HttpResponse:
    """A bare button: what it did is said on the next page, and so is the rule that stands against it."""
    _row, refusal = attempt(act)
    if refusal is not None:
        raise refusal
    return done(request, said, to, *args)
