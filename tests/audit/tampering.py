"""What somebody with the database's own rights can do to the memory: plain SQL, guards taken down first."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from casework.audit.models import AuditChain, AuditCheckpoint, AuditEvent, AuditLeaf, RowSeal

EVENTS = AuditEvent._meta.db_table
CHAINS = AuditChain._meta.db_table
LEAVES = AuditLeaf._meta.db_table
CHECKPOINTS = AuditCheckpoint._meta.db_table
SEALS = RowSeal._meta.db_table
NAMES = {"events": EVENTS, "chains": CHAINS, "leaves": LEAVES, "checkpoints": CHECKPOINTS, "seals": SEALS}


def tamper(sql: str, values: Sequence[Any] = ()) -> int:
    """Run one statement over the tables of `NAMES`; return how many rows it touched."""
    with connection.cursor() as cursor:
        _disarm(cursor)
        cursor.execute(sql.format(**NAMES), values)
        return int(cursor.rowcount)


def _disarm(cursor) -> None:
    for table in NAMES.values():
        if connection.vendor == "postgresql":
            # A table with checks still to be made cannot be altered.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
