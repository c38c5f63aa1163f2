"""The verbs of the child procedure: started, decided, a child kept apart, assessed, planned for, reviewed, closed.

Each article is one of Decree 56/2017/NĐ-CP.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.base import clock
from casework.base.dates import midnight
from casework.base.models import RegisterEntry
from casework.base.refusals import Denied, Message, NotVisible, Refused
from casework.base.registers import number_decision
from casework.base.sheets import fill
from casework.cases import lifecycle
from casework.cases.models import Case, Participant
from casework.cases.queries import seat_for
from casework.children import queries, sheet, terms
from casework.children.models import ChildAssessment, ChildPlan, ChildProcedure, ChildSeparation
from casework.deadlines.clocks import due_of, start_clock, stop_clock
from casework.organisations.models import User
from casework.risk.models import RiskAssessment

DECIDE, PLAN_DUE, APART, REVIEW_DUE = "child_decide", "child_plan", "child_separation_end", "child_review"
# What a severe form 02 starts where no procedure has its own 12 hours.
OF_THE_FORM = "child_emergency"


class WrongStep(Refused):
    """The procedure has not come so far, or is past it."""

    def __init__(self, message: Message | None = None) -> None:
        super().__init__(
            "child_step",
            message
            or _(
                "The procedure does not stand where this can be done (Decree 56/2017/NĐ-CP, Art. 26 to 30)."
            ),
        )


# --- the information and the 12 hours ---


@command("child.start", target="case")
def start_procedure(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> ChildProcedure:
    """Start the procedure for one child; the chair's 12 hours run from the information (Art. 26(3)).

    answers: participant is the child's part in the case. Raises CaseNotLive, NotVisible for somebody of another case,
    Refused("not_a_child"), Refused("already_running") or Refused("time_in_future").
    """
    lifecycle.require_live(case.state)
    child = _child_of(case, answers["participant"], at=at)
    if (
        ChildProcedure.objects.everything(reason="one procedure at a time for a child")
        .filter(child=child)
        .exclude(state=ChildProcedure.CLOSED)
        .exists()
    ):
        raise Refused("already_running", _("A procedure for this child is already running."), "participant")
    procedure = ChildProcedure(case=case, child=child)
    changed = fill(procedure, sheet.START, answers)
    _not_in_future(procedure.received_at, at, "received_at")
    procedure.decide_by = due_of(case, DECIDE, procedure.received_at) or procedure.received_at
    procedure.save()
    start_clock(
        case, DECIDE, at=at, since=procedure.received_at, due_at=procedure.decide_by, subject=procedure
    )
    # The same duty counted from the signing of a form: the earlier information holds.
    _stop_clock_of_forms(procedure, at=at)
    tell(fields=changed, source=procedure.source)
    return procedure


@command("child.decide", target="procedure")
def decide(
    *, procedure: ChildProcedure, by: User, at: datetime, answers: Mapping[str, object]
) -> ChildProcedure:
    """The chair decides on an emergency intervention, or that none is needed (Art. 26(3), 31); late is not void.

    An intervention has the next number of the register of decisions, unless it was signed on paper; that none is needed
    has one only on paper. Raises CaseNotLive, WrongStep, NumberTaken, Refused("use_separation"), or what the decree
    refuses.
    """
    _require(procedure, ChildProcedure.RECEIVED)
    changed = fill(procedure, sheet.DECISION, answers)
    if procedure.decision == ChildProcedure.SEPARATION:
        raise Refused(
            "use_separation",
            _("A separation names its place and term: decide it as a temporary separation (Art. 32)."),
            "decision",
        )
    terms.check_decision(
        procedure.decision,
        procedure.dangers,
        has_first_form=queries.newest_form(procedure, queries.FIRST_FORM),
    )
    if procedure.decision == ChildProcedure.EMERGENCY or procedure.number or procedure.signed_on_paper:
        procedure.entry = _number(procedure, "child.decide", by=by, at=at)
    _decided(procedure, by=by, at=at)
    tell(
        fields=changed,
        decision=procedure.decision,
        number=procedure.number,
        late_minutes=_late_minutes(procedure),
    )
    return procedure


# --- apart from parents or carers ---


@command("child.separate", target="procedure")
def separate(
    *, procedure: ChildProcedure, by: User, at: datetime, answers: Mapping[str, object]
) -> ChildSeparation:
    """The chair keeps the child apart for 15 days at most (Art. 32); as the first decision it answers the 12 hours.

    Its number is the next of the register of decisions, unless it was signed on paper. Raises CaseNotLive, WrongStep for
    a closed procedure, NumberTaken, Refused("already_apart"), or what Art. 32 refuses.
    """
    _require_open(procedure)
    if _apart(procedure) is not None:
        raise Refused("already_apart", _("The child is already kept apart: end that separation first."))
    separation = ChildSeparation(case=procedure.case, procedure=procedure, decided_at=at, decided_by=by)
    changed = fill(separation, sheet.SEPARATION, answers)
    terms.check_decision(ChildProcedure.SEPARATION, separation.dangers, has_first_form=True)
    terms.check_separation(separation.starts_at, separation.ends_at, at=at)
    separation.entry = _number(separation, "child.separate", by=by, at=at)
    separation.save()
    if procedure.state == ChildProcedure.RECEIVED:
        procedure.decision, procedure.dangers = ChildProcedure.SEPARATION, separation.dangers
        procedure.number, procedure.reasons = separation.number, separation.reasons
        procedure.entry, procedure.signed_on_paper = separation.entry, separation.signed_on_paper
        _decided(procedure, by=by, at=at)
    start_clock(procedure.case, APART, at=at, due_at=separation.ends_at, subject=separation)
    tell(
        fields=changed,
        dangers=separation.dangers,
        number=separation.number,
        late_minutes=_late_minutes(procedure),
    )
    return separation


@command("child.extend_separation", target="separation")
def extend_separation(
    *, separation: ChildSeparation, by: User, at: datetime, answers: Mapping[str, object]
) -> ChildSeparation:
    """Keep the child apart longer, because a competent body that is named asks for it (Art. 32).

    Raises WrongStep when it is over, Refused("demand_missing") or Refused("not_longer").
    """
    lifecycle.require_live(separation.case.state)
    if separation.ended_at is not None or separation.ends_at <= at:
        raise WrongStep(_("This separation is over (Decree 56/2017/NĐ-CP, Art. 32)."))
    before = separation.ends_at
    changed = fill(separation, sheet.EXTENSION, answers)
    terms.check_extension(separation.ends_at, before=before, demanded_by=separation.demanded_by)
    separation.extended_at = at
    separation.save()
    start_clock(separation.case, APART, at=at, due_at=separation.ends_at, subject=separation)
    tell(fields=changed)
    return separation


@command("child.end_separation", target="separation")
def end_separation(
    *, separation: ChildSeparation, by: User, at: datetime, answers: Mapping[str, object]
) -> ChildSeparation:
    """Write down when and how the separation ended. Raises WrongStep, Refused("outside_term")."""
    if separation.ended_at is not None:
        raise WrongStep(_("The end of this separation is already written down."))
    changed = fill(separation, sheet.SEPARATION_END, answers)
    ended_at = answers["ended_at"]
    if not isinstance(ended_at, datetime):
        raise TypeError("an end is an aware datetime")
    _not_in_future(ended_at, at, "ended_at")
    if ended_at < separation.starts_at.replace(second=0, microsecond=0):
        raise Refused("outside_term", _("This is before the separation began."), "ended_at")
    separation.save()
    stop_clock(separation.case, APART, at=at, subject=separation)
    tell(fields=changed, how=separation.end_kind)
    return separation


# --- assessed, planned for ---


@command("child.assess", target="procedure")
def assess(
    *, procedure: ChildProcedure, by: User, at: datetime, answers: Mapping[str, object]
) -> ChildAssessment:
    """Write form 03 (Art. 27); the chair's five working days for the plan run from it (Art. 28).

    Raises CaseNotLive, WrongStep before the decision of the 12 hours or once a plan is carried out.
    """
    _require(procedure, ChildProcedure.ASSESSING, ChildProcedure.PLANNING)
    found = ChildAssessment(case=procedure.case, procedure=procedure, assessed_by=by)
    changed = fill(found, sheet.ASSESSMENT, answers)
    _not_in_future(found.assessed_at, at, "assessed_at")
    if found.assessed_at < procedure.received_at.replace(second=0, microsecond=0):
        raise Refused("before_information", _("This is before the information was received."), "assessed_at")
    found.save()
    if procedure.state == ChildProcedure.ASSESSING:
        procedure.state = ChildProcedure.PLANNING
        procedure.save()
        start_clock(procedure.case, PLAN_DUE, at=at, since=found.assessed_at, subject=procedure)
    tell(fields=changed)
    return found


@command("child.submit_plan", target="procedure")
def submit_plan(
    *, procedure: ChildProcedure, by: User, at: datetime, answers: Mapping[str, object]
) -> ChildPlan:
    """Put form 04 before the chair (Art. 28).

    After an emergency decision it need not wait for form 03. Raises CaseNotLive, WrongStep,
    Refused("assessment_missing") or Refused("plan_waits").
    """
    _require(procedure, ChildProcedure.ASSESSING, ChildProcedure.PLANNING)
    is_emergency = procedure.decision in (ChildProcedure.EMERGENCY, ChildProcedure.SEPARATION)
    if procedure.state == ChildProcedure.ASSESSING and not is_emergency:
        raise Refused(
            "assessment_missing",
            _(
                "The plan rests on the specific assessment: write form 03 first (Decree 56/2017/NĐ-CP, Art. 27, 28)."
            ),
        )
    if _plan_in(procedure, ChildPlan.SUBMITTED) is not None:
        raise Refused("plan_waits", _("A plan already waits for the chair."))
    plan = ChildPlan(case=procedure.case, procedure=procedure, submitted_at=at, submitted_by=by)
    changed = fill(plan, sheet.PLAN, answers)
    if plan.ends_on < plan.starts_on:
        raise Refused("term_empty", _("The end must come after the start."), "ends_on")
    plan.save()
    if procedure.state == ChildProcedure.ASSESSING:
        procedure.state = ChildProcedure.PLANNING
        procedure.save()
        start_clock(procedure.case, PLAN_DUE, at=at, subject=procedure)
    tell(fields=changed, services=plan.services)
    return plan


@command("child.approve_plan", target="plan")
def approve_plan(*, plan: ChildPlan, by: User, at: datetime, answers: Mapping[str, object]) -> ChildPlan:
    """The chair approves the plan by form 05 (Art. 28); it is reviewed on its last day (Art. 30).

    Its number is the next of the register of decisions, unless it was signed on paper. Raises CaseNotLive, WrongStep,
    NumberTaken, or Denied for whoever wrote it.
    """
    _require_waiting(plan, by)
    changed = fill(plan, sheet.APPROVAL, answers)
    plan.entry = _number(plan, "child.approve_plan", by=by, at=at)
    plan.state = ChildPlan.APPROVED
    plan.decided_at, plan.decided_by = at, by
    plan.save()
    procedure = plan.procedure
    procedure.state = ChildProcedure.CARRIED_OUT
    procedure.save()
    stop_clock(plan.case, PLAN_DUE, at=at, subject=procedure)
    last_day = midnight(plan.ends_on + timedelta(days=1))
    start_clock(plan.case, REVIEW_DUE, at=at, due_at=last_day, subject=procedure)
    tell(fields=changed, number=plan.number)
    return plan


@command("child.return_plan", target="plan")
def return_plan(*, plan: ChildPlan, by: User, at: datetime, answers: Mapping[str, object]) -> ChildPlan:
    """The chair sends the plan back and says what is missing; the five working days go on.

    Raises CaseNotLive, WrongStep, Denied for whoever wrote it, or Refused("reasons_missing").
    """
    _require_waiting(plan, by)
    changed = fill(plan, sheet.RETURN, answers)
    if not plan.remarks.strip():
        raise Refused("reasons_missing", _("Say what is missing in the plan."), "remarks")
    plan.state = ChildPlan.RETURNED
    plan.decided_at, plan.decided_by = at, by
    plan.save()
    tell(fields=changed)
    return plan


# --- reviewed, closed ---


@command("child.review", target="procedure")
def review(
    *, procedure: ChildProcedure, by: User, at: datetime, answers: Mapping[str, object]
) -> ChildProcedure:
    """Review the child after the plan: close, or go on with a new plan (Art. 30).

    A procedure in which no emergency measure was needed may be closed once form 03 shows that no plan is needed
    either. Raises CaseNotLive, WrongStep, Refused("review_form_missing") or Refused("still_apart").
    """
    lifecycle.require_live(procedure.case.state)
    result = str(answers["review"])
    plan = _plan_in(procedure, ChildPlan.APPROVED)
    unplanned = (
        procedure.state == ChildProcedure.PLANNING
        and procedure.decision == ChildProcedure.NONE
        and result == "close"
        and _plan_in(procedure, ChildPlan.SUBMITTED) is None
    )
    if plan is None and not unplanned:
        raise WrongStep(
            _("Only an approved plan is reviewed, at its end (Decree 56/2017/NĐ-CP, Art. 28, 30).")
        )
    if result == "close" and _apart(procedure) is not None:
        raise Refused(
            "still_apart",
            _(
                "The child is still kept apart: record the end of the separation first (Decree 56/2017/NĐ-CP, Art. 32)."
            ),
        )
    if plan is not None:
        if not queries.newest_form(procedure, queries.REVIEW_FORM, since=plan.decided_at):
            raise Refused(
                "review_form_missing",
                _("Sign form 06 about this child first (Decree 56/2017/NĐ-CP, Art. 30)."),
            )
        fill(plan, sheet.REVIEW, answers)
        plan.state, plan.reviewed_at = ChildPlan.REVIEWED, at
        plan.save()
    stop_clock(procedure.case, REVIEW_DUE, at=at, subject=procedure)
    if result == "renew":
        procedure.state = ChildProcedure.PLANNING
        start_clock(procedure.case, PLAN_DUE, at=at, subject=procedure)
    else:
        procedure.state, procedure.closed_at = ChildProcedure.CLOSED, at
        stop_clock(procedure.case, PLAN_DUE, at=at, subject=procedure)
    procedure.save()
    # What an unplanned closing rests on has no plan to stand in, so the memory keeps it.
    tell(fields=["review_text"], result=result, reason="" if plan else str(answers["review_text"]))
    return procedure


# --- parts ---


def _child_of(case: Case, participant: object, *, at: datetime) -> Participant:
    if not isinstance(participant, UUID):
        raise NotVisible
    child: Participant | None = (
        Participant.objects.everything(reason="the child the procedure is about")
        .filter(case=case, pk=participant)
        .select_related("person")
        .first()
    )
    if child is None:
        raise NotVisible
    person = child.person
    if not terms.is_child(child.role, child.age_band, person.birth_date, clock.local_date(at)):
        raise Refused(
            "not_a_child",
            _("The procedure is for a child under 16 in this case (Law on Children 2016, Art. 1)."),
            "participant",
        )
    return child


def _number(
    row: ChildProcedure | ChildSeparation | ChildPlan, verb: str, *, by: User, at: datetime
) -> RegisterEntry:
    """The line of a decision in the register of the office of whoever signs it."""
    return number_decision(row, str(seat_for(by, row.case, verb, at=at).agency_id), at)


def _decided(procedure: ChildProcedure, *, by: User, at: datetime) -> None:
    procedure.state = ChildProcedure.ASSESSING
    procedure.decided_at, procedure.decided_by = at, by
    procedure.save()
    stop_clock(procedure.case, DECIDE, at=at, subject=procedure)
    _stop_clock_of_forms(procedure, at=at)


def _stop_clock_of_forms(procedure: ChildProcedure, *, at: datetime) -> None:
    forms = RiskAssessment.objects.everything(reason="the same 12 hours counted from a form").filter(
        child=procedure.child_id, instrument=queries.FIRST_FORM
    )
    for form in forms:
        stop_clock(procedure.case, OF_THE_FORM, at=at, subject=form)


def _require(procedure: ChildProcedure, *states: str) -> None:
    lifecycle.require_live(procedure.case.state)
    if procedure.state not in states:
        raise WrongStep


def _require_open(procedure: ChildProcedure) -> None:
    lifecycle.require_live(procedure.case.state)
    if procedure.state == ChildProcedure.CLOSED:
        raise WrongStep(_("This procedure is closed (Decree 56/2017/NĐ-CP, Art. 30)."))


def _require_waiting(plan: ChildPlan, by: User) -> None:
    lifecycle.require_live(plan.case.state)
    if plan.state != ChildPlan.SUBMITTED:
        raise WrongStep
    if plan.submitted_by_id == by.pk:
        raise Denied


def _apart(procedure: ChildProcedure) -> ChildSeparation | None:
    found: ChildSeparation | None = (
        ChildSeparation.objects.everything(reason="one separation at a time")
        .filter(procedure=procedure, ended_at__isnull=True)
        .first()
    )
    return found


def _plan_in(procedure: ChildProcedure, state: str) -> ChildPlan | None:
    found: ChildPlan | None = (
        ChildPlan.objects.everything(reason="one plan at a time")
        .filter(procedure=procedure, state=state)
        .first()
    )
    return found


def _not_in_future(moment: datetime, at: datetime, field: str) -> None:
    if moment > at:
        raise Refused("time_in_future", _("This time is still to come."), field)


def _late_minutes(procedure: ChildProcedure) -> int:
    late = terms.late(procedure.decide_by, procedure.decided_at)
    return int(late.total_seconds() // 60) if late else 0
