"""Questions about reports: what waits for whom, and who in a report may already stand in a file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from casework.access.decisions import may
from casework.access.lists import Page, page
from casework.base import clock
from casework.base.text import search_key
from casework.encryption.keyring import prefetch_keys
from casework.intake.models import OWN_FOR, Report, ReportPerson
from casework.intake.triage import (
    DONE,
    Step,
    Told,
    Triage,
    told_birth_years,
    triage,
    until_assigned,
    until_told,
)
from casework.organisations.models import Agency, Area, Membership, User
from casework.organisations.roles import COMMUNE_CHAIR, RIGHTS, WORKERS
from casework.people.matching import candidates
from casework.people.models import Person, Phone

# How often in an hour a taker is told «possibly known»: more would make reports a way to ask who has a file.
HINTS_PER_HOUR: Final = 3
HOUR: Final = timedelta(hours=1)
# Asked for beside the candidates, so that finding none costs as much as finding one.
NOBODY: Final = UUID(int=0)

# Who reported is secret by law.
REPORTER: Final = ("reporter_name", "reporter_phone", "reporter_relation")

LISTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "waiting": {"decided_at__isnull": True, "assigned_at__isnull": True},
    "assigned": {"decided_at__isnull": True, "assigned_at__isnull": False},
    "decided": {"decided_at__isnull": False},
}
ON_ROW: Final = ("area", "assigned_agency", "assigned_to")


def waiting(user: User, *, after: str = "", at: datetime | None = None) -> Page[Report]:
    """Reports nobody has been assigned to yet, the longest waiting first: the chair's desk."""
    return _list(user, "waiting", after, at)


def assigned(user: User, *, after: str = "", at: datetime | None = None) -> Page[Report]:
    """Reports assigned to the user or the user's unit and not yet decided, the longest waiting first."""
    return _list(user, "assigned", after, at)


def decided(user: User, *, after: str = "", at: datetime | None = None) -> Page[Report]:
    """Reports whose triage has ended, newest first."""
    return page(Report, user, after=after, filters=LISTS["decided"], select_related=ON_ROW, at=at)


def taken_by(user: User, *, after: str = "", at: datetime | None = None) -> Page[Report]:
    """The user's own reports of the last 24 hours, newest first."""
    at = at or clock.now()
    filters = {"created_by_id": user.pk, "created_at__gt": at - OWN_FOR}
    return page(Report, user, after=after, filters=filters, select_related=ON_ROW, at=at)


def _list(user: User, name: str, after: str, at: datetime | None) -> Page[Report]:
    return page(
        Report, user, after=after, filters=LISTS[name], ascending="received_at", select_related=ON_ROW, at=at
    )


def people_of(report: Report) -> list[ReportPerson]:
    """The people named in a report that has been opened, in the order they were told."""
    rows = ReportPerson.objects.everything(reason="the report they stand in was opened").filter(report=report)
    return prefetch_keys(rows.order_by("created_at", "position"))


def triage_of(report: Report, people: Iterable[ReportPerson]) -> Triage:
    """The judgement of the law on a stored report."""
    return triage(told(report, people), clock.local_date(report.received_at))


def told(report: Report, people: Iterable[ReportPerson]) -> Told:
    listed = list(people)
    return Told(
        danger_now=report.danger_now,
        still_going_on=report.still_going_on,
        weapon=report.weapon,
        injured=report.injured,
        children_present=report.children_present,
        priority_groups=tuple(report.priority_groups),
        victim_ages=tuple(row.age for row in listed if row.role == "victim"),
        roles=tuple(row.role for row in listed),
        is_sealed=report.is_sealed,
    )


def steps(report: Report, at: datetime) -> tuple[Step, Step]:
    """How long the chair's being told and the assigning took; a sealed report waits for the province instead."""
    if report.is_sealed and report.chair_told_at is None:
        return Step(None, DONE), until_assigned(report.received_at, report.first_assigned_at, at)
    return (
        until_told(report.received_at, report.chair_told_at, at),
        until_assigned(report.chair_told_at, report.first_assigned_at, at),
    )


def shows_reporter(user: User, report_id: UUID, *, at: datetime | None = None) -> bool:
    """Whether the user may know who reported: the taker, the assigned worker, the chair and supervisors."""
    return bool(Report.objects.visible_to(user, "report.see_reporter", at=at).filter(pk=report_id).exists())


# --- offices and people ---


def receiving_offices(user: User, at: datetime) -> list[Agency]:
    """The offices in which the user may take reports."""
    seats = memberships(at).filter(user=user, role__in=RIGHTS["report.take"])
    return list(Agency.objects.filter(pk__in=seats.values("agency"), is_active=True).select_related("area"))


def chairs_of(area: Area, at: datetime) -> list[Membership]:
    """Who may act as chair of the commune now; empty where no chair has an account."""
    rows = memberships(at).filter(role=COMMUNE_CHAIR, agency__area=area)
    return list(rows.select_related("user", "agency"))


def committee_of(area: Area) -> Agency | None:
    """The People's Committee of the commune, whose telephone is the chair's duty phone."""
    return Agency.objects.filter(kind="commune_committee", area=area, is_active=True).order_by("name").first()


def workers(report: Report, at: datetime) -> list[Membership]:
    """Whom a report can be given to: workers of the commune's offices, of the whole province if sealed."""
    rows = memberships(at).filter(role__in=WORKERS)
    if report.is_sealed:
        rows = rows.filter(agency__area__province_code=report.area.province_code)
    else:
        rows = rows.filter(agency__area_id__in=[report.area_id, report.area.parent_id])
    return list(rows.select_related("user", "agency__area").order_by("agency__name", "user__full_name"))


def repeatable(report: Report, user: User, *, at: datetime | None = None) -> list[Report]:
    """Reports of the same commune this one may repeat, newest first: the thirty the user may see."""
    rows = Report.objects.visible_to(user, at=at).filter(
        area_id=report.area_id, duplicate_of__isnull=True, erased_at__isnull=True
    )
    return list(rows.exclude(pk=report.pk).order_by("-received_at")[:30])


def memberships(at: datetime) -> Any:
    seats = Membership.objects.held(clock.local_date(at))
    return seats.filter(user__is_active=True, agency__is_active=True)


# --- the same people again? ---


@dataclass(frozen=True, slots=True)
class Match:
    """A person of the report who may be a person on file; by: phone or name."""

    place: int
    person: Person
    by: str

    @property
    def number(self) -> int:
        """Which person of the report, counted from one."""
        return self.place + 1

    @property
    def birth_year(self) -> str:
        return self.person.birth_date[:4]


@dataclass(frozen=True, slots=True)
class Matches:
    """The matches the user may see, and whether there is one the user may not."""

    known: tuple[Match, ...] = ()
    hidden: bool = False


def matches(
    user: User, people: Sequence[Mapping[str, Any]], *, at: datetime, hidden: bool = False
) -> Matches:
    """Who of these people may already stand in a file: by telephone, or by name and birth year.

    people: mappings with full_name, age and phone. Every candidate of the blind index is opened and compared.
    hidden: also find out whether there is one the user may not see; a person in a sealed case, or in one locked
    against the user, never counts. A hit and a miss cost the same queries.
    """
    today = clock.local_date(at)
    wanted = {place: _candidates(row, today) for place, row in enumerate(people)}
    ids = {NOBODY}.union(*wanted.values())
    on_file = {
        row.pk: row for row in prefetch_keys(Person.objects.visible_to(user, at=at).filter(pk__in=ids))
    }
    mine = frozenset(on_file)
    if hidden:
        on_file |= {row.pk: row for row in prefetch_keys(_others(user, ids - mine))}
    numbers = _numbers(on_file)
    found = [
        (Match(place, on_file[pk], by), pk in mine)
        for place, row in enumerate(people)
        for pk in sorted(wanted[place] & set(on_file), key=str)
        if (by := _same(row, on_file[pk], numbers.get(pk, frozenset()), today))
    ]
    known = tuple(match for match, is_mine in found if is_mine)
    return Matches(known, hidden=len(known) < len(found))


def matches_of(user: User, people: Sequence[ReportPerson], *, at: datetime, hidden: bool = False) -> Matches:
    """The same for the people of a stored report."""
    return matches(user, [as_told(row) for row in people], at=at, hidden=hidden)


def _others(user: User, ids: set[UUID]) -> Any:
    """People of cases the user may not see, without those nothing may be learnt of."""
    rows = Person.objects.everything(reason="whether somebody of a report is known at all").filter(pk__in=ids)
    sealed = rows.filter(participations__case__is_sealed=True)
    locked = rows.filter(participations__case__conflict_locks__user=user)
    kept = {NOBODY}.union(sealed.values_list("pk", flat=True), locked.values_list("pk", flat=True))
    return rows.filter(pk__in={NOBODY} | (ids - kept), participations__isnull=False).distinct()


def as_told(row: ReportPerson) -> dict[str, str]:
    return {"full_name": row.full_name, "age": row.age, "phone": row.phone}


def may_be_hinted(report: Report, user: User, *, at: datetime | None = None) -> bool:
    """Whether this user is told that somebody in it is possibly known: the taker, a few times an hour.

    Supervisors and the chair see the mark on the report itself.
    """
    if not report.is_possibly_known:
        return False
    if may(user, "report.assign", report, at=at):
        return True
    if report.created_by_id != user.pk:
        return False
    before = Report.objects.everything(reason="counting hints given to this user").filter(
        created_by_id=user.pk,
        is_possibly_known=True,
        created_at__gt=report.created_at - HOUR,
        created_at__lt=report.created_at,
    )
    return bool(before.count() < HINTS_PER_HOUR)


def _candidates(row: Mapping[str, Any], today: Any) -> set[UUID]:
    found: set[UUID] = set()
    name, phone = str(row.get("full_name") or ""), str(row.get("phone") or "")
    if phone:
        found.update(candidates(phone=phone))
    if name:
        for year in told_birth_years(str(row.get("age") or ""), today):
            found.update(candidates(full_name=name, birth_date=str(year)))
    return found


def _numbers(people: Mapping[UUID, Person]) -> dict[UUID, frozenset[str]]:
    rows = Phone.objects.everything(reason="comparing telephones of possible matches").filter(
        person_id__in=[NOBODY, *people]
    )
    numbers: dict[UUID, set[str]] = {}
    for phone in prefetch_keys(rows):
        numbers.setdefault(phone.person_id, set()).add(phone.number)
    return {pk: frozenset(found) for pk, found in numbers.items()}


def _same(row: Mapping[str, Any], person: Person, numbers: frozenset[str], today: Any) -> str:
    """How the two agree: by phone, by name and birth year, or not at all."""
    if row.get("phone") and row["phone"] in numbers:
        return "phone"
    name = str(row.get("full_name") or "")
    years = {str(year) for year in told_birth_years(str(row.get("age") or ""), today)}
    if name and search_key(name) == search_key(person.full_name) and person.birth_date[:4] in years:
        return "name"
    return ""
