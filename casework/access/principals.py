"""The viewer as access sees them: which roles, in which agencies, over which areas, on duty where."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef

from casework.audit.acting import acting
from casework.base import clock
from casework.base.prepared import Built, run, sql_of
from casework.organisations import roles
from casework.organisations.models import Area, DutyShift, Membership, User


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

    # --- what a prepared statement needs: the form of a viewer apart from who it is ---

    @property
    def shape(self) -> Hashable:
        """What the paths of a viewer depend on, without the ids in them."""
        return tuple(
            (seat.role, seat.agency_kind, seat.area_is_province, seat.province_code, seat.on_duty)
            for seat in self.seats
        )

    def values(self) -> dict[str, Any]:
        """The ids and the instant, by name."""
        found: dict[str, Any] = {"user": self.user_id, "at": self.at}
        for place, seat in enumerate(self.seats):
            found |= {
                f"agency{place}": seat.agency_id,
                f"group{place}": seat.group_id,
                f"area{place}": seat.area_id,
            }
        return found

    def with_values(self, values: Mapping[str, Any]) -> "Principal":
        """A viewer of the same form with other ids."""
        return Principal(
            values["user"],
            values["at"],
            tuple(
                replace(
                    seat,
                    agency_id=values[f"agency{place}"],
                    agency_name="",
                    group_id=values[f"group{place}"],
                    area_id=values[f"area{place}"],
                )
                for place, seat in enumerate(self.seats)
            ),
        )


def province_for(user: "User | AnonymousUser", verb: str, at: datetime) -> Area | None:
    """The province somebody answers for with a verb; None for somebody of a commune only."""
    seats = (seat for seat in principal(user, at).holding(verb, "role") if seat.area_is_province)
    seat = next(seats, None)
    return Area.objects.get(pk=seat.area_id) if seat is not None else None


def principal(user: "User | AnonymousUser", at: datetime | None = None) -> Principal:
    """Read the viewer's standing: one query in a request, and again for every instant asked outside one."""
    at = at or acting().at or clock.now()
    if not isinstance(user, User) or not user.is_active:
        return Principal(None, at, ())
    request_id = acting().request_id
    kept: tuple[str, tuple[Seat, ...]] | None = user.__dict__.get("_seats")
    if kept is not None and request_id and kept[0] == request_id:
        return Principal(user.pk, at, kept[1])
    seats = tuple(
        Seat(
            role,
            _uuid(agency_id),
            name,
            kind,
            group_id,
            area_id,
            parent_id is None,
            province_code,
            bool(on_duty),
        )
        for role, agency_id, name, kind, group_id, area_id, parent_id, province_code, on_duty in run(
            "seats", {"user": user.pk, "at": at, "today": clock.local_date(at)}, _seats
        )
    )
    user.__dict__["_seats"] = (request_id, seats)
    return Principal(user.pk, at, seats)


def _seats(values: Mapping[str, Any]) -> Built:
    """The roles a user holds that day, and whether they are on duty in each unit at that instant."""
    at, today = values["at"], values["today"]
    shifts = DutyShift.objects.filter(
        user=OuterRef("user"), agency=OuterRef("agency"), starts_at__lte=at, ends_at__gt=at
    )
    memberships = (
        Membership.objects.held(today)
        .filter(user_id=values["user"], agency__is_active=True)
        .annotate(on_duty=Exists(shifts))
        .order_by("valid_from", "agency__name", "role")
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
    return sql_of(memberships)


def _uuid(value: Any) -> UUID:
    """SQLite gives the digits."""
    return value if isinstance(value, UUID) else UUID(value)
