"""Verbs on accounts: offices, people who sign in, their roles, who is on duty."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.models import Group
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

from casework.access.commands import command, tell
from casework.access.models import Draft
from casework.accounts.duty import end_shifts, units_of, workers_at
from casework.accounts.sessions import end_sessions
from casework.base import clock
from casework.base.codes import codes
from casework.base.refusals import Denied, Refused
from casework.organisations import roles
from casework.organisations.models import Agency, Area, DutyShift, Membership, User

LONGEST_SHIFT: Final = timedelta(hours=48)
# Long enough to be handed over in person across a district, short enough not to lie in a drawer.
ONE_TIME_LASTS: Final = timedelta(days=3)
USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")
# Offices of a commune, and roles that answer for one: in an office of the province they would see all of it.
OF_A_COMMUNE: Final = frozenset({"commune_committee", "commune_police"})
ROLES_OF_A_COMMUNE: Final = frozenset({roles.COMMUNE_CHAIR, roles.COMMUNE_SUPERVISOR})
# Without the letters and digits that look alike on paper.
_LETTERS: Final = "abcdefghjkmnpqrstvwxyz23456789"


@dataclass(frozen=True, slots=True)
class OneTimePassword:
    """What its owner types once; shown once and kept nowhere."""

    user: User
    password: str = field(repr=False)


@command("user.manage")
def add_agency(
    *,
    by: User,
    at: datetime,
    kind: str,
    name: str,
    area: Area | None = None,
    services: Sequence[str] = (),
    phone: str = "",
) -> Agency:
    """Register an office; its group is what a case is opened to. Without an area it is one of the province.

    Raises Refused("unknown_kind"), Refused("area_missing") or Refused("agency_exists").
    """
    if kind not in codes("agency_kind"):
        raise Refused("unknown_kind", _("There is no such kind of agency."), "kind")
    if area is None and kind in OF_A_COMMUNE:
        raise Refused("area_missing", _("Say in which commune or ward this office works."), "area")
    if Agency.objects.filter(name=name).exists():
        raise Refused("agency_exists", _("An agency of this name is already there."), "name")
    if area is None:
        area = Area.objects.get(code=settings.HOME_PROVINCE, parent__isnull=True, valid_to__isnull=True)
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
    is_demo: bool = False,
) -> User:
    """Make an account with its first role; it cannot sign in until a password is issued.

    Raises Refused("username_shape"), Refused("user_exists"), or what a role is refused for.
    """
    # Signing in ignores case, so two names that differ only there would be one.
    username = username.lower()
    if not USERNAME.fullmatch(username):
        said = _("A user name has 2 to 60 letters without marks, digits, dots or hyphens, and no space.")
        raise Refused("username_shape", said, "username")
    _check_role(agency, role)
    if User.objects.filter(username=username).exists():
        raise Refused("user_exists", _("This user name is taken."), "username")
    user = User.objects.create_user(username, full_name=full_name, is_demo=is_demo, date_joined=at)
    Membership.objects.create(user=user, agency=agency, role=role, valid_from=since)
    user.groups.add(agency.group)
    tell(user=str(user.pk), role=role, agency=str(agency.pk))
    return user


@command("user.manage")
def add_role(*, by: User, at: datetime, user: User, agency: Agency, role: str, since: date) -> Membership:
    """Give an account one more role, in the same or another agency; nobody gives one to themselves.

    Raises Denied, Refused("role_held"), Refused("administrator_apart"), or what a role is refused for.
    """
    if user.pk == by.pk:
        raise Denied
    _check_role(agency, role)
    User.objects.select_for_update().get(pk=user.pk)
    held = Membership.objects.not_ended(clock.local_date(at)).filter(user=user)
    if held.filter(agency=agency, role=role).exists():
        raise Refused("role_held", _("This person has this role in this office already."), "role")
    manages = Q(role=roles.ADMINISTRATOR)
    if held.filter(~manages if role == roles.ADMINISTRATOR else manages).exists():
        said = _("Whoever manages accounts reads no case: an administrator has no other role.")
        raise Refused("administrator_apart", said, "role")
    membership = Membership.objects.create(user=user, agency=agency, role=role, valid_from=since)
    user.groups.add(agency.group)
    tell(user=str(user.pk), role=role, agency=str(agency.pk))
    return membership


@command("user.manage")
def end_role(*, by: User, at: datetime, membership: Membership) -> Membership:
    """End a role today: nothing exists for it from the next request on. Cases assigned by name stay so.

    Raises Refused("role_ended"), Refused("last_administrator"), or Denied for a role of one's own.
    """
    membership = Membership.objects.select_for_update().get(pk=membership.pk)
    user, agency, today = membership.user, membership.agency, clock.local_date(at)
    if membership.valid_to is not None and membership.valid_to <= today:
        raise Refused("role_ended", _("This role has ended already."))
    if membership.role == roles.ADMINISTRATOR:
        _check_another_administrator(user, at)
    if user.pk == by.pk:
        raise Denied
    membership.valid_to = today
    membership.save(update_fields=["valid_to"])
    left = Membership.objects.not_ended(today).filter(user=user, agency=agency)
    if not left.exists():
        user.groups.remove(agency.group)
    if not left.filter(role__in=roles.WORKERS).exists():
        end_shifts(DutyShift.objects.filter(user=user, agency=agency), at)
    tell(user=str(user.pk), role=membership.role, agency=str(agency.pk))
    return membership


@command("user.manage")
def deactivate_user(*, by: User, at: datetime, user: User) -> User:
    """Close an account: nothing exists for it from the next request on. Accounts are never deleted.

    Raises Refused("already_closed"), Refused("last_administrator"), or Denied for one's own account.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.is_active:
        raise Refused("already_closed", _("This account is closed already."))
    _check_another_administrator(user, at)
    if user.pk == by.pk:
        raise Denied
    user.is_active = False
    user.save(update_fields=["is_active"])
    _throw_out(user)
    Draft.objects.filter(user=user).delete()
    end_shifts(DutyShift.objects.filter(user=user), at)
    tell(user=str(user.pk))
    return user


@command("user.manage")
def activate_user(*, by: User, at: datetime, user: User) -> User:
    """Open a closed account again, with the roles it still has and without its old password.

    Raises Refused("not_closed").
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.is_active:
        raise Refused("not_closed", _("This account is not closed."))
    user.is_active, user.one_time_until = True, None
    # Why it was closed may have been that somebody knew it.
    user.set_unusable_password()
    user.save(update_fields=["is_active", "one_time_until", "password"])
    tell(user=str(user.pk))
    return user


@command("user.issue_password")
def issue_password(*, by: User, at: datetime, user: User) -> OneTimePassword:
    """Make a password that lets its owner in for three days, as far as the page where they choose their own.

    It ends their sessions and tokens, so they notice; a second factor stays. Nobody issues one to themselves.
    Raises Denied or Refused("account_closed").
    """
    if user.pk == by.pk:
        raise Denied
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.is_active:
        raise Refused("account_closed", _("This account is closed."))
    password = "-".join("".join(secrets.choice(_LETTERS) for _place in range(5)) for _group in range(4))
    user.set_password(password)
    user.one_time_until = at + ONE_TIME_LASTS
    user.save(update_fields=["password", "one_time_until"])
    _throw_out(user)
    tell(user=str(user.pk))
    return OneTimePassword(user, password)


@command("duty.set")
def set_duty(
    *, by: User, at: datetime, user: User, agency: Agency, starts_at: datetime, ends_at: datetime
) -> DutyShift:
    """Put a member of one's own unit, or of a unit of one's area, on duty; nobody puts themselves on duty.

    Raises Denied, Refused("duty_dates"), Refused("duty_past"), Refused("not_in_unit") or Refused("duty_overlap").
    """
    if user.pk == by.pk or not units_of(by, at).filter(pk=agency.pk).exists():
        raise Denied
    if not starts_at < ends_at <= starts_at + LONGEST_SHIFT:
        raise Refused("duty_dates", _("A shift ends after it starts and lasts 48 hours at most."), "ends_at")
    if ends_at <= at:
        raise Refused("duty_past", _("This shift would be over already."), "ends_at")
    # Locked, so that two who plan at the same moment do not plan the same hours twice.
    User.objects.select_for_update().get(pk=user.pk)
    if not workers_at(starts_at).filter(user=user, agency=agency).exists():
        raise Refused("not_in_unit", _("This person does not work on cases in this unit."), "user")
    shifts = DutyShift.objects.filter(user=user, agency=agency)
    if shifts.filter(starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
        raise Refused("duty_overlap", _("This person is on duty in a part of these hours already."), "user")
    shift = DutyShift.objects.create(user=user, agency=agency, starts_at=starts_at, ends_at=ends_at)
    tell(user=str(user.pk), agency=str(agency.pk))
    return shift


@command("duty.set")
def end_duty(*, by: User, at: datetime, shift: DutyShift) -> DutyShift:
    """End a shift now; one that has not begun is taken off the plan.

    Raises Denied or Refused("duty_over").
    """
    shift = DutyShift.objects.select_for_update().get(pk=shift.pk)
    if not units_of(by, at).filter(pk=shift.agency_id).exists():
        raise Denied
    if shift.ends_at <= at:
        raise Refused("duty_over", _("This shift is over already."))
    end_shifts(DutyShift.objects.filter(pk=shift.pk), at)
    shift.ends_at = at
    tell(user=str(shift.user_id), agency=str(shift.agency_id), shift=str(shift.pk))
    return shift


def _check_role(agency: Agency, role: str) -> None:
    if role not in roles.ROLES:
        raise Refused("unknown_role", _("There is no such role."), "role")
    if role in ROLES_OF_A_COMMUNE and agency.area.parent_id is None:
        said = _("This role answers for a commune or ward: choose an office of that commune.")
        raise Refused("role_needs_commune", said, "agency")


def _check_another_administrator(user: User, at: datetime) -> None:
    """Refuse when this is the last who can sign in and let others in."""
    seats = Membership.objects.held(clock.local_date(at)).filter(
        role=roles.ADMINISTRATOR,
        user__is_active=True,
        agency__is_active=True,
    )
    # All of them are locked: two administrators who close one another at the same moment take turns.
    rows = seats.select_for_update().select_related("user")
    able = {seat.user_id for seat in rows if seat.user.has_usable_password()}
    if user.pk in {seat.user_id for seat in rows} and not able - {user.pk}:
        said = _("This is the last administrator. Make another one first.")
        raise Refused("last_administrator", said)


def _throw_out(user: User) -> None:
    end_sessions(user.pk)
    AuthToken.objects.filter(user=user).delete()
