"""What follows without a solver: atoms that are known, and parts of the system that have nothing to do with another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from casework.auditor.system import Indices, Numbers, Row


class Contradiction(ValueError):
    """The published figures cannot all be true."""


@dataclass(frozen=True, slots=True)
class Reduced:
    """Values of known atoms (NaN where open), the rows that are left, and the part each open atom belongs to."""

    value: Numbers
    rows: tuple[Row, ...]
    part: Indices


def reduce(rows: Sequence[Row], atoms: int, together: Iterable[Indices]) -> Reduced:
    """Fix what the rows fix one by one; then split what is left into independent parts.

    `together` lists atoms that are to stay in one part, because a question is asked about their sum.
    """
    value = np.full(atoms, np.nan)
    touching: list[list[int]] = [[] for _ in range(atoms)]
    for number, row in enumerate(rows):
        for atom in row.of.tolist():
            touching[atom].append(number)
    waiting, is_waiting = list(range(len(rows))), np.ones(len(rows), dtype=bool)
    while waiting:
        number = waiting.pop()
        is_waiting[number] = False
        row = rows[number]
        mine = value[row.of]
        is_open = np.isnan(mine)
        left = row.of[is_open]
        signs = row.coefficients[is_open]
        done = float(row.coefficients[~is_open] @ mine[~is_open])
        low, high = row.low - done, row.high - done
        if not left.size:
            if low > 1e-6 or high < -1e-6:
                raise Contradiction
            continue
        fixed: float | None = None
        if (high == 0 and bool((signs > 0).all())) or (low == 0 and high == 0 and bool((signs < 0).all())):
            fixed = 0.0
        elif left.size == 1 and low == high:
            fixed = low / float(signs[0])
        if fixed is None:
            continue
        if fixed < 0:
            raise Contradiction
        value[left] = fixed
        for atom in left.tolist():
            for other in touching[atom]:
                if not is_waiting[other]:
                    is_waiting[other] = True
                    waiting.append(other)
    kept = tuple(row for row in rows if np.isnan(value[row.of]).any())
    return Reduced(value, kept, _parts(value, kept, together))


def _parts(value: Numbers, rows: Sequence[Row], together: Iterable[Indices]) -> Indices:
    root = list(range(value.size))

    def top(atom: int) -> int:
        while root[atom] != atom:
            root[atom] = root[root[atom]]
            atom = root[atom]
        return atom

    for of in [*(row.of for row in rows), *together]:
        left = of[np.isnan(value[of])].tolist()
        for atom in left[1:]:
            root[top(atom)] = top(left[0])
    return np.array(
        [top(atom) if np.isnan(value[atom]) else -1 for atom in range(value.size)], dtype=np.int64
    )
