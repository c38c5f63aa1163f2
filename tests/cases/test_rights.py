"""Who may do what on a case: every verb, every member of the cast, every state in which work has ended."""

from itertools import product

import pytest

from casework.audit.models import AuditEvent
from casework.base.refusals import Denied, NotVisible, Refused
from casework.cases import actions
from casework.cases.lifecycle import LIVE, STATES, CaseNotLive
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
PEOPLE = [*CAST, "son", "minh on duty", "dung assigned"]
# These end work or concern only oneself, so a closed case does not stand in their way.
ANY_STATE = {"release_case", "seal_case", "declare_conflict", "end_safe_contact"}


def test_every_verb_of_the_room_is_in_the_table(doing: Doing):
    own = {name for name, found in vars(actions).items() if getattr(found, "verb", "")}

    assert own - {"open_case", "join_case"} == set(MAY) == set(doing.calls())


@pytest.mark.parametrize(("verb", "who"), list(product(MAY, PEOPLE)))
def test_a_verb_is_done_by_those_who_may_and_by_nobody_else(world: World, doing: Doing, verb: str, who: str):
    name = who.split()[0]
    user = world.users[name]
    if who == "minh on duty":
        on_duty(world, user)
    if who == "dung assigned":
        actions.assign_case(case=doing.case, by=world.lan, at=world.now, user=user)
    call = doing.calls()[verb]

    if who not in MAY[verb]:
        with pytest.raises(Denied if who in MAY_LOOK else NotVisible):
            call(by=user, at=world.now)
        refusal = AuditEvent.objects.filter(actor=user.pk).latest("pk")
        assert refusal.outcome == AuditEvent.REFUSED
        assert refusal.object_id == doing.case.pk
        return
    try:
        call(by=user, at=world.now)
    except (Denied, NotVisible) as refusal:
        pytest.fail(f"{who} may {verb}: {refusal}")
    except Refused as refusal:
        # Allowed by right; the verb's own rule speaks: a lead stays, nobody takes off who is not on the case.
        assert (verb, refusal.code) in {  # noqa: PT017
            ("declare_conflict", "lead_stays"),
            ("release_case", "not_assigned"),
        }


@pytest.mark.parametrize(
    ("verb", "state"), list(product(sorted(set(MAY) - ANY_STATE), sorted(set(STATES) - LIVE)))
)
def test_a_case_that_has_ended_is_not_worked_on(world: World, doing: Doing, verb: str, state: str):
    doing.case.state = state
    doing.case.save()

    with pytest.raises(CaseNotLive):
        doing.calls()[verb](
            by=world.mai if verb in ("assign_case", "transfer_case") else world.lan, at=world.now
        )


@pytest.mark.parametrize(("verb", "state"), list(product(sorted(set(MAY) - ANY_STATE), sorted(LIVE))))
def test_a_case_that_lives_is_worked_on(world: World, doing: Doing, verb: str, state: str):
    doing.case.state = state
    doing.case.save()

    assert doing.calls()[verb](by=world.lan, at=world.now) is not None


@pytest.mark.parametrize("verb", sorted(set(MAY) - {"declare_conflict", "release_case"}))
def test_a_verb_is_remembered_on_the_chain_of_its_case(world: World, doing: Doing, verb: str):
    by = world.mai if verb in ("seal_case",) else world.lan
    before = AuditEvent.objects.filter(case_id=doing.case.pk).count()

    doing.calls()[verb](by=by, at=world.now)

    event = AuditEvent.objects.filter(case_id=doing.case.pk).latest("pk")
    assert AuditEvent.objects.filter(case_id=doing.case.pk).count() == before + 1
    assert (event.chain_kind, event.chain_key) == (AuditEvent.CASE, doing.case.pk)
    assert (event.actor, event.outcome) == (by.pk, AuditEvent.DONE)
