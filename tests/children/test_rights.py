"""Who may do what about the child procedure: every verb, every member of the cast."""

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from casework.access.grants import give
from casework.access.opening import open_record
from casework.base.codes import codes
from casework.base.refusals import Denied, InvalidInput, NotVisible
from casework.casefile import alerts
from casework.cases.models import CaseGroupGrant
from casework.children import actions, queries
from casework.children.models import ChildPlan, ChildProcedure, ChildSeparation
from casework.deadlines.models import Deadline
from tests.casefile.doing import assess
from tests.children.doing import PLACE, Doing, row
from tests.world import CAST, World

WORK = {"lan", "dung assigned"}
CHAIR = {"pao"}
MAY = {
    "start_procedure": WORK | CHAIR,
    "decide": CHAIR,
    "separate": CHAIR,
    "extend_separation": CHAIR,
    "end_separation": WORK | CHAIR,
    "assess": WORK,
    "submit_plan": WORK,
    "approve_plan": CHAIR,
    "return_plan": CHAIR,
    "review": WORK | CHAIR,
}
MAY_LOOK = {"lan", "dung assigned", "pao", "mai"}


def test_every_verb_of_the_room_is_in_the_table() -> None:
    assert {name for name, found in vars(actions).items() if getattr(found, "verb", "")} == set(MAY)


@pytest.mark.parametrize("verb", MAY)
@pytest.mark.parametrize("who", [*CAST, "son", "dung assigned"])
def test_who_may_and_who_may_not(world: World, doing: Doing, verb: str, who: str) -> None:
    if who == "dung assigned":
        doing.put_dung_on()
    call = _ready(doing, verb)
    user = world.users[who.split()[0]]
    if who in MAY[verb]:
        assert call(by=user, at=world.now).pk
        return
    with pytest.raises(Denied if who in MAY_LOOK else NotVisible):
        call(by=user, at=world.now)


@pytest.mark.parametrize("model", [ChildProcedure, ChildSeparation, ChildPlan])
def test_a_police_unit_that_reads_the_case_does_not_see_the_procedure(
    world: World, doing: Doing, model: Any
) -> None:
    procedure = doing.in_state("planning")
    doing.separate(procedure)
    doing.submit(procedure)
    give(CaseGroupGrant, doing.case, to=world.agencies["police"], by=world.pao, at=world.now, source="test")
    assert type(doing.case).objects.visible_to(world.dung).filter(pk=doing.case.pk).exists()
    assert not model.objects.visible_to(world.dung).exists()
    doing.put_dung_on()

    assert model.objects.visible_to(world.dung).count() == 1


@pytest.mark.parametrize(("who", "sees"), [("lan", True), ("pao", True), ("mai", True), ("minh", False)])
def test_where_the_child_is_for_a_written_reason(world: World, doing: Doing, who: str, sees: bool) -> None:
    separation = doing.separate(doing.in_state("received"))
    user = world.users[who]
    if not sees:
        with pytest.raises(NotVisible):
            queries.reveal_place(user, separation.pk, reason="Cần đưa trẻ đi khám.")
        return
    with pytest.raises(InvalidInput):
        queries.reveal_place(user, separation.pk, reason="cần")

    assert queries.reveal_place(user, separation.pk, reason="Cần đưa trẻ đi khám.").place == PLACE


def _ready(doing: Doing, verb: str) -> Callable[..., Any]:
    """The call in a state that allows it."""
    world = doing.world
    now = world.now
    if verb == "start_procedure":
        return lambda **how: actions.start_procedure(case=doing.case, answers=doing.information(now), **how)
    if verb in ("extend_separation", "end_separation"):
        separation = doing.separate(doing.in_state("received"), world.at(hours=1))
        if verb == "end_separation":
            answers = {"ended_at": now, "end_kind": "returned", "account": "Về với mẹ."}
            return lambda **how: actions.end_separation(separation=separation, answers=answers, **how)
        longer = {
            "demanded_by": "Tòa án nhân dân",
            "demand": "CV 1",
            "ends_at": separation.ends_at + (now - world.at(days=1)),
        }
        return lambda **how: actions.extend_separation(separation=separation, answers=longer, **how)
    if verb in ("approve_plan", "return_plan"):
        plan = doing.submit(doing.in_state("planning"))
        answers = {"remarks": "Bổ sung người thăm nhà.", "number": ""}
        return lambda **how: getattr(actions, verb)(plan=plan, answers=answers, **how)
    states = {"decide": "received", "separate": "received", "assess": "assessing", "submit_plan": "planning"}
    procedure = doing.in_state(states.get(verb, "carried_out"))
    if verb == "review":
        doing.sign("vn-child-06")
    return doing.calls(procedure)[verb]


# --- that a clock of a procedure runs tells that there is one ---

PAGES = (
    ("case", True),
    ("case-changes", True),
    ("deadline-list", False),
    ("case-list", False),
    ("home", False),
)


def _texts(doing: Doing, who: str) -> str:
    """Everything the pages and lists that know of clocks tell somebody, in Vietnamese."""
    client = Client()
    client.force_login(doing.world.users[who])
    answers = [client.get(reverse(name, args=[doing.case.pk] if of_case else [])) for name, of_case in PAGES]
    assert {answer.status_code for answer in answers} == {200}
    return "\n".join(unescape(answer.content.decode()) for answer in answers)


def test_that_its_clocks_run_is_known_to_nobody_else(world: World, doing: Doing) -> None:
    assess(world, doing.case, "LOW", at=world.at(minutes=20))
    doing.start(world.at(minutes=5))
    assert row(doing.case).next_due_kind == "child_decide"
    give(CaseGroupGrant, doing.case, to=world.agencies["police"], by=world.pao, at=world.now, source="test")
    label = codes("deadline_kind").row("child_decide").vi
    alert = _alert("child_without_procedure")

    assert label in _texts(doing, "lan")
    told = _texts(doing, "dung")
    assert label not in told
    assert alert not in told
    clock = Deadline.objects.everything(reason="test").get(case=doing.case, kind="child_decide")
    with pytest.raises(NotVisible):
        open_record(world.dung, Deadline, clock.pk)
    doing.put_dung_on()

    assert open_record(world.dung, Deadline, clock.pk) == clock


def test_nor_over_rest(world: World, doing: Doing, caller: Callable[[Any], Any]) -> None:
    assess(world, doing.case, "LOW", at=world.at(minutes=20))
    doing.start(world.at(minutes=5))
    give(CaseGroupGrant, doing.case, to=world.agencies["police"], by=world.pao, at=world.now, source="test")
    addresses = (f"cases/{doing.case.pk}/", f"cases/{doing.case.pk}/deadlines/", "deadlines/", "cases/")

    told = {who: [caller(world.users[who]).read(one) for one in addresses] for who in ("lan", "dung")}
    assert all(answer.status_code == 200 for answers in told.values() for answer in answers)
    assert "child_decide" in "".join(answer.content.decode() for answer in told["lan"])
    assert "child_" not in "".join(answer.content.decode() for answer in told["dung"])


def _alert(code: str) -> str:
    with translation.override("vi"):
        return str(alerts._TEXTS[code][1])
