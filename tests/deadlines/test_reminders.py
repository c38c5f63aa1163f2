"""Who is told and when: before, at and after the hour, once each; after a day off once, of where things stand."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.base.codes import codes
from casework.deadlines import reminders
from casework.deadlines.reminders import (
    ANSWERS,
    ENDED,
    KNOWN,
    LATE,
    NOW,
    OVERDUE,
    PASSED_OVER,
    SOON,
    TOLD,
    Step,
    next_at,
    plan,
    read,
    run,
)

DUE = datetime(2026, 11, 24, 14, 10, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LONG_AGO = DUE - timedelta(days=30)
BAN = read(plan("ban_decide"))
KINDS = [row.code for row in codes("deadline_kind") if not row.flag("window")]


def told_at(at: datetime, *, done: set[str] | None = None, known: bool = False, set_at: datetime = LONG_AGO):
    return run(BAN, DUE, set_at=set_at, done=done or set(), at=at, is_known=known)


# --- what the data says ---


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_tells_whoever_answers_at_its_hour(kind: str) -> None:
    steps = read(plan(kind))

    assert any(step.after == 0 and step.tell == ANSWERS for step in steps)
    assert len({step.name for step in steps}) == len(steps)
    assert {step.tell for step in steps} - {ANSWERS} <= set(codes("role").codes)
    assert sorted(step.after for step in steps) == [step.after for step in steps]


def test_the_clock_of_a_ban_in_full() -> None:
    assert [(step.after, step.tell) for step in BAN if step.after <= 120] == [
        (-360, ""),
        (-120, ""),
        (0, ""),
        (0, "commune_supervisor"),
        (60, ""),
        (120, "province_supervisor"),
    ]


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("EXTREME", [("commune_supervisor", 2), ("province_supervisor", 12)]),
        ("HIGH", [("commune_supervisor", 0), ("province_supervisor", 24)]),
        ("MEDIUM", [("commune_supervisor", 24)]),
        ("LOW", [("commune_supervisor", 72)]),
        ("", [("commune_supervisor", 24)]),
    ],
)
@pytest.mark.parametrize("kind", ["risk_reassess", "contact_due"])
def test_who_is_told_of_a_missed_assessment_follows_from_the_level(
    kind: str, level: str, told: list[tuple[str, int]]
) -> None:
    steps = read(plan(kind, level))

    assert [(step.tell, step.after // 60) for step in steps if step.tell] == told


@pytest.mark.parametrize(
    ("kind", "level", "priority", "danger"),
    [
        ("ban_decide", "", "", True),
        ("plan_step_due", "", "", False),
        ("plan_step_due", "EXTREME", "", True),
        ("plan_step_due", "HIGH", "", False),
        ("report_assign", "", "", True),
        ("subject_request_done", "", "emergency", True),
    ],
)
def test_where_a_life_may_hang_on_it(kind: str, level: str, priority: str, danger: bool) -> None:
    assert reminders.is_dangerous(kind, level, priority) is danger


# --- minute by minute ---


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (DUE - 6 * HOUR - MINUTE, {}),
        (DUE - 6 * HOUR, {ANSWERS: SOON}),
        (DUE - MINUTE, {ANSWERS: SOON}),
        (DUE, {ANSWERS: NOW, "commune_supervisor": LATE}),
        (DUE + 2 * HOUR, {ANSWERS: OVERDUE, "commune_supervisor": LATE, "province_supervisor": LATE}),
    ],
)
def test_before_at_and_after_the_hour(at: datetime, told: dict[str, str]) -> None:
    assert told_at(at).tell == told


def test_a_day_off_is_made_up_for_once_for_each() -> None:
    now = told_at(DUE + timedelta(days=1))

    assert now.tell == {ANSWERS: OVERDUE, "commune_supervisor": LATE, "province_supervisor": LATE}
    assert {name: became for name, became in now.steps.items() if became == TOLD} == {
        "answers+1440": TOLD,
        "commune_supervisor+0": TOLD,
        "province_supervisor+120": TOLD,
    }
    assert PASSED_OVER in now.steps.values()
    assert told_at(DUE + timedelta(days=1), done=set(now.steps)).tell == {}


def test_whoever_knows_is_not_reminded_again_but_their_superiors_are_told() -> None:
    before = {step.name for step in BAN if step.after <= 0}

    known = told_at(DUE + 2 * HOUR, done=before, known=True)
    assert known.tell == {"province_supervisor": LATE}
    assert known.steps == {"answers+60": KNOWN, "province_supervisor+120": TOLD}
    # The hour itself is told even to somebody who knew before.
    assert told_at(DUE, done={"answers-360", "answers-120"}, known=True).tell[ANSWERS] == NOW


def test_what_should_have_been_said_before_the_clock_began_is_not_said() -> None:
    late = DUE - HOUR

    assert told_at(late, set_at=late).tell == {}
    assert next_at(BAN, DUE, set_at=late, done=set()) == DUE


def test_a_clock_written_down_after_its_hour_is_told_of_at_once() -> None:
    entered = DUE + 3 * HOUR

    assert next_at(BAN, DUE, set_at=entered, done=set()) == DUE
    assert told_at(entered, set_at=entered).tell[ANSWERS] == OVERDUE


def test_a_consent_ends_by_itself_and_says_so() -> None:
    steps = read(plan("consent_end"))
    now = run(steps, DUE, set_at=LONG_AGO, done=set(), at=DUE)

    assert now.ends
    assert now.tell == {ANSWERS: ENDED}
    assert not run(steps, DUE, set_at=LONG_AGO, done=set(), at=DUE - MINUTE).ends


# --- whatever the minutes at which the job runs ---


@given(
    kind=st.sampled_from(KINDS),
    minutes=st.lists(st.integers(-11_000, 30_000), min_size=1, max_size=40, unique=True).map(sorted),
    set_before=st.integers(-30_000, 12_000),
)
def test_every_step_is_taken_once_whenever_the_job_runs(
    kind: str, minutes: list[int], set_before: int
) -> None:
    steps, set_at = read(plan(kind)), DUE - timedelta(minutes=set_before)
    done: set[str] = set()
    last = max(minutes) * MINUTE + DUE
    for minute in minutes:
        at = DUE + minute * MINUTE
        expected = next_at(steps, DUE, set_at=set_at, done=done)
        now = run(steps, DUE, set_at=set_at, done=done, at=at)
        assert not done & now.steps.keys()
        assert bool(now.steps) is (expected is not None and expected <= at)
        done |= now.steps.keys()
    due = {
        step.name for step in steps if step.at(DUE) <= last and (step.after >= 0 or step.at(DUE) >= set_at)
    }
    assert done == due


@given(st.integers(-100_000, 100_000), st.booleans())
def test_a_step_is_named_by_when_and_to_whom(after: int, again: bool) -> None:
    assert Step(after, "auditor", again).name == f"auditor{after:+d}"
