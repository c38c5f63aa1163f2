"""REST of destroying and of legal holds."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from casework.access.opening import open_record
from casework.base import clock
from casework.base.refusals import NotVisible
from casework.base.sheets import Item
from casework.cases.models import Case
from casework.disposal import actions, certificate, queries, sheet
from casework.disposal.models import Disposal, LegalHold
from casework.http.downloads import saved
from casework.http.rest import ActionView, RecordListView, RecordView, VerbView
from casework.http.serializers import record_serializer

PLAIN = (
    "case",
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
HOLD = ("case", "ground", "until", "placed_by", "placed_at", "lifted_by", "lifted_at")

# A list opens nothing that is sealed: of destroyed cases there is nothing to open.
DisposalRow = record_serializer("DisposalRow", Disposal, PLAIN)
DisposalOut = record_serializer("DisposalOut", Disposal, (*PLAIN, "reason", "remarks", "stop_reason"))
HoldRow = record_serializer("LegalHoldRow", LegalHold, HOLD)
HoldOut = record_serializer("LegalHoldOut", LegalHold, (*HOLD, "reason", "lift_reason"))


class DisposalRegister(RecordListView):
    """GET every request to destroy a case in the caller's area, the latest first."""

    model, verb, output = Disposal, "disposal.list", DisposalRow
    filters = (Item("state", "code", codes="disposal_state"),)


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


class ErasureOut(serializers.Serializer[Any]):
    """What is known of a case whose content was destroyed; about: ids, codes and times; counts: what there was."""

    case = serializers.UUIDField()
    number = serializers.CharField()
    erasure = serializers.IntegerField()
    at = serializers.DateTimeField()
    final_on = serializers.DateTimeField()
    about = serializers.DictField()
    counts = serializers.DictField(child=serializers.IntegerField())
    digest = serializers.CharField()
    event_hash = serializers.CharField(allow_blank=True)
    checkpoint = serializers.CharField(allow_blank=True)


class Erasure(VerbView):
    """GET when and by whom the content of a case was destroyed; 404 while it is there."""

    model, verb = Case, "disposal.view"
    output = ErasureOut  # type: ignore[assignment]
    http_method_names = ("get",)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        case = opened(self, "erasure")
        proof = queries.proof_of(case)
        if proof is None:
            raise NotVisible
        told = queries.certified(case, proof)
        body: Mapping[str, Any] = {
            "case": str(case.pk),
            "number": case.number,
            "erasure": told.number,
            "at": told.at.isoformat(),
            "final_on": told.final_on.isoformat(),
            "about": told.about,
            "counts": told.counts,
            "digest": told.digest,
            "event_hash": told.event_hash,
            "checkpoint": proof.checkpoint.checkpoint().line() if proof.checkpoint else "",
        }
        return Response(body)


class ErasureCertificate(VerbView):
    """GET the certificate of erasure as PDF/A."""

    model, verb = Case, "disposal.view"
    sends: ClassVar[tuple[str, ...]] = (certificate.MEDIA_TYPE,)
    http_method_names = ("get",)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        case = opened(self, "certificate")
        content = queries.certificate_of(case, self.user, at=clock.now())
        return saved(content, name=certificate.file_name(case.number), media_type=certificate.MEDIA_TYPE)


def opened(view: VerbView, page: str) -> Case:
    return open_record(view.user, Case, view.record_id, verb=view.verb, page=page, even_erased=True)
