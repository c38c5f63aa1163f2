"""The verbs of protection: asking, deciding, serving, watching, cancelling, ending."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.access.grants import FOREVER, end_at, give
from casework.base.codes import codes
from casework.base.models import RegisterEntry
from casework.base.refusals import Refused
from casework.base.registers import DECISIONS, number_decision, write_in
from casework.base.sheets import Sheet, fill
from casework.cases import lifecycle
from casework.cases.models import Case, CaseGroupGrant
from casework.cases.queries import seat_for
from casework.deadlines.clocks import due_of, pull_reassessment, start_clock, stop_clock
from casework.organisations.models import Agency, User
from casework.protection import sheet, terms
from casework.protection.models import (
    AllowedContact,
    Breach,
    Measure,
    Meeting,
    Outcome,
    Service,
    SupportSession,
)
from casework.protection.queries import Standing, standing_of

ENDS_SOON: Final = timedelta(hours=48)
# The unit that monitored reads the case a little longer, to write down what became known; then it is not theirs.
AFTER_BAN: Final = timedelta(hours=72)
MONITORING: Final = "ban_monitoring"
# The clock of a term, by measure and decider; any other is the plain end of a measure.
END_CLOCKS: Final = {
    (terms.CONTACT_BAN, ""): "ban_end",
    (terms.SHELTER, "health_facility"): "hospital_shelter_end",
    (terms.SHELTER, "caring_household"): "community_care_end",
}


class WrongState(Refused):
    """The measure is not in a state that allows the verb."""

    def __init__(self) -> None:
        super().__init__("measure_state", _("The state of the measure does not allow this."))


class MeasureOver(Refused):
    """The term ran out, so there is nothing left to lift."""

    def __init__(self) -> None:
        super().__init__("measure_over", _("The term of this measure has already run out."))


@command("measure.request_ban", target="case")
def request_ban(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> Measure:
    """Put a request for a contact ban on the chair's desk; 12 hours run from its receipt (Art. 25(2)).

    Raises Refused for missing grounds, consent or rights told, CaseNotLive, or a request that is already open.
    """
    lifecycle.require_live(case.state)
    _require_none_open(case)
    measure = Measure(
        case=case, kind=terms.CONTACT_BAN, decider=terms.CHAIR, state=terms.REQUESTED, requested_by=by
    )
    changed = fill(measure, sheet.BAN_REQUEST, answers)
    _not_in_future(measure.requested_at, at, "requested_at")
    if measure.requester == "own_motion":
        raise Refused("own_motion_is_chairs", _("Only the chair acts on his own motion."), "requester")
    params = _params(measure)
    terms.check_request(
        params,
        requester=measure.requester,
        grounds=measure.grounds,
        consent=measure.consent,
        told_rights_at=measure.told_rights_at,
        at=at,
    )
    measure.decide_by = due_of(case, "ban_decide", measure.requested_at)
    measure.save()
    start_clock(case, "ban_decide", at=at, since=measure.requested_at, subject=measure)
    tell(fields=changed, kind=measure.kind, grounds=measure.grounds)
    return measure


@command("measure.decide_ban", target="measure")
def decide_ban(*, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]) -> Measure:
    """The chair bans contact, for three days at most; without a start the ban holds from its signing (Art. 25(1), (3)).

    Its number is the next of the register of decisions, unless it was signed on paper. A decision after the 12 hours is
    late, not void. Raises WrongState, NumberTaken, or Refused for a term the law does not allow.
    """
    _require(measure, terms.REQUESTED)
    terms.check_rights_told(measure.told_rights_at, at)
    changed = fill(measure, sheet.BAN_DECISION, answers)
    _put_in_force(measure, by=by, at=at, verb="measure.decide_ban")
    stop_clock(measure.case, "ban_decide", at=at, subject=measure)
    late = terms.late(measure.decide_by, at)
    tell(fields=changed, late_minutes=int(late.total_seconds() // 60) if late else 0)
    return measure


@command("measure.own_motion_ban", target="case")
def ban_on_own_motion(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> Measure:
    """The chair bans contact without a request, because the act threatens her life (Art. 25(1)(b)).

    Raises CaseNotLive, Refused("already_requested") while a request waits for its answer, or as decide_ban does.
    """
    lifecycle.require_live(case.state)
    _require_none_open(case)
    measure = Measure(
        case=case,
        kind=terms.CONTACT_BAN,
        decider=terms.CHAIR,
        state=terms.REQUESTED,
        requested_at=at,
        requested_by=by,
        requester="own_motion",
    )
    changed = fill(measure, sheet.OWN_MOTION, answers)
    terms.check_own_motion(_params(measure), measure.grounds)
    terms.check_rights_told(measure.told_rights_at, at)
    _put_in_force(measure, by=by, at=at, verb="measure.own_motion_ban")
    tell(fields=changed, grounds=measure.grounds)
    return measure


@command("measure.refuse_ban", target="measure")
def refuse_ban(*, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]) -> Measure:
    """The chair refuses in writing, with reasons (Art. 25(2))."""
    _require(measure, terms.REQUESTED)
    fill(measure, sheet.REFUSAL, answers)
    if not measure.reasons.strip():
        raise Refused("reasons_missing", _("A refusal needs its reasons in writing (Art. 25(2))."), "reasons")
    measure.state = terms.REFUSED
    measure.granted = False
    measure.decided_at = at
    measure.decided_by = by
    measure.save()
    stop_clock(measure.case, "ban_decide", at=at, subject=measure)
    late = terms.late(measure.decide_by, at)
    tell(fields=["reasons"], granted=False, late_minutes=int(late.total_seconds() // 60) if late else 0)
    return measure


@command("measure.serve", target="measure")
def serve_decision(*, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]) -> Service:
    """Note that a recipient got a copy, or refused it (Art. 25(3)).

    The police unit's copy starts its first hour of monitoring and opens the case to that unit
    (Circular 66/2025/TT-BCA); a sealed case stays closed to it. Raises Refused("not_a_recipient"),
    Refused("already_served") or Refused("outside_term").
    """
    _require(measure, terms.IN_FORCE)
    service = Service(case=measure.case, measure=measure)
    fill(service, sheet.SERVICE, answers)
    _within_term(measure, service.served_at, at, "served_at")
    recipients = set(_params(measure)["recipients"])
    if service.recipient not in recipients:
        raise Refused("not_a_recipient", _("The law names no copy of this measure for them."), "recipient")
    served = set(_recipients(measure))
    if service.recipient in served:
        raise Refused("already_served", _("This recipient already has a copy."), "recipient")
    service.save()
    if service.recipient == "police_head" and not terms.is_over(measure.ends_at, measure.ended_at, at):
        _open_to_police(measure, by=by, at=at)
        if _params(measure)["monitored"] and measure.monitor_assigned_at is None:
            start_clock(measure.case, "ban_monitor_assign", at=at, since=service.served_at, subject=measure)
    if recipients <= served | {service.recipient}:
        stop_clock(measure.case, "ban_serve", at=at, subject=measure)
    tell(recipient=service.recipient, refused=service.refused)
    return service


@command("measure.assign_monitor", target="measure")
def assign_monitor(*, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]) -> Measure:
    """Commune police name the monitor and issue the plan, within one hour of the decision's receipt.

    Naming another monitor later keeps the time of the first. Raises Refused("not_monitored") or
    Refused("outside_term").
    """
    _require(measure, terms.IN_FORCE)
    if not _params(measure)["monitored"]:
        raise Refused("not_monitored", _("The law asks for no monitor of this measure."))
    first = measure.monitor_assigned_at
    changed = fill(measure, sheet.MONITOR, answers)
    measure.monitor_assigned_at = first or measure.monitor_assigned_at or at
    if first is None:
        _within_term(measure, measure.monitor_assigned_at, at, "monitor_assigned_at")
    measure.save()
    stop_clock(measure.case, "ban_monitor_assign", at=at, subject=measure)
    if first is None:
        start_clock(
            measure.case,
            "ban_monitor_announce",
            at=at,
            since=measure.monitor_assigned_at,
            subject=measure,
        )
    tell(fields=changed, monitor=measure.monitor_kind)
    return measure


@command("measure.announce_monitoring", target="measure")
def announce_monitoring(
    *, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]
) -> Measure:
    """Commune police announce the monitoring; the monitored person signs a commitment or refuses to.

    Raises Refused("no_monitor"), Refused("already_announced") or Refused("outside_term").
    """
    _require(measure, terms.IN_FORCE)
    if measure.monitor_assigned_at is None:
        raise Refused("no_monitor", _("Name the monitor first."))
    is_announced = measure.monitor_announced_at is not None
    if is_announced:
        raise Refused("already_announced", _("The monitoring was already announced."))
    fill(measure, sheet.ANNOUNCEMENT, answers)
    announced = measure.monitor_announced_at or at
    _within_term(measure, announced, at, "monitor_announced_at")
    measure.monitor_announced_at = announced
    measure.commitment_signed = bool(measure.commitment_signed)
    measure.save()
    stop_clock(measure.case, "ban_monitor_announce", at=at, subject=measure)
    tell(commitment_signed=measure.commitment_signed)
    return measure


@command("measure.record_breach", target="measure")
def record_breach(*, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]) -> Breach:
    """Note a breach; it brings the next assessment of danger to within 24 hours.

    A breach may become known after the measure is over; it must have happened while it ran.
    Raises WrongState for a measure nobody decided, CaseNotLive, Refused("outside_term").
    """
    if measure.starts_at is None:
        raise WrongState
    lifecycle.require_live(measure.case.state)
    breach = Breach(case=measure.case, measure=measure)
    changed = fill(breach, sheet.BREACH, answers)
    _not_in_future(breach.at, at, "at")
    over = min((end for end in (measure.ends_at, measure.ended_at) if end is not None), default=None)
    terms.check_within(
        breach.at, measure.starts_at, over, "at", message=_("The measure did not run at that time.")
    )
    breach.save()
    pull_reassessment(measure.case, since=at)
    tell(fields=changed, kind=breach.kind)
    return breach


@command("measure.request_cancellation", target="measure")
def request_cancellation(
    *, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]
) -> Measure:
    """Ask the chair to cancel a measure of his; of a ban he answers within 12 hours (procedure 1.012085).

    Raises WrongState, MeasureOver, Refused("not_the_chairs") or Refused("already_asked").
    """
    _require_chairs_own(measure, at)
    if _cancellation_open(measure):
        raise Refused("already_asked", _("Cancellation was already asked for."))
    fill(measure, sheet.CANCELLATION_REQUEST, answers)
    measure.cancel_requested_at = at
    measure.cancel_answer = ""
    measure.save()
    if measure.kind == terms.CONTACT_BAN:
        start_clock(measure.case, "ban_cancel_decide", at=at, subject=measure)
    tell(fields=["cancel_reason"])
    return measure


@command("measure.cancel", target="measure")
def cancel_measure(*, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]) -> Measure:
    """The chair cancels his measure, asked or because it is no longer needed.

    Raises WrongState, MeasureOver, Refused("not_the_chairs") or Refused("reasons_missing").
    """
    _require_chairs_own(measure, at)
    _answer(measure, sheet.CANCELLATION, answers)
    measure.cancel_entry = _number(
        measure, "cancel_number", "cancel_on_paper", by=by, at=at, verb="measure.cancel"
    )
    measure.state = terms.CANCELLED
    measure.cancelled_at = at
    measure.ended_at = at
    measure.save()
    _stop_clocks(measure, at=at)
    if _running_ban(measure.case, at) is None:
        end_at(CaseGroupGrant, measure.case, source=MONITORING, until=at + AFTER_BAN)
    # The end of protection is itself a reason to look again at the danger.
    pull_reassessment(measure.case, since=at)
    tell(fields=["cancel_answer"], cancelled=True, number=measure.cancel_number)
    return measure


@command("measure.refuse_cancellation", target="measure")
def refuse_cancellation(
    *, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]
) -> Measure:
    """The chair answers in writing why the measure stays.

    Raises WrongState, MeasureOver, Refused("not_asked") or Refused("reasons_missing").
    """
    _require_chairs_own(measure, at)
    if not _cancellation_open(measure):
        raise Refused("not_asked", _("Nobody has asked to cancel this measure."))
    _answer(measure, sheet.CANCELLATION_ANSWER, answers)
    measure.save()
    stop_clock(measure.case, "ban_cancel_decide", at=at, subject=measure)
    tell(fields=["cancel_answer"], cancelled=False)
    return measure


@command("measure.record", target="case")
def record_measure(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> Measure:
    """Record a measure decided elsewhere, or one the law lets anyone competent take (Art. 22).

    Raises CaseNotLive, or Refused for a wrong decider or a term the law does not allow. A chair's ban has verbs
    of its own.
    """
    lifecycle.require_live(case.state)
    measure = Measure(case=case, state=terms.IN_FORCE, requested_at=at, requested_by=by, granted=True)
    changed = fill(measure, sheet.OTHER_MEASURE, answers)
    params = _params(measure)
    terms.check_decider(params, measure.decider)
    if measure.kind == terms.CONTACT_BAN and measure.decider == terms.CHAIR:
        raise Refused("use_ban_request", _("Ask the chair for a contact ban instead."), "kind")
    if measure.starts_at is None:
        raise Refused("start_missing", _("When does the measure start?"), "starts_at")
    _check_conditions(measure, standing_of(case, measure.kind, at=at))
    terms.check_term(params, measure.decider, measure.starts_at, measure.ends_at)
    measure.decided_at = measure.starts_at if measure.starts_at <= at else at
    measure.entry = _number_on_paper(measure)
    measure.save()
    _start_end_clock(measure, at=at)
    tell(fields=changed, kind=measure.kind)
    return measure


@command("measure.end", target="measure")
def end_measure(*, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]) -> Measure:
    """Note that a measure is over and what came of it.

    Raises WrongState, or Refused("ban_still_runs") for a ban of the chair's that was not cancelled.
    """
    _require(measure, terms.IN_FORCE)
    runs = not terms.is_over(measure.ends_at, measure.ended_at, at)
    if measure.kind == terms.CONTACT_BAN and measure.decider == terms.CHAIR and runs:
        raise Refused(
            "ban_still_runs", _("A contact ban ends with its term, or is cancelled by who issued it.")
        )
    fill(measure, sheet.END, answers)
    measure.state = terms.ENDED
    measure.ended_at = measure.ends_at if measure.ends_at is not None and measure.ends_at < at else at
    measure.save()
    _stop_clocks(measure, at=at)
    tell(fields=["result"])
    return measure


@command("measure.allow_contact", target="measure")
def allow_contact(
    *, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]
) -> AllowedContact:
    """Note a contact the monitor signed for; its end and the word to the chair have clocks (Decree 76/2023, Art. 18).

    Raises WrongState, Refused("no_monitor"), Refused("outside_term"), or what the decree does not allow.
    """
    _require(measure, terms.IN_FORCE)
    params = _params(measure)
    if "allowed_contact_hours" not in params:
        raise Refused("not_a_ban", _("Only a contact ban knows allowed contacts."))
    if measure.monitor_assigned_at is None:
        raise Refused("no_monitor", _("Name the monitor first."))
    contact = AllowedContact(case=measure.case, measure=measure)
    changed = fill(contact, sheet.ALLOWED_CONTACT, answers)
    _within_term(measure, contact.signed_at, at, "signed_at")
    terms.check_allowed_contact(
        params,
        notified_at=contact.notified_at,
        signed_at=contact.signed_at,
        starts_at=contact.starts_at,
        ends_at=contact.ends_at,
    )
    terms.check_within(
        contact.starts_at,
        measure.starts_at or contact.starts_at,
        measure.ends_at,
        "starts_at",
        message=_("The measure did not run at that time."),
    )
    contact.save()
    start_clock(measure.case, "allowed_contact_end", at=at, due_at=contact.ends_at, subject=contact)
    if contact.told_chair_at is None:
        start_clock(
            measure.case, "allowed_contact_tell_chair", at=at, due_at=contact.signed_at, subject=contact
        )
    tell(fields=changed, ground=contact.ground)
    return contact


@command("measure.close_contact", target="contact")
def close_contact(
    *, contact: AllowedContact, by: User, at: datetime, answers: Mapping[str, object]
) -> AllowedContact:
    """Note that an allowed contact is over and when the chair was told of it.

    Raises Refused("contact_over") and Refused("time_in_future"). One that went beyond its hours is a breach besides.
    """
    if contact.ended_at is not None:
        raise Refused("contact_over", _("This contact is already noted as over."))
    changed = fill(contact, sheet.CONTACT_END, answers)
    for field in ("ended_at", "told_chair_at"):
        _not_in_future(getattr(contact, field), at, field)
    contact.save()
    stop_clock(contact.case, "allowed_contact_end", "allowed_contact_tell_chair", at=at, subject=contact)
    tell(fields=changed, over_hours=bool(contact.ended_at and contact.ended_at > contact.ends_at))
    return contact


@command("measure.record_session", target="measure")
def record_session(
    *, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]
) -> SupportSession:
    """Note a session of counselling, behaviour change or community work (Art. 30, 31, 33).

    Raises WrongState, Refused("not_of_this_measure") or Refused("time_in_future").
    """
    _require(measure, terms.IN_FORCE)
    session = SupportSession(case=measure.case, measure=measure)
    changed = fill(session, sheet.SESSION, answers)
    _check_session(session, at)
    session.save()
    tell(fields=changed, kind=session.kind, attendance=session.attendance)
    return session


@command("session.correct", target="session")
def correct_session(
    *, session: SupportSession, by: User, at: datetime, answers: Mapping[str, object]
) -> SupportSession:
    """Correct a session and say why; what it said before stays in the history, answers left out stay as they are.

    Also after the measure is over. Raises CaseNotLive, Refused("reasons_missing"), Refused("not_of_this_measure") or
    Refused("time_in_future").
    """
    lifecycle.require_live(session.case.state)
    changed = _correct(session, sheet.SESSION_CORRECTION, answers)
    _check_session(session, at)
    session.save()
    tell(fields=changed, kind=session.kind, attendance=session.attendance)
    return session


@command("measure.record_critique", target="measure")
def record_critique(*, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]) -> Meeting:
    """Write the minutes of a critique before the community (Art. 32).

    Raises WrongState, Refused("not_of_this_measure") or Refused("time_in_future").
    """
    _require(measure, terms.IN_FORCE)
    if measure.kind != terms.CRITIQUE:
        raise Refused("not_of_this_measure", _("Only a critique has these minutes."))
    meeting = Meeting(case=measure.case, measure=measure, kind=Meeting.CRITIQUE)
    changed = fill(meeting, sheet.CRITIQUE, answers)
    _not_in_future(meeting.at, at, "at")
    meeting.save()
    tell(fields=changed, commitment=meeting.commitment)
    return meeting


@command("mediation.record", target="case")
def record_mediation(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> Meeting:
    """Write the minutes of a mediation (Art. 17, 18); it never replaces a measure and never closes a case.

    Raises CaseNotLive, Refused("mediation_level") from MEDIUM up, Refused("mediation_barred") for what is to be
    punished, Refused("time_in_future").
    """
    lifecycle.require_live(case.state)
    standing = standing_of(case, "", at=at)
    terms.check_mediation(
        case.level,
        standing.penalty_levels,
        offered=not case.level or codes("risk_level").row(case.level).flag("mediation_offered"),
    )
    meeting = Meeting(case=case, kind=Meeting.MEDIATION)
    changed = fill(meeting, sheet.MEDIATION, answers)
    _not_in_future(meeting.at, at, "at")
    meeting.save()
    tell(fields=changed, result=meeting.result)
    return meeting


@command("meeting.correct", target="meeting")
def correct_meeting(*, meeting: Meeting, by: User, at: datetime, answers: Mapping[str, object]) -> Meeting:
    """Correct the minutes of a critique or a mediation and say why; what they said before stays in the history.

    Answers left out stay as they are; a paper made of the minutes stays as it went out. Raises CaseNotLive,
    Refused("not_of_this_meeting") for what only the other kind of meeting is asked, Refused("reasons_missing") or
    Refused("time_in_future").
    """
    lifecycle.require_live(meeting.case.state)
    is_critique = meeting.kind == Meeting.CRITIQUE
    asked = sheet.CRITIQUE_CORRECTION if is_critique else sheet.MEDIATION_CORRECTION
    foreign = sorted(answers.keys() - set(asked.names()))
    if foreign:
        raise Refused("not_of_this_meeting", _("The minutes of this meeting do not say this."), foreign[0])
    changed = _correct(meeting, asked, answers)
    _not_in_future(meeting.at, at, "at")
    meeting.save()
    tell(fields=changed, kind=meeting.kind)
    return meeting


@command("outcome.record", target="case")
def record_outcome(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> Outcome:
    """Note how he was dealt with: a penalty by its article, a step of criminal procedure. Being released is a danger.

    Raises CaseNotLive, Refused("article_missing"), Refused("wrong_article") or Refused("time_in_future").
    """
    lifecycle.require_live(case.state)
    outcome = Outcome(case=case)
    changed = fill(outcome, sheet.OUTCOME, answers)
    _check_outcome(outcome, at)
    outcome.save()
    if _releases(outcome):
        pull_reassessment(case, since=at)
    tell(fields=changed, kind=outcome.kind)
    return outcome


@command("outcome.correct", target="outcome")
def correct_outcome(*, outcome: Outcome, by: User, at: datetime, answers: Mapping[str, object]) -> Outcome:
    """Correct how he was dealt with and say why; what it said before stays in the history, the rest as it is.

    One that turns out to release him is a danger from now on; the other way no clock is put off. Raises CaseNotLive,
    Refused("reasons_missing"), Refused("article_missing"), Refused("wrong_article") or Refused("time_in_future").
    """
    lifecycle.require_live(outcome.case.state)
    released = _releases(outcome)
    changed = _correct(outcome, sheet.OUTCOME_CORRECTION, answers)
    _check_outcome(outcome, at)
    outcome.save()
    if _releases(outcome) and not released:
        pull_reassessment(outcome.case, since=at)
    tell(fields=changed, kind=outcome.kind)
    return outcome


def _correct(
    row: SupportSession | Meeting | Outcome, asked: Sheet, answers: Mapping[str, object]
) -> list[str]:
    if not str(answers.get("corrected_why", "")).strip():
        raise Refused("reasons_missing", _("Say why it is corrected."), "corrected_why")
    return fill(row, asked, answers)


def _check_session(session: SupportSession, at: datetime) -> None:
    if session.measure.kind not in codes("session_kind").row(session.kind).strings("measures"):
        raise Refused("not_of_this_measure", _("This measure has no such sessions."), "kind")
    _not_in_future(session.at, at, "at")


def _check_outcome(outcome: Outcome, at: datetime) -> None:
    row = codes("outcome_kind").row(outcome.kind)
    terms.check_articles(
        decided=row.flag("decided"),
        administrative=row.flag("administrative"),
        criminal=row.flag("criminal"),
        penalty_articles=outcome.penalty_articles,
        criminal_articles=outcome.criminal_articles,
    )
    _not_in_future(outcome.decided_at, at, "decided_at")


def _releases(outcome: Outcome) -> bool:
    return codes("outcome_kind").row(outcome.kind).flag("releases")


def _check_conditions(measure: Measure, standing: Standing) -> None:
    """What the law asks before this kind of measure may be taken at all."""
    if measure.kind == terms.SUMMONS:
        terms.check_summons(measure.grounds, standing.priority_groups)
    terms.check_community(
        _params(measure),
        age=standing.age,
        condition=measure.condition,
        acts_in_window=standing.acts,
        fined_before=standing.was_fined,
        volunteered=measure.volunteered,
    )


def _params(measure: Measure) -> Mapping[str, Any]:
    return codes("measure").row(measure.kind).params


def _require(measure: Measure, state: str) -> None:
    if measure.state != state:
        raise WrongState


def _require_chairs_own(measure: Measure, at: datetime) -> None:
    """A measure the chair decided and that still runs: only he lifts it, and only he can be asked to."""
    _require(measure, terms.IN_FORCE)
    if measure.decider != terms.CHAIR:
        raise Refused(
            "not_the_chairs", _("Only who decided a measure can cancel it; the chair did not decide this.")
        )
    if terms.is_over(measure.ends_at, measure.ended_at, at):
        raise MeasureOver


def _cancellation_open(measure: Measure) -> bool:
    return measure.cancel_requested_at is not None and not measure.cancel_answer


def _answer(measure: Measure, asked: Sheet, answers: Mapping[str, object]) -> None:
    fill(measure, asked, answers)
    if not measure.cancel_answer.strip():
        raise Refused(
            "reasons_missing", _("The answer must be in writing, with its reasons."), "cancel_answer"
        )


def _require_none_open(case: Case) -> None:
    if (
        Measure.objects.everything(reason="one request at a time")
        .filter(case=case, kind=terms.CONTACT_BAN, state=terms.REQUESTED)
        .exists()
    ):
        raise Refused("already_requested", _("A contact ban was already asked for and is not yet decided."))


def _not_in_future(moment: datetime, at: datetime, field: str) -> None:
    if moment > at:
        raise Refused("time_in_future", _("This time is still to come."), field)


def _within_term(measure: Measure, moment: datetime, at: datetime, field: str) -> None:
    """What follows a decision happens after its signing, while the measure has not run out, and not tomorrow."""
    _not_in_future(moment, at, field)
    terms.check_within(
        moment,
        measure.decided_at or moment,
        measure.ends_at,
        field,
        message=_("This is before the decision was signed, or after its term ran out."),
    )


def _put_in_force(measure: Measure, *, by: User, at: datetime, verb: str) -> None:
    if measure.starts_at is None:
        measure.starts_at = at
    running = _running_ban(measure.case, at)
    terms.check_start(measure.starts_at, at=at, running_until=running.ends_at if running else None)
    terms.check_term(_params(measure), measure.decider, measure.starts_at, measure.ends_at)
    measure.entry = _number(measure, "number", "signed_on_paper", by=by, at=at, verb=verb)
    measure.state = terms.IN_FORCE
    measure.granted = True
    measure.decided_at = at
    measure.decided_by = by
    measure.extension_of = running
    measure.save()
    stop_clock(measure.case, "own_motion_ban", at=at)
    start_clock(measure.case, "ban_serve", at=at, subject=measure)
    if running is not None:
        # Protection goes on, so nothing has to be asked for before the first one ends.
        stop_clock(measure.case, "ban_end", at=at, subject=running)
    _start_end_clock(measure, at=at)
    tell(granted=True, number=measure.number)


def _number(measure: Measure, name: str, flag: str, *, by: User, at: datetime, verb: str) -> RegisterEntry:
    """The line of a decision in the register of the office of whoever signs it."""
    office = str(seat_for(by, measure.case, verb, at=at).agency_id)
    return number_decision(measure, office, at, name=name, flag=flag)


def _number_on_paper(measure: Measure) -> RegisterEntry | None:
    """The line of a measure the chair decided on paper and that is recorded with its number; others keep no line here."""
    committees = Agency.objects.filter(kind="commune_committee", area=measure.case.commune_id, is_active=True)
    office = committees.first()
    if measure.decider != terms.CHAIR or not measure.number or office is None:
        return None
    measure.signed_on_paper = True
    return write_in(
        DECISIONS, str(office.pk), measure.number, measure.decided_at or measure.requested_at, field="number"
    )


def _running_ban(case: Case, at: datetime) -> Measure | None:
    """The chair's ban that runs now and ends last; a further one continues it."""
    found: Measure | None = (
        Measure.objects.everything(reason="a further ban continues the one that runs")
        .filter(case=case, kind=terms.CONTACT_BAN, decider=terms.CHAIR, state=terms.IN_FORCE)
        .filter(ended_at__isnull=True, ends_at__gt=at)
        .order_by("-ends_at")
        .first()
    )
    return found


def _start_end_clock(measure: Measure, *, at: datetime) -> None:
    """The clock of a term that has not run out; the end of a ban also calls for a new look at the danger."""
    if measure.ends_at is None or measure.ends_at <= at:
        return
    kind = END_CLOCKS.get((measure.kind, measure.decider)) or END_CLOCKS.get(
        (measure.kind, ""), "measure_end"
    )
    start_clock(measure.case, kind, at=at, due_at=measure.ends_at, subject=measure)
    if measure.kind == terms.CONTACT_BAN:
        # A ban that ends within 48 hours pulls the next assessment to within 24 (the policy of the levels).
        pull_reassessment(measure.case, since=max(at, measure.ends_at - ENDS_SOON))


def _recipients(measure: Measure) -> list[str]:
    return list(
        Service.objects.everything(reason="who already has a copy")
        .filter(measure=measure)
        .values_list("recipient", flat=True)
    )


def _open_to_police(measure: Measure, *, by: User, at: datetime) -> None:
    if measure.case.is_sealed:
        # Sealed from the commune because of who he is: a colleague's unit reads nothing by way of a decision.
        return
    for police in Agency.objects.filter(
        kind="commune_police", area_id=measure.case.commune_id, is_active=True
    ):
        until = FOREVER if measure.ends_at is None else measure.ends_at + AFTER_BAN
        give(CaseGroupGrant, measure.case, to=police, until=until, by=by, at=at, source=MONITORING)


def _stop_clocks(measure: Measure, *, at: datetime) -> None:
    stop_clock(
        measure.case,
        "ban_serve",
        "ban_monitor_assign",
        "ban_monitor_announce",
        "ban_cancel_decide",
        *END_CLOCKS.values(),
        "measure_end",
        at=at,
        subject=measure,
    )
