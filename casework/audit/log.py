"""Adding an event to the memory, in the transaction of the change or the reading it tells of."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import Error, connection, transaction
from django.db.models import Model

from casework.audit.acting import acting
from casework.audit.hashing import COLUMNS, event_hash
from casework.audit.models import AuditChain, AuditEvent
from casework.audit.sequencer import Unsound, enter
from casework.base import clock
from casework.base.prepared import Built, execute, insert, run, sql_of

NOBODY: Final = UUID(int=0)


class Chain(NamedTuple):
    """A chain that is held: how many events it has, and the hash of the last."""

    id: int
    kind: str
    key: UUID
    length: int
    head: bytes


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
    try:
        # No savepoint: whoever catches this commits nothing of the block around it.
        with transaction.atomic(savepoint=False):
            chain = hold_chain(case_id, actor_id)
            columns: dict[str, object] = {
                "ts": now.at or clock.now(),
                "actor": actor_id,
                "session": now.session,
                "auth_level": now.auth_level,
                "action": action,
                "object_type": object_type,
                "object_id": object_id,
                "case_id": case_id,
                "chain_kind": chain.kind,
                "chain_key": chain.key,
                "chain_seq": chain.length + 1,
                "prev_hash": chain.head,
                "row_seal": row_seal,
                "fields": sorted(fields),
                # Keys as they will come back from the database, or the hash would not be that of what is stored.
                "detail": {str(key): value for key, value in (detail or {}).items()},
                "purpose": purpose,
                "reason": reason,
                "request_id": now.request_id,
                "outcome": outcome,
            }
            digest = event_hash(columns)
            event = AuditEvent(**columns, hash=digest)
            (event.pk,) = insert([event])
            _advance(chain, digest)
            if connection.vendor == "sqlite":
                enter(event)
    except Unsound as error:
        raise MemoryUnavailable("The audit event has no sound place to stand.") from error
    except Error as error:
        raise MemoryUnavailable("The audit event could not be written.") from error
    return event


def hold_chain(case_id: UUID | None, actor_id: UUID | None) -> Chain:
    """Lock the chain of a case, or else of an actor, until the transaction ends.

    Whoever reads or changes a case adds to its chain in the same transaction, so this is the lock of the case:
    taken before any of its rows, nobody waits for somebody who waits for them.
    """
    kind, key = (AuditEvent.CASE, case_id) if case_id else (AuditEvent.ACTOR, actor_id or NOBODY)
    found = run("chain", {"kind": kind, "key": key}, _locked)
    if found:
        ((pk, length, head),) = found
    else:
        chain, _made = AuditChain.objects.select_for_update().get_or_create(kind=kind, key=key)
        pk, length, head = chain.pk, chain.length, chain.head
    return Chain(pk, kind, key, length, bytes(head))


def _locked(values: Mapping[str, Any]) -> Built:
    return sql_of(AuditChain.objects.select_for_update().filter(**values).values_list("pk", "length", "head"))


def _advance(chain: Chain, digest: bytes) -> None:
    execute(
        f"UPDATE {AuditChain._meta.db_table} SET length = %s, head = %s WHERE id = %s",  # noqa: S608
        [chain.length + 1, digest, chain.id],
    )


def columns_of(event: AuditEvent) -> dict[str, object]:
    """The hashed columns of a stored event, as they were when it was written."""
    values: dict[str, object] = {name: getattr(event, name) for name in COLUMNS}
    for name in ("prev_hash", "row_seal", "reason"):
        values[name] = bytes(values[name])  # type: ignore[call-overload]
    return values
