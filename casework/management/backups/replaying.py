"""Destroying again what an older backup brought back, before anybody is served from it."""

from datetime import datetime
from pathlib import Path

from django.conf import settings

from casework.disposal.actions import forget_again
from casework.encryption import tombstones
from casework.encryption.models import DataKey
from casework.management.backups.erasures import Erasures


class NotReplayed(Exception):
    """Why a list of erasures does not fit this database."""


def replay(erasures: Erasures, *, at: datetime) -> int:
    """Carry out every erasure of the list that this database does not know; how many. For one transaction.

    What it knows must stand in the list as it stands here. Raises NotReplayed.
    """
    here = tombstones.all_stones()
    if (fault := tombstones.first_fault(here)) is not None:
        raise NotReplayed(f"Erasure {fault} of the database is missing or changed.")
    for mine, told in zip(here, erasures.stones, strict=False):
        if bytes(mine.digest) != bytes(told.digest):
            raise NotReplayed(f"Erasure {mine.number} is another one in the list than in the database.")
    if len(here) > erasures.count:
        raise NotReplayed(
            f"The list knows {erasures.count} erasures, the database {len(here)}: it is not the newest list."
        )
    # Those the database knows as well: the keys may be of another day than the data.
    for stone in here:
        tombstones.destroy(tombstones.grave_of(stone))
    for stone in erasures.stones[len(here) :]:
        forget_again(by=None, at=at, stone=stone)
    _prove(erasures)
    return erasures.count - len(here)


def check_not_behind() -> None:
    """Refuse to serve a database that knows less than the list of erasures: it was put back past `restore`.

    Raises NotReplayed. Where this process has no list (none is configured, or none was written yet) nothing is said.
    """
    place = Path(settings.ERASURE_LIST) if settings.ERASURE_LIST else None
    if place is None or not place.exists():
        return
    told, here = Erasures.open(place).count, len(tombstones.all_stones())
    if told > here:
        raise NotReplayed(
            f"{place.name} knows {told} erasures, this database {here}: it was put back from an older copy. Run "
            f"`manage.py replay_erasures {place}` before anybody is served."
        )


def _prove(erasures: Erasures) -> None:
    for stone in erasures.stones:
        for scope in tombstones.grave_of(stone).scopes:
            left = DataKey.objects.filter(scope_type=scope.type, scope_id=scope.id).exclude(state="destroyed")
            if left.exists():
                raise NotReplayed(f"A key of erasure {stone.number} is still there.")
