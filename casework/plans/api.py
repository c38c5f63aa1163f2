"""REST of everyday work: notes, contacts, steps of the plan, the safety plan."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from casework.access.opening import open_record
from casework.base.refusals import NotVisible
from casework.base.sheets import Item
from casework.cases.models import Case
from casework.http.rest import ActionView, RecordListView, RecordView, VerbView, etag
from casework.http.serializers import record_serializer
from casework.plans import queries
from casework.plans.actions import add_step, finish_step, record_contact, write_note, write_safety_plan
from casework.plans.models import Contact, Note, PlanStep, SafetyPlan
from casework.plans.sheet import CONTACT, NOTE, SAFETY_PLAN, STEP, STEP_RESULT

BY_WHOM = ("case", "author", "created_at")

# A note cannot be told from another without its text, so the list carries it.
NoteOut = record_serializer("NoteOut", Note, (*BY_WHOM, "agency"), sheet=NOTE)
ContactOut = record_serializer("ContactOut", Contact, BY_WHOM, sheet=CONTACT)
StepOut = record_serializer("PlanStepOut", PlanStep, ("case", "created_at", "done_on", "result"), sheet=STEP)
SafetyPlanOut = record_serializer("SafetyPlanOut", SafetyPlan, ("case", "created_at"), sheet=SAFETY_PLAN)


class NoteList(RecordListView):
    """GET the notes the caller may read (confidential ones only of their own agency); POST to write one."""

    model, parent, verb, output = Note, Case, "case.view", NoteOut
    filters = (Item("kind", "code", codes="note_kind"),)
    action, sheet = write_note, NOTE
    receipt = ("kind", "is_confidential")


class ContactList(RecordListView):
    """GET contacts made and tried; POST to record one."""

    model, parent, verb, output = Contact, Case, "case.view", ContactOut
    filters = (Item("outcome", "code", codes="contact_outcome"),)
    action, sheet = record_contact, CONTACT
    receipt = ("outcome", "in_person")


class StepList(RecordListView):
    """GET the steps of the plan; POST to add one."""

    model, parent, verb, output = PlanStep, Case, "case.view", StepOut
    filters = (Item("need", "code", codes="need"),)
    action, sheet = add_step, STEP
    receipt = ("need", "due_on")
    location = "api:plan-step"


class StepRecord(RecordView):
    """GET one step."""

    model, verb, output = PlanStep, "case.view", StepOut


class FinishStep(ActionView):
    """POST that a step is done, and its result."""

    model, action, sheet = PlanStep, finish_step, STEP_RESULT
    receipt = ("done_on", "result")


class SafetyPlanOfCase(VerbView):
    """GET the safety plan of a case, for those few who may read it."""

    model, verb, output = SafetyPlan, "plan.view_safety", SafetyPlanOut
    http_method_names = ("get",)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        case = open_record(self.user, Case, self.record_id, verb=self.verb)
        found = queries.safety_plan_of(self.user, case)
        if found is None:
            raise NotVisible
        row = open_record(self.user, SafetyPlan, found.pk)
        return Response(SafetyPlanOut.render(row), headers={"ETag": etag(row)})


class WriteSafetyPlan(ActionView):
    """POST the whole safety plan; If-Match is the ETag of the plan there is, or of the case when there is none."""

    model, action, sheet, sheet_model = Case, write_safety_plan, SAFETY_PLAN, SafetyPlan
    receipt = ("revised_on",)

    def perform(self, row: Case, answers: dict[str, Any], **how: Any) -> SafetyPlan:
        return write_safety_plan(
            case=row, plan=queries.safety_plan_of(self.user, row), answers=answers, **how
        )
