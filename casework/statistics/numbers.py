"""The table beneath a chart: the same numbers as words, for the page and as a file of exactly what is drawn. Pure."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Protocol

from django.utils.formats import number_format

from casework.tables import HIDDEN

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what it is of, and a cell for each head."""

    name: str
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is drawn, as it is shown. first: what the lines are."""

    first: str
    heads: Sequence[str]
    rows: Sequence[Row]


class Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def cells(self) -> Sequence[str]: ...


def shown(value: int | None) -> str:
    """A figure; one that is hidden has the mark."""
    return HIDDEN if value is None else str(value)


def decimal(value: float | None, places: int = 1) -> str:
    """In the writing of the language of the moment; a dash for what there is none of."""
    return NOTHING if value is None else str(number_format(value, places))


def as_csv(first: str, heads: Sequence[str], rows: Sequence[Named], about: Sequence[str]) -> bytes:
    """UTF-8 with a byte order mark: what it is about, each line behind a #, then the heads and the lines."""
    out = StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerows([f"# {words}"] for words in about)
    lines.writerow([first, *heads])
    lines.writerows([row.name, *row.cells] for row in rows)
    return out.getvalue().encode("utf-8-sig")
