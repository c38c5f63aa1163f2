"""What a release has to say: which figures its tables have, over whom, and what of the past hangs together with it. Pure.

A figure stands at a key, `place=11.2004-01-01;time=2025;vintage=1;sex=female`: place, time and vintage, then the answers
by name. Periods are told by their codes (`2025`, `2025-H1`, `2025-Q3`, `2025-07`, `2023-2025`); people are counted once a
year, in the month of their first case of it.

A period that was published is frozen. What was corrected since is a further vintage: of each person the vintages they
are counted in are one code, so that the change itself is a figure that must stay secret.
"""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from itertools import product as crossed
from typing import Final, NamedTuple

from casework.disclosure import People, Wish
from casework.releases.catalogue import (
    COMMUNE,
    HALF,
    MONTH,
    PLACE,
    POOL,
    PROVINCE,
    QUARTER,
    TIME,
    VINTAGE,
    YEAR,
    Product,
    Question,
    catalogue,
)
from casework.tables import GIVEN, NOT_GIVEN, Cell, Codes, Coordinate, TableFault

FRAME: Final = (PLACE, TIME, VINTAGE)
HOUSEHOLD: Final = "household"
# A unit that has forerunners counts what was opened since it is there under a code of its own.
SINCE: Final = "+"
# Kind -> how many of them a year has, and how a code names one of them.
_PARTS: Final = {HALF: 2, QUARTER: 4, MONTH: 12}
_CODES: Final = {HALF: "H{}", QUARTER: "Q{}", MONTH: "{:02}"}

At = Mapping[str, str]


class NotCounted(ValueError):
    """A table asks for what the frozen figures of a year do not hold; the text names it, as a key without a place."""


class Unit(NamedTuple):
    """A commune or ward and the days between which it existed."""

    code: str
    valid_from: date
    valid_to: date | None
    successor: str


class Person(NamedTuple):
    """Somebody counted in a year: where, in which month, the answer on each dimension, the number of the household."""

    place: str
    month: str
    answers: tuple[str, ...]
    household: str


class Table(NamedTuple):
    """One table set of a release."""

    product: str
    period: str
    vintage: int

    @property
    def name(self) -> str:
        return f"{self.product}.{self.period}" + (f".v{self.vintage}" if self.vintage > 1 else "")


@dataclass(frozen=True, slots=True)
class Frozen:
    """The people counted in one year as they were when it was frozen."""

    year: int
    vintage: int
    dims: tuple[str, ...]
    people: tuple[Person, ...]

    def text(self) -> str:
        """One line a person, in one order for ever."""
        out = io.StringIO()
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow([PLACE, TIME, *self.dims, HOUSEHOLD])
        lines.writerows([one.place, one.month, *one.answers, one.household] for one in sorted(self.people))
        return out.getvalue()

    @property
    def sha256(self) -> str:
        return sha256(self.text().encode()).hexdigest()

    @classmethod
    def read(cls, year: int, vintage: int, text: str) -> "Frozen":
        head, *rows = csv.reader(io.StringIO(text))
        return cls(
            year,
            vintage,
            tuple(head[2:-1]),
            tuple(Person(row[0], row[1], tuple(row[2:-1]), row[-1]) for row in rows),
        )


# --- periods ---


def years_in(period: str) -> range:
    """The calendar years a period lies in or is made of; raises ValueError for what is no period."""
    first, _dash, last = period.partition("-")
    kind = kind_of(period)
    if kind != POOL:
        year = _year(period if kind == YEAR else first)
        if kind in _PARTS and period not in periods(kind, year, 1):
            raise ValueError(period)
        return range(year, year + 1)
    begin, end = _year(first), _year(last)
    if begin >= end:
        raise ValueError(period)
    return range(begin, end + 1)


def kind_of(period: str) -> str:
    """Which kind of period a code names."""
    last = period.partition("-")[2]
    if not last:
        return YEAR
    return MONTH if len(last) == 2 and last.isdigit() else {"H": HALF, "Q": QUARTER}.get(last[0], POOL)


def days_of(period: str) -> tuple[date, date]:
    """First and last day."""
    years, kind = years_in(period), kind_of(period)
    if kind not in _PARTS:
        return date(years.start, 1, 1), date(years.stop - 1, 12, 31)
    length = 12 // _PARTS[kind]
    first = date(years.start, length * periods(kind, years.start, 1).index(period) + 1, 1)
    following = date(first.year + (first.month + length > 12), (first.month + length - 1) % 12 + 1, 1)
    return first, following - timedelta(days=1)


def periods(kind: str, year: int, years: int) -> list[str]:
    """The periods of a kind that end in a year."""
    if kind == YEAR:
        return [str(year)]
    if kind == POOL:
        return [f"{year - years + 1}-{year}"]
    return [f"{year}-{_CODES[kind].format(number + 1)}" for number in range(_PARTS[kind])]


def hanging_together(wanted: Iterable[str], others: Iterable[str]) -> set[int]:
    """The years that share an equation with what is wanted: years of one period, over any steps.

    Every figure names its period, so nothing else ties two years.
    """
    found = {year for period in wanted for year in years_in(period)}
    spans = [set(years_in(period)) for period in set(others)]
    while True:
        more = {year for span in spans if span & found for year in span} - found
        if not more:
            return found
        found |= more


def _year(text: str) -> int:
    if len(text) != 4 or not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


# --- places ---


def units_on(units: Iterable[Unit], day: date) -> list[str]:
    """The units that existed on a day."""
    return sorted(
        one.code for one in units if one.valid_from <= day and (one.valid_to is None or day < one.valid_to)
    )


def units_of(units: Sequence[Unit], period: str) -> list[str]:
    """The units a table of the period has: those of its last day.

    Several years together only where no unit changed between: an old year is never cut to new units.
    """
    first, last = days_of(period)
    there = units_on(units, last)
    if kind_of(period) == POOL and units_on(units, first) != there:
        return []
    return there


# --- figures ---


def key_of(at: At) -> str:
    """The one name of a coordinate."""
    inner = sorted(dim for dim in at if dim not in FRAME and at[dim])
    return ";".join(f"{dim}={at[dim]}" for dim in (*FRAME, *inner) if at.get(dim))


def at_of(key: str) -> dict[str, str]:
    """The coordinate of a name."""
    return dict(part.split("=", 1) for part in key.split(";"))


def figures(
    table: Table, units: Sequence[Unit], province: str, expected: Mapping[str, int] | None = None
) -> Iterator[dict[str, str]]:
    """Every figure of one table.

    expected: what was shown of each unit for the year; products with `least` have units by it, and by nothing that is
    not public.
    """
    product = catalogue().product(table.product)
    if kind_of(table.period) != product.period:
        raise NotCounted(f"{table.product}: {table.period}")
    for level in product.levels:
        for place in (
            [province] if level == PROVINCE else _units(product, table.period, units, expected or {})
        ):
            frame = {PLACE: place, TIME: table.period, VINTAGE: str(table.vintage)}
            for questions in product.tables if level in product.detail else ((),):
                for answers in crossed(*(_answers(catalogue().questions[name]) for name in questions)):
                    yield frame | dict(answers)


def _units(
    product: Product, period: str, units: Sequence[Unit], expected: Mapping[str, int]
) -> Iterator[str]:
    share = _PARTS.get(product.period, 1)
    for code in units_of(units, period):
        if not product.least or expected.get(code, 0) >= product.least * share:
            yield code


def _answers(question: Question) -> list[tuple[str, str]]:
    if question.many:
        return [(f"{question.code}:{code}", GIVEN) for code in question.shown]
    return [(question.code, code) for code in question.shown]


# --- who is counted ---


def questions_in(keys: Iterable[At]) -> list[str]:
    """The questions that figures ask."""
    return sorted({dim.split(":")[0] for at in keys for dim in at if dim not in FRAME})


def dims_of(questions: Iterable[str]) -> tuple[str, ...]:
    """The dimensions of tables that ask these questions."""
    return (*FRAME, *sorted(dim for name in questions for dim in catalogue().questions[name].dims))


def codes_of(
    dims: Sequence[str],
    years: Iterable[int],
    pools: Iterable[str],
    units: Sequence[Unit],
    province: str,
    vintages: int,
) -> Codes:
    """The code lists of tables over some years."""
    rows: list[tuple[str, str, str, bool]] = [(PLACE, province, "", False)]
    forerunners = {one.successor for one in units if one.successor}
    for unit in sorted(units):
        above = unit.successor or province
        if unit.code in forerunners:
            rows += [(PLACE, unit.code, above, False), (PLACE, unit.code + SINCE, unit.code, True)]
        else:
            rows.append((PLACE, unit.code, above, True))
    for year in sorted(set(years)):
        over = [pool for pool in sorted(set(pools)) if year in years_in(pool)]
        rows += [(TIME, str(year), pool, False) for pool in over or [""]]
        for kind, parts in (("H", 2), ("Q", 4)):
            rows += [(TIME, f"{year}-{kind}{part + 1}", str(year), False) for part in range(parts)]
        for month in range(12):
            rows += [
                (TIME, f"{year}-{month + 1:02}", f"{year}-H{month // 6 + 1}", True),
                (TIME, f"{year}-{month + 1:02}", f"{year}-Q{month // 3 + 1}", True),
            ]
    rows += [(TIME, pool, "", False) for pool in sorted(set(pools))]
    for number in range(1, vintages + 1):
        rows.append((VINTAGE, str(number), "", False))
        for last in range(number, vintages + 1):
            rows += [(VINTAGE, _span(number, last), str(one), True) for one in range(number, last + 1)]
    for name in dict.fromkeys(dim.split(":")[0] for dim in dims if dim not in FRAME):
        rows += _question_rows(catalogue().questions[name])
    return Codes.of(rows)


def _question_rows(question: Question) -> Iterator[tuple[str, str, str, bool]]:
    if question.many:
        for dim in question.dims:
            yield from ((dim, GIVEN, "", True), (dim, NOT_GIVEN, "", True))
            if question.answered:
                yield question.code, dim, "", True
        return
    for code in question.shown:
        if code not in question.leaves:
            yield question.code, code, "", False
            yield from ((question.code, leaf, code, True) for leaf in question.rest)
        else:
            yield question.code, code, "", True


def _span(first: int, last: int) -> str:
    return f"v{first}-{last}"


def people_of(dims: Sequence[str], codes: Codes, frozen: Iterable[Frozen]) -> People:
    """Everybody of the frozen years, each under the vintages they are counted in."""
    by_year: dict[int, list[Frozen]] = defaultdict(list)
    for one in frozen:
        by_year[one.year].append(one)
    inner = [dim for dim in dims if dim not in FRAME]
    rows: list[tuple[Coordinate, str]] = []
    for _of_year, versions in sorted(by_year.items()):
        versions.sort(key=lambda one: one.vintage)
        for version in versions[1:]:
            if version.dims != versions[0].dims:
                raise NotCounted(", ".join(version.dims))
        where = [_place_of(versions[0].dims, dim) for dim in inner]
        for person, span in _spans(versions):
            place = person.place if person.place in codes.leaf[PLACE] else person.place + SINCE
            answers = (
                person.answers[number] if number is not None else _nothing_said(dim)
                for number, dim in zip(where, inner, strict=True)
            )
            at = dict(zip(inner, answers, strict=True)) | {PLACE: place, TIME: person.month, VINTAGE: span}
            rows.append((tuple(at[dim] for dim in dims), person.household))
    return People(dims, codes, rows)


def _place_of(known: Sequence[str], dim: str) -> int | None:
    return known.index(dim) if dim in known else None


def _nothing_said(dim: str) -> str:
    """The answer of a year that was frozen before the question was asked; no figure of that year asks it."""
    question, colon, answer = dim.partition(":")
    leaves = catalogue().questions[question].leaves
    if colon:
        return GIVEN if answer == leaves[-1] else NOT_GIVEN
    return leaves[-1]


def _spans(versions: Sequence[Frozen]) -> Iterator[tuple[Person, str]]:
    """Each person of a year with the vintages they are in; whose answers were corrected is two people."""
    running: list[tuple[Person, int]] = []
    for number, version in enumerate(versions, start=1):
        left = Counter(version.people)
        kept: list[tuple[Person, int]] = []
        for person, first in running:
            if left[person]:
                left[person] -= 1
                kept.append((person, first))
            else:
                yield person, _span(first, number - 1)
        running = kept + [(person, number) for person in sorted(left.elements())]
    for person, first in running:
        yield person, _span(first, len(versions))


def check_held(tables: Sequence[Table], frozen: Iterable[Frozen]) -> None:
    """Raise NotCounted where a table asks a question that a frozen year does not hold, or a year that is not frozen."""
    held = {(one.year, one.vintage): set(one.dims) for one in frozen}
    for table in tables:
        product = catalogue().product(table.product)
        asked = {
            dim for names in product.tables for name in names for dim in catalogue().questions[name].dims
        }
        for year in years_in(table.period):
            if (year, table.vintage) not in held:
                raise NotCounted(key_of({TIME: str(year)}))
            missing = asked - held[year, table.vintage]
            if missing:
                raise NotCounted(key_of({TIME: str(year), **{dim.split(":")[0]: GIVEN for dim in missing}}))


# --- the wish ---


@dataclass(frozen=True, slots=True)
class Known:
    """One figure that was published before; None: hidden."""

    release: str
    at: At
    value: int | None


def wish_of(
    tables: Sequence[tuple[Table, Sequence[At]]],
    known: Sequence[Known],
    frozen: Sequence[Frozen],
    units: Sequence[Unit],
    province: str,
) -> Wish:
    """What is wanted, over the people of the years it hangs together with, beside everything published of them."""
    if not tables:
        raise TableFault("nothing is wanted")
    wanted = [(table.name, at) for table, ats in tables for at in ats]
    periods_ = {at[TIME] for _, at in wanted}
    years = hanging_together(periods_, (one.at[TIME] for one in known))
    beside = [one for one in known if set(years_in(one.at[TIME])) <= years]
    questions = questions_in([*(at for _, at in wanted), *(one.at for one in beside)])
    dims = dims_of(questions)
    pools = {period for period in periods_ | {one.at[TIME] for one in beside} if kind_of(period) == POOL}
    mine = [one for one in frozen if one.year in years]
    codes = codes_of(dims, years, pools, units, province, max(one.vintage for one in mine))
    people = people_of(dims, codes, mine)
    return Wish(
        people,
        [(name, coordinate(dims, at)) for name, at in wanted],
        frozenset({province}),
        [Cell(one.release, coordinate(dims, one.at), one.value) for one in beside],
    )


def coordinate(dims: Sequence[str], at: At) -> Coordinate:
    return tuple(at.get(dim, "") for dim in dims)


def key_at(dims: Sequence[str], at: Coordinate) -> str:
    """The name of a coordinate of these dimensions."""
    return key_of(dict(zip(dims, at, strict=True)))


def belongs(table: Table, is_province: bool, answers: Iterable[str]) -> bool:
    """Whether a figure of the table's period, at a place and with answers to these questions, is one of the table's."""
    product = catalogue().product(table.product)
    level = PROVINCE if is_province else COMMUNE
    asked = sorted(answers)
    return level in product.levels and (
        not asked or (level in product.detail and any(sorted(names) == asked for names in product.tables))
    )
