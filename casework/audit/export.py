"""The memory as plain values, in the form `evidence.py` reads: heads, checkpoints, leaves without event, events."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from casework.audit.log import columns_of
from casework.audit.models import AuditChain, AuditEvent, AuditLeaf
from casework.audit.verify import checkpoints

_CHUNK = 2000


def exported() -> Iterator[dict[str, Any]]:
    """Yield one line after the other; to be read within one view of the log."""
    for head in AuditChain.objects.order_by("kind", "key").iterator(chunk_size=_CHUNK):
        yield {"head": f"{head.kind}:{head.key}", "length": head.length, "hash": bytes(head.head).hex()}
    for one in checkpoints():
        yield {"checkpoint": one.line()}
    here = AuditEvent.objects.filter(pk=OuterRef("event")).order_by()
    for leaf in AuditLeaf.objects.filter(~Exists(here)).order_by("number").iterator(chunk_size=_CHUNK):
        yield {"orphan": leaf.number, "leaf": bytes(leaf.leaf).hex()}
    place = AuditLeaf.objects.filter(event=OuterRef("pk"))
    events: QuerySet[Any] = AuditEvent.objects.annotate(
        place=Subquery(place.values("number")), leaf=Subquery(place.values("leaf"))
    ).order_by("chain_kind", "chain_key", "chain_seq", "id")
    for event in events.iterator(chunk_size=_CHUNK):
        stands_as = None if event.leaf is None else bytes(event.leaf).hex()
        yield {**exported_event(event, event.place), "leaf": stands_as}


def exported_event(event: AuditEvent, number: int | None) -> dict[str, Any]:
    """One event with its hash and its number in the tree."""
    return {
        "event": {name: _plain(value) for name, value in columns_of(event).items()},
        "hash": bytes(event.hash).hex(),
        "number": number,
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, UUID):
        return str(value)
    return value.hex() if isinstance(value, bytes) else value
