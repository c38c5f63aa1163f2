"""Pages of returns: what is due, one return with its next step, and the cases behind a figure."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework.access.decisions import may
from casework.access.opening import open_record, record_list
from casework.access.principals import principal
from casework.base import clock
from casework.base.codes import codes
from casework.base.dates import display_date, display_datetime, midnight
from casework.base.refusals import NotVisible, Refused
from casework.deadlines.periods import Rule, in_words
from casework.http.downloads import saved
from casework.http.pages import attempt, done, page, press, show, submit, viewer
from casework.http.verbs import knows
from casework.organisations.models import User
from casework.returns import actions, document, forms, lifecycle, queries, words, workbook
from casework.returns.catalogue import FIGURE, HAND, SUM, Route, form
from casework.returns.checking import Flag
from casework.returns.models import OfficialReturn
from casework.returns.queries import Duty, Line, Sheet
from casework.statistics.queries import RURAL, URBAN

SHOWN: Final = 200
LISTED: Final = 100
TONES: Final = {
    lifecycle.CHECKED: "warning",
    lifecycle.SIGNED: "accent",
    lifecycle.SENT: "accent",
    lifecycle.RECEIVED: "success",
    lifecycle.RETURNED: "danger",
}
PARTS: Final = {"": "", URBAN: gettext_lazy("Urban"), RURAL: gettext_lazy("Rural")}
FILES: Final = {
    "xlsx": (workbook.written, workbook.MEDIA_TYPE),
    "docx": (document.written, document.MEDIA_TYPE),
}


@page("return.view", methods=("GET",))
def listing(request: HttpRequest) -> HttpResponse:
    """What the viewer's offices owe and how far it is, and every return they may see."""
    user, at = viewer(request), clock.now()
    rows = queries.returns_of(user, limit=LISTED)
    record_list(user, "return.view", shown=[row.pk for row in rows])
    return show(
        request,
        "returns/list.html",
        duties=[_duty(duty, user) for duty in queries.duties_of(user, at)],
        lines=[_listed(row) for row in rows],
        feeds_database=bool(may(user, "consignment.view")),
    )


@page("return.prepare")
def prepare(request: HttpRequest) -> HttpResponse:
    """Choose the form and the period; the figures are counted at once."""
    user, at = viewer(request), clock.now()
    asked = {name: request.GET[name] for name in ("form", "window", "year") if name in request.GET}
    offered = queries.forms_filed(user, at)
    made = forms.prepare_form(request.POST or None, offered, initial=asked)
    if request.method == "POST" and (record := submit(made, actions.prepare_return, by=user, at=at)):
        return done(request, gettext_lazy("The figures are counted. See what is asked."), "return", record.pk)
    return _verb(
        request,
        made,
        title=_("Prepare a return"),
        button=_("Count the figures"),
        lead=_("The figures are counted from the case files; what those do not tell is filled in by hand."),
        back=reverse("return-list"),
    )


@page("return.view", methods=("GET",))
def detail(request: HttpRequest, return_id: UUID) -> HttpResponse:
    """One return: its figures, what is asked about them, how far it is, the next step."""
    return _detail(request, _open(request, return_id))


@page("return.view", methods=("GET",))
def cases(request: HttpRequest, return_id: UUID) -> HttpResponse:
    """The cases a figure of the return counts, as far as the viewer may see them."""
    user = viewer(request)
    record = _open(request, return_id)
    name, part = request.GET.get("row", ""), request.GET.get("part", "")
    counted, found = queries.cases_behind(user, record, name, limit=SHOWN, part=part)
    record_list(
        user,
        "return.view",
        shown=[case.pk for case in found],
        filters={"return": record.pk, "row": name, "part": part},
    )
    return show(
        request,
        "returns/cases.html",
        trail=[
            (_("Returns"), reverse("return-list")),
            (
                words.title(record.form, record.window, record.year, record.edition),
                reverse("return", args=[record.pk]),
            ),
            (words.label(form(record.form).row(name)), ""),
        ],
        label=words.label(form(record.form).row(name)),
        part=PARTS[part],
        area=record.area,
        days=words.days(queries.window_of(record)),
        counted=counted,
        cases=found,
        hidden=counted - len(found),
        back=reverse("return", args=[record.pk]),
    )


@page("return.download", methods=("GET",))
def download(request: HttpRequest, return_id: UUID) -> HttpResponse:
    """The return as a file, with who took it, when and what for: written to the memory before it is made."""
    user, at = viewer(request), clock.now()
    purpose, kind = request.GET.get("purpose", ""), request.GET.get("form", "xlsx")
    if kind not in FILES or purpose not in codes("return_purpose"):
        raise NotVisible
    record = open_record(user, OfficialReturn, return_id, verb="return.download", page=kind, purpose=purpose)
    write, media_type = FILES[kind]
    paper = queries.paper_of(queries.sheet_of(record), by=user.full_name, at=at, purpose=purpose)
    name = f"bao-cao-{record.area.code}-{record.form}-{record.window}-{record.year}-{record.edition}.{kind}"
    return saved(write(paper), name=name.replace("_", "-"), media_type=media_type)


# --- working on it ---


@page("return.prepare")
def fill_in(request: HttpRequest, return_id: UUID) -> HttpResponse:
    """All rows of the form that are filled in by hand, on one page."""
    record = _open(request, return_id, "return.prepare")
    one = form(record.form)
    known = {row: told["value"] for row, told in record.by_hand.items()}
    made = forms.FillInForm(request.POST or None, initial=known)
    made.leave_out(*(row.code for row in codes("return_row") if row.code not in one.by_hand))
    if request.method == "POST":
        filled = submit(made, actions.fill_in_return, record=record, by=viewer(request), at=clock.now())
        if filled is not None:
            return done(request, gettext_lazy("The figures are filled in."), "return", filled.pk)
    return _verb(
        request,
        made,
        record=record,
        title=_("Fill in by hand"),
        button=_("Fill in"),
        lead=_("Your name and the time stand beside each figure. Leave empty what is not known."),
    )


@page("return.prepare")
def answer(request: HttpRequest, return_id: UUID) -> HttpResponse:
    """Say how one of the points comes about."""
    record = _open(request, return_id, "return.prepare")
    one = form(record.form)
    made = forms.AnswerForm(request.POST or None, initial={"flag": request.GET.get("flag", "")})
    made.fields["flag"].widget = django_forms.HiddenInput()
    key = request.POST.get("flag", request.GET.get("flag", ""))
    told = next((flag for flag in record.flags if f"{flag['kind']}:{flag['row']}" == key), None)
    if told is None:
        raise NotVisible
    if request.method == "POST":
        answered = submit(made, actions.answer_flag, record=record, by=viewer(request), at=clock.now())
        if answered is not None:
            return done(request, gettext_lazy("The answer is written down."), "return", answered.pk)
    return _verb(
        request,
        made,
        record=record,
        title=_("Explain"),
        button=_("Write the answer down"),
        lead=words.point(one, Flag(told["kind"], told["row"], told["numbers"])),
    )


@page("return.prepare", methods=("POST",))
def refresh(request: HttpRequest, return_id: UUID) -> HttpResponse:
    return _do(request, return_id, actions.refresh_return, _("The figures are counted anew."))


@page("return.prepare", methods=("POST",))
def check(request: HttpRequest, return_id: UUID) -> HttpResponse:
    return _do(request, return_id, actions.check_return, _("The return is checked and waits to be signed."))


@page("return.prepare", methods=("POST",))
def drop(request: HttpRequest, return_id: UUID) -> HttpResponse:
    return _do(request, return_id, actions.drop_return, _("The return is given up."))


@page("return.sign", methods=("POST",))
def sign(request: HttpRequest, return_id: UUID) -> HttpResponse:
    """Sign exactly what the page showed."""
    answers = {"sha256": request.POST.get("sha256", "")}
    return _do(
        request,
        return_id,
        actions.sign_return,
        _("The return is signed and has its number."),
        answers=answers,
    )


@page("return.send", methods=("POST",))
def send(request: HttpRequest, return_id: UUID) -> HttpResponse:
    return _do(request, return_id, actions.send_return, _("The return is sent."))


@page("return.receive")
def receive(request: HttpRequest, return_id: UUID) -> HttpResponse:
    record = _open(request, return_id, "return.receive")
    return _with_form(
        request,
        record,
        forms.ReceiveForm(request.POST or None),
        actions.receive_return,
        said=gettext_lazy("It is written down that the return was received."),
        title=_("Receive the return"),
        button=_("It was received"),
        lead=_("From now on its figures are among those that are added up."),
    )


@page("return.send_back")
def send_back(request: HttpRequest, return_id: UUID) -> HttpResponse:
    record = _open(request, return_id, "return.send_back")
    return _with_form(
        request,
        record,
        forms.SendBackForm(request.POST or None),
        actions.send_return_back,
        said=gettext_lazy("The return goes back for correction."),
        title=_("Return for correction"),
        button=_("Return it for correction"),
        lead=_("Its figures are not among those that are added up until a corrected edition is received."),
    )


@page("return.prepare")
def correct(request: HttpRequest, return_id: UUID) -> HttpResponse:
    record = _open(request, return_id, "return.prepare")
    return _with_form(
        request,
        record,
        forms.CorrectForm(request.POST or None),
        actions.correct_return,
        said=gettext_lazy("A new edition is prepared; the earlier one stays readable."),
        title=_("Prepare a correction"),
        button=_("Prepare the correction"),
        lead=_("The figures are counted anew as the next edition. The earlier one stays as it was signed."),
    )


# --- where returns go ---


@page("return_rule.view", methods=("GET",))
def rule_list(request: HttpRequest) -> HttpResponse:
    """Every form: who files it, for which days, by when and to whom; and what the province has set."""
    user, at = viewer(request), clock.now()
    today = clock.local_date(at)
    province = queries.province_of(user, "return_rule.view", at)
    record_list(user, "return_rule.view")
    return show(
        request,
        "returns/rules.html",
        trail=[(_("Returns"), reverse("return-list")), (_("Where returns go"), "")]
        if knows(principal(user), "return.view")
        else [],
        lines=[
            _ruled(route, queries.due_rule(route.form, province.pk, today))
            for route in queries.routes_of(province.pk, today).values()
        ],
        rules=[
            {
                "row": row,
                "form": codes("return_form").label(row.form),
                "to": words.recipient(row.to, row.office) if row.is_filed else _("not filed"),
            }
            for row in queries.rules_of(province.pk, today)
        ],
        may_set=knows(principal(user), "return_rule.set"),
        on=today,
    )


@page("return_rule.set")
def rule_set(request: HttpRequest) -> HttpResponse:
    """Say where one form goes from a day on."""
    user, at = viewer(request), clock.now()
    made = forms.RuleForm(
        request.POST or None,
        initial={"form": request.GET.get("form", ""), "valid_from": clock.local_date(at)},
    )
    if request.method == "POST" and submit(made, actions.set_return_rule, by=user, at=at) is not None:
        return done(
            request, gettext_lazy("It is set. Returns that are prepared keep where they go."), "return-rules"
        )
    return show(
        request,
        "returns/verb.html",
        form=made,
        trail=[(_("Where returns go"), reverse("return-rules")), (_("Set where a return goes"), "")],
        title=_("Set where a return goes"),
        button=_("Set it"),
        lead=_("By when a return is due is set with the periods of clocks."),
        back_url=reverse("return-rules"),
    )


@page("return_rule.set", methods=("POST",))
def rule_withdraw(request: HttpRequest, return_rule_id: UUID) -> HttpResponse:
    """Take a rule back."""
    user, at = viewer(request), clock.now()
    rule = queries.open_rule(user, return_rule_id, at)
    return press(
        request,
        lambda: actions.withdraw_return_rule(rule=rule, by=user, at=at),
        _("The rule has been taken back."),
        "return-rules",
    )


def _ruled(route: Route, due: Rule | None) -> dict[str, Any]:
    one = form(route.form)
    return {
        "form": codes("return_form").label(one.code),
        "code": one.code,
        "windows": [codes("return_window").label(code) for code in one.windows],
        "to": words.recipient(route.to, route.office) if route.is_filed else _("not filed"),
        "basis": route.basis,
        "is_verified": route.is_verified,
        "is_set": bool(route.source),
        "due": in_words(due.length) if due is not None else _("on request"),
        "due_is_verified": due is None or due.verified,
        "clock": one.clock,
    }


# --- parts ---


def _open(request: HttpRequest, return_id: UUID, verb: str | None = None) -> OfficialReturn:
    return open_record(viewer(request), OfficialReturn, return_id, verb=verb, page="return")


def _verb(
    request: HttpRequest,
    made: Any,
    *,
    title: str,
    button: str,
    lead: str,
    record: OfficialReturn | None = None,
    back: str = "",
) -> HttpResponse:
    trail = [(_("Returns"), reverse("return-list"))]
    if record is not None:
        back = reverse("return", args=[record.pk])
        trail.append((words.title(record.form, record.window, record.year, record.edition), back))
    return show(
        request,
        "returns/verb.html",
        form=made,
        trail=[*trail, (title, "")],
        title=title,
        button=button,
        lead=lead,
        back_url=back,
    )


def _with_form(
    request: HttpRequest,
    record: OfficialReturn,
    made: Any,
    action: Callable[..., OfficialReturn],
    *,
    said: Any,
    **told: str,
) -> HttpResponse:
    if request.method == "POST":
        result = submit(made, action, record=record, by=viewer(request), at=clock.now())
        if result is not None:
            return done(request, said, "return", result.pk)
    return _verb(request, made, record=record, **told)


def _do(
    request: HttpRequest, return_id: UUID, action: Callable[..., OfficialReturn], said: str, **how: Any
) -> HttpResponse:
    """A button: do it, or show the page again with the reason why not."""
    record = _open(request, return_id)
    _result, refusal = attempt(lambda: action(record=record, by=viewer(request), at=clock.now(), **how))
    if refusal is None:
        return done(request, said, "return", record.pk)
    return _detail(request, _open(request, return_id), refusal)


def _detail(request: HttpRequest, record: OfficialReturn, refusal: Refused | None = None) -> HttpResponse:
    user = viewer(request)
    sheet = queries.sheet_of(record)
    steps = queries.next_steps(record, user)
    if sheet.open_points or clock.now() < midnight(sheet.days.end):
        steps = [step for step in steps if step != "check"]
    return show(
        request,
        "returns/detail.html",
        http_status=refusal.status if refusal is not None else 200,
        refusal=refusal.message if refusal is not None else "",
        trail=[
            (_("Returns"), reverse("return-list")),
            (words.title(record.form, record.window, record.year, record.edition), ""),
        ],
        title=words.title(record.form, record.window, record.year, record.edition),
        record=record,
        sheet=sheet,
        days=words.days(sheet.days),
        badge=codes("return_state").label(record.state),
        tone=TONES.get(record.state, "neutral"),
        waits=_waits(sheet),
        steps=steps,
        lines=[_shown(record, line) for line in sheet.lines],
        is_province=sheet.is_province,
        has_sums=bool(sheet.form.lower),
        points=[
            {
                "words": words.point(sheet.form, point.flag),
                "point": point,
                "url": f"{reverse('return-answer', args=[record.pk])}?{urlencode({'flag': point.flag.key})}"
                if record.state == lifecycle.DRAFT and "enter" in steps
                else "",
            }
            for point in sheet.points
        ],
        digest=queries.digest_of(record),
        fills_in="enter" in steps and bool(sheet.form.by_hand),
        facts=_facts(sheet),
        history=_history(sheet),
        editions=[_listed(row) for row in queries.editions_of(user, record)],
        units=[
            {
                "is_added": unit.area.code in sheet.added,
                "area": unit.area,
                "badge": codes("return_state").label(unit.state) if unit.state else _("Not sent"),
                "tone": TONES.get(unit.state, "warning"),
                "url": reverse("return", args=[unit.record.pk]) if unit.record is not None else "",
            }
            for unit in sorted(sheet.units, key=lambda unit: unit.area.code in sheet.added)
        ],
        added=len(sheet.added),
        missing=sum(unit.area.code not in sheet.added for unit in sheet.units),
        purposes=codes("return_purpose").choices() if may(user, "return.download", record) else [],
        file_url=reverse("return-file", args=[record.pk]),
    )


def _shown(record: OfficialReturn, line: Line) -> dict[str, Any]:
    """A row as the page draws it: its figures, each with the way to its cases."""
    at = reverse("return-cases", args=[record.pk])
    urls = {
        part: f"{at}?{urlencode({'row': line.row.row, **({'part': part} if part else {})})}"
        for part in ("", URBAN, RURAL)
    }
    return {
        "line": line,
        "label": words.label(line.row),
        "is_head": not line.row.source,
        "is_within": line.row.kind not in ("total", "head"),
        "is_sum": line.row.source == SUM,
        "is_empty_hand": line.row.source == HAND and line.value is None,
        "url": urls[""] if line.row.source == FIGURE and line.value else "",
        "urban_url": urls[URBAN] if line.urban else "",
        "rural_url": urls[RURAL] if line.rural else "",
    }


def _waits(sheet: Sheet) -> str:
    """One sentence: what happens next, and who does it."""
    record = sheet.record
    if record.state == lifecycle.DRAFT:
        left = len(sheet.open_points)
        if clock.local_date(clock.now()) < sheet.days.end:
            return _("The period runs until %(day)s; then the figures are counted again and checked.") % {
                "day": display_date(sheet.days.end)
            }
        if left:
            return _("Next: answer the points below. Without an answer: %(left)s.") % {"left": left}
        return _("Next: say that the return is checked.")
    receiver = words.recipient(record.to, record.office)
    said = {
        lifecycle.CHECKED: _("Next: the leader of the office signs it; never whoever prepared it."),
        lifecycle.SIGNED: _("Next: send it to: %(receiver)s.") % {"receiver": receiver},
        lifecycle.SENT: _("Waits for: %(receiver)s.") % {"receiver": receiver},
        lifecycle.RECEIVED: _("Done: received by %(receiver)s.") % {"receiver": receiver},
        lifecycle.RETURNED: _("Next: prepare a correction. What is wrong stands below."),
        lifecycle.REPLACED: _("A later edition has taken the place of this one."),
        lifecycle.DROPPED: _("This return was given up."),
    }
    return said[record.state]


def _facts(sheet: Sheet) -> list[tuple[str, object]]:
    record = sheet.record
    facts: list[tuple[str, object]] = [
        (_("Unit"), record.unit.name),
        (_("Goes to"), words.recipient(record.to, record.office)),
        (_("Legal basis"), sheet.form.basis),
        (_("Counted at"), display_datetime(clock.local(record.counted.taken_at))),
    ]
    if record.number:
        facts.insert(0, (_("Number"), record.number))
    if record.sha256:
        facts.append((_("Fingerprint (SHA-256)"), record.sha256))
    return facts


def _history(sheet: Sheet) -> list[dict[str, object]]:
    """What happened to it, newest first."""
    record = sheet.record
    steps = (
        (_("Prepared"), record.prepared_at, record.prepared_by),
        (_("Checked"), record.checked_at, record.checked_by),
        (_("Signed"), record.signed_at, record.signed_by),
        (_("Sent"), record.sent_at, record.sent_by),
        (_("Received"), record.received_at, record.received_by),
        (_("Returned for correction"), record.returned_at, record.returned_by),
    )
    told: list[dict[str, Any]] = [
        {"title": title, "at": at, "by": by.full_name} for title, at, by in steps if at is not None and by
    ]
    about = {
        "filled_in": _("Filled in by hand"),
        "sent_back": _("What has to be corrected"),
        "correction": _("Why it is corrected"),
        "received": _("Remark of whoever received it"),
    }
    told += [
        {
            "title": about[remark.about],
            "at": remark.created_at,
            "by": remark.by.full_name,
            "text": remark.text,
        }
        for remark in sheet.remarks
        if remark.about in about
    ]
    return sorted(told, key=lambda one: one["at"], reverse=True)


def _duty(duty: Duty, user: User) -> dict[str, Any]:
    record = duty.record
    prepare_url = f"{reverse('return-prepare')}?" + urlencode(
        {"form": duty.form.code, "window": duty.days.code, "year": duty.days.year}
    )
    return {
        "title": words.title(duty.form.code, duty.days.code, duty.days.year),
        "area": duty.area,
        "days": words.days(duty.days),
        "due": duty.due_at if not duty.is_over else None,
        "due_at": duty.due_at,
        "basis": duty.rule.basis if duty.rule is not None else duty.form.basis,
        "is_verified": duty.rule.verified if duty.rule is not None else duty.form.is_verified,
        "on_request": not duty.form.clock,
        "badge": codes("return_state").label(record.state) if record is not None else "",
        "tone": TONES.get(record.state, "neutral") if record is not None else "neutral",
        "url": reverse("return", args=[record.pk]) if record is not None else "",
        "prepare_url": prepare_url if record is None and may(user, "return.prepare") else "",
    }


def _listed(row: OfficialReturn) -> dict[str, Any]:
    return {
        "url": reverse("return", args=[row.pk]),
        "title": words.title(row.form, row.window, row.year, row.edition),
        "area": row.area,
        "number": row.number,
        "at": row.received_at or row.sent_at or row.signed_at or row.prepared_at,
        "badge": codes("return_state").label(row.state),
        "tone": TONES.get(row.state, "neutral"),
    }
