"""Every type comes back as it went in, and nothing of a value is told when it cannot be written."""

import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.encryption.payload import Kind, pack, unpack

SECRET = "Lò Thị Hoa"
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
plain_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


class Answer(StrEnum):
    YES = "yes"


def a_time(microseconds, zone):
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)).astimezone(zone)


@given(st.text())
def test_text_comes_back_composed(text):
    assert unpack(Kind.TEXT, pack(Kind.TEXT, text)) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Kind.BOOLEAN, st.booleans()),
        (Kind.INTEGER, st.integers(-(2**63), 2**63 - 1)),
        (Kind.DATE, st.dates()),
        (Kind.BYTES, st.binary()),
        (Kind.UUID, st.uuids()),
        (Kind.JSON, plain_json),
        (Kind.DECIMAL, st.decimals(allow_nan=False, allow_infinity=False)),
        (Kind.PHONE, st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True)),
    ],
)
def test_each_type_comes_back_the_same(kind, values):
    @given(values)
    def round_trip(value):
        read = unpack(kind, pack(kind, value))
        assert read == value
        assert type(read) is type(value)

    round_trip()


@given(st.tuples(st.integers(-(10**15), 10**15), zones).map(lambda when: a_time(*when)))
def test_an_instant_comes_back_in_utc_to_the_microsecond(instant):
    read: Any = unpack(Kind.DATETIME, pack(Kind.DATETIME, instant))
    assert read == instant
    assert read.tzinfo is UTC


@pytest.mark.parametrize("kind", Kind)
def test_nothing_is_a_value_of_every_type(kind):
    assert unpack(kind, pack(kind, None)) is None


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        (Kind.JSON, None, "00"),
        (Kind.TEXT, "", "01"),
        (Kind.TEXT, "Hò", "01" + "48c3b2"),
        (Kind.BOOLEAN, True, "02" + "01"),
        (Kind.INTEGER, -2, "03" + "fffffffffffffffe"),
        (Kind.DATE, date(1987, 3, 5), "04" + "07c3" + "03" + "05"),
        (Kind.DATETIME, datetime(1970, 1, 1, 7, tzinfo=timezone(timedelta(hours=7))), "05" + "00" * 8),
        (Kind.DECIMAL, Decimal("1.50"), "06" + "312e3530"),
        (Kind.BYTES, b"\0\x80", "07" + "0080"),
        (Kind.JSON, {"b": 1, "a": [True]}, "08" + b'{"a":[true],"b":1}'.hex()),
        (Kind.PHONE, "+84912345678", "09" + b"+84912345678".hex()),
        (Kind.UUID, UUID(int=1), "0a" + "00" * 15 + "01"),
    ],
)
def test_the_bytes_of_each_type_never_change(kind, value, written):
    assert pack(kind, value).hex() == written


def test_letters_typed_in_either_way_are_the_same_bytes():
    assert pack(Kind.TEXT, unicodedata.normalize("NFD", SECRET)) == pack(Kind.TEXT, SECRET)


def test_text_of_an_enum_is_text():
    assert unpack(Kind.TEXT, pack(Kind.TEXT, Answer.YES)) == "yes"


@pytest.mark.parametrize(
    ("kind", "value", "error"),
    [
        (Kind.TEXT, SECRET.encode(), TypeError),
        (Kind.TEXT, SECRET + "\ud800", ValueError),
        (Kind.BOOLEAN, SECRET, TypeError),
        (Kind.INTEGER, True, TypeError),
        (Kind.INTEGER, 2**63, ValueError),
        (Kind.DATE, datetime(2026, 1, 1, tzinfo=UTC), TypeError),
        (Kind.DATE, SECRET, TypeError),
        (Kind.DATETIME, datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None), ValueError),
        (Kind.DATETIME, datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=7))), ValueError),
        (Kind.DECIMAL, Decimal("NaN"), ValueError),
        (Kind.JSON, {SECRET: float("nan")}, ValueError),
        (Kind.JSON, {SECRET: {1, 2}}, TypeError),
        (Kind.PHONE, SECRET, ValueError),
    ],
)
def test_what_cannot_be_written_is_refused_without_being_repeated(kind, value, error):
    with pytest.raises(error) as refusal:
        pack(kind, value)
    assert SECRET not in str(refusal.value)
    assert refusal.value.__cause__ is None or SECRET not in str(refusal.value.__cause__)


def test_a_value_of_another_type_is_not_read():
    with pytest.raises(ValueError, match="read as date"):
        unpack(Kind.DATE, pack(Kind.TEXT, SECRET))


@pytest.mark.parametrize("kind", [Kind.INTEGER, Kind.DATE, Kind.DATETIME, Kind.DECIMAL, Kind.JSON, Kind.UUID])
def test_bytes_that_are_no_value_are_refused_without_being_repeated(kind):
    with pytest.raises(ValueError, match=kind.name.lower()) as refusal:
        unpack(kind, bytes((kind,)) + SECRET.encode())
    assert SECRET not in str(refusal.value)
    assert refusal.value.__suppress_context__
