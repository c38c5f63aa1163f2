"""Exact figures for everything that counts: returns, releases, tiles. One definition each; nothing here is public.

    cells(("commune", "form:physical", "sex"), months=months_in("2026R"), areas=[province]) -> [Cell(at, cases, victims,
        households), ...]
    table(...): the same as columns of numbers, for more cells than one wants to hold one by one
    counts(("place", "time", "sex"), [("11.2025-07-01", "2026", "female"), ...]) -> one Cell for each coordinate
    people(("place", "time", "sex", "form:physical"), months=months_in("2024-2026"), listed=codes) -> disclosure.People
    codes_of(("place", "time", "sex", "form:physical"), pools=["2024-2026"]) -> tables.Codes

Dimensions of `cells` are levels: `commune`, `province`; `month`, `quarter`, `half`, `year`, `report_year`; a question
with one answer by its name; `question:answer` for each answer of a question with several (see `dimensions`).
Dimensions of `counts`, `people` and `codes_of`, as of published tables, are whole trees: `place` (communes in provinces)
and `time` (months in all their periods) instead of the levels. A coordinate is one code for each, "" for the total.

Code of a unit: its official code and since when it meant this unit, `03127.2025-07-01`, for codes are used again. Of a
period: `2026-03`, `2026-Q1`, `2026-H1`, `2026`, `2026R` (1 December 2025 to 1 December 2026), `2024-2026`, `2024R-2026R`.

What is counted. Cases: each once, in the month in which it was opened and the unit that has it, or had it when that unit
became another. Victims: the different people subjected to violence (the main one of each case) in a cell. Households:
people whom cases join are of one. Both are counted anew in each cell, so they do not add up; `people` is what adds up:
one row for each person and year with the place, month and answers of their first case of it, and every answer that any
of their cases of the year gave to a question with several. Figures that are published are counts of `people`.

There is no stored cube: the facts are a few dozen small integers a case, kept in the memory of the process and read
again only where they changed, and any table of five dimensions over a million cases is counted in less than half a second
(`bench.cube`); its stored cells would be as many as the cases, and would have to be counted anew with every save.
"""

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from casework.disclosure import People
from casework.organisations.models import Area
from casework.statistics.counting import Cell, Facts, Mask, Places, Row, Table
from casework.statistics.dimensions import BY_NAME, months_in, periods_of
from casework.statistics.facts import Uncommitted, forget_layout, layout
from casework.statistics.models import CaseFact
from casework.tables import GIVEN, NOT_GIVEN, Codes, Coordinate, TableFault, Tables
from casework.tables import Cell as TableCell

PLACE, TIME = "place", "time"
_READ_AT_ONCE: Final = 20_000
_NEVER: Final = 2**62
# The levels a whole tree is told apart by at its finest.
_LEAVES: Final = {PLACE: "commune", TIME: "month"}


# --- the facts in memory ---


class _Memory:
    """What this process holds of the facts, and from which stamp on the database is asked again."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        # Written by transactions that are over.
        self.certain: Facts | None = None
        self.since = 0
        # Written by one that may still be undone, as this transaction sees them: shown, never kept.
        self.open: list[Row] = []
        self.shown: Facts | None = None

    def read(self) -> Facts:
        with self.lock:
            horizon, latest = _horizon(), self.since - 1
            settled, still_open = list[Row](), list[Row]()
            for stamp, row in _changed(self.since):
                (settled if stamp < horizon else still_open).append(row)
                latest = max(latest, stamp)
            certain = self.certain or Facts.none(layout(), _places())
            if settled or self.certain is None:
                certain = _named(certain.with_rows(settled))
                self.certain, self.shown = certain, None
            self.since = min(horizon, latest + 1)
            if not still_open:
                return certain
            if self.shown is None or self.open != still_open:
                self.open, self.shown = still_open, _named(certain.with_rows(still_open))
            return self.shown


_memory: Final = _Memory()


def facts() -> Facts:
    """All facts as this transaction sees them."""
    return _memory.read()


def forget_facts() -> None:
    """What a process holds must not outlive its database."""
    _memory.forget()


def settle() -> None:
    """After facts came from another database: their stamps say nothing in this one, and what was held is of no use."""
    CaseFact.objects.update(stamp=0)
    forget_layout()
    forget_facts()


def _horizon() -> int:
    """Below this stamp everything was written by transactions that are over."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            return int(cursor.fetchone()[0])
    waiting = (waiting[1] for waiting in connection.run_on_commit)
    return min((one.stamp for one in waiting if isinstance(one, Uncommitted)), default=_NEVER)


def _changed(since: int) -> Iterator[tuple[int, Row]]:
    table = connection.ops.quote_name(CaseFact._meta.db_table)
    names = "stamp, id, month, commune_id, province_id, victim, perpetrator, codes"
    with connection.cursor() as cursor:
        # Names of our own table and columns; values are parameters.
        cursor.execute(f"SELECT {names} FROM {table} WHERE stamp >= %s ORDER BY id", [since])  # noqa: S608
        while rows := cursor.fetchmany(_READ_AT_ONCE):
            for stamp, *numbers, packed in rows:
                yield stamp, Row._make([*numbers, bytes(packed)])


def _places() -> Places:
    return Places({area.pk: place_code(area) for area in Area.objects.only("code", "valid_from")})


def _named(found: Facts) -> Facts:
    """With the codes of all its units; some may be younger than what this process holds."""
    return found if found.is_named else replace(found, places=_places())


# --- what is asked ---


def place_code(area: Area) -> str:
    """The code of a unit that no other unit ever had."""
    return f"{area.code}.{area.valid_from.isoformat()}"


def select(months: range | None = None, areas: Collection[Area] | None = None) -> Facts:
    """The facts of some months and units (a province with its communes); all of them where nothing is said."""
    found = facts()
    mask = found.everyone
    if months is not None:
        mask &= found.within(months)
    if areas is not None:
        mask &= found.in_places(area.pk for area in areas)
    return found.where(mask)


def cells(
    dimensions: Sequence[str],
    *,
    months: range | None = None,
    areas: Collection[Area] | None = None,
    totals: bool = False,
) -> list[Cell]:
    """Every cell of the table that crosses these dimensions and counts anything; see above.

    totals: also summed over any of the dimensions, with "" there. Raises TableFault for what is no dimension.
    """
    return select(months, areas).cells(dimensions, totals=totals)


def table(
    dimensions: Sequence[str], *, months: range | None = None, areas: Collection[Area] | None = None
) -> Table:
    """The same without totals as columns of numbers, where the cells may be as many as the cases."""
    return select(months, areas).table(dimensions)


def counts(
    dimensions: Sequence[str], coordinates: Iterable[Coordinate], *, areas: Collection[Area] | None = None
) -> list[Cell]:
    """The exact figures at some coordinates, also where nothing is counted; see above.

    Raises TableFault for a dimension or code there is none of.
    """
    found = select(areas=areas)
    known: dict[tuple[str, str], tuple[Mask, NDArray[np.int64]]] = {}
    cells: list[Cell] = []
    for at in coordinates:
        met = []
        for name, code in zip(dimensions, at, strict=True):
            if code:
                if (name, code) not in known:
                    mask = _inside(found, name, code)
                    known[name, code] = mask, np.flatnonzero(mask)
                met.append(known[name, code])
        met.sort(key=lambda one: one[1].size)
        rows = met[0][1] if met else np.arange(len(found))
        for mask, _rows in met[1:]:
            rows = rows[mask[rows]]
        cells.append(
            Cell(at, rows.size, np.unique(found.who[rows]).size, np.unique(found.household[rows]).size)
        )
    return cells


def _inside(found: Facts, name: str, code: str) -> Mask:
    try:
        if name == PLACE:
            return found.in_places([found.places.number[code]])
        if name == TIME:
            return found.within(months_in(code))
        question, colon, _answer = name.partition(":")
        if not colon:
            return found.has(question, code)
        given = found.has(question, name.removeprefix(f"{question}:"))
        return {GIVEN: given, NOT_GIVEN: ~given}[code]
    except (KeyError, ValueError):
        raise TableFault(f"{name} {code}: there is no such code") from None


def people(
    dimensions: Sequence[str],
    *,
    months: range | None = None,
    areas: Collection[Area] | None = None,
    once_a: str = "year",
    listed: Codes | None = None,
) -> People:
    """Who is counted by what is published: one row for each person and year, at finest codes, with the household.

    once_a: `year` or `report_year`; listed: the code lists, those of `codes_of` when left out.
    """
    found = select(months, areas)
    period, _names = found.leaf(once_a)
    _keys, group = np.unique(found.who * (int(period.max(initial=0)) + 1) + period, return_inverse=True)
    # The first case of each person and year: facts stand in the order in which they were written.
    order = np.lexsort((found.id, found.month, group))
    is_first = np.ones(len(order), dtype=np.bool_)
    is_first[1:] = group[order][1:] != group[order][:-1]
    first = order[is_first]
    columns = [_column(found, name, group, first) for name in dimensions]
    listed = codes_of(dimensions, months=months, areas=areas) if listed is None else listed
    rows = zip(zip(*columns, strict=True), found.household[first].tolist(), strict=True)
    return People(dimensions, listed, rows)


def _column(found: Facts, name: str, group: NDArray[Any], first: NDArray[Any]) -> list[str]:
    numbers, names = found.leaf(_LEAVES.get(name, name))
    if ":" in name:
        given = np.bincount(group, weights=numbers, minlength=first.size) > 0
        return [GIVEN if one else NOT_GIVEN for one in given.tolist()]
    return [names[number] for number in numbers[first].tolist()]


def codes_of(
    dimensions: Sequence[str],
    *,
    months: range | None = None,
    areas: Collection[Area] | None = None,
    pools: Sequence[str] = (),
) -> Codes:
    """The code lists of some dimensions, as `tables` knows them.

    `time` has the months from the first to the last that is counted (or `months`), and every period wholly among them;
    `place` the communes of today and before, in their provinces.
    """
    rows: list[tuple[str, str, str, bool]] = []
    for name in dimensions:
        if name == PLACE:
            rows += _place_rows(areas)
        elif name == TIME:
            rows += _time_rows(months if months is not None else _counted_months(), pools)
        else:
            rows += [(name, code, "", True) for code in _answers_of(name)]
    for question in BY_NAME.values():
        answers = [f"{question.name}:{code}" for code in question.codes]
        if question.answered and set(answers) <= set(dimensions):
            rows += [(question.name, answer, "", True) for answer in answers]
    return Codes.of(rows)


# --- as tables ---

PERSONS, CASES, HOUSEHOLDS = "people", "cases", "households"
MEASURED: Final = (PERSONS, CASES, HOUSEHOLDS)
EXACT: Final = "exact"
# What a commune's figures are cut by, one at a time: the shape of the return.
ONE_WAY: Final = ("sex", "age", "form", "measure")


def exact_tables(
    counted: str, *, months: range | None = None, areas: Collection[Area] | None = None
) -> Tables:
    """Every unit and whole period, as a total and by one question at a time, with nothing hidden."""
    asked = [
        name
        for question in (BY_NAME[name] for name in ONE_WAY)
        for name in (
            [f"{question.name}:{code}" for code in question.codes] if question.many else [question.name]
        )
    ]
    dimensions = (PLACE, TIME, *asked)
    listed = codes_of(dimensions, months=months, areas=areas)
    above = {parent for parents in listed.parents.get(TIME, {}).values() for parent in parents}
    coordinates = [
        (place, time, *inside)
        for place in sorted(listed.parents.get(PLACE, {}))
        for time in sorted(above)
        for inside in _one_at_a_time(asked, listed)
    ]
    if counted == PERSONS:
        values = _people_at(dimensions, coordinates, listed)
    else:
        exact = counts(dimensions, coordinates)
        values = [cell.cases if counted == CASES else cell.households for cell in exact]
    cells = (TableCell(EXACT, at, value) for at, value in zip(coordinates, values, strict=True))
    return Tables(dimensions, tuple(cells), listed)


def _one_at_a_time(dimensions: Sequence[str], listed: Codes) -> Iterator[Coordinate]:
    nothing = ("",) * len(dimensions)
    yield nothing
    for number, name in enumerate(dimensions):
        for code in sorted(listed.parents[name]):
            if code != NOT_GIVEN:
                yield (*nothing[:number], code, *nothing[number + 1 :])


def _people_at(dimensions: Sequence[str], coordinates: Sequence[Coordinate], listed: Codes) -> list[int]:
    """Counts of people as they are published: once a calendar year, or once a year of the return where that is asked."""
    months = sorted(months_in(code).start for code in listed.leaf[TIME])
    communes = facts().places.number
    areas = Area.objects.filter(pk__in=[communes[code] for code in listed.leaf[PLACE]])
    when = dimensions.index(TIME)
    once: dict[str, People] = {}
    values = []
    for at in coordinates:
        year = "report_year" if at[when].endswith("R") else "year"
        if year not in once:
            inside = range(months[0], months[-1] + 1) if months else range(0)
            once[year] = people(dimensions, months=inside, areas=areas, once_a=year, listed=listed)
        values.append(once[year].count(at)[0])
    return values


# --- code lists ---


def _answers_of(name: str) -> tuple[str, ...]:
    question, colon, answer = name.partition(":")
    known = BY_NAME.get(question)
    if known is None or known.many != bool(colon) or (colon and answer not in known.codes):
        raise TableFault(f"{name}: there is no such dimension")
    return (GIVEN, NOT_GIVEN) if colon else known.codes


def _place_rows(areas: Collection[Area] | None) -> Iterator[tuple[str, str, str, bool]]:
    communes = Area.objects.filter(parent__isnull=False).select_related("parent")
    wanted = None if areas is None else {area.pk for area in areas}
    provinces: set[str] = set()
    for commune in communes:
        if commune.parent is not None and (
            wanted is None or commune.pk in wanted or commune.parent_id in wanted
        ):
            above = place_code(commune.parent)
            yield PLACE, place_code(commune), above, True
            if above not in provinces:
                provinces.add(above)
                yield PLACE, above, "", False


def _counted_months() -> range:
    found = facts().month
    return range(int(found.min()), int(found.max()) + 1) if found.size else range(0)


def _time_rows(months: range, pools: Sequence[str]) -> Iterator[tuple[str, str, str, bool]]:
    above: dict[str, list[str]] = {}
    for pool in pools:
        inside = months_in(pool)
        kind = "report_year" if pool.endswith("R") else "year"
        if not _holds(months, inside):
            raise TableFault(f"{TIME} {pool}: not all of its months are counted")
        for month in inside:
            code = periods_of(month)[kind]
            if pool not in above.setdefault(code, []):
                above[code].append(pool)
    periods: set[str] = set()
    for month in months:
        whole = {kind: code for kind, code in periods_of(month).items() if _holds(months, months_in(code))}
        mine = whole.pop("month")
        periods.update(whole.values())
        for parent in whole.values() or [""]:
            yield TIME, mine, parent, True
    for code in sorted(periods):
        for parent in above.get(code, [""]):
            yield TIME, code, parent, False
    for pool in pools:
        yield TIME, pool, "", False


def _holds(months: range, inside: range) -> bool:
    return months.start <= inside.start and inside.stop <= months.stop
