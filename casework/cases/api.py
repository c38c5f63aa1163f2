"""REST of cases: the same verbs as the pages, under the same last words of the address."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from casework.access.guard import GuardedModel
from casework.access.opening import open_record
from casework.base import clock
from casework.base.refusals import InvalidInput, NotVisible
from casework.base.sheets import Item
from casework.cases import actions, queries
from casework.cases.actions import join_case, open_case
from casework.cases.models import Case, Participant
from casework.cases.sheet import (
    ADD_PERSON,
    ASSIGN,
    CASE_DETAILS,
    JOIN_CASE,
    PARTICIPANT,
    RELEASE,
    SEAL,
    SEARCH,
    TRANSFER,
)
from casework.encryption.keyring import prefetch_keys
from casework.http.fields import NOT_OFFERED
from casework.http.rest import ActionView, RecordListView, RecordView, VerbView, etag
from casework.http.schema import SAID, Problem
from casework.http.serializers import SheetSerializer, plain, record_serializer
from casework.http.verbs import run
from casework.intake import queries as reports
from casework.intake.models import Report
from casework.people.models import Address, Kinship, Person, Phone, SafeContact
from casework.people.sheet import (
    ADDRESS,
    END_SAFE_CONTACT,
    KINSHIP,
    PERSON,
    PHONE,
    REVEAL_ADDRESS,
    SAFE_CONTACT,
)


class OpenCaseIn(SheetSerializer):
    """known: report person id -> id of the person on file it is; everybody else becomes a new person."""

    known = serializers.DictField(child=serializers.UUIDField(), required=False)


class OpenCase(ActionView):
    """POST to open a case on a report; its id is in the receipt."""

    model, action, creates = Report, open_case, Case
    receipt = ("number", "code", "state")

    def input_class(self) -> type[SheetSerializer]:
        return OpenCaseIn

    def answers(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        serializer = OpenCaseIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        return {"known": serializer.validated_data.get("known", {})}

    def perform(self, row: Report, answers: dict[str, Any], **how: Any) -> Case:
        told = {str(person.pk): person.pk for person in reports.people_of(row)}
        wanted: dict[str, UUID] = answers["known"]
        if not set(wanted) <= set(told):
            raise InvalidInput({"known": NOT_OFFERED})
        on_file = {
            person.pk: person
            for person in Person.objects.visible_to(self.user).filter(pk__in=wanted.values())
        }
        if len(on_file) != len(set(wanted.values())):
            raise NotVisible
        return open_case(report=row, known={told[key]: on_file[pk] for key, pk in wanted.items()}, **how)


class JoinCase(ActionView):
    """POST the case a report belongs to."""

    model, action, sheet = Report, join_case, JOIN_CASE
    receipt = ("number", "code", "state")

    def perform(self, row: Report, answers: dict[str, Any], **how: Any) -> Case:
        case = Case.objects.visible_to(self.user).filter(pk=answers["case"]).first()
        if case is None:
            raise NotVisible
        return join_case(report=row, case=case, **how)


# --- cases ---

CaseOut = record_serializer(
    "CaseOut",
    Case,
    (
        "number",
        "code",
        "commune",
        "unit",
        "lead",
        "opened_at",
        "state",
        "level",
        "is_sealed",
        "is_repeat",
        "origin",
        "legal_basis",
        "language",
        "closed_at",
    ),
    extra={
        # Empty for a kind whose name tells more than everybody who reads the case may know.
        "next_due_kind": (serializers.CharField(), lambda case: case.next_due_told),
        # The column holds the end of time where no clock runs.
        "next_due_at": (
            serializers.DateTimeField(allow_null=True),
            lambda case: case.next_due_at if case.next_due_kind else None,
        ),
    },
)


class CaseList(RecordListView):
    """GET the cases the caller may see, newest first."""

    model, verb, output = Case, "case.view", CaseOut
    filters = (Item("state", "code", codes="case_state"), Item("level", "code", codes="risk_level"))


class CaseRecord(RecordView):
    """GET one case."""

    model, verb, output = Case, "case.view", CaseOut


class EditCase(ActionView):
    model, action, sheet, partial = Case, actions.edit_case, CASE_DETAILS, True


class AssignCase(ActionView):
    model, action, sheet, receipt = Case, actions.assign_case, ASSIGN, ("lead_id",)


class ReleaseCase(ActionView):
    model, action, sheet = Case, actions.release_case, RELEASE


class TransferCase(ActionView):
    model, action, sheet, receipt = Case, actions.transfer_case, TRANSFER, ("unit_id", "lead_id")


class SealCase(ActionView):
    model, action, sheet, receipt = Case, actions.seal_case, SEAL, ("is_sealed",)


class DeclareConflict(ActionView):
    """POST that one is close to a party; afterwards the case is 404 for the caller."""

    model, action = Case, actions.declare_conflict


# --- the people of a case ---


class ParticipantOut(
    record_serializer(  # type: ignore[misc]  # made from the model, as every output is
        "ParticipantFields",
        Participant,
        ("case", "person", "role", "relation", "age_band", "conflict_of_interest", "is_main", "remark"),
        extra={
            "full_name": (serializers.CharField(), lambda part: part.person.full_name),
            "sex": (serializers.CharField(), lambda part: part.person.sex),
            "birth_date": (serializers.CharField(), lambda part: part.person.birth_date),
        },
    )
):
    """Somebody's part in a case, with what tells them apart from others of the same name."""

    relations = ("person",)

    @classmethod
    def render_all(cls, rows: Sequence[Any]) -> list[dict[str, Any]]:
        models.prefetch_related_objects(list(rows), "person")
        prefetch_keys(rows)
        return [cls.render(row) for row in rows]


class CasePeople(RecordListView):
    """GET the people of a case, newest first; POST adds one: new, or (`person`) somebody the caller may see."""

    model, parent, verb, output = Participant, Case, "person.view", ParticipantOut
    action, sheet, sheet_model = actions.add_person, ADD_PERSON, Person
    receipt = ("person_id", "role", "is_main")


class OfParticipant(ActionView):
    model = Participant

    def perform(self, row: Participant, answers: dict[str, Any], **how: Any) -> Any:
        return run(type(self).action, answers, case=row.case, participant=row, **how)


class EditParticipant(OfParticipant):
    action, sheet, partial, receipt = actions.edit_participant, PARTICIPANT, True, ("role", "is_main")


class SetMainParticipant(OfParticipant):
    action, receipt = actions.set_main_participant, ("role", "is_main")


class ContactingOut(serializers.Serializer[Any]):
    """May the person be contacted now, and how; `why` says what stands against it."""

    allowed = serializers.BooleanField()
    why = serializers.CharField(allow_blank=True)
    line = serializers.CharField()
    confirmed_on = serializers.DateField(allow_null=True)


class PhoneOut(serializers.Serializer[Any]):
    """A number, "" while contact is not allowed."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    number = serializers.CharField(allow_blank=True)
    whose = serializers.CharField(allow_blank=True)
    safe_to_call = serializers.CharField()
    who_may_answer = serializers.CharField(allow_blank=True)
    last_confirmed_on = serializers.DateField(allow_null=True)
    flags = serializers.ListField(child=serializers.CharField())


class AddressOut(serializers.Serializer[Any]):
    """An address; of a safe address or a shelter only the kind, the rest opens one at a time for a reason."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    kind = serializers.CharField()
    is_protected = serializers.BooleanField()
    area = serializers.CharField(allow_null=True)
    village = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)


class KinOut(serializers.Serializer[Any]):
    """Another person of the same case, and what they are to this one."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    person = serializers.UUIDField()
    relation = serializers.CharField()


class DoubtOut(serializers.Serializer[Any]):
    """Something that does not fit together; it stops nothing."""

    code = serializers.CharField()
    message = serializers.CharField()


PersonFields = record_serializer("PersonFields", Person, sheet=PERSON)


class PersonOut(PersonFields):  # type: ignore[misc,valid-type]  # made from the sheet, as every output is
    """Somebody as one case shows them."""

    case = serializers.UUIDField()
    doubts = DoubtOut(many=True)
    contacting = ContactingOut()
    phones = PhoneOut(many=True)
    addresses = AddressOut(many=True)
    kin = KinOut(many=True)

    @classmethod
    def of(cls, case: Case, card: queries.PersonCard) -> dict[str, Any]:
        """The card as plain JSON."""
        return {
            **cls.render(card.person),
            "case": str(case.pk),
            "doubts": [{"code": doubt.code, "message": str(doubt.message)} for doubt in card.doubts],
            "contacting": {
                name: plain(getattr(card.contacting, name))
                for name in ("allowed", "why", "line", "confirmed_on")
            },
            "phones": [_phone(line) for line in card.phones],
            "addresses": [_address(row) for row in card.addresses],
            "kin": [
                {
                    "id": str(line.kinship.pk),
                    "version": line.kinship.version,
                    "person": str(line.person.pk),
                    "relation": line.relation,
                }
                for line in card.kin
            ],
        }


def _phone(line: queries.PhoneLine) -> dict[str, Any]:
    shown = ("id", "version", "whose", "safe_to_call", "who_may_answer", "last_confirmed_on")
    found = {name: plain(getattr(line.phone, name)) for name in shown}
    return {**found, "number": line.number, "flags": line.flags}


def _address(row: Address) -> dict[str, Any]:
    open_ = not row.is_protected
    return {
        "id": str(row.pk),
        "version": row.version,
        "kind": row.kind,
        "is_protected": row.is_protected,
        "area": plain(row.area) if open_ else None,
        "village": row.village if open_ else "",
        "detail": row.detail if open_ else "",
    }


CASE_PARAMETER = OpenApiParameter(
    "case",
    OpenApiTypes.UUID,
    description="The case in which it is done, where the person has a part in several; else the newest.",
)


def _named_case(request: Request) -> UUID | None:
    """The case in the query, if one is named; 400 for anything else there."""
    for name in request.query_params:
        if name != "case":
            raise InvalidInput({"": _("This address has no such parameter.")})
    try:
        return UUID(request.query_params["case"]) if "case" in request.query_params else None
    except ValueError as error:
        raise InvalidInput({"case": NOT_OFFERED}) from error


class PersonRecord(RecordView):
    """GET somebody as the newest case shows them, or the case named: numbers only while contact is safe."""

    model, verb, output = Person, "person.view", PersonOut
    also: ClassVar[tuple[int, ...]] = (400,)

    @extend_schema(parameters=[CASE_PARAMETER])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        case = queries.case_through(self.user, self.record_id, self.verb, named=_named_case(request))
        person = open_record(self.user, Person, self.record_id, verb=self.verb, within=case)
        card = queries.people_of(case, at=clock.now(), person_id=person.pk)[0]
        return Response(PersonOut.of(case, card), headers={"ETag": etag(person)})


class OfPerson(ActionView):
    """A verb on somebody, or on something of theirs, through a case in which they have a part."""

    model: ClassVar[type[GuardedModel]] = Person
    row_name: ClassVar[str] = "person"

    @extend_schema(parameters=[CASE_PARAMETER])
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().post(request, *args, **kwargs)

    def perform(self, row: Any, answers: dict[str, Any], **how: Any) -> Any:
        person_id = row.pk if isinstance(row, Person) else row.person_id
        named = _named_case(self.request)
        case = queries.case_through(self.user, person_id, self.verb, named=named)
        return run(type(self).action, answers, case=case, **{self.row_name: row}, **how)


class EditPerson(OfPerson):
    action, sheet, partial = actions.edit_person, PERSON, True


class AddPhone(OfPerson):
    action, sheet, creates = actions.add_phone, PHONE, Phone
    receipt = ("safe_to_call",)


class EditPhone(OfPerson):
    model, row_name = Phone, "phone"
    action, sheet, partial = actions.edit_phone, PHONE, True
    receipt = ("safe_to_call",)


class AddAddress(OfPerson):
    action, sheet, creates = actions.add_address, ADDRESS, Address
    receipt = ("kind",)


class EditAddress(OfPerson):
    """What is not sent stays as it is; of a safe address what is sent empty stays too."""

    model, row_name = Address, "address"
    action, sheet, partial = actions.edit_address, ADDRESS, True
    receipt = ("kind",)


class SetSafeContact(OfPerson):
    """Safe contact is one record: it is made, or replaced as a whole by what was agreed now."""

    action, sheet, creates = actions.set_safe_contact, SAFE_CONTACT, SafeContact
    receipt = ("permission", "confirmed_on")


class EndSafeContact(OfPerson):
    model, row_name = SafeContact, "contact"
    action, sheet = actions.end_safe_contact, END_SAFE_CONTACT
    receipt = ("ended_by",)


class SetKinship(OfPerson):
    action, sheet, creates = actions.set_kinship, KINSHIP, Kinship
    receipt = ("relation",)


class RevealedAddressOut(serializers.Serializer[Any]):
    """One safe address, shown once."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    area = serializers.CharField(allow_null=True)
    village = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)
    who_knows = serializers.CharField(allow_blank=True)


REVEALS = (400, 401, 403, 404, 413, 415, 503)


class RevealAddress(VerbView):
    """POST a reason and read one safe address: told in the memory of the case first, kept by nothing here."""

    model, verb, sheet = Address, "person.reveal_address", REVEAL_ADDRESS
    http_method_names = ("post",)

    @extend_schema(
        parameters=[CASE_PARAMETER],
        responses={
            200: RevealedAddressOut,
            **{code: OpenApiResponse(Problem, SAID[code]) for code in REVEALS},
        },
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        reason = self.answers(request)["reason"]
        address = (
            Address.objects.visible_to(self.user).filter(pk=self.record_id).only("pk", "person_id").first()
        )
        if address is None:
            raise NotVisible
        case = queries.case_through(self.user, address.person_id, "person.view", named=_named_case(request))
        row = queries.reveal_address(self.user, case, address.pk, reason=reason)
        body = {name: plain(getattr(row, name)) for name in ("id", "kind", "village", "detail", "who_knows")}
        return Response({**body, "area": plain(queries.area_of(row))})


# --- search ---


class FoundOut(serializers.Serializer[Any]):
    """A case that answers; person and role: who in it does, null when the case itself was named."""

    case = serializers.UUIDField()
    number = serializers.CharField()
    person = serializers.UUIDField(allow_null=True)
    full_name = serializers.CharField(allow_blank=True)
    role = serializers.CharField(allow_blank=True)
    by = serializers.CharField()
    score = serializers.IntegerField()


class ResultsOut(serializers.Serializer[Any]):
    """Best first, at most 50."""

    results = FoundOut(many=True)


SEARCHES = (400, 401, 403, 413, 415, 429, 503)


class Search(VerbView):
    """POST what to look for; the term is written down, sealed, and never stands in an address."""

    model, verb, sheet = Case, "case.search", SEARCH
    http_method_names = ("post",)

    @extend_schema(
        responses={200: ResultsOut, **{code: OpenApiResponse(Problem, SAID[code]) for code in SEARCHES}}
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        found = queries.search(self.user, self.answers(request)["q"], at=clock.now())
        return Response({"results": [_found(hit) for hit in found]})


def _found(hit: queries.Found) -> dict[str, Any]:
    return {
        "case": str(hit.case.pk),
        "number": hit.case.number,
        "person": str(hit.person.pk) if hit.person else None,
        "full_name": hit.person.full_name if hit.person else "",
        "role": hit.role,
        "by": hit.by,
        "score": hit.score,
    }
