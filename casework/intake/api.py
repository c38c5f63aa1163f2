"""REST of reports: the same verbs as the pages, under the same last words of the address."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from casework.access.opening import open_record
from casework.base import clock
from casework.base.refusals import Denied, InvalidInput
from casework.base.sheets import Item
from casework.encryption.keyring import prefetch_keys
from casework.http.fields import NOT_OFFERED
from casework.http.rest import ActionView, RecordListView, RecordView, etag
from casework.http.serializers import (
    AnswerField,
    SheetSerializer,
    record_serializer,
    sheet_serializer,
)
from casework.intake import queries
from casework.intake.actions import (
    MOST_PEOPLE,
    accept_report,
    add_to_report,
    assign_report,
    screen_out,
    take_report,
    tell_chair,
)
from casework.intake.models import Report, ReportPerson
from casework.intake.sheet import ADDITION, ASSIGN, PERSON, REPORT, SCREEN_OUT, TELL_CHAIR
from casework.organisations.models import Agency

PLAIN = (
    "code",
    "received_at",
    "created_at",
    "agency",
    "area",
    "priority",
    "child_procedure",
    "is_sealed",
    "chair_told_at",
    "chair_told_by",
    "assigned_agency",
    "assigned_to",
    "assigned_at",
    "first_assigned_at",
    "passed_from",
    "passed_at",
    "triage_result",
    "decided_at",
)

ReportPersonIn = sheet_serializer(PERSON, ReportPerson)
ReportPersonOut = record_serializer("ReportPersonOut", ReportPerson, sheet=PERSON)
# A list names nobody and opens nothing.
ReportRow = record_serializer("ReportRow", Report, PLAIN)


class ReportIn(sheet_serializer(REPORT, Report)):  # type: ignore[misc]
    """The report's sheet with its people; the office is needed from those who work in several."""

    agency = serializers.UUIDField(required=False)
    people = serializers.ListField(child=ReportPersonIn(), required=False, max_length=MOST_PEOPLE)


def _unsaid(_row: Report) -> None:
    """Who reported is filled in by the view, for those who may know."""


ReportOut = record_serializer(
    "ReportOut",
    Report,
    (*PLAIN, "happened_at", "happened_precision", "triage_reason", "added_later", "duplicate_of"),
    sheet=REPORT,
    extra={
        **{
            name: (serializers.CharField(read_only=True, allow_null=True), _unsaid)
            for name in queries.REPORTER
        },
        "people": (ReportPersonOut(many=True, read_only=True), lambda row: []),
    },
)


class ReportList(RecordListView):
    """GET the reports the viewer may see, newest first, without a name in them; POST to take one."""

    model, verb, output = Report, "report.view", ReportRow
    filters = (
        Item("priority", "code", codes="report_priority"),
        Item("triage_result", "code", codes="triage_result"),
    )
    action, sheet = take_report, REPORT
    receipt = ("code", "priority", "is_sealed", "chair_told_at", "chair_told_by")
    location = "api:report-detail"

    def input_class(self) -> type[SheetSerializer]:
        return ReportIn

    def answers(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        serializer = ReportIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        people = [_filled(row, serializer.fields["people"].child) for row in given.get("people", [])]
        return {"answers": serializer.answers(), "people": people, "agency": given.get("agency")}

    def perform(self, answers: dict[str, Any], **how: Any) -> Report:
        agency = self._office(answers["agency"])
        return take_report(agency=agency, answers=answers["answers"], people=answers["people"], **how)

    def _office(self, wanted: UUID | None) -> Agency:
        offices = queries.receiving_offices(self.user, clock.now())
        if not offices:
            raise Denied
        if wanted is None and len(offices) == 1:
            return offices[0]
        for office in offices:
            if office.pk == wanted:
                return office
        raise InvalidInput({"agency": NOT_OFFERED})


def _filled(given: dict[str, Any], serializer: SheetSerializer) -> dict[str, Any]:
    """The answers of one nested row, blanks included, as a form would give them."""
    return {
        name: given[name] if name in given else field.blank()
        for name, field in serializer.fields.items()
        if isinstance(field, AnswerField)
    }


class ReportRecord(RecordView):
    """GET one report with its people; who reported is null for those who may not know."""

    model, verb, output = Report, "report.view", ReportOut

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        shows = queries.shows_reporter(self.user, self.record_id)
        report = open_record(
            self.user, Report, self.record_id, verb=self.verb, fields=queries.REPORTER if shows else ()
        )
        prefetch_keys([report])
        body = ReportOut.render(report)
        body["people"] = [ReportPersonOut.render(row) for row in queries.people_of(report)]
        if shows:
            body.update({name: getattr(report, name) for name in queries.REPORTER})
        return Response(body, headers={"ETag": etag(report)})


class AssignReport(ActionView):
    """POST an office, a person, or both."""

    model, action, sheet = Report, assign_report, ASSIGN
    receipt = ("assigned_agency", "assigned_to", "assigned_at")


class AcceptReport(ActionView):
    """POST nothing: the report of one's office becomes one's own."""

    model, action = Report, accept_report
    receipt = ("assigned_to",)


class ScreenOut(ActionView):
    """POST how the triage ends without a case."""

    model, action, sheet = Report, screen_out, SCREEN_OUT
    receipt = ("triage_result", "area", "decided_at")


class TellChair(ActionView):
    """POST how and when the chair was told outside this system."""

    model, action, sheet = Report, tell_chair, TELL_CHAIR
    receipt = ("chair_told_at", "chair_told_by")


class AddToReport(ActionView):
    """POST what was forgotten."""

    model, action, sheet = Report, add_to_report, ADDITION
