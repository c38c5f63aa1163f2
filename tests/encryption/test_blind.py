"""Finding what is sealed: by exact match however it was typed, never by what could be guessed."""

import unicodedata
import uuid

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from casework.encryption import blind
from casework.encryption.models import BlindIndexEntry

pytestmark = pytest.mark.django_db

ROW, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
OLD, NEW = b"o" * 32, b"n" * 32
# Written down once: what was indexed in the past must be found for ever.
TAGS = [1044992, 433099, 624147, 643177]


@pytest.mark.parametrize(
    ("index", "stored", "typed"),
    [
        ("person.phone", "0912 345 678", "+84912345678"),
        ("person.phone", "0912.345.678", "0912345678"),
        ("person.phone", "0168 345 6789", "0383456789"),
        ("person.phone", "12345", "12 345"),
        ("person.identity", "011 087 001234", "011087001234"),
        ("person.identity", "c1234567", "C 1234567"),
        ("perpetrator.identity", "011087001234", "011.087.001234"),
        ("person.name_year", "Lò Thị Hoa 1987", "lo thi hoa 1987"),
        ("person.name_year", "Đặng Thị Hoà 1987", "DANG  THI HÒA 1987"),
        ("person.name_year", "H’Mông Páo 1990", "h'mong pao 1990"),
    ],
)
def test_what_was_put_is_found_however_it_is_written(index, stored, typed):
    for written in (stored, unicodedata.normalize("NFD", stored)):
        blind.put(index, ROW, written)
        for asked in (typed, stored, unicodedata.normalize("NFD", typed)):
            assert blind.find(index, asked) == [ROW]


@pytest.mark.parametrize("index", blind.INDEXES)
def test_another_value_or_another_index_is_not_found(index):
    blind.put(index, ROW, "0912345678")
    assert blind.find(index, "0912345679") == []
    for other in blind.INDEXES.keys() - {index}:
        assert blind.find(other, "0912345678") == []


def test_all_rows_with_the_value_are_candidates():
    for row in (OTHER, ROW):
        blind.put("person.phone", row, "0912345678")
    assert blind.find("person.phone", "0912345678") == [ROW, OTHER]


def test_a_new_value_takes_the_place_of_the_old_one():
    blind.put("person.phone", ROW, "0912345678")
    blind.put("person.phone", ROW, "0987654321")
    assert blind.find("person.phone", "0912345678") == []
    assert blind.find("person.phone", "0987654321") == [ROW]
    assert BlindIndexEntry.objects.filter(row=ROW).count() == 1


@pytest.mark.parametrize("nothing", ["", "  ", "-"])
def test_nothing_is_not_indexed_and_finds_nothing(nothing):
    blind.put("person.identity", ROW, "011087001234")
    blind.put("person.identity", ROW, nothing)
    assert not BlindIndexEntry.objects.filter(row=ROW).exists()
    assert blind.find("person.identity", nothing) == []


def test_a_dropped_row_is_in_no_index():
    for index in blind.INDEXES:
        blind.put(index, ROW, "011087001234")
        blind.put(index, OTHER, "011087001234")
    blind.drop(ROW)
    assert all(blind.find(index, "011087001234") == [OTHER] for index in blind.INDEXES)


def test_a_name_without_a_year_is_not_indexed():
    assert blind.name_year("Lò Thị Hoa", 1987) == "Lò Thị Hoa 1987"
    assert blind.name_year("Lò Thị Hoa", None) == ""
    assert blind.name_year("  ", 1987) == ""


def test_writing_takes_two_queries_and_finding_one(django_assert_num_queries):
    with django_assert_num_queries(2):
        blind.put("person.phone", ROW, "0912345678")
    with django_assert_num_queries(1):
        blind.find("person.phone", "0912345678")
    with django_assert_num_queries(1):
        blind.find("person.phone", "0912345679")


def test_a_tag_has_no_more_bits_than_was_said(settings):
    settings.BLIND_INDEX_BITS = 8
    for number in range(200):
        blind.put("person.phone", uuid.UUID(int=number), f"09123{number:05}")
    tags = set(BlindIndexEntry.objects.values_list("tag", flat=True))
    assert max(tags) < 2**8
    assert 80 < len(tags) < 200  # values share tags: a tag proves nothing


def test_tags_never_change(settings):
    settings.INDEX_KEYS = {"current": 1, "keys": {1: bytes(range(32))}}
    settings.BLIND_INDEX_BITS = 20
    tags = [blind._tag(index, "011087001234", 1) for index in blind.INDEXES]
    assert tags == TAGS


def test_without_the_key_tags_say_nothing(settings):
    settings.INDEX_KEYS = {"current": 1, "keys": {1: OLD}}
    blind.put("person.phone", ROW, "0912345678")
    settings.INDEX_KEYS = {"current": 1, "keys": {1: NEW}}
    assert blind.find("person.phone", "0912345678") == []


def versions_of(row):
    return set(BlindIndexEntry.objects.filter(row=row).values_list("version", flat=True))


def test_while_a_key_is_exchanged_old_and_new_entries_are_found(settings):
    settings.INDEX_KEYS = {"current": 1, "keys": {1: OLD}}
    blind.put("person.phone", ROW, "0912345678")
    settings.INDEX_KEYS = {"current": 2, "keys": {1: OLD, 2: NEW}}
    blind.put("person.phone", OTHER, "0912345678")
    assert blind.find("person.phone", "0912345678") == [ROW, OTHER]

    blind.put("person.phone", ROW, "0987654321")
    assert blind.find("person.phone", "0912345678") == [OTHER]
    assert set(BlindIndexEntry.objects.values_list("version", flat=True)) == {2}


def test_before_the_new_key_is_current_every_value_is_written_under_both(settings):
    """Servers are given a new key one after the other: each finds what any other wrote."""
    settings.INDEX_KEYS = {"current": 1, "keys": {1: OLD, 2: NEW}}
    blind.put("person.phone", ROW, "0912345678")
    assert versions_of(ROW) == {1, 2}

    for loaded in ({"current": 1, "keys": {1: OLD}}, {"current": 2, "keys": {2: NEW}}):
        settings.INDEX_KEYS = loaded
        assert blind.find("person.phone", "0912345678") == [ROW]


def test_a_server_without_the_new_key_leaves_no_entry_of_the_value_before(settings):
    settings.INDEX_KEYS = {"current": 1, "keys": {1: OLD, 2: NEW}}
    blind.put("person.phone", ROW, "0912345678")
    settings.INDEX_KEYS = {"current": 1, "keys": {1: OLD}}
    blind.put("person.phone", ROW, "0987654321")

    settings.INDEX_KEYS = {"current": 1, "keys": {1: OLD, 2: NEW}}
    assert versions_of(ROW) == {1}
    assert blind.find("person.phone", "0912345678") == []
    assert blind.find("person.phone", "0987654321") == [ROW]


@pytest.mark.parametrize("bits", [7, 33, "20"])
def test_an_index_length_out_of_range_is_refused(settings, bits):
    settings.BLIND_INDEX_BITS = bits
    with pytest.raises(ImproperlyConfigured):
        blind.tag_bits()


@pytest.mark.parametrize("index", blind.INDEXES)
def test_normalising_twice_changes_nothing(index):
    @given(st.text())
    def again(text):
        once = blind.INDEXES[index].normalise(text)
        assert blind.INDEXES[index].normalise(once) == once

    again()
