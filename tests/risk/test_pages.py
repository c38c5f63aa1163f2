"""Pages and REST of risk: two steps that lose nothing, words instead of numbers, nothing for those outside."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from casework.audit.models import AuditEvent
from casework.cases.lifecycle import CLOSED
from casework.cases.models import Case
from casework.http.idempotency import CARRIED
from casework.risk import instruments
from casework.risk.actions import BASELINE, confirm_lowering
from casework.risk.models import RiskAssessment
from tests.incidents.asking import Rest, signed_in
from tests.risk.assessing import REASON, YES, add_child, assess, child_form, clock, fresh, set_state
from tests.world import World

HIGH = {
    "source": "victim",
    "present": "no",
    "interpreter": "none",
    "C1": "no",
    "C2": "yes",
    "C2-when": "ever",
    "C4": "declined",
    "C8": "unknown",
    "S1": "yes",
    "S1-source": "third_party",
    "fear": "3",
}


@pytest.fixture
def lan(world: World) -> Client:
    return signed_in(world.lan)


def form_of(case: Case, instrument: str = "") -> str:
    page = reverse("assess-risk", args=[case.pk])
    return f"{page}?instrument={instrument}" if instrument else page


def signed(case: Case) -> list[RiskAssessment]:
    return list(RiskAssessment.objects.everything(reason="test").filter(case=case))


def main_of(answer) -> str:
    """What stands in the page itself, in words, without the frame and without the code of it."""
    html = answer.content.decode().split("<main", 1)[1].split("</main>", 1)[0]
    html = re.sub(r"<(script|style).*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


# --- the tab ---


def test_a_case_nobody_assessed_says_what_to_do(lan, case):
    answer = lan.get(reverse("case-risk", args=[case.pk]))
    assert answer.status_code == 200
    assert form_of(case) in answer.content.decode()
    assert "Chưa đánh giá" in main_of(answer)


def test_the_tab_says_why_in_the_words_of_the_form(world, lan, case):
    assess(world, case, "HIGH", fear=3)
    text = main_of(lan.get(reverse("case-risk", args=[case.pk])))
    version = instruments.instrument(BASELINE)

    for said in (version.words("lethal_sign").vi, version.words("C2").vi, "CAO", "Có, đã từng"):
        assert said in text
    assert version.band("HIGH").measures[2].text.vi in text
    assert version.measures_notice.vi in text
    assert version.content_hash[:12] in text


@pytest.mark.parametrize("level", YES)
def test_no_page_shows_a_probability_or_points(world, lan, case, level):
    assess(world, case, level)
    for page in (
        lan.get(reverse("case-risk", args=[case.pk])),
        lan.post(form_of(case), HIGH),
        lan.get(reverse("risk-assessment", args=[signed(case)[0].pk])),
    ):
        text = main_of(page).casefold()
        assert "%" not in text
        for word in ("điểm số", "tổng điểm", "xác suất", "score", "points", "probability"):
            assert word not in text


def test_opening_is_remembered(world, lan, case):
    row = assess(world, case)
    lan.get(reverse("case-risk", args=[case.pk]))
    lan.get(reverse("risk-assessment", args=[row.pk]))
    seen = AuditEvent.objects.filter(action="case.view", outcome="read", actor=world.lan.pk)
    assert {event.detail.get("page") for event in seen} >= {"risk", "risk-assessment"}


def test_the_tab_costs_the_same_for_one_and_for_many(world, lan, case, django_assert_max_num_queries):
    def cost() -> int:
        with django_assert_max_num_queries(60) as seen:
            lan.get(reverse("case-risk", args=[case.pk]))
        return len(seen)

    assess(world, case, "HIGH", at=world.at(hours=9))
    cost()
    one = cost()
    for hour in range(1, 9):
        assess(world, case, "MEDIUM", at=world.at(hours=hour))
    assert cost() <= one + 1


# --- fill in, look, sign ---


def test_every_question_is_asked_and_unknown_is_as_near_as_yes(lan, case):
    html = lan.get(form_of(case)).content.decode()
    for item in instruments.instrument(BASELINE).items:
        for value in item.answers:
            assert f'name="{item.key}" value="{value}"' in html
    assert 'name="imminent"' in html


def test_looking_shows_the_range_and_signs_nothing(lan, case):
    answer = lan.post(form_of(case), {**HIGH, "step": "preview"})
    text = main_of(answer)

    assert answer.status_code == 200
    assert signed(case) == []
    for said in (
        "ít nhất CAO",
        "có thể RẤT CAO",
        "Từ chối trả lời",
        "Đánh giá lại trước",
        "Ký phiếu đánh giá",
    ):
        assert said in text
    assert "Thấp: " not in text


def test_no_answer_is_lost_between_the_steps(lan, case):
    second = lan.post(form_of(case), {**HIGH, "step": "preview"})
    kept = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', second.content.decode()))
    assert {name: value for name, value in kept.items() if name not in CARRIED} == HIGH

    first = lan.post(form_of(case), {**kept, "step": "edit"}).content.decode()
    for name, value in HIGH.items():
        assert re.search(
            rf'name="{re.escape(name)}" value="{value}"[^>]*checked|<option value="{value}" selected>', first
        ), name
    assert "data-error-summary" not in first


def test_signing_stores_what_was_shown(world, lan, case):
    answer = lan.post(form_of(case), {**HIGH, "step": "sign", "final": "HIGH"}, follow=True)
    (row,) = signed(case)

    assert answer.redirect_chain == [(reverse("case-risk", args=[case.pk]), 302)]
    assert (row.final_level, row.override, row.fear, row.present) == ("HIGH", "", 3, "no")
    assert row.answers["C2"] == {"answer": "yes", "source": "victim", "window": "ever"}
    assert row.answers["S1"]["source"] == "third_party"
    assert "C3" not in row.answers
    assert fresh(case).level == "HIGH"


def test_a_time_left_over_from_a_corrected_answer_means_nothing(lan, case):
    lan.post(form_of(case), {**HIGH, "C2": "no", "step": "sign"})
    assert "window" not in signed(case)[0].answers["C2"]


def test_a_raise_without_a_sentence_keeps_everything(lan, case):
    answer = lan.post(form_of(case), {**HIGH, "step": "sign", "final": "EXTREME", "reason": ""})
    html = answer.content.decode()

    assert answer.status_code == 409
    assert signed(case) == []
    assert 'name="final" value="EXTREME"' in html
    assert 'name="C2" value="yes"' in html
    assert "data-error-summary" in html


def test_a_lower_level_is_asked_for_and_waits(world, lan, case):
    lan.post(form_of(case), {**HIGH, "C4": "no", "step": "sign", "final": "MEDIUM", "reason": REASON})
    (row,) = signed(case)
    assert (row.override, row.final_level, row.asked_level) == ("asked", "HIGH", "MEDIUM")

    waits = reverse("confirm-lowering", args=[row.pk])
    assert waits not in lan.get(reverse("case-risk", args=[case.pk])).content.decode()
    assert waits in signed_in(world.mai).get(reverse("case-risk", args=[case.pk])).content.decode()


def test_a_level_that_may_not_be_asked_for_is_not_offered(lan, case):
    html = lan.post(form_of(case), {**HIGH, "C2-when": "month_1"}).content.decode()
    assert 'name="final" value="HIGH"' in html
    assert 'name="final" value="MEDIUM"' not in html
    answer = lan.post(
        form_of(case), {**HIGH, "C2-when": "month_1", "step": "sign", "final": "MEDIUM", "reason": REASON}
    )
    assert answer.status_code == 409
    assert signed(case) == []


@pytest.mark.parametrize(
    "bad",
    [
        {"C1": "perhaps"},
        {"C2-when": "yesterday"},
        {"C4": "not_applicable"},
        {"S1-source": "gossip"},
        {"source": "gossip"},
        {"source": "\x00"},
        {"fear": "9"},
        {"final": "CALM"},
        {"interpreter": "<script>"},
        {"reason": "a" * 30_000},
    ],
)
@pytest.mark.parametrize("step", ["preview", "sign"])
def test_bad_input_is_told_and_never_breaks(lan, case, bad, step):
    answer = lan.post(form_of(case), {**HIGH, **bad, "step": step})
    assert answer.status_code == 400
    assert signed(case) == []
    assert re.search(r'name="C2" value="yes"[^>]*checked', answer.content.decode())


def test_an_unknown_step_and_an_empty_form_are_a_look(lan, case):
    assert lan.post(form_of(case), {"step": "publish"}).status_code == 200
    assert lan.post(form_of(case), {"source": "victim"}).status_code == 200
    assert signed(case) == []


def test_last_answers_are_shown_and_not_taken_over(world, lan, case):
    assess(world, case, "HIGH")
    html = lan.get(form_of(case)).content.decode()
    assert "Lần trước: Có, đã từng" in html
    assert not re.search(r'name="C2" value="yes"[^>]*checked', html)


def test_a_man_is_not_asked_about_pregnancy(world, lan):
    case = world.case(people=[{"role": "victim", "full_name": "Lò Văn Mẫu", "sex": "male"}])
    assert 'name="C10"' not in lan.get(form_of(case)).content.decode()


def test_a_closed_case_says_so_before_anybody_asks_a_question(lan, case):
    set_state(case, CLOSED)
    assert lan.get(form_of(case)).status_code == 409
    assert lan.get(reverse("case-risk", args=[case.pk])).status_code == 200


# --- children ---


def test_the_form_of_a_child_names_the_child(world, lan, case):
    child = add_child(world, case)
    page = form_of(case, "vn-child-02")
    assert "Lường Minh Khôi" in lan.get(page).content.decode()

    rows = {"harm": "high", "access": "low", "self_protection": "low", "child": str(child.person_id)}
    second = lan.post(page, {**rows, "source": "officer_observed"})
    assert "12 giờ" in main_of(second)
    lan.post(page, {**rows, "source": "officer_observed", "step": "sign"})
    (row,) = signed(case)
    assert (row.instrument, row.child, row.final_level) == ("vn-child-02", child, "HIGH")
    assert clock(case, "child_emergency") is not None


def test_a_child_of_another_case_cannot_be_chosen(world, lan, case):
    add_child(world, case)
    stranger = add_child(world, world.case())
    answer = lan.post(
        form_of(case, "vn-child-02"),
        {"harm": "low", "source": "victim", "step": "sign", "child": str(stranger.person_id)},
    )
    assert answer.status_code == 400
    assert signed(case) == []


@pytest.mark.parametrize("code", ["dash", "no-such-form", "../secret", "vn-child-03"])
def test_only_published_forms_have_a_page(lan, case, code):
    assert lan.get(form_of(case, code)).status_code == 404
    assert lan.post(form_of(case, code), HIGH).status_code == 404


def test_the_emergency_step_is_written_down(world, lan, case):
    form = child_form(world, case, harm="high")
    page = reverse("record-emergency-step", args=[form.pk])
    assert page in lan.get(reverse("case-risk", args=[case.pk])).content.decode()

    wrong = lan.post(
        page, {"emergency_at": "hôm qua", "emergency_step": "Đã đưa về bà", "version": form.version}
    )
    assert wrong.status_code == 400
    assert "Đã đưa về bà" in wrong.content.decode()
    done = lan.post(
        page, {"emergency_at": "05/03/2026 10:00", "emergency_step": "Đã đưa về bà", "version": form.version}
    )
    assert done.status_code == 302
    assert clock(case, "child_emergency") is None
    assert "Đã đưa về bà" in main_of(lan.get(reverse("risk-assessment", args=[form.pk])))


# --- the second person ---


def test_the_second_person_reads_reasons_and_answers(world, case):
    row = assess(world, case, "HIGH", final="MEDIUM", reason=REASON)
    mai, page = signed_in(world.mai), reverse("confirm-lowering", args=[row.pk])
    text = main_of(mai.get(page))
    assert REASON in text
    assert instruments.instrument(BASELINE).words("C2").vi in text

    empty = mai.post(page, {"confirm": "yes", "confirm_reason": "", "version": row.version})
    assert empty.status_code == 400
    assert fresh(case).level == "HIGH"
    mai.post(page, {"confirm": "yes", "confirm_reason": "Đã hỏi lại.", "version": row.version})
    assert fresh(case).level == "MEDIUM"


def test_without_a_clear_yes_the_higher_level_stays(world, case):
    row = assess(world, case, "HIGH", final="MEDIUM", reason=REASON)
    page = reverse("confirm-lowering", args=[row.pk])
    signed_in(world.mai).post(page, {"confirm_reason": "Chưa đủ.", "version": row.version})
    assert fresh(case).level == "HIGH"
    assert signed(case)[0].override == "refused"


def test_the_assessor_has_no_such_page_and_an_answered_wish_says_so(world, lan, case):
    row = assess(world, case, "HIGH", final="MEDIUM", reason=REASON)
    page = reverse("confirm-lowering", args=[row.pk])
    assert lan.get(page).status_code == 403
    assert lan.post(page, {"confirm": "yes", "confirm_reason": "x"}).status_code == 403

    confirm_lowering(assessment=row, by=world.mai, at=world.now, confirm=True, confirm_reason="Đúng.")
    assert signed_in(world.mai).get(page).status_code == 409


# --- those outside ---


@pytest.mark.parametrize("name", ["minh", "tuan", "hoa", "kien", "son"])
def test_for_others_there_is_no_such_page(world, case, name):
    row = assess(world, case, "HIGH", final="MEDIUM", reason=REASON)
    client = signed_in(world.users[name])
    for page in (
        reverse("case-risk", args=[case.pk]),
        form_of(case),
        reverse("risk-assessment", args=[row.pk]),
        reverse("confirm-lowering", args=[row.pk]),
        reverse("record-emergency-step", args=[row.pk]),
    ):
        assert client.get(page).status_code == 404


@pytest.mark.parametrize("name", ["pao", "mai"])
def test_those_who_may_look_may_not_assess(world, case, name):
    client = signed_in(world.users[name])
    assert client.get(form_of(case)).status_code == 403
    assert client.post(form_of(case), {**HIGH, "step": "sign"}).status_code == 403
    tab = client.get(reverse("case-risk", args=[case.pk])).content.decode()
    assert form_of(case) not in tab


# --- REST ---


def body(**more: object) -> dict[str, object]:
    return {
        "instrument": BASELINE,
        "answers": {"C2": {"answer": "yes", "source": "victim", "window": "ever"}},
        "fear": "3",
        "present": "no",
        **more,
    }


def test_rest_signs_once_and_reads_back(world, case):
    rest, path = Rest(world.lan), f"cases/{case.pk}/risk-assessments/"
    first, second = rest.post(path, body(), key="k" * 12), rest.post(path, body(), key="k" * 12)

    assert (first.status_code, first.json()) == (201, second.json())
    assert (first.json()["final_level"], first.json()["possible_level"]) == ("HIGH", "EXTREME")
    assert len(signed(case)) == 1
    one = rest.client.get(first["Location"]).json()
    assert one["answers"] == {"C2": {"answer": "yes", "source": "victim", "window": "ever"}}
    assert one["fear"] == 3
    rows = rest.get(path).json()["results"]
    assert [row["id"] for row in rows] == [one["id"]]
    assert "answers" not in rows[0]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"instrument": "dash"}, 400),
        ({"answers": {"C2": {"answer": "perhaps", "source": "victim"}}}, 400),
        ({"answers": {"C2": {"answer": "yes"}}}, 400),
        ({"answers": {"C2": {"answer": "yes", "source": "victim", "weight": 3}}}, 400),
        ({"answers": {"Z9": {"answer": "yes", "source": "victim"}}}, 400),
        ({"answers": {"C4": {"answer": "yes", "source": "victim", "window": "ever"}}}, 400),
        ({"answers": []}, 400),
        ({"score": 12}, 400),
        ({"final": "EXTREME"}, 409),
        ({"final": "LOW", "reason": REASON}, 409),
        ({"instrument": "vn-child-02", "answers": {}, "final": "EXTREME", "reason": REASON}, 400),
    ],
)
def test_rest_refuses_what_the_form_refuses(world, case, more, status):
    answer = Rest(world.lan).post(f"cases/{case.pk}/risk-assessments/", body(**more))
    assert answer.status_code == status, answer.content
    assert signed(case) == []


def test_rest_never_repeats_what_was_sent(world, case):
    answer = Rest(world.lan).post(
        f"cases/{case.pk}/risk-assessments/",
        body(answers={"C2": {"answer": "Lò Thị Mẫu", "source": "victim"}}),
    )
    assert "Mẫu" not in answer.content.decode()


def test_rest_answers_a_wish_with_the_version_it_was_read_with(world, case):
    row = assess(world, case, "HIGH", final="MEDIUM", reason=REASON)
    path, said = f"risk-assessments/{row.pk}/confirm-lowering/", {"confirm": True, "confirm_reason": "Đúng."}

    assert Rest(world.mai).post(path, said).status_code == 428
    assert Rest(world.mai).post(path, said, seen=row.version + 1).status_code == 412
    assert Rest(world.lan).post(path, said, seen=row.version).status_code == 403
    assert Rest(world.mai).post(path, said, seen=row.version).json()["override"] == "lowered"


def test_rest_writes_down_the_emergency_step(world, case):
    form = child_form(world, case, harm="high")
    answer = Rest(world.pao).post(
        f"risk-assessments/{form.pk}/emergency-step/",
        {"emergency_at": "2026-03-05T10:00:00+07:00", "emergency_step": "Đã đưa về bà."},
        seen=form.version,
    )
    assert answer.status_code == 200
    assert clock(case, "child_emergency") is None


def test_rest_lists_the_forms_with_their_words_and_fingerprint(world):
    rows = Rest(world.lan).get("risk-instruments/").json()["results"]
    found = {row["code"]: row for row in rows}

    assert set(found) == {"vn-ipv-baseline", "vn-child-02", "vn-child-06"}
    version = instruments.instrument(BASELINE)
    assert found[BASELINE]["sha256"] == version.content_hash
    first = found[BASELINE]["sections"][0]["items"][0]
    assert (first["key"], first["text"]["vi"]) == ("C1", version.words("C1").vi)
    assert "weight" not in str(rows)


def test_rest_hides_from_others(world, case):
    row = assess(world, case)
    rest = Rest(world.tuan)
    assert rest.get(f"cases/{case.pk}/risk-assessments/").status_code == 404
    assert rest.get(f"risk-assessments/{row.pk}/").status_code == 404
    assert rest.post(f"cases/{case.pk}/risk-assessments/", body()).status_code == 404
    assert Rest(world.son).get("risk-instruments/").status_code == 403


def test_what_was_said_of_one_child_is_not_shown_for_another(world, lan, case):
    one, two = add_child(world, case), add_child(world, case, "Lường Thị Ánh")
    child_form(world, case, one.person_id, harm="high")
    page = form_of(case, "vn-child-02")

    assert "Lần trước" in lan.get(f"{page}&child={one.person_id}").content.decode()
    assert "Lần trước" not in lan.get(f"{page}&child={two.person_id}").content.decode()
    assert "Lần trước" not in lan.get(page).content.decode()
    assert "Lần trước" not in lan.get(f"{page}&child=nonsense").content.decode()


def test_the_tab_names_each_child_with_its_own_form(world, lan, case):
    one, two = add_child(world, case), add_child(world, case, "Lường Thị Ánh")
    child_form(world, case, one.person_id, harm="high")
    child_form(world, case)
    html = lan.get(reverse("case-risk", args=[case.pk])).content.decode()

    for part in (one, two):
        assert f"?instrument=vn-child-02&amp;child={part.person_id}" in html
    assert "Trẻ em chưa ghi trong hồ sơ" in html
    second = lan.post(
        form_of(case, "vn-child-02"), {"source": "victim", "harm": "low", "child": str(two.person_id)}
    )
    assert "Lường Thị Ánh" in main_of(second)
