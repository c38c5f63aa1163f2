"""A report that is destroyed at the moment somebody does something with it."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction

from casework.base.refusals import Refused
from casework.disposal.actions import carry_out_of_report, place_report_hold, stop_report_disposal
from casework.disposal.models import ReportDisposal, ReportHold
from casework.encryption.models import DataKey
from casework.intake.models import Report
from tests.disposal.erasing import WEEK, ended_report, report_approved
from tests.disposal.test_verbs import HOLD
from tests.waiting import somebody_waits_for_us
from tests.world import World

STOP = {"stop_reason": "Còn cần cho Tòa án."}
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.role("keeper")]


def at_once(first: Callable[[], object], second: Callable[[], object]) -> None:
    """The second comes to its lock before the first has committed; what it is refused is raised here.

    A database in memory is one connection: there the second comes when the first has gone.
    """
    refused: list[Refused] = []

    def later() -> None:
        try:
            second()
        except Refused as error:
            refused.append(error)
        finally:
            if beside:
                connection.close()

    beside = connection.vendor == "postgresql"
    thread = threading.Thread(target=later)
    with transaction.atomic():
        first()
        if beside:
            thread.start()
            assert somebody_waits_for_us()
    thread.join() if beside else later()
    if refused:
        raise refused[0]


def key_of(report: Report) -> str:
    return str(DataKey.objects.get(scope_type="report", scope_id=report.pk).state)


def test_a_hold_that_is_placed_first_keeps_it(world: World) -> None:
    report = ended_report(world)
    disposal = report_approved(world, report)
    week = world.now + WEEK

    with pytest.raises(Refused) as refusal:
        at_once(
            lambda: place_report_hold(report=report, by=world.lan, at=week, answers=HOLD),
            lambda: carry_out_of_report(
                disposal=ReportDisposal.objects.everything(reason="test").get(pk=disposal.pk),
                by=None,
                at=week + timedelta(minutes=1),
            ),
        )

    assert refusal.value.reasons == ("no_hold",)
    assert key_of(report) == "active"
    assert ReportDisposal.objects.everything(reason="test").get(pk=disposal.pk).state == "approved"


@pytest.mark.parametrize("what", ["hold", "stop"])
def test_what_comes_while_it_is_destroyed_is_refused(world: World, what: str) -> None:
    report = ended_report(world)
    disposal = report_approved(world, report)
    week = world.now + WEEK
    # As they were read before: what a page that stood open sends.
    stood = Report.objects.everything(reason="test").get(pk=report.pk)
    running = ReportDisposal.objects.everything(reason="test").get(pk=disposal.pk)

    def late() -> object:
        if what == "hold":
            return place_report_hold(report=stood, by=world.lan, at=week, answers=HOLD)
        return stop_report_disposal(disposal=running, by=world.kien, at=week, answers=STOP)

    with pytest.raises(Refused):
        at_once(lambda: carry_out_of_report(disposal=disposal, by=None, at=week), late)

    assert key_of(report) == "destroyed"
    assert not ReportHold.objects.everything(reason="test").exists()
