"""Signing: the level, its clocks, a person's judgement, and who may."""

from datetime import timedelta

import pytest

from casework.audit.models import AuditEvent
from casework.base.clock import local
from casework.base.dates import add_months
from casework.base.refusals import InvalidInput, Refused
from casework.cases.lifecycle import CLOSED, SUPERVISED, CaseNotLive
from casework.cases.models import Case
from casework.risk import instruments
from casework.risk.actions import BASELINE, assess_risk
from casework.risk.models import RiskAssessment
from casework.risk.queries import ground_of, shown
from casework.risk.vocabulary import Answer
from tests.cases.acting import on_duty
from tests.incidents.asking import OTHERS
from tests.risk.assessing import REASON, answers, assess, clock, fresh, set_state


def due(case: Case, kind: str):
    found = clock(case, kind)
    return found.due_at if found else None


# --- the level and its clocks ---


@pytest.mark.parametrize(
    ("level", "first", "later", "contact"),
    [("LOW", 336, 1440, 720), ("MEDIUM", 168, 720, 168), ("HIGH", 168, 168, 48), ("EXTREME", 72, 72, 24)],
)
def test_a_level_sets_the_case_and_its_clocks(world, case, level, first, later, contact):
    signed = assess(world, case, level, at=world.at(hours=5))
    case = fresh(case)

    assert (signed.computed_level, signed.final_level, case.level, case.state) == (
        level,
        level,
        level,
        "in_progress",
    )
    assert case.level_at == signed.signed_at == world.at(hours=5)
    assert signed.next_due_at == due(case, "risk_reassess") == world.at(hours=5) + timedelta(hours=first)
    assert due(case, "contact_due") == world.at(hours=5) + timedelta(hours=contact)

    again = assess(world, case, level)
    assert again.next_due_at == due(case, "risk_reassess") == world.now + timedelta(hours=later)


def test_what_is_not_known_is_shown_as_a_range_and_asked_again_within_three_days(world, case):
    unsure = {"C1": Answer("unknown", "victim"), "C2": Answer("yes", "victim", "months_12")}
    signed = assess(world, case, given=answers("HIGH", **unsure))

    assert (signed.final_level, signed.possible_level) == ("HIGH", "EXTREME")
    assert signed.next_due_at == world.now + timedelta(hours=72)


def test_a_form_nobody_answered_is_never_low(world, case):
    signed = assess(world, case, given={})

    assert (signed.final_level, signed.possible_level) == ("MEDIUM", "EXTREME")


def test_the_one_threat_now_and_her_own_fear_raise(world, case):
    assert assess(world, case, "LOW", imminent=True).final_level == "EXTREME"
    assert assess(world, case, "LOW", fear=5).final_level == "MEDIUM"
    assert assess(world, case, "LOW", fear=1).final_level == "LOW"


def test_the_newest_assessment_is_the_level_even_when_it_is_lower(world, case):
    assess(world, case, "EXTREME", at=world.at(hours=2))
    assess(world, case, "LOW")

    assert fresh(case).level == "LOW"
    assert clock(case, "risk_reassess") is not None


def test_a_case_under_supervised_closure_has_its_monthly_clock_only(world, case):
    assess(world, case, "LOW", at=world.at(days=1))
    set_state(case, SUPERVISED)
    assess(world, fresh(case), "LOW")

    # On a Vietnamese calendar: a month is 28 to 31 days.
    assert due(case, "supervised_reassess") == add_months(local(world.now), 1)
    assert fresh(case).state == SUPERVISED


def test_it_keeps_the_wording_it_was_made_with(world, case):
    signed = assess(world, case, "HIGH")
    version = instruments.instrument(BASELINE)

    assert signed.instrument_sha256 == version.content_hash
    told = shown(signed, {})
    assert (told.version, told.is_as_printed) == (version, True)
    assert [str(one.text) for one in told.factors] == [str(version.words("C2"))]
    assert [str(text) for text in told.rules] == [str(version.words("lethal_sign"))]
    signed.instrument_sha256 = "0" * 64
    assert not shown(signed, {}).is_as_printed


def test_the_questions_asked_fit_what_the_file_knows(world, case):
    # No child in the file is not «no children», so the question stays; a man is not asked about pregnancy.
    assert ground_of(case).facts == {}
    man = world.case(
        people=[{"role": "victim", "full_name": "Lò Văn Mẫu", "sex": "male"}],
    )
    assert ground_of(man).facts == {"may_have_been_pregnant": False}


def test_signing_is_remembered_without_an_answer(world, case):
    signed = assess(world, case, "EXTREME")
    event = AuditEvent.objects.get(action="risk.assess", object_id=signed.pk)

    assert event.detail["final"] == "EXTREME"
    assert "C1" not in str(event.detail)


# --- judgement ---


def test_anyone_who_assesses_may_raise_with_a_sentence(world, case):
    signed = assess(world, case, "LOW", final="EXTREME", reason=REASON)

    assert (signed.computed_level, signed.final_level, signed.override) == ("LOW", "EXTREME", "raised")
    assert fresh(case).level == "EXTREME"
    assert signed.next_due_at == world.now + timedelta(hours=72)


@pytest.mark.parametrize("final", ["MEDIUM", "HIGH", "EXTREME"])
def test_raising_without_a_sentence_is_refused(world, case, final):
    with pytest.raises(Refused) as refused:
        assess(world, case, "LOW", final=final, reason="  ")
    assert (refused.value.code, refused.value.field) == ("risk_reason_missing", "reason")
    assert fresh(case).level == ""


def test_a_lower_level_is_only_asked_for(world, case):
    signed = assess(world, case, "HIGH", final="MEDIUM", reason=REASON)

    assert (signed.computed_level, signed.final_level, signed.asked_level) == ("HIGH", "HIGH", "MEDIUM")
    assert signed.override == RiskAssessment.LOWERING_ASKED
    assert fresh(case).level == "HIGH"
    assert due(case, "contact_due") == world.now + timedelta(hours=48)


@pytest.mark.parametrize(
    ("level", "final", "more", "code"),
    [
        ("HIGH", "LOW", {}, "risk_lower_too_far"),
        ("EXTREME", "LOW", {}, "risk_lower_too_far"),
        # A threat to kill within twelve months: never below HIGH.
        ("HIGH", "MEDIUM", {"C2": Answer("yes", "victim", "months_12")}, "risk_lower_too_far"),
        # Nobody knows when: it may have been yesterday.
        ("HIGH", "MEDIUM", {"C3": Answer("yes", "victim", "unknown")}, "risk_lower_too_far"),
        ("HIGH", "MEDIUM", {"reason": ""}, "risk_reason_missing"),
    ],
)
def test_a_wish_that_may_never_come_true_is_refused_at_once(world, case, level, final, more, code):
    changes = {key: value for key, value in more.items() if key != "reason"}
    with pytest.raises(Refused) as refused:
        assess(
            world, case, given=answers(level, **changes), final=final, reason=str(more.get("reason", REASON))
        )
    assert refused.value.code == code
    assert not RiskAssessment.objects.everything(reason="test").filter(case=case).exists()


# --- what cannot be signed ---


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"C99": Answer("yes", "victim")}, "C99"),
        ({"C1": Answer("perhaps", "victim")}, "C1"),
        ({"C1": Answer("not_applicable", "victim")}, "C1"),
        ({"C4": Answer("yes", "victim", "month_1")}, "C4"),
        ({"C1": Answer("yes", "gossip")}, "C1"),
    ],
)
def test_an_answer_the_form_does_not_know_is_refused_by_its_question(world, case, given, field):
    with pytest.raises(InvalidInput) as refused:
        assess(world, case, given=given)
    assert list(refused.value.errors) == [field]


def test_a_level_or_a_fear_that_does_not_exist_is_refused(world, case):
    with pytest.raises(InvalidInput):
        assess(world, case, final="CALM", reason=REASON)
    with pytest.raises(InvalidInput):
        assess(world, case, fear=6)


def test_only_published_forms_can_be_used(world, case):
    def sign(code: str) -> None:
        assess_risk(case=case, by=world.lan, at=world.now, instrument=code, answers={})

    with pytest.raises(InvalidInput):
        sign("no-such-form")
    with pytest.raises(Refused) as refused:
        sign("dash")
    assert refused.value.code == "instrument_licence_required"


def test_a_closed_case_is_reopened_first(world, case):
    set_state(case, CLOSED)
    with pytest.raises(CaseNotLive):
        assess(world, case)


# --- who ---


@pytest.mark.parametrize("name", OTHERS)
def test_assessing_is_for_those_on_the_case(world, case, name):
    with pytest.raises(OTHERS[name]):
        assess(world, case, by=world.users[name])
    assert fresh(case).level == ""


def test_a_colleague_on_duty_may_assess(world, case):
    on_duty(world, world.minh)
    assert assess(world, case, by=world.minh).signed_by == world.minh
