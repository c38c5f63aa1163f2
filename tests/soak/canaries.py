"""A canary in every way it could be written, and looking for it in all that was written."""

import base64
import mmap
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

from casework.base.text import search_key

# With every kind of Vietnamese mark; what follows it names the field.
TEXT = "Kim Yến Đỏ 7731"
# As they are asked in a form: letters and digits that stand nowhere else.
DIGITS, DAY, DAY_SHOWN, NUMBER = "987650123", "1907-11-23", "23/11/1907", 271_828_182_845
PHONE = f"+84{DIGITS}"


def ways_of(text: str) -> set[bytes]:
    """The bytes of a text: composed, decomposed, without marks, large and small, in each encoding."""
    bare = "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))
    forms = {text, unicodedata.normalize("NFD", text), bare, bare.replace("đ", "d").replace("Đ", "D")}
    forms |= {form.casefold() for form in forms} | {form.upper() for form in forms} | {search_key(text)}
    found: set[bytes] = set()
    for form in forms:
        plain = form.encode()
        wide = form.encode("utf-16-le")
        found |= {plain, wide, form.encode("utf-16-be"), *aligned(plain), *aligned(wide)}
        found |= {plain.hex().encode(), plain.hex().upper().encode()}
        for percent in (quote(form), quote_plus(form)):
            found |= {percent.encode(), percent.lower().encode()}
        found.add(form.encode("ascii", "backslashreplace"))
        found |= {one.translate(bytes.maketrans(b"+/", b"-_")) for one in aligned(plain)}
    return found


def aligned(data: bytes) -> list[bytes]:
    """What is the same in the base64 of anything that holds this, wherever in three bytes it begins."""
    found = []
    for before in range(3):
        whole = base64.b64encode(bytes(before) + data)
        found.append(whole[(before * 8 + 5) // 6 : (before + len(data)) * 8 // 6])
    return found


WAYS = set().union(*(ways_of(one) for one in (TEXT, DIGITS, DAY, DAY_SHOWN, str(NUMBER))))
_AROUND = 60


@dataclass(frozen=True)
class Hit:
    """Where a canary was found: the file, the place in it, what stands around it."""

    path: Path
    at: int
    around: bytes = field(compare=False)

    def __str__(self) -> str:
        return f"{self.path}:{self.at}: {self.around!r}"


def look(*folders: Path, since: float = 0) -> list[Hit]:
    """Every file beneath these folders that holds a canary, with the first place of each.

    since: a time; what was not written since then, and looked into before, is passed over.
    """
    return [hit for path in files(*folders) if _written(path) >= since for hit in look_into(path)]


def files(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path


def look_into(path: Path) -> Iterator[Hit]:
    try:
        with path.open("rb") as file:
            if not path.stat().st_size:
                return
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                for way in WAYS:
                    if (at := content.find(way)) >= 0:
                        yield Hit(path, at, content[max(0, at - _AROUND) : at + len(way) + _AROUND])
                        return
    except (FileNotFoundError, ValueError):
        return  # gone, or emptied, since it was listed


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0
