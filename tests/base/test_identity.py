import pytest

from casework.base.codes import codes
from casework.base.dates import PartialDate
from casework.base.identity import (
    NUMBERED_KINDS,
    PROVINCES,
    identity_warnings,
    parse_identity,
    sex_and_year,
)
from casework.base.refusals import Unreadable

# 011: Điện Biên, 1: woman born 1900-1999, 87: 1987; the last six digits are made up.
SYNTHETIC = "011187000001"


def found(number, **known):
    return [warning.code for warning in identity_warnings("citizen_12", number, **known)]


def test_the_sixty_three_provinces_before_the_mergers():
    assert len(PROVINCES) == 63
    assert PROVINCES["011"] == "Điện Biên"


def test_kinds_are_rows_of_the_code_list():
    assert all(kind in codes("identity_kind") for kind in NUMBERED_KINDS)


def test_spaces_and_dots_are_not_part_of_a_number():
    assert parse_identity("citizen_12", " 011 187.000-001 ") == SYNTHETIC
    assert parse_identity("citizen_9", "040 123 456") == "040123456"
    assert parse_identity("passport", "c 1234567") == "C1234567"


@pytest.mark.parametrize(
    ("kind", "typed", "code"),
    [
        ("citizen_12", "01118700000", "identity_length_12"),
        ("citizen_12", "0111870000011", "identity_length_12"),
        ("citizen_12", "01118700000A", "identity_digits"),
        ("citizen_12", "", "identity_digits"),
        ("citizen_9", "0401234567", "identity_length_9"),
        ("passport", "C12", "identity_passport"),
        ("passport", "C1234567Đ", "identity_passport"),
    ],
)
def test_a_wrong_shape_is_refused(kind, typed, code):
    with pytest.raises(Unreadable) as refusal:
        parse_identity(kind, typed)
    assert refusal.value.code == code


def test_a_person_without_papers_has_no_number_to_read():
    with pytest.raises(ValueError, match="none"):
        parse_identity("none", "1")


@pytest.mark.parametrize(
    ("digit", "sex", "century"),
    [("0", "male", 1900), ("1", "female", 1900), ("2", "male", 2000), ("3", "female", 2000)],
)
def test_the_fourth_digit_is_century_and_sex(digit, sex, century):
    assert sex_and_year(f"011{digit}05000001") == (sex, century + 5)


def test_a_number_that_fits_raises_no_doubt():
    assert found(SYNTHETIC, sex="female", born=PartialDate(1987, 3)) == []
    assert found(SYNTHETIC) == []


def test_doubts_are_warnings():
    assert found(SYNTHETIC, sex="male", born=PartialDate(1986)) == ["identity_sex", "identity_year"]
    assert found("999187000001") == ["identity_place"]
    assert found("011487000001") == ["identity_century"]


def test_a_sex_that_is_not_on_cards_cannot_disagree():
    assert found(SYNTHETIC, sex="other") == found(SYNTHETIC, sex="unknown") == []


def test_an_old_card_asks_for_the_new_number():
    assert [warning.code for warning in identity_warnings("citizen_9", "040123456")] == ["identity_old"]
    assert identity_warnings("passport", "C1234567") == []
