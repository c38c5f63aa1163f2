"""What the minute job does with clocks: starts those that no verb starts, tells people, ends what ends by itself.

Every deed is a transaction of its own, with its event and its notices: killed at any instant, it is done or not.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef

from casework.access.machine import machine
from casework.audit.acting import acting_as
from casework.base.clock import local_date
from casework.base.codes import codes
from casework.base.prepared import instances
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.deadlines import audience, periods, reminders
from casework.deadlines.audience import Roster
from casework.deadlines.clocks import end_clock, ends, refresh_next_clock, rule_of, set_clock, start_clock
from casework.deadlines.models import (
    Alarm,
    Clock,
    Deadline,
    Handover,
    OfficeDeadline,
    Reminder,
    ReportDeadline,
)
from casework.intake.models import Report
from casework.notifications.outbox import News, tell_people
from casework.organisations import roles
from casework.organisations.models import Agency, Area, DutyShift

log = logging.getLogger(__name__)

AT_ONCE: Final = 200
# A clock that cannot be told of is tried again after this, so that it does not stand before all others.
AGAIN: Final = timedelta(minutes=5)
# A yearly duty is on the lists from so many days before its day.
AHEAD: Final = timedelta(days=14)
# Longer ago than this nobody is handed anything over by the shift before.
GAP: Final = timedelta(hours=12)
HANDED, NOBODY = "handover", "duty_gap"
MODELS: Final[dict[str, type[Clock]]] = {
    str(model._meta.model_name): model for model in (Deadline, ReportDeadline, OfficeDeadline)
}
_JOINED: Final = {
    "deadline": ("case__lead", "user"),
    "reportdeadline": ("report__area", "report__created_by", "user"),
    "officedeadline": ("area", "user"),
}


@dataclass(slots=True)
class Ran:
    """What one minute did, in clocks; failed: what could not be told and will be tried again."""

    started: int = 0
    stopped: int = 0
    told: int = 0
    ended: int = 0
    unheard: int = 0
    handed: int = 0
    failed: int = 0


def run_minute(at: datetime, *, until: Callable[[], bool] = lambda: False) -> Ran:
    """Everything that is due at this instant; safe to run at any time, twice at once, and after any time off.

    until: asked between two clocks whether to leave the rest to the next minute.
    """
    ran = Ran()
    with acting_as(request_id=str(uuid4())):
        for work in (_report_clocks, _first_assessments, _yearly_clocks):
            for deed in work(at, ran):
                _try(deed, ran)
        remind(at, ran, until=until)
        for shift in _shifts_begun(at):
            _try(lambda shift=shift: _hand_over(shift, at, ran), ran)  # type: ignore[misc]
        for shift in _shifts_over(at):
            _try(lambda shift=shift: _tell_gap(shift, at, ran), ran)  # type: ignore[misc]
    return ran


def _try(deed: Callable[[], None], ran: Ran) -> None:
    """One deed; what breaks it is logged and must not keep anybody else from being told."""
    try:
        deed()
    except Exception:
        log.exception("a deed of the minute job failed")
        ran.failed += 1


# --- clocks that no verb starts: their cause lies on a floor that knows no clocks ---


def _report_clocks(at: datetime, ran: Ran) -> Iterator[Callable[[], None]]:
    """Reports of which the chair was not told, or that nobody was given: their clocks follow from the report."""
    reports = Report.objects.everything(reason="whose duties «at once» are not done").filter(
        decided_at__isnull=True, first_assigned_at__isnull=True
    )
    owed = {report.pk: report for report in reports.select_related("area")}
    running = {
        clock.report_id: clock
        for clock in ReportDeadline.objects.everything(reason="clocks of reports").filter(state=Clock.OPEN)
    }
    for key, clock in running.items():
        report = owed.get(key)
        if report is None or (clock.kind, clock.starts_at) != _duty(report):
            yield lambda clock=clock: _stop_report_clock(clock, at, ran)  # type: ignore[misc]
    for key, report in owed.items():
        clock_ = running.get(key)
        if clock_ is None or (clock_.kind, clock_.starts_at) != _duty(report):
            yield lambda report=report: _start_report_clock(report, at, ran)  # type: ignore[misc]


def _duty(report: Report) -> tuple[str, datetime]:
    """What is owed of a report now, and since when (Art. 20)."""
    if report.chair_told_at is not None:
        return "report_assign", report.chair_told_at
    if report.address_kind == "e":
        return "hotline_notify_chair", report.passed_at or report.received_at
    return "report_notify_chair", report.passed_at or report.received_at


def _stop_report_clock(clock: ReportDeadline, at: datetime, ran: Ran) -> None:
    with machine("deadline.stop", case_id=None, at=at) as deed:
        held = _reread(clock)
        if held is None:
            return
        report = cast("ReportDeadline", held).report
        done_at = report.chair_told_at if held.kind != "report_assign" else report.first_assigned_at
        end_clock(held, at=done_at or report.decided_at or at)
        deed.obj, deed.detail, deed.done = held, {"kind": held.kind}, True
        ran.stopped += 1


def _start_report_clock(report: Report, at: datetime, ran: Ran) -> None:
    kind, since = _duty(report)
    with machine("deadline.start", case_id=None, at=at) as deed:
        province = report.area.parent_id or report.area_id
        rule = rule_of(kind, province=province, on=local_date(since))
        if rule.length is None:
            return
        clock = ReportDeadline(report=report, kind=kind, subject_type="report", subject_id=report.pk)
        # It counts from the report, and is set now: what should have been said before is said at once.
        set_clock(clock, rule, at=at, since=since, due_at=ends(rule.length, since))
        deed.obj, deed.detail, deed.done = clock, {"kind": kind}, True
        ran.started += 1


def _first_assessments(at: datetime, ran: Ran) -> Iterator[Callable[[], None]]:
    """New cases whose first assessment has no row yet."""
    open_ones = Deadline.objects.everything(reason="first assessments").filter(
        case=OuterRef("pk"), kind=lifecycle.FIRST, state=Clock.OPEN
    )
    rows = Case.objects.everything(reason="cases that were never assessed").filter(
        ~Exists(open_ones),
        level_at__isnull=True,
        state__in=lifecycle.LIVE,
        province__in=Area.objects.filter(parent=None),
    )
    for key in rows.values_list("pk", flat=True)[:AT_ONCE]:
        yield lambda key=key: _start_first(key, at, ran)  # type: ignore[misc]


def _start_first(key: UUID, at: datetime, ran: Ran) -> None:
    with machine("deadline.start", case_id=key, at=at) as deed:
        case = Case.objects.everything(reason="read again under its lock").select_for_update().get(pk=key)
        if case.level_at is not None or case.state not in lifecycle.LIVE:
            return
        clock = start_clock(case, lifecycle.FIRST, at=at, since=case.opened_at)
        if clock is not None:
            deed.obj, deed.detail, deed.done = clock, {"kind": clock.kind}, True
            ran.started += 1


def _yearly_clocks(at: datetime, ran: Ran) -> Iterator[Callable[[], None]]:
    """Returns and reports that are due once a year, for every commune or province that has the office."""
    kinds = [row for row in codes(periods.KINDS).active(local_date(at)) if row.flag("yearly")]
    if not kinds:
        return
    offices = Agency.objects.filter(kind__in=("commune_committee", "province_department"), is_active=True)
    areas = {area.pk: area for area in Area.objects.filter(agencies__in=offices).distinct()}
    for row in kinds:
        of_province = row.string("who") in audience.OF_PROVINCE
        rules: dict[int, periods.Rule] = {}
        for area in areas.values():
            if (area.parent_id is None) != of_province:
                continue
            province = area.parent_id or area.pk
            if province not in rules:
                rules[province] = rule_of(row.code, province=province, on=local_date(at))
            rule = rules[province]
            if rule.length is None or rule.length.unit != periods.YEARLY:
                continue
            due_at = ends(rule.length, at)
            if at >= due_at - AHEAD:
                yield lambda area=area, rule=rule, due_at=due_at: _start_yearly(  # type: ignore[misc]
                    area, rule, due_at, at, ran
                )


def _start_yearly(area: Area, rule: periods.Rule, due_at: datetime, at: datetime, ran: Ran) -> None:
    year = {"area": area, "kind": rule.kind, "due_at__gt": due_at - timedelta(days=180)}
    known = OfficeDeadline.objects.everything(reason="once a year").filter(**year)
    ran.started += _start_of_office(area, rule, known, since=due_at - AHEAD, due_at=due_at, at=at)


@dataclass(frozen=True, slots=True)
class Owed:
    """A clock of an office whose hour only another room can tell: it begins once, with `since`."""

    area: Area
    kind: str
    since: datetime
    due_at: datetime
    basis: str
    is_verified: bool


def start_owed(owed: Iterable[Owed], at: datetime) -> int:
    """Start those of the clocks that were not started yet; how many. Safe to run at any time, and twice at once."""
    return sum(_start_one(one, at) for one in owed)


def _start_one(one: Owed, at: datetime) -> bool:
    shipped = rule_of(one.kind, province=one.area.parent_id or one.area.pk, on=local_date(at))
    rule = replace(shipped, basis=one.basis, verified=one.is_verified)
    known = OfficeDeadline.objects.everything(reason="once a period").filter(
        area=one.area, kind=one.kind, starts_at=one.since
    )
    return _start_of_office(one.area, rule, known, since=one.since, due_at=one.due_at, at=at)


def _start_of_office(
    area: Area, rule: periods.Rule, known: Any, *, since: datetime, due_at: datetime, at: datetime
) -> bool:
    """Start a clock of an office unless it is known; asked again once nobody else can start it.

    One that was cancelled begins anew: what cancelled it does not hold any more.
    """
    standing = known.exclude(state=Clock.CANCELLED)
    if standing.exists():
        return False
    with machine("deadline.start", case_id=None, at=at) as deed:
        if standing.exists():
            return False
        clock = known.first() or OfficeDeadline(
            area=area, province_id=area.parent_id or area.pk, kind=rule.kind
        )
        clock.state, clock.ended_at = Clock.OPEN, None
        set_clock(clock, rule, at=at, since=since, due_at=due_at)
        deed.obj, deed.detail, deed.done = clock, {"kind": rule.kind}, True
    return True


# --- telling ---


def remind(at: datetime, ran: Ran, *, until: Callable[[], bool] = lambda: False) -> None:
    """Take every step that is due, clock by clock, the longest waiting first."""
    roster = Roster(at)
    while not until():
        due = list(
            Alarm.objects.filter(next_at__lte=at)
            .order_by("next_at", "pk")
            .values_list("clock", "model", "case")[:AT_ONCE]
        )
        for key, model, case_id in due:
            if until():
                return
            _remind_one(key, model, case_id, roster, at, ran)
        if len(due) < AT_ONCE:
            return


def _remind_one(key: UUID, model: str, case_id: UUID | None, roster: Roster, at: datetime, ran: Ran) -> None:
    try:
        _take_steps(key, model, case_id, roster, at, ran)
    except Exception:
        # One broken clock must not silence all those behind it.
        log.exception("a clock could not be told of")
        ran.failed += 1
        with transaction.atomic():
            Alarm.objects.filter(pk=key).update(next_at=at + AGAIN)


def _take_steps(key: UUID, model: str, case_id: UUID | None, roster: Roster, at: datetime, ran: Ran) -> None:
    with machine("deadline.remind", case_id=case_id, at=at) as deed:
        alarm = Alarm.objects.select_for_update().filter(pk=key, next_at__lte=at).first()
        if alarm is None:
            return
        clock = _reread_by(key, model)
        if clock is None:
            alarm.delete()
            return
        steps = reminders.read(clock.steps)
        done = set(Reminder.objects.filter(clock=key, due_at=clock.due_at).values_list("step", flat=True))
        now = reminders.run(
            steps,
            clock.due_at,
            set_at=alarm.set_at,
            done=done,
            at=at,
            is_known=clock.acknowledged_at is not None,
        )
        told: set[UUID] = set()
        counted = {who: _tell(clock, who, kind, roster, at, told) for who, kind in now.tell.items()}
        Reminder.objects.bulk_create(
            Reminder(
                clock=key,
                due_at=clock.due_at,
                step=step.name,
                at=at,
                outcome=now.steps[step.name],
                told=counted.get(step.tell, 0) if now.steps[step.name] == reminders.TOLD else 0,
            )
            for step in steps
            if step.name in now.steps
        )
        if now.ends:
            end_clock(clock, at=clock.due_at)
            if isinstance(clock, Deadline):
                refresh_next_clock(clock.case)
            ran.ended += 1
        else:
            _set_next(alarm, clock, steps, done | set(now.steps))
        deed.obj = clock
        deed.detail = {"kind": clock.kind, "steps": sorted(now.steps), "told": sum(counted.values())}
        deed.done = bool(now.tell) or now.ends
        ran.told += sum(counted.values()) > 0
        ran.unheard += bool(counted) and not all(counted.values())


def _set_next(alarm: Alarm, clock: Clock, steps: list[reminders.Step], done: set[str]) -> None:
    next_at = reminders.next_at(steps, clock.due_at, set_at=alarm.set_at, done=done)
    if next_at is None:
        alarm.delete()
    else:
        alarm.next_at = next_at
        alarm.save(update_fields=["next_at"])


def _tell(clock: Clock, who: str, kind: str, roster: Roster, at: datetime, told: set[UUID]) -> int:
    """Tell an audience; how many of it know now.

    told: who was told in this minute already, as in another duty of theirs; nobody is told the same twice.
    """
    audience_now = audience.told(clock, who, roster)
    people = [one for one in audience_now if one.pk not in told]
    told.update(one.pk for one in people)
    partners = set(roster.holding(*roles.PARTNERS, agency=clock.agency_id)) if clock.agency_id else set()
    for some, (route, about) in (
        ([one for one in people if one in partners], ("referral-detail", clock.subject_id)),
        ([one for one in people if one not in partners], _page_of(clock)),
    ):
        tell_people(
            some,
            News(
                kind=kind,
                topic=clock.kind,
                is_urgent=_is_urgent(clock),
                due_at=clock.due_at,
                route=route,
                about=about,
            ),
            at=at,
            reach=roster.reach(some),
            on_duty=roster.on_duty_ids,
        )
    return len(audience_now)


def _page_of(clock: Clock) -> tuple[str, UUID | None]:
    """Where a clock is looked at by those who may see what it belongs to."""
    if isinstance(clock, ReportDeadline):
        return "report-detail", clock.report_id
    if isinstance(clock, OfficeDeadline):
        return "office-clocks", None
    return "deadline-detail", clock.pk


def _is_urgent(clock: Clock) -> bool:
    if isinstance(clock, Deadline):
        return reminders.is_dangerous(clock.kind, level=clock.case.level)
    if isinstance(clock, ReportDeadline):
        return reminders.is_dangerous(clock.kind, priority=clock.report.priority)
    return reminders.is_dangerous(clock.kind)


# --- duty handed over ---


def _shifts_begun(at: datetime) -> list[DutyShift]:
    rows = DutyShift.objects.filter(starts_at__lte=at, ends_at__gt=at, handover__isnull=True)
    return list(rows.select_related("user", "agency").order_by("starts_at")[:AT_ONCE])


def _shifts_over(at: datetime) -> list[DutyShift]:
    """Shifts that ended within a day without anybody following them."""
    follows = DutyShift.objects.filter(agency=OuterRef("agency"), starts_at__lte=at, ends_at__gt=at)
    told = Reminder.objects.filter(clock=OuterRef("pk"), step=NOBODY)
    rows = DutyShift.objects.filter(~Exists(follows), ~Exists(told), ends_at__lte=at, ends_at__gt=at - GAP)
    return list(rows.select_related("agency").order_by("ends_at")[:AT_ONCE])


def _hand_over(shift: DutyShift, at: datetime, ran: Ran) -> None:
    """Tell whoever comes on duty, once, how much lies open in the unit."""
    with machine("duty.handed_over", case_id=None, at=at) as deed:
        _row, made = Handover.objects.get_or_create(
            shift=shift, defaults={"taken_from": _before(shift), "at": at, **counts_of(shift.agency_id, at)}
        )
        if not made:
            return
        if _row.open_clocks:
            roster = Roster(at)
            tell_people(
                [shift.user],
                News(HANDED, count=_row.open_clocks, is_urgent=bool(_row.overdue_clocks), route="handover"),
                at=at,
                reach=roster.reach([shift.user]),
                on_duty=[shift.user_id],
            )
        deed.obj, deed.detail, deed.done = _row, {"open": _row.open_clocks}, True
        ran.handed += 1


def counts_of(unit: UUID, at: datetime) -> dict[str, int]:
    """How many clocks run in the cases of a unit that are not kept from it, and how many have run out."""
    rows = Deadline.objects.everything(reason="how much is handed over").filter(
        state=Clock.OPEN, case__unit=unit, case__is_sealed=False
    )
    return {"open_clocks": rows.count(), "overdue_clocks": rows.filter(due_at__lt=at).count()}


def _before(shift: DutyShift) -> Any:
    earlier = DutyShift.objects.filter(
        agency=shift.agency_id, ends_at__lte=shift.starts_at, ends_at__gt=shift.starts_at - GAP
    )
    found = earlier.exclude(user=shift.user_id).order_by("-ends_at").select_related("user").first()
    return found.user if found else None


def _tell_gap(shift: DutyShift, at: datetime, ran: Ran) -> None:
    """Tell those who set duty for the unit, once, that nobody answers for it while clocks run."""
    with machine("duty.nobody", case_id=None, at=at) as deed:
        _row, made = Reminder.objects.get_or_create(
            clock=shift.pk, due_at=shift.ends_at, step=NOBODY, defaults={"at": at, "outcome": reminders.TOLD}
        )
        if not made:
            return
        counted = counts_of(shift.agency_id, at)
        if not counted["open_clocks"]:
            return
        roster = Roster(at)
        heads = roster.holding(roles.COMMUNE_CHAIR, roles.POLICE_HEAD, agency=shift.agency_id)
        people = heads or roster.holding(roles.COMMUNE_SUPERVISOR, agency__area=shift.agency.area_id)
        news = News(NOBODY, count=counted["open_clocks"], route="duty")
        tell_people(people, news, at=at, reach=roster.reach(people))
        _row.told = len(people)
        _row.save(update_fields=["told"])
        deed.obj, deed.detail, deed.done = shift, {"told": len(people)}, True
        ran.unheard += not people


# --- small parts ---


def _reread(clock: Clock) -> Clock | None:
    return _reread_by(clock.pk, str(clock._meta.model_name))


def _reread_by(key: UUID, model: str) -> Clock | None:
    """A running clock as it is now, held; None when it has ended."""

    def held(given: Mapping[str, Any]) -> Any:
        rows = MODELS[model].objects.everything(reason="the minute job holds it")
        one = rows.filter(pk=given["key"], state=Clock.OPEN)
        return one.select_related(*_JOINED[model]).select_for_update(of=("self",))

    # Written once for all clocks of one model: the text costs more than the reading.
    found: list[Clock] = instances(("held", model), {"key": key}, held)
    return found[0] if found else None
