"""Who is counted: one row for each person and period, with the finest code of each dimension and the household."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from casework.tables import Codes, Coordinate, TableFault


class People:
    """Rows to be counted; each row counts once in every figure whose codes its own codes lie in."""

    def __init__(
        self, dims: Sequence[str], codes: Codes, rows: Iterable[tuple[Coordinate, str | int]]
    ) -> None:
        self.dims, self.codes = tuple(dims), codes
        self.leaves = [sorted(codes.leaf[dim]) for dim in self.dims]
        place = [{leaf: number for number, leaf in enumerate(leaves)} for leaves in self.leaves]
        households: dict[str | int, int] = {}
        packed: list[int] = []
        homes: list[int] = []
        for at, household in rows:
            for number, code in enumerate(at):
                if code not in place[number]:
                    raise TableFault(
                        f"{self.dims[number]} {code}: a person is counted under what is no finest code"
                    )
                packed.append(place[number][code])
            homes.append(households.setdefault(household, len(households)))
        self.at: NDArray[np.int32] = np.array(packed, dtype=np.int32).reshape(-1, len(self.dims))
        self.household: NDArray[np.int32] = np.array(homes, dtype=np.int32)
        self._members: dict[tuple[int, str], NDArray[np.int64]] = {}
        self._is_member: dict[tuple[int, str], NDArray[np.bool_]] = {}

    def rows_of(self, at: Coordinate) -> NDArray[np.int64]:
        """Numbers of the rows that a figure counts."""
        chosen = [(number, code) for number, code in enumerate(at) if code]
        if not chosen:
            return np.arange(len(self.at))
        first, *others = sorted(chosen, key=lambda one: self._of(*one).size)
        rows = self._of(*first)
        for number, code in others:
            rows = rows[self._is_member[number, code][rows]]
        return rows

    def count(self, at: Coordinate) -> tuple[int, int]:
        """How many people a figure counts, and in how many households they live."""
        rows = self.rows_of(at)
        return int(rows.size), int(np.unique(self.household[rows]).size)

    def _of(self, number: int, code: str) -> NDArray[np.int64]:
        key = (number, code)
        if key not in self._members:
            inside = self.codes.leaves(self.dims[number], code)
            wanted = np.array([leaf in inside for leaf in self.leaves[number]])
            self._is_member[key] = wanted[self.at[:, number]]
            self._members[key] = np.flatnonzero(self._is_member[key])
        return self._members[key]
