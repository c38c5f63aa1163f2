"""When it happened, from the answers of the sheet and back into them; a week can be all that is certain."""

from collections.abc import Mapping
from datetime import datetime

from casework.base import clock
from casework.base.dates import PartialDate, part_of_day
from casework.intake.happened import Happened, happened


def read_when(answers: Mapping[str, object]) -> Happened:
    """An instant inside the span that is meant and how exactly it is known; InvalidInput as `happened` raises it."""
    when = happened(answers)
    if answers.get("in_that_week") and when.precision in ("part_of_day", "day"):
        return when._replace(precision="week", part_of_day="")
    return when


def said_when(at: datetime, precision: str, part: str) -> dict[str, object]:
    """The answers that give this time back: day or month, hour, part of the day, whether only the week is certain."""
    here = clock.local(at)
    if precision == "unknown":
        on = None
    elif precision == "month":
        on = PartialDate(here.year, here.month)
    else:
        on = PartialDate(here.year, here.month, here.day)
    return {
        "happened_on": on,
        "happened_time": f"{here:%H:%M}" if precision == "minute" else "",
        "happened_part_of_day": part_of_day(at) if precision == "part_of_day" else part,
        "in_that_week": precision == "week",
    }
