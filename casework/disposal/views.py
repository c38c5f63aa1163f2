"""Pages of destroying: how long a case or a report is kept, what stands against it, two people, the certificate; holds."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework.access.decisions import may
from casework.access.opening import open_record, record_list
from casework.base import clock
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.disposal import actions, certificate, queries, retention
from casework.disposal.forms import (
    AnswerForm,
    HoldForm,
    LiftingForm,
    RequestForm,
    StopForm,
)
from casework.disposal.models import Disposal, LegalHold, ReportDisposal, ReportHold
from casework.disposal.queries import Subject
from casework.http.downloads import saved
from casework.http.pages import done, page, show, submit, viewer
from casework.intake.models import Report
from casework.organisations.models import User

# The pages of a case and of a report, by what they are for.
OF_CASE: Final[Mapping[str, str]] = {
    "home": "case-disposal",
    "request": "request-disposal",
    "answer": "answer-disposal",
    "place_hold": "place-hold",
    "lift_hold": "lift-hold",
    "certificate": "erasure-certificate",
    "register": "disposal-list",
}
OF_REPORT: Final[Mapping[str, str]] = {
    "home": "report-disposal",
    "request": "request-report-disposal",
    "answer": "answer-report-disposal",
    "place_hold": "place-report-hold",
    "lift_hold": "lift-report-hold",
    "certificate": "report-erasure-certificate",
    "register": "report-disposal-list",
}
ASKED: Final = gettext_lazy("A second person has 24 hours to answer.")
REFUSED: Final = gettext_lazy("The content stays.")
APPROVED: Final = gettext_lazy("It will be destroyed in seven days, unless somebody stops it.")
STOPPED: Final = gettext_lazy("Destroying is stopped. The content stays.")
HELD: Final = gettext_lazy("The hold runs: nothing is destroyed.")
LIFTED: Final = gettext_lazy("The hold is lifted.")


# --- a case ---


@page("disposal.view", methods=("GET",))
def case_disposal(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """How long the case is kept, holds and requests; of a destroyed one when, by whom, and the certificate."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="disposal.view", page="disposal", even_erased=True)
    return _home(request, case, at=at)


@page("disposal.request")
def request_disposal(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Ask for the content of a closed case to be destroyed."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="disposal.request", page="request-disposal")
    form = RequestForm(request.POST or None)
    if (
        request.method == "POST"
        and submit(form, actions.request_disposal, case=case, by=user, at=at) is not None
    ):
        return done(request, ASKED, OF_CASE["home"], case.pk)
    return _asking(request, form, case, at=at)


@page("disposal.approve")
def answer_disposal(request: HttpRequest, disposal_id: UUID) -> HttpResponse:
    """The second person agrees, or does not."""
    user, at = viewer(request), clock.now()
    disposal = open_record(user, Disposal, disposal_id, verb="disposal.approve", page="answer-disposal")
    form = AnswerForm(request.POST or None, record=disposal)
    if request.method == "POST":
        action, said = _answer(request, actions.approve_disposal, actions.refuse_disposal)
        if submit(form, action, disposal=disposal, by=user, at=at) is not None:
            return done(request, said, OF_CASE["home"], disposal.case_id)
    return _answering(request, form, disposal, disposal.case, at=at)


@page("disposal.stop")
def stop_disposal(request: HttpRequest, disposal_id: UUID) -> HttpResponse:
    """Stop what has not been carried out yet."""
    user, at = viewer(request), clock.now()
    disposal = open_record(user, Disposal, disposal_id, verb="disposal.stop", page="stop-disposal")
    form = StopForm(request.POST or None)
    if (
        request.method == "POST"
        and submit(form, actions.stop_disposal, disposal=disposal, by=user, at=at) is not None
    ):
        return done(request, STOPPED, OF_CASE["home"], disposal.case_id)
    return _change(request, form, disposal.case, _("Stop destroying"), _("Stop"), tone="warning")


@page("hold.place")
def place_hold(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Keep the case for a court, an investigation, a complaint."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="hold.place", page="place-hold")
    form = HoldForm(request.POST or None)
    if request.method == "POST" and submit(form, actions.place_hold, case=case, by=user, at=at) is not None:
        return done(request, HELD, OF_CASE["home"], case.pk)
    return _change(request, form, case, _("Place a legal hold"), _("Place the hold"))


@page("hold.lift")
def lift_hold(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """End a hold before its day."""
    user, at = viewer(request), clock.now()
    hold = open_record(user, LegalHold, hold_id, verb="hold.lift", page="lift-hold")
    form = LiftingForm(request.POST or None)
    if request.method == "POST" and submit(form, actions.lift_hold, hold=hold, by=user, at=at) is not None:
        return done(request, LIFTED, OF_CASE["home"], hold.case_id)
    return _change(request, form, hold.case, _("Lift the hold"), _("Lift the hold"), tone="warning")


@page("disposal.view", methods=("GET",))
def erasure_certificate(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The certificate of erasure as PDF, to be saved."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="disposal.view", page="certificate", even_erased=True)
    return _certificate(case, user, at=at)


@page("disposal.list", methods=("GET",))
def disposals(request: HttpRequest) -> HttpResponse:
    """Every request about a case of the viewer's area, the holds that run, and cases whose time is over."""
    user, at = viewer(request), clock.now()
    after = request.GET.get("after", "")
    found = queries.register(user, after=after)
    holds = queries.register_of_holds(user, at=at) if not after else []
    over = queries.cases_over(user, at=at) if not after else []
    listed = [*(row.case_id for row in found.rows), *(row.case_id for row in holds)]
    record_list(user, "disposal.list", shown=[*listed, *(case.pk for case in over)])
    return _register(request, found, holds, OF_CASE, after=after, over=over)


# --- a report that never became a case ---


@page("report_disposal.view", methods=("GET",))
def report_disposal(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """How long a report is kept, holds and requests; of a destroyed one when, by whom, and the certificate."""
    user, at = viewer(request), clock.now()
    report = open_record(
        user, Report, report_id, verb="report_disposal.view", page="disposal", even_erased=True
    )
    return _home(request, report, at=at)


@page("report_disposal.request")
def request_report_disposal(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Ask for the content of a report to be destroyed whose triage ended without a case."""
    user, at = viewer(request), clock.now()
    report = open_record(user, Report, report_id, verb="report_disposal.request", page="request-disposal")
    form = RequestForm(request.POST or None)
    if (
        request.method == "POST"
        and submit(form, actions.request_report_disposal, report=report, by=user, at=at) is not None
    ):
        return done(request, ASKED, OF_REPORT["home"], report.pk)
    return _asking(request, form, report, at=at)


@page("report_disposal.approve")
def answer_report_disposal(request: HttpRequest, report_disposal_id: UUID) -> HttpResponse:
    """The second person agrees, or does not."""
    user, at = viewer(request), clock.now()
    disposal = open_record(
        user,
        ReportDisposal,
        report_disposal_id,
        verb="report_disposal.approve",
        page="answer-report-disposal",
    )
    form = AnswerForm(request.POST or None, record=disposal)
    if request.method == "POST":
        action, said = _answer(request, actions.approve_report_disposal, actions.refuse_report_disposal)
        if submit(form, action, disposal=disposal, by=user, at=at) is not None:
            return done(request, said, OF_REPORT["home"], disposal.report_id)
    return _answering(request, form, disposal, disposal.report, at=at)


@page("report_disposal.stop")
def stop_report_disposal(request: HttpRequest, report_disposal_id: UUID) -> HttpResponse:
    """Stop what has not been carried out yet."""
    user, at = viewer(request), clock.now()
    disposal = open_record(
        user, ReportDisposal, report_disposal_id, verb="report_disposal.stop", page="stop-report-disposal"
    )
    form = StopForm(request.POST or None)
    if (
        request.method == "POST"
        and submit(form, actions.stop_report_disposal, disposal=disposal, by=user, at=at) is not None
    ):
        return done(request, STOPPED, OF_REPORT["home"], disposal.report_id)
    return _change(request, form, disposal.report, _("Stop destroying"), _("Stop"), tone="warning")


@page("report_hold.place")
def place_report_hold(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Keep the report for a court, an investigation, a complaint."""
    user, at = viewer(request), clock.now()
    report = open_record(user, Report, report_id, verb="report_hold.place", page="place-hold")
    form = HoldForm(request.POST or None)
    if (
        request.method == "POST"
        and submit(form, actions.place_report_hold, report=report, by=user, at=at) is not None
    ):
        return done(request, HELD, OF_REPORT["home"], report.pk)
    return _change(request, form, report, _("Place a legal hold"), _("Place the hold"))


@page("report_hold.lift")
def lift_report_hold(request: HttpRequest, report_hold_id: UUID) -> HttpResponse:
    """End a hold before its day."""
    user, at = viewer(request), clock.now()
    hold = open_record(user, ReportHold, report_hold_id, verb="report_hold.lift", page="lift-report-hold")
    form = LiftingForm(request.POST or None)
    if (
        request.method == "POST"
        and submit(form, actions.lift_report_hold, hold=hold, by=user, at=at) is not None
    ):
        return done(request, LIFTED, OF_REPORT["home"], hold.report_id)
    return _change(request, form, hold.report, _("Lift the hold"), _("Lift the hold"), tone="warning")


@page("report_disposal.view", methods=("GET",))
def report_erasure_certificate(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """The certificate of erasure of a report as PDF, to be saved."""
    user, at = viewer(request), clock.now()
    report = open_record(
        user, Report, report_id, verb="report_disposal.view", page="certificate", even_erased=True
    )
    return _certificate(report, user, at=at)


@page("disposal.list", methods=("GET",))
def report_disposals(request: HttpRequest) -> HttpResponse:
    """Every request about a report of the viewer's area, and the holds that run."""
    user, at = viewer(request), clock.now()
    after = request.GET.get("after", "")
    found = queries.register_of_reports(user, after=after)
    holds = queries.register_of_report_holds(user, at=at) if not after else []
    over = queries.reports_over(user, at=at) if not after else []
    listed = [*(row.report_id for row in found.rows), *(row.report_id for row in holds)]
    record_list(user, "disposal.list", shown=[*listed, *(row.pk for row in over)])
    return _register(request, found, holds, OF_REPORT, after=after, over=over)


# --- the same for both ---


def _pages(subject: Subject) -> Mapping[str, str]:
    return OF_CASE if isinstance(subject, Case) else OF_REPORT


def _verb(subject: Subject, name: str) -> str:
    """The verb of a case, or its sister of a report."""
    return name if isinstance(subject, Case) else f"report_{name}"


def _about(subject: Subject) -> dict[str, Any]:
    """What every page tells of what it is about."""
    kind = "case" if isinstance(subject, Case) else "report"
    return {kind: subject, "subject": subject, "pages": _pages(subject)}


def _home(request: HttpRequest, subject: Subject, *, at: datetime) -> HttpResponse:
    user = viewer(request)
    context = _erased(subject, user) if subject.is_erased else _kept(subject, user, at=at)
    return show(request, "disposal/home.html", trail=_trail(user, subject), **_about(subject), **context)


def _erased(subject: Subject, user: User) -> dict[str, Any]:
    proof = queries.proof_of(subject)
    if proof is None:
        return {"is_erased": True, "with_another": _with_another(subject, user)}
    return {
        "is_erased": True,
        "proof": proof,
        "counts": certificate.counted(proof.stone.counts, proof.stone.about),
        "retention": certificate.retention_words(proof.stone.about),
    }


def _with_another(subject: Subject, user: User) -> dict[str, str] | None:
    """The case or report a report is kept and destroyed with; its name and page for those who may see it."""
    other = queries.kept_with(subject) if isinstance(subject, Report) else None
    if other is None:
        return None
    if not may(user, _verb(other, "disposal.view"), other):
        return {"name": "", "url": ""}
    return {"name": str(other), "url": reverse(_pages(other)["home"], args=[other.pk])}


def _kept(subject: Subject, user: User, *, at: datetime) -> dict[str, Any]:
    other = _with_another(subject, user)
    if other is not None:
        return {"with_another": other}
    requests = queries.disposals_of(user, subject)
    running = next((one for one in requests if one.state in Disposal.RUNNING), None)
    found = queries.checks_of(subject, ground=running.ground if running else "", at=at)
    term = queries.term_of(subject)
    begun = subject.state == lifecycle.CLOSED if isinstance(subject, Case) else term is not None
    # What no ground comes round: while it stands there is nothing to ask.
    is_free = set(retention.against(found)) <= {"term_over"}

    def allowed(name: str) -> bool:
        return bool(may(user, _verb(subject, name), subject))

    return {
        "term": term,
        "checks": found if begun else [],
        "requests": requests,
        "running": running,
        "answer_by": running.requested_at + retention.ANSWER_WITHIN if running else None,
        "holds": [(hold, hold.runs(at)) for hold in queries.holds_of(user, subject)],
        "may_request": is_free and running is None and allowed("disposal.request"),
        "may_answer": running is not None
        and running.state == Disposal.ASKED
        and running.requested_by_id != user.pk
        and allowed("disposal.approve"),
        "may_stop": running is not None and allowed("disposal.stop"),
        "may_hold": (begun or isinstance(subject, Case)) and allowed("hold.place"),
        "may_lift": allowed("hold.lift"),
    }


def _trail(user: User, subject: Subject, title: str = "") -> list[tuple[str, str]]:
    """The way back; what the viewer cannot read has none."""
    here = reverse(_pages(subject)["home"], args=[subject.pk])
    if isinstance(subject, Case):
        lists, name, route = (_("Cases"), reverse("case-list")), subject.number, "case-overview"
    else:
        lists, name, route = (_("Reports"), reverse("report-list")), subject.code, "report-detail"
    trail = [lists]
    reads = bool(may(user, type(subject).view_verb, subject))
    if reads and not subject.is_erased:
        trail.append((name, reverse(route, args=[subject.pk])))
    elif not reads:
        trail = [(_("Destroying content"), reverse(_pages(subject)["register"]))]
    keeping = _("Keeping and destroying")
    return [*trail, (keeping, here), (title, "")] if title else [*trail, (keeping, "")]


def _asking(request: HttpRequest, form: Any, subject: Subject, *, at: datetime) -> HttpResponse:
    title = _("Ask to destroy the content")
    return show(
        request,
        "disposal/request.html",
        form=form,
        page_title=title,
        trail=_trail(viewer(request), subject, title),
        term=queries.term_of(subject),
        checks=queries.checks_of(subject, ground="", at=at),
        **_about(subject),
    )


def _answer(
    request: HttpRequest, approve: Callable[..., Any], refuse: Callable[..., Any]
) -> tuple[Callable[..., Any], Any]:
    return (refuse, REFUSED) if "refuse" in request.POST else (approve, APPROVED)


def _answering(
    request: HttpRequest, form: Any, disposal: Disposal | ReportDisposal, subject: Subject, *, at: datetime
) -> HttpResponse:
    user, title = viewer(request), _("Answer as the second person")
    extent = queries.extent_of(subject)
    return show(
        request,
        "disposal/answer.html",
        form=form,
        disposal=disposal,
        page_title=title,
        trail=_trail(user, subject, title),
        term=queries.term_of(subject),
        extent=extent,
        told_in=queries.told_in(extent.reports) if isinstance(subject, Report) else None,
        checks=queries.checks_of(subject, ground=disposal.ground, at=at),
        is_own=disposal.requested_by_id == user.pk,
        **_about(subject),
    )


def _change(
    request: HttpRequest, form: Any, subject: Subject, title: str, button: str, *, tone: str = ""
) -> HttpResponse:
    return show(
        request,
        "disposal/change.html",
        form=form,
        page_title=title,
        trail=_trail(viewer(request), subject, title),
        button=button,
        tone=tone,
        **_about(subject),
    )


def _certificate(subject: Subject, user: User, *, at: datetime) -> HttpResponse:
    content = queries.certificate_of(subject, user, at=at)
    return saved(content, name=certificate.file_name(str(subject)), media_type=certificate.MEDIA_TYPE)


def _register(
    request: HttpRequest,
    found: Any,
    holds: Any,
    pages: Mapping[str, str],
    *,
    after: str,
    over: Sequence[Subject] = (),
) -> HttpResponse:
    here = reverse(pages["register"])
    tabs = [
        {"title": title, "url": reverse(of["register"]), "current": of is pages}
        for title, of in ((_("Cases"), OF_CASE), (_("Reports"), OF_REPORT))
    ]
    return show(
        request,
        "disposal/register.html",
        rows=found.rows,
        holds=holds,
        over=over,
        tabs=tabs,
        pages=pages,
        is_report=pages is OF_REPORT,
        next_url=f"{here}?after={found.next}" if found.next else "",
        first_url=here if after else "",
    )
