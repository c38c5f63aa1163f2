"""The measures board: in which column a measure stands, with which one button; the page and its cost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from casework.access.grants import give
from casework.audit.models import AuditEvent
from casework.cases.models import Case, CaseGroupGrant
from casework.desks import board, queries
from casework.protection.actions import record_breach
from casework.protection.steps import ACTIONS, Course
from tests.casefile import doing
from tests.casefile.doing import signed_in, text_of
from tests.ground import ground
from tests.world import World

NOW = datetime(2026, 3, 27, 14, tzinfo=UTC)
EVERYTHING = {action.verb for action in ACTIONS.values()}

RUNNING = Course(
    kind="M03",
    decider="commune_chair",
    stored="in_force",
    standing="in_force",
    recipients=("perpetrator", "victim"),
    received=frozenset({"perpetrator", "victim"}),
    is_monitored=False,
    monitor_assigned=False,
    announced=False,
    cancellation_asked=False,
    another_asked=False,
    has_paper=True,
    ends_at=NOW + timedelta(days=2),
)
REQUESTED = replace(RUNNING, stored="requested", standing="requested", received=frozenset(), ends_at=None)
UNSERVED = replace(RUNNING, received=frozenset({"victim"}))
ENDING = replace(RUNNING, ends_at=NOW + timedelta(hours=24))
OVER = replace(RUNNING, standing="ended", ends_at=NOW - timedelta(hours=1))
REFUSED = replace(REQUESTED, stored="refused", standing="refused")


@pytest.mark.parametrize(
    ("course", "is_breached", "column"),
    [
        (REQUESTED, False, board.DECIDE),
        (UNSERVED, False, board.SERVE),
        (RUNNING, False, board.RUNNING),
        (ENDING, False, board.ENDING),
        (replace(UNSERVED, ends_at=NOW + timedelta(hours=3)), False, board.ENDING),
        (RUNNING, True, board.BREACHED),
        (ENDING, True, board.BREACHED),
        (OVER, True, board.OVER),
        (REFUSED, False, board.OVER),
        (replace(RUNNING, kind="M04", recipients=(), ends_at=None), False, board.RUNNING),
    ],
)
def test_the_most_urgent_decides_the_column(course: Course, is_breached: bool, column: str) -> None:
    assert board.column(course, NOW, is_breached=is_breached) == column


@pytest.mark.parametrize(
    ("course", "button"),
    [
        (REQUESTED, "decide-ban"),
        (UNSERVED, "serve-decision"),
        (ENDING, "request-ban"),
        (OVER, "end-measure"),
        (RUNNING, "record-breach"),
        (REFUSED, ""),
        (replace(RUNNING, cancellation_asked=True), "answer-cancellation"),
    ],
)
def test_one_button(course: Course, button: str) -> None:
    assert board.button(course, NOW, EVERYTHING) == button


def test_no_button_without_the_right() -> None:
    assert board.button(REQUESTED, NOW, EVERYTHING - {"measure.decide_ban"}) == ""
    assert board.button(UNSERVED, NOW, {"measure.record_breach"}) == "record-breach"


# --- the page ---


opened = ground(lambda world: world.case(at=world.at(days=5)))


def columns(world: World, user: str = "lan") -> dict[str, list[str]]:
    found = queries.board_of(world.users[user], at=world.now)
    return {name: [card.measure.case.number for card in cards] for name, cards in found.items() if cards}


def test_a_ban_goes_through_the_columns(world: World, case: Case) -> None:
    measure = doing.ask_for_ban(world, case, at=world.at(hours=20))
    assert columns(world) == {"decide": [case.number]}

    measure = doing.decide(measure, world, at=world.at(hours=19))
    assert columns(world) == {"serve": [case.number]}

    doing.serve(world, measure, "perpetrator", "victim", "police_head", "village_head")
    assert columns(world) == {"running": [case.number]}

    record_breach(
        measure=measure,
        by=world.lan,
        at=world.now,
        answers={"at": world.at(hours=1), "kind": "came_near", "account": "Đến nhà."},
    )
    assert columns(world) == {"breached": [case.number]}


def test_what_ended_within_a_week_is_still_there(world: World, case: Case) -> None:
    doing.ban(world, case, at=world.at(days=4))

    assert columns(world) == {"over": [case.number]}


@pytest.mark.parametrize("user", ["minh", "tuan"])
def test_measures_of_cases_one_may_not_see_are_not_there(world: World, case: Case, user: str) -> None:
    doing.ban(world, case)

    assert columns(world, user) == {}


@pytest.mark.parametrize("user", ["hoa", "kien", "son"])
def test_the_board_is_for_those_who_work_with_measures(world: World, user: str) -> None:
    assert signed_in(world.users[user]).get(reverse("desk-measures")).status_code == 403


def test_each_sees_their_own_button(world: World, case: Case) -> None:
    measure = doing.ban(world, case)
    doing.serve(world, measure, "police_head")

    def shown(user: str) -> str:
        return text_of(signed_in(world.users[user]).get(reverse("desk-measures")))

    assert reverse("assign-monitor", args=[measure.pk]) in shown("dung")
    assert reverse("assign-monitor", args=[measure.pk]) not in shown("lan")
    assert "Lò Thị Mẫu" not in shown("lan")


def test_the_board_is_remembered(world: World, case: Case) -> None:
    doing.ban(world, case)
    signed_in(world.lan).get(reverse("desk-measures"))

    event = AuditEvent.objects.filter(action="desk.measures").latest("pk")
    assert event.detail["shown"] == [str(case.pk)]


def test_the_board_costs_the_same_for_many_measures(world: World, case: Case) -> None:
    client, url = signed_in(world.lan), reverse("desk-measures")
    doing.ban(world, case)
    doing.ask_for_ban(world, world.case(at=world.at(days=4)))
    few = doing.queries_of(client, url)

    for days in (1, 2, 3):
        another = world.case(at=world.at(days=days))
        doing.ban(world, another)
        give(CaseGroupGrant, another, to=world.agencies["police"], by=world.pao, at=world.now, source="test")

    assert doing.queries_of(client, url) == few
