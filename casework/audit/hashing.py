"""The hash of an event: SHA-256 over its columns written as tag-length-value, so no two events share a form."""

import hashlib
import json
import struct
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

EVENT_PREFIX: Final = b"\x02"
GENESIS: Final = bytes(32)
_HEAD: Final = struct.Struct(">BI").pack

# The order is the format: a new column goes at the end with a new tag.
COLUMNS: Final = (
    "ts",
    "actor",
    "session",
    "auth_level",
    "action",
    "object_type",
    "object_id",
    "case_id",
    "chain_kind",
    "chain_key",
    "chain_seq",
    "prev_hash",
    "row_seal",
    "fields",
    "detail",
    "purpose",
    "reason",
    "request_id",
    "outcome",
)


class Stored(str):
    """A column of JSON as the text in which the database keeps it."""

    __slots__ = ()


_JSON: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@lru_cache(maxsize=10_000)
def _read(text: str) -> bytes:
    try:
        return canonical(json.loads(text))
    except json.JSONDecodeError:
        # Whoever forged it left no JSON: it is hashed as what it is, and is not what was written.
        return canonical(text)


# Databases hand back microseconds in UTC; anything finer would not survive the round trip.
_WRITTEN: Final[Mapping[type, Callable[[Any], bytes]]] = {
    datetime: lambda value: b"t%sZ" % value.astimezone(UTC).isoformat(timespec="microseconds")[:26].encode(),
    UUID: lambda value: b"u" + value.bytes,
    str: lambda value: b"s" + value.encode(),
    int: lambda value: b"i%d" % value,
    bytes: lambda value: b"b" + value,
    memoryview: lambda value: b"b" + bytes(value),
    list: lambda value: b"j" + _JSON.encode(value).encode(),
    dict: lambda value: b"j" + _JSON.encode(value).encode(),
    Stored: lambda value: _read(str(value)),
}


def canonical(value: object) -> bytes:
    """Write one column's value as bytes; None and an empty value differ.

    Raises TypeError for a type that has no canonical form.
    """
    if value is None:
        return b"\x00"
    write = _WRITTEN.get(type(value))
    if write is None:
        # What is read like one of these is written like it, as a text of codes with names.
        write = next((write for kind, write in _WRITTEN.items() if isinstance(value, kind)), None)
    if write is None:
        raise TypeError(f"An audit column cannot hold a {type(value).__name__}.")
    return write(value)


def event_hash(columns: Mapping[str, object]) -> bytes:
    """Digest the columns of one event: 32 bytes."""
    return hashlib.sha256(EVENT_PREFIX + written(columns)).digest()


def written(columns: Mapping[str, object], start: int = 0, stop: int = len(COLUMNS)) -> bytes:
    """Tag, length and value of the columns from `start` to before `stop`, in the order of the format."""
    parts = []
    for tag, name in _TAGGED[start:stop]:
        value = columns[name]
        parts.append(_text(tag, value) if type(value) is str else _column(tag, canonical(value)))
    return b"".join(parts)


_TAGGED: Final = tuple(enumerate(COLUMNS, start=1))


# Half of the columns are texts, and most of them are as in the event before.
@lru_cache(maxsize=10_000)
def _text(tag: int, value: str) -> bytes:
    return _column(tag, canonical(value))


def _column(tag: int, value: bytes) -> bytes:
    return _HEAD(tag, len(value)) + value
