"""PostgreSQL only: what the roles of the database may do, tried by signing in as the application.

Collected where the tests run on PostgreSQL (conftest.py); SQLite has no roles.
"""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from casework.access.database_roles import not_the_application, set_up
from casework.access.triggers import wanted
from casework.cases.models import Case
from tests.application import PASSWORD, acting_in, roles
from tests.audit.tampering import NAMES

# The roles are made and changed by who runs the tests.
pytestmark = pytest.mark.role("")

TABLES = {**NAMES, "cases": Case._meta.db_table}


def signed_in(user: str) -> psycopg.Connection[Any]:
    """A connection of its own, from outside."""
    ours = connection.get_connection_params()
    where = {name: ours[name] for name in ("host", "port", "dbname") if name in ours}
    return psycopg.connect(**where, user=user, password=PASSWORD, autocommit=True)


@pytest.fixture
def application(db: None) -> Iterator[psycopg.Connection[Any]]:
    with signed_in(roles().application) as opened:
        yield opened


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE {events} DISABLE TRIGGER USER",
        "ALTER TABLE {cases} DISABLE TRIGGER ALL",
        "ALTER TABLE {events} RENAME TO away",
        "ALTER TABLE {events} OWNER TO CURRENT_USER",
        "DROP TABLE {events}",
        "DROP TRIGGER {trigger} ON {events}",
        "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER mine BEFORE INSERT ON {events} FOR EACH ROW EXECUTE FUNCTION {function}()",
        "CREATE RULE nothing AS ON UPDATE TO {events} DO INSTEAD NOTHING",
        "SET session_replication_role = 'replica'",
        "SET ROLE {owner}",
        # Asked instead of the real one by a function that names no schema.
        "CREATE TEMPORARY TABLE casework_rowseal (id bigint, row uuid, seal bytea)",
        "CREATE SCHEMA mine",
        "CREATE TABLE mine (id bigint)",
        "COPY {events} FROM PROGRAM 'true'",
        "INSERT INTO {leaves} (number, event, leaf) VALUES (99, 99, '')",
        "INSERT INTO {checkpoints} SELECT * FROM {checkpoints}",
    ],
)
def test_past_the_triggers_there_is_no_way_for_a_role_that_owns_nothing(
    application: psycopg.Connection[Any], sql: str
):
    one = next(one for one in wanted() if one.table == TABLES["events"])
    names = {"trigger": one.name, "function": one.function, "owner": roles().owner}
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute(sql.format(**{**TABLES, **names}))


def test_the_application_is_what_the_start_asks_for(application: psycopg.Connection[Any]):
    # No error of PostgreSQL's, only a warning: and nothing is given.
    application.execute(f"GRANT UPDATE ON {TABLES['events']} TO CURRENT_USER")
    with acting_in("application"):
        assert not_the_application() == []


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("owner", f"owner of {TABLES['events']}"),
        ("keeper", f"INSERT event on {TABLES['leaves']}"),
        ("", "SUPERUSER"),
    ],
)
def test_every_other_role_is_named_too_powerful(db: None, role: str, said: str):
    with acting_in(role):
        assert said in not_the_application()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("GRANT UPDATE (action) ON {events} TO {application}", f"UPDATE action on {TABLES['events']}"),
        ("GRANT INSERT ON {events} TO {application}", f"INSERT id on {TABLES['events']}"),
        ("GRANT TRUNCATE ON {cases} TO {application}", f"TRUNCATE on {TABLES['cases']}"),
        ("GRANT TRIGGER ON {cases} TO PUBLIC", f"TRIGGER on {TABLES['cases']}"),
        ("GRANT {owner} TO {application}", f"owner of {TABLES['events']}"),
        ("ALTER ROLE {application} CREATEROLE", "CREATEROLE"),
        ("REVOKE SELECT ON {cases} FROM {application}", f"no SELECT id on {TABLES['cases']}"),
    ],
)
def test_a_right_too_many_or_too_few_is_named_and_put_right(db: None, given: str, said: str):
    names = {"application": roles().application, "owner": roles().owner}
    with connection.cursor() as cursor:
        cursor.execute(given.format(**TABLES, **{key: f'"{name}"' for key, name in names.items()}))
    with acting_in("application"):
        assert said in not_the_application()
    if "ROLE" in given or "{owner}" in given:
        return
    set_up(roles())
    with acting_in("application"):
        assert not_the_application() == []


def test_setting_up_again_is_for_the_migrator_and_makes_nothing_new(db: None):
    out, names = StringIO(), roles()
    with acting_in("owner"):
        call_command(
            "setup_database_roles",
            owner=names.owner,
            migrator=names.migrator,
            application=names.application,
            keeper=names.keeper,
            stdout=out,
        )
    assert "CREATE" not in out.getvalue()
    assert "more about owners and rights" in out.getvalue()


def test_what_the_migrator_makes_belongs_to_the_owner(db: None):
    with signed_in(roles().migrator) as migrator:
        assert migrator.execute("SELECT current_user").fetchone() == (roles().owner,)
