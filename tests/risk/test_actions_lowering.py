"""Lowering a level takes two people: the wish, the answer, and a database that knows the rule too."""

from datetime import datetime

import pytest
from django.db import IntegrityError, transaction

from casework.base.refusals import Denied, NotVisible, Refused
from casework.cases.actions import assign_case
from casework.cases.models import Case, ConflictLock
from casework.risk.actions import confirm_lowering
from casework.risk.models import RiskAssessment
from casework.risk.queries import lowerings_asked
from tests.incidents.asking import STRANGERS
from tests.risk.assessing import REASON, assess, clock, fresh
from tests.world import World

AGREED = "Đã gọi trưởng bản, đúng là hai người sống riêng."


@pytest.fixture
def asked(world: World, case: Case) -> RiskAssessment:
    return assess(world, case, "HIGH", at=world.at(hours=1), final="MEDIUM", reason=REASON)


def answer(
    world: World, asked: RiskAssessment, name: str = "mai", *, confirm: bool = True, why: str = AGREED
):
    return confirm_lowering(
        assessment=asked, by=world.users[name], at=world.now, confirm=confirm, confirm_reason=why
    )


def test_a_second_person_agrees(world, case, asked):
    done = answer(world, asked)

    assert (done.final_level, done.computed_level, done.override) == ("MEDIUM", "HIGH", "lowered")
    assert (done.confirmed_by, done.confirmed_at, done.confirm_reason) == (world.mai, world.now, AGREED)
    assert (fresh(case).level, fresh(case).level_at) == ("MEDIUM", world.now)


def test_the_clocks_of_the_higher_level_run_on(world, case, asked):
    def running() -> list[datetime | None]:
        found = [clock(case, kind) for kind in ("risk_reassess", "contact_due")]
        return [one.due_at if one else None for one in found]

    before = running()
    answer(world, asked)
    assert None not in before
    assert running() == before


def test_a_second_person_keeps_the_higher_level(world, case, asked):
    done = answer(world, asked, confirm=False)

    assert (done.final_level, done.override) == ("HIGH", "refused")
    assert fresh(case).level == "HIGH"


def test_nobody_answers_their_own_wish(world, asked):
    with pytest.raises(Denied):
        answer(world, asked, "lan")


def test_another_worker_on_the_case_may_answer(world, case, asked):
    assign_case(case=case, by=world.lan, at=world.now, user=world.minh)
    assert answer(world, asked, "minh").confirmed_by == world.minh


@pytest.mark.parametrize("name", STRANGERS)
def test_for_strangers_there_is_nothing_to_answer(world, asked, name):
    with pytest.raises(NotVisible):
        answer(world, asked, name)


def test_the_chair_reads_it_and_does_not_answer(world, asked):
    with pytest.raises(Denied):
        answer(world, asked, "pao")


def test_somebody_close_to_a_party_does_not_answer(world, case, asked):
    ConflictLock.objects.create(user=world.mai, case=case, at=world.now, source="test")
    with pytest.raises(NotVisible):
        answer(world, asked)


def test_it_takes_a_sentence(world, asked):
    with pytest.raises(Refused) as refused:
        answer(world, asked, why="   ")
    assert (refused.value.code, refused.value.field) == ("reason_missing", "confirm_reason")


def test_there_must_be_a_wish_and_it_is_answered_once(world, case, asked):
    answer(world, asked)
    with pytest.raises(Refused) as refused:
        answer(world, asked)
    assert refused.value.code == "no_lowering_asked"

    plain = assess(world, case, "HIGH")
    with pytest.raises(Refused):
        answer(world, plain)


def test_a_newer_assessment_overtakes_the_wish(world, case, asked):
    assess(world, case, "EXTREME")
    with pytest.raises(Refused) as refused:
        answer(world, asked)
    assert refused.value.code == "newer_assessment"
    assert fresh(case).level == "EXTREME"


def test_the_database_knows_the_rule_whatever_the_code_says(world, asked):
    asked.confirmed_by = world.lan
    with pytest.raises(IntegrityError), transaction.atomic():
        asked.save()


def test_wishes_wait_where_they_can_be_answered(world, asked):
    assert lowerings_asked(world.mai, at=world.now) == [asked]
    for name in ("lan", "pao", "tuan", "kien", "son"):
        assert lowerings_asked(world.users[name], at=world.now) == []
    answer(world, asked)
    assert lowerings_asked(world.mai, at=world.now) == []
