"""Pages of requests to see a file: the queue of those who answer, the requests about a case, and a page for each verb."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from casework.access.opening import open_record, record_list
from casework.base import clock
from casework.base.codes import codes
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.children.queries import children_of
from casework.deadlines.queries import link, may_on_cases
from casework.encryption.keyring import prefetch_keys
from casework.extracts import actions, forms, queries
from casework.extracts.models import AccessRequest
from casework.http.forms import SheetForm
from casework.http.pages import done, page, show, submit, viewer
from casework.organisations.models import User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TAB: Final = "overview"
TONES: Final = {
    AccessRequest.ASKED: "warning",
    AccessRequest.ALLOWED: "accent",
    AccessRequest.PREPARED: "warning",
    AccessRequest.RELEASED: "success",
}
VERBS: Final = ("access.record", "access.refuse", "access.allow", "access.prepare", "access.release")


@page("access.queue", methods=("GET",))
def queue(request: HttpRequest) -> HttpResponse:
    """Every request that waits, of all cases the viewer answers for."""
    user, at = viewer(request), clock.now()
    rows = queries.queue_of(user, at=at)
    record_list(user, "access.queue", shown=[row.pk for row in rows])
    rights = may_on_cases(user, {row.case_id for row in rows}, VERBS, at=at)
    return show(
        request,
        "extracts/queue.html",
        lines=[
            _line(row, user, frozenset(verb for verb in VERBS if row.case_id in rights[verb])) for row in rows
        ],
    )


@page("access.view", methods=("GET",))
def requests(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Who asked to see this file, and what was answered."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="access.view", page="access-requests")
    rights = _rights(user, case, at)
    return show(
        request,
        "extracts/requests.html",
        case=case,
        tab=TAB,
        page_title=_("Requests to see the file"),
        lines=[_line(row, user, rights) for row in queries.requests_of(user, case)],
        may_record="access.record" in rights,
    )


@page("access.view", methods=("GET",))
def access_request(request: HttpRequest, access_request_id: UUID) -> HttpResponse:
    """One request whole, with its next step."""
    user, at = viewer(request), clock.now()
    row = _open(user, access_request_id, page="access-request")
    return show(
        request,
        "extracts/request.html",
        case=row.case,
        tab=TAB,
        page_title=_("Request to see the file"),
        row=row,
        line=_line(row, user, _rights(user, row.case, at)),
        facts=_facts(row),
        may_be_perpetrator=codes("access_capacity").row(row.capacity).flag("may_be_perpetrator"),
        tells_of_the_file=queries.tells_of_the_file(row),
    )


@page("access.record")
def record(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Write a request down."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="access.record", page="record-access")
    form = forms.record_form(_sent(request), children_of(case, at=at), at=at)
    if request.method == "POST" and (made := submit(form, actions.record_request, case=case, by=user, at=at)):
        return done(
            request, _("The request is written down; two working days run."), "access-request", made.pk
        )
    title = _("Request to see the file")
    return show(
        request,
        "extracts/verb.html",
        form=form,
        title=title,
        button=_("Write the request down"),
        lead=_(
            "Show nothing now. Somebody else answers: refuses with reasons, or allows an extract that two people have "
            "looked through."
        ),
        trail=_trail(case, title),
        back_url=reverse("case-access", args=[case.pk]),
    )


@page("access.refuse")
def refuse(request: HttpRequest, access_request_id: UUID) -> HttpResponse:
    """Refuse with reasons."""
    row = _open(viewer(request), access_request_id, verb="access.refuse", page="refuse-access")
    return _step(
        request,
        row,
        actions.refuse_request,
        forms.RefuseForm(_sent(request), record=row),
        title=_("Refuse to show the file"),
        button=_("Refuse"),
        message=_("The refusal is written down."),
        other=(reverse("allow-access", args=[row.pk]), _("Allow an extract")),
    )


@page("access.allow")
def allow(request: HttpRequest, access_request_id: UUID) -> HttpResponse:
    """Allow an extract."""
    row = _open(viewer(request), access_request_id, verb="access.allow", page="allow-access")
    return _step(
        request,
        row,
        actions.allow_request,
        forms.AllowForm(_sent(request), record=row),
        title=_("Allow an extract"),
        lead=_(
            "Never who reported, where she or the child stays, how she is reached. Each paper is looked through for it."
        ),
        button=_("Allow an extract"),
        message=_("An extract is allowed."),
        other=(reverse("refuse-access", args=[row.pk]), _("Refuse to show the file")),
    )


@page("access.prepare")
def prepare(request: HttpRequest, access_request_id: UUID) -> HttpResponse:
    """Name the paper that is the extract."""
    row = _open(viewer(request), access_request_id, verb="access.prepare", page="prepare-extract")
    drawn = queries.drawn_for(row)
    other = (reverse("case-papers", args=[row.case_id]), _("Papers of the case"))
    if drawn is not None:
        asked = urlencode({"kind": drawn.code, "about": row.case_id})
        address = f"{reverse('paper-preview', args=[row.case_id])}?{asked}"
        other = (address, _("Draw the extract from the file"))
    return _step(
        request,
        row,
        actions.prepare_extract,
        forms.prepare_form(_sent(request), row),
        title=_("The extract"),
        lead=_(
            "The system draws the extract of whoever asks, without anybody else's data; read it before it gets its number. "
            "It is looked through and blocked while it says what must not leave the office. Then name it here."
        )
        if drawn is not None
        else _(
            "Make the paper first, on the tab of papers: drawn from the records, or a redacted file that was sent. It is "
            "looked through there and blocked while it says what must not leave the office."
        ),
        button=_("This is the extract"),
        message=_("The extract waits for a second person."),
        # Until there is a paper to be named, the one step is to make it.
        waits_for_paper=request.method == "GET" and not queries.papers_for(row),
        other=other,
    )


@page("access.release")
def release(request: HttpRequest, access_request_id: UUID) -> HttpResponse:
    """A second person hands the extract over."""
    row = _open(viewer(request), access_request_id, verb="access.release", page="release-extract")
    return _step(
        request,
        row,
        actions.release_extract,
        forms.ReleaseForm(_sent(request), record=row),
        title=_("Hand the extract over"),
        lead=_(
            "Open the paper and read it as whoever asked would. What is learned from it cannot be taken back."
        ),
        button=_("Hand it over"),
        message=_("The extract is handed over."),
        other=(reverse("paper", args=[row.paper_id]), _("Open the paper")) if row.paper_id else None,
    )


# --- parts ---


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _open(user: User, pk: UUID, *, page: str, verb: str | None = None) -> AccessRequest:
    row = open_record(user, AccessRequest, pk, verb=verb, page=page)
    prefetch_keys([row])
    return row


def _trail(case: Case, here: "StrOrPromise") -> list[tuple["StrOrPromise", str]]:
    """The way back from a page without the frame of the case."""
    return [
        (case.number, link("case-overview", case.pk)),
        (_("Requests to see the file"), reverse("case-access", args=[case.pk])),
        (here, ""),
    ]


def _step(
    request: HttpRequest,
    row: AccessRequest,
    action: Callable[..., AccessRequest],
    form: SheetForm,
    *,
    title: "StrOrPromise",
    message: "StrOrPromise",
    **more: Any,
) -> HttpResponse:
    """A page that takes a request one step on, and then shows the whole of it."""
    user, at = viewer(request), clock.now()
    if request.method == "POST" and submit(form, action, request=row, by=user, at=at) is not None:
        return done(request, message, "access-request", row.pk)
    return show(
        request,
        "extracts/verb.html",
        form=form,
        row=row,
        facts=_facts(row),
        tells_of_the_file=queries.tells_of_the_file(row),
        title=title,
        trail=_trail(row.case, title),
        back_url=reverse("access-request", args=[row.pk]),
        **more,
    )


def _rights(user: User, case: Case, at: datetime) -> frozenset[str]:
    return frozenset(
        verb for verb, where in may_on_cases(user, [case.pk], VERBS, at=at).items() if case.pk in where
    )


def _line(row: AccessRequest, user: User, rights: frozenset[str]) -> dict[str, Any]:
    """One request on a page: where it stands, its hour, the next button the viewer may press."""
    steps: dict[str, list[tuple[str, str, StrOrPromise, bool]]] = {
        AccessRequest.ASKED: [
            ("access.allow", "allow-access", _("Allow an extract"), row.created_by_id != user.pk),
            ("access.refuse", "refuse-access", _("Refuse to show the file"), row.created_by_id != user.pk),
        ],
        AccessRequest.ALLOWED: [("access.prepare", "prepare-extract", _("Name the extract"), True)],
        AccessRequest.PREPARED: [
            ("access.release", "release-extract", _("Hand the extract over"), row.prepared_by_id != user.pk),
            ("access.prepare", "prepare-extract", _("Name another extract"), True),
        ],
    }
    live = row.case.state in lifecycle.LIVE or row.state != AccessRequest.ALLOWED
    buttons = [
        {"url": reverse(route, args=[row.pk]), "label": label}
        for verb, route, label, fits in steps.get(row.state, [])
        if verb in rights and fits and live
    ]
    waits = {AccessRequest.ASKED: row.answer_by}
    return {
        "row": row,
        "url": reverse("access-request", args=[row.pk]),
        "title": codes("access_scope").label(row.scope),
        "capacity": codes("access_capacity").label(row.capacity),
        "badge": codes("access_state").label(row.state),
        "tone": TONES.get(row.state, "neutral"),
        "due": waits.get(row.state, row.done_by) if row.state in queries.OPEN else None,
        "button": buttons[0] if buttons else None,
        "others": buttons[1:],
    }


def _facts(row: AccessRequest) -> list[dict[str, Any]]:
    """What is written down about a request; what does not apply is left out."""
    facts: list[tuple[Any, Any, Any]] = [
        (_("Who asks to see it"), row.who, codes("access_capacity").label(row.capacity)),
        (_("How that was shown"), row.proof, ""),
        (_("What is to be seen"), codes("access_scope").label(row.scope), ""),
        (_("Which child"), row.child.person.full_name if row.child else "", ""),
        (_("In the words of whoever asks"), row.wants, ""),
        (_("Why it is not shown"), "; ".join(codes("access_refusal").label(one) for one in row.refusals), ""),
        (_("Reasons given"), row.reasons, row.decided_by.full_name if row.decided_by else ""),
        (_("Extract"), row.paper.shown_number if row.paper else "", row.checked),
        (_("Prepared by"), row.prepared_by.full_name if row.prepared_by else "", ""),
        (_("Second person"), row.released_by.full_name if row.released_by else "", row.remark),
    ]
    return [{"label": label, "value": value, "note": note} for label, value, note in facts if value]
