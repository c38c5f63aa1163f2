"""The periods of consignments: a month or a quarter, by its code and by the months it is made of. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from casework.statistics.dimensions import months_in, period_code

MONTHLY, QUARTERLY = "monthly", "quarterly"
_KINDS: Final = {MONTHLY: ("month", 1), QUARTERLY: ("quarter", 3)}


@dataclass(frozen=True, slots=True)
class Span:
    """A period: its code (2026-09, 2026-Q3), and its months counted from the year 0."""

    code: str
    months: range

    @property
    def start(self) -> date:
        return _day(self.months.start)

    @property
    def end(self) -> date:
        """The day after its last."""
        return _day(self.months.stop)


def span(code: str, rhythm: str) -> Span:
    """The period of that code; raises ValueError for one that is not of the rhythm."""
    months = months_in(code)
    kind, length = _KINDS[rhythm]
    if len(months) != length or period_code(kind, months.start // length) != code:
        raise ValueError(f"{code!r} is no period of that rhythm")
    return Span(code, months)


def over(rhythm: str, today: date, most: int) -> list[Span]:
    """The last periods that are over on a day, the latest first."""
    kind, length = _KINDS[rhythm]
    running = (12 * today.year + today.month - 1) // length
    return [span(period_code(kind, running - back), rhythm) for back in range(1, most + 1)]


def _day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)
