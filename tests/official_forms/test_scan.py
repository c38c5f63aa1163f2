"""Marks, signs, spaces and invisible letters hide nothing; ordinary words are no alarm."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.official_forms.scan import Guarded, check_text, parts_of

PLACE, NUMBER = "Bản Giấu Kín", "+84912345678"


def found(text: str, *secrets: str) -> bool:
    return bool(check_text(text, [Guarded("address", one) for one in secrets]).findings)


@pytest.mark.parametrize(
    "text",
    [
        "Chị ở Bản Giấu Kín.",
        "BẢN GIẤU KÍN",
        "ban giau kin",
        "Bản-Giấu_Kín",
        "bản\ngiấu\tkín",
        unicodedata.normalize("NFD", PLACE),
        "Bản Gi\u200bấu K\u00adín",
        "Ｂản Giấu Kín",
        "b ả n g i ấ u k í n",
        "xbảngiấukínx",
    ],
)
def test_a_place_is_found_however_it_is_written(text):
    assert found(text, PLACE)


@pytest.mark.parametrize(
    "text",
    [
        "0912345678",
        "0912 345 678",
        "091.234.5678",
        "(+84) 912-345-678",
        "84912345678",
        "0084 912345678",
        "ĐT:0912345678,",
        "０９１２３４５６７８",
        "0 9 1 2 3 4 5 6 7 8",
        "09\u200b12345678",
    ],
)
def test_a_telephone_is_found_however_it_is_written(text):
    assert found(text, NUMBER)


@pytest.mark.parametrize(
    "text", ["0912345679", "10912345678", "09123456780", "Điều 25, 26", "12/05/2026 21:14"]
)
def test_another_number_is_no_alarm(text):
    assert not found(text, NUMBER)


@pytest.mark.parametrize(
    ("text", "secret", "is_found"),
    [
        ("phiếu ghi hoa quả", "Hoa", True),
        ("phiếu ghi hóa đơn", "Hoa", False),
        ("bạn mà thôi", "Bản Mạ", False),
        ("ban ma xa Muong Phang", "Bản Mạ", True),
        ("Bản Mạ", "Bản Mạ", True),
        ("hoạch định", "Ho", False),
        ("", "Bản Mạ", False),
        ("bất cứ điều gì", "x", False),
        ("bất cứ điều gì", "...", False),
    ],
)
def test_a_short_word_counts_only_as_it_is_written(text, secret, is_found):
    assert found(text, secret) is is_found


def test_an_address_counts_in_parts_that_say_enough():
    assert parts_of("Số 12, ngõ 5; đường Võ Nguyên Giáp (cạnh chợ Him Lam)") == [
        "Số 12, ngõ 5; đường Võ Nguyên Giáp (cạnh chợ Him Lam)",
        "đường Võ Nguyên Giáp",
        "cạnh chợ Him Lam",
    ]


def test_the_words_themselves_are_never_in_the_result():
    result = check_text(f"{PLACE} {NUMBER} {PLACE}", [Guarded("address", PLACE), Guarded("phone", NUMBER)])
    assert [(one.category, one.where, one.count) for one in result.findings] == [
        ("address", "text", 2),
        ("phone", "text", 1),
    ]
    assert "Giấu" not in repr(result)


WORDS = st.lists(
    st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạếềểễệ", min_size=2, max_size=7), min_size=2, max_size=4
)


@given(
    WORDS,
    st.sampled_from([" ", "-", "\n", ", ", "  ", "/"]),
    st.text(max_size=20),
    st.sampled_from([str.upper, str.lower, str.title]),
)
def test_any_name_is_found_in_any_company(words, between, around, case):
    secret = " ".join(words)
    if len(secret.replace(" ", "")) >= 8:
        assert found(f"{around} {case(between.join(words))} {around}", secret)


@settings(max_examples=40)
@given(st.integers(min_value=300000000, max_value=999999999), st.sampled_from(["", " ", ".", "-"]))
def test_any_telephone_is_found(number, between):
    digits = f"0{number}"
    assert found(f"gọi {between.join(digits)} nhé", f"+84{number}")
