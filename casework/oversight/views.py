"""Who looked: the tab of a case, and the auditor's desk."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from casework.access.opening import open_record, record_list
from casework.base import clock
from casework.base.refusals import InvalidInput, NotVisible
from casework.cases.models import Case
from casework.http.pages import done, page, show, submit, viewer
from casework.organisations.models import User
from casework.oversight import queries
from casework.oversight.actions import open_case_for_audit
from casework.oversight.forms import OpenCaseForm, OpenTermForm, SearchForm

FIELDS: Final = ("actor", "unit", "day", "action", "outcome")
NO_CASE: Final = _("There is no case with this number in your area.")


@page("case.view", methods=("GET",))
def readers(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Who opened this case, when, what and on which basis; refusals too."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, page="readers")
    after = request.GET.get("after", "")
    found = queries.readers_of(case, user, after=after, at=at)
    here = reverse("case-readers", args=[case.pk])
    return show(
        request,
        "oversight/readers.html",
        case=case,
        tab="readers",
        events=found.rows,
        next_url=f"{here}?after={found.next}" if found.next else "",
        first_url=here if after else "",
    )


@page("audit.read", drafts=False)
def desk(request: HttpRequest) -> HttpResponse:
    """Search what was read and done by case, person, day, action and outcome.

    A search is posted, then shown under an address that holds ids and codes only.
    """
    user, at = viewer(request), clock.now()
    posted = request.POST if request.method == "POST" else None
    search = queries.Search() if posted is not None else queries.search_of(user, request.GET.dict(), at=at)
    form = SearchForm(posted, initial=_as_typed(search))
    form.offer("actor", [(str(one.pk), one.full_name) for one in queries.staff_of(user, at=at)])
    form.offer("unit", [(str(one.pk), one.name) for one in queries.offices_of(user, at=at)])
    if posted is not None and form.is_valid():
        asked = form.cleaned_data
        case = queries.case_to_audit(user, asked["number"], at=at) if asked["number"] else None
        if case is None and asked["number"]:
            form.add_error("number", str(NO_CASE))
        else:
            address = {"case": case.pk if case else "", **{name: asked[name] for name in FIELDS}}
            told = urlencode({name: value for name, value in address.items() if value})
            return HttpResponseRedirect(f"{reverse('desk-auditor')}?{told}")
    context = {"search": None} if posted is not None else _found(request, user, search, at=at)
    damaged = queries.damage_for(user, at=at)
    return show(request, "oversight/desk.html", form=form, damaged=damaged, **context)


def _as_typed(search: queries.Search) -> dict[str, Any]:
    return {
        "number": search.case.number if search.case else "",
        "actor": str(search.actor.pk) if search.actor else "",
        "unit": str(search.unit.pk) if search.unit else "",
        "day": search.day,
        "action": search.action,
        "outcome": search.outcome,
    }


def _found(request: HttpRequest, user: User, search: queries.Search, *, at: datetime) -> dict[str, Any]:
    """The events of a search, what is known of its case, and where to go on."""
    after = request.GET.get("after", "")
    found = queries.events_for(user, search, after=after, at=at)
    words = search.words()
    about = {event.case_id for event in found.rows if event.case_id}
    record_list(user, "audit.read", shown=sorted(about, key=str), filters=words)
    here = f"{reverse('desk-auditor')}?{urlencode(words)}"
    until = queries.readable_until(search.case, user, at=at) if search.case else None
    people: list[queries.Asked] = []
    if search.case and until and not search.case.is_erased:
        open_record(user, Case, search.case.pk, page="desk-auditor", fields=("full_name",))
        people = queries.people_to_ask_about(search.case, user, at=at)
    return {
        "events": found.rows,
        "people": people,
        "search": search,
        "next_url": f"{here}&after={found.next}" if found.next else "",
        "first_url": here if after else "",
        "verify_url": f"{here}&verify=1",
        "chain": queries.chain_of(search.case) if search.case and "verify" in request.GET else None,
        "readable_until": until,
    }


@page("audit.open_case", drafts=False)
def open_case(request: HttpRequest) -> HttpResponse:
    """Open a case with a reason, for 60 minutes; a case found on the desk is already named."""
    user, at = viewer(request), clock.now()
    named = (
        queries.search_of(user, {"case": request.GET["case"]}, at=at).case if "case" in request.GET else None
    )
    form = OpenCaseForm(request.POST or None, initial={"number": named.number if named else ""})
    if request.method == "POST" and form.is_valid():
        if queries.case_to_audit(user, form.cleaned_data["number"], at=at) is None:
            form.add_error("number", str(NO_CASE))
        elif case := submit(form, open_case_for_audit, by=user, at=at):
            return done(request, _("You can read the case for 60 minutes."), "case", case.pk)
    return show(request, "oversight/open_case.html", form=form)


@page("audit.open_term", methods=("POST",), drafts=False)
def open_term(request: HttpRequest) -> HttpResponse:
    """Show what somebody searched for once, for a written reason; the button on the desk only asks for the reason."""
    user, at, event = viewer(request), clock.now(), _number(request.POST.get("event", ""))
    found = queries.search_to_open(user, event, at=at)
    form = OpenTermForm(request.POST if "reason" in request.POST else None)
    term: str | None = None
    if form.is_bound and form.is_valid():
        try:
            term = queries.open_term(user, event, reason=form.answers()["reason"], at=at)
        except InvalidInput as refusal:
            form.refuse(refusal)
    return show(request, "oversight/term.html", form=form, event=found, term=term)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotVisible
    return int(text)
