"""The child procedure of Decree 56/2017: what it allows, what it refuses with its article, which hours run."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from casework.audit.models import AuditEvent
from casework.base.clock import VIETNAM
from casework.base.dates import midnight
from casework.base.refusals import Denied, NotVisible, Refused
from casework.base.registers import write_in
from casework.cases.models import Participant
from casework.children import actions, queries, terms
from casework.children.models import ChildProcedure
from casework.closure import checklist
from casework.closure.queries import facts_of
from casework.encryption.models import DataKey
from tests.byhand import by_hand
from tests.children.doing import CARER, FIFTEEN_DAYS, PLACE, Doing, row
from tests.world import World

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
STATES = ("received", "assessing", "planning", "carried_out", "closed")


def refused(call, *args, **kwargs) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def told(refusal: Refused) -> str:
    with translation.override("vi"):
        return str(refusal.message)


# --- the information and the 12 hours ---


def test_the_twelve_hours_run_from_the_information_not_from_the_typing(world: World, doing: Doing) -> None:
    received = world.at(hours=5)
    procedure = doing.start(world.now, received_at=received)

    assert procedure.state == "received"
    assert procedure.decide_by == received + 12 * HOUR
    assert doing.clocks()["child_decide"] == received + 12 * HOUR


def test_information_that_is_still_to_come_is_refused(world: World, doing: Doing) -> None:
    assert refused(doing.start, received_at=world.now + MINUTE).code == "time_in_future"


def test_one_procedure_at_a_time(world: World, doing: Doing) -> None:
    doing.in_state("received")

    assert refused(doing.start).code == "already_running"


def test_a_closed_procedure_leaves_room_for_another(world: World, doing: Doing) -> None:
    doing.in_state("closed")

    assert doing.start().state == "received"


def test_the_database_holds_to_one_procedure_too(world: World, doing: Doing) -> None:
    first = doing.in_state("received")
    with pytest.raises(IntegrityError), transaction.atomic(), by_hand():
        ChildProcedure(
            case=doing.case,
            child=doing.child,
            received_at=world.now,
            source="police",
            information="x",
            decide_by=world.now,
        ).save()
    assert row(first).state == "received"


def test_only_a_child_of_this_case(world: World, doing: Doing) -> None:
    other = world.case(at=world.at(days=1))
    stranger = Participant.objects.everything(reason="test").get(case=other, role="victim")
    with pytest.raises(NotVisible):
        doing.start(participant=stranger.pk)
    him = Participant.objects.everything(reason="test").get(case=doing.case, role="perpetrator")
    refusal = refused(doing.start, participant=him.pk)

    assert refusal.code == "not_a_child"
    assert "Luật Trẻ em" in told(refusal)


@pytest.mark.parametrize(
    ("role", "band", "born", "expected"),
    [
        ("child", "unknown", "", True),
        ("child", "16_59", "", True),
        ("child", "under_16", "2010-11-30", True),
        ("child", "under_16", "2010-11-29", False),
        ("child", "under_16", "2010", True),
        ("child", "unknown", "2009", False),
        ("victim", "under_16", "2015", True),
        ("victim", "unknown", "", False),
        ("perpetrator", "under_16", "2015", False),
        ("witness", "under_16", "2015", False),
    ],
)
def test_who_is_a_child_on_29_november_2026(role: str, band: str, born: str, expected: bool) -> None:
    assert terms.is_child(role, band, born, date(2026, 11, 29)) is expected


def test_a_severe_form_and_the_procedure_ask_for_one_decision_not_two(world: World, doing: Doing) -> None:
    doing.sign("vn-child-02", world.at(hours=3), answer="high")
    assert "child_emergency" in doing.clocks()
    procedure = doing.start(world.at(hours=2))

    assert {"child_decide", "child_emergency"} & doing.clocks().keys() == {"child_decide"}
    doing.sign("vn-child-02", world.at(hours=1), answer="high")
    doing.decide(procedure)
    assert not {"child_decide", "child_emergency"} & doing.clocks().keys()


# --- the decision ---


@pytest.mark.parametrize(
    ("minutes", "late"), [(12 * 60 - 1, None), (12 * 60, None), (12 * 60 + 1, timedelta(minutes=1))]
)
def test_a_minute_before_and_after_the_twelve_hours(
    world: World, doing: Doing, minutes: int, late: timedelta | None
) -> None:
    received = world.at(days=1)
    procedure = doing.start(received)
    procedure = doing.decide(procedure, received + minutes * MINUTE)

    assert procedure.state == "assessing"
    assert queries.shown(procedure).late == late
    assert "child_decide" not in doing.clocks()


def test_the_register_numbers_what_the_chair_signs_and_nothing_else(world: World, doing: Doing) -> None:
    year, procedure = world.now.year, doing.in_state("planning")
    plan = doing.approve(doing.submit(row(procedure)))

    assert [one.number for one in (row(procedure), plan)] == [f"1/{year}", f"2/{year}"]
    assert plan.entry is not None
    assert (plan.entry.register, plan.entry.scope) == ("decisions", str(world.agencies["committee"].pk))
    # That no emergency step is needed is no decision with a number, unless the paper has one.
    doing.sign("vn-child-06")
    doing.review(row(procedure))
    doing.sign("vn-child-02")
    again = doing.decide(doing.start(), decision="none", dangers=[], steps="")
    assert (again.number, again.entry) == ("", None)
    assert AuditEvent.objects.get(action="child.approve_plan").detail["number"] == f"2/{year}"


def test_a_separation_that_answers_the_twelve_hours_is_one_decision(world: World, doing: Doing) -> None:
    procedure = doing.in_state("received")
    apart = doing.separate(procedure)

    assert (apart.number, row(procedure).number) == (f"1/{world.now.year}",) * 2
    assert row(procedure).entry == apart.entry


@pytest.mark.parametrize(
    ("brought", "code"),
    [
        ({"number": "9/QĐ-UBND"}, "number_from_register"),
        ({"signed_on_paper": True}, "number_missing"),
        ({"number": " 7 /qđ-ubnd", "signed_on_paper": True}, "number_taken"),
    ],
)
def test_only_a_paper_signed_elsewhere_brings_a_number_and_none_twice(
    world: World, doing: Doing, brought: dict[str, object], code: str
) -> None:
    office = str(world.agencies["committee"].pk)
    write_in("decisions", office, "7/QĐ-UBND", world.now)
    procedure = doing.in_state("received")
    for call in (doing.decide, doing.separate):
        refusal = refused(call, procedure, **brought)
        assert (refusal.code, refusal.field) == (code, "number")
        procedure = row(procedure)
    # What was refused has taken none.
    assert doing.decide(procedure).number == f"1/{world.now.year}"


def test_an_emergency_needs_its_ground(doing: Doing) -> None:
    refusal = refused(doing.decide, doing.in_state("received"), dangers=[])

    assert (refusal.code, refusal.field) == ("grounds_missing", "dangers")
    assert "Điều 31" in told(refusal)


def test_whoever_is_in_danger_is_helped_before_a_form_is_filled_in(doing: Doing) -> None:
    assert doing.decide(doing.in_state("received")).decision == "emergency"


def test_that_no_step_is_needed_is_shown_by_form_02(world: World, doing: Doing) -> None:
    procedure = doing.in_state("received")
    nothing: dict[str, Any] = {"decision": "none", "dangers": []}
    refusal = refused(doing.decide, procedure, **nothing)
    assert refusal.code == "first_form_missing"
    assert "Điều 26" in told(refusal)
    doing.sign("vn-child-02")

    assert doing.decide(procedure, **nothing).decision == "none"


def test_a_danger_that_is_named_is_never_answered_with_nothing(doing: Doing) -> None:
    procedure = doing.in_state("received")
    doing.sign("vn-child-02")

    assert refused(doing.decide, procedure, decision="none").code == "danger_named"


def test_a_separation_is_not_decided_without_its_place(doing: Doing) -> None:
    assert refused(doing.decide, doing.in_state("received"), decision="separation").code == "use_separation"


# --- apart ---


@pytest.mark.parametrize(("more", "code"), [(-MINUTE, ""), (timedelta(), ""), (MINUTE, "term_too_long")])
def test_fifteen_days_and_a_minute_before_and_after(
    world: World, doing: Doing, more: timedelta, code: str
) -> None:
    procedure = doing.in_state("received")
    ends_at = world.now + FIFTEEN_DAYS + more
    if code:
        refusal = refused(doing.separate, procedure, ends_at=ends_at)
        assert (refusal.code, refusal.field) == (code, "ends_at")
        assert "Điều 32" in told(refusal)
        return
    separation = doing.separate(procedure, ends_at=ends_at)

    assert row(procedure).state == "assessing"
    assert row(procedure).decision == "separation"
    assert doing.clocks()["child_separation_end"] == separation.ends_at
    assert "child_decide" not in doing.clocks()


def test_the_database_holds_to_fifteen_days_too(world: World, doing: Doing) -> None:
    separation = doing.separate(doing.in_state("received"))
    separation.ends_at += MINUTE
    with pytest.raises(IntegrityError), transaction.atomic(), by_hand():
        separation.save()


def test_nobody_is_kept_apart_backwards_or_for_no_time(world: World, doing: Doing) -> None:
    procedure = doing.in_state("received")
    early = world.at(hours=1)

    assert refused(doing.separate, procedure, starts_at=early, ends_at=world.now).code == "starts_in_past"
    assert refused(doing.separate, procedure, ends_at=world.now).code == "term_empty"


def test_a_further_separation_waits_for_the_end_of_the_first(world: World, doing: Doing) -> None:
    procedure = doing.in_state("received")
    separation = doing.separate(procedure, world.at(hours=2))
    assert refused(doing.separate, row(procedure)).code == "already_apart"
    answers = {"ended_at": world.at(hours=1), "end_kind": "returned", "account": "Về với mẹ."}
    actions.end_separation(separation=separation, by=world.lan, at=world.now, answers=answers)

    assert "child_separation_end" not in doing.clocks()
    assert doing.separate(row(procedure)).ended_at is None


def test_longer_only_when_a_named_body_asks(world: World, doing: Doing) -> None:
    separation = doing.separate(doing.in_state("received"))
    longer = {
        "demanded_by": " ",
        "demand": "CV 12/2026",
        "ends_at": separation.ends_at + timedelta(days=10),
    }
    how = {"separation": separation, "by": world.pao, "at": world.now}
    refusal = refused(actions.extend_separation, answers=longer, **how)
    assert (refusal.code, refusal.field) == ("demand_missing", "demanded_by")
    assert "Điều 32" in told(refusal)
    longer["demanded_by"] = "Viện Kiểm sát nhân dân khu vực 1"
    assert refused(
        actions.extend_separation, answers={**longer, "ends_at": separation.starts_at + HOUR}, **how
    ).code == ("not_longer")
    extended = actions.extend_separation(answers=longer, **{**how, "separation": row(separation)})

    assert extended.demanded_by == "Viện Kiểm sát nhân dân khu vực 1"
    assert doing.clocks()["child_separation_end"] == longer["ends_at"]


@pytest.mark.parametrize(("after", "code"), [(-MINUTE, ""), (timedelta(), "child_step")])
def test_an_end_that_has_passed_is_not_extended(
    world: World, doing: Doing, after: timedelta, code: str
) -> None:
    separation = doing.separate(doing.start(world.at(days=20)), world.at(days=20))
    at = separation.ends_at + after
    answers = {"demanded_by": "Tòa án", "demand": "CV 1", "ends_at": at + timedelta(days=5)}

    def extend() -> object:
        return actions.extend_separation(separation=separation, by=world.pao, at=at, answers=answers)

    if code:
        assert refused(extend).code == code
    else:
        assert extend()


def test_an_end_before_the_beginning_is_refused(world: World, doing: Doing) -> None:
    separation = doing.separate(doing.in_state("received"))
    answers = {"ended_at": world.at(hours=1), "end_kind": "returned", "account": "x"}

    assert (
        refused(
            actions.end_separation, separation=separation, by=world.lan, at=world.now, answers=answers
        ).code
        == "outside_term"
    )


# --- form 03, the plan ---


def test_five_working_days_for_the_plan_run_from_form_03(world: World, doing: Doing) -> None:
    procedure = doing.in_state("assessing")
    at = datetime(2027, 2, 3, 10, tzinfo=VIETNAM)
    doing.assess(procedure, at)

    # Tết of 2027 lies between: the days off of the table are not counted.
    due = doing.clocks()["child_plan"]
    assert due.astimezone(VIETNAM).date() > date(2027, 2, 10)
    assert row(procedure).state == "planning"


def test_form_03_is_not_older_than_the_information(world: World, doing: Doing) -> None:
    procedure = doing.in_state("assessing")

    assert refused(doing.assess, procedure, assessed_at=world.at(days=2)).code == "before_information"


def test_a_plan_waits_for_form_03_except_in_an_emergency(world: World, doing: Doing) -> None:
    procedure = doing.in_state("received")
    doing.sign("vn-child-02")
    procedure = doing.decide(procedure, decision="none", dangers=[])
    refusal = refused(doing.submit, procedure)
    assert refusal.code == "assessment_missing"
    assert "Điều 27" in told(refusal)
    doing.assess(procedure)
    assert doing.submit(row(procedure)).state == "submitted"


def test_in_an_emergency_the_plan_comes_first(doing: Doing) -> None:
    procedure = doing.in_state("assessing")

    assert doing.submit(procedure).state == "submitted"
    assert row(procedure).state == "planning"


def test_one_plan_before_the_chair(doing: Doing) -> None:
    procedure = doing.in_state("planning")
    doing.submit(procedure)

    assert refused(doing.submit, row(procedure)).code == "plan_waits"


def test_a_plan_that_ends_before_it_begins_is_refused(world: World, doing: Doing) -> None:
    today = world.now.date()
    procedure = doing.in_state("planning")

    assert (
        refused(doing.submit, procedure, starts_on=today, ends_on=today - timedelta(days=2)).code
        == "term_empty"
    )


def test_the_chair_approves_and_the_review_is_due_when_the_plan_ends(doing: Doing) -> None:
    procedure = doing.in_state("planning")
    plan = doing.approve(doing.submit(procedure))

    assert plan.state == "approved"
    assert row(procedure).state == "carried_out"
    assert "child_plan" not in doing.clocks()
    assert doing.clocks()["child_review"] == midnight(plan.ends_on + timedelta(days=1))


def test_a_plan_sent_back_is_written_again_and_its_clock_goes_on(world: World, doing: Doing) -> None:
    procedure = doing.in_state("planning")
    due = doing.clocks()["child_plan"]
    plan = doing.submit(procedure)
    how = {"plan": plan, "by": world.pao, "at": world.now}
    assert refused(actions.return_plan, answers={"remarks": " "}, **how).code == "reasons_missing"
    actions.return_plan(answers={"remarks": "Chưa có người thăm nhà."}, **{**how, "plan": row(plan)})

    assert doing.clocks()["child_plan"] == due
    assert doing.submit(row(procedure)).state == "submitted"


def test_nobody_approves_their_own_plan(world: World, doing: Doing) -> None:
    procedure = doing.in_state("planning")
    plan = doing.submit(procedure)
    with by_hand():
        plan.submitted_by = world.pao
        plan.save()
    with pytest.raises(Denied):
        doing.approve(plan)


# --- the review ---


def test_form_06_comes_before_the_review(world: World, doing: Doing) -> None:
    doing.sign("vn-child-06", world.at(hours=9))
    procedure = doing.in_state("carried_out")
    refusal = refused(doing.review, procedure)
    assert refusal.code == "review_form_missing"
    assert "Điều 30" in told(refusal)
    doing.sign("vn-child-06")
    closed = doing.review(procedure)

    assert (closed.state, closed.closed_at) == ("closed", world.now)
    assert not {"child_review", "child_plan"} & doing.clocks().keys()


def test_a_child_who_is_still_apart_is_not_closed(world: World, doing: Doing) -> None:
    procedure = doing.in_state("carried_out")
    doing.separate(procedure)
    doing.sign("vn-child-06")
    refusal = refused(doing.review, row(procedure))
    assert refusal.code == "still_apart"
    assert "Điều 32" in told(refusal)

    assert doing.review(row(procedure), "renew").state == "planning"
    assert "child_plan" in doing.clocks()


def test_nothing_needed_is_closed_after_form_03(world: World, doing: Doing) -> None:
    procedure = doing.in_state("received")
    doing.sign("vn-child-02")
    procedure = doing.decide(procedure, decision="none", dangers=[])
    assert refused(doing.review, procedure).code == "child_step"
    doing.assess(procedure)

    assert doing.review(row(procedure)).state == "closed"


# --- every other state ---

ALLOWED = {
    "decide": {"received"},
    "separate": {"received", "assessing", "planning", "carried_out"},
    "assess": {"assessing", "planning"},
    "submit_plan": {"assessing", "planning"},
    "review": {"carried_out"},
}


@pytest.mark.parametrize("verb", ALLOWED)
@pytest.mark.parametrize("state", STATES)
def test_each_verb_in_each_state(world: World, doing: Doing, verb: str, state: str) -> None:
    procedure = doing.in_state(state)
    if verb == "review":
        doing.sign("vn-child-06")
    call = doing.calls(row(procedure))[verb]
    by = world.pao if verb in ("decide", "separate") else world.lan
    if state in ALLOWED[verb]:
        assert call(by=by, at=world.now).pk
        return
    refusal = refused(call, by=by, at=world.now)
    assert refusal.code == "child_step"
    assert "56/2017" in told(refusal)


@pytest.mark.parametrize("state", ["approved", "returned", "reviewed"])
def test_a_plan_is_answered_once(world: World, doing: Doing, state: str) -> None:
    plan = doing.submit(doing.in_state("planning"))
    with by_hand():
        plan.state, plan.decided_at = state, world.now
        plan.save()

    assert refused(doing.approve, plan).code == "child_step"


def test_a_closed_case_is_re_opened_first(doing: Doing) -> None:
    procedure = doing.in_state("received")
    with by_hand():
        doing.case.state = "closed"
        doing.case.save()

    assert refused(doing.decide, row(procedure)).code == "case_not_live"


# --- beside the case ---


def test_a_case_is_not_closed_while_a_procedure_runs(world: World, doing: Doing) -> None:
    def against() -> set[str]:
        facts = facts_of(doing.case, at=world.now, wish_recorded=True)
        found = checklist.checks(facts, reason="safe_goals_met", at=world.now)
        return {check.code for check in checklist.blocking(found)}

    assert "no_child_procedure" not in against()
    procedure = doing.in_state("carried_out")
    assert "no_child_procedure" in against()
    doing.sign("vn-child-06")
    doing.review(procedure)
    assert "no_child_procedure" not in against()


def test_where_the_child_is_stands_sealed(world: World, doing: Doing) -> None:
    separation = doing.separate(doing.in_state("received"))
    raw = type(separation).objects.everything(reason="test").filter(pk=separation.pk)
    assert DataKey.objects.exists()
    stored = raw.values_list("place", "carer")[0]

    assert PLACE not in str(stored)
    assert CARER not in str(stored)
    assert (row(separation).place, row(separation).carer) == (PLACE, CARER)
