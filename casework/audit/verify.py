"""Walking the memory: is every event the one that was written, in its place, and is none missing?"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Subquery, TextField
from django.db.models.functions import Cast

from casework.audit.evidence import Break, Checkpoint, Entry, Leaf, Walk, chain_breaks, tree_breaks
from casework.audit.hashing import COLUMNS, Stored, event_hash
from casework.audit.models import AuditChain, AuditCheckpoint, AuditEvent, AuditLeaf
from casework.audit.signing import trusted_keys

_CHUNK = 2000
# JSON is not made into objects: most of it is as in the event before, and its hash wants a text again.
_AS_STORED = {f"{name}_text": Cast(name, TextField()) for name in ("fields", "detail")}
_READ = [*(f"{name}_text" if f"{name}_text" in _AS_STORED else name for name in COLUMNS), "hash"]


def breaks(walk: Walk | None = None, *, chain: tuple[str, UUID] | None = None) -> Iterator[Break]:
    """Yield the first break of every chain; memory does not grow with the log.

    chain: look at this one only, by its kind and key.
    """
    kept_heads, events = AuditChain.objects.all(), AuditEvent.objects.all()
    if chain is not None:
        kept_heads = kept_heads.filter(kind=chain[0], key=chain[1])
        events = events.filter(chain_kind=chain[0], chain_key=chain[1])
    heads = {f"{head.kind}:{head.key}": (head.length, bytes(head.head)) for head in kept_heads}
    events = events.order_by("chain_kind", "chain_key", "chain_seq", "id")
    rows = events.annotate(**_AS_STORED).values_list(*_READ).iterator(chunk_size=_CHUNK)
    yield from chain_breaks(map(_entry, rows), heads, walk or Walk())


def all_breaks(walk: Walk, witnessed: Sequence[Checkpoint] = ()) -> Iterator[Break]:
    """Yield every break of the chains, the tree and the checkpoints, also against what a witness kept."""
    yield from breaks(walk)
    yield from tree_breaks(leaves(), checkpoints(), trusted_keys(), walk, witnessed)


def checkpoints() -> list[Checkpoint]:
    return [row.checkpoint() for row in AuditCheckpoint.objects.order_by("number")]


def leaves() -> Iterator[Leaf]:
    """The leaves in order, each with the hash its event has now."""
    event = AuditEvent.objects.filter(pk=OuterRef("event")).order_by()
    rows = AuditLeaf.objects.order_by("number").values_list("number", "leaf", Subquery(event.values("hash")))
    for number, leaf, stored in rows.iterator(chunk_size=_CHUNK):
        yield Leaf(number, bytes(leaf), None if stored is None else bytes(stored))


def _entry(row: Sequence[Any]) -> Entry:
    columns: dict[str, Any] = dict(zip(COLUMNS, row, strict=False))
    columns["fields"], columns["detail"] = Stored(columns["fields"]), Stored(columns["detail"])
    chain = f"{columns['chain_kind']}:{columns['chain_key']}"
    return Entry(
        chain, columns["chain_seq"], bytes(columns["prev_hash"]), bytes(row[-1]), event_hash(columns)
    )


@contextmanager
def one_view_of_the_log() -> Iterator[None]:
    """Read as of one instant: an event written while we walk must not look like a break.

    Not `atomic()`, which on SQLite would hold the lock of writers for as long as the walk takes.
    """
    if connection.in_atomic_block:
        yield
        return
    begin = "BEGIN DEFERRED"
    if connection.vendor == "postgresql":
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    with connection.cursor() as cursor:
        cursor.execute(begin)
        try:
            if connection.vendor == "postgresql":
                # The whole log takes longer than any page may.
                cursor.execute(
                    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
                )
            yield
        finally:
            cursor.execute("ROLLBACK")
