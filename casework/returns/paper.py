"""A return as it is written into a file: only values and texts, the same for every kind of file. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number on the form, its words, its figures; a heading has none."""

    no: str
    label: str
    kind: str
    is_head: bool
    value: int | None = None
    urban: int | None = None
    rural: int | None = None
    below: int | None = None
    # Who filled it in and when, or of how many units it is the sum; stands in a column of its own.
    note: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """All a file of a return says.

    watermark: who took it and when, over every page; foot: the same with what for. marking: that the layout is a
    working one. signed: who signed and when; empty for a draft. heads: of the columns, the figures last.
    """

    title: str
    area: str
    days: str
    unit: str
    to: str
    number: str
    state: str
    signed: str
    fingerprint: str
    marking: str
    watermark: str
    foot: str
    heads: tuple[str, ...]
    lines: Sequence[Line]
    facts: Sequence[tuple[str, str]]
    points_title: str
    points: Sequence[tuple[str, str]]
    units_title: str
    units: Sequence[tuple[str, str]]
    notes: Sequence[str]
    is_province: bool
    has_sums: bool

    def values(self, line: Line) -> tuple[int | None, ...]:
        """The figures of a line in the order of the columns."""
        parts = (line.urban, line.rural) if self.is_province else ()
        return (line.value, *parts, *((line.below,) if self.has_sums else ()))
