"""Pages of closing: where the case stands, asking, reviewing, finishing, re-opening."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from casework.access.decisions import may
from casework.access.opening import open_record
from casework.base import clock
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.closure import actions
from casework.closure.checklist import EXTENSIONS
from casework.closure.forms import ClosingForm, ExtensionForm, ReopeningForm, ReviewForm
from casework.closure.models import Closing
from casework.closure.queries import closings_of, standing
from casework.http.pages import done, page, show, submit, viewer

TAB = "closing"
HOME = "case-closing"


@page("case.view", methods=("GET",))
def closing_tab(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What still stands against closing, and what was asked and decided so far."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, page="closing")
    closings = closings_of(user, case)
    current = closings[0] if closings else None
    return show(
        request,
        "closure/closing.html",
        case=case,
        tab=TAB,
        checks=standing(case, at=at) if case.state in lifecycle.LIVE else [],
        closings=closings,
        current=current,
        may_ask=lifecycle.allows(case.state, "closing.request") and may(user, "closing.request", case),
        may_review=_may_review(request, case, current),
        may_extend=lifecycle.allows(case.state, "closing.finish")
        and current is not None
        and current.extended_times < EXTENSIONS
        and may(user, "closing.extend", case),
        may_finish=lifecycle.allows(case.state, "closing.finish") and may(user, "closing.finish", case),
        may_reopen=lifecycle.allows(case.state, "case.reopen") and may(user, "case.reopen", case),
    )


def _may_review(request: HttpRequest, case: Case, current: Closing | None) -> bool:
    user = viewer(request)
    return (
        current is not None
        and lifecycle.allows(case.state, "closing.approve")
        and user.pk not in {current.requested_by_id, case.lead_id}
        and bool(may(user, "closing.approve", case))
    )


@page("closing.request")
def request_closing(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Ask for the case to be closed."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="closing.request", page="request-closing")
    form = ClosingForm(request.POST or None)
    if request.method == "POST" and (
        closing := submit(form, actions.request_closing, case=case, by=user, at=at)
    ):
        return done(
            request, _("A second person has been asked to review the closing."), HOME, closing.case_id
        )
    return show(
        request,
        "closure/request.html",
        form=form,
        case=case,
        tab=TAB,
        page_title=_("Ask to close"),
        checks=standing(case, at=at),
    )


@page("closing.approve")
def review_closing(request: HttpRequest, closing_id: UUID) -> HttpResponse:
    """The second person agrees, or sends the case back to work."""
    user, at = viewer(request), clock.now()
    closing = open_record(user, Closing, closing_id, verb="closing.approve", page="review-closing")
    form = ReviewForm(request.POST or None, record=closing)
    if request.method == "POST":
        sends_back = "send_back" in request.POST
        action = actions.send_closing_back if sends_back else actions.approve_closing
        if submit(form, action, closing=closing, by=user, at=at):
            said = (
                _("The case goes back to work.")
                if sends_back
                else _("The case is now in supervised closure.")
            )
            return done(request, said, HOME, closing.case_id)
    return show(
        request,
        "closure/review.html",
        form=form,
        case=closing.case,
        closing=closing,
        tab=TAB,
        page_title=_("Review the closing"),
        checks=standing(closing.case, at=at),
    )


@page("closing.extend")
def extend_supervision(request: HttpRequest, closing_id: UUID) -> HttpResponse:
    """Supervise for three months more, with a reason; twice at most."""
    user, at = viewer(request), clock.now()
    closing = open_record(user, Closing, closing_id, verb="closing.extend", page="extend-supervision")
    form = ExtensionForm(request.POST or None, record=closing)
    if request.method == "POST" and (
        extended := submit(form, actions.extend_supervision, closing=closing, by=user, at=at)
    ):
        return done(request, _("Supervision goes on for three months."), HOME, extended.case_id)
    return show(
        request,
        "closure/extend.html",
        form=form,
        case=closing.case,
        closing=closing,
        tab=TAB,
        page_title=_("Supervise longer"),
    )


@page("closing.finish", methods=("POST",))
def finish_closing(request: HttpRequest, closing_id: UUID) -> HttpResponse:
    """End supervised closure: the case is closed."""
    user, at = viewer(request), clock.now()
    closing = open_record(user, Closing, closing_id, verb="closing.finish", page="finish-closing")
    actions.finish_closing(closing=closing, by=user, at=at)
    return done(request, _("The case is closed."), HOME, closing.case_id)


@page("case.reopen")
def reopen_case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Take a closed case up again."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="case.reopen", page="reopen")
    form = ReopeningForm(request.POST or None)
    if request.method == "POST" and (
        reopened := submit(form, actions.reopen_case, case=case, by=user, at=at)
    ):
        return done(
            request, _("The case is open again; assess the danger within 24 hours."), "case", reopened.pk
        )
    return show(
        request, "closure/reopen.html", form=form, case=case, tab=TAB, page_title=_("Re-open the case")
    )
