"""REST: the access log for auditors, opening a case and the words of a search with a reason."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from casework.access.opening import record_list
from casework.base import clock
from casework.base.sheets import Item
from casework.cases.models import Case
from casework.http.rest import QuestionView, RecordListView, VerbView
from casework.http.serializers import RecordSerializer
from casework.http.verbs import run
from casework.oversight import queries
from casework.oversight.actions import open_case_for_audit
from casework.oversight.sheet import OPEN_CASE, OPEN_TERM

if TYPE_CHECKING:
    from rest_framework.request import Request


class AuditEventOut(RecordSerializer):
    """One event, with the sentence the pages show."""

    at = serializers.DateTimeField()
    actor = serializers.UUIDField(allow_null=True)
    who = serializers.CharField()
    office = serializers.CharField()
    action = serializers.CharField()
    outcome = serializers.CharField()
    case = serializers.UUIDField(allow_null=True)
    case_number = serializers.CharField()
    basis = serializers.CharField()
    sequence = serializers.IntegerField(help_text="The place of the event in its chain.")
    sentence = serializers.CharField()
    event = serializers.IntegerField(help_text="What open-term takes.")
    kind = serializers.CharField(help_text="The kind of record the event is about.")
    record = serializers.UUIDField(allow_null=True)
    has_term = serializers.BooleanField(help_text="Whether words somebody searched for are sealed in it.")

    getters: ClassVar = {
        "at": lambda event: event.at,
        "actor": lambda event: event.actor_id,
        "who": lambda event: event.who,
        "office": lambda event: event.office,
        "action": lambda event: event.action,
        "outcome": lambda event: event.outcome,
        "case": lambda event: event.case_id,
        "case_number": lambda event: event.case_number,
        "basis": lambda event: event.basis,
        "sequence": lambda event: event.seq,
        "sentence": lambda event: event.sentence,
        "event": lambda event: event.key,
        "kind": lambda event: event.kind,
        "record": lambda event: event.record_id,
        "has_term": lambda event: event.has_term,
    }
    relations: ClassVar = ()


class AuditEventList(RecordListView):
    """What was read, done, refused and searched, newest first: of a case, a person, somebody, an office, or the area."""

    model, verb, output = Case, "audit.read", AuditEventOut
    also = (404,)
    filters = (
        Item("case", "text", label=_("Case")),
        Item("person", "text", label=_("Person")),
        Item("actor", "text", label=_("Member of staff")),
        Item("unit", "text", label=_("Office")),
        Item("day", "text", label=_("Day")),
        Item("action", "text", label=_("Action")),
        Item("outcome", "text", label=_("Outcome")),
    )

    def get(self, request: "Request", *args: Any, **kwargs: Any) -> Response:
        after, size, asked = self.query(request)
        at = clock.now()
        search = queries.search_of(self.user, asked, at=at)
        found = queries.events_for(self.user, search, after=after, size=size, at=at)
        about = {event.case_id for event in found.rows if event.case_id}
        record_list(self.user, self.verb, shown=sorted(about, key=str), filters=search.words())
        return Response({"results": AuditEventOut.render_all(found.rows), "next": found.next or None})


class OpenCaseForAudit(VerbView):
    """Open a case for reading, with a reason, for 60 minutes."""

    model, verb, sheet, creates = Case, "audit.open_case", OPEN_CASE, Case
    action: ClassVar[Callable[..., Any]] = open_case_for_audit
    receipt = ("number",)
    also = (404,)

    http_method_names = ("post",)

    def post(self, request: "Request", *args: Any, **kwargs: Any) -> Response:
        key = self.idempotency_key(request, required=True)
        answers = self.answers(request)
        return self.once(
            request,
            key,
            lambda: self.receipt_of(run(type(self).action, answers, by=self.user, at=clock.now()), 201),
        )


class TermOut(serializers.Serializer[Any]):
    """What somebody searched for."""

    event = serializers.IntegerField()
    term = serializers.CharField()


class OpenTerm(QuestionView):
    """Read the words of one search, for a reason that is kept."""

    model, verb, sheet, output = Case, "audit.open_term", OPEN_TERM, TermOut
    also = (404,)

    def ask(self, answers: dict[str, Any]) -> dict[str, Any]:
        term = queries.open_term(self.user, answers["event"], reason=answers["reason"], at=clock.now())
        return {"event": answers["event"], "term": term}
