"""What must stay secret in a plan, and what each secret needs, from the rules and the true figures."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from casework.disclosure.flow import Need
from casework.disclosure.lattice import Lattice
from casework.disclosure.rules import RuleSet
from casework.tables import GIVEN, NOT_GIVEN, Codes, Coordinate


@dataclass
class Secrets:
    """Cells that are hidden for their own sake, and cells nobody publishes that must stay secret all the same."""

    hidden: set[int] = field(default_factory=set)
    unpublished: set[int] = field(default_factory=set)

    @property
    def all(self) -> list[int]:
        """All of them, in order."""
        return sorted(self.hidden | self.unpublished)


def is_sensitive(people: int, households: int, rules: RuleSet) -> bool:
    """Whether a figure may not be shown."""
    return people >= 1 and (people < rules.smallest_shown or households < rules.smallest_households)


def secrets_of(lattice: Lattice, shown_before: Collection[Coordinate], rules: RuleSet) -> Secrets:
    """Every secret of the lattice's figures; what was shown before is none any more."""
    found = Secrets()
    for at in lattice.figures:
        if at not in shown_before and is_sensitive(*lattice.people.count(at), rules):
            found.hidden.add(lattice.cell_of[at])
    for at in lattice.figures:
        for number, dim in enumerate(lattice.dims):
            if at[number] == GIVEN and is_answer(dim, lattice.codes):
                rest = (*at[:number], NOT_GIVEN, *at[number + 1 :])
                if rest not in lattice.cell_of and is_sensitive(*lattice.people.count(rest), rules):
                    found.unpublished.add(lattice.cell(rest))
    for earlier, later in revisions(lattice.figures, lattice.dims, rules):
        old, new = (set(lattice.atoms_of(at)) for at in (earlier, later))
        change = sum(lattice.value[atom] for atom in new) - sum(lattice.value[atom] for atom in old)
        if 1 <= abs(change) < rules.smallest_shown:
            if earlier in shown_before or lattice.cell_of[earlier] not in found.hidden:
                found.hidden.add(lattice.cell_of[later])
            for entered in (new - old, old - new):
                if 1 <= sum(lattice.value[atom] for atom in entered) < rules.smallest_shown:
                    found.unpublished.add(lattice.sum_of(tuple(sorted(entered))))
    return found


def revisions(
    figures: Collection[Coordinate], dims: tuple[str, ...], rules: RuleSet
) -> Iterator[tuple[Coordinate, Coordinate]]:
    """Pairs of one figure counted earlier and later."""
    if rules.vintage not in dims:
        return
    number = dims.index(rules.vintage)
    beside: dict[Coordinate, list[Coordinate]] = {}
    for at in sorted(figures):
        if at[number]:
            beside.setdefault(at[:number] + at[number + 1 :], []).append(at)
    for versions in beside.values():
        for place, earlier in enumerate(versions):
            for later in versions[place + 1 :]:
                yield earlier, later


def needs_of(cell: int, value: int, rules: RuleSet) -> Iterator[Need]:
    """How far a secret must be able to go."""
    if value < rules.smallest_shown:
        yield Need(cell, float(rules.smallest_shown - value))
    if value > rules.low:
        yield Need(cell, float(rules.low - value))


def is_answer(dim: str, codes: Codes) -> bool:
    """Whether a dimension is one answer of a question with several."""
    return ":" in dim and codes.leaf[dim] == frozenset({GIVEN, NOT_GIVEN})


def groups_of(lattice: Lattice, rules: RuleSet) -> Iterator[tuple[Coordinate, tuple[int, ...]]]:
    """Rows in which everybody is of one kind: the total, and the empty cells one of which must be possible."""
    figures: Mapping[Coordinate, int] = lattice.cell_of
    for number, dim in enumerate(lattice.dims):
        if dim.split(":")[0] not in rules.groups:
            continue
        cuts = _cuts(lattice.codes, dim)
        for at in lattice.figures:
            if at[number] not in cuts or not lattice.value[figures[at]]:
                continue
            kinds = [(*at[:number], part, *at[number + 1 :]) for part in cuts[at[number]]]
            if not any(kind in figures for kind in kinds):
                continue
            if is_answer(dim, lattice.codes):
                kinds = [(*at[:number], NOT_GIVEN, *at[number + 1 :])]
            cells = [lattice.cell(kind) for kind in kinds]
            empty = tuple(cell for cell in cells if not lattice.value[cell])
            if len(empty) >= max(1, len(cells) - 1):
                yield at, empty


def _cuts(codes: Codes, dim: str) -> dict[str, tuple[str, ...]]:
    """How the code list cuts a code, or the total, into parts that do not overlap."""
    below: dict[str, set[str]] = {}
    for code, parents in codes.parents[dim].items():
        for parent in parents or ("",):
            below.setdefault(parent, set()).add(code)
    return {
        code: tuple(sorted(parts))
        for code, parts in below.items()
        if sum(len(codes.leaves(dim, part)) for part in parts) == len(codes.leaves(dim, code))
    }
