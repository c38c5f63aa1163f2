"""The protector: which figures of a set of tables are hidden, so that no secret follows from what is shown.

Parts that share no movable cell are planned one by one (a province whose own figures are shown is one); what is planned
together, as years and their pool, is one problem.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Literal

import numpy as np

from casework.disclosure.exact import prove
from casework.disclosure.flow import Flows, Marks, Need
from casework.disclosure.lattice import Equation, Lattice
from casework.disclosure.needs import Secrets, groups_of, is_answer, is_sensitive, needs_of, secrets_of
from casework.disclosure.part import Part, Unprotectable
from casework.disclosure.people import People
from casework.disclosure.rules import RuleSet
from casework.tables import GIVEN, NOT_GIVEN, Cell, Codes, Coordinate, Tables

Progress = Callable[[str, int, int], None]
Mode = Literal["quick", "exact"]

ROUNDS: Final = 12


class Refused(RuntimeError):
    """Nothing may be published; the text says why, `at` where: the codes of a figure by dimension, none for all."""

    def __init__(self, reason: str, at: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.at = at or {}


class Stopped(Refused):
    """Somebody cancelled the work."""


@dataclass(frozen=True, slots=True)
class Leak:
    """What an auditor found, told to the protector: a figure too well known, and what gives it away.

    `kind` is `figure` (`at` must be able to be at most 1 and at least the smallest shown), `remainder` (the same for
    `at` without `through`), `group` (everybody in `at` is of one kind), `alone` (whoever is alone in `through` learns
    `at`) or `revision` (`at` and `through` are two counts of the same).
    """

    kind: Literal["figure", "remainder", "group", "alone", "revision"]
    at: Coordinate
    through: Coordinate | None = None


Auditor = Callable[[Tables], Sequence[Leak]]


@dataclass(frozen=True)
class Wish:
    """What is to be published: the figures of each release, over whom, beside what the world knows already."""

    people: People
    figures: Sequence[tuple[str, Coordinate]]
    # Places whose figures stay shown unless they are secret themselves: the province and what lies above it.
    upper: frozenset[str]
    public: Sequence[Cell] = ()

    @property
    def dims(self) -> tuple[str, ...]:
        return self.people.dims

    @property
    def codes(self) -> Codes:
        return self.people.codes


@dataclass(frozen=True)
class Plan:
    """What may be published, and how good the plan is."""

    cells: tuple[Cell, ...]
    rules: RuleSet
    mode: Mode
    seed: int
    # Cost of what is hidden for the sake of others, and the least it could be by the interval rule alone (exact mode).
    loss: float
    bound: float | None
    is_proven: bool
    secret: int
    chosen: int
    rounds: int
    seconds: float = field(compare=False)

    @property
    def gap(self) -> float | None:
        """How far the plan may be from the best, as a share; None where no bound was asked for."""
        if self.bound is None:
            return None
        return 0.0 if self.loss <= self.bound else (self.loss - self.bound) / max(self.loss, 1.0)

    @property
    def sha256(self) -> str:
        """The fingerprint of what is shown."""
        text = "\n".join(
            "\t".join((cell.release, *cell.at, "" if cell.value is None else str(cell.value)))
            for cell in self.cells
        )
        return sha256(text.encode()).hexdigest()


def _silent(stage: str, done: int, of: int) -> None:
    return None


def protect(
    wish: Wish,
    rules: RuleSet,
    *,
    seed: int,
    mode: Mode = "quick",
    auditor: Auditor | None = None,
    progress: Progress = _silent,
    is_cancelled: Callable[[], bool] = lambda: False,
    limit: float = 600.0,
) -> Plan:
    """Plan what to hide; with an `auditor`, plan again until it finds nothing.

    Raises `Refused` where a secret cannot be kept, and `Stopped` when cancelled: nothing is published then. After
    `limit` seconds no better plan is looked for, only a safe one.
    """
    return _Work(wish, rules, seed, mode, progress, is_cancelled, limit).plan(auditor)


class _Work:
    def __init__(
        self,
        wish: Wish,
        rules: RuleSet,
        seed: int,
        mode: Mode,
        progress: Progress,
        is_cancelled: Callable[[], bool],
        limit: float,
    ) -> None:
        self._wish, self._rules, self._seed, self._mode = wish, rules, seed, mode
        self._progress, self._is_cancelled = progress, is_cancelled
        self._began = time.monotonic()
        self._until = self._began + limit
        self._known: dict[Coordinate, int | None] = {}
        for cell in wish.public:
            if self._known.get(cell.at) is None:
                self._known[cell.at] = cell.value
        figures = {at for _, at in wish.figures} | self._known.keys()
        progress("counting", 0, 1)
        self._lattice = Lattice(wish.dims, wish.codes, figures, wish.people)
        self._places = {cell: at for at, cell in reversed(self._lattice.cell_of.items())}
        self._check()
        self._before = {at for at, value in self._known.items() if value is not None}
        self._secrets: Secrets = secrets_of(self._lattice, self._before, rules)
        self._groups = list(groups_of(self._lattice, rules))
        self._more: list[Need] = []
        self._alone: list[tuple[int, int]] = []

    def _check(self) -> None:
        """What the world knows must be what we count: a frozen figure that moved may not be planned upon."""
        for at, value in self._known.items():
            counted = self._lattice.value[self._lattice.cell_of[at]]
            if value is not None and value != counted:
                raise self._refused(f"the public figure is {value}, the snapshot has {counted}", at)

    def _refused(self, why: str, at: Coordinate) -> Refused:
        where = {dim: code for dim, code in zip(self._wish.dims, at, strict=False) if code}
        return Refused(f"{'/'.join(where.values()) or '-'}: {why}", where)

    def _tick(self) -> None:
        if self._is_cancelled():
            raise Stopped("cancelled")

    # --- rounds with the auditor ---

    def plan(self, auditor: Auditor | None) -> Plan:
        """Plans until the auditor is content."""
        for number in range(1, ROUNDS + 1):
            plan = self._once(number)
            if auditor is None:
                return plan
            self._progress("auditing", number, ROUNDS)
            leaks = auditor(self._tables(plan))
            self._tick()
            if not leaks:
                return plan
            if not self._heed(leaks):
                worst = leaks[0]
                raise self._refused("the auditor still finds it after it was protected", worst.at)
        raise Refused("the auditor finds more in every round")

    def _tables(self, plan: Plan) -> Tables:
        return Tables(self._wish.dims, (*self._wish.public, *plan.cells), self._wish.codes)

    def _heed(self, leaks: Sequence[Leak]) -> bool:
        """Turn findings into secrets and needs; whether anything new came of it."""
        lattice, rules = self._lattice, self._rules
        before = (len(self._secrets.all), len(self._more), len(self._alone), len(self._groups))
        for leak in leaks:
            at = leak.at
            if leak.kind == "group":
                zeros = [one for one in self._groups if one[0] == at]
                if not zeros:
                    raise self._refused("everybody is of one kind, and no rule covers it", at)
                continue
            if leak.kind == "alone" and leak.through is not None:
                pair = (lattice.cell(leak.through), lattice.cell(at))
                if pair not in self._alone:
                    self._alone.append(pair)
                continue
            if leak.kind == "revision":
                self._secrets.hidden.add(lattice.cell_of[at])
                continue
            atoms = set(lattice.atoms_of(at))
            if leak.kind == "remainder" and leak.through is not None:
                atoms -= set(lattice.atoms_of(leak.through))
            cell = lattice.sum_of(tuple(sorted(atoms)))
            value = lattice.value[cell]
            if 1 <= value < rules.smallest_shown:
                self._secrets.unpublished.add(cell)
            need = Need(cell, 1.0)
            if not 1 <= value < rules.smallest_shown and need not in self._more:
                self._more.append(need)
        return before != (len(self._secrets.all), len(self._more), len(self._alone), len(self._groups))

    # --- one plan ---

    def _once(self, round_: int) -> Plan:
        lattice, rules = self._lattice, self._rules
        cells = len(lattice.value)
        weight = np.zeros(cells)
        is_hideable, is_dead, is_hidden = (np.zeros(cells, dtype=bool) for _ in range(3))
        wanted = {at for _, at in self._wish.figures} - self._known.keys()
        area = lattice.dims.index(rules.area) if rules.area in lattice.dims else None
        for at in wanted:
            cell = lattice.cell_of[at]
            is_upper = area is not None and (not at[area] or at[area] in self._wish.upper)
            is_total = not any(at[number] for number in range(len(at)) if number not in lattice.frame)
            weight[cell] += (
                rules.weight_upper if is_upper else rules.weight_total if is_total else rules.weight_detail
            )
            is_hideable[cell] = True
            if is_upper:
                is_dead[cell] = True
        is_hidden[sorted(self._secrets.hidden)] = True
        is_hidden[[lattice.cell_of[at] for at, value in self._known.items() if value is None]] = True
        is_dead &= ~is_hidden
        is_dead[self._beside_secrets(wanted, is_hidden)] = False
        for _, empty in self._groups:
            if all(is_dead[cell] for cell in empty):
                is_dead[list(empty)] = False
        is_dead[[lattice.cell_of[at] for at in self._before]] = True
        is_hidden &= ~is_dead
        is_hideable &= ~is_hidden & ~is_dead
        hidden = is_hidden.copy()
        loss = bound = 0.0
        is_proven = True
        random = np.random.default_rng(self._seed)
        parts = list(self._parts(is_dead))
        for number, (numbers, equations) in enumerate(parts):
            self._progress("protecting", number, len(parts))
            place = {cell: n for n, cell in enumerate(numbers)}
            part = Part(
                Flows([lattice.value[cell] for cell in numbers], equations),
                weight[numbers],
                is_hideable[numbers],
                is_hidden[numbers],
                random,
            )
            try:
                least, proven = self._protect(part, place)
            except Unprotectable as error:
                place_of = self._whereabouts(numbers[error.need.target])
                raise self._refused(str(error), place_of or ()) from error
            hidden[numbers] |= part.is_hidden & (part.is_hideable | part.is_secret)
            loss += part.loss
            bound += least
            is_proven &= proven
        self._progress("protecting", len(parts), len(parts))
        shown = []
        for release, at in self._wish.figures:
            cell = lattice.cell_of[at]
            value = lattice.value[cell] if not hidden[cell] else None
            shown.append(Cell(release, at, self._known.get(at, value)))
        return Plan(
            tuple(sorted(shown, key=lambda cell: (cell.release, cell.at))),
            rules,
            self._mode,
            self._seed,
            loss,
            bound if self._mode == "exact" else None,
            is_proven and self._mode == "exact",
            int(is_hidden.sum()),
            int((hidden & ~is_hidden).sum()),
            round_,
            time.monotonic() - self._began,
        )

    def _beside_secrets(self, wanted: Collection[Coordinate], is_hidden: Marks) -> list[int]:
        """Kinds of a province beside one that is secret itself, in the same row or in a period that holds it.

        With all of them and their totals shown it would be known. Totals stay.
        """
        lattice = self._lattice
        place = lattice.dims.index(self._rules.area) if self._rules.area in lattice.dims else None
        rows: dict[tuple[int, Coordinate], list[int]] = {}
        asked = {at: frozenset(number for number, code in enumerate(at) if code) for at in wanted}
        kinds = set(asked.values())
        for at in wanted:
            if not any(fewer < asked[at] for fewer in kinds):
                continue
            for number, code in enumerate(at):
                if code and number != place:
                    rest = (*at[:number], "", *at[number + 1 :])
                    rows.setdefault((number, rest), []).append(lattice.cell_of[at])
        return sorted(
            {cell for row in rows.values() if is_hidden[row].any() for cell in row if not is_hidden[cell]}
        )

    def _whereabouts(self, cell: int) -> Coordinate | None:
        return self._places.get(cell, self._lattice.name_of.get(cell))

    def _parts(self, is_dead: np.ndarray) -> Iterator[tuple[list[int], list[Equation]]]:
        """Cells that can move together, with their equations, numbered from nought; parts without secrets are left out."""
        root = list(range(is_dead.size))

        def top(cell: int) -> int:
            while root[cell] != cell:
                root[cell] = root[root[cell]]
                cell = root[cell]
            return cell

        alive = [([c for c in one.cells if not is_dead[c]], one) for one in self._lattice.equations]
        for cells, _ in alive:
            for cell in cells[1:]:
                root[top(cell)] = top(cells[0])
        asked = set(self._secrets.all) | {need.target for need in self._more}
        asked |= {cell for _, empty in self._groups for cell in empty}
        asked |= {other for _, other in self._alone}
        wanted = {top(cell) for cell in asked if not is_dead[cell]}
        members: dict[int, list[int]] = {}
        for cell in range(is_dead.size):
            if not is_dead[cell] and top(cell) in wanted:
                members.setdefault(top(cell), []).append(cell)
        rows: dict[int, list[tuple[list[int], Equation]]] = {}
        for cells, one in alive:
            if cells and top(cells[0]) in wanted:
                rows.setdefault(top(cells[0]), []).append((cells, one))
        for first in sorted(members):
            place = {cell: number for number, cell in enumerate(members[first])}
            yield (
                members[first],
                [
                    Equation(
                        tuple(place[cell] for cell in cells),
                        tuple(sign for cell, sign in zip(one.cells, one.signs, strict=True) if cell in place),
                    )
                    for cells, one in rows.get(first, ())
                ],
            )

    def _protect(self, part: Part, place: Mapping[int, int]) -> tuple[float, bool]:
        """Protect one part; returns the least its loss could be by the interval rule alone, and whether that is proven."""
        value, rules = self._lattice.value, self._rules
        needs = [
            Need(place[need.target], need.amount)
            for cell in self._secrets.all
            if cell in place
            for need in needs_of(cell, value[cell], rules)
        ]
        needs += [Need(place[need.target], need.amount) for need in self._more if need.target in place]
        part.meet(needs, self._tick)
        self._improve(part)
        least, proven = 0.0, False
        if self._mode == "exact":
            least, proven = prove(part, needs, self._tick, self._until)
        self._keep_groups(part, place)
        if rules.singletons:
            self._keep_singletons(part, place)
        self._improve(part)
        left = part.unmet(list(part.needs))
        if left:
            raise Unprotectable(left[0])
        return least, proven

    def _improve(self, part: Part) -> None:
        while time.monotonic() < self._until and part.improve(self._tick):
            pass

    def _keep_groups(self, part: Part, place: Mapping[int, int]) -> None:
        for _, empty in self._groups:
            inside = [Need(place[cell], 1.0) for cell in empty if cell in place]
            self._tick()
            if inside:
                self._cheapest_of(part, inside)

    def _cheapest_of(self, part: Part, needs: Sequence[Need]) -> None:
        """Meet one of `needs`, whichever costs least."""
        for need in needs:
            if need in part.needs or part.meets(need):
                return
        priced = [(price, need) for need in needs if (price := part.price_of(need)) is not None]
        if not priced:
            raise Unprotectable(needs[0])
        (_, flow), need = min(priced, key=lambda pair: pair[0][0])
        part.take(need, flow)

    # --- those who are alone in a hidden cell know it ---

    def _keep_singletons(self, part: Part, place: Mapping[int, int]) -> None:
        secret = np.array(sorted(place[cell] for cell in self._secrets.all if cell in place), dtype=np.int64)
        numbers = {local: cell for cell, local in place.items()}
        told = {(place[one], place[other]) for one, other in self._alone if one in place and other in place}
        alone = [cell for cell in secret.tolist() if part.flows.value[cell] == 1]
        for one in alone:
            self._tick()
            others = set(part.tied_to(one, secret).tolist()) | {
                other for first, other in told if first == one
            }
            for other in sorted(others - {one}):
                if not self._is_himself(numbers[one], numbers[other]):
                    self._cheapest_of(part, [Need(other, 1.0, (one,)), Need(other, -1.0, (one,))])

    def _is_himself(self, one: int, other: int) -> bool:
        """Whether the other cell counts nobody but the person alone in the first."""
        mine, theirs = self._whereabouts(one), self._whereabouts(other)
        if mine is None or theirs is None:
            return False
        return self._inside(theirs, mine) or (self._lattice.value[other] == 1 and self._inside(mine, theirs))

    def _inside(self, inner: Coordinate, outer: Coordinate) -> bool:
        codes = self._lattice.codes
        return all(
            codes.leaves(dim, one) <= codes.leaves(dim, other)
            for dim, one, other in zip(self._lattice.dims, inner, outer, strict=True)
        )


def true_figures(wish: Wish, rules: RuleSet) -> tuple[dict[Coordinate, int], frozenset[Coordinate]]:
    """What an auditor is told who is to judge more than what can be proven from outside.

    The true value of every figure, published or wanted, and of everybody who did not give an answer that is counted;
    and which of them are secret for another reason than being small.
    """
    figures = {at for _, at in wish.figures} | {cell.at for cell in wish.public}
    for number, dim in enumerate(wish.dims):
        if is_answer(dim, wish.codes):
            figures |= {(*at[:number], NOT_GIVEN, *at[number + 1 :]) for at in figures if at[number] == GIVEN}
    counts = {at: wish.people.count(at) for at in figures}
    exact = {at: people for at, (people, _) in counts.items()}
    others = frozenset(
        at
        for at, (people, households) in counts.items()
        if people >= rules.smallest_shown and is_sensitive(people, households, rules)
    )
    return exact, others
