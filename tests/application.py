"""On PostgreSQL the tests run as the role of the application, which owns nothing; on SQLite there are no roles."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple
from typing import Any

from django.db import connection
from django.db.backends.signals import connection_created

from casework.access.database_roles import Roles, set_up

PASSWORD = "only-for-the-tests-2026"


def roles() -> Roles:
    """The roles of this test database: those of a cluster are shared by all its databases."""
    name = connection.settings_dict["NAME"]
    return Roles(*(f"{name}_{role}" for role in Roles.__slots__))


def make_roles() -> None:
    if connection.vendor == "postgresql":
        set_up(roles())
        with connection.cursor() as cursor:
            for name in (roles().migrator, roles().application):
                cursor.execute(f"ALTER ROLE {connection.ops.quote_name(name)} PASSWORD '{PASSWORD}'")


def drop_roles() -> None:
    """Leave the cluster as it was; the database itself goes after this."""
    if connection.vendor == "postgresql":
        names = ", ".join(connection.ops.quote_name(name) for name in astuple(roles()))
        with connection.cursor() as cursor:
            cursor.execute(f"REASSIGN OWNED BY {names} TO CURRENT_USER")
            cursor.execute(f"DROP OWNED BY {names}")
            cursor.execute(f"DROP ROLE {names}")


def give_to_application(table: str) -> None:
    """A table that only the tests have."""
    if connection.vendor == "postgresql":
        application, owner = map(connection.ops.quote_name, (roles().application, roles().owner))
        with connection.cursor() as cursor:
            # Like every other table of the schema, or setting up the roles would stop at it.
            cursor.execute(f'ALTER TABLE "{table}" OWNER TO {owner}')
            cursor.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {application}')


@contextmanager
def everybody_acting_in(role: str) -> Iterator[None]:
    """Whatever connects from now on, and we ourselves, are this role."""
    if not role or connection.vendor != "postgresql":
        yield
        return

    def become(connection: Any, **_how: Any) -> None:
        with connection.cursor() as cursor:
            _become(cursor, getattr(roles(), role))

    connection_created.connect(become)
    become(connection)
    try:
        yield
    finally:
        connection_created.disconnect(become)
        # A transaction that is rolled back gives the role back itself.
        if not connection.in_atomic_block and connection.is_usable():
            with connection.cursor() as cursor:
                _become(cursor, "none")


@contextmanager
def acting_in(role: str) -> Iterator[Any]:
    """A cursor of that role of `Roles`; of whoever we are when it is empty, or where there are no roles."""
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            yield cursor
            return
        cursor.execute("SELECT current_setting('role')")
        (before,) = cursor.fetchone()
        _become(cursor, getattr(roles(), role) if role else "none")
        try:
            yield cursor
        except BaseException:
            # A transaction that failed gives the role back itself.
            if not connection.in_atomic_block:
                _become(cursor, before)
            raise
        _become(cursor, before)


def _become(cursor: Any, role: str) -> None:
    cursor.execute("SELECT set_config('role', %s, false)", [role])
