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


def may_change(history: type[models.Model]) -> list[str]:
    """The columns of a history that may be written again: what is sealed, and what a destroyed case loses."""
    loses = history.instance_type.loses  # type: ignore[attr-defined]
    return [
        str(one.column)
        for one in history._meta.concrete_fields
        if isinstance(one, SealedField) or one.name in loses
    ]


def stays(history: type[models.Model]) -> str:
    """All other columns of a history."""
    changing = may_change(history)
    columns = [str(one.column) for one in history._meta.concrete_fields]
    return ", ".join(quoted(one) for one in columns if one not in changing)
