"""The API description: every status, header and body the bases in `rest` can answer, said once."""

from __future__ import annotations

import inspect
from typing import Any, Final, cast, get_type_hints

from django.conf import settings
from django.db import models
from django.urls import get_urlconf
from django.utils.translation import get_language
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from casework.http.idempotency import KEY_PATTERN
from casework.http.rest import LARGEST_PAGE, ActionView, RecordListView, RecordView, VerbView
from casework.http.serializers import AnswerField, RecordSerializer, describe

CHANGES: Final = (400, 409, 412, 413, 415, 422, 503)
SAID: Final = {
    400: "The body, a header or a parameter cannot be read; nothing was done.",
    401: "Nobody is signed in, or the session has ended.",
    403: "The caller may see this but may not do that, or the CSRF token is missing.",
    404: "There is no such record for the caller: hidden and missing are one answer.",
    409: "A rule of the work is broken; `code` says which.",
    410: "The share has ended, the file was removed, or the content of the case was destroyed.",
    412: "Somebody has changed the record since it was read.",
    413: "The body is too large.",
    415: "The body is of another kind than this address reads.",
    416: "The range begins beyond the end of the file.",
    422: "The Idempotency-Key was used with another body.",
    428: "If-Match is missing.",
    429: "Too many tries; Retry-After says how many seconds to wait.",
    503: "The memory or the database cannot be reached: no data, nothing was changed.",
}


class Problem(serializers.Serializer[Any]):
    """Every refusal has this body; it repeats nothing that was sent."""

    code = serializers.CharField(help_text="Stable, for programs.")
    message = serializers.CharField(help_text="A sentence for people, in their language.")
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField())
    )
    reasons = serializers.ListField(
        child=serializers.CharField(), help_text="Codes of the single conditions that are not met."
    )
    request_id = serializers.CharField()


class AsksNothingElse(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """A sheet refuses keys it does not ask."""

    target_class = "casework.http.serializers.SheetSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        shape: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**shape, "additionalProperties": False} if direction == "request" else shape


class Receipt(serializers.Serializer[Any]):
    """The body of a change: the record's id and version. The record itself is read by GET."""

    id = serializers.UUIDField()
    version = serializers.IntegerField(required=False)


_receipts: dict[type[VerbView], type[serializers.Serializer[Any]]] = {}
_pages: dict[type[RecordSerializer], type[serializers.Serializer[Any]]] = {}


def page_of(output: type[RecordSerializer]) -> type[serializers.Serializer[Any]]:
    """The body of a list: rows and the cursor of the next page, null at the end."""
    if output not in _pages:
        parts = {"results": output(many=True), "next": serializers.CharField(allow_null=True)}
        _pages[output] = type(f"{output.__name__}Page", (serializers.Serializer,), parts)
    return _pages[output]


def receipt_of(view: VerbView) -> type[serializers.Serializer[Any]]:
    """The receipt of a view, with the plain fields it declares of what its verb returns."""
    if not view.receipt:
        return Receipt
    # One class a view: it may stand at two addresses.
    if type(view) not in _receipts:
        model = result_of(view)
        fields = {name: describe(model._meta.get_field(name), None) for name in view.receipt}
        _receipts[type(view)] = type(f"{type(view).__name__}Receipt", (Receipt,), fields)
    return _receipts[type(view)]


def result_of(view: VerbView) -> type[models.Model]:
    """The model a verb returns, read from its signature; the view's own where that says nothing."""
    action = getattr(type(view), "action", None)
    said = get_type_hints(inspect.unwrap(action)).get("return") if action is not None else None
    if isinstance(said, type) and issubclass(said, models.Model):
        return said
    return getattr(view, "creates", None) or view.model


_drawn: dict[tuple[object, ...], Any] = {}


class DrawnOnce(SchemaGenerator):
    """Draws the description once for each language: it costs a second, and anybody signed in may ask for it."""

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        if request is None or not public:
            return super().get_schema(request, public)  # type: ignore[no-untyped-call]
        key = (self.urlconf or get_urlconf() or settings.ROOT_URLCONF, self.api_version, get_language())
        if key not in _drawn:
            _drawn[key] = super().get_schema(request, public)  # type: ignore[no-untyped-call]
        return _drawn[key]


class VerbSchema(AutoSchema):
    """How drf-spectacular reads a VerbView."""

    view: Any

    @property
    def _verb_view(self) -> VerbView | None:
        return self.view if isinstance(self.view, VerbView) else None

    def get_operation_id(self) -> str:
        """The address in words, and `list`, `read` or `create` where the address alone does not say it."""
        if self._verb_view is None:
            return str(super().get_operation_id())
        words = [word.replace("-", "_") for word in self._tokenize_path()]
        if isinstance(self.view, RecordListView):
            words.append("list" if self.method == "GET" else "create")
        elif self.method == "GET":
            words.append("read")
        return "_".join(words)

    def get_description(self) -> str:  # type: ignore[override]
        """What the view says of itself, then the words of the law its verb quotes."""
        said = [type(self.view).__doc__ or ""]
        action = getattr(type(self.view), "action", None)
        if self.method == "POST" and action is not None:
            said.append(action.__doc__ or "")
        return "\n\n".join(" ".join(text.split()) for text in said if text)

    def get_request_serializer(self) -> Any:
        if self._verb_view is None:
            return super().get_request_serializer()
        return self.view.input_class() if self.method == "POST" else None

    def get_response_serializers(self) -> Any:
        view = self._verb_view
        if view is None:
            return super().get_response_serializers()
        answers: dict[Any, Any] = {
            (status, media_type): OpenApiTypes.BINARY for media_type in view.sends for status in (200, 206)
        } or {self._good(): OpenApiResponse(self._body(view), "Done.")}
        for status in self._refusals(view):
            answers[status] = OpenApiResponse(Problem, SAID[status])
        return answers

    def _good(self) -> int:
        makes = isinstance(self.view, RecordListView) or getattr(self.view, "creates", None) is not None
        return 201 if self._changes() and makes else 200

    def _changes(self) -> bool:
        """A POST that does a verb; one that only asks is a reading."""
        return self.method == "POST" and getattr(type(self.view), "action", None) is not None

    def _needs_version(self) -> bool:
        """A change of a record that has a version; what makes one, and what is about plain rows, needs none."""
        view = self.view
        return isinstance(view, ActionView) and self._good() == 200 and view.is_versioned()

    def _body(self, view: VerbView) -> Any:
        if self._changes() and not (isinstance(view, ActionView) and view.output is not None):
            return receipt_of(view)
        output = cast("type[RecordSerializer]", view.output)
        return page_of(output) if isinstance(view, RecordListView) else output

    def _refusals(self, view: VerbView) -> list[int]:
        found = {401, 403, 503}
        if self._changes():
            found |= {*CHANGES} | ({428} if self._needs_version() else set())
        elif self.method == "POST":
            found |= {400, 413, 415}
        elif isinstance(view, RecordListView):
            found.add(400)
        if "{" in self.path or self._parents(view):
            found.add(404)
            if view.is_versioned():
                found.add(410)
        if view.throttle_classes or view.limited:
            found.add(429)
        return sorted(found | set(view.also))

    def get_override_parameters(self) -> list[Any]:
        view = self._verb_view
        if view is None:
            return list(super().get_override_parameters())
        if self._changes():
            return [*self._etags(view), *self._change_parameters(view), *self._parents(view)]
        if isinstance(view, RecordListView):
            return [*self._list_parameters(view), *self._parents(view)]
        return self._etags(view) if isinstance(view, RecordView) else []

    def _parents(self, view: VerbView) -> list[OpenApiParameter]:
        """The record whose children are listed, where the path does not name it."""
        if "{" in self.path or not isinstance(view, RecordListView) or view.parent is None:
            return []
        return [OpenApiParameter(view.parent_name, OpenApiTypes.UUID, required=True)]

    def _etags(self, view: VerbView) -> list[OpenApiParameter]:
        return [self._etag()] if view.is_versioned() else []

    def _etag(self) -> OpenApiParameter:
        said = "The version to send as If-Match."
        return OpenApiParameter(
            "ETag", str, OpenApiParameter.HEADER, description=said, response=[self._good()]
        )

    def _change_parameters(self, view: VerbView) -> list[OpenApiParameter]:
        makes = self._good() == 201
        found = []
        if view.keeps_receipt:
            found.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    {"type": "string", "pattern": f"^{KEY_PATTERN}$"},
                    OpenApiParameter.HEADER,
                    required=makes,
                    description="The same key with the same body is done once and answers the same receipt.",
                )
            )
        if view.is_versioned() and (
            isinstance(view, ActionView) or getattr(view, "parent", None) is not None
        ):
            found.append(
                OpenApiParameter(
                    "If-Match",
                    {"type": "string", "pattern": '^(W/)?"[0-9]{1,9}"$'},
                    OpenApiParameter.HEADER,
                    required=self._needs_version(),
                    description="The ETag the record was read with.",
                )
            )
        if view.location:
            found.append(OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=[self._good()]))
        return found

    def _list_parameters(self, view: RecordListView) -> list[OpenApiParameter]:
        found = [
            OpenApiParameter("after", OpenApiTypes.STR, description="`next` of the page before."),
            OpenApiParameter("size", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE}),
        ]
        for item in view.filters:
            shape = dict(AnswerField(item, view.model).shape)
            shape = dict(shape["items"]) if "items" in shape else shape
            shape.pop("nullable", None)
            found.append(OpenApiParameter(item.name, shape))
        return found
