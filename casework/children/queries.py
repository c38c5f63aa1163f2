"""What is known of the children of a case: which there are, how far the procedure of each has come."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from casework.access.opening import open_record
from casework.base import clock
from casework.base.codes import codes
from casework.base.dates import display_date, display_datetime
from casework.base.refusals import InvalidInput
from casework.cases.models import Case, Participant
from casework.cases.queries import CHILDREN
from casework.children import steps, terms
from casework.children.models import ChildAssessment, ChildPlan, ChildProcedure, ChildSeparation
from casework.encryption.keyring import prefetch_keys
from casework.organisations.models import User
from casework.risk.models import RiskAssessment

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

OPENED: Final = "the case or one of its child procedures was opened"
FIRST_FORM: Final = "vn-child-02"
REVIEW_FORM: Final = "vn-child-06"


def children_of(case: Case, *, at: datetime) -> list[Participant]:
    """The children of an opened case, in the order they were added; whoever is surely 16 is none."""
    rows = (
        Participant.objects.everything(reason=OPENED)
        .filter(CHILDREN, case=case)
        .select_related("person")
        .order_by("created_at", "pk")
    )
    return among(prefetch_keys(rows), at=at)


def among(people: Iterable[Participant], *, at: datetime) -> list[Participant]:
    """The children among people of a case whose keys are loaded."""
    today = clock.local_date(at)
    return [row for row in people if terms.is_child(row.role, row.age_band, row.person.birth_date, today)]


def victims_without(children: Sequence[Participant], procedures: Collection[UUID]) -> list[Participant]:
    """Children the violence is done to, for whom no procedure was ever started."""
    return [row for row in children if row.role == "victim" and row.pk not in procedures]


def states_of(case: Case) -> dict[UUID, str]:
    """The state of the newest procedure of each part in the case for which one was ever started."""
    rows = ChildProcedure.objects.everything(reason=OPENED).filter(case=case).order_by("received_at")
    return dict(rows.values_list("child_id", "state"))


def open_procedures(case: Case) -> int:
    """How many procedures of the case are not closed."""
    return int(
        ChildProcedure.objects.everything(reason=OPENED)
        .filter(case=case)
        .exclude(state=ChildProcedure.CLOSED)
        .count()
    )


# --- how far it has come ---


@dataclass(frozen=True, slots=True)
class Shown:
    """A procedure with everything that was written in it, the newest first."""

    procedure: ChildProcedure
    separations: tuple[ChildSeparation, ...]
    assessments: tuple[ChildAssessment, ...]
    plans: tuple[ChildPlan, ...]
    # Signed forms of the room `risk` about the same child: 02 before the decision, 06 after the plan.
    first_form: RiskAssessment | None
    review_form: RiskAssessment | None

    @property
    def late(self) -> timedelta | None:
        """By how much the decision came too late."""
        return terms.late(self.procedure.decide_by, self.procedure.decided_at)

    @property
    def course(self) -> steps.Course:
        """How far it has come."""
        row, plan, form = self.procedure, self.plan, self.review_form
        approved_at = plan.decided_at if plan and plan.state == ChildPlan.APPROVED else None
        return steps.Course(
            state=row.state,
            decision=row.decision,
            has_first_form=self.first_form is not None,
            has_plan=plan is not None,
            is_apart=self.separation is not None,
            reviewed=bool(approved_at and form and form.signed_at >= approved_at),
        )

    @property
    def plan(self) -> ChildPlan | None:
        """The plan that waits for the chair or is carried out."""
        live = (ChildPlan.SUBMITTED, ChildPlan.APPROVED)
        return next((row for row in self.plans if row.state in live), None)

    @property
    def separation(self) -> ChildSeparation | None:
        """The separation nobody has ended yet, its term over or not."""
        return next((row for row in self.separations if row.ended_at is None), None)

    @property
    def assessment(self) -> ChildAssessment | None:
        return self.assessments[0] if self.assessments else None


def procedures_of(user: User, case: Case) -> list[Shown]:
    """Every procedure of the case the viewer may see, the newest first: five queries however many there are."""
    rows = ChildProcedure.objects.visible_to(user).filter(case=case)
    return _shown(
        list(rows.select_related("child__person", "decided_by").order_by("-received_at", "-created_at"))
    )


def shown(procedure: ChildProcedure) -> Shown:
    """One opened procedure."""
    return _shown([procedure])[0]


def _shown(procedures: Sequence[ChildProcedure]) -> list[Shown]:
    found = prefetch_keys(procedures)
    ids = [row.pk for row in found]
    if not ids:
        return []

    def of(model: Any, order: str, *related: str) -> list[Any]:
        rows = model.objects.everything(reason=OPENED).filter(procedure__in=ids).select_related(*related)
        return prefetch_keys(rows.order_by(order, "-created_at"))

    separations = of(ChildSeparation, "-starts_at", "decided_by")
    assessments = of(ChildAssessment, "-assessed_at", "assessed_by")
    plans = of(ChildPlan, "-submitted_at", "submitted_by", "decided_by")
    forms = list(
        RiskAssessment.objects.everything(reason=OPENED)
        .filter(child__in=[row.child_id for row in found], instrument__in=(FIRST_FORM, REVIEW_FORM))
        .select_related("signed_by")
        .order_by("-signed_at")
    )
    return [
        Shown(
            procedure=row,
            separations=tuple(one for one in separations if one.procedure_id == row.pk),
            assessments=tuple(one for one in assessments if one.procedure_id == row.pk),
            plans=tuple(one for one in plans if one.procedure_id == row.pk),
            first_form=_newest(forms, row, FIRST_FORM),
            review_form=_newest(forms, row, REVIEW_FORM),
        )
        for row in found
    ]


def _newest(forms: Sequence[RiskAssessment], row: ChildProcedure, instrument: str) -> RiskAssessment | None:
    """A form signed before the procedure was started counts too: it is often why it was started."""
    return next(
        (
            one
            for one in forms
            if one.child_id == row.child_id
            and one.instrument == instrument
            and (row.closed_at is None or one.signed_at <= row.closed_at)
        ),
        None,
    )


def newest_form(procedure: ChildProcedure, instrument: str, *, since: datetime | None = None) -> bool:
    """Whether a form of this kind about the child is signed, at or after an instant."""
    rows = RiskAssessment.objects.everything(reason="a step of the procedure rests on a signed form").filter(
        child=procedure.child_id, instrument=instrument
    )
    return bool((rows.filter(signed_at__gte=since) if since else rows).exists())


# --- in words ---

Row = dict[str, "StrOrPromise"]


@dataclass(frozen=True, slots=True)
class Part:
    """One step: its title, its rows, whether anything was written yet, and the separation it is about."""

    code: str
    title: str
    rows: Sequence[Row] = ()
    missing: str = ""
    separation: ChildSeparation | None = field(default=None)
    tone: str = ""


def parts(one: Shown) -> list[Part]:
    """Every step in the order of the decree; the newest first where a step was done more than once."""
    row = one.procedure
    found = [
        Part("information", gettext("Information received"), _information(row)),
        Part(
            "first",
            gettext("First assessment (form 02)"),
            _first(one),
            missing=gettext("Form 02 has not been filled in for this child yet."),
        ),
        Part(
            "decision",
            gettext("Decision within 12 hours"),
            _decision(one),
            missing=gettext("The chair has not decided yet."),
            tone="" if row.decided_at else "danger",
        ),
    ]
    found += [
        Part(
            "separation",
            gettext("Temporary separation (form 07)"),
            _separation(apart),
            separation=apart,
            tone="" if apart.ended_at else "warning",
        )
        for apart in one.separations
    ]
    found += [
        Part("assessment", gettext("Specific assessment (form 03)"), _assessment(each))
        for each in one.assessments
    ] or [
        Part(
            "assessment",
            gettext("Specific assessment (form 03)"),
            missing=gettext("Form 03 has not been written yet."),
        )
    ]
    found += [
        Part("plan", gettext("Support and intervention plan (forms 04, 05)"), _plan(plan))
        for plan in one.plans
    ] or [
        Part(
            "plan",
            gettext("Support and intervention plan (forms 04, 05)"),
            missing=gettext("There is no plan yet."),
        )
    ]
    reviewed = [plan for plan in one.plans if plan.reviewed_at]
    found += [Part("review", gettext("Review after the plan (form 06)"), _review(plan)) for plan in reviewed]
    return found


def _information(row: ChildProcedure) -> list[Row]:
    return [
        {
            "label": gettext("Received"),
            "value": display_datetime(row.received_at),
            "note": codes("child_source").label(row.source),
        },
        {"label": gettext("What is known of the child"), "value": row.information},
    ]


def _first(one: Shown) -> list[Row]:
    form = one.first_form
    if form is None:
        return []
    return [
        {
            "label": gettext("Signed"),
            "value": display_datetime(form.signed_at),
            "note": form.signed_by.full_name,
        },
        {
            "label": gettext("Level of danger to the child"),
            "value": codes("risk_level").label(form.final_level),
        },
    ]


def _decision(one: Shown) -> list[Row]:
    row = one.procedure
    if row.decided_at is None:
        return []
    late = one.late
    minutes = int(late.total_seconds() // 60) if late else 0
    return [
        {
            "label": gettext("Decision"),
            "value": codes("child_decision").label(row.decision),
            "note": "; ".join(codes("child_danger").label(code) for code in row.dangers),
        },
        {
            "label": gettext("Signed"),
            "value": display_datetime(row.decided_at),
            "note": ", ".join(
                part
                for part in (
                    row.decided_by.full_name if row.decided_by else "",
                    gettext("%(minutes)s minutes late") % {"minutes": minutes} if minutes else "",
                    gettext("No. %(number)s") % {"number": row.number} if row.number else "",
                )
                if part
            ),
        },
        {"label": gettext("Reasons given"), "value": row.reasons},
        *([{"label": gettext("What is done at once"), "value": row.steps}] if row.steps else ()),
    ]


def _separation(row: ChildSeparation) -> list[Row]:
    term = gettext("from %(start)s to %(end)s") % {
        "start": display_datetime(row.starts_at),
        "end": display_datetime(row.ends_at),
    }
    rows: list[Row] = [
        {
            "label": gettext("Term"),
            "value": term,
            "note": ", ".join(
                part
                for part in (
                    row.decided_by.full_name,
                    gettext("No. %(number)s") % {"number": row.number} if row.number else "",
                )
                if part
            ),
        },
        {"label": gettext("Kind of care"), "value": codes("child_care_kind").label(row.care)},
        {"label": gettext("Reasons given"), "value": row.reasons},
    ]
    if row.extended_at:
        rows.append(
            {
                "label": gettext("Extended"),
                "value": display_datetime(row.extended_at),
                "note": f"{row.demanded_by}, {row.demand}",
            }
        )
    if row.ended_at:
        rows.append(
            {
                "label": gettext("Ended"),
                "value": f"{display_datetime(row.ended_at)}, {codes('child_separation_end').label(row.end_kind)}",
                "note": row.account,
            }
        )
    return rows


def _assessment(row: ChildAssessment) -> list[Row]:
    state, capacity = codes("child_state"), codes("child_capacity")
    return [
        {
            "label": gettext("Assessed"),
            "value": display_datetime(row.assessed_at),
            "note": row.assessed_by.full_name,
        },
        {"label": gettext("Physical state"), "value": state.label(row.body), "note": row.body_text},
        {"label": gettext("Psychological state"), "value": state.label(row.mind), "note": row.mind_text},
        {"label": gettext("Emotional state"), "value": state.label(row.feelings), "note": row.feelings_text},
        {"label": gettext("Situation of the family"), "value": row.family_text},
        {
            "label": gettext("How far the family can protect the child"),
            "value": capacity.label(row.capacity),
            "note": row.capacity_text,
        },
        *([{"label": gettext("What the child wants"), "value": row.wish}] if row.wish else ()),
        {"label": gettext("Conclusion"), "value": row.conclusion},
    ]


def _plan(row: ChildPlan) -> list[Row]:
    rows: list[Row] = [
        {
            "label": gettext("State"),
            "value": codes("child_plan_state").label(row.state),
            "note": gettext("put before the chair %(when)s, %(who)s")
            % {"when": display_datetime(row.submitted_at), "who": row.submitted_by.full_name},
        },
        {"label": gettext("Goal"), "value": row.goal},
        {
            "label": gettext("Support"),
            "value": "; ".join(codes("child_service").label(code) for code in row.services),
        },
        {"label": gettext("What is done, by whom, until when"), "value": row.activities},
        {"label": gettext("Who answers for the plan"), "value": row.responsible},
        {
            "label": gettext("Time of the plan"),
            "value": f"{display_date(row.starts_on)} – {display_date(row.ends_on)}",
        },
    ]
    if row.decided_at:
        number = gettext("No. %(number)s") % {"number": row.number} if row.number else ""
        rows.append(
            {
                "label": gettext("Sent back") if row.state == ChildPlan.RETURNED else gettext("Approved"),
                "value": ", ".join(part for part in (display_datetime(row.decided_at), number) if part),
                "note": ". ".join(
                    part for part in (row.decided_by.full_name if row.decided_by else "", row.remarks) if part
                ),
            }
        )
    return rows


def _review(row: ChildPlan) -> list[Row]:
    return [
        {
            "label": gettext("Result of the review"),
            "value": codes("child_review").label(row.review),
            "note": display_datetime(row.reviewed_at) if row.reviewed_at else "",
        },
        {"label": gettext("What the plan changed"), "value": row.review_text},
    ]


# --- where the child is ---

SHORTEST_REASON: Final = 8


def reveal_place(user: User, separation_id: UUID, *, reason: str) -> ChildSeparation:
    """Open a separation with its place for a written reason, told in the memory of the case before it is shown.

    Raises InvalidInput for a reason nobody could check later, NotVisible and Denied as every opening does.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise InvalidInput({"reason": _("Write in a few words why you need it now.")})
    row = open_record(
        user,
        ChildSeparation,
        separation_id,
        verb="child.reveal_place",
        page="reveal-child-place",
        reason=reason,
        fields=("place", "carer"),
    )
    prefetch_keys([row])
    return row
