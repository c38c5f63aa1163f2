from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.base.clock import VIETNAM, local, local_date, now
from casework.base.codes import codes
from casework.base.dates import (
    PARTS_OF_DAY,
    PartialDate,
    age_band,
    age_range,
    band_of_ages,
    could_be_under,
    display_happened,
    happened_interval,
    parse_date,
    parse_datetime,
    parse_partial_date,
    part_of_day,
    part_of_day_start,
)
from casework.base.refusals import Unreadable

days = st.dates(date(1900, 1, 1), date(2099, 12, 31))
moments = st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1), timezones=st.just(VIETNAM))  # noqa: DTZ001


@st.composite
def partial_dates(draw):
    day = draw(days)
    return draw(
        st.sampled_from(
            [
                PartialDate(day.year),
                PartialDate(day.year, day.month),
                PartialDate(day.year, day.month, day.day),
            ]
        )
    )


# --- clock ---


def test_the_clock_is_aware_and_shows_vietnamese_time():
    assert now().utcoffset() == timedelta(0)
    assert local(datetime(2026, 3, 5, 20, 0, tzinfo=UTC)).isoformat() == "2026-03-06T03:00:00+07:00"
    assert local_date(datetime(2026, 3, 5, 20, 0, tzinfo=UTC)) == date(2026, 3, 6)


def test_a_time_without_a_zone_is_not_guessed():
    with pytest.raises(ValueError, match="zone"):
        local(datetime(2026, 3, 5))  # noqa: DTZ001


# --- partial dates ---


@pytest.mark.parametrize(
    ("typed", "iso"),
    [
        ("1987", "1987"),
        ("năm 1987", "1987"),
        ("03/1987", "1987-03"),
        ("3.1987", "1987-03"),
        ("tháng 3 năm 1987", "1987-03"),
        ("05/03/1987", "1987-03-05"),
        ("5-3-1987", "1987-03-05"),
        (" 05 / 03 / 1987 ", "1987-03-05"),
        ("ngày 5 tháng 3 năm 1987", "1987-03-05"),
        ("1987-03-05", "1987-03-05"),
        ("29/02/2024", "2024-02-29"),
    ],
)
def test_typed_dates(typed, iso):
    assert parse_partial_date(typed).isoformat() == iso


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("87", "date_short_year"),
        ("5/3/87", "date_short_year"),
        ("31/02/1987", "date_not_real"),
        ("29/02/2023", "date_not_real"),
        ("13/1987", "date_not_real"),
        ("0087", "date_not_real"),
        ("", "date_format"),
        ("tuổi Mão", "date_format"),
        ("05/03", "date_short_year"),
    ],
)
def test_unreadable_dates(typed, code):
    with pytest.raises(Unreadable) as refusal:
        parse_partial_date(typed)
    assert refusal.value.code == code


def test_a_year_stays_a_year():
    born = PartialDate(1987)
    assert (born.precision, born.display(), born.month, born.day) == ("year", "1987", None, None)
    assert (born.earliest(), born.latest()) == (date(1987, 1, 1), date(1987, 12, 31))


def test_a_month_knows_its_last_day():
    assert PartialDate(2024, 2).latest() == date(2024, 2, 29)
    assert PartialDate(2023, 2).display() == "02/2023"


@pytest.mark.parametrize("parts", [(1987, None, 5), (1987, 13), (1987, 2, 30), (1899,), (2100,)])
def test_dates_that_do_not_exist_are_refused(parts):
    with pytest.raises(ValueError):  # noqa: PT011
        PartialDate(*parts)


@given(partial_dates())
def test_stored_and_shown_forms_read_back(partial):
    assert PartialDate.from_iso(partial.isoformat()) == partial
    assert parse_partial_date(partial.display()) == partial


def test_a_whole_date_is_needed_where_a_day_is_asked():
    assert parse_date("05/03/2026") == date(2026, 3, 5)
    with pytest.raises(Unreadable) as refusal:
        parse_date("03/2026")
    assert refusal.value.code == "date_incomplete"


# --- ages ---


def test_a_birth_year_gives_two_possible_ages():
    assert age_range(PartialDate(1987), date(2026, 6, 1)) == (38, 39)
    assert age_range(PartialDate(1987, 3), date(2026, 6, 1)) == (39, 39)
    assert age_range(PartialDate(1987, 6, 2), date(2026, 6, 1)) == (38, 38)


def test_nobody_has_an_age_before_birth():
    assert age_range(PartialDate(2027), date(2026, 6, 1)) is None
    assert age_range(PartialDate(2026), date(2026, 6, 1)) == (0, 0)
    assert age_band(PartialDate(2027), date(2026, 6, 1)) == "unknown"


def test_the_leap_day_completes_a_year_on_the_first_of_march():
    born = PartialDate(2012, 2, 29)
    assert age_range(born, date(2028, 2, 28)) == (15, 15)
    assert age_range(PartialDate(2012, 2, 29), date(2027, 3, 1)) == (15, 15)
    assert age_range(born, date(2028, 2, 29)) == (16, 16)


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (PartialDate(2010, 6, 2), "under_16"),
        (PartialDate(2010, 6, 1), "16_59"),
        (PartialDate(2010), "unknown"),
        (PartialDate(1966, 6, 2), "16_59"),
        (PartialDate(1966, 6, 1), "60_over"),
        (PartialDate(1966), "unknown"),
        (PartialDate(1987), "16_59"),
        (None, "unknown"),
    ],
)
def test_age_bands_are_not_guessed(born, band):
    assert age_band(born, date(2026, 6, 1)) == band
    assert band in codes("age_band")


def test_who_may_be_a_child_is_treated_as_one():
    assert could_be_under(16, PartialDate(2010), date(2026, 6, 1))
    assert not could_be_under(16, PartialDate(2009), date(2026, 6, 1))
    assert band_of_ages(15, 16) == "unknown"


@given(partial_dates(), days)
def test_the_age_range_holds_the_age_of_every_day_it_could_be(born, on):
    ages = age_range(born, on)
    for day in (born.earliest(), born.latest()):
        exact = age_range(PartialDate(day.year, day.month, day.day), on)
        if exact is not None:
            assert ages is not None
            assert ages[0] <= exact[0] <= ages[1]


# --- when it happened ---


@pytest.mark.parametrize(
    "typed",
    [
        "05/03/2026 14:30",
        "5/3/2026 14h30",
        "14h30 05/03/2026",
        "lúc 14 giờ 30 phút, ngày 5 tháng 3 năm 2026",
        "05/03/2026 lúc 14 giờ 30",
        "14g30 5.3.2026",
        "2026-03-05T14:30",
        "2026-03-05 14:30:59",
    ],
)
def test_typed_times(typed):
    assert parse_datetime(typed) == datetime(2026, 3, 5, 7, 30, tzinfo=UTC)


def test_a_whole_hour():
    assert (
        parse_datetime("14h 05/03/2026")
        == parse_datetime("05/03/2026 14 giờ")
        == parse_datetime("5/3/2026 14:00")
    )


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("05/03/2026", "time_missing"),
        ("05/03/2026 25:00", "time_not_real"),
        ("05/03/2026 14:60", "time_not_real"),
        ("05/03/2026 14:30 16:00", "time_format"),
        ("14h30", "date_format"),
        ("14h30 5/3/26", "date_short_year"),
        ("14h30 03/2026", "date_incomplete"),
        ("2 giờ chiều 5/3/2026", "date_format"),
    ],
)
def test_unreadable_times(typed, code):
    with pytest.raises(Unreadable) as refusal:
        parse_datetime(typed)
    assert refusal.value.code == code


@given(moments)
def test_shown_times_read_back(moment):
    minute = moment.replace(second=0, microsecond=0)
    assert parse_datetime(display_happened(minute, "minute")) == minute


@pytest.mark.parametrize(
    ("precision", "start", "end"),
    [
        ("minute", "2026-03-05T20:15:00+07:00", "2026-03-05T20:16:00+07:00"),
        ("part_of_day", "2026-03-05T18:00:00+07:00", "2026-03-06T00:00:00+07:00"),
        ("day", "2026-03-05T00:00:00+07:00", "2026-03-06T00:00:00+07:00"),
        ("week", "2026-03-02T00:00:00+07:00", "2026-03-09T00:00:00+07:00"),
        ("month", "2026-03-01T00:00:00+07:00", "2026-04-01T00:00:00+07:00"),
    ],
)
def test_the_span_of_a_time(precision, start, end):
    span = happened_interval(datetime(2026, 3, 5, 13, 15, 40, tzinfo=UTC), precision)
    assert span is not None
    assert [moment.isoformat() for moment in span] == [start, end]


def test_an_unknown_time_has_no_span():
    assert happened_interval(None, "day") is None
    assert happened_interval(now(), "unknown") is None
    assert display_happened(None, "unknown")
    with pytest.raises(ValueError, match="fortnight"):
        happened_interval(now(), "fortnight")


@given(moments, st.sampled_from(["minute", "part_of_day", "day", "week", "month"]))
def test_a_span_holds_its_instant_and_is_found_again_from_its_start(moment, precision):
    span = happened_interval(moment, precision)
    assert span is not None
    assert span[0] <= moment < span[1]
    assert happened_interval(span[0], precision) == span


def test_parts_of_the_day_are_those_of_the_code_list():
    listed = {
        row.code: (row.params["from_hour"], row.params["to_hour"])
        for row in (codes("part_of_day").row(code) for code, _label in codes("part_of_day").choices())
        if row.params
    }
    assert listed == {code: (start, start + hours) for start, (code, hours) in PARTS_OF_DAY.items()}


def test_parts_of_the_day_read_back():
    for code, _hours in PARTS_OF_DAY.values():
        assert part_of_day(part_of_day_start(date(2026, 3, 5), code)) == code
    with pytest.raises(ValueError, match="dusk"):
        part_of_day_start(date(2026, 3, 5), "dusk")


def test_shown_times():
    at = datetime(2026, 3, 5, 13, 15, tzinfo=UTC)
    assert display_happened(at, "part_of_day", "Tối") == "Tối 05/03/2026"
    assert display_happened(at, "part_of_day") == "18:00-23:59 05/03/2026"
    assert display_happened(at, "day") == "05/03/2026"
    assert display_happened(at, "month") == "03/2026"
    assert "02/03/2026" in display_happened(at, "week")
    assert "08/03/2026" in display_happened(at, "week")
