"""Who is acting now, from where and since when: carried beside the call, so that no row can forget it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Acting:
    """One request or one command: the session is a digest, never the key itself."""

    actor_id: UUID | None = None
    at: datetime | None = None
    request_id: str = ""
    session: str = ""
    auth_level: str = ""


# Frozen, so sharing it is safe.
_NOBODY = Acting()
_acting: ContextVar[Acting] = ContextVar("acting", default=_NOBODY)


def acting() -> Acting:
    return _acting.get()


@contextmanager
def acting_as(**changes: object) -> Iterator[Acting]:
    """Change what is known of the present call for the length of a `with` block."""
    value = replace(_acting.get(), **changes)  # type: ignore[arg-type]
    token = _acting.set(value)
    try:
        yield value
    finally:
        _acting.reset(token)
