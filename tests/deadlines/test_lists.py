"""What is due: whose clocks a list holds, in which order, with which buttons, over the web and REST."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from casework.access.grants import give
from casework.audit.models import AuditEvent
from casework.cases.models import Case, CaseGroupGrant
from casework.deadlines import queries
from casework.organisations.models import User
from tests.casefile import doing
from tests.casefile.doing import signed_in, text_of
from tests.ground import ground
from tests.world import World

opened = ground(lambda world: world.case(at=world.at(hours=30)))


def kinds(world: World, user: User, scope: str, **how: Any) -> list[str]:
    found = queries.board(user, scope, "week", at=world.now, **how)
    return [due.kind for due in found.rows]


# --- whose clocks ---


def test_a_case_that_was_never_assessed_is_due_without_a_row(world: World, case: Case) -> None:
    found = queries.board(world.lan, "mine", "overdue", at=world.now).rows

    assert [(due.kind, due.due_at) for due in found] == [
        ("risk_assess_first", case.opened_at + timedelta(hours=24))
    ]


def test_the_nearest_stands_first(world: World, case: Case) -> None:
    doing.ban(world, case, at=world.at(hours=2))

    found = queries.board(world.lan, "mine", "week", at=world.now).rows
    assert [due.due_at for due in found] == sorted(due.due_at for due in found)
    assert [due.kind for due in found] == ["risk_assess_first", "ban_serve", "ban_end"]


def test_colleagues_see_clocks_of_the_unit_only_on_duty(world: World, case: Case) -> None:
    assert kinds(world, world.minh, "unit") == []
    doing.on_duty(world, world.minh)
    assert kinds(world, world.minh, "unit") == ["risk_assess_first"]
    assert kinds(world, world.minh, "mine") == []


def test_the_police_see_those_of_cases_opened_to_them(world: World, case: Case) -> None:
    give(CaseGroupGrant, case, to=world.agencies["police"], by=world.pao, at=world.now, source="test")

    assert kinds(world, world.dung, "unit") == ["risk_assess_first"]


def test_the_chair_and_the_province_see_their_area(world: World, case: Case) -> None:
    assert kinds(world, world.pao, "area") == ["risk_assess_first"]
    assert kinds(world, world.mai, "area") == ["risk_assess_first"]


def test_another_province_sees_nothing(world: World, case: Case) -> None:
    assert [kinds(world, world.tuan, scope) for scope in ("mine", "unit", "area")] == [[], [], []]


def test_one_kind_only(world: World, case: Case) -> None:
    doing.ban(world, case)

    assert kinds(world, world.lan, "mine", kind="ban_end") == ["ban_end"]
    assert kinds(world, world.lan, "mine", kind="risk_assess_first") == ["risk_assess_first"]


def test_a_step_is_offered_to_those_who_may_take_it(world: World, case: Case) -> None:
    measure = doing.ask_for_ban(world, case)

    def button(user: User, scope: str) -> str:
        found = queries.board(user, scope, "week", at=world.now, kind="ban_decide")
        return found.rows[0].url

    assert button(world.lan, "mine") == ""
    assert button(world.pao, "area") == reverse("decide-ban", args=[measure.pk])


def test_the_list_goes_on_where_it_stopped(world: World, case: Case) -> None:
    doing.ban(world, case)
    for day in range(3):
        world.case(at=world.at(hours=28 - day))

    whole = queries.board(world.lan, "mine", "week", at=world.now).rows
    pieces, after = [], ""
    while True:
        piece = queries.board(world.lan, "mine", "week", after=after, size=2, at=world.now)
        pieces += piece.rows
        after = piece.next
        if not after:
            break

    assert [(due.kind, due.case.pk) for due in pieces] == [(due.kind, due.case.pk) for due in whole]


# --- the page ---


def get(world: World, user: str, **asked: str) -> Any:
    return signed_in(world.users[user]).get(reverse("deadline-list"), asked)


def test_the_page_tells_initials_and_the_button(world: World, case: Case) -> None:
    shown = text_of(get(world, "lan"))

    assert case.number in shown
    assert "L.T.M." in shown
    assert "Lò Thị Mẫu" not in shown
    assert reverse("assess-risk", args=[case.pk]) in shown


def test_what_is_due_later_is_in_the_week_only(world: World) -> None:
    case = world.case(at=world.now - timedelta(hours=1))
    doing.assess(world, case, "LOW")
    doing.ban(world, case)

    overdue, week = (text_of(get(world, "lan", board=board)) for board in ("overdue", "week"))
    assert reverse("request-ban", args=[case.pk]) not in overdue
    assert reverse("request-ban", args=[case.pk]) in week


@pytest.mark.parametrize("user", ["hoa", "kien", "son"])
def test_who_has_no_clocks_is_refused(world: World, user: str) -> None:
    assert get(world, user).status_code == 403


def test_a_colleague_sees_an_empty_page_that_teaches(world: World, case: Case) -> None:
    shown = text_of(get(world, "minh"))

    assert case.number not in shown
    assert "app-empty" in shown


def test_the_list_is_remembered(world: World, case: Case) -> None:
    get(world, "lan")

    event = AuditEvent.objects.filter(action="deadline.view").latest("pk")
    assert event.detail["shown"] == [str(case.pk)]


def test_the_page_costs_the_same_for_many_clocks(world: World, case: Case) -> None:
    client, url = signed_in(world.lan), reverse("deadline-list") + "?board=week"
    doing.ban(world, case)
    few = doing.queries_of(client, url)

    for hours in (26, 27, 28):
        doing.ban(world, world.case(at=world.at(hours=hours)))

    assert doing.queries_of(client, url) == few


# --- REST ---


def api(world: World, user: str, name: str, *args: object, **asked: str) -> Any:
    return signed_in(world.users[user]).get(reverse(f"api:{name}", args=args), asked)


def test_rest_lists_the_same_clocks(world: World, case: Case) -> None:
    body = api(world, "lan", "deadline-list", board="week").json()

    assert [row["kind"] for row in body["results"]] == ["risk_assess_first"]
    assert body["results"][0]["case"] == str(case.pk)
    assert body["next"] is None


@pytest.mark.parametrize(
    "asked", [{"scope": "area"}, {"scope": "x"}, {"board": "year"}, {"kind": "x"}, {"a": "1"}]
)
def test_rest_refuses_parts_that_are_not_there(world: World, case: Case, asked: dict[str, str]) -> None:
    assert api(world, "lan", "deadline-list", **asked).status_code == 400


def test_rest_tells_the_clocks_of_one_case(world: World, case: Case) -> None:
    doing.ban(world, case)

    body = api(world, "lan", "case-deadlines", case.pk, state="open").json()
    assert {row["kind"] for row in body["results"]} == {"ban_serve", "ban_end"}
    body = api(world, "lan", "case-deadlines", case.pk, state="done").json()
    assert {row["kind"] for row in body["results"]} == {"ban_decide"}


@pytest.mark.parametrize("user", ["minh", "tuan", "son", "hoa", "kien"])
def test_rest_hides_the_clocks_of_a_case_one_may_not_see(world: World, case: Case, user: str) -> None:
    assert api(world, user, "case-deadlines", case.pk).status_code == 404
