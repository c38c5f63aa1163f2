"""Who works where: areas, agencies, users, memberships and who is on duty."""

import uuid
from datetime import date, datetime
from typing import ClassVar, Self, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from casework.base.codes import codes
from casework.base.refusals import InvalidInput


class Area(models.Model):
    """A province or commune-level unit with its official code and the days between which it existed.

    Codes are reused after a merger (03127 was Him Lam, then Điện Biên Phủ), so a unit is (code, valid_from).
    """

    code = models.CharField(max_length=5)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    province_code = models.CharField(max_length=2, db_index=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    area_km2 = models.FloatField(null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")

    class Meta:
        verbose_name = _("Area")
        ordering = ("code", "valid_from")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "valid_from", "kind"], name="area_once"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="area_dates"
            ),
        ]

    def __str__(self) -> str:
        return f"{codes('area_kind').label(self.kind)} {self.name}"


class Agency(models.Model):
    """An office that works with cases: a People's Committee, a police post, a hospital, a legal-aid centre."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=30)
    name = models.CharField(max_length=160, unique=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="agencies")
    # A guardian group grant opens a case to everyone who works in the agency.
    group = models.OneToOneField(Group, models.PROTECT, related_name="agency")
    services = models.JSONField(default=list, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("Agency")
        verbose_name_plural = _("Agencies")
        ordering = ("name",)
        indexes: ClassVar = [models.Index(fields=["kind", "area"], name="agency_kind_area")]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes accounts; a superuser cannot be made, because nobody may see everything."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A member of staff who signs in; never deleted, only made inactive."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(_("user name"), max_length=60, unique=True)
    full_name = models.CharField(_("full name"), max_length=120)
    language = models.CharField(max_length=5, default="vi")
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    date_joined = models.DateTimeField(null=True, blank=True)
    # Until when a one-time password lets its owner in; empty once they have chosen a password of their own.
    one_time_until = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = ""
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        verbose_name = _("User")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(is_superuser=False), name="user_no_superuser")
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def is_staff(self) -> bool:
        return False

    @property
    def must_change_password(self) -> bool:
        """Somebody else has known this password: nothing is open but the page that changes it."""
        return self.one_time_until is not None

    @property
    def preferred_language(self) -> str:
        return self.language or get_language() or "vi"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def not_ended(self, on: date) -> Self:
        """Roles that last beyond a day, those included that begin later."""
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on))

    def held(self, on: date) -> Self:
        """Roles that hold on a day."""
        return self.not_ended(on).filter(valid_from__lte=on)


class Membership(models.Model):
    """A person's role in an agency, from a day to a day (the last day excluded)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=30)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("Membership")
        constraints: ClassVar = [
            # A role that has ended stays as it was; the same role given again is a new row.
            models.UniqueConstraint(
                fields=["user", "agency", "role"],
                condition=Q(valid_to__isnull=True),
                name="membership_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.agency_id}"


class DutyShift(models.Model):
    """From when to when a member answers for the whole unit; it is the only way to read a colleague's cases."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="duty_shifts")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="duty_shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        verbose_name = _("Duty shift")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="duty_dates")
        ]
        indexes: ClassVar = [models.Index(fields=["user", "ends_at"], name="duty_user_end")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.starts_at:%Y-%m-%d}"

    def covers(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at


# --- what a province sets for itself ---

Set = TypeVar("Set", bound="SetByProvince")


class SetByProvinceQuerySet(models.QuerySet[Set]):
    def not_ended(self, province: int, on: date) -> Self:
        """What the province has set and has not run out, what begins later included."""
        return self.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=on), province=province, withdrawn_at__isnull=True
        )

    def in_force(self, province: int, on: date) -> Self:
        """What the province has set and holds that day, the newest first."""
        return self.not_ended(province, on).filter(valid_from__lte=on).order_by("-valid_from", "-set_at")


class SetByProvince(models.Model):
    """What holds in one province from a day on, with its legal basis; never edited, only followed or taken back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    province = models.ForeignKey(Area, models.PROTECT, related_name="+")
    basis = models.CharField(_("Legal basis"), max_length=200)
    is_verified = models.BooleanField(_("Read in the text of the law"), default=False)
    valid_from = models.DateField(_("Valid from"))
    valid_to = models.DateField(_("Valid until (that day excluded)"), null=True, blank=True)
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    objects = SetByProvinceQuerySet.as_manager()

    class Meta:
        abstract = True
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="%(class)s_dates"
            )
        ]

    def require_dates(self, today: date) -> None:
        """Raise InvalidInput where it would hold in the past, or end before it begins."""
        if self.valid_from < today:
            raise InvalidInput({"valid_from": _("It holds from today or a later day.")})
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise InvalidInput({"valid_to": _("The end must come after the start.")})
