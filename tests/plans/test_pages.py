"""Pages and REST of everyday work: safe contact first, nothing typed lost, nothing for those outside."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from casework.audit.models import AuditEvent
from casework.base import clock
from casework.base.dates import display_date
from casework.cases.actions import set_safe_contact
from casework.cases.lifecycle import CLOSED
from casework.cases.models import Case
from casework.plans.models import Contact, Note, PlanStep, SafetyPlan
from tests.incidents.asking import Rest, signed_in
from tests.plans.test_actions import contact, finish, note, plan, step
from tests.risk.assessing import assess, set_state
from tests.world import World

WHEN = "05/03/2026 10:00"
NOTE = {"kind": "visit", "at": WHEN, "text": "Đã đến nhà chị."}
CONTACT = {
    "at": WHEN,
    "channel": "call",
    "outcome": "reached",
    "was_safe": "yes",
    "remark": "Gọi lại thứ năm.",
}
STEP = {"need": "legal", "step": "Đưa đi làm đơn", "due_on": "30/12/2030"}
PLAN = {"way_out": "Cửa bếp, qua vườn chuối.", "revised_on": "05/03/2026"}
WRITE = {
    "write-note": (NOTE, Note),
    "record-contact": (CONTACT, Contact),
    "add-step": (STEP, PlanStep),
    "write-safety-plan": (PLAN, SafetyPlan),
}


@pytest.fixture
def lan(world: World) -> Client:
    return signed_in(world.lan)


def rows(model, case: Case):
    return list(model.objects.everything(reason="test").filter(case=case))


# --- the tab ---


def test_a_case_without_a_plan_says_what_to_do_first(lan, case):
    html = lan.get(reverse("case-plan", args=[case.pk])).content.decode()
    for route in WRITE:
        assert reverse(route, args=[case.pk]) in html


def test_the_tab_shows_steps_by_need_contacts_and_notes(world, lan, case):
    planned = step(
        world, case, who=world.lan, due_on=clock.local_date(world.now), goal="Có quyết định cấm tiếp xúc"
    )
    done = step(world, case, need="health", step="Đi khám tai")
    finish(world, done, result="unavailable")
    contact(world, case, was_safe="no", outcome="someone_else", remark="Chồng nghe máy")
    note(world, case, text="Dòng một\n\nDòng hai")
    html = lan.get(reverse("case-plan", args=[case.pk])).content.decode()

    for shown in (
        "Pháp lý",
        "Đưa đi làm đơn",
        "Có quyết định cấm tiếp xúc",
        "Không có dịch vụ",
        "Chồng nghe máy",
    ):
        assert shown in html
    assert "Không an toàn." in html
    assert "<p>Dòng một</p>" in html
    assert reverse("finish-step", args=[planned.pk]) in html
    assert reverse("finish-step", args=[done.pk]) not in html


def test_what_a_person_may_not_do_is_not_shown(world, case):
    planned = step(world, case)
    html = signed_in(world.pao).get(reverse("case-plan", args=[case.pk])).content.decode()

    assert reverse("write-note", args=[case.pk]) in html
    for route in ("record-contact", "add-step", "write-safety-plan", "safety-plan"):
        assert reverse(route, args=[case.pk]) not in html
    assert reverse("finish-step", args=[planned.pk]) not in html


def test_the_tab_costs_the_same_for_little_and_for_much(world, lan, case, django_assert_max_num_queries):
    def cost() -> int:
        with django_assert_max_num_queries(60) as seen:
            lan.get(reverse("case-plan", args=[case.pk]))
        return len(seen)

    def more() -> None:
        step(world, case, who=world.lan)
        contact(world, case)
        note(world, case)
        note(world, case, is_confidential=True)

    more()
    cost()
    one = cost()
    for _time in range(9):
        more()
    assert cost() <= one + 1


def test_long_lists_go_page_by_page(world, lan, case):
    for number in range(1, 18):
        note(world, case, at=world.at(hours=number), text=f"Ghi chép số {number:02}")
        contact(world, case, at=world.at(hours=number), remark=f"Lần gọi {number:02}")
    first = lan.get(reverse("case-plan", args=[case.pk])).content.decode()
    assert "Ghi chép số 15" in first
    assert "Ghi chép số 16" not in first
    assert "Lần gọi 10" in first
    assert "Lần gọi 11" not in first

    more = re.findall(r'href="([^"]+\?(?:notes|contacts)=[^"]+)"', first)
    assert len(more) == 2
    pages = [lan.get(address).content.decode() for address in more]
    assert "Ghi chép số 17" in pages[0]
    assert "Lần gọi 11" in pages[1]
    assert lan.get(reverse("case-plan", args=[case.pk]), {"notes": "x"}).status_code == 400


# --- writing ---


@pytest.mark.parametrize("route", WRITE)
def test_it_is_written_and_the_page_goes_on(lan, case, route):
    typed, model = WRITE[route]
    page = reverse(route, args=[case.pk])
    assert lan.get(page).status_code == 200

    answer = lan.post(page, typed, follow=True)
    assert answer.status_code == 200
    assert len(answer.redirect_chain) == 1
    assert len(rows(model, case)) == 1


@pytest.mark.parametrize("route", WRITE)
@pytest.mark.parametrize(
    "bad",
    [
        {"at": "hôm qua", "due_on": "31/02/2026", "revised_on": "31/02/2026"},
        {"at": "\x00", "due_on": "\x00", "revised_on": "\x00"},
        {"text": "a" * 30_000, "remark": "a" * 30_000, "step": "a" * 30_000, "way_out": "a" * 30_000},
        {"kind": "gossip", "channel": "pigeon", "need": "revenge", "made_with_her": "perhaps"},
    ],
)
def test_bad_input_is_told_and_nothing_typed_is_lost(lan, case, route, bad):
    typed, model = WRITE[route]
    sent = {
        **typed,
        **{name: value for name, value in bad.items() if name in typed or name == "made_with_her"},
    }
    answer = lan.post(reverse(route, args=[case.pk]), sent)

    assert answer.status_code == 400
    assert rows(model, case) == []
    kept = next(value for name, value in sent.items() if sent[name] == typed.get(name) and len(value) > 8)
    assert kept in answer.content.decode()


def test_a_refused_note_keeps_its_words(lan, case):
    answer = lan.post(reverse("write-note", args=[case.pk]), {**NOTE, "at": "05/03/2990 10:00"})
    assert answer.status_code in (400, 409)
    assert "Đã đến nhà chị." in answer.content.decode()


def test_mediation_is_not_offered_where_it_would_be_refused(world, lan, case):
    page = reverse("write-note", args=[case.pk])
    assert 'value="mediation"' in lan.get(page).content.decode()
    assess(world, case, "HIGH")
    assert 'value="mediation"' not in lan.get(page).content.decode()


def test_how_she_may_be_reached_stands_above_the_form(world, lan, case):
    page = reverse("record-contact", args=[case.pk])
    before = lan.get(page).content.decode()
    form = before.index('<form class="app-form"')
    assert "Không liên hệ" in before[before.index("</nav>") : form]

    set_safe_contact(
        case=case,
        person=world.victim(case),
        by=world.lan,
        at=world.now,
        answers={
            "permission": "yes",
            "channel": "call",
            "safe_hours": "8:00-10:00",
            "code_word": "thư viện",
            "confirmed_on": clock.local_date(world.now),
        },
    )
    after = lan.get(page).content.decode()
    assert "8:00-10:00" in after[after.index("app-title") : after.index('<form class="app-form"')]


def test_a_step_is_offered_to_those_on_the_case(world, lan, case):
    html = lan.get(reverse("add-step", args=[case.pk])).content.decode()
    assert f'value="{world.lan.pk}"' in html
    assert str(world.minh.pk) not in html
    answer = lan.post(reverse("add-step", args=[case.pk]), {**STEP, "who": str(world.minh.pk)})
    assert answer.status_code == 400


def test_a_step_is_finished_with_one_of_six_answers(world, lan, case):
    planned = step(world, case)
    page = reverse("finish-step", args=[planned.pk])
    today = display_date(clock.local_date(world.now))
    assert f'value="{today}"' in lan.get(page).content.decode()

    assert lan.post(page, {"done_on": today, "result": "", "version": planned.version}).status_code == 400
    assert lan.post(page, {"done_on": today, "result": "referred", "version": 9}).status_code == 412
    lan.post(page, {"done_on": today, "result": "referred", "version": planned.version})
    assert rows(PlanStep, case)[0].result == "referred"
    assert lan.get(page).status_code == 409


# --- the safety plan ---


def test_opening_the_plan_is_remembered_apart(world, lan, case):
    assert lan.get(reverse("safety-plan", args=[case.pk])).status_code == 404
    row = plan(world, case)
    assert "Cửa bếp." in lan.get(reverse("safety-plan", args=[case.pk])).content.decode()
    assert "Cửa bếp." not in lan.get(reverse("case-plan", args=[case.pk])).content.decode()
    event = AuditEvent.objects.filter(object_id=row.pk, outcome="read").latest("ts")
    assert event.action == "plan.view_safety"


def test_it_is_gone_through_again_and_refuses_the_slower(world, lan, case):
    row = plan(world, case)
    page = reverse("write-safety-plan", args=[case.pk])
    assert "Cửa bếp." in lan.get(page).content.decode()
    assert lan.post(page, {**PLAN, "version": row.version}).status_code == 302
    late = lan.post(page, {**PLAN, "way_out": "Chậm mất rồi", "version": row.version})
    assert late.status_code == 412
    assert "Chậm mất rồi" in late.content.decode()


@pytest.mark.parametrize("name", ["pao", "dung", "tuan", "kien", "son", "hoa"])
def test_for_the_others_there_is_no_plan(world, case, name):
    plan(world, case)
    client = signed_in(world.users[name])
    for route in ("safety-plan", "write-safety-plan"):
        answer = client.get(reverse(route, args=[case.pk]))
        assert answer.status_code == (403 if name == "pao" else 404)
        assert "Cửa bếp" not in answer.content.decode()


# --- those outside, and closed cases ---


@pytest.mark.parametrize("name", ["minh", "tuan", "hoa", "kien", "son"])
def test_for_others_there_is_no_such_page(world, case, name):
    planned = step(world, case)
    client = signed_in(world.users[name])
    pages = [reverse(route, args=[case.pk]) for route in (*WRITE, "case-plan")]
    for page in (*pages, reverse("finish-step", args=[planned.pk])):
        assert client.get(page).status_code == 404
        assert client.post(page, {}).status_code in (404, 405)


def test_a_closed_case_says_so_before_anybody_types(lan, case):
    set_state(case, CLOSED)
    for route in ("record-contact", "add-step", "write-safety-plan"):
        assert lan.get(reverse(route, args=[case.pk])).status_code == 409
    assert lan.get(reverse("write-note", args=[case.pk])).status_code == 200


# --- REST ---

BODIES = {
    "notes": {"kind": "visit", "at": "2026-03-05T10:00:00+07:00", "text": "Đã đến nhà."},
    "contacts": {"at": "2026-03-05T10:00:00+07:00", "channel": "call", "outcome": "reached"},
    "plan-steps": {"need": "legal", "step": "Đưa đi làm đơn"},
}
MODELS = {"notes": Note, "contacts": Contact, "plan-steps": PlanStep}


@pytest.mark.parametrize("name", BODIES)
def test_rest_writes_once_and_reads_back(world, case, name):
    rest, path = Rest(world.lan), f"cases/{case.pk}/{name}/"
    first, second = rest.post(path, BODIES[name], key="k" * 12), rest.post(path, BODIES[name], key="k" * 12)

    assert (first.status_code, first.json()) == (201, second.json())
    assert len(rows(MODELS[name], case)) == 1
    assert [row["id"] for row in rest.get(path).json()["results"]] == [first.json()["id"]]
    assert Rest(world.tuan).get(path).status_code == 404
    assert Rest(world.tuan).post(path, BODIES[name]).status_code == 404


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize(
    "bad", [{"extra": 1}, {"at": "yesterday", "due_on": "yesterday"}, {"text": 5, "remark": 5, "step": 5}]
)
def test_rest_refuses_what_is_not_asked(world, case, name, bad):
    sent = {
        **BODIES[name],
        **{key: value for key, value in bad.items() if key == "extra" or _asked(name, key)},
    }
    assert Rest(world.lan).post(f"cases/{case.pk}/{name}/", sent).status_code == 400
    assert rows(MODELS[name], case) == []


def _asked(name: str, key: str) -> bool:
    asked = {"notes": {"at", "text"}, "contacts": {"at", "remark"}, "plan-steps": {"due_on", "step"}}
    return key in asked[name]


def test_rest_finishes_a_step_with_the_version_it_was_read_with(world, case):
    planned = step(world, case)
    rest, path = Rest(world.lan), f"plan-steps/{planned.pk}/finish/"
    body = {"done_on": "2026-03-05", "result": "provided_by_us"}

    assert rest.get(f"plan-steps/{planned.pk}/")["ETag"] == f'"{planned.version}"'
    assert rest.post(path, body).status_code == 428
    assert rest.post(path, body, seen=planned.version + 1).status_code == 412
    assert rest.post(path, body, seen=planned.version).json()["result"] == "provided_by_us"
    assert rest.post(path, body, seen=planned.version + 1).status_code == 409


def test_rest_gives_a_step_only_to_somebody_who_sees_the_case(world, case):
    answer = Rest(world.lan).post(
        f"cases/{case.pk}/plan-steps/", {**BODIES["plan-steps"], "who": str(world.tuan.pk)}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "cannot_see_case")


def test_rest_writes_and_reads_the_safety_plan(world, case):
    rest, path = Rest(world.lan), f"cases/{case.pk}/safety-plan/"
    assert rest.get(path).status_code == 404
    body = {"way_out": "Cửa bếp.", "revised_on": "2026-03-05"}
    assert rest.post(f"cases/{case.pk}/write-safety-plan/", body, seen=case.version).status_code == 200

    found = rest.get(path)
    assert found.json()["way_out"] == "Cửa bếp."
    version = found.json()["version"]
    write = f"cases/{case.pk}/write-safety-plan/"
    assert rest.post(write, {**body, "way_out": "Vườn."}, seen=version + 5).status_code == 412
    assert rest.post(write, {**body, "way_out": "Vườn."}, seen=version).status_code == 200
    assert Rest(world.pao).get(path).status_code == 403
    assert Rest(world.tuan).get(path).status_code == 404
