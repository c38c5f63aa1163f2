"""What is drawn from public figures: bars and a map of classes, as plain numbers for a template. Pure.

A hidden figure has no bar, no height, no class but its own: the mark stands where the number would.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from casework.statistics.numbers import shown
from casework.tables import HIDDEN

# Words stand above their bar, so that both can be read on a telephone.
WIDTH: Final = 430
ROW: Final = 42
LONGEST: Final = 370
# Smallest figure of each class of the map, and the radius of its circle.
CLASSES: Final = ((0, "0", 3), (5, "5–9", 7), (10, "10–19", 10), (20, "20+", 14))
HIDDEN_RADIUS: Final = 5
MAP: Final = 560
EDGE: Final = 24


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its words; a hidden figure has no length."""

    label: str
    text: str
    y: int
    length: int | None
    text_x: int

    @property
    def label_y(self) -> int:
        return self.y - 5

    @property
    def text_y(self) -> int:
        return self.y + 12

    @property
    def is_hidden(self) -> bool:
        return self.length is None


@dataclass(frozen=True, slots=True)
class Bars:
    bars: Sequence[Bar]

    @property
    def width(self) -> int:
        return WIDTH

    @property
    def height(self) -> int:
        return ROW * len(self.bars) + 8


def bars(figures: Sequence[tuple[str, int | None]]) -> Bars:
    """Bars from left to right, in the order given; the longest shown figure fills the width."""
    most = max((value for _label, value in figures if value is not None), default=0)
    drawn = []
    for number, (label, value) in enumerate(figures):
        length = None if value is None else round(LONGEST * value / most) if most else 0
        drawn.append(
            Bar(label, shown(value), 18 + ROW * number, length, (length or 0) + (8 if length else 0))
        )
    return Bars(drawn)


@dataclass(frozen=True, slots=True)
class Spot:
    """One place on the map."""

    label: str
    text: str
    x: int
    y: int
    radius: int
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """A map of circles and what they mean."""

    spots: Sequence[Spot]
    width: int
    height: int

    @property
    def legend(self) -> list[tuple[str, int, bool]]:
        """What each class is called, its radius, whether it is that of hidden figures."""
        (nothing, *some) = [(label, radius, False) for _least, label, radius in CLASSES]
        return [nothing, (HIDDEN, HIDDEN_RADIUS, True), *some]


def class_of(value: int | None) -> tuple[str, int, bool]:
    """The class of a shown figure, by nothing but what is shown."""
    if value is None:
        return HIDDEN, HIDDEN_RADIUS, True
    label, radius = next((label, radius) for least, label, radius in reversed(CLASSES) if value >= least)
    return label, radius, False


def symbol_map(
    totals: Mapping[str, int | None], where: Mapping[str, tuple[float, float]], names: Mapping[str, str]
) -> Drawn | None:
    """Circles at the middle of each unit; None where not one of them is known."""
    placed = [(code, *where[code]) for code in totals if code in where]
    if not placed:
        return None
    south, north = min(lat for _c, lat, _l in placed), max(lat for _c, lat, _l in placed)
    west, east = min(lon for _c, _l, lon in placed), max(lon for _c, _l, lon in placed)
    # A degree of longitude is shorter than one of latitude; here, near 21 degrees north, by so much.
    scale = (MAP - 2 * EDGE) / max(north - south, (east - west) * 0.93, 0.01)
    spots = []
    for code, lat, lon in placed:
        label, radius, is_hidden = class_of(totals[code])
        x = EDGE + (lon - west) * 0.93 * scale
        y = EDGE + (north - lat) * scale
        spots.append(Spot(names[code], label, round(x), round(y), radius, is_hidden))
    spots.sort(key=lambda spot: (-spot.radius, spot.label))
    width = round(2 * EDGE + (east - west) * 0.93 * scale)
    return Drawn(spots, max(width, 200), round(2 * EDGE + (north - south) * scale))
