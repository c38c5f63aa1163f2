"""A report that never became a case: who asks and who agrees, when it goes, what keeps it, and what goes with it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from casework.base import clock
from casework.base.refusals import Denied, Erased, InvalidInput, NotVisible, Refused
from casework.cases.models import Case
from casework.disposal import retention
from casework.disposal.actions import (
    KeptWithAnother,
    NotDisposable,
    NotRunning,
    approve_report_disposal,
    carry_out_of_report,
    lapse_report_disposal,
    lift_report_hold,
    place_report_hold,
    refuse_report_disposal,
    request_report_disposal,
    stop_report_disposal,
)
from casework.disposal.models import ReportDisposal
from casework.disposal.queries import due, kept_with, term_of, unanswered
from casework.intake.actions import add_to_report, assign_report, screen_out
from casework.intake.models import Report
from tests.disposal.erasing import (
    AGREED,
    HER_WISH,
    WEEK,
    ended_report,
    erased,
    repeated,
    report_approved,
    report_asked,
    report_erased,
)
from tests.disposal.test_verbs import HOLD, case, closed
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.role("keeper")]
# Fixtures of this module.
__all__ = ["case", "closed"]

MINUTE = timedelta(minutes=1)
STOP = {"stop_reason": "Còn cần cho Tòa án."}
SEALED = [{"role": "perpetrator", "full_name": "Lường Văn Cán", "official_kind": "police"}]


@pytest.fixture
def report(world: World) -> Report:
    return ended_report(world)


def rows() -> Any:
    return ReportDisposal.objects.everything(reason="test")


# --- two people ---


def test_who_asked_cannot_agree_nor_refuse(world: World, report: Report) -> None:
    disposal = report_asked(world, report)
    for verb in (approve_report_disposal, refuse_report_disposal):
        with pytest.raises(Denied):
            verb(disposal=disposal, by=world.mai, at=world.now, answers=AGREED)


def test_the_database_knows_two_people_and_seven_days_too(world: World, report: Report) -> None:
    disposal = report_asked(world, report)
    now, soon = world.now, world.now + WEEK - MINUTE
    agreed = {"decided_by": world.kien, "decided_at": now}
    for values, constraint in (
        ({"decided_by": world.mai}, "reportdisposal_two_people"),
        ({"state": "approved"}, "reportdisposal_cool_off"),
        ({"state": "approved", **agreed, "due_at": soon}, "reportdisposal_cool_off"),
        (
            {"state": "done", **agreed, "due_at": now + WEEK, "done_at": soon},
            "reportdisposal_done_when_due",
        ),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            rows().filter(pk=disposal.pk).update(**values)
    with pytest.raises(IntegrityError, match=r"reportdisposal_one_running|UNIQUE"), transaction.atomic():
        ReportDisposal(
            report=report,
            ground="term_over",
            retention_class="report_not_dv",
            kept_until=world.now.date(),
            requested_by=world.kien,
            requested_at=now,
        ).save()


def test_it_is_asked_for_once(world: World, report: Report) -> None:
    report_asked(world, report)
    with pytest.raises(Refused, match="disposal_runs"):
        report_asked(world, report)


@pytest.mark.parametrize("name", ["lan", "pao"])
def test_who_worked_on_it_or_decides_neither_asks_nor_agrees(world: World, report: Report, name: str) -> None:
    somebody = getattr(world, name)
    with pytest.raises(Denied):
        request_report_disposal(report=report, by=somebody, at=world.now, answers=HER_WISH)
    disposal = report_asked(world, report)
    for verb in (approve_report_disposal, refuse_report_disposal):
        with pytest.raises(Denied):
            verb(disposal=disposal, by=somebody, at=world.now, answers=AGREED)


@pytest.mark.parametrize("name", ["minh", "dung", "hoa", "yen", "tuan", "son"])
def test_who_has_no_part_finds_nothing(world: World, report: Report, name: str) -> None:
    disposal, somebody = report_asked(world, report), getattr(world, name)
    hold = place_report_hold(report=report, by=world.mai, at=world.now, answers=HOLD)
    for act in (
        lambda: request_report_disposal(report=report, by=somebody, at=world.now, answers=HER_WISH),
        lambda: approve_report_disposal(disposal=disposal, by=somebody, at=world.now, answers=AGREED),
        lambda: refuse_report_disposal(disposal=disposal, by=somebody, at=world.now, answers=AGREED),
        lambda: stop_report_disposal(disposal=disposal, by=somebody, at=world.now, answers=STOP),
        lambda: place_report_hold(report=report, by=somebody, at=world.now, answers=HOLD),
        lambda: lift_report_hold(hold=hold, by=somebody, at=world.now, answers={"lift_reason": "x"}),
    ):
        with pytest.raises(NotVisible):
            act()


def test_the_chair_of_the_commune_finds_nothing_of_a_report_kept_from_it(world: World) -> None:
    told = world.report(people=SEALED)
    report = assign_report(report=told, by=world.mai, at=world.now, user=world.lan)
    report = screen_out(report=report, by=world.lan, at=world.now, result="not_dv", reason="Không phải.")
    disposal = report_asked(world, report)
    for act in (
        lambda: stop_report_disposal(disposal=disposal, by=world.pao, at=world.now, answers=STOP),
        lambda: place_report_hold(report=report, by=world.pao, at=world.now, answers=HOLD),
    ):
        with pytest.raises(NotVisible):
            act()
    assert (
        stop_report_disposal(disposal=disposal, by=world.lan, at=world.now, answers=STOP).state == "stopped"
    )


def test_nobody_carries_it_out_by_hand(world: World, report: Report) -> None:
    disposal: Any = report_approved(world, report)
    verbs: tuple[Callable[..., Any], ...] = (carry_out_of_report, lapse_report_disposal)
    for verb in verbs:
        for somebody in (world.mai, world.kien):
            with pytest.raises(Denied):
                verb(disposal=disposal, by=somebody, at=world.now + WEEK)


# --- when ---


def test_it_waits_seven_days_to_the_minute(world: World, report: Report) -> None:
    disposal = report_approved(world, report)
    assert due(world.now + WEEK - MINUTE) == []
    with pytest.raises(Refused, match="cooling_off"):
        carry_out_of_report(disposal=disposal, by=None, at=world.now + WEEK - MINUTE)
    assert [one.pk for one in due(world.now + WEEK)] == [disposal.pk]
    done = carry_out_of_report(disposal=disposal, by=None, at=world.now + WEEK)
    report.refresh_from_db()
    assert (done.state, report.erased_at) == ("done", world.now + WEEK)
    with pytest.raises(Erased):
        carry_out_of_report(disposal=done, by=None, at=world.now + WEEK)


@pytest.mark.parametrize("name", ["lan", "pao", "mai", "kien"])
def test_until_then_it_can_be_stopped(world: World, report: Report, name: str) -> None:
    disposal, late = report_approved(world, report), world.now + WEEK - MINUTE
    stopped = stop_report_disposal(disposal=disposal, by=getattr(world, name), at=late, answers=STOP)
    assert stopped.state == "stopped"
    with pytest.raises(NotRunning):
        carry_out_of_report(disposal=stopped, by=None, at=world.now + WEEK)
    with pytest.raises(NotRunning):
        stop_report_disposal(disposal=stopped, by=world.mai, at=world.now + WEEK, answers=STOP)
    assert report_asked(world, report, world.now + WEEK).state == "asked"


def test_an_answer_that_comes_late_is_none(world: World, report: Report) -> None:
    disposal = report_asked(world, report)
    late = world.now + timedelta(hours=24)
    with pytest.raises(Refused, match="answered_too_late"):
        approve_report_disposal(disposal=disposal, by=world.kien, at=late, answers=AGREED)
    with pytest.raises(Refused, match="stands"):
        lapse_report_disposal(disposal=disposal, by=None, at=late - MINUTE)
    assert unanswered(late - MINUTE) == []
    assert [one.pk for one in unanswered(late)] == [disposal.pk]
    assert lapse_report_disposal(disposal=disposal, by=None, at=late).state == "lapsed"


def test_an_answer_is_given_once(world: World, report: Report) -> None:
    asked = report_asked(world, report)
    disposal = refuse_report_disposal(disposal=asked, by=world.kien, at=world.now, answers=AGREED)
    assert disposal.state == "refused"
    with pytest.raises(NotRunning):
        approve_report_disposal(disposal=disposal, by=world.kien, at=world.now, answers=AGREED)


def test_what_was_agreed_to_is_all_that_goes(world: World, report: Report) -> None:
    """Somebody told it once more after two people had looked: the request lapses, and is asked again."""
    disposal = report_asked(world, report)
    repeated(world, report, at=world.now)
    with pytest.raises(Refused, match="changed_since_asked"):
        approve_report_disposal(disposal=disposal, by=world.kien, at=world.now, answers=AGREED)
    stop_report_disposal(disposal=disposal, by=world.mai, at=world.now, answers=STOP)
    again = report_approved(world, report)
    repeated(world, report, at=world.now)
    with pytest.raises(NotRunning):
        carry_out_of_report(disposal=again, by=None, at=world.now + WEEK)
    assert lapse_report_disposal(disposal=again, by=None, at=world.now + WEEK).state == "lapsed"


# --- what stands against it ---


def against(world: World, report: Report, **how: Any) -> tuple[str, ...]:
    with pytest.raises(NotDisposable) as refusal:
        report_asked(world, report, **how)
    return tuple(refusal.value.reasons)


@pytest.mark.parametrize(
    ("result", "code", "years"),
    [("not_dv", "report_not_dv", 2), ("criminal_procedure", "report_criminal", 10)],
)
def test_before_its_time_only_she_may_ask(world: World, result: str, code: str, years: int) -> None:
    report = ended_report(world, result=result)
    term, ended_on = term_of(report), clock.local_date(world.at(days=2))
    assert term is not None
    assert (term.code, term.is_confirmed) == (code, False)
    assert term.until == retention.years_after(ended_on, years)
    assert against(world, report, ground="term_over") == ("term_over",)
    later = world.now + timedelta(days=366 * years)
    assert report_asked(world, report, later, ground="term_over").kept_until == term.until


def test_the_last_day_still_counts() -> None:
    until = date(2028, 3, 1)
    standing = retention.ReportStanding(is_ended=True, cases=0, holds=0, until=until)
    for day, met in ((until, False), (until + timedelta(days=1), True)):
        found = {check.code: check.met for check in retention.checks(standing, ground="term_over", on=day)}
        assert found == {"ended": True, "no_case": True, "no_hold": True, "term_over": met}


def test_only_an_end_without_a_case_has_a_time() -> None:
    assert retention.report_term("not_dv", None) is None
    for result in ("", "new_case", "joins_case", "duplicate", "other_commune"):
        assert retention.report_term(result, date(2026, 3, 1)) is None


def test_a_report_somebody_still_looks_into_stays(world: World) -> None:
    report = world.assigned_report()
    assert "ended" in against(world, report)
    with pytest.raises(Refused, match="triage_runs"):
        place_report_hold(report=report, by=world.lan, at=world.now, answers=HOLD)


def test_a_report_of_a_case_goes_with_the_case(world: World) -> None:
    case = world.case()
    report = Report.objects.everything(reason="test").get(case_link__case=case)
    assert kept_with(report) == case
    with pytest.raises(KeptWithAnother):
        report_asked(world, report)
    with pytest.raises(KeptWithAnother):
        place_report_hold(report=report, by=world.mai, at=world.now, answers=HOLD)


def test_a_report_that_repeats_another_goes_with_it(world: World, report: Report) -> None:
    again = repeated(world, report)
    assert kept_with(again) == report
    with pytest.raises(KeptWithAnother):
        report_asked(world, again)
    with pytest.raises(KeptWithAnother):
        place_report_hold(report=again, by=world.mai, at=world.now, answers=HOLD)
    report_erased(world, report)
    again.refresh_from_db()
    assert again.erased_at == world.now + WEEK


def test_a_repeat_of_a_report_of_a_case_goes_with_the_case(world: World, case: Case) -> None:
    first = Report.objects.everything(reason="test").get(case_link__case=case)
    again = repeated(world, first, at=world.at(hours=30))
    assert kept_with(again) == case
    with pytest.raises(KeptWithAnother):
        report_asked(world, again)
    erased(world, case)
    again.refresh_from_db()
    assert again.is_erased


def test_nothing_begins_to_repeat_what_was_destroyed(world: World, report: Report) -> None:
    """It would have no way to be destroyed: what it went with is gone already."""
    report_erased(world, report)
    other = world.assigned_report(at=world.now)
    with pytest.raises(InvalidInput):
        screen_out(
            report=other, by=world.lan, at=world.now, result="duplicate", reason="x", duplicate_of=report.pk
        )


def test_a_hold_keeps_it_until_it_is_lifted(world: World, report: Report) -> None:
    disposal = report_approved(world, report)
    hold = place_report_hold(report=report, by=world.lan, at=world.now, answers=HOLD)
    with pytest.raises(NotDisposable) as refusal:
        carry_out_of_report(disposal=disposal, by=None, at=world.now + WEEK)
    assert refusal.value.reasons == ("no_hold",)
    with pytest.raises(Refused, match="stands"):
        lapse_report_disposal(disposal=disposal, by=None, at=world.now + WEEK)
    for name in ("lan", "pao", "kien"):
        with pytest.raises(Denied):
            lift_report_hold(hold=hold, by=getattr(world, name), at=world.now, answers={"lift_reason": "x"})
    lifted = lift_report_hold(hold=hold, by=world.mai, at=world.now, answers={"lift_reason": "Án đã xong."})
    with pytest.raises(Refused, match="hold_over"):
        lift_report_hold(hold=lifted, by=world.mai, at=world.now, answers={"lift_reason": "x"})
    assert carry_out_of_report(disposal=disposal, by=None, at=world.now + WEEK).state == "done"


def test_a_hold_ends_with_its_last_day(world: World, report: Report) -> None:
    day = world.now.date()
    with pytest.raises(InvalidInput):
        place_report_hold(
            report=report, by=world.mai, at=world.now, answers={**HOLD, "until": day - timedelta(days=2)}
        )
    answers = {**HOLD, "until": day + timedelta(days=3)}
    place_report_hold(report=report, by=world.pao, at=world.now, answers=answers)
    assert against(world, report) == ("no_hold",)
    assert report_asked(world, report, world.now + timedelta(days=5)).state == "asked"


def test_nothing_is_done_to_it_any_more(world: World, report: Report) -> None:
    report = report_erased(world, report)
    for act in (
        lambda: add_to_report(report=report, by=world.lan, at=world.now, text="Thêm."),
        lambda: report_asked(world, report),
        lambda: place_report_hold(report=report, by=world.mai, at=world.now, answers=HOLD),
    ):
        with pytest.raises(Erased):
            act()
