"""What is read across the rooms for a case that was opened."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.base import clock
from casework.base.codes import codes
from casework.base.text import initials
from casework.casefile.header import STATE_TONES
from casework.cases.models import Case, Participant
from casework.deadlines.queries import clocks_of
from casework.encryption.keyring import prefetch_keys
from casework.organisations.models import User
from casework.people.contacting import Contacting, Ways, contacting
from casework.people.models import Address, SafeContact

OPENED = "the case was opened"


def main_people(cases: Collection[UUID], *, reason: str = OPENED) -> Mapping[tuple[UUID, str], Participant]:
    """The main participants of cases, by case and role, with their person and keys loaded: two queries."""
    rows = (
        Participant.objects.everything(reason=reason)
        .filter(case_id__in=cases, is_main=True)
        .select_related("person")
    )
    return {(row.case_id, row.role): row for row in prefetch_keys(rows)}


def contacting_of(people: Collection[UUID], *, at: datetime) -> Mapping[UUID, Contacting]:
    """Whether and how each person may be contacted today: three queries for any number of people."""
    contacts = SafeContact.objects.everything(reason=OPENED).filter(person_id__in=people)
    ways = {row.person_id: Ways.of(row) for row in prefetch_keys(contacts)}
    moves: dict[UUID, datetime] = {}
    addresses = Address.objects.everything(reason=OPENED).filter(person_id__in=people).exclude(kind="former")
    for person_id, moment in addresses.values_list("person_id", "created_at"):
        moves[person_id] = max(moment, moves.get(person_id, moment))
    return {
        pk: contacting(
            ways.get(pk),
            today=clock.local_date(at),
            moved_on=clock.local_date(moves[pk]) if pk in moves else None,
        )
        for pk in people
    }


def header_of(case: Case, user: User, *, at: datetime) -> dict[str, Any]:
    """The head of a case page, as the component `case_header` takes it."""
    victim = main_people([case.pk]).get((case.pk, "victim"))
    answer = (
        contacting_of([victim.person_id], at=at)[victim.person_id]
        if victim
        else contacting(None, today=clock.local_date(at))
    )
    name = initials(victim.person.full_name) if victim else ""
    header: dict[str, Any] = {
        "number": case.number,
        "who": ", ".join(part for part in (name, str(case.commune)) if part),
        "level": case.level,
        "state": codes("case_state").label(case.state),
        "state_tone": STATE_TONES.get(case.state, "neutral"),
        "contact_allowed": answer.allowed,
        "contact_text": answer.line,
        "contact_confirmed_at": answer.confirmed_on,
        "lead": case.lead.full_name,
    }
    dues = clocks_of(case, user, at=at)
    if dues:
        header |= {"due": dues[0].due_at, "due_label": dues[0].label}
    mine = next((due for due in dues if due.url), None)
    if mine:
        header |= {"action_url": mine.url, "action_label": mine.verb}
    return header
