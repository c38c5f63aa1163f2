"""Models that exist for these tests only, in a registry of their own: no other test meets them."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any, ClassVar

from django.apps import AppConfig
from django.apps.registry import Apps
from django.db import models, transaction
from simple_history.models import HistoricalRecords

from casework.encryption.fields import (
    SealedBoolean,
    SealedDate,
    SealedDateTime,
    SealedInteger,
    SealedJSON,
    SealedPhone,
    SealedText,
)


def own_registry() -> Apps:
    """A registry that knows no model of the product, under the product's label."""
    config = AppConfig("tests.encryption", import_module("tests.encryption"))
    config.label = "casework"
    return Apps([config])


REGISTRY = own_registry()


@contextmanager
def taken_back() -> Iterator[None]:
    """A transaction that is rolled back at its end."""
    with suppress(InterruptedError), transaction.atomic():
        yield
        raise InterruptedError


class History(HistoricalRecords):  # type: ignore[misc]  # published without types
    """django-simple-history as the product uses it: uuid ids, no foreign key to a user."""

    def __init__(self) -> None:
        super().__init__(
            history_id_field=models.UUIDField(default=uuid.uuid4),
            history_user_id_field=models.UUIDField(null=True),
            history_user_getter=lambda row: row.history_user_id,
            history_user_setter=lambda row, user: None,
        )

    def get_history_user(self, instance: models.Model) -> None:
        return None

    def get_meta_options(self, model: type[models.Model]) -> dict[str, Any]:
        return {**super().get_meta_options(model), "apps": REGISTRY}


class Letter(models.Model):
    """One field of each kind, sealed under the key of a case."""

    KEY_SCOPE: ClassVar = ("case", "case_id")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    case_id = models.UUIDField()
    topic = models.CharField(max_length=20, default="")
    name = SealedText(field_id=60001, size="name", blank=True)
    number = SealedText(field_id=60002, size="id", blank=True)
    place = SealedText(field_id=60003, size="address", blank=True)
    body = SealedText(field_id=60004, blank=True)
    phone = SealedPhone(field_id=60005, blank=True)
    born = SealedDate(field_id=60006, null=True)
    seen_at = SealedDateTime(field_id=60007, null=True)
    is_hurt = SealedBoolean(field_id=60008, null=True)
    fear = SealedInteger(field_id=60009, null=True)
    answers = SealedJSON(field_id=60010, null=True)
    objects: ClassVar[Any] = models.Manager()
    history = History()

    class Meta:
        app_label = "casework"
        apps = REGISTRY
        # The product sends letters too.
        db_table = "trial_letter"

    def __str__(self) -> str:
        return str(self.pk)


class Friend(models.Model):
    """A row that is its own scope, with a link to a letter and a field added later."""

    KEY_SCOPE: ClassVar = ("person", "id")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    letter = models.ForeignKey(Letter, models.CASCADE, null=True, related_name="friends", db_constraint=False)
    name = SealedText(field_id=60021, size="name", blank=True)
    nickname = SealedText(field_id=60022, size="name", blank=True, late=True)
    objects: ClassVar[Any] = models.Manager()

    class Meta:
        app_label = "casework"
        apps = REGISTRY

    def __str__(self) -> str:
        return str(self.pk)


OldLetter: Any = Letter.history.model
MODELS: tuple[type[models.Model], ...] = (Letter, OldLetter, Friend)
