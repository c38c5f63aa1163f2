"""REST: the access log for auditors, opening a case and the words of a search with a reason."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from casework.access.opening import open_record, record_list
from casework.base import clock
from casework.base.refusals import InvalidInput, NotVisible
from casework.base.sheets import Item
from casework.cases.models import Case
from casework.http.downloads import saved
from casework.http.rest import QuestionView, RecordListView, VerbView
from casework.http.serializers import RecordSerializer
from casework.http.verbs import run
from casework.oversight import queries
from casework.oversight.actions import list_readers, open_case_for_audit
from casework.oversight.plainly import WORDS
from casework.oversight.sheet import LIST_READERS, OPEN_CASE, OPEN_TERM

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


class ExportEvents(VerbView):
    """GET what a search found as lines of JSON, each event with its proof in the signed tree, or as a workbook.

    The filters are those of the list; one of case, person, actor, unit or day must be given. At most 10,000 events.
    """

    model, verb = Case, "audit.export"
    sends: ClassVar[tuple[str, ...]] = tuple(media_type for _make, media_type in queries.COPIES.values())
    also: ClassVar[tuple[int, ...]] = (400, 404, 409)
    http_method_names = ("get",)

    @extend_schema(
        parameters=[
            OpenApiParameter("as", str, enum=sorted(queries.COPIES), description="jsonl when left out."),
            *(OpenApiParameter(item.name, str) for item in AuditEventList.filters),
        ],
    )
    def get(self, request: "Request", *args: Any, **kwargs: Any) -> HttpResponse:
        at, asked = clock.now(), request.query_params.dict()
        form = asked.pop("as", "jsonl")
        for name in asked.keys() - {item.name for item in AuditEventList.filters}:
            raise InvalidInput({name if name.isidentifier() else "": _("This list has no such filter.")})
        if form not in queries.COPIES:
            raise InvalidInput({"as": _("Choose one of the answers offered.")})
        make, media_type = queries.COPIES[form]
        made = make(self.user, queries.search_of(self.user, asked, at=at), at=at)
        return saved(made.content, name=f"{clock.local(at):%Y%m%d-%H%M%S}.{form}", media_type=media_type)


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


class ReaderOut(serializers.Serializer[Any]):
    """What one member of staff did with the file on one day."""

    day = serializers.DateField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    who = serializers.CharField()
    office = serializers.CharField()
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=list(WORDS)))


class ReadersOut(serializers.Serializer[Any]):
    """Who opened the case, for the person it is about."""

    lines = ReaderOut(many=True)
    refusals = serializers.CharField(help_text="A sentence; empty when nobody was refused.")
    is_cut = serializers.BooleanField(help_text="Whether there was more than is told.")


class ListReaders(QuestionView):
    """List who opened the case, for the person it is about: by day and person, without what is in it."""

    model, verb, sheet, output = Case, "case.list_readers", LIST_READERS, ReadersOut
    also = (409,)

    def ask(self, answers: dict[str, Any]) -> dict[str, Any]:
        at = clock.now()
        case = open_record(self.user, Case, self.record_id, verb=self.verb, page="list-readers")
        run(list_readers, answers, case=case, by=self.user, at=at)
        told = queries.readers_told_to_her(case, answers["since"], answers["until"])
        return {
            "lines": [
                {
                    "day": line.reader.day.isoformat(),
                    "since": clock.local(line.reader.first).isoformat(),
                    "until": clock.local(line.reader.last).isoformat(),
                    "who": line.name,
                    "office": line.office,
                    "kinds": list(line.reader.kinds),
                }
                for line in told.lines
            ],
            "refusals": told.refusals,
            "is_cut": told.is_cut,
        }


class CheckpointOut(serializers.Serializer[Any]):
    """The newest signed statement of the memory."""

    number = serializers.IntegerField()
    size = serializers.IntegerField(help_text="How many events it covers.")
    at = serializers.DateTimeField()
    line = serializers.CharField(help_text="What a witness keeps.")


class NewestCheckpoint(VerbView):
    """GET the newest checkpoint of the memory, to be kept where whoever runs this server cannot write; 404 before any."""

    model, verb, output = Case, "audit.print_checkpoint", CheckpointOut  # type: ignore[assignment]
    also = (404,)
    http_method_names = ("get",)

    def get(self, request: "Request", *args: Any, **kwargs: Any) -> Response:
        found = queries.newest_checkpoint()
        record_list(self.user, self.verb, filters={"checkpoint": found.number} if found else {})
        if found is None:
            raise NotVisible
        at = clock.local(found.ts).isoformat()
        return Response({"number": found.number, "size": found.size, "at": at, "line": found.line()})
