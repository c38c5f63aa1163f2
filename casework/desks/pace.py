"""The parts of the way from a report to a decision, measured. Plain values in, plain values out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from casework.base.codes import codes
from casework.base.spreads import Spread, spread

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True)
class Stretch(Spread):
    """One part of the way: how long it took, by what it is asked for, how many too late.

    late is None where the law names no number of hours.
    """

    basis: str = ""
    late: int | None = None


def stretch(
    label: "str | StrPromise", kind: str, lengths: Sequence[timedelta], *, late: int | None = None
) -> Stretch:
    """Measure one part of the way, the one a kind of clock runs for."""
    took = spread(label, lengths)
    basis = codes("deadline_kind").row(kind).basis
    return Stretch(took.label, took.count, took.middle, took.nine_of_ten, took.longest, basis, late)
