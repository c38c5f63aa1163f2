"""Who may do what about protection: every verb, every member of the cast."""

from collections.abc import Callable
from itertools import product

import pytest

from casework.audit.models import AuditEvent
from casework.base.refusals import Denied, NotVisible
from casework.protection import actions
from tests.protection.doing import Doing
from tests.world import CAST, World

# Everybody else is refused: with 403 who may look at the case, with 404 who may not.
WORK = {"lan", "minh on duty", "dung assigned"}
AS_UNIT = WORK | {"dung served"}
CHAIR = {"pao"}
POLICE = {"dung assigned", "dung served"}
MAY = {
    "request_ban": WORK,
    "ban_on_own_motion": CHAIR,
    "record_measure": AS_UNIT | CHAIR,
    "decide_ban": CHAIR,
    "refuse_ban": CHAIR,
    "serve_decision": AS_UNIT | CHAIR,
    "assign_monitor": POLICE,
    "announce_monitoring": POLICE,
    "record_breach": AS_UNIT,
    "allow_contact": POLICE,
    "close_contact": POLICE,
    "record_session": AS_UNIT,
    "record_critique": AS_UNIT | CHAIR,
    "record_mediation": AS_UNIT,
    "correct_meeting": WORK,
    "correct_session": WORK,
    "correct_outcome": WORK,
    "record_outcome": AS_UNIT | CHAIR,
    "request_cancellation": WORK,
    "cancel_measure": CHAIR,
    "refuse_cancellation": CHAIR,
    "end_measure": AS_UNIT | CHAIR,
}
MAY_LOOK = {"lan", "minh on duty", "dung assigned", "dung served", "pao", "mai"}
CIRCUMSTANCES = ("minh on duty", "dung assigned", "dung served")


def test_every_verb_of_the_room_is_in_the_table() -> None:
    own = {name for name, found in vars(actions).items() if getattr(found, "verb", "")}

    assert own == set(MAY)


@pytest.mark.parametrize("verb", MAY)
def test_nobody_else_of_the_cast_may(world: World, doing: Doing, verb: str) -> None:
    call = _ready(doing, verb)

    for who in sorted({*CAST, "son"} - MAY[verb]):
        _is_refused(world, call, who)


@pytest.mark.parametrize(
    ("verb", "who"), [(verb, who) for verb, people in MAY.items() for who in sorted(people & {*CAST})]
)
def test_who_may_does(world: World, doing: Doing, verb: str, who: str) -> None:
    assert _ready(doing, verb)(by=world.users[who], at=world.now).pk


@pytest.mark.parametrize(("verb", "who"), list(product(MAY, CIRCUMSTANCES)))
def test_duty_a_name_on_the_case_and_a_copy_served_open_what_they_should(
    world: World, doing: Doing, verb: str, who: str
) -> None:
    if who == "dung served":
        doing.serve(doing.ban(world.at(days=2)), "police_head")
    if who == "dung assigned":
        doing.put_dung_on()
    if who == "minh on duty":
        doing.put_minh_on_duty()
    call = _ready(doing, verb)

    if who in MAY[verb]:
        assert call(by=world.users[who.split()[0]], at=world.now).pk
    else:
        _is_refused(world, call, who)


def _is_refused(world: World, call: Callable[..., object], who: str) -> None:
    user = world.users[who.split()[0]]
    with pytest.raises(Denied if who in MAY_LOOK else NotVisible):
        call(by=user, at=world.now)
    assert AuditEvent.objects.filter(actor=user.pk).latest("pk").outcome == AuditEvent.REFUSED


def _ready(doing: Doing, verb: str):
    """The call on a measure in a state that allows it."""
    if verb in doing.case_calls():
        return doing.case_calls()[verb]
    if verb in ("record_session", "record_critique"):
        return doing.calls(doing.record() if verb == "record_session" else doing.critique())[verb]
    if verb.startswith("correct_"):
        return doing.corrections()[verb]
    states = {"decide_ban": "requested", "refuse_ban": "requested", "end_measure": "ran_out"}
    measure = doing.in_state(states.get(verb, "in_force"))
    if verb == "close_contact":
        return doing.end_of_contact(measure)
    if verb in ("announce_monitoring", "allow_contact"):
        # Named by hand: who may name one is another line of the table.
        measure.monitor_assigned_at = doing.world.now
        measure.save()
    if verb == "refuse_cancellation":
        doing.ask_to_cancel(measure)
    return doing.calls(measure)[verb]
