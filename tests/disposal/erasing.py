"""A closed case with something of everything in it, and the way to its being destroyed."""

from datetime import datetime, timedelta
from typing import Any

from casework.cases.models import Case
from casework.closure.actions import approve_closing, finish_closing, request_closing
from casework.disposal.actions import (
    approve_disposal,
    approve_report_disposal,
    carry_out,
    carry_out_of_report,
    request_disposal,
    request_report_disposal,
)
from casework.disposal.models import Disposal, ReportDisposal
from casework.intake.actions import screen_out
from casework.intake.models import Report
from casework.organisations.models import Area
from casework.people.models import Person
from casework.plans.actions import record_contact, write_note
from casework.referrals.actions import give_consent
from casework.risk import instruments
from casework.risk.actions import BASELINE, assess_risk
from casework.risk.vocabulary import Answer
from casework.statistics.figures import PREDICATES, Window, figures
from casework.statistics.queries import facts_of
from tests.attachments.making import attach
from tests.referrals.sharing import Sharing
from tests.world import World

CLOSING = {
    "reason": "safe_goals_met",
    "outcomes": ["safe_together"],
    "her_wish": "Chị Mẫu đồng ý kết thúc.",
    "findable": "yes",
}
HER_WISH = {"ground": "subject_request", "reason": "Chị Mẫu gửi đơn yêu cầu xóa."}
AGREED = {"remarks": "Đã đối chiếu đơn."}
WEEK = timedelta(days=7)


def closed_case(world: World, case: Case | None = None) -> Case:
    """Lan's case, with a note, a file and a consent in it, through supervised closure to its end."""
    case = case or world.case(at=world.at(days=2))
    record_contact(case=case, by=world.lan, at=world.at(hours=20), answers=met(world.at(hours=20)))
    note = {"kind": "visit", "at": world.at(hours=19), "text": "Chị Mẫu kể lại ở nhà."}
    write_note(case=case, by=world.lan, at=world.at(hours=19), answers=note)
    attach(world, case, at=world.at(hours=18))
    consented(world, case)
    for hours in (17, 2, 1):
        assess(world, case, world.at(hours=hours))
        if hours == 17:
            closing = request_closing(case=case, by=world.lan, at=world.at(hours=16), answers=CLOSING)
            remarks = {"remarks": "Đủ điều kiện."}
            closing = approve_closing(closing=closing, by=world.mai, at=world.at(hours=15), answers=remarks)
    return finish_closing(closing=closing, by=world.mai, at=world.at(minutes=30)).case


def met(at: datetime) -> dict[str, Any]:
    return {"at": at, "channel": "visit", "outcome": "reached", "in_person": True}


def consented(world: World, case: Case) -> None:
    sharing = Sharing(world, case)
    give_consent(case=case, by=world.lan, at=world.at(hours=18), answers=sharing.answers())


def assess(world: World, case: Case, at: datetime) -> None:
    items = instruments.instrument(BASELINE).items
    answers = {item.key: Answer("no", "victim") for item in items}
    assess_risk(case=case, by=world.lan, at=at, instrument=BASELINE, answers=answers)


def asked(world: World, case: Case, at: datetime | None = None, **answers: Any) -> Disposal:
    return request_disposal(case=case, by=world.mai, at=at or world.now, answers={**HER_WISH, **answers})


def approved(world: World, case: Case, at: datetime | None = None) -> Disposal:
    disposal = asked(world, case, at)
    return approve_disposal(disposal=disposal, by=world.kien, at=at or world.now, answers=AGREED)


def erased(world: World, case: Case) -> Case:
    """The case as it is a week after two people agreed."""
    return carry_out(disposal=approved(world, case), by=None, at=world.now + WEEK).case


def everybody(case: Case) -> list[Person]:
    rows = Person.objects.everything(reason="test").filter(participations__case=case)
    return list(rows.distinct().order_by("pk"))


def counted(area: Area, window: Window) -> dict[str, int]:
    """Every figure of the return."""
    return figures(list(PREDICATES), facts_of(area, window))


# --- a report that never became a case ---


def ended_report(world: World, at: datetime | None = None, result: str = "not_dv", **answers: Any) -> Report:
    """A report about a beating that Lan looked into, and ended without a case."""
    at = at or world.at(days=2)
    report = world.assigned_report(at=at, **answers)
    why = "Hai hàng xóm xô xát, không phải người một nhà."
    return screen_out(report=report, by=world.lan, at=at, result=result, reason=why)


def repeated(world: World, report: Report, at: datetime | None = None) -> Report:
    """The same told once more, by somebody else."""
    at = at or world.at(days=1)
    again = world.assigned_report(at=at, reporter_name="Người Báo Lại")
    why = "Cùng một việc."
    return screen_out(report=again, by=world.lan, at=at, result="duplicate", reason=why, duplicate_of=report)


def report_asked(world: World, report: Report, at: datetime | None = None, **answers: Any) -> ReportDisposal:
    return request_report_disposal(
        report=report, by=world.mai, at=at or world.now, answers={**HER_WISH, **answers}
    )


def report_approved(world: World, report: Report, at: datetime | None = None) -> ReportDisposal:
    disposal = report_asked(world, report, at)
    return approve_report_disposal(disposal=disposal, by=world.kien, at=at or world.now, answers=AGREED)


def report_erased(world: World, report: Report) -> Report:
    """The report as it is a week after two people agreed."""
    carry_out_of_report(disposal=report_approved(world, report), by=None, at=world.now + WEEK)
    return Report.objects.everything(reason="test").get(pk=report.pk)
