"""Web forms of periods, days off and clocks of an office."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from casework.deadlines.models import Holiday, Period
from casework.deadlines.periods import MOST, YEARLY
from casework.deadlines.sheet import HOLIDAY, OFFICE_CLOCK, PERIOD
from casework.http.forms import SheetForm, sheet_form

_PeriodForm = sheet_form(PERIOD, Period)
HolidayForm = sheet_form(HOLIDAY, Holiday)
OfficeClockForm = sheet_form(OFFICE_CLOCK)


def period_form(data: QueryDict | None, initial: Mapping[str, Any]) -> SheetForm:
    """A period: a number, or for what is due once a year a day."""
    form = _PeriodForm(data, initial=initial)
    for name in ("day", "month"):
        form.fields[name].show_when = f"unit={YEARLY}"  # type: ignore[attr-defined]  # read by the renderer
    form.fields["amount"].show_when = f"unit={'|'.join(MOST)}"  # type: ignore[attr-defined]
    return form
