"""Pages of cases: opening one on a report, joining a report to one."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from casework.access.opening import open_record, record_list
from casework.base import clock
from casework.base.refusals import NotVisible
from casework.cases import forms, queries
from casework.cases.actions import join_case, open_case
from casework.cases.models import Case, CaseReport
from casework.http.pages import done, page, show, submit, viewer
from casework.intake import queries as reports
from casework.intake.models import Report
from casework.intake.views import sent, trail


@page("report.open_case")
def open_case_page(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Open a case on a report; people who are on file already are not written a second time."""
    user, at = viewer(request), clock.now()
    report = open_record(user, Report, report_id, verb="report.open_case", page="open-case")
    people = reports.people_of(report)
    found = reports.matches_of(user, people, at=at).known
    if found:
        record_list(user, "report.match", shown=[match.person.pk for match in found])
    form = forms.known_form(sent(request), report, people, found)

    def opened(*, answers: Mapping[str, Any], **how: Any) -> Case:
        return open_case(known=forms.known_people(dict(answers), people, found), **how)

    if request.method == "POST":
        how = {"report": report, "by": user, "at": at}
        case = open_case(**how) if form is None else submit(form, opened, **how)
        if case is not None:
            return done(request, _("The case is open."), "case-overview", case.pk)
    return show(
        request,
        "cases/open_case.html",
        form=form,
        report=report,
        people=people,
        trail=trail(_("Open a case"), report),
    )


@page("report.join_case")
def join_case_page(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Join a report to a case it belongs to."""
    user, at = viewer(request), clock.now()
    report = open_record(user, Report, report_id, verb="report.join_case", page="join-case")
    candidates = queries.cases_for(report, reports.people_of(report), user, at=at)
    record_list(user, "case.view", shown=[one.case.pk for one in candidates], filters={"page": "join-case"})
    form = forms.join_form(sent(request), report, candidates)
    cases = {one.case.pk: one.case for one in candidates}

    def joined(*, answers: Mapping[str, Any], **how: Any) -> Case:
        return join_case(case=cases[answers["case"]], **how)

    if request.method == "POST" and (case := submit(form, joined, report=report, by=user, at=at)):
        return done(request, _("The report is part of the case now."), "case-overview", case.pk)
    return show(
        request,
        "cases/join_case.html",
        form=form,
        report=report,
        has_candidates=bool(candidates),
        trail=trail(_("Join it to a case"), report),
    )


@page("case.view", methods=("GET",))
def case_of_report(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """From a report to the case it became, for those who may see that case."""
    link = CaseReport.objects.visible_to(viewer(request)).filter(report_id=report_id).first()
    if link is None:
        raise NotVisible
    return HttpResponseRedirect(reverse("case-overview", args=[link.case_id]))
