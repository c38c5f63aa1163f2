"""REST of sharing: the same verbs as the pages. A partner reads the slice, a worker the states."""

from contextlib import AbstractContextManager
from typing import Any, ClassVar, Final

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from casework.access.opening import open_record
from casework.base import clock
from casework.base.sheets import Item
from casework.cases.models import Case
from casework.http.idempotency import Receipt
from casework.http.rest import ActionView, RecordListView, RecordView, etag
from casework.http.serializers import plain, record_serializer
from casework.referrals import queries
from casework.referrals.actions import (
    accept_referral,
    decline_referral,
    give_consent,
    receive_referral,
    report_back,
    send_referral,
    withdraw_consent,
    withdraw_referral,
)
from casework.referrals.models import Consent, Referral
from casework.referrals.sheet import ACCEPTANCE, CONSENT, DECLINE, REPORT_BACK, SEND, WITHDRAWAL

CONSENT_FIELDS: Final = (
    "recipient",
    "purpose",
    "items",
    "told_consequences",
    "language",
    "interpreter",
    "how_given",
    "valid_from",
    "valid_until",
    "withdrawn_at",
)
REFERRAL_FIELDS: Final = (
    "code",
    "service",
    "urgency",
    "recipient",
    "state",
    "sent_at",
    "due_at",
    "received_at",
    "answered_at",
    "declined_reason",
    "appointment_at",
    "result",
    "finished_at",
    "unmet_need",
)


def _unsaid(_row: Referral) -> None:
    """Filled in by the view: a partner is told the slice and never which case, a worker the other way round."""


_STATE: Final = (
    serializers.CharField(read_only=True),
    lambda row: queries.consent_state(row, clock.now()),
)
_CASE: Final = (serializers.UUIDField(read_only=True, allow_null=True), _unsaid)
_UNTIL: Final = (serializers.DateTimeField(read_only=True), lambda row: row.consent.valid_until)

ConsentRow = record_serializer("ConsentRow", Consent, CONSENT_FIELDS, extra={"state": _STATE})
ConsentOut = record_serializer(
    "ConsentOut", Consent, (*CONSENT_FIELDS, "case", "document", "withdrawn_reason"), extra={"state": _STATE}
)
ReferralRow = record_serializer(
    "ReferralRow", Referral, REFERRAL_FIELDS, extra={"readable_until": _UNTIL, "case": _CASE}
)
ReferralRow.relations = (*ReferralRow.relations, "consent")


class SliceRowOut(serializers.Serializer[Any]):
    """One line of the slice in words; empty when nothing is known."""

    item = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.CharField(allow_blank=True)


class SliceSectionOut(serializers.Serializer[Any]):
    """Lines that belong together."""

    code = serializers.CharField()
    title = serializers.CharField()
    rows = SliceRowOut(many=True)


class SafeContactOut(serializers.Serializer[Any]):
    """Whether and how she may be reached today, in words."""

    allowed = serializers.BooleanField()
    text = serializers.CharField()
    confirmed_on = serializers.DateField(allow_null=True)


ReferralOut = record_serializer(
    "ReferralOut",
    Referral,
    (*REFERRAL_FIELDS, "feedback"),
    extra={
        "readable_until": _UNTIL,
        "slice": (SliceSectionOut(many=True, read_only=True, allow_null=True), _unsaid),
        "safe_contact": (SafeContactOut(read_only=True, allow_null=True), _unsaid),
        "case": _CASE,
        "consent": (serializers.UUIDField(read_only=True, allow_null=True), _unsaid),
        "needs": (serializers.CharField(read_only=True, allow_null=True), _unsaid),
        "shelter_needs": (
            serializers.ListField(child=serializers.CharField(), read_only=True, allow_null=True),
            _unsaid,
        ),
    },
)
FILTERS: Final = (
    Item("state", "code", codes="referral_state"),
    Item("service", "code", codes="service_kind"),
    Item("urgency", "code", codes="urgency"),
)


class ConsentList(RecordListView):
    """GET the consents of a case; POST one she has given."""

    model, parent, verb, output = Consent, Case, "case.view", ConsentRow
    action, sheet = give_consent, CONSENT
    receipt = ("recipient", "items", "valid_from", "valid_until")
    location = "api:consent-detail"


class ConsentRecord(RecordView):
    """GET one consent."""

    model, verb, output = Consent, "case.view", ConsentOut


class WithdrawConsent(ActionView):
    """POST that she takes it back: the recipient gets 410 from this instant."""

    model, action, sheet = Consent, withdraw_consent, WITHDRAWAL
    receipt = ("withdrawn_at",)


class SendReferral(ActionView):
    """POST one service asked of the recipient of a running consent; a shelter is told codes and no words."""

    model, action, sheet, creates = Consent, send_referral, SEND, Referral
    receipt = ("code", "state", "due_at")
    location = "api:referral-detail"

    def perform(self, row: Consent, answers: dict[str, Any], **how: Any) -> Referral:
        service = str(answers["service"])
        return send_referral(consent=row, service=service, answers=answers, **how)


class CaseReferralList(RecordListView):
    """GET the referrals of a case."""

    model, parent, verb, output = Referral, Case, "referral.view", ReferralRow
    filters = FILTERS

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return _with_cases(super().get(request, *args, **kwargs), self)


class ReferralList(RecordListView):
    """GET the referrals the caller may see: of one's cases, or sent to one's office and running. No names."""

    model, verb, output = Referral, "referral.view", ReferralRow
    filters = FILTERS

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return _with_cases(super().get(request, *args, **kwargs), self)


def _with_cases(response: Response, view: RecordListView) -> Response:
    """Say which case a referral belongs to, to those who may see that case."""
    rows = {row["id"]: row for row in response.data["results"]}
    for referral_id, case_id in queries.cases_behind(view.user, rows):
        rows[str(referral_id)]["case"] = str(case_id)
    return response


class _SharedView:
    """What the addresses of one referral have in common: a share that is over says so to who had it."""

    also: ClassVar[tuple[int, ...]] = (410,)

    def _aloud(self: Any) -> AbstractContextManager[None]:
        return queries.ending_aloud(self.user, self.record_id, clock.now())


class ReferralRecord(_SharedView, RecordView):
    """GET one referral: the slice for its recipient, who is noted as having opened it; states for the worker."""

    model, verb, output = Referral, "referral.view", ReferralOut

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with self._aloud():
            referral = open_record(self.user, Referral, self.record_id)
            by_share = queries.reads_by_share(self.user, referral)
            if by_share and referral.received_at is None:
                receive_referral(referral=referral, by=self.user, at=clock.now())
            body = ReferralOut.render(referral)
            body |= self._told(referral) if by_share else self._known(referral)
        return Response(body, headers={"ETag": etag(referral)})

    def _told(self, referral: Referral) -> dict[str, Any]:
        told = queries.read_slice(referral, clock.now())
        reach = told.contacting
        return {
            "slice": [
                {
                    "code": section.code,
                    "title": str(section.title),
                    "rows": [
                        {"item": row.item, "label": row.label, "value": row.value} for row in section.rows
                    ],
                }
                for section in told.sections
            ],
            "safe_contact": None
            if reach is None
            else {"allowed": reach.allowed, "text": reach.line, "confirmed_on": plain(reach.confirmed_on)},
        }

    def _known(self, referral: Referral) -> dict[str, Any]:
        return {
            "case": str(referral.case_id),
            "consent": str(referral.consent_id),
            "needs": referral.needs,
            "shelter_needs": referral.shelter_needs,
        }


class _AnswerView(_SharedView, ActionView):
    """One answer of the partner."""

    model: ClassVar[Any] = Referral

    def _act(self, answers: dict[str, Any], seen: int | None) -> Receipt:
        with self._aloud():
            return super()._act(answers, seen)


class AcceptReferral(_AnswerView):
    """POST to take it on; an appointment may be named."""

    action, sheet = accept_referral, ACCEPTANCE
    receipt = ("state", "appointment_at")


class DeclineReferral(_AnswerView):
    """POST a reason: the slice closes at once."""

    action, sheet = decline_referral, DECLINE
    receipt = ("state", "declined_reason")


class ReportBack(_AnswerView):
    """POST what came of it."""

    action, sheet = report_back, REPORT_BACK
    receipt = ("state", "result")


class WithdrawReferral(ActionView):
    """POST nothing: the request is taken back, and the recipient gets 410 from this instant."""

    model, action = Referral, withdraw_referral
    receipt = ("state",)
