"""How good the work is, and who is left without an answer: rules over plain values. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from casework.base.codes import codes

GRAVE: Final = ("EXTREME", "HIGH")
# What is written down more than a day after it happened counts as late.
LATE_ENTRY: Final = timedelta(hours=24)
LOOKED_BACK: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; no share of nothing."""

    part: int
    whole: int

    @property
    def percent(self) -> int | None:
        return round(100 * self.part / self.whole) if self.whole else None


@dataclass(frozen=True, slots=True)
class Gaps:
    """What a case of high danger lacks."""

    measure: bool
    contact: bool
    plan: bool

    def any(self) -> bool:
        return self.measure or self.contact or self.plan


def gaps(
    level: str, *, has_measure: bool, last_reached_at: datetime | None, has_plan: bool, at: datetime
) -> Gaps:
    """No measure in force, nobody reached her within the hours her level asks for, or nothing planned."""
    hours = codes("risk_policy").row(level).integer("contact_hours") or 0
    silent = last_reached_at is None or at - last_reached_at > timedelta(hours=hours)
    return Gaps(measure=not has_measure, contact=silent, plan=not has_plan)
