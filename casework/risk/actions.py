"""The verbs of risk: an assessment signed, its level raised, its lowering asked for and confirmed by a second person."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.base.codes import codes
from casework.base.refusals import Denied, Refused
from casework.cases import lifecycle
from casework.cases.models import Case, ConflictLock, Participant
from casework.deadlines.clocks import start_clock, stop_clock
from casework.organisations.models import User
from casework.risk import instruments, scoring
from casework.risk.models import RiskAssessment
from casework.risk.vocabulary import Answer

POLICY = "risk_policy"
BASELINE = "vn-ipv-baseline"
SUPERVISED_EVERY = timedelta(days=30)


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
    final: str = "",
    reason: str = "",
) -> RiskAssessment:
    """Sign an assessment: it sets the level of the case, its clocks, and cannot be changed afterwards.

    final: the assessor's level when it differs from the computed one. Raising needs a sentence. Lowering is only asked
    for: the computed level holds until a second person confirms. Raises CaseNotLive, InvalidInput, Refused of scoring.
    """
    lifecycle.require_live(case.state)
    version = instruments.instrument(instrument)
    instruments.require_usable(version)
    result = scoring.assess(
        version,
        answers,
        imminent=imminent,
        fear=fear,
        child_row_high=_child_row_high(case),
        facts={"has_children": _has_children(case)},
    )
    final = final or result.level
    override, asked, standing = RiskAssessment.NONE, "", final
    if version.rank(final) > version.rank(result.level):
        scoring.check_judgement(version, result, final, reason=reason, by=by.pk)
        override = RiskAssessment.RAISED
    elif version.rank(final) < version.rank(result.level):
        # Checked as if somebody had confirmed, so that an impossible wish is refused while she is still here.
        scoring.check_judgement(version, result, final, reason=reason, by=by.pk, confirmed_by=case.pk)
        override, asked, standing = RiskAssessment.LOWERING_ASKED, final, result.level
    first = not _signed(case)
    times = scoring.clocks(standing, result, codes(POLICY), at=at, is_first=first)
    assessment = RiskAssessment(
        case=case,
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
    case.save()
    tell(
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
        raise Refused("newer_assessment", _("The case was assessed again since; look at the newer assessment."))
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


def _set_level(case: Case, assessment: RiskAssessment, *, at: datetime) -> None:
    case.level = assessment.final_level
    case.level_at = at


def _start_clocks(case: Case, times: scoring.Clocks, *, at: datetime) -> None:
    """The next assessment and the next contact; in supervised closure the monthly clock takes the first one's place."""
    if case.state == lifecycle.SUPERVISED:
        stop_clock(case, "supervised_reassess", at=at)
        start_clock(case, "supervised_reassess", at=at, due_at=min(times.reassess_by, at + SUPERVISED_EVERY))
        return
    stop_clock(case, "risk_reassess", at=at)
    start_clock(case, "risk_reassess", at=at, due_at=times.reassess_by)
    start_clock(case, "contact_due", at=at, due_at=times.contact_by)


def _signed(case: Case) -> list[RiskAssessment]:
    return list(
        RiskAssessment.objects.everything(reason="earlier assessments of the case being assessed")
        .filter(case=case, instrument=BASELINE)
        .order_by("-signed_at", "-created_at")
    )


def _has_children(case: Case) -> bool:
    return (
        Participant.objects.everything(reason="questions about children are asked when there are any")
        .filter(case=case, role="child")
        .exists()
    )


def _child_row_high(case: Case) -> bool:
    """Whether a child form of this case has a row «Cao»: then the level is at least MEDIUM."""
    forms = (
        RiskAssessment.objects.everything(reason="child forms raise the level")
        .filter(case=case, instrument__in=["vn-child-02", "vn-child-06"])
        .order_by("-signed_at")
    )
    latest = forms.first()
    return latest is not None and any(row.get("answer") == "high" for row in latest.answers.values())
