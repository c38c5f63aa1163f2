"""Indicators: every one of the catalogue is counted or says why not, and page, REST and list tell the same."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from casework.base import clock
from casework.cases.actions import edit_participant, edit_person
from casework.cases.models import Participant
from casework.incidents.actions import record_incident
from casework.organisations.models import Area
from casework.protection.actions import correct_outcome, record_outcome
from casework.statistics.dimensions import Somebody, Told
from casework.statistics.figures import current_window
from casework.statistics.indicators import OUTCOMES, PREDICATES, Value, groups, values
from casework.statistics.queries import area_of, indicators_of
from tests.statistics.test_return import facts_of
from tests.world import PASSWORD, World

WIFE = Somebody(sex="female", age="16_59")
HUSBAND = Somebody(sex="male", age="16_59", relation="spouse")


def counted(cases: list[Told]) -> dict[str, Value]:
    outcomes = dict.fromkeys(OUTCOMES, 0)
    return {one.indicator.code: one for group in groups() for one in values(group, facts_of(cases), outcomes)}


def test_every_indicator_is_counted_or_says_why_it_is_not() -> None:
    known = [one for group in groups() for one in group.indicators]
    assert len({one.code for one in known}) == len(known)
    assert {one.code for one in known if not one.missing} == PREDICATES.keys() | OUTCOMES.keys()
    assert [one.code for one in groups()[0].indicators] == [f"eige_{number}" for number in range(1, 14)]
    for one in known:
        assert bool(one.counts) is not bool(one.missing)
        assert all({"vi", "en"} <= words.keys() for words in (one.words, one.means))


@pytest.mark.parametrize(
    ("victim", "perpetrator", "is_counted"),
    [
        (WIFE, HUSBAND, True),
        (WIFE, Somebody(sex="male", age="60_over", relation="formerly_cohabiting"), True),
        (WIFE, Somebody(sex="male", age="16_59", relation="sibling"), False),
        (WIFE, Somebody(sex="female", age="16_59", relation="cohabiting"), False),
        (WIFE, Somebody(sex="male", age="unknown", relation="spouse"), False),
        (Somebody(sex="female", age="under_16"), HUSBAND, False),
        (Somebody(sex="male", age="16_59"), Somebody(sex="female", age="16_59", relation="spouse"), False),
    ],
)
def test_who_is_counted_as_subjected_to_violence_by_a_partner(
    victim: Somebody, perpetrator: Somebody, is_counted: bool
) -> None:
    told = Told(victim=victim, perpetrator=perpetrator, forms=frozenset({"physical"}))
    found = counted([told, Told()])
    for code in ("eige_1", "eige_2", "eige_4", "un_partner"):
        assert found[code].number == int(is_counted), code


people = st.builds(
    Somebody,
    sex=st.sampled_from(["male", "female", "unknown"]),
    age=st.sampled_from(["under_16", "16_59", "60_over", "unknown"]),
    relation=st.sampled_from(["spouse", "former_spouse", "cohabiting", "parent", "unknown"]),
)
told = st.builds(
    Told,
    victim=people,
    perpetrator=people,
    is_repeat=st.booleans(),
    forms=st.frozensets(st.sampled_from(["physical", "psychological", "sexual", "economic", "unknown"])),
    measures=st.frozensets(st.sampled_from(["M01", "M03", "M10"])),
    services=st.frozensets(
        st.sampled_from(["health_care", "shelter", "legal_aid", "psychological", "other"])
    ),
    outcomes=st.frozensets(st.sampled_from(["died_violence", "safe_apart"])),
)


@given(st.lists(told, max_size=30))
def test_a_part_is_never_more_than_what_it_is_a_part_of(cases: list[Told]) -> None:
    for one in counted(cases).values():
        if one.of is not None and one.number is not None:
            assert one.number <= one.of
            assert one.percent is None or 0 <= one.percent <= 100


@pytest.mark.django_db
def test_a_case_moves_on_its_way(world: World) -> None:
    case = world.case(at=world.at(days=2))
    at = world.at(days=1)
    answers = {"happened_at": at, "area": world.commune, "acts": ["A01"]}
    record_incident(case=case, by=world.lan, at=at, answers=answers)
    window = current_window("report_year", clock.local_date(case.opened_at))
    province = area_of(world.mai, "", world.now)
    found = indicators_of(world.mai, province, window)
    assert [step.number for step in found.steps] == [1, 0, 0, 0, 0, 0, 0]
    assert found.cases == found.on_file == 1
    # The chair is told of a report at once.
    assert found.spreads[0].count == 1
    assert indicators_of(world.mai, world.commune, window).steps == found.steps
    elsewhere = Area.objects.filter(parent=province, valid_to__isnull=True).exclude(pk=world.commune.pk)[0]
    assert indicators_of(world.mai, elsewhere, window).cases == 0


@pytest.mark.django_db
def test_page_and_rest_say_the_same(world: World) -> None:
    world.case(at=world.at(days=2))
    client = Client()
    assert client.login(username="mai", password=PASSWORD)
    page = client.get(reverse("statistics-indicators"))
    assert page.status_code == 200
    found = page.context["found"]
    body = client.get(reverse("api:statistics-indicators")).json()
    assert body["cases"] == found.cases
    assert [[one["number"] for one in group["indicators"]] for group in body["groups"]] == [
        [one.number for one in values] for _group, values in found.groups
    ]
    assert [step["number"] for step in body["steps"]] == [step.number for step in found.steps]
    assert "Chỉ số" in page.content.decode()
    assert client.get(reverse("statistics-indicators"), {"area": "nowhere"}).status_code == 404
    hoa = Client()
    assert hoa.login(username="hoa", password=PASSWORD)
    assert hoa.get(reverse("statistics-indicators")).status_code in (403, 404)


@pytest.mark.django_db
def test_queries_do_not_grow_with_the_cases(world: World) -> None:
    window = current_window("report_year", clock.local_date(world.case().opened_at))
    province = area_of(world.mai, "", world.now)

    def asked() -> int:
        # The facts that are new are read by whoever asks first.
        indicators_of(world.mai, province, window)
        with CaptureQueriesContext(connection) as queries:
            indicators_of(world.mai, province, window)
        return len(queries)

    few = asked()
    world.case()
    world.case()
    assert asked() == few <= 9


@pytest.mark.django_db
def test_men_prosecuted_and_sentenced_are_counted_once_each(world: World) -> None:
    case = world.case(at=world.at(days=2))
    her, him = world.victim(case), world.perpetrator(case)
    edit_person(case=case, person=her, by=world.lan, at=world.now, answers={"sex": "female"})
    edit_person(case=case, person=him, by=world.lan, at=world.now, answers={"sex": "male"})
    parts = Participant.objects.everything(reason="test").filter(case=case)
    for part in parts:
        part.age_band = "16_59"
        relation = {"relation": "spouse"} if part.role == "perpetrator" else {}
        edit_participant(case=case, participant=part, by=world.lan, at=world.now, answers=relation)
    for hours in (3, 2):
        answers = {
            "kind": "prosecuted",
            "criminal_articles": ["unknown"],
            "decided_at": world.at(hours=hours),
        }
        outcome = record_outcome(case=case, by=world.lan, at=world.now, answers=answers)
    wrong = {"kind": "sentenced", "corrected_why": "Ghi nhầm bước tố tụng."}
    correct_outcome(outcome=outcome, by=world.lan, at=world.now, answers=wrong)
    window = current_window("report_year", clock.local_date(case.opened_at))
    found = indicators_of(world.mai, area_of(world.mai, "", world.now), window)
    numbers = {one.indicator.code: one for _group, some in found.groups for one in some}
    assert (numbers["eige_3"].number, numbers["eige_11"].number, numbers["eige_12"].number) == (1, 1, 1)
    assert numbers["eige_11"].of == 1
