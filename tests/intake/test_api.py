"""REST of reports mirrors the pages."""

import json
from uuid import uuid4

import pytest
from django.test import Client

from casework.intake.actions import assign_report
from casework.intake.models import Report
from casework.organisations.models import Membership
from tests.world import World

LIST = "/api/v1/reports/"


def call(world: World, who: str, method: str, path: str, body: object = None, **headers: str):
    client = Client()
    client.force_login(world.users[who])
    data = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    return getattr(client, method)(path, headers=headers, **data)


def create(world: World, who: str = "lan", key: str = "", **more: object):
    body = {"area": world.commune.code, "channel": "call", "account": "Chồng đánh vợ.", **more}
    return call(world, who, "post", LIST, body, **{"Idempotency-Key": key or uuid4().hex})


def change(world: World, who: str, report: Report, verb: str, body: object, version: int | None = None):
    report.refresh_from_db()
    etag = f'"{report.version if version is None else version}"'
    return call(world, who, "post", f"{LIST}{report.pk}/{verb}/", body, **{"If-Match": etag})


@pytest.fixture
def report(world: World) -> Report:
    return world.report(at=world.at(hours=2), reporter_phone="+84987654321")


def test_a_report_is_taken_with_its_people(world: World) -> None:
    answer = create(
        world,
        danger_now="yes",
        happened_on="2026-11-20",
        happened_time="21:14",
        people=[{"role": "victim", "full_name": "Lò Thị Mẫu", "age": "1990", "phone": "0912 345 678"}],
    )
    receipt = answer.json()

    assert answer.status_code == 201
    assert (receipt["priority"], receipt["chair_told_by"]) == ("emergency", "in_app")
    body = call(world, "lan", "get", answer["Location"]).json()
    assert body["happened_at"] == "2026-11-20T21:14:00+07:00"
    assert body["people"][0]["phone"] == "+84912345678"
    assert body["reporter_kind"] == "unknown"


def test_sent_twice_it_is_one_report(world: World) -> None:
    first, second = create(world, key="k" * 16), create(world, key="k" * 16)

    assert first.json() == second.json()
    assert Report.objects.everything(reason="test").count() == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"account": ""}, "account"),
        ({"area": "99999"}, "area"),
        ({"happened_on": "2090-01-01"}, "happened_on"),
        ({"received_at": "2090-01-01T00:00:00+07:00"}, "received_at"),
        ({"people": [{"phone": "12"}]}, "people.0.phone"),
        ({"people": [{"name": "x"}]}, "people.0.name"),
        ({"people": "x"}, "people"),
        ({"people": [{}] * 21}, "people"),
        ({"agency": str(uuid4())}, "agency"),
        ({"is_sealed": True}, "is_sealed"),
    ],
)
def test_what_is_wrong_is_400_by_its_name(world: World, more: dict, field: str) -> None:
    answer = create(world, **more)

    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert not Report.objects.everything(reason="test").exists()


@pytest.mark.parametrize("who", ["kien", "son"])
def test_who_takes_no_reports_is_403(world: World, who: str) -> None:
    assert create(world, who).status_code == 403


def test_a_list_names_nobody(world: World, report: Report) -> None:
    answer = call(world, "pao", "get", LIST)
    text = answer.content.decode()

    assert [row["code"] for row in answer.json()["results"]] == [report.code]
    assert "Mẫu" not in text
    assert "Báo Tin" not in text


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("lan", 200),
        ("pao", 200),
        ("mai", 200),
        ("minh", 404),
        ("dung", 404),
        ("hoa", 404),
        ("tuan", 404),
        ("kien", 404),
        ("son", 404),
    ],
)
def test_who_reads_a_report(world: World, report: Report, who: str, status: int) -> None:
    assert call(world, who, "get", f"{LIST}{report.pk}/").status_code == status


def test_who_reported_is_null_for_a_colleague(world: World, report: Report) -> None:
    assign_report(report=report, by=world.pao, at=world.now, agency=world.agencies["police"])

    assert call(world, "pao", "get", f"{LIST}{report.pk}/").json()["reporter_name"] == "Người Báo Tin"
    assert call(world, "dung", "get", f"{LIST}{report.pk}/").json()["reporter_name"] is None


def test_the_chair_assigns(world: World, report: Report) -> None:
    answer = change(world, "pao", report, "assign", {"user": str(world.lan.pk)})

    assert answer.status_code == 200
    assert answer.json()["assigned_to"] == str(world.lan.pk)


def test_an_old_version_is_412_and_none_is_428(world: World, report: Report) -> None:
    body = {"user": str(world.lan.pk)}

    assert change(world, "pao", report, "assign", body, version=0).status_code == 412
    assert call(world, "pao", "post", f"{LIST}{report.pk}/assign/", body).status_code == 428


def test_a_rule_is_409_with_its_code(world: World, report: Report) -> None:
    answer = change(world, "pao", report, "assign", {"user": str(world.hoa.pk)})

    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_worker_there")
    assert "user" in answer.json()["errors"]


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("assign", {"user": None}),
        ("accept", {}),
        ("screen-out", {"result": "not_dv", "reason": "x"}),
        ("tell-chair", {"means": "call"}),
        ("add", {"text": "x"}),
    ],
)
@pytest.mark.parametrize("who", ["minh", "dung", "hoa", "tuan", "kien", "son"])
def test_others_find_no_such_report(world: World, report: Report, verb: str, body: dict, who: str) -> None:
    assert change(world, who, report, verb, body).status_code == 404


def test_the_triage_ends(world: World, report: Report) -> None:
    answer = change(world, "pao", report, "screen-out", {"result": "not_dv", "reason": "Không phải."})

    assert answer.json()["triage_result"] == "not_dv"
    assert change(world, "pao", report, "screen-out", {"result": "not_dv", "reason": "x"}).status_code == 409


def test_a_repeat_names_the_first(world: World, report: Report) -> None:
    again = world.report(at=world.at(hours=1))
    body = {"result": "duplicate", "reason": "Cùng vụ.", "duplicate_of": str(report.pk)}

    assert change(world, "pao", again, "screen-out", body).status_code == 200
    again.refresh_from_db()
    assert again.duplicate_of == report


def test_telling_adding_and_taking_on(world: World) -> None:
    Membership.objects.filter(user=world.pao).update(valid_to=world.now.date())
    report = world.report(at=world.at(hours=2))

    assert change(world, "lan", report, "tell-chair", {"means": "call"}).json()["chair_told_by"] == "call"
    assert change(world, "lan", report, "add", {"text": "Có hai con nhỏ."}).status_code == 200
    assign_report(report=report, by=world.mai, at=world.now, agency=world.agencies["police"])
    assert change(world, "dung", report, "accept", {}).json()["assigned_to"] == str(world.dung.pk)
