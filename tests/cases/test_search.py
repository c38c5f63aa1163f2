"""Searching: within what the viewer may see, written down before it is shown, limited, and deaf to sealed cases."""

from datetime import timedelta
from typing import Any

import pytest

from casework.access.opening import TERM_FIELD_ID
from casework.audit.acting import acting_as
from casework.audit.models import AuditEvent
from casework.base.dates import PartialDate
from casework.base.refusals import InvalidInput
from casework.cases import actions, queries
from casework.cases.models import Case
from casework.cases.queries import SEARCHES_PER_HOUR, TooManySearches
from casework.encryption import open_note
from casework.organisations.models import User
from tests.cases.acting import Doing, on_duty, row
from tests.world import World


def search(world: World, user: User, term: str) -> list[queries.Found]:
    return queries.search(user, term, at=world.now)


def cases(found: list[queries.Found]) -> set[object]:
    return {hit.case.pk for hit in found}


@pytest.fixture
def known(world: World, doing: Doing) -> Doing:
    actions.edit_person(
        case=doing.case,
        person=doing.victim,
        by=world.lan,
        at=world.now,
        answers={
            "identity_kind": "citizen_12",
            "identity_number": "011190001234",
            "other_names": "Chị Hặc, Mẫu Con",
            "birth_date": PartialDate(1990),
        },
    )
    return doing


@pytest.mark.parametrize(
    ("term", "by"),
    [
        ("{number}", "number"),
        ("{code}", "number"),
        ("0912 345 678", "phone"),
        ("011 190 001 234", "identity"),
        ("Lò Thị Mẫu 1990", "name"),
        ("lo thi mau", "name"),
        ("chi hac", "name"),
        ("Lo Thi Mauu", "name"),
    ],
)
def test_each_way_of_asking_finds_the_case(world: World, known: Doing, term: str, by: str):
    case = known.case

    found = search(world, world.lan, term.format(number=case.number, code=case.code))

    assert cases(found) == {case.pk}
    assert found[0].by == by
    assert (found[0].person == known.victim) is (by != "number")


@pytest.mark.parametrize("term", ["{number}", "{code}", "0912 345 678", "011190001234", "Lò Thị Mẫu 1990"])
@pytest.mark.parametrize("name", ["minh", "tuan", "dung"])
def test_whoever_may_not_see_the_case_finds_nothing(world: World, known: Doing, term: str, name: str):
    case = known.case
    assert search(world, world.users[name], term.format(number=case.number, code=case.code)) == []


def test_a_colleague_finds_it_while_on_duty(world: World, known: Doing):
    on_duty(world, world.minh)

    assert cases(search(world, world.minh, "Lò Thị Mẫu")) == {known.case.pk}


@pytest.mark.parametrize("term", ["{number}", "{code}", "0912 345 678", "011190001234", "Lò Thị Mẫu"])
def test_a_sealed_case_answers_only_to_those_named_on_it(world: World, known: Doing, term: str):
    actions.seal_case(case=known.case, by=world.mai, at=world.now, reason="Có người quen trong xã")
    asked = term.format(number=known.case.number, code=known.case.code)

    assert cases(search(world, world.lan, asked)) == {known.case.pk}
    assert search(world, world.mai, asked) == []
    assert search(world, world.pao, asked) == []


def test_a_lock_hides_it_from_searches_too(world: World, known: Doing):
    actions.assign_case(case=known.case, by=world.lan, at=world.now, user=world.minh, lead=True)
    actions.declare_conflict(case=row(Case, pk=known.case.pk), by=world.lan, at=world.now)

    assert search(world, world.lan, known.case.number) == []
    assert search(world, world.lan, "Lò Thị Mẫu") == []


def test_the_index_is_only_a_hint_and_every_hit_is_compared(world: World, known: Doing):
    assert search(world, world.lan, "0912 345 679") == []
    assert search(world, world.lan, "011190001235") == []
    assert search(world, world.lan, "Lò Thị Mẫu 1950")[0].score < 100


def test_the_same_spelling_comes_before_the_same_letters(world: World, doing: Doing):
    for name in ("Lò Thị Mậu", "Lò Thị Mẫu Hoa"):
        actions.add_person(
            case=doing.case, by=world.lan, at=world.now, answers={"role": "witness", "full_name": name}
        )

    names = [hit.person.full_name for hit in search(world, world.lan, "Lò Thị Mậu") if hit.person]

    assert names == ["Lò Thị Mậu", "Lò Thị Mẫu", "Lò Thị Mẫu Hoa"]


def test_a_search_is_written_down_with_its_term_sealed(world: World, known: Doing):
    search(world, world.lan, "Lò Thị Mẫu")

    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.outcome, event.actor) == ("case.search", AuditEvent.READ, world.lan.pk)
    assert event.detail["shown"] == [str(known.case.pk)]
    assert "Mẫu" not in str(event.detail)
    term = open_note("user", world.lan.pk, TERM_FIELD_ID, world.lan.pk, bytes(event.reason))
    assert term == "Lò Thị Mẫu"


def test_nothing_found_is_written_down_all_the_same(world: World):
    search(world, world.lan, "Không Có Ai")

    assert AuditEvent.objects.latest("pk").detail["shown"] == []


def test_a_hit_costs_what_a_miss_costs(
    world: World, known: Doing, one_request: None, django_assert_max_num_queries
):
    search(world, world.lan, "Lò Thị Mẫu 1990")
    with django_assert_max_num_queries(40) as hit:
        search(world, world.lan, "Lò Thị Mẫu 1990")
    with django_assert_max_num_queries(40) as miss:
        search(world, world.lan, "Không Có Ai 1950")

    assert len(hit) == len(miss)


def test_searches_are_limited_by_the_hour(world: World):
    for half_minutes in range(SEARCHES_PER_HOUR):
        then = world.at(minutes=59 - half_minutes / 2)
        with acting_as(at=then):
            queries.search(world.lan, "Không Có Ai", at=then)

    with pytest.raises(TooManySearches, match=str(SEARCHES_PER_HOUR)):
        search(world, world.lan, "Không Có Ai")
    assert queries.search(world.pao, "Không Có Ai", at=world.now) == []
    assert queries.search(world.lan, "Không Có Ai", at=world.now + timedelta(minutes=2)) == []


def test_what_says_nothing_is_refused_and_does_not_count(world: World):
    before = AuditEvent.objects.count()

    with pytest.raises(InvalidInput):
        search(world, world.lan, "1990")

    assert AuditEvent.objects.count() == before


def test_somebody_about_to_be_added_is_looked_up_among_visible_cases(world: World, known: Doing):
    how: dict[str, Any] = {"full_name": "lo thi mau", "identity": "", "year": 1990, "at": world.now}

    assert [hit.person for hit in queries.already_on_file(world.lan, **how)] == [known.victim]
    assert queries.already_on_file(world.minh, **how) == []
    assert queries.already_on_file(world.lan, **{**how, "year": None}) == []
