"""Events between the same two people bring the next assessment to within a day, and never put it off."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from casework.base import clock as product_clock
from casework.base.codes import codes
from casework.base.dates import PartialDate
from casework.base.refusals import Denied, NotVisible, Refused
from casework.cases.lifecycle import CLOSED, CaseNotLive
from casework.cases.models import Case
from casework.deadlines.clocks import start_clock
from casework.incidents.actions import record_incident
from casework.plans.actions import record_contact
from casework.protection.actions import record_breach
from casework.risk.actions import record_event
from tests.ground import ground
from tests.incidents.asking import signed_in
from tests.protection.doing import Doing
from tests.risk.assessing import REASON, assess, clock, fresh, set_state
from tests.world import World


def shown(moment: datetime) -> str:
    """A moment as somebody types it."""
    return product_clock.local(moment).strftime("%d/%m/%Y %H:%M")


def found_high(world: World) -> Case:
    case = world.case(at=world.at(days=3))
    assess(world, case, "HIGH", at=world.at(days=1))
    return fresh(case)


opened = ground(found_high)


def tried(world: World, case: Case, outcome: str, **ago: float) -> None:
    at = world.at(**ago)
    record_contact(
        case=case, by=world.lan, at=world.now, answers={"at": at, "channel": "call", "outcome": outcome}
    )


def reassess_in(world: World, case: Case) -> timedelta:
    running = clock(case, "risk_reassess")
    assert running is not None
    return running.due_at - world.now


def test_before_any_event_a_week_stands(world, case):
    assert reassess_in(world, case) == timedelta(days=6)


def test_a_new_incident(world, case):
    record_incident(
        case=case,
        by=world.lan,
        at=world.now,
        answers={"happened_on": PartialDate(2026, 3, 5), "area": world.commune, "acts": ["A01"]},
    )
    assert reassess_in(world, case) == timedelta(hours=24)


def test_a_breach(world, case):
    ban = Doing(world, case).ban(world.at(hours=6))
    assess(world, fresh(case), "HIGH", at=world.at(hours=2))
    before = reassess_in(world, case)
    record_breach(
        measure=ban,
        by=world.lan,
        at=world.now,
        answers={"at": world.at(hours=1), "kind": "came_near", "account": "Đứng trước cửa nhà bà ngoại."},
    )

    assert before > timedelta(hours=24)
    assert reassess_in(world, case) == timedelta(hours=24)


def test_unreachable_twice(world, case):
    tried(world, case, "no_answer", hours=5)
    assert reassess_in(world, case) == timedelta(days=6)

    tried(world, case, "phone_off", hours=1)
    assert reassess_in(world, case) == timedelta(hours=24)


def test_a_message_or_somebody_else_at_the_phone_reaches_nobody_and_ends_nothing(world, case):
    tried(world, case, "no_answer", hours=5)
    tried(world, case, "message_left", hours=4)
    tried(world, case, "someone_else", hours=3)
    tried(world, case, "not_at_home", hours=1)
    assert reassess_in(world, case) == timedelta(hours=24)


def test_reached_in_between_starts_the_count_again(world, case):
    tried(world, case, "no_answer", hours=5)
    tried(world, case, "reached", hours=4)
    tried(world, case, "no_answer", hours=3)
    assert reassess_in(world, case) == timedelta(days=6)


def test_without_a_first_assessment_there_is_nothing_to_bring_near(world):
    case = world.case()
    tried(world, case, "no_answer", hours=5)
    tried(world, case, "no_answer", hours=1)
    assert clock(case, "risk_reassess") is None


# --- what nobody records elsewhere ---


BY_HAND = [row.code for row in codes("event_pull").rows if row.flag("by_hand")]


def noted(world: World, case: Case, kind: str = "complaint_withdrawn", **ago: float):
    answers = {
        "kind": kind,
        "at": world.at(**(ago or {"minutes": 5})),
        "account": "Chị gái của chị ấy gọi điện báo.",
    }
    return record_event(case=case, by=world.lan, at=world.now, answers=answers)


def test_each_of_them_brings_the_assessment_to_within_a_day(world, case):
    assert len(BY_HAND) == 10
    for kind in BY_HAND:
        start_clock(case, "risk_reassess", at=world.now, due_at=world.now + timedelta(days=6))
        noted(world, case, kind)
        assert reassess_in(world, case) == timedelta(hours=24), kind


def test_a_withdrawn_complaint_lowers_nothing_and_is_seen(world, case):
    noted(world, case)
    case = fresh(case)
    assert (case.level, case.next_due_at) == ("HIGH", world.now + timedelta(hours=24))
    html = signed_in(world.lan).get(reverse("case", args=[case.pk])).content.decode()
    assert "Có thể do bị ép buộc" in html
    timeline = signed_in(world.lan).get(reverse("case-timeline", args=[case.pk])).content.decode()
    assert "Rút đơn, rút yêu cầu" in timeline


def test_who_answers_for_a_lower_level_reads_that_she_withdrew(world, case):
    noted(world, case)
    asked = assess(world, case, "HIGH", final="MEDIUM", reason=REASON, at=world.now)
    html = signed_in(world.mai).get(reverse("confirm-lowering", args=[asked.pk])).content.decode()
    assert "không phải là căn cứ để hạ mức nguy cơ" in html


@pytest.mark.parametrize("kind", ["new_incident", "breach", "unreachable_twice", "ban_ending"])
def test_what_has_a_place_of_its_own_is_not_noted_twice(world, case, kind):
    with pytest.raises(Refused, match="recorded_elsewhere"):
        noted(world, case, kind)


def test_it_cannot_lie_ahead_nor_be_noted_on_a_closed_case(world, case):
    with pytest.raises(Refused, match="time_in_future"):
        noted(world, case, hours=-1)
    set_state(case, CLOSED)
    with pytest.raises(CaseNotLive):
        noted(world, case)


@pytest.mark.parametrize(
    ("name", "refusal"), [("minh", NotVisible), ("hoa", NotVisible), ("mai", Denied), ("pao", Denied)]
)
def test_only_who_works_on_the_case_notes_it(world, case, name, refusal):
    with pytest.raises(refusal):
        record_event(
            case=case, by=getattr(world, name), at=world.now, answers={"kind": "separation", "at": world.now}
        )


def test_the_page_offers_only_what_is_noted_by_hand_and_keeps_what_was_typed(world, case):
    lan = signed_in(world.lan)
    page = reverse("record-risk-event", args=[case.pk])
    html = lan.get(page).content.decode()
    assert "Rút đơn" in html
    assert "Vi phạm biện pháp hoặc cam kết" not in html
    answer = lan.post(page, {"kind": "", "at": "", "account": "Anh ta đã biết."})
    assert answer.status_code == 400
    assert "Anh ta đã biết." in answer.content.decode()
    assert (
        lan.post(page, {"kind": "abuser_learned", "at": shown(world.at(hours=1)), "account": ""}).status_code
        == 302
    )
    assert reassess_in(world, case) < timedelta(hours=25)
