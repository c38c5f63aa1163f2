"""Public figures as tables for a page: places downwards, answers across; and what of them is drawn. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product as crossed
from operator import attrgetter
from typing import Final

from django.utils.translation import gettext as _

from casework.releases.catalogue import REST, Product, Question, catalogue, said
from casework.releases.files import Line
from casework.statistics.charts import Bar, Pyramid, Shares, Step
from casework.statistics.numbers import shown

# Where there is no public figure, hidden or shown.
NOT_PUBLISHED: Final = "–"


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
                    [shown(value) if is_there else NOT_PUBLISHED for is_there, value in mine],
                    [value for _is_there, value in mine],
                )
            )
    return Grid([_heading(questions, column) for column in columns], rows)


def answers() -> dict[str, str]:
    """Every answer that is published by itself, as `question:answer`, and its words."""
    asked = {names[0] for one in catalogue().products.values() for names in one.tables if len(names) == 1}
    return {
        f"{code}:{answer}": f"{said(question.words)}: {said(question.label(answer))}"
        for code, question in catalogue().questions.items()
        if code in asked
        for answer in question.shown
    }


def sums(
    lines: Sequence[Line], answers: Mapping[str, str], places: Mapping[str, str], years: Sequence[str]
) -> Grid:
    """One figure in some places and years, with their sums: what holds a hidden or an absent figure has none."""
    found = {(line.place, line.time): line.value for line in lines if line.answers == answers}
    table = [(code, name, [_Part.of(found, (code, year)) for year in years]) for code, name in places.items()]
    if len(table) > 1:
        below = zip(*(parts for _code, _name, parts in table), strict=True)
        table.append(("", _("Together"), [_Part.together(parts) for parts in below]))
    rows = []
    for code, name, parts in table:
        if len(years) > 1:
            parts = [*parts, _Part.together(parts)]
        rows.append(Row(code, name, [part.text for part in parts], [part.value for part in parts]))
    return Grid([*years, *([_("Together")] if len(years) > 1 else [])], rows)


@dataclass(frozen=True, slots=True)
class _Part:
    is_there: bool
    value: int | None

    @classmethod
    def of(cls, found: Mapping[tuple[str, str], int | None], at: tuple[str, str]) -> "_Part":
        return cls(at in found, found.get(at))

    @classmethod
    def together(cls, parts: Sequence["_Part"]) -> "_Part":
        values = [part.value for part in parts if part.value is not None]
        return cls(all(part.is_there for part in parts), sum(values) if len(values) == len(parts) else None)

    @property
    def text(self) -> str:
        return shown(self.value) if self.is_there else NOT_PUBLISHED


def _heading(questions: Sequence[Question], column: tuple[str, ...]) -> str:
    if not column:
        return _("Total")
    labels = [said(question.label(code)) for question, code in zip(questions, column, strict=True)]
    return ", ".join(labels)


def shares(grid: Grid, name: str) -> Shares | None:
    """The rows of a table of one question as shares of their total; None where several answers add up to more.

    A row of which the total alone is published is left out; None where none is left.
    """
    question = catalogue().questions[name]
    if question.many:
        return None
    rows = [row for row in grid.rows if NOT_PUBLISHED not in row.cells]
    bars = [Bar(row.name, row.values[0], row.values[1:]) for row in rows]
    if not bars:
        return None
    return Shares(said(question.words), [said(question.label(code)) for code in question.shown], bars)


def pyramid(lines: Sequence[Line], place: str) -> Pyramid | None:
    """The people of one place by age and sex, the oldest first; None where that is not published of it."""
    ages, sexes = (catalogue().questions[name] for name in ("age", "sex"))
    found = {
        (line.answers["age"], line.answers["sex"]): line.value
        for line in lines
        if line.place == place and line.answers.keys() == {"age", "sex"}
    }
    if not found:
        return None
    men, women, others = "male", "female", REST
    *bands, unknown = ages.shown
    steps = [
        Step(said(ages.label(band)), *(found[band, sex] for sex in (men, women, others)))
        for band in (*bands[::-1], unknown)
    ]
    heads = [said(sexes.label(sex)) for sex in (men, women, others)]
    return Pyramid(heads[0], heads[1], heads[2], steps)
