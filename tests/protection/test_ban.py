"""The contact ban from its request to its decision, and the clocks it starts and stops."""

from datetime import timedelta
from typing import Any

import pytest

from casework.audit.models import AuditEvent
from casework.base.refusals import Erased, Refused
from casework.cases.lifecycle import LIVE, STATES, CaseNotLive
from casework.cases.models import Case
from casework.deadlines.clocks import start_clock
from casework.protection import actions, queries
from casework.protection.models import Measure
from tests.byhand import by_hand
from tests.protection.doing import STATES as STATES_OF_A_BAN
from tests.protection.doing import THREE_DAYS, Doing
from tests.world import World


def refused(call, *args, **kwargs) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def told(action: str) -> AuditEvent:
    return AuditEvent.objects.filter(action=action, outcome=AuditEvent.DONE).latest("id")


@pytest.fixture
def settled(doing: Doing) -> set[str]:
    """The clocks the case had before anything of protection."""
    return set(doing.clocks())


# --- asking ---


def test_a_request_reaches_the_chair_with_twelve_hours(world: World, doing: Doing, settled: set[str]) -> None:
    received = world.at(hours=2)
    measure = doing.ask(world.now, requested_at=received)

    assert (measure.state, measure.kind, measure.decider) == ("requested", "M03", "commune_chair")
    assert measure.decide_by == received + timedelta(hours=12)
    assert doing.clocks()["ban_decide"] == measure.decide_by
    assert set(doing.clocks()) - settled == {"ban_decide"}
    assert measure.requested_by == world.lan
    assert told("measure.request_ban").detail["grounds"] == ["harm_health"]


def test_the_request_becomes_the_next_clock_of_the_case(world: World, doing: Doing) -> None:
    measure = doing.ask(world.now, requested_at=world.at(hours=11))
    case = Case.objects.everything(reason="test").get(pk=doing.case.pk)

    assert measure.decide_by is not None
    assert case.next_due_at <= measure.decide_by


UNHEARD: list[tuple[dict[str, Any], str, str]] = [
    ({"grounds": []}, "grounds_missing", "grounds"),
    ({"requester": "agency", "consent": "no"}, "consent_missing", "consent"),
    ({"requester": "agency", "consent": "unknown"}, "consent_missing", "consent"),
    ({"told_rights_at": None}, "rights_not_told", "told_rights_at"),
    ({"requester": "own_motion"}, "own_motion_is_chairs", "requester"),
]


def test_what_the_law_would_not_hear_is_refused(doing: Doing, settled: set[str]) -> None:
    for more, code, field in UNHEARD:
        refusal = refused(doing.ask, **more)
        assert (refusal.code, refusal.field) == (code, field)

    assert doing.measures() == 0
    assert set(doing.clocks()) == settled


def test_times_still_to_come_are_refused(world: World, doing: Doing) -> None:
    for field in ("requested_at", "told_rights_at"):
        assert refused(doing.ask, **{field: world.now + timedelta(minutes=1)}).field == field


def test_a_body_s_request_with_her_consent_is_heard(doing: Doing) -> None:
    assert doing.ask(requester="agency", consent="yes").state == "requested"


def test_one_request_at_a_time(doing: Doing) -> None:
    doing.ask()

    assert refused(doing.ask).code == "already_requested"
    assert refused(doing.case_calls()["ban_on_own_motion"], by=doing.world.pao, at=doing.world.now).code == (
        "already_requested"
    )


@pytest.mark.parametrize("state", ["refused", "in_force", "ran_out", "ended", "cancelled"])
def test_after_an_answer_another_may_be_asked_for(doing: Doing, state: str) -> None:
    doing.in_state(state)

    assert doing.ask().state == "requested"


@pytest.mark.parametrize("verb", ["request_ban", "ban_on_own_motion", "record_measure"])
def test_a_closed_case_gets_no_new_measure(world: World, doing: Doing, verb: str) -> None:
    call = doing.case_calls()[verb]
    by = world.pao if verb == "ban_on_own_motion" else world.lan

    for state in sorted(set(STATES) - LIVE):
        doing.case.state = state
        doing.case.save()
        with pytest.raises(Erased if state == "disposed" else CaseNotLive):
            call(by=by, at=world.now)
    doing.case.state = "supervised_closure"
    doing.case.save()
    assert isinstance(call(by=by, at=world.now), Measure)


# --- deciding ---


def test_the_chair_signs_and_the_ban_holds_at_once(world: World, doing: Doing, settled: set[str]) -> None:
    measure = doing.decide(doing.ask(world.at(hours=3)))

    assert (measure.state, measure.granted) == ("in_force", True)
    assert (measure.decided_at, measure.decided_by) == (world.now, world.pao)
    assert (measure.starts_at, measure.ends_at) == (world.now, world.now + THREE_DAYS)
    assert queries.standing(measure, at=world.now) == "in_force"
    assert told("measure.decide_ban").detail["late_minutes"] == 0


def test_the_register_gives_the_number_when_the_chair_signs(world: World, doing: Doing) -> None:
    first = doing.ban(world.at(days=4))
    second = doing.decide(doing.ask())
    year = world.now.year

    assert [first.number, second.number] == [f"1/{year}", f"2/{year}"]
    assert second.entry is not None
    assert (second.entry.scope, second.signed_on_paper) == (str(world.agencies["committee"].pk), False)
    assert told("measure.decide_ban").detail["number"] == f"2/{year}"


@pytest.mark.parametrize(
    ("brought", "code"),
    [
        ({"number": "9/QĐ-UBND", "signed_on_paper": False}, "number_from_register"),
        ({"signed_on_paper": True}, "number_missing"),
        ({"number": " 7 /qđ-ubnd", "signed_on_paper": True}, "number_taken"),
    ],
)
def test_only_a_paper_signed_elsewhere_brings_a_number_and_none_twice(
    world: World, doing: Doing, brought: dict[str, object], code: str
) -> None:
    doing.ban(world.at(days=4), number="7/QĐ-UBND")
    measure = doing.ask()
    refusal = refused(doing.decide, measure, **brought)

    assert (refusal.code, refusal.field) == (code, "number")
    # What was refused has taken none.
    assert doing.decide(measure).number == f"1/{world.now.year}"


def test_cancelling_takes_a_number_or_brings_one(world: World, doing: Doing) -> None:
    cancelled = doing.in_state("cancelled")
    assert (cancelled.number, cancelled.cancel_number) == tuple(f"{one}/{world.now.year}" for one in (1, 2))
    answers = {"cancel_answer": "Không còn cần.", "cancel_on_paper": True, "cancel_number": "8/QĐ-UBND"}
    how: dict[str, Any] = {"by": world.pao, "at": world.now}

    assert actions.cancel_measure(measure=doing.ban(), answers=answers, **how).cancel_number == "8/QĐ-UBND"
    refusal = refused(actions.cancel_measure, measure=doing.ban(), answers=answers, **how)
    assert (refusal.code, refusal.field) == ("number_taken", "cancel_number")


def test_a_measure_recorded_from_the_chairs_paper_has_a_number_nobody_else_has(
    world: World, doing: Doing
) -> None:
    recorded = doing.record(number="11/QĐ-UBND")

    assert (recorded.signed_on_paper, recorded.entry is None) == (True, False)
    assert refused(doing.record, number="11/qđ-ubnd").code == "number_taken"
    other: dict[str, Any] = {"kind": "M02", "decider": "police_head", "grounds": ["threat_health"]}
    assert doing.record(number="11/QĐ-UBND", **other).entry is None


def test_signing_stops_one_clock_and_starts_two(world: World, doing: Doing, settled: set[str]) -> None:
    measure = doing.decide(doing.ask(world.at(hours=3)))
    running = doing.clocks()

    assert set(running) - settled == {"ban_serve", "ban_end"}
    assert (running["ban_serve"], running["ban_end"]) == (world.now, measure.ends_at)
    assert doing.stopped("ban_decide").ended_at == world.now


def test_a_late_decision_counts_and_says_how_late(world: World, doing: Doing) -> None:
    measure = doing.decide(doing.ask(world.at(hours=13)))

    assert measure.state == "in_force"
    assert queries.shown(measure, at=world.now).late == timedelta(hours=1)
    assert told("measure.decide_ban").detail["late_minutes"] == 60


def test_at_twelve_hours_sharp_it_is_not_late(world: World, doing: Doing) -> None:
    measure = doing.decide(doing.ask(world.at(hours=12)))

    assert queries.shown(measure, at=world.now).late is None


UNLAWFUL: list[tuple[str, timedelta | None, str]] = [
    ("ends_at", THREE_DAYS + timedelta(seconds=1), "term_too_long"),
    ("ends_at", timedelta(days=4), "term_too_long"),
    ("ends_at", timedelta(0), "term_empty"),
    ("ends_at", -timedelta(hours=1), "term_empty"),
    ("ends_at", None, "term_missing"),
    ("starts_at", -timedelta(minutes=16), "starts_in_past"),
    ("starts_at", -timedelta(days=1), "starts_in_past"),
    ("starts_at", timedelta(minutes=16), "starts_too_late"),
    ("starts_at", timedelta(days=1), "starts_too_late"),
]


def test_a_term_the_law_does_not_know_is_refused_and_changes_nothing(world: World, doing: Doing) -> None:
    measure = doing.ask(world.at(hours=1))
    before = doing.clocks()

    for field, after, code in UNLAWFUL:
        refusal = refused(doing.decide, measure, **{field: None if after is None else world.now + after})
        assert (refusal.code, refusal.field) == (code, field)
    stored = Measure.objects.everything(reason="test").get(pk=measure.pk)
    assert (stored.state, stored.decided_at, stored.version) == ("requested", None, measure.version)
    assert doing.clocks() == before


def test_nobody_decides_before_she_is_told_her_rights(world: World, doing: Doing) -> None:
    measure = doing.ask(world.at(hours=1))
    # Written down wrongly, or by another hand: the verb looks again.
    Measure.objects.everything(reason="test").filter(pk=measure.pk).update(told_rights_at=None)
    assert refused(doing.decide, measure).code == "rights_not_told"

    later = world.now + timedelta(hours=1)
    Measure.objects.everything(reason="test").filter(pk=measure.pk).update(told_rights_at=later)
    assert refused(doing.decide, measure).code == "time_in_future"


def test_another_ban_continues_the_one_that_runs(world: World, doing: Doing, settled: set[str]) -> None:
    first = doing.ban(world.at(days=2))
    assert first.ends_at is not None
    second = doing.decide(doing.ask(), starts_at=first.ends_at, ends_at=first.ends_at + THREE_DAYS)

    assert second.extension_of == first
    assert queries.standing(second, at=world.now) == "granted"
    assert queries.standing(second, at=first.ends_at) == "in_force"
    assert doing.clocks()["ban_end"] == second.ends_at
    assert doing.stopped("ban_end").subject_id == first.pk


def test_after_a_ban_that_ran_out_a_new_one_stands_alone(world: World, doing: Doing) -> None:
    doing.in_state("ran_out")

    assert doing.decide(doing.ask()).extension_of is None


# --- refusing ---


def test_a_refusal_has_its_reasons_and_stops_the_clock(world: World, doing: Doing, settled: set[str]) -> None:
    measure = actions.refuse_ban(
        measure=doing.ask(world.at(hours=14)),
        by=world.pao,
        at=world.now,
        answers={"reasons": "Chưa đủ căn cứ."},
    )

    assert (measure.state, measure.granted, measure.reasons) == ("refused", False, "Chưa đủ căn cứ.")
    assert set(doing.clocks()) == settled
    assert doing.stopped("ban_decide").ended_at == world.now
    assert told("measure.refuse_ban").detail["late_minutes"] == 120
    assert "Chưa đủ" not in str(told("measure.refuse_ban").detail)


def test_a_refusal_without_reasons_is_none(world: World, doing: Doing) -> None:
    measure = doing.ask()

    for reasons in ("", "   ", "\n"):
        how = {"by": world.pao, "at": world.now, "answers": {"reasons": reasons}}
        refusal = refused(actions.refuse_ban, measure=measure, **how)
        assert (refusal.code, refusal.field) == ("reasons_missing", "reasons")


# --- on his own motion ---


def test_the_chair_acts_by_himself_when_life_is_threatened(
    world: World, doing: Doing, settled: set[str]
) -> None:
    measure = doing.case_calls()["ban_on_own_motion"](by=world.pao, at=world.now)

    assert (measure.state, measure.requester, measure.decide_by) == ("in_force", "own_motion", None)
    assert set(doing.clocks()) - settled == {"ban_serve", "ban_end"}


def test_his_own_motion_has_its_limits(world: World, doing: Doing) -> None:
    limits: list[tuple[dict[str, Any], str]] = [
        ({"grounds": ["harm_health", "threat_health"]}, "own_motion_ground"),
        ({"grounds": []}, "own_motion_ground"),
        ({"told_rights_at": None}, "rights_not_told"),
        ({"ends_at": None}, "term_missing"),
    ]
    for more, code in limits:
        answers = doing.own_motion_answers(world.now, **more)
        how = {"case": doing.case, "by": world.pao, "at": world.now, "answers": answers}
        assert refused(actions.ban_on_own_motion, **how).code == code

    assert doing.measures() == 0


# --- the danger is looked at again ---


def test_a_ban_brings_the_next_assessment_to_the_day_before_its_end(world: World, doing: Doing) -> None:
    start_clock(doing.case, "risk_reassess", at=world.now, due_at=world.now + timedelta(days=30))
    measure = doing.ban(world.now)

    assert measure.ends_at is not None
    assert doing.clocks()["risk_reassess"] == measure.ends_at - timedelta(hours=24)


def test_a_nearer_assessment_is_not_pushed_back(world: World, doing: Doing) -> None:
    near = world.now + timedelta(hours=3)
    with by_hand():
        start_clock(doing.case, "risk_reassess", at=world.now, due_at=near)
    doing.ban(world.now)

    assert doing.clocks()["risk_reassess"] == near


# --- each state knows its verbs ---

ALLOWED: dict[str, set[str]] = {
    "decide_ban": {"requested"},
    "refuse_ban": {"requested"},
    "serve_decision": {"in_force"},
    "assign_monitor": {"in_force"},
    "announce_monitoring": {"in_force"},
    "record_breach": {"in_force", "ran_out", "ended", "cancelled"},
    "allow_contact": {"in_force"},
    # These belong to other measures.
    "record_session": set(),
    "record_critique": set(),
    "request_cancellation": {"in_force"},
    "cancel_measure": {"in_force"},
    "refuse_cancellation": {"in_force"},
    "end_measure": {"ran_out"},
}
DOER = {
    "decide_ban": "pao",
    "refuse_ban": "pao",
    "assign_monitor": "dung",
    "announce_monitoring": "dung",
    "allow_contact": "dung",
    "cancel_measure": "pao",
    "refuse_cancellation": "pao",
}


def test_every_verb_on_a_measure_is_in_the_table(doing: Doing) -> None:
    own = {name for name, found in vars(actions).items() if getattr(found, "target", "") == "measure"}

    assert own == set(ALLOWED) == set(doing.calls(doing.ask()))


@pytest.mark.parametrize("state", STATES_OF_A_BAN)
def test_each_state_refuses_every_verb_that_is_not_its_own(world: World, doing: Doing, state: str) -> None:
    measure = doing.in_state(state)
    doing.put_dung_on()
    before = doing.clocks()

    for verb, states in ALLOWED.items():
        if state not in states:
            with pytest.raises(Refused):
                doing.calls(measure)[verb](by=world.users[DOER.get(verb, "lan")], at=world.now)
    assert Measure.objects.everything(reason="test").get(pk=measure.pk).version == measure.version
    assert doing.clocks() == before


@pytest.mark.parametrize(
    ("verb", "state"), [(verb, state) for verb in ALLOWED for state in sorted(ALLOWED[verb])]
)
def test_each_state_allows_its_own(world: World, doing: Doing, verb: str, state: str) -> None:
    measure = doing.in_state(state)
    doing.put_dung_on()
    if verb in ("announce_monitoring", "allow_contact"):
        doing.name_monitor(measure)
    if verb == "refuse_cancellation":
        doing.ask_to_cancel(measure)

    assert doing.calls(measure)[verb](by=world.users[DOER.get(verb, "lan")], at=world.now).pk
