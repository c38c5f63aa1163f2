"""How long something took, of many. Plain values in, plain values out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median_low
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True)
class Spread:
    """Of how many it is known, half of them within, nine of ten within, the longest."""

    label: "str | StrPromise"
    count: int = 0
    middle: timedelta | None = None
    nine_of_ten: timedelta | None = None
    longest: timedelta | None = None


def spread(label: "str | StrPromise", lengths: Sequence[timedelta]) -> Spread:
    """The middle of an even number is the shorter of the two in the middle."""
    if not lengths:
        return Spread(label)
    ordered = sorted(lengths)
    nine_of_ten = ordered[-(-9 * len(ordered) // 10) - 1]
    return Spread(label, len(ordered), median_low(ordered), nine_of_ten, ordered[-1])
