"""When it happened, as far as the caller knows: a minute, a part of a day, a day, or only a month.

An hour nobody said is never made up.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from casework.base.clock import VIETNAM
from casework.base.dates import PartialDate, display_date, parse_datetime, part_of_day_start
from casework.base.refusals import InvalidInput, Unreadable


class Happened(NamedTuple):
    """An instant inside the span that is meant, how exactly it is known, the part of the day said."""

    at: datetime | None = None
    precision: str = "unknown"
    part_of_day: str = ""


def happened(answers: Mapping[str, object]) -> Happened:
    """Read happened_on (PartialDate), happened_time (text) and happened_part_of_day (code) together.

    Who already knows the instant gives happened_at and happened_precision instead.
    Raises InvalidInput beside the answer that does not fit the others.
    """
    exact = answers.get("happened_at")
    if isinstance(exact, datetime):
        precision = str(answers.get("happened_precision") or "minute")
        return Happened(exact, precision, str(answers.get("happened_part_of_day") or ""))
    on = answers.get("happened_on")
    hour = str(answers.get("happened_time") or "").strip()
    part = str(answers.get("happened_part_of_day") or "")
    if not isinstance(on, PartialDate):
        if hour:
            raise InvalidInput({"happened_on": _("Write the day too, or leave the hour empty.")})
        return Happened(part_of_day=part)
    if on.precision == "year":
        raise InvalidInput(
            {"happened_on": _("Write the month too: mm/yyyy. An older story goes into the account.")}
        )
    day = on.earliest()
    if hour:
        if on.precision == "month":
            raise InvalidInput({"happened_on": _("Write the day too, or leave the hour empty.")})
        return Happened(_minute(day, hour), "minute", part)
    if on.precision == "day" and part not in ("", "unknown"):
        return Happened(part_of_day_start(day, part), "part_of_day", part)
    return Happened(datetime.combine(day, time(), tzinfo=VIETNAM), on.precision, part)


def _minute(day: date, hour: str) -> datetime:
    # «21» alone is an hour too, to whoever is writing fast.
    text = f"{hour}h" if hour.isascii() and hour.isdigit() else hour
    try:
        moment = parse_datetime(f"{text} {display_date(day)}")
    except Unreadable as error:
        raise InvalidInput(
            {"happened_time": _("Write an hour from 0:00 to 23:59, for example 21:14.")}
        ) from error
    return moment
