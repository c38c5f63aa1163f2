"""The pages of destroying: what was typed stays, the second person finds it on their desk, the case says how to stop it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from casework.audit.models import AuditEvent
from casework.base import clock
from casework.base.dates import PartialDate
from casework.cases.actions import add_person
from casework.cases.models import Case
from casework.disposal import queries
from casework.disposal.actions import place_hold
from casework.disposal.models import Disposal, LegalHold
from casework.disposal.queries import cases_over
from tests.disposal.erasing import HER_WISH, asked, closed_case
from tests.disposal.test_verbs import HOLD
from tests.ground import copy_of, ground
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db

closed = ground(closed_case)


@pytest.fixture
def case(world: World, closed: Case) -> Case:
    return copy_of(closed)


def client(name: str) -> Client:
    somebody = Client()
    assert somebody.login(username=name, password=PASSWORD)
    return somebody


def version(answer: object) -> dict[str, object]:
    form = answer.context["form"]  # type: ignore[attr-defined]
    return {field.html_name: field.value() for field in form.hidden_fields()}


def test_the_pages_carry_it_through(world: World, case: Case) -> None:
    mai, kien, lan = client("mai"), client("kien"), client("lan")
    asking = reverse("request-disposal", args=[case.pk])
    page = mai.post(asking, {**HER_WISH, "ground": ""})
    assert (page.status_code, HER_WISH["reason"] in page.content.decode()) == (400, True)
    page = mai.post(asking, {**HER_WISH, "ground": "term_over"})
    assert (page.status_code, "Hết thời hạn lưu giữ" in page.content.decode()) == (409, True)
    assert mai.post(asking, HER_WISH).status_code == 302
    disposal = Disposal.objects.everything(reason="test").get(case=case)
    answering = reverse("answer-disposal", args=[disposal.pk])
    page = mai.get(answering)
    assert "Người khác phải trả lời" in page.content.decode()
    assert mai.post(answering, {**version(page), "remarks": "x"}).status_code == 403
    page = kien.get(answering)
    assert "Chưa được tỉnh xác nhận" in page.content.decode()
    assert kien.post(answering, {**version(page), "remarks": "Đã đối chiếu."}).status_code == 302

    page = lan.get(reverse("case-people", args=[case.pk]))
    stopping = reverse("stop-disposal", args=[disposal.pk])
    for said in ("Nội dung hồ sơ này sẽ bị tiêu hủy", "Lường Thị Mai", "Đỗ Trung Kiên", stopping):
        assert said in page.content.decode()
    assert lan.post(stopping, {"stop_reason": "Tòa án còn cần."}).status_code == 302
    assert "Đã dừng" in kien.get(reverse("disposal-list")).content.decode()
    assert "sẽ bị tiêu hủy" not in lan.get(reverse("case-people", args=[case.pk])).content.decode()


def test_a_hold_is_placed_and_lifted_on_pages(world: World, case: Case) -> None:
    lan, mai = client("lan"), client("mai")
    placing = reverse("place-hold", args=[case.pk])
    typed = {"ground": "court", "reason": "Tòa án đang thụ lý.", "until": "01/01/2020"}
    page = lan.post(placing, typed)
    assert (page.status_code, "Ngày này đã qua." in page.content.decode()) == (400, True)
    assert lan.post(placing, {**typed, "until": ""}).status_code == 302
    hold = LegalHold.objects.everything(reason="test").get(case=case)
    page = mai.get(reverse("case-disposal", args=[case.pk]))
    assert reverse("request-disposal", args=[case.pk]) not in page.content.decode()
    assert lan.post(reverse("lift-hold", args=[hold.pk]), {"lift_reason": "x"}).status_code == 403
    assert mai.post(reverse("lift-hold", args=[hold.pk]), {"lift_reason": "Xong."}).status_code == 302
    hold.refresh_from_db()
    assert hold.lifted_by_id == world.mai.pk


def test_another_supervisor_finds_it_on_the_desk(world: World, case: Case) -> None:
    assert client("mai").post(reverse("request-disposal", args=[case.pk]), HER_WISH).status_code == 302
    answering = reverse("answer-disposal", args=[Disposal.objects.everything(reason="test").get().pk])
    assert answering not in client("mai").get(reverse("desk-supervisor")).content.decode()
    world.kien.memberships.update(role="province_supervisor")
    assert answering in client("kien").get(reverse("desk-supervisor")).content.decode()


def test_a_supervisor_finds_the_cases_whose_time_is_over(world: World, case: Case) -> None:
    young = world.case(at=world.at(days=2))
    child = {"role": "child", "full_name": "Lò Văn Nhỏ", "birth_date": PartialDate(world.now.year - 10)}
    add_person(case=young, by=world.lan, at=world.at(days=1), answers=child)
    closed_case(world, young)
    late = world.now + timedelta(days=366 * 10 + 1)

    assert cases_over(world.mai, at=world.now) == []
    assert cases_over(world.mai, at=late) == [case]
    assert cases_over(world.kien, at=late) == []
    # The child is 18 in eight years at the latest, and the file is kept for ten more.
    assert set(cases_over(world.mai, at=late + timedelta(days=366 * 9))) == {case, young}
    with CaptureQueriesContext(connection) as of_two:
        cases_over(world.mai, at=late + timedelta(days=366 * 9))
    with CaptureQueriesContext(connection) as of_one:
        cases_over(world.mai, at=late)
    assert len(of_two) == len(of_one)

    place_hold(case=case, by=world.lan, at=late, answers=HOLD)
    asked(world, young, late)
    assert cases_over(world.mai, at=late + timedelta(days=366 * 9)) == []


def test_cases_that_are_kept_longer_hide_none_behind_them(
    world: World, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "LOOKED_AT", 1)
    young = world.case(at=world.at(days=2))
    child = {"role": "child", "full_name": "Lò Văn Nhỏ", "birth_date": PartialDate(world.now.year - 1)}
    add_person(case=young, by=world.lan, at=world.at(days=1), answers=child)
    closed_case(world, young)
    Case.objects.everything(reason="test").filter(pk=young.pk).update(closed_at=world.at(days=1))
    assert cases_over(world.mai, at=world.now + timedelta(days=366 * 10 + 1)) == [case]


def test_the_register_shows_them_with_the_way_to_ask(
    world: World, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = world.now + timedelta(days=366 * 10 + 1)
    mai = client("mai")
    assert case.number not in mai.get(reverse("disposal-list")).content.decode()
    monkeypatch.setattr(clock, "now", lambda: late)
    mai = client("mai")
    page = mai.get(reverse("disposal-list")).content.decode()
    assert "Hết thời hạn lưu giữ" in page
    assert reverse("case-disposal", args=[case.pk]) in page
    told = mai.get(reverse("api:disposals-over")).json()
    assert [one["number"] for one in told["cases"]] == [case.number]
    assert told["reports"] == []
    event = AuditEvent.objects.filter(action="disposal.list", actor=world.mai.pk).latest("pk")
    assert event.detail["shown"] == [str(case.pk)]
    # Reads the register, asks for nothing.
    assert client("kien").get(reverse("api:disposals-over")).json() == {"cases": [], "reports": []}
