"""Pages of incidents: what happened in a case, written down and corrected."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from casework.access.decisions import may
from casework.access.opening import open_record
from casework.base import clock
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.http.earlier import take_up
from casework.http.pages import done, page, show, submit, viewer
from casework.incidents import queries
from casework.incidents.actions import correct_incident, record_incident
from casework.incidents.forms import from_report, incident_form
from casework.incidents.models import Incident


@page("case.view", methods=("GET",))
def incidents(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One card per incident, the latest first, with a warning where the law does not know an act."""
    user = viewer(request)
    case = open_record(user, Case, case_id, page="incidents")
    found = queries.incidents_of(user, case, after=request.GET.get("after", ""))
    is_live = case.state in lifecycle.LIVE
    return show(
        request,
        "incidents/incidents.html",
        case=case,
        tab="incidents",
        cards=queries.cards(found.rows, queries.relation_of(case)),
        next_url=f"{reverse('case-incidents', args=[case.pk])}?after={found.next}" if found.next else "",
        may_record=is_live and bool(may(user, "incident.record", case)),
        may_correct=is_live and bool(may(user, "incident.correct", case)),
    )


@page("incident.record")
def record(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Write down what happened; the first one begins with what the report said."""
    user = viewer(request)
    case = open_record(user, Case, case_id, verb="incident.record", page="record-incident")
    lifecycle.require_live(case.state)
    start = from_report(queries.first_report(user, case))
    form = incident_form(request.POST or None, **{"area": case.commune, **start})
    if request.method == "POST":
        incident = submit(form, record_incident, case=case, by=user, at=clock.now())
        if incident is not None:
            _warn(request, incident)
            return done(request, _("The incident is recorded."), "case-incidents", case.pk)
    return show(
        request,
        "incidents/record.html",
        form=form,
        case=case,
        tab="incidents",
        page_title=_("Record an incident"),
        button=_("Record the incident"),
        is_begun=bool(start),
    )


@page("incident.correct")
def correct(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Correct an incident; the history keeps what it said before."""
    user = viewer(request)
    incident = open_record(user, Incident, incident_id, verb="incident.correct", page="correct-incident")
    lifecycle.require_live(incident.case.state)
    form = incident_form(request.POST or None, record=incident)
    take_up(request, form, incident, user)
    if (
        request.method == "POST"
        and submit(form, correct_incident, incident=incident, by=user, at=clock.now()) is not None
    ):
        _warn(request, incident)
        return done(request, _("The correction is saved."), "case-incidents", incident.case_id)
    return show(
        request,
        "incidents/record.html",
        form=form,
        case=incident.case,
        tab="incidents",
        page_title=_("Correct the incident"),
        button=_("Save the correction"),
    )


def _warn(request: HttpRequest, incident: Incident) -> None:
    if queries.doubt_about(incident, queries.relation_of(incident.case)):
        messages.warning(
            request,
            str(_("Saved. Look at the warning below: the law may not know an act between these two people.")),
        )
