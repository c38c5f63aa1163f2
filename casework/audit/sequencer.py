"""The sequencer: every event gets its place in one tree, and the tree is signed again and again.

A database with one writer (SQLite) does it with the event. On PostgreSQL, where one global order would make all
writers wait for one another, a job does it: `manage.py checkpoint`.
"""

from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from casework.audit.evidence import NOTHING, Checkpoint, Tree, leaf_of
from casework.audit.models import AuditCheckpoint, AuditEvent, AuditLeaf
from casework.audit.signing import signing_key, trusted_keys
from casework.base import clock

EVENTS: Final = 256
PERIOD: Final = timedelta(seconds=60)
HEARTBEAT: Final = timedelta(minutes=10)
# An event may become visible after others with higher numbers: when its transaction took longer than theirs. This
# far back the job looks every time; once a heartbeat it looks at all.
LOOK_BACK: Final = 100_000
BATCH: Final = 2_000
_LOCK: Final = 0x5E90E9CE


class Unsound(ImproperlyConfigured):
    """The newest checkpoint is not one of ours: nothing may be signed on top of it."""


def enter(event: AuditEvent) -> None:
    """Give an event its place at once, where there is one writer only; sign when it is time."""
    leaves, checkpoints = AuditLeaf._meta.db_table, AuditCheckpoint._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {leaves} (number, event, leaf) "  # noqa: S608  (names of our own tables)
            f"SELECT COALESCE(MAX(number) + 1, 0), %s, %s FROM {leaves} RETURNING number, "
            f"(SELECT size FROM {checkpoints} ORDER BY number DESC LIMIT 1), "
            f"(SELECT ts FROM {checkpoints} ORDER BY number DESC LIMIT 1) > %s",
            [
                event.pk,
                leaf_of(bytes(event.hash)),
                connection.ops.adapt_datetimefield_value(clock.now() - PERIOD),
            ],
        )
        number, size, is_fresh = cursor.fetchone()
    if not is_fresh or number + 1 - size >= EVENTS:
        sign(clock.now())


def sequence(now: datetime) -> Checkpoint | None:
    """Give all events that have none their place in the tree, and sign it when there is something to say.

    Safe to run at any time and by two processes at once: the second does nothing. Returns the new checkpoint, or
    None when nothing was added and the last is younger than a heartbeat. Raises Unsound.
    """
    with transaction.atomic():
        if not _is_alone():
            return None
        last = AuditCheckpoint.objects.order_by("-number").first()
        is_silent = last is None or now - last.ts >= HEARTBEAT
        size = _enter_all(look_back=None if is_silent else LOOK_BACK)
        if not is_silent and last is not None and size == last.size:
            return None
        return sign(now)


def waiting() -> int:
    """How many events at least have no place in the tree yet; looks as far back as the job does each time."""
    return _unplaced(LOOK_BACK).count()


def sign(now: datetime) -> Checkpoint:
    """Sign the tree as it stands; Unsound when the last checkpoint is not ours or does not fit its own tree."""
    last = AuditCheckpoint.objects.order_by("-number").first()
    tree, number, previous = Tree(), 1, NOTHING
    if last is not None:
        tree = _tree_of(last)
        number, previous = last.number + 1, last.checkpoint().digest()
    new = AuditLeaf.objects.filter(number__gte=tree.size).order_by("number")
    for leaf in new.values_list("leaf", flat=True).iterator(chunk_size=BATCH):
        tree.add(bytes(leaf))
    made = Checkpoint(number, tree.size, tree.root(), previous, now).signed(signing_key())
    AuditCheckpoint.objects.create(
        number=made.number,
        size=made.size,
        root=made.root,
        previous=made.previous,
        ts=made.ts,
        key=made.key,
        signature=made.signature,
        peaks=b"".join(tree.peaks),
    )
    return made


def _tree_of(last: AuditCheckpoint) -> Tree:
    if not last.checkpoint().is_signed(trusted_keys()):
        raise Unsound(
            f"Checkpoint {last.number} is signed by key {bytes(last.key).hex()}, which is not trusted here: "
            "after a change of AUDIT_KEY the old public key belongs into AUDIT_PUBLIC_KEYS."
        )
    try:
        tree = Tree(last.size, bytes(last.peaks))
    except ValueError as error:
        raise Unsound(f"Checkpoint {last.number}: {error}.") from error
    if tree.root() != bytes(last.root):
        raise Unsound(f"The peaks kept with checkpoint {last.number} do not give its root.")
    return tree


def _is_alone() -> bool:
    """One sequencer at a time; on SQLite the transaction itself is that lock."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _unplaced(look_back: int | None) -> QuerySet[AuditEvent]:
    events: QuerySet[AuditEvent] = AuditEvent.objects.filter(
        ~Exists(AuditLeaf.objects.filter(event=OuterRef("pk")))
    ).order_by("pk")
    if look_back is None:
        return events
    newest = AuditLeaf.objects.aggregate(newest=Max("event"))["newest"] or 0
    return events.filter(pk__gt=newest - look_back)


def _enter_all(look_back: int | None) -> int:
    """Number what has no number, gapless, in the order of the events; returns the size of the tree."""
    last = AuditLeaf.objects.aggregate(last=Max("number"))["last"]
    size = 0 if last is None else int(last) + 1
    hashes = _unplaced(look_back).values_list("pk", "hash").iterator(chunk_size=BATCH)
    while batch := list(islice(hashes, BATCH)):
        AuditLeaf.objects.bulk_create(
            AuditLeaf(number=number, event=pk, leaf=leaf_of(bytes(digest)))
            for number, (pk, digest) in enumerate(batch, start=size)
        )
        size += len(batch)
    return size
