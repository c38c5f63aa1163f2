"""Everything published as one system of equations over the joint atoms: what an attacker sits down with.

An atom is a set of people that every published figure counts wholly or not at all: a month that lies in a calendar year
and in another year of the return, the part of an old commune that went to a new one, those who were entered late. An
attacker who reasons over atoms learns from all releases together what no single one says.

Dimensions that every finest table has (area, period) frame the system; the others are crossed only where a table
crosses them. Tables that meet only in a common total need no common cells: any two tables with equal totals can be true
together. Where more is shared (sex in sex x age and in sex x form) the shared table links them; sets of dimensions that
go round in a circle are put together until none is left (then and only then is agreeing pair by pair enough).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, product
from math import prod
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casework.tables import Codes, Coordinate, TableFault, Tables

Indices = NDArray[np.int64]
Numbers = NDArray[np.float64]

# More joint atoms than this fit in no memory and mean that a code list is far finer than anything published.
TOO_MANY: Final = 20_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One thing known: low <= sum of coefficients x atoms <= high."""

    of: Indices
    coefficients: Numbers
    low: float
    high: float


@dataclass(eq=False)
class Block:
    """The atoms over one set of dimensions: numbered `first + group x width + category`."""

    dims: tuple[int, ...]
    # Which group of joint atoms of the frame a combination of frame classes belongs to; -1: no figure counts it.
    label: NDArray[np.int64]
    groups: int
    first: int
    shape: tuple[int, ...]
    met: dict[Coordinate, Indices] = field(default_factory=dict)

    @cached_property
    def examples(self) -> NDArray[np.int64]:
        """For each group the classes of the frame of one combination that lies in it."""
        if not self.label.ndim:
            return np.zeros((self.groups, 0), dtype=np.int64)
        groups, first = np.unique(self.label, return_index=True)
        places = np.array(np.unravel_index(first, self.label.shape), dtype=np.int64)
        return places.reshape(self.label.ndim, -1).T[groups >= 0]

    @property
    def width(self) -> int:
        return prod(self.shape)

    @property
    def size(self) -> int:
        return self.groups * self.width


@dataclass(frozen=True, slots=True)
class Atom:
    """An unpublished set of people that somebody could single out, and leaves that lie in it."""

    at: Coordinate
    of: Indices


class System:
    """The equations of `tables`; `of` names the atoms of any figure, published or not."""

    def __init__(self, tables: Tables) -> None:
        self.codes: Codes = tables.codes
        self.dims = tables.dims
        self.known, self.contradictions = _known(tables)
        self._sets = {at: frozenset(n for n, code in enumerate(at) if code) for at in self.known}
        cliques = _cliques(set(self._sets.values()))
        self.frame = tuple(sorted(frozenset.intersection(*cliques))) if cliques else ()
        self._classes = [self._classes_of(number) for number in range(len(self.dims))]
        self._place = [
            {leaf: place for place, leaves in enumerate(classes) for leaf in leaves}
            for classes in self._classes
        ]
        self._nodes: dict[tuple[int, str], list[int]] = {}
        self.atoms = 0
        self._blocks, self._links = self._lay_out([clique - set(self.frame) for clique in cliques])
        self.rows: list[Row] = [*self._published(), *self._linked(), *self._answered()]

    # --- classes: leaves that no published code tells apart ---

    def _classes_of(self, number: int) -> list[frozenset[str]]:
        dim = self.dims[number]
        used = sorted({at[number] for at in self.known} - {""})
        marks: dict[str, list[int]] = {leaf: [] for leaf in self.codes.leaf[dim]}
        for mark, code in enumerate(used):
            for leaf in self.codes.leaves(dim, code):
                marks[leaf].append(mark)
        classes: dict[tuple[int, ...], set[str]] = {}
        for leaf, mine in marks.items():
            classes.setdefault(tuple(mine), set()).add(leaf)
        return [frozenset(leaves) for _, leaves in sorted(classes.items())]

    def _places(self, number: int, code: str) -> list[int]:
        key = (number, code)
        if key not in self._nodes:
            place = self._place[number]
            leaves = self.codes.leaves(self.dims[number], code)
            found = sorted({place[leaf] for leaf in leaves})
            if len(leaves) != sum(len(self._classes[number][at]) for at in found):
                raise TableFault(f"{self.dims[number]} {code}: cuts through what is published")
            self._nodes[key] = found
        return self._nodes[key]

    # --- blocks ---

    def _lay_out(self, cliques: list[frozenset[int]]) -> tuple[list[Block], list[tuple[Block, Block]]]:
        edges = _tree(cliques)
        neighbours: dict[frozenset[int], set[frozenset[int]]] = {clique: set() for clique in cliques}
        for one, other in edges:
            neighbours[one].add(one & other)
            neighbours[other].add(one & other)
        everything = set(self.known)
        blocks: dict[frozenset[int], Block] = {}
        for shared in sorted({one & other for one, other in edges}, key=sorted):
            blocks[shared] = self._block(shared, everything)
        assigned: dict[frozenset[int], set[Coordinate]] = {clique: set() for clique in cliques}
        for at, dims in self._sets.items():
            inner = dims - set(self.frame)
            if inner not in blocks:
                assigned[min((c for c in cliques if inner <= c), key=lambda c: (len(c), sorted(c)))].add(at)
        for clique in cliques:
            if clique in blocks:
                continue
            rows = set(assigned[clique])
            for answers in self._answers():
                if clique & answers:
                    rows |= {at for other in cliques if other & answers for at in assigned[other]}
            # Between two shared tables, only what is as fine as both keeps them in step.
            blocks[clique] = self._block(clique, everything if len(neighbours[clique]) > 1 else rows)
        links = [
            (blocks[clique], blocks[shared])
            for clique in cliques
            for shared in sorted(neighbours[clique], key=sorted)
            if blocks[clique] is not blocks[shared]
        ]
        return list(blocks.values()), links

    def _block(self, dims: Iterable[int], rows: set[Coordinate]) -> Block:
        shape = tuple(len(self._classes[number]) for number in self.frame)
        if prod(shape) > TOO_MANY:
            raise TableFault("the code lists are far finer than what is published: too many joint atoms")
        signature = np.zeros(shape, dtype=np.uint64)
        random = np.random.default_rng(20250701)
        for frame in sorted({tuple(at[number] for number in self.frame) for at in rows}):
            window = np.ix_(
                *(self._places(number, code) for number, code in zip(self.frame, frame, strict=True))
            )
            signature[window] += random.integers(1, 2**63, dtype=np.uint64)
        distinct, label = np.unique(signature, return_inverse=True)
        label = label.reshape(shape).astype(np.int64)
        if distinct[0] == 0:
            label -= 1
        mine = tuple(sorted(dims))
        block = Block(
            mine,
            label,
            int(label.max(initial=-1)) + 1,
            self.atoms,
            tuple(len(self._classes[number]) for number in mine),
        )
        self.atoms += block.size
        return block

    def _groups(self, block: Block, frame: Coordinate) -> Indices:
        if frame not in block.met:
            places = (self._places(number, code) for number, code in zip(self.frame, frame, strict=True))
            block.met[frame] = np.unique(block.label[np.ix_(*places)])
        return block.met[frame]

    def of(self, at: Coordinate) -> Indices | None:
        """The atoms of a figure; None where no published table crosses these dimensions."""
        inner = {number for number, code in enumerate(at) if code} - set(self.frame)
        fitting = [block for block in self._blocks if inner <= set(block.dims)]
        if not fitting:
            return None
        block = min(fitting, key=lambda block: (len(block.dims), block.first))
        groups = self._groups(block, tuple(at[number] for number in self.frame))
        if groups.size and groups[0] < 0:
            return None
        inside = np.zeros(1, dtype=np.int64)
        for number, width in zip(block.dims, block.shape, strict=True):
            inside = np.add.outer(inside * width, np.array(self._places(number, at[number]))).ravel()
        return np.add.outer(block.first + groups * block.width, inside).ravel()

    # --- what is known ---

    def _published(self) -> Iterator[Row]:
        siblings = _Siblings(self)
        for at, value in sorted(self.known.items()):
            if value is not None and not siblings.say_it_already(at):
                of = self.of(at)
                if of is not None:
                    yield Row(of, np.ones(of.size), value, value)

    def _linked(self) -> Iterator[Row]:
        for fine, shared in self._links:
            # The shared table is the finer one in the frame: its groups lie wholly in one group of the other.
            home = np.full(shared.groups, -1, dtype=np.int64)
            is_in = shared.label >= 0
            home[shared.label[is_in]] = fine.label[is_in]
            kept = [fine.dims.index(number) for number in shared.dims]
            categories = np.arange(fine.width).reshape(fine.shape or (1,))
            order = np.argsort(home, kind="stable")
            edges = np.searchsorted(home[order], np.arange(fine.groups + 1))
            for group in range(fine.groups):
                parts = order[edges[group] : edges[group + 1]]
                for number, place in enumerate(product(*(range(width) for width in shared.shape))):
                    window: list[int | slice] = [slice(None)] * len(fine.shape)
                    for axis, chosen in zip(kept, place, strict=True):
                        window[axis] = chosen
                    inside = np.ravel(categories[tuple(window)]) if fine.shape else categories
                    over = fine.first + group * fine.width + inside
                    under = shared.first + parts * shared.width + number
                    yield Row(
                        np.concatenate([over, under]),
                        np.concatenate([np.ones(over.size), -np.ones(under.size)]),
                        0.0,
                        0.0,
                    )

    def _answers(self) -> list[frozenset[int]]:
        """Sets of dimensions that are the answers to one question everybody answered."""
        numbers = {dim: number for number, dim in enumerate(self.dims)}
        used = frozenset[int]().union(*self._sets.values()) if self._sets else frozenset()
        found = []
        for answers in self.codes.answered.values():
            mine = frozenset(numbers[answer] for answer in answers if answer in numbers)
            if len(mine) == len(answers) and mine <= used:
                found.append(mine)
        return found

    def _answered(self) -> Iterator[Row]:
        """Everybody gave at least one answer: in each group the answers are at least as many as the people."""
        for answers in self._answers():
            homes = [
                min((b for b in self._blocks if number in b.dims), key=lambda b: len(b.dims))
                for number in sorted(answers)
            ]
            first = homes[0]
            for group in range(first.groups):
                cells = first.examples[group]
                parts: list[tuple[Indices, float]] = []
                for block, number in zip(homes, sorted(answers), strict=True):
                    mine = int(block.label[tuple(cells)])
                    axis = block.dims.index(number)
                    given = self._places(number, "1")
                    categories = np.arange(block.width).reshape(block.shape)
                    inside = np.ravel(np.take(categories, given, axis=axis))
                    parts.append((block.first + mine * block.width + inside, 1.0))
                    if block is first and number == min(answers):
                        everyone = block.first + mine * block.width + np.ravel(categories)
                        parts.append((everyone, -1.0))
                atoms, where = np.unique(np.concatenate([of for of, _ in parts]), return_inverse=True)
                signs = np.bincount(where, np.concatenate([np.full(of.size, sign) for of, sign in parts]))
                yield Row(atoms[signs != 0], signs[signs != 0], 0.0, np.inf)

    def unpublished(self) -> Iterator[Atom]:
        """Every joint atom that is no published figure by itself, with leaves that lie in it."""
        published = {int(of[0]) for at in self.known if (of := self.of(at)) is not None and of.size == 1}
        for block in self._blocks:
            for group in range(block.groups):
                cells = block.examples[group]
                frame = {
                    number: min(self._classes[number][place])
                    for number, place in zip(self.frame, cells, strict=True)
                }
                for inside, places in enumerate(product(*(range(width) for width in block.shape))):
                    atom = block.first + group * block.width + inside
                    if atom in published:
                        continue
                    named = frame | {
                        number: min(self._classes[number][place])
                        for number, place in zip(block.dims, places, strict=True)
                    }
                    at = tuple(named.get(number, "") for number in range(len(self.dims)))
                    yield Atom(at, np.array([atom]))


class _Siblings:
    """Which shown figures are only the sum of other shown ones, along one dimension."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._shown: dict[tuple[int, Coordinate], list[str]] = {}
        for at, value in system.known.items():
            if value is not None:
                for number in range(len(at)):
                    self._shown.setdefault((number, at[:number] + at[number + 1 :]), []).append(at[number])

    def say_it_already(self, at: Coordinate) -> bool:
        """Whether the figure is the sum of smaller shown ones, so that it says nothing new.

        A sum that does not fit is kept: it shows that the tables contradict one another.
        """
        system = self._system
        for number, code in enumerate(at):
            rest = at[:number] + at[number + 1 :]
            whole = set(system._places(number, code))
            if len(whole) == 1:
                continue
            parts = [set(system._places(number, other)) for other in self._shown[number, rest]]
            names = self._shown[number, rest]
            total = 0
            left = set(whole)
            for part, name in sorted(
                zip(parts, names, strict=True), key=lambda pair: (-len(pair[0]), pair[1])
            ):
                if part < whole and part <= left:
                    left -= part
                    total += system.known[(*at[:number], name, *at[number + 1 :])] or 0
            if not left and total == system.known[at]:
                return True
        return False


def _known(tables: Tables) -> tuple[dict[Coordinate, int | None], list[Coordinate]]:
    """What the world knows of each coordinate, and those of which releases say different things."""
    known: dict[Coordinate, int | None] = {}
    contradictions = []
    for cell in tables.cells:
        before = known.get(cell.at)
        if before is not None and cell.value is not None and before != cell.value:
            contradictions.append(cell.at)
        known[cell.at] = cell.value if before is None else before
    return known, contradictions


def _cliques(sets: set[frozenset[int]]) -> list[frozenset[int]]:
    """The largest sets of dimensions, put together until they lie on a tree."""
    cliques = _largest(sets)
    while (torn := _torn(cliques)) is not None:
        cliques = _largest({*cliques, torn[0] | torn[1]})
    return cliques


def _largest(sets: Iterable[frozenset[int]]) -> list[frozenset[int]]:
    every = set(sets)
    return sorted((one for one in every if not any(one < other for other in every)), key=sorted)


def _tree(cliques: Sequence[frozenset[int]]) -> list[tuple[frozenset[int], frozenset[int]]]:
    """A spanning tree that shares as much as possible along its edges."""
    root = {clique: clique for clique in cliques}

    def top(clique: frozenset[int]) -> frozenset[int]:
        while root[clique] != clique:
            clique = root[clique]
        return clique

    edges = []
    for one, other in sorted(combinations(cliques, 2), key=lambda pair: -len(pair[0] & pair[1])):
        if top(one) != top(other):
            root[top(one)] = top(other)
            edges.append((one, other))
    return edges


def _torn(cliques: Sequence[frozenset[int]]) -> tuple[frozenset[int], frozenset[int]] | None:
    """Two sets that share a dimension but are not joined by it on the tree; None where there are none."""
    edges = _tree(cliques)
    for dim in sorted(frozenset[int]().union(*cliques)) if cliques else ():
        having = [clique for clique in cliques if dim in clique]
        joined = sum(dim in one and dim in other for one, other in edges)
        if joined != len(having) - 1:
            pairs = [
                pair for pair in combinations(having, 2) if pair not in edges and pair[::-1] not in edges
            ]
            return max(pairs, key=lambda pair: (len(pair[0] & pair[1]), sorted(pair[0] | pair[1])))
    return None
