"""What stands in the database, looked at from below: which key each value names, and whether everything opens."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

from casework.encryption import CannotOpen
from casework.encryption.fields import SealedField
from casework.encryption.files import opens
from casework.encryption.models import DataKey, FileKey
from casework.encryption.tokens import Sealed, named_dek_ids


def every_row() -> Iterator[Any]:
    """Each row, live and history, of each model with sealed fields."""
    for model in apps.get_models():
        if any(isinstance(field, SealedField) for field in model._meta.concrete_fields):
            yield from model._base_manager.order_by("pk").iterator(chunk_size=500)


def tokens_of(row: models.Model) -> dict[str, bytes]:
    """What stands in the sealed columns of a row that was just read."""
    return {name: value.token or b"" for name, value in vars(row).items() if isinstance(value, Sealed)}


def values() -> dict[tuple[str, Any, str], Any]:
    """Everything that is sealed in rows, opened."""
    return {
        (row._meta.label, row.pk, name): getattr(row, name) for row in every_row() for name in tokens_of(row)
    }


def damaged() -> list[str]:
    """What does not open, of all rows and all keys of files."""
    found = [f"file {row.pk}" for row in FileKey.objects.exclude(wrapped=b"") if not opens(row)]
    for row in every_row():
        for name in tokens_of(row):
            try:
                getattr(row, name)
            except CannotOpen as error:
                found.append(f"{row._meta.label} {row.pk} {name}: {error}")
    return found


def named() -> set[int]:
    """The data keys that values of rows name."""
    return named_dek_ids(token for row in every_row() for token in tokens_of(row).values())


def keys_of(scope_type: str, scope_id: Any) -> list[DataKey]:
    """The keys of a scope, the oldest first."""
    return list(DataKey.objects.filter(scope_type=scope_type, scope_id=scope_id).order_by("epoch"))
