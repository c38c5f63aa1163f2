"""The verbs of clocks: known, set otherwise, started for an office and done; days off; duty taken over; a calendar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.access.principals import principal, province_for
from casework.base.clock import local_date
from casework.base.codes import codes
from casework.base.refusals import Denied, InvalidInput, NotVisible, Refused
from casework.base.sheets import fill
from casework.deadlines import periods
from casework.deadlines.clocks import end_clock, ends, rule_of, set_clock
from casework.deadlines.models import CalendarFeed, Clock, Deadline, Handover, Holiday, OfficeDeadline, Period
from casework.deadlines.periods import Length, Rule
from casework.deadlines.queries import digest_of
from casework.deadlines.sheet import HOLIDAY, PERIOD
from casework.organisations.models import Area, User
from casework.organisations.validity import taken_back

_OLDEST_YEAR, _LATEST_YEAR = 2000, 2099


@command("deadline.acknowledge", target="deadline")
def acknowledge_deadline(*, deadline: Deadline, by: User, at: datetime) -> Deadline:
    """Say that one knows and is at it: no more repetitions. The clock runs on, and superiors are told in their time.

    Raises Refused("clock_over") or Refused("already_known").
    """
    if deadline.state != Clock.OPEN:
        raise Refused("clock_over", _("This clock has stopped already."))
    if deadline.acknowledged_at is not None:
        raise Refused("already_known", _("Somebody has said already that they are at it."))
    deadline.acknowledged_at, deadline.acknowledged_by = at, by
    deadline.save()
    tell(kind=deadline.kind)
    return deadline


# --- how long clocks run here ---


@command("period.set")
def set_period(
    *, by: User, at: datetime, kind: str, answers: Mapping[str, object], variant: str = ""
) -> Period:
    """Say how long a kind of clock runs in one's province from a day on; clocks that run already keep their hour.

    Raises InvalidInput, or Refused("no_such_period").
    """
    today = local_date(at)
    if kind not in codes(periods.KINDS) or not periods.is_changeable(kind, variant, today):
        raise Refused("no_such_period", _("There is no such period to be changed."))
    period = Period(
        province=_province(by, "period.set", at), kind=kind, variant=variant, set_by=by, set_at=at
    )
    fill(period, PERIOD, {name: value for name, value in answers.items() if value is not None})
    length = Length(period.unit, period.amount, period.month, period.day)
    period.require_dates(today)
    periods.check(Rule(kind, variant, length), law_changed=bool(answers.get("law_changed")))
    period.save(force_insert=True)
    tell(
        kind=kind, variant=variant, unit=period.unit, amount=period.amount, valid_from=str(period.valid_from)
    )
    return period


@command("period.set")
def withdraw_period(*, period: Period, by: User, at: datetime) -> Period:
    """Take a period back: from now on the one before it holds again; clocks that run already keep their hour.

    Raises NotVisible for one of another province, or Refused("already_withdrawn").
    """
    period = taken_back(period, _province(by, "period.set", at), by=by, at=at)
    tell(kind=period.kind, variant=period.variant, period=str(period.pk), withdrawn=True)
    return period


@command("holiday.set")
def set_holiday(*, by: User, at: datetime, answers: Mapping[str, object]) -> Holiday:
    """Say of a day that offices are closed, or that they work; running clocks keep their hour.

    Raises InvalidInput for a day that is as the week says anyway.
    """
    day = answers["day"]
    if not isinstance(day, date) or not _OLDEST_YEAR <= day.year <= _LATEST_YEAR:
        raise InvalidInput({"day": _("This day is not possible here.")})
    row = Holiday.objects.select_for_update().filter(day=day).first()
    is_working = bool(answers.get("is_working"))
    if row is None and is_working == (day.weekday() < 5):
        raise InvalidInput({"day": _("This day is so already.")})
    row = row or Holiday()
    fill(row, HOLIDAY, answers)
    row.set_by, row.set_at = by, at
    row.save()
    tell(day=day.isoformat(), is_working=is_working)
    return row


# --- clocks of an office ---


@command("office_clock.start")
def start_office_clocks(*, by: User, at: datetime, kind: str, since: datetime) -> OfficeDeadline:
    """Start the clocks of an event that must be reported in time, as an incident with personal data.

    kind: a code of `office_clock_kind`. Returns the first of them. Raises InvalidInput, or
    Refused("already_started").
    """
    if kind not in codes("office_clock_kind"):
        raise InvalidInput({"kind": _("Choose one of the answers offered.")})
    if since > at:
        raise InvalidInput({"since": _("This time has not come yet.")})
    area = _area(by, at)
    started = []
    for code in codes("office_clock_kind").row(kind).strings("clocks"):
        same = OfficeDeadline.objects.everything(reason="an event has its clocks once").filter(
            area=area, kind=code, starts_at=since
        )
        if same.exists():
            raise Refused("already_started", _("The clocks of this event run already."), "since")
        clock = OfficeDeadline(area=area, province_id=area.parent_id or area.pk, kind=code)
        rule = rule_of(code, province=clock.province_id, on=local_date(since))
        if rule.length is not None:
            set_clock(clock, rule, at=at, since=since, due_at=ends(rule.length, since))
            started.append(clock)
    if not started:
        raise Refused("no_such_period", _("No period is known for this event."), "kind")
    tell(kind=kind, clocks=[clock.kind for clock in started])
    return started[0]


@command("office_clock.finish", target="clock")
def finish_office_clock(*, clock: OfficeDeadline, by: User, at: datetime) -> OfficeDeadline:
    """Say that what an office owed has been done.

    Raises Refused("clock_over").
    """
    if clock.state != Clock.OPEN:
        raise Refused("clock_over", _("This clock has stopped already."))
    end_clock(clock, at=at)
    tell(kind=clock.kind)
    return clock


# --- duty ---


@command("duty.take_over")
def take_over(*, handover: Handover, by: User, at: datetime) -> Handover:
    """Say that one has taken the duty over, with what lies open in it.

    Raises NotVisible for the shift of somebody else, or Refused("already_taken_over").
    """
    handover = Handover.objects.select_for_update(of=("self",)).select_related("shift").get(pk=handover.pk)
    if handover.shift.user_id != by.pk:
        raise NotVisible
    if handover.acknowledged_at is not None:
        raise Refused("already_taken_over", _("You have taken this duty over already."))
    handover.acknowledged_at = at
    handover.save(update_fields=["acknowledged_at"])
    tell(shift=str(handover.pk), open=handover.open_clocks)
    return handover


# --- a calendar ---


@dataclass(frozen=True, slots=True)
class NewFeed:
    """An address shown once: only its digest is kept."""

    feed: CalendarFeed
    token: UUID = field(repr=False)


@command("calendar.set")
def make_feed(*, by: User, at: datetime) -> NewFeed:
    """Make the secret address of one's own calendar; an earlier one ends."""
    # 122 bits from the system's own source of randomness.
    token = uuid4()
    feed, _made = CalendarFeed.objects.update_or_create(
        user=by, defaults={"digest": digest_of(token), "made_at": at, "read_at": None}
    )
    tell(made=True)
    return NewFeed(feed, token)


@command("calendar.set")
def end_feed(*, by: User, at: datetime) -> CalendarFeed:
    """End the address of one's calendar: it answers nobody from this instant.

    Raises Refused("no_feed").
    """
    feed = CalendarFeed.objects.select_for_update().filter(user=by).first()
    if feed is None:
        raise Refused("no_feed", _("You have no address of a calendar."))
    gone = CalendarFeed(user=by, digest=feed.digest, made_at=feed.made_at)
    feed.delete()
    tell(made=False)
    return gone


# --- small parts ---


def _province(by: User, verb: str, at: datetime) -> Area:
    """The province for which somebody speaks; Denied when they sit in a commune only."""
    province = province_for(by, verb, at)
    if province is None:
        raise Denied
    return province


def _area(by: User, at: datetime) -> Area:
    """Where the clock of an office runs: the area of the seat that may start it, the widest first."""
    seats: Sequence[Any] = sorted(
        principal(by, at).holding("office_clock.start", "role"), key=lambda seat: not seat.area_is_province
    )
    if not seats:
        raise Denied
    return Area.objects.get(pk=seats[0].area_id)
