"""The verbs of everyday work: a note, a contact, a step of the plan."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.access.principals import principal
from casework.base import clock
from casework.base.codes import codes
from casework.base.refusals import Refused
from casework.base.sheets import fill
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.deadlines.clocks import pull_reassessment, start_clock, stop_clock
from casework.organisations.models import User
from casework.plans.models import Contact, Note, PlanStep
from casework.plans.sheet import CONTACT, NOTE, STEP, STEP_RESULT

PULLED_TO = timedelta(hours=24)
UNREACHABLE_TIMES = 2


@command("note.write", target="case")
def write_note(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> Note:
    """Write a note; a confidential one stays in the author's agency.

    Raises Refused("time_in_future"), or Refused("mediation_level") for mediation where the danger is MEDIUM or more.
    """
    seat = principal(by, at).seats[0]
    note = Note(case=case, author=by, agency_id=seat.agency_id)
    changed = fill(note, NOTE, answers)
    _not_in_future(note.at, at)
    if note.kind == "mediation" and case.level and not codes("risk_level").row(case.level).flag("mediation_offered"):
        raise Refused(
            "mediation_level", _("Mediation is not offered while the level of danger is MEDIUM or above."), "kind"
        )
    note.save()
    tell(fields=changed, kind=note.kind, confidential=note.is_confidential)
    return note


@command("contact.record", target="case")
def record_contact(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> Contact:
    """Note a contact made or tried. Reaching her starts the next contact clock; twice in vain calls for a new assessment."""
    lifecycle.require_live(case.state)
    contact = Contact(case=case, author=by)
    changed = fill(contact, CONTACT, answers)
    _not_in_future(contact.at, at)
    outcome = codes("contact_outcome").row(contact.outcome)
    if contact.in_person and not outcome.flag("reached"):
        raise Refused("met_but_not_reached", _("She was met in person, so the result cannot be this."), "outcome")
    contact.save()
    if outcome.flag("reached"):
        stop_clock(case, "contact_due", at=at)
        hours = codes("risk_policy").row(case.level).integer("contact_hours") if case.level else None
        if hours is not None and case.state != lifecycle.SUPERVISED:
            start_clock(case, "contact_due", at=at, due_at=contact.at + timedelta(hours=hours))
    elif outcome.flag("unreachable") and _unreachable(case) >= UNREACHABLE_TIMES:
        pull_reassessment(case, due_at=at + PULLED_TO)
    tell(fields=changed, outcome=contact.outcome, in_person=contact.in_person)
    return contact


@command("plan.add_step", target="case")
def add_step(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> PlanStep:
    """Add a step to the plan; a step with a day has a clock."""
    lifecycle.require_live(case.state)
    step = PlanStep(case=case)
    changed = fill(step, STEP, answers)
    step.save()
    if step.due_on is not None:
        end = datetime.combine(step.due_on + timedelta(days=1), time(), tzinfo=clock.VIETNAM)
        start_clock(case, "plan_step_due", at=at, due_at=end, subject=step, user=step.who)
    tell(fields=changed, need=step.need)
    return step


@command("plan.finish_step", target="step")
def finish_step(*, step: PlanStep, by: User, at: datetime, answers: Mapping[str, object]) -> PlanStep:
    """Note that a step is done and with which of the six answers."""
    if step.done_on is not None:
        raise Refused("step_done", _("This step is already done."))
    changed = fill(step, STEP_RESULT, answers)
    if step.done_on is None or step.done_on > clock.local_date(at):
        raise Refused("time_in_future", _("This day is still to come."), "done_on")
    step.save()
    stop_clock(step.case, "plan_step_due", at=at, subject=step)
    tell(fields=changed, result=step.result)
    return step


def _not_in_future(moment: datetime, at: datetime) -> None:
    if moment > at:
        raise Refused("time_in_future", _("This time is still to come."), "at")


def _unreachable(case: Case) -> int:
    """How many of the latest contacts in a row found nobody."""
    times = 0
    for contact in Contact.objects.everything(reason="attempts in a row").filter(case=case).order_by("-at"):
        if not codes("contact_outcome").row(contact.outcome).flag("unreachable"):
            break
        times += 1
    return times
