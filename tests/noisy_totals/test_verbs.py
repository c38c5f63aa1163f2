"""The verbs of noisy totals: off until a budget is set, a second person, drawn once, paid for, refused when public."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from casework.audit.models import AuditEvent
from casework.base import clock
from casework.base.refusals import Denied, InvalidInput, NotVisible, Refused
from casework.noisy_totals import asking, noise, queries
from casework.noisy_totals.actions import (
    approve_total,
    ask_total,
    refuse_total,
    set_privacy_budget,
    withdraw_privacy_budget,
)
from casework.noisy_totals.asking import Asked
from casework.noisy_totals.models import NoisyTotal, PrivacyBudget, PrivacyLoss, TotalQuestion
from casework.releases.actions import take_over_register
from casework.releases.catalogue import catalogue
from casework.releases.models import PublicCell, Snapshot
from casework.releases.planning import FRAME, at_of
from casework.statistics.cube import place_code
from tests.noisy_totals.making import YEAR, allowed, answered, asked, ready
from tests.releases.making import counted, frozen, published
from tests.world import World

pytestmark = pytest.mark.django_db


def refused(act: Callable[[], Any]) -> Refused:
    with pytest.raises(Refused) as told:
        act()
    return told.value


def truth(world: World, **how: Any) -> int:
    question = Asked.read(
        how.pop("counted", "people"), [(year, 1) for year in how.pop("years", (YEAR,))], how
    )
    return len(asking.contributions(question, queries.frozen_for(world.province, question)))


# --- from the question to the answer ---


def test_a_question_is_approved_by_another_drawn_once_paid_and_public(world: World) -> None:
    ready(world)
    question = asked(world, sex=["female"], form=["physical", "sexual"], epsilon="e050")
    assert not NoisyTotal.objects.exists()
    assert queries.spent_of(world.province) == {}

    record = approve_total(record=question, by=world.mai, at=world.now)

    total = queries.public_totals()[0]
    assert (record.state, record.decided_by) == (TotalQuestion.ANSWERED, world.mai)
    assert total.question_id == record.pk
    assert (total.epsilon, total.years) == (Decimal("0.5"), [[YEAR, 1]])
    assert total.filters == {"sex": ["female"], "form": ["physical", "sexual"]}
    assert total.accuracy == noise.accuracy(3, Decimal("0.5")) == 18
    assert queries.spent_of(world.province) == {YEAR: Decimal("0.5")}
    (left,) = queries.years_left(world.province, clock.local_date(world.now))
    assert (left.year, left.vintage, left.left) == (YEAR, 1, Decimal("0.5"))


def test_the_answer_is_near_the_truth_but_the_truth_stands_nowhere(world: World) -> None:
    """Of noise of scale 1.5 more than 60 has probability 4e-18."""
    ready(world, yearly="e200", single="e200")
    exact = truth(world)

    total = answered(world, epsilon="e200")

    assert abs(total.value - exact) <= 60
    # What is kept has a place for the noisy number alone.
    numbers = {
        field.name for model in (TotalQuestion, NoisyTotal, PrivacyLoss) for field in model._meta.fields
    }
    assert numbers & {"exact", "count", "truth", "people"} == set()
    for event in AuditEvent.objects.filter(action__startswith="noisy_total"):
        assert set(event.detail) <= {"basis", "epsilon", "years", "key", "purpose"}


def test_asked_again_it_is_the_answer_there_was_and_costs_nothing(world: World) -> None:
    ready(world)
    first = answered(world, sex=["female"], age=["under_16"])

    again = asked(world, sex=["female", "female"], age=["under_16"], epsilon="e010", purpose="research")

    assert again.pk == first.question_id
    assert refused(lambda: approve_total(record=again, by=world.hanh, at=world.now)).code == "total_state"
    assert NoisyTotal.objects.get().value == first.value
    assert queries.spent_of(world.province) == {YEAR: Decimal("0.25")}
    with pytest.raises(IntegrityError), transaction.atomic():
        NoisyTotal.objects.create(
            question=asked(world, age=["60_over"]),
            **{
                name: getattr(first, name)
                for name in (
                    "province",
                    "counted",
                    "years",
                    "filters",
                    "key",
                    "epsilon",
                    "value",
                    "accuracy",
                    "at",
                )
            },
        )


def test_a_question_over_years_takes_from_each_of_them(world: World) -> None:
    ready(world, 2022, 2023)

    total = answered(world, year=2022, until=2023, counted="households", sex=["male"], epsilon="e050")

    assert queries.spent_of(world.province) == {2022: Decimal("0.5"), 2023: Decimal("0.5")}
    assert total.accuracy == noise.accuracy(1, Decimal("0.5")) == 6
    assert set(PrivacyLoss.objects.values_list("year", "epsilon")) == {
        (2022, Decimal("0.5")),
        (2023, Decimal("0.5")),
    }


def test_a_further_vintage_is_another_question_and_pays_from_the_same_budget(world: World) -> None:
    ready(world)
    first = answered(world, age=["under_16"], epsilon="e050")
    waiting = asked(world, age=["60_over"])
    take_over_register(
        by=world.thuy,
        at=world.now,
        year=YEAR,
        people=counted(world, YEAR, communes=3, seed=2),
        dims=catalogue().dims,
        is_revision=True,
    )

    second = answered(world, age=["under_16"], epsilon="e050")

    assert (first.years, second.years) == ([[YEAR, 1]], [[YEAR, 2]])
    assert queries.spent_of(world.province) == {YEAR: Decimal(1)}
    assert refused(lambda: approve_total(record=waiting, by=world.mai, at=world.now)).code == "year_revised"


# --- off, and how much ---


def test_off_until_the_province_sets_a_budget(world: World) -> None:
    frozen(world, YEAR, communes=2)
    today = clock.local_date(world.now)
    assert refused(lambda: asked(world)).code == "noise_not_set"
    assert queries.budget_of(world.province.pk, today) is None
    assert not queries.is_anywhere(today)

    allowed(world, valid_from=today + timedelta(days=1))

    assert refused(lambda: asked(world)).code == "noise_not_set"
    budget = allowed(world)
    question = asked(world)
    assert queries.is_anywhere(today)
    withdraw_privacy_budget(budget=budget, by=world.mai, at=world.now)
    assert refused(lambda: approve_total(record=question, by=world.mai, at=world.now)).code == "noise_not_set"
    assert not NoisyTotal.objects.exists()


def test_what_is_taken_back_leaves_the_answers_and_what_they_cost(world: World) -> None:
    ready(world)
    budget = PrivacyBudget.objects.get()
    answered(world, age=["under_16"], epsilon="e050")
    withdraw_privacy_budget(budget=budget, by=world.mai, at=world.now)
    allowed(world)

    assert queries.spent_of(world.province) == {YEAR: Decimal("0.5")}
    assert queries.is_anywhere(clock.local_date(world.now))
    told = refused(lambda: withdraw_privacy_budget(budget=budget, by=world.mai, at=world.now))
    assert told.code == "already_withdrawn"


def test_the_budget_of_a_year_is_not_overspent(world: World) -> None:
    ready(world, 2022, 2023, yearly="e050", single="e025")
    late = asked(world, age=["unknown"])
    answered(world, age=["under_16"])
    answered(world, year=2022, until=2023, age=["60_over"])

    told = refused(lambda: approve_total(record=late, by=world.mai, at=world.now))

    assert (told.code, told.field) == ("budget_spent", "epsilon")
    late.refresh_from_db()
    assert late.state == TotalQuestion.ASKED
    assert refused(lambda: asked(world, sex=["male"], epsilon="e005")).code == "budget_spent"
    assert answered(world, year=2022, sex=["male"]).epsilon == Decimal("0.25")


def test_one_answer_takes_at_most_what_the_province_allows(world: World) -> None:
    ready(world, yearly="e200", single="e025")

    told = refused(lambda: asked(world, epsilon="e050"))

    assert (told.code, told.field) == ("loss_too_high", "epsilon")
    with pytest.raises(InvalidInput) as wrong:
        allowed(world, yearly="e025", single="e050")
    assert set(wrong.value.errors) == {"single"}


# --- beside releases ---


def test_what_is_public_exactly_is_not_asked_with_noise(world: World) -> None:
    frozen(world, YEAR)
    allowed(world)
    waiting = asked(world)
    release = published(world, "province_year:2023")
    said = province_cells(world, YEAR)
    ages = sorted(code for (name, code), value in said.items() if name == "age" and value is not None)

    (form, *_more) = [
        name for (name, _code), value in said.items() if name.startswith("form:") and value is not None
    ]

    for answers in ({"age": ages[:1]}, {"age": ages[:2]}, {"form": [form.partition(":")[2]]}):
        with pytest.raises(Refused) as told:
            asked(world, **answers)
        assert told.value.code == "shown_already"
    assert refused(lambda: approve_total(record=waiting, by=world.mai, at=world.now)).code == "shown_already"
    found = queries.shown_in(world.province, waiting.asked)
    assert found is not None
    assert found.pk == release.pk
    # Everybody has a form, whichever: that is the total again.
    assert asked(world, form=list(catalogue().questions["form"].leaves)).pk == waiting.pk
    # No table has it, or it stands there hidden.
    assert asked(world, counted="households").state == TotalQuestion.ASKED
    assert asked(world, form=["physical", "sexual"]).state == TotalQuestion.ASKED
    assert said["sex", "female"] is None
    assert asked(world, sex=["female"]).state == TotalQuestion.ASKED


def test_years_that_are_public_one_by_one_are_public_together(world: World) -> None:
    frozen(world, 2022, 2023)
    allowed(world)
    together = asked(world, year=2022, until=2023)
    published(world, "province_year:2022")
    assert queries.shown_in(world.province, together.asked) is None

    published(world, "province_year:2023")

    assert refused(lambda: approve_total(record=together, by=world.mai, at=world.now)).code == "shown_already"
    shown_both = [
        code
        for code in catalogue().questions["age"].shown
        if all(province_cells(world, year)["age", code] is not None for year in (2022, 2023))
    ]
    assert refused(lambda: asked(world, year=2022, until=2023, age=shown_both)).code == "shown_already"


def province_cells(world: World, year: int) -> dict[tuple[str, str], int | None]:
    """What was published of the province for a year by one question: question and code -> figure."""
    rows = PublicCell.objects.filter(place=place_code(world.province), time=str(year))
    found = {}
    for key, value in rows.values_list("key", "value"):
        inner = {name: code for name, code in at_of(key).items() if name not in FRAME}
        if len(inner) == 1:
            found[next(iter(inner.items()))] = value
    return found


# --- who, and what is refused ---


@pytest.mark.parametrize("name", ["lan", "minh", "dung", "pao", "hoa", "yen", "tuan", "kien", "son"])
def test_nobody_but_those_who_publish_for_the_province(world: World, name: str) -> None:
    ready(world)
    question, by = asked(world), world.users[name]
    answers = {"counted": "people", "year": YEAR, "epsilon": "e025", "purpose": "press"}

    with pytest.raises(Denied):
        ask_total(by=by, at=world.now, answers=answers)
    with pytest.raises((Denied, NotVisible)):
        approve_total(record=question, by=by, at=world.now)
    with pytest.raises(Denied):
        set_privacy_budget(by=by, at=world.now, answers={})
    # The auditor reads.
    assert TotalQuestion.objects.visible_to(by).exists() is (name == "kien")


def test_a_statistician_asks_but_neither_approves_nor_sets_the_budget(world: World) -> None:
    ready(world)
    question = asked(world)

    for act in (
        lambda: approve_total(record=question, by=world.thuy, at=world.now),
        lambda: refuse_total(record=question, by=world.thuy, at=world.now, answers={"reason": "budget"}),
        lambda: set_privacy_budget(by=world.thuy, at=world.now, answers={}),
    ):
        with pytest.raises(Denied):
            act()


def test_whoever_asked_does_not_approve(world: World) -> None:
    ready(world)
    answers = {"counted": "people", "year": YEAR, "epsilon": "e025", "purpose": "press"}
    question = ask_total(by=world.mai, at=world.now, answers=answers)

    told = refused(lambda: approve_total(record=question, by=world.mai, at=world.now))

    assert told.code == "own_question"
    with pytest.raises(IntegrityError), transaction.atomic():
        TotalQuestion.objects.everything(reason="test").filter(pk=question.pk).update(
            state="answered", decided_by=world.mai, decided_at=world.now
        )


def test_refused_with_a_reason_nothing_is_drawn_and_it_can_be_asked_anew(world: World) -> None:
    ready(world)
    question = asked(world)

    refuse_total(record=question, by=world.mai, at=world.now, answers={"reason": "budget"})

    assert (question.state, question.refusal) == (TotalQuestion.REFUSED, "budget")
    assert queries.spent_of(world.province) == {}
    assert refused(lambda: approve_total(record=question, by=world.hanh, at=world.now)).code == "total_state"
    assert asked(world).pk != question.pk


@pytest.mark.parametrize(
    "years", [{"year": 2021}, {"year": 2022, "until": 2023}, {"year": 0}, {"year": 10**9}]
)
def test_a_year_that_is_not_frozen_is_refused_beside_its_field(world: World, years: dict[str, int]) -> None:
    ready(world)

    told = refused(lambda: asked(world, **years))

    assert (told.code, told.field) == ("year_not_frozen", "year")


@pytest.mark.parametrize("until", [2022, 2026, -5, 0])
def test_at_most_three_years_in_their_order(world: World, until: int) -> None:
    ready(world)

    with pytest.raises(InvalidInput) as told:
        asked(world, until=until)

    assert set(told.value.errors) == {"until"}


def test_at_most_three_questions(world: World) -> None:
    ready(world)
    all_four = {"form": ["physical"], "sex": ["male"], "age": ["under_16"], "handling": ["none"]}

    with pytest.raises(InvalidInput) as told:
        asked(world, **all_four)

    assert set(told.value.errors) == {"sex"}
    # All answers of a question with one answer ask nothing.
    all_four["sex"] = list(catalogue().questions["sex"].leaves)
    assert asked(world, **all_four).filters.keys() == {"form", "age", "handling"}


def test_a_year_frozen_without_the_question_does_not_answer_it(world: World) -> None:
    allowed(world)
    frozen(world, 2022, communes=1)
    dims = tuple(dim for dim in catalogue().dims if not dim.startswith("handling"))
    keep = [catalogue().dims.index(dim) for dim in dims]
    people = [
        one._replace(answers=tuple(one.answers[number] for number in keep))
        for one in counted(world, YEAR, communes=2)
    ]
    take_over_register(by=world.thuy, at=world.now, year=YEAR, people=people, dims=dims)

    told = refused(lambda: asked(world, handling=["none"]))

    assert (told.code, told.field) == ("not_counted", "handling")
    assert asked(world, age=["under_16"]).state == TotalQuestion.ASKED


@pytest.mark.role("")
def test_frozen_figures_that_are_damaged_answer_nothing(world: World) -> None:
    ready(world)
    question = asked(world)
    row = Snapshot.objects.get()
    Snapshot.objects.bulk_create(
        [
            Snapshot(
                province=row.province,
                year=2022,
                vintage=1,
                source=row.source,
                people=row.people,
                content=row.content,
                sha256="0" * 64,
                taken_at=row.taken_at,
                taken_by=row.taken_by,
            )
        ]
    )

    assert refused(lambda: asked(world, year=2022)).code == "year_damaged"
    assert approve_total(record=question, by=world.mai, at=world.now).state == TotalQuestion.ANSWERED


@pytest.mark.parametrize("model", [NoisyTotal, PrivacyLoss])
@pytest.mark.role("")
def test_what_was_answered_and_spent_stays(world: World, model: Any) -> None:
    ready(world)
    answered(world, age=["under_16"])
    rows = model.objects.filter(pk=model.objects.first().pk)

    with pytest.raises(Exception, match="rows are only added"), transaction.atomic():
        rows._raw_delete(rows.db)
    with pytest.raises(Exception, match="rows are only added"), transaction.atomic():
        rows.update(epsilon=Decimal("0.01"))


# --- what it costs whoever never answers ---

STARTED = """
import sys
import django
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
import casework.noisy_totals.actions
print(sorted(name for name in sys.modules if name.split(".")[0] in ("opendp", "deprecated", "wrapt")))
"""


def test_the_library_is_not_loaded_with_the_product() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "TESTING": "1"}
    told = subprocess.run(
        [sys.executable, "-c", STARTED], env=environment, capture_output=True, text=True, check=True
    )

    assert told.stdout.strip() == "[]"
