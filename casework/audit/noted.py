"""Which protected rows a verb has written, noted as they are saved, so that the event of the change can seal them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final
from uuid import UUID

from django.db.models import Model

Rows = dict[tuple[str, UUID], Model]
_written: Final[ContextVar[Rows | None]] = ContextVar("written", default=None)


@contextmanager
def noting() -> Iterator[None]:
    """Note the rows written inside until `noted` is asked; a verb inside another shares its notes."""
    if is_noting():
        yield
        return
    token = _written.set({})
    try:
        yield
    finally:
        _written.reset(token)


def is_noting() -> bool:
    """Whether somebody will ask what was written."""
    return _written.get() is not None


def note(row: Model) -> None:
    """Say that a row was written; outside `noting` nobody seals it, and the sweep will say so."""
    written = _written.get()
    if written is not None:
        written[str(row._meta.model_name), row.pk] = row


def noted() -> Rows:
    """The rows written since the last asking, by kind and id."""
    written = _written.get()
    if not written:
        return {}
    rows = dict(written)
    written.clear()
    return rows
