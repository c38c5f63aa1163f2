from datetime import date

import pytest

from casework.people.doubts import doubts, stored_identity

TODAY = date(2026, 11, 23)


def codes_of(**values: str) -> list[str]:
    return [doubt.code for doubt in doubts(today=TODAY, **{"kind": "citizen_12", "number": "", **values})]


def test_a_number_that_fits_raises_no_doubt():
    assert codes_of(number="011190001234", sex="female", birth_date="1990-05") == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"number": "011090001234", "sex": "female"}, ["identity_sex"]),
        ({"number": "011190001234", "birth_date": "1985"}, ["identity_year"]),
        ({"number": "999190001234"}, ["identity_place"]),
        ({"number": "0111900"}, ["identity_length_12"]),
        ({"number": "01119A001234"}, ["identity_digits"]),
        ({"kind": "citizen_9", "number": "040123456"}, ["identity_old"]),
        ({"kind": "citizen_9", "number": "0401"}, ["identity_length_9"]),
        ({"kind": "passport", "number": "C1"}, ["identity_passport"]),
        ({"kind": "unknown", "number": "011190001234"}, ["identity_kind"]),
        ({"kind": "none"}, ["identity_reason"]),
        ({"kind": "none", "none_reason": "lost"}, []),
        ({"birth_date": "2027"}, ["birth_future"]),
        ({"birth_date": "2026"}, []),
    ],
)
def test_what_does_not_fit_is_doubted(values: dict[str, str], expected: list[str]):
    assert codes_of(**values) == expected


def test_a_readable_number_is_kept_in_one_form_and_any_other_as_written():
    assert stored_identity("citizen_12", " 011 190.001-234 ") == "011190001234"
    assert stored_identity("passport", "c 1234567") == "C1234567"
    assert stored_identity("citizen_12", " 0111 9 ") == "0111 9"
    assert stored_identity("unknown", " 123 ") == "123"
    assert stored_identity("citizen_12", "") == ""
