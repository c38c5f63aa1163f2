"""One question crossed with another, counted exactly. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from django.utils.translation import gettext as _

from casework.base.codes import codes
from casework.statistics.counting import COMMUNE, Facts, Mask
from casework.statistics.dimensions import BY_NAME

CASES, PEOPLE, HOUSEHOLDS = "cases", "people", "households"
COUNTED: Final = (CASES, PEOPLE, HOUSEHOLDS)


@dataclass(frozen=True, slots=True)
class Line:
    """What one answer counts in each column, and in all of them together."""

    label: str
    numbers: Sequence[int]
    total: int


@dataclass(frozen=True, slots=True)
class Crossed:
    """A table of exact figures. overlaps: somebody may stand in several rows or columns, which then add up to more."""

    columns: Sequence[str]
    lines: Sequence[Line]
    totals: Sequence[int]
    total: int
    overlaps: bool


def crossed(facts: Facts, rows: str, columns: str, *, of: str, communes: Mapping[int, str]) -> Crossed:
    """Count the cases, people or households of every answer to one question, by every answer to another.

    rows, columns: names of DIMENSIONS or COMMUNE; columns may be empty. of: one of COUNTED. communes: what each unit
    is called. Answers nobody gave are left out.
    """
    down = _answers(facts, rows, communes)
    across = _answers(facts, columns, communes) if columns else []
    count = _counting(facts, of)
    lines = [
        Line(label, [count(mask & other) for _other, other in across], count(mask)) for label, mask in down
    ]
    many = {name for name in (rows, columns) if name in BY_NAME and BY_NAME[name].many}
    return Crossed(
        [label for label, _mask in across],
        lines,
        [count(mask) for _label, mask in across],
        count(facts.everyone),
        bool(many) or of != CASES,
    )


def _answers(facts: Facts, name: str, communes: Mapping[int, str]) -> list[tuple[str, Mask]]:
    if name == COMMUNE:
        named = sorted((communes[number], number) for number in np.unique(facts.commune).tolist())
        return [(label, facts.commune == number) for label, number in named]
    dimension = BY_NAME[name]
    words = codes(dimension.labels)
    found = [
        (words.label(code) if code in words else _("Unknown"), facts.has(name, code))
        for code in dimension.codes
    ]
    return [(label, mask) for label, mask in found if mask.any()]


def _counting(facts: Facts, of: str) -> Callable[[Mask], int]:
    if of == CASES:
        return lambda mask: int(np.count_nonzero(mask))
    who = facts.who if of == PEOPLE else facts.household
    return lambda mask: int(np.unique(who[mask]).size)
