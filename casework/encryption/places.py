"""Where a sealed value belongs: its row, its kind and the scope whose key seals it."""

import functools
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import FieldError
from django.db import models

from casework.encryption.envelope import HISTORY, LIVE, Scope
from casework.encryption.keys import SCOPE_CODES


@dataclass(frozen=True, slots=True)
class Place:
    """For one model: live or history, the attribute with the row's uuid, the scope type and its attribute."""

    model: str
    kind: int
    row_attribute: str
    scope_type: str
    scope_attribute: str

    def row(self, instance: models.Model) -> bytes:
        """The 16 bytes of the row's uuid."""
        return self._uuid(instance, self.row_attribute).bytes

    def scope(self, instance: models.Model) -> Scope:
        """Whose key seals the values of this row."""
        return Scope(self.scope_type, self._uuid(instance, self.scope_attribute))

    def is_scope(self, scope: Scope, instance: models.Model) -> bool:
        """Does a key of this scope seal the values of this row?"""
        return scope.id == self._uuid(instance, self.scope_attribute) and scope.type == self.scope_type

    def _uuid(self, instance: models.Model, attribute: str) -> UUID:
        # Past Django's attribute machinery: this runs for every value that is opened.
        value = instance.__dict__.get(attribute)
        if value.__class__ is UUID:
            return value
        value = getattr(instance, attribute)
        if isinstance(value, UUID):
            return value
        if isinstance(value, str):
            return UUID(value)
        raise FieldError(
            f"{self.model}.{attribute} must be a uuid before a sealed field of the row is read or saved"
        )


@functools.cache
def place_of(model: type[models.Model]) -> Place:
    """The place of a model's rows; FieldError when it has no usable KEY_SCOPE.

    A historical model (django-simple-history) seals under its own row and kind, in the scope of its original.
    """
    original = getattr(model, "instance_type", None)
    declared = getattr(original or model, "KEY_SCOPE", None)
    if not isinstance(declared, tuple) or len(declared) != 2 or declared[0] not in SCOPE_CODES:
        raise FieldError(
            f"{model.__name__} has sealed fields but no KEY_SCOPE = (scope type, attribute with its uuid); "
            f"types: {', '.join(SCOPE_CODES)}. Models inside a migration have none: open them elsewhere."
        )
    scope_type, scope_attribute = declared
    return Place(
        model=model.__name__,
        kind=LIVE if original is None else HISTORY,
        row_attribute=model._meta.pk.attname if original is None else "history_id",
        scope_type=scope_type,
        scope_attribute=scope_attribute,
    )
