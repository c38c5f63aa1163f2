from hypothesis import given
from hypothesis import strategies as st

from casework.base.numbering import new_public_code, normal_public_code, valid_public_code

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def test_new_codes_are_valid_and_readable():
    for _ in range(200):
        code = new_public_code()
        assert len(code) == 9
        assert set(code) <= set(ALPHABET)
        assert valid_public_code(code)


def test_new_codes_differ():
    assert len({new_public_code() for _ in range(500)}) == 500


def test_a_code_may_be_typed_as_it_was_heard():
    assert normal_public_code(" 1o2i-3l4 ") == "1021314"
    code = new_public_code()
    assert valid_public_code(f"{code[:4]}-{code[4:8]}-{code[8:]}".lower())


def test_what_is_no_code_is_refused():
    for typed in ("", "ABC", "0" * 8, "0" * 10, "UUUUUUUU0", "0000000Ô0"):
        assert not valid_public_code(typed)


@given(st.integers(0, 8), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_found(place, char):
    code = new_public_code()
    wrong = code[:place] + char + code[place + 1 :]
    assert valid_public_code(wrong) == (wrong == code)


@given(st.integers(0, 7))
def test_every_swap_of_neighbours_is_found(place):
    code = new_public_code()
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert valid_public_code(wrong) == (wrong == code)
