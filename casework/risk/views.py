"""Pages of risk: how dangerous it is now and why, the form in two steps, the second person's answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from casework.access.decisions import may
from casework.access.opening import open_record
from casework.base import clock
from casework.base.codes import codes
from casework.base.refusals import Denied, NotVisible, Refused
from casework.cases import lifecycle
from casework.cases.models import Case, Participant
from casework.deadlines.queries import clocks_of
from casework.http.pages import done, page, show, submit, viewer
from casework.http.templatetags.pages import vi_datetime
from casework.organisations.models import User
from casework.risk import instruments, queries
from casework.risk.actions import (
    EMERGENCY_CLOCK,
    assess_risk,
    confirm_lowering,
    record_emergency_step,
    record_event,
)
from casework.risk.forms import AssessmentForm, ConfirmForm, EmergencyForm, EventForm
from casework.risk.models import RiskAssessment
from casework.risk.vocabulary import Instrument

PREVIEW, EDIT, SIGN = "preview", "edit", "sign"
# The clocks a level starts, as this page shows them.
CLOCKS: Final = ("risk_assess_first", "risk_reassess", "supervised_reassess", "contact_due", EMERGENCY_CLOCK)
# How much is asked of the officer for a measure of a level.
DUTIES: Final[dict[str, str | Promise]] = {
    "do": _("Do now"),
    "propose": _("Propose now"),
    "offer": _("Offer"),
    "consider": _("Consider"),
}
NOW: Final = ("do", "propose")
CHILD_FORM_NAMES: Final[dict[str, str | Promise]] = {
    "vn-child-02": _("Form 02: first assessment"),
    "vn-child-06": _("Form 06: after the plan"),
}


@page("case.view", methods=("GET",))
def risk(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The level that stands with its reasons, what is not known, what it asks for, and what was signed before."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, page="risk")
    ground = queries.ground_of(case)
    history = [queries.shown(row, ground.facts) for row in queries.assessments_of(user, case)]
    current = next((one for one in history if one.row.instrument == queries.BASELINE), None)
    is_live = case.state in lifecycle.LIVE
    return show(
        request,
        "risk/risk.html",
        case=case,
        tab="risk",
        current=current,
        history=history,
        measures=_measures(current),
        clocks=[due for due in clocks_of(case, user, at=at) if due.kind in CLOCKS],
        children=queries.child_lines(case, history),
        child_forms=CHILD_FORM_NAMES.items(),
        events=queries.events_of(user, case),
        may_assess=is_live and bool(may(user, "risk.assess", case)),
        may_record=is_live and bool(may(user, "risk.record_event", case)),
        may_confirm=current is not None and _may_confirm(user, current.row),
    )


@page("case.view", methods=("GET",))
def assessment(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """One signed assessment, every question in the wording it was asked in."""
    user, at = viewer(request), clock.now()
    row = open_record(user, RiskAssessment, assessment_id, page="risk-assessment")
    waits = any(
        due.kind == EMERGENCY_CLOCK and due.subject_id == row.pk for due in clocks_of(row.case, user, at=at)
    )
    shown = queries.shown(row, queries.ground_of(row.case).facts)
    return show(
        request,
        "risk/assessment.html",
        case=row.case,
        tab="risk",
        page_title=shown.version.title,
        shown=shown,
        about=_about(shown),
        measures=_measures(shown),
        emergency_waits=waits,
        may_confirm=_may_confirm(user, row),
        may_step=waits and bool(may(user, "risk.emergency_step", row)),
    )


@page("risk.assess")
def assess(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Fill in, look at what it means, sign. Each step keeps every answer; nothing needs a script."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="risk.assess", page="assess-risk")
    lifecycle.require_live(case.state)
    version = _chosen(request.GET.get("instrument", queries.BASELINE))
    ground = queries.ground_of(case)
    children = queries.children_of(case)
    child = _child_meant(request, children)
    last, before = queries.last_answers(queries.assessments_of(user, case), version, child=child)
    fixed: dict[str, Any] = {
        "version": version,
        "facts": ground.facts,
        "children": children,
        "before": before,
    }
    form = AssessmentForm(request.POST or None, initial={"child": child}, **fixed)
    step = request.POST.get("step", PREVIEW)
    context: dict[str, Any] = {
        "case": case,
        "tab": "risk",
        "page_title": version.title,
        "version": version,
        "last": last,
    }
    if request.method == "POST" and step == EDIT:
        form = AssessmentForm(None, initial=form.typed(), **fixed)
    elif request.method == "POST":
        seen = _read(form, ground, at=at)
        if seen is not None and step == SIGN:
            signed = submit(form, assess_risk, case=case, by=user, at=at, **_signing(form))
            if signed is not None:
                return done(request, _("The assessment is signed."), "case-risk", case.pk)
        if seen is not None:
            return _second_page(request, form, seen, context)
    return show(request, "risk/assess.html", form=form, **context)


@page("risk.confirm_lowering")
def confirm(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """The second person reads what the assessor read, and agrees to the lower level or keeps the higher one."""
    user = viewer(request)
    row = open_record(
        user, RiskAssessment, assessment_id, verb="risk.confirm_lowering", page="confirm-lowering"
    )
    if row.signed_by_id == user.pk:
        raise Denied
    if row.override != RiskAssessment.LOWERING_ASKED:
        raise Refused("no_lowering_asked", _("Nobody asks for a lower level here."))
    form = ConfirmForm(request.POST or None, record=row)
    agrees = request.POST.get("confirm") == "yes"
    if (
        request.method == "POST"
        and submit(form, confirm_lowering, assessment=row, confirm=agrees, by=user, at=clock.now())
        is not None
    ):
        return done(request, _("Your answer is recorded."), "case-risk", row.case_id)
    return show(
        request,
        "risk/confirm.html",
        form=form,
        case=row.case,
        tab="risk",
        page_title=_("Answer the wish for a lower level"),
        shown=queries.shown(row, queries.ground_of(row.case).facts),
        asked=instruments.instrument(row.instrument, row.instrument_version).band(row.asked_level),
        withdrawn_at=queries.withdrawn_at(row.case),
    )


@page("risk.emergency_step")
def emergency(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """What was done for a child in danger, within the 12 hours of the decree."""
    user, at = viewer(request), clock.now()
    row = open_record(user, RiskAssessment, assessment_id, verb="risk.emergency_step", page="emergency-step")
    form = EmergencyForm(request.POST or None, record=row, initial={"emergency_at": at})
    if (
        request.method == "POST"
        and submit(form, record_emergency_step, assessment=row, by=user, at=at) is not None
    ):
        return done(request, _("The step is recorded."), "case-risk", row.case_id)
    return show(
        request,
        "risk/emergency.html",
        form=form,
        case=row.case,
        tab="risk",
        page_title=_("Emergency step for the child"),
        shown=queries.shown(row, {}),
    )


@page("risk.record_event")
def event(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Note that he was released, that she filed for divorce, that a complaint was withdrawn …"""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="risk.record_event", page="record-event")
    lifecycle.require_live(case.state)
    form = EventForm(request.POST or None, initial={"at": at})
    form.offer("kind", [(row.code, row.label) for row in codes("event_pull").rows if row.flag("by_hand")])
    if request.method == "POST" and submit(form, record_event, case=case, by=user, at=at) is not None:
        return done(request, _("It is noted. Assess the danger again within 24 hours."), "case-risk", case.pk)
    return show(
        request,
        "risk/event.html",
        form=form,
        case=case,
        tab="risk",
        page_title=_("Note what changes the danger"),
    )


def _chosen(code: str) -> Instrument:
    """A published form by its code; any other address does not exist."""
    for version in instruments.published():
        if version.code == code:
            return version
    raise NotVisible


def _child_meant(request: HttpRequest, children: Sequence[Participant]) -> UUID | None:
    """The child the address or the form names, if it is one of the case."""
    named = request.POST.get("child", request.GET.get("child", ""))
    return next((part.person_id for part in children if str(part.person_id) == named), None)


def _read(form: AssessmentForm, ground: queries.Ground, *, at: datetime) -> queries.Preview | None:
    """What the answers mean now; None when the first page must be shown again with its errors."""
    if not form.is_valid():
        return None
    told = form.beside()
    try:
        return queries.preview(
            form.version, ground, form.given(), imminent=told["imminent"], fear=told["fear"], at=at
        )
    except Refused as refusal:
        form.refuse(refusal)
    return None


def _signing(form: AssessmentForm) -> dict[str, Any]:
    return {**form.beside(), "final": form.cleaned_data["final"], "reason": form.cleaned_data["reason"]}


def _second_page(
    request: HttpRequest, form: AssessmentForm, seen: queries.Preview, context: dict[str, Any]
) -> HttpResponse:
    version, result, given = seen.version, seen.result, form.given()
    form.ask_level(
        [(band.code, _wish(version, band.code, result.level)) for band in seen.levels], result.level
    )
    return show(
        request,
        "risk/sign.html",
        form=form,
        seen=seen,
        band=version.band(result.level),
        highest=version.band(result.highest),
        rules=[version.words(key) for key in result.rules],
        factors=[queries.said(version, key, given) for key in result.factors],
        unknown=[queries.said(version, key, given) for key in result.unknown if key in given],
        not_asked=[queries.said(version, key, given) for key in result.unknown if key not in given],
        undated=[queries.said(version, key, given) for key in result.undated],
        flags=[version.words(key) for key in result.flags],
        measures=_asked_for(version, result.level),
        measures_notice=version.measures_notice,
        is_child=version.code in queries.CHILD_FORMS,
        heading="h2",
        **context,
    )


def _wish(version: Instrument, code: str, computed: str) -> str:
    """A level as somebody may sign it: kept, raised, or asked for."""
    label = str(version.band(code).label)
    if code == computed:
        return str(_("%(level)s: as the answers show") % {"level": label})
    if version.rank(code) > version.rank(computed):
        return str(_("%(level)s: raise it") % {"level": label})
    return str(_("%(level)s: ask for it; a second person must agree") % {"level": label})


def _measures(shown: queries.Shown | None) -> list[dict[str, Any]]:
    return _asked_for(shown.version, shown.row.final_level) if shown else []


def _about(shown: queries.Shown) -> list[tuple[str | Promise, str]]:
    """Under which circumstances it was made, with which wording, and what a second person said."""
    row = shown.row
    rows: list[tuple[str | Promise, str]] = [
        (_("Version"), row.instrument_version),
        (_("Fingerprint of the wording"), row.instrument_sha256),
        (_("Someone else was present"), codes("yes_no").label(row.present)),
        (_("Interpreter"), codes("interpreter_kind").label(row.interpreter)),
    ]
    if shown.version.fear:
        rows.append((_("Her own fear"), codes("fear_level").label(str(row.fear or "unknown"))))
    rows.append((_("Assess again by"), vi_datetime(row.next_due_at)))
    if row.override:
        rows.append((_("Why raised or lowered"), row.override_reason))
    if row.confirmed_by is not None and row.confirmed_at is not None:
        rows.append((_("Second person"), f"{row.confirmed_by.full_name}, {vi_datetime(row.confirmed_at)}"))
        rows.append((_("Second person's remark"), row.confirm_reason))
    if row.emergency_at is not None:
        rows.append((_("When the step was taken"), vi_datetime(row.emergency_at)))
        rows.append((_("What was done for the child"), row.emergency_step))
    return rows


def _asked_for(version: Instrument, level: str) -> list[dict[str, Any]]:
    """The measures of a level, what is to be done now first."""
    order = list(DUTIES)
    return [
        {
            "text": measure.text,
            "duty": DUTIES[measure.duty],
            "is_now": measure.duty in NOW,
        }
        for measure in sorted(version.band(level).measures, key=lambda one: order.index(one.duty))
    ]


def _may_confirm(user: User, row: RiskAssessment) -> bool:
    return (
        row.override == RiskAssessment.LOWERING_ASKED
        and row.signed_by_id != user.pk
        and bool(may(user, "risk.confirm_lowering", row))
    )
