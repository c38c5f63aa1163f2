"""Forms of children: each child has a danger of its own, a severe one has twelve hours."""

from datetime import timedelta
from typing import Any

import pytest

from casework.base.refusals import Denied, NotVisible, Refused
from casework.risk.actions import record_emergency_step
from casework.risk.queries import ground_of
from tests.incidents.asking import STRANGERS
from tests.risk.assessing import add_child, assess, child_form, clock, fresh
from tests.world import World

STEP = "Cô giáo đưa cháu về nhà bà ngoại, công an xã đi cùng."


def took(world: World, form, name: str = "lan", **more: object):
    answers = {"emergency_at": world.now, "emergency_step": STEP, **more}
    return record_emergency_step(assessment=form, by=world.users[name], at=world.now, answers=answers)


@pytest.mark.parametrize("row", ["harm", "access", "obstacles"])
def test_a_row_that_is_cao_lifts_the_case_to_medium_at_its_next_assessment(world, case, row):
    changed: dict[str, Any] = {row: "high"}
    child_form(world, case, **changed)

    assert ground_of(case).child_row_high
    assert assess(world, case, "LOW").final_level == "MEDIUM"


def test_cao_in_self_protection_is_the_safe_end_and_lifts_nothing(world, case):
    child_form(world, case, self_protection="high")

    assert not ground_of(case).child_row_high
    assert assess(world, case, "LOW").final_level == "LOW"


def test_a_form_speaks_of_the_child_and_not_of_the_case(world, case):
    form = child_form(world, case, harm="high")

    assert (form.final_level, fresh(case).level) == ("HIGH", "")
    assert clock(case, "risk_reassess") is None
    assert fresh(case).state == "in_progress"


def test_one_safe_child_does_not_speak_for_another(world, case):
    one, two = add_child(world, case), add_child(world, case, "Lường Thị Ánh")
    child_form(world, case, one.person_id, at=world.at(hours=3), harm="high")
    child_form(world, case, two.person_id, at=world.at(hours=2))
    assert ground_of(case).child_row_high

    child_form(world, case, one.person_id)
    assert not ground_of(case).child_row_high


def test_only_a_child_of_the_case_can_be_named(world, case):
    child = add_child(world, case)
    assert child_form(world, case, child.person_id).child == child

    stranger = add_child(world, world.case())
    with pytest.raises(NotVisible):
        child_form(world, case, stranger.person_id)
    with pytest.raises(NotVisible):
        child_form(world, case, world.perpetrator(case).pk)


# --- twelve hours ---


def test_a_severe_form_starts_the_twelve_hours_and_a_mild_one_does_not(world, case):
    assess(world, case, "LOW", at=world.at(days=1))
    child_form(world, case, harm="medium")
    assert clock(case, "child_emergency") is None

    form = child_form(world, case, harm="high")
    running = clock(case, "child_emergency")
    assert running is not None
    assert (running.subject_id, running.due_at) == (form.pk, world.now + timedelta(hours=12))
    assert fresh(case).next_due_kind == "child_emergency"


def test_the_step_stops_the_clock(world, case):
    form = took(world, child_form(world, case, harm="high"))

    assert (form.emergency_at, form.emergency_step) == (world.now, STEP)
    assert clock(case, "child_emergency") is None


def test_the_chair_whose_duty_it_is_may_write_it_down(world, case):
    assert took(world, child_form(world, case, harm="high"), "pao").emergency_step == STEP


def test_a_step_nobody_waits_for_is_refused(world, case):
    form = child_form(world, case, harm="high")
    took(world, form)
    for other in (form, child_form(world, case), assess(world, case, "HIGH")):
        with pytest.raises(Refused) as refused:
            took(world, other)
        assert refused.value.code == "no_emergency"


def test_a_step_still_to_come_is_refused(world, case):
    form = child_form(world, case, harm="high")
    with pytest.raises(Refused) as refused:
        took(world, form, emergency_at=world.now + timedelta(minutes=1))
    assert (refused.value.code, refused.value.field) == ("time_in_future", "emergency_at")


@pytest.mark.parametrize("name", STRANGERS)
def test_for_strangers_there_is_no_such_form(world, case, name):
    form = child_form(world, case, harm="high")
    with pytest.raises(NotVisible):
        took(world, form, name)


def test_a_supervisor_reads_and_does_not_write_it(world, case):
    form = child_form(world, case, harm="high")
    with pytest.raises(Denied):
        took(world, form, "mai")
