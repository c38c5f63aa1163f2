"""May this case close? One list of conditions over plain facts; it looks across all wings and knows none of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from casework.base.codes import codes

EXTENDED_BY_MONTHS: Final = 3
EXTENSIONS: Final = 2
# With one of these nobody is left alone: supervision goes on, or the case is taken up again.
NEVER_CLOSED_AT: Final = frozenset({"HIGH", "EXTREME"})
CONTACT_WITHIN: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the checklist asks about a case, gathered by whoever looks."""

    measures_in_force: int
    clocks_missed: int
    referrals_open: int
    child_procedures_open: int
    subject_requests_open: int
    last_met_at: datetime | None
    assessed_at: datetime | None
    opened_at: datetime
    penalty_levels: Collection[str]
    measures_taken: int
    mediations: int
    plan_steps_open: int
    wish_recorded: bool


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist: its code (list `closing_check`), whether it is met, whether it blocks."""

    code: str
    met: bool
    blocks: bool


def checks(facts: Facts, *, reason: str, at: datetime) -> list[Check]:
    """Every line in the order of the code list; `reason` (list `closing_reason`) may excuse a contact in person."""
    needs_contact = bool(codes("closing_reason").row(reason).params.get("needs_contact"))
    serious = {row.code for row in codes("penalty_level").rows if row.params.get("mediation_alone") is False}
    met = {
        "no_measure_in_force": facts.measures_in_force == 0,
        "no_clock_missed": facts.clocks_missed == 0,
        "no_open_referral": facts.referrals_open == 0,
        "no_child_procedure": facts.child_procedures_open == 0,
        "no_subject_request": facts.subject_requests_open == 0,
        "contact_in_person": not needs_contact
        or (facts.last_met_at is not None and facts.last_met_at >= at - CONTACT_WITHIN),
        "risk_reassessed": facts.assessed_at is not None and facts.assessed_at > facts.opened_at,
        # Mediation never replaces measures against the one who commits violence (Art. 17; Law 35/2013, Art. 3).
        "not_mediation_alone": not (
            facts.mediations and not facts.measures_taken and serious & set(facts.penalty_levels)
        ),
        "goals_reviewed": facts.plan_steps_open == 0,
        "wish_recorded": facts.wish_recorded,
    }
    return [
        Check(row.code, met[row.code], bool(row.params.get("blocks")))
        for row in codes("closing_check").rows
        if row.code in met
    ]


def blocking(found: Sequence[Check]) -> list[Check]:
    return [check for check in found if check.blocks and not check.met]


def two_low(levels_newest_first: Sequence[str]) -> bool:
    """Whether the last two assessments were both LOW: what ends supervised closure."""
    return len(levels_newest_first) >= 2 and all(level == "LOW" for level in levels_newest_first[:2])
