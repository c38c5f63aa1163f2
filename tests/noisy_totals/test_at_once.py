"""Two approvals, and two who ask, at the same time on two connections: the budget holds and there is one question."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from casework.noisy_totals import queries
from casework.noisy_totals.actions import approve_total, ask_total
from casework.noisy_totals.models import NoisyTotal, TotalQuestion
from casework.organisations.models import User
from tests.noisy_totals.making import YEAR, asked, ready
from tests.waiting import both
from tests.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.role("")]


def approving(world: World, question: TotalQuestion, by: User) -> Callable[[], object]:
    def approve() -> None:
        mine = TotalQuestion.objects.everything(reason="test").get(pk=question.pk)
        approve_total(record=mine, by=by, at=world.now)

    return approve


def test_two_approvals_at_once_do_not_spend_more_than_there_is(world: World) -> None:
    ready(world, yearly="e025", single="e025")
    one, other = asked(world, age=["under_16"]), asked(world, age=["60_over"])

    refused = both(approving(world, one, world.mai), approving(world, other, world.hanh))

    assert refused == ["budget_spent"]
    assert queries.spent_of(world.province) == {YEAR: Decimal("0.25")}
    assert NoisyTotal.objects.count() == 1


def test_one_question_approved_twice_at_once_is_drawn_once(world: World) -> None:
    ready(world)
    question = asked(world, age=["under_16"])

    refused = both(approving(world, question, world.mai), approving(world, question, world.hanh))

    assert refused == ["total_state"]
    assert NoisyTotal.objects.count() == 1


def test_two_who_ask_the_same_at_once_ask_one_question(world: World) -> None:
    ready(world)
    answers = {"counted": "people", "year": YEAR, "epsilon": "e025", "purpose": "press"}

    def asking(by: User) -> Callable[[], object]:
        return lambda: ask_total(by=by, at=world.now, answers=answers)

    assert both(asking(world.thuy), asking(world.mai)) == []
    assert TotalQuestion.objects.everything(reason="test").count() == 1
