"""One independent part of a plan: its cells, what must be secret in it, and a cheap set of cells to hide."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np

from casework.disclosure.flow import EPSILON, Flows, Indices, Marks, Need, Numbers, stretched

# Flows in each direction that are mixed with one another.
MIXED: Final = 14

# Called between questions to the solver; raises what is to stop the work.
Tick = Callable[[], None]


class Unprotectable(RuntimeError):
    """A secret cannot be kept whatever is hidden; names the cell."""

    def __init__(self, need: Need) -> None:
        super().__init__("no set of hidden cells keeps this secret")
        self.need = need


class Part:
    """Cells numbered from nought; `is_hideable` cells are shown until they are hidden, all others are open."""

    def __init__(
        self, flows: Flows, weight: Numbers, is_hideable: Marks, is_hidden: Marks, random: np.random.Generator
    ) -> None:
        self.flows, self.weight, self.is_hideable = flows, weight, is_hideable
        # Hidden for its own sake, or long ago: never shown again.
        self.is_secret = is_hidden.copy()
        self.is_hidden = is_hidden.copy()
        self._random = random
        # Equal costs are told apart by the seed, not by the order of the communes.
        self._price = weight * random.uniform(1.0, 1.05, size=weight.size)
        self.needs: dict[Need, Numbers] = {}
        self._stacked: tuple[dict[int, Numbers], Numbers] | None = None

    @property
    def loss(self) -> float:
        """What the plan costs beyond the secrets themselves."""
        return float(self.weight[self.is_hidden & self.is_hideable & ~self.is_secret].sum())

    @property
    def chosen(self) -> Indices:
        """Cells hidden for the sake of others."""
        return np.flatnonzero(self.is_hidden & self.is_hideable & ~self.is_secret)

    def moves_shown(self, flow: Numbers) -> Marks:
        """Shown cells that a flow would have to hide."""
        return (np.abs(flow) > EPSILON) & self.is_hideable & ~self.is_hidden

    # --- meeting needs ---

    def meet(self, needs: Iterable[Need], tick: Tick) -> None:
        """Hide what the needs ask for, the hardest first; each solution is a witness for others too."""
        left = [need for need in needs if need not in self.needs]
        order = self._random.permutation(len(left))
        for place in sorted(range(len(left)), key=lambda place: (-abs(left[place].amount), order[place])):
            tick()
            self._meet(left[place])

    def _meet(self, need: Need) -> None:
        if self._has_witness(need):
            return
        flow = self.flows.cheapest(need, self._cost())
        if flow is None:
            raise Unprotectable(need)
        self.is_hidden |= self.moves_shown(flow)
        self.needs[need] = stretched(flow, self.flows.value)

    def _cost(self) -> Numbers:
        # A hidden cell costs next to nothing, yet a shorter way is better: it leaves others free to be shown.
        return np.where(self.is_hideable & ~self.is_hidden, self._price, 1e-4)

    def _has_witness(self, need: Need) -> bool:
        for flow in self.needs.values():
            if self._is_met(need, flow):
                self.needs[need] = flow
                return True
        return False

    def _is_met(self, need: Need, flow: Numbers) -> bool:
        reached = flow[need.target] * np.sign(need.amount) >= abs(need.amount) - EPSILON
        return bool(
            reached and not any(flow[cell] for cell in need.still) and not self.moves_shown(flow).any()
        )

    def meets(self, need: Need) -> bool:
        """Whether a flow that is known already meets `need`; it is kept as its witness."""
        return need in self.needs or self._has_witness(need)

    def tied_to(self, one: int, others: Indices) -> Indices:
        """Those of `others` that no known flow, and no mixture of two, moves while `one` stays as it is."""
        if not self.needs:
            return others
        flows = self._witnesses()
        mine = flows[:, one]
        moved = np.abs(flows[mine == 0][:, others]).max(axis=0, initial=0.0)
        forth, back = flows[mine > 0][:MIXED], flows[mine < 0][:MIXED]
        if len(forth) and len(back):
            up, down = forth[:, one][:, None, None], -back[:, one][None, :, None]
            mixed = (forth[:, None, others] * down + back[None, :, others] * up) / (up + down)
            moved = np.maximum(moved, np.abs(mixed).max(axis=(0, 1)))
        return np.asarray(others[moved < 1 - EPSILON])

    def _witnesses(self) -> Numbers:
        distinct = {id(flow): flow for flow in self.needs.values()}
        # The flows themselves are kept beside the stack: the number of one that is gone could be given to another.
        if self._stacked is None or distinct.keys() != self._stacked[0].keys():
            self._stacked = (distinct, np.array(list(distinct.values())))
        return self._stacked[1]

    def price_of(self, need: Need) -> tuple[float, Numbers] | None:
        """What meeting `need` would cost now, and the flow; None where it cannot be met."""
        flow = self.flows.cheapest(need, self._cost())
        if flow is None:
            return None
        return float(self.weight[self.moves_shown(flow)].sum()), stretched(flow, self.flows.value)

    def take(self, need: Need, flow: Numbers) -> None:
        """Meet `need` by `flow`, hiding what it moves."""
        self.is_hidden |= self.moves_shown(flow)
        self.needs[need] = flow

    # --- showing again what need not be hidden ---

    def improve(self, tick: Tick) -> bool:
        """Show cells again where every need can be met without them, or with cheaper ones; whether any was.

        Every need keeps a flow that meets it, so nothing is taken on trust: what a shown cell breaks is found anew.
        """
        before = self.loss
        chosen = self.chosen
        order = chosen[np.lexsort((self._random.random(chosen.size), -self.weight[chosen]))]
        for cell in order.tolist():
            if self.is_hidden[cell]:
                tick()
                self._without(cell)
        return self.loss < before

    def _without(self, cell: int) -> None:
        kept_hidden, kept_needs, before = self.is_hidden.copy(), dict(self.needs), self.loss
        self.is_hidden[cell] = False
        broken = [need for need, flow in self.needs.items() if abs(flow[cell]) > EPSILON]
        for need in broken:
            del self.needs[need]
        for need in broken:
            if self._has_witness(need):
                continue
            flow = self.flows.cheapest(need, self._cost(), still=(cell,))
            if flow is None:
                self.is_hidden, self.needs = kept_hidden, kept_needs
                return
            self.take(need, stretched(flow, self.flows.value))
            if self.loss >= before:
                self.is_hidden, self.needs = kept_hidden, kept_needs
                return
        self._drop_unused()

    def _drop_unused(self) -> None:
        used = np.zeros(self.is_hidden.size, dtype=bool)
        for flow in self.needs.values():
            used |= np.abs(flow) > EPSILON
        self.is_hidden &= used | self.is_secret | ~self.is_hideable

    def unmet(self, needs: Sequence[Need]) -> list[Need]:
        """Needs of which the plan, as it stands, holds no flow that meets them."""
        return [need for need in needs if need not in self.needs or not self._is_met(need, self.needs[need])]
