"""History of every case-bearing row, declared once: what each row was, sealed as the row itself is."""

import uuid
from functools import cache
from typing import Any

from django.db import models
from simple_history.manager import HistoryManager
from simple_history.models import HistoricalRecords


def _set_author(historical: models.Model, author: Any) -> None:
    historical.history_user_id = author  # type: ignore[attr-defined]


class OnceMadeManager(HistoryManager):  # type: ignore[misc]
    """The history manager builds its class anew for every row written; one class for each queryset is enough."""

    @classmethod
    @cache
    def from_queryset(cls, queryset_class: Any, class_name: str | None = None) -> Any:
        return super().from_queryset(queryset_class, class_name)


class History(HistoricalRecords):  # type: ignore[misc]
    """django-simple-history with UUID ids, the author as a plain uuid and the index our pages read by."""

    def __init__(self, *, base: type[models.Model], **options: Any) -> None:
        super().__init__(
            inherit=True,
            history_manager=OnceMadeManager,
            bases=[base],
            history_id_field=models.UUIDField(default=uuid.uuid4, editable=False),
            history_user_id_field=models.UUIDField(null=True, db_index=False),
            history_user_getter=lambda historical: historical.history_user_id,
            history_user_setter=_set_author,
            history_change_reason_field=models.CharField(max_length=60, null=True),
            custom_model_name=lambda name: f"Historical{name}",
            **options,
        )

    def get_history_user(self, instance: models.Model) -> Any:
        # The author is a uuid from the acting call, never a user row: users may be renamed, never lost.
        return getattr(instance, "_history_user", None)

    def create_historical_record(self, instance: Any, history_type: str, using: str | None = None) -> None:
        # What the package does, without what nobody here asks for: its signals and many-to-many fields.
        model = getattr(type(instance), self.manager_name).model
        model(
            history_date=instance._history_date,
            history_type=history_type,
            history_user=self.get_history_user(instance),
            **{field.attname: getattr(instance, field.attname) for field in model.tracked_fields},
        ).save(using=using)

    def get_meta_options(self, model: type[models.Model]) -> dict[str, Any]:
        options: dict[str, Any] = super().get_meta_options(model)
        options["default_permissions"] = ()
        options["indexes"] = [
            models.Index(
                fields=["id", "-history_date", "-history_id"], name=f"h_{model._meta.model_name}"[:30]
            ),
            models.Index(
                fields=["history_user_id", "-history_date"], name=f"hu_{model._meta.model_name}"[:30]
            ),
        ]
        return options
