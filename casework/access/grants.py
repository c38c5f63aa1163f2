"""Grants on a single record: open-ended ones to people and agencies, and those that run out."""

from datetime import UTC, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from casework.organisations.models import Agency, User

# Never runs out: a date instead of NULL keeps the test for "runs now" a plain range.
FOREVER: Final = datetime(9999, 12, 31, tzinfo=UTC)


class UserGrant(UserObjectPermissionBase):
    """An open-ended grant to one person, by django-guardian's direct foreign key.

    `opened_at` is copied from the record and never changes, so a list reads one index.
    """

    opened_at = models.DateTimeField()
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=30)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "permission", "content_object"], name="%(class)s_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["user", "permission", "-opened_at", "-content_object"], name="%(class)s_list"
            )
        ]


class GroupGrant(GroupObjectPermissionBase):
    """A grant to everyone who works in an agency, by its group, until an instant or for good."""

    opened_at = models.DateTimeField()
    not_after = models.DateTimeField(default=FOREVER)
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=30)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["group", "permission", "content_object"], name="%(class)s_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["group", "permission", "-opened_at", "-content_object"], name="%(class)s_list"
            )
        ]


class TemporaryGrant(models.Model):
    """A grant to one person from an instant to an instant: a reading with a reason."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    not_before = models.DateTimeField()
    not_after = models.DateTimeField(default=FOREVER)
    source = models.CharField(max_length=30)

    class Meta:
        abstract = True
        verbose_name = _("Temporary grant")
        indexes: ClassVar = [
            models.Index(fields=["user", "-opened_at", "-content_object"], name="%(class)s_list")
        ]


_view_permissions: dict[type[models.Model], int] = {}


def view_permission(model: type[models.Model]) -> int:
    """The id of `casework.view_<model>`, remembered for the life of the process."""
    if model not in _view_permissions:
        kind = ContentType.objects.get_for_model(model)
        permission, _made = Permission.objects.get_or_create(
            content_type=kind,
            codename=f"view_{model._meta.model_name}",
            defaults={"name": f"Can view {model._meta.verbose_name_raw}"},
        )
        _view_permissions[model] = permission.pk
    return _view_permissions[model]


def forget_permissions(**_kwargs: Any) -> None:
    """Permissions are made anew by migrate and by a flushed test database."""
    _view_permissions.clear()


def give(
    grants: Any,
    record: Any,
    *,
    to: "User | Agency",
    by: User | None,
    at: datetime,
    source: str,
    until: datetime = FOREVER,
) -> bool:
    """Grant the record in the given grant model; True when it is new. A grant never becomes shorter by this.

    until: for an agency only; what a person is given for a time is a TemporaryGrant.
    """
    values: dict[str, Any] = {
        "opened_at": record.opened_at,
        "given_at": at,
        "given_by": by,
        "source": source,
    }
    holder: dict[str, Any] = {"user": to} if isinstance(to, User) else {"group_id": to.group_id}
    grant, made = grants.objects.get_or_create(
        **holder,
        permission_id=view_permission(type(record)),
        content_object=record,
        defaults=values if isinstance(to, User) else {**values, "not_after": until},
    )
    if isinstance(to, Agency) and grant.not_after < until:
        grant.not_after = until
        grant.save(update_fields=["not_after"])
    return bool(made)


def end_at(grants: Any, record: Any, *, source: str, until: datetime) -> None:
    """Let the grants of one source on the record end no later than an instant."""
    grants.objects.filter(content_object=record, source=source, not_after__gt=until).update(not_after=until)


def take_back(grants: Any, record: Any, *, of: "User | Agency") -> int:
    """Remove the grant; the number of rows removed."""
    holder: dict[str, Any] = {"user": of} if isinstance(of, User) else {"group_id": of.group_id}
    return int(grants.objects.filter(content_object=record, **holder).delete()[0])


def ids(rows: Any) -> list[UUID]:
    return list(rows.values_list("content_object_id", flat=True))
