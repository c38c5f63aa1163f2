"""Who is told of a clock now: whoever is on duty, whoever is named, and whoever stands above them when nobody is there.

Only people for whom the case or the report exists are told of it: a conflict lock or a seal holds here too.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.access.visibility import Visibility
from casework.base import clock as base_clock
from casework.cases.models import Assignment, Case
from casework.deadlines.models import Clock, Deadline, OfficeDeadline, ReportDeadline
from casework.deadlines.reminders import ANSWERS
from casework.intake.models import Report
from casework.notifications.models import Reach
from casework.notifications.outbox import reach_of
from casework.organisations import roles
from casework.organisations.models import DutyShift, Membership, User

POLICE = (roles.POLICE_HEAD, roles.POLICE_OFFICER)
# When nobody of an audience is there, the next one is told.
ABOVE = (roles.COMMUNE_CHAIR, roles.COMMUNE_SUPERVISOR, roles.PROVINCE_SUPERVISOR)
OF_PROVINCE = frozenset({roles.PROVINCE_SUPERVISOR, roles.ADMINISTRATOR, roles.AUDITOR})


class Roster:
    """Who works where and who is on duty, read once for one run of the minute job."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self._people: dict[UUID, User] = {}
        self._seats: dict[tuple[object, ...], list[User]] = {}
        self._reach: dict[UUID, Reach | None] = {}
        self._on_duty: dict[UUID, list[User]] | None = None

    # --- people ---

    def holding(self, *names: str, **where: Any) -> list[User]:
        """Those who hold one of these roles in these offices, the same objects for the whole run."""
        key = (names, *sorted(where.items()))
        if key not in self._seats:
            held = Membership.objects.held(base_clock.local_date(self.at)).filter(
                role__in=names, user__is_active=True, agency__is_active=True, **where
            )
            seats = held.select_related("user").order_by("valid_from", "pk")
            self._seats[key] = self._same(seat.user for seat in seats)
        return self._seats[key]

    def on_duty(self, agency: UUID) -> list[User]:
        """Who answers for the unit now."""
        return self._duty().get(agency, [])

    @property
    def on_duty_ids(self) -> set[UUID]:
        return {user.pk for users in self._duty().values() for user in users}

    def user(self, user: User) -> User:
        return self._same([user])[0]

    def reach(self, people: Iterable[User]) -> dict[UUID, Reach]:
        """How they are reached outside the product."""
        missing = [person for person in people if person.pk not in self._reach]
        if missing:
            found = reach_of(missing)
            self._reach |= {person.pk: found.get(person.pk) for person in missing}
        return {key: way for key, way in self._reach.items() if way is not None}

    def _duty(self) -> dict[UUID, list[User]]:
        if self._on_duty is None:
            self._on_duty = {}
            shifts = DutyShift.objects.filter(
                starts_at__lte=self.at, ends_at__gt=self.at, user__is_active=True
            ).select_related("user")
            for shift in shifts.order_by("starts_at"):
                self._on_duty.setdefault(shift.agency_id, []).append(self.user(shift.user))
        return self._on_duty

    def _same(self, users: Iterable[User]) -> list[User]:
        found = {user.pk: self._people.setdefault(user.pk, user) for user in users}
        return list(found.values())


def told(clock: Clock, audience: str, roster: Roster) -> list[User]:
    """Whom a step of this clock tells; whoever is above them when there is nobody, and nobody only at the very top."""
    for people in _candidates(clock, audience, roster):
        reached = _who_may_see(clock, people, roster)
        if reached:
            return reached
    return []


def _candidates(clock: Clock, audience: str, roster: Roster) -> Iterator[Sequence[User]]:
    """The circles of people to be tried, the nearest first."""
    if audience == ANSWERS:
        if clock.user is not None and clock.user.is_active:
            yield [roster.user(clock.user)]
        yield from _answering(clock, roster)
    else:
        yield _in_role(clock, audience, roster)
    # A chair does not stand above a supervisor in a case; of what an office owes he is the first to know.
    below = audience or ("" if isinstance(clock, OfficeDeadline) else clock.role)
    for role in ABOVE[ABOVE.index(below) + 1 :] if below in ABOVE else ABOVE:
        yield _in_role(clock, role, roster)


def _answering(clock: Clock, roster: Roster) -> Iterator[Sequence[User]]:
    """Whoever answers: of a partner's clock the partner, of a unit's whoever is on duty and the lead, else the unit."""
    if clock.agency_id is not None:
        yield roster.holding(*roles.PARTNERS, agency=clock.agency_id)
        return
    # A partner who is not named cannot be told: the unit that sent her there answers.
    if isinstance(clock, Deadline) and clock.role in (*roles.WORKERS, *roles.PARTNERS):
        yield from _of_unit(clock, clock.case, roster)
    elif isinstance(clock, ReportDeadline) and clock.role == roles.RECEIVER:
        yield from _takers(clock.report, roster)
    else:
        yield _in_role(clock, clock.role, roster)


def _of_unit(clock: Deadline, case: Case, roster: Roster) -> Iterator[Sequence[User]]:
    if clock.role in POLICE:
        here = {"agency__kind": "commune_police", "agency__area": case.commune_id}
        heads = roster.holding(roles.POLICE_HEAD, **here)
        members = roster.holding(*POLICE, **here)
        on_duty = [user for user in members if user.pk in roster.on_duty_ids]
        yield [*on_duty, *heads] if clock.role == roles.POLICE_HEAD else on_duty or members
        yield members
        return
    lead = [roster.user(case.lead)] if case.lead.is_active else []
    yield [*lead, *roster.on_duty(case.unit_id)]
    assigned = Assignment.objects.everything(reason="who is told of a clock of the case").filter(
        case=case, ended_at__isnull=True, user__is_active=True
    )
    yield [roster.user(one.user) for one in assigned.select_related("user")]
    yield roster.holding(*roles.WORKERS, agency=case.unit_id)


def _takers(report: Report, roster: Roster) -> Iterator[Sequence[User]]:
    if report.is_sealed:
        # What is kept from the commune is told by the province alone.
        yield _of_area(roster, roles.PROVINCE_SUPERVISOR, report.area_id, report.area.parent_id)
        return
    taker = report.created_by
    yield [roster.user(taker)] if taker is not None and taker.is_active else []
    yield roster.on_duty(report.agency_id)


def _in_role(clock: Clock, role: str, roster: Roster) -> list[User]:
    """Those who hold a role where the clock runs."""
    if isinstance(clock, Deadline):
        if role in POLICE:
            return roster.holding(role, agency__area=clock.case.commune_id)
        if role in roles.WORKERS:
            return roster.holding(role, agency=clock.case.unit_id)
        return _of_area(roster, role, clock.case.commune_id, clock.case.province_id)
    if isinstance(clock, ReportDeadline):
        return _of_area(roster, role, clock.report.area_id, clock.report.area.parent_id)
    if isinstance(clock, OfficeDeadline):
        return _of_area(roster, role, clock.area_id, clock.province_id)
    raise TypeError(f"a clock of an unknown kind: {type(clock).__name__}")


def _of_area(roster: Roster, role: str, commune: int, province: int | None) -> list[User]:
    return roster.holding(role, agency__area=province if role in OF_PROVINCE else commune)


def _who_may_see(clock: Clock, people: Sequence[User], roster: Roster) -> list[User]:
    if (
        clock.agency_id is not None
        and people
        and people[0] in roster.holding(*roles.PARTNERS, agency=clock.agency_id)
    ):
        # A partner sees the referral and never the case; its page asks for itself.
        return list(people)
    record, verb = _record(clock)
    if record is None:
        return list(people)
    visibility: Visibility = type(record).visibility
    return [user for user in people if visibility.basis(record, user, verb, roster.at)]


def _record(clock: Clock) -> tuple[Case | Report | None, str]:
    if isinstance(clock, Deadline):
        return clock.case, "case.view"
    if isinstance(clock, ReportDeadline):
        return clock.report, "report.view"
    return None, ""
