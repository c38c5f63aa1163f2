"""The pages of protection, in Vietnamese, as the cast sees them."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext

from casework.audit.models import AuditEvent
from casework.base.codes import codes
from casework.base.dates import display_datetime
from casework.base.sheets import Sheet
from casework.cases.actions import open_case
from casework.intake.queries import people_of
from casework.organisations.models import User
from casework.protection import sheet
from casework.protection.models import Breach, Measure, Service
from tests.protection.doing import RECIPIENTS, Doing
from tests.world import World


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def body(response) -> str:
    text: str = response.content.decode()
    return text


def vi(text: str) -> str:
    """The sentence as the page shows it."""
    with translation.override("vi"):
        shown: str = escape(gettext(text))
    return shown


def tab(doing: Doing, who: str = "lan"):
    return signed_in(doing.world.users[who]).get(reverse("case-measures", args=[doing.case.pk]))


def look(doing: Doing, name: str, subject, who: str):
    return signed_in(doing.world.users[who]).get(reverse(name, args=[subject.pk]))


def send(doing: Doing, name: str, subject, who: str, **typed: object):
    """A form as a browser sends it, with the version the page carried."""
    version = {"version": row(subject).version} if isinstance(subject, Measure) else {}
    return signed_in(doing.world.users[who]).post(reverse(name, args=[subject.pk]), {**version, **typed})


def row(measure: Measure) -> Measure:
    found: Measure = Measure.objects.everything(reason="test").get(pk=measure.pk)
    return found


def at(moment: datetime) -> str:
    return display_datetime(moment)


def typed_request(world: World, **more: object) -> dict[str, object]:
    return {
        "requester": "victim",
        "requested_at": at(world.at(hours=1)),
        "told_rights_at": at(world.at(hours=2)),
        "consent": "yes",
        "consent_document": "Có chữ ký hôm nay",
        "grounds": "harm_health",
        "grounds_text": "Chồng đánh vợ đêm qua.",
        **more,
    }


# --- the tab ---


def test_the_first_day_teaches(doing: Doing) -> None:
    page = body(tab(doing))

    assert vi("No measure yet") in page
    assert reverse("request-ban", args=[doing.case.pk]) in page


def test_in_force_first_then_asked_then_before(world: World, doing: Doing) -> None:
    doing.in_state("ran_out")
    doing.in_state("refused")
    doing.ban(number="21/QĐ-UBND")
    doing.ask(world.at(hours=1))
    page = body(tab(doing))

    places = [page.index(f'id="measures-{name}"') for name in ("running", "asked", "over")]
    assert places == sorted(places)
    assert places[0] < page.index("21/QĐ-UBND") < places[1]
    assert page.count("data-due=") >= 2


def test_a_card_tells_how_far_it_has_come(world: World, doing: Doing) -> None:
    ban = doing.decide(doing.ask(world.at(hours=14)), world.at(hours=1))
    doing.serve(ban, "police_head", refused=False)
    doing.name_monitor(row(ban))
    page = body(tab(doing))

    assert "1/4" in page
    assert "Quàng Văn Thoóng" in page
    with translation.override("vi"):
        assert gettext("%(time)s late") % {"time": "1 giờ"} in page
        assert gettext("not yet announced") in page
    assert codes("ban_recipient").label("village_head") in page


@pytest.mark.parametrize(
    ("state", "who", "page"),
    [
        ("requested", "pao", "decide-ban"),
        ("in_force", "lan", "serve-decision"),
        ("in_force", "pao", "serve-decision"),
        ("ran_out", "lan", "end-measure"),
    ],
)
def test_the_next_button_is_the_one_the_viewer_may_press(
    doing: Doing, state: str, who: str, page: str
) -> None:
    measure = doing.in_state(state)

    assert f'href="{reverse(page, args=[measure.pk])}" role="button"' in body(tab(doing, who))


def test_who_may_not_decide_sees_whom_it_waits_for(doing: Doing) -> None:
    measure = doing.in_state("requested")
    page = body(tab(doing, "lan"))

    assert reverse("decide-ban", args=[measure.pk]) not in page
    assert codes("role").label("commune_chair") in page


def test_the_province_looks_without_buttons(doing: Doing) -> None:
    doing.in_state("in_force")
    page = body(tab(doing, "mai"))

    for name in ("serve/", "breaches/", "cancel/", "end/"):
        assert name not in page


def test_police_see_the_case_and_their_button_once_they_were_served(world: World, doing: Doing) -> None:
    ban = doing.ban()
    assert tab(doing, "dung").status_code == 404
    doing.serve(ban, "police_head")

    assert reverse("assign-monitor", args=[ban.pk]) in body(tab(doing, "dung"))


def test_the_tab_does_not_exist_for_others(doing: Doing) -> None:
    ban = doing.in_state("in_force")

    for who in ("minh", "dung", "hoa", "yen", "tuan", "kien", "son"):
        assert tab(doing, who).status_code == 404
        for name in ("measure-detail", "measure-paper", "serve-decision", "decide-ban"):
            assert look(doing, name, ban, who).status_code == 404, (who, name)


def test_opening_the_tab_is_written_down(doing: Doing) -> None:
    tab(doing, "mai")
    event = AuditEvent.objects.filter(actor=doing.world.mai.pk, object_id=doing.case.pk).latest("id")

    assert event.detail["page"] == "measures"


def test_ten_measures_cost_no_more_queries_than_two(world: World, doing: Doing) -> None:
    client = signed_in(world.lan)
    address = reverse("case-measures", args=[doing.case.pk])
    counts = []
    for _more in range(2):
        ban = doing.ban(world.at(days=5))
        for recipient in RECIPIENTS:
            doing.serve(ban, recipient, served_at=world.at(days=4))
        doing.calls(ban)["record_breach"](by=world.lan, at=world.now)
        for kind, decider in (("M05", "health_facility"), ("M07", "commune_chair"), ("M01", "any_competent")):
            doing.record(kind=kind, decider=decider)
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1]
    assert counts[0] <= 45


# --- asking ---


def test_a_request_is_sent_to_the_chair(world: World, doing: Doing) -> None:
    client = signed_in(world.lan)
    answer = client.post(reverse("request-ban", args=[doing.case.pk]), typed_request(world))
    measure = Measure.objects.everything(reason="test").get(case=doing.case)

    assert answer["Location"] == reverse("case-measures", args=[doing.case.pk])
    assert measure.state == "requested"
    assert measure.grounds_text == "Chồng đánh vợ đêm qua."
    assert vi("The chair has the request; 12 hours run.") in body(client.get(answer["Location"]))


def test_the_hour_is_filled_in_and_the_chair_s_own_motion_is_not_offered(doing: Doing) -> None:
    page = body(look(doing, "request-ban", doing.case, "lan"))

    assert 'value="own_motion"' not in page
    assert at(doing.world.now)[:10] in page


WRONG_REQUESTS = [
    ({"requester": ""}, "requester", 400),
    ({"requester": "own_motion"}, "requester", 400),
    ({"requested_at": "hôm qua"}, "requested_at", 400),
    ({"requested_at": "25:61 01/01/2026"}, "requested_at", 400),
    ({"requested_at": "21:14 01/01/2090"}, "requested_at", 409),
    ({"told_rights_at": ""}, "told_rights_at", 400),
    ({"told_rights_at": "21:14 01/01/2090"}, "told_rights_at", 409),
    ({"consent": ""}, "consent", 400),
    ({"requester": "agency", "consent": "no"}, "consent", 409),
    ({"grounds": ""}, "grounds", 400),
    ({"grounds": "🔥"}, "grounds", 400),
    ({"grounds_text": ""}, "grounds_text", 400),
    ({"grounds_text": "a\x00b"}, "grounds_text", 400),
    ({"grounds_text": "x" * 100_000}, "grounds_text", 400),
]


def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(world: World, doing: Doing) -> None:
    for wrong, field, status in WRONG_REQUESTS:
        typed = typed_request(world, consent_document="Nói trước bà Hặc", **wrong)
        answer = send(doing, "request-ban", doing.case, "lan", **typed)
        page = body(answer)

        assert answer.status_code == status, wrong
        assert f'id="id_{field}_error"' in page, wrong
        assert "Nói trước bà Hặc" in page, wrong
        assert field == "grounds_text" or "Chồng đánh vợ đêm qua." in page, wrong
    assert doing.measures() == 0


def test_a_rule_of_the_law_is_said_in_vietnamese_beside_its_field(world: World, doing: Doing) -> None:
    page = body(
        send(
            doing, "request-ban", doing.case, "lan", **typed_request(world, requester="agency", consent="no")
        )
    )
    sentence = vi("When a body or office asks, she or her guardian must agree first (Art. 25(1)).")

    assert sentence in page.split('id="id_consent_error"')[1][:600]


# --- deciding ---


def test_one_request_on_one_page(world: World, doing: Doing) -> None:
    doing.in_state("ran_out")
    measure = doing.ask(world.at(hours=2), requester="agency")
    page = body(look(doing, "decide-ban", measure, "pao"))

    for text in (
        "Đêm qua người chồng đánh vợ",
        "Lò Thị Mẫu",
        "Lường Văn Mẫu",
        codes("ban_ground").label("harm_health"),
        codes("ban_requester").label("agency"),
        "Có chữ ký hôm nay",
        codes("measure_state").label("ended"),
        vi("Sign the decision"),
        vi("Refuse in writing"),
    ):
        assert text in page
    assert at(world.now + timedelta(days=3))[:10] in page


def test_the_chair_signs_and_sees_who_is_to_be_told(world: World, doing: Doing) -> None:
    measure = doing.ask(world.at(hours=2))
    typed = {"starts_at": "", "ends_at": at(world.now + timedelta(days=3))}
    answer = send(doing, "decide-ban", measure, "pao", **typed)

    assert answer["Location"] == reverse("measure-detail", args=[measure.pk])
    assert (row(measure).state, row(measure).number) == ("in_force", f"1/{world.now.year}")
    page = body(look(doing, "measure-detail", measure, "pao"))
    assert f"1/{world.now.year}" in page
    assert vi("Who was told, and when") in page
    assert page.count(vi("Not yet served")) >= 4
    for code in RECIPIENTS:
        assert codes("ban_recipient").label(code) in page


WRONG_DECISIONS = [
    ({"number": ""}, "number", 409),
    ({"signed_on_paper": ""}, "number", 409),
    ({"number": "7 / qđ-ubnd"}, "number", 409),
    ({"ends_at": ""}, "ends_at", 400),
    ({"ends_at": "ba ngày"}, "ends_at", 400),
    ({"ends_at": "{after4}"}, "ends_at", 409),
    ({"ends_at": "{before}"}, "ends_at", 409),
    ({"starts_at": "{before}"}, "starts_at", 409),
    ({"starts_at": "{after1}"}, "starts_at", 409),
    ({"starts_at": "31/12/2099 23:59"}, "starts_at", 409),
    ({"number": "x" * 500}, "number", 400),
    ({"conditions": "a\x00"}, "conditions", 400),
]


def test_a_decision_the_law_does_not_know_keeps_what_was_typed(world: World, doing: Doing) -> None:
    measure = doing.ask(world.at(hours=2))
    times = {
        "after4": at(world.now + timedelta(days=4)),
        "after1": at(world.now + timedelta(days=1)),
        "before": at(world.at(days=1)),
    }
    Doing(world).ban(number="7/QĐ-UBND")
    brought = {"number": "15/QĐ-UBND", "signed_on_paper": "on"}
    right = {**brought, "starts_at": "", "ends_at": at(world.now + timedelta(days=3))}
    for wrong, field, status in WRONG_DECISIONS:
        typed = {**right, "conditions": "Không đến chợ."}
        typed |= {name: text.format(**times) for name, text in wrong.items()}
        answer = send(doing, "decide-ban", measure, "pao", **typed)
        page = body(answer)

        assert answer.status_code == status, wrong
        assert f'id="id_{field}_error"' in page, wrong
        assert field == "conditions" or "Không đến chợ." in page, wrong
        assert field == "number" or "15/QĐ-UBND" in page, wrong
        # What was refused is not yet answered.
        assert vi("This request has been answered") not in page, wrong
    assert row(measure).state == "requested"


def test_too_long_is_said_in_the_words_of_the_law(world: World, doing: Doing) -> None:
    measure = doing.ask(world.at(hours=2))
    typed = {"ends_at": at(world.now + timedelta(days=4))}
    page = body(send(doing, "decide-ban", measure, "pao", **typed))

    assert vi("A contact ban by the commune chair lasts at most 3 days each time (Art. 25(1)).") in page


def test_after_twelve_hours_the_page_warns_and_the_chair_still_signs(world: World, doing: Doing) -> None:
    measure = doing.ask(world.at(hours=13))
    assert vi("The 12 hours are over") in body(look(doing, "decide-ban", measure, "pao"))

    typed = {"ends_at": at(world.now + timedelta(days=3))}
    assert send(doing, "decide-ban", measure, "pao", **typed).status_code == 302


def test_while_a_ban_runs_the_next_is_proposed_from_its_end(world: World, doing: Doing) -> None:
    first = doing.ban(world.at(days=2))
    page = body(look(doing, "decide-ban", doing.ask(), "pao"))

    assert first.ends_at is not None
    assert at(first.ends_at) in page
    assert at(first.ends_at + timedelta(days=3)) in page


def test_a_refusal_with_reasons(doing: Doing) -> None:
    measure = doing.ask()
    assert send(doing, "refuse-ban", measure, "pao", reasons="Chưa đủ căn cứ.").status_code == 302

    page = body(look(doing, "measure-detail", measure, "pao"))
    assert "Chưa đủ căn cứ." in page
    assert codes("measure_state").label("refused") in page


def test_a_refusal_without_reasons_opens_its_part_again(doing: Doing) -> None:
    measure = doing.ask()
    answer = send(doing, "refuse-ban", measure, "pao", reasons="")
    page = body(answer)

    assert answer.status_code == 400
    assert 'id="refuse_reasons_error"' in page
    assert '<details class="govuk-details" open>' in page
    assert row(measure).state == "requested"


def test_two_chairs_at_once_the_second_is_told(world: World, doing: Doing) -> None:
    measure = doing.ask(world.at(hours=2))
    seen = measure.version
    doing.decide(measure)
    answer = signed_in(world.pao).post(
        reverse("refuse-ban", args=[measure.pk]), {"version": seen, "reasons": "Không."}
    )

    assert answer.status_code == 412
    assert row(measure).state == "in_force"


def test_an_answered_request_says_so(doing: Doing) -> None:
    page = body(look(doing, "decide-ban", doing.in_state("in_force"), "pao"))

    assert vi("This request has been answered") in page
    assert vi("Sign the decision") not in page


def test_lan_may_look_at_a_request_but_not_decide(doing: Doing) -> None:
    measure = doing.ask()

    assert look(doing, "decide-ban", measure, "lan").status_code == 403
    assert send(doing, "decide-ban", measure, "lan").status_code == 403


def test_the_chair_bans_without_a_request(world: World, doing: Doing) -> None:
    typed = {
        "grounds": "threat_life",
        "grounds_text": "Cầm dao dọa giết.",
        "told_rights_at": at(world.at(minutes=10)),
        "ends_at": at(world.now + timedelta(days=3)),
    }
    wrong = send(doing, "own-motion-ban", doing.case, "pao", **{**typed, "grounds": "harm_health"})
    assert wrong.status_code == 409
    assert 'id="id_grounds_error"' in body(wrong)
    assert "Cầm dao dọa giết." in body(wrong)

    assert send(doing, "own-motion-ban", doing.case, "pao", **typed).status_code == 302
    assert Measure.objects.everything(reason="test").get(case=doing.case).requester == "own_motion"


# --- what follows ---


def test_the_copies_are_written_down_one_by_one(world: World, doing: Doing) -> None:
    ban = doing.ban()
    for recipient in RECIPIENTS:
        page = body(look(doing, "serve-decision", ban, "lan"))
        assert f'value="{recipient}"' in page
        typed = {"recipient": recipient, "served_at": at(world.now), "how": "in_person"}
        assert send(doing, "serve-decision", ban, "lan", **typed).status_code == 302

    assert vi("Everybody the law names has a copy.") in body(look(doing, "serve-decision", ban, "lan"))
    assert Service.objects.everything(reason="test").filter(measure=ban).count() == 4


def test_the_police_watch_by_their_pages(world: World, doing: Doing) -> None:
    ban = doing.ban()
    doing.serve(ban, "police_head")
    named = {"monitor_kind": "village_head", "monitor_name": "Quàng Văn Thoóng", "monitor_assigned_at": ""}

    assert send(doing, "assign-monitor", ban, "dung", **named).status_code == 302
    assert 'name="monitor_assigned_at"' not in body(look(doing, "assign-monitor", ban, "dung"))
    assert send(doing, "announce-monitoring", ban, "dung", commitment_signed="on").status_code == 302
    assert row(ban).commitment_signed is True
    breach = {"at": at(world.at(hours=1)), "kind": "came_near", "account": "Đến trước cửa nhà."}
    assert send(doing, "record-breach", ban, "dung", **breach).status_code == 302
    assert Breach.objects.everything(reason="test").get(measure=ban).kind == "came_near"
    page = body(look(doing, "measure-detail", ban, "dung"))
    assert "Đến trước cửa nhà." in page
    assert vi("commitment signed") in page


def test_a_wish_to_cancel_is_answered_on_one_page(doing: Doing) -> None:
    ban = doing.ban()
    assert send(doing, "request-cancellation", ban, "lan", cancel_reason="Có đám tang.").status_code == 302
    page = body(look(doing, "cancel-measure", ban, "pao"))
    assert "Có đám tang." in page
    assert f'formaction="{reverse("refuse-cancellation", args=[ban.pk])}"' in page

    empty = send(doing, "refuse-cancellation", ban, "pao", cancel_answer="")
    assert empty.status_code == 400
    assert 'id="id_cancel_answer_error"' in body(empty)
    assert send(doing, "refuse-cancellation", ban, "pao", cancel_answer="Vẫn cần.").status_code == 302
    assert row(ban).state == "in_force"
    assert send(doing, "cancel-measure", ban, "pao", cancel_answer="Không còn cần.").status_code == 302
    assert row(ban).state == "cancelled"


def test_nobody_asked_so_there_is_only_one_button(doing: Doing) -> None:
    page = body(look(doing, "cancel-measure", doing.ban(), "pao"))

    assert "formaction" not in page


def test_the_end_of_a_ban_is_written_down(doing: Doing) -> None:
    ban = doing.in_state("ran_out")
    assert codes("measure_state").label("ended") in body(tab(doing))

    assert send(doing, "end-measure", ban, "lan", result="Chấp hành.").status_code == 302
    assert row(ban).state == "ended"


def test_another_measure_is_recorded(world: World, doing: Doing) -> None:
    typed = {
        "kind": "M02",
        "decider": "police_head",
        "grounds": ["threat_health"],
        "number": "03/TB",
        "starts_at": at(world.at(hours=3)),
    }
    assert send(doing, "record-measure", doing.case, "lan", **typed).status_code == 302

    wrong = send(doing, "record-measure", doing.case, "lan", **{**typed, "decider": "court"})
    assert wrong.status_code == 409
    assert 'id="id_decider_error"' in body(wrong)
    assert "03/TB" in body(wrong)


def test_critique_is_warned_of_before_and_after(world: World, doing: Doing) -> None:
    warning = vi("Art. 32(1) asks for two acts within 12 months, or an earlier fine; check before deciding.")
    assert warning in body(look(doing, "record-measure", doing.case, "lan"))

    critique = doing.critique()
    assert warning in body(look(doing, "measure-detail", critique, "lan"))
    assert warning not in body(look(doing, "measure-detail", doing.record(), "lan"))


def test_a_day_before_the_end_the_page_asks_for_another(world: World, doing: Doing) -> None:
    ban = doing.ban(world.at(days=2, hours=1))
    for recipient in RECIPIENTS:
        doing.serve(ban, recipient)
    page = body(look(doing, "measure-detail", ban, "lan"))

    assert vi("The ban ends within 24 hours") in page
    assert f'href="{reverse("request-ban", args=[doing.case.pk])}" role="button"' in page


# --- whatever is sent ---

PAGES = {
    "request-ban": ("lan", "case"),
    "own-motion-ban": ("pao", "case"),
    "record-measure": ("lan", "case"),
    "decide-ban": ("pao", "requested"),
    "refuse-ban": ("pao", "requested"),
    "serve-decision": ("lan", "in_force"),
    "assign-monitor": ("dung", "in_force"),
    "announce-monitoring": ("dung", "in_force"),
    "record-breach": ("lan", "in_force"),
    "request-cancellation": ("lan", "in_force"),
    "cancel-measure": ("pao", "in_force"),
    "refuse-cancellation": ("pao", "in_force"),
    "end-measure": ("lan", "ran_out"),
    "allow-contact": ("dung", "in_force"),
    "record-mediation": ("lan", "case"),
    "record-outcome": ("lan", "case"),
}
NAMES = {item.name for paper in vars(sheet).values() if isinstance(paper, Sheet) for item in paper} | {
    "version"
}
JUNK = [
    "",
    "\x00",
    "🔥" * 50,
    "-1",
    "99999999999999999999",
    "31/12/2099 23:59",
    "01/01/1900 00:00",
    "../../etc",
    "[]",
]


@pytest.mark.parametrize("name", PAGES)
def test_nothing_that_is_sent_breaks_a_page(world: World, doing: Doing, name: str) -> None:
    who, state = PAGES[name]
    subject = doing.case if state == "case" else doing.in_state(state)
    doing.put_dung_on()
    client = signed_in(world.users[who])
    address = reverse(name, args=[subject.pk])

    assert client.get(address).status_code == 200
    assert client.post(address, {}).status_code == 400
    for junk in JUNK:
        answer = client.post(address, dict.fromkeys(NAMES, junk))
        assert answer.status_code in (400, 409, 412), (junk, answer.status_code)
    assert client.put(address).status_code == 405


def test_a_page_in_a_state_that_has_gone_by_is_answered(doing: Doing) -> None:
    measure = doing.in_state("cancelled")
    doing.put_dung_on()

    for name, (who, state) in PAGES.items():
        if state != "case":
            assert look(doing, name, measure, who).status_code == 200, name


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "👩‍👧 sợ quá 😢", "Mường Ảng " * 300, "‮đảo"])
def test_any_words_are_kept_and_shown_safely(world: World, doing: Doing, text: str) -> None:
    answer = send(doing, "request-ban", doing.case, "lan", **typed_request(world, grounds_text=text))
    measure = Measure.objects.everything(reason="test").get(case=doing.case)

    assert answer.status_code == 302
    assert measure.grounds_text == text.strip()
    for name, who in (("measure-detail", "lan"), ("decide-ban", "pao")):
        assert "<script>alert(1)" not in body(look(doing, name, measure, who))


def test_a_stranger_is_sent_to_sign_in(doing: Doing) -> None:
    assert Client().get(reverse("case-measures", args=[doing.case.pk])).status_code == 302


def test_own_motion_and_request_are_offered_only_while_nobody_waits(doing: Doing) -> None:
    offered = reverse("own-motion-ban", args=[doing.case.pk])
    assert offered in body(tab(doing, "pao"))
    doing.ask()

    assert offered not in body(tab(doing, "pao"))
    assert reverse("request-ban", args=[doing.case.pk]) not in body(tab(doing, "lan"))


def test_earlier_bans_of_linked_cases_are_shown_to_who_may_see_them(world: World, doing: Doing) -> None:
    victim, perpetrator = world.victim(doing.case), world.perpetrator(doing.case)
    doing.ban(world.at(days=4), number="77/QĐ-UBND")
    again = Doing(world, _again(world, victim, perpetrator))
    page = body(look(again, "decide-ban", again.ask(), "pao"))

    assert "77/QĐ-UBND" in page
    assert doing.case.number in page


def _again(world: World, victim, perpetrator):
    """A second case between the same two people."""
    report = world.assigned_report(at=world.at(days=1))
    told = {person.role: person.pk for person in people_of(report)}
    return open_case(
        report=report,
        by=world.lan,
        at=world.at(days=1),
        known={told["victim"]: victim, told["perpetrator"]: perpetrator},
    )
