"""REST: parse, one call, render. A view declares its verb, its sheet and its model; these bases do the rest.

Every change answers with a receipt (id, version and plain codes), never with the record: a record is read by
GET, where the reading is written to the memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.response import Response
from rest_framework.views import APIView

from casework.access.commands import expecting
from casework.access.guard import GuardedModel
from casework.access.lists import PAGE_SIZE, page, page_of
from casework.access.opening import open_record, record_list, refuse
from casework.access.visibility import ByArms
from casework.base import clock
from casework.base.refusals import Denied, InvalidInput, Message, NotVisible, Refused
from casework.encryption.keyring import prefetch_keys
from casework.http.errors import AWAY, RETRY, UNAVAILABLE, as_refusal, problem_body
from casework.http.gates import NotJSON, SignedIn, StrictJSONParser, TooLarge
from casework.http.idempotency import Receipt, is_key, once
from casework.http.serializers import AnswerField, RecordSerializer, SheetSerializer, plain, sheet_serializer
from casework.http.verbs import check_right, is_told, run
from casework.organisations.models import User

if TYPE_CHECKING:
    from django.http import QueryDict
    from rest_framework.parsers import BaseParser
    from rest_framework.request import Request

    from casework.base.sheets import Item, Sheet

LARGEST_PAGE: Final = 100

_ETAG = re.compile(r'(?:W/)?"([0-9]{1,9})"')


# --- who may call -----------------------------------------------------------------------------------------


class RightToVerb(SignedIn):
    """Signed in, in a role that knows the verb; the right on the record is asked when it is opened."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not super().has_permission(request, view):
            return False
        assert isinstance(view, VerbView)  # noqa: S101  (the bases below are the only users of this class)
        check_right(cast("User", request.user), view.verb_of(request.method), has_record=bool(view.kwargs))
        return True


class AlwaysJSON(DefaultContentNegotiation):
    """JSON whatever is asked for: there is nothing else to choose from."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


# --- how no is said ---------------------------------------------------------------------------------------


def problem(
    code: str,
    message: object,
    http_status: int,
    *,
    errors: Mapping[str, Sequence[object]] | None = None,
    reasons: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A refusal as DRF answers it."""
    return Response(
        problem_body(code, message, errors, reasons), status=http_status, headers=dict(headers or {})
    )


NOT_DONE = _("This was not done.")
_SAID: Final[dict[int, tuple[str, Message]]] = {
    401: ("not_signed_in", _("Sign in first, or send a token that is still valid.")),
    403: ("denied", Denied.default_message),
    405: ("method_not_allowed", _("This address does not take this method.")),
    413: ("too_large", TooLarge.default_detail),
    415: ("unsupported_media_type", _("This address does not read a body of this kind.")),
    429: ("throttled", _("Too many tries. Wait a little and try again.")),
}


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn what a view raises into the stable body; None leaves a programming error to the 500 page."""
    if isinstance(error, (Http404, exceptions.NotFound)):
        error = NotVisible()
    error = as_refusal(error)
    if isinstance(error, Refused):
        _tell(error, context)
        return _refused(error)
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, exceptions.ValidationError):
        return problem(
            "invalid_input",
            InvalidInput({}).message,
            400,
            errors=_flat(error.detail),
        )
    if isinstance(error, exceptions.APIException):
        headers = {}
        if header := getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = header
        if (wait := getattr(error, "wait", None)) is not None:
            headers["Retry-After"] = str(int(wait) + 1)
        code, message = _SAID.get(error.status_code, ("refused", NOT_DONE))
        if isinstance(error, NotJSON):
            code, message = error.default_code, error.default_detail
        return problem(code, message, error.status_code, headers=headers)
    if isinstance(error, AWAY):
        return problem("unavailable", UNAVAILABLE, 503, headers=RETRY)
    return None


def _refused(error: Refused) -> Response:
    if isinstance(error, InvalidInput):
        errors: dict[str, list[object]] = {name: [message] for name, message in error.errors.items()}
    else:
        errors = {error.field: [error.message]} if error.field else {}
    if isinstance(error, NotVisible):
        # Hidden, missing and mistyped are one answer, whoever raised it.
        return problem(NotVisible.default_code, NotVisible.default_message, 404)
    return problem(error.code, error.message, error.status, errors=errors, reasons=error.reasons)


def _tell(error: Refused, context: Mapping[str, Any]) -> None:
    """A refusal raised by a view itself is written here; verbs and openings have written theirs."""
    view, request = context.get("view"), context.get("request")
    user = getattr(request, "user", None)
    if isinstance(error, (Denied, NotVisible)) and not is_told(error) and isinstance(user, User):
        refuse(user, view.verb_of(request.method) if isinstance(view, VerbView) and request else "rest")


def _flat(detail: object) -> dict[str, list[object]]:
    """One level of field -> sentences, whatever nesting the serializers made."""
    found: dict[str, list[object]] = {}

    def walk(name: str, part: object) -> None:
        if isinstance(part, Mapping):
            for key, inner in part.items():
                own = "" if key == "non_field_errors" else str(key)
                walk(f"{name}.{own}".strip("."), inner)
        elif isinstance(part, list):
            for place, inner in enumerate(part):
                walk(f"{name}.{place}" if isinstance(inner, Mapping) else name, inner)
        else:
            found.setdefault(name, []).append(part)

    walk("", detail)
    return found


# --- the bases --------------------------------------------------------------------------------------------


class VerbView(APIView):
    """One address and its verb. Subclass one of the four below rather than this."""

    verb: ClassVar[str] = ""
    model: ClassVar[type[GuardedModel]]
    sheet: ClassVar[Sheet | None] = None
    # The model the sheet's answers go to, when it is not `model`.
    sheet_model: ClassVar[Any] = None
    output: ClassVar[type[RecordSerializer] | None] = None
    # Names of plain fields a receipt shows beside id and version.
    receipt: ClassVar[tuple[str, ...]] = ()
    # Name of the route of one record, for the Location header.
    location: ClassVar[str] = ""
    # Whether the receipt may be kept for its Idempotency-Key; not where it holds a secret.
    keeps_receipt: ClassVar[bool] = True
    # Statuses the description names beside the usual ones; `limited` adds 429.
    also: ClassVar[tuple[int, ...]] = ()
    # Media types of the content it answers instead of JSON, and whether a body may hold a file.
    sends: ClassVar[tuple[str, ...]] = ()
    takes_files: ClassVar[bool] = False
    limited: ClassVar[bool] = False

    permission_classes = (RightToVerb,)
    parser_classes: tuple[type[BaseParser], ...] = (StrictJSONParser,)
    content_negotiation_class = AlwaysJSON
    metadata_class = None

    @property
    def user(self) -> User:
        return cast("User", self.request.user)

    @property
    def record_id(self) -> UUID:
        """The one id in the address."""
        return cast("UUID", next(iter(self.kwargs.values())))

    @classmethod
    def is_versioned(cls) -> bool:
        """Whether what the address is about has a version; accounts and offices have none."""
        return issubclass(cls.model, GuardedModel)

    def verb_of(self, method: str | None) -> str:
        """The verb a method of this address does."""
        return self.verb

    def perform_authentication(self, request: Request) -> None:
        given = request.headers.get("Authorization", "")
        if not (given.isascii() and given.isprintable()):
            # Not even text: the token's own check would break on it.
            raise exceptions.AuthenticationFailed
        super().perform_authentication(request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks and whether they may; then 400 for a part of the address given twice, for it says two things."""
        super().initial(request, *args, **kwargs)
        twice = [name for name, values in request.query_params.lists() if len(values) > 1]
        if twice:
            raise InvalidInput({name if name.isidentifier() else "": _("Give it once.") for name in twice})

    def input_class(self) -> type[SheetSerializer] | None:
        """The serializer of the body, made once for each view class; None when no body is read."""
        cls = type(self)
        if cls.sheet is None:
            return None
        if "_input_class" not in cls.__dict__:
            partial = bool(getattr(cls, "partial", False))
            cls._input_class = sheet_serializer(  # type: ignore[attr-defined]
                cls.sheet, self.answers_model(), partial=partial
            )
        return cast("type[SheetSerializer]", cls.__dict__["_input_class"])

    def answers_model(self) -> Any:
        return self.sheet_model or self.model

    def answers(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        """The body as typed answers; 400 when it does not fit the sheet."""
        cls = self.input_class()
        if cls is None:
            if request.data not in ({}, None):
                raise InvalidInput({"": _("This address reads no body.")})
            return {}
        serializer = cls(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return serializer.answers()

    def expected(self, request: Request, *, required: bool) -> int | None:
        """The version in If-Match: 428 when it is missing and needed, 400 when it is not one of ours."""
        header = request.headers.get("If-Match")
        if header is None:
            if required:
                raise VersionRequired
            return None
        found = _ETAG.fullmatch(header.strip())
        if found is None:
            raise Refused400("if_match_invalid", _("If-Match must be the ETag this record was read with."))
        return int(found.group(1))

    def idempotency_key(self, request: Request, *, required: bool) -> str:
        """The Idempotency-Key header; 400 when it is missing and needed, or not in shape."""
        key = request.headers.get("Idempotency-Key")
        if key is None and not required:
            return ""
        if key is None:
            raise Refused400("idempotency_key_required", _("Send an Idempotency-Key with every creation."))
        if not is_key(key):
            raise Refused400(
                "idempotency_key_invalid", _("An Idempotency-Key has 8 to 64 letters, digits, - or _.")
            )
        return key

    def around(self, answers: Mapping[str, Any]) -> AbstractContextManager[None]:
        """Entered before the one transaction of a change and left after it; override for what takes long."""
        return nullcontext()

    def receipt_of(self, row: Any, http_status: int) -> Receipt:
        """Id, version and the declared plain fields of what the verb returned."""
        body: dict[str, Any] = {"id": str(row.pk)}
        headers: dict[str, str] = {}
        if isinstance(row, GuardedModel):
            body["version"], headers["ETag"] = row.version, etag(row)
        for name in self.receipt:
            if hasattr(row._meta.get_field(name), "field_id"):
                raise TypeError(f"{type(row).__name__}.{name} is sealed and cannot stand in a receipt")
            body[name] = plain(getattr(row, name))
        if self.location:
            headers["Location"] = reverse(self.location, args=[row.pk])
        return Receipt(http_status, body, headers)

    def place(self, request: Request) -> str:
        """Where a key is good: one address, and the record it is about."""
        return str(request.path)

    def body_of(self, request: Request) -> object:
        """What was sent, as the memory of the key compares it: of a file its digest."""
        if not request.FILES:
            return request.data
        sent = cast("QueryDict", request.data)
        return {name: [getattr(one, "sha256", one) for one in some] for name, some in sent.lists()}

    def once(self, request: Request, key: str, effect: Callable[[], Receipt]) -> Response:
        """Run the effect under the key and answer its receipt."""
        key = key if self.keeps_receipt else ""
        done = once(self.user, f"{request.method} {self.place(request)}", key, self.body_of(request), effect)
        return Response(done.body, status=done.status, headers=done.headers)


class Refused400(Refused):
    """A header that cannot be read (400)."""

    status = 400


class VersionRequired(Refused):
    """A change without If-Match (428)."""

    status = 428

    def __init__(self) -> None:
        super().__init__("version_required", _("Send the ETag this record was read with as If-Match."))


def etag(row: GuardedModel) -> str:
    """The version of a row as HTTP writes it."""
    return f'"{row.version}"'


class RecordView(VerbView):
    """GET one record: opened, written to the memory, shown with its ETag."""

    # Names of the protected fields this address shows, written with the reading.
    reveals: ClassVar[tuple[str, ...]] = ()

    def opened(self) -> Any:
        """The record; override for rows that are no protected records."""
        return open_record(self.user, self.model, self.record_id, verb=self.verb, fields=self.reveals)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.opened()
        assert self.output is not None  # noqa: S101  (declared by every subclass; a test walks them)
        headers = {"ETag": etag(row)} if self.is_versioned() else {}
        return Response(self.output.render(row), headers=headers)


class RecordListView(VerbView):
    """GET a page of records, and POST to make one when `action` is declared.

    parent: the model named by the id in the address, when these are the children of one record;
    `parent_name` is the field that points to it, and the argument of the verb.
    """

    parent: ClassVar[type[GuardedModel] | None] = None
    # The verb the parent is opened with, where whoever may see these need not see the whole of it.
    parent_verb: ClassVar[str | None] = None
    parent_name: ClassVar[str] = "case"
    # Exact filters offered as query parameters: items named like plain columns of the model.
    filters: ClassVar[tuple[Item, ...]] = ()
    action: ClassVar[Callable[..., Any] | None] = None

    http_method_names = ("get",)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.action is not None:
            cls.http_method_names = ("get", "post")  # type: ignore[assignment]

    def verb_of(self, method: str | None) -> str:
        action: Any = type(self).action
        return cast("str", action.verb) if method == "POST" and action is not None else self.verb

    @property
    def asks_for_parent(self) -> bool:
        """Whether this list of the children of one record stands at an address that does not name it."""
        return self.parent is not None and not self.kwargs

    @property
    def record_id(self) -> UUID:
        """The one id in the address: in its path, or after the question mark."""
        if not self.asks_for_parent:
            return super().record_id
        try:
            return UUID(self.request.query_params.get(self.parent_name, ""))
        except ValueError as error:
            raise InvalidInput({self.parent_name: _("Say of which case.")}) from error

    def place(self, request: Request) -> str:
        path = super().place(request)
        return f"{path}?{self.record_id}" if self.asks_for_parent else path

    def query(self, request: Request) -> tuple[str, int, dict[str, Any]]:
        """The cursor, the size and the filters of the address; 400 for anything else."""
        offered = {item.name: item for item in self.filters}
        errors: dict[str, Any] = {}
        chosen: dict[str, Any] = {}
        size = PAGE_SIZE
        for name, value in request.query_params.items():
            text = str(value)
            if name == "after" or (name == self.parent_name and self.asks_for_parent):
                continue
            if name == "size":
                if text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= LARGEST_PAGE:
                    size = int(text)
                else:
                    errors[name] = _("Write a whole number from 1 to 100.")
            elif name not in offered:
                errors[""] = _("This list has no such filter.")
            else:
                try:
                    chosen[name] = AnswerField(offered[name], self.model).to_internal_value(
                        _typed(offered[name], text)
                    )
                except ValidationError as error:
                    errors[name] = error.messages[0]
        if errors:
            raise InvalidInput(errors)
        after = request.query_params.get("after", "")
        return after, size, {name: value for name, value in chosen.items() if value not in (None, "", [])}

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        after, size, chosen = self.query(request)
        if self.parent is not None:
            owner = open_record(self.user, self.parent, self.record_id, verb=self.parent_verb)
            rows = self.model.objects.visible_to(self.user, self.verb).filter(
                **{self.parent_name: owner}, **chosen
            )
            found = page_of(rows, after=after, size=size)
        elif isinstance(self.model.visibility, ByArms):
            found = page(self.model, self.user, self.verb, after=after, size=size, filters=chosen)
        else:
            found = page_of(
                self.model.objects.visible_to(self.user, self.verb).filter(**chosen), after=after, size=size
            )
        record_list(self.user, self.verb, shown=[row.pk for row in found.rows], filters=plain(chosen))
        assert self.output is not None  # noqa: S101  (declared by every subclass; a test walks them)
        prefetch_keys(found.rows)
        return Response({"results": self.output.render_all(found.rows), "next": found.next or None})

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = self.idempotency_key(request, required=True)
        seen = self.expected(request, required=False)
        answers = self.answers(request)
        with self.around(answers):
            return self.once(request, key, lambda: self._create(answers, seen))

    def _create(self, answers: dict[str, Any], seen: int | None) -> Receipt:
        how: dict[str, Any] = {"by": self.user, "at": clock.now()}
        if self.parent is not None:
            how[self.parent_name] = open_record(self.user, self.parent, self.record_id, verb=self.parent_verb)
        with expecting(seen):
            return self.receipt_of(self.perform(answers, **how), 201)

    def perform(self, answers: dict[str, Any], **how: Any) -> Any:
        """Call the verb; override to add what the address or the viewer says."""
        action: Any = type(self).action
        return run(action, answers, **how)


def _typed(item: Item, text: str) -> object:
    if item.kind == "flag":
        return {"true": True, "false": False}.get(text, text)
    return [text] if item.is_many else text


class QuestionView(VerbView):
    """POST a question by its sheet and read the answer: what is looked for never stands in an address.

    `output` describes the body that `ask` returns. The reading is written by what `ask` calls.
    """

    output: ClassVar[Any] = None
    http_method_names = ("post",)

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(self.ask(self.answers(request)))

    def ask(self, answers: dict[str, Any]) -> dict[str, Any]:
        """The body of the answer."""
        raise NotImplementedError


class ActionView(VerbView):
    """POST one verb on one record, with the version it was read with in If-Match.

    action: the verb, a `@command` with a target. creates: it makes another record beneath this one; then the
    answer is 201, Idempotency-Key is compulsory and If-Match is not.
    partial: only the answers that are sent are passed on.
    """

    action: ClassVar[Callable[..., Any]]
    creates: ClassVar[type[Model] | None] = None
    partial: ClassVar[bool] = False

    http_method_names = ("post",)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        action: Any = cls.__dict__.get("action")
        if action is not None:
            cls.verb = action.verb

    def answers_model(self) -> Any:
        return self.sheet_model or self.creates or self.model

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = self.idempotency_key(request, required=self.creates is not None)
        seen = self.expected(request, required=self.creates is None and self.is_versioned())
        answers = self.answers(request, partial=self.partial)
        with self.around(answers):
            return self.once(request, key, lambda: self._act(answers, seen))

    def opened(self) -> Any:
        """The record the verb is done on; override for rows that are no protected records."""
        return open_record(self.user, self.model, self.record_id, purpose="verb")

    def _act(self, answers: dict[str, Any], seen: int | None) -> Receipt:
        row = self.opened()
        with expecting(seen):
            result = self.perform(row, answers, by=self.user, at=clock.now())
        return self.receipt_of(row if result is None else result, 201 if self.creates is not None else 200)

    def perform(self, row: Any, answers: dict[str, Any], **how: Any) -> Any:
        """Call the verb on the record; override to add what the viewer says."""
        action: Any = type(self).action
        return run(action, answers, **{action.target: row}, **how)
