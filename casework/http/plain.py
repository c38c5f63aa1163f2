"""REST of plain rows, which are about no case: no version, so no If-Match; who may is asked of the role alone."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from casework.access.opening import record_list
from casework.base.cursors import wrong_cursor
from casework.http.rest import ActionView, RecordListView
from casework.http.serializers import plain
from casework.http.verbs import run

Row = TypeVar("Row", bound=Model)


def keyed(rows: QuerySet[Row], *, after: str, size: int) -> tuple[list[Row], str]:
    """The rows after a key, in the order of their keys, and the key to go on from; InvalidInput for any other."""
    if after:
        try:
            rows = rows.filter(pk__gt=rows.model._meta.pk.to_python(after))
        except ValidationError as error:
            raise wrong_cursor() from error
    found = list(rows.order_by("pk")[: size + 1])
    return found[:size], str(found[size - 1].pk) if len(found) > size else ""


class PlainListView(RecordListView):
    """A list of plain rows in the order of their keys; whether it is remembered is said by each."""

    model: ClassVar[Any] = None
    remembered: ClassVar[bool] = True

    def rows(self, chosen: dict[str, Any]) -> QuerySet[Any]:
        """What the caller may list, narrowed by the filters of the address."""
        rows: QuerySet[Any] = self.model._default_manager.filter(**chosen)
        return rows

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        after, size, chosen = self.query(request)
        rows, go_on = keyed(self.rows(chosen), after=after, size=size)
        if self.remembered:
            record_list(self.user, self.verb, shown=[row.pk for row in rows], filters=plain(chosen))
        assert self.output is not None  # noqa: S101  (declared by every subclass; a test walks them)
        return Response({"results": self.output.render_all(rows), "next": go_on or None})


class PlainActionView(ActionView):
    """One verb on one plain row, or on none."""

    model: ClassVar[Any] = None
    # The argument of the verb that takes the row; empty when it takes none.
    subject: ClassVar[str] = ""

    def opened(self) -> Any:
        """The row the verb is done on."""
        return None

    def perform(self, row: Any, answers: dict[str, Any], **how: Any) -> Any:
        action: Callable[..., Any] = type(self).action
        target = {self.subject: row} if self.subject else {}
        return run(action, answers, **target, **how)
