"""Starting and stopping the clocks of a case, from inside the verb that gives them cause."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from casework.access.grants import FOREVER
from casework.access.guard import GuardedModel
from casework.base.clock import local_date
from casework.base.codes import CodeList, codes
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.deadlines import periods, reminders
from casework.deadlines.models import Alarm, Clock, Deadline, Holiday, OfficeDeadline, Period, Reminder
from casework.deadlines.periods import Length, Rule
from casework.deadlines.workdays import Table
from casework.organisations.models import Agency, Area, User

DECISION, END = "decision", "end"


# --- how long ---


def rules_set(province: int, on: date) -> list[Rule]:
    """What a province has set instead of the periods of the data, valid that day."""
    return [_rule(row) for row in Period.objects.in_force(province, on)]


def rule_of(kind: str, variant: str = "", *, province: int, on: date) -> Rule:
    """The period of a kind of clock that begins that day in a province."""
    set_here = Period.objects.in_force(province, on).filter(kind=kind, variant=variant)
    return periods.in_force(periods.shipped(kind, variant), [_rule(row) for row in set_here[:1]])


def policy_of(province: int, *, at: datetime) -> CodeList:
    """The policy of the risk levels as it holds in a province."""
    return periods.policy_with(rules_set(province, local_date(at)))


def due_of(case: Case, kind: str, since: datetime, variant: str = "") -> datetime | None:
    """When a clock that begins with an event runs out; None where neither law nor province names a time."""
    rule = rule_of(kind, variant, province=case.province_id, on=local_date(since))
    return ends(rule.length, since) if rule.length is not None else None


def ends(length: Length, since: datetime) -> datetime:
    """When this length is over, by the table of working days where it counts them."""
    return length.ends(since, workdays() if length.unit == periods.WORKING_DAYS else {})


def workdays() -> Table:
    """The days that are not as the week says."""
    return dict(Holiday.objects.values_list("day", "is_working"))


def length_of(row: Period) -> Length:
    """How long a province has said."""
    return Length(row.unit, row.amount, row.month, row.day)


def _rule(row: Period) -> Rule:
    return Rule(row.kind, row.variant, length_of(row), row.basis, row.is_verified, str(row.pk))


# --- of a case ---


def start_clock(
    case: Case,
    kind: str,
    *,
    at: datetime,
    since: datetime | None = None,
    due_at: datetime | None = None,
    variant: str = "",
    subject: GuardedModel | None = None,
    user: User | None = None,
    agency: Agency | None = None,
) -> Deadline | None:
    """Start a clock of the case, or set the one that already runs for the same subject to its new hour.

    since: the event it counts from, `at` when not said. due_at: given where an act sets the end; else it follows
    from the period that holds where the case is, and where there is none no clock starts (None).
    variant: what the period depends on besides (an urgency). agency: the office that answers, for a partner's clock.
    """
    since = since or at
    rule = rule_of(kind, variant, province=case.province_id, on=local_date(since))
    if due_at is None:
        if rule.length is None:
            return None
        due_at = ends(rule.length, since)
    subject_id = subject.pk if subject else None
    running: Deadline | None = _open(case).filter(kind=kind, subject_id=subject_id).first()
    clock = running or Deadline(
        case=case,
        kind=kind,
        subject_type=type(subject).__name__.lower() if subject else "",
        subject_id=subject_id,
    )
    clock.user, clock.agency = user, agency
    set_clock(clock, rule, at=at, since=since, due_at=due_at, level=case.level)
    refresh_next_clock(case)
    return clock


def stop_clock(
    case: Case, *kinds: str, at: datetime, subject: GuardedModel | None = None, cancelled: bool = False
) -> int:
    """Stop the running clocks of these kinds (of one subject, or of all); the number stopped."""
    rows = _open(case).filter(kind__in=kinds)
    if subject is not None:
        rows = rows.filter(subject_id=subject.pk)
    stopped = list(rows)
    for clock in stopped:
        end_clock(clock, at=at, cancelled=cancelled)
    if stopped:
        refresh_next_clock(case)
    return len(stopped)


def stop_all(case: Case, *, at: datetime, keep: tuple[str, ...] = ()) -> int:
    """Stop every clock of the case but those named; for a case that is closed."""
    kinds = set(_open(case).values_list("kind", flat=True)) - set(keep)
    stopped = stop_clock(case, *kinds, at=at, cancelled=True)
    if not stopped:
        # The first assessment is owed by the state of the case, not by a row: a closed case owes none.
        refresh_next_clock(case)
    return stopped


def pull_reassessment(case: Case, *, since: datetime, due_at: datetime | None = None) -> bool:
    """Bring an open re-assessment forward, never back; True when it moved.

    due_at: where the kind of event says how soon; else the hours the policy of the levels names after any event.
    """
    if due_at is None:
        hours = policy_of(case.province_id, at=since).row("event").integer("reassess_hours") or 0
        due_at = since + timedelta(hours=hours)
    running = _open(case).filter(kind__in=["risk_reassess", "supervised_reassess"], due_at__gt=due_at)
    moved = list(running)
    for clock in moved:
        clock.due_at = due_at
        clock.acknowledged_at = clock.acknowledged_by = None
        clock.save()
        _set_alarm(clock, set_at=since)
    if moved:
        refresh_next_clock(case)
    return bool(moved)


def refresh_next_clock(case: Case) -> None:
    """Copy the nearest running clocks onto the case, where every list orders by them: of all, decisions, ends."""
    running = list(_open(case).order_by("due_at").values_list("kind", "due_at"))
    kind, due_at = running[0] if running else ("", FOREVER)
    if case.level_at is None and case.state in lifecycle.LIVE and lifecycle.FIRST not in dict(running):
        first = lifecycle.first_assessment_due(case.opened_at)
        if first < due_at:
            kind, due_at = lifecycle.FIRST, first
    nearest = {
        "next_due_kind": kind,
        "next_due_at": due_at,
        "next_decision_at": _nearest(running, DECISION),
        "next_end_at": _nearest(running, END),
    }
    if any(getattr(case, name) != value for name, value in nearest.items()):
        for name, value in nearest.items():
            setattr(case, name, value)
        case.save()


def missed(case: Case, *, at: datetime) -> list[Deadline]:
    """The clocks of the case that ran out and were not stopped."""
    return list(_open(case).filter(due_at__lt=at).order_by("due_at"))


def count_running(case: Case, *kinds: str) -> int:
    """How many clocks of these kinds run."""
    return int(_open(case).filter(kind__in=kinds).count())


def running_for(subject_id: UUID) -> list[Deadline]:
    return list(
        Deadline.objects.everything(reason="a verb looks at its own clocks").filter(
            subject_id=subject_id, state=Deadline.OPEN
        )
    )


def _open(case: Case) -> Any:
    return Deadline.objects.everything(reason="a verb on the case that was already allowed").filter(
        case=case, state=Deadline.OPEN
    )


def _nearest(running: Sequence[tuple[str, datetime]], group: str) -> datetime | None:
    kinds = codes(periods.KINDS).where("group", group)
    return next((due_at for kind, due_at in running if kind in kinds), None)


# --- any clock ---


def set_clock(
    clock: Clock, rule: Rule, *, at: datetime, since: datetime, due_at: datetime, level: str = ""
) -> None:
    """Give a clock its hour, with the basis, the duty and the steps of this day, and save it."""
    clock.basis, clock.is_verified = rule.basis, rule.verified
    clock.role = codes(periods.KINDS).row(clock.kind).string("who")
    clock.steps = reminders.plan(clock.kind, level)
    clock.starts_at, clock.due_at = since, due_at
    clock.acknowledged_at = clock.acknowledged_by = None
    clock.save()
    _set_alarm(clock, set_at=at)


def end_clock(clock: Clock, *, at: datetime, cancelled: bool = False) -> None:
    """Write down that a clock has ended, and that nobody is told of it any more."""
    clock.state = Clock.CANCELLED if cancelled else Clock.DONE
    clock.ended_at = at
    clock.save()
    Alarm.objects.filter(pk=clock.pk).delete()


def _set_alarm(clock: Clock, *, set_at: datetime) -> None:
    done = set(Reminder.objects.filter(clock=clock.pk, due_at=clock.due_at).values_list("step", flat=True))
    steps = reminders.read(clock.steps)
    next_at = reminders.next_at(steps, clock.due_at, set_at=set_at, done=done)
    if next_at is None:
        Alarm.objects.filter(pk=clock.pk).delete()
        return
    values: Mapping[str, Any] = {
        "model": clock._meta.model_name,
        "case": clock.audit_case_id,
        "next_at": next_at,
        "set_at": set_at,
    }
    Alarm.objects.update_or_create(pk=clock.pk, defaults=values)


# --- of an office ---

# A duty that comes once a year is the same duty half a year around its day.
_SAME_YEAR = timedelta(days=180)


def settle_office_clock(area: Area, kind: str, *, due_at: datetime, at: datetime) -> OfficeDeadline:
    """Write down that what an office owed by about that day is done, whether or not its clock had begun."""
    province = area.parent_id or area.pk
    running = _of_office(area).filter(
        kind=kind, due_at__gt=due_at - _SAME_YEAR, due_at__lt=due_at + _SAME_YEAR
    )
    clock: OfficeDeadline | None = running.order_by("-due_at").first()
    if clock is None:
        clock = OfficeDeadline(area=area, province_id=province, kind=kind)
        set_clock(
            clock, rule_of(kind, province=province, on=local_date(due_at)), at=at, since=at, due_at=due_at
        )
    if clock.state == Clock.OPEN:
        end_clock(clock, at=at)
    return clock


def start_office_clock(
    area: Area, kind: str, *, at: datetime, subject: GuardedModel
) -> OfficeDeadline | None:
    """Start a clock of an office about a record that is of no case; None where no period is known."""
    province = area.parent_id or area.pk
    rule = rule_of(kind, province=province, on=local_date(at))
    if rule.length is None:
        return None
    clock = OfficeDeadline(
        area=area,
        province_id=province,
        kind=kind,
        subject_type=type(subject).__name__.lower(),
        subject_id=subject.pk,
    )
    set_clock(clock, rule, at=at, since=at, due_at=ends(rule.length, at))
    return clock


def stop_office_clocks(area: Area, kind: str, *, at: datetime, subjects: Sequence[UUID]) -> int:
    """Stop the running clocks of an office about these records; the number stopped."""
    stopped = list(_of_office(area).filter(kind=kind, state=Clock.OPEN, subject_id__in=subjects))
    for clock in stopped:
        end_clock(clock, at=at)
    return len(stopped)


def _of_office(area: Area) -> Any:
    return OfficeDeadline.objects.everything(reason="a verb on what the office owes").filter(area=area)
