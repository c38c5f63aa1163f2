"""REST of the child procedure: the same verbs as the pages, under the same last words of the address."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from casework.base.sheets import Item
from casework.cases.models import Case
from casework.children import actions, queries, sheet
from casework.children.models import ChildAssessment, ChildPlan, ChildProcedure, ChildSeparation
from casework.http.rest import ActionView, RecordListView, RecordView, VerbView
from casework.http.schema import SAID, Problem
from casework.http.serializers import record_serializer

ProcedureRow = record_serializer(
    "ChildProcedureRow",
    ChildProcedure,
    (
        "case",
        "child",
        "state",
        "received_at",
        "source",
        "decide_by",
        "decision",
        "dangers",
        "number",
        "signed_on_paper",
        "decided_at",
        "closed_at",
    ),
)
ProcedureOut = record_serializer(
    "ChildProcedureOut",
    ChildProcedure,
    (
        "case",
        "child",
        "state",
        "received_at",
        "source",
        "information",
        "decide_by",
        "decision",
        "dangers",
        "reasons",
        "steps",
        "number",
        "signed_on_paper",
        "decided_at",
        "closed_at",
    ),
)
# Never where: that is read one at a time, for a reason.
SeparationOut = record_serializer(
    "ChildSeparationOut",
    ChildSeparation,
    (
        "procedure",
        "number",
        "signed_on_paper",
        "decided_at",
        "starts_at",
        "ends_at",
        "care",
        "reasons",
        "extended_at",
        "demanded_by",
        "demand",
        "ended_at",
        "end_kind",
        "account",
    ),
)
AssessmentOut = record_serializer(
    "ChildAssessmentOut",
    ChildAssessment,
    (
        "procedure",
        "assessed_at",
        "body",
        "body_text",
        "mind",
        "mind_text",
        "feelings",
        "feelings_text",
        "family_text",
        "capacity",
        "capacity_text",
        "wish",
        "conclusion",
    ),
)
PlanOut = record_serializer(
    "ChildPlanOut",
    ChildPlan,
    (
        "procedure",
        "state",
        "goal",
        "services",
        "activities",
        "responsible",
        "starts_on",
        "ends_on",
        "submitted_at",
        "number",
        "signed_on_paper",
        "decided_at",
        "remarks",
        "reviewed_at",
        "review",
        "review_text",
    ),
)


class CaseProcedures(RecordListView):
    """GET the child procedures of a case, newest first; POST to start one."""

    model, parent, verb, output = ChildProcedure, Case, "child.view", ProcedureRow
    parent_verb = "child.view"
    filters = (Item("state", "code", codes="child_procedure_state"),)
    action, sheet = actions.start_procedure, sheet.START
    receipt, location = ("state", "decide_by"), "api:child-procedure"


class ProcedureRecord(RecordView):
    """GET one procedure."""

    model, verb, output = ChildProcedure, "child.view", ProcedureOut


class Decide(ActionView):
    """POST the decision of the 12 hours."""

    model, action, sheet = ChildProcedure, actions.decide, sheet.DECISION
    receipt = ("state", "decision", "number", "decided_at")


class Separations(RecordListView):
    """GET the separations of a procedure, without the place; POST one."""

    model, parent, parent_name, verb = ChildSeparation, ChildProcedure, "procedure", "child.view"
    output = SeparationOut
    action, sheet = actions.separate, sheet.SEPARATION
    receipt = ("number", "starts_at", "ends_at")


class ExtendSeparation(ActionView):
    """POST the body that asks for a longer separation."""

    model, action, sheet = ChildSeparation, actions.extend_separation, sheet.EXTENSION
    receipt = ("ends_at", "extended_at")


class EndSeparation(ActionView):
    """POST when and how the separation ended."""

    model, action, sheet = ChildSeparation, actions.end_separation, sheet.SEPARATION_END
    receipt = ("ended_at", "end_kind")


class Assessments(RecordListView):
    """GET the specific assessments of a procedure; POST one."""

    model, parent, parent_name, verb = ChildAssessment, ChildProcedure, "procedure", "child.view"
    output = AssessmentOut
    action, sheet = actions.assess, sheet.ASSESSMENT
    receipt = ("assessed_at",)


class Plans(RecordListView):
    """GET the plans of a procedure; POST one to put it before the chair."""

    model, parent, parent_name, verb = ChildPlan, ChildProcedure, "procedure", "child.view"
    output = PlanOut
    action, sheet = actions.submit_plan, sheet.PLAN
    receipt = ("state", "submitted_at")


class ApprovePlan(ActionView):
    """POST the approval."""

    model, action, sheet = ChildPlan, actions.approve_plan, sheet.APPROVAL
    receipt = ("state", "number", "decided_at")


class ReturnPlan(ActionView):
    """POST what is missing in the plan."""

    model, action, sheet = ChildPlan, actions.return_plan, sheet.RETURN
    receipt = ("state", "decided_at")


class Review(ActionView):
    """POST the result of the review: close or renew."""

    model, action, sheet = ChildProcedure, actions.review, sheet.REVIEW
    sheet_model = ChildPlan
    receipt = ("state", "closed_at")


class PlaceOut(serializers.Serializer[Any]):
    """Where the child stays, read once."""

    id = serializers.UUIDField()
    place = serializers.CharField()
    carer = serializers.CharField(allow_blank=True)


REVEALS = (400, 401, 403, 404, 413, 415, 503)


class RevealPlace(VerbView):
    """POST a reason and read where the child stays: told in the memory of the case first, kept by nothing here."""

    model, verb, sheet = ChildSeparation, "child.reveal_place", sheet.REVEAL_PLACE
    http_method_names = ("post",)

    @extend_schema(
        responses={
            200: PlaceOut,
            **{code: OpenApiResponse(Problem, SAID[code]) for code in REVEALS},
        },
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = queries.reveal_place(self.user, self.record_id, reason=self.answers(request)["reason"])
        return Response({"id": str(row.pk), "place": row.place, "carer": row.carer})
