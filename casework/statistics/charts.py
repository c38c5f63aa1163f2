"""What is drawn of figures, before it is drawn: months, a funnel, shares, a pyramid; and the table of each. Pure.

A figure may be hidden (None, public figures only): then nothing is worked out of it, no mean, no range and no share.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from django.utils.translation import gettext as _

from casework.statistics.limits import RARE, VERY_RARE, binomial_limits, poisson_range
from casework.statistics.numbers import NOTHING, Numbers, Row, decimal, shown

# A month is judged by the mean of so many before it.
BEFORE: Final = 12
# Fewer than these have no percentage.
ENOUGH: Final = 30
# Not torn from its number at the end of a line.
PERCENT: Final = "\u00a0%"
# The funnel is drawn through so many points.
_POINTS: Final = 60


def month_words(month: int) -> str:
    """A month counted from the year 0."""
    return f"{month % 12 + 1:02}/{month // 12}"


def percent(part: int, whole: int) -> str:
    """Only of enough; a dash for fewer."""
    return f"{round(100 * part / whole)}{PERCENT}" if whole >= ENOUGH else NOTHING


# --- months ---


@dataclass(frozen=True, slots=True)
class Month:
    """One month. mean, low, high: of the twelve before it and what is not unusual then; None where that is not known."""

    number: int
    value: int | None
    mean: float | None = None
    low: int | None = None
    high: int | None = None
    is_provisional: bool = False

    @property
    def label(self) -> str:
        return month_words(self.number)

    @property
    def is_above(self) -> bool:
        return self._is_judged and self.value is not None and self.high is not None and self.value > self.high

    @property
    def is_below(self) -> bool:
        return self._is_judged and self.value is not None and self.low is not None and self.value < self.low

    @property
    def is_outside(self) -> bool:
        return self.is_above or self.is_below

    @property
    def _is_judged(self) -> bool:
        return not self.is_provisional

    @property
    def judgement(self) -> str:
        if self.is_provisional:
            return _("provisional")
        if self.is_outside:
            return _("above the range") if self.is_above else _("below the range")
        return ""

    @property
    def range_words(self) -> str:
        return NOTHING if self.low is None or self.high is None else f"{self.low}–{self.high}"


def monthly(values: Mapping[int, int | None], months: range, running: int | None = None) -> list[Month]:
    """The months that are there, each beside the twelve before it.

    values: month -> figure, None where hidden; what is not in it was not counted. running: the month that is not over.
    """
    found = []
    for number in months:
        if number in values:
            before = [values.get(one) for one in range(number - BEFORE, number)]
            told = [one for one in before if one is not None]
            mean = sum(told) / BEFORE if len(told) == BEFORE else None
            low, high = poisson_range(mean) if mean else (None, None)
            found.append(Month(number, values[number], mean, low, high, number == running))
    return found


def outside_words(months: Iterable[Month]) -> list[str]:
    """The months outside their range, in words."""
    return [
        _("%(month)s: %(value)s, %(judgement)s %(range)s")
        % {
            "month": one.label,
            "value": shown(one.value),
            "judgement": one.judgement,
            "range": one.range_words,
        }
        for one in months
        if one.is_outside
    ]


def month_numbers(months: Iterable[Month], counted: str) -> Numbers:
    """counted: what a figure counts."""
    return Numbers(
        _("Month"),
        [counted, _("Mean of the 12 months before"), _("95 percent range (Poisson)"), _("Judgement")],
        [
            Row(one.label, [shown(one.value), decimal(one.mean), one.range_words, one.judgement])
            for one in months
        ],
    )


# --- funnel ---


@dataclass(frozen=True, slots=True)
class Limits:
    """Shares of so many cases that are not unusual: in 95 of 100, and in 998 of 1000."""

    number: int
    near: tuple[float, float]
    far: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Dot:
    """One unit: of `number` cases, `part`; limits: None where all units have all or nothing."""

    place: int
    label: str
    number: int
    part: int
    limits: Limits | None

    @property
    def share(self) -> float:
        return self.part / self.number

    @property
    def is_far(self) -> bool:
        return self._is_beyond(self.limits.far) if self.limits else False

    @property
    def is_outside(self) -> bool:
        return self._is_beyond(self.limits.near) if self.limits else False

    def _is_beyond(self, limits: tuple[float, float]) -> bool:
        low, high = limits
        # A share that is the limit is inside, however it was divided.
        return self.share < low - 1e-9 or self.share > high + 1e-9

    @property
    def judgement(self) -> str:
        if self.limits is None or not self.is_outside:
            return ""
        is_above = self.share > self.limits.near[1]
        if self.is_far:
            return _("above the 99.8 percent limit") if is_above else _("below the 99.8 percent limit")
        return _("above the 95 percent limit") if is_above else _("below the 95 percent limit")


@dataclass(frozen=True, slots=True)
class Funnel:
    """Every unit that has a case, by name; share: of all together. curve: nothing where all have all or nothing."""

    dots: Sequence[Dot]
    share: float
    curve: Sequence[Limits]

    @property
    def outside(self) -> list[Dot]:
        return [dot for dot in self.dots if dot.is_outside]


def funnel(units: Sequence[tuple[int, str, int, int]]) -> Funnel:
    """Units as (number, name, cases, those meant); units without a case are left out."""
    counted = sorted((one for one in units if one[2]), key=lambda one: one[1])
    cases = sum(one[2] for one in counted)
    share = sum(one[3] for one in counted) / cases if cases else 0.0
    if not 0 < share < 1:
        return Funnel([Dot(*one, None) for one in counted], share, [])
    dots = [Dot(*one, _limits(one[2], share)) for one in counted]
    most = max(one[2] for one in counted)
    points = np.unique(np.geomspace(1, most, _POINTS).round().astype(int)).tolist()
    return Funnel(dots, share, [_limits(number, share) for number in points])


def _limits(number: int, share: float) -> Limits:
    return Limits(number, binomial_limits(number, share, RARE), binomial_limits(number, share, VERY_RARE))


def funnel_numbers(found: Funnel, meant: str) -> Numbers:
    """meant: what the share is of."""
    return Numbers(
        _("Commune or ward"),
        [_("Number of cases"), meant, "%", _("95 percent limits"), _("99.8 percent limits"), _("Judgement")],
        [
            Row(
                dot.label,
                [
                    str(dot.number),
                    str(dot.part),
                    percent(dot.part, dot.number),
                    _limit_words(dot.limits.near) if dot.limits else NOTHING,
                    _limit_words(dot.limits.far) if dot.limits else NOTHING,
                    dot.judgement,
                ],
            )
            for dot in found.dots
        ],
    )


def _limit_words(limits: tuple[float, float]) -> str:
    low, high = limits
    return f"{round(100 * low)}–{round(100 * high)}{PERCENT}"


# --- shares ---


@dataclass(frozen=True, slots=True)
class Bar:
    """One period: what each answer counts, and all of them."""

    label: str
    number: int | None
    parts: Sequence[int | None]

    @property
    def told(self) -> list[int] | None:
        """The parts where all of them, and their sum, are shown."""
        parts = [part for part in self.parts if part is not None]
        return parts if self.number is not None and len(parts) == len(self.parts) else None

    @property
    def is_enough(self) -> bool:
        return self.number is not None and self.number >= ENOUGH

    def words(self, part: int | None) -> str:
        """A part as it is written beside its count: nothing where there is no percentage."""
        if part is None or self.told is None or self.number is None or not self.is_enough:
            return shown(part)
        return f"{part} ({percent(part, self.number)})"


@dataclass(frozen=True, slots=True)
class Shares:
    """The answers to one question over some periods; the last answers are what is not known."""

    title: str
    answers: Sequence[str]
    bars: Sequence[Bar]


def share_numbers(found: Shares, first: str) -> Numbers:
    return Numbers(
        first,
        ["n", *found.answers],
        [Row(bar.label, [shown(bar.number), *map(bar.words, bar.parts)]) for bar in found.bars],
    )


# --- pyramid ---


@dataclass(frozen=True, slots=True)
class Step:
    """One band of age. others: neither a man nor a woman, or not known."""

    label: str
    men: int | None
    women: int | None
    others: int | None


@dataclass(frozen=True, slots=True)
class Pyramid:
    """The oldest first; what is not known of age last. men, women, others: what the three columns are called."""

    men: str
    women: str
    others: str
    steps: Sequence[Step]


def pyramid_numbers(found: Pyramid) -> Numbers:
    return Numbers(
        _("Age"),
        [found.men, found.women, found.others],
        [Row(one.label, [shown(one.men), shown(one.women), shown(one.others)]) for one in found.steps],
    )
