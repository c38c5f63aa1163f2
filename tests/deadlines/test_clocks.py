"""Clocks as rows: started, set anew, stopped; what a province sets holds for later clocks and for no earlier one."""

from datetime import date, timedelta
from typing import Any

import pytest

from casework.base import clock
from casework.base.refusals import Denied, InvalidInput, NotVisible, Refused
from casework.cases.models import Case
from casework.deadlines.actions import (
    acknowledge_deadline,
    finish_office_clock,
    set_holiday,
    set_period,
    start_office_clocks,
    withdraw_period,
)
from casework.deadlines.clocks import due_of, pull_reassessment, stop_clock
from casework.deadlines.days_off import seed_holidays
from casework.deadlines.models import Alarm, Deadline, Holiday, OfficeDeadline, Period
from casework.organisations.models import User
from tests.byhand import by_hand
from tests.casefile import doing
from tests.deadlines.ticking import start
from tests.world import World

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


def period(world: World, by: User | None = None, **changes: Any) -> Period:
    answers: dict[str, Any] = {
        "kind": "ban_decide",
        "variant": "",
        "unit": "hours",
        "amount": 6,
        "basis": "Quyết định mẫu của tỉnh",
        "is_verified": True,
        "valid_from": clock.local_date(world.now),
        **changes,
    }
    kind, variant = answers.pop("kind"), answers.pop("variant")
    return set_period(by=by or world.mai, at=world.now, kind=kind, variant=variant, answers=answers)


# --- a row ---


def test_a_clock_keeps_its_basis_its_steps_and_its_hour(world: World, case: Case) -> None:
    case.level_at = world.now
    started = start(case, "ban_monitor_assign", at=world.now, since=world.at(hours=2))

    assert started is not None
    assert started.due_at == world.at(hours=1)
    assert (started.basis, started.is_verified) == ("Thông tư 66/2025/TT-BCA", False)
    assert started.steps[0] == {"after": 0}
    assert case.next_due_at == started.due_at
    assert Alarm.objects.get(pk=started.pk).next_at == started.due_at


def test_where_no_number_is_known_no_clock_starts(world: World, case: Case) -> None:
    assert start(case, "own_motion_ban", at=world.now) is None
    assert due_of(case, "own_motion_ban", world.now) is None

    period(world, kind="own_motion_ban", amount=6)
    doing.assess(world, case, "EXTREME", imminent=True)

    running = Deadline.objects.everything(reason="test").get(case=case, kind="own_motion_ban")
    assert running.due_at - running.starts_at == 6 * HOUR
    doing.ban(world, case)
    running.refresh_from_db(from_queryset=Deadline.objects.everything(reason="test"))
    assert running.state == Deadline.DONE


def test_set_to_another_hour_it_begins_anew(world: World, case: Case) -> None:
    first = start(case, "plan_step_due", at=world.now, due_at=world.now + DAY)
    assert first is not None
    acknowledge_deadline(deadline=first, by=world.lan, at=world.now)
    second = start(case, "plan_step_due", at=world.now, due_at=world.now + 3 * DAY)

    assert second is not None
    assert (second.pk, second.acknowledged_at) == (first.pk, None)
    assert Alarm.objects.get(pk=first.pk).next_at == world.now + 2 * DAY


def test_stopped_it_tells_nobody_any_more(world: World, case: Case) -> None:
    started = start(case, "ban_decide", at=world.now)
    assert started is not None
    assert case.next_decision_at == started.due_at

    with by_hand():
        assert stop_clock(case, "ban_decide", at=world.now) == 1
    assert not Alarm.objects.filter(pk=started.pk).exists()
    stopped = doing.fresh(case)
    assert (stopped.next_decision_at, stopped.next_end_at) == (None, None)


def test_an_event_pulls_the_assessment_to_the_hours_of_the_policy(world: World, case: Case) -> None:
    start(case, "risk_reassess", at=world.now, due_at=world.now + 30 * DAY)
    period(world, kind="risk_reassess", variant="event", amount=12)

    with by_hand():
        assert pull_reassessment(case, since=world.now)
        assert not pull_reassessment(case, since=world.now + HOUR)
    running = Deadline.objects.everything(reason="test").get(case=case, kind="risk_reassess")
    assert running.due_at == world.now + 12 * HOUR


def test_working_days_follow_the_table_of_days(world: World, case: Case) -> None:
    since = clock.local(world.now).replace(year=2027, month=2, day=3, hour=8)
    Holiday.objects.all().delete()
    assert clock.local(due_of(case, "child_plan", since) or since).date() == date(2027, 2, 11)

    seed_holidays(2027)
    assert clock.local(due_of(case, "child_plan", since) or since).date() == date(2027, 2, 18)


# --- what a province sets ---


def test_a_new_period_holds_for_later_clocks_only(world: World, case: Case) -> None:
    before = doing.ask_for_ban(world, case, at=world.at(hours=1))
    period(world)

    other = world.case()
    after = doing.ask_for_ban(world, other)
    assert before.decide_by == before.requested_at + 12 * HOUR
    assert after.decide_by == after.requested_at + 6 * HOUR
    clocks = Deadline.objects.everything(reason="test").filter(kind="ban_decide")
    assert {one.basis for one in clocks} == {"Luật 13/2022/QH15, Điều 25 khoản 2", "Quyết định mẫu của tỉnh"}


def test_it_holds_from_its_day_until_its_end(world: World, case: Case) -> None:
    today = clock.local_date(world.now)
    period(world, valid_from=today + DAY, valid_to=today + 3 * DAY)

    def hours(days: int) -> float:
        since = world.now + days * DAY
        return ((due_of(case, "ban_decide", since) or since) - since) / HOUR

    assert [hours(days) for days in (0, 1, 2, 3)] == [12, 6, 6, 12]


def test_the_newest_of_two_holds_and_taken_back_the_one_before(world: World, case: Case) -> None:
    period(world, amount=8)
    world.now += MINUTE
    newest = period(world, amount=4)
    assert due_of(case, "ban_decide", world.now) == world.now + 4 * HOUR

    withdraw_period(period=newest, by=world.mai, at=world.now)
    assert due_of(case, "ban_decide", world.now) == world.now + 8 * HOUR
    with pytest.raises(Refused) as refusal:
        withdraw_period(period=newest, by=world.mai, at=world.now)
    assert refusal.value.code == "already_withdrawn"


def test_another_province_keeps_its_own(world: World, case: Case) -> None:
    set_here = period(world)
    Period.objects.filter(pk=set_here.pk).update(province=world.elsewhere.parent)

    assert due_of(case, "ban_decide", world.now) == world.now + 12 * HOUR
    with pytest.raises(NotVisible):
        withdraw_period(period=set_here, by=world.mai, at=world.now)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": 13}, "law_changed"),
        ({"valid_from": date(2020, 1, 1)}, "valid_from"),
        ({"valid_to": date(2020, 1, 1)}, "valid_to"),
    ],
)
def test_an_impossible_period_is_refused(world: World, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        period(world, **changes)

    assert list(refusal.value.errors) == [field]
    assert not Period.objects.exists()


@pytest.mark.parametrize("kind", ["ban_end", "acts_window", "nothing"])
def test_what_has_no_length_of_its_own_cannot_be_changed(world: World, kind: str) -> None:
    with pytest.raises(Refused) as refusal:
        period(world, kind=kind)

    assert refusal.value.code == "no_such_period"


@pytest.mark.parametrize("name", ["lan", "pao", "dung", "hoa", "kien", "tuan"])
def test_nobody_else_changes_periods_or_days(world: World, name: str) -> None:
    by = world.users[name]
    with pytest.raises(Denied):
        period(world, by=by)
    with pytest.raises(Denied):
        set_holiday(by=by, at=world.now, answers={"day": date(2027, 3, 1), "name": "Nghỉ"})


# --- days ---


def test_a_day_is_set_once_and_changed(world: World) -> None:
    day = date(2027, 3, 1)
    set_holiday(by=world.mai, at=world.now, answers={"day": day, "name": "Ngày hội"})
    set_holiday(
        by=world.son, at=world.now, answers={"day": day, "name": "Không nghỉ nữa", "is_working": True}
    )

    row = Holiday.objects.get(day=day)
    assert (row.is_working, row.set_by) == (True, world.son)


def test_what_somebody_has_set_the_calendar_leaves_alone(world: World) -> None:
    seed_holidays(2027)
    tet = date(2027, 2, 6)
    set_holiday(by=world.mai, at=world.now, answers={"day": tet, "name": "Làm việc", "is_working": True})

    assert seed_holidays(2027) == 0
    assert Holiday.objects.get(day=tet).is_working


@pytest.mark.parametrize(("day", "works"), [(date(2027, 3, 2), True), (date(2027, 3, 6), False)])
def test_a_day_that_is_so_anyway_is_no_entry(world: World, day: date, works: bool) -> None:
    with pytest.raises(InvalidInput):
        set_holiday(by=world.mai, at=world.now, answers={"day": day, "name": "x", "is_working": works})


# --- known ---


def test_known_once_by_whoever_may(world: World, case: Case) -> None:
    started = start(case, "ban_decide", at=world.now)
    assert started is not None
    with pytest.raises(NotVisible):
        acknowledge_deadline(deadline=started, by=world.minh, at=world.now)

    known = acknowledge_deadline(deadline=started, by=world.pao, at=world.now)
    assert (known.acknowledged_by, known.state) == (world.pao, Deadline.OPEN)
    with pytest.raises(Refused) as refusal:
        acknowledge_deadline(deadline=known, by=world.lan, at=world.now)
    assert refusal.value.code == "already_known"


# --- of an office ---


def test_an_incident_starts_its_clocks_and_is_done(world: World) -> None:
    since = world.at(hours=2)
    first = start_office_clocks(by=world.son, at=world.now, kind="cyber_incident", since=since)

    rows = OfficeDeadline.objects.everything(reason="test").order_by("due_at")
    assert [(row.kind, row.due_at) for row in rows] == [
        ("cyber_incident_first", since + 24 * HOUR),
        ("cyber_incident_report", since + 72 * HOUR),
    ]
    with pytest.raises(Refused) as refusal:
        start_office_clocks(by=world.son, at=world.now, kind="cyber_incident", since=since)
    assert refusal.value.code == "already_started"
    done = finish_office_clock(clock=first, by=world.mai, at=world.now)
    assert (done.state, done.ended_at) == (OfficeDeadline.DONE, world.now)
    with pytest.raises(Refused):
        finish_office_clock(clock=done, by=world.mai, at=world.now)
    with pytest.raises(NotVisible):
        finish_office_clock(clock=done, by=world.pao, at=world.now)
