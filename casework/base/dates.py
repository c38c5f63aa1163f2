"""Dates as people know them: birth dates with only a year, times known to the week, typed Vietnamese dates.

Nothing here invents precision: a birth year stays a year, and an age that could be 15 or 16 stays both.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, Self, TypeAlias, get_args

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from casework.base.clock import VIETNAM, local
from casework.base.refusals import Unreadable
from casework.base.text import clean_line

DatePrecision: TypeAlias = Literal["year", "month", "day"]
TimePrecision: TypeAlias = Literal["minute", "part_of_day", "day", "week", "month", "unknown"]
AgeBand: TypeAlias = Literal["under_16", "16_59", "60_over", "unknown"]

CHILD_UNDER = 16  # Luật Trẻ em 2016, Art. 1
ELDERLY_FROM = 60  # Luật Người cao tuổi 2009, Art. 2
EARLIEST_YEAR, LATEST_YEAR = 1900, 2099
# Until 1911 clocks of Viet Nam stood off by seconds, and no interface writes such a zone: a time with an hour is later.
EARLIEST_YEAR_OF_TIMES = 1920

# First hour -> code and hours; the code list part_of_day says the same, and a test holds the two together.
PARTS_OF_DAY: dict[int, tuple[str, int]] = {
    0: ("night", 5),
    5: ("morning", 6),
    11: ("noon", 2),
    13: ("afternoon", 5),
    18: ("evening", 6),
}

_SEPARATOR = r"\s*[/.\-]\s*"
_YEAR = re.compile(r"(?:năm\s+)?(\d{4})", re.IGNORECASE)
_MONTH = re.compile(rf"(?:tháng\s+)?(\d{{1,2}})(?:{_SEPARATOR}|\s+năm\s+)(\d{{4}})", re.IGNORECASE)
_DAY = re.compile(
    rf"(?:ngày\s+)?(\d{{1,2}})(?:{_SEPARATOR}|\s+tháng\s+)(\d{{1,2}})(?:{_SEPARATOR}|\s+năm\s+)(\d{{4}})",
    re.IGNORECASE,
)
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_SHORT_YEAR = re.compile(rf"(?:.*{_SEPARATOR})?\d{{2}}")
_TIME = re.compile(
    r"(?<!\d)(\d{1,2})\s*(?::|h|giờ|g(?![a-zà-ỹ]))"  # the hour
    r"(?:\s*(\d{1,2})(?![\d/.\-])(?::\d{2})?\s*(?:phút|ph|p)?)?"  # the minute, unless a date begins here
    r"(?![\da-zà-ỹ])",
    re.IGNORECASE,
)
_FILLER = re.compile(r"^(?:lúc|hồi|vào)\s+|^[,\sT]+|[,\sT]+$|\s+(?:lúc|hồi|vào)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date known to the year, the month or the day; refuses dates that do not exist (ValueError)."""

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.month is None and self.day is not None:
            raise ValueError("a day without a month")
        if not EARLIEST_YEAR <= self.year <= LATEST_YEAR:
            raise ValueError("year out of range")
        date(self.year, self.month or 1, self.day or 1)

    @classmethod
    def from_iso(cls, text: str) -> Self:
        """Reads back `isoformat()`: 1987, 1987-03 or 1987-03-05."""
        return cls(*(int(part) for part in text.split("-")))

    def isoformat(self) -> str:
        """The stored form; sorts by time and keeps the precision."""
        parts = [f"{self.year:04}", *(f"{part:02}" for part in (self.month, self.day) if part is not None)]
        return "-".join(parts)

    @property
    def precision(self) -> DatePrecision:
        if self.month is None:
            return "year"
        return "month" if self.day is None else "day"

    def display(self) -> str:
        """1987, 03/1987 or 05/03/1987."""
        parts = [f"{part:02}" for part in (self.day, self.month) if part is not None]
        return "/".join([*parts, f"{self.year:04}"])

    def __str__(self) -> str:
        return self.display()

    def earliest(self) -> date:
        """The first day it can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    def latest(self) -> date:
        """The last day it can mean."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])


def parse_partial_date(typed: str) -> PartialDate:
    """Reads «1987», «03/1987», «05/03/1987» (day first), «tháng 3 năm 1987», and 1987-03-05 from browsers.

    Errors: Unreadable date_short_year (two-digit years are never guessed), date_not_real, date_format.
    """
    text = clean_line(typed)
    if iso := _ISO_DAY.fullmatch(text):
        return _real_date(iso.group(1), iso.group(2), iso.group(3))
    if full := _DAY.fullmatch(text):
        return _real_date(full.group(3), full.group(2), full.group(1))
    if month := _MONTH.fullmatch(text):
        return _real_date(month.group(2), month.group(1))
    if year := _YEAR.fullmatch(text):
        return _real_date(year.group(1))
    if _SHORT_YEAR.fullmatch(text):
        raise Unreadable("date_short_year", _("Write the year with four digits, for example 1987."))
    raise Unreadable("date_format", _("Write a date as dd/mm/yyyy, mm/yyyy or yyyy."))


def parse_date(typed: str) -> date:
    """Reads a whole date, day first; Unreadable date_incomplete when only a month or a year was typed."""
    partial = parse_partial_date(typed)
    if partial.precision != "day":
        raise Unreadable("date_incomplete", _("Write the day too: dd/mm/yyyy."))
    return partial.earliest()


def parse_datetime(typed: str) -> datetime:
    """Reads a date with an hour on a Vietnamese clock, in either order; returns an aware time.

    «05/03/2026 14:30», «14h30 05/03/2026», «14 giờ 30 phút ngày 5 tháng 3 năm 2026», 2026-03-05T14:30.
    Errors: Unreadable time_missing, time_format, time_not_real, or the codes of parse_partial_date.
    """
    text = clean_line(typed)
    found = list(_TIME.finditer(text))
    if not found:
        raise Unreadable("time_missing", _("Write the hour too, for example 14:30 or 14h30."))
    if len(found) > 1:
        raise Unreadable("time_format", _("Write one date and one hour, for example 05/03/2026 14:30."))
    hour, minute = int(found[0].group(1)), int(found[0].group(2) or 0)
    if hour > 23 or minute > 59:
        raise Unreadable("time_not_real", _("There is no such hour; use 0:00 to 23:59."))
    rest = text[: found[0].start()] + " " + text[found[0].end() :]
    while (shorter := _FILLER.sub("", rest).strip()) != rest:
        rest = shorter
    return datetime.combine(parse_date(rest), time(hour, minute), tzinfo=VIETNAM)


def display_date(day: date) -> str:
    """dd/mm/yyyy."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def display_datetime(moment: datetime) -> str:
    """dd/mm/yyyy hh:mm on a Vietnamese clock."""
    here = local(moment)
    return f"{display_date(here)} {here:%H:%M}"


def add_months(moment: datetime, months: int) -> datetime:
    """The same day and hour so many months later, or the last day of a shorter month."""
    year, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + year, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def midnight(day: date) -> datetime:
    """The instant at which that day begins in Viet Nam."""
    return datetime.combine(day, time(), tzinfo=VIETNAM)


def age_range(born: PartialDate, on: date) -> tuple[int, int] | None:
    """The lowest and highest age in completed years on that day; None when not yet born.

    Somebody born on 29 February completes a year on 1 March of a common year.
    """
    if born.earliest() > on:
        return None
    return _completed_years(min(born.latest(), on), on), _completed_years(born.earliest(), on)


def age_band(born: PartialDate | None, on: date) -> AgeBand:
    """The band of the statistics; "unknown" when the known part of the birth date fits two bands."""
    ages = age_range(born, on) if born else None
    return band_of_ages(*ages) if ages else "unknown"


def band_of_ages(lowest: int, highest: int) -> AgeBand:
    """The band for an age told as a number or a range; "unknown" when the range spans two bands."""
    bands = {_band(lowest), _band(highest)}
    return bands.pop() if len(bands) == 1 else "unknown"


def could_be_under(years: int, born: PartialDate, on: date) -> bool:
    """True unless certainly that old: who may be a child is treated as a child until papers show more."""
    ages = age_range(born, on)
    return ages is None or ages[0] < years


def happened_interval(at: datetime | None, precision: str) -> tuple[datetime, datetime] | None:
    """The span, start included and end excluded, in which something happened; None when the time is unknown.

    at: any instant inside the span (for part_of_day: inside the part); weeks run from Monday to Sunday.
    """
    if precision not in get_args(TimePrecision):
        raise ValueError(f"unknown precision {precision!r}")
    if at is None or precision == "unknown":
        return None
    here = local(at)
    day = here.date()
    if precision == "minute":
        start = here.replace(second=0, microsecond=0)
        return start, start + timedelta(minutes=1)
    if precision == "part_of_day":
        first_hour, _code, hours = _part_of(here.hour)
        start = midnight(day) + timedelta(hours=first_hour)
        return start, start + timedelta(hours=hours)
    if precision == "day":
        return midnight(day), midnight(day + timedelta(days=1))
    if precision == "week":
        monday = day - timedelta(days=day.weekday())
        return midnight(monday), midnight(monday + timedelta(days=7))
    first = day.replace(day=1)
    return midnight(first), midnight((first + timedelta(days=31)).replace(day=1))


def part_of_day_start(day: date, part: str) -> datetime:
    """The instant stored for «Sáng», «Tối»... of a day; ValueError for a code that is no part of the day."""
    for first_hour, (code, _hours) in PARTS_OF_DAY.items():
        if code == part:
            return midnight(day) + timedelta(hours=first_hour)
    raise ValueError(f"unknown part of the day {part!r}")


def part_of_day(at: datetime) -> str:
    """The code of the part of the day of an instant on a Vietnamese clock."""
    return _part_of(local(at).hour)[1]


def display_happened(at: datetime | None, precision: str, part_label: str = "") -> str:
    """What is shown for a time of known precision, for example «Tối 05/03/2026» or «03/2026».

    part_label: the label of the part of the day in the reader's language; without it the hours are shown.
    """
    span = happened_interval(at, precision)
    if span is None:
        return gettext("time not known")
    start, end = (local(moment) for moment in span)
    if precision == "minute":
        return display_datetime(start)
    if precision == "part_of_day":
        label = part_label or f"{start:%H:%M}-{end - timedelta(minutes=1):%H:%M}"
        return f"{label} {display_date(start)}"
    if precision == "day":
        return display_date(start)
    if precision == "week":
        last = display_date(end - timedelta(days=1))
        return gettext("week %(first)s to %(last)s") % {"first": display_date(start), "last": last}
    return f"{start:%m/%Y}"


def _real_date(year: str, month: str | None = None, day: str | None = None) -> PartialDate:
    try:
        return PartialDate(int(year), int(month) if month else None, int(day) if day else None)
    except ValueError as error:
        raise Unreadable("date_not_real", _("There is no such date; check day, month and year.")) from error


def _completed_years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _band(age: int) -> AgeBand:
    if age < CHILD_UNDER:
        return "under_16"
    return "16_59" if age < ELDERLY_FROM else "60_over"


def _part_of(hour: int) -> tuple[int, str, int]:
    first_hour = max(start for start in PARTS_OF_DAY if start <= hour)
    code, hours = PARTS_OF_DAY[first_hour]
    return first_hour, code, hours
