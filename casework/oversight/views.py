"""Who looked: the tab of a case, and the auditor's desk."""

from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from casework.access.decisions import may
from casework.access.opening import open_record, record_list
from casework.base import clock
from casework.base.dates import display_date
from casework.base.pdf import draw
from casework.base.refusals import InvalidInput, NotVisible
from casework.cases.models import Case
from casework.http.downloads import saved
from casework.http.pages import done, page, show, submit, viewer
from casework.organisations.models import User
from casework.oversight import actions, paper, queries
from casework.oversight.actions import open_case_for_audit
from casework.oversight.forms import ListReadersForm, OpenCaseForm, OpenTermForm, SearchForm

FIELDS: Final = ("actor", "unit", "day", "action", "outcome")
# What the words of a checkpoint line are, in their order.
WORDS_OF_A_LINE: Final = (
    _("Kind"),
    _("Number"),
    _("Events in the tree"),
    _("Root of the tree"),
    _("Checkpoint before"),
    _("Signed at"),
    _("Key"),
    _("Signature"),
)
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
        may_list=_may_list(case, user, at=at),
        case=case,
        tab="readers",
        events=found.rows,
        next_url=f"{here}?after={found.next}" if found.next else "",
        first_url=here if after else "",
    )


def _may_list(case: Case, user: User, *, at: datetime) -> bool:
    """Whether the viewer gives her the list: the lead, or a supervisor."""
    basis = may(user, "case.list_readers", case, at=at).basis
    return basis == "area" or (bool(basis) and case.lead_id == user.pk)


@page("case.list_readers", drafts=False)
def list_readers(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """List who opened the case for the person it is about, on a page to print or as PDF; loading it again asks again."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="case.list_readers", page="list-readers")
    today = clock.local_date(at)
    start = {"since": today - timedelta(days=365), "until": today}
    form = ListReadersForm(request.POST if request.method == "POST" else None, initial=start)
    if request.method == "POST" and submit(form, actions.list_readers, case=case, by=user, at=at) is not None:
        since, until = form.cleaned_data["since"], form.cleaned_data["until"]
        told = queries.readers_told_to_her(case, since, until)
        if request.POST.get("as") == "pdf":
            listed = paper.Listed(
                case.number, case.unit.name, since, until, _lines(told), told.refusals, told.is_cut
            )
            content = draw(paper.paper_of(listed, printed_by=user.full_name, at=at), at=at)
            return saved(content, name=paper.file_name(case.number), media_type=paper.MEDIA_TYPE)
        words: dict[str, Any] = {"nobody": paper.nobody(), "cut": paper.cut(), "explained": paper.explained()}
        period = paper.period(since, until)
        return show(request, "oversight/readers_list.html", case=case, told=told, period=period, **words)
    return show(
        request,
        "oversight/list_readers.html",
        form=form,
        case=case,
        tab="readers",
        page_title=_("List who opened the file"),
    )


def _lines(told: queries.ToldToHer) -> list[tuple[str, str, str, str, str]]:
    return [
        (display_date(line.reader.day), line.reader.hours, line.name, line.office, line.reader.words)
        for line in told.lines
    ]


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
        "copy_url": f"{reverse('audit-export')}?{urlencode(words)}" if queries.is_narrow(search) else "",
        "chain": queries.chain_of(search.case) if search.case and "verify" in request.GET else None,
        "readable_until": until,
    }


@page("audit.export", methods=("GET",))
def export(request: HttpRequest) -> HttpResponse:
    """A copy of what a search found: lines with their proofs, or a workbook."""
    user, at = viewer(request), clock.now()
    asked = request.GET.dict()
    form = asked.pop("as", "jsonl")
    if form not in queries.COPIES:
        raise InvalidInput({"as": _("Choose one of the answers offered.")})
    search = queries.search_of(user, asked, at=at)
    make, media_type = queries.COPIES[form]
    made = make(user, search, at=at)
    return saved(made.content, name=f"{clock.local(at):%Y%m%d-%H%M%S}.{form}", media_type=media_type)


@page("audit.print_checkpoint", methods=("GET",))
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint of the memory as a sheet of paper: a code to scan, the line in words, date and signature."""
    user = viewer(request)
    found = queries.newest_checkpoint()
    shown = {"checkpoint": found.number} if found else {}
    record_list(user, "audit.print_checkpoint", filters=shown)
    if found is None:
        return show(request, "oversight/checkpoint.html")
    code = segno.make(found.line(), error="m", micro=False)
    return show(
        request,
        "oversight/checkpoint.html",
        found=found,
        code=code.svg_data_uri(border=2),
        parts=list(zip(WORDS_OF_A_LINE, found.line().split(), strict=True)),
    )


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
