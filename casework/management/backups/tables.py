"""The rows of a table as blocks of bytes, and back: PostgreSQL's own binary copy, or JSON lines from SQLite."""

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from django.apps import apps
from django.contrib.sessions.models import Session as DjangoSession
from django.core.management.color import no_style
from django.db import connection

from casework.accounts.models import Session
from casework.encryption.models import DataKey, FileKey

# Who was signed in is nothing to bring back.
LEFT_OUT: Final = frozenset({Session._meta.db_table, DjangoSession._meta.db_table})
# Wrapped keys, of scopes and of single files.
KEYS: Final = frozenset({DataKey._meta.db_table, FileKey._meta.db_table})
_LINES: Final = 500
# PostgreSQL hands out row by row; what is done once for a block is then done for many rows.
_BLOCK: Final = 1 << 16


def tables() -> list[str]:
    """Every table of the product, but those of sessions."""
    found = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }
    return sorted(found - LEFT_OUT)


def columns_of(table: str) -> list[str]:
    with connection.cursor() as cursor:
        return [one.name for one in connection.introspection.get_table_description(cursor, table)]


def count_of(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {_quoted(table)}")  # noqa: S608  (names of our own tables)
        return int(cursor.fetchone()[0])


def read(table: str, columns: Sequence[str]) -> Iterator[bytes]:
    """The rows of a table in blocks, as this kind of database writes them."""
    chosen = ", ".join(map(_quoted, columns))
    select = f"SELECT {chosen} FROM {_quoted(table)}"  # noqa: S608  (names of our own tables and columns)
    if connection.vendor == "postgresql":
        with (
            connection.connection.cursor() as cursor,
            cursor.copy(f"COPY ({select}) TO STDOUT (FORMAT binary)") as copy,
        ):
            yield from _gathered(bytes(row) for row in copy)
        return
    # The plus takes away the declared type, and with it the driver's reading of times and truths.
    plain = f"SELECT {', '.join(f'+{_quoted(name)}' for name in columns)} FROM {_quoted(table)}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(plain)
        while rows := cursor.fetchmany(_LINES):
            yield "".join(f"{json.dumps([_plain(value) for value in row])}\n" for row in rows).encode()


def write(table: str, columns: Sequence[str], blocks: Iterable[bytes]) -> None:
    """Put the rows of `read` into an empty table."""
    chosen = ", ".join(map(_quoted, columns))
    if connection.vendor == "postgresql":
        with (
            connection.connection.cursor() as cursor,
            cursor.copy(f"COPY {_quoted(table)} ({chosen}) FROM STDIN (FORMAT binary)") as copy,
        ):
            for block in blocks:
                copy.write(block)
        return
    insert = f"INSERT INTO {_quoted(table)} ({chosen}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608
    with connection.cursor() as cursor:
        for block in blocks:
            lines = block.decode().splitlines()
            cursor.executemany(insert, [[_value(one) for one in json.loads(line)] for line in lines])


def empty(tables: Iterable[str]) -> None:
    """Take away what a first migrate has put there; references are checked when the transaction ends."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DELETE FROM {_quoted(table)}")  # noqa: S608  (names of our own tables)


def take_your_time() -> None:
    """A whole table takes longer than any page may: no limit until the transaction ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute(f"SET LOCAL {limit} = 0")


def look_again() -> None:
    """Tell PostgreSQL how much there is now: what is asked of tables it takes for empty never ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def go_on_counting() -> None:
    """New rows get numbers after the restored ones."""
    statements = connection.ops.sequence_reset_sql(no_style(), apps.get_models(include_auto_created=True))
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _gathered(rows: Iterable[bytes]) -> Iterator[bytes]:
    block = bytearray()
    for row in rows:
        block += row
        if len(block) >= _BLOCK:
            yield bytes(block)
            block.clear()
    yield bytes(block)


def _plain(value: Any) -> Any:
    return {"b": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _value(plain: Any) -> Any:
    return base64.b64decode(plain["b"]) if isinstance(plain, dict) else plain


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
