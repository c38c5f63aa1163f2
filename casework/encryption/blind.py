"""Blind indexes: finding a sealed value by exact match, without the database learning the value.

An entry is the first bits of a keyed digest of the normalised value. With so few bits, different values
share a tag on purpose: `find` returns candidates, to be opened and compared. An index on values that are
easy to count (a surname) would give them away by their frequency: each index states its entropy, and a check
refuses less than 12 bits.
"""

import functools
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from casework.base.phones import parse_phone
from casework.base.refusals import Unreadable
from casework.base.text import search_key
from casework.encryption import keys
from casework.encryption.envelope import expand
from casework.encryption.models import BlindIndexEntry

MIN_ENTROPY_BITS: Final = 12
_BITS_RANGE: Final = range(8, 33)
_NOT_ALPHANUMERIC = re.compile(r"[^0-9a-z]")


def _phone(value: str) -> str:
    """E.164 where it can be read, else its digits: two people who mistype alike still meet."""
    try:
        return parse_phone(value).e164 if value.strip() else ""
    except Unreadable:
        return "".join(char for char in value if char.isdigit())


def _identity(value: str) -> str:
    """Letters and digits only, however the number was spaced."""
    return _NOT_ALPHANUMERIC.sub("", search_key(value))


@dataclass(frozen=True, slots=True)
class Index:
    """number: stored, never reused; entropy_bits: what must be guessed; normalise: the compared form."""

    number: int
    entropy_bits: int
    normalise: Callable[[str], str]


# Phone: about 10^8 mobile numbers. Identity: province, sex, year and six free digits. Name: the full name
# alone has about 12 bits, the birth year adds 6; surname, given name or year alone would have fewer than 12.
INDEXES: Final[Mapping[str, Index]] = {
    "person.phone": Index(1, 26, _phone),
    "person.identity": Index(2, 26, _identity),
    "person.name_year": Index(3, 18, search_key),
    "perpetrator.identity": Index(4, 26, _identity),
}


def name_year(full_name: str, birth_year: int | None) -> str:
    """The value of the index person.name_year; "" when one of the two is missing: a name alone is guessed."""
    return f"{full_name} {birth_year}" if full_name.strip() and birth_year else ""


def put(index: str, row_id: UUID, value: str) -> None:
    """Make a row findable by this value and no longer by the one before, by none if it is "". Two queries.

    One value per index and row: what a person has several of (phones) is indexed under rows of its own. While
    the key is exchanged the value is written under the current key and every later one. Entries under any other key
    go, also under one this process was not given: they may be of the value before.
    """
    tags = {version: _tag(index, value, version) for version in written_versions()}
    entries = [
        BlindIndexEntry(index=INDEXES[index].number, version=version, tag=tag, row=row_id)
        for version, tag in tags.items()
        if tag is not None
    ]
    mine = BlindIndexEntry.objects.filter(row=row_id, index=INDEXES[index].number)
    if not entries:
        mine.delete()
        return
    BlindIndexEntry.objects.bulk_create(
        entries, update_conflicts=True, unique_fields=["row", "index", "version"], update_fields=["tag"]
    )
    mine.exclude(version__in=tags).delete()


def written_versions() -> list[int]:
    """The numbers of the keys under which a value is written: the current one and what is to follow it."""
    loaded = keys.index_keys()
    return [version for version in sorted(loaded.keys) if version >= loaded.current]


def find(index: str, value: str) -> list[UUID]:
    """Rows that may have this value: open and compare each. Hit and miss take one query; "" finds nothing."""
    tags = [(version, _tag(index, value, version)) for version in keys.index_keys().keys]
    found = BlindIndexEntry.objects.none()
    for version, tag in tags:
        if tag is not None:
            found |= BlindIndexEntry.objects.filter(index=INDEXES[index].number, version=version, tag=tag)
    return list(found.order_by("row").values_list("row", flat=True).distinct())


def drop(row_id: UUID) -> None:
    """Forget a row in all indexes."""
    BlindIndexEntry.objects.filter(row=row_id).delete()


def tag_bits() -> int:
    """How many bits of a digest are kept: floor(log2 of the rows expected); settings.BLIND_INDEX_BITS."""
    bits = getattr(settings, "BLIND_INDEX_BITS", 20)
    if bits not in _BITS_RANGE:
        raise ImproperlyConfigured("BLIND_INDEX_BITS is a whole number from 8 to 32.")
    return int(bits)


def _tag(index: str, value: str, version: int) -> int | None:
    normal = INDEXES[index].normalise(value)
    if not normal:
        return None
    key = _index_key(keys.index_keys().keys[version], index)
    digest = hmac.digest(key, normal.encode(), "sha256")
    return int.from_bytes(digest[:4], "big") >> (32 - tag_bits())


@functools.lru_cache(maxsize=64)
def _index_key(master: bytes, index: str) -> bytes:
    return expand(master, b"cv1/idx/" + index.encode())
