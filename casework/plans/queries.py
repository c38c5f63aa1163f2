"""Everyday work on a case as its page shows it: steps by need, contacts made and tried, notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from casework.access.lists import Page, page_of
from casework.base import clock
from casework.base.codes import codes
from casework.cases.models import Case, Participant
from casework.cases.queries import contacting_of, team_of
from casework.encryption.keyring import prefetch_keys
from casework.organisations.models import User
from casework.people.contacting import Contacting, contacting
from casework.plans.models import Contact, Note, PlanStep, SafetyPlan

CONTACTS_SHOWN: Final = 10
NOTES_SHOWN: Final = 15


def notes_visible_to(user: User, case: Case) -> Any:
    """The notes of the case this viewer may read: confidential ones only of their own agency."""
    return Note.objects.visible_to(user).filter(case=case)


def notes_of(user: User, case: Case, *, after: str = "") -> Page[Note]:
    """A page of the notes the viewer may read, the latest first."""
    rows = notes_visible_to(user, case).select_related("author", "agency")
    return _opened(page_of(rows, after=after, size=NOTES_SHOWN, order="at"))


def contacts_of(user: User, case: Case, *, after: str = "") -> Page[Contact]:
    """A page of contacts made and tried, the latest first."""
    rows = Contact.objects.visible_to(user).filter(case=case).select_related("author")
    return _opened(page_of(rows, after=after, size=CONTACTS_SHOWN, order="at"))


def told(contact: Contact) -> dict[str, object]:
    """One contact as a line of a timeline; one that was not safe stands out."""
    outcome = codes("contact_outcome").row(contact.outcome)
    how = codes("contact_channel").label(contact.channel)
    text = [contact.remark] if contact.remark else []
    if contact.in_person:
        text.insert(0, _("Met in person."))
    if contact.was_safe == "no":
        text.insert(0, _("It was not safe."))
    return {
        "title": f"{how}: {outcome.text()}",
        "at": contact.at,
        "by": contact.author.full_name,
        "text": " ".join(text),
        "tone": "danger" if contact.was_safe == "no" else "success" if outcome.flag("reached") else "warning",
    }


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step with the instant its day ends; None for a step without a day."""

    row: PlanStep
    due_at: datetime | None

    @property
    def is_done(self) -> bool:
        return self.row.done_on is not None

    @property
    def tone(self) -> str:
        """How the result is shown: whether the need was met."""
        return "success" if codes("service_answer").row(self.row.result).flag("met") else "warning"


@dataclass(frozen=True, slots=True)
class Need:
    """The steps for one need: what is still to do, the nearest first, then what is done."""

    label: str
    steps: tuple[StepLine, ...]


def needs_of(user: User, case: Case) -> list[Need]:
    """The plan of a case by need, in the order of the list of needs."""
    rows = PlanStep.objects.visible_to(user).filter(case=case).select_related("who")
    steps = prefetch_keys(rows.order_by("created_at"))
    return [
        Need(row.text(), tuple(_lines([step for step in steps if step.need == row.code])))
        for row in codes("need")
        if any(step.need == row.code for step in steps)
    ]


def safety_plan_of(user: User, case: Case) -> SafetyPlan | None:
    """The safety plan, for those few who may read it."""
    found: SafetyPlan | None = (
        SafetyPlan.objects.visible_to(user).filter(case=case).select_related("created_by").first()
    )
    return found


def contacting_her(case: Case, *, at: datetime) -> Contacting:
    """Whether and how the main victim of an opened case may be contacted today."""
    victim = (
        Participant.objects.everything(reason="the case was opened")
        .filter(case=case, role="victim", is_main=True)
        .values_list("person_id", flat=True)
        .first()
    )
    if victim is None:
        return contacting(None, today=clock.local_date(at))
    return contacting_of([victim], at=at)[victim]


def who_may_do(user: User, case: Case) -> list[tuple[UUID, str]]:
    """Who can take a step on: everybody who is on the case now."""
    return [(row.user_id, row.user.full_name) for row in team_of(user, case).present]


def end_of_day(day: date) -> datetime:
    """The instant a day of work is over, on a Vietnamese clock."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=clock.VIETNAM)


def _lines(steps: Sequence[PlanStep]) -> list[StepLine]:
    lines = [StepLine(step, end_of_day(step.due_on) if step.due_on else None) for step in steps]
    far = datetime.max.replace(tzinfo=clock.VIETNAM)
    return sorted(lines, key=lambda line: (line.is_done, line.due_at or far))


def _opened(found: Page[Any]) -> Page[Any]:
    prefetch_keys(found.rows)
    return found
