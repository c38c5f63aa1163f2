"""Verbs on accounts: offices, people who sign in, their roles, who is on duty."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

from casework.access.commands import command, tell
from casework.access.principals import principal
from casework.accounts.sessions import end_sessions
from casework.base.codes import codes
from casework.base.refusals import Denied, Refused
from casework.organisations import roles
from casework.organisations.models import Agency, Area, DutyShift, Membership, User

LONGEST_SHIFT = timedelta(hours=48)


@command("user.manage")
def add_agency(
    *, by: User, at: datetime, kind: str, name: str, area: Area, services: Sequence[str] = (), phone: str = ""
) -> Agency:
    """Register an office; its group is what a case is opened to.

    Raises Refused("unknown_kind") or Refused("agency_exists").
    """
    if kind not in codes("agency_kind"):
        raise Refused("unknown_kind", _("There is no such kind of agency."), "kind")
    if Agency.objects.filter(name=name).exists():
        raise Refused("agency_exists", _("An agency of this name is already there."), "name")
    group = Group.objects.create(name=name)
    agency = Agency.objects.create(
        kind=kind, name=name, area=area, group=group, services=list(services), phone=phone
    )
    tell(agency=str(agency.pk), kind=kind)
    return agency


@command("user.manage")
def add_user(
    *,
    by: User,
    at: datetime,
    username: str,
    full_name: str,
    agency: Agency,
    role: str,
    since: date,
    password: str | None = None,
    is_demo: bool = False,
) -> User:
    """Make an account with its first role; without a password it cannot sign in until one is set.

    Raises Refused("unknown_role") or Refused("user_exists").
    """
    if role not in roles.ROLES:
        raise Refused("unknown_role", _("There is no such role."), "role")
    # Signing in ignores case, so two names that differ only there would be one.
    username = username.lower()
    if User.objects.filter(username=username).exists():
        raise Refused("user_exists", _("This user name is taken."), "username")
    user = User.objects.create_user(username, password, full_name=full_name, is_demo=is_demo, date_joined=at)
    Membership.objects.create(user=user, agency=agency, role=role, valid_from=since)
    user.groups.add(agency.group)
    tell(user=str(user.pk), role=role, agency=str(agency.pk))
    return user


@command("user.manage")
def add_role(*, by: User, at: datetime, user: User, agency: Agency, role: str, since: date) -> Membership:
    """Give an account one more role, in the same or another agency; nobody gives one to themselves."""
    if user.pk == by.pk:
        raise Denied
    if role not in roles.ROLES:
        raise Refused("unknown_role", _("There is no such role."), "role")
    membership, _made = Membership.objects.get_or_create(
        user=user, agency=agency, role=role, defaults={"valid_from": since}
    )
    user.groups.add(agency.group)
    tell(user=str(user.pk), role=role, agency=str(agency.pk))
    return membership


@command("user.manage")
def deactivate_user(*, by: User, at: datetime, user: User) -> User:
    """Close an account: nothing exists for it from the next request on. Accounts are never deleted."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_sessions(user.pk)
    AuthToken.objects.filter(user=user).delete()
    tell(user=str(user.pk))
    return user


@command("duty.set")
def set_duty(
    *, by: User, at: datetime, user: User, agency: Agency, starts_at: datetime, ends_at: datetime
) -> DutyShift:
    """Put a member of one's own unit, or of a unit of one's area, on duty; nobody puts themselves on duty.

    Raises Denied, Refused("duty_dates") or Refused("not_in_unit").
    """
    if user.pk == by.pk or not _answers_for(by, agency, at):
        raise Denied
    if not starts_at < ends_at <= starts_at + LONGEST_SHIFT:
        raise Refused("duty_dates", _("A shift ends after it starts and lasts 48 hours at most."), "ends_at")
    if not Membership.objects.filter(user=user, agency=agency, role__in=roles.WORKERS).exists():
        raise Refused("not_in_unit", _("This person does not work on cases in this unit."), "user")
    shift = DutyShift.objects.create(user=user, agency=agency, starts_at=starts_at, ends_at=ends_at)
    tell(user=str(user.pk), agency=str(agency.pk))
    return shift


def _answers_for(by: User, agency: Agency, at: datetime) -> bool:
    for seat in principal(by, at).holding("duty.set", "role"):
        if seat.agency_id == agency.pk:
            return True
        if seat.role in roles.SCOPED and (
            agency.area_id == seat.area_id
            or (seat.area_is_province and agency.area.parent_id == seat.area_id)
        ):
            return True
    return False
