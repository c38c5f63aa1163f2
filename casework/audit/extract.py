"""Some events of the memory as plain values, each with what proves that it stands in the tree under a signed checkpoint.

An event is proven by the first checkpoint that covers it: the tree it signed is that of the checkpoint before, of which
the whole parts are kept, and the few leaves in between. So a proof costs the same however long the log is, and needs no
secret: whoever holds the public key checks it with `evidence.py`.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from django.db.models import OuterRef, Subquery

from casework.audit.evidence import split
from casework.audit.export import exported_event
from casework.audit.models import AuditCheckpoint, AuditEvent, AuditLeaf

_AT_ONCE = 500


def extracted(events: Sequence[AuditEvent], about: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield one line after the other: the head, the proofs, the events in the order given.

    about: plain values that say who asked for what; they stand in the head and prove nothing.
    """
    places: dict[int, int] = {}
    covering: dict[int, int] = {}
    for start in range(0, len(events), _AT_ONCE):
        leaves = _leaves([event.pk for event in events[start : start + _AT_ONCE]])
        for number, event, checkpoint in leaves:
            places[event] = number
            if checkpoint is not None:
                covering[number] = checkpoint
    yield {"extract": {**about, "events": len(events)}}
    # The number of a checkpoint grows with what it covers.
    for checkpoint, numbers in groupby(sorted(covering), key=covering.__getitem__):
        yield _proof(checkpoint, list(numbers))
    for one in events:
        yield exported_event(one, places.get(one.pk))


def _leaves(events: Sequence[int]) -> list[tuple[int, int, int | None]]:
    """Number, event and first covering checkpoint of the leaves of these events."""
    first = AuditCheckpoint.objects.filter(size__gt=OuterRef("number")).order_by("size", "number")
    rows = AuditLeaf.objects.filter(event__in=events).annotate(signed=Subquery(first.values("number")[:1]))
    return list(rows.values_list("number", "event", "signed"))


def _proof(number: int, wanted: Sequence[int]) -> dict[str, Any]:
    """The line that proves the leaves with these numbers by one checkpoint.

    Where the tree or its checkpoints were damaged, the line proves nothing, and whoever checks it is told so.
    """
    rows = {row.number: row for row in AuditCheckpoint.objects.filter(number__in=(number - 1, number))}
    signed, before = rows[number].checkpoint(), rows.get(number - 1)
    nodes: list[list[object]] = []
    size, peaks = (before.size, bytes(before.peaks)) if before else (0, b"")
    if (before is not None or number == 1) and len(peaks) == 32 * max(size, 0).bit_count():
        parts = _parts(size, peaks)
        leaves = AuditLeaf.objects.filter(number__gte=size, number__lt=signed.size)
        for place, leaf in leaves.values_list("number", "leaf"):
            parts[place, place + 1] = bytes(leaf)
        nodes = [[start, end, node.hex()] for start, end, node in _nodes(signed.size, parts, wanted)]
    return {"checkpoint": signed.line(), "nodes": nodes}


def _parts(size: int, peaks: bytes) -> dict[tuple[int, int], bytes]:
    """The whole parts of a tree of this size, as its checkpoint keeps them."""
    parts: dict[tuple[int, int], bytes] = {}
    start = 0
    for place in range(0, len(peaks), 32):
        width = 1 << ((size - start).bit_length() - 1)
        parts[start, start + width] = peaks[place : place + 32]
        start += width
    return parts


def _nodes(
    size: int, parts: Mapping[tuple[int, int], bytes], wanted: Sequence[int]
) -> Iterator[tuple[int, int, bytes]]:
    """The fewest parts of a tree beside the wanted leaves that give its root; wanted: in order."""
    waiting = [(0, size)]
    while waiting:
        start, end = waiting.pop()
        if bisect_left(wanted, start) == bisect_left(wanted, end):
            node = _hash(start, end, parts)
            if node is not None:
                yield start, end, node
        elif end - start > 1:
            middle = split(start, end)
            waiting += [(middle, end), (start, middle)]


def _hash(start: int, end: int, parts: Mapping[tuple[int, int], bytes]) -> bytes | None:
    """The hash over a part of the tree; None where something of it is missing."""
    if (start, end) in parts or end - start <= 1:
        return parts.get((start, end))
    middle = split(start, end)
    left, right = _hash(start, middle, parts), _hash(middle, end, parts)
    return None if left is None or right is None else hashlib.sha256(b"\x01" + left + right).digest()
