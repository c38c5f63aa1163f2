"""What a model instance holds in place of a sealed value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NoReturn

from django.db import models

from casework.encryption.envelope import CannotOpen, dek_id_of

# Stands for "not opened": None is a value.
CLOSED: Final = object()


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
    return {dek_id for row in rows for dek_id in _dek_ids(row)}


def _dek_ids(row: models.Model) -> Iterator[int]:
    for value in vars(row).values():
        if type(value) is Sealed and value.token and value.plain is CLOSED:
            try:
                yield dek_id_of(value.token)
            except CannotOpen:
                continue  # a damaged value speaks up when it is read, not when the page is prepared
    for related in row._state.fields_cache.values():
        if isinstance(related, models.Model):
            yield from _dek_ids(related)
