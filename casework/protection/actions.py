"""The verbs of protection: asking, deciding, serving, watching, cancelling, ending."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.access.grants import give
from casework.base.codes import codes
from casework.base.refusals import Refused
from casework.base.sheets import fill
from casework.cases import lifecycle
from casework.cases.models import Case, CaseGroupGrant
from casework.deadlines.clocks import pull_reassessment, start_clock, stop_clock
from casework.organisations.models import Agency, User
from casework.protection import sheet, terms
from casework.protection.models import Breach, Measure, Service

PULLED_TO = timedelta(hours=24)


class WrongState(Refused):
    """The measure is not in a state that allows the verb."""

    def __init__(self) -> None:
        super().__init__("measure_state", _("The state of the measure does not allow this."))


@command("measure.request_ban", target="case")
def request_ban(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> Measure:
    """Put a request for a contact ban on the chair's desk; 12 hours run from its receipt (Art. 25(2)).

    Raises Refused for missing grounds, consent or rights told, CaseNotLive, or a request that is already open.
    """
    lifecycle.require_live(case.state)
    _require_none_open(case)
    measure = Measure(case=case, kind=terms.CONTACT_BAN, decider=terms.CHAIR, state=terms.REQUESTED, requested_by=by)
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
    measure.decide_by = terms.decide_by(params, measure.decider, measure.requested_at)
    measure.save()
    if measure.decide_by is not None:
        start_clock(case, "ban_decide", at=at, due_at=measure.decide_by, subject=measure)
    tell(fields=changed, kind=measure.kind, grounds=measure.grounds)
    return measure


@command("measure.decide_ban", target="measure")
def decide_ban(*, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]) -> Measure:
    """The chair bans contact, for three days at most; the ban holds from its signing (Art. 25(1), (3)).

    Raises WrongState, or Refused for a term the law does not allow.
    """
    _require(measure, terms.REQUESTED)
    terms.check_rights_told(measure.told_rights_at, at)
    fill(measure, sheet.BAN_DECISION, answers)
    _put_in_force(measure, by=by, at=at)
    stop_clock(measure.case, "ban_decide", at=at, subject=measure)
    return measure


@command("measure.own_motion_ban", target="case")
def ban_on_own_motion(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> Measure:
    """The chair bans contact without a request, because the act threatens her life (Art. 25(1)(b))."""
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
    fill(measure, sheet.OWN_MOTION, answers)
    terms.check_own_motion(_params(measure), measure.grounds)
    terms.check_rights_told(measure.told_rights_at, at)
    _put_in_force(measure, by=by, at=at)
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
    tell(fields=["reasons"], granted=False)
    return measure


@command("measure.serve", target="measure")
def serve_decision(*, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]) -> Service:
    """Note that a recipient got a copy, or refused it (Art. 25(3)).

    The police unit's copy starts its first hour of monitoring and opens the case to that unit
    (Circular 66/2025/TT-BCA). Raises Refused("already_served").
    """
    _require(measure, terms.IN_FORCE)
    service = Service(case=measure.case, measure=measure)
    fill(service, sheet.SERVICE, answers)
    _not_in_future(service.served_at, at, "served_at")
    if measure.decided_at is not None and service.served_at < measure.decided_at:
        raise Refused("before_decision", _("This is before the decision was signed."), "served_at")
    served = set(_recipients(measure))
    if service.recipient in served:
        raise Refused("already_served", _("This recipient already has a copy."), "recipient")
    service.save()
    if service.recipient == "police_head":
        _open_to_police(measure, by=by, at=at)
        if _params(measure)["monitored"] and measure.monitor_assigned_at is None:
            start_clock(
                measure.case,
                "ban_monitor_assign",
                at=at,
                due_at=service.served_at + terms.MONITOR_STEP,
                subject=measure,
            )
    if set(_params(measure)["recipients"]) <= served | {service.recipient}:
        stop_clock(measure.case, "ban_serve", at=at, subject=measure)
    tell(recipient=service.recipient, refused=service.refused)
    return service


@command("measure.assign_monitor", target="measure")
def assign_monitor(*, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]) -> Measure:
    """Commune police name the monitor and issue the plan, within one hour of the decision's receipt."""
    _require(measure, terms.IN_FORCE)
    fill(measure, sheet.MONITOR, answers)
    first = measure.monitor_assigned_at is None
    measure.monitor_assigned_at = measure.monitor_assigned_at or at
    measure.save()
    stop_clock(measure.case, "ban_monitor_assign", at=at, subject=measure)
    if first:
        start_clock(
            measure.case, "ban_monitor_announce", at=at, due_at=at + terms.MONITOR_STEP, subject=measure
        )
    tell(fields=["monitor_kind", "monitor_name"], monitor=measure.monitor_kind)
    return measure


@command("measure.announce_monitoring", target="measure")
def announce_monitoring(*, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]) -> Measure:
    """Commune police announce the monitoring; the monitored person signs a commitment or refuses to."""
    _require(measure, terms.IN_FORCE)
    if measure.monitor_assigned_at is None:
        raise Refused("no_monitor", _("Name the monitor first."))
    fill(measure, sheet.ANNOUNCEMENT, answers)
    measure.monitor_announced_at = at
    measure.save()
    stop_clock(measure.case, "ban_monitor_announce", at=at, subject=measure)
    tell(commitment_signed=bool(measure.commitment_signed))
    return measure


@command("measure.record_breach", target="measure")
def record_breach(*, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]) -> Breach:
    """Note a breach; it brings the next assessment of danger to within 24 hours."""
    if measure.starts_at is None:
        raise WrongState
    breach = Breach(case=measure.case, measure=measure)
    changed = fill(breach, sheet.BREACH, answers)
    _not_in_future(breach.at, at, "at")
    if breach.at < measure.starts_at or (measure.ends_at is not None and breach.at > measure.ends_at):
        raise Refused("outside_term", _("The measure did not run at that time."), "at")
    breach.save()
    pull_reassessment(measure.case, due_at=at + PULLED_TO)
    tell(fields=changed, kind=breach.kind)
    return breach


@command("measure.request_cancellation", target="measure")
def request_cancellation(*, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]) -> Measure:
    """Ask the chair to cancel a ban; he answers within 12 hours (procedure 1.012085)."""
    _require(measure, terms.IN_FORCE)
    if measure.cancel_requested_at is not None and not measure.cancel_answer:
        raise Refused("already_asked", _("Cancellation was already asked for."))
    fill(measure, sheet.CANCELLATION_REQUEST, answers)
    measure.cancel_requested_at = at
    measure.cancel_answer = ""
    measure.save()
    hours = _params(measure).get("cancel_within_hours")
    if hours is not None:
        start_clock(
            measure.case, "ban_cancel_decide", at=at, due_at=at + timedelta(hours=hours), subject=measure
        )
    tell(fields=["cancel_reason"])
    return measure


@command("measure.cancel", target="measure")
def cancel_measure(*, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]) -> Measure:
    """The chair cancels his ban, asked or because it is no longer needed."""
    _require(measure, terms.IN_FORCE)
    fill(measure, sheet.CANCELLATION_ANSWER, answers)
    measure.state = terms.CANCELLED
    measure.cancelled_at = at
    measure.ended_at = at
    measure.save()
    _stop_clocks(measure, at=at)
    # The end of protection is itself a reason to look again at the danger.
    pull_reassessment(measure.case, due_at=at + PULLED_TO)
    tell(fields=["cancel_answer"])
    return measure


@command("measure.refuse_cancellation", target="measure")
def refuse_cancellation(*, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]) -> Measure:
    """The chair answers in writing why the ban stays."""
    _require(measure, terms.IN_FORCE)
    if measure.cancel_requested_at is None:
        raise Refused("not_asked", _("Nobody has asked to cancel this ban."))
    fill(measure, sheet.CANCELLATION_ANSWER, answers)
    measure.save()
    stop_clock(measure.case, "ban_cancel_decide", at=at, subject=measure)
    tell(fields=["cancel_answer"], cancelled=False)
    return measure


@command("measure.record", target="case")
def record_measure(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> Measure:
    """Record a measure decided elsewhere, or one the law lets anyone competent take (Art. 22).

    Raises Refused for a wrong decider or a term the law does not allow. A chair's ban has verbs of its own.
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
    terms.check_term(params, measure.decider, measure.starts_at, measure.ends_at)
    measure.decided_at = measure.starts_at if measure.starts_at <= at else at
    measure.save()
    if measure.ends_at is not None and measure.ends_at > at:
        kind = "ban_end" if measure.kind == terms.CONTACT_BAN else "measure_end"
        start_clock(case, kind, at=at, due_at=measure.ends_at, subject=measure)
    tell(fields=changed, kind=measure.kind)
    return measure


@command("measure.end", target="measure")
def end_measure(*, measure: Measure, by: User, at: datetime, answers: Mapping[str, object]) -> Measure:
    """Note that a measure is over and what came of it."""
    _require(measure, terms.IN_FORCE)
    if (
        measure.kind == terms.CONTACT_BAN
        and measure.ends_at is not None
        and at < measure.ends_at
    ):
        raise Refused("ban_still_runs", _("A contact ban ends with its term, or is cancelled by who issued it."))
    fill(measure, sheet.END, answers)
    measure.state = terms.ENDED
    measure.ended_at = measure.ends_at if measure.ends_at is not None and measure.ends_at < at else at
    measure.save()
    _stop_clocks(measure, at=at)
    tell(fields=["result"])
    return measure


def _params(measure: Measure) -> Mapping[str, Any]:
    return codes("measure").row(measure.kind).params


def _require(measure: Measure, state: str) -> None:
    if measure.state != state:
        raise WrongState


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


def _put_in_force(measure: Measure, *, by: User, at: datetime) -> None:
    if measure.starts_at is None:
        raise Refused("start_missing", _("When does the measure start?"), "starts_at")
    # A decision takes effect on signing (Art. 25(3)): it cannot reach back.
    if measure.starts_at < at - timedelta(minutes=15):
        raise Refused("starts_in_past", _("A ban takes effect when it is signed, not before."), "starts_at")
    terms.check_term(_params(measure), measure.decider, measure.starts_at, measure.ends_at)
    measure.state = terms.IN_FORCE
    measure.granted = True
    measure.decided_at = at
    measure.decided_by = by
    measure.save()
    start_clock(measure.case, "ban_serve", at=at, due_at=at, subject=measure)
    if measure.ends_at is not None:
        start_clock(measure.case, "ban_end", at=at, due_at=measure.ends_at, subject=measure)
        # A ban that ends within 48 hours pulls the next assessment to within 24 (the policy of the levels).
        pull_reassessment(measure.case, due_at=max(at, measure.ends_at - timedelta(hours=48)) + PULLED_TO)
    tell(granted=True, number=measure.number)


def _recipients(measure: Measure) -> list[str]:
    return list(
        Service.objects.everything(reason="who already has a copy")
        .filter(measure=measure)
        .values_list("recipient", flat=True)
    )


def _open_to_police(measure: Measure, *, by: User, at: datetime) -> None:
    for police in Agency.objects.filter(kind="commune_police", area_id=measure.case.commune_id, is_active=True):
        give(CaseGroupGrant, measure.case, to=police, by=by, at=at, source="ban_monitoring")


def _stop_clocks(measure: Measure, *, at: datetime) -> None:
    stop_clock(
        measure.case,
        "ban_serve",
        "ban_monitor_assign",
        "ban_monitor_announce",
        "ban_cancel_decide",
        "ban_end",
        "measure_end",
        at=at,
        subject=measure,
    )
