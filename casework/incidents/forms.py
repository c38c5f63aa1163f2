"""Web input of an incident: acts by the letter of their point of law, and the time as it was told."""

from typing import Any

from django.http import QueryDict

from casework.base.codes import codes
from casework.base.dates import PartialDate
from casework.http.forms import SheetForm, sheet_form
from casework.incidents.models import Incident
from casework.incidents.sheet import INCIDENT
from casework.incidents.when import said_when
from casework.intake.models import Report

IncidentForm = sheet_form(INCIDENT, Incident)


def incident_form(data: QueryDict | None, *, record: Incident | None = None, **start: Any) -> SheetForm:
    """A new incident, begun with what is already known, or one that is being corrected."""
    if record is not None:
        start |= _typed(said_when(record.happened_at, record.happened_precision, record.happened_part_of_day))
    form = IncidentForm(data, record=record, initial=start)
    acts: Any = form.fields["acts"]
    acts.choices = [(code, _with_letter(code)) for code, _label in acts.choices]
    form.fields["happened_time"].widget.attrs["class"] = "govuk-input--width-5"
    form.fields["in_that_week"].show_when = "happened_on="  # type: ignore[attr-defined]
    return form


def from_report(report: Report | None) -> dict[str, Any]:
    """Where and when, as the report told it: nobody need say it again."""
    if report is None:
        return {}
    start: dict[str, Any] = {
        "area": report.area,
        "place": ", ".join(part for part in (report.village, report.place) if part),
    }
    if report.happened_at is not None:
        start |= _typed(said_when(report.happened_at, report.happened_precision, report.happened_part_of_day))
    return start


def _typed(answers: dict[str, object]) -> dict[str, Any]:
    on = answers["happened_on"]
    return {**answers, "happened_on": on.display() if isinstance(on, PartialDate) else ""}


def _with_letter(code: str) -> str:
    row = codes("act").row(code)
    letter = row.string("letter")
    return f"{letter}) {row.text()}" if letter else row.text()
