"""What is inside a sealed value: one type byte and the value. Nothing here is secret or knows a key."""

import json
import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from uuid import UUID

from casework.base.text import nfc


class Kind(IntEnum):
    """The type byte. A number is never given to another type: old values are read by it."""

    NULL = 0
    TEXT = 1
    BOOLEAN = 2
    INTEGER = 3
    DATE = 4
    DATETIME = 5
    DECIMAL = 6
    BYTES = 7
    JSON = 8
    PHONE = 9
    UUID = 10


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_INTEGER = struct.Struct(">q")
_DATE = struct.Struct(">HBB")
_NULL = bytes([Kind.NULL])
_LOOK_ALIKES: dict[Kind, type] = {Kind.INTEGER: bool, Kind.DATE: datetime}


def pack(kind: Kind, value: object) -> bytes:
    """The bytes of a value of that kind, or of nothing when it is None.

    Text becomes NFC; times become UTC, to the microsecond; whole numbers fit 64 bits; JSON has sorted keys.
    Errors: TypeError for a value of another type, ValueError for one that cannot be written (a time without a
    zone, a number too large, NaN). No message repeats the value.
    """
    if value is None:
        return _NULL
    expected, write, _read = _FORMS[kind]
    # bool is an int and datetime a date to Python: each would come back as something else.
    if not isinstance(value, expected) or isinstance(value, _LOOK_ALIKES.get(kind, ())):
        raise TypeError(f"a sealed {kind.name.lower()} holds {expected.__name__}, not {type(value).__name__}")
    try:
        return bytes((kind,)) + write(value)
    except (ValueError, ArithmeticError, struct.error, RecursionError) as error:
        # The original message may quote the value: only its kind is told.
        raise ValueError(f"this {kind.name.lower()} cannot be sealed: {type(error).__name__}") from None


def unpack(kind: Kind, payload: bytes) -> object:
    """The value of `pack`, None for nothing; ValueError when the payload is of another kind."""
    if payload == _NULL:
        return None
    if not payload or payload[0] != kind:
        raise ValueError(f"sealed as type {payload[:1].hex()}, read as {kind.name.lower()}")
    try:
        return _FORMS[kind][2](payload[1:])
    except (ValueError, ArithmeticError, struct.error, RecursionError):
        # As above: a JSON error, for one, carries the whole text.
        raise ValueError(f"no {kind.name.lower()} can be read from these bytes") from None


def _write_datetime(value: datetime) -> bytes:
    if value.utcoffset() is None:
        raise ValueError("no time zone")
    return _INTEGER.pack((value.astimezone(UTC) - _EPOCH) // _MICROSECOND)


def _write_decimal(value: Decimal) -> bytes:
    if not value.is_finite():
        raise ValueError("not a number")
    return str(value).encode("ascii")


def _write_json(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
    return text.encode()


def _read_boolean(value: bytes) -> bool:
    return value != b"\0"


# By the number of the kind: the Python type, how it is written, how it is read.
_FORMS: tuple[tuple[type, Callable[..., bytes], Callable[[bytes], object]], ...] = (
    (type(None), bytes, bytes),
    (str, lambda value: nfc(value).encode(), bytes.decode),
    (bool, lambda value: b"\1" if value else b"\0", _read_boolean),
    (int, _INTEGER.pack, lambda value: _INTEGER.unpack(value)[0]),
    (
        date,
        lambda value: _DATE.pack(value.year, value.month, value.day),
        lambda value: date(*_DATE.unpack(value)),
    ),
    (
        datetime,
        _write_datetime,
        lambda value: _EPOCH + timedelta(microseconds=_INTEGER.unpack(value)[0]),
    ),
    (Decimal, _write_decimal, lambda value: Decimal(value.decode("ascii"))),
    (bytes, bytes, bytes),
    (object, _write_json, json.loads),
    (str, lambda value: value.encode("ascii"), bytes.decode),
    (UUID, lambda value: value.bytes, lambda value: UUID(bytes=value)),
)
