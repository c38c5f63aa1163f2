"""What somebody who owns the database can do to it: plain SQL, past what its triggers refuse to everybody else."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

from casework.access.triggers import held
from casework.audit.models import AuditChain, AuditCheckpoint, AuditEvent, AuditLeaf, RowSeal
from tests.application import acting_in

EVENTS = AuditEvent._meta.db_table
CHAINS = AuditChain._meta.db_table
LEAVES = AuditLeaf._meta.db_table
CHECKPOINTS = AuditCheckpoint._meta.db_table
SEALS = RowSeal._meta.db_table
NAMES = {"events": EVENTS, "chains": CHAINS, "leaves": LEAVES, "checkpoints": CHECKPOINTS, "seals": SEALS}


def tamper(sql: str, values: Sequence[Any] = ()) -> int:
    """Run one statement, over the tables of `NAMES` by those names; return how many rows it touched."""
    sql = sql.format(**NAMES)
    with past_the_rules(sql), acting_in("") as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def put_out_of_order() -> None:
    """The table of events is gone, as when a disk fails; the test's own transaction brings it back."""
    with acting_in("") as cursor:
        cursor.execute(f"ALTER TABLE {EVENTS} RENAME TO audit_out_of_order")


@contextmanager
def past_the_rules(sql: str = "") -> Iterator[None]:
    """No trigger of ours on the tables named in `sql`, or on any table, asks anything inside."""
    with acting_in("") as cursor:
        if connection.vendor == "postgresql":
            # What verbs wrote before is checked as if it had been committed.
            connection.check_constraints()
            cursor.execute("SET session_replication_role = 'replica'")
            yield
            cursor.execute("SET session_replication_role = 'origin'")
            return
        tables = [model._meta.db_table for model in held()]
        cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
        asking = [
            (name, made)
            for name, table, made in cursor.fetchall()
            if table in tables and (not sql or table in sql)
        ]
        for name, _made in asking:
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        for _name, made in asking:
            cursor.execute(made)
