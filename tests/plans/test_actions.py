"""Notes, contacts, steps and the safety plan: each verb works, is refused for the others, and in the wrong state."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from casework.base import clock
from casework.base.refusals import Denied, NotVisible, Refused, Stale
from casework.cases.actions import assign_case
from casework.cases.lifecycle import CLOSED, SUPERVISED, CaseNotLive
from casework.cases.models import Case
from casework.plans.actions import add_step, finish_step, record_contact, write_note, write_safety_plan
from casework.plans.models import Contact, Note, PlanStep, SafetyPlan
from casework.plans.queries import end_of_day
from tests.cases.acting import on_duty
from tests.ground import ground
from tests.incidents.asking import OTHERS, STRANGERS
from tests.risk import assessing
from tests.risk.assessing import fresh, set_state
from tests.world import World

opened = ground(lambda world: world.case(at=world.at(days=3)))


def how(world: World, name: str = "lan") -> dict[str, Any]:
    return {"by": world.users[name], "at": world.now}


def note(world: World, case: Case, name: str = "lan", **more: object) -> Note:
    answers = {"kind": "visit", "at": world.at(hours=1), "text": "Đã đến nhà.", **more}
    return write_note(case=case, answers=answers, **how(world, name))


def contact(world: World, case: Case, name: str = "lan", **more: object) -> Contact:
    answers = {"at": world.at(hours=1), "channel": "call", "outcome": "reached", **more}
    return record_contact(case=case, answers=answers, **how(world, name))


def step(world: World, case: Case, name: str = "lan", **more: object) -> PlanStep:
    return add_step(
        case=case, answers={"need": "legal", "step": "Đưa đi làm đơn", **more}, **how(world, name)
    )


def finish(world: World, planned: PlanStep, name: str = "lan", **more: object) -> PlanStep:
    answers = {"done_on": clock.local_date(world.now), "result": "provided_by_us", **more}
    return finish_step(step=planned, answers=answers, **how(world, name))


def plan(
    world: World, case: Case, name: str = "lan", row: SafetyPlan | None = None, **more: object
) -> SafetyPlan:
    answers = {"way_out": "Cửa bếp.", "revised_on": clock.local_date(world.now), **more}
    return write_safety_plan(case=case, plan=row, answers=answers, **how(world, name))


# --- who ---

DO: dict[str, Callable[..., Any]] = {"contact": contact, "step": step, "plan": plan}


@pytest.mark.parametrize("verb", DO)
@pytest.mark.parametrize("name", OTHERS)
def test_work_on_the_case_is_for_those_on_it(world, case, verb, name):
    with pytest.raises(OTHERS[name]):
        DO[verb](world, case, name)


@pytest.mark.parametrize("name", OTHERS)
def test_finishing_a_step_is_for_those_on_the_case(world, case, name):
    planned = step(world, case)
    with pytest.raises(OTHERS[name]):
        finish(world, planned, name)


@pytest.mark.parametrize("name", STRANGERS)
def test_a_note_is_for_those_who_read_the_case(world, case, name):
    with pytest.raises(NotVisible):
        note(world, case, name)


@pytest.mark.parametrize("name", ["lan", "pao", "mai"])
def test_chair_and_supervisor_write_notes_too(world, case, name):
    assert note(world, case, name).author == world.users[name]


@pytest.mark.parametrize("verb", [note, contact, step, plan])
def test_a_colleague_on_duty_may_do_it(world, case, verb):
    on_duty(world, world.minh)
    assert verb(world, case, "minh").case_id == case.pk


# --- in which state ---


@pytest.mark.parametrize("verb", DO)
def test_a_closed_case_is_reopened_before_work_goes_on(world, case, verb):
    set_state(case, CLOSED)
    with pytest.raises(CaseNotLive):
        DO[verb](world, fresh(case))


def test_a_closed_case_still_takes_a_note_and_the_end_of_a_step(world, case):
    planned = step(world, case)
    set_state(case, CLOSED)
    assert note(world, fresh(case)) in Note.objects.visible_to(world.lan)
    assert finish(world, planned).done_on is not None


# --- notes ---


def test_nothing_is_noted_before_it_happened(world, case):
    later = world.now + timedelta(minutes=1)
    for verb in (note, contact):
        with pytest.raises(Refused) as refused:
            verb(world, case, at=later)
        assert (refused.value.code, refused.value.field) == ("time_in_future", "at")


@pytest.mark.parametrize(
    ("level", "offered"), [("", True), ("LOW", True), ("MEDIUM", False), ("HIGH", False), ("EXTREME", False)]
)
def test_mediation_is_for_low_danger_only(world, case, level, offered):
    if level:
        assessing.assess(world, case, level)
    if offered:
        assert note(world, fresh(case), kind="mediation").kind == "mediation"
        return
    with pytest.raises(Refused) as refused:
        note(world, fresh(case), kind="mediation")
    assert (refused.value.code, refused.value.field) == ("mediation_level", "kind")


def test_a_note_belongs_to_the_agency_of_its_author(world, case):
    assert note(world, case).agency == world.agencies["committee"]
    assert note(world, case, "mai").agency == world.agencies["department"]


# --- contacts ---


def due(case: Case):
    running = assessing.clock(case, "contact_due")
    return running.due_at if running else None


def test_reaching_her_starts_the_next_clock_of_the_level(world, case):
    assessing.assess(world, case, "HIGH", at=world.at(hours=30))
    assert due(case) == world.at(hours=30) + timedelta(hours=48)

    contact(world, fresh(case), at=world.at(hours=2))
    assert due(case) == world.at(hours=2) + timedelta(hours=48)


def test_a_contact_written_down_late_does_not_put_the_clock_back(world, case):
    assessing.assess(world, case, "HIGH", at=world.at(hours=30))
    contact(world, fresh(case), at=world.at(hours=2))
    contact(world, fresh(case), at=world.at(hours=20))
    assert due(case) == world.at(hours=2) + timedelta(hours=48)


@pytest.mark.parametrize("outcome", ["no_answer", "message_left", "someone_else", "unknown"])
def test_not_reaching_her_leaves_the_clock(world, case, outcome):
    assessing.assess(world, case, "HIGH", at=world.at(hours=30))
    before = due(case)
    contact(world, fresh(case), outcome=outcome)
    assert due(case) == before


def test_without_a_level_there_is_no_clock_yet(world, case):
    contact(world, case)
    assert due(case) is None


def test_in_supervised_closure_the_monthly_clock_is_enough(world, case):
    assessing.assess(world, case, "LOW")
    set_state(case, SUPERVISED)
    contact(world, fresh(case))
    assert due(case) is None


@pytest.mark.parametrize("outcome", ["no_answer", "message_left", "wrong_number"])
def test_met_in_person_and_not_reached_cannot_both_be(world, case, outcome):
    with pytest.raises(Refused) as refused:
        contact(world, case, in_person=True, outcome=outcome)
    assert (refused.value.code, refused.value.field) == ("met_but_not_reached", "outcome")


# --- steps ---


def test_a_step_with_a_day_has_a_clock_until_that_day_is_over(world, case):
    day = clock.local_date(world.now) + timedelta(days=4)
    planned = step(world, case, due_on=day, who=world.lan)
    running = assessing.clock(case, "plan_step_due")

    assert running is not None
    assert (running.subject_id, running.user, running.due_at) == (planned.pk, world.lan, end_of_day(day))
    finish(world, planned)
    assert assessing.clock(case, "plan_step_due") is None


def test_a_step_without_a_day_has_none(world, case):
    step(world, case)
    assert assessing.clock(case, "plan_step_due") is None


def test_a_step_is_given_to_somebody_who_sees_the_case(world, case):
    with pytest.raises(Refused) as refused:
        step(world, case, who=world.minh)
    assert (refused.value.code, refused.value.field) == ("cannot_see_case", "who")

    assign_case(case=case, by=world.lan, at=world.now, user=world.minh)
    assert step(world, case, who=world.minh).who == world.minh


def test_a_step_is_finished_once_and_not_tomorrow(world, case):
    planned = step(world, case)
    with pytest.raises(Refused) as refused:
        finish(world, planned, done_on=clock.local_date(world.now) + timedelta(days=1))
    assert (refused.value.code, refused.value.field) == ("time_in_future", "done_on")

    assert finish(world, planned, result="unavailable").result == "unavailable"
    with pytest.raises(Refused) as again:
        finish(world, planned)
    assert again.value.code == "step_done"


# --- the safety plan ---


def test_the_plan_is_one_and_its_revisions_stay(world, case):
    first = plan(world, case)
    again = plan(world, case, row=first, way_out="Qua vườn chuối.")

    assert SafetyPlan.objects.everything(reason="test").get(case=case).way_out == "Qua vườn chuối."
    kept = again.history.everything(reason="test").order_by("version")
    assert [row.way_out for row in kept] == ["Cửa bếp.", "Qua vườn chuối."]


def test_two_first_plans_at_once_are_one_plan_and_one_refusal(world, case):
    plan(world, case)
    with pytest.raises(Stale):
        plan(world, case)


def test_a_plan_of_another_case_does_not_exist_here(world, case):
    with pytest.raises(NotVisible):
        plan(world, case, row=plan(world, world.case()))


def test_nobody_goes_through_it_tomorrow(world, case):
    with pytest.raises(Refused):
        plan(world, case, revised_on=clock.local_date(world.now) + timedelta(days=1))


def test_fewer_people_read_the_plan_than_the_case(world, case):
    row = plan(world, case)
    on_duty(world, world.minh)
    for name in ("lan", "mai", "minh"):
        assert SafetyPlan.objects.visible_to(world.users[name]).filter(pk=row.pk).exists(), name
    for name in ("pao", "dung", "hoa", "yen", "tuan", "kien", "son"):
        assert not SafetyPlan.objects.visible_to(world.users[name]).filter(pk=row.pk).exists(), name


def test_the_chair_does_not_write_it(world, case):
    with pytest.raises(Denied):
        plan(world, case, "pao")
