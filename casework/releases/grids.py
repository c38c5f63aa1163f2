"""Public figures as tables for a page: places downwards, answers across. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product as crossed
from operator import attrgetter

from django.utils.translation import gettext as _

from casework.releases.catalogue import Product, Question, catalogue, said
from casework.releases.files import Line, shown


@dataclass(frozen=True, slots=True)
class Row:
    """One place: its figures as they are shown."""

    place: str
    name: str
    cells: Sequence[str]
    values: Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Grid:
    """One table: what its columns are called, a row for each place."""

    heads: Sequence[str]
    rows: Sequence[Row]


def choices(product: Product) -> list[tuple[str, str]]:
    """The tables of a product by what they ask: code and words; the totals stand in each of them."""
    asked = [names for names in product.tables if names] or [()]
    return [("+".join(names), title(names)) for names in asked]


def title(names: Sequence[str]) -> str:
    return " × ".join(said(catalogue().questions[name].words) for name in names) or _("Total")


def grid(
    lines: Sequence[Line],
    names: Sequence[str],
    places: Mapping[str, str],
    of: Callable[[Line], str] = attrgetter("place"),
) -> Grid:
    """The figures that answer these questions, and the totals before them; a row for each place, or for what `of` says."""
    questions = [catalogue().questions[name] for name in names]
    columns: list[tuple[str, ...]] = [()]
    if questions:
        columns += list(crossed(*(question.shown for question in questions)))
    found: dict[str, dict[tuple[str, ...], int | None]] = {}
    for line in lines:
        if not line.answers:
            found.setdefault(of(line), {})[()] = line.value
        elif sorted(line.answers) == sorted(names):
            found.setdefault(of(line), {})[tuple(line.answers[name] for name in names)] = line.value
    rows = []
    for place, name in places.items():
        if place in found:
            # A place may have the total alone.
            mine = [(column in found[place], found[place].get(column)) for column in columns]
            rows.append(
                Row(
                    place,
                    name,
                    [shown(value) if is_there else "–" for is_there, value in mine],
                    [value for _is_there, value in mine],
                )
            )
    return Grid([_heading(questions, column) for column in columns], rows)


def _heading(questions: Sequence[Question], column: tuple[str, ...]) -> str:
    if not column:
        return _("Total")
    labels = [said(question.label(code)) for question, code in zip(questions, column, strict=True)]
    return ", ".join(labels)
