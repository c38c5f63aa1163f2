"""The verbs of sharing: consent given and withdrawn, a referral sent, answered, reported on."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.base.codes import codes
from casework.base.numbering import new_public_code
from casework.base.refusals import Refused
from casework.base.sheets import fill
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.deadlines.clocks import due_of, start_clock, stop_clock
from casework.organisations.models import User
from casework.referrals import queries, scopes, sheet
from casework.referrals.models import Consent, Referral


@command("consent.give", target="case")
def give_consent(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> Consent:
    """Write down what she allowed to be told, to one recipient, for one purpose, until an instant.

    answers: the sheet CONSENT; without `valid_until` it lasts 30 days. Raises Refused for items, term or duty to tell.
    """
    lifecycle.require_live(case.state)
    consent = Consent(case=case, valid_from=at)
    changed = fill(consent, sheet.CONSENT, answers)
    if consent.valid_until is None:
        consent.valid_until = at + scopes.DEFAULT_TERM
    service = str(answers["service"])
    scopes.check_told(told_consequences=consent.told_consequences)
    scopes.check_items(consent.items, service)
    scopes.check_term(consent.valid_from, consent.valid_until)
    scopes.check_recipient(service, consent.recipient.kind)
    consent.save()
    tell(fields=changed, service=service, recipient=str(consent.recipient_id), items=consent.items)
    return consent


@command("consent.withdraw", target="consent")
def withdraw_consent(*, consent: Consent, by: User, at: datetime, answers: Mapping[str, object]) -> Consent:
    """She takes her consent back: the partner's page answers 410 from this instant."""
    if not scopes.runs(consent.valid_from, consent.valid_until, consent.withdrawn_at, at):
        raise Refused("consent_over", _("This consent has already ended."))
    fill(consent, sheet.WITHDRAWAL, answers)
    consent.withdrawn_at = at
    consent.save()
    for referral in Referral.objects.everything(reason="their consent is withdrawn").filter(consent=consent):
        if scopes.is_open(referral.state):
            _close(referral, "cancelled", at=at)
    tell(fields=["withdrawn_reason"], recipient=str(consent.recipient_id))
    return consent


@command("referral.send", target="consent")
def send_referral(
    *, consent: Consent, by: User, at: datetime, service: str, answers: Mapping[str, object]
) -> Referral:
    """Ask the recipient of a running consent for one service.

    answers: `urgency`, and `needs` in words; a shelter gets `shelter_needs` in codes and no words.
    Raises Refused("consent_over"), Refused("referral_open"), Refused for items, needs or recipient, CaseNotLive.
    """
    lifecycle.require_live(consent.case.state)
    if not scopes.runs(consent.valid_from, consent.valid_until, consent.withdrawn_at, at):
        raise Refused("consent_over", _("This consent has already ended."))
    scopes.check_items(consent.items, service)
    scopes.check_recipient(service, consent.recipient.kind)
    if not queries.reachable(at).filter(pk=consent.recipient_id).exists():
        raise Refused(
            "recipient_unreachable", _("Nobody in this office can open a referral here."), "recipient"
        )
    open_ones = Referral.objects.everything(reason="one open referral for a service").filter(
        consent=consent, service=service, state__in=scopes.open_states()
    )
    if open_ones.exists():
        raise Refused("referral_open", _("This partner was already asked for this service."))
    referral = Referral(
        case=consent.case,
        consent=consent,
        recipient_id=consent.recipient_id,
        code=new_public_code(),
        service=service,
        sent_at=at,
        sent_by=by,
    )
    scopes.check_needs(service, str(answers.get("needs") or ""))
    changed = fill(referral, sheet.SEND, answers)
    case = consent.case
    referral.due_at = due_of(case, "referral_reply", at, referral.urgency) or at
    referral.save()
    start_clock(
        case,
        "referral_reply",
        at=at,
        variant=referral.urgency,
        subject=referral,
        agency=consent.recipient,
    )
    # While an answer is awaited the end of the consent matters: after it the partner can no longer write.
    start_clock(case, "consent_end", at=at, due_at=consent.valid_until, subject=referral)
    tell(fields=changed, service=service, recipient=str(consent.recipient_id))
    return referral


@command("referral.receive", target="referral")
def receive_referral(*, referral: Referral, by: User, at: datetime) -> Referral:
    """The partner has opened it for the first time; later openings change nothing."""
    if referral.received_at is None:
        referral.received_at = at
        if referral.state == "sent":
            referral.state = "received"
        referral.save()
    return referral


@command("referral.accept", target="referral")
def accept_referral(*, referral: Referral, by: User, at: datetime, answers: Mapping[str, object]) -> Referral:
    """The partner takes it on and may name an appointment.

    Raises Refused("referral_state") or Refused("appointment_past").
    """
    _require(referral, "accept")
    changed = fill(referral, sheet.ACCEPTANCE, answers)
    scopes.check_appointment(referral.appointment_at, at)
    referral.state = "accepted"
    _answered(referral, by=by, at=at)
    start_clock(referral.case, "referral_service", at=at, subject=referral, agency=referral.recipient)
    tell(fields=changed)
    return referral


@command("referral.decline", target="referral")
def decline_referral(
    *, referral: Referral, by: User, at: datetime, answers: Mapping[str, object]
) -> Referral:
    """The partner declines with a reason; the need stays unmet until another answers it."""
    _require(referral, "decline")
    changed = fill(referral, sheet.DECLINE, answers)
    referral.state = "declined"
    referral.unmet_need = True
    referral.finished_at = at
    _answered(referral, by=by, at=at)
    stop_clock(referral.case, "consent_end", at=at, subject=referral)
    tell(fields=changed, reason_code=referral.declined_reason)
    return referral


@command("referral.report_back", target="referral")
def report_back(*, referral: Referral, by: User, at: datetime, answers: Mapping[str, object]) -> Referral:
    """The partner says what came of it, with one of the six service answers."""
    _require(referral, "report_back")
    changed = fill(referral, sheet.REPORT_BACK, answers)
    met = codes("service_answer").row(referral.result).flag("met")
    referral.state = "completed" if met else "failed"
    referral.unmet_need = not met
    referral.finished_at = at
    referral.save()
    stop_clock(referral.case, "referral_service", "consent_end", at=at, subject=referral)
    tell(fields=changed, result=referral.result)
    return referral


@command("referral.withdraw", target="referral")
def withdraw_referral(*, referral: Referral, by: User, at: datetime) -> Referral:
    """The worker takes a referral back; the partner's page answers 410 from this instant."""
    _require(referral, "withdraw")
    _close(referral, "cancelled", at=at)
    return referral


def _require(referral: Referral, answer: str) -> None:
    if not scopes.may_answer(referral.state, answer):
        raise Refused("referral_state", _("The state of the referral does not allow this."))


def _answered(referral: Referral, *, by: User, at: datetime) -> None:
    referral.answered_at = at
    referral.answered_by = by
    referral.received_at = referral.received_at or at
    referral.save()
    stop_clock(referral.case, "referral_reply", at=at, subject=referral)


def _close(referral: Referral, state: str, *, at: datetime) -> None:
    referral.state = state
    referral.finished_at = at
    referral.save()
    stop_clock(
        referral.case,
        "referral_reply",
        "referral_service",
        "consent_end",
        at=at,
        subject=referral,
        cancelled=True,
    )
