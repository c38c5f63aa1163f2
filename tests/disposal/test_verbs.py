"""Asked for by one, agreed to by another, waited for, stopped, held: and the database knows the same rules."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from casework.base.dates import PartialDate
from casework.base.refusals import Denied, InvalidInput, NotVisible, Refused
from casework.cases.actions import open_case
from casework.cases.lifecycle import CLOSED
from casework.cases.models import Case
from casework.closure.actions import reopen_case
from casework.disposal import retention
from casework.disposal.actions import (
    NotDisposable,
    NotRunning,
    approve_disposal,
    carry_out,
    lapse_disposal,
    lift_hold,
    place_hold,
    refuse_disposal,
    request_disposal,
    stop_disposal,
)
from casework.disposal.models import Disposal
from casework.disposal.queries import due, term_of, unanswered
from tests.disposal.erasing import AGREED, HER_WISH, WEEK, approved, asked, closed_case
from tests.ground import copy_of, ground
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.role("keeper")]

closed = ground(closed_case)
HOLD = {"ground": "court", "reason": "Tòa án đang thụ lý vụ ly hôn."}


@pytest.fixture
def case(world: World, closed: Case) -> Case:
    return copy_of(closed)


def rows() -> Any:
    return Disposal.objects.everything(reason="test")


# --- two people ---


def test_who_asked_cannot_agree_nor_refuse(world: World, case: Case) -> None:
    disposal = asked(world, case)
    for verb in (approve_disposal, refuse_disposal):
        with pytest.raises(Denied):
            verb(disposal=disposal, by=world.mai, at=world.now, answers=AGREED)


def test_the_database_knows_two_people_and_seven_days_too(world: World, case: Case) -> None:
    disposal = asked(world, case)
    now, soon = world.now, world.now + timedelta(days=6)
    for values, constraint in (
        ({"decided_by": world.mai}, "disposal_two_people"),
        ({"state": "approved"}, "disposal_cool_off"),
        (
            {"state": "approved", "decided_by": world.kien, "decided_at": now, "due_at": soon},
            "disposal_cool_off",
        ),
        (
            {
                "state": "done",
                "decided_by": world.kien,
                "decided_at": now,
                "due_at": now + WEEK,
                "done_at": soon,
            },
            "disposal_done_when_due",
        ),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            rows().filter(pk=disposal.pk).update(**values)
    with pytest.raises(IntegrityError, match=r"disposal_one_running|UNIQUE"), transaction.atomic():
        Disposal(
            case=case,
            ground="term_over",
            retention_class="case_file",
            kept_until=world.now.date(),
            requested_by=world.kien,
            requested_at=now,
        ).save()


@pytest.mark.parametrize("name", ["lan", "pao"])
def test_who_works_on_it_or_decides_neither_asks_nor_agrees(world: World, case: Case, name: str) -> None:
    somebody = getattr(world, name)
    with pytest.raises(Denied):
        request_disposal(case=case, by=somebody, at=world.now, answers=HER_WISH)
    with pytest.raises(Denied):
        approve_disposal(disposal=asked(world, case), by=somebody, at=world.now, answers=AGREED)


@pytest.mark.parametrize("name", ["minh", "dung", "hoa", "tuan", "son"])
def test_who_has_no_part_finds_nothing(world: World, case: Case, name: str) -> None:
    disposal, somebody = asked(world, case), getattr(world, name)
    for act in (
        lambda: request_disposal(case=case, by=somebody, at=world.now, answers=HER_WISH),
        lambda: approve_disposal(disposal=disposal, by=somebody, at=world.now, answers=AGREED),
        lambda: stop_disposal(disposal=disposal, by=somebody, at=world.now, answers={"stop_reason": "x"}),
        lambda: place_hold(case=case, by=somebody, at=world.now, answers=HOLD),
    ):
        with pytest.raises(NotVisible):
            act()


def test_nobody_carries_it_out_by_hand(world: World, case: Case) -> None:
    disposal: Any = approved(world, case)
    carry: Callable[..., Any] = carry_out
    for somebody in (world.mai, world.kien):
        with pytest.raises(Denied):
            carry(disposal=disposal, by=somebody, at=world.now + WEEK)


# --- when ---


def test_it_waits_seven_days(world: World, case: Case) -> None:
    disposal = approved(world, case)
    early = world.now + WEEK - timedelta(seconds=1)
    assert due(early) == []
    with pytest.raises(Refused, match="cooling_off"):
        carry_out(disposal=disposal, by=None, at=early)
    assert [one.pk for one in due(world.now + WEEK)] == [disposal.pk]
    done = carry_out(disposal=disposal, by=None, at=world.now + WEEK)
    assert (done.state, done.case.state) == ("done", "disposed")
    with pytest.raises(Refused):
        carry_out(disposal=done, by=None, at=world.now + WEEK)


@pytest.mark.parametrize("name", ["lan", "pao", "mai", "kien"])
def test_until_then_it_can_be_stopped(world: World, case: Case, name: str) -> None:
    disposal = approved(world, case)
    late = world.now + timedelta(days=6)
    stop = {"stop_reason": "Còn cần cho Tòa án."}
    stopped = stop_disposal(disposal=disposal, by=getattr(world, name), at=late, answers=stop)
    assert stopped.state == "stopped"
    for verb, how in ((carry_out, {"by": None}), (stop_disposal, {"by": world.mai, "answers": stop})):
        with pytest.raises(NotRunning):
            verb(disposal=stopped, at=world.now + WEEK, **how)
    assert asked(world, case, world.now + WEEK).state == "asked"


def test_an_answer_that_comes_late_is_none(world: World, case: Case) -> None:
    disposal = asked(world, case)
    late = world.now + timedelta(hours=24)
    with pytest.raises(Refused, match="answered_too_late"):
        approve_disposal(disposal=disposal, by=world.kien, at=late, answers=AGREED)
    with pytest.raises(Refused, match="stands"):
        lapse_disposal(disposal=disposal, by=None, at=late - timedelta(minutes=1))
    assert [one.pk for one in unanswered(late)] == [disposal.pk]
    assert lapse_disposal(disposal=disposal, by=None, at=late).state == "lapsed"


def test_an_answer_is_given_once(world: World, case: Case) -> None:
    disposal = refuse_disposal(disposal=asked(world, case), by=world.kien, at=world.now, answers=AGREED)
    with pytest.raises(NotRunning):
        approve_disposal(disposal=disposal, by=world.kien, at=world.now, answers=AGREED)


def test_what_was_agreed_to_is_all_that_goes(world: World, case: Case) -> None:
    """Something came to the case after the second person looked: it is not carried out, and lapses."""
    disposal = asked(world, case)
    rows().filter(pk=disposal.pk).update(payload="0" * 64)
    with pytest.raises(Refused, match="changed_since_asked"):
        approve_disposal(disposal=disposal, by=world.kien, at=world.now, answers=AGREED)
    stop_disposal(disposal=disposal, by=world.mai, at=world.now, answers={"stop_reason": "Hỏi lại."})
    again = approved(world, case)
    rows().filter(pk=again.pk).update(payload="0" * 64)
    with pytest.raises(NotRunning):
        carry_out(disposal=again, by=None, at=world.now + WEEK)
    assert lapse_disposal(disposal=again, by=None, at=world.now + WEEK).state == "lapsed"


def test_a_case_that_was_reopened_stays(world: World, case: Case) -> None:
    disposal = approved(world, case)
    answers = {"reason": "new_incident", "remarks": "Đánh lại."}
    reopen_case(case=case, by=world.mai, at=world.now, answers=answers)
    with pytest.raises(NotDisposable):
        carry_out(disposal=disposal, by=None, at=world.now + WEEK)
    assert lapse_disposal(disposal=disposal, by=None, at=world.now + WEEK).state == "lapsed"


def test_a_case_that_was_reopened_and_closed_again_was_not_agreed_to(world: World, case: Case) -> None:
    disposal = approved(world, case)
    rows = Case.objects.everything(reason="test").filter(pk=case.pk)
    rows.update(closed_at=world.now + timedelta(days=2))
    with pytest.raises(NotRunning):
        carry_out(disposal=disposal, by=None, at=world.now + WEEK)


# --- what stands against it ---


def against(world: World, case: Case, **how: Any) -> tuple[str, ...]:
    with pytest.raises(NotDisposable) as refusal:
        asked(world, case, **how)
    return tuple(refusal.value.reasons)


def test_before_its_time_only_she_may_ask(world: World, case: Case) -> None:
    term = term_of(case)
    assert term is not None
    assert (term.code, term.is_confirmed) == ("case_file", False)
    assert against(world, case, ground="term_over") == ("term_over",)
    later = world.now + timedelta(days=366 * 10)
    assert asked(world, case, later, ground="term_over").kept_until == term.until


def test_an_open_case_is_not_destroyed(world: World) -> None:
    assert "closed" in against(world, world.case())


def test_a_linked_case_that_is_worked_on_keeps_it(world: World, case: Case) -> None:
    report = world.assigned_report(at=world.at(hours=3))
    people = {row.role: row for row in report.people.everything(reason="test")}
    known = {people["victim"].pk: world.victim(case), people["perpetrator"].pk: world.perpetrator(case)}
    open_case(report=report, by=world.lan, at=world.at(hours=2), known=known)
    assert against(world, case) == ("no_live_link",)


def test_a_hold_keeps_it_until_it_is_lifted(world: World, case: Case) -> None:
    disposal = approved(world, case)
    hold = place_hold(case=case, by=world.lan, at=world.now, answers=HOLD)
    with pytest.raises(NotDisposable) as refusal:
        carry_out(disposal=disposal, by=None, at=world.now + WEEK)
    assert refusal.value.reasons == ("no_hold",)
    for name in ("lan", "pao", "kien"):
        with pytest.raises(Denied):
            lift_hold(hold=hold, by=getattr(world, name), at=world.now, answers={"lift_reason": "x"})
    lifted = lift_hold(hold=hold, by=world.mai, at=world.now, answers={"lift_reason": "Án đã xong."})
    with pytest.raises(Refused, match="hold_over"):
        lift_hold(hold=lifted, by=world.mai, at=world.now, answers={"lift_reason": "x"})
    assert carry_out(disposal=disposal, by=None, at=world.now + WEEK).state == "done"


def test_a_hold_ends_with_its_last_day(world: World, case: Case) -> None:
    day = world.now.date()
    with pytest.raises(InvalidInput):
        place_hold(case=case, by=world.mai, at=world.now, answers={**HOLD, "until": day - timedelta(days=2)})
    place_hold(case=case, by=world.mai, at=world.now, answers={**HOLD, "until": day + timedelta(days=3)})
    assert against(world, case) == ("no_hold",)
    assert asked(world, case, world.now + timedelta(days=5)).state == "asked"


# --- the periods, pure ---

CLOSED_ON = date(2026, 2, 28)


@pytest.mark.parametrize(
    ("facts", "code", "until"),
    [
        ({}, "case_file", date(2036, 2, 28)),
        ({"died": True}, "case_fatal", date(2046, 2, 28)),
        # Eighteen in 2033, and ten years more.
        ({"children": [PartialDate(2015, 5, 1)]}, "case_with_child", date(2043, 5, 1)),
        ({"children": [PartialDate(2015)]}, "case_with_child", date(2043, 12, 31)),
        ({"children": [PartialDate(2015), None]}, "case_with_child", date(2053, 1, 9)),
        ({"children": [PartialDate(2015)], "died": True}, "case_fatal", date(2046, 2, 28)),
    ],
)
def test_the_class_that_keeps_longest_counts(facts: dict[str, Any], code: str, until: date) -> None:
    found = retention.term(retention.Facts(opened_on=date(2025, 1, 9), closed_on=CLOSED_ON, **facts))
    assert found is not None
    assert (found.code, found.until) == (code, until)


def test_a_leap_day_gives_nobody_less_time() -> None:
    assert retention.years_after(date(2024, 2, 29), 10) == date(2034, 3, 1)
    assert retention.term(retention.Facts(date(2025, 1, 9), None)) is None


def test_the_last_day_still_counts() -> None:
    standing = retention.Standing(is_closed=True, holds=0, live_links=0, until=CLOSED_ON)
    for day, met in ((CLOSED_ON, False), (CLOSED_ON + timedelta(days=1), True)):
        found = {check.code: check.met for check in retention.checks(standing, ground="term_over", on=day)}
        assert found == {"closed": True, "no_hold": True, "no_live_link": True, "term_over": met}


def test_only_closed_leads_there(case: Case) -> None:
    assert case.state == CLOSED
