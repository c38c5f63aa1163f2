"""The return as the office knows it: its rows and words as data, and the figures put beside them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from django.utils.translation import get_language

from casework.base.codes import DATA
from casework.statistics.figures import Window


class Place(Protocol):
    """What the paper asks of an area: its code, its name as text, and whether something lies above it."""

    code: str
    kind: str

    @property
    def pk(self) -> int: ...

    @property
    def parent_id(self) -> int | None: ...

    def __str__(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the return as the office knows it; without `row` it is a heading."""

    no: str
    row: str
    kind: str
    words: dict[str, str]
    note: str = ""

    @property
    def label(self) -> str:
        return self.words.get((get_language() or "vi")[:2], self.words["vi"])


@dataclass(frozen=True, slots=True)
class Form:
    """The return as data: title, rows, and what stands beneath it."""

    title: dict[str, str]
    basis: str
    note: dict[str, str]
    households: dict[str, str]
    rows: tuple[Row, ...]

    @property
    def counted(self) -> list[str]:
        return [row.row for row in self.rows if row.row]


@cache
def yearly() -> Form:
    """The yearly return, read once."""
    raw = json.loads((DATA / "returns" / "yearly.json").read_text(encoding="utf-8"))
    rows = tuple(
        Row(line["no"], line["row"], line["kind"], {"vi": line["vi"], "en": line["en"]}, line.get("note", ""))
        for line in raw["rows"]
    )
    return Form(raw["title"], raw["basis"], raw["note"], raw["households"], rows)


@dataclass(frozen=True, slots=True)
class Line:
    """A row with its figures: all, and for a province its wards and its communes apart."""

    row: Row
    total: int | None
    urban: int | None
    rural: int | None


@dataclass(frozen=True, slots=True)
class Return:
    """One office's return for one window."""

    area: Place
    window: Window
    lines: list[Line]
    by_commune: Sequence[tuple[Place, dict[str, int]]]

    @property
    def is_province(self) -> bool:
        return self.area.parent_id is None

    @property
    def total(self) -> int:
        return next(line.total or 0 for line in self.lines if line.row.row == "cases")
