"""Destroying for good: the keys of scopes and files, the index entries, and a tombstone that says which they were.

A tombstone leaves the server with the list of erasures (`management/backups/erasures.py`): the keys that an older
backup brings back are destroyed again by it. It holds ids, codes, times and counts.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from casework.encryption import keyring
from casework.encryption.envelope import Scope
from casework.encryption.models import BlindIndexEntry, FileKey, Tombstone

NOTHING: Final = bytes(32)
_DIGESTED: Final = b"cv1/tombstone"


@dataclass(frozen=True, slots=True)
class Grave:
    """What goes with one case.

    scopes: whose keys; rows: whose index entries; files: the uuid of each sealed file and its name in the store;
    about: ids, codes and times of who decided it.
    """

    subject: UUID
    scopes: Sequence[Scope]
    rows: Sequence[UUID]
    files: Sequence[tuple[UUID, str]]
    about: Mapping[str, Any]


def bury(grave: Grave, at: datetime) -> Tombstone:
    """Destroy everything in the grave and set its stone; for the transaction of the verb that tells of it.

    Done a second time for the same case, it destroys what was brought back and keeps the stone that is there.
    """
    counts = destroy(grave)
    stone = Tombstone.objects.filter(subject=grave.subject).first()
    return stone or _set(grave, at, {**counts, "files": len(grave.files)})


def destroy(grave: Grave) -> dict[str, int]:
    """Destroy everything in the grave; how many keys and index entries there were."""
    files = FileKey.objects.filter(file__in=[file for file, _name in grave.files])
    return {
        "file_keys": files.exclude(wrapped=b"").update(wrapped=b""),
        "index_entries": BlindIndexEntry.objects.filter(row__in=grave.rows).delete()[0],
        "data_keys": keyring.destroy(grave.scopes),
    }


def grave_of(stone: Tombstone) -> Grave:
    """What lies under a stone."""
    return Grave(
        stone.subject,
        [Scope(kind, UUID(pk)) for kind, pk in stone.scopes],
        [UUID(pk) for pk in stone.rows],
        [(UUID(pk), name) for pk, name in stone.files],
        stone.about,
    )


def written(stone: Tombstone) -> dict[str, Any]:
    """A stone as the list of erasures holds it."""
    return {**_told(stone), "digest": bytes(stone.digest).hex()}


def read(told: Mapping[str, Any]) -> Tombstone:
    """A stone of a list, not saved; ValueError, KeyError when it is none, or its digest is not that of what it says."""
    stone = Tombstone(
        number=int(told["number"]),
        subject=UUID(told["subject"]),
        at=datetime.fromisoformat(told["at"]),
        previous=bytes.fromhex(told["previous"]),
        digest=bytes.fromhex(told["digest"]),
        **{name: told[name] for name in ("scopes", "rows", "files", "about", "counts")},
    )
    if stone.digest != digest_of(stone):
        raise ValueError(f"erasure {stone.number} is not as it was written")
    return stone


def digest_of(stone: Tombstone) -> bytes:
    """SHA-256 over all a stone says, the digest of the one before included."""
    told = json.dumps(_told(stone), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(_DIGESTED + told.encode()).digest()


def first_fault(stones: Sequence[Tombstone]) -> int | None:
    """The number of the first stone that is missing, changed or out of place; None when all stand as they were set."""
    previous = NOTHING
    for number, stone in enumerate(stones, start=1):
        right = (number, previous, digest_of(stone))
        if (stone.number, bytes(stone.previous), bytes(stone.digest)) != right:
            return number
        previous = right[2]
    return None


def all_stones() -> list[Tombstone]:
    """Every stone, the first first."""
    return list(Tombstone.objects.order_by("number"))


def _set(grave: Grave, at: datetime, counts: Mapping[str, int]) -> Tombstone:
    last = Tombstone.objects.order_by("-number").first()
    stone = Tombstone(
        number=last.number + 1 if last else 1,
        subject=grave.subject,
        at=at,
        scopes=sorted([scope.type, str(scope.id)] for scope in grave.scopes),
        rows=sorted(map(str, grave.rows)),
        files=sorted([str(file), name] for file, name in grave.files),
        about=dict(grave.about),
        counts=dict(counts),
        previous=bytes(last.digest) if last else NOTHING,
    )
    stone.digest = digest_of(stone)
    stone.save()
    return stone


def _told(stone: Tombstone) -> dict[str, Any]:
    return {
        "number": stone.number,
        "subject": str(stone.subject),
        "at": stone.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "previous": bytes(stone.previous).hex(),
        **{name: getattr(stone, name) for name in ("scopes", "rows", "files", "about", "counts")},
    }
