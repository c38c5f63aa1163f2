"""REST of incidents."""

from typing import Any

from rest_framework import serializers

from casework.cases.models import Case
from casework.http.rest import ActionView, RecordListView, RecordView
from casework.http.serializers import record_serializer
from casework.incidents import queries
from casework.incidents.actions import correct_incident, record_incident
from casework.incidents.models import Incident
from casework.incidents.sheet import INCIDENT

PLAIN = (
    "case",
    "happened_at",
    "happened_precision",
    "happened_part_of_day",
    "area",
    "acts",
    "forms",
    "is_first",
    "penalty_level",
    "created_at",
    "created_by",
)


def _doubt(incident: Incident) -> dict[str, Any] | None:
    doubt = queries.doubt_about(incident, queries.relation_of(incident.case))
    if doubt is None:
        return None
    return {"acts": [act.letter for act in doubt.acts], "relation": doubt.relation, "basis": doubt.basis}


# A list opens nothing that is sealed.
IncidentRow = record_serializer("IncidentRow", Incident, PLAIN)
IncidentOut = record_serializer(
    "IncidentOut",
    Incident,
    PLAIN,
    sheet=INCIDENT,
    extra={
        "outside_the_law": (
            serializers.DictField(
                read_only=True,
                allow_null=True,
                help_text="Acts the law does not know between the two main people: a warning, never a refusal.",
            ),
            _doubt,
        )
    },
)


class IncidentList(RecordListView):
    """GET the incidents of a case, as entered, without their words; POST to record one."""

    model, parent, verb, output = Incident, Case, "case.view", IncidentRow
    action, sheet = record_incident, INCIDENT
    receipt = ("happened_at", "happened_precision", "acts", "forms", "is_first")
    location = "api:incident"


class IncidentRecord(RecordView):
    """GET one incident."""

    model, verb, output = Incident, "case.view", IncidentOut


class CorrectIncident(ActionView):
    """POST the answers that change; the others stay."""

    model, action, sheet = Incident, correct_incident, INCIDENT
    partial = True
    receipt = ("happened_at", "happened_precision", "acts", "forms")
