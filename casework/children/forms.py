"""Web input of the child procedure; every form comes from its sheet, some with a proposal filled in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.http import QueryDict

from casework.base.codes import codes
from casework.cases.models import Participant
from casework.children import sheet, terms
from casework.children.models import ChildAssessment, ChildPlan, ChildProcedure, ChildSeparation
from casework.http.forms import SheetForm, asking_number, sheet_form

StartForm: Final = sheet_form(sheet.START, ChildProcedure)
DecisionForm: Final = sheet_form(sheet.DECISION, ChildProcedure)
SeparationForm: Final = sheet_form(sheet.SEPARATION, ChildSeparation)
ExtensionForm: Final = sheet_form(sheet.EXTENSION, ChildSeparation)
SeparationEndForm: Final = sheet_form(sheet.SEPARATION_END, ChildSeparation)
AssessmentForm: Final = sheet_form(sheet.ASSESSMENT, ChildAssessment)
PlanForm: Final = sheet_form(sheet.PLAN, ChildPlan)
ApprovalForm: Final = sheet_form(sheet.APPROVAL, ChildPlan)
ReturnForm: Final = sheet_form(sheet.RETURN, ChildPlan)
ReviewForm: Final = sheet_form(sheet.REVIEW, ChildPlan)
RevealForm: Final = sheet_form(sheet.REVEAL_PLACE)


def start_form(
    data: QueryDict | None, children: Sequence[Participant], *, named: str, at: datetime
) -> SheetForm:
    """The information as it reached the committee, about one of these children."""
    chosen = next((row.pk for row in children if str(row.pk) == named), None)
    form = StartForm(
        data,
        initial={
            "participant": chosen or (children[0].pk if len(children) == 1 else None),
            "received_at": at,
        },
    )
    form.offer("participant", [(row.pk, row.person.full_name) for row in children])
    return form


def decision_form(data: QueryDict | None, procedure: ChildProcedure) -> SheetForm:
    """The decision of the 12 hours; a separation is decided on a page of its own."""
    form = DecisionForm(data, record=procedure)
    decisions: Any = form.fields["decision"]
    decisions.choices = [
        (row.code, row.label) for row in codes("child_decision").rows if row.code != ChildProcedure.SEPARATION
    ]
    form.fields["dangers"].show_when = "decision=emergency"  # type: ignore[attr-defined]
    form.fields["steps"].show_when = "decision=emergency"  # type: ignore[attr-defined]
    return asking_number(form)


def separation_form(data: QueryDict | None, *, at: datetime) -> SheetForm:
    """A separation from now on, with the longest term the decree allows filled in."""
    form = SeparationForm(data, initial={"starts_at": at, "ends_at": at + terms.SEPARATION_AT_MOST})
    return asking_number(form)


def extension_form(data: QueryDict | None, separation: ChildSeparation) -> SheetForm:
    return ExtensionForm(data, record=separation)


def separation_end_form(data: QueryDict | None, separation: ChildSeparation, *, at: datetime) -> SheetForm:
    return SeparationEndForm(data, record=separation, initial={"ended_at": min(at, separation.ends_at)})


def assessment_form(data: QueryDict | None, *, at: datetime) -> SheetForm:
    return AssessmentForm(data, initial={"assessed_at": at})


def plan_form(data: QueryDict | None, before: ChildPlan | None) -> SheetForm:
    """A new plan; one that was sent back is written on."""
    kept = before is not None and before.state == ChildPlan.RETURNED
    names = [*sheet.PLAN.names()] if kept else []
    return PlanForm(data, initial={name: getattr(before, name) for name in names})


def approval_form(data: QueryDict | None, plan: ChildPlan) -> SheetForm:
    return asking_number(ApprovalForm(data, record=plan))


def return_form(data: QueryDict | None, plan: ChildPlan) -> SheetForm:
    return ReturnForm(data, record=plan)


def review_form(data: QueryDict | None) -> SheetForm:
    return ReviewForm(data)
