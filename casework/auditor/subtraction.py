"""What needs no solver, only subtraction: two shown figures, one inside the other, and what is left between them."""

from collections.abc import Iterator, Mapping

from casework.auditor.verdicts import Demands, Finding, Kind
from casework.tables import GIVEN, NOT_GIVEN, Codes, Coordinate

Known = Mapping[Coordinate, int | None]


def kinds_of(codes: Codes, dim: str) -> dict[str, list[tuple[str, ...]]]:
    """For each code of `dim`, and for the total, the ways the code list itself cuts it into parts."""
    under: dict[str, list[str]] = {}
    for code, parents in codes.parents[dim].items():
        for parent in parents or ("",):
            under.setdefault(parent, []).append(code)
    found: dict[str, list[tuple[str, ...]]] = {}
    for parent, parts in under.items():
        whole, met = codes.leaves(dim, parent), [codes.leaves(dim, part) for part in parts]
        if sum(map(len, met)) == len(whole) and frozenset[str]().union(*met) == whole:
            found.setdefault(parent, []).append(tuple(sorted(parts)))
    return found


def nested(known: Known, dims: tuple[str, ...], codes: Codes, demands: Demands) -> Iterator[Finding]:
    """Pairs of shown figures, one inside the other, that differ by a few people."""
    for number, dim in enumerate(dims):
        beside: dict[Coordinate, list[str]] = {}
        for at, value in known.items():
            if value is not None:
                beside.setdefault(at[:number] + at[number + 1 :], []).append(at[number])
        for rest, shown in sorted(beside.items()):
            leaves = {code: codes.leaves(dim, code) for code in shown}
            for outer in sorted(shown):
                if len(leaves[outer]) == 1:
                    continue
                for inner in sorted(shown):
                    whole, part = ((*rest[:number], code, *rest[number:]) for code in (outer, inner))
                    left = (known[whole] or 0) - (known[part] or 0)
                    if 1 <= left < demands.smallest_shown and leaves[inner] < leaves[outer]:
                        yield Finding(Kind.DIFFERENCE, whole, left, left, part)


def remainders(known: Known, dims: tuple[str, ...], codes: Codes, demands: Demands) -> Iterator[Finding]:
    """Shown figures of which the hidden parts together are only a few people."""
    for number, dim in enumerate(dims):
        cuts = kinds_of(codes, dim)
        for at, value in sorted(known.items()):
            if value is None:
                continue
            for parts in cuts.get(at[number], ()):
                values = [known.get((*at[:number], part, *at[number + 1 :]), 0) for part in parts]
                left = value - sum(part for part in values if part is not None)
                hidden = (
                    (*at[:number], parts[values.index(None)], *at[number + 1 :]) if None in values else None
                )
                whole = all((*at[:number], part, *at[number + 1 :]) in known for part in parts)
                if hidden and whole and 1 <= left < demands.smallest_shown:
                    yield Finding(Kind.SMALL, hidden, 0, left, at)


def revised(known: Known, dims: tuple[str, ...], demands: Demands) -> Iterator[Finding]:
    """Two shown counts of one figure, before and after a revision, that differ by a few people."""
    if demands.vintage not in dims:
        return
    number = dims.index(demands.vintage)
    beside: dict[Coordinate, list[Coordinate]] = {}
    for at, value in sorted(known.items()):
        if value is not None and at[number]:
            beside.setdefault(at[:number] + at[number + 1 :], []).append(at)
    for versions in beside.values():
        for place, one in enumerate(versions):
            for other in versions[place + 1 :]:
                change = abs((known[one] or 0) - (known[other] or 0))
                if 1 <= change < demands.smallest_shown:
                    yield Finding(Kind.DIFFERENCE, other, change, change, one)


def is_answer(dim: str, codes: Codes) -> bool:
    """Whether `dim` is one answer of a question with several, given or not given."""
    return ":" in dim and codes.leaf[dim] == {GIVEN, NOT_GIVEN}


def is_group(dim: str, demands: Demands) -> bool:
    """Whether nobody may learn that everybody is of one kind of `dim`."""
    return dim.split(":")[0] in demands.groups
