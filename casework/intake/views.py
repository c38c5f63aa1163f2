"""Pages of a report: taking it, reading it, the chair's desk."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from casework.access.decisions import may
from casework.access.opening import open_record, record_list
from casework.access.principals import principal
from casework.base import clock
from casework.base.codes import codes
from casework.base.dates import display_datetime, display_happened
from casework.base.phones import display_phone
from casework.base.refusals import Denied
from casework.base.sheets import Item
from casework.encryption.keyring import prefetch_keys
from casework.http.pages import done, page, show, submit, viewer
from casework.http.templatetags.pages import vi_datetime, vi_duration
from casework.intake import queries
from casework.intake.actions import (
    accept_report,
    add_to_report,
    assign_report,
    screen_out,
    take_report,
    tell_chair,
)
from casework.intake.forms import (
    AdditionForm,
    assign_form,
    people_formset,
    report_form,
    retyped,
    screen_out_form,
    tell_chair_form,
)
from casework.intake.models import Report
from casework.intake.sheet import REPORT
from casework.intake.triage import DONE, POLICE, Step, Triage
from casework.organisations.models import Agency, Area, User
from casework.organisations.roles import COMMUNE_CHAIR, WORKERS

# What a reader of the report may do next, in the order of the buttons.
NEXT: Final = (
    "report.assign",
    "report.accept",
    "report.open_case",
    "report.join_case",
    "report.screen_out",
    "report.add",
    "report.tell_chair",
)


@page("report.take")
def new(request: HttpRequest) -> HttpResponse:
    """Take a report. Another row of people and a look for earlier files keep everything typed."""
    user, at = viewer(request), clock.now()
    offices = queries.receiving_offices(user, at)
    if not offices:
        raise Denied
    posted = sent(request)
    form = report_form(posted, offices, **({} if posted else _start(offices, at)))
    people = people_formset(posted)
    context: dict[str, Any] = {"matches": None}
    if posted is not None and "add_person" in posted:
        form, people = retyped(form, people, offices, more=1)
    elif posted is not None and "search" in posted:
        context["matches"] = _look(user, people, at)
        form, people = retyped(form, people, offices)
    elif posted is not None:
        people_fit = people.is_valid()
        if form.is_valid() and people_fit:
            report = submit(
                form, take_report, by=user, at=at, agency=_office(form, offices), people=people.answers()
            )
            if report is not None:
                return done(request, _("The report is saved."), "report-detail", report.pk)
        elif form.is_valid():
            context["http_status"] = 400
    way = trail(_("Take a report"))
    return show(
        request,
        "intake/new.html",
        form=form,
        people=people,
        duty=_duty(offices[0].area),
        trail=way,
        **context,
    )


def sent(request: HttpRequest) -> QueryDict | None:
    """What was sent; an empty form that was sent is not a form that was not."""
    return request.POST if request.method == "POST" else None


def trail(here: Any, report: Report | None = None) -> list[tuple[Any, str]]:
    way: list[tuple[Any, str]] = [(_("Reports"), reverse("report-list"))]
    if report is not None:
        way.append((report.code, reverse("report-detail", args=[report.pk])))
    return [*way, (here, "")]


def _duty(area: Area) -> dict[str, str] | None:
    """The telephone of the commune chair's office, as it is read and as it is dialled."""
    office = queries.committee_of(area)
    if office is None or not office.phone:
        return None
    return {"shown": office.phone, "dialled": "".join(sign for sign in office.phone if sign in "+0123456789")}


def _start(offices: list[Agency], at: datetime) -> dict[str, Any]:
    area = offices[0].area
    return {"received_at": at, **({"area": area} if area.parent_id is not None else {})}


def _office(form: Any, offices: list[Agency]) -> Agency:
    chosen = form.cleaned_data.get("agency", str(offices[0].pk))
    return next(office for office in offices if str(office.pk) == chosen)


def _look(user: User, people: Any, at: datetime) -> queries.Matches:
    """Those the user may see; of anybody else nothing is said before a report is saved."""
    rows = people.readable()
    found = queries.matches(user, rows, at=at)
    term = ", ".join(str(row.get("full_name") or row.get("phone") or "") for row in rows).strip(", ")
    record_list(user, "report.match", shown=[match.person.pk for match in found.known], term=term)
    return found


@page("report.view", methods=("GET",))
def listing(request: HttpRequest) -> HttpResponse:
    """Reports by what they wait for; the chair begins with those nobody has been assigned to."""
    user, at = viewer(request), clock.now()
    who = principal(user)
    name = request.GET.get("list", "")
    if name not in LISTS:
        name = "waiting" if who.has_role(COMMUNE_CHAIR) else "assigned" if who.has_role(*WORKERS) else "mine"
    found = LISTS[name](user, after=request.GET.get("after", ""), at=at)
    record_list(user, "report.view", shown=[row.pk for row in found.rows], filters={"list": name})
    tabs = [
        {"title": title, "url": f"{reverse('report-list')}?list={key}", "current": key == name}
        for key, title in TITLES.items()
    ]
    rows = [{"report": row, "steps": queries.steps(row, at)} for row in found.rows]
    more = f"{reverse('report-list')}?list={name}&after={found.next}" if found.next else ""
    return show(
        request,
        "intake/list.html",
        rows=rows,
        tabs=tabs,
        list_name=name,
        next_url=more,
        may_take=who.may_by_role("report.take"),
        may_assign=any(who.holding("report.assign", "area")),
        empty=EMPTY[name],
    )


TITLES: Final = {
    "waiting": _("Waiting to be assigned"),
    "assigned": _("Being handled"),
    "mine": _("Taken by me today"),
    "decided": _("Triage ended"),
}
EMPTY: Final = {
    "waiting": _("Reports nobody has been assigned to stand here, the longest waiting first."),
    "assigned": _(
        "Reports assigned to you or your office stand here until a case is opened or the triage ends."
    ),
    "mine": _("Reports you took in the last 24 hours stand here, so that you can add what was forgotten."),
    "decided": _("Reports that became a case, joined one or were ended without one stand here."),
}
LISTS: Final = {
    "waiting": queries.waiting,
    "assigned": queries.assigned,
    "mine": queries.taken_by,
    "decided": queries.decided,
}


@page("report.view", methods=("GET",))
def detail(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """One report: who was told when, what the law asks, what was said, and what to do now."""
    user, at = viewer(request), clock.now()
    shows_reporter = queries.shows_reporter(user, report_id, at=at)
    report = open_record(
        user, Report, report_id, page="report", fields=queries.REPORTER if shows_reporter else ()
    )
    prefetch_keys([report])
    people = queries.people_of(report)
    judged = queries.triage_of(report, people)
    found = queries.matches_of(user, people, at=at)
    if found.known:
        record_list(user, "report.match", shown=[match.person.pk for match in found.known])
    rights = {verb for verb in NEXT if may(user, verb, report)}
    return show(
        request,
        "intake/detail.html",
        trail=trail(report.code),
        report=report,
        people=people,
        sections=_sections(report, shows_reporter=shows_reporter),
        shows_reporter=shows_reporter,
        triage=judged,
        numbers=_numbers(judged),
        police_due=judged.assignee == POLICE,
        minutes=_minutes(report, at),
        matches=found,
        is_hinted=not found.known and queries.may_be_hinted(report, user, at=at),
        duty=_duty(report.area),
        may={verb.removeprefix("report."): verb in rights for verb in NEXT},
        groups=", ".join(codes("priority_group").label(code) for code in judged.groups),
        undecided=report.decided_at is None,
        repeats=report.duplicate_of,
    )


def _minutes(report: Report, at: datetime) -> list[dict[str, Any]]:
    """Received, told, assigned: the hours the law counts, and how long each step took."""
    told, assigned = queries.steps(report, at)
    by_province = report.is_sealed and report.chair_told_at is None
    return [
        {"label": _("Received at"), "value": vi_datetime(report.received_at)},
        {"label": _("entered at"), "value": vi_datetime(report.created_at)},
        {
            "label": _("Chair told at"),
            "value": vi_datetime(report.chair_told_at)
            or (_("by the province") if by_province else _("not yet")),
            "note": _took(told),
        },
        {
            "label": _("Assigned at"),
            "value": vi_datetime(report.first_assigned_at) or _("not yet"),
            "note": _took(assigned),
        },
    ]


def _took(step: Step) -> str:
    if step.minutes is None:
        return ""
    time = vi_duration(step.lasted)
    if step.is_late:
        return gettext("late: %(time)s") % {"time": time}
    return (
        gettext("after %(time)s") % {"time": time}
        if step.state == DONE
        else gettext("waiting for %(time)s") % {"time": time}
    )


_WHOSE: Final = {"police": _("police"), "ambulance": _("ambulance"), "children": _("child protection")}


def _numbers(judged: Triage) -> list[tuple[str, Any]]:
    """The emergency numbers this report calls for, with whose they are."""
    known = settings.EMERGENCY_NUMBERS
    return [(known[name], _WHOSE[name]) for name in judged.numbers if name in known]


# What the page shows in places of its own.
ELSEWHERE: Final = frozenset({"happened_time", "happened_part_of_day", "wants_secret", "received_at"})


def _sections(report: Report, *, shows_reporter: bool) -> list[dict[str, Any]]:
    """Danger, place and reporter as they were asked; who reported only for those who may know."""
    told: dict[str, Any] = {
        "area": report.area,
        "happened_on": _happened(report),
        "reporter_phone": display_phone(report.reporter_phone) if shows_reporter else "",
    }
    hidden = ELSEWHERE if shows_reporter else ELSEWHERE.union(queries.REPORTER)
    return [
        {
            "code": section.code,
            "title": section.title,
            "rows": [
                {"label": _label(item), "value": told.get(item.name) or _value(report, item)}
                for item in section.items
                if item.name not in hidden
            ],
        }
        for section in REPORT.sections
        if section.code in ("danger", "where_when", "caller")
    ]


def _label(item: Item) -> Any:
    if item.name == "happened_on":
        return _("When it happened")
    return item.label or getattr(Report._meta.get_field(item.name), "verbose_name", item.name)


def _value(report: Report, item: Item) -> Any:
    value = getattr(report, item.name, "")
    return item.code_list.label(value) if item.codes else value


def _happened(report: Report) -> str:
    part = report.happened_part_of_day
    label = codes("part_of_day").label(part)
    if report.happened_precision == "unknown" and part != "unknown" and label:
        return label
    return display_happened(report.happened_at, report.happened_precision, label)


# --- the chair's desk ---


@page("report.assign")
def assign(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Assign a report to an office or to somebody by name."""
    user, at = viewer(request), clock.now()
    report = open_record(user, Report, report_id, verb="report.assign", page="assign")
    people = queries.people_of(report)
    judged = queries.triage_of(report, people)
    seats = queries.workers(report, at)
    offices = {} if report.is_sealed else {seat.agency_id: seat.agency for seat in seats}
    police = [key for key, office in offices.items() if office.kind == "commune_police"]
    asked = judged.assignee == POLICE and report.assigned_at is None
    form = assign_form(
        sent(request),
        report,
        offices=[(key, office.name) for key, office in offices.items()],
        people=[(seat.user_id, f"{seat.user.full_name}, {seat.agency.name}") for seat in seats],
        proposed=police[0] if asked and police else None,
    )
    if request.method == "POST" and submit(form, assign_report, report=report, by=user, at=at) is not None:
        return done(request, _("The report is assigned."), "report-detail", report.pk)
    return show(
        request,
        "intake/assign.html",
        trail=trail(_("Assign"), report),
        form=form,
        report=report,
        triage=judged,
        has_workers=bool(seats),
    )


@page("report.screen_out")
def screen_out_page(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """End the triage without a case, or pass the report on."""
    user, at = viewer(request), clock.now()
    report = open_record(user, Report, report_id, verb="report.screen_out", page="screen-out")
    others = queries.repeatable(report, user, at=at)
    choices = [(other.pk, f"{other.code}, {display_datetime(other.received_at)}") for other in others]
    form = screen_out_form(sent(request), report, repeatable=choices)
    if request.method == "POST" and submit(form, screen_out, report=report, by=user, at=at) is not None:
        if report.decided_at is None:
            # It lies in another commune now, where this user may see nothing.
            return done(request, _("The report has been passed on."), "report-list")
        return done(request, _("The triage has ended."), "report-detail", report.pk)
    way = trail(_("End the triage without a case"), report)
    return show(request, "intake/screen_out.html", form=form, report=report, trail=way)


@page("report.tell_chair")
def tell_chair_page(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Write down that the chair was told by telephone or in person."""
    user, at = viewer(request), clock.now()
    report = open_record(user, Report, report_id, verb="report.tell_chair", page="tell-chair")
    form = tell_chair_form(sent(request), report, told_at=at)
    if request.method == "POST" and submit(form, tell_chair, report=report, by=user, at=at) is not None:
        return done(request, _("It is written down when the chair was told."), "report-detail", report.pk)
    way = trail(_("The chair was told"), report)
    return show(
        request, "intake/tell_chair.html", form=form, report=report, duty=_duty(report.area), trail=way
    )


@page("report.add")
def add(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Add what was forgotten or learnt later."""
    user, at = viewer(request), clock.now()
    report = open_record(user, Report, report_id, verb="report.add", page="add")
    form = AdditionForm(sent(request), record=report)
    if request.method == "POST" and submit(form, add_to_report, report=report, by=user, at=at) is not None:
        return done(request, _("It is added."), "report-detail", report.pk)
    way = trail(_("Add to the report"), report)
    return show(request, "intake/add.html", form=form, report=report, trail=way)


@page("report.accept", methods=("POST",))
def accept(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Take on by name what was assigned to one's office."""
    user, at = viewer(request), clock.now()
    report = open_record(user, Report, report_id, verb="report.accept", page="accept")
    accept_report(report=report, by=user, at=at)
    return done(request, _("The report is yours now."), "report-detail", report.pk)
