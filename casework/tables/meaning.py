"""What a table of counts is: cells at coordinates, and the codes that say which cells lie inside which."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

# One code for each dimension of the tables, in their order; "" is the total over that dimension.
Coordinate = tuple[str, ...]

GIVEN = "1"
NOT_GIVEN = "0"


class TableFault(ValueError):
    """A table or code list that cannot be understood; the text names the file, the line or the code."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One published figure: which release says it, where it stands, and what it shows (None: hidden)."""

    release: str
    at: Coordinate
    value: int | None


@dataclass(frozen=True)
class Codes:
    """The code lists: dimension -> code -> its parents, and which codes are the finest."""

    parents: Mapping[str, Mapping[str, tuple[str, ...]]]
    leaf: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str, str, bool]]) -> "Codes":
        """Code lists from rows of dimension, code, parent, leaf."""
        parents: dict[str, dict[str, tuple[str, ...]]] = {}
        leaf: dict[str, set[str]] = {}
        for dim, code, parent, is_leaf in rows:
            if not dim or not code:
                raise TableFault("codes.csv: a row without a dimension or a code")
            known = parents.setdefault(dim, {})
            above = known.get(code, ())
            known[code] = above if not parent or parent in above else (*above, parent)
            finest = leaf.setdefault(dim, set())
            if is_leaf:
                finest.add(code)
            elif code in finest:
                raise TableFault(f"codes.csv: {dim} {code} is a leaf in one row and not in another")
        return cls(parents, {dim: frozenset(codes) for dim, codes in leaf.items()})

    @cached_property
    def inside(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """Dimension -> code -> the leaves it is made of."""
        return {dim: self._leaves_of(dim) for dim in self.parents}

    def _leaves_of(self, dim: str) -> dict[str, frozenset[str]]:
        parents, found = self.parents[dim], {code: set[str]() for code in self.parents[dim]}
        for leaf in self.leaf[dim]:
            reached, waiting = set[str](), [leaf]
            while waiting:
                code = waiting.pop()
                if code in reached:
                    continue
                reached.add(code)
                if code not in parents:
                    raise TableFault(f"codes.csv: {dim} {code} is named as a parent but has no row")
                found[code].add(leaf)
                waiting += parents[code]
        for code, leaves in found.items():
            if not leaves:
                raise TableFault(f"codes.csv: {dim} {code} is no leaf and nothing lies inside it")
            if code in self.leaf[dim] and leaves != {code}:
                raise TableFault(f"codes.csv: {dim} {code} is a leaf but others lie inside it")
        return {code: frozenset(leaves) for code, leaves in found.items()}

    def leaves(self, dim: str, code: str) -> frozenset[str]:
        """The leaves of `code`; those of the whole dimension for the total."""
        if not code:
            return self.leaf[dim]
        try:
            return self.inside[dim][code]
        except KeyError:
            raise TableFault(f"codes.csv: {dim} {code} is used but not listed") from None

    @property
    def answered(self) -> Mapping[str, tuple[str, ...]]:
        """Questions to which everybody gave at least one answer -> the dimensions of their answers."""
        return {
            question: answers
            for question in self.parents
            if (answers := tuple(sorted(self.leaf[question])))
            and all(answer.startswith(f"{question}:") and answer in self.parents for answer in answers)
        }

    def rows(self) -> Iterator[tuple[str, str, str, bool]]:
        """The code lists as rows of dimension, code, parent, leaf, in a fixed order."""
        for dim in sorted(self.parents):
            for code in sorted(self.parents[dim]):
                for parent in sorted(self.parents[dim][code]) or [""]:
                    yield dim, code, parent, code in self.leaf[dim]


@dataclass(frozen=True)
class Tables:
    """Everything that was published: the dimensions, the cells of all releases, and the code lists."""

    dims: tuple[str, ...]
    cells: tuple[Cell, ...]
    codes: Codes

    def __post_init__(self) -> None:
        for dim in self.dims:
            if dim not in self.codes.parents:
                raise TableFault(f"codes.csv: the dimension {dim} is not listed")
        for cell in self.cells:
            if len(cell.at) != len(self.dims):
                raise TableFault(f"{cell.release}: a cell has another number of dimensions than its table")
            if cell.value is not None and cell.value < 0:
                raise TableFault(f"{cell.release}: a count below nought at {'/'.join(cell.at)}")
        for number, dim in enumerate(self.dims):
            for code in {cell.at[number] for cell in self.cells}:
                self.codes.leaves(dim, code)
