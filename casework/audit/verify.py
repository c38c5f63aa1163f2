"""Walking the chains: is every event the one that was written, in its place, and is none missing?"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from casework.audit.hashing import GENESIS, event_hash
from casework.audit.log import columns_of
from casework.audit.models import AuditChain, AuditEvent


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain stops being true: which chain, at which event, and why."""

    chain: str
    seq: int
    why: str

    def __str__(self) -> str:
        return f"chain {self.chain}, event {self.seq}: {self.why}"


@dataclass(slots=True)
class Walk:
    events: int = 0
    chains: int = 0


def breaks(walk: Walk | None = None, *, chain: tuple[str, UUID] | None = None) -> Iterator[Break]:
    """Yield every break found, chain after chain; memory does not grow with the log.

    chain: look at this one only, by its kind and key.
    """
    walk = walk or Walk()
    kept_heads, events = AuditChain.objects.all(), AuditEvent.objects.all()
    if chain is not None:
        kept_heads = kept_heads.filter(kind=chain[0], key=chain[1])
        events = events.filter(chain_kind=chain[0], chain_key=chain[1])
    heads = {(head.kind, head.key): head for head in kept_heads}
    seen: set[tuple[str, UUID]] = set()
    current: tuple[str, UUID] | None = None
    expected_seq, expected_hash, broken = 1, GENESIS, False

    def ends(chain: tuple[str, UUID], length: int, head: bytes) -> Iterator[Break]:
        kept = heads.get(chain)
        name = f"{chain[0]}:{chain[1]}"
        if kept is None:
            yield Break(name, length, "the chain has events but no head")
        elif kept.length != length:
            yield Break(name, length + 1, f"the head counts {kept.length} events, {length} are here")
        elif bytes(kept.head) != head:
            yield Break(name, length, "the head does not match the last event")

    events = events.order_by("chain_kind", "chain_key", "chain_seq", "id")
    for event in events.iterator(chunk_size=2000):
        key = (event.chain_kind, event.chain_key)
        if key != current:
            if current is not None and not broken:
                yield from ends(current, expected_seq - 1, expected_hash)
            current, expected_seq, expected_hash, broken = key, 1, GENESIS, False
            seen.add(key)
            walk.chains += 1
        walk.events += 1
        if broken:
            continue
        name = f"{key[0]}:{key[1]}"
        digest = event_hash(columns_of(event))
        why = ""
        if event.chain_seq != expected_seq:
            why = f"event {expected_seq} is missing"
        elif bytes(event.prev_hash) != expected_hash:
            why = "it does not follow the event before it"
        elif bytes(event.hash) != digest:
            why = "its content is not what was written"
        if why:
            broken = True
            yield Break(name, expected_seq, why)
            continue
        expected_seq, expected_hash = expected_seq + 1, digest
    if current is not None and not broken:
        yield from ends(current, expected_seq - 1, expected_hash)
    for (kind, chain_key), head in heads.items():
        if (kind, chain_key) not in seen and head.length:
            yield Break(f"{kind}:{chain_key}", 1, f"the head counts {head.length} events, none is here")
