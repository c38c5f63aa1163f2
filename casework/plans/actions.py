"""The verbs of everyday work: a note, a contact, a step of the plan, the safety plan."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.access.decisions import may
from casework.access.principals import principal
from casework.base import clock
from casework.base.codes import codes
from casework.base.refusals import NotVisible, Refused, Stale
from casework.base.sheets import fill
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.deadlines.clocks import pull_reassessment, start_clock, stop_clock
from casework.organisations.models import User
from casework.organisations.roles import bases
from casework.plans.models import Contact, Note, PlanStep, SafetyPlan
from casework.plans.queries import end_of_day
from casework.plans.sheet import CONTACT, NOTE, SAFETY_PLAN, STEP, STEP_RESULT

UNREACHABLE_TIMES = 2


@command("note.write", target="case")
def write_note(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> Note:
    """Write a note; a confidential one stays in the author's agency.

    Raises Refused("time_in_future"), or Refused("mediation_level") for mediation where the danger is MEDIUM or more.
    """
    note = Note(case=case, author=by, agency_id=_own_agency(case, by, at))
    changed = fill(note, NOTE, answers)
    _not_in_future(note.at, at)
    if (
        note.kind == "mediation"
        and case.level
        and not codes("risk_level").row(case.level).flag("mediation_offered")
    ):
        raise Refused(
            "mediation_level",
            _("Mediation is not offered while the level of danger is MEDIUM or above."),
            "kind",
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
        raise Refused(
            "met_but_not_reached", _("She was met in person, so the result cannot be this."), "outcome"
        )
    contact.save()
    if outcome.flag("reached"):
        if not _reached_since(contact):
            _start_next_contact(case, contact, at=at)
    elif outcome.flag("unreachable") and _unreachable(case) >= UNREACHABLE_TIMES:
        pull_reassessment(case, since=at)
    tell(fields=changed, outcome=contact.outcome, in_person=contact.in_person)
    return contact


@command("plan.add_step", target="case")
def add_step(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> PlanStep:
    """Add a step to the plan; a step with a day has a clock.

    Raises CaseNotLive, or Refused("cannot_see_case") for somebody to whom the case does not exist.
    """
    lifecycle.require_live(case.state)
    step = PlanStep(case=case)
    changed = fill(step, STEP, answers)
    if step.who is not None and not may(step.who, "case.view", case, at=at):
        raise Refused("cannot_see_case", _("This person does not work on the case."), "who")
    step.save()
    if step.due_on is not None:
        start_clock(case, "plan_step_due", at=at, due_at=end_of_day(step.due_on), subject=step, user=step.who)
    tell(fields=changed, need=step.need)
    return step


@command("plan.finish_step", target="step")
def finish_step(*, step: PlanStep, by: User, at: datetime, answers: Mapping[str, object]) -> PlanStep:
    """Note that a step is done and with which of the six answers.

    Raises Refused("step_done") and Refused("time_in_future"). A closed case does not stand in the way.
    """
    if step.done_on is not None:
        raise Refused("step_done", _("This step is already done."))
    changed = fill(step, STEP_RESULT, answers)
    if step.done_on is not None and step.done_on > clock.local_date(at):
        raise Refused("time_in_future", _("This day is still to come."), "done_on")
    step.save()
    stop_clock(step.case, "plan_step_due", at=at, subject=step)
    tell(fields=changed, result=step.result)
    return step


@command("plan.write_safety", target="case", row="plan")
def write_safety_plan(
    *, case: Case, by: User, at: datetime, answers: Mapping[str, object], plan: SafetyPlan | None = None
) -> SafetyPlan:
    """Write down the safety plan made with her, or revise the one there is.

    plan: what stood there before, when the user has seen it. Raises CaseNotLive, NotVisible for a plan of another case,
    Stale when somebody wrote one meanwhile, or Refused("time_in_future").
    """
    lifecycle.require_live(case.state)
    if plan is None:
        if SafetyPlan.objects.everything(reason="one plan for a case").filter(case=case).exists():
            raise Stale
        plan = SafetyPlan(case=case)
    elif plan.case_id != case.pk:
        raise NotVisible
    changed = fill(plan, SAFETY_PLAN, answers)
    if plan.revised_on > clock.local_date(at):
        raise Refused("time_in_future", _("This day is still to come."), "revised_on")
    plan.save()
    tell(fields=changed)
    return plan


def _not_in_future(moment: datetime, at: datetime) -> None:
    if moment > at:
        raise Refused("time_in_future", _("This time is still to come."), "at")


def _own_agency(case: Case, by: User, at: datetime) -> UUID:
    """The agency in which the author writes: the unit in charge if they work there, else the one that lets them."""
    seats = [seat for seat in principal(by, at).seats if bases("note.write", seat.role)]
    mine = [seat.agency_id for seat in seats]
    return case.unit_id if case.unit_id in mine else mine[0]


def _reached_since(contact: Contact) -> bool:
    """Whether a contact written down earlier was later than this one: then the clock already runs from there."""
    later = Contact.objects.everything(reason="the latest time she was reached").filter(
        case_id=contact.case_id, at__gt=contact.at
    )
    return any(
        codes("contact_outcome").row(outcome).flag("reached")
        for outcome in later.values_list("outcome", flat=True)
    )


def _start_next_contact(case: Case, contact: Contact, *, at: datetime) -> None:
    stop_clock(case, "contact_due", at=at)
    if case.level and case.state != lifecycle.SUPERVISED:
        start_clock(case, "contact_due", at=at, since=contact.at, variant=case.level)


def _unreachable(case: Case) -> int:
    """How often nobody was found since she was last reached; a message left reaches nobody, and ends nothing."""
    times = 0
    tried = Contact.objects.everything(reason="attempts since she was last reached").filter(case=case)
    for outcome in tried.order_by("-at", "-created_at").values_list("outcome", flat=True):
        row = codes("contact_outcome").row(outcome)
        if row.flag("reached"):
            break
        times += row.flag("unreachable")
    return times
