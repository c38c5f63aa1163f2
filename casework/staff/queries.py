"""Who works where: the lists of the administrator, and who answers now and next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Count, Model, Prefetch, Q, QuerySet

from casework.access.decisions import may
from casework.access.opening import refuse
from casework.access.principals import principal
from casework.accounts.duty import units_of, workers_at
from casework.audit.log import record
from casework.audit.models import AuditEvent
from casework.base import clock
from casework.base.refusals import Denied, NotVisible
from casework.base.text import phrase_sort_key, search_key, sort_key
from casework.organisations.models import Agency, DutyShift, Membership, User

Row = TypeVar("Row", bound=Model)

PAGE_SIZE: Final = 25
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
# What an account is, for the one who looks after it.
ACTIVE, CLOSED, NO_PASSWORD, ONE_TIME, ONE_TIME_OVER = (
    "active",
    "closed",
    "no_password",
    "one_time",
    "one_time_over",
)


def _page_of(keys: Sequence[UUID], number: str, read: Callable[[Sequence[UUID]], list[Row]]) -> Page[Row]:
    """The page of that number, or the nearest there is; its rows are read, those of the others are only counted."""
    page: Page[Any] = Paginator(keys, PAGE_SIZE).get_page(number)
    page.object_list = read(list(page.object_list))
    return page


# --- members of staff ---


def state_of(user: User, at: datetime) -> str:
    """Whether the account can be used, or what it waits for."""
    if not user.is_active:
        return CLOSED
    if user.one_time_until is not None:
        return ONE_TIME if at < user.one_time_until else ONE_TIME_OVER
    return ACTIVE if user.has_usable_password() else NO_PASSWORD


def with_seats(rows: QuerySet[User], at: datetime) -> QuerySet[User]:
    """The users with their present roles in `memberships`, the oldest first."""
    seats = Membership.objects.not_ended(clock.local_date(at)).select_related("agency")
    return rows.prefetch_related(
        Prefetch("memberships", seats.order_by("valid_from", "agency__name", "role"))
    )


def staff(
    *, at: datetime, words: str = "", agency: Agency | None = None, role: str = "", number: str = ""
) -> Page[User]:
    """One page of the members of staff by given name; three queries.

    words: all of them stand in the name or in the user name, with or without marks. A province has some
    thousands of accounts: their names are read whole, because no database sorts them as Vietnamese does.
    """
    rows = User.objects.all()
    if agency is not None or role:
        seats = Membership.objects.not_ended(clock.local_date(at))
        seats = seats.filter(agency=agency) if agency is not None else seats
        seats = seats.filter(role=role) if role else seats
        rows = rows.filter(pk__in=seats.values("user"))
    wanted = search_key(words).split()
    found = [
        (sort_key(full_name), username, pk)
        for pk, full_name, username in rows.values_list("pk", "full_name", "username")
        if not wanted or all(word in f"{search_key(full_name)} {username}" for word in wanted)
    ]
    return _page_of([pk for _key, _name, pk in sorted(found)], number, lambda keys: _users(keys, at))


def _users(keys: Sequence[UUID], at: datetime) -> list[User]:
    users = with_seats(User.objects.filter(pk__in=keys), at).in_bulk()
    return [users[key] for key in keys if key in users]


def roles_held(user: User, at: datetime) -> tuple[list[Membership], list[Membership]]:
    """The roles a person has, and those that have ended, the latest first."""
    today = clock.local_date(at)
    seats = list(user.memberships.select_related("agency").order_by("-valid_from", "agency__name", "role"))
    ended = [seat for seat in seats if seat.valid_to is not None and seat.valid_to <= today]
    return [seat for seat in seats if seat not in ended], ended


def shifts_of(user: User, at: datetime) -> list[DutyShift]:
    """The shifts of a person that run or are planned, the nearest first."""
    return list(user.duty_shifts.filter(ends_at__gt=at).select_related("agency").order_by("starts_at"))


# --- offices ---


def offices(*, at: datetime, words: str = "", kind: str = "", number: str = "") -> Page[Agency]:
    """One page of the offices in dictionary order, each with the number of people who work there."""
    rows = Agency.objects.filter(kind=kind) if kind else Agency.objects.all()
    wanted = search_key(words).split()
    found = sorted(
        (phrase_sort_key(name), pk)
        for pk, name in rows.values_list("pk", "name")
        if not wanted or all(word in search_key(name) for word in wanted)
    )
    return _page_of([pk for _key, pk in found], number, lambda keys: _agencies(keys, at))


def _agencies(keys: Sequence[UUID], at: datetime) -> list[Agency]:
    today = clock.local_date(at)
    works = Q(memberships__valid_from__lte=today, memberships__user__is_active=True) & (
        Q(memberships__valid_to__isnull=True) | Q(memberships__valid_to__gt=today)
    )
    rows = Agency.objects.filter(pk__in=keys).select_related("area")
    found = rows.annotate(people=Count("memberships__user", filter=works, distinct=True)).in_bulk()
    return [found[key] for key in keys if key in found]


def office_choices() -> list[Agency]:
    """The offices that work today, in dictionary order, for a filter."""
    return sorted(Agency.objects.filter(is_active=True), key=lambda one: phrase_sort_key(one.name))


# --- duty ---


@dataclass(frozen=True, slots=True)
class Unit:
    """One office with whoever answers for it now and after that, the nearest first."""

    agency: Agency
    now: list[DutyShift] = field(default_factory=list)
    next: list[DutyShift] = field(default_factory=list)


def unmanned(user: User, at: datetime) -> list[str]:
    """Names of the offices the person works in and sets duty for where nobody answers now; one query."""
    running = DutyShift.objects.filter(starts_at__lte=at, ends_at__gt=at)
    working = units_of(user, at).filter(pk__in=workers_at(at).values("agency"))
    own = working.filter(pk__in=principal(user, at).agency_ids).exclude(pk__in=running.values("agency"))
    return list(own.order_by("name").values_list("name", flat=True))


def units(user: User, at: datetime) -> list[Unit]:
    """The units the person sets duty for in which somebody works on cases, their own first; two queries."""
    own = principal(user, at).agency_ids
    working = units_of(user, at).filter(pk__in=workers_at(at).values("agency"))
    found = {
        agency.pk: Unit(agency)
        for agency in sorted(working, key=lambda one: (one.pk not in own, phrase_sort_key(one.name)))
    }
    for shift in coming_shifts(user, at):
        unit = found.get(shift.agency_id)
        if unit is not None:
            (unit.now if shift.covers(at) else unit.next).append(shift)
    return list(found.values())


def coming_shifts(user: User, at: datetime) -> QuerySet[DutyShift]:
    """The shifts that run or are planned in the units the person sets duty for."""
    shifts = DutyShift.objects.filter(agency__in=units_of(user, at), ends_at__gt=at)
    return shifts.select_related("user", "agency").order_by("starts_at", "ends_at", "pk")


def may_be_on_duty(user: User, agency: Agency, at: datetime) -> list[Membership]:
    """Whom the person may put on duty in this unit, each once, by given name."""
    seats = workers_at(at).filter(agency=agency).exclude(user=user).select_related("user")
    return sorted(
        {seat.user_id: seat for seat in seats}.values(), key=lambda one: sort_key(one.user.full_name)
    )


# --- one row, and who looked at it ---


def open_user(
    by: User, user_id: UUID, *, verb: str = "user.manage", page: str = "", with_roles: bool = False
) -> User:
    """A member of staff, and that they were looked at; NotVisible where there is none, Denied without the right."""
    rows = User.objects.filter(pk=user_id)
    return _open(by, with_seats(rows, clock.now()) if with_roles else rows, verb, page)


def open_membership(by: User, membership_id: UUID, *, page: str = "") -> Membership:
    """A role somebody holds or held, likewise."""
    rows = Membership.objects.select_related("user", "agency")
    return _open(by, rows.filter(pk=membership_id), "user.manage", page)


def open_shift(by: User, shift_id: UUID, at: datetime, *, page: str = "") -> DutyShift:
    """A shift of a unit the person sets duty for, likewise; one of another unit is as if it were not there."""
    rows = DutyShift.objects.select_related("user", "agency").filter(agency__in=units_of(by, at))
    return _open(by, rows.filter(pk=shift_id), "duty.set", page)


def _open(by: User, rows: QuerySet[Row], verb: str, page: str) -> Row:
    if not may(by, verb):
        raise Denied
    with transaction.atomic():
        row = rows.first()
        if row is not None:
            detail = {"page": page} if page else {}
            record(action=verb, outcome=AuditEvent.READ, actor_id=by.pk, obj=row, detail=detail)
            return row
    refuse(by, verb, object_type=rows.model.__name__.lower())
    refusal = NotVisible()
    # Already written: whoever shows this refusal must not write it again.
    refusal.verb = verb  # type: ignore[attr-defined]
    raise refusal
