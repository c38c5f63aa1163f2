"""Whether a file says what must not leave the office: her addresses, telephones, names that would endanger. Pure.

Compared without marks, spaces, signs and invisible letters, because none of these hides a word from a reader. A short
word without its marks is many words («ban ma» is «bản mạ» and «bạn mà»): it counts only as it is written, or when the
text leaves out marks altogether. A telephone counts with any signs between its digits.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from casework.base.text import accent_key, search_key
from casework.official_forms.reading import Piece, Reading

# From so many letters on a word is told without its marks, and then even with its letters pulled apart.
LONG: Final = 8
# A number of fewer digits is the number of a house, of a law, of a day.
SHORTEST_NUMBER: Final = 8
SHORTEST_WORD: Final = 2
# With the tones that stand at the end of a syllable by themselves.
_WORD: Final = re.compile(r"(?:[^\W_]|[\u0300-\u036f])+")
_SPLIT: Final = re.compile(r"[,;:\n()«»“”\"]+")


@dataclass(frozen=True, slots=True)
class Guarded:
    """One text that must not go out. category: a code of the list `paper_secret`."""

    category: str
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """So many times something of a category at one place; never the words themselves."""

    category: str
    where: str
    count: int


@dataclass(frozen=True, slots=True)
class Result:
    """What was found, and what nobody could read by machine; empty when the file may go out."""

    findings: tuple[Finding, ...]
    unread: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        return not self.findings and not self.unread


def check_text(text: str, guarded: Iterable[Guarded]) -> Result:
    """The same for a text that is not yet a file."""
    return check(Reading([Piece("text", text)]), guarded)


def key(text: str) -> str:
    """What a text is compared by when it is long enough."""
    return _words(search_key(text))


def check(reading: Reading, guarded: Iterable[Guarded]) -> Result:
    """Look for every guarded text in everything the file says."""
    wanted = sorted({(one.category, one.text) for one in guarded})
    places: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for piece in reading.pieces:
        places[piece.where, piece.again].append(piece.text)
    hits: dict[tuple[str, str], int] = defaultdict(int)
    for (where, _again), texts in places.items():
        said = _Said("\n".join(dict.fromkeys(texts)))
        times: Counter[str] = Counter()
        for category, text in wanted:
            times[category] += said.times(text)
        for category, count in times.items():
            hits[category, where] = max(hits[category, where], count)
    found = tuple(
        Finding(category, where, count) for (category, where), count in sorted(hits.items()) if count
    )
    return Result(found, tuple(sorted(reading.unread)))


def parts_of(text: str, *, shortest: int = 6) -> list[str]:
    """An address or a list of places as somebody would repeat it: whole, and each part that says enough by itself."""
    parts = [text, *_SPLIT.split(text)]
    return [part.strip() for part in parts if len(_bare(search_key(part))) >= shortest]


class _Said:
    """One text in all the forms it is compared in, each made when it is first needed."""

    def __init__(self, text: str) -> None:
        plain = unicodedata.normalize("NFKC", text)
        self.plain = plain if plain.isascii() else _without_invisible(plain)

    @cached_property
    def written(self) -> str:
        return f" {_words(self.plain.casefold())} "

    @cached_property
    def toned(self) -> str:
        return self.written if self.plain.isascii() else f" {_words(accent_key(self.plain))} "

    @cached_property
    def bare(self) -> str:
        return self.written if self.plain.isascii() else f" {_words(search_key(self.plain))} "

    @cached_property
    def run_together(self) -> str:
        return _bare(self.bare)

    def times(self, text: str) -> int:
        digits = re.sub(r"\D", "", text)
        letters = re.sub(r"[\W\d_]", "", text)
        if not letters:
            return self._number(digits)
        key = _words(search_key(unicodedata.normalize("NFKC", text)))
        length = len(_bare(key))
        if length < SHORTEST_WORD:
            return 0
        if length < LONG:
            toned = _words(accent_key(text))
            return max(self.toned.count(f" {toned} "), self.written.count(f" {key} "))
        return max(self.bare.count(f" {key} "), self.run_together.count(_bare(key)))

    def _number(self, digits: str) -> int:
        """A telephone or the number of a card: any signs between, the sign of the country or none before."""
        for prefix in ("84", "0"):
            if digits.startswith(prefix) and len(digits) - len(prefix) >= SHORTEST_NUMBER:
                digits = digits[len(prefix) :]
                break
        if len(digits) < SHORTEST_NUMBER:
            return 0
        pattern = r"[^\w\n]{0,3}".join(digits)
        return len(
            re.findall(rf"(?<!\d)(?:\+?0?0?84[^\w\n]{{0,3}}|0[^\w\n]{{0,3}})?{pattern}(?!\d)", self.plain)
        )


def _without_invisible(text: str) -> str:
    return "".join(letter for letter in text if unicodedata.category(letter) != "Cf")


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text))


def _bare(text: str) -> str:
    return text.replace(" ", "")
