"""The verbs of risk: an assessment signed, its level raised, its lowering asked for and confirmed by a second person."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.base.codes import codes
from casework.base.refusals import Denied, InvalidInput, Message, NotVisible, Refused
from casework.base.sheets import fill
from casework.cases import lifecycle
from casework.cases.models import Case, ConflictLock, Participant
from casework.cases.queries import CHILDREN
from casework.deadlines.clocks import (
    due_of,
    policy_of,
    pull_reassessment,
    running_for,
    start_clock,
    stop_clock,
)
from casework.organisations.models import User
from casework.risk import instruments, scoring
from casework.risk.models import RiskAssessment, RiskEvent
from casework.risk.queries import BASELINE as BASELINE
from casework.risk.queries import CHILD_FORMS, ground_of
from casework.risk.sheet import EMERGENCY, EVENT
from casework.risk.vocabulary import Answer, Instrument

EMERGENCY_CLOCK = "child_emergency"


@command("risk.assess", target="case")
def assess_risk(
    *,
    case: Case,
    by: User,
    at: datetime,
    instrument: str,
    answers: Mapping[str, Answer],
    imminent: bool = False,
    fear: int | None = None,
    present: str = "unknown",
    interpreter: str = "none",
    child: UUID | None = None,
    final: str = "",
    reason: str = "",
) -> RiskAssessment:
    """Sign an assessment: it sets the level of the case, its clocks, and cannot be changed afterwards.

    final: the assessor's level when it differs from the computed one. Raising needs a sentence. Lowering is only asked
    for: the computed level holds until a second person confirms. child: the person a child form is about; a severe one
    starts the clock of the 12-hour step. Raises CaseNotLive, InvalidInput, NotVisible for a child who is not of the
    case, and what scoring refuses.
    """
    lifecycle.require_live(case.state)
    version = _usable(instrument)
    _check_sources(answers)
    about = _child_of(case, child) if version.code in CHILD_FORMS else None
    ground = ground_of(case)
    result = scoring.assess(
        version,
        answers,
        imminent=imminent,
        fear=fear,
        child_row_high=ground.child_row_high,
        facts=ground.facts,
    )
    final = final or result.level
    # Checked as if somebody had confirmed, so that an impossible wish is refused while she is still here.
    scoring.check_judgement(version, result, final, reason=reason, by=by.pk, confirmed_by=case.pk)
    override, asked, standing = RiskAssessment.NONE, "", final
    if version.rank(final) > version.rank(result.level):
        override = RiskAssessment.RAISED
    elif version.rank(final) < version.rank(result.level):
        override, asked, standing = RiskAssessment.LOWERING_ASKED, final, result.level
    times = scoring.clocks(
        standing, result, policy_of(case.province_id, at=at), at=at, is_first=ground.is_first
    )
    assessment = RiskAssessment(
        case=case,
        child=about,
        instrument=version.code,
        instrument_version=version.version,
        instrument_sha256=version.content_hash,
        answers=scoring.answers_to_json(answers),
        imminent="yes" if imminent else "no",
        fear=fear,
        present=present,
        interpreter=interpreter,
        computed_level=result.level,
        possible_level=result.highest,
        final_level=standing,
        reasons=list(result.reasons),
        override=override,
        override_reason=reason,
        asked_level=asked,
        signed_by=by,
        signed_at=at,
        next_due_at=times.reassess_by,
    )
    assessment.save()
    if lifecycle.allows(case.state, "risk.assess"):
        case.state = lifecycle.moved(case.state, "risk.assess")
    if version.code == BASELINE:
        # A child's form speaks of the child; it raises the level of the next assessment, it does not set it.
        _set_level(case, assessment, at=at)
        _start_clocks(case, times, at=at)
        if imminent:
            # Where a province has named the hours within which the chair considers a ban unasked.
            start_clock(case, "own_motion_ban", at=at)
    else:
        _start_emergency(case, assessment, version, result, at=at)
    case.save()
    tell(
        instrument=version.code,
        computed=assessment.computed_level,
        possible=assessment.possible_level,
        final=assessment.final_level,
        override=override,
    )
    return assessment


@command("risk.confirm_lowering", target="assessment")
def confirm_lowering(
    *, assessment: RiskAssessment, by: User, at: datetime, confirm: bool, confirm_reason: str
) -> RiskAssessment:
    """A second person confirms or refuses the lower level the assessor asked for.

    Raises Denied for the assessor, Refused("no_lowering_asked"), Refused("reason_missing") or
    Refused("newer_assessment") when the case was assessed again meanwhile.
    """
    if assessment.signed_by_id == by.pk:
        raise Denied
    if assessment.override != RiskAssessment.LOWERING_ASKED:
        raise Refused("no_lowering_asked", _("Nobody asks for a lower level here."))
    if not confirm_reason.strip():
        raise Refused("reason_missing", _("Say why in a sentence."), "confirm_reason")
    case = assessment.case
    if _signed(case)[0].pk != assessment.pk:
        raise Refused(
            "newer_assessment", _("The case was assessed again since; look at the newer assessment.")
        )
    if confirm and ConflictLock.objects.filter(case=case, user_id=by.pk).exists():
        raise Denied
    assessment.override = RiskAssessment.LOWERED if confirm else RiskAssessment.LOWERING_REFUSED
    assessment.confirmed_by = by
    assessment.confirmed_at = at
    assessment.confirm_reason = confirm_reason
    if confirm:
        assessment.final_level = assessment.asked_level
    assessment.save()
    _set_level(case, assessment, at=at)
    case.save()
    tell(confirmed=confirm, final=assessment.final_level, reason=confirm_reason)
    return assessment


@command("risk.emergency_step", target="assessment")
def record_emergency_step(
    *, assessment: RiskAssessment, by: User, at: datetime, answers: Mapping[str, object]
) -> RiskAssessment:
    """Write down the step a severe child form calls for within 12 hours; it stops that clock.

    Raises Refused("no_emergency") when no such step is waited for and Refused("time_in_future").
    Source: Decree 56/2017 Art. 31, 32.
    """
    if not any(clock.kind == EMERGENCY_CLOCK for clock in running_for(assessment.pk)):
        raise Refused("no_emergency", _("No emergency step is waited for here."))
    changed = fill(assessment, EMERGENCY, answers)
    if assessment.emergency_at is not None and assessment.emergency_at > at:
        raise Refused("time_in_future", _("This time is still to come."), "emergency_at")
    assessment.save()
    stop_clock(assessment.case, EMERGENCY_CLOCK, at=at, subject=assessment)
    tell(fields=changed)
    return assessment


@command("risk.record_event", target="case")
def record_event(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> RiskEvent:
    """Note something that changes the danger; the next assessment comes to within 24 hours.

    A withdrawn complaint is one of them: it calls for more attention and never lowers a level. Raises CaseNotLive,
    Refused("recorded_elsewhere") for what another verb notes by itself, Refused("time_in_future").
    """
    lifecycle.require_live(case.state)
    event = RiskEvent(case=case)
    changed = fill(event, EVENT, answers)
    row = codes("event_pull").row(event.kind)
    if not row.flag("by_hand"):
        raise Refused(
            "recorded_elsewhere",
            _("This is noted where it is recorded: as an incident, a breach or a contact."),
            "kind",
        )
    if event.at > at:
        raise Refused("time_in_future", _("This time is still to come."), "at")
    event.save()
    pull_reassessment(case, since=at, due_at=at + timedelta(hours=row.integer("hours") or 0))
    tell(fields=changed, kind=event.kind)
    return event


def _set_level(case: Case, assessment: RiskAssessment, *, at: datetime) -> None:
    case.level = assessment.final_level
    case.level_at = at


def _start_clocks(case: Case, times: scoring.Clocks, *, at: datetime) -> None:
    """The next assessment and the next contact; in supervised closure the monthly clock takes the first one's place."""
    if case.state == lifecycle.SUPERVISED:
        stop_clock(case, "supervised_reassess", at=at)
        monthly = due_of(case, "supervised_reassess", at) or times.reassess_by
        start_clock(case, "supervised_reassess", at=at, due_at=min(times.reassess_by, monthly))
        return
    stop_clock(case, lifecycle.FIRST, "risk_reassess", at=at)
    start_clock(case, "risk_reassess", at=at, due_at=times.reassess_by)
    start_clock(case, "contact_due", at=at, due_at=times.contact_by)


def _signed(case: Case) -> list[RiskAssessment]:
    return list(
        RiskAssessment.objects.everything(reason="earlier assessments of the case being assessed")
        .filter(case=case, instrument=BASELINE)
        .order_by("-signed_at", "-created_at")
    )


def _usable(code: str) -> Instrument:
    """The newest published version; a shell without its owner's permission says so, anything else does not exist."""
    known = {version.code: version for version in (*instruments.shipped(), *instruments.published())}
    if code not in known:
        raise InvalidInput({"instrument": _("There is no such form.")})
    instruments.require_usable(known[code])
    return known[code]


def _check_sources(answers: Mapping[str, Answer]) -> None:
    errors: dict[str, Message] = {
        key: _("Say who the answer comes from.")
        for key, answer in answers.items()
        if answer.source and answer.source not in codes("answer_source")
    }
    if errors:
        raise InvalidInput(errors)


def _child_of(case: Case, person: UUID | None) -> Participant | None:
    """The child's part in the case; a form may be signed before the child is written into the file."""
    if person is None:
        return None
    part: Participant | None = (
        Participant.objects.everything(reason="the child a form is about")
        .filter(CHILDREN, case=case, person_id=person)
        .first()
    )
    if part is None:
        raise NotVisible
    return part


def _start_emergency(
    case: Case, assessment: RiskAssessment, version: Instrument, result: scoring.Result, *, at: datetime
) -> None:
    """The step for a child in danger, counted from the signing: then the office knows of it."""
    hours = [flag.hours for flag in version.flags if flag.key in result.flags and flag.hours]
    if hours:
        start_clock(case, EMERGENCY_CLOCK, at=at, due_at=at + timedelta(hours=min(hours)), subject=assessment)
