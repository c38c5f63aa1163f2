"""The viewer as access sees them: which roles, in which agencies, over which areas, on duty where."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q

from casework.audit.acting import acting
from casework.base import clock
from casework.organisations import roles
from casework.organisations.models import DutyShift, Membership, User


@dataclass(frozen=True, slots=True)
class Seat:
    """One role in one agency, with the area that agency answers for."""

    role: str
    agency_id: UUID
    agency_name: str
    agency_kind: str
    group_id: int
    area_id: int
    area_is_province: bool
    province_code: str
    on_duty: bool


@dataclass(frozen=True, slots=True)
class Principal:
    """A user at an instant. Without a seat, or inactive, nothing exists for them."""

    user_id: UUID | None
    at: datetime
    seats: tuple[Seat, ...]

    def holding(self, verb: str, basis: str) -> Iterator[Seat]:
        """The seats whose role may do the verb on that basis."""
        for seat in self.seats:
            if basis in roles.bases(verb, seat.role):
                yield seat

    def may_by_role(self, verb: str) -> bool:
        return any(self.holding(verb, "role"))

    def has_role(self, *names: str) -> bool:
        return any(seat.role in names for seat in self.seats)

    @property
    def agency_ids(self) -> list[UUID]:
        return [seat.agency_id for seat in self.seats]


def principal(user: "User | AnonymousUser", at: datetime | None = None) -> Principal:
    """Read the viewer's standing: one query in a request, and again for every instant asked outside one."""
    at = at or acting().at or clock.now()
    if not isinstance(user, User) or not user.is_active:
        return Principal(None, at, ())
    request_id = acting().request_id
    kept: tuple[str, tuple[Seat, ...]] | None = user.__dict__.get("_seats")
    if kept is not None and request_id and kept[0] == request_id:
        return Principal(user.pk, at, kept[1])
    today = clock.local_date(at)
    shifts = DutyShift.objects.filter(
        user=OuterRef("user"), agency=OuterRef("agency"), starts_at__lte=at, ends_at__gt=at
    )
    memberships = (
        Membership.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=today),
            user=user,
            valid_from__lte=today,
            agency__is_active=True,
        )
        .annotate(on_duty=Exists(shifts))
        .order_by("pk")
        .values_list(
            "role",
            "agency_id",
            "agency__name",
            "agency__kind",
            "agency__group_id",
            "agency__area_id",
            "agency__area__parent_id",
            "agency__area__province_code",
            "on_duty",
        )
    )
    seats = tuple(
        Seat(role, agency_id, name, kind, group_id, area_id, parent_id is None, province_code, on_duty)
        for role, agency_id, name, kind, group_id, area_id, parent_id, province_code, on_duty in memberships
    )
    user.__dict__["_seats"] = (request_id, seats)
    return Principal(user.pk, at, seats)
