"""Who answers for which unit, and who may be put on duty there."""

from datetime import datetime

from django.db.models import Q, QuerySet

from casework.access.principals import principal
from casework.base import clock
from casework.organisations.models import Agency, DutyShift, Membership, User
from casework.organisations.roles import SCOPED, WORKERS


def units_of(user: User, at: datetime) -> QuerySet[Agency]:
    """The offices for which the person sets duty: their own, and those of the area they answer for."""
    theirs = Q(pk__in=[])
    for seat in principal(user, at).holding("duty.set", "role"):
        theirs |= Q(pk=seat.agency_id)
        if seat.role in SCOPED:
            theirs |= Q(area_id=seat.area_id)
            if seat.area_is_province:
                theirs |= Q(area__parent_id=seat.area_id)
    return Agency.objects.filter(theirs, is_active=True)


def workers_at(at: datetime) -> QuerySet[Membership]:
    """The seats of everybody who works on cases on that day; only they can be on duty."""
    seats = Membership.objects.held(clock.local_date(at))
    return seats.filter(role__in=WORKERS, user__is_active=True)


def end_shifts(shifts: QuerySet[DutyShift], at: datetime) -> None:
    """End what runs at that instant, and take away what has not begun."""
    shifts.filter(starts_at__lt=at, ends_at__gt=at).update(ends_at=at)
    shifts.filter(starts_at__gte=at).delete()
