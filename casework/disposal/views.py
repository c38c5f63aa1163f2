"""Pages of destroying: how long a case is kept, what stands against it, two people, the certificate; legal holds."""

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
from casework.disposal.forms import AnswerForm, HoldForm, LiftingForm, RequestForm, StopForm
from casework.disposal.models import Disposal, LegalHold
from casework.http.downloads import saved
from casework.http.pages import done, page, show, submit, viewer
from casework.organisations.models import User

HOME: Final = "case-disposal"
TONES: Final = {"asked": "warning", "approved": "danger", "done": "neutral"}


@page("disposal.view", methods=("GET",))
def case_disposal(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """How long the case is kept, holds and requests; of a destroyed one when, by whom, and the certificate."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="disposal.view", page="disposal", even_erased=True)
    context = _erased(case) if case.is_erased else _kept(case, user, at=at)
    return show(request, "disposal/case.html", case=case, trail=_trail(user, case), **context)


def _erased(case: Case) -> dict[str, Any]:
    proof = queries.proof_of(case)
    if proof is None:
        return {"is_erased": True}
    return {
        "is_erased": True,
        "proof": proof,
        "counts": certificate.counted(proof.stone.counts, proof.stone.about),
        "retention": certificate.retention_words(proof.stone.about),
    }


def _kept(case: Case, user: User, *, at: datetime) -> dict[str, Any]:
    requests = queries.disposals_of(user, case)
    running = next((one for one in requests if one.state in Disposal.RUNNING), None)
    standing = queries.standing_of(case, at=at)
    found = retention.checks(standing, ground=running.ground if running else "", on=clock.local_date(at))
    is_closed = case.state == lifecycle.CLOSED
    # What no ground comes round: while it stands there is nothing to ask.
    is_free = not {"closed", "no_hold", "no_live_link"} & set(retention.against(found))
    return {
        "term": queries.term_of(case),
        "checks": found if is_closed else [],
        "requests": requests,
        "running": running,
        "tones": TONES,
        "answer_by": running.requested_at + retention.ANSWER_WITHIN if running else None,
        "holds": [(hold, hold.runs(at)) for hold in queries.holds_of(user, case)],
        "may_request": is_free and running is None and bool(may(user, "disposal.request", case)),
        "may_answer": running is not None
        and running.state == Disposal.ASKED
        and running.requested_by_id != user.pk
        and bool(may(user, "disposal.approve", case)),
        "may_stop": running is not None and bool(may(user, "disposal.stop", case)),
        "may_hold": bool(may(user, "hold.place", case)),
        "may_lift": bool(may(user, "hold.lift", case)),
    }


def _trail(user: User, case: Case, title: str = "") -> list[tuple[str, str]]:
    """The way back; a case that the viewer cannot read has none."""
    here = reverse(HOME, args=[case.pk])
    trail = [(_("Cases"), reverse("case-list"))]
    if not case.is_erased and may(user, "case.view", case):
        trail.append((case.number, reverse("case-overview", args=[case.pk])))
    elif not may(user, "case.view", case):
        trail = [(_("Destroying cases"), reverse("disposal-list"))]
    name = _("Keeping and destroying")
    return [*trail, (name, here), (title, "")] if title else [*trail, (name, "")]


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
        return done(request, gettext_lazy("A second person has 24 hours to answer."), HOME, case.pk)
    standing = queries.standing_of(case, at=at)
    title = _("Ask to destroy the content")
    return show(
        request,
        "disposal/request.html",
        form=form,
        case=case,
        page_title=title,
        trail=_trail(user, case, title),
        term=queries.term_of(case),
        checks=retention.checks(standing, ground="", on=clock.local_date(at)),
    )


@page("disposal.approve")
def answer_disposal(request: HttpRequest, disposal_id: UUID) -> HttpResponse:
    """The second person agrees, or does not."""
    user, at = viewer(request), clock.now()
    disposal = open_record(user, Disposal, disposal_id, verb="disposal.approve", page="answer-disposal")
    form = AnswerForm(request.POST or None, record=disposal)
    if request.method == "POST":
        refuses = "refuse" in request.POST
        action = actions.refuse_disposal if refuses else actions.approve_disposal
        if submit(form, action, disposal=disposal, by=user, at=at) is not None:
            said = (
                gettext_lazy("The content stays.")
                if refuses
                else gettext_lazy("It will be destroyed in seven days, unless somebody stops it.")
            )
            return done(request, said, HOME, disposal.case_id)
    case, title = disposal.case, _("Answer as the second person")
    standing = queries.standing_of(case, at=at)
    return show(
        request,
        "disposal/answer.html",
        form=form,
        case=case,
        disposal=disposal,
        page_title=title,
        trail=_trail(user, case, title),
        term=queries.term_of(case),
        extent=queries.extent_of(case),
        checks=retention.checks(standing, ground=disposal.ground, on=clock.local_date(at)),
        is_own=disposal.requested_by_id == user.pk,
    )


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
        return done(
            request, gettext_lazy("Destroying is stopped. The content stays."), HOME, disposal.case_id
        )
    return _change(request, form, disposal.case, _("Stop destroying"), _("Stop"), tone="warning")


@page("hold.place")
def place_hold(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Keep the case for a court, an investigation, a complaint."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="hold.place", page="place-hold")
    form = HoldForm(request.POST or None)
    if request.method == "POST" and submit(form, actions.place_hold, case=case, by=user, at=at) is not None:
        return done(request, gettext_lazy("The hold runs: nothing of this case is destroyed."), HOME, case.pk)
    return _change(request, form, case, _("Place a legal hold"), _("Place the hold"))


@page("hold.lift")
def lift_hold(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """End a hold before its day."""
    user, at = viewer(request), clock.now()
    hold = open_record(user, LegalHold, hold_id, verb="hold.lift", page="lift-hold")
    form = LiftingForm(request.POST or None)
    if request.method == "POST" and submit(form, actions.lift_hold, hold=hold, by=user, at=at) is not None:
        return done(request, gettext_lazy("The hold is lifted."), HOME, hold.case_id)
    return _change(request, form, hold.case, _("Lift the hold"), _("Lift the hold"), tone="warning")


def _change(
    request: HttpRequest, form: Any, case: Case, title: str, button: str, *, tone: str = ""
) -> HttpResponse:
    return show(
        request,
        "disposal/change.html",
        form=form,
        case=case,
        page_title=title,
        trail=_trail(viewer(request), case, title),
        button=button,
        tone=tone,
    )


@page("disposal.view", methods=("GET",))
def erasure_certificate(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The certificate of erasure as PDF, to be saved."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="disposal.view", page="certificate", even_erased=True)
    content = queries.certificate_of(case, user, at=at)
    return saved(content, name=certificate.file_name(case.number), media_type=certificate.MEDIA_TYPE)


@page("disposal.list", methods=("GET",))
def disposals(request: HttpRequest) -> HttpResponse:
    """Every request of the viewer's area, and the holds that run."""
    user, at = viewer(request), clock.now()
    after = request.GET.get("after", "")
    found = queries.register(user, after=after)
    holds = queries.register_of_holds(user, at=at) if not after else []
    record_list(
        user, "disposal.list", shown=[*(row.case_id for row in found.rows), *(row.case_id for row in holds)]
    )
    here = reverse("disposal-list")
    return show(
        request,
        "disposal/register.html",
        rows=found.rows,
        holds=holds,
        tones=TONES,
        next_url=f"{here}?after={found.next}" if found.next else "",
        first_url=here if after else "",
    )
