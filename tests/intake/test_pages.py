"""The pages of a report, in Vietnamese, as the cast sees them."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from casework.audit.models import AuditEvent
from casework.base import clock
from casework.intake import queries
from casework.intake.actions import assign_report
from casework.intake.models import Report
from casework.organisations.models import Area, Membership, User
from tests.world import World

NEW = "/reports/new/"
EMPTY_ROWS = {"people-TOTAL_FORMS": "3", "people-INITIAL_FORMS": "3"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def typed(world: World, **more: str) -> dict[str, str]:
    """The least a person types, and three rows of people as the page sends them."""
    least = {
        "area": world.commune.code,
        "channel": "call",
        "account": "Chồng đánh vợ.",
        "people-0-role": "victim",
    }
    return {**EMPTY_ROWS, **least, **more}


def send(world: World, who: str = "lan", **more: str):
    return signed_in(world.users[who]).post(NEW, typed(world, **more))


def body(response) -> str:
    return str(response.content.decode())


# --- taking ---


def test_the_page_asks_in_the_order_a_caller_tells(world: World) -> None:
    page = body(signed_in(world.lan).get(NEW))
    order = [
        "section-danger_now",
        "section-area",
        "section-priority_groups",
        "section-account",
        "section-channel",
    ]

    places = [page.index(f'id="{name}"') for name in order]
    assert places == sorted(places)
    assert 'href="tel:113"' in page
    assert page.count('name="people-') >= 24


def test_three_answers_are_enough(world: World) -> None:
    answer = send(world)
    report = Report.objects.everything(reason="test").get()

    assert answer.status_code == 302
    assert answer["Location"] == reverse("report-detail", args=[report.pk])
    assert queries.people_of(report) == []


def test_the_report_ends_with_the_minute_the_chair_was_told(world: World) -> None:
    client = signed_in(world.lan)
    page = body(client.get(client.post(NEW, typed(world))["Location"]))
    told_at = Report.objects.everything(reason="test").get().chair_told_at
    assert told_at is not None
    told = clock.local(told_at)

    assert f"Đã báo Chủ tịch UBND xã lúc {told:%H:%M}" in page


def test_danger_shows_the_numbers_again(world: World) -> None:
    client = signed_in(world.lan)
    page = body(client.get(client.post(NEW, typed(world, danger_now="yes", injured="yes"))["Location"]))

    assert 'href="tel:113"' in page
    assert 'href="tel:115"' in page


@pytest.mark.parametrize("who", ["lan", "minh", "dung", "pao", "hoa", "yen", "tuan", "mai"])
def test_who_may_take_reports_sees_the_page(world: World, who: str) -> None:
    assert signed_in(world.users[who]).get(NEW).status_code == 200


@pytest.mark.parametrize("who", ["kien", "son"])
def test_who_may_not_does_not(world: World, who: str) -> None:
    assert signed_in(world.users[who]).get(NEW).status_code == 403


def test_a_stranger_is_sent_to_sign_in(world: World) -> None:
    assert Client().get(NEW).status_code == 302


def test_another_row_keeps_everything_typed(world: World) -> None:
    kept = {
        "village": "Bản Mẫu",
        "danger_now": "yes",
        "priority_groups": "pregnant",
        "happened_on": "31/02/2026",
        "people-1-full_name": "Lường Văn Mẫu",
        "reporter_phone": "không nhớ",
    }
    page = body(send(world, add_person="1", **kept))

    for text in ("Bản Mẫu", "31/02/2026", "Lường Văn Mẫu", "không nhớ", "Chồng đánh vợ."):
        assert text in page
    assert 'name="people-3-full_name"' in page
    assert "data-error-summary" not in page
    assert not Report.objects.everything(reason="test").exists()


def test_rows_end_at_twenty(world: World) -> None:
    page = body(send(world, add_person="1", **{"people-TOTAL_FORMS": "20"}))

    assert 'name="people-19-role"' in page
    assert 'name="people-20-role"' not in page


BAD = [
    ({"account": ""}, "account"),
    ({"account": "x" * 100_000}, "account"),
    ({"account": "a\x00b"}, "account"),
    ({"area": "99999"}, "area"),
    ({"area": "\x00"}, "area"),
    ({"channel": "pigeon"}, "channel"),
    ({"danger_now": "🔥"}, "danger_now"),
    ({"happened_on": "31/02/2026"}, "happened_on"),
    ({"happened_on": "32/13"}, "happened_on"),
    ({"happened_on": "01/01/2090"}, "happened_on"),
    ({"happened_on": "20/11/2026", "happened_time": "25:61"}, "happened_time"),
    ({"received_at": "21:14 01/01/2090"}, "received_at"),
    ({"received_at": "hôm qua"}, "received_at"),
    ({"reporter_phone": "091"}, "reporter_phone"),
    ({"people-0-phone": "12345"}, "people-0-phone"),
    ({"people-0-role": "king"}, "people-0-role"),
    ({"people-1-full_name": "x" * 5000}, "people-1-full_name"),
]


@pytest.mark.parametrize(
    ("wrong", "field"), BAD, ids=[f"{field}-{number}" for number, (_w, field) in enumerate(BAD)]
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(
    world: World, wrong: dict, field: str
) -> None:
    answer = send(world, **{"village": "Bản Mẫu", "people-2-full_name": "Lò Thị Con", **wrong})
    page = body(answer)

    assert answer.status_code == 400
    assert f'id="id_{field}_error"' in page
    assert "Bản Mẫu" in page
    assert "Lò Thị Con" in page
    assert not Report.objects.everything(reason="test").exists()


@pytest.mark.parametrize("text", ["👩‍👧 sợ quá 😢", "<script>alert(1)</script>", "Mường Ảng " * 300, "‮đảo"])
def test_any_words_a_caller_uses_are_kept_and_shown_safely(world: World, text: str) -> None:
    client = signed_in(world.lan)
    answer = client.post(NEW, typed(world, account=text))
    page = body(client.get(answer["Location"]))

    assert answer.status_code == 302
    assert "<script>alert(1)" not in page


@pytest.mark.parametrize("rows", ["", "-1", "99999999999999999999", "x", "1000"])
def test_a_broken_count_of_rows_breaks_nothing(world: World, rows: str) -> None:
    assert send(world, **{"people-TOTAL_FORMS": rows}).status_code in (200, 302, 400)


def test_an_empty_form_is_answered(world: World) -> None:
    assert signed_in(world.lan).post(NEW, {}).status_code == 400


# --- has somebody a file already? ---


def test_a_look_finds_people_the_worker_may_see(world: World) -> None:
    world.case()
    page = body(send(world, search="1", **{"people-0-phone": "0912 345 678"}))

    assert "Lò Thị Mẫu" in page
    assert AuditEvent.objects.filter(action="report.match", actor=world.lan.pk).exists()


def test_a_look_tells_nothing_of_people_one_may_not_see(world: World) -> None:
    world.case()
    page = body(send(world, "tuan", search="1", **{"people-0-phone": "0912 345 678"}))

    assert "Lò Thị Mẫu" not in page
    assert "Có thể" not in page.split('id="people"')[1].split("app-actions")[0]


# --- reading ---


@pytest.fixture
def report(world: World) -> Report:
    return world.report(at=world.at(hours=2), reporter_phone="+84987654321")


def look(world: World, who: str, report: Report):
    return signed_in(world.users[who]).get(reverse("report-detail", args=[report.pk]))


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
def test_who_opens_a_report(world: World, report: Report, who: str, status: int) -> None:
    assert look(world, who, report).status_code == status


def test_opening_is_written_down_with_the_reporter(world: World, report: Report) -> None:
    look(world, "pao", report)
    event = AuditEvent.objects.filter(action="report.view", object_id=report.pk, actor=world.pao.pk).latest(
        "id"
    )

    assert set(event.fields) == set(queries.REPORTER)


def test_a_colleague_of_the_assigned_office_does_not_learn_who_reported(world: World, report: Report) -> None:
    assign_report(report=report, by=world.pao, at=world.now, agency=world.agencies["police"])

    assert "Người Báo Tin" in body(look(world, "pao", report))
    page = body(look(world, "dung", report))
    assert "Người Báo Tin" not in page
    assert "0987" not in page


def test_who_wants_to_stay_secret_is_marked(world: World, report: Report) -> None:
    assert "Người báo tin yêu cầu giữ bí mật" in body(look(world, "pao", report))


def test_buttons_are_those_one_may_press(world: World, report: Report) -> None:
    pao, lan = body(look(world, "pao", report)), body(look(world, "lan", report))

    assert f"/reports/{report.pk}/assign/" in pao
    assert f"/reports/{report.pk}/assign/" not in lan
    assert f"/reports/{report.pk}/add/" in lan
    assert f"/reports/{report.pk}/open-case/" not in lan


def test_where_nobody_could_be_told_the_page_says_to_telephone(world: World) -> None:
    Membership.objects.filter(user=world.pao).update(valid_to=world.now.date())
    page = body(look(world, "lan", world.report(at=world.at(hours=2))))

    assert "Chưa báo được Chủ tịch" in page
    assert "/tell-chair/" in page


# --- the desk ---


def post(world: World, who: str, report: Report, verb: str, **data: str):
    version = Report.objects.everything(reason="test").get(pk=report.pk).version
    address = reverse(f"report-{verb}", args=[report.pk])
    return signed_in(world.users[who]).post(address, {"version": version, **data})


def test_the_chair_assigns_on_one_page(world: World, report: Report) -> None:
    page = body(signed_in(world.pao).get(reverse("report-assign", args=[report.pk])))
    answer = post(world, "pao", report, "assign", user=str(world.lan.pk))
    report.refresh_from_db()

    assert "Công an xã Mường Phăng" in page
    assert answer.status_code == 302
    assert report.assigned_to == world.lan


def test_the_police_are_proposed_where_the_law_asks_for_them(world: World, report: Report) -> None:
    page = body(signed_in(world.pao).get(reverse("report-assign", args=[report.pk])))

    assert f'value="{world.agencies["police"].pk}" selected' in page


def test_choosing_nobody_is_said_beside_the_field(world: World, report: Report) -> None:
    answer = post(world, "pao", report, "assign")

    assert answer.status_code == 400
    assert 'id="id_agency_error"' in body(answer)


def test_somebody_not_offered_is_refused(world: World, report: Report) -> None:
    assert post(world, "pao", report, "assign", user=str(world.hoa.pk)).status_code == 400


def test_an_old_page_is_refused(world: World, report: Report) -> None:
    old = report.version
    assign_report(report=report, by=world.mai, at=world.now, user=world.lan)
    answer = signed_in(world.pao).post(
        reverse("report-assign", args=[report.pk]), {"version": old, "user": str(world.minh.pk)}
    )

    assert answer.status_code == 412


def test_the_triage_ends_on_one_page(world: World, report: Report) -> None:
    again = post(world, "pao", report, "screen-out", result="not_dv", reason="")
    assert again.status_code == 400
    assert 'id="id_reason_error"' in body(again)

    assert post(world, "pao", report, "screen-out", result="not_dv", reason="Không phải.").status_code == 302
    assert "Không phải bạo lực gia đình" in body(look(world, "pao", report))


def test_a_passed_report_leaves_the_list(world: World, report: Report) -> None:
    other = Area.objects.get(code="03127", valid_to=None)
    answer = post(
        world, "pao", report, "screen-out", result="other_commune", reason="Nơi khác.", area=other.code
    )

    assert answer["Location"] == reverse("report-list")
    assert look(world, "pao", report).status_code == 404


def test_the_taker_writes_down_a_call_and_adds_a_line(world: World) -> None:
    Membership.objects.filter(user=world.pao).update(valid_to=world.now.date())
    report = world.report(at=world.at(hours=2))

    assert post(world, "lan", report, "tell-chair", means="call").status_code == 302
    assert post(world, "lan", report, "add", text="Có hai con nhỏ.").status_code == 302
    assert "Có hai con nhỏ." in body(look(world, "lan", report))


def test_an_officer_takes_on_with_one_button(world: World, report: Report) -> None:
    assign_report(report=report, by=world.pao, at=world.now, agency=world.agencies["police"])

    assert post(world, "dung", report, "accept").status_code == 302
    report.refresh_from_db()
    assert report.assigned_to == world.dung


@pytest.mark.parametrize("verb", ["assign", "screen-out", "tell-chair", "add"])
@pytest.mark.parametrize("who", ["minh", "dung", "hoa", "tuan", "kien", "son"])
def test_the_desk_does_not_exist_for_others(world: World, report: Report, verb: str, who: str) -> None:
    answer = signed_in(world.users[who]).get(reverse(f"report-{verb}", args=[report.pk]))

    assert answer.status_code == 404


# --- lists ---


def test_the_chair_begins_with_what_waits(world: World, report: Report) -> None:
    page = body(signed_in(world.pao).get("/reports/"))

    assert report.code in page
    assert f"/reports/{report.pk}/assign/" in page
    assert "Lò Thị Mẫu" not in page


def test_each_list_holds_its_own(world: World, report: Report) -> None:
    assign_report(report=report, by=world.pao, at=world.now, user=world.lan)
    client = signed_in(world.lan)

    assert report.code in body(client.get("/reports/?list=assigned"))
    assert report.code in body(client.get("/reports/?list=mine"))
    assert report.code not in body(client.get("/reports/?list=decided"))
    assert "Chưa có tin báo" in body(client.get("/reports/?list=decided"))


@pytest.mark.parametrize("query", ["list=nonsense", "after=x", "after=%00", "list=mine&after=🔥"])
def test_a_broken_address_breaks_nothing(world: World, query: str) -> None:
    assert signed_in(world.lan).get(f"/reports/?{query}").status_code in (200, 400)


def test_a_long_list_costs_no_more_queries_than_a_short_one(world: World) -> None:

    client = signed_in(world.pao)
    counts = []
    for _more in range(2):
        for _row in range(4):
            world.report(at=world.at(hours=2))
        client.get("/reports/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/reports/")
        counts.append(len(captured))

    assert counts[0] == counts[1]
    assert counts[0] <= 20
