"""Sealing without a model: for the audit log, second factors, and whatever else keeps its own bytes."""

import unicodedata
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.encryption import CannotOpen, keyring, open_note, prefetch_notes, seal_note
from casework.encryption.keyring import key_for_writing
from casework.encryption.payload import Kind, pack

pytestmark = pytest.mark.django_db

CASE, ROW = uuid.uuid4(), uuid.uuid4()
WORDS = "Chị Hoa xin xem hồ sơ của mình."


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.text())
def test_a_note_comes_back(text):
    token = seal_note("case", CASE, 1001, ROW, text)
    assert open_note("case", CASE, 1001, ROW, token) == unicodedata.normalize("NFC", text)


def test_short_notes_all_look_the_same():
    assert {len(seal_note("user", CASE, 1001, ROW, text)) for text in ("", "x", WORDS)} == {34 + 256}


@pytest.mark.parametrize(
    ("scope_type", "scope_id", "field_id", "row_id"),
    [
        ("case", uuid.uuid4(), 1001, ROW),
        ("person", CASE, 1001, ROW),
        ("case", CASE, 1002, ROW),
        ("case", CASE, 1001, uuid.uuid4()),
    ],
)
def test_a_note_opens_only_where_it_was_sealed(scope_type, scope_id, field_id, row_id):
    token = seal_note("case", CASE, 1001, ROW, WORDS)
    with pytest.raises(CannotOpen):
        open_note(scope_type, scope_id, field_id, row_id, token)


def test_what_is_no_note_does_not_open():
    number = key_for_writing("case", CASE).seal(b"CV\x03\xe9\x00", ROW.bytes, pack(Kind.INTEGER, 5), 16)
    for token in (b"", WORDS.encode(), number):
        with pytest.raises(CannotOpen):
            open_note("case", CASE, 1001, ROW, token)


def test_the_keys_of_a_page_of_notes_load_in_one_query(django_assert_num_queries):
    cases = [uuid.uuid4() for _ in range(20)]
    tokens = [seal_note("case", case, 1001, ROW, WORDS) for case in cases]
    keyring.forget_keys()
    with django_assert_num_queries(2):  # the generation, the keys
        prefetch_notes([*tokens, b"", b"damaged"])
    with django_assert_num_queries(0):
        assert {
            open_note("case", case, 1001, ROW, token) for case, token in zip(cases, tokens, strict=True)
        } == {WORDS}
