"""What somebody typed into the search, and how much two names are alike."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz

from casework.base.numbering import normal_public_code, valid_public_code
from casework.base.phones import parse_phone
from casework.base.refusals import Unreadable
from casework.base.text import clean_line, search_key

# Scores out of 100; what is below ENOUGH is not shown.
SAME: Final = 100
ALL_WORDS: Final = 95
BEGINS: Final = 92
ENOUGH: Final = 85
# Another birth year makes a name that is merely alike fall out, and a name that is the same stay at the end.
OTHER_YEAR: Final = 14
# One or two letters fit half the register.
SHORTEST_NAME: Final = 2
SHORTEST_TO_GUESS: Final = 5

_NUMBER = re.compile(r"(\d{5})\s*[-/]\s*(\d{4})\s*[-/]\s*(\d{1,6})", re.ASCII)
_IDENTITY = re.compile(r"[A-Z]{0,2}\d{6,12}", re.ASCII)
_SIGNS = re.compile(r"[\s.\-]")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a term can mean; several at once, "" for what it cannot."""

    code: str = ""
    number: str = ""
    phone: str = ""
    identity: str = ""
    name: str = ""
    year: int | None = None


def read(term: str) -> Asked | None:
    """Read a case number or code, a telephone, an identity number, a name with or without a birth year.

    None when it can mean nothing.
    """
    text = clean_line(term)
    number = _NUMBER.fullmatch(text)
    digits = bare(text)
    year = _YEAR.search(text)
    words = clean_line(_YEAR.sub(" ", text)).strip(" ,;()")
    name = words if any(char.isalpha() for char in words) else ""
    asked = Asked(
        code=normal_public_code(text) if valid_public_code(text) else "",
        number=f"{number[1]}-{number[2]}-{int(number[3]):04d}" if number else "",
        phone=_phone(text),
        identity=digits if _IDENTITY.fullmatch(digits) else "",
        name=name if len(search_key(name)) >= SHORTEST_NAME else "",
        year=int(year[1]) if year else None,
    )
    return asked if any((asked.code, asked.number, asked.phone, asked.identity, asked.name)) else None


def bare(identity: str) -> str:
    """An identity number without the signs people put into it."""
    return _SIGNS.sub("", clean_line(identity)).upper()


def alike(wanted: str, names: Iterable[str]) -> int:
    """How well the best of the names answers, 0 to 100; tones, case and the order of the words do not count."""
    key = search_key(wanted)
    return max((_score(key, search_key(name)) for name in names if name.strip()), default=0) if key else 0


def _score(key: str, name: str) -> int:
    if key == name:
        return SAME
    if set(key.split()) <= set(name.split()):
        return ALL_WORDS
    if f" {name}".find(f" {key}") >= 0:
        return BEGINS
    if len(key) < SHORTEST_TO_GUESS:
        return 0
    # A slip of the finger or of the ear; never as good as the name itself.
    return min(round(fuzz.token_sort_ratio(key, name)), BEGINS - 1)


def _phone(text: str) -> str:
    try:
        return parse_phone(text).e164
    except Unreadable:
        return ""
