"""What the database itself refuses: its triggers, kept in line with what the models are held to.

They stand after every migrate (`casework.start`), are proven before a server serves (`casework.access.proof`) and
bind whoever does not own the tables. An owner can take them down: then seals, chains, checkpoints and witnesses
find what was done.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from django.apps import apps
from django.db import connection, models, transaction

from casework.access import triggers_postgresql, triggers_sqlite
from casework.access.trigger import PREFIX, Trigger, quoted
from casework.base.rules import Rule

_STANDING: Final = {
    "postgresql": (
        "SELECT c.relname, t.tgname, CASE WHEN t.tgenabled IN ('O', 'A') THEN p.prosrc ELSE '' END "
        "FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid "
        "JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid "
        "WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal"
    ),
    "sqlite": "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'",
}


def held() -> dict[type[models.Model], Rule]:
    """The models that are held to something, and to what."""
    found = {model: getattr(model, "held_to", None) for model in apps.get_models()}
    return {model: rule for model, rule in found.items() if rule is not None}


def wanted() -> list[Trigger]:
    """Every trigger this kind of database must have."""
    if connection.vendor == "sqlite":
        write = triggers_sqlite.write
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_schema()")
            write = partial(triggers_postgresql.write, cursor.fetchone()[0])
    return [trigger for model, rule in held().items() for trigger in write(model, rule)]


def missing() -> list[str]:
    """The triggers that are not there, are switched off or do something else: `table.name`; one question."""
    there = _standing()
    return sorted(
        f"{one.table}.{one.name}" for one in wanted() if there.get((one.table, one.name)) != one.text
    )


def install() -> None:
    """Bring the triggers of the database in line with the models, in one transaction; for its owner."""
    there, wish = _standing(), {(one.table, one.name): one for one in wanted()}
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(triggers_sqlite.MAKE_OWED)
        for place, text in there.items():
            if place in wish and wish[place].text == text:
                del wish[place]
            else:
                _drop(cursor, *place)
        for one in wish.values():
            for statement in one.made_by:
                cursor.execute(statement)
        if connection.vendor == "postgresql":
            _drop_idle_functions(cursor)


@contextmanager
def lifted() -> Iterator[None]:
    """Without the triggers, for the owner, inside a transaction that proves what was written before it commits."""
    with connection.cursor() as cursor:
        _settle(cursor)
        for place in _standing():
            _drop(cursor, *place)
        yield
        _settle(cursor)
    install()


def _settle(cursor: Any) -> None:
    """PostgreSQL alters no table on which checks are still to be made: make them now."""
    if connection.vendor == "postgresql":
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _drop(cursor: Any, table: str, name: str) -> None:
    on = f" ON {quoted(table)}" if connection.vendor == "postgresql" else ""
    cursor.execute(f"DROP TRIGGER {quoted(name)}{on}")


def _standing() -> dict[tuple[str, str], str]:
    """What is there and switched on, by table and name, and what it does."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING[connection.vendor])
        return {(table, name): text for table, name, text in cursor.fetchall() if name.startswith(PREFIX)}


def _drop_idle_functions(cursor: Any) -> None:
    cursor.execute(
        "SELECT p.proname FROM pg_catalog.pg_proc p WHERE p.pronamespace = current_schema()::regnamespace "
        "AND starts_with(p.proname, %s) "
        "AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t WHERE t.tgfoid = p.oid)",
        [triggers_postgresql.FUNCTIONS],
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP FUNCTION {quoted(name)}()")
