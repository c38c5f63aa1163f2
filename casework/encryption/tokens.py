"""What a model instance holds in place of a sealed value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NoReturn

from django.db import models

from casework.encryption.envelope import MAGIC

# Stands for "not opened": None is a value.
CLOSED: Final = object()
_MAGIC: Final = bytes((MAGIC,))


class Sealed:
    """A sealed value: shows only its size, whatever prints, pickles or copies it.

    token: its bytes, None while the value was only assigned; plain: the value, CLOSED until it is first read;
    fresh: sealed by this instance, so that `plain` is what it was given and not what the database said.
    Nothing is ever changed except that `plain` is filled in; a copy drops it again.
    """

    __slots__ = ("fresh", "plain", "token")

    def __init__(self, token: bytes | None, plain: object = CLOSED, *, fresh: bool = False) -> None:
        self.token = token
        self.plain = plain
        self.fresh = fresh

    def __repr__(self) -> str:
        return "<sealed, not saved>" if self.token is None else f"<sealed, {len(self.token)} bytes>"

    def __bool__(self) -> NoReturn:
        # An empty name and a full one would both be true.
        raise TypeError("a sealed value is neither true nor false: read it from its row first")

    def __deepcopy__(self, _memo: dict[int, object]) -> Sealed:
        return self if self.token is None else Sealed(self.token)

    def __reduce__(self) -> tuple[type[Sealed], tuple[bytes]]:
        if self.token is None:
            raise TypeError("a protected value that was not saved cannot be pickled: it is not sealed yet")
        return Sealed, (self.token,)


def sealed_dek_ids(rows: Iterable[models.Model]) -> set[int]:
    """The data keys needed to read these rows and the rows joined to them (`select_related`)."""
    tokens: list[bytes] = []
    waiting = list(rows)
    seen = {id(row) for row in waiting}
    for row in waiting:
        for value in vars(row).values():
            if type(value) is Sealed and value.plain is CLOSED and value.token is not None:
                tokens.append(value.token)
        for joined in row._state.fields_cache.values():
            # Two rows may hold each other. The list grows while it is walked: what they hold follows.
            if isinstance(joined, models.Model) and id(joined) not in seen:
                seen.add(id(joined))
                waiting.append(joined)
    return named_dek_ids(tokens)


def named_dek_ids(tokens: Iterable[bytes]) -> set[int]:
    """The data keys that these tokens name; a damaged one speaks up when it is opened, not here."""
    named = {token[2:6] for token in tokens if token[:1] == _MAGIC}
    return {int.from_bytes(dek_id, "big") for dek_id in named}
