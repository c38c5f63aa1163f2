"""Pages of papers: what can be made, a preview, what was issued or is blocked; registers, templates, the public check."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from casework.access.opening import open_record, record_list
from casework.access.principals import principal
from casework.accounts import attempts
from casework.attachments.queries import content_of
from casework.base import clock, pdf
from casework.base.codes import codes
from casework.base.refusals import NotVisible
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.cases.queries import seat_for
from casework.deadlines.queries import may_on_cases
from casework.encryption.keyring import prefetch_keys
from casework.http.downloads import download, saved
from casework.http.forms import SheetForm
from casework.http.pages import attempt, done, page, public, show, submit, viewer
from casework.http.verbs import knows
from casework.intake.models import Report
from casework.official_forms import actions, ahead, forms, kinds, queries
from casework.official_forms.models import OfficialPaper, PaperTemplate
from casework.organisations.models import Agency, User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TAB: Final = "papers"
TONES: Final = {
    OfficialPaper.ISSUED: "success",
    OfficialPaper.BLOCKED: "danger",
    OfficialPaper.VOID: "neutral",
}
ORDER: Final = (
    "measure",
    "meeting",
    "referral",
    "child",
    "procedure",
    "apart",
    "child_plan",
    "report",
    "case",
)
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
VERBS: Final = (
    "paper.draw",
    "paper.issue",
    "paper.issue_file",
    "paper.open",
    "paper.redact",
    "paper.ask_release",
    "paper.release",
    "paper.void",
)

# --- before the transaction of a form -----------------------------------------------------------------------


def _issuing(request: HttpRequest, case_id: UUID) -> AbstractContextManager[None]:
    asked = {"kind": request.GET.get("kind", ""), "form": request.POST.get("form", "") or "pdf"}
    try:
        about = UUID(request.GET.get("about", ""))
    except ValueError:
        return nullcontext()
    return ahead.issuing(viewer(request), case_id, {**asked, "about": about})


def _sending(request: HttpRequest, case_id: UUID) -> AbstractContextManager[None]:
    return ahead.sending(viewer(request), case_id, request.FILES.get("file"))


def _redrawing(request: HttpRequest, paper_id: UUID) -> AbstractContextManager[None]:
    return ahead.redrawing(viewer(request), paper_id, request.FILES.get("file"))


# --- the papers of a case -----------------------------------------------------------------------------------


@page("case.view", methods=("GET",))
def papers(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What is blocked, what was issued, and what can be made now."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, page="papers")
    rights = _rights(user, case, at)
    is_live = case.state in lifecycle.LIVE
    found = queries.papers_of(user, case)
    offers = queries.offers_of(user, case, at=at) if is_live and "paper.draw" in rights else []
    return show(
        request,
        "official_forms/papers.html",
        case=case,
        tab=TAB,
        blocked=[_line(row, rights) for row in found if row.state == OfficialPaper.BLOCKED],
        issued=[_line(row, rights) for row in found if row.state != OfficialPaper.BLOCKED],
        groups=_groups(case, offers, found),
        may_send=is_live and "paper.issue_file" in rights,
        register_url=reverse("paper-register") if knows(principal(user, at), "paper.register") else "",
    )


@page("paper.draw", methods=("GET",))
def preview(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One paper before it has a number: what it would say, what is missing, what in it must not leave the office."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="paper.draw", page="paper-preview")
    found = _asked(request, user, case, at)
    return _preview(request, case, found, _issue_form(found), at)


@page("paper.issue", methods=("POST",), around=_issuing)
def issue(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Issue the paper of the preview."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="paper.issue", page="issue-paper")
    found = _asked(request, user, case, at)
    form = _issue_form(found, request.POST)

    def act(*, answers: Mapping[str, Any], **how: Any) -> OfficialPaper:
        asked = {"kind": found.kind.code, "about": found.subject.pk}
        return actions.issue_paper(answers={"form": "pdf", **answers, **asked}, **how)

    paper = submit(form, act, case=case, by=user, at=at)
    if paper is None:
        return _preview(request, case, found, form, at)
    if paper.state == OfficialPaper.BLOCKED:
        return done(
            request, _("The paper has its number and is blocked: see what was found."), "paper", paper.pk
        )
    return done(request, _("The paper has its number."), "paper", paper.pk)


@page("paper.draw", methods=("GET",))
def draft(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The draft as PDF, marked as such on every page; not one that he would read and that holds what was found."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="paper.draw", page="paper-draft", purpose="print")
    found = _asked(request, user, case, at)
    if found.kind.reaches_abuser and not found.result.is_clean:
        raise actions.PaperState
    unit = Agency.objects.select_related("area").get(pk=seat_for(user, case, "paper.draw", at=at).agency_id)
    dress = queries.dress_of(
        unit=unit,
        by=user,
        at=at,
        reaches_abuser=found.kind.reaches_abuser,
        marking=kinds.frame().draft if found.kind.is_issued else kinds.frame().working,
    )
    made = queries.drawn(found.kind, found.values, dress, at=at)
    return saved(
        made.content, name=f"{found.kind.code.replace('_', '-')}{made.ending}", media_type=made.media_type
    )


@page("paper.issue_file", takes_files=True, around=_sending)
def issue_file(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """A paper written elsewhere."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="paper.issue_file", page="issue-file")
    lifecycle.require_live(case.state)
    sent_: Any = (request.POST, request.FILES) if request.method == "POST" else ()
    form = forms.SendFileForm(*sent_)
    if request.method == "POST":
        paper = submit(form, actions.issue_file, case=case, by=user, at=at)
        if paper is not None:
            return done(request, _("The file has its number: see what was found in it."), "paper", paper.pk)
    return show(
        request,
        "official_forms/verb.html",
        form=form,
        case=case,
        tab=TAB,
        page_title=_("A paper written elsewhere"),
        lead=_("It gets the next number, and is looked through before it may leave the office."),
        button=_("Give it a number"),
        back_url=reverse("case-papers", args=[case.pk]),
        has_file=True,
    )


# --- one paper ----------------------------------------------------------------------------------------------


@page("case.view", methods=("GET",))
def paper(request: HttpRequest, paper_id: UUID) -> HttpResponse:
    """One paper: its number, whom it goes to, what was found in it, who let it go."""
    user, at = viewer(request), clock.now()
    row = _open(user, paper_id, page="paper")
    rights = _rights(user, row.case, at)
    asked = row.release_asked_at is not None and at - row.release_asked_at <= actions.ANSWER_WITHIN
    is_live = row.case.state in lifecycle.LIVE
    blocked = row.state == OfficialPaper.BLOCKED and is_live
    second = user.pk not in (row.release_asked_by_id, row.issued_by_id)
    return show(
        request,
        "official_forms/paper.html",
        case=row.case,
        tab=TAB,
        page_title=_("No. %(number)s") % {"number": row.shown_number},
        line=_line(row, rights),
        row=row,
        facts=_facts(row),
        findings=_findings(row),
        asked=asked,
        may_redact=blocked and "paper.redact" in rights,
        may_ask=blocked and "paper.ask_release" in rights and not asked,
        may_release=blocked and asked and second and "paper.release" in rights,
        may_void=row.state != OfficialPaper.VOID and "paper.void" in rights,
    )


@page("paper.open", methods=("GET",))
def send(request: HttpRequest, paper_id: UUID) -> HttpResponseBase:
    """The file as it went out; a blocked one only for somebody who may let it go."""
    row = queries.open_content(viewer(request), paper_id, at=clock.now())
    return download(
        request, content_of(row), name=row.file_name, media_type=row.media_type, tag=str(row.stored_as)
    )


@page("paper.redact", takes_files=True, around=_redrawing)
def redact(request: HttpRequest, paper_id: UUID) -> HttpResponse:
    """Put a blocked paper anew."""
    row = _open(viewer(request), paper_id, verb="paper.redact", page="redact-paper")
    sent_: Any = (request.POST, request.FILES) if request.method == "POST" else ()
    return _step(
        request,
        row,
        actions.redact_paper,
        forms.RedactForm(*sent_, record=row),
        title=_("Without what was found"),
        lead=_("The number stays; the blocked file is destroyed.")
        if row.origin == "upload"
        else _(
            "Correct the record first (for example the conditions of the ban). Then draw the paper anew here."
        ),
        button=_("Put it anew"),
        message=_("The paper was put anew and looked through again."),
        has_file=True,
    )


@page("paper.ask_release")
def ask_release(request: HttpRequest, paper_id: UUID) -> HttpResponse:
    """The first person says why it may go out."""
    row = _open(viewer(request), paper_id, verb="paper.ask_release", page="ask-release")
    return _step(
        request,
        row,
        actions.ask_release,
        forms.AskReleaseForm(request.POST or None, record=row),
        title=_("Ask a second person"),
        lead=_(
            "Two people let a blocked paper go out. Your reasons are good for 24 hours and for this file alone."
        ),
        button=_("Ask the second person"),
        message=_("A second person can let the paper go out now."),
    )


@page("paper.release")
def release(request: HttpRequest, paper_id: UUID) -> HttpResponse:
    """The second person lets it go."""
    row = _open(viewer(request), paper_id, verb="paper.release", page="release-paper")
    return _step(
        request,
        row,
        actions.release_paper,
        forms.ReleaseForm(request.POST or None, record=row),
        title=_("Let the paper go out"),
        lead=_("Open the file and read it as he would. What he learns from it cannot be taken back."),
        button=_("Let it go out"),
        message=_("The paper may go out."),
    )


@page("paper.void")
def void(request: HttpRequest, paper_id: UUID) -> HttpResponse:
    """Cancel the number."""
    row = _open(viewer(request), paper_id, verb="paper.void", page="void-paper")
    return _step(
        request,
        row,
        actions.void_paper,
        forms.VoidForm(request.POST or None, record=row),
        title=_("Cancel the number"),
        lead=_("Whoever checks this paper is told from now on that it does not stand."),
        button=_("Cancel the number"),
        message=_("The number is cancelled."),
        tone="warning",
    )


# --- a report that is not yet a case ------------------------------------------------------------------------


@page("report.view", methods=("GET",))
def report_sheet(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """The intake sheet of a report, to print; it never names who reported."""
    user, at = viewer(request), clock.now()
    row = open_record(user, Report, report_id, page="report-sheet", purpose="print")
    prefetch_keys([row])
    made = queries.report_sheet(row, by=user, at=at)
    return saved(made.content, name=f"report-{row.code}.pdf", media_type=made.media_type)


# --- registers ----------------------------------------------------------------------------------------------


@page("paper.register", methods=("GET",))
def registers(request: HttpRequest) -> HttpResponse:
    """One register of one unit and year."""
    user, at = viewer(request), clock.now()
    chosen = queries.chosen_register(user, request.GET, at=at)
    entries = queries.register_of(user, chosen.unit, chosen.register, chosen.year, at=at)
    record_list(
        user, "paper.register", shown=[one.paper_id for one in entries if one.paper_id], filters=chosen.asked
    )
    return show(
        request,
        "official_forms/register.html",
        chosen=chosen,
        templates_url=reverse("paper-templates") if knows(principal(user, at), "template.view") else "",
        lines=[
            {
                "entry": entry,
                "line": line,
                "tone": TONES.get(entry.state, ""),
                "url": reverse("paper", args=[entry.paper_id]) if entry.paper_id else "",
            }
            for entry, line in zip(entries, queries.book_of(chosen, entries).lines, strict=True)
        ],
        hides=any(not entry.paper_id for entry in entries),
        pdf_url=f"{reverse('paper-register-file')}?{urlencode({**chosen.asked, 'form': 'pdf'})}",
        xlsx_url=f"{reverse('paper-register-file')}?{urlencode({**chosen.asked, 'form': 'xlsx'})}",
    )


@page("paper.register", methods=("GET",))
def register_file(request: HttpRequest) -> HttpResponse:
    """The register to print, or as a workbook."""
    user, at = viewer(request), clock.now()
    form = request.GET.get("form", "pdf")
    if form not in ("pdf", "xlsx"):
        raise NotVisible
    chosen = queries.chosen_register(user, request.GET, at=at)
    entries = queries.register_of(user, chosen.unit, chosen.register, chosen.year, at=at)
    shown = [one.paper_id for one in entries if one.paper_id]
    record_list(user, "paper.register", shown=shown, filters={**chosen.asked, "download": form})
    name = f"register-{chosen.register}-{chosen.year}.{form}"
    content = queries.register_content(chosen, entries, form=form, by=user, at=at)
    return saved(content, name=name, media_type=queries.PDF if form == "pdf" else XLSX)


@page("duty.set", methods=("GET",))
def duty_sheet(request: HttpRequest) -> HttpResponse:
    """Who answers on which day of a month in one unit, to hang on the wall."""
    user, at = viewer(request), clock.now()
    unit, month = queries.chosen_duty(user, request.GET, at=at)
    asked = {"page": "duty", "unit": unit.pk, "month": f"{month:%Y-%m}", "download": "pdf"}
    record_list(user, "duty.set", filters=asked)
    content = pdf.draw(queries.duty_paper(unit, month, by=user, at=at), at=at)
    return saved(content, name=f"duty-{month:%Y-%m}.pdf", media_type=queries.PDF)


# --- templates ----------------------------------------------------------------------------------------------


@page("template.view", methods=("GET",))
def templates(request: HttpRequest) -> HttpResponse:
    """Every paper with the Word file that stands for it."""
    user, at = viewer(request), clock.now()
    lines = queries.template_lines(user, "template.view", at=at)
    record_list(user, "template.view", shown=[row.pk for line in lines for row in line.versions])
    return show(
        request,
        "official_forms/templates.html",
        lines=[
            {"line": line, "url": f"{reverse('publish-template')}?{urlencode({'kind': line.kind.code})}"}
            for line in lines
        ],
    )


@page("template.publish", takes_files=True)
def publish_template(request: HttpRequest) -> HttpResponse:
    """Put up a Word file for the paper named in the address, beside the values it may name."""
    user, at = viewer(request), clock.now()
    kind = queries.kind_for_template(request.GET.get("kind", ""))
    sent_: Any = (request.POST, request.FILES) if request.method == "POST" else ()
    form = forms.TemplateForm(*sent_)

    def act(*, answers: Mapping[str, Any], **how: Any) -> PaperTemplate:
        return actions.publish_template(answers={**answers, "kind": kind.code}, **how)

    if request.method == "POST" and submit(form, act, by=user, at=at) is not None:
        return done(request, _("The template holds from now on."), "paper-templates")
    return show(
        request,
        "official_forms/template.html",
        form=form,
        kind=kind,
        names=queries.nameable(kind),
        trail=[(_("Templates of papers"), reverse("paper-templates")), (str(kind.label), "")],
    )


@page("template.view", methods=("GET",))
def template_file(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """The Word file of one version."""
    row = queries.template_of(viewer(request), template_id, at=clock.now())
    return saved(
        bytes(row.content), name=f"{row.kind.replace('_', '-')}-{row.number}.docx", media_type=queries.DOCX
    )


@page("template.withdraw", methods=("POST",))
def withdraw_template(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """Take a version back."""
    user, at = viewer(request), clock.now()
    row = queries.template_of(user, template_id, at=at)
    _result, refusal = attempt(lambda: actions.withdraw_template(template=row, by=user, at=at))
    if refusal is not None:
        return done(request, str(refusal.message), "paper-templates")
    return done(request, _("The version is withdrawn."), "paper-templates")


# --- the public check ---------------------------------------------------------------------------------------


@public
@require_http_methods(["GET", "HEAD", "POST"])
def check_paper(request: HttpRequest) -> HttpResponse:
    """Whoever holds a paper asks whether its number is genuine: yes with office and day, or no. Nothing of the case."""
    if request.method != "POST":
        asked = {"check_code": request.GET.get("check_code", "")[:20]}
        return show(request, "official_forms/check.html", form=forms.CheckForm(initial=asked), is_new=True)
    form = forms.CheckForm(request.POST)
    if not form.is_valid():
        return show(request, "official_forms/check.html", form=form)
    at, place = clock.now(), f"check-paper {request.META.get('REMOTE_ADDR', '')}"
    wait = attempts.reserve(place, at)
    if wait:
        form.refuse(queries.TooManyChecks())
        return show(request, "official_forms/check.html", form=form)
    answers = form.answers()
    found = queries.genuine(answers["number"], answers["check_code"])
    if found is not None:
        attempts.forgive(place)
    return show(request, "official_forms/check.html", form=form, is_checked=True, found=found)


# --- parts --------------------------------------------------------------------------------------------------


def _rights(user: User, case: Case, at: datetime) -> frozenset[str]:
    allowed = may_on_cases(user, [case.pk], VERBS, at=at)
    return frozenset(verb for verb, where in allowed.items() if case.pk in where)


def _open(user: User, paper_id: UUID, *, page: str, verb: str | None = None) -> OfficialPaper:
    row = open_record(user, OfficialPaper, paper_id, verb=verb, page=page)
    prefetch_keys([row])
    return row


def _preview_url(case: Case, kind: str, about: UUID) -> str:
    return f"{reverse('paper-preview', args=[case.pk])}?{urlencode({'kind': kind, 'about': about})}"


def _asked(request: HttpRequest, user: User, case: Case, at: datetime) -> queries.Preview:
    """The paper the address asks for; 404 for one that cannot be made."""
    try:
        about = UUID(request.GET.get("about", ""))
    except ValueError:
        raise NotVisible from None
    return queries.preview_of(user, case, request.GET.get("kind", ""), about, at=at)


def _issue_form(found: queries.Preview, data: QueryDict | None = None) -> SheetForm:
    """Which file is made is asked only where the province has one of its own."""
    form = forms.IssueForm(data, initial={"form": "docx"})
    if found.template is None:
        form.leave_out("form")
    return form


def _preview(
    request: HttpRequest, case: Case, found: queries.Preview, form: SheetForm, at: datetime
) -> HttpResponse:
    user = viewer(request)
    rights = _rights(user, case, at)
    asked = urlencode({"kind": found.kind.code, "about": found.subject.pk})
    paper = queries.standing_paper(queries.papers_of(user, case), found.kind, found.subject.pk)
    return show(
        request,
        "official_forms/preview.html",
        form=form,
        case=case,
        tab=TAB,
        page_title=str(found.kind.label),
        found=found,
        blocks=found.rows,
        findings=[_finding(one.category, one.where, one.count) for one in found.result.findings],
        missing=[str(field.full) for field in found.missing],
        line=_line(paper, rights) if paper else None,
        may_issue=paper is None
        and found.kind.is_issued
        and case.state in lifecycle.LIVE
        and "paper.issue" in rights,
        may_draft=paper is None and not (found.kind.reaches_abuser and not found.result.is_clean),
        issue_url=f"{reverse('issue-paper', args=[case.pk])}?{asked}",
        draft_url=f"{reverse('paper-draft', args=[case.pk])}?{asked}",
        readers=[codes("paper_reader").label(code) for code in found.kind.goes_to],
    )


def _step(
    request: HttpRequest,
    row: OfficialPaper,
    action: Callable[..., OfficialPaper],
    form: SheetForm,
    *,
    title: "StrOrPromise",
    message: "StrOrPromise",
    **more: Any,
) -> HttpResponse:
    """A page that takes a paper one step on, and then shows the whole of it."""
    user, at = viewer(request), clock.now()
    if request.method == "POST" and submit(form, action, paper=row, by=user, at=at) is not None:
        return done(request, message, "paper", row.pk)
    return show(
        request,
        "official_forms/verb.html",
        form=form,
        case=row.case,
        tab=TAB,
        page_title=title,
        back_url=reverse("paper", args=[row.pk]),
        findings=_findings(row),
        **more,
    )


def _groups(case: Case, offers: list[queries.Offer], papers: list[OfficialPaper]) -> list[dict[str, Any]]:
    """What can be made, record by record: measures first, the case as a whole last; the whole before the lacking.

    Without a decision that has its paper: that one stands above, and no second is made.
    """
    numbers = queries.numbers_of(papers)
    found: dict[UUID, dict[str, Any]] = {}
    for one in offers:
        subject = one.subject
        if queries.standing_paper(papers, one.kind, subject.pk) is not None:
            continue
        group = found.setdefault(subject.pk, {"on": subject.on, "label": subject.label, "lines": []})
        group["lines"].append(
            {
                "kind": one.kind,
                "title": str(one.kind.label),
                "missing": [str(words) for words in one.missing],
                "numbers": numbers.get((one.kind.code, subject.pk), []),
                "url": _preview_url(case, one.kind.code, subject.pk),
            }
        )
    for group in found.values():
        group["lines"].sort(key=lambda line: bool(line["missing"]))
    return sorted(found.values(), key=lambda group: ORDER.index(group["on"]))


def _line(row: OfficialPaper, rights: frozenset[str]) -> dict[str, Any]:
    """One paper of the list."""
    return {
        "row": row,
        "title": str(kinds.kind_of(row.kind).label),
        "badge": codes("paper_state").label(row.state),
        "tone": TONES[row.state],
        "origin": codes("paper_origin").label(row.origin),
        "url": reverse("paper", args=[row.pk]),
        "may_open": row.removed_at is None
        and ("paper.release" in rights if row.state == OfficialPaper.BLOCKED else "paper.open" in rights),
        "is_clean": not row.found,
        "readers": "; ".join(codes("paper_reader").label(code) for code in row.goes_to),
    }


def _facts(row: OfficialPaper) -> list[dict[str, Any]]:
    told: list[tuple[StrOrPromise, Any]] = [
        (gettext_lazy("Number on the paper"), row.shown_number),
        (
            gettext_lazy("Number in the register"),
            ", ".join(
                part
                for part in (
                    f"{row.number}/{row.year}" if row.number else "",
                    codes("paper_register").label(row.register),
                )
                if part
            ),
        ),
        (gettext_lazy("Issued by"), row.unit.name),
        (gettext_lazy("Copies to"), "; ".join(codes("paper_reader").label(code) for code in row.goes_to)),
        (gettext_lazy("How it was made"), codes("paper_origin").label(row.origin)),
        (gettext_lazy("Check code"), row.check_code),
        (gettext_lazy("File"), row.file_name),
        (gettext_lazy("SHA-256"), row.sha256),
    ]
    return [{"label": label, "value": value} for label, value in told]


def _findings(row: OfficialPaper) -> list[str]:
    found: dict[str, Any] = row.findings or {}
    said = [_finding(*one) for one in found.get("found", [])]
    return [*said, *(codes("paper_unread").label(code) for code in found.get("unread", []))]


def _finding(category: str, where: str, count: int) -> str:
    return _("%(what)s: %(count)s times (%(where)s)") % {
        "what": codes("paper_secret").label(category),
        "count": count,
        "where": codes("paper_place").label(where),
    }
