"""The cells of a plan and how they add up, down to the sets of people that any figure counts wholly or not at all.

Figures are planned over the joint atoms of everything published and everything wanted, not over the equations of the
published tables alone: a plan that satisfied every one of those still leaked through cells too fine to be published.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Final

import numpy as np

from casework.disclosure.people import People
from casework.tables import GIVEN, Codes, Coordinate, TableFault

# Kinds of the frame's leaves, one number for each of its dimensions.
Place = tuple[int, ...]
TOO_MANY: Final = 3_000_000


@dataclass(frozen=True, slots=True)
class Equation:
    """Cells that add up to nought, each with its sign."""

    cells: tuple[int, ...]
    signs: tuple[int, ...]


@dataclass(eq=False)
class _Table:
    """The atoms over one set of crossed dimensions: `first + class x width + category`."""

    crossed: tuple[int, ...]
    shape: tuple[int, ...]
    first: int
    # The class of each place of the frame: places that the same figures count are one.
    classes: dict[Place, int]
    count: int
    met: dict[Coordinate, list[int]] = field(default_factory=dict)

    @property
    def width(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))

    def atom(self, of_class: int, categories: Iterable[int]) -> int:
        """The number of one atom."""
        inside = 0
        for category, size in zip(categories, self.shape, strict=True):
            inside = inside * size + category
        return self.first + of_class * self.width + inside


class Lattice:
    """All cells of `figures` and of what lies under them: atoms first, then sums of atoms, then slacks.

    `value` is how many people a cell counts; `equations` are all that ties cells to one another.
    """

    def __init__(
        self, dims: Sequence[str], codes: Codes, figures: Iterable[Coordinate], people: People
    ) -> None:
        self.dims, self.codes, self.people = tuple(dims), codes, people
        self.figures = sorted(set(figures))
        crossed = {at: frozenset(n for n, code in enumerate(at) if code) for at in self.figures}
        self.frame = tuple(sorted(frozenset.intersection(*_maximal(crossed.values())))) if crossed else ()
        self._kinds = [self._told_apart(number) for number in range(len(self.dims))]
        self._kind_of = [
            {leaf: kind for kind, leaves in enumerate(kinds) for leaf in leaves} for kinds in self._kinds
        ]
        self._tables: dict[frozenset[int], _Table] = {}
        self._crossed = {at: dims - set(self.frame) for at, dims in crossed.items()}
        self.value: list[int] = []
        # A coordinate of each cell that was asked for, published or not.
        self.name_of: dict[int, Coordinate] = {}
        self._lay_out()
        self.atoms = len(self.value)
        self.equations: list[Equation] = []
        self._number: dict[tuple[int, ...], int] = {}
        self._link()
        self.slacks = self._answered()
        self.cell_of = {at: self.cell(at) for at in self.figures}
        self._add_up_by_steps()

    # --- what no figure tells apart ---

    def _told_apart(self, number: int) -> list[list[str]]:
        dim = self.dims[number]
        inside = [self.codes.leaves(dim, code) for code in sorted({at[number] for at in self.figures} - {""})]
        kinds: dict[tuple[int, ...], list[str]] = {}
        met: dict[str, list[int]] = {leaf: [] for leaf in sorted(self.codes.leaf[dim])}
        for mark, leaves in enumerate(inside):
            for leaf in leaves:
                met[leaf].append(mark)
        for leaf, marks in met.items():
            kinds.setdefault(tuple(marks), []).append(leaf)
        return list(kinds.values())

    def _kinds_in(self, number: int, code: str) -> list[int]:
        return sorted({self._kind_of[number][leaf] for leaf in self.codes.leaves(self.dims[number], code)})

    def _places(self, frame: Coordinate) -> Iterable[Place]:
        return product(*(self._kinds_in(n, code) for n, code in zip(self.frame, frame, strict=True)))

    # --- atoms ---

    def _lay_out(self) -> None:
        cliques, edges = _chordal(_maximal(self._crossed.values()))
        shared = {one & other for one, other in edges}
        touching = {
            clique: {one & other for one, other in edges if clique in (one, other)} for clique in cliques
        }
        every = sorted({*cliques, *shared}, key=lambda one: (len(one), sorted(one)))
        home = {at: next(one for one in every if dims <= one) for at, dims in self._crossed.items()}
        same = self._answered_alike(cliques)
        for one in every:
            if one in shared or len(touching[one]) > 1:
                told = set(self.figures)
            else:
                told = {at for at, where in home.items() if where in same.get(one, {one})}
            self._tables[one] = self._table(tuple(sorted(one)), told)
        self._edges = [
            (self._tables[clique], self._tables[both])
            for clique in sorted(cliques, key=sorted)
            for both in sorted(touching[clique], key=sorted)
        ]

    def _answered_alike(self, cliques: Iterable[frozenset[int]]) -> dict[frozenset[int], set[frozenset[int]]]:
        """Tables of answers to one question tell the same people apart."""
        numbers = {dim: number for number, dim in enumerate(self.dims)}
        found: dict[frozenset[int], set[frozenset[int]]] = {}
        for answers in self.codes.answered.values():
            having = {
                clique for clique in cliques if any(numbers.get(answer) in clique for answer in answers)
            }
            for clique in having:
                found.setdefault(clique, set()).update(having)
        return found

    def _table(self, crossed: tuple[int, ...], told: set[Coordinate]) -> _Table:
        marks: dict[Place, list[int]] = {}
        frames = sorted({tuple(at[number] for number in self.frame) for at in told})
        for mark, frame in enumerate(frames):
            for place in self._places(frame):
                marks.setdefault(place, []).append(mark)
        numbers: dict[tuple[int, ...], int] = {}
        classes = {place: numbers.setdefault(tuple(mine), len(numbers)) for place, mine in marks.items()}
        shape = tuple(len(self._kinds[number]) for number in crossed)
        table = _Table(crossed, shape, len(self.value), classes, len(numbers))
        if len(numbers) * table.width > TOO_MANY:
            raise TableFault("the tables cross so many dimensions that their joint cells cannot be held")
        self.value += self._count(table)
        return table

    def _count(self, table: _Table) -> list[int]:
        """How many people each atom counts."""
        chosen = (*self.frame, *table.crossed)
        if not chosen:
            return [len(self.people.at)] * table.count
        rows, times = np.unique(self.people.at[:, list(chosen)], axis=0, return_counts=True)
        counts = [0] * (table.count * table.width)
        kinds = [[self._kind_of[n][leaf] for leaf in self.people.leaves[n]] for n in chosen]
        for row, many in zip(rows.tolist(), times.tolist(), strict=True):
            place = [kinds[axis][leaf] for axis, leaf in enumerate(row)]
            of_class = table.classes.get(tuple(place[: len(self.frame)]))
            if of_class is not None:
                counts[table.atom(of_class, place[len(self.frame) :]) - table.first] += many
        return counts

    def atoms_of(self, at: Coordinate) -> tuple[int, ...]:
        """The atoms of a coordinate, published or not."""
        inner = {number for number, code in enumerate(at) if code} - set(self.frame)
        table = next((table for one, table in self._tables.items() if inner <= one), None)
        if table is None:
            raise TableFault(f"{'/'.join(at)}: no table crosses these dimensions")
        frame = tuple(at[number] for number in self.frame)
        if frame not in table.met:
            try:
                table.met[frame] = sorted({table.classes[place] for place in self._places(frame)})
            except KeyError:
                raise TableFault(f"{'/'.join(at)}: reaches beyond what is published") from None
        categories = list(product(*(self._kinds_in(number, at[number]) for number in table.crossed)))
        return tuple(table.atom(one, inside) for one in table.met[frame] for inside in categories)

    # --- cells and what ties them ---

    def cell(self, at: Coordinate) -> int:
        """The cell of a coordinate; made, with its equation, where there is none yet."""
        number = self.sum_of(self.atoms_of(at))
        self.name_of.setdefault(number, at)
        return number

    def sum_of(self, atoms: tuple[int, ...]) -> int:
        """The cell that is the sum of `atoms`."""
        if len(atoms) == 1:
            return atoms[0]
        if atoms not in self._number:
            number = self._number[atoms] = len(self.value)
            self.value.append(sum(self.value[atom] for atom in atoms))
            self.equations.append(Equation((number, *atoms), (-1, *(1 for _ in atoms))))
        return self._number[atoms]

    def _add_up_by_steps(self) -> None:
        """Say a nation as the sum of its provinces, not of all communes: what is shown in between parts the work."""
        beside: dict[tuple[int, Coordinate], list[str]] = {}
        for at in self.figures:
            for number in range(len(at)):
                beside.setdefault((number, at[:number] + at[number + 1 :]), []).append(at[number])
        steps: dict[int, tuple[int, ...]] = {}
        for at in self.figures:
            if self.cell_of[at] >= self.atoms and self.cell_of[at] not in steps:
                parts = self._parts_of(at, beside)
                if parts:
                    steps[self.cell_of[at]] = parts
        self.equations = [
            Equation((one.cells[0], *steps[one.cells[0]]), (-1, *(1 for _ in steps[one.cells[0]])))
            if one.cells[0] in steps and one.signs[0] == -1
            else one
            for one in self.equations
        ]

    def _parts_of(
        self, at: Coordinate, beside: Mapping[tuple[int, Coordinate], Sequence[str]]
    ) -> tuple[int, ...]:
        """Smaller figures that make up this one along one dimension; none where there are no such figures."""
        for number, dim in enumerate(self.dims):
            left = set(self.codes.leaves(dim, at[number]))
            size, chosen = len(left), []
            others = [
                (self.codes.leaves(dim, code), code)
                for code in beside[number, at[:number] + at[number + 1 :]]
            ]
            for leaves, code in sorted(others, key=lambda pair: (-len(pair[0]), pair[1])):
                if len(leaves) < size and leaves <= left:
                    left -= leaves
                    chosen.append(self.cell_of[(*at[:number], code, *at[number + 1 :])])
            if chosen and not left:
                return tuple(chosen)
        return ()

    def _link(self) -> None:
        for fine, shared in self._edges:
            homes: dict[int, set[int]] = {}
            for place, of_class in shared.classes.items():
                if place in fine.classes:
                    homes.setdefault(fine.classes[place], set()).add(of_class)
            axes = [fine.crossed.index(number) for number in shared.crossed]
            for above, below in sorted(homes.items()):
                for chosen in product(*(range(size) for size in shared.shape)):
                    ranges = [range(size) for size in fine.shape]
                    for axis, category in zip(axes, chosen, strict=True):
                        ranges[axis] = range(category, category + 1)
                    over = [fine.atom(above, inside) for inside in product(*ranges)]
                    under = [shared.atom(one, chosen) for one in sorted(below)]
                    self.equations.append(
                        Equation((*over, *under), (*(1 for _ in over), *(-1 for _ in under)))
                    )

    def _answered(self) -> frozenset[int]:
        """Everybody gave an answer: what is given more than once is a cell of its own, never below nought."""
        numbers = {dim: number for number, dim in enumerate(self.dims)}
        slacks = set()
        for answers in self.codes.answered.values():
            mine = sorted(numbers[answer] for answer in answers if answer in numbers)
            tables = [
                next((table for one, table in self._tables.items() if number in one), None) for number in mine
            ]
            if len(mine) < len(answers) or None in tables:
                continue
            homes = [table for table in tables if table is not None]
            first = homes[0]
            example = {of_class: place for place, of_class in first.classes.items()}
            for _of_class, place in sorted(example.items()):
                signs: dict[int, int] = {}
                for table, number in zip(homes, mine, strict=True):
                    given = self._kind_of[number][GIVEN]
                    axis = table.crossed.index(number)
                    for inside in product(*(range(size) for size in table.shape)):
                        atom = table.atom(table.classes[place], inside)
                        if inside[axis] == given:
                            signs[atom] = signs.get(atom, 0) + 1
                        if number == mine[0]:
                            signs[atom] = signs.get(atom, 0) - 1
                slack = len(self.value)
                kept = {atom: sign for atom, sign in signs.items() if sign}
                self.value.append(sum(sign * self.value[atom] for atom, sign in kept.items()))
                if self.value[slack] < 0:
                    raise TableFault(
                        "somebody gave no answer to a question everybody is said to have answered"
                    )
                self.equations.append(Equation((slack, *kept), (-1, *kept.values())))
                slacks.add(slack)
        return frozenset(slacks)


def _maximal(sets: Iterable[frozenset[int]]) -> list[frozenset[int]]:
    every = set(sets)
    return [one for one in sorted(every, key=sorted) if not any(one < other for other in every)]


def _chordal(
    sets: Sequence[frozenset[int]],
) -> tuple[list[frozenset[int]], list[tuple[frozenset[int], frozenset[int]]]]:
    """Sets of dimensions that cover `sets` and lie on a tree, and the tree's edges.

    Dimensions are taken out one by one, always the one that leaves the fewest new pairs to be crossed; what still
    surrounds it must be crossed with it.
    """
    beside: dict[int, set[int]] = {dim: set() for one in sets for dim in one}
    for one in sets:
        for dim in one:
            beside[dim] |= one - {dim}

    def missing(dim: int) -> int:
        return sum(other not in beside[one] for one, other in combinations(sorted(beside[dim]), 2))

    found: list[frozenset[int]] = [frozenset()] if not beside else []
    while beside:
        dim = min(beside, key=lambda one: (missing(one), len(beside[one]), one))
        around = beside.pop(dim)
        found.append(frozenset({dim, *around}))
        for other in around:
            beside[other] = (beside[other] | around) - {dim, other}
    cliques = _maximal(found)
    reached, left = [cliques[0]] if cliques else [], cliques[1:]
    edges = []
    while left:
        edge = max(product(reached, left), key=lambda pair: len(pair[0] & pair[1]))
        edges.append(edge)
        reached.append(edge[1])
        left.remove(edge[1])
    return cliques, edges


def values_of(lattice: Lattice, people: People) -> Mapping[Coordinate, tuple[int, int]]:
    """People and households of every figure."""
    return {at: people.count(at) for at in lattice.figures}
