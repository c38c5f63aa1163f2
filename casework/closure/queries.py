"""What the checklist needs to know of a case, gathered from the wings."""

from datetime import datetime
from typing import Final

from casework.base.codes import codes
from casework.cases.models import Case
from casework.children.queries import open_procedures
from casework.closure.checklist import Check, Facts, checks
from casework.closure.models import Closing
from casework.deadlines.clocks import count_running, missed
from casework.incidents.models import Incident
from casework.organisations.models import User
from casework.plans.models import Contact, Note, PlanStep
from casework.protection import terms
from casework.protection.models import Measure, Meeting, Outcome
from casework.referrals import scopes
from casework.referrals.models import Referral
from casework.risk.models import RiskAssessment

# What somebody who asks to see the file is owed has a clock for every step.
SUBJECT_REQUEST = ("subject_request_answer", "subject_request_done")
# Measures that reach the one who commits violence; what only supports her leaves a mediation standing alone.
AGAINST: Final = frozenset(
    row.code for row in codes("measure").rows if "perpetrator" in row.strings("recipients")
)
HANDLED: Final = frozenset(
    {*codes("outcome_kind").where("administrative"), *codes("outcome_kind").where("criminal")}
    - {"not_prosecuted"}
)
REASON = "the closing checklist looks across the wings"


def facts_of(case: Case, *, at: datetime, wish_recorded: bool) -> Facts:
    """Gather the facts of one case: one small query a wing."""
    measures = list(Measure.objects.everything(reason=REASON).filter(case=case))
    # A ban ends by the clock, whether or not anybody wrote that down.
    over = {
        m.pk
        for m in measures
        if terms.standing(m.state, m.starts_at, m.ends_at, m.ended_at, at) not in terms.LIVE
    }
    met = (
        Contact.objects.everything(reason=REASON)
        .filter(case=case, in_person=True)
        .order_by("-at")
        .values_list("at", flat=True)
        .first()
    )
    assessed = (
        RiskAssessment.objects.everything(reason=REASON)
        .filter(case=case)
        .order_by("-signed_at")
        .values_list("signed_at", flat=True)
        .first()
    )
    return Facts(
        measures_in_force=len(measures) - len(over),
        # The clock that asks for this very review is not a reason against it, nor is one of a term that ran out.
        clocks_missed=sum(
            1
            for clock in missed(case, at=at)
            if clock.kind != "closing_review" and clock.subject_id not in over
        ),
        referrals_open=Referral.objects.everything(reason=REASON)
        .filter(case=case, state__in=scopes.open_states())
        .count(),
        child_procedures_open=open_procedures(case),
        subject_requests_open=count_running(case, *SUBJECT_REQUEST),
        last_met_at=met,
        assessed_at=assessed,
        opened_at=case.opened_at,
        penalty_levels=set(
            Incident.objects.everything(reason=REASON)
            .filter(case=case)
            .values_list("penalty_level", flat=True)
        ),
        measures_taken=sum(1 for m in measures if m.granted and m.kind in AGAINST) + _handled(case),
        mediations=_mediations(case),
        plan_steps_open=PlanStep.objects.everything(reason=REASON)
        .filter(case=case, done_on__isnull=True)
        .count(),
        wish_recorded=wish_recorded,
    )


def _mediations(case: Case) -> int:
    """Those with minutes, and those somebody only noted."""
    with_minutes = Meeting.objects.everything(reason=REASON).filter(case=case, kind=Meeting.MEDIATION)
    noted = Note.objects.everything(reason=REASON).filter(case=case, kind="mediation")
    return with_minutes.count() + noted.count()


def _handled(case: Case) -> int:
    """What the law did with him: penalties and steps of criminal procedure on file."""
    return Outcome.objects.everything(reason=REASON).filter(case=case, kind__in=HANDLED).count()


def levels_newest_first(case: Case, *, since: datetime) -> list[str]:
    """The levels signed in supervised closure, newest first."""
    return list(
        RiskAssessment.objects.everything(reason=REASON)
        .filter(case=case, signed_at__gte=since)
        .order_by("-signed_at")
        .values_list("final_level", flat=True)
    )


def closings_of(user: User, case: Case) -> list[Closing]:
    """The attempts to close the case, newest first, as far as the viewer may see them."""
    return list(
        Closing.objects.visible_to(user)
        .filter(case=case)
        .select_related("requested_by", "reviewed_by")
        .order_by("-requested_at")
    )


def standing(case: Case, *, at: datetime) -> list[Check]:
    """The checklist as it stands now, for the most common reason to close."""
    return checks(facts_of(case, at=at, wish_recorded=True), reason="safe_goals_met", at=at)
