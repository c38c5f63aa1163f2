"""Events between the same two people bring the next assessment to within a day, and never put it off."""

from datetime import timedelta

from casework.base.dates import PartialDate
from casework.cases.models import Case
from casework.incidents.actions import record_incident
from casework.plans.actions import record_contact
from casework.protection.actions import record_breach
from tests.ground import ground
from tests.protection.doing import Doing
from tests.risk.assessing import assess, clock, fresh
from tests.world import World


def found_high(world: World) -> Case:
    case = world.case(at=world.at(days=3))
    assess(world, case, "HIGH", at=world.at(days=1))
    return fresh(case)


opened = ground(found_high)


def tried(world: World, case: Case, outcome: str, **ago: float) -> None:
    at = world.at(**ago)
    record_contact(
        case=case, by=world.lan, at=world.now, answers={"at": at, "channel": "call", "outcome": outcome}
    )


def reassess_in(world: World, case: Case) -> timedelta:
    running = clock(case, "risk_reassess")
    assert running is not None
    return running.due_at - world.now


def test_before_any_event_a_week_stands(world, case):
    assert reassess_in(world, case) == timedelta(days=6)


def test_a_new_incident(world, case):
    record_incident(
        case=case,
        by=world.lan,
        at=world.now,
        answers={"happened_on": PartialDate(2026, 3, 5), "area": world.commune, "acts": ["A01"]},
    )
    assert reassess_in(world, case) == timedelta(hours=24)


def test_a_breach(world, case):
    ban = Doing(world, case).ban(world.at(hours=6))
    assess(world, fresh(case), "HIGH", at=world.at(hours=2))
    before = reassess_in(world, case)
    record_breach(
        measure=ban,
        by=world.lan,
        at=world.now,
        answers={"at": world.at(hours=1), "kind": "came_near", "account": "Đứng trước cửa nhà bà ngoại."},
    )

    assert before > timedelta(hours=24)
    assert reassess_in(world, case) == timedelta(hours=24)


def test_unreachable_twice(world, case):
    tried(world, case, "no_answer", hours=5)
    assert reassess_in(world, case) == timedelta(days=6)

    tried(world, case, "phone_off", hours=1)
    assert reassess_in(world, case) == timedelta(hours=24)


def test_a_message_or_somebody_else_at_the_phone_reaches_nobody_and_ends_nothing(world, case):
    tried(world, case, "no_answer", hours=5)
    tried(world, case, "message_left", hours=4)
    tried(world, case, "someone_else", hours=3)
    tried(world, case, "not_at_home", hours=1)
    assert reassess_in(world, case) == timedelta(hours=24)


def test_reached_in_between_starts_the_count_again(world, case):
    tried(world, case, "no_answer", hours=5)
    tried(world, case, "reached", hours=4)
    tried(world, case, "no_answer", hours=3)
    assert reassess_in(world, case) == timedelta(days=6)


def test_without_a_first_assessment_there_is_nothing_to_bring_near(world):
    case = world.case()
    tried(world, case, "no_answer", hours=5)
    tried(world, case, "no_answer", hours=1)
    assert clock(case, "risk_reassess") is None
