"""REST of papers: the verbs of the pages, under the same last words of the address."""

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Final

from django.http import QueryDict
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from casework.access.opening import open_record, record_list
from casework.attachments.kinds import KINDS
from casework.attachments.queries import content_of
from casework.base import clock
from casework.base.refusals import InvalidInput
from casework.base.sheets import Item
from casework.cases.models import Case
from casework.http.downloads import download, saved
from casework.http.rest import ActionView, RecordListView, RecordView, VerbView
from casework.http.serializers import RecordSerializer, record_serializer
from casework.official_forms import actions, ahead, queries, sheet
from casework.official_forms.models import OfficialPaper, PaperTemplate

PLAIN = (
    "case",
    "kind",
    "about",
    "about_kind",
    "register",
    "year",
    "number",
    "shown_number",
    "check_code",
    "state",
    "origin",
    "goes_to",
    "media_type",
    "size",
    "found",
    "drawn_at",
    "issued_at",
    "release_asked_at",
    "released_at",
    "voided_at",
)
RECEIPT = ("state", "register", "year", "number", "shown_number", "found")

# A list opens nothing that is sealed.
PaperRow = record_serializer("PaperRow", OfficialPaper, PLAIN)
PaperOut = record_serializer(
    "PaperOut",
    OfficialPaper,
    (*PLAIN, "file_name", "sha256", "findings", "release_reason", "release_remark", "void_reason"),
)


class OfferOut(serializers.Serializer[Any]):
    """A paper that can be made now.

    missing: what nobody has recorded yet and it has to say; paper: the one this decision has, and no second is issued.
    """

    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    about = serializers.UUIDField()
    about_kind = serializers.CharField()
    reaches_abuser = serializers.BooleanField()
    missing = serializers.ListField(child=serializers.CharField())
    paper = serializers.UUIDField(allow_null=True)


class OffersOut(serializers.Serializer[Any]):
    """Every paper that can be made of a case."""

    results = OfferOut(many=True)


class Offers(VerbView):
    """GET what can be made of a case now; `kind` and `about` are what issuing asks for."""

    model, verb = Case, "paper.draw"
    output = OffersOut  # type: ignore[assignment]
    http_method_names = ("get",)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        case = open_record(self.user, Case, self.record_id, verb=self.verb)
        found = queries.offers_of(self.user, case, at=clock.now())
        papers = queries.papers_of(self.user, case)
        results = [
            {
                "kind": one.kind.code,
                "label": str(one.kind.label),
                "about": str(one.subject.pk),
                "about_kind": one.subject.on,
                "reaches_abuser": one.kind.reaches_abuser,
                "missing": [str(words) for words in one.missing],
                "paper": paper.pk if paper else None,
            }
            for one in found
            for paper in (queries.standing_paper(papers, one.kind, one.subject.pk),)
        ]
        return Response({"results": results})


class PaperList(RecordListView):
    """GET the papers of a case that have a number; POST to issue one, blocked when it says what it may not."""

    model, parent, verb, output = OfficialPaper, Case, "case.view", PaperRow
    filters = (Item("state", "code", codes="paper_state"),)
    action, sheet = actions.issue_paper, sheet.ISSUE
    receipt, location = RECEIPT, "api:paper"

    def around(self, answers: Mapping[str, Any]) -> AbstractContextManager[None]:
        return ahead.issuing(self.user, self.record_id, answers)


class IssueFile(ActionView):
    """POST a file that was written elsewhere, as multipart/form-data; it gets a number and is looked through."""

    model, action, sheet, creates = Case, actions.issue_file, sheet.SEND_FILE, OfficialPaper
    receipt, location = RECEIPT, "api:paper"
    parser_classes = (MultiPartParser,)
    takes_files = True

    def around(self, answers: Mapping[str, Any]) -> AbstractContextManager[None]:
        return ahead.sending(self.user, self.record_id, answers["file"])


class PaperRecord(RecordView):
    """GET what is known of one paper, with what was found in it."""

    model, verb, output = OfficialPaper, "case.view", PaperOut
    reveals = ("file_name", "findings")


class PaperContent(VerbView):
    """GET the file as it went out; a blocked one only for whoever may let it go."""

    model, verb = OfficialPaper, "paper.open"
    sends = tuple(kind.media_type for kind in KINDS)
    also = (409, 410, 416)
    http_method_names = ("get",)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        row = queries.open_content(self.user, self.record_id, at=clock.now())
        content = content_of(row)
        return download(
            request._request, content, name=row.file_name, media_type=row.media_type, tag=str(row.stored_as)
        )


class RedactPaper(ActionView):
    """POST a file without what was found, or none to draw the paper anew; as multipart/form-data."""

    model, action, sheet = OfficialPaper, actions.redact_paper, sheet.REDACTION
    receipt = RECEIPT
    parser_classes = (MultiPartParser,)
    takes_files = True

    def around(self, answers: Mapping[str, Any]) -> AbstractContextManager[None]:
        return ahead.redrawing(self.user, self.record_id, answers.get("file"))


class AskRelease(ActionView):
    """POST why a blocked paper may go out; good for 24 hours and for this file alone."""

    model, action, sheet = OfficialPaper, actions.ask_release, sheet.ASK_RELEASE
    receipt = ("state", "release_asked_at")


class ReleasePaper(ActionView):
    """POST that it may go out; never whoever asked or drew it."""

    model, action, sheet = OfficialPaper, actions.release_paper, sheet.RELEASE
    receipt = RECEIPT


class VoidPaper(ActionView):
    """POST why the number is not used."""

    model, action, sheet = OfficialPaper, actions.void_paper, sheet.VOID
    receipt = RECEIPT


# --- registers ---


class EntryOut(serializers.Serializer[Any]):
    """One number; of a case the caller may not read it has no kind, no recipient and no id.

    state: empty while no paper was made of what was decided.
    """

    number = serializers.IntegerField(allow_null=True)
    shown_number = serializers.CharField()
    drawn_at = serializers.DateTimeField()
    state = serializers.CharField()
    kind = serializers.CharField()
    goes_to = serializers.ListField(child=serializers.CharField())
    paper = serializers.UUIDField(allow_null=True)


class RegisterOut(serializers.Serializer[Any]):
    """One register of one unit and year."""

    unit = serializers.UUIDField()
    register = serializers.CharField()
    year = serializers.IntegerField()
    results = EntryOut(many=True)


class Register(VerbView):
    """GET a register by number; a unit that is not the caller's is 404."""

    verb: ClassVar[str] = "paper.register"
    output = RegisterOut  # type: ignore[assignment]
    also: ClassVar[tuple[int, ...]] = (400, 404)
    http_method_names = ("get",)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "unit", OpenApiTypes.UUID, description="Id of an office; the caller's own when left out."
            ),
            OpenApiParameter("register", str, enum=list(queries.REGISTERS)),
            OpenApiParameter(
                "year",
                {"type": "integer", "minimum": 2000, "maximum": 2099},
                description="This year when left out.",
            ),
        ]
    )
    def get(self, request: Request) -> Response:
        at = clock.now()
        chosen = queries.chosen_register(self.user, _asked(request.query_params), at=at)
        found = queries.register_of(self.user, chosen.unit, chosen.register, chosen.year, at=at)
        record_list(
            self.user,
            self.verb,
            shown=[one.paper_id for one in found if one.paper_id],
            filters=chosen.asked,
        )
        results = [
            {
                "number": one.number,
                "shown_number": one.shown_number,
                "drawn_at": one.drawn_at,
                "state": one.state,
                "kind": one.kind,
                "goes_to": list(one.goes_to),
                "paper": str(one.paper_id) if one.paper_id else None,
            }
            for one in found
        ]
        body = {"unit": str(chosen.unit.pk), "register": chosen.register, "year": chosen.year}
        return Response({**body, "results": results})


def _asked(given: QueryDict) -> dict[str, str]:
    """What the address asks for, each of the right shape; 400 for anything else."""
    wrong: dict[str, Any] = {name: queries.NO_FILTER for name in given if name not in SHAPES}
    asked = {name: str(given[name]) for name in given if name in SHAPES and given[name]}
    for name, value in asked.items():
        if not SHAPES[name].fullmatch(value):
            wrong[name] = queries.NO_FILTER
    if wrong:
        raise InvalidInput(wrong)
    return asked


SHAPES: Final = {
    "unit": re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}"),
    "register": re.compile("|".join(queries.REGISTERS)),
    "year": re.compile(r"20\d\d", re.ASCII),
}


# --- templates ---


class TemplateOut(RecordSerializer):
    """One version of a province's own Word file for a paper."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    number = serializers.IntegerField()
    province = serializers.CharField()
    remark = serializers.CharField()
    sha256 = serializers.CharField()
    published_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)

    getters: ClassVar = {
        "id": lambda row: row.pk,
        "kind": lambda row: row.kind,
        "number": lambda row: row.number,
        "province": lambda row: row.province.code,
        "remark": lambda row: row.remark,
        "sha256": lambda row: row.sha256,
        "published_at": lambda row: row.published_at,
        "withdrawn_at": lambda row: row.withdrawn_at,
    }
    relations: ClassVar = ()


class TemplateList(RecordListView):
    """GET every version of the caller's province; POST one more as multipart/form-data: it holds from then on."""

    model: ClassVar[Any] = PaperTemplate
    verb, output = "template.view", TemplateOut
    action, sheet = actions.publish_template, sheet.TEMPLATE
    receipt = ("kind", "number")
    parser_classes = (MultiPartParser,)
    takes_files = True

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.query(request)
        rows = queries.templates_of(self.user, self.verb, at=clock.now())
        record_list(self.user, self.verb, shown=[row.pk for row in rows])
        assert self.output is not None  # noqa: S101  (declared above)
        return Response({"results": self.output.render_all(rows), "next": None})


class TemplateContent(VerbView):
    """GET the Word file of one version."""

    model: ClassVar[Any] = PaperTemplate
    verb = "template.view"
    sends = (queries.DOCX,)
    http_method_names = ("get",)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        row = queries.template_of(self.user, self.record_id, at=clock.now())
        return saved(bytes(row.content), name=f"{row.kind}-{row.number}.docx", media_type=queries.DOCX)


class WithdrawTemplate(ActionView):
    """POST nothing: the version before it holds again, or the working layout."""

    model: ClassVar[Any] = PaperTemplate
    action = actions.withdraw_template
    receipt = ("kind", "number", "withdrawn_at")

    def opened(self) -> PaperTemplate:
        return queries.template_of(self.user, self.record_id, at=clock.now())

    def perform(self, row: PaperTemplate, answers: dict[str, Any], **how: Any) -> PaperTemplate:
        return actions.withdraw_template(template=row, **how)
