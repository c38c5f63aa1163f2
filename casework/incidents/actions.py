"""The verbs of facts: an incident recorded, and corrected."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.base.refusals import InvalidInput
from casework.base.sheets import fill
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.deadlines.clocks import pull_reassessment
from casework.incidents.acts import forms_of
from casework.incidents.models import Incident
from casework.incidents.sheet import INCIDENT
from casework.incidents.when import read_when, said_when
from casework.organisations.models import User

# The answers that say together when it happened.
WHEN: Final = frozenset(
    {
        "happened_on",
        "happened_time",
        "happened_part_of_day",
        "in_that_week",
        "happened_at",
        "happened_precision",
    }
)


@command("incident.record", target="case")
def record_incident(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> Incident:
    """Record what happened; it brings the next assessment of danger to within 24 hours.

    When it happened is read from happened_on, happened_time, happened_part_of_day and in_that_week, or from an instant
    (happened_at, happened_precision). Raises CaseNotLive for a closed case (re-open it first) and InvalidInput for a
    time that cannot be, or is still to come.
    """
    lifecycle.require_live(case.state)
    incident = Incident(case=case)
    changed = fill(incident, INCIDENT, answers)
    _set_when(incident, answers, at=at)
    _set_forms(incident)
    incident.is_first = (
        not Incident.objects.everything(reason="counting the incidents of the case")
        .filter(case=case)
        .exists()
    )
    incident.save()
    pull_reassessment(case, since=at)
    tell(fields={*changed, "happened_at"}, acts=incident.acts)
    return incident


@command("incident.correct", target="incident")
def correct_incident(
    *, incident: Incident, by: User, at: datetime, answers: Mapping[str, object]
) -> Incident:
    """Correct what was written; what it said before stays in the history. Answers left out stay as they are.

    Raises CaseNotLive and InvalidInput as for a new incident.
    """
    lifecycle.require_live(incident.case.state)
    followed = incident.forms == sorted(forms_of(incident.acts))
    forms = incident.forms
    changed = fill(incident, INCIDENT, answers)
    if WHEN & answers.keys():
        before = said_when(incident.happened_at, incident.happened_precision, incident.happened_part_of_day)
        _set_when(incident, {**before, **answers}, at=at)
        changed.append("happened_at")
    if "acts" in changed and followed and incident.forms == forms:
        # Nobody had chosen the forms, so they go on following the acts.
        incident.forms = []
    _set_forms(incident)
    incident.save()
    tell(fields=changed, acts=incident.acts)
    return incident


def _set_when(incident: Incident, answers: Mapping[str, object], *, at: datetime) -> None:
    when = read_when(answers)
    # A list needs an instant to stand at; the precision says that this one means nothing.
    incident.happened_at = when.at or at
    incident.happened_precision = when.precision
    incident.happened_part_of_day = when.part_of_day
    if incident.happened_at > at:
        name = "happened_time" if when.precision == "minute" else "happened_on"
        raise InvalidInput({name: _("This time is still to come.")})


def _set_forms(incident: Incident) -> None:
    if not incident.forms:
        incident.forms = sorted(forms_of(incident.acts))
