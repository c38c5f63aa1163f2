"""Flows: ways to be wrong about the truth that an onlooker cannot tell from it, found by linear programming.

A flow says for each cell how far another world, in which all shown figures are the same, lies from the true one. A need
(this secret must be able to be at least five) is met when a flow exists that reaches it and moves hidden cells only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import highspy
import numpy as np
from numpy.typing import NDArray

from casework.disclosure.lattice import Equation

Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]
Marks = NDArray[np.bool_]

EPSILON: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Need:
    """The cell `target` must be able to move by `amount`, while the cells in `still` do not move."""

    target: int
    amount: float
    still: tuple[int, ...] = ()


class Unsolved(RuntimeError):
    """The solver gave no answer."""


class Flows:
    """The linear programme of all flows over some cells, numbered from nought; asked again and again."""

    def __init__(self, value: Sequence[int], equations: Sequence[Equation]) -> None:
        self.count = len(value)
        self.value = np.array(value, dtype=np.float64)
        self._columns = np.arange(2 * self.count, dtype=np.int32)
        self._solver = self._load(equations)
        self._moved: list[int] = []
        self._upper = np.concatenate([np.full(self.count, highspy.kHighsInf), self.value])
        self._lower = np.zeros(2 * self.count)
        self.asked = 0

    def _load(self, equations: Sequence[Equation]) -> highspy.Highs:
        solver = quiet()
        programme = highspy.HighsLp()
        programme.num_col_, programme.num_row_ = 2 * self.count, len(equations)
        programme.col_cost_ = np.zeros(2 * self.count)
        programme.col_lower_ = np.zeros(2 * self.count)
        programme.col_upper_ = np.concatenate([np.full(self.count, highspy.kHighsInf), self.value])
        programme.row_lower_ = programme.row_upper_ = np.zeros(len(equations))
        starts = np.cumsum([0, *(2 * len(equation.cells) for equation in equations)])
        index = [number for one in equations for number in (*one.cells, *(c + self.count for c in one.cells))]
        signs = [sign for one in equations for sign in (*one.signs, *(-s for s in one.signs))]
        programme.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        programme.a_matrix_.start_ = starts.astype(np.int32)
        programme.a_matrix_.index_ = np.array(index, dtype=np.int32)
        programme.a_matrix_.value_ = np.array(signs, dtype=np.float64)
        solver.passModel(programme)
        return solver

    def cheapest(self, need: Need, cost: Numbers, still: Iterable[int] = ()) -> Numbers | None:
        """The flow that meets `need` and moves as little as can be, by cost; None where there is none."""
        lower, upper = self._lower.copy(), self._upper.copy()
        for cell in (*need.still, *still):
            upper[[cell, cell + self.count]] = 0.0
        ways = (need.target, need.target + self.count)
        forth, back = ways if need.amount > 0 else ways[::-1]
        if upper[forth] < abs(need.amount) - EPSILON:
            return None
        lower[forth] = upper[forth] = abs(need.amount)
        upper[back] = 0.0
        return self._ask(lower, upper, np.concatenate([cost, cost]))

    def furthest(self, need: Need, room_up: Numbers, room_down: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """How far `need` can be met when each cell has only so much room: the flow, and what more room is worth."""
        lower, upper = self._lower, np.minimum(self._upper, np.concatenate([room_up, room_down]))
        for cell in need.still:
            upper[[cell, cell + self.count]] = 0.0
        ways = (need.target, need.target + self.count)
        forth, back = ways if need.amount > 0 else ways[::-1]
        upper[forth], upper[back] = min(abs(need.amount), upper[forth]), 0.0
        cost = np.zeros(2 * self.count)
        cost[forth] = -1.0
        flow = self._ask(lower, upper, cost)
        if flow is None:
            raise Unsolved("a flow of nought must be possible")
        dual = np.maximum(0.0, -np.array(self._solver.getSolution().col_dual))
        dual[[forth, back]] = 0.0
        return flow, dual[: self.count], dual[self.count :]

    def _ask(self, lower: Numbers, upper: Numbers, cost: Numbers) -> Numbers | None:
        self.asked += 1
        self._solver.changeColsBounds(self._columns.size, self._columns, lower, upper)
        self._solver.changeColsCost(self._columns.size, self._columns, cost)
        self._solver.run()
        status = self._solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise Unsolved(self._solver.modelStatusToString(status))
        both = np.array(self._solver.getSolution().col_value)
        flow = both[: self.count] - both[self.count :]
        flow[np.abs(flow) < EPSILON] = 0.0
        return np.asarray(flow)


def quiet() -> highspy.Highs:
    """A solver that says nothing, on one processor, and stands where it stood when it is asked again."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("presolve", "off")
    return solver


def stretched(flow: Numbers, value: Numbers) -> Numbers:
    """The flow made as large as the counts allow: every smaller one of its kind is a flow too."""
    down = flow < 0
    if not down.any():
        return flow
    return flow * float(np.min(value[down] / -flow[down]))
