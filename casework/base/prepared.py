"""Statements written once by the ORM and run many times: writing one costs more than what it reads.

The ORM is asked for the same statement twice, with two sets of made-up values. Where its parameters differ stands
a value of ours; a parameter nobody can account for is an error, never a guess, and so is a query made meanwhile.
"""

import functools
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NoReturn, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators
from psycopg import Cursor as BoundCursor

Value = UUID | str | int | date | datetime
Built = tuple[str, Sequence[Any]]
Row = TypeVar("Row", bound=Model)

MOST_KEPT: Final = 5000
_FIRST_DAY: Final = datetime(2001, 1, 1, 0, 0, 0, 123457, tzinfo=UTC)
_APART: Final = timedelta(days=1000)
_NO_TIME: Final = timedelta()


class CannotPrepare(Exception):
    """A statement whose text or parameters follow from a value in a way that cannot be repeated."""


@dataclass(frozen=True, slots=True)
class _Hole:
    """Where the value of this name goes; a time may stand a fixed span before or after it."""

    name: str
    span: timedelta = _NO_TIME


@dataclass(frozen=True, slots=True)
class _Statement:
    sql: str
    parts: tuple[Any, ...]

    def params(self, values: Mapping[str, Any]) -> list[Any]:
        return [
            adapted(values[part.name] + part.span if part.span else values[part.name])
            if isinstance(part, _Hole)
            else part
            for part in self.parts
        ]


_kept: dict[Hashable, _Statement] = {}
_loaders: dict[Hashable, "_Loader"] = {}


def run(
    shape: Hashable, values: Mapping[str, Value], build: Callable[[Mapping[str, Any]], Built]
) -> list[tuple[Any, ...]]:
    """The rows of the statement `build(values)` writes; its text is kept under `shape`.

    shape: everything the text depends on. build: from values to SQL and parameters; an empty text reads nothing.
    Values come back as the database driver gives them.
    Raises CannotPrepare for a text that depends on a value.
    """
    statement = _kept.get(shape)
    if statement is None:
        statement = _prepare(values, build)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[shape] = statement
    if not statement.sql:
        return []
    return execute(statement.sql, statement.params(values))


def execute(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement of ours whose text is the same each time; params as the driver takes them."""
    with _cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall() if cursor.description else []
    return found


def insert(rows: Sequence[Model]) -> list[Any]:
    """Add new rows of one model in one statement that is written once; their ids, where the database gives them.

    Each field is asked for its value as `save()` would; signals and whatever else a model's `save` does are not.
    """
    sql, fields = _insertion(type(rows[0]), len(rows))
    # Itself, not what stands for it: that looks it up again for everything it is asked.
    itself = connections[DEFAULT_DB_ALIAS]
    values = [field.get_db_prep_save(field.pre_save(row, True), itself) for row in rows for field in fields]
    found = [pk for (pk,) in execute(sql, values)]
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return found


@functools.cache
def _insertion(model: type[Model], count: int) -> tuple[str, list[Any]]:
    quote, auto = connection.ops.quote_name, model._meta.auto_field
    fields = [field for field in model._meta.concrete_fields if field is not auto]
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["(" + ", ".join(["%s"] * len(fields)) + ")"] * count)
    returning = f" RETURNING {quote(str(auto.column))}" if auto is not None else ""
    # Names of our own tables and columns; values are parameters.
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES {places}{returning}", fields  # noqa: S608


def instances(
    shape: Hashable, values: Mapping[str, Value], build: Callable[[Mapping[str, Any]], QuerySet[Row]]
) -> list[Row]:
    """The instances the queryset `build(values)` reads, with what it joins; its text is kept under `shape`."""
    rows = run(shape, values, lambda given: _sql_or_nothing(build(given)))
    if not rows:
        return []
    loader = _loaders.get(shape)
    if loader is None:
        if len(_loaders) >= MOST_KEPT:
            _loaders.clear()
        loader = _loaders[shape] = _Loader(build(values))
    return [loader.instance(row) for row in rows]


def _cursor() -> Any:
    """One whose statements PostgreSQL plans once: Django's own writes the values into the text, new each time."""
    itself = connections[DEFAULT_DB_ALIAS]
    if itself.vendor != "postgresql":
        return itself.cursor()
    itself.ensure_connection()
    bound: Any = BoundCursor(itself.connection)
    return _LoggedCursor(bound, itself) if itself.queries_logged else itself.make_cursor(bound)


class _LoggedCursor(CursorDebugWrapper):
    """Django's own asks the driver what it ran, and the driver keeps no text of a statement the server knows."""

    def execute(self, sql: Any, params: Any = None) -> Any:
        with self.debug_sql(sql, params):
            return CursorWrapper.execute(self, sql, params)


class _Loader:
    """How the ORM makes instances of the columns of a statement."""

    def __init__(self, queryset: Any) -> None:
        compiler = queryset.query.get_compiler(connection=connection)
        compiler.as_sql()
        columns, made_of = compiler.select, compiler.klass_info
        self.model: Any = made_of["model"]
        self.own = slice(made_of["select_fields"][0], made_of["select_fields"][-1] + 1)
        self.names = [column.target.attname for column, _sql, _alias in columns[self.own]]
        # The stubs describe a later Django.
        self.joined = get_related_populators(made_of, columns, connection.alias)  # type: ignore[call-arg]
        self.converters = compiler.get_converters([column for column, _sql, _alias in columns])

    def instance(self, row: Sequence[Any]) -> Any:
        values = list(row)
        for place, (converters, expression) in self.converters.items():
            for convert in converters:
                values[place] = convert(values[place], expression, connection)
        found = self.model.from_db(connection.alias, self.names, values[self.own])
        for joined in self.joined:
            joined.populate(values, found)
        return found


def forget_statements() -> None:
    """Parameters that are no value, as the id of a permission, are part of what is kept."""
    _kept.clear()
    _loaders.clear()


def sql_of(rows: Any) -> Built:
    """The statement of a queryset."""
    sql, params = rows.query.get_compiler(connection=connection).as_sql()
    return sql, params


def _sql_or_nothing(rows: Any) -> Built:
    try:
        return sql_of(rows)
    except EmptyResultSet:
        return "", ()


def adapted(value: Any) -> Any:
    """A value as the ORM hands it to this database."""
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return value


def _prepare(values: Mapping[str, Value], build: Callable[[Mapping[str, Any]], Built]) -> _Statement:
    # Once with the true values: what is learnt for the life of the process (the id of a permission) is learnt now.
    sql, _params = build(values)
    made = [
        {name: _stand_in(value, place, which) for place, (name, value) in enumerate(values.items())}
        for which in (0, 1)
    ]
    with connection.execute_wrapper(_no_query):
        (first, one), (second, other) = build(made[0]), build(made[1])
    if not sql == first == second:
        raise CannotPrepare("The text follows from a value: make what it follows from part of the shape.")
    names = {(adapted(made[0][name]), adapted(made[1][name])): name for name in values}
    parts = [
        left if left == right else _hole(left, right, names, made)
        for left, right in zip(one, other, strict=True)
    ]
    return _Statement(sql, tuple(parts))


def _stand_in(value: Value, place: int, which: int) -> Value:
    """A made-up value of the same kind, different for every place; times differ by another span for each."""
    if isinstance(value, datetime):
        return _FIRST_DAY + timedelta(days=place) + which * (_APART + timedelta(days=place))
    if isinstance(value, date):
        return (_FIRST_DAY + timedelta(days=5000 + 2 * place + which)).date()
    if isinstance(value, UUID):
        return UUID(int=(which + 1 << 64) + place + 1)
    if isinstance(value, int) and not isinstance(value, bool):
        return 1_900_000_000 + 10_000 * which + place
    if isinstance(value, str):
        return f"stand-in {which} {place}"
    raise CannotPrepare(f"{type(value).__name__} has no stand-in: make it part of the shape.")


def _hole(
    left: Any, right: Any, names: Mapping[tuple[Any, Any], str], made: Sequence[Mapping[str, Any]]
) -> _Hole:
    if (left, right) in names:
        return _Hole(names[left, right])
    earlier, later = _moment(left), _moment(right)
    if earlier is not None and later is not None:
        for name, stand_in in made[0].items():
            if isinstance(stand_in, datetime) and later - earlier == made[1][name] - stand_in:
                return _Hole(name, earlier - stand_in)
    raise CannotPrepare(f"No value explains the parameter {left!r}.")


def _moment(param: Any) -> datetime | None:
    if isinstance(param, str):
        try:
            param = datetime.fromisoformat(param)
        except ValueError:
            return None
    if not isinstance(param, datetime):
        return None
    return param if param.tzinfo else param.replace(tzinfo=UTC)


def _no_query(*_args: Any) -> NoReturn:
    raise CannotPrepare(
        "A query was made while a statement was written: its answer would be kept for everyone."
    )
