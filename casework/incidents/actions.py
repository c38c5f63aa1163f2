"""The verbs of facts: an incident recorded, and corrected."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.base.refusals import Refused
from casework.base.sheets import fill
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.deadlines.clocks import pull_reassessment
from casework.incidents.acts import forms_of
from casework.incidents.models import Incident
from casework.incidents.sheet import INCIDENT
from casework.organisations.models import User

PULLED_TO = timedelta(hours=24)


@command("incident.record", target="case")
def record_incident(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> Incident:
    """Record what happened; it brings the next assessment of danger to within 24 hours.

    Raises CaseNotLive for a closed case (re-open it first) and Refused("time_in_future").
    """
    lifecycle.require_live(case.state)
    incident = Incident(case=case)
    changed = fill(incident, INCIDENT, answers)
    _check(incident, at=at)
    incident.is_first = not Incident.objects.everything(reason="counting the incidents of the case").filter(
        case=case
    ).exists()
    incident.save()
    pull_reassessment(case, due_at=at + PULLED_TO)
    tell(fields=changed, acts=incident.acts)
    return incident


@command("incident.correct", target="incident")
def correct_incident(*, incident: Incident, by: User, at: datetime, answers: Mapping[str, object]) -> Incident:
    """Correct what was written; what it said before stays in the history."""
    lifecycle.require_live(incident.case.state)
    changed = fill(incident, INCIDENT, answers)
    _check(incident, at=at)
    incident.save()
    tell(fields=changed, acts=incident.acts)
    return incident


def _check(incident: Incident, *, at: datetime) -> None:
    if incident.happened_at > at:
        raise Refused("time_in_future", _("This time is still to come."), "happened_at")
    if not incident.forms:
        incident.forms = sorted(forms_of(incident.acts))
