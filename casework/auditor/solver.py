"""One independent part of the system as a linear programme, asked again and again how far a figure can go."""

from collections.abc import Sequence
from typing import Final

import highspy
import numpy as np

from casework.auditor.reduction import Contradiction
from casework.auditor.system import Indices, Numbers, Row

# No attacker believes in more people than this; it stands for infinity where a total is not published.
NO_LIMIT: Final = 1e5


class Unsolved(RuntimeError):
    """The solver gave no answer, so nothing is proven."""


class Programme:
    """Rows over the open atoms of one part, and `figures`: sums of them (with a known base) to be questioned."""

    def __init__(self, rows: Sequence[Row], value: Numbers, figures: Sequence[tuple[Indices, float]]) -> None:
        atoms = np.unique(
            np.concatenate(
                [*(row.of for row in rows), *(of for of, _ in figures), np.zeros(0, dtype=np.int64)]
            )
        )
        self.atoms = atoms[np.isnan(value[atoms])]
        self.base = np.array([base for _, base in figures])
        self._figures = [np.searchsorted(self.atoms, of) for of, _ in figures]
        self._starts = np.cumsum([0, *(of.size for of in self._figures)])
        self._flat = np.concatenate([*self._figures, np.zeros(0, dtype=np.int64)]).astype(np.int64)
        self._solver = _load(rows, value, self.atoms)
        self._all = np.arange(self.atoms.size, dtype=np.int32)
        # Columns that count a figure only up to a cap; they come when first asked for.
        self._capped: dict[int, int] = {}
        self._asked = np.zeros(self.atoms.size)
        self._pinned: list[int] = []

    def figures_at(self, atoms: Numbers) -> Numbers:
        """Every figure, when the open atoms are `atoms`."""
        sums = np.add.reduceat(np.append(atoms[self._flat], 0.0), self._starts[:-1])
        sums[np.diff(self._starts) == 0] = 0.0
        return np.asarray(sums + self.base)

    def extreme(self, figure: int, *, upwards: bool) -> tuple[float, Numbers]:
        """The furthest `figure` can go, and all figures there."""
        cost = np.zeros(self.atoms.size)
        cost[self._figures[figure]] = 1.0
        values = self._run(cost, {}, upwards=upwards)
        return float(values[figure]), values

    def towards(self, weights: dict[int, float]) -> Numbers:
        """All figures where the weighted sum of some of them is smallest."""
        cost = np.zeros(self.atoms.size)
        for figure, weight in weights.items():
            cost[self._figures[figure]] += weight
        return self._run(cost, {}, upwards=False)

    def lifted(self, weights: dict[int, float], cap: float) -> Numbers:
        """All figures where as many as can be, by weight, reach `cap` at once."""
        for figure in weights:
            if figure not in self._capped:
                self._capped[figure] = self._solver.getNumCol()
                self._solver.addCol(0.0, 0.0, cap, 0, np.zeros(0, dtype=np.int32), np.zeros(0))
                of = self._figures[figure].astype(np.int32)
                columns = np.append(of, self._capped[figure]).astype(np.int32)
                signs = np.append(np.ones(of.size), -1.0)
                self._solver.addRow(-self.base[figure], highspy.kHighsInf, columns.size, columns, signs)
        return self._run(np.zeros(self.atoms.size), weights, upwards=True)

    def pin(self, figure: int, value: float) -> None:
        """From now on `figure` is known to be `value`, as it is to those it counts."""
        of = self._figures[figure].astype(np.int32)
        rest = value - self.base[figure]
        self._pinned.append(self._solver.getNumRow())
        self._solver.addRow(rest, rest, of.size, of, np.ones(of.size))

    def unpin(self) -> None:
        """Forget what was pinned."""
        for row in self._pinned:
            self._solver.changeRowBounds(row, -highspy.kHighsInf, highspy.kHighsInf)
        self._pinned = []

    def _run(self, cost: Numbers, capped: dict[int, float], *, upwards: bool) -> Numbers:
        count = self._solver.getNumCol()
        costs = np.zeros(count)
        costs[: cost.size] = cost
        for figure, weight in capped.items():
            costs[self._capped[figure]] = weight
        self._solver.changeColsCost(count, np.arange(count, dtype=np.int32), costs)
        self._solver.changeObjectiveSense(
            highspy.ObjSense.kMaximize if upwards else highspy.ObjSense.kMinimize
        )
        self._solver.run()
        status = self._solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            raise Contradiction
        if status != highspy.HighsModelStatus.kOptimal:
            raise Unsolved(self._solver.modelStatusToString(status))
        solution = np.array(self._solver.getSolution().col_value)[: self.atoms.size]
        return self.figures_at(solution)


def _load(rows: Sequence[Row], value: Numbers, atoms: Indices) -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.setOptionValue("threads", 1)
    # Asked again and again from where it stands: presolve would throw the standing away.
    solver.setOptionValue("presolve", "off")
    programme = highspy.HighsLp()
    programme.num_col_, programme.num_row_ = atoms.size, len(rows)
    programme.col_cost_ = np.zeros(atoms.size)
    programme.col_lower_, programme.col_upper_ = np.zeros(atoms.size), np.full(atoms.size, NO_LIMIT)
    low, high, starts, columns, signs = [], [], [0], [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    for row in rows:
        is_open = np.isnan(value[row.of])
        done = float(row.coefficients[~is_open] @ value[row.of[~is_open]])
        low.append(row.low - done)
        high.append(row.high - done)
        columns.append(np.searchsorted(atoms, row.of[is_open]))
        signs.append(row.coefficients[is_open])
        starts.append(starts[-1] + int(is_open.sum()))
    programme.row_lower_, programme.row_upper_ = np.array(low), np.array(high)
    programme.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    programme.a_matrix_.start_ = np.array(starts, dtype=np.int32)
    programme.a_matrix_.index_ = np.concatenate(columns).astype(np.int32)
    programme.a_matrix_.value_ = np.concatenate(signs)
    solver.passModel(programme)
    return solver
