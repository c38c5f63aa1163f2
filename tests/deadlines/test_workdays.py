"""Working days: over weekends, Tết and the year's end; by example and by property."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.base.clock import VIETNAM
from casework.deadlines.days_off import shipped
from casework.deadlines.workdays import end_of_working_days, is_working, working_day_after

TET_2027 = {day: works for day, _name, works in shipped(range(2026, 2028))}
days = st.dates(date(2020, 1, 1), date(2050, 1, 1))
tables = st.dictionaries(days, st.booleans(), max_size=30)


@pytest.mark.parametrize(
    ("event", "working_days", "over"),
    [
        ("2026-11-23T09:00", 2, "2026-11-27T00:00"),  # the Day of Culture between: the 25th and the 26th
        (
            "2026-11-25T23:59",
            2,
            "2026-11-28T00:00",
        ),  # Wednesday, a minute before midnight: Thursday and Friday
        ("2026-11-27T10:00", 5, "2026-12-05T00:00"),  # Friday: over the weekend
        ("2026-11-28T10:00", 1, "2026-12-01T00:00"),  # a Saturday counts for nothing
        ("2026-12-30T16:00", 2, "2027-01-05T00:00"),  # the year's end: Thursday, then Monday after New Year
        ("2027-02-03T08:00", 5, "2027-02-18T00:00"),  # Tết 2027: away from the 4th to the 10th
    ],
)
def test_working_days_skip_weekends_and_holidays(event: str, working_days: int, over: str) -> None:
    expected = datetime.fromisoformat(over).replace(tzinfo=VIETNAM)
    since = datetime.fromisoformat(event).replace(tzinfo=VIETNAM)

    assert end_of_working_days(since, working_days, TET_2027) == expected


def test_a_saturday_may_be_worked_and_a_monday_off() -> None:
    saturday, monday = date(2026, 8, 22), date(2026, 8, 31)

    assert (is_working(saturday, TET_2027), is_working(monday, TET_2027)) == (True, False)
    assert (is_working(saturday, {}), is_working(monday, {})) == (False, True)


@given(day=days, count=st.integers(0, 40), table=tables)
def test_exactly_so_many_working_days_lie_between(day: date, count: int, table: dict[date, bool]) -> None:
    last = working_day_after(day, count, table)
    between = [day + timedelta(days=n) for n in range(1, (last - day).days + 1)]

    assert sum(is_working(one, table) for one in between) == count
    assert count == 0 or is_working(last, table)


@given(day=days, count=st.integers(0, 20), table=tables, off=days)
def test_one_more_day_off_never_ends_it_sooner(
    day: date, count: int, table: dict[date, bool], off: date
) -> None:
    assert working_day_after(day, count, {**table, off: False}) >= working_day_after(day, count, table)
