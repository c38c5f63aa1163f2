"""A small signed log, and what a forger can make true again in it."""

from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casework.audit import sequencer
from casework.audit.evidence import Checkpoint, Tree, Walk, leaf_of
from casework.audit.hashing import event_hash
from casework.audit.log import columns_of, record
from casework.audit.models import AuditCheckpoint, AuditEvent, AuditLeaf
from casework.audit.verify import all_breaks
from casework.base import clock
from tests.application import acting_in
from tests.audit.tampering import tamper

CASE = UUID("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee")
LAN = UUID("11111111-2222-4333-8444-555555555555")


def look(times: int = 1) -> None:
    for number in range(times):
        record(
            action="case.view", outcome=AuditEvent.READ, actor_id=LAN, case_id=CASE, detail={"lần": number}
        )


def sign() -> None:
    with acting_in("keeper"):
        sequencer.sequence(clock.now() + sequencer.HEARTBEAT)


def kept() -> list[Checkpoint]:
    """What the witness was told so far."""
    return [row.checkpoint() for row in AuditCheckpoint.objects.order_by("number")]


def found(witness=()) -> set[str]:
    return {one.chain for one in all_breaks(Walk(), witness)}


def rebuild(key: Ed25519PrivateKey | None = None) -> None:
    """Make chains, heads and leaves true again, and with a key the checkpoints too: what a forger can recompute."""
    last = bytes(32)
    for seq, event in enumerate(AuditEvent.objects.order_by("pk"), start=1):
        event.chain_seq, event.prev_hash = seq, last
        last = event_hash(columns_of(event))
        tamper(
            "UPDATE {events} SET chain_seq = %s, prev_hash = %s, hash = %s WHERE id = %s",
            [seq, event.prev_hash, last, event.pk],
        )
    tamper("DELETE FROM {chains} WHERE key NOT IN (SELECT chain_key FROM {events})")
    tamper("UPDATE {chains} SET length = %s, head = %s", [AuditEvent.objects.count(), last])
    if key is None:
        tamper("DELETE FROM {leaves} WHERE event NOT IN (SELECT id FROM {events})")
        for event in AuditEvent.objects.all():
            tamper("UPDATE {leaves} SET leaf = %s WHERE event = %s", [leaf_of(bytes(event.hash)), event.pk])
        return
    with acting_in(""):
        tamper("DELETE FROM {leaves}")
        tamper("DELETE FROM {checkpoints}")
        tree = Tree()
        for event in AuditEvent.objects.order_by("pk"):
            leaf = leaf_of(bytes(event.hash))
            AuditLeaf.objects.create(number=tree.size, event=event.pk, leaf=leaf)
            tree.add(leaf)
        made = Checkpoint(1, tree.size, tree.root(), bytes(32), clock.now()).signed(key)
        AuditCheckpoint.objects.create(
            number=1,
            size=made.size,
            root=made.root,
            previous=made.previous,
            ts=made.ts,
            key=made.key,
            signature=made.signature,
            peaks=b"".join(tree.peaks),
        )
