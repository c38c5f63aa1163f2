"""Wrapping every data key by the current master key. What the data keys sealed stays as it is."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from django.db import connection, models, transaction

from casework.audit.noted import noting
from casework.base import clock
from casework.encryption import CannotOpen, keyring, keys
from casework.encryption.canary import hold_master_key
from casework.encryption.models import DataKey, KeyRotation
from casework.management.renewal.steps import NotDone, begun, patiently, tell

AT_ONCE: Final = 500


def waiting(current: int) -> models.QuerySet[DataKey]:
    """The data keys that another master key wraps."""
    living = DataKey.objects.exclude(state=DataKey.State.DESTROYED)
    return living.exclude(kek_id=current).order_by("pk")


def rewrap() -> KeyRotation | None:
    """Wrap every data key by the current master key, going on where a run before was killed; None for nothing to do.

    NotDone when a master key is needed that is not loaded.
    """
    loaded = keys.encryption_keys()
    needed = set(waiting(loaded.current).order_by().values_list("kek_id", flat=True).distinct())
    if missing := needed - loaded.keys.keys() - loaded.served.keys():
        raise NotDone(f"Data keys are wrapped by master key {min(missing)}, which is not loaded.")
    rotation = patiently(partial(_begin, loaded.current))
    if rotation is None:
        return None
    while rotation.ended_at is None:
        while rows := list(waiting(loaded.current).filter(pk__gt=int(rotation.after or 0))[:AT_ONCE]):
            rotation = patiently(partial(_rewrap, rotation.pk, rows))
        rotation = patiently(partial(_end, rotation.pk))
    return rotation


def _begin(current: int) -> KeyRotation | None:
    with transaction.atomic(), noting():
        count = waiting(current).count()
        rotation, is_new = begun(KeyRotation.Of.MASTER, current, count)
        if is_new:
            tell("key.renew", of="master", number=current, keys=count)
        return rotation


def _rewrap(number: int, rows: Sequence[DataKey]) -> KeyRotation:
    with transaction.atomic():
        rotation = KeyRotation.objects.select_for_update().get(pk=number)
        current = rotation.number
        hold_master_key(current)
        at_hand = opened(rows)
        wrapped = keys.wrap_all(current, [(data_key, keyring.context_of(row)) for row, data_key in at_hand])
        rotation.done += _exchange(current, [row for row, _data_key in at_hand], wrapped)
        rotation.left += len(rows) - len(at_hand)
        rotation.after = str(rows[-1].pk)
        rotation.save(update_fields=["after", "done", "left"])
        return rotation


def _exchange(current: int, rows: Sequence[DataKey], wrapped: Sequence[bytes]) -> int:
    """Only where the bytes that were opened still stand: a key may be destroyed at this moment. Returns how many."""
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {DataKey._meta.db_table} SET kek_id = %s, wrapped = %s "  # noqa: S608  (our own name)
            "WHERE dek_id = %s AND kek_id = %s AND wrapped = %s",
            [
                (current, anew, row.pk, row.kek_id, bytes(row.wrapped))
                for row, anew in zip(rows, wrapped, strict=True)
            ],
        )
        return int(cursor.rowcount)


def opened(rows: Sequence[DataKey]) -> list[tuple[DataKey, bytes]]:
    """The rows with their keys, without those that are damaged."""
    try:
        return list(zip(rows, keyring.unwrap_rows(rows), strict=True))
    except CannotOpen:
        if len(rows) == 1:
            return []
    return [pair for row in rows for pair in opened([row])]


def _end(number: int) -> KeyRotation:
    """The end, or from the beginning again: where it had come to, a server may have written under an older key since."""
    with transaction.atomic(), noting():
        rotation = KeyRotation.objects.select_for_update().get(pk=number)
        if waiting(rotation.number).count() > rotation.left:
            rotation.after, rotation.left = "", 0
            rotation.save(update_fields=["after", "left"])
            return rotation
        rotation.ended_at = clock.now()
        rotation.save(update_fields=["ended_at"])
        tell("key.renewed", of="master", number=rotation.number, keys=rotation.done, left=rotation.left)
        return rotation
