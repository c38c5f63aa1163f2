"""The hash of an event: SHA-256 over its columns written as tag-length-value, so no two events share a form."""

import hashlib
import json
import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

EVENT_PREFIX: Final = b"\x02"
GENESIS: Final = bytes(32)

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


def canonical(value: object) -> bytes:
    """Write one column's value as bytes; None and an empty value differ.

    Raises TypeError for a type that has no canonical form.
    """
    if value is None:
        return b"\x00"
    if isinstance(value, datetime):
        # Databases hand back microseconds in UTC; anything finer would not survive the round trip.
        return b"t" + value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
    if isinstance(value, UUID):
        return b"u" + value.bytes
    if isinstance(value, str):
        return b"s" + value.encode()
    if isinstance(value, int):
        return b"i" + str(value).encode()
    if isinstance(value, bytes | memoryview):
        return b"b" + bytes(value)
    if isinstance(value, list | dict):
        return b"j" + json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    raise TypeError(f"An audit column cannot hold a {type(value).__name__}.")


def event_hash(columns: Mapping[str, object]) -> bytes:
    """Digest the columns of one event: 32 bytes."""
    digest = hashlib.sha256(EVENT_PREFIX)
    for tag, name in enumerate(COLUMNS, start=1):
        value = canonical(columns[name])
        digest.update(struct.pack(">BI", tag, len(value)))
        digest.update(value)
    return digest.digest()
