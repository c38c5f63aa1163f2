"""Consignments of the province at every step, and the cases and people it takes."""

from datetime import datetime, timedelta
from typing import Any

from casework.base import clock
from casework.base.dates import midnight
from casework.cases.actions import edit_person
from casework.cases.models import Case
from casework.national_database import queries
from casework.national_database.actions import (
    check_consignment,
    prepare_consignment,
    receive_consignment,
    sign_consignment,
)
from casework.national_database.models import Consignment
from casework.national_database.periods import Span, over
from casework.national_database.rows import Marked
from casework.organisations.models import User
from casework.protection.actions import record_measure
from tests.returns.making import staff
from tests.world import World


def last_quarter(world: World, back: int = 0) -> Span:
    """The last quarter that is over, or one before it."""
    return over("quarterly", clock.local_date(world.now), back + 1)[back]


def in_period(world: World, back: int = 0) -> datetime:
    return midnight(last_quarter(world, back).end) - timedelta(days=20)


def case_of(
    world: World, back: int = 0, *, victim: str = "vietnamese", perpetrator: str = "vietnamese"
) -> Case:
    """A case of the period, with the nationality of both."""
    at = in_period(world, back)
    case = world.case(at=at)
    for person, nationality in ((world.victim(case), victim), (world.perpetrator(case), perpetrator)):
        told(world, case, person, nationality=nationality)
    return case


def told(world: World, case: Case, person: Any, **answers: Any) -> None:
    edit_person(case=case, person=person, by=world.lan, at=world.now, answers=answers)


def second(world: World) -> User:
    """Another supervisor of the province."""
    return staff(world)["hanh"]


def prepared(
    world: World, back: int = 0, *, by: User | None = None, at: datetime | None = None
) -> Consignment:
    answers = {"period": last_quarter(world, back).code}
    return prepare_consignment(by=by or second(world), at=at or world.now, answers=answers)


def checked(world: World, back: int = 0) -> Consignment:
    record = prepared(world, back)
    return check_consignment(record=record, by=record.prepared_by, at=world.now, answers={"looked_at": True})


def signed(world: World, back: int = 0) -> Consignment:
    return sign(world, checked(world, back))


def sign(world: World, record: Consignment) -> Consignment:
    answers = {"sha256": record.frozen.sha256}
    return sign_consignment(record=record, by=world.mai, at=world.now, answers=answers)


def received(world: World, back: int = 0) -> Consignment:
    return receive(world, signed(world, back))


def receive(world: World, record: Consignment) -> Consignment:
    answers = {"receipt_number": "BN-001/CSDL", "receipt_on": clock.local_date(world.now)}
    return receive_consignment(record=record, by=world.mai, at=world.now, answers=answers)


def rows(record: Consignment, group: str) -> list[Marked]:
    return list(queries.rows_of(record.frozen, group))


def measured(world: World, case: Case, kind: str = "M10") -> None:
    answers = {"kind": kind, "decider": "other_law", "starts_at": world.now}
    record_measure(case=case, by=world.lan, at=world.now, answers=answers)
