"""The best plan, and the proof that it is: Benders' decomposition with capacity cuts after Fischetti and Salazar.

The master chooses what to hide; for each need a flow shows that the choice keeps it, or the prices of the missing room
say which cells could: a cut that every safe choice satisfies. When no need is left unmet the choice is the best there is.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import highspy
import numpy as np

from casework.disclosure.flow import EPSILON, Need, Numbers, Unsolved
from casework.disclosure.part import Part, Tick

# Room that no flow fills.
AMPLE: Final = 1e6
ROOT_ROUNDS: Final = 40


@dataclass(frozen=True, slots=True)
class Cut:
    """Hide enough of `cells`: the sum of coefficients x hidden is at least `enough`."""

    cells: tuple[int, ...]
    coefficients: tuple[float, ...]
    enough: float


def prove(
    part: Part, needs: Sequence[Need], tick: Tick, until: float, gap: float = 0.0
) -> tuple[float, bool]:
    """Bring `part` to the best plan for `needs`; returns the least loss possible and whether the plan is within `gap`.

    `part` must hold a plan that meets all needs; it holds the best one found when the time is over.
    """
    return _Benders(part, needs, tick, until, gap).run()


class _Benders:
    def __init__(self, part: Part, needs: Sequence[Need], tick: Tick, until: float, gap: float) -> None:
        self._part, self._tick, self._until, self._gap = part, tick, until, gap
        self._needs = list(dict.fromkeys(needs))
        self._choice = np.flatnonzero(part.is_hideable & ~part.is_secret)
        self._column = {cell: column for column, cell in enumerate(self._choice.tolist())}
        self._weight = part.weight[self._choice]
        self._is_open = ~part.is_hideable | part.is_secret
        self._cuts: set[Cut] = set()
        self._least = 0.0
        self._best = (part.loss, part.is_hidden.copy(), dict(part.needs))
        self._master = self._start()
        self._recent: dict[Need, Numbers] = {}

    def run(self) -> tuple[float, bool]:
        if not self._needs or self._best[0] <= self._least + EPSILON:
            return self._best[0], True
        try:
            self._root()
            self._branch()
        except TimeoutError:
            pass
        self._part.is_hidden, self._part.needs = self._best[1], self._best[2]
        return self._least, self._is_close()

    def _is_close(self) -> bool:
        return self._best[0] <= self._least * (1 + self._gap) + EPSILON

    def _go_on(self) -> None:
        self._tick()
        if time.monotonic() > self._until:
            raise TimeoutError

    # --- the master ---

    def _start(self) -> highspy.Highs:
        master = highspy.Highs()  # type: ignore[no-untyped-call]
        master.silent()
        master.setOptionValue("threads", 1)
        master.setOptionValue("random_seed", 1)
        master.setOptionValue("mip_rel_gap", 0.0)
        master.setOptionValue("mip_abs_gap", 0.999)
        count = self._choice.size
        empty = np.zeros(0, dtype=np.int32)
        master.addCols(count, self._weight, np.zeros(count), np.ones(count), 0, empty, empty, np.zeros(0))
        return master

    def _solve(self) -> Numbers:
        left = max(0.1, self._until - time.monotonic())
        self._master.setOptionValue("time_limit", self._master.getRunTime() + left)
        self._master.run()
        status = self._master.getModelStatus()
        if status == highspy.HighsModelStatus.kTimeLimit:
            bound = self._master.getInfo().mip_dual_bound
            self._least = (
                max(self._least, float(np.ceil(bound - EPSILON))) if np.isfinite(bound) else self._least
            )
            raise TimeoutError
        if status != highspy.HighsModelStatus.kOptimal:
            raise Unsolved(self._master.modelStatusToString(status))
        return np.array(self._master.getSolution().col_value)

    def _add(self, cuts: Sequence[Cut]) -> int:
        new = [cut for cut in dict.fromkeys(cuts) if cut not in self._cuts]
        for cut in new:
            self._cuts.add(cut)
            columns = np.array([self._column[cell] for cell in cut.cells], dtype=np.int32)
            coefficients = np.array(cut.coefficients)
            self._master.addRow(cut.enough, highspy.kHighsInf, columns.size, columns, coefficients)
        return len(new)

    # --- what is missing ---

    def _missing(self, chosen: Numbers, *, is_whole: bool) -> list[Cut]:
        """Cuts for the needs that the choice does not meet."""
        part = self._part
        share = np.ones(part.weight.size)
        share[self._choice] = chosen
        cuts = []
        met: list[Numbers] = []
        for need in self._needs:
            self._go_on()
            amount = abs(need.amount)
            up = np.where(self._is_open, AMPLE, (AMPLE if is_whole else amount) * share)
            down = part.flows.value * share
            if any(_fits(need, flow, up, down) for flow in met):
                continue
            kept = self._recent.get(need)
            if kept is not None and _fits(need, kept, up, down):
                met.append(kept)
                continue
            flow, price_up, price_down = part.flows.furthest(need, up, down)
            reached = flow[need.target] * np.sign(need.amount)
            if reached >= amount - 1e-4:
                self._recent[need] = flow
                met.append(flow)
                continue
            cuts.append(self._cut(need, price_up, price_down))
        return cuts

    def _cut(self, need: Need, price_up: Numbers, price_down: Numbers) -> Cut:
        worth = price_down * self._part.flows.value
        is_up = price_up > EPSILON
        enough = abs(need.amount) - float(worth[self._is_open & ~is_up].sum())
        coefficients = np.where(is_up, enough, np.minimum(worth, enough))
        cells = [cell for cell in self._choice.tolist() if coefficients[cell] > EPSILON]
        return Cut(tuple(cells), tuple(round(float(coefficients[cell] / enough), 6) for cell in cells), 1.0)

    # --- root and tree ---

    def _root(self) -> None:
        """Cuts from shares of cells, while they still lift the bound."""
        stale = 0
        for _ in range(ROOT_ROUNDS):
            chosen = self._solve()
            value = float(self._weight @ chosen)
            stale = stale + 1 if value < self._least + 0.1 else 0
            self._least = max(self._least, value)
            if stale > 3 or not self._add(self._missing(chosen, is_whole=False)):
                break
        # Weights are whole numbers, so is the least loss.
        self._least = float(np.ceil(self._least - 1e-4))

    def _branch(self) -> None:
        self._master.changeColsIntegrality(
            self._choice.size,
            np.arange(self._choice.size, dtype=np.int32),
            np.array([highspy.HighsVarType.kInteger] * self._choice.size),
        )
        while not self._is_close():
            chosen = np.round(self._solve())
            bound = self._master.getInfo().mip_dual_bound
            self._least = max(self._least, float(np.ceil(bound - 1e-4)))
            cuts = self._missing(chosen, is_whole=True)
            if not cuts:
                self._keep(chosen)
                return
            self._keep(chosen)
            if not self._add(cuts):
                raise Unsolved("the master gave a choice that its cuts forbid")

    def _keep(self, chosen: Numbers) -> None:
        """Complete a choice to a safe plan; keep it if it is the best so far."""
        part = self._part
        part.is_hidden = self._is_open & part.is_secret
        part.is_hidden[self._choice[chosen > 0.5]] = True
        part.needs = {}
        part.meet(self._needs, self._go_on)
        part.improve(self._go_on)
        if part.loss < self._best[0] - EPSILON:
            self._best = (part.loss, part.is_hidden.copy(), dict(part.needs))


def _fits(need: Need, flow: Numbers, up: Numbers, down: Numbers) -> bool:
    reached = flow[need.target] * np.sign(need.amount)
    if reached < abs(need.amount) - EPSILON or any(flow[cell] for cell in need.still):
        return False
    flow = flow * (abs(need.amount) / reached)
    return bool((flow <= up + EPSILON).all() and (-flow <= down + EPSILON).all())
