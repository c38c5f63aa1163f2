"""The form in which an event is hashed: fixed for ever, because old events must still verify."""

import hashlib
import struct
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.audit.hashing import COLUMNS, GENESIS, Stored, canonical, event_hash

EVENT = {
    "ts": datetime(2026, 3, 8, 2, 30, 15, 123456, tzinfo=UTC),
    "actor": UUID("11111111-2222-4333-8444-555555555555"),
    "session": "",
    "auth_level": "password",
    "action": "case.view",
    "object_type": "case",
    "object_id": UUID("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"),
    "case_id": UUID("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"),
    "chain_kind": "case",
    "chain_key": UUID("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"),
    "chain_seq": 1,
    "prev_hash": GENESIS,
    "row_seal": b"",
    "fields": ["address"],
    "detail": {"trang": "tổng quan", "count": 2},
    "purpose": "",
    "reason": b"\xc1\x01",
    "request_id": "7f",
    "outcome": "read",
}
GOLDEN = "c64f8898184d47cb96fe434d6766bc7f981d6318b852d8e3c73acc8d3fee4fae"


def test_the_hash_of_a_known_event_never_changes():
    assert event_hash(EVENT).hex() == GOLDEN


def test_the_hash_is_sha256_over_tag_length_value():
    written = [
        b"t2026-03-08T02:30:15.123456Z",
        b"u" + bytes.fromhex("11111111222243338444555555555555"),
        b"s",
        b"spassword",
        b"scase.view",
        b"scase",
        b"u" + bytes.fromhex("aaaaaaaabbbb4ccc8dddeeeeeeeeeeee"),
        b"u" + bytes.fromhex("aaaaaaaabbbb4ccc8dddeeeeeeeeeeee"),
        b"scase",
        b"u" + bytes.fromhex("aaaaaaaabbbb4ccc8dddeeeeeeeeeeee"),
        b"i1",
        b"b" + bytes(32),
        b"b",
        b'j["address"]',
        'j{"count":2,"trang":"tổng quan"}'.encode(),
        b"s",
        b"b\xc1\x01",
        b"s7f",
        b"sread",
    ]
    assert len(written) == len(COLUMNS)
    body = b"".join(struct.pack(">BI", tag, len(value)) + value for tag, value in enumerate(written, start=1))
    assert event_hash(EVENT) == hashlib.sha256(b"\x02" + body).digest()


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_is_hashed(column):
    changed = dict(EVENT)
    changed[column] = None if EVENT[column] is not None else ""
    assert event_hash(changed) != event_hash(EVENT)


def test_nothing_and_empty_differ():
    assert len({canonical(None), canonical(""), canonical(b""), canonical([]), canonical({})}) == 5


def test_an_instant_has_one_form_whatever_its_zone():
    hanoi = timezone(timedelta(hours=7))
    assert canonical(datetime(2026, 3, 8, 9, 30, tzinfo=hanoi)) == canonical(
        datetime(2026, 3, 8, 2, 30, tzinfo=UTC)
    )


def test_a_value_without_a_canonical_form_is_refused():
    with pytest.raises(TypeError, match="float"):
        canonical(1.5)


@given(st.text(), st.text(), st.text(), st.text())
def test_text_cannot_be_moved_from_one_column_to_the_next(action, object_type, other_action, other_type):
    one = {**EVENT, "action": action, "object_type": object_type}
    other = {**EVENT, "action": other_action, "object_type": other_type}
    same = (action, object_type) == (other_action, other_type)
    assert (event_hash(one) == event_hash(other)) is same


def test_what_the_database_keeps_of_a_column_of_json_is_written_as_what_it_means():
    assert canonical(Stored('{"trang": "tổng quan", "count":2}')) == canonical(
        {"count": 2, "trang": "tổng quan"}
    )
    assert canonical(Stored("null")) == canonical(None)
    # Only a forger leaves no JSON; it is found, and stops nobody.
    assert canonical(Stored("{")) == canonical("{")
