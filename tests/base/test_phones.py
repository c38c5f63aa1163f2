from contextlib import suppress

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from casework.base.phones import OLD_MOBILE_PREFIXES, display_phone, parse_phone
from casework.base.refusals import Unreadable


@pytest.mark.parametrize(
    "typed",
    [
        "0912345678",
        "0912 345 678",
        "0912.345.678",
        "0912-345-678",
        "912345678",
        "+84912345678",
        "(+84) 912 345 678",
        "+84 (0)912 345 678",
        "0084 912 345 678",
        "84912345678",
        "\u200b0912\u00a0345 678 ",
    ],
)
def test_every_usual_way_of_writing_is_one_number(typed):
    phone = parse_phone(typed)
    assert (phone.e164, phone.kind, phone.old_number) == ("+84912345678", "mobile", "")
    assert phone.display() == "0912 345 678"


def test_a_landline_of_dien_bien():
    phone = parse_phone("0215 3824 567")
    assert (phone.e164, phone.kind) == ("+842153824567", "landline")


def test_a_number_from_across_the_border_keeps_its_country():
    assert display_phone(parse_phone("+856 20 5551 2345").e164).startswith("+856")


@pytest.mark.parametrize(("old", "new"), sorted(OLD_MOBILE_PREFIXES.items()))
def test_eleven_digit_mobiles_are_converted_and_flagged(old, new):
    phone = parse_phone(f"{old}234 5678")
    assert phone.e164 == f"+84{new[1:]}2345678"
    assert phone.old_number == f"{old}2345678"
    assert parse_phone(f"+84 {old[1:]}2345678") == phone


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "phone_characters"),
        ("không có", "phone_characters"),
        ("0912a45678", "phone_characters"),
        ("0912 345 678 / 0987 654 321", "phone_several"),
        ("0912 345 678 hoặc 0987 654 321", "phone_several"),
        ("111", "phone_too_short"),
        ("091234567", "phone_too_short"),
        ("09123456789", "phone_too_long"),
        ("091234567890123456", "phone_too_long"),
        ("0112345678", "phone_unknown"),
        ("0230 3824 567", "phone_unknown"),
    ],
)
def test_what_is_wrong_is_named(typed, code):
    with pytest.raises(Unreadable) as refusal:
        parse_phone(typed)
    assert refusal.value.code == code
    assert str(refusal.value.message)
    assert refusal.value.status == 400


def test_no_number_shows_nothing():
    assert display_phone("") == ""


@given(st.sampled_from(["03", "05", "07", "08", "09"]), st.from_regex(r"[0-9]{8}", fullmatch=True))
def test_the_shown_form_reads_back(prefix, rest):
    try:
        phone = parse_phone(prefix + rest)
    except Unreadable:
        reject()
    assert parse_phone(phone.display()) == phone
    assert parse_phone(phone.e164) == phone


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(typed):
    with suppress(Unreadable):
        assert parse_phone(typed).e164.startswith("+")
