"""The list page of protected rows: every access path read in order and cut short, then put together.

Joining access paths by OR makes a database read the whole table; one ordered, limited query per path and a
merge of the few rows each returns stays at the cost of a plain indexed list at every size.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Q

from casework.access.principals import principal
from casework.access.visibility import Arm, ByArms
from casework.base.cursors import read_cursor, uuid_of, write_cursor

T = TypeVar("T")

PAGE_SIZE: Final = 25
COUNT_CAP: Final = 1000


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of rows and the cursor of the next, empty at the end."""

    rows: list[T]
    next: str = ""


def page(
    model: Any,
    user: Any,
    verb: str | None = None,
    *,
    after: str = "",
    size: int = PAGE_SIZE,
    filters: Mapping[str, Any] | None = None,
    ascending: str = "",
    select_related: Sequence[str] = (),
    at: datetime | None = None,
) -> Page[Any]:
    """A page of the rows the user may do the verb on, newest first; two queries however many paths there are.

    filters: exact column filters on the model; ascending: a column to order by upwards instead (a next
    clock).
    Raises InvalidInput for a cursor that is not ours.
    """
    verb = verb or model.view_verb
    visibility = model.visibility
    if not isinstance(visibility, ByArms):
        raise TypeError(f"{model.__name__} has no arms of its own to list by.")
    arms = visibility.arms(principal(user, at), verb)
    if not arms:
        return Page([])
    keys = _keys(arms, model, filters or {}, ascending, _read_cursor(after), size + 1)
    wanted = model.objects.everything(reason="keys came from the viewer's own arms").filter(
        pk__in=keys[:size]
    )
    if select_related:
        # Without a name Django would follow every relation there is.
        wanted = wanted.select_related(*select_related)
    found = {row.pk: row for row in wanted}
    rows = [found[key] for key in keys[:size] if key in found]
    cursor = ""
    if len(keys) > size and rows:
        last = rows[-1]
        cursor = write_cursor(getattr(last, ascending or "opened_at"), last.pk)
    return Page(rows, cursor)


def page_of(rows: Any, *, after: str = "", size: int = PAGE_SIZE, order: str = "created_at") -> Page[Any]:
    """A page of rows already narrowed to a viewer (the children of an opened record), newest first.

    order: a column of instants. Raises InvalidInput for a cursor that is not ours.
    """
    start = _read_cursor(after)
    if start is not None:
        moment, pk = start
        rows = rows.filter(Q(**{f"{order}__lt": moment}) | Q(**{order: moment, "pk__lt": pk}))
    found = list(rows.order_by(f"-{order}", "-pk")[: size + 1])
    shown = found[:size]
    return Page(shown, write_cursor(getattr(shown[-1], order), shown[-1].pk) if len(found) > size else "")


def capped_count(
    model: Any,
    user: Any,
    verb: str | None = None,
    *,
    filters: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> int:
    """How many rows the user may do the verb on, counted to COUNT_CAP + 1 and no further."""
    visibility = model.visibility
    arms = visibility.arms(principal(user, at), verb or model.view_verb)
    if not arms:
        return 0
    parts = [
        _filtered(arm, model, filters or {}).order_by().values_list(arm.id)[: COUNT_CAP + 1] for arm in arms
    ]
    sql, params = _union(parts)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT COUNT(*) FROM (SELECT DISTINCT * FROM ({sql}) u LIMIT {COUNT_CAP + 1}) c",  # noqa: S608
            params,
        )
        return int(cursor.fetchone()[0])


def _prefix(arm: Arm, model: Any) -> str:
    return "" if arm.rows.model is model else f"{arm.id.removesuffix('_id')}__"


def _filtered(arm: Arm, model: Any, filters: Mapping[str, Any]) -> Any:
    prefix = _prefix(arm, model)
    return arm.rows.filter(**{f"{prefix}{name}": value for name, value in filters.items()})


def _keys(
    arms: Sequence[Arm],
    model: Any,
    filters: Mapping[str, Any],
    ascending: str,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[UUID]:
    sign = "" if ascending else "-"
    parts = []
    for arm in arms:
        order = f"{_prefix(arm, model)}{ascending}" if ascending else arm.order
        rows = _filtered(arm, model, filters)
        if after is not None:
            moment, pk = after
            side = "gt" if ascending else "lt"
            # The plain bound lets the index start in the right place; the pair settles rows of one instant.
            rows = rows.filter(
                Q(**{f"{order}__{side}e": moment})
                & (Q(**{f"{order}__{side}": moment}) | Q(**{order: moment, f"{arm.id}__{side}": pk}))
            )
        parts.append(rows.order_by(f"{sign}{order}", f"{sign}{arm.id}").values_list(order, arm.id)[:limit])
    sql, params = _union(parts)
    way = "ASC" if ascending else "DESC"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT * FROM ({sql}) u ORDER BY 1 {way}, 2 {way} LIMIT {int(limit)}",  # noqa: S608
            params,
        )
        return [
            value if isinstance(value, UUID) else UUID(str(value)) for _moment, value in cursor.fetchall()
        ]


def _union(parts: Sequence[Any]) -> tuple[str, list[Any]]:
    """`UNION ALL` of limited queries; the inner SELECT * is what lets SQLite take a LIMIT inside an arm."""
    pieces: list[str] = []
    params: list[Any] = []
    for part in parts:
        sql, values = part.query.get_compiler(connection=connection).as_sql()
        pieces.append(f"SELECT * FROM ({sql}) a{len(pieces)}")  # noqa: S608
        params.extend(values)
    return " UNION ALL ".join(pieces), params


def _read_cursor(cursor: str) -> tuple[datetime, UUID] | None:
    start = read_cursor(cursor)
    return None if start is None else (start[0], uuid_of(start[1]))
