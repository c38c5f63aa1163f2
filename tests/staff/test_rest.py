"""REST of people, offices, areas and duty: public facts for everybody, the rest for the administrator."""

from datetime import timedelta

import pytest

from casework.accounts.actions import add_user, issue_password
from casework.audit.models import AuditEvent
from casework.http.models import IdempotencyKey
from casework.organisations.models import Agency, DutyShift, Membership, User
from tests.incidents.asking import Rest
from tests.world import CAST, SINCE, World

HOUR = timedelta(hours=1)


@pytest.fixture
def son(world: World) -> Rest:
    return Rest(world.son)


@pytest.fixture
def nga(world: World) -> User:
    return add_user(
        by=world.son,
        at=world.now,
        username="nga",
        full_name="Lò Thị Nga",
        agency=world.agencies["committee"],
        role="social_worker",
        since=SINCE,
    )


def all_of(rest: Rest, path: str, size: int = 4) -> list[dict]:
    """Every page of a list, one after the other."""
    join = "&" if "?" in path else "?"
    found: list[dict] = []
    after = ""
    while True:
        body = rest.get(f"{path}{join}size={size}" + (f"&after={after}" if after else "")).json()
        found += body["results"]
        after = body["next"]
        if not after:
            return found


@pytest.mark.parametrize("name", CAST)
def test_accounts_are_for_the_administrator(world: World, nga: User, name: str) -> None:
    rest = Rest(world.users[name])
    seat = nga.memberships.get()
    assert rest.get("users/").status_code == 403
    assert rest.get(f"users/{nga.pk}/").status_code == 403
    for path in (
        "users/",
        "agencies/",
        f"users/{nga.pk}/add-role/",
        f"users/{nga.pk}/deactivate/",
        f"users/{nga.pk}/activate/",
        f"users/{nga.pk}/issue-password/",
        f"roles/{seat.pk}/end/",
    ):
        assert rest.post(path, {}).status_code == 403, path


def test_the_list_of_staff_page_by_page_and_narrowed(world: World, son: Rest) -> None:
    everybody = all_of(son, "users/")
    assert {row["username"] for row in everybody} == {*CAST, "son"}
    assert len(everybody) == len(CAST) + 1
    lan = next(row for row in everybody if row["username"] == "lan")
    assert lan["state"] == "active"
    assert [(seat["role"], seat["agency_name"]) for seat in lan["roles"]] == [
        ("social_worker", "UBND xã Mường Phăng")
    ]
    police = world.agencies["police"].pk
    assert [row["username"] for row in all_of(son, f"users/?agency={police}")] == ["dung"]
    assert [row["username"] for row in all_of(son, "users/?role=auditor")] == ["kien"]
    assert [row["username"] for row in all_of(son, "users/?username=mai")] == ["mai"]
    assert all_of(son, "users/?is_active=false") == []
    for wrong in ("q=x", "after=x", "size=0", "role=king"):
        assert son.get(f"users/?{wrong}").status_code == 400, wrong
    assert AuditEvent.objects.filter(action="user.manage", outcome=AuditEvent.READ).exists()


def test_an_account_from_its_making_to_its_end(world: World, son: Rest) -> None:
    office = str(world.agencies["committee"].pk)
    body = {
        "full_name": "Lò Thị Nga",
        "username": "nga",
        "agency": office,
        "role": "receiver",
        "since": "2026-06-01",
    }
    made = son.post("users/", body, key="made-once-only")
    assert (made.status_code, set(made.json())) == (201, {"id"})
    assert son.post("users/", body, key="made-once-only").json() == made.json()
    assert son.post("users/", body).json()["code"] == "user_exists"
    assert son.post("users/", {**body, "is_superuser": True}).status_code == 400
    assert son.post("users/", {**body, "password": "của tôi đặt sẵn"}).status_code == 400
    path = made["Location"].removeprefix("/api/v1/")
    assert son.get(path).json()["state"] == "no_password"

    role = son.post(f"{path}add-role/", {"agency": office, "role": "social_worker", "since": "2026-06-01"})
    assert role.status_code == 201
    assert len(son.get(path).json()["roles"]) == 2
    ended = son.post(f"roles/{role.json()['id']}/end/", {})
    assert (ended.status_code, set(ended.json())) == (200, {"id", "valid_to"})
    assert son.post(f"roles/{role.json()['id']}/end/", {}).json()["code"] == "role_ended"
    assert len(son.get(path).json()["roles"]) == 1

    assert son.post(f"{path}deactivate/", {}).json()["is_active"] is False
    assert son.post(f"{path}deactivate/", {}).json()["code"] == "already_closed"
    assert son.post(f"{path}issue-password/", {}).json()["code"] == "account_closed"
    assert son.post(f"{path}activate/", {}).json()["is_active"] is True
    assert son.post(f"{path}activate/", {"why": "x"}).status_code == 400


def test_a_one_time_password_is_answered_and_not_kept(world: World, son: Rest, nga: User) -> None:
    first = son.post(f"users/{nga.pk}/issue-password/", {}, key="the-same-key")
    second = son.post(f"users/{nga.pk}/issue-password/", {}, key="the-same-key")

    assert first.status_code == second.status_code == 200
    assert first.json()["password"] != second.json()["password"]
    nga.refresh_from_db()
    assert nga.check_password(second.json()["password"])
    assert not IdempotencyKey.objects.filter(user=world.son).exists()
    assert son.get(f"users/{nga.pk}/").json()["must_change_password"] is True
    assert son.post(f"users/{world.son.pk}/issue-password/", {}).status_code == 403


def test_the_last_administrator_stays(world: World, son: Rest) -> None:
    answer = son.post(f"users/{world.son.pk}/deactivate/", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "last_administrator")
    seat = Membership.objects.get(user=world.son)
    assert son.post(f"roles/{seat.pk}/end/", {}).json()["code"] == "last_administrator"


def test_whoever_owes_a_password_is_told_with_a_code(world: World) -> None:
    lan = Rest(world.lan)
    User.objects.filter(pk=world.lan.pk).update(one_time_until=world.now + HOUR)

    answer = lan.get("agencies/")
    assert (answer.status_code, answer.json()["code"]) == (403, "password_change_required")
    assert set(answer.json()) == {"code", "message", "errors", "reasons", "request_id"}


# --- public facts ---


@pytest.mark.parametrize("name", [*CAST, "son"])
def test_offices_and_areas_are_for_everybody_and_not_remembered(world: World, name: str) -> None:
    rest = Rest(world.users[name])
    before = AuditEvent.objects.count()
    offices = all_of(rest, "agencies/")
    areas = rest.get("areas/?code=03325").json()["results"]

    assert {row["name"] for row in offices} == set(Agency.objects.values_list("name", flat=True))
    assert all(set(row) == {"id", "kind", "name", "area", "services", "is_active"} for row in offices)
    assert ("11", "03325") in {(row["parent"], row["code"]) for row in areas}
    assert AuditEvent.objects.count() == before


def test_offices_are_narrowed_and_areas_go_page_by_page(world: World) -> None:
    lan = Rest(world.lan)
    assert [row["name"] for row in all_of(lan, "agencies/?kind=hospital")] == [
        "Bệnh viện Đa khoa tỉnh Điện Biên"
    ]
    assert {row["area"] for row in all_of(lan, f"agencies/?area={world.commune.code}")} == {
        world.commune.code
    }
    provinces = all_of(lan, "areas/?kind=province", size=10)
    assert len({row["code"] for row in provinces}) == len(provinces) > 20
    assert {row["parent"] for row in provinces} == {None}
    assert lan.get("areas/?after=99999999999999999999999").json() == {"results": [], "next": None}


def test_an_office_is_added(world: World, son: Rest) -> None:
    body = {"kind": "counselling", "name": "Trung tâm Tư vấn Mẫu"}
    made = son.post("agencies/", body)
    assert made.status_code == 201
    assert Agency.objects.get(pk=made.json()["id"]).area == world.province
    assert son.post("agencies/", body).json()["code"] == "agency_exists"
    assert son.post("agencies/", {"kind": "commune_police", "name": "Mới"}).json()["code"] == "area_missing"


# --- duty ---


def test_duty_is_planned_listed_and_ended(world: World) -> None:
    pao = Rest(world.pao)
    body = {
        "agency": str(world.agencies["committee"].pk),
        "user": str(world.minh.pk),
        "starts_at": (world.now - HOUR).isoformat(),
        "ends_at": (world.now + 8 * HOUR).isoformat(),
    }
    made = pao.post("duty-shifts/", body)
    assert (made.status_code, set(made.json())) == (201, {"id", "starts_at", "ends_at"})
    assert pao.post("duty-shifts/", body).json()["code"] == "duty_overlap"
    (row,) = pao.get("duty-shifts/").json()["results"]
    assert (row["user"], row["user_name"]) == (str(world.minh.pk), "Quàng Văn Minh")
    assert Rest(world.dung).get("duty-shifts/").json()["results"] == []
    assert Rest(world.dung).post(f"duty-shifts/{row['id']}/end/", {}).status_code == 404
    assert Rest(world.lan).get("duty-shifts/").status_code == 403
    assert pao.post(f"duty-shifts/{row['id']}/end/", {}).status_code == 200
    assert pao.post(f"duty-shifts/{row['id']}/end/", {}).json()["code"] == "duty_over"
    assert pao.get("duty-shifts/").json()["results"] == []


def test_duty_of_another_unit_is_refused(world: World) -> None:
    body = {
        "agency": str(world.agencies["elsewhere"].pk),
        "user": str(world.tuan.pk),
        "starts_at": world.now.isoformat(),
        "ends_at": (world.now + HOUR).isoformat(),
    }
    for name in ("pao", "mai", "dung"):
        assert Rest(world.users[name]).post("duty-shifts/", body).status_code == 403
    assert not DutyShift.objects.exists()


def test_issuing_is_told_to_the_memory_by_its_own_name(world: World, son: Rest, nga: User) -> None:
    issue_password(user=nga, by=world.son, at=world.now)
    son.post(f"users/{nga.pk}/issue-password/", {})

    events = AuditEvent.objects.filter(action="user.issue_password", outcome=AuditEvent.DONE)
    assert [event.detail["user"] for event in events] == [str(nga.pk)] * 2
