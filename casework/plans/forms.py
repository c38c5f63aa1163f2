"""Web input of notes, contacts, steps and the safety plan."""

from typing import Any

from django.http import QueryDict

from casework.base.codes import codes
from casework.cases.models import Case
from casework.http.forms import SheetForm, sheet_form
from casework.plans.models import Contact, Note, PlanStep, SafetyPlan
from casework.plans.sheet import CONTACT, NOTE, SAFETY_PLAN, STEP, STEP_RESULT

NoteForm = sheet_form(NOTE, Note)
ContactForm = sheet_form(CONTACT, Contact)
StepForm = sheet_form(STEP, PlanStep)
StepResultForm = sheet_form(STEP_RESULT, PlanStep)
SafetyPlanForm = sheet_form(SAFETY_PLAN, SafetyPlan)


def note_form(data: QueryDict | None, case: Case, **start: Any) -> SheetForm:
    """A note; mediation is not offered while the danger is MEDIUM or above."""
    form = NoteForm(data, initial=start)
    if case.level and not codes("risk_level").row(case.level).flag("mediation_offered"):
        kind: Any = form.fields["kind"]
        kind.choices = [pair for pair in kind.choices if pair[0] != "mediation"]
    return form


def safety_plan_form(data: QueryDict | None, record: SafetyPlan | None, **start: Any) -> SheetForm:
    """The safety plan; a few lines for each question, so that the whole of it stays in sight."""
    form = SafetyPlanForm(data, record=record, initial=start)
    for field in form.fields.values():
        if "rows" in field.widget.attrs:
            field.widget.attrs["rows"] = 3
    return form
