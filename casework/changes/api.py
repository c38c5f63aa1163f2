"""REST: the versions of one record, and what one of them changed."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from casework.access.guard import GuardedModel
from casework.access.opening import open_record
from casework.access.seals import kinds
from casework.base import clock
from casework.base.refusals import InvalidInput
from casework.base.sheets import Item
from casework.cases.models import Case
from casework.changes import queries
from casework.http.rest import RecordListView, VerbView
from casework.http.serializers import RecordSerializer

if TYPE_CHECKING:
    from rest_framework.request import Request


class VersionOut(RecordSerializer):
    """One version of a record; the names of what changed, never a value."""

    version = serializers.UUIDField()
    at = serializers.DateTimeField()
    by = serializers.UUIDField(allow_null=True)
    change = serializers.ChoiceField(choices=["created", "changed"])
    fields_changed = serializers.ListField(child=serializers.CharField())

    getters: ClassVar = {
        "version": lambda version: version.key,
        "at": lambda version: version.at,
        "by": lambda version: version.by,
        "change": lambda version: version.change,
        "fields_changed": lambda version: list(version.fields),
    }
    relations: ClassVar = ()


class HistoryList(RecordListView):
    """The versions of one record the caller may see, newest first: who, when, and which fields changed."""

    model, verb, output = Case, "case.view", VersionOut
    also = (404,)
    # The id of any record has the shape of a person's.
    filters = (Item("model", "text", label=_("Kind of record")), Item("id", "person", label=_("Record")))

    def get(self, request: "Request", *args: Any, **kwargs: Any) -> Response:
        after, size, asked = self.query(request)
        model = kinds().get(str(asked.get("model", "")).lower())
        if model is None or "id" not in asked:
            raise InvalidInput({"model" if model is None else "id": _("Name the kind of record and its id.")})
        at = clock.now()
        within = queries.case_through(self.user, model, asked["id"], at=at)
        row = open_record(self.user, model, asked["id"], page="history", within=within)
        found = queries.history_of(row, self.user, after=after, size=size, at=at)
        return Response({"results": VersionOut.render_all(found.rows), "next": found.next or None})


class FieldOut(serializers.Serializer[Any]):
    """One field as it was and as it became, in words."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.CharField(allow_null=True, help_text="Null in a first version.")
    after = serializers.CharField()
    kept_apart = serializers.BooleanField(help_text="Whether both stay sealed here.")


class ChangeOut(serializers.Serializer[Any]):
    """What one version of a record changed. An earlier value is taken up again by the verb that edits the record."""

    version = serializers.UUIDField()
    at = serializers.DateTimeField()
    by = serializers.UUIDField(allow_null=True)
    change = serializers.ChoiceField(choices=["created", "changed"])
    older = serializers.UUIDField(allow_null=True)
    newer = serializers.UUIDField(allow_null=True)
    fields_changed = FieldOut(many=True)


class ChangeOfRecord(VerbView):
    """GET what one version of a record changed, field by field; the reading says which sealed fields were opened."""

    model, verb = Case, "case.view"
    output = ChangeOut  # type: ignore[assignment]
    also: ClassVar[tuple[int, ...]] = (400, 404)
    http_method_names = ("get",)

    @extend_schema(
        parameters=[
            OpenApiParameter("model", str, required=True, description="Kind of record, as in `history/`."),
            OpenApiParameter("id", {"type": "string", "format": "uuid"}, required=True),
            OpenApiParameter(
                "version", {"type": "string", "format": "uuid"}, description="The newest when left out."
            ),
        ],
    )
    def get(self, request: "Request") -> Response:
        at, asked = clock.now(), request.query_params
        for name in set(asked) - {"model", "id", "version"}:
            raise InvalidInput({name: _("There is no such filter.")})
        model = kinds().get(asked.get("model", "").lower())
        if model is None or not asked.get("id"):
            raise InvalidInput({"model" if model is None else "id": _("Name the kind of record and its id.")})
        within = queries.case_through(self.user, model, asked["id"], at=at)
        row: GuardedModel = open_record(self.user, model, asked["id"], page="history", within=within)
        found = queries.compare(row, self.user, asked.get("version", ""), at=at)
        open_record(self.user, model, row.pk, page="change", fields=found.opened, within=within)
        one = found.version
        return Response(
            {
                "version": str(one.key),
                "at": clock.local(one.at).isoformat(),
                "by": str(one.by) if one.by else None,
                "change": one.change,
                "older": str(found.older) if found.older else None,
                "newer": str(found.newer) if found.newer else None,
                "fields_changed": [
                    {
                        "name": field.name,
                        "label": field.label,
                        "before": field.before,
                        "after": field.after,
                        "kept_apart": field.is_kept_apart,
                    }
                    for field in found.changes
                ],
            }
        )
