"""REST of measures: the same verbs as the pages, under the same last words of the address."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from casework.access.opening import open_record
from casework.base import clock
from casework.base.sheets import Item
from casework.cases.models import Case
from casework.encryption.keyring import prefetch_keys
from casework.http.rest import ActionView, RecordListView, RecordView, VerbView, etag
from casework.http.serializers import record_serializer
from casework.protection import actions, queries, sheet
from casework.protection.models import (
    AllowedContact,
    Breach,
    Measure,
    Meeting,
    Outcome,
    Service,
    SupportSession,
)

# Times and codes of a measure; they name nobody.
PLAIN = (
    "case",
    "kind",
    "decider",
    "state",
    "requested_at",
    "requester",
    "consent",
    "told_rights_at",
    "grounds",
    "decide_by",
    "decided_at",
    "granted",
    "number",
    "signed_on_paper",
    "starts_at",
    "ends_at",
    "ended_at",
    "monitor_kind",
    "monitor_assigned_at",
    "monitor_announced_at",
    "commitment_signed",
    "cancel_requested_at",
    "cancelled_at",
    "cancel_number",
    "cancel_on_paper",
    "extension_of",
)
WORDS = (
    "consent_document",
    "grounds_text",
    "authority",
    "reasons",
    "conditions",
    "monitor_name",
    "cancel_reason",
    "cancel_answer",
    "result",
)
FILTERS = (Item("state", "code", codes="measure_state"), Item("kind", "code", codes="measure"))
RECEIPT = ("state", "number", "decided_at", "starts_at", "ends_at", "ended_at")

# `state` is what was written down; `standing` is where the measure stands now, by the clock.
_STANDING = (serializers.CharField(read_only=True), lambda row: queries.standing(row, at=clock.now()))
MeasureRow = record_serializer("MeasureRow", Measure, PLAIN, extra={"standing": _STANDING})
ServiceOut = record_serializer("ServiceOut", Service, ("recipient", "served_at", "how", "refused"))
BreachOut = record_serializer("BreachOut", Breach, ("measure", "at", "kind", "account", "followed"))
# What was said in a breach is shown with one measure, not in a list.
BreachRow = record_serializer("BreachRow", Breach, ("measure", "at", "kind"))
MeasureOut = record_serializer(
    "MeasureOut",
    Measure,
    (*PLAIN, *WORDS),
    extra={
        "standing": _STANDING,
        "late_minutes": (serializers.IntegerField(read_only=True), lambda row: 0),
        "outstanding": (
            serializers.ListField(child=serializers.CharField(), read_only=True),
            lambda row: [],
        ),
        "services": (ServiceOut(many=True, read_only=True), lambda row: []),
        "breaches": (BreachOut(many=True, read_only=True), lambda row: []),
    },
)


class CaseMeasures(RecordListView):
    """GET the measures of a case, newest first; POST to record one decided elsewhere."""

    model, parent, verb, output = Measure, Case, "case.view", MeasureRow
    filters = FILTERS
    action, sheet = actions.record_measure, sheet.OTHER_MEASURE
    receipt, location = RECEIPT, "api:measure-detail"


class RequestBan(ActionView):
    """POST a request for a contact ban; the chair's 12 hours are in `decide_by`."""

    model, action, sheet, creates = Case, actions.request_ban, sheet.BAN_REQUEST, Measure
    receipt, location = ("state", "decide_by"), "api:measure-detail"


class OwnMotionBan(ActionView):
    """POST a ban the chair decides by himself."""

    model, action, sheet, creates = Case, actions.ban_on_own_motion, sheet.OWN_MOTION, Measure
    receipt, location = RECEIPT, "api:measure-detail"


class MeasureList(RecordListView):
    """GET the measures of all cases the viewer may see, newest first."""

    model, verb, output = Measure, "case.view", MeasureRow
    filters = FILTERS


class MeasureRecord(RecordView):
    """GET one measure with who was served and what breached it."""

    model, verb, output = Measure, "case.view", MeasureOut

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        measure = open_record(self.user, Measure, self.record_id, verb=self.verb)
        prefetch_keys([measure])
        one = queries.shown(measure, at=clock.now())
        body = MeasureOut.render(measure)
        body["late_minutes"] = int(one.late.total_seconds() // 60) if one.late else 0
        body["outstanding"] = list(one.course.outstanding) if one.course.runs else []
        body["services"] = ServiceOut.render_all(one.services)
        body["breaches"] = BreachOut.render_all(one.breaches)
        return Response(body, headers={"ETag": etag(measure)})


class DecideBan(ActionView):
    """POST the term of the ban; without `starts_at` it holds from now."""

    model, action, sheet = Measure, actions.decide_ban, sheet.BAN_DECISION
    receipt = RECEIPT


class RefuseBan(ActionView):
    """POST the reasons of the refusal."""

    model, action, sheet = Measure, actions.refuse_ban, sheet.REFUSAL
    receipt = RECEIPT


class ServeDecision(ActionView):
    """POST who received a copy; the police unit's copy opens the case to that unit."""

    model, action, sheet, creates = Measure, actions.serve_decision, sheet.SERVICE, Service
    receipt = ("recipient", "served_at", "refused")


class AssignMonitor(ActionView):
    """POST the monitor; naming another keeps the hour of the first."""

    model, action, sheet = Measure, actions.assign_monitor, sheet.MONITOR
    receipt = ("monitor_kind", "monitor_assigned_at")


class AnnounceMonitoring(ActionView):
    """POST that the monitoring was announced."""

    model, action, sheet = Measure, actions.announce_monitoring, sheet.ANNOUNCEMENT
    receipt = ("monitor_announced_at", "commitment_signed")


class Breaches(RecordListView):
    """GET the breaches of a measure, newest first; POST one."""

    model, parent, parent_name, verb, output = Breach, Measure, "measure", "case.view", BreachRow
    filters = (Item("kind", "code", codes="breach_kind"),)
    action, sheet = actions.record_breach, sheet.BREACH
    receipt = ("at", "kind")


ContactOut = record_serializer(
    "AllowedContactOut",
    AllowedContact,
    ("measure", "ground", "notified_at", "signed_at", "starts_at", "ends_at", "told_chair_at", "ended_at"),
)
SESSION_PLAIN = ("measure", "kind", "at", "minutes", "topics", "attendance")
# What was done in a session is shown with the one, not in a list.
SessionRow = record_serializer("SessionRow", SupportSession, SESSION_PLAIN)
SessionOut = record_serializer("SessionOut", SupportSession, (*SESSION_PLAIN, "account", "corrected_why"))
MinutesOut = record_serializer(
    "MinutesOut",
    Meeting,
    (
        "measure",
        "kind",
        "at",
        "place",
        "participants",
        "led_by",
        "commitment",
        "result",
        "her_wish",
        "account",
        "minutes",
        "corrected_why",
    ),
)
OutcomeOut = record_serializer(
    "OutcomeOut",
    Outcome,
    (
        "kind",
        "penalty_articles",
        "criminal_articles",
        "decided_at",
        "authority",
        "number",
        "account",
        "corrected_why",
    ),
)


class AllowedContacts(RecordListView):
    """GET the allowed contacts of a ban; POST one the monitor has signed for."""

    model, parent, parent_name, verb, output = AllowedContact, Measure, "measure", "case.view", ContactOut
    action, sheet = actions.allow_contact, sheet.ALLOWED_CONTACT
    receipt = ("starts_at", "ends_at")


class CloseContact(ActionView):
    """POST when an allowed contact was over and when the chair was told."""

    model, action, sheet = AllowedContact, actions.close_contact, sheet.CONTACT_END
    receipt = ("ended_at", "told_chair_at")


class Sessions(RecordListView):
    """GET the sessions of a measure; POST one more."""

    model, parent, parent_name, verb, output = SupportSession, Measure, "measure", "case.view", SessionRow
    action, sheet = actions.record_session, sheet.SESSION
    receipt = ("kind", "attendance")


class Critiques(RecordListView):
    """GET the minutes of a critique; POST them."""

    model, parent, parent_name, verb, output = Meeting, Measure, "measure", "case.view", MinutesOut
    action, sheet = actions.record_critique, sheet.CRITIQUE
    receipt = ("commitment",)


class Mediations(RecordListView):
    """GET the minutes of the meetings of a case; POST those of a mediation."""

    model, parent, verb, output = Meeting, Case, "case.view", MinutesOut
    action, sheet = actions.record_mediation, sheet.MEDIATION
    receipt = ("result",)


class OtherCaseOut(serializers.Serializer[Any]):
    """Another case of the perpetrator, or perhaps of the same (`by`: person, identity, name): somebody has to check."""

    case = serializers.UUIDField()
    number = serializers.CharField()
    by = serializers.CharField()
    acts = serializers.IntegerField(help_text="incidents within the months of Art. 32(1)")
    was_fined = serializers.BooleanField()


class ElsewhereOut(serializers.Serializer[Any]):
    """What the law counts by person and this case does not hold, in cases the caller may see."""

    results = OtherCaseOut(many=True)


class ElsewhereList(VerbView):
    """GET earlier acts and penalties on file in other cases, before a critique or community work is recorded."""

    model, verb = Case, "measure.record"
    output = ElsewhereOut  # type: ignore[assignment]
    http_method_names = ("get",)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        case = open_record(self.user, Case, self.record_id, verb=self.verb)
        found = queries.elsewhere(self.user, case, at=clock.now())
        return Response(
            {
                "results": [
                    {
                        "case": one.found.case.pk,
                        "number": one.found.case.number,
                        "by": one.found.by,
                        "acts": one.acts,
                        "was_fined": one.was_fined,
                    }
                    for one in found
                ]
            }
        )


class MeetingRecord(RecordView):
    """GET the minutes of one meeting."""

    model, verb, output = Meeting, "case.view", MinutesOut


class CorrectMeeting(ActionView):
    """POST the answers that change and why; the others stay. What only the other kind of meeting is asked is refused."""

    model, action, sheet = Meeting, actions.correct_meeting, sheet.MEETING
    partial = True
    receipt = ("kind", "at")


class Outcomes(RecordListView):
    """GET how the one who committed violence was dealt with; POST one more."""

    model, parent, verb, output = Outcome, Case, "case.view", OutcomeOut
    action, sheet = actions.record_outcome, sheet.OUTCOME
    receipt = ("kind", "decided_at")


class SessionRecord(RecordView):
    """GET one session."""

    model, verb, output = SupportSession, "case.view", SessionOut


class CorrectSession(ActionView):
    """POST the answers that change and why; the others stay."""

    model, action, sheet = SupportSession, actions.correct_session, sheet.SESSION_CORRECTION
    partial = True
    receipt = ("kind", "at", "attendance")


class OutcomeRecord(RecordView):
    """GET one outcome."""

    model, verb, output = Outcome, "case.view", OutcomeOut


class CorrectOutcome(ActionView):
    """POST the answers that change and why; the others stay."""

    model, action, sheet = Outcome, actions.correct_outcome, sheet.OUTCOME_CORRECTION
    partial = True
    receipt = ("kind", "decided_at")


class RequestCancellation(ActionView):
    """POST why the chair should cancel."""

    model, action, sheet = Measure, actions.request_cancellation, sheet.CANCELLATION_REQUEST
    receipt = ("state", "cancel_requested_at")


class CancelMeasure(ActionView):
    """POST the reasons; the measure ends now."""

    model, action, sheet = Measure, actions.cancel_measure, sheet.CANCELLATION
    receipt = (*RECEIPT, "cancel_number")


class RefuseCancellation(ActionView):
    """POST the reasons why the measure stays."""

    model, action, sheet = Measure, actions.refuse_cancellation, sheet.CANCELLATION_ANSWER
    receipt = RECEIPT


class EndMeasure(ActionView):
    """POST what came of a measure that is over."""

    model, action, sheet = Measure, actions.end_measure, sheet.END
    receipt = RECEIPT
