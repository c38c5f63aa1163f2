"""REST of destroying and of legal holds."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from casework.access.opening import open_record, record_list
from casework.base import clock
from casework.base.refusals import NotVisible
from casework.base.sheets import Item
from casework.cases.models import Case
from casework.disposal import actions, certificate, queries, sheet
from casework.disposal.models import Disposal, LegalHold, ReportDisposal, ReportHold
from casework.http.downloads import saved
from casework.http.rest import ActionView, RecordListView, RecordView, VerbView
from casework.http.serializers import record_serializer
from casework.intake.models import Report
from casework.organisations.models import User

PLAIN = (
    "state",
    "ground",
    "retention_class",
    "kept_until",
    "requested_by",
    "requested_at",
    "decided_by",
    "decided_at",
    "due_at",
    "stopped_by",
    "stopped_at",
    "done_at",
)
HOLD = ("ground", "until", "placed_by", "placed_at", "lifted_by", "lifted_at")

# A list opens nothing that is sealed: of destroyed cases there is nothing to open.
SAID = ("reason", "remarks", "stop_reason")
DisposalRow = record_serializer("DisposalRow", Disposal, ("case", *PLAIN))
DisposalOut = record_serializer("DisposalOut", Disposal, ("case", *PLAIN, *SAID))
HoldRow = record_serializer("LegalHoldRow", LegalHold, ("case", *HOLD))
HoldOut = record_serializer("LegalHoldOut", LegalHold, ("case", *HOLD, "reason", "lift_reason"))
ReportDisposalRow = record_serializer("ReportDisposalRow", ReportDisposal, ("report", *PLAIN))
ReportDisposalOut = record_serializer("ReportDisposalOut", ReportDisposal, ("report", *PLAIN, *SAID))
ReportHoldRow = record_serializer("ReportHoldRow", ReportHold, ("report", *HOLD))
ReportHoldOut = record_serializer("ReportHoldOut", ReportHold, ("report", *HOLD, "reason", "lift_reason"))


class DisposalRegister(RecordListView):
    """GET every request to destroy a case in the caller's area, the latest first."""

    model, verb, output = Disposal, "disposal.list", DisposalRow
    filters = (Item("state", "code", codes="disposal_state"),)


class CaseOverOut(serializers.Serializer[Any]):
    """A closed case whose time is over; it is asked for by `request-disposal` of the case."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    commune = serializers.CharField()
    closed_at = serializers.DateTimeField()


class ReportOverOut(serializers.Serializer[Any]):
    """A report that never became a case and whose time is over."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    area = serializers.CharField()
    triage_result = serializers.CharField()
    decided_at = serializers.DateTimeField()


class OverOut(serializers.Serializer[Any]):
    """What nobody has asked for and no hold keeps, the longest ended first; thirty of each at most."""

    cases = CaseOverOut(many=True)
    reports = ReportOverOut(many=True)


class Over(VerbView):
    """GET the cases and reports whose time is over, for those who may ask for them to be destroyed."""

    verb: ClassVar[str] = "disposal.list"
    output = OverOut  # type: ignore[assignment]
    http_method_names = ("get",)

    def get(self, request: Request) -> Response:
        at = clock.now()
        cases, reports = queries.cases_over(self.user, at=at), queries.reports_over(self.user, at=at)
        record_list(self.user, self.verb, shown=[one.pk for one in (*cases, *reports)])
        return Response(
            {
                "cases": [
                    {
                        "id": one.pk,
                        "number": one.number,
                        "commune": one.commune.code,
                        "closed_at": one.closed_at,
                    }
                    for one in cases
                ],
                "reports": [
                    {
                        "id": one.pk,
                        "code": one.code,
                        "area": one.area.code,
                        "triage_result": one.triage_result,
                        "decided_at": one.decided_at,
                    }
                    for one in reports
                ],
            }
        )


class DisposalList(RecordListView):
    """GET the requests to destroy one case; POST to ask for it. A second person answers."""

    model, parent, verb, output = Disposal, Case, "disposal.view", DisposalRow
    parent_verb = "disposal.view"
    action, sheet = actions.request_disposal, sheet.REQUEST
    receipt = ("state", "retention_class", "kept_until")
    location = "api:disposal"


class DisposalRecord(RecordView):
    """GET one request."""

    model, verb, output = Disposal, "disposal.view", DisposalOut


class ApproveDisposal(ActionView):
    """POST that the second person agrees: it is carried out in seven days."""

    model, action, sheet = Disposal, actions.approve_disposal, sheet.ANSWER
    receipt = ("state", "due_at")


class RefuseDisposal(ActionView):
    """POST that the second person does not agree."""

    model, action, sheet = Disposal, actions.refuse_disposal, sheet.ANSWER
    receipt = ("state",)


class StopDisposal(ActionView):
    """POST that it is stopped."""

    model, action, sheet = Disposal, actions.stop_disposal, sheet.STOP
    receipt = ("state",)


class HoldList(RecordListView):
    """GET the legal holds of one case; POST to place one."""

    model, parent, verb, output = LegalHold, Case, "disposal.view", HoldRow
    parent_verb = "disposal.view"
    action, sheet = actions.place_hold, sheet.HOLD
    receipt = ("ground", "until")
    location = "api:legal-hold"


class HoldRecord(RecordView):
    """GET one legal hold."""

    model, verb, output = LegalHold, "disposal.view", HoldOut


class LiftHold(ActionView):
    """POST that a hold ends before its day."""

    model, action, sheet = LegalHold, actions.lift_hold, sheet.LIFTING
    receipt = ("lifted_at",)


# --- reports that never became a case ---


class ReportDisposalRegister(RecordListView):
    """GET every request to destroy a report in the caller's area, the latest first."""

    model, verb, output = ReportDisposal, "disposal.list", ReportDisposalRow
    filters = (Item("state", "code", codes="disposal_state"),)


class ReportDisposalList(RecordListView):
    """GET the requests to destroy one report; POST to ask for it. A second person answers."""

    model, parent, parent_name, verb = ReportDisposal, Report, "report", "report_disposal.view"
    output, parent_verb = ReportDisposalRow, "report_disposal.view"
    action, sheet, sheet_model = actions.request_report_disposal, sheet.REQUEST, Disposal
    receipt = ("state", "retention_class", "kept_until")
    location = "api:report-disposal-record"


class ReportDisposalRecord(RecordView):
    """GET one request about a report."""

    model, verb, output = ReportDisposal, "report_disposal.view", ReportDisposalOut


class ApproveReportDisposal(ActionView):
    """POST that the second person agrees: it is carried out in seven days."""

    model, action, sheet = ReportDisposal, actions.approve_report_disposal, sheet.ANSWER
    sheet_model = Disposal
    receipt = ("state", "due_at")


class RefuseReportDisposal(ActionView):
    """POST that the second person does not agree."""

    model, action, sheet = ReportDisposal, actions.refuse_report_disposal, sheet.ANSWER
    sheet_model = Disposal
    receipt = ("state",)


class StopReportDisposal(ActionView):
    """POST that it is stopped."""

    model, action, sheet = ReportDisposal, actions.stop_report_disposal, sheet.STOP
    sheet_model = Disposal
    receipt = ("state",)


class ReportHoldList(RecordListView):
    """GET the legal holds of one report; POST to place one."""

    model, parent, parent_name, verb = ReportHold, Report, "report", "report_disposal.view"
    output, parent_verb = ReportHoldRow, "report_disposal.view"
    action, sheet, sheet_model = actions.place_report_hold, sheet.HOLD, LegalHold
    receipt = ("ground", "until")
    location = "api:report-hold"


class ReportHoldRecord(RecordView):
    """GET one legal hold on a report."""

    model, verb, output = ReportHold, "report_disposal.view", ReportHoldOut


class LiftReportHold(ActionView):
    """POST that a hold on a report ends before its day."""

    model, action, sheet = ReportHold, actions.lift_report_hold, sheet.LIFTING
    sheet_model = LegalHold
    receipt = ("lifted_at",)


# --- what became of it ---


class DestroyedOut(serializers.Serializer[Any]):
    """What is known of what was destroyed; about: ids, codes and times; counts: what there was."""

    erasure = serializers.IntegerField()
    at = serializers.DateTimeField()
    final_on = serializers.DateTimeField()
    about = serializers.DictField()
    counts = serializers.DictField(child=serializers.IntegerField())
    digest = serializers.CharField()
    event_hash = serializers.CharField(allow_blank=True)
    checkpoint = serializers.CharField(allow_blank=True)


class ErasureOut(DestroyedOut):
    """What is known of a case whose content was destroyed."""

    case = serializers.UUIDField()
    number = serializers.CharField()


class ReportErasureOut(DestroyedOut):
    """What is known of a report whose content was destroyed."""

    report = serializers.UUIDField()
    code = serializers.CharField()


class Erasure(VerbView):
    """GET when and by whom the content of a case was destroyed; 404 while it is there."""

    model, verb = Case, "disposal.view"
    output = ErasureOut  # type: ignore[assignment]
    http_method_names = ("get",)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        case = opened(self, Case, "erasure")
        return Response({"case": str(case.pk), "number": case.number, **told_of(case)})


class ErasureCertificate(VerbView):
    """GET the certificate of erasure as PDF/A."""

    model, verb = Case, "disposal.view"
    sends: ClassVar[tuple[str, ...]] = (certificate.MEDIA_TYPE,)
    http_method_names = ("get",)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        return certificate_of(opened(self, Case, "certificate"), self.user)


class ReportErasure(VerbView):
    """GET when and by whom the content of a report was destroyed; 404 while it is there, or went with another."""

    model, verb = Report, "report_disposal.view"
    output = ReportErasureOut  # type: ignore[assignment]
    http_method_names = ("get",)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        report = opened(self, Report, "erasure")
        return Response({"report": str(report.pk), "code": report.code, **told_of(report)})


class ReportErasureCertificate(VerbView):
    """GET the certificate of erasure of a report as PDF/A."""

    model, verb = Report, "report_disposal.view"
    sends: ClassVar[tuple[str, ...]] = (certificate.MEDIA_TYPE,)
    http_method_names = ("get",)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        return certificate_of(opened(self, Report, "certificate"), self.user)


One = TypeVar("One", Case, Report)


def opened(view: VerbView, model: type[One], page: str) -> One:
    return open_record(view.user, model, view.record_id, verb=view.verb, page=page, even_erased=True)


def told_of(subject: queries.Subject) -> Mapping[str, Any]:
    """What is known of a case or report that was destroyed; NotVisible while its content is there."""
    proof = queries.proof_of(subject)
    if proof is None:
        raise NotVisible
    told = queries.certified(subject, proof)
    return {
        "erasure": told.number,
        "at": told.at.isoformat(),
        "final_on": told.final_on.isoformat(),
        "about": told.about,
        "counts": told.counts,
        "digest": told.digest,
        "event_hash": told.event_hash,
        "checkpoint": proof.checkpoint.checkpoint().line() if proof.checkpoint else "",
    }


def certificate_of(subject: queries.Subject, user: User) -> Any:
    content = queries.certificate_of(subject, user, at=clock.now())
    return saved(content, name=certificate.file_name(str(subject)), media_type=certificate.MEDIA_TYPE)
