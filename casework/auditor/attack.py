"""The attack: what somebody with a solver and everything ever published can find out."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casework.auditor.reduction import Contradiction, Reduced, reduce
from casework.auditor.solver import Programme
from casework.auditor.subtraction import is_answer, is_group, kinds_of, nested, remainders, revised
from casework.auditor.system import Indices, Numbers, System
from casework.auditor.verdicts import Demands, Finding, Kind, Report, sensitive
from casework.tables import NOT_GIVEN, Coordinate, TableFault, Tables

EPSILON: Final = 1e-5
# Solutions kept of each part, to be mixed into others without a solver.
KEPT: Final = 800
MIXED: Final = 40

Progress = Callable[[int, int], None]


def _nothing(done: int, of: int) -> None:
    return None


@dataclass(slots=True)
class _Figure:
    """A figure to be questioned: where it stands, its open atoms, what its known atoms add up to."""

    at: Coordinate
    of: Indices
    base: float
    is_published: bool = False
    # Must be able to be small and large; else it must only not be proven to be a few people.
    is_sensitive: bool = False
    # Asked for only because its largest value says whether a group can be of another kind.
    is_probe: bool = False
    low: float = np.inf
    high: float = -np.inf

    def is_settled(self, demands: Demands) -> bool:
        """Whether the solutions met so far prove that nothing is given away here."""
        low, high = np.ceil(self.low - EPSILON), np.floor(self.high + EPSILON)
        if self.is_sensitive:
            return bool(low <= demands.low and high >= demands.smallest_shown)
        if self.is_probe and high < 1:
            return False
        if self.is_published and high - low < 1:
            return False
        return bool(self.is_probe or high >= demands.smallest_shown or low < 1)


@dataclass(slots=True)
class _Part:
    """Figures of one independent part of the system, and solutions met there."""

    figures: list[_Figure]
    atoms: set[int] = field(default_factory=set)
    met: list[Numbers] = field(default_factory=list)

    def learn(self, values: Numbers) -> None:
        for figure, value in zip(self.figures, values.tolist(), strict=True):
            figure.low = min(figure.low, value)
            figure.high = max(figure.high, value)
        if len(self.met) < KEPT:
            self.met.append(values)


def audit(
    tables: Tables,
    *,
    demands: Demands = Demands(),  # noqa: B008  (immutable)
    exact: Mapping[Coordinate, int] | None = None,
    also_sensitive: Collection[Coordinate] = (),
    progress: Progress = _nothing,
) -> Report:
    """Attack `tables`; with `exact` also what is true but cannot be proven is held against them.

    `exact` may hold figures that are not published: those that could be had by subtraction and must stay secret too.
    """
    system = System(tables)
    try:
        findings = _Attack(system, demands, exact, also_sensitive, progress).findings()
    except Contradiction:
        nowhere = tuple("" for _ in tables.dims)
        findings = [Finding(Kind.CONTRADICTION, nowhere, 0, 0)]
    findings += [Finding(Kind.CONTRADICTION, at, 0, 0) for at in system.contradictions]
    order = {kind: place for place, kind in enumerate(Kind)}
    unique = {(finding.kind, finding.at, finding.through): finding for finding in findings}
    return Report(
        tables.dims,
        tuple(sorted(unique.values(), key=lambda one: (order[one.kind], one.at, one.through or ()))),
        tuple(sorted({cell.release for cell in tables.cells})),
        len(system.known),
        sum(value is None for value in system.known.values()),
        system.atoms,
        exact is not None,
        demands,
    )


class _Attack:
    def __init__(
        self,
        system: System,
        demands: Demands,
        exact: Mapping[Coordinate, int] | None,
        also_sensitive: Collection[Coordinate],
        progress: Progress,
    ) -> None:
        self._system, self._demands, self._exact, self._progress = system, demands, exact, progress
        self._sensitive = sensitive(exact or {}, also_sensitive, demands.smallest_shown)
        self._random = np.random.default_rng(43)
        self._figures: dict[tuple[int, ...], _Figure] = {}
        wanted = list(self._wanted())
        kinds = list(self._group_rows())
        probes = [
            (place, self._of(place)) for _, places, _ in kinds for place in places if self._is_secret(place)
        ]
        together = [of for _, of in wanted + probes]
        self._reduced: Reduced = reduce(system.rows, system.atoms, together)
        for at, of in wanted:
            self._figure(at, of)
        for atom in system.unpublished():
            if (int(atom.of[0]),) not in self._figures:
                self._figure(atom.at, atom.of)
        self._groups = [
            (at, [(place, self._probe(place)) for place in places], needed) for at, places, needed in kinds
        ]

    def _of(self, at: Coordinate) -> Indices:
        of = self._system.of(at)
        if of is None:
            raise TableFault(f"{'/'.join(at)}: no table crosses these dimensions")
        return of

    def _is_secret(self, at: Coordinate) -> bool:
        return self._system.known.get(at) is None

    def _probe(self, at: Coordinate) -> _Figure | int:
        value = self._system.known.get(at)
        return self._figure(at, self._of(at), is_probe=True) if value is None else value

    def _wanted(self) -> Iterator[tuple[Coordinate, Indices]]:
        known = self._system.known
        hidden = {at for at, value in known.items() if value is None}
        for at in sorted(hidden | {at for at in self._sensitive if known.get(at) is None}):
            of = self._system.of(at)
            if of is not None:
                yield at, of

    def _figure(self, at: Coordinate, of: Indices, *, is_probe: bool = False) -> _Figure:
        key = tuple(of.tolist())
        figure = self._figures.get(key)
        if figure is None:
            value = self._reduced.value[of]
            is_open = np.isnan(value)
            figure = _Figure(at, of[is_open], float(value[~is_open].sum()), is_probe=is_probe)
            self._figures[key] = figure
        if at in self._system.known and self._system.known[at] is None and not figure.is_published:
            figure.at, figure.is_published = at, True
        if at in self._sensitive:
            figure.at, figure.is_sensitive = at, True
        figure.is_probe = figure.is_probe or is_probe
        return figure

    def _group_rows(self) -> Iterator[tuple[Coordinate, list[Coordinate], int]]:
        """Totals, what they consist of, and how many of the kinds must be able to be there."""
        known, codes = self._system.known, self._system.codes
        for number, dim in enumerate(self._system.dims):
            if not is_group(dim, self._demands):
                continue
            cuts = kinds_of(codes, dim)
            for at, value in sorted(known.items()):
                for parts in cuts.get(at[number], ()):
                    places = [(*at[:number], part, *at[number + 1 :]) for part in parts]
                    if value == 0 or not any(place in known for place in places):
                        continue
                    if is_answer(dim, codes):
                        places = [(*at[:number], NOT_GIVEN, *at[number + 1 :])]
                    yield at, places, 1 if len(places) == 1 else 2

    # --- one part after the other ---

    def findings(self) -> list[Finding]:
        known, dims, codes = self._system.known, self._system.dims, self._system.codes
        found = [*nested(known, dims, codes, self._demands), *revised(known, dims, self._demands)]
        if self._exact is None:
            found += remainders(known, dims, codes, self._demands)
        parts: dict[int, _Part] = {}
        for figure in self._figures.values():
            if not figure.of.size:
                figure.low = figure.high = figure.base
                found += self._said_of(figure)
                continue
            part = parts.setdefault(int(self._reduced.part[figure.of[0]]), _Part([]))
            part.figures.append(figure)
        rows: dict[int, list[int]] = {}
        for number, row in enumerate(self._reduced.rows):
            is_open = np.isnan(self._reduced.value[row.of])
            rows.setdefault(int(self._reduced.part[row.of[is_open][0]]), []).append(number)
        # Parts no figure asks about must be possible all the same; their rows are looked at with the others.
        for number in rows.keys() - parts.keys():
            parts[number] = _Part([])
        total = sum(len(part.figures) for part in parts.values())
        done = 0
        for number in sorted(parts):
            part = parts[number]
            programme = Programme(
                [self._reduced.rows[row] for row in rows.get(number, ())],
                self._reduced.value,
                [(figure.of, figure.base) for figure in part.figures],
            )
            self._attack(part, programme)
            for figure in part.figures:
                found += self._said_of(figure)
            found += self._alone(part, programme)
            done += len(part.figures)
            self._progress(done, total)
        return found + self._of_one_kind()

    def _attack(self, part: _Part, programme: Programme) -> None:
        part.learn(programme.towards({}))
        if not part.figures:
            return
        for upwards in (False, True, False, True, True, True, True, True):
            self._together(part, programme, upwards=upwards)
        for number, figure in enumerate(part.figures):
            if figure.is_settled(self._demands):
                continue
            for upwards in (True, False):
                # A witness met on the way up may have settled the way down, and the other way round.
                if upwards and figure.high >= self._demands.smallest_shown - EPSILON and figure.is_sensitive:
                    continue
                if figure.is_settled(self._demands):
                    break
                part.learn(programme.extreme(number, upwards=upwards)[1])

    def _together(self, part: _Part, programme: Programme, *, upwards: bool) -> None:
        """Settle as many figures as possible with one question."""
        limit = self._demands.smallest_shown
        while True:
            left = [
                number
                for number, figure in enumerate(part.figures)
                if not figure.is_settled(self._demands)
                and (figure.high < limit - EPSILON if upwards else figure.low > EPSILON)
            ]
            if len(left) < 3:
                return
            weights = {number: float(self._random.uniform(0.5, 1.5)) for number in left}
            part.learn(programme.lifted(weights, limit) if upwards else programme.towards(weights))
            still = sum(not part.figures[number].is_settled(self._demands) for number in left)
            if len(left) - still < max(2, len(left) // 8):
                return

    def _said_of(self, figure: _Figure) -> Iterator[Finding]:
        low, high = np.ceil(figure.low - EPSILON), np.floor(figure.high + EPSILON)
        few = self._demands.smallest_shown
        if figure.is_sensitive and (low > self._demands.low or high < few):
            kind = (Kind.EXACT if low == high else Kind.SMALL) if figure.is_published else Kind.DIFFERENCE
        elif figure.is_published and low == high:
            kind = Kind.EXACT
        elif figure.is_published and low >= 1 and high < few:
            kind = Kind.SMALL
        elif not (figure.is_published or figure.is_sensitive) and low >= 1 and high < few:
            kind = Kind.DIFFERENCE
        else:
            return
        yield Finding(kind, figure.at, figure.low, figure.high)

    def _of_one_kind(self) -> list[Finding]:
        found = []
        for at, kinds, needed in self._groups:
            value = self._system.known[at]
            if self._exact is not None and at in self._exact:
                is_there = self._exact[at] >= 1
            elif value is not None:
                is_there = value >= 1
            else:
                is_there = self._figures[tuple(self._of(at).tolist())].low > EPSILON
            possible = [place for place, kind in kinds if _most(kind) >= 1]
            if is_there and len(possible) < needed:
                through = possible[0] if possible else at
                found.append(Finding(Kind.GROUP, at, 0, 0, through))
        return found

    # --- those who are alone in a hidden figure know it ---

    def _alone(self, part: _Part, programme: Programme) -> Iterator[Finding]:
        if self._exact is None:
            return
        secret = [n for n, figure in enumerate(part.figures) if figure.is_sensitive]
        for alone in secret:
            figure = part.figures[alone]
            if self._exact.get(figure.at) != 1:
                continue
            others = np.array(
                [n for n in secret if not self._is_himself(figure, part.figures[n])], dtype=np.int64
            )
            low, high = _mixed(part.met, alone, others)
            left = others[np.floor(high + EPSILON) - np.ceil(low - EPSILON) < 1]
            if not left.size:
                continue
            programme.pin(alone, 1.0)
            try:
                yield from self._derived(part, programme, alone, left.tolist())
            finally:
                programme.unpin()

    def _derived(
        self, part: _Part, programme: Programme, alone: int, others: Sequence[int]
    ) -> Iterator[Finding]:
        met: list[Numbers] = []

        def unmoved() -> list[int]:
            low, high = np.array(met).min(axis=0), np.array(met).max(axis=0)
            return [n for n in others if np.floor(high[n] + EPSILON) - np.ceil(low[n] - EPSILON) < 1]

        # Pull all of them this way and that at once; only what never moves is asked for by itself.
        left = list(others)
        for _ in range(3):
            weights = {number: float(self._random.choice((-1.0, 1.0))) for number in left}
            met.append(programme.towards(weights))
            met.append(programme.towards({number: -weight for number, weight in weights.items()}))
            left = unmoved()
            if not left:
                break
        for other in left:
            for upwards in (True, False):
                if other in unmoved():
                    met.append(programme.extreme(other, upwards=upwards)[1])
        for other in unmoved():
            low, high = (float(end(values[other] for values in met)) for end in (min, max))
            yield Finding(Kind.SINGLETON, part.figures[other].at, low, high, part.figures[alone].at)
        for values in met:
            part.learn(values)

    def _is_himself(self, alone: _Figure, other: _Figure) -> bool:
        """Whether the other figure counts nobody but the one who is alone."""
        exact = self._exact or {}
        if self._inside(other.at, alone.at):
            return True
        return exact.get(other.at) == 1 and self._inside(alone.at, other.at)

    def _inside(self, inner: Coordinate, outer: Coordinate) -> bool:
        codes, dims = self._system.codes, self._system.dims
        return all(
            not whole or codes.leaves(dim, part) <= codes.leaves(dim, whole)
            for dim, part, whole in zip(dims, inner, outer, strict=True)
        )


def _most(kind: _Figure | int) -> float:
    return kind if isinstance(kind, int) else float(np.floor(kind.high + EPSILON))


def _mixed(
    met: Sequence[Numbers], alone: int, others: Indices
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far `others` go in mixtures of solutions in which the figure `alone` is exactly 1."""
    values = np.array(met)
    below = values[values[:, alone] <= 1][-MIXED:]
    above = values[values[:, alone] >= 1][-MIXED:]
    if not len(below) or not len(above):
        return np.full(others.size, np.inf), np.full(others.size, -np.inf)
    gap = above[None, :, alone] - below[:, None, alone]
    share = np.where(gap > 0, (1 - below[:, None, alone]) / np.where(gap > 0, gap, 1.0), 0.0)[..., None]
    mixed = below[:, None, others] * (1 - share) + above[None, :, others] * share
    return mixed.min(axis=(0, 1)), mixed.max(axis=(0, 1))
