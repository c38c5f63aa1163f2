"""The memory: events that can only be added, chained per case and per actor, in one tree that is signed."""

from collections.abc import Iterable
from itertools import islice
from typing import Any, ClassVar, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from casework.audit.evidence import Checkpoint
from casework.base.prepared import insert
from casework.base.rules import Rule

# Looking for something instead of opening it: what was looked for stands sealed in the memory, or in the filters.
SEARCHES: Final = ("audit.read", "case.search", "person.match", "report.match")


class AppendOnly(Exception):
    """Somebody tried to change or remove an audit event."""


class AuditChain(models.Model):
    """The head of one chain; its row is locked while an event is added, so the chain cannot fork."""

    held_to = Rule.HEAD

    kind = models.CharField(max_length=8)
    key = models.UUIDField()
    length = models.PositiveIntegerField(default=0)
    head = models.BinaryField(max_length=32, default=bytes(32))

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "key"], name="audit_chain_once")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def update(self, **_values: Any) -> int:
        raise AppendOnly("Audit events are never changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnly("Audit events are never removed.")

    def bulk_update(self, *_args: Any, **_kwargs: Any) -> int:
        raise AppendOnly("Audit events are never changed.")

    def bulk_create(self, *_args: Any, **_kwargs: Any) -> Any:
        # It can be told to update what is there, and it would leave the chain behind.
        raise AppendOnly("Audit events are added one by one, each to its chain.")


class AuditEvent(models.Model):
    """One change, one reading or one refusal. Codes and ids only; the reason is sealed under the case's key."""

    held_to = Rule.EVENT

    CASE, ACTOR = "case", "actor"
    DONE, READ, REFUSED = "done", "read", "refused"

    ts = models.DateTimeField(_("when"))
    actor = models.UUIDField(null=True)
    session = models.CharField(max_length=64, blank=True)
    auth_level = models.CharField(max_length=12, blank=True)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40, blank=True)
    object_id = models.UUIDField(null=True)
    case_id = models.UUIDField(null=True)
    chain_kind = models.CharField(max_length=8)
    chain_key = models.UUIDField()
    chain_seq = models.PositiveIntegerField()
    prev_hash = models.BinaryField(max_length=32)
    row_seal = models.BinaryField(max_length=32, default=b"")
    fields = models.JSONField(default=list)
    detail = models.JSONField(default=dict)
    purpose = models.CharField(max_length=60, blank=True)
    reason = models.BinaryField(default=b"")
    request_id = models.CharField(max_length=36, blank=True)
    outcome = models.CharField(max_length=8)
    hash = models.BinaryField(max_length=32)

    objects: ClassVar = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("Audit event")
        ordering = ("-ts", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chain_kind", "chain_key", "chain_seq"], name="audit_event_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["case_id", "-ts", "-id"], name="audit_event_case"),
            models.Index(fields=["actor", "-ts", "-id"], name="audit_event_actor"),
            models.Index(fields=["-ts", "-id"], name="audit_event_ts"),
            models.Index(fields=["action", "-ts", "-id"], name="audit_event_action"),
            # Refusals stand on the chain of who was refused; the case they were about is only their object.
            models.Index(
                fields=["object_id", "-ts", "-id"],
                condition=models.Q(outcome="refused"),
                name="audit_event_refused",
            ),
            # What was asked about a person outside any one case; the rest stands under their cases.
            models.Index(
                fields=["object_id", "-ts", "-id"],
                condition=models.Q(object_type="person", case_id__isnull=True),
                name="audit_event_person",
            ),
            # Few of a person's events are searches, and all between two of them would be read without it.
            models.Index(
                fields=["actor", "-ts", "-id"],
                condition=models.Q(action__in=SEARCHES),
                name="audit_event_searches",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.outcome}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise AppendOnly("Audit events are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly("Audit events are never removed.")


class RowSealQuerySet(models.QuerySet["RowSeal"]):
    AT_ONCE = 100

    def add(self, seals: Iterable["RowSeal"]) -> None:
        """Write the seals of one event."""
        left = iter(seals)
        while some := list(islice(left, self.AT_ONCE)):
            insert(some)

    def update(self, **_values: Any) -> int:
        raise AppendOnly("Row seals are never changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnly("Row seals are never removed.")

    def bulk_update(self, *_args: Any, **_kwargs: Any) -> int:
        raise AppendOnly("Row seals are never changed.")

    def bulk_create(self, *_args: Any, **_kwargs: Any) -> Any:
        raise AppendOnly("Row seals are added with the event they belong to.")


class RowSeal(models.Model):
    """What a protected row was after the change an event tells of; the event's hash covers it."""

    held_to = Rule.ROW_SEAL

    event = models.ForeignKey(AuditEvent, models.PROTECT, related_name="seals", db_index=False)
    kind = models.CharField(max_length=40)
    row = models.UUIDField()
    case_id = models.UUIDField(null=True)
    seal = models.BinaryField(max_length=32)

    objects: ClassVar = RowSealQuerySet.as_manager()

    class Meta:
        verbose_name = _("Row seal")
        constraints: ClassVar = [models.UniqueConstraint(fields=["event", "row"], name="row_seal_once")]
        indexes: ClassVar = [
            models.Index(fields=["row", "-id"], name="row_seal_row"),
            models.Index(fields=["case_id"], name="row_seal_case"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        raise AppendOnly("Row seals are added with the event they belong to.")

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly("Row seals are never removed.")


class AuditLeaf(models.Model):
    """The place of an event in the one tree over all chains: gapless from 0, written by the sequencer only."""

    held_to = Rule.ADDED

    number = models.BigIntegerField(primary_key=True)
    # No foreign key: the evidence must outlive the event it speaks of.
    event = models.BigIntegerField(unique=True)
    leaf = models.BinaryField(max_length=32)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"leaf {self.number}"


class AuditCheckpoint(models.Model):
    """What was signed: so many leaves, this root, after that checkpoint."""

    held_to = Rule.ADDED

    number = models.BigIntegerField(primary_key=True)
    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    previous = models.BinaryField(max_length=32)
    ts = models.DateTimeField()
    key = models.BinaryField(max_length=8)
    signature = models.BinaryField(max_length=64)
    # Not signed, they give the root: with them the next checkpoint needs only the leaves since this one.
    peaks = models.BinaryField()

    class Meta:
        default_permissions = ()
        # The first that covers a leaf is what proves it.
        indexes: ClassVar = [models.Index(fields=["size", "number"], name="audit_checkpoint_size")]

    def __str__(self) -> str:
        return f"checkpoint {self.number}"

    def checkpoint(self) -> Checkpoint:
        """The signed statement, as the verifier takes it."""
        return Checkpoint(
            self.number,
            self.size,
            bytes(self.root),
            bytes(self.previous),
            self.ts,
            bytes(self.key),
            bytes(self.signature),
        )


class AuditWitness(models.Model):
    """How far a witness has been told: the numbers of the last checkpoint and the last erasure it was handed."""

    address = models.CharField(max_length=300, primary_key=True)
    told = models.BigIntegerField(default=0)
    erasures = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.address
