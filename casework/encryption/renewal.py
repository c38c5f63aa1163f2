"""Sealing what is stored anew under the next key, below `save()`: no version counts up, no history is written.

The rest of a row, and whatever somebody else writes at the same moment, is left as it is: bytes are exchanged only
where the ones that were opened still stand.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models

from casework.encryption.envelope import CipherKey
from casework.encryption.fields import SealedField
from casework.encryption.places import place_of
from casework.encryption.tokens import Sealed

# column -> what stands there, and the same value under the other key
Changes = dict[str, tuple[bytes, bytes]]


def sealed_models() -> Iterator[type[models.Model]]:
    """Every model with sealed fields, live and history, in an order that stays."""
    found = (model for model in apps.get_models() if sealed_fields(model))
    return iter(sorted(found, key=lambda model: str(model._meta.db_table)))


def sealed_fields(model: type[models.Model]) -> list[SealedField[Any, Any]]:
    return [field for field in model._meta.concrete_fields if isinstance(field, SealedField)]


def is_under(instance: models.Model, key: CipherKey) -> bool:
    """Is everything in a row, as it was just read, sealed under this key?"""
    return all(not token or key.sealed(token) for _field, token in _tokens(instance))


def changes_under(instance: models.Model, key: CipherKey) -> Changes:
    """What of a row, as it was just read, is not sealed under this key.

    CannotOpen when a value was not sealed for this row and scope: such a row is left to those who look for damage.
    """
    place = place_of(type(instance))
    about, found = place.row(instance), Changes()
    for field, token in _tokens(instance):
        if key.sealed(token) or (field.late and not token):
            continue
        payload = field.payload(instance, token)
        anew = key.seal(field.label(place.kind), about, payload, field.bucket)
        found[str(field.column)] = token, anew
    return found


def exchange(instance: models.Model, changes: Changes) -> bool:
    """Write the changes of one row; False, and nothing is written, when one of the values was changed meanwhile."""
    quote = connection.ops.quote_name
    meta = type(instance)._meta
    sets = ", ".join(f"{quote(column)} = %s" for column in changes)
    still = " AND ".join(f"{quote(column)} = %s" for column in changes)
    stood, anew = zip(*changes.values(), strict=True)
    pk = meta.pk.get_db_prep_value(instance.pk, connection, prepared=False)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quote(meta.db_table)} SET {sets} WHERE {quote(str(meta.pk.column))} = %s AND {still}",  # noqa: S608
            [*anew, pk, *stood],
        )
        return bool(cursor.rowcount)


def _tokens(instance: models.Model) -> Iterator[tuple[SealedField[Any, Any], bytes]]:
    for field in sealed_fields(type(instance)):
        held = instance.__dict__[field.attname]
        if not isinstance(held, Sealed) or held.token is None:
            raise TypeError("only rows that were just read are sealed anew")
        yield field, held.token
