"""The minutes from the report to the chair, to whoever is assigned, and from a request to the decision."""

from datetime import timedelta

import pytest
from django.urls import reverse

from casework.cases.models import Case
from casework.desks.pace import stretch
from casework.desks.queries import pace_of
from casework.organisations.areas import current_area
from tests.casefile import doing
from tests.casefile.doing import signed_in, text_of
from tests.world import World

HOUR = timedelta(hours=1)


def test_a_part_of_the_way_is_told_by_its_middle_its_end_and_the_law() -> None:
    found = stretch("x", "ban_decide", [hours * HOUR for hours in (5, 1, 30, 2)], late=1)
    assert (found.count, found.middle, found.longest, found.late) == (4, 2 * HOUR, 30 * HOUR, 1)
    assert found.basis == "Luật 13/2022/QH15, Điều 25 khoản 2"
    assert stretch("x", "ban_decide", []).count == 0


def test_what_a_supervisor_sees_of_the_way(world: World, case: Case) -> None:
    ban = doing.ban(world, case)

    told, assigned, decided = pace_of(world.mai, at=world.now).stretches
    assert (told.count, assigned.count, decided.count, decided.late) == (1, 1, 1, 0)
    assert ban.decided_at is not None
    assert decided.longest == ban.decided_at - ban.requested_at

    shown = text_of(signed_in(world.mai).get(reverse("desk-pace")))
    assert case.number in shown
    assert "Từ khi đề nghị cấm tiếp xúc đến khi quyết định" in shown


def test_of_another_commune_nothing_is_counted(world: World, case: Case) -> None:
    doing.ban(world, case)
    elsewhere = current_area("03127")
    assert elsewhere is not None
    assert [one.count for one in pace_of(world.mai, commune=elsewhere, at=world.now).stretches] == [0, 0, 0]
    assert "Chưa có gì để đo" in text_of(
        signed_in(world.mai).get(reverse("desk-pace"), {"commune": elsewhere.code})
    )


def test_what_is_older_than_ninety_days_is_not_counted(world: World, case: Case) -> None:
    doing.ban(world, case)
    later = world.now + timedelta(days=91)
    assert [one.count for one in pace_of(world.mai, at=later).stretches] == [0, 0, 0]


@pytest.mark.parametrize(("name", "status"), [("pao", 200), ("mai", 200), ("lan", 403), ("hoa", 403)])
def test_it_is_for_those_who_answer_for_it(world: World, name: str, status: int) -> None:
    assert signed_in(getattr(world, name)).get(reverse("desk-pace")).status_code == status


def test_the_cost_does_not_grow_with_the_reports(world: World, case: Case, django_assert_num_queries) -> None:
    doing.ban(world, case)
    pace_of(world.mai, at=world.now)
    world.case(at=world.at(hours=3))
    # The viewer's standing, the reports, the decisions.
    with django_assert_num_queries(3):
        pace_of(world.mai, at=world.now)
