"""REST of people, offices, areas and duty. These are plain rows: no version, so no If-Match."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from casework.accounts.actions import (
    OneTimePassword,
    activate_user,
    add_agency,
    add_role,
    add_user,
    deactivate_user,
    end_duty,
    end_role,
    issue_password,
    set_duty,
)
from casework.base import clock
from casework.base.sheets import Item
from casework.http.idempotency import Receipt
from casework.http.plain import PlainActionView, PlainListView
from casework.http.rest import RecordView
from casework.http.serializers import RecordSerializer
from casework.organisations.models import Agency, Area, DutyShift, Membership, User
from casework.staff import queries
from casework.staff.sheet import ADD_AGENCY, ADD_ROLE, ADD_USER, SET_DUTY

# --- what is shown ---


class SeatOut(serializers.Serializer[Any]):
    """A role in an office; `valid_to` is the first day without it."""

    id = serializers.UUIDField()
    role = serializers.CharField()
    agency = serializers.UUIDField()
    agency_name = serializers.CharField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True)


def _seat(seat: Membership) -> dict[str, Any]:
    return {
        "id": seat.pk,
        "role": seat.role,
        "agency": seat.agency_id,
        "agency_name": seat.agency.name,
        "valid_from": seat.valid_from,
        "valid_to": seat.valid_to,
    }


class UserOut(RecordSerializer):
    """A member of staff; state: active, closed, no_password, one_time or one_time_over."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    full_name = serializers.CharField()
    state = serializers.CharField()
    is_active = serializers.BooleanField()
    must_change_password = serializers.BooleanField()
    last_login = serializers.DateTimeField(allow_null=True)
    date_joined = serializers.DateTimeField(allow_null=True)
    roles = SeatOut(many=True)

    getters: ClassVar = {
        "id": lambda user: user.pk,
        "username": lambda user: user.username,
        "full_name": lambda user: user.full_name,
        "state": lambda user: queries.state_of(user, clock.now()),
        "is_active": lambda user: user.is_active,
        "must_change_password": lambda user: user.must_change_password,
        "last_login": lambda user: user.last_login,
        "date_joined": lambda user: user.date_joined,
        "roles": lambda user: [_seat(seat) for seat in user.memberships.all()],
    }
    relations: ClassVar = ()


class OneTimePasswordOut(RecordSerializer):
    """Shown in this answer and never again; it works for three days, as far as the change of password."""

    id = serializers.UUIDField()
    password = serializers.CharField()
    valid_until = serializers.DateTimeField()

    getters: ClassVar = {
        "id": lambda issued: issued.user.pk,
        "password": lambda issued: issued.password,
        "valid_until": lambda issued: issued.user.one_time_until,
    }
    relations: ClassVar = ()


class AgencyOut(RecordSerializer):
    """An office; area: the official code of its commune, ward or province."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    name = serializers.CharField()
    area = serializers.CharField()
    services = serializers.ListField(child=serializers.CharField())
    is_active = serializers.BooleanField()

    getters: ClassVar = {
        "id": lambda agency: agency.pk,
        "kind": lambda agency: agency.kind,
        "name": lambda agency: agency.name,
        "area": lambda agency: agency.area,
        "services": lambda agency: agency.services,
        "is_active": lambda agency: agency.is_active,
    }
    relations: ClassVar = ("area",)


class AreaOut(RecordSerializer):
    """A province, commune or ward and the days between which it existed; codes are used again after mergers."""

    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    parent = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True)

    getters: ClassVar = {
        "code": lambda area: area.code,
        "name": lambda area: area.name,
        "kind": lambda area: area.kind,
        "parent": lambda area: area.parent,
        "valid_from": lambda area: area.valid_from,
        "valid_to": lambda area: area.valid_to,
    }
    relations: ClassVar = ("parent",)


class ShiftOut(RecordSerializer):
    """Who answers for which unit from when until when."""

    id = serializers.UUIDField()
    agency = serializers.UUIDField()
    user = serializers.UUIDField()
    user_name = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()

    getters: ClassVar = {
        "id": lambda shift: shift.pk,
        "agency": lambda shift: shift.agency_id,
        "user": lambda shift: shift.user_id,
        "user_name": lambda shift: shift.user.full_name,
        "starts_at": lambda shift: shift.starts_at,
        "ends_at": lambda shift: shift.ends_at,
    }
    relations: ClassVar = ()


class _OfUser(PlainActionView):
    """One verb on one member of staff."""

    model: ClassVar[Any] = User
    subject = "user"

    def opened(self) -> Any:
        return queries.open_user(self.user, self.record_id, verb=self.verb, page="rest")


# --- members of staff ---


class UserList(PlainListView):
    """GET the members of staff; POST one more with a first role, who cannot sign in until a password is issued."""

    model, verb, output = User, "user.manage", UserOut
    action, sheet = add_user, ADD_USER
    location = "api:user-detail"
    filters = (
        Item("username", "text"),
        Item("agency", "agency"),
        Item("role", "code", codes="role"),
        Item("is_active", "flag"),
    )

    def rows(self, chosen: dict[str, Any]) -> QuerySet[User]:
        at = clock.now()
        own = {name: value for name, value in chosen.items() if name in ("username", "is_active")}
        rows = User.objects.filter(**own)
        seat = {name: value for name, value in chosen.items() if name not in own}
        if seat:
            rows = rows.filter(
                pk__in=Membership.objects.not_ended(clock.local_date(at)).filter(**seat).values("user")
            )
        return queries.with_seats(rows, at)


class UserRecord(RecordView):
    """GET one member of staff."""

    model: ClassVar[Any] = User
    verb, output = "user.manage", UserOut

    def opened(self) -> Any:
        return queries.open_user(self.user, self.record_id, page="rest", with_roles=True)


class AddRole(_OfUser):
    """POST one more role; nobody gives one to themselves."""

    model, action, sheet, creates = User, add_role, ADD_ROLE, Membership


class EndRole(PlainActionView):
    """POST nothing: the role ends today."""

    model, action, subject = Membership, end_role, "membership"
    receipt = ("valid_to",)

    def opened(self) -> Membership:
        return queries.open_membership(self.user, self.record_id, page="rest")


class DeactivateUser(_OfUser):
    """POST nothing: the account is closed."""

    model, action = User, deactivate_user
    receipt = ("is_active",)


class ActivateUser(_OfUser):
    """POST nothing: a closed account is open again, without a password."""

    model, action = User, activate_user
    receipt = ("is_active",)


class IssuePassword(_OfUser):
    """POST nothing and read the one-time password. Asked again it is another one: a secret is not kept for a key."""

    model, action = User, issue_password
    output = OneTimePasswordOut
    keeps_receipt = False

    def receipt_of(self, row: OneTimePassword, http_status: int) -> Receipt:
        return Receipt(http_status, OneTimePasswordOut.render(row))


# --- offices and areas: public facts ---


class AgencyList(PlainListView):
    """GET the offices, for whoever refers or assigns; POST one more (administrators)."""

    model, verb, output = Agency, "area.view", AgencyOut
    action, sheet = add_agency, ADD_AGENCY
    remembered = False
    filters = (
        Item("kind", "code", codes="agency_kind"),
        Item("area", "area"),
        Item("is_active", "flag"),
    )


class AreaList(PlainListView):
    """GET provinces, communes and wards, present and former."""

    model, verb, output = Area, "area.view", AreaOut
    remembered = False
    filters = (Item("code", "text"), Item("kind", "code", codes="area_kind"))


# --- duty ---


class DutyList(PlainListView):
    """GET the shifts that run or are planned in the units the caller answers for; POST one more."""

    model, verb, output = DutyShift, "duty.set", ShiftOut
    action, sheet = set_duty, SET_DUTY
    receipt = ("starts_at", "ends_at")
    filters = (Item("agency", "agency"), Item("user", "user"))

    def rows(self, chosen: dict[str, Any]) -> QuerySet[DutyShift]:
        return queries.coming_shifts(self.user, clock.now()).filter(**chosen)


class EndDuty(PlainActionView):
    """POST nothing: the shift ends now, or is taken off the plan."""

    model, action, subject = DutyShift, end_duty, "shift"
    receipt = ("ends_at",)

    def opened(self) -> DutyShift:
        return queries.open_shift(self.user, self.record_id, clock.now(), page="rest")
