"""Adding an event to the memory, in the transaction of the change or the reading it tells of."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, Error, connection, transaction
from django.db.models import Model

from casework.audit.acting import acting
from casework.audit.hashing import COLUMNS, EVENT_PREFIX, event_hash, written
from casework.audit.models import AuditChain, AuditEvent
from casework.audit.sequencer import Unsound, enter
from casework.base import clock
from casework.base.prepared import Built, execute, insert, run, sql_of

NOBODY: Final = UUID(int=0)


class MemoryUnavailable(Exception):
    """The event could not be written, so the change or the reading must not happen (503, no data)."""


def record(
    *,
    action: str,
    outcome: str,
    actor_id: UUID | None,
    obj: Model | None = None,
    object_type: str = "",
    object_id: UUID | None = None,
    case_id: UUID | None = None,
    fields: Sequence[str] = (),
    detail: Mapping[str, object] | None = None,
    purpose: str = "",
    reason: bytes = b"",
    row_seal: bytes = b"",
) -> AuditEvent:
    """Append one event to the chain of its case, or else of its actor.

    Must run inside the transaction it tells of. `detail` holds codes, counts and ids, never a person's words.
    row_seal: what covers the seals of the rows this change wrote.
    Raises MemoryUnavailable when it cannot be written.
    """
    if not connection.in_atomic_block:
        raise MemoryUnavailable("An event is written in the transaction it tells of; there is none.")
    if obj is not None:
        object_type, object_id = type(obj).__name__.lower(), obj.pk
    now = acting()
    kind, key = _chain_of(case_id, actor_id)
    columns: dict[str, object] = {
        "ts": now.at or clock.now(),
        "actor": actor_id,
        "session": now.session,
        "auth_level": now.auth_level,
        "action": action,
        "object_type": object_type,
        "object_id": object_id,
        "case_id": case_id,
        "chain_kind": kind,
        "chain_key": key,
        "row_seal": row_seal,
        "fields": sorted(fields),
        # Keys as they will come back from the database, or the hash would not be that of what is stored.
        "detail": {str(name): value for name, value in (detail or {}).items()},
        "purpose": purpose,
        "reason": reason,
        "request_id": now.request_id,
        "outcome": outcome,
    }
    try:
        # No savepoint: whoever catches this commits nothing of the block around it.
        with transaction.atomic(savepoint=False):
            if connection.vendor == "postgresql":
                return _add_at_once(columns, kind, key)
            return _add(columns, kind, key)
    except Unsound as error:
        raise MemoryUnavailable("The audit event has no sound place to stand.") from error
    except Error as error:
        raise MemoryUnavailable("The audit event could not be written.") from error


def _add(columns: Mapping[str, object], kind: str, key: UUID) -> AuditEvent:
    """Where the database is in this process: ask, compute, write, and give the event its place in the tree."""
    length, head = _hold(kind, key)
    columns = {**columns, "chain_seq": length + 1, "prev_hash": head}
    event = AuditEvent(**columns, hash=event_hash(columns))
    (event.pk,) = insert([event])
    enter(event)
    return event


def _add_at_once(columns: Mapping[str, object], kind: str, key: UUID) -> AuditEvent:
    """Where the database is a server: it locks the chain, writes its two columns among those we know, hashes and adds.

    One way there and back: going costs more than all that is done there, and whoever waits for the chain waits less.
    """
    sql, fields = _addition()
    event = AuditEvent(**columns)
    values = [
        EVENT_PREFIX + written(columns, stop=_ITS_OWN),
        written(columns, start=_ITS_OWN + 2),
        *(field.get_db_prep_save(field.value_from_object(event), connection) for field in fields),
        kind,
        key,
    ]
    found = execute(sql, values)
    if not found:
        _hold(kind, key)
        found = execute(sql, values)
    ((event.pk, event.chain_seq, event.prev_hash, event.hash),) = found
    event._state.adding, event._state.db = False, DEFAULT_DB_ALIAS
    return event


# Where what only the chain knows stands among the columns: its number, and the hash of the event before.
_ITS_OWN: Final = COLUMNS.index("chain_seq")


@cache
def _addition() -> tuple[str, list[Any]]:
    of_the_chain = ("id", "chain_seq", "prev_hash", "hash")
    fields = [one for one in AuditEvent._meta.concrete_fields if one.column not in of_the_chain]
    number, head = f"'\\x{_ITS_OWN + 1:02x}'::bytea", f"'\\x{_ITS_OWN + 2:02x}'::bytea"
    # Names of our own tables and columns; values are parameters. As `hashing.written` writes a number and bytes.
    return (
        f"INSERT INTO {AuditEvent._meta.db_table} "  # noqa: S608
        f"(chain_seq, prev_hash, hash, {', '.join(str(one.column) for one in fields)}) "
        "SELECT c.seq, c.head, sha256(%s "
        f"|| {number} || int4send(1 + length(c.seq::text)) || convert_to('i' || c.seq, 'UTF8') "
        f"|| {head} || int4send(1 + length(c.head)) || 'b'::bytea || c.head "
        f"|| %s), {', '.join(['%s'] * len(fields))} "
        f"FROM (SELECT length + 1 AS seq, head FROM {AuditChain._meta.db_table} "
        "WHERE kind = %s AND key = %s FOR UPDATE) c RETURNING id, chain_seq, prev_hash, hash"
    ), fields


def hold_chain(case_id: UUID | None, actor_id: UUID | None) -> None:
    """Lock the chain of a case, or else of an actor, until the transaction ends.

    Whoever reads or changes a case adds to its chain in the same transaction, so this is the lock of the case:
    taken before any of its rows, nobody waits for somebody who waits for them.
    """
    _hold(*_chain_of(case_id, actor_id))


def _chain_of(case_id: UUID | None, actor_id: UUID | None) -> tuple[str, UUID]:
    return (AuditEvent.CASE, case_id) if case_id else (AuditEvent.ACTOR, actor_id or NOBODY)


def _hold(kind: str, key: UUID) -> tuple[int, bytes]:
    """Lock a chain, begun when it is not there yet: how many events it has, and the hash of the last."""
    found = run("chain", {"kind": kind, "key": key}, _locked)
    if not found:
        chain, _made = AuditChain.objects.select_for_update().get_or_create(kind=kind, key=key)
        return chain.length, bytes(chain.head)
    ((length, head),) = found
    return length, bytes(head)


def _locked(values: Mapping[str, Any]) -> Built:
    return sql_of(AuditChain.objects.select_for_update().filter(**values).values_list("length", "head"))


def columns_of(event: AuditEvent) -> dict[str, object]:
    """The hashed columns of a stored event, as they were when it was written."""
    values: dict[str, object] = {name: getattr(event, name) for name in COLUMNS}
    for name in ("prev_hash", "row_seal", "reason"):
        values[name] = bytes(values[name])  # type: ignore[call-overload]
    return values
