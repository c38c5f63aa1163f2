"""Dropping an old key for good: refused while anything refers to it."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from casework.audit.log import hold_chain
from casework.audit.noted import noting
from casework.base import clock
from casework.encryption import keyring, keys
from casework.encryption.envelope import Scope
from casework.encryption.models import BlindIndexEntry, Canary, DataKey, KeyRotation
from casework.management.renewal.index import lacking
from casework.management.renewal.steps import NotDone, case_of, tell
from casework.management.renewal.tables import references

# Whoever could still write under a retired key has long ended: a request believes a key for a minute.
SETTLED: Final = timedelta(hours=1)


def drop_master(number: int) -> None:
    """Need a master key no more: no start asks for it, and nothing is sealed under it any more. NotDone while in use."""
    if number == keys.encryption_keys().current:
        raise NotDone(f"Master key {number} is the current one.")
    with transaction.atomic(), noting():
        # First: whoever is just making a data key under it is waited for, and nobody makes another.
        _mark(Canary.Purpose.ENCRYPTION, number)
        living = DataKey.objects.filter(kek_id=number).exclude(state=DataKey.State.DESTROYED)
        if count := living.count():
            raise NotDone(f"Master key {number} wraps {count} data keys: run rotate_keys first.")
        keyring.announce_key_change()
        tell("key.drop", of="master", number=number)


def drop_index(number: int) -> None:
    """Need an index key no more, and remove its entries. NotDone while a value is found by it alone."""
    current = keys.index_keys().current
    if number >= current:
        raise NotDone(f"Index key {number} is current, or to be: name a later one current first.")
    with transaction.atomic(), noting():
        _mark(Canary.Purpose.INDEX, number)
        if count := lacking(current, under=number).count():
            raise NotDone(
                f"{count} entries have none under index key {current} yet: run rotate_index_key first."
            )
        removed, _by_table = BlindIndexEntry.objects.filter(version=number).delete()
        keyring.announce_key_change()
        tell("key.drop", of="index", number=number, entries=removed)


def drop_data(numbers: Collection[int] | None = None) -> Iterator[tuple[DataKey, str]]:
    """Destroy these retired data keys, or all; yields each, and why it was kept or "".

    Kept is what anything still refers to, and what was retired less than an hour ago.
    """
    retired = DataKey.objects.filter(state=DataKey.State.RETIRED).order_by("pk")
    chosen = list(retired if numbers is None else retired.filter(pk__in=numbers))
    if numbers is not None and (others := set(numbers) - {row.pk for row in chosen}):
        raise NotDone(f"Data key {min(others)} is not a retired one.")
    used = references() if chosen else {}
    unended = set(
        KeyRotation.objects.filter(of=KeyRotation.Of.DATA, ended_at=None).values_list("number", flat=True)
    )
    renewing = {
        (row.scope_type, row.scope_id)
        for row in DataKey.objects.filter(pk__in=unended).only("scope_type", "scope_id")
    }
    for row in chosen:
        if (row.scope_type, row.scope_id) in renewing:
            yield row, "its renewal has not ended"
        elif count := used.get(row.pk, 0):
            yield row, f"{count} rows are sealed under it"
        elif not _is_settled(row.retired_at):
            yield row, "somebody may still be writing under it: wait an hour"
        else:
            _destroy(row)
            yield row, ""


def _mark(purpose: str, number: int) -> None:
    canary = Canary.objects.filter(purpose=purpose, key_id=number)
    if not canary.filter(dropped_at=None).update(dropped_at=clock.now()):
        known = canary.exists()
        raise NotDone(
            f"The {purpose} key {number} " + ("was dropped before." if known else "is not known here.")
        )


def _is_settled(retired_at: datetime | None) -> bool:
    """Has everybody ended who was at work when the key was retired?"""
    if retired_at is None or clock.now() - retired_at < SETTLED:
        return False
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND xact_start < %s)",
            [retired_at],
        )
        return not cursor.fetchone()[0]


def _destroy(row: DataKey) -> None:
    scope = Scope(row.scope_type, row.scope_id)
    with transaction.atomic(), noting():
        hold_chain(case_of(scope), None)
        mine = DataKey.objects.filter(pk=row.pk, state=DataKey.State.RETIRED)
        mine.update(state=DataKey.State.DESTROYED, wrapped=b"", kek_id=0)
        keyring.announce_key_change()
        tell("key.drop", scope, of="data", number=row.pk)
