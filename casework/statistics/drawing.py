"""Where charts stand on the page, as whole numbers for a template. Pure.

A hidden figure has no height, no length and no place of its own: the mark stands at the foot, where every hidden one would.
Scales are made of shown figures only.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, groupby
from math import ceil
from typing import Final

from casework.statistics.charts import ENOUGH, PERCENT, Bar, Dot, Funnel, Month, Pyramid, Shares
from casework.statistics.numbers import shown

# As wide as a telephone, so that the words can be read there too.
WIDTH: Final = 430
LEFT, RIGHT, TOP, FOOT = 34, 10, 14, 28
# Half of the name of a month, which stands under the middle of its mark.
HALF_NAME: Final = 26
ROW: Final = 42
# At most so many lines across a chart.
_LINES: Final = 5
_STEPS: Final = (1, 2, 5)
# How many segments have a colour of their own; what is not known comes last and has another.
COLOURS: Final = 7
# A number inside a segment needs so much room for each of its letters.
_LETTER: Final = 8


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across or a word along the foot."""

    at: int
    text: str


def ticks(most: int) -> list[int]:
    """Round numbers from 0 to the first that is not below `most`."""
    step = next(
        step * 10**power for power in count() for step in _STEPS if step * 10**power * (_LINES - 1) >= most
    )
    return [step * number for number in range(max(ceil(most / step), 1) + 1)]


@dataclass(frozen=True, slots=True)
class Point:
    """One month: its mark, or where the mark of a hidden one stands."""

    x: int
    y: int
    title: str
    tone: str


@dataclass(frozen=True, slots=True)
class Line:
    """A monthly line: paths as points of a polyline or a polygon."""

    height: int
    across: Sequence[Tick]
    along: Sequence[Tick]
    bands: Sequence[str]
    means: Sequence[str]
    lines: Sequence[str]
    points: Sequence[Point]
    hidden: Sequence[Point]

    width = WIDTH
    left = LEFT
    right = WIDTH - RIGHT

    @property
    def foot(self) -> int:
        return self.height - 8


HIDDEN_TONE, PLAIN, OUTSIDE, PROVISIONAL = "hidden", "plain", "outside", "provisional"


def line(months: Sequence[Month], *, height: int = 220) -> Line:
    """The months from left to right."""
    first, last = months[0].number, months[-1].number
    most = max((top for one in months for top in (one.value, one.high) if top is not None), default=0)
    across = ticks(most)
    base = height - FOOT

    def x_of(number: float) -> int:
        return round(LEFT + 6 + (WIDTH - LEFT - 6 - HALF_NAME) * (number - first) / max(last - first, 1))

    def y_of(value: float) -> int:
        return round(base - (base - TOP) * value / across[-1])

    def path(some: Sequence[Month], of: Callable[[Month], float]) -> str:
        return " ".join(f"{x_of(one.number)},{y_of(of(one))}" for one in some)

    bands = []
    for some in _runs(months, lambda one: one.low is not None):
        upper = path(some, lambda one: one.high or 0)
        lower = path(some[::-1], lambda one: one.low or 0)
        bands.append(f"{upper} {lower}")
    points = [
        Point(x_of(one.number), y_of(one.value), f"{one.label}: {one.value}", _tone(one))
        for one in months
        if one.value is not None
    ]
    hidden = [
        Point(x_of(one.number), base - 4, f"{one.label}: {shown(None)}", HIDDEN_TONE)
        for one in months
        if one.value is None
    ]
    return Line(
        height,
        [Tick(y_of(value), str(value)) for value in across],
        [
            Tick(x_of(one.number), one.label)
            for one in months
            if (one.number - last) % _apart(last - first) == 0
        ],
        bands,
        [path(some, lambda one: one.mean or 0) for some in _runs(months, lambda one: one.mean is not None)],
        [path(some, lambda one: one.value or 0) for some in _runs(months, lambda one: one.value is not None)],
        points,
        hidden,
    )


def _apart(months: int) -> int:
    """Every which month is named."""
    return 1 if months < 6 else 3 if months < 15 else 6 if months < 30 else 12 * (months // 60 + 1)


def _runs(months: Sequence[Month], holds: Callable[[Month], bool]) -> Iterator[list[Month]]:
    """Months one after the other of which that holds."""
    found = [one for one in months if holds(one)]
    for _start, run in groupby(enumerate(found), lambda pair: pair[1].number - pair[0]):
        yield [one for _place, one in run]


def _tone(one: Month) -> str:
    return PROVISIONAL if one.is_provisional else OUTSIDE if one.is_outside else PLAIN


@dataclass(frozen=True, slots=True)
class Curve:
    """One limit of the funnel."""

    points: str
    is_far: bool


@dataclass(frozen=True, slots=True)
class Spread:
    """A funnel: dots between their limits."""

    across: Sequence[Tick]
    along: Sequence[Tick]
    mean: int
    curves: Sequence[Curve]
    dots: Sequence[Point]

    width = WIDTH
    height = 260
    left = LEFT + 8
    right = WIDTH - RIGHT
    base = 260 - FOOT
    foot = 260 - 8


def funnel_of(found: Funnel) -> Spread:
    """Cases to the right, shares upwards."""
    along = ticks(max(dot.number for dot in found.dots))

    def x_of(number: float) -> int:
        return round(Spread.left + (Spread.right - Spread.left) * number / along[-1])

    def y_of(share: float) -> int:
        return round(Spread.base - (Spread.base - TOP) * share)

    curves = []
    for is_far in (False, True):
        for side in (0, 1):
            limits = [(one.number, (one.far if is_far else one.near)[side]) for one in found.curve]
            path = " ".join(f"{x_of(number)},{y_of(share)}" for number, share in limits)
            curves.append(Curve(path, is_far))
    return Spread(
        [Tick(y_of(number / 100), f"{number}{PERCENT}") for number in range(0, 101, 25)],
        [Tick(x_of(number), str(number)) for number in along],
        y_of(found.share),
        curves if found.curve else [],
        [_dot(dot, x_of(dot.number), y_of(dot.share)) for dot in found.dots],
    )


def _dot(dot: Dot, x: int, y: int) -> Point:
    tone = "far" if dot.is_far else OUTSIDE if dot.is_outside else PLAIN
    return Point(x, y, f"{dot.label}: {dot.part}/{dot.number}", tone)


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a bar."""

    x: int
    length: int
    colour: int
    title: str
    text: str

    @property
    def middle(self) -> int:
        return self.x + self.length // 2


@dataclass(frozen=True, slots=True)
class Lying:
    """One row of lying bars: its words above, its numbers beside or inside the bars."""

    label: str
    y: int

    @property
    def label_y(self) -> int:
        return self.y - 5

    @property
    def text_y(self) -> int:
        return self.y + 13


@dataclass(frozen=True, slots=True)
class Stack(Lying):
    """One bar; without segments nothing of it may be drawn, and `text` stands there."""

    segments: Sequence[Segment]
    text: str


@dataclass(frozen=True, slots=True)
class Stacks:
    """Bars beneath one another, and which colour is which answer."""

    stacks: Sequence[Stack]
    legend: Sequence[tuple[int, str]]

    width = WIDTH

    @property
    def height(self) -> int:
        return ROW * len(self.stacks) + 4


def stacks(found: Shares) -> Stacks:
    """Shares of the whole width; of fewer than are enough, counts of which ENOUGH fill it."""
    colours = [colour_of(number, len(found.answers)) for number in range(len(found.answers))]
    drawn = []
    for number, bar in enumerate(found.bars):
        label = f"{bar.label} · n = {shown(bar.number)}"
        told = bar.told
        segments = list(_segments(bar, told, found.answers, colours)) if told and bar.number else []
        drawn.append(Stack(label, 20 + ROW * number, segments, shown(None) if told is None else ""))
    return Stacks(drawn, list(zip(colours, found.answers, strict=True)))


def colour_of(number: int, answers: int) -> int:
    """From 1; 0 is that of the last answer, of what is not known."""
    return 0 if number == answers - 1 else number % COLOURS + 1


def _segments(
    bar: Bar, parts: Sequence[int], answers: Sequence[str], colours: Sequence[int]
) -> Iterator[Segment]:
    whole = max(bar.number or 0, ENOUGH)
    x = 0.0
    for part, answer, colour in zip(parts, answers, colours, strict=True):
        if part:
            length = WIDTH * part / whole
            text = f"{round(100 * part / whole)}{PERCENT}" if bar.is_enough else str(part)
            fits = length >= _LETTER * len(text)
            yield Segment(
                round(x), round(length), colour, f"{answer}: {bar.words(part)}", text if fits else ""
            )
            x += length


@dataclass(frozen=True, slots=True)
class Wing:
    """One bar of the pyramid; a hidden figure has none."""

    x: int
    length: int | None
    text_x: int
    text: str


@dataclass(frozen=True, slots=True)
class Storey(Lying):
    """Men to the left, women to the right."""

    men: Wing
    women: Wing


@dataclass(frozen=True, slots=True)
class Tower:
    """The pyramid with its two heads."""

    men: str
    women: str
    storeys: Sequence[Storey]

    width = WIDTH
    middle = WIDTH // 2

    @property
    def height(self) -> int:
        return ROW * len(self.storeys) + 26


def tower(found: Pyramid) -> Tower:
    """The longest shown figure is as long as its side has room for beside its number."""
    both = [value for one in found.steps for value in (one.men, one.women) if value is not None]
    scale = (WIDTH // 2 - 44) / max(max(both, default=0), 1)
    storeys = []
    for number, one in enumerate(found.steps):
        storeys.append(
            Storey(one.label, 42 + ROW * number, _wing(one.men, scale, -1), _wing(one.women, scale, 1))
        )
    return Tower(found.men, found.women, storeys)


def _wing(value: int | None, scale: float, side: int) -> Wing:
    middle = WIDTH // 2
    length = None if value is None else round(scale * value)
    x = middle - (length or 0) if side < 0 else middle
    return Wing(round(x), length, round(middle + side * ((length or 0) + 6)), shown(value))
