"""The list of cases: initials only, by the next clock for those who work, the same cost at every length."""

import pytest

from casework.cases import queries
from casework.cases.actions import assign_case, seal_case
from casework.cases.models import Case
from tests.cases.acting import on_duty, row
from tests.world import World


def test_a_worker_reads_by_the_next_clock_and_a_province_newest_first(world: World):
    cases = [world.case(at=world.at(days=days)) for days in (1, 3, 2)]

    mine, theirs = queries.case_list(world.lan), queries.case_list(world.mai)

    assert (mine.by_clock, theirs.by_clock) == (True, False)
    assert [line.case for line in mine.lines] == [cases[1], cases[2], cases[0]]
    assert [line.case for line in theirs.lines] == [cases[0], cases[2], cases[1]]
    assert queries.case_list(world.pao).by_clock
    assert {line.who for line in mine.lines} == {"L.T.M."}


def test_what_one_may_not_see_is_not_counted(world: World):
    for _number in range(3):
        world.case()

    for name in ("minh", "tuan", "hoa", "son", "kien"):
        found = queries.case_list(world.users[name])
        assert (found.lines, found.total, found.next) == ([], 0, "")
    on_duty(world, world.minh)
    assert queries.case_list(world.minh).total == 3


def test_filters_and_pages(world: World):
    cases = [world.case(at=world.at(hours=hours)) for hours in range(1, 5)]
    for case in cases[:2]:
        case.state = "in_progress"
        case.save()

    found = queries.case_list(world.lan, filters={"state": "in_progress"})
    assert {line.case.pk for line in found.lines} == {case.pk for case in cases[:2]}
    assert found.total == 2


@pytest.mark.parametrize("name", ["lan", "pao", "mai"])
def test_a_list_costs_the_same_for_one_case_and_for_a_full_page(
    world: World, name: str, one_request: None, django_assert_max_num_queries
):
    user = world.users[name]
    world.case()
    queries.case_list(user)
    with django_assert_max_num_queries(20) as one:
        queries.case_list(user)
    for number in range(8):
        case = world.case(at=world.at(hours=number))
        if number % 2:
            assign_case(case=case, by=world.lan, at=world.now, user=world.minh)

    queries.case_list(user)
    with django_assert_max_num_queries(20) as many:
        found = queries.case_list(user)
        assert [(line.case.commune.name, line.who, line.case.lead.full_name) for line in found.lines]

    assert len(found.lines) == 9
    assert len(many) == len(one) <= 9


def test_a_sealed_case_stands_in_the_lists_of_those_who_may_see_it(world: World):
    case = world.case()
    seal_case(case=case, by=world.mai, at=world.now, reason="Có người quen trong xã")

    assert row(Case, pk=case.pk).is_sealed
    assert queries.case_list(world.pao).lines == []
    assert [line.case for line in queries.case_list(world.lan).lines] == [case]
