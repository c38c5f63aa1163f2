"""The verbs of closing: asked for, reviewed by a second person, supervised, finished, re-opened."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.base.codes import codes
from casework.base.dates import add_months
from casework.base.refusals import Denied, Refused
from casework.base.sheets import fill
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.closure import checklist, sheet
from casework.closure.models import Closing
from casework.closure.queries import facts_of, levels_newest_first
from casework.deadlines.clocks import due_of, start_clock, stop_all, stop_clock
from casework.organisations.models import User


class ChecklistNotMet(Refused):
    """Something still stands against closing; `reasons` are the codes of the list `closing_check`."""

    def __init__(self, against: list[checklist.Check]) -> None:
        labels = "; ".join(codes("closing_check").label(check.code) for check in against)
        super().__init__("checklist_not_met", _("Not yet met: %(what)s.") % {"what": labels})
        self.reasons = tuple(check.code for check in against)


@command("closing.request", target="case")
def request_closing(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> Closing:
    """Ask for the case to be closed; a second person reviews it within 72 hours.

    Raises IllegalMove, or ChecklistNotMet while a measure runs, a clock is missed, a referral is open or nobody met her.
    """
    to = lifecycle.moved(case.state, "closing.request")
    closing = Closing(case=case, requested_by=by, requested_at=at)
    changed = fill(closing, sheet.CLOSING, answers)
    _check(closing, at=at)
    closing.save()
    case.state = to
    case.save()
    start_clock(case, "closing_review", at=at, subject=closing)
    tell(fields=changed, reason_code=closing.reason)
    return closing


@command("closing.approve", target="closing")
def approve_closing(*, closing: Closing, by: User, at: datetime, answers: Mapping[str, object]) -> Closing:
    """A second person agrees: the case goes into supervised closure, re-assessed monthly for six months.

    Raises Denied for whoever asked, IllegalMove, or ChecklistNotMet when something changed meanwhile.
    """
    case = closing.case
    to = lifecycle.moved(case.state, "closing.approve")
    _require_second(closing, by)
    _check(closing, at=at)
    fill(closing, sheet.REVIEW, answers)
    closing.state = "approved"
    closing.reviewed_by = by
    closing.reviewed_at = at
    closing.supervised_until = due_of(case, "supervised_end", at)
    closing.save()
    case.state = to
    case.save()
    stop_all(case, at=at)
    start_clock(case, "supervised_reassess", at=at)
    start_clock(case, "supervised_end", at=at, due_at=closing.supervised_until, subject=closing)
    tell(fields=["remarks"])
    return closing


@command("closing.send_back", target="closing")
def send_closing_back(*, closing: Closing, by: User, at: datetime, answers: Mapping[str, object]) -> Closing:
    """A second person does not agree: the case goes back to work with their remarks."""
    case = closing.case
    to = lifecycle.moved(case.state, "closing.send_back")
    _require_second(closing, by)
    fill(closing, sheet.REVIEW, answers)
    closing.state = "sent_back"
    closing.reviewed_by = by
    closing.reviewed_at = at
    closing.save()
    case.state = to
    case.save()
    stop_clock(case, "closing_review", at=at, subject=closing)
    tell(fields=["remarks"])
    return closing


@command("closing.extend", target="closing")
def extend_supervision(*, closing: Closing, by: User, at: datetime, answers: Mapping[str, object]) -> Closing:
    """Supervised closure goes on for three months more; twice at most.

    Raises IllegalMove unless the case is under supervision, or Refused("extended_twice").
    """
    until = closing.supervised_until
    if closing.case.state != lifecycle.SUPERVISED or closing.state != "approved" or until is None:
        raise lifecycle.IllegalMove
    if closing.extended_times >= checklist.EXTENSIONS:
        raise Refused(
            "extended_twice",
            _("Supervision was extended twice already. Finish it, or take the case up again."),
        )
    changed = fill(closing, sheet.EXTENSION, answers)
    closing.supervised_until = add_months(max(until, at), checklist.EXTENDED_BY_MONTHS)
    closing.extended_times += 1
    closing.save()
    start_clock(closing.case, "supervised_end", at=at, due_at=closing.supervised_until, subject=closing)
    tell(fields=changed, times=closing.extended_times)
    return closing


@command("closing.finish", target="closing")
def finish_closing(*, closing: Closing, by: User, at: datetime) -> Closing:
    """Supervised closure ends: its time is over, or two assessments in a row were LOW.

    Raises IllegalMove, Refused("still_supervised"), or Refused("still_in_danger") at the level HIGH or EXTREME.
    """
    case = closing.case
    to = lifecycle.moved(case.state, "closing.finish")
    if closing.state != "approved" or closing.reviewed_at is None or closing.supervised_until is None:
        raise lifecycle.IllegalMove
    levels = levels_newest_first(case, since=closing.reviewed_at)
    if at < closing.supervised_until and not checklist.two_low(levels):
        raise Refused(
            "still_supervised",
            _("Supervised closure ends after its six months, or after two assessments in a row at LOW."),
        )
    if case.level in checklist.NEVER_CLOSED_AT:
        raise Refused(
            "still_in_danger",
            _(
                "At this level of danger a case is not closed: extend the supervision, or take the case up again."
            ),
        )
    closing.state = "finished"
    closing.finished_at = at
    closing.save()
    case.state = to
    case.closed_at = at
    case.save()
    stop_all(case, at=at)
    return closing


@command("case.reopen", target="case")
def reopen_case(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> Case:
    """Take a closed case up again with its history; within 12 months it starts at MEDIUM or above.

    answers: the sheet REOPENING. Raises IllegalMove.
    """
    case.state = lifecycle.moved(case.state, "case.reopen")
    for closing in Closing.objects.everything(reason="the closing is undone").filter(
        case=case, state__in=["approved", "finished"]
    ):
        if closing.finished_at is None or lifecycle.is_repeat_soon(closing.finished_at, at):
            case.level = case.level if case.level in {"MEDIUM", "HIGH", "EXTREME"} else "MEDIUM"
            case.level_at = at
        closing.state = "reopened"
        closing.save()
    case.closed_at = None
    case.save()
    stop_all(case, at=at)
    start_clock(case, "risk_reassess", at=at, variant="event")
    tell(reason_code=str(answers["reason"]), reason=str(answers["remarks"]))
    return case


def _check(closing: Closing, *, at: datetime) -> None:
    facts = facts_of(closing.case, at=at, wish_recorded=bool(closing.her_wish.strip()))
    found = checklist.checks(facts, reason=closing.reason, at=at)
    closing.checklist = [{"code": check.code, "met": check.met} for check in found]
    if against := checklist.blocking(found):
        raise ChecklistNotMet(against)


def _require_second(closing: Closing, by: User) -> None:
    if closing.requested_by_id == by.pk or closing.case.lead_id == by.pk:
        raise Denied
