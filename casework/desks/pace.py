"""The parts of the way from a report to a decision, measured. Plain values in, plain values out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from casework.base.codes import codes

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True)
class Stretch:
    """One part of the way: of how many it is known, the middle one, nine of ten, the longest, how many too late.

    late is None where the law names no number of hours.
    """

    label: "StrPromise"
    basis: str
    count: int = 0
    middle: timedelta | None = None
    nine_of_ten: timedelta | None = None
    longest: timedelta | None = None
    late: int | None = None


def stretch(
    label: "StrPromise", kind: str, lengths: Sequence[timedelta], *, late: int | None = None
) -> Stretch:
    """Measure one part of the way, the one a kind of clock runs for.

    The middle of an even number is the shorter of the two in the middle.
    """
    basis = codes("deadline_kind").row(kind).basis
    if not lengths:
        return Stretch(label, basis, late=late)
    ordered = sorted(lengths)
    return Stretch(
        label,
        basis,
        count=len(ordered),
        middle=ordered[(len(ordered) - 1) // 2],
        nine_of_ten=ordered[-(-9 * len(ordered) // 10) - 1],
        longest=ordered[-1],
        late=late,
    )
