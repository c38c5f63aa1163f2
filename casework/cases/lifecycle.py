"""The life of a case as one table: it drives the buttons, the REST verbs and the test of illegal moves."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.codes import codes
from casework.base.refusals import Message, Refused

OPEN: Final = "open"
IN_PROGRESS: Final = "in_progress"
CLOSING_REVIEW: Final = "closing_review"
SUPERVISED: Final = "supervised_closure"
CLOSED: Final = "closed"
DISPOSED: Final = "disposed"

STATES: Final = (OPEN, IN_PROGRESS, CLOSING_REVIEW, SUPERVISED, CLOSED, DISPOSED)
# Work goes on in these; a closed case is re-opened first.
LIVE: Final = frozenset({OPEN, IN_PROGRESS, CLOSING_REVIEW, SUPERVISED})

# The first assessment of danger of a new case: how long it may wait is our policy, not a period of the law.
FIRST: Final = "risk_assess_first"
FIRST_ASSESSMENT: Final = timedelta(hours=codes("deadline_kind").row(FIRST).integer("hours") or 0)

# Violence between the same two people so soon after closing begins at MEDIUM or above: our policy as well.
REPEAT_WITHIN: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Move:
    """One arrow of the life: from which states to which."""

    sources: frozenset[str]
    to: str


MOVES: Final[dict[str, Move]] = {
    "risk.assess": Move(frozenset({OPEN}), IN_PROGRESS),
    "closing.request": Move(frozenset({OPEN, IN_PROGRESS}), CLOSING_REVIEW),
    "closing.send_back": Move(frozenset({CLOSING_REVIEW}), IN_PROGRESS),
    "closing.approve": Move(frozenset({CLOSING_REVIEW}), SUPERVISED),
    "closing.finish": Move(frozenset({SUPERVISED}), CLOSED),
    "case.reopen": Move(frozenset({SUPERVISED, CLOSED}), IN_PROGRESS),
    "disposal.carry_out": Move(frozenset({CLOSED}), DISPOSED),
}


class IllegalMove(Refused):
    """The state of the case does not allow the verb."""

    def __init__(self) -> None:
        super().__init__("illegal_move", _("The state of the case does not allow this."))


class CaseNotLive(Refused):
    """The case is closed; only re-opening it allows more work."""

    def __init__(self) -> None:
        super().__init__("case_not_live", _("This case is closed. Re-open it before working on it."))


class LeadStays(Refused):
    """The lead answers for the case until another is named."""

    def __init__(self, message: Message) -> None:
        super().__init__("lead_stays", message, "user")


def allows(state: str, verb: str) -> bool:
    """Whether a move of the table may start from this state."""
    return state in MOVES[verb].sources


def moved(state: str, verb: str) -> str:
    """The state after the verb; raises IllegalMove when the table has no such arrow."""
    if not allows(state, verb):
        raise IllegalMove
    return MOVES[verb].to


def require_live(state: str) -> None:
    """Raise CaseNotLive unless work may go on in this state."""
    if state not in LIVE:
        raise CaseNotLive


def is_repeat_soon(closed_at: datetime | None, at: datetime) -> bool:
    """Whether violence now comes within 12 months of closing: then nothing begins below MEDIUM."""
    return closed_at is not None and at <= closed_at + REPEAT_WITHIN


def first_assessment_due(opened_at: datetime) -> datetime:
    return opened_at + FIRST_ASSESSMENT
