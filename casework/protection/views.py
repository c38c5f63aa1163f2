"""Pages of protection: every measure of a case with its next step, the chair's decision, and a page for each verb."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from casework.access.opening import open_record
from casework.base import clock
from casework.base.codes import codes
from casework.base.refusals import NotVisible
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.deadlines.queries import link, may_on_cases
from casework.encryption.keyring import prefetch_keys
from casework.http.earlier import take_up
from casework.http.forms import SheetForm
from casework.http.pages import done, page, show, submit, viewer
from casework.organisations.models import User
from casework.protection import actions, forms, queries, steps, terms
from casework.protection.models import AllowedContact, Measure, Meeting, Outcome, SupportSession

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TAB: Final = "measures"
TONES: Final = {terms.REQUESTED: "warning", terms.GRANTED: "accent", terms.IN_FORCE: "success"}
NEW: Final = (
    "measure.request_ban",
    "measure.own_motion_ban",
    "measure.record",
    "mediation.record",
    "outcome.record",
)
CORRECT: Final = ("meeting.correct", "session.correct", "outcome.correct")

# --- what there is ---


@page("case.view", methods=("GET",))
def measures(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What protects her now, what waits for a decision, what was before; each with its one next button."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, page="measures")
    found = queries.measures_of(user, case, at=at)
    rights = _rights(user, case, at, *CORRECT)
    running = sorted((one for one in found if one.course.runs), key=_ends)
    asked = sorted((one for one in found if one.standing == terms.REQUESTED), key=_decide_by)
    over = [one for one in found if one.standing not in terms.LIVE]
    is_live = case.state in lifecycle.LIVE
    parts = (("running", _("In force"), running), ("asked", _("Waiting for a decision"), asked))
    return show(
        request,
        "protection/measures.html",
        case=case,
        tab=TAB,
        parts=[
            {"name": name, "title": title, "cards": [_card(one, rights, at) for one in some]}
            for name, title, some in (*parts, ("over", _("Earlier measures"), over))
        ],
        has_any=bool(found),
        may_request=is_live and "measure.request_ban" in rights and not asked,
        may_ban=is_live and "measure.own_motion_ban" in rights and not asked,
        may_record=is_live and "measure.record" in rights,
        outcomes=queries.outcomes_of(user, case),
        mediations=queries.mediations_of(user, case),
        may_outcome=is_live and "outcome.record" in rights,
        may_mediate=is_live and "mediation.record" in rights,
        may_correct=_correctable(rights) if is_live else {},
    )


def _ends(one: queries.Shown) -> tuple[bool, datetime]:
    ends_at = one.measure.ends_at
    return ends_at is None, ends_at or one.measure.requested_at


def _decide_by(one: queries.Shown) -> datetime:
    return one.measure.decide_by or one.measure.requested_at


@page("case.view", methods=("GET",))
def measure_detail(request: HttpRequest, measure_id: UUID) -> HttpResponse:
    """One measure whole: who was told and when, what it rests on, what followed."""
    user, at = viewer(request), clock.now()
    measure = _open(user, measure_id, page="measure")
    one = queries.shown(measure, at=at)
    warnings = (
        queries.community_warnings(measure.case, measure.kind, at=at)
        if one.standing in terms.LIVE and "min_age" in codes("measure").row(measure.kind).params
        else []
    )
    rights = _rights(user, measure.case, at, "measure.close_contact", *CORRECT)
    return show(
        request,
        "protection/measure.html",
        case=measure.case,
        tab=TAB,
        page_title=measure.number or codes("measure").label(measure.kind),
        card=_card(one, rights, at),
        one=one,
        measure=measure,
        warnings=warnings,
        followed=queries.followed(measure),
        may_correct=_correctable(rights) if measure.case.state in lifecycle.LIVE else {},
        may_close="measure.close_contact" in rights,
    )


@page("case.view", methods=("GET",))
def measure_paper(request: HttpRequest, measure_id: UUID) -> HttpResponse:
    """The working paper to print; its page is given nothing but the paper."""
    user, at = viewer(request), clock.now()
    measure = open_record(user, Measure, measure_id, page="measure-paper", purpose="print")
    paper = queries.paper_of(measure, at=at)
    if paper is None:
        raise NotVisible
    trail = [
        (_("Measures"), reverse("case-measures", args=[measure.case_id])),
        (
            measure.number or codes("measure").label(measure.kind),
            reverse("measure-detail", args=[measure.pk]),
        ),
        (_("Working paper"), ""),
    ]
    return show(request, "protection/paper.html", paper=paper, trail=trail)


# --- a new measure ---


@page("measure.request_ban")
def request_ban(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Put a request on the chair's desk."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="measure.request_ban", page="request-ban")
    form = forms.request_form(_sent(request), at)
    if request.method == "POST" and submit(form, actions.request_ban, case=case, by=user, at=at) is not None:
        return done(request, _("The chair has the request; 12 hours run."), "case-measures", case.pk)
    return _ask(
        request,
        form,
        case,
        title=_("Request a contact ban"),
        lead=_("The chair decides within 12 hours or refuses in writing, with reasons (Art. 25(2))."),
        button=_("Send to the chair"),
    )


@page("measure.own_motion_ban")
def own_motion_ban(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The chair bans contact without a request."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="measure.own_motion_ban", page="own-motion-ban")
    until = queries.running_ban_until(user, case, at=at)
    form = forms.own_motion_form(_sent(request), at=at, running_until=until)
    if request.method == "POST" and (
        measure := submit(form, actions.ban_on_own_motion, case=case, by=user, at=at)
    ):
        return done(request, _("The decision is signed."), "measure-detail", measure.pk)
    return _ask(
        request,
        form,
        case,
        title=_("Ban contact without a request"),
        lead=_("When the act threatens her life, the chair decides by himself (Art. 25(1)(b))."),
        button=_("Sign the decision"),
        ground=queries.ground_of(user, case, at=at),
    )


@page("measure.record")
def record_measure(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Record any other measure of Art. 22, decided by whom the law names."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="measure.record", page="record-measure")
    form = forms.other_measure_form(_sent(request), at=at)
    if request.method == "POST" and (
        measure := submit(form, actions.record_measure, case=case, by=user, at=at)
    ):
        return done(request, _("The measure is recorded."), "measure-detail", measure.pk)
    return _ask(
        request,
        form,
        case,
        title=_("Record another measure"),
        lead=_("A measure somebody competent has decided. The chair's contact ban is asked for instead."),
        button=_("Record the measure"),
        warnings=queries.community_warnings(case, "M08", at=at),
        warnings_title=_("Before community critique or community work"),
        elsewhere=queries.elsewhere(user, case, at=at),
    )


# --- the chair's decision ---


@page("measure.decide_ban")
def decide_ban(request: HttpRequest, measure_id: UUID) -> HttpResponse:
    """One request on one page: sign the ban."""
    return _decide(request, measure_id, "measure.decide_ban")


@page("measure.refuse_ban")
def refuse_ban(request: HttpRequest, measure_id: UUID) -> HttpResponse:
    """One request on one page: refuse it, with reasons."""
    return _decide(request, measure_id, "measure.refuse_ban")


def _decide(request: HttpRequest, measure_id: UUID, verb: str) -> HttpResponse:
    user, at = viewer(request), clock.now()
    refuses = verb == "measure.refuse_ban"
    measure = _open(user, measure_id, verb=verb, page="decide-ban")
    until = queries.running_ban_until(user, measure.case, at=at)
    sent = _sent(request)
    decision = forms.decide_form(None if refuses else sent, measure, at=at, running_until=until)
    refusal = forms.refuse_form(sent if refuses else None, measure)
    how: dict[str, Any] = {"measure": measure, "by": user, "at": at}
    if refuses:
        if sent is not None and submit(refusal, actions.refuse_ban, **how) is not None:
            return done(request, _("The refusal is written down."), "measure-detail", measure.pk)
    elif sent is not None and submit(decision, actions.decide_ban, **how) is not None:
        return done(request, _("The decision is signed."), "measure-detail", measure.pk)
    return show(
        request,
        "protection/decide.html",
        form=refusal if refuses else decision,
        decision=decision,
        refusal=refusal,
        refuses=refuses,
        measure=measure,
        case=measure.case,
        ground=queries.ground_of(user, measure.case, at=at, besides=measure),
        is_late=measure.decide_by is not None and measure.decide_by < at,
        waits=measure.state == terms.REQUESTED,
        running_until=until,
        consent_missing=measure.requester in _consent_first(measure) and measure.consent != "yes",
        trail=_trail(measure.case, _("Request for a contact ban")),
    )


# --- what follows a decision ---


@page("measure.serve")
def serve_decision(request: HttpRequest, measure_id: UUID) -> HttpResponse:
    """Write down who received a copy."""
    user, at = viewer(request), clock.now()
    measure = _open(user, measure_id, verb="measure.serve", page="serve-decision")
    one = queries.shown(measure, at=at)
    return _step(
        request,
        measure,
        actions.serve_decision,
        forms.serve_form(_sent(request), one.course.outstanding, at=at),
        title=_("Who received the decision"),
        lead=_("It goes to everybody the law names, at once. One at a time; a refusal to receive counts."),
        button=_("Write it down"),
        message=_("It is written down who received the decision."),
        template="protection/serve.html",
        one=one,
    )


@page("measure.assign_monitor")
def assign_monitor(request: HttpRequest, measure_id: UUID) -> HttpResponse:
    """Name the monitor and issue the plan."""
    user, at = viewer(request), clock.now()
    measure = _open(user, measure_id, verb="measure.assign_monitor", page="assign-monitor")
    return _step(
        request,
        measure,
        actions.assign_monitor,
        forms.monitor_form(_sent(request), measure, at=at),
        title=_("Name the monitor"),
        lead=_("Decision and plan within 1 hour of receiving the ban (Circular 66/2025/TT-BCA)."),
        button=_("Name the monitor"),
        message=_("The monitor is named."),
    )


@page("measure.announce_monitoring")
def announce_monitoring(request: HttpRequest, measure_id: UUID) -> HttpResponse:
    """Announce the monitoring to everybody called together."""
    user, at = viewer(request), clock.now()
    measure = _open(user, measure_id, verb="measure.announce_monitoring", page="announce-monitoring")
    return _step(
        request,
        measure,
        actions.announce_monitoring,
        forms.announcement_form(_sent(request), measure, at=at),
        title=_("Announce the monitoring"),
        lead=_("Within 1 hour of naming the monitor, before both families and the village head."),
        button=_("Write down the announcement"),
        message=_("The announcement is written down."),
    )


@page("measure.record_breach")
def record_breach(request: HttpRequest, measure_id: UUID) -> HttpResponse:
    """Write down a breach; the danger is looked at again within 24 hours."""
    measure = _open(viewer(request), measure_id, verb="measure.record_breach", page="record-breach")
    return _step(
        request,
        measure,
        actions.record_breach,
        forms.breach_form(_sent(request)),
        title=_("Record a breach"),
        lead=_(
            "If she is in danger now, call 113 first. A breach asks for a new look at the danger within 24 hours."
        ),
        button=_("Record the breach"),
        message=_("The breach is recorded."),
    )


@page("measure.request_cancellation")
def request_cancellation(request: HttpRequest, measure_id: UUID) -> HttpResponse:
    """Ask the chair to cancel."""
    measure = _open(
        viewer(request), measure_id, verb="measure.request_cancellation", page="request-cancellation"
    )
    return _step(
        request,
        measure,
        actions.request_cancellation,
        forms.cancellation_form(_sent(request), measure),
        title=_("Ask to cancel the decision"),
        lead=_("Make sure that nobody presses her to ask. The chair answers within 12 hours."),
        button=_("Send to the chair"),
        message=_("The chair has the request to cancel."),
    )


@page("measure.cancel")
def cancel_measure(request: HttpRequest, measure_id: UUID) -> HttpResponse:
    """The chair cancels his decision."""
    return _cancel(request, measure_id, "measure.cancel", actions.cancel_measure)


@page("measure.refuse_cancellation")
def refuse_cancellation(request: HttpRequest, measure_id: UUID) -> HttpResponse:
    """The chair answers why it stays."""
    return _cancel(request, measure_id, "measure.refuse_cancellation", actions.refuse_cancellation)


def _cancel(
    request: HttpRequest, measure_id: UUID, verb: str, action: Callable[..., Measure]
) -> HttpResponse:
    user, at = viewer(request), clock.now()
    measure = _open(user, measure_id, verb=verb, page="cancel-measure")
    one = queries.shown(measure, at=at)
    asked = one.course.cancellation_asked
    return _step(
        request,
        measure,
        action,
        forms.answer_form(_sent(request), measure),
        template="protection/cancel.html",
        title=_("Answer the request to cancel") if asked else _("Cancel the decision"),
        message=_("The decision is cancelled.")
        if verb == "measure.cancel"
        else _("The answer is written down."),
        asked=asked,
    )


@page("measure.end")
def end_measure(request: HttpRequest, measure_id: UUID) -> HttpResponse:
    """Write down that it is over and what came of it."""
    measure = _open(viewer(request), measure_id, verb="measure.end", page="end-measure")
    return _step(
        request,
        measure,
        actions.end_measure,
        forms.end_form(_sent(request), measure),
        title=_("Record the end"),
        lead=_("A ban ends with its term by itself; here stands what came of it."),
        button=_("Record the end"),
        message=_("The end is recorded."),
    )


@page("measure.allow_contact")
def allow_contact(request: HttpRequest, measure_id: UUID) -> HttpResponse:
    """Write down a contact the monitor has signed for."""
    user, at = viewer(request), clock.now()
    measure = _open(user, measure_id, verb="measure.allow_contact", page="allow-contact")
    return _step(
        request,
        measure,
        actions.allow_contact,
        forms.allowed_contact_form(_sent(request), at=at),
        title=_("Record an allowed contact"),
        lead=_(
            "A wedding or funeral, illness or injury in the family, a disaster: with written notice, after the monitor has "
            "signed, for 4 hours at most. The monitor tells the chair at once (Decree 76/2023, Art. 18)."
        ),
        button=_("Record the allowed contact"),
        message=_("The allowed contact is recorded."),
    )


@page("measure.close_contact")
def close_contact(request: HttpRequest, allowed_contact_id: UUID) -> HttpResponse:
    """Write down that an allowed contact is over and when the chair was told."""
    user, at = viewer(request), clock.now()
    contact = open_record(
        user, AllowedContact, allowed_contact_id, verb="measure.close_contact", page="close-contact"
    )
    form = forms.contact_end_form(_sent(request), contact, at=at)
    if (
        request.method == "POST"
        and submit(form, actions.close_contact, contact=contact, by=user, at=at) is not None
    ):
        return done(request, _("The end of the contact is recorded."), "measure-detail", contact.measure_id)
    title = _("Record the end of the contact")
    return show(
        request,
        "protection/verb.html",
        form=form,
        title=title,
        button=title,
        lead=_("Whoever stayed longer than was allowed has broken the ban: record a breach besides."),
        trail=_trail(contact.case, title),
        back_url=reverse("measure-detail", args=[contact.measure_id]),
    )


@page("measure.record_session")
def record_session(request: HttpRequest, measure_id: UUID) -> HttpResponse:
    """Write down one session."""
    user, at = viewer(request), clock.now()
    measure = _open(user, measure_id, verb="measure.record_session", page="record-session")
    return _step(
        request,
        measure,
        actions.record_session,
        forms.session_form(_sent(request), measure, at=at),
        title=_("Record a session"),
        lead=_("The two are never counselled together: what one says must not reach the other."),
        button=_("Record the session"),
        message=_("The session is recorded."),
    )


@page("measure.record_critique")
def record_critique(request: HttpRequest, measure_id: UUID) -> HttpResponse:
    """Write the minutes of the critique."""
    user, at = viewer(request), clock.now()
    measure = _open(user, measure_id, verb="measure.record_critique", page="record-critique")
    return _step(
        request,
        measure,
        actions.record_critique,
        forms.critique_form(_sent(request), at=at),
        title=_("Minutes of the critique"),
        lead=_(
            "Led by the village head with the head of the Front committee (Art. 32). Nothing is said there of where she "
            "stays or of who reported."
        ),
        button=_("Write the minutes"),
        message=_("The minutes are written."),
    )


@page("mediation.record")
def record_mediation(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Write the minutes of a mediation."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="mediation.record", page="record-mediation")
    form = forms.mediation_form(_sent(request), at=at)
    if (
        request.method == "POST"
        and submit(form, actions.record_mediation, case=case, by=user, at=at) is not None
    ):
        return done(request, _("The minutes are written."), "case-measures", case.pk)
    return _ask(
        request,
        form,
        case,
        title=_("Minutes of the mediation"),
        lead=_(
            "Mediation replaces no measure and ends no case (Art. 17). It is not offered from the level MEDIUM up, nor for "
            "what is to be punished (Law 35/2013, Art. 3)."
        ),
        button=_("Write the minutes"),
    )


@page("meeting.correct")
def correct_meeting(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """Correct the minutes of a critique or a mediation; the history keeps what they said before."""
    user = viewer(request)
    meeting = open_record(user, Meeting, meeting_id, verb="meeting.correct", page="correct-meeting")
    return _correct(
        request,
        meeting,
        forms.correction_form(_sent(request), meeting),
        actions.correct_meeting,
        {"meeting": meeting},
        title=_("Correct the minutes"),
        lead=_(
            "What the minutes said before stays in the history. A paper that was made of them stays as it went out: cancel "
            "its number and make it anew if it says something wrong."
        ),
    )


@page("session.correct")
def correct_session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Correct one session; the history keeps what was noted before."""
    user = viewer(request)
    session = open_record(user, SupportSession, session_id, verb="session.correct", page="correct-session")
    return _correct(
        request,
        session,
        forms.session_correction_form(_sent(request), session),
        actions.correct_session,
        {"session": session},
        title=_("Correct the session"),
        lead=_("What was noted before stays in the history."),
    )


@page("outcome.record")
def record_outcome(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Write down how he was dealt with."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="outcome.record", page="record-outcome")
    form = forms.outcome_form(_sent(request), at=at)
    if (
        request.method == "POST"
        and submit(form, actions.record_outcome, case=case, by=user, at=at) is not None
    ):
        return done(request, _("The outcome is recorded."), "case-measures", case.pk)
    return _ask(
        request,
        form,
        case,
        title=_("How he was dealt with"),
        lead=_("A penalty by its article, a step of criminal procedure, that he was released."),
        button=_("Record the outcome"),
    )


@page("outcome.correct")
def correct_outcome(request: HttpRequest, outcome_id: UUID) -> HttpResponse:
    """Correct how he was dealt with; the history keeps what was noted before."""
    user = viewer(request)
    outcome = open_record(user, Outcome, outcome_id, verb="outcome.correct", page="correct-outcome")
    return _correct(
        request,
        outcome,
        forms.outcome_correction_form(_sent(request), outcome),
        actions.correct_outcome,
        {"outcome": outcome},
        title=_("Correct how he was dealt with"),
        lead=_(
            "What was noted before stays in the history. The figures and the checks before closing follow at once; a paper "
            "that was made of it stays as it went out."
        ),
    )


def _correct(
    request: HttpRequest,
    row: SupportSession | Meeting | Outcome,
    form: SheetForm,
    action: Callable[..., Any],
    given: dict[str, Any],
    *,
    title: "StrOrPromise",
    lead: "StrOrPromise",
) -> HttpResponse:
    """A page that corrects what followed a measure or how he was dealt with. given: the row, as the verb names it."""
    lifecycle.require_live(row.case.state)
    user = viewer(request)
    take_up(request, form, row, user)
    measure = None if isinstance(row, Outcome) else row.measure_id
    back = ("measure-detail", measure) if measure is not None else ("case-measures", row.case_id)
    if request.method == "POST" and submit(form, action, by=user, at=clock.now(), **given) is not None:
        return done(request, _("The correction is saved."), *back)
    return show(
        request,
        "protection/verb.html",
        form=form,
        title=title,
        button=_("Save the correction"),
        lead=lead,
        trail=_trail(row.case, title),
        back_url=reverse(back[0], args=[back[1]]),
    )


# --- parts ---


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _open(user: User, measure_id: UUID, *, page: str, verb: str | None = None) -> Measure:
    measure = open_record(user, Measure, measure_id, verb=verb, page=page)
    prefetch_keys([measure])
    return measure


def _trail(case: Case, here: "StrOrPromise") -> list[tuple["StrOrPromise", str]]:
    """The way back from a page without the frame of the case."""
    return [
        (case.number, link("case-overview", case.pk)),
        (_("Measures"), reverse("case-measures", args=[case.pk])),
        (here, ""),
    ]


def _ask(
    request: HttpRequest, form: SheetForm, case: Case, *, title: "StrOrPromise", **more: Any
) -> HttpResponse:
    """A page that makes a new measure of the case."""
    return show(
        request,
        "protection/verb.html",
        form=form,
        case=case,
        title=title,
        trail=_trail(case, title),
        back_url=reverse("case-measures", args=[case.pk]),
        **more,
    )


def _step(
    request: HttpRequest,
    measure: Measure,
    action: Callable[..., Any],
    form: SheetForm,
    *,
    title: "StrOrPromise",
    message: "StrOrPromise",
    template: str = "protection/verb.html",
    **more: Any,
) -> HttpResponse:
    """A page that takes a measure one step on, and then shows the whole of it."""
    user, at = viewer(request), clock.now()
    if request.method == "POST" and submit(form, action, measure=measure, by=user, at=at):
        return done(request, message, "measure-detail", measure.pk)
    standing = queries.standing(measure, at=at)
    return show(
        request,
        template,
        form=form,
        measure=measure,
        title=title,
        trail=_trail(measure.case, title),
        back_url=reverse("measure-detail", args=[measure.pk]),
        badge=codes("measure_state").label(standing),
        tone=TONES.get(standing, "neutral"),
        runs=standing in (terms.GRANTED, terms.IN_FORCE),
        **more,
    )


def _rights(user: User, case: Case, at: datetime, *more: str) -> frozenset[str]:
    """The verbs of protection the viewer may do on the case."""
    verbs = {action.verb for action in steps.ACTIONS.values()} | {*NEW, *more}
    return frozenset(
        verb for verb, where in may_on_cases(user, [case.pk], verbs, at=at).items() if case.pk in where
    )


def _correctable(rights: Collection[str]) -> dict[str, bool]:
    """What of sessions, minutes and outcomes the viewer may correct, by its kind."""
    return {verb.partition(".")[0]: verb in rights for verb in CORRECT}


def _card(one: queries.Shown, rights: Collection[str], at: datetime) -> dict[str, Any]:
    """One measure on the page: where it stands, its steps, the next button, and the rest as links."""
    measure, due = one.measure, steps.due(one.course, at)
    waiting = [name for name in due if steps.ACTIONS[name].verb in rights]
    besides = [name for name in steps.possible(one.course, at) if steps.ACTIONS[name].verb in rights]
    names = [*waiting, *besides]
    role = "" if waiting else steps.waits_for(due)
    links = [_button(name, measure) for name in names[1:]]
    if one.course.is_ban and measure.decider == terms.CHAIR:
        paper = reverse("measure-paper", args=[measure.pk])
        links.append({"url": paper, "label": _("Working paper to print")})
    ends_soon = measure.ends_at is not None and measure.ends_at - at <= steps.ENDS_SOON
    return {
        "one": one,
        "measure": measure,
        "title": codes("measure").label(measure.kind),
        "badge": codes("measure_state").label(one.standing),
        "tone": TONES.get(one.standing, "neutral"),
        "is_asked": one.standing == terms.REQUESTED,
        "runs": one.course.runs,
        "is_over": one.standing not in terms.LIVE,
        "ban_ends_soon": one.course.runs and one.course.is_ban and ends_soon,
        "button": _button(names[0], measure) if names else None,
        "is_due": bool(waiting),
        "links": links,
        "waits_for": codes("role").label(role) if role else "",
    }


def _button(name: str, measure: Measure) -> dict[str, Any]:
    action = steps.ACTIONS[name]
    subject = measure.case_id if action.of_case else measure.pk
    return {"url": reverse(action.page or name, args=[subject]), "label": action.label}


def _consent_first(measure: Measure) -> tuple[str, ...]:
    """The requesters whose request she has to agree to."""
    return codes("measure").row(measure.kind).strings("consent_when_asked_by")
