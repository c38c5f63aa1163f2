"""One trigger of the database, whichever kind of database it is."""

import hashlib
from dataclasses import dataclass
from typing import Final

from django.db import connection, models

from casework.encryption.fields import SealedField

# Every trigger of ours begins so, and ends with a digest of what it says: one of the right name is the right one.
PREFIX: Final = "rule_"


@dataclass(frozen=True, slots=True)
class Trigger:
    """made_by: the statements that make it; text: what the database then remembers of what it does.

    function: what it calls, where a trigger has no text of its own.
    """

    table: str
    name: str
    made_by: tuple[str, ...]
    text: str
    function: str = ""


def quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def digest(*texts: str) -> str:
    return hashlib.sha256("\x00".join(texts).encode()).hexdigest()[:8]


def plain_columns(model: type[models.Model]) -> str:
    """The columns of a history row that stay, whatever key its sealed values are under."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, SealedField)]
    return ", ".join(quoted(str(field.column)) for field in fields)
