"""Who may do what on a case: every verb, every member of the cast, every state in which work has ended."""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import transaction

from casework.audit.models import AuditEvent
from casework.base.refusals import Denied, Erased, NotVisible, Refused
from casework.cases import actions
from casework.cases.lifecycle import DISPOSED, LIVE, STATES, CaseNotLive
from casework.cases.models import Case
from tests.cases.acting import Doing, on_duty
from tests.world import CAST, World

# The sets of people who may; everybody else is refused: with 403 who may look at the case, with 404 who may
# not.
WORK = {"lan", "minh on duty", "dung assigned"}
MAY = {
    "edit_case": WORK,
    "add_person": WORK,
    "edit_participant": WORK,
    "set_main_participant": WORK,
    "edit_person": WORK,
    "add_phone": WORK,
    "edit_phone": WORK,
    "add_address": WORK,
    "edit_address": WORK,
    "set_safe_contact": WORK,
    "end_safe_contact": WORK,
    "set_kinship": WORK,
    "assign_case": {"lan", "dung assigned", "pao", "mai"},
    "release_case": {"lan", "dung assigned", "pao", "mai"},
    "transfer_case": {"lan", "dung assigned", "mai"},
    "seal_case": {"pao", "mai"},
    "declare_conflict": {"lan", "minh on duty", "dung assigned", "pao", "mai"},
}
MAY_LOOK = {"lan", "minh on duty", "dung assigned", "pao", "mai"}
DONE = "done"
PEOPLE = [*CAST, "son", "minh on duty", "dung assigned"]
# These end work or concern only oneself, so a closed case does not stand in their way.
ANY_STATE = {"release_case", "seal_case", "declare_conflict", "end_safe_contact"}


def test_every_verb_of_the_room_is_in_the_table(doing: Doing):
    own = {name for name, found in vars(actions).items() if getattr(found, "verb", "")}

    assert own - {"open_case", "join_case"} == set(MAY) == set(doing.calls())


@pytest.mark.parametrize("verb", MAY)
def test_a_verb_is_done_by_those_who_may_and_by_nobody_else(world: World, doing: Doing, verb: str):
    found = {who: undone(partial(outcome, world, doing, verb, who)) for who in PEOPLE}

    assert found == {
        who: DONE if who in MAY[verb] else "denied" if who in MAY_LOOK else "not_found" for who in PEOPLE
    }


def outcome(world: World, doing: Doing, verb: str, who: str) -> str:
    """How the verb ends for this person: done, or the code of the refusal, which must have been remembered."""
    user = world.users[who.split()[0]]
    if who == "minh on duty":
        on_duty(world, user)
    if who == "dung assigned":
        actions.assign_case(case=doing.case, by=world.lan, at=world.now, user=user)
    try:
        doing.calls()[verb](by=user, at=world.now)
    except (Denied, NotVisible) as refusal:
        event = AuditEvent.objects.filter(actor=user.pk).latest("pk")
        assert (event.outcome, event.object_id) == (AuditEvent.REFUSED, doing.case.pk)
        return refusal.code
    except Refused as refusal:
        # Allowed by right; the verb's own rule speaks: a lead stays, nobody takes off who is not on the case.
        assert (verb, refusal.code) in {  # noqa: PT017
            ("declare_conflict", "lead_stays"),
            ("release_case", "not_assigned"),
        }
    return DONE


def undone(act: Callable[[], str]) -> str:
    """What the act answers, with nothing of it left behind."""
    with transaction.atomic():
        answer = act()
        transaction.set_rollback(True)
    return answer


@pytest.mark.parametrize("verb", sorted(set(MAY) - ANY_STATE))
def test_a_case_is_worked_on_as_long_as_it_lives(world: World, doing: Doing, verb: str):
    def in_state(state: str) -> str:
        doing.case.refresh_from_db(from_queryset=Case.objects.everything(reason="test"))
        doing.case.state = state
        doing.case.save()
        try:
            doing.calls()[verb](by=world.lan, at=world.now)
        except (CaseNotLive, Erased) as refusal:
            return refusal.code
        return DONE

    found = {state: undone(partial(in_state, state)) for state in STATES}

    alive = dict.fromkeys(LIVE, DONE)
    assert found == {state: alive.get(state, "case_not_live") for state in STATES} | {DISPOSED: "erased"}


@pytest.mark.parametrize("verb", sorted(set(MAY) - {"declare_conflict", "release_case"}))
def test_a_verb_is_remembered_on_the_chain_of_its_case(world: World, doing: Doing, verb: str):
    by = world.mai if verb in ("seal_case",) else world.lan
    before = AuditEvent.objects.filter(case_id=doing.case.pk).count()

    doing.calls()[verb](by=by, at=world.now)

    event = AuditEvent.objects.filter(case_id=doing.case.pk).latest("pk")
    assert AuditEvent.objects.filter(case_id=doing.case.pk).count() == before + 1
    assert (event.chain_kind, event.chain_key) == (AuditEvent.CASE, doing.case.pk)
    assert (event.actor, event.outcome) == (by.pk, AuditEvent.DONE)
