"""Which days offices work, and when a number of working days is over. Pure: the table of days is passed in."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from casework.base.clock import local_date
from casework.base.dates import midnight

SATURDAY: Final = 5
# Days that are not as the week says -> whether offices work on them; every other day is as the week says.
Table = Mapping[date, bool]


def is_working(day: date, table: Table) -> bool:
    """Monday to Friday, unless the table says otherwise of that very day."""
    return table.get(day, day.weekday() < SATURDAY)


def working_day_after(day: date, days: int, table: Table) -> date:
    """The last of so many working days that follow a day, which itself is not counted."""
    while days > 0:
        day += timedelta(days=1)
        days -= is_working(day, table)
    return day


def end_of_working_days(since: datetime, days: int, table: Table) -> datetime:
    """The end of the last of so many working days; the day of the event does not count (Civil Code, Art. 147, 148)."""
    return midnight(working_day_after(local_date(since), days, table) + timedelta(days=1))
