"""The facts side by side in memory, and how they are counted: cases, people subjected to violence, households. Pure.

Nothing here changes once it is made: a change makes another `Facts`, so whoever is counting goes on undisturbed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from itertools import combinations
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from casework.statistics.dimensions import BY_NAME, PERIODS, Layout, period_code
from casework.tables import GIVEN, NOT_GIVEN, Coordinate, TableFault

Ints: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

COMMUNE, PROVINCE = "commune", "province"
# Groups up to so many times the rows are counted in place; beyond that they are sorted.
_ROOMY: Final = 32
_LARGEST: Final = 2**62


class Row(NamedTuple):
    """One fact as it is stored."""

    id: int
    month: int
    commune: int
    province: int
    victim: int
    perpetrator: int
    codes: bytes


@dataclass(frozen=True, slots=True)
class Cell:
    """One exact figure: where it stands, and how many cases, people subjected to violence, and households."""

    at: Coordinate
    cases: int
    victims: int
    households: int


@dataclass(frozen=True)
class Places:
    """Units by number: their codes, with the day since which the code meant this unit."""

    code: Mapping[int, str]

    @cached_property
    def number(self) -> Mapping[str, int]:
        return {code: number for number, code in self.code.items()}


@dataclass(frozen=True, eq=False)
class Facts:
    """Facts in the order of their ids; `codes` has one row for each byte of a fact."""

    layout: Layout
    places: Places
    id: Ints
    month: NDArray[np.int16]
    commune: NDArray[np.int32]
    province: NDArray[np.int32]
    victim: NDArray[np.int32]
    perpetrator: NDArray[np.int32]
    codes: NDArray[np.uint8]
    # Number of a person -> number of their household.
    home: NDArray[np.int32]

    @classmethod
    def none(cls, layout: Layout, places: Places) -> "Facts":
        empty = np.zeros(0, dtype=np.int32)
        return cls(
            layout,
            places,
            np.zeros(0, dtype=np.int64),
            np.zeros(0, dtype=np.int16),
            empty,
            empty,
            empty,
            empty,
            np.zeros((layout.size, 0), dtype=np.uint8),
            np.zeros(1, dtype=np.int32),
        )

    def __len__(self) -> int:
        return len(self.id)

    # --- changes ---

    def with_rows(self, rows: Sequence[Row]) -> "Facts":
        """The same with these rows added, or put in the place of those with their ids."""
        if not rows:
            return self
        fresh = self._of(sorted(rows))
        at = np.searchsorted(self.id, fresh.id)
        inside = at < len(self.id)
        there = np.zeros(len(fresh), dtype=np.bool_)
        there[inside] = self.id[at[inside]] == fresh.id[inside]
        known, new = at[there], ~there
        moved = (self.victim[known] != fresh.victim[there]) | (
            self.perpetrator[known] != fresh.perpetrator[there]
        )
        columns: dict[str, Any] = {}
        for name in ("id", "month", "commune", "province", "victim", "perpetrator", "codes"):
            column = getattr(self, name).copy() if known.size else getattr(self, name)
            column[..., known] = getattr(fresh, name)[..., there]
            columns[name] = np.concatenate([column, getattr(fresh, name)[..., new]], axis=-1)
        order = columns["id"]
        if order.size > 1 and not (order[1:] > order[:-1]).all():
            sorting = np.argsort(order)
            columns = {name: column[..., sorting] for name, column in columns.items()}
        joined = replace(self, **columns)
        if moved.any() or len(fresh) > len(self) // 2:
            return replace(joined, home=households(joined.victim, joined.perpetrator))
        return replace(joined, home=_married(self.home, fresh.victim[new], fresh.perpetrator[new]))

    def _of(self, rows: Sequence[Row]) -> "Facts":
        size = self.layout.size
        packed = b"".join(row.codes.ljust(size, b"\0")[:size] for row in rows)
        numbers = np.array([row[:6] for row in rows], dtype=np.int64)
        return replace(
            self,
            id=numbers[:, 0],
            month=numbers[:, 1].astype(np.int16),
            commune=numbers[:, 2].astype(np.int32),
            province=numbers[:, 3].astype(np.int32),
            victim=numbers[:, 4].astype(np.int32),
            perpetrator=numbers[:, 5].astype(np.int32),
            codes=np.ascontiguousarray(np.frombuffer(packed, dtype=np.uint8).reshape(len(rows), size).T),
        )

    @cached_property
    def is_named(self) -> bool:
        """Whether the codes of all units are known."""
        units = np.unique(np.concatenate([self.commune, self.province])).tolist()
        return self.places.code.keys() >= set(units)

    # --- parts ---

    def where(self, mask: Mask) -> "Facts":
        """Those that are meant."""
        if mask.all():
            return self
        rows = np.flatnonzero(mask)
        return replace(
            self,
            id=self.id[rows],
            month=self.month[rows],
            commune=self.commune[rows],
            province=self.province[rows],
            victim=self.victim[rows],
            perpetrator=self.perpetrator[rows],
            codes=self.codes[:, rows],
        )

    @property
    def everyone(self) -> Mask:
        return np.ones(len(self), dtype=np.bool_)

    def within(self, months: range) -> Mask:
        return (self.month >= months.start) & (self.month < months.stop)

    def in_places(self, numbers: Iterable[int]) -> Mask:
        """Those of these units, communes or provinces."""
        wanted = np.array(sorted(numbers), dtype=np.int32)
        return np.isin(self.commune, wanted) | np.isin(self.province, wanted)

    def has(self, name: str, *answers: str) -> Mask:
        """Those with one of these answers to a question; «none of the list» is the answer of whoever gave none."""
        place, numbers = self.layout.place[name], self.layout.number[name]
        found = np.zeros(len(self), dtype=np.bool_)
        for answer in answers:
            number = numbers[answer]
            if BY_NAME[name].many:
                byte, bit = divmod(number - 1, 8)
                found |= (self.codes[place + byte] >> bit & 1).astype(np.bool_)
            else:
                found |= self.codes[place] == number
        return found

    # --- who ---

    @cached_property
    def who(self) -> Ints:
        """The number of who was subjected to violence; where nobody is known, somebody of their own."""
        return self._someone(self.victim)

    @cached_property
    def household(self) -> Ints:
        return self._someone(np.where(self.victim > 0, self.home[self.victim] + 1, 0))

    def _someone(self, numbers: NDArray[Any]) -> Ints:
        found = numbers.astype(np.int64)
        if len(found) and not found.all():
            nobody = np.flatnonzero(found == 0)
            found[nobody] = found.max() + 1 + np.arange(nobody.size)
        return found

    # --- cells ---

    def leaf(self, name: str) -> tuple[Ints, Sequence[str]]:
        """The number of each fact's code in a dimension, and the codes those numbers stand for."""
        if name in PERIODS:
            added, length = PERIODS[name]
            numbers = (self.month.astype(np.int64) + added) // length
            first = int(numbers.min()) if numbers.size else 0
            last = int(numbers.max()) if numbers.size else -1
            return numbers - first, [period_code(name, number) for number in range(first, last + 1)]
        if name in {COMMUNE, PROVINCE}:
            units, numbers = _ranked(self.commune if name == COMMUNE else self.province)
            return numbers, [self.places.code[int(unit)] for unit in units]
        question, colon, answer = name.partition(":")
        if question not in self.layout.place or (bool(colon) != BY_NAME[question].many):
            raise TableFault(f"{name}: there is no such dimension")
        if colon:
            if answer not in self.layout.number[question]:
                raise TableFault(f"{name}: there is no such answer")
            return self.has(question, answer).astype(np.int64), [NOT_GIVEN, GIVEN]
        known = self.layout.code[question]
        return self.codes[self.layout.place[question]].astype(np.int64), [
            known.get(number, "unknown") for number in range(max(known) + 1)
        ]

    def cells(self, dimensions: Sequence[str], *, totals: bool = False) -> list[Cell]:
        """Every cell of the table that crosses these dimensions and counts anything, in the order of its codes.

        totals: the cells summed over any of the dimensions too, with "" there. People and households are counted
        anew in each: somebody of two cells is one in their total.
        """
        leaves = [self.leaf(name) for name in dimensions]
        found: list[Cell] = []
        kept = range(len(dimensions))
        for size in range(len(dimensions) + 1) if totals else (len(dimensions),):
            for chosen in combinations(kept, size):
                table = self._table([leaves[number] for number in chosen])
                found += table.cells(len(dimensions), chosen)
        return sorted(found, key=lambda cell: cell.at)

    def table(self, dimensions: Sequence[str]) -> "Table":
        """The same side by side, for tables of as many cells as there are cases."""
        return self._table([self.leaf(name) for name in dimensions])

    def _table(self, leaves: Sequence[tuple[Ints, Sequence[str]]]) -> "Table":
        sizes = [len(names) for _numbers, names in leaves]
        if reduce(lambda one, other: one * other, sizes, 1) >= _LARGEST:
            raise TableFault("the table crosses more than can be numbered")
        key = np.zeros(len(self), dtype=np.int64)
        for (numbers, _names), size in zip(leaves, sizes, strict=True):
            key = key * size + numbers
        left, group = _ranked(key)
        counts = (
            np.bincount(group, minlength=left.size),
            _distinct(group, self._who, left.size),
            _distinct(group, self._homes, left.size),
        )
        parts: list[Ints] = []
        for size in reversed(sizes):
            left, inside = np.divmod(left, size)
            parts.insert(0, inside)
        return Table(parts, [names for _numbers, names in leaves], *counts)

    @cached_property
    def _who(self) -> "_Repeated":
        return _repeated(self.who)

    @cached_property
    def _homes(self) -> "_Repeated":
        return _repeated(self.household)

    def count(self) -> tuple[int, int, int]:
        """Cases, people subjected to violence, households."""
        return len(self), int(np.unique(self.who).size), int(np.unique(self.household).size)


@dataclass(frozen=True, eq=False)
class Table:
    """Cells side by side: for each dimension the numbers of their codes and the codes, and what they count."""

    numbers: Sequence[Ints]
    names: Sequence[Sequence[str]]
    cases: Ints
    victims: Ints
    households: Ints

    def __len__(self) -> int:
        return len(self.cases)

    def cells(self, width: int, chosen: Sequence[int]) -> Iterator[Cell]:
        """One by one, as a part of a table of `width` dimensions, of which these are the chosen."""
        codes = [[""] * len(self) for _ in range(width)]
        for number, inside, names in zip(chosen, self.numbers, self.names, strict=True):
            codes[number] = [names[one] for one in inside.tolist()]
        ats: Iterable[Coordinate] = zip(*codes, strict=True) if width else [()] * len(self)
        counts = (self.cases.tolist(), self.victims.tolist(), self.households.tolist())
        for at, cases, victims, households in zip(ats, *counts, strict=True):
            yield Cell(at, cases, victims, households)


def _ranked(numbers: NDArray[Any]) -> tuple[Ints, Ints]:
    """The different numbers in order, and the rank of each number among them."""
    if not numbers.size:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    largest = int(numbers.max())
    if int(numbers.min()) >= 0 and largest < _ROOMY * numbers.size + 4096:
        there = np.zeros(largest + 1, dtype=np.bool_)
        there[numbers] = True
        found = np.flatnonzero(there)
        # Only where a number is there anything is written, or read.
        rank = np.empty(largest + 1, dtype=np.int32)
        rank[found] = np.arange(found.size, dtype=np.int32)
        return found, rank[numbers].astype(np.int64)
    found, ranks = np.unique(numbers, return_inverse=True)
    return found.astype(np.int64), ranks.astype(np.int64)


class _Repeated(NamedTuple):
    """Rows of whoever is there more than once, and the rank of each of those among them."""

    rows: Ints
    rank: Ints
    different: int


def _repeated(who: Ints) -> _Repeated:
    _different, rank = _ranked(who)
    rows = np.flatnonzero(np.bincount(rank)[rank] > 1) if rank.size else rank
    repeated, theirs = _ranked(who[rows])
    return _Repeated(rows, theirs, repeated.size)


def _distinct(group: Ints, who: _Repeated, groups: int) -> Ints:
    """How many different people there are in each group: whoever is there once is one of theirs, the others are
    compared."""
    counted = np.bincount(group, minlength=groups)
    mine = group[who.rows]
    pairs = np.unique(mine * who.different + who.rank)
    once = np.bincount(pairs // max(who.different, 1), minlength=groups)
    return counted - np.bincount(mine, minlength=groups) + once


# --- households ---


def households(victim: NDArray[Any], perpetrator: NDArray[Any]) -> NDArray[np.int32]:
    """Number of a person -> number of their household: people are of one household whom a case joins, over any steps.

    A mother and a child beaten by the same man are two people of one household; so are a couple who accuse each other.
    Counting too few is the safe side: what is shown needs at least so many households.
    """
    people = int(max(victim.max(initial=0), perpetrator.max(initial=0))) + 1
    home = np.arange(people, dtype=np.int32)
    both = (victim > 0) & (perpetrator > 0)
    one, other = victim[both], perpetrator[both]
    while True:
        lower = np.minimum(home[one], home[other])
        before = home.copy()
        np.minimum.at(home, home[one], lower)
        np.minimum.at(home, home[other], lower)
        home = home[home]
        if (home == before).all():
            return home


def _married(
    home: NDArray[np.int32], victim: NDArray[np.int32], perpetrator: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Households with a few more cases, which only join them."""
    people = int(max(victim.max(initial=0), perpetrator.max(initial=0))) + 1
    home = np.concatenate([home, np.arange(len(home), people, dtype=np.int32)])
    for one, other in zip(victim.tolist(), perpetrator.tolist(), strict=True):
        if one and other and home[one] != home[other]:
            lower, upper = sorted((int(home[one]), int(home[other])))
            home[home == upper] = lower
    return home
