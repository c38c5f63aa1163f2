"""Public codes: what a paper or a phone call may say instead of a name or a number that counts."""

import secrets

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE = {char: value for value, char in enumerate(_ALPHABET)}
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})
_LENGTH = 8
_CHECK_MODULUS = 37


def new_public_code() -> str:
    """Eight random Crockford base32 characters (40 bits) and one check character, for example 7ZK3M0QA4.

    Codes whose check character would be one of the five signs outside the alphabet (* ~ $ = U) are drawn
    again, so that every code can be read aloud and typed into an address.
    """
    while True:
        body = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        check = _check_value(body)
        if check < len(_ALPHABET):
            return body + _ALPHABET[check]


def normal_public_code(typed: str) -> str:
    """What was typed or heard, in the stored form: upper case, no spaces or hyphens, O as 0, I and L as 1."""
    return typed.strip().upper().translate(_READ_AS)


def valid_public_code(typed: str) -> bool:
    """True when the check character fits; finds any one wrong character and any swap of two neighbours."""
    code = normal_public_code(typed)
    if len(code) != _LENGTH + 1 or any(char not in _VALUE for char in code):
        return False
    return _check_value(code[:_LENGTH]) == _VALUE[code[_LENGTH]]


def _check_value(body: str) -> int:
    value = 0
    for char in body:
        value = value * len(_ALPHABET) + _VALUE[char]
    return value % _CHECK_MODULUS
