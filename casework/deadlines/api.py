"""REST of clocks: those of one case, those a viewer answers for, how long they run, days off, duty, a calendar."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from casework.access.opening import record_list
from casework.base import clock
from casework.base.refusals import InvalidInput
from casework.base.sheets import Item, Section, Sheet
from casework.cases.models import Case
from casework.deadlines import queries
from casework.deadlines.actions import (
    NewFeed,
    acknowledge_deadline,
    end_feed,
    finish_office_clock,
    make_feed,
    set_holiday,
    set_period,
    start_office_clocks,
    take_over,
    withdraw_period,
)
from casework.deadlines.models import CalendarFeed, Deadline, Handover, Holiday, OfficeDeadline, Period
from casework.deadlines.sheet import HOLIDAY, OFFICE_CLOCK, PERIOD
from casework.http.idempotency import Receipt
from casework.http.plain import PlainActionView, PlainListView
from casework.http.rest import ActionView, RecordListView, RecordView, VerbView
from casework.http.serializers import RecordSerializer, record_serializer
from casework.http.verbs import run

if TYPE_CHECKING:
    from rest_framework.request import Request

_CLOCK = (
    "kind",
    "basis",
    "is_verified",
    "role",
    "starts_at",
    "due_at",
    "state",
    "ended_at",
    "acknowledged_at",
)
DeadlineOut = record_serializer("DeadlineOut", Deadline, ("case", "subject_type", "subject_id", *_CLOCK))
OfficeDeadlineOut = record_serializer("OfficeDeadlineOut", OfficeDeadline, ("area", *_CLOCK))


class CaseDeadlines(RecordListView):
    """The clocks of one case, running and stopped, the newest first."""

    model, parent, verb, output = Deadline, Case, "case.view", DeadlineOut
    filters = (
        Item("state", "code", codes="deadline_state"),
        Item("kind", "code", codes="deadline_kind"),
    )


class DeadlineRecord(RecordView):
    """GET one clock."""

    model, verb, output = Deadline, "case.view", DeadlineOut


class AcknowledgeDeadline(ActionView):
    """POST nothing: one knows and is at it; no more repetitions, the clock runs on."""

    model, action = Deadline, acknowledge_deadline
    receipt = ("acknowledged_at",)


class DueOut(RecordSerializer):
    """A running clock; the first assessment of a new case has no id in its first minute."""

    id = serializers.UUIDField(allow_null=True)
    case = serializers.UUIDField()
    case_number = serializers.CharField()
    kind = serializers.CharField()
    role = serializers.CharField()
    subject_id = serializers.UUIDField(allow_null=True)
    due_at = serializers.DateTimeField()
    is_verified = serializers.BooleanField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)

    getters: ClassVar = {
        "id": lambda due: due.clock_id,
        "case": lambda due: due.case.pk,
        "case_number": lambda due: due.case.number,
        "kind": lambda due: due.kind,
        "role": lambda due: due.role,
        "subject_id": lambda due: due.subject_id,
        "due_at": lambda due: due.due_at,
        "is_verified": lambda due: due.is_verified,
        "acknowledged_at": lambda due: due.acknowledged_at,
    }
    relations: ClassVar = ()


class DeadlineList(RecordListView):
    """The running clocks of the caller's cases (scope=mine), unit or area, the case with the nearest first.

    board: overdue, today (the default: overdue and due today), decisions, ending, running or week. `size` counts
    cases, of which each may have several clocks; with `kind` a page may be empty while there is a next one.
    Without scope: the narrowest there is.
    """

    model, verb, output = Deadline, "deadline.view", DueOut
    filters = (
        Item("kind", "code", codes="deadline_kind"),
        Item("scope", "text", label=_("Whose")),
        Item("board", "text", label=_("Which")),
    )

    def get(self, request: "Request", *args: Any, **kwargs: Any) -> Response:
        after, size, asked = self.query(request)
        at = clock.now()
        scopes = queries.scopes_of(self.user, at=at)
        scope, board = asked.get("scope", scopes[0]), asked.get("board", "today")
        if scope not in scopes or board not in queries.BOARDS:
            raise InvalidInput(
                {"scope" if scope not in scopes else "board": _("This list has no such part.")}
            )
        found = queries.board(
            self.user, scope, board, kind=asked.get("kind", ""), after=after, size=size, at=at
        )
        shown = list(dict.fromkeys(due.case.pk for due in found.rows))
        record_list(self.user, self.verb, shown=shown, filters={**asked, "scope": scope, "board": board})
        return Response({"results": DueOut.render_all(found.rows), "next": found.next or None})


# --- how long clocks run here ---


class PeriodOut(RecordSerializer):
    """How long a kind of clock runs today in the caller's province; amount 0 with no unit: no number is known.

    set_by_province: the id of what the province has set instead of what comes with the product.
    """

    kind = serializers.CharField()
    variant = serializers.CharField()
    unit = serializers.CharField()
    amount = serializers.IntegerField()
    month = serializers.IntegerField()
    day = serializers.IntegerField()
    basis = serializers.CharField()
    is_verified = serializers.BooleanField()
    is_law = serializers.BooleanField()
    set_by_province = serializers.CharField()

    getters: ClassVar = {
        "kind": lambda line: line.rule.kind,
        "variant": lambda line: line.rule.variant,
        "unit": lambda line: line.rule.length.unit if line.rule.length else "",
        "amount": lambda line: line.rule.length.amount if line.rule.length else 0,
        "month": lambda line: line.rule.length.month if line.rule.length else 0,
        "day": lambda line: line.rule.length.day if line.rule.length else 0,
        "basis": lambda line: line.rule.basis,
        "is_verified": lambda line: line.rule.verified,
        "is_law": lambda line: line.is_law,
        "set_by_province": lambda line: line.rule.source,
    }
    relations: ClassVar = ()


SET_PERIOD = Sheet(
    "set_period",
    PERIOD.title,
    (
        Section(
            "which",
            _("Which clock"),
            (
                Item("kind", "code", codes="deadline_kind", label=_("Which clock"), required=True),
                Item("variant", "text", label=_("What its length depends on")),
            ),
        ),
        *PERIOD.sections,
    ),
)


class PeriodList(PlainListView):
    """GET every period as it holds today; POST how long one of them is from a day on."""

    model, verb, output = Period, "period.view", PeriodOut
    action, sheet = set_period, SET_PERIOD
    receipt = ("valid_from", "valid_to")

    def get(self, request: "Request", *args: Any, **kwargs: Any) -> Response:
        self.query(request)
        lines = queries.periods_of(self.user, at=clock.now())
        return Response({"results": PeriodOut.render_all(lines), "next": None})

    def perform(self, answers: dict[str, Any], **how: Any) -> Period:
        kind, variant = answers.pop("kind"), answers.pop("variant", "")
        return run(set_period, answers, kind=kind, variant=variant, **how)


class WithdrawPeriod(PlainActionView):
    """POST nothing: the period is taken back."""

    model, action, subject = Period, withdraw_period, "period"
    receipt = ("withdrawn_at",)

    def opened(self) -> Period:
        return queries.open_period(self.user, self.record_id, at=clock.now())


class HolidayOut(RecordSerializer):
    """A day that is not as the week says."""

    day = serializers.DateField()
    name = serializers.CharField()
    is_working = serializers.BooleanField()

    getters: ClassVar = {
        "day": lambda row: row.day,
        "name": lambda row: row.name,
        "is_working": lambda row: row.is_working,
    }
    relations: ClassVar = ()


class HolidayList(PlainListView):
    """GET the days that are not as the week says; POST one."""

    model, verb, output = Holiday, "period.view", HolidayOut
    action, sheet = set_holiday, HOLIDAY
    receipt = ("day", "is_working")
    remembered = False

    def rows(self, chosen: dict[str, Any]) -> QuerySet[Holiday]:
        return Holiday.objects.all()


# --- clocks of an office ---


class OfficeClockList(RecordListView):
    """GET what the caller's offices owe in time; POST an event that must be reported in time."""

    model, verb, output = OfficeDeadline, "office_clock.view", OfficeDeadlineOut
    action, sheet = start_office_clocks, OFFICE_CLOCK
    receipt = ("kind", "due_at")
    filters = (Item("state", "code", codes="deadline_state"), Item("kind", "code", codes="deadline_kind"))


class FinishOfficeClock(ActionView):
    """POST nothing: it has been done."""

    model, action = OfficeDeadline, finish_office_clock
    receipt = ("state", "ended_at")


# --- duty ---


class HandoverOut(RecordSerializer):
    """A shift of the caller that runs now, with what lay open when it began."""

    id = serializers.UUIDField()
    agency = serializers.UUIDField()
    agency_name = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    open_clocks = serializers.IntegerField()
    overdue_clocks = serializers.IntegerField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)

    getters: ClassVar = {
        "id": lambda row: row.pk,
        "agency": lambda row: row.shift.agency_id,
        "agency_name": lambda row: row.shift.agency.name,
        "starts_at": lambda row: row.shift.starts_at,
        "ends_at": lambda row: row.shift.ends_at,
        "open_clocks": lambda row: row.open_clocks,
        "overdue_clocks": lambda row: row.overdue_clocks,
        "acknowledged_at": lambda row: row.acknowledged_at,
    }
    relations: ClassVar = ()


class HandoverList(PlainListView):
    """GET what was handed over to the caller with the shifts that run now."""

    model, verb, output = Handover, "duty.take_over", HandoverOut

    def get(self, request: "Request", *args: Any, **kwargs: Any) -> Response:
        self.query(request)
        rows = queries.handovers_of(self.user, at=clock.now())
        record_list(self.user, self.verb, shown=[row.pk for row in rows])
        return Response({"results": HandoverOut.render_all(rows), "next": None})


class TakeOver(PlainActionView):
    """POST nothing: the caller has taken the duty over."""

    model, action, subject = Handover, take_over, "handover"
    receipt = ("acknowledged_at",)

    def opened(self) -> Handover:
        return queries.open_handover(self.user, self.record_id)


# --- a calendar ---


class FeedOut(RecordSerializer):
    """The address of a calendar: shown in this answer and never again."""

    address = serializers.CharField()
    made_at = serializers.DateTimeField()

    getters: ClassVar = {
        "address": lambda made: reverse("calendar-feed", args=[made.token]),
        "made_at": lambda made: made.feed.made_at,
    }
    relations: ClassVar = ()


class MakeFeed(PlainActionView):
    """POST nothing and read the secret address of one's calendar; an earlier one ends."""

    model, action = CalendarFeed, make_feed
    output = FeedOut
    keeps_receipt = False

    def receipt_of(self, row: NewFeed, http_status: int) -> Receipt:
        return Receipt(http_status, FeedOut.render(row))


class EndFeed(PlainActionView):
    """POST nothing: the address of one's calendar ends."""

    model, action = CalendarFeed, end_feed


class FeedStateOut(RecordSerializer):
    """Whether the caller has an address of a calendar, and when it was last read."""

    made_at = serializers.DateTimeField(allow_null=True)
    read_at = serializers.DateTimeField(allow_null=True)

    getters: ClassVar = {
        "made_at": lambda feed: feed.made_at if feed else None,
        "read_at": lambda feed: feed.read_at if feed else None,
    }
    relations: ClassVar = ()


class OwnFeed(VerbView):
    """GET whether one has an address of a calendar; the address itself is shown once, when it is made."""

    model: ClassVar[Any] = CalendarFeed
    verb, output = "calendar.set", FeedStateOut
    http_method_names = ("get",)

    def get(self, request: "Request", *args: Any, **kwargs: Any) -> Response:
        return Response(FeedStateOut.render(queries.feed_of(self.user)))
