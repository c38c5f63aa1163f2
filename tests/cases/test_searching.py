"""What a search term can mean, and how much names are alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.base.numbering import new_public_code
from casework.cases.searching import ALL_WORDS, ENOUGH, SAME, Asked, alike, read


@pytest.mark.parametrize(
    ("term", "asked"),
    [
        ("03325-2026-0007", Asked(number="03325-2026-0007", year=2026)),
        (" 03325 / 2026 / 7 ", Asked(number="03325-2026-0007", year=2026)),
        ("0912 345 678", Asked(phone="+84912345678", identity="0912345678")),
        ("+84 912.345.678", Asked(phone="+84912345678")),
        ("011 190 001 234", Asked(identity="011190001234")),
        ("c1234567", Asked(identity="C1234567", name="c1234567")),
        ("Lò Thị Mẫu", Asked(name="Lò Thị Mẫu")),
        ("Lò Thị Mẫu, 1990", Asked(name="Lò Thị Mẫu", year=1990)),
        ("1990 lo thi mau", Asked(name="lo thi mau", year=1990)),
        ("Vàng A Páo", Asked(name="Vàng A Páo")),
    ],
)
def test_a_term_is_read_in_every_way_it_can_be_meant(term: str, asked: Asked):
    assert read(term) == asked


@pytest.mark.parametrize("term", ["", "  ", "a", "1990", "!!!", "12", "\u200b"])
def test_what_says_nothing_is_not_searched(term: str):
    assert read(term) is None


def test_a_case_code_is_known_by_its_check_character():
    code = new_public_code()

    found = read(f"{code[:4].lower()} {code[4:]}")
    assert found is not None
    assert found.code == code


@given(st.text(max_size=60))
def test_no_term_breaks_the_reading(term: str):
    read(term)


@pytest.mark.parametrize(
    ("wanted", "name", "least"),
    [
        ("Lò Thị Mẫu", "Lò Thị Mẫu", SAME),
        ("lo thi mau", "Lò Thị Mẫu", SAME),
        ("LÒ THỊ MẬU", "Lò Thị Mẫu", SAME),
        ("Hoà", "Tòng Thị Hòa", ALL_WORDS),
        ("mau lo", "Lò Thị Mẫu", ALL_WORDS),
        ("vang a", "Vàng A Páo", ALL_WORDS),
        ("lo thi ma", "Lò Thị Mẫu", ENOUGH),
        ("Lò Thi Mâuu", "Lò Thị Mẫu", ENOUGH),
        ("giang thi my", "Giàng Thị Mỷ", SAME),
    ],
)
def test_names_are_found_however_they_are_typed(wanted: str, name: str, least: int):
    assert alike(wanted, [name]) >= least


@pytest.mark.parametrize(
    ("wanted", "name"),
    [("Lò Thị Mẫu", "Quàng Văn Minh"), ("Páo", "Vàng A Phử"), ("mau", "Lò Thị Mâng"), ("Lò", "Lường Văn An")],
)
def test_other_names_are_not(wanted: str, name: str):
    assert alike(wanted, [name]) < ENOUGH


def test_any_of_several_names_answers():
    assert alike("chị Hặc", ["Lò Thị Mẫu", " chị Hặc", ""]) == SAME
    assert alike("", ["Lò Thị Mẫu"]) == 0
    assert alike("Mẫu", ["", "  "]) == 0
