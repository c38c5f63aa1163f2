"""Assessments made through the real verb: answers that reach a level, and what was signed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from casework.base.dates import PartialDate
from casework.cases.actions import add_person
from casework.cases.models import Case, Participant
from casework.deadlines.models import Deadline
from casework.organisations.models import User
from casework.risk import instruments
from casework.risk.actions import BASELINE, assess_risk
from casework.risk.models import RiskAssessment
from casework.risk.vocabulary import Answer
from tests.world import World

REASON = "Hai người đã sống riêng, anh trai ở cùng và đổi khóa cửa."
# What turns an all-«no» form into one of this level.
YES: dict[str, dict[str, Answer]] = {
    "LOW": {"S5": Answer("yes", "victim", "ever")},
    "MEDIUM": {"C7": Answer("yes", "victim", "month_1")},
    "HIGH": {"C2": Answer("yes", "victim", "ever")},
    "EXTREME": {"C1": Answer("yes", "victim", "month_1"), "C2": Answer("yes", "victim", "month_1")},
}


def answers(level: str = "LOW", **changes: Answer) -> dict[str, Answer]:
    """Every question answered so that this level comes out; changes by the key of a question."""
    given = {item.key: Answer("no", "victim") for item in instruments.instrument(BASELINE).items}
    return {**given, **YES[level], **changes}


def assess(
    world: World,
    case: Case,
    level: str = "LOW",
    *,
    by: User | None = None,
    at: datetime | None = None,
    given: dict[str, Answer] | None = None,
    **more: Any,
) -> RiskAssessment:
    """Signed by Lan now, unless told otherwise."""
    return assess_risk(
        case=case,
        by=by or world.lan,
        at=at or world.now,
        instrument=BASELINE,
        answers=answers(level) if given is None else given,
        **more,
    )


def child_form(
    world: World, case: Case, child: UUID | None = None, *, at: datetime | None = None, **rows: Any
) -> RiskAssessment:
    """The first form of a child, every row at its safest unless told otherwise."""
    safest = {"harm": "low", "access": "low", "obstacles": "low", "self_protection": "high"}
    given = {key: Answer(value, "officer_observed") for key, value in {**safest, **rows}.items()}
    return assess_risk(
        case=case, by=world.lan, at=at or world.now, instrument="vn-child-02", answers=given, child=child
    )


def add_child(world: World, case: Case, name: str = "Lường Minh Khôi") -> Participant:
    return add_person(
        case=case,
        by=world.lan,
        at=world.now,
        answers={
            "role": "child",
            "relation": "child",
            "full_name": name,
            "sex": "male",
            "birth_date": PartialDate(2019),
        },
    )


def fresh(case: Case) -> Case:
    return Case.objects.everything(reason="test").get(pk=case.pk)


def set_state(case: Case, state: str) -> None:
    row = fresh(case)
    row.state = state
    row.save()


def clock(case: Case, kind: str) -> Deadline | None:
    return Deadline.objects.everything(reason="test").filter(case=case, kind=kind, state="open").first()
