"""The chair's desk: what stands there, in which order, for whom."""

import pytest
from django.urls import reverse

from casework.audit.models import AuditEvent
from casework.cases.models import Case
from casework.desks import queries
from casework.protection.actions import request_cancellation
from tests.casefile import doing
from tests.casefile.doing import signed_in, text_of
from tests.children.doing import Doing
from tests.world import World


def desk(world: World) -> queries.ChairDesk:
    return queries.chair_desk_of(world.pao, at=world.now)


def shown(world: World) -> str:
    answer = signed_in(world.pao).get(reverse("desk-chair"))
    assert answer.status_code == 200
    return text_of(answer)


@pytest.mark.parametrize("user", ["lan", "minh", "dung", "hoa", "tuan", "mai", "kien", "son"])
def test_the_desk_is_the_chairs(world: World, user: str) -> None:
    assert signed_in(world.users[user]).get(reverse("desk-chair")).status_code == 403


def test_an_empty_desk_teaches(world: World) -> None:
    assert "app-empty" in shown(world)


def test_a_request_has_its_hours_and_two_buttons(world: World, case: Case) -> None:
    measure = doing.ask_for_ban(world, case, at=world.at(hours=9))

    page = shown(world)
    assert "còn 2 giờ" in page
    assert reverse("decide-ban", args=[measure.pk]) in page
    assert reverse("refuse-ban", args=[measure.pk]) in page
    assert "Lò Thị Mẫu" not in page


def test_the_request_with_the_least_time_left_stands_first(world: World, case: Case) -> None:
    later = doing.ask_for_ban(world, case, at=world.at(hours=2))
    sooner = doing.ask_for_ban(world, world.case(at=world.at(days=3)), at=world.at(hours=11))

    assert [card.measure.pk for card in desk(world).requests] == [sooner.pk, later.pk]


def test_danger_to_life_stands_before_the_longest_waiting(world: World) -> None:
    ordinary = world.report(at=world.at(hours=5), danger_now="no", injured="no")
    urgent = world.report(at=world.at(minutes=10), danger_now="yes")

    assert [row.report.pk for row in desk(world).reports] == [urgent.pk, ordinary.pk]
    assert reverse("report-assign", args=[urgent.pk]) in shown(world)


def test_what_was_signed_is_handed_over(world: World, case: Case) -> None:
    measure = doing.ban(world, case)

    assert [card.measure.pk for card in desk(world).to_serve] == [measure.pk]


def test_a_request_to_cancel(world: World, case: Case) -> None:
    measure = doing.ban(world, case, at=world.at(hours=20))
    request_cancellation(
        measure=measure, by=world.lan, at=world.now, answers={"cancel_reason": "Đã chuyển đi."}
    )

    assert [card.measure.pk for card in desk(world).cancellations] == [measure.pk]
    assert reverse("cancel-measure", args=[measure.pk]) in shown(world)


def test_of_other_communes_nothing_is_there(world: World) -> None:
    world.report(area=world.elsewhere)

    assert desk(world).reports == []


def test_the_desk_is_remembered(world: World, case: Case) -> None:
    doing.ask_for_ban(world, case)
    shown(world)

    event = AuditEvent.objects.filter(action="desk.chair").latest("pk")
    assert event.detail["shown"] == [str(case.pk)]


def test_a_decision_about_a_child_has_its_hours_and_its_button(world: World, case: Case) -> None:
    procedure = Doing(world, case).start(world.at(hours=9))

    (due,) = [one for one in desk(world).others if one.kind == "child_decide"]
    assert due.url == reverse("decide-child", args=[procedure.pk])
    page = shown(world)
    assert due.url in page
    assert "còn 2 giờ" in page
    assert "Đang chờ: Chủ tịch" not in page
