"""What is wrong with a case right now: eight rules over plain facts. Pure; the clock is passed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from casework.cases import lifecycle
from casework.protection import terms

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# A ban that ends this soon needs its successor now: the chair has 12 hours to decide (Art. 25(2)).
ENDS_SOON: Final = timedelta(hours=24)
# The first hours go to the danger itself; after them somebody should have seen her.
MEET_WITHIN: Final = timedelta(hours=24)
CHILD_FORMS: Final = frozenset({"vn-child-02", "vn-child-06"})
ASSESSMENTS: Final = frozenset({"risk_assess_first", "risk_reassess", "supervised_reassess"})


@dataclass(frozen=True, slots=True)
class Protection:
    """One measure as the rules see it; times are aware instants."""

    kind: str
    decider: str
    state: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    ended_at: datetime | None = None

    def in_force(self, at: datetime) -> bool:
        """Whether it protects her at this instant."""
        return self.state == terms.IN_FORCE and terms.in_force(
            self.starts_at, self.ends_at, self.ended_at, at
        )

    def is_asked_for(self) -> bool:
        return self.state == terms.REQUESTED


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules ask about a case, gathered from the wings."""

    state: str
    level: str
    opened_at: datetime
    measures: Sequence[Protection] = ()
    is_assessed: bool = True
    withdrawn_at: datetime | None = None
    children: int = 0
    child_victims_without: int = 0
    instruments: frozenset[str] = frozenset()
    last_met_at: datetime | None = None
    contact_known: bool = False
    assessment_due_at: datetime | None = None
    assessed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that is wrong, in words, and the tab where it is put right."""

    code: str
    tone: str
    text: "StrOrPromise"
    route: str
    due_at: datetime | None = None


_TEXTS: Final[dict[str, tuple[str, "StrOrPromise", str]]] = {
    "extreme_without_measure": (
        "danger",
        _("The danger is VERY HIGH and no protection measure is in force."),
        "case-measures",
    ),
    "ban_ends": (
        "danger",
        _("The contact ban ends within 24 hours; neither another ban nor a court petition is under way."),
        "case-measures",
    ),
    "assessment_overdue": ("danger", _("The risk assessment is overdue."), "case-risk"),
    "withdrawn": (
        "warning",
        _(
            "A complaint was withdrawn since the last assessment. It may be pressure: assess again, alone with her."
        ),
        "case-risk",
    ),
    "child_without_procedure": (
        "danger",
        _(
            "The violence is done to a child and no child procedure was started: the chair decides within 12 hours "
            "(Decree 56/2017/NĐ-CP, Art. 26)."
        ),
        "case-children",
    ),
    "child_not_assessed": (
        "warning",
        _("There is a child in this case who has not been assessed."),
        "case-risk",
    ),
    "never_met": ("warning", _("Nobody has met her in person yet."), "case-plan"),
    "contact_unknown": (
        "warning",
        _("It is not known how she can be reached safely. Ask her at the next safe occasion."),
        "case-people",
    ),
}


def alerts(facts: Facts, at: datetime) -> list[Alert]:
    """Everything that is wrong at this instant, the most dangerous first; nothing once work has ended."""
    if facts.state not in lifecycle.LIVE:
        return []
    ending = _ban_that_ends(facts.measures, at)
    overdue = facts.assessment_due_at is not None and facts.assessment_due_at < at
    found: dict[str, datetime | None] = {}
    if facts.level == "EXTREME" and not any(measure.in_force(at) for measure in facts.measures):
        found["extreme_without_measure"] = None
    if ending is not None:
        found["ban_ends"] = ending.ends_at
    if overdue:
        found["assessment_overdue"] = facts.assessment_due_at
    if facts.withdrawn_at is not None and (
        facts.assessed_at is None or facts.assessed_at < facts.withdrawn_at
    ):
        found["withdrawn"] = None
    if facts.child_victims_without:
        found["child_without_procedure"] = None
    if facts.children and not facts.instruments & CHILD_FORMS:
        found["child_not_assessed"] = None
    if facts.last_met_at is None and at - facts.opened_at > MEET_WITHIN:
        found["never_met"] = None
    if not facts.contact_known:
        found["contact_unknown"] = None
    return [Alert(code, *_TEXTS[code], due_at=due_at) for code, due_at in found.items()]


def _ban_that_ends(measures: Sequence[Protection], at: datetime) -> Protection | None:
    """The ban that runs out soonest within a day, unless another follows it or has been asked for."""
    bans = [measure for measure in measures if measure.kind == terms.CONTACT_BAN]
    ending = [
        ban for ban in bans if ban.in_force(at) and ban.ends_at is not None and ban.ends_at - at <= ENDS_SOON
    ]
    if not ending or any(ban.is_asked_for() for ban in bans):
        return None
    last = max(ending, key=lambda ban: ban.ends_at or at)
    follows = any(
        ban.state == terms.IN_FORCE
        and ban.ended_at is None
        and (ban.ends_at is None or ban.ends_at > (last.ends_at or at))
        for ban in bans
    )
    return None if follows else last
