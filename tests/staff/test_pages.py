"""Pages of the administrator and of duty: what they show, what they cost, whom they refuse."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from casework.accounts.actions import add_role, add_user, deactivate_user, end_role, issue_password, set_duty
from casework.audit.models import AuditEvent
from casework.base import clock
from casework.organisations.models import Agency, DutyShift, Membership, User
from tests.incidents.asking import signed_in
from tests.world import CAST, SINCE, World

HOUR = timedelta(hours=1)


@pytest.fixture
def son(world: World) -> Client:
    return signed_in(world.son)


@pytest.fixture
def nga(world: World) -> User:
    return newcomer(world, "nga", "Lò Thị Nga")


def newcomer(world: World, username: str, full_name: str, office: str = "committee") -> User:
    return add_user(
        by=world.son,
        at=world.now,
        username=username,
        full_name=full_name,
        agency=world.agencies[office],
        role="social_worker",
        since=SINCE,
    )


def html(client: Client, route: str, *args: object, **asked: str) -> str:
    answer = client.get(reverse(route, args=args), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def names(shown: str) -> list[str]:
    """The people of a list, in its order."""
    return re.findall(r'<th class="govuk-table__header" scope="row"><a [^>]*>([^<]+)</a>', shown)


# --- who may come ---


@pytest.mark.parametrize("name", CAST)
def test_the_pages_of_the_administrator_are_for_nobody_else(world: World, nga: User, name: str) -> None:
    client, seat = signed_in(world.users[name]), nga.memberships.get()
    for route, args in (
        ("user-list", []),
        ("user-add", []),
        ("user-detail", [nga.pk]),
        ("add-role", [nga.pk]),
        ("deactivate-user", [nga.pk]),
        ("activate-user", [nga.pk]),
        ("issue-password", [nga.pk]),
        ("end-role", [seat.pk]),
        ("agency-list", []),
        ("agency-add", []),
    ):
        assert client.get(reverse(route, args=args)).status_code == 403, route
        assert client.post(reverse(route, args=args)).status_code in (403, 405), route


@pytest.mark.parametrize("name", ["lan", "minh", "hoa", "yen", "tuan", "kien", "son"])
def test_the_page_of_duty_is_for_those_who_answer_for_units(world: World, name: str) -> None:
    assert signed_in(world.users[name]).get(reverse("duty")).status_code == 403


def test_the_administrator_finds_the_pages_and_no_case(world: World, son: Client) -> None:
    shown = html(son, "home")

    assert reverse("user-list") in shown
    assert reverse("agency-list") in shown
    assert reverse("case-list") not in shown


@pytest.mark.parametrize(
    "route", ["user-detail", "add-role", "deactivate-user", "issue-password", "end-role"]
)
def test_who_is_not_there_is_not_found(son: Client, route: str) -> None:
    assert son.get(reverse(route, args=[uuid4()])).status_code == 404


# --- members of staff ---


def test_the_list_goes_by_given_name_with_role_office_and_state(world: World, son: Client, nga: User) -> None:
    deactivate_user(user=world.hoa, by=world.son, at=world.now)
    issue_password(user=world.yen, by=world.son, at=world.now)
    shown = html(son, "user-list")

    assert names(shown) == [
        "Cà Văn Dũng",
        "Tòng Thị Hoa",
        "Đỗ Trung Kiên",
        "Lò Thị Lan",
        "Lường Thị Mai",
        "Quàng Văn Minh",
        "Lò Thị Nga",
        "Vàng A Páo",
        "Nguyễn Văn Sơn",
        "Trần Anh Tuấn",
        "Nguyễn Thị Yến",
    ]
    for words in (
        "Trưởng Công an xã",
        "Công an xã Mường Phăng",
        "Đang dùng",
        "Đã khóa",
        "Chưa có mật khẩu",
        "Chờ đăng nhập lần đầu",
    ):
        assert words in shown


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "lo lan"}, ["Lò Thị Lan"]),
        ({"q": "PÁO"}, ["Vàng A Páo"]),
        ({"q": "kien"}, ["Đỗ Trung Kiên"]),
        ({"q": "không ai cả"}, []),
        ({"role": "police_head"}, ["Cà Văn Dũng"]),
        ({"role": "no-such-role", "q": "tuan"}, ["Trần Anh Tuấn"]),
        ({"agency": "not-an-id", "q": "tuan"}, ["Trần Anh Tuấn"]),
    ],
)
def test_the_list_is_narrowed(world: World, son: Client, asked: dict[str, str], found: list[str]) -> None:
    assert names(html(son, "user-list", **asked)) == found


def test_the_list_of_one_office_leaves_out_who_has_left(world: World, son: Client) -> None:
    office = str(world.agencies["committee"].pk)
    assert names(html(son, "user-list", agency=office)) == ["Lò Thị Lan", "Quàng Văn Minh", "Vàng A Páo"]
    end_role(membership=Membership.objects.get(user=world.minh), by=world.son, at=world.now)
    assert names(html(son, "user-list", agency=office)) == ["Lò Thị Lan", "Vàng A Páo"]


def test_twenty_five_a_page_at_the_same_cost(
    world: World, son: Client, django_assert_max_num_queries: Any
) -> None:
    def cost(**asked: str) -> int:
        with django_assert_max_num_queries(25) as seen:
            html(son, "user-list", **asked)
        return len(seen)

    cost()
    few = cost()
    for number in range(30):
        user = newcomer(world, f"can.bo{number}", f"Lò Văn {number:02}")
        add_role(
            user=user,
            agency=world.agencies["police"],
            role="receiver",
            since=SINCE,
            by=world.son,
            at=world.now,
        )
    assert cost() <= few
    first, second = html(son, "user-list"), html(son, "user-list", page="2")
    assert "page=2" in first
    assert "page=1" in second
    assert len(names(first)) == 25
    assert len(names(second)) == 15
    assert not set(names(first)) & set(names(second))
    # A number beyond the end is the last page.
    assert names(html(son, "user-list", page="999")) == names(second)
    assert "q=lo&amp;page=2" in html(son, "user-list", q="lo")


@pytest.mark.parametrize("route", ["user-list", "agency-list"])
def test_the_search_box_holds_what_was_typed(son: Client, route: str) -> None:
    assert 'name="q" type="search" value=""' in html(son, route)
    assert 'name="q" type="search" value="&lt;lan&gt;"' in html(son, route, q="<lan>")


def test_that_the_list_was_read_is_remembered(world: World, son: Client) -> None:
    html(son, "user-list", q="lan")

    event = AuditEvent.objects.filter(action="user.manage", actor=world.son.pk).latest("pk")
    assert event.outcome == AuditEvent.READ
    assert event.detail["shown"] == [str(world.lan.pk)]
    assert "lan" not in str(event.detail)


def test_an_account_is_made_and_its_password_issued(world: World, son: Client) -> None:
    answer = son.post(
        reverse("user-add"),
        {
            "full_name": "Lò Thị Nga",
            "username": "nga",
            "agency": str(world.agencies["committee"].pk),
            "role": "social_worker",
            "since": "01/06/2026",
        },
    )
    nga = User.objects.get(username="nga")
    assert (answer.status_code, answer["Location"]) == (302, reverse("user-detail", args=[nga.pk]))
    assert reverse("issue-password", args=[nga.pk]) in html(son, "user-detail", nga.pk)

    answer = son.post(reverse("issue-password", args=[nga.pk]))
    shown = answer.content.decode()
    found = re.search(r'<strong class="app-secret">([a-z0-9-]+)</strong>', shown)
    assert found is not None
    assert answer["Cache-Control"] == "no-store"
    nga.refresh_from_db()
    assert nga.check_password(found[1])
    # Nowhere else, and not a second time.
    assert found[1] not in html(son, "issue-password", nga.pk)
    assert found[1] not in html(son, "user-detail", nga.pk)
    assert found[1] not in str(list(AuditEvent.objects.values()))


def test_what_was_typed_stays_when_the_name_is_taken(world: World, son: Client) -> None:
    answer = son.post(
        reverse("user-add"),
        {
            "full_name": "Người Mới",
            "username": "lan",
            "agency": str(world.agencies["committee"].pk),
            "role": "social_worker",
            "since": "01/06/2026",
        },
    )
    assert answer.status_code == 409
    assert "Người Mới" in answer.content.decode()
    assert "Tên đăng nhập này đã được dùng." in answer.content.decode()


def test_a_role_is_added_and_ended(world: World, son: Client, nga: User) -> None:
    answer = son.post(
        reverse("add-role", args=[nga.pk]),
        {"agency": str(world.agencies["police"].pk), "role": "receiver", "since": "01/06/2026"},
    )
    assert answer.status_code == 302
    seat = Membership.objects.get(user=nga, role="receiver")
    shown = html(son, "user-detail", nga.pk)
    assert "01/06/2026" in shown
    assert reverse("end-role", args=[seat.pk]) in shown

    assert "Người tiếp nhận tin báo" in html(son, "end-role", seat.pk)
    assert son.post(reverse("end-role", args=[seat.pk])).status_code == 302
    seat.refresh_from_db()
    assert seat.valid_to == clock.local_date(clock.now())
    assert reverse("end-role", args=[seat.pk]) not in html(son, "user-detail", nga.pk)
    assert son.post(reverse("end-role", args=[seat.pk])).status_code == 409


def test_an_account_is_closed_and_opened_again(world: World, son: Client, nga: User) -> None:
    assert "Đang dùng" in html(son, "user-detail", world.lan.pk)
    assert son.post(reverse("deactivate-user", args=[world.lan.pk])).status_code == 302
    shown = html(son, "user-detail", world.lan.pk)
    assert "Đã khóa" in shown
    assert reverse("issue-password", args=[world.lan.pk]) not in shown
    answer = son.post(reverse("deactivate-user", args=[world.lan.pk]))
    assert answer.status_code == 409
    assert "đã bị khóa từ trước" in answer.content.decode()
    assert son.post(reverse("issue-password", args=[world.lan.pk])).status_code == 409

    assert son.post(reverse("activate-user", args=[world.lan.pk])).status_code == 302
    assert "Chưa có mật khẩu" in html(son, "user-detail", world.lan.pk)


def test_ones_own_page_offers_nothing_to_press(world: World, son: Client) -> None:
    shown = html(son, "user-detail", world.son.pk)
    for route in ("add-role", "deactivate-user", "issue-password"):
        assert reverse(route, args=[world.son.pk]) not in shown
    assert son.post(reverse("issue-password", args=[world.son.pk])).status_code == 403
    assert son.post(reverse("deactivate-user", args=[world.son.pk])).status_code == 409


def test_who_is_on_duty_is_said(world: World, son: Client) -> None:
    shift(world, starts=-1)
    shown = html(son, "user-detail", world.minh.pk)

    assert "Đang trực tại UBND xã Mường Phăng" in shown


# --- offices ---


def test_offices_with_their_people(world: World, son: Client) -> None:
    shown = html(son, "agency-list")
    row = re.search(r"UBND xã Mường Phăng.*?</tr>", shown, re.DOTALL)

    assert row is not None
    assert f"{reverse('user-list')}?agency={world.agencies['committee'].pk}" in row[0]
    assert ">3<" in row[0]
    assert "Bệnh viện Đa khoa" not in html(son, "agency-list", kind="commune_police")
    assert "Công an xã Mường Phăng" in html(son, "agency-list", q="cong an", kind="commune_police")
    assert "Không có đơn vị phù hợp" in html(son, "agency-list", q="lâu đài")


def test_an_office_is_added(world: World, son: Client) -> None:
    body = {"kind": "counselling", "name": "Trung tâm Tư vấn Mẫu", "services": ["psychological"]}
    assert son.post(reverse("agency-add"), body).status_code == 302
    assert Agency.objects.get(name="Trung tâm Tư vấn Mẫu").area == world.province
    assert son.post(reverse("agency-add"), body).status_code == 409
    body = {"kind": "commune_police", "name": "Công an xã Mẫu"}
    assert son.post(reverse("agency-add"), body).status_code == 409


# --- duty ---


def shift(world: World, *, starts: int = 1, user: str = "minh") -> DutyShift:
    return set_duty(
        by=world.pao,
        at=world.now,
        user=world.users[user],
        agency=world.agencies["committee"],
        starts_at=world.now + starts * HOUR,
        ends_at=world.now + (starts + 8) * HOUR,
    )


def test_who_answers_now_and_next(world: World) -> None:
    pao = signed_in(world.pao)
    assert "Hiện không có ai trực" in html(pao, "duty")
    running, planned = shift(world, starts=-1), shift(world, starts=20, user="lan")
    shown = html(pao, "duty")

    assert "Hiện không có ai trực" not in shown
    assert shown.index("Quàng Văn Minh") < shown.index("Lò Thị Lan")
    for one in (running, planned):
        assert reverse("end-duty", args=[one.pk]) in shown
    # The police of the commune is the chair's too; its head sees his own unit only.
    assert "Công an xã Mường Phăng" in shown
    assert "UBND xã Mường Phăng" not in html(signed_in(world.dung), "duty").split("<main")[1]


def test_only_members_of_the_unit_are_offered(world: World) -> None:
    page = html(signed_in(world.mai), "duty", unit=str(world.agencies["committee"].pk))
    offered = re.findall(r'<option value="([0-9a-f-]{36})"', page)

    assert set(offered) == {str(world.lan.pk), str(world.minh.pk)}


def test_a_shift_is_planned_and_ended(world: World) -> None:
    pao, unit = signed_in(world.pao), world.agencies["committee"]
    here = f"{reverse('duty')}?unit={unit.pk}"
    start = clock.local(world.now)
    body = {
        "user": str(world.minh.pk),
        "starts_at": f"{start - HOUR:%d/%m/%Y %H:%M}",
        "ends_at": f"{start + 8 * HOUR:%d/%m/%Y %H:%M}",
    }
    answer = pao.post(here, body)
    assert (answer.status_code, answer["Location"]) == (302, here)
    assert pao.post(here, body).status_code == 409
    planned = DutyShift.objects.get()

    assert pao.get(reverse("end-duty", args=[planned.pk])).status_code == 200
    answer = pao.post(reverse("end-duty", args=[planned.pk]))
    assert (answer.status_code, answer["Location"]) == (302, here)
    assert pao.post(reverse("end-duty", args=[planned.pk])).status_code == 409


@pytest.mark.parametrize(("name", "status"), [("dung", 404), ("minh", 403), ("tuan", 403), ("son", 403)])
def test_a_shift_of_another_unit_is_not_there(world: World, name: str, status: int) -> None:
    found = shift(world)
    client = signed_in(world.users[name])

    assert client.get(reverse("end-duty", args=[found.pk])).status_code == status
    assert client.post(reverse("end-duty", args=[found.pk])).status_code == status


def test_without_a_unit_there_is_nothing_to_plan(world: World) -> None:
    Membership.objects.filter(role__in=["social_worker", "police_head"]).delete()
    pao = signed_in(world.pao)

    assert "Không có đơn vị để xếp lịch" in html(pao, "duty")
    assert pao.post(reverse("duty"), {}).status_code == 403


def test_duty_costs_the_same_for_many_units(world: World, django_assert_max_num_queries: Any) -> None:
    mai = signed_in(world.mai)

    def cost() -> int:
        with django_assert_max_num_queries(30) as seen:
            html(mai, "duty")
        return len(seen)

    cost()
    few = cost()
    for number in range(5):
        user = newcomer(world, f"can.bo{number}", f"Lò Văn {number}")
        unit = Agency.objects.create(
            kind="commune_committee",
            name=f"UBND xã {number}",
            area=world.commune,
            group=user.groups.model.objects.create(name=f"UBND xã {number}"),
        )
        Membership.objects.create(user=user, agency=unit, role="social_worker", valid_from=SINCE)
        DutyShift.objects.create(user=user, agency=unit, starts_at=world.now - HOUR, ends_at=world.now + HOUR)
    assert cost() <= few
