"""From a report to a case: opened on it, or joined to one."""

import json
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from casework.cases.actions import declare_conflict
from casework.cases.models import Case, Participant
from casework.intake.actions import assign_report, screen_out
from casework.intake.models import Report
from casework.intake.queries import people_of
from casework.organisations.models import User
from tests.world import World


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(world: World, who: str, report: Report, verb: str, **data: str):
    report.refresh_from_db()
    address = reverse(f"report-{verb}", args=[report.pk])
    return signed_in(world.users[who]).post(address, {"version": report.version, **data})


@pytest.fixture
def report(world: World) -> Report:
    return world.assigned_report(at=world.at(hours=2))


def cases() -> list[Case]:
    return list(Case.objects.everything(reason="test").order_by("opened_at"))


def test_the_assigned_worker_opens_a_case(world: World, report: Report) -> None:
    page = signed_in(world.lan).get(reverse("report-open-case", args=[report.pk]))
    answer = post(world, "lan", report, "open-case")
    case = cases()[0]

    assert page.status_code == 200
    assert answer["Location"] == reverse("case-overview", args=[case.pk])
    assert (case.lead, case.commune) == (world.lan, world.commune)


def test_somebody_on_file_is_not_written_twice(world: World, report: Report) -> None:
    old = world.case(at=world.at(days=3))
    page = signed_in(world.lan).get(reverse("report-open-case", args=[report.pk])).content.decode()
    answer = post(world, "lan", report, "open-case", known_0=str(world.victim(old).pk))

    assert "Lò Thị Mẫu" in page
    assert answer.status_code == 302
    assert world.victim(cases()[-1]) == world.victim(old)
    assert world.perpetrator(cases()[-1]) != world.perpetrator(old)


def test_somebody_not_offered_is_refused(world: World, report: Report) -> None:
    world.case(at=world.at(days=3))

    assert post(world, "lan", report, "open-case", known_0=str(uuid4())).status_code == 400
    assert len(cases()) == 1


def test_a_report_joins_a_case_of_the_same_people(world: World, report: Report) -> None:
    case = world.case(at=world.at(days=3))
    page = signed_in(world.lan).get(reverse("report-join-case", args=[report.pk])).content.decode()
    answer = post(world, "lan", report, "join-case", case=str(case.pk))
    report.refresh_from_db()

    assert case.number in page
    assert answer.status_code == 302
    assert report.triage_result == "joins_case"
    assert len(cases()) == 1


def test_a_case_one_may_not_see_is_not_offered(world: World) -> None:
    case = world.case(at=world.at(days=3))
    report = world.report(at=world.at(hours=2))
    assign_report(report=report, by=world.pao, at=world.now, user=world.minh)
    page = signed_in(world.minh).get(reverse("report-join-case", args=[report.pk])).content.decode()

    assert case.number not in page
    assert post(world, "minh", report, "join-case", case=str(case.pk)).status_code == 400


@pytest.mark.parametrize("verb", ["open-case", "join-case"])
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("pao", 403),
        ("mai", 403),
        ("minh", 404),
        ("dung", 404),
        ("hoa", 404),
        ("tuan", 404),
        ("kien", 404),
        ("son", 404),
    ],
)
def test_nobody_else_does(world: World, report: Report, verb: str, who: str, status: int) -> None:
    case = world.case(at=world.at(days=3))

    assert signed_in(world.users[who]).get(reverse(f"report-{verb}", args=[report.pk])).status_code in (
        403,
        404,
    )
    assert post(world, who, report, verb, case=str(case.pk)).status_code == status
    assert len(cases()) == 1


@pytest.mark.parametrize("verb", ["open-case", "join-case"])
def test_a_decided_report_is_decided(world: World, report: Report, verb: str) -> None:
    case = world.case(at=world.at(days=3))
    screen_out(report=report, by=world.pao, at=world.now, result="not_dv", reason="Không phải.")

    assert post(world, "lan", report, verb, case=str(case.pk)).status_code == 409


def test_the_way_from_a_report_to_its_case(world: World, report: Report) -> None:
    post(world, "lan", report, "open-case")
    way = reverse("report-case", args=[report.pk])

    assert way in signed_in(world.lan).get(reverse("report-detail", args=[report.pk])).content.decode()
    assert signed_in(world.lan).get(way)["Location"] == reverse("case-overview", args=[cases()[0].pk])
    assert signed_in(world.minh).get(way).status_code == 404


# --- REST ---


def call(world: World, who: str, report: Report, verb: str, body: object, **headers: str):
    return signed_in(world.users[who]).post(
        f"/api/v1/reports/{report.pk}/{verb}/",
        data=json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex, "If-Match": f'"{report.version}"', **headers},
    )


def test_rest_opens_a_case_with_people_on_file(world: World, report: Report) -> None:
    old = world.case(at=world.at(days=3))
    report.refresh_from_db()
    told = next(row for row in people_of(report) if row.role == "victim")
    answer = call(world, "lan", report, "open-case", {"known": {str(told.pk): str(world.victim(old).pk)}})

    assert answer.status_code == 201
    opened = Case.objects.everything(reason="test").get(pk=answer.json()["id"])
    assert (
        Participant.objects.everything(reason="test").filter(case=opened, person=world.victim(old)).exists()
    )


@pytest.mark.parametrize(
    ("known", "status"),
    [({"x": str(uuid4())}, 400), ({str(uuid4()): str(uuid4())}, 400), ({"x": "y"}, 400), ("x", 400)],
)
def test_rest_refuses_people_who_are_not_there(
    world: World, report: Report, known: object, status: int
) -> None:
    assert call(world, "lan", report, "open-case", {"known": known}).status_code == status


def test_rest_does_not_find_people_one_may_not_see(world: World) -> None:
    old = world.case(at=world.at(days=3))
    report = world.report(at=world.at(hours=2))
    assign_report(report=report, by=world.pao, at=world.now, user=world.minh)
    told = people_of(report)[0]
    answer = call(world, "minh", report, "open-case", {"known": {str(told.pk): str(world.victim(old).pk)}})

    assert answer.status_code == 404
    assert len(cases()) == 1


def test_rest_joins_a_case_one_may_see(world: World, report: Report) -> None:
    case = world.case(at=world.at(days=3))
    report.refresh_from_db()

    assert call(world, "lan", report, "join-case", {"case": str(uuid4())}).status_code == 404
    assert call(world, "lan", report, "join-case", {"case": str(case.pk)}).json()["id"] == str(case.pk)


def test_rest_does_not_join_a_case_locked_against_oneself(world: World) -> None:
    case = world.case(at=world.at(days=3))
    report = world.report(at=world.at(hours=2))
    assign_report(report=report, by=world.pao, at=world.now, user=world.minh)
    declare_conflict(case=case, by=world.pao, at=world.now)

    assert call(world, "minh", report, "join-case", {"case": str(case.pk)}).status_code == 404
