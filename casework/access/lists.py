"""The list page of protected rows: every access path read in order and cut short, then put together.

Joining access paths by OR makes a database read the whole table; one ordered, limited query per path and a
merge of the few rows each returns stays at the cost of a plain indexed list at every size.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q

from casework.access.principals import Principal, principal
from casework.access.visibility import Arm, ByArms, union_sql
from casework.base.cursors import read_cursor, uuid_of, write_cursor
from casework.base.prepared import Built, instances

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
    paths: frozenset[str] | None = None,
    at: datetime | None = None,
) -> Page[Any]:
    """A page of the rows the user may do the verb on, newest first; two queries however many paths there are.

    filters: exact column filters on the model; ascending: a column to order by upwards instead (a next
    clock). paths: the bases of the access paths to go, all of them when not said.
    Raises InvalidInput for a cursor that is not ours.
    """
    verb = verb or model.view_verb
    visibility = model.visibility
    if not isinstance(visibility, ByArms):
        raise TypeError(f"{model.__name__} has no arms of its own to list by.")
    keys = _keys(
        visibility,
        principal(user, at),
        verb,
        model,
        filters or {},
        ascending,
        _read_cursor(after),
        size + 1,
        paths,
    )
    if not keys:
        return Page([])
    shown = keys[:size]

    def wanted(given: Mapping[str, Any]) -> Any:
        rows = model.objects.everything(reason="keys came from the viewer's own arms").filter(
            pk__in=list(given.values())
        )
        # Without a name Django would follow every relation there is.
        return rows.select_related(*select_related) if select_related else rows

    shape = ("rows", model, len(shown), tuple(select_related))
    found = {
        row.pk: row for row in instances(shape, {str(place): key for place, key in enumerate(shown)}, wanted)
    }
    rows = [found[key] for key in shown if key in found]
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
    paths: frozenset[str] | None = None,
    at: datetime | None = None,
) -> int:
    """How many rows the user may do the verb on, counted to COUNT_CAP + 1 and no further."""
    values, made = _named(filters or {})

    def built(arms: Sequence[Arm], given: Mapping[str, Any]) -> Built:
        parts = [
            _filtered(arm, model, made(given)).order_by().values_list(arm.id)[: COUNT_CAP + 1]
            for arm in _along(arms, paths)
        ]
        sql, params = union_sql(parts)
        if not sql:
            return "", ()
        return f"SELECT COUNT(*) FROM (SELECT DISTINCT * FROM ({sql}) u LIMIT {COUNT_CAP + 1}) c", params  # noqa: S608

    purpose = ("count", model, _shape(filters or {}), paths)
    found = model.visibility.read(principal(user, at), verb or model.view_verb, purpose, values, built)
    return int(found[0][0]) if found else 0


# Ids are asked about so many at once: a statement of one length is written once for all of them.
AMONG: Final = 25


def visible_among(model: Any, who: Principal, verb: str, ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of these rows on which the viewer may do the verb; one query for every 25 of them."""
    wanted = sorted(set(ids))
    found: set[UUID] = set()

    def built(arms: Sequence[Arm], given: Mapping[str, Any]) -> Built:
        keys = [given[f"id{place}"] for place in range(AMONG)]
        return union_sql(
            [arm.rows.filter(**{f"{arm.id}__in": keys}).order_by().values_list(arm.id) for arm in arms]
        )

    for start in range(0, len(wanted), AMONG):
        some = wanted[start : start + AMONG]
        # Where there are fewer, ids that no row has stand for the others.
        values = {
            f"id{place}": some[place] if place < len(some) else UUID(int=place) for place in range(AMONG)
        }
        rows = model.visibility.read(who, verb, ("among", model), values, built)
        found |= {value if isinstance(value, UUID) else UUID(str(value)) for (value,) in rows}
    return frozenset(found)


def _along(arms: Sequence[Arm], paths: frozenset[str] | None) -> list[Arm]:
    return [arm for arm in arms if paths is None or arm.basis in paths]


def _prefix(arm: Arm, model: Any) -> str:
    return "" if arm.rows.model is model else f"{arm.id.removesuffix('_id')}__"


def _filtered(arm: Arm, model: Any, filters: Mapping[str, Any]) -> Any:
    prefix = _prefix(arm, model)
    return arm.rows.filter(**{f"{prefix}{name}": value for name, value in filters.items()})


def _keys(
    visibility: ByArms,
    who: Principal,
    verb: str,
    model: Any,
    filters: Mapping[str, Any],
    ascending: str,
    after: tuple[datetime, UUID] | None,
    limit: int,
    paths: frozenset[str] | None,
) -> list[UUID]:
    sign, way, side = ("", "ASC", "gt") if ascending else ("-", "DESC", "lt")
    values, made = _named(filters)
    if after is not None:
        values |= {"moment": after[0], "last": after[1]}

    def built(arms: Sequence[Arm], given: Mapping[str, Any]) -> Built:
        parts = []
        for arm in _along(arms, paths):
            order = f"{_prefix(arm, model)}{ascending}" if ascending else arm.order
            rows = _filtered(arm, model, made(given))
            if after is not None:
                # The plain bound lets the index start in the right place; the pair settles rows of one instant.
                rows = rows.filter(
                    Q(**{f"{order}__{side}e": given["moment"]})
                    & (
                        Q(**{f"{order}__{side}": given["moment"]})
                        | Q(**{order: given["moment"], f"{arm.id}__{side}": given["last"]})
                    )
                )
            ordered = rows.order_by(f"{sign}{order}", f"{sign}{arm.id}")
            parts.append(ordered.values_list(order, arm.id)[:limit])
        sql, params = union_sql(parts)
        if not sql:
            return "", ()
        return f"SELECT DISTINCT * FROM ({sql}) u ORDER BY 1 {way}, 2 {way} LIMIT {int(limit)}", params  # noqa: S608

    purpose = ("keys", model, _shape(filters), ascending, after is not None, limit, paths)
    found = visibility.read(who, verb, purpose, values, built)
    return [value if isinstance(value, UUID) else UUID(str(value)) for _moment, value in found]


def _named(
    filters: Mapping[str, Any],
) -> tuple[dict[str, Any], Callable[[Mapping[str, Any]], dict[str, Any]]]:
    """The values of the filters by name, and the way back from named values to filters."""
    values: dict[str, Any] = {}
    for name, value in filters.items():
        if _is_many(value):
            values |= {f"filter {name} {place}": one for place, one in enumerate(_once(value))}
        elif not _is_text_part(value):
            # A row of another table (a commune) is given by its key.
            values[f"filter {name}"] = value.pk if isinstance(value, Model) else value

    def back(given: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: [given[f"filter {name} {place}"] for place in range(len(_once(value)))]
            if _is_many(value)
            else value
            if _is_text_part(value)
            else given[f"filter {name}"]
            for name, value in filters.items()
        }

    return values, back


def _shape(filters: Mapping[str, Any]) -> Hashable:
    """What of the filters the text of a statement depends on."""
    return tuple(
        (name, len(_once(value)) if _is_many(value) else value if _is_text_part(value) else "")
        for name, value in filters.items()
    )


def _once(values: Any) -> list[Any]:
    """Without repetitions, as the ORM writes them."""
    return list(dict.fromkeys(values))


def _is_many(value: Any) -> bool:
    return isinstance(value, tuple | list | set | frozenset)


def _is_text_part(value: Any) -> bool:
    """A truth value, and nothing at all, are written into the text of a statement rather than given to it."""
    return value is None or isinstance(value, bool)


def _read_cursor(cursor: str) -> tuple[datetime, UUID] | None:
    start = read_cursor(cursor)
    return None if start is None else (start[0], uuid_of(start[1]))
