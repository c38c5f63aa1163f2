"""How long something took, of many."""

from datetime import timedelta

from casework.base.spreads import spread

HOUR = timedelta(hours=1)


def test_half_nine_of_ten_and_the_longest() -> None:
    found = spread("", [hours * HOUR for hours in (5, 1, 4, 2, 3, 30, 9, 8, 7, 6)])
    assert (found.count, found.middle, found.nine_of_ten, found.longest) == (
        10,
        5 * HOUR,
        9 * HOUR,
        30 * HOUR,
    )


def test_one_is_all_of_them_and_none_is_nothing() -> None:
    one = spread("", [HOUR])
    assert (one.middle, one.nine_of_ten, one.longest) == (HOUR, HOUR, HOUR)
    assert (spread("", []).count, spread("", []).middle) == (0, None)
