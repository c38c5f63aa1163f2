"""The days offices do not work, as the law and the Government name them: the seed of a table people correct."""

from collections.abc import Iterator
from datetime import date
from typing import Final

import holidays

from casework.deadlines.models import Holiday

# This year and the next three: the Government names the exact days of Tet and the exchanged ones late in the year.
AHEAD: Final = 3


def seed_holidays(year: int) -> int:
    """Add the days of this year and the coming ones that the table does not know; returns how many.

    What stands in the table stays, whoever put it there: running it again changes nothing.
    """
    known = set(Holiday.objects.values_list("day", flat=True))
    new = [
        Holiday(day=day, name=name, is_working=works)
        for day, name, works in shipped(range(year, year + AHEAD + 1))
        if day not in known
    ]
    Holiday.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def shipped(years: range) -> Iterator[tuple[date, str, bool]]:
    """Days off, and Saturdays worked instead of another day, by the calendar of the library."""
    calendar = holidays.country_holidays("VN", years=years, language="vi")
    for day, name in sorted(calendar.items()):
        yield day, name, False
    for day in sorted(calendar.weekend_workdays):
        if day.year in years:
            yield day, "Ngày làm bù", True
