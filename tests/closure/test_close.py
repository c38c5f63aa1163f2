"""Closing: nothing left open, a second person, supervision, and the way back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from casework.base.dates import add_months
from casework.base.refusals import Denied, NotVisible, Refused
from casework.cases.lifecycle import IllegalMove
from casework.cases.models import Case
from casework.closure.actions import (
    ChecklistNotMet,
    approve_closing,
    extend_supervision,
    finish_closing,
    reopen_case,
    request_closing,
    send_closing_back,
)
from casework.closure.checklist import blocking, checks
from casework.closure.models import Closing
from casework.closure.queries import facts_of
from casework.deadlines.models import Deadline
from casework.incidents.actions import record_incident
from casework.incidents.models import Incident
from casework.plans.actions import record_contact
from casework.protection.actions import correct_outcome, record_measure, record_mediation, record_outcome
from casework.risk import instruments
from casework.risk.actions import BASELINE, assess_risk
from casework.risk.vocabulary import Answer
from tests.world import PASSWORD, World

ANSWERS = {
    "reason": "safe_goals_met",
    "outcomes": ["safe_together"],
    "her_wish": "Chị đồng ý kết thúc.",
    "findable": "yes",
}
REVIEW = {"remarks": "Đủ điều kiện."}


def assess(world: World, case: Case, at: datetime, value: str = "no") -> None:
    items = instruments.instrument(BASELINE).items
    assess_risk(
        case=case,
        by=world.lan,
        at=at,
        instrument=BASELINE,
        answers={item.key: Answer(value if item.key == "S5" else "no", "victim") for item in items},
    )


def meet(world: World, case: Case, at: datetime) -> None:
    record_contact(
        case=case,
        by=world.lan,
        at=at,
        answers={"at": at, "channel": "visit", "outcome": "reached", "in_person": True},
    )


def ready(world: World) -> Case:
    case = world.case(at=world.at(days=2))
    assess(world, case, world.at(days=1))
    meet(world, case, world.at(hours=20))
    return case


def asked(world: World) -> Closing:
    return request_closing(case=ready(world), by=world.lan, at=world.now, answers=ANSWERS)


def approved(world: World) -> Closing:
    return approve_closing(closing=asked(world), by=world.mai, at=world.now, answers=REVIEW)


def test_the_whole_way_to_closed(world: World) -> None:
    closing = approved(world)
    case = closing.case
    assert case.state == "supervised_closure"
    running = Deadline.objects.everything(reason="test").filter(case=case, state="open")
    assert {clock.kind for clock in running} == {"supervised_reassess", "supervised_end"}
    for months in (1, 2):
        assess(world, case, world.now + timedelta(days=30 * months))
    closing = finish_closing(closing=closing, by=world.mai, at=world.now + timedelta(days=61))
    assert closing.case.state == "closed"
    assert not running.all().exists()
    assert closing.case.next_due_kind == ""


def test_supervision_is_not_cut_short(world: World) -> None:
    closing = approved(world)
    with pytest.raises(Refused, match="still_supervised"):
        finish_closing(closing=closing, by=world.mai, at=world.now + timedelta(days=30))
    assess(world, closing.case, world.now + timedelta(days=20), "yes")
    late = closing.supervised_until
    assert late is not None
    assert finish_closing(closing=closing, by=world.mai, at=late).case.state == "closed"


def _not_met(world: World, case: Case) -> set[str]:
    with pytest.raises(ChecklistNotMet) as refusal:
        request_closing(case=case, by=world.lan, at=world.now, answers=ANSWERS)
    return set(refusal.value.reasons)


def test_nobody_met_and_nobody_assessed(world: World) -> None:
    assert _not_met(world, world.case()) >= {"contact_in_person", "risk_reassessed"}


def test_a_missed_clock_stands_in_the_way(world: World) -> None:
    case = ready(world)
    Deadline.objects.everything(reason="test").filter(case=case, state="open").update(
        due_at=world.at(hours=1)
    )
    assert _not_met(world, case) == {"no_clock_missed"}


@pytest.mark.parametrize("name", ["minh", "dung", "hoa", "tuan", "kien", "son"])
def test_who_has_no_part_finds_no_case(world: World, name: str) -> None:
    case = ready(world)
    with pytest.raises(NotVisible):
        request_closing(case=case, by=getattr(world, name), at=world.now, answers=ANSWERS)


@pytest.mark.parametrize("name", ["pao", "mai"])
def test_who_decides_or_supervises_does_not_ask(world: World, name: str) -> None:
    with pytest.raises(Denied):
        request_closing(case=ready(world), by=getattr(world, name), at=world.now, answers=ANSWERS)


@pytest.mark.parametrize("name", ["lan", "pao"])
@pytest.mark.parametrize("verb", [approve_closing, send_closing_back])
def test_only_a_supervisor_reviews(world: World, name: str, verb: Callable[..., Any]) -> None:
    with pytest.raises(Denied):
        verb(closing=asked(world), by=getattr(world, name), at=world.now, answers=REVIEW)


def test_the_database_knows_two_people_too(world: World) -> None:
    closing = asked(world)
    with pytest.raises(IntegrityError, match="closing_two_people"), transaction.atomic():
        Closing.objects.everything(reason="test").filter(pk=closing.pk).update(reviewed_by=world.lan)


def test_sent_back_goes_to_work_and_may_be_asked_again(world: World) -> None:
    closing = send_closing_back(closing=asked(world), by=world.mai, at=world.now, answers=REVIEW)
    assert closing.case.state == "in_progress"
    assert request_closing(case=closing.case, by=world.lan, at=world.now, answers=ANSWERS).state == "asked"


def test_illegal_moves(world: World) -> None:
    closing = asked(world)
    with pytest.raises(IllegalMove):
        request_closing(case=closing.case, by=world.lan, at=world.now, answers=ANSWERS)
    with pytest.raises(IllegalMove):
        finish_closing(closing=closing, by=world.mai, at=world.now)
    with pytest.raises(IllegalMove):
        reopen_case(
            case=closing.case, by=world.lan, at=world.now, answers={"reason": "new_incident", "remarks": "x"}
        )


def test_violence_within_the_year_reopens_at_medium(world: World) -> None:
    closing = approved(world)
    case = closing.case
    assert case.level == "LOW"
    case = reopen_case(
        case=case, by=world.lan, at=world.now, answers={"reason": "new_incident", "remarks": "Đánh lại."}
    )
    assert (case.state, case.level, case.next_due_kind) == ("in_progress", "MEDIUM", "risk_reassess")
    assert Closing.objects.everything(reason="test").get(pk=closing.pk).state == "reopened"


def _client(name: str) -> Client:
    client = Client()
    assert client.login(username=name, password=PASSWORD)
    return client


def test_the_pages_carry_it_through(world: World) -> None:
    case = ready(world)
    lan, mai = _client("lan"), _client("mai")
    tab = lan.get(reverse("case-closing", args=[case.pk]))
    assert tab.status_code == 200
    assert reverse("request-closing", args=[case.pk]) in tab.content.decode()
    page = lan.post(reverse("request-closing", args=[case.pk]), {**ANSWERS, "her_wish": ""})
    assert page.status_code == 400
    assert "safe_together" in page.content.decode()
    assert lan.post(reverse("request-closing", args=[case.pk]), ANSWERS).status_code == 302
    closing = Closing.objects.everything(reason="test").get(case=case)
    assert lan.get(reverse("review-closing", args=[closing.pk])).status_code == 403
    page = mai.get(reverse("review-closing", args=[closing.pk]))
    assert page.status_code == 200
    version = {field.html_name: field.value() for field in page.context["form"].hidden_fields()}
    assert mai.post(reverse("review-closing", args=[closing.pk]), {**version, **REVIEW}).status_code == 302
    assert mai.post(reverse("finish-closing", args=[closing.pk])).status_code == 409
    assert Case.objects.everything(reason="test").get(pk=case.pk).state == "supervised_closure"


def test_rest_refuses_with_a_code(world: World) -> None:
    case = world.case()
    answer = _client("lan").post(
        reverse("api:closings", args=[case.pk]),
        ANSWERS,
        content_type="application/json",
        headers={"Idempotency-Key": "close-1-2-3-4"},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "checklist_not_met")


# --- longer supervision, and what begins again ---

EXTENSION = {"extension_reason": "Anh ta vừa được thả, cần theo dõi thêm."}


def extended(world: World, closing: Closing, at: datetime) -> Closing:
    return extend_supervision(closing=closing, by=world.mai, at=at, answers=EXTENSION)


def test_supervision_goes_on_for_three_months_twice_and_no_more(world: World) -> None:
    closing = approved(world)
    first = closing.supervised_until
    assert first is not None
    closing = extended(world, closing, first - timedelta(days=1))
    assert closing.supervised_until == add_months(first, 3)
    closing = extended(world, closing, add_months(first, 3) + timedelta(hours=5))
    assert closing.supervised_until == add_months(add_months(first, 3) + timedelta(hours=5), 3)
    running = Deadline.objects.everything(reason="test").get(
        case=closing.case, kind="supervised_end", state="open"
    )
    assert running.due_at == closing.supervised_until
    with pytest.raises(Refused, match="extended_twice"):
        extended(world, closing, closing.supervised_until)
    with pytest.raises(IntegrityError, match="closing_extended_twice"), transaction.atomic():
        Closing.objects.everything(reason="test").filter(pk=closing.pk).update(extended_times=3)


def test_only_a_supervisor_extends_and_only_what_is_supervised(world: World) -> None:
    closing = approved(world)
    with pytest.raises(Denied):
        extend_supervision(closing=closing, by=world.lan, at=world.now, answers=EXTENSION)
    with pytest.raises(NotVisible):
        extend_supervision(closing=closing, by=world.tuan, at=world.now, answers=EXTENSION)
    reopen_case(
        case=closing.case, by=world.lan, at=world.now, answers={"reason": "her_request", "remarks": "x"}
    )
    with pytest.raises(IllegalMove):
        extended(world, closing, world.now)


def test_nobody_is_left_alone_at_a_high_level(world: World) -> None:
    closing = approved(world)
    late = closing.supervised_until
    assert late is not None
    Case.objects.everything(reason="test").filter(pk=closing.case_id).update(level="HIGH")
    closing = Closing.objects.everything(reason="test").get(pk=closing.pk)
    with pytest.raises(Refused, match="still_in_danger"):
        finish_closing(closing=closing, by=world.mai, at=late)


def test_the_page_extends_with_a_reason(world: World) -> None:
    closing = approved(world)
    mai = _client("mai")
    page = reverse("extend-supervision", args=[closing.pk])
    assert page in mai.get(reverse("case-closing", args=[closing.case_id])).content.decode()
    form = mai.get(page).context["form"]
    version = {field.html_name: field.value() for field in form.hidden_fields()}
    assert mai.post(page, {**version, "extension_reason": ""}).status_code == 400
    assert mai.post(page, {**version, **EXTENSION}).status_code == 302
    html = mai.get(reverse("case-closing", args=[closing.case_id])).content.decode()
    assert EXTENSION["extension_reason"] in html


def test_a_mediation_does_not_close_what_is_to_be_punished(world: World) -> None:
    case = ready(world)
    record_mediation(
        case=case,
        by=world.lan,
        at=world.at(hours=19),
        answers={
            "at": world.at(hours=20),
            "led_by": "team",
            "her_wish": "Muốn con được đi học.",
            "account": "Hai bên thỏa thuận.",
            "result": "settled",
        },
    )
    incident = {"happened_at": world.at(hours=18), "area": world.commune, "acts": ["A01"]}
    record_incident(case=case, by=world.lan, at=world.at(hours=17), answers=incident)
    Incident.objects.everything(reason="test").filter(case=case).update(penalty_level="administrative")
    assert "not_mediation_alone" in _not_met(world, case)

    # What only supports her leaves the mediation standing alone.
    care = {"kind": "M05", "decider": "health_facility", "starts_at": world.at(hours=16)}
    record_measure(case=case, by=world.lan, at=world.at(hours=15), answers=care)
    assert "not_mediation_alone" in _not_met(world, case)

    fined = {"kind": "penalty", "penalty_articles": ["unknown"], "decided_at": world.at(hours=14)}
    outcome = record_outcome(case=case, by=world.lan, at=world.at(hours=13), answers=fined)
    assert "not_mediation_alone" not in _still_missing(world, case)

    # It was the penalty of somebody else.
    wrong = {"kind": "none", "penalty_articles": [], "corrected_why": "Ghi nhầm hồ sơ."}
    correct_outcome(outcome=outcome, by=world.lan, at=world.at(hours=12), answers=wrong)
    assert "not_mediation_alone" in _not_met(world, case)


def _still_missing(world: World, case: Case) -> set[str]:
    facts = facts_of(case, at=world.now, wish_recorded=True)
    return {check.code for check in blocking(checks(facts, reason="safe_goals_met", at=world.now))}
