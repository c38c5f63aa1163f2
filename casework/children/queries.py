"""What is known of the children of a case: which there are, how far the procedure of each has come."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from casework.access.opening import open_record
from casework.base import clock
from casework.base.refusals import InvalidInput
from casework.cases.models import Case, Participant
from casework.cases.queries import CHILDREN
from casework.children import terms
from casework.children.models import ChildAssessment, ChildPlan, ChildProcedure, ChildSeparation
from casework.encryption.keyring import prefetch_keys
from casework.organisations.models import User
from casework.risk.models import RiskAssessment

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
    today = clock.local_date(at)
    return [
        row
        for row in prefetch_keys(rows)
        if terms.is_child(row.role, row.age_band, row.person.birth_date, today)
    ]


def victims_without(children: Sequence[Participant], procedures: Collection[UUID]) -> list[Participant]:
    """Children the violence is done to, for whom no procedure was ever started."""
    return [row for row in children if row.role == "victim" and row.pk not in procedures]


def started_for(case: Case) -> set[UUID]:
    """The parts in the case for which a procedure was ever started."""
    return set(
        ChildProcedure.objects.everything(reason=OPENED).filter(case=case).values_list("child_id", flat=True)
    )


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
