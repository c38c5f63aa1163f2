"""What is stored of keys: wrapped keys of scopes and files, blind index entries, and proofs that the keys are right."""

from typing import Any, ClassVar

from django.db import models

from casework.base import clock
from casework.base.rules import Rule
from casework.encryption.keys import SCOPE_CODES
from casework.encryption.service import LONGEST


class DataKey(models.Model):
    """The key of one scope (a case, a person …) in one epoch, wrapped by a master key.

    Rotation adds an epoch and retires the one before; destroying a key empties it and leaves the row.
    """

    class State(models.TextChoices):
        ACTIVE = "active"
        RETIRED = "retired"
        DESTROYED = "destroyed"

    dek_id = models.BigAutoField(primary_key=True)
    scope_type = models.CharField(max_length=10, choices=[(name, name) for name in SCOPE_CODES])
    scope_id = models.UUIDField()
    epoch = models.PositiveIntegerField(default=1)
    kek_id = models.PositiveBigIntegerField()
    # 65 bytes, or what a key service makes of a key.
    wrapped = models.BinaryField(max_length=LONGEST)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    made_at = models.DateTimeField(default=clock.now)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scope_type", "scope_id", "epoch"], name="datakey_once_per_epoch"
            ),
            models.UniqueConstraint(
                fields=["scope_type", "scope_id"],
                condition=models.Q(state="active"),
                name="datakey_one_active",
            ),
            models.CheckConstraint(
                condition=models.Q(state="destroyed", wrapped=b"")
                | models.Q(~models.Q(wrapped=b""), state__in=["active", "retired"]),
                name="datakey_destroyed_is_empty",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["kek_id"], name="datakey_kek")]

    def __str__(self) -> str:
        return f"data key {self.dek_id} ({self.state})"


class FileKey(models.Model):
    """The key of one sealed file, wrapped by the key of its scope; destroying it empties it and leaves the row.

    A table of its own, because the history of a row would keep a copy of a key that was to be destroyed.
    """

    file = models.UUIDField(primary_key=True)
    dek_id = models.PositiveBigIntegerField()
    wrapped = models.BinaryField(max_length=60)

    class Meta:
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["dek_id"], name="filekey_dek")]

    def __str__(self) -> str:
        return f"key of file {self.file}"


class BlindIndexEntry(models.Model):
    """One searchable value of one row: the first bits of its keyed digest, never the value."""

    index = models.PositiveSmallIntegerField()
    version = models.PositiveBigIntegerField()
    tag = models.PositiveBigIntegerField()
    row = models.UUIDField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["row", "index", "version"], name="blind_once_per_row"),
        ]
        indexes: ClassVar = [models.Index(fields=["index", "version", "tag"], name="blind_find")]

    def __str__(self) -> str:
        return f"index {self.index}, row {self.row}"


class TombstoneQuerySet(models.QuerySet["Tombstone"]):
    def update(self, **_values: Any) -> int:
        raise StaysForGood("What was destroyed is never changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise StaysForGood("What was destroyed is never removed.")


class StaysForGood(Exception):
    """Somebody tried to change or remove a tombstone."""


class Tombstone(models.Model):
    """What was destroyed with one case: ids only, so that a restored backup can be made to forget it again.

    Numbered from 1 without gaps, each holds the digest of the one before. `about` says in ids, codes and times who
    decided it; `counts` what there was to destroy.
    """

    held_to = Rule.ADDED

    number = models.BigIntegerField(primary_key=True)
    subject = models.UUIDField(unique=True)
    at = models.DateTimeField()
    scopes = models.JSONField()
    rows = models.JSONField()
    files = models.JSONField()
    about = models.JSONField()
    counts = models.JSONField()
    previous = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)

    objects: ClassVar = TombstoneQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"tombstone {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        # A second writing of one number is refused by the database.
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        raise StaysForGood("What was destroyed is never removed.")


class KeyGeneration(models.Model):
    """One row; its number changes when a key was rotated or destroyed, and every process forgets its keys."""

    number = models.BigIntegerField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=1), name="key_generation_single_row"),
        ]

    def __str__(self) -> str:
        return f"generation {self.number}"


class KeyRotation(models.Model):
    """How far one exchange of a key has come, so that a process killed in the middle is gone on with.

    of: what is exchanged, `number`: to which key (the number of a master or index key, the id of a data key).
    table, after: the last row done; what stands behind it is still to be looked at.
    """

    class Of(models.TextChoices):
        MASTER = "master"
        DATA = "data"
        INDEX = "index"

    of = models.CharField(max_length=6, choices=Of.choices)
    number = models.PositiveBigIntegerField()
    table = models.CharField(max_length=63, blank=True)
    after = models.CharField(max_length=36, blank=True)
    # How many values were exchanged, and how many rows left as they were because they do not open.
    done = models.PositiveBigIntegerField(default=0)
    left = models.PositiveBigIntegerField(default=0)
    begun_at = models.DateTimeField()
    walked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["of", "number"], name="key_rotation_once"),
        ]

    def __str__(self) -> str:
        return f"{self.of} {self.number}"


class Canary(models.Model):
    """A proof of one master key: a known text sealed under it, and the check value it had.

    The row of a key that was dropped stays: its number is never given to another key.
    """

    class Purpose(models.TextChoices):
        ENCRYPTION = "encryption"
        INDEX = "index"

    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    key_id = models.PositiveBigIntegerField()
    check_value = models.CharField(max_length=16)
    proof = models.BinaryField()
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["purpose", "key_id"], name="canary_once_per_key"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} key {self.key_id}"
