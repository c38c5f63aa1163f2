"""REST of clocks: those of one case, and those a viewer answers for."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from casework.access.opening import record_list
from casework.base import clock
from casework.base.refusals import InvalidInput
from casework.base.sheets import Item
from casework.cases.models import Case
from casework.deadlines import queries
from casework.deadlines.models import Deadline
from casework.deadlines.views import SPANS, end_of
from casework.http.rest import RecordListView
from casework.http.serializers import RecordSerializer, record_serializer

if TYPE_CHECKING:
    from rest_framework.request import Request

DeadlineOut = record_serializer(
    "DeadlineOut",
    Deadline,
    (
        "case",
        "kind",
        "basis",
        "role",
        "subject_type",
        "subject_id",
        "starts_at",
        "due_at",
        "state",
        "ended_at",
    ),
)


class CaseDeadlines(RecordListView):
    """The clocks of one case, running and stopped, the newest first."""

    model, parent, verb, output = Deadline, Case, "case.view", DeadlineOut
    filters = (
        Item("state", "code", codes="deadline_state"),
        Item("kind", "code", codes="deadline_kind"),
    )


class DueOut(RecordSerializer):
    """A running clock; a first assessment has no subject, because it needs no row."""

    case = serializers.UUIDField()
    case_number = serializers.CharField()
    kind = serializers.CharField()
    role = serializers.CharField()
    subject_id = serializers.UUIDField(allow_null=True)
    due_at = serializers.DateTimeField()

    getters: ClassVar = {
        "case": lambda due: due.case.pk,
        "case_number": lambda due: due.case.number,
        "kind": lambda due: due.kind,
        "role": lambda due: due.role,
        "subject_id": lambda due: due.subject_id,
        "due_at": lambda due: due.due_at,
    }
    relations: ClassVar = ()


class DeadlineList(RecordListView):
    """The running clocks of the caller's cases (scope=mine), unit or area that run out within a span.

    span: overdue, today (the default: overdue and due today) or week. Without scope: the narrowest there is.
    """

    model, verb, output = Deadline, "deadline.view", DueOut
    filters = (
        Item("kind", "code", codes="deadline_kind"),
        Item("scope", "text", label=_("Whose")),
        Item("span", "text", label=_("Within")),
    )

    def get(self, request: "Request", *args: Any, **kwargs: Any) -> Response:
        after, size, asked = self.query(request)
        at = clock.now()
        scopes = queries.scopes_of(self.user, at=at)
        scope, span = asked.get("scope", scopes[0]), asked.get("span", "today")
        if scope not in scopes or span not in SPANS:
            raise InvalidInput({"scope" if scope not in scopes else "span": _("This list has no such part.")})
        found = queries.due_list(
            self.user,
            scope,
            before=end_of(span, at),
            kind=asked.get("kind", ""),
            after=after,
            size=size,
            at=at,
        )
        shown = [due.case.pk for due in found.rows]
        record_list(self.user, self.verb, shown=shown, filters={**asked, "scope": scope, "span": span})
        return Response({"results": DueOut.render_all(found.rows), "next": found.next or None})
