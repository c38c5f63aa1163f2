"""Writing every entry of the blind indexes under the next index key, beside the old one until that is dropped."""

from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from casework.audit.noted import noting
from casework.base import clock
from casework.encryption import keys
from casework.encryption.blind import written_versions
from casework.encryption.models import BlindIndexEntry, KeyRotation
from casework.management.renewal.steps import NotDone, begun, patiently, tell
from casework.people.matching import index_rows

AT_ONCE: Final = 100


def lacking(version: int, *, under: int | None = None) -> QuerySet[BlindIndexEntry]:
    """The entries under older keys, or under that one, of values that have none under this version."""
    entries = BlindIndexEntry.objects.filter(version__lt=version)
    if under is not None:
        entries = BlindIndexEntry.objects.filter(version=under)
    same = BlindIndexEntry.objects.filter(version=version, row=OuterRef("row"), index=OuterRef("index"))
    return entries.filter(~Exists(same))


def reindex() -> KeyRotation | None:
    """Write every value under the newest index key too, going on where a run before was killed; None for nothing to do.

    NotDone when only one index key is loaded and there are entries of another.
    """
    newest = written_versions()[-1]
    rotation = patiently(partial(_begin, newest))
    if rotation is None:
        return None
    while rotation.ended_at is None:
        while rows := _next(newest, rotation.after):
            rotation = patiently(partial(_reindex, rotation.pk, rows))
        rotation = patiently(partial(_end, rotation.pk))
    return rotation


def _begin(newest: int) -> KeyRotation | None:
    with transaction.atomic(), noting():
        missing = lacking(newest).count()
        if missing and len(keys.index_keys().keys) < 2:
            raise NotDone("Entries were written under an index key that is not loaded: load both.")
        rotation, is_new = begun(KeyRotation.Of.INDEX, newest, missing)
        if is_new:
            tell("key.renew", of="index", number=newest, entries=missing)
        return rotation


def _next(newest: int, after: str) -> list[UUID]:
    rows = BlindIndexEntry.objects.filter(version__lt=newest).order_by("row").values_list("row", flat=True)
    return list((rows.filter(row__gt=UUID(after)) if after else rows).distinct()[:AT_ONCE])


def _reindex(number: int, rows: Sequence[UUID]) -> KeyRotation:
    with transaction.atomic():
        rotation = KeyRotation.objects.select_for_update().get(pk=number)
        rotation.done += index_rows(rows)
        rotation.after = str(rows[-1])
        rotation.save(update_fields=["after", "done"])
        return rotation


def _end(number: int) -> KeyRotation:
    """The end, or from the beginning again: where it had come to, a server may have written under an older key since.

    Those that lack as many after a whole round as before it are damaged, and stay as they are.
    """
    with transaction.atomic(), noting():
        rotation = KeyRotation.objects.select_for_update().get(pk=number)
        left = lacking(rotation.number).count()
        if left != rotation.left:
            rotation.after, rotation.left = "", left
            rotation.save(update_fields=["after", "left"])
            return rotation
        rotation.ended_at = clock.now()
        rotation.save(update_fields=["ended_at"])
        tell("key.renewed", of="index", number=rotation.number, people=rotation.done, left=rotation.left)
        return rotation
