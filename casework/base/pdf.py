"""Printed papers: PDF/A-2b with its fonts inside, from plain values and nothing else.

What a paper says is given to the layout as data, so nothing anybody typed is ever read as markup. A letter the fonts
do not have is printed as a box: the law of PDF/A refuses the whole file over one letter nobody can see.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Final, Literal

import segno
import typst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from casework.base import clock
from casework.base.codes import DATA
from casework.base.text import nfc

LAYOUTS: Final = DATA / "layouts"
FONTS: Final = DATA / "fonts"
STANDARD: Final = "a-2b"
BOX: Final = "□"

# What all four faces of the font can print; a test prints every one of these.
COVERED: Final = (
    "\n\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff\u0300-\u036f\u0384-\u038a\u038e-\u03a1\u03a3-\u03ce\u0400-\u045f"
    "\u1e00-\u1e9b\u1ea0-\u1ef9\u2010\u2012-\u2022\u2026\u2030\u2032-\u2033\u2039-\u203a\u2044\u20ab\u20ac"
    "\u2116\u2122\u2190-\u2195\u2212\u2248\u2260\u2264\u2265\u25a1\u25cf"
)
_NOT_COVERED: Final = re.compile(f"[^{COVERED}]")
_BREAKS: Final = re.compile(r"\r\n?|[\v\f\u2028\u2029\u0085]")
_READ_AS: Final = str.maketrans({"\t": " ", "\u2011": "-"})


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that names what follows."""

    text: str
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; line breaks stay."""

    text: str
    kind: Literal["text", "note"] = "text"


@dataclass(frozen=True, slots=True)
class Rows:
    """Labels with their values."""

    rows: tuple[tuple[str, str], ...]
    kind: Literal["rows"] = "rows"


@dataclass(frozen=True, slots=True)
class Points:
    """A list, one dash each."""

    items: tuple[str, ...]
    kind: Literal["points"] = "points"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with lines; its head is printed again on every page. widths: shares of the line, one for each column."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...] = ()
    kind: Literal["table"] = "table"


Part = Heading | Text | Rows | Points | Table


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs: the office, what is written beneath it in italics, the name."""

    office: str
    how: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """All a printed paper says; only texts, ready to print.

    issuer: its lines from the highest office down; motto: two lines; marking: in a frame on top of every page; foot: who
    printed it and when, on every page; qr: what the code at the end holds, with `check` beside it in words; author and
    about: stand in the properties of the file and are read by whoever gets it.
    """

    title: str
    parts: tuple[Part, ...]
    subtitle: str = ""
    issuer: tuple[str, ...] = ()
    motto: tuple[str, ...] = ()
    number: str = ""
    place_and_date: str = ""
    marking: str = ""
    copies: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()
    foot: str = ""
    qr: str = ""
    check: str = ""
    author: str = ""
    about: str = ""
    landscape: bool = False


def draw(paper: Paper, *, at: datetime) -> bytes:
    """The paper as PDF/A-2b. The same paper at the same time gives the same bytes."""
    data: dict[str, object] = {
        **asdict(paper),
        "qr": segno.make(paper.qr, error="m", micro=False).svg_inline(border=1) if paper.qr else "",
        "signatures": [(one.office, one.how, one.name) for one in paper.signatures],
        "copies_title": _("Copies to:"),
        "language": (get_language() or "vi")[:2],
    }
    return typst.compile(
        LAYOUTS / "paper.typ",
        root=LAYOUTS,
        font_paths=_fonts(),
        sys_inputs={"paper": json.dumps(_printable(data), ensure_ascii=False)},
        pdf_standards=[STANDARD],
        timestamp=int(at.timestamp()),
    )


def printable(text: str) -> str:
    """The text as it is printed: NFC, no invisible letters, a box for what the fonts do not have."""
    broken = _BREAKS.sub("\n", text).translate(_READ_AS)
    seen = (letter for letter in broken if letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cf"))
    return _NOT_COVERED.sub(BOX, nfc("".join(seen)))


def printed_by(name: str, *, at: datetime) -> str:
    """The foot of a paper: who printed it, when."""
    when = clock.local(at)
    return _("Printed by %(name)s at %(when)s") % {"name": name, "when": f"{when:%H:%M %d/%m/%Y}"}


def _printable(value: object) -> object:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {key: _printable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(inner) for inner in value]
    return value


@cache
def _fonts() -> typst.Fonts:
    """Read once a process; the fonts of the machine and of the library are left out, so every machine draws alike."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
