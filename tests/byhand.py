"""Rows that a line of a test makes or changes by itself, past every verb: sealed with an event, as a verb leaves them.

The database takes no change of a protected row without. Only what stands in `tests` may do so: a line of the
product that writes past the verbs fails here as it would in service. What a forger does is in tests/audit/tampering.py.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import TransactionTestCase

from casework.access import guard, seals
from casework.access.triggers import lifted
from casework.audit.log import record
from casework.audit.models import AuditEvent
from casework.audit.noted import is_noting, note, noting


def seal_what_tests_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on what a test saves, adds or updates itself is sealed at once."""
    update, bulk_create = guard.GuardedQuerySet.update, guard.GuardedQuerySet.bulk_create

    def saved(row: Any) -> None:
        note(row)
        if _is_of_a_test():
            seal([row])

    def updated(rows: Any, **values: Any) -> int:
        if not _is_of_a_test():
            return update(rows, **values)
        ids = list(rows.order_by().values_list("pk", flat=True))
        touched = update(rows, **values)
        seal(rows.model._base_manager.filter(pk__in=ids))
        return touched

    def added(rows: Any, objects: Iterable[Any], **how: Any) -> Any:
        made = bulk_create(rows, objects, **how)
        if _is_of_a_test():
            seal(made)
        return made

    monkeypatch.setattr(guard, "note", saved)
    monkeypatch.setattr(guard.GuardedQuerySet, "update", updated)
    monkeypatch.setattr(guard.GuardedQuerySet, "bulk_create", added)


def flush_past_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a test that committed, all tables are emptied; the triggers would refuse that."""
    flush = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def flushed(case: Any) -> None:
        with lifted():
            flush(case)

    monkeypatch.setattr(TransactionTestCase, "_fixture_teardown", flushed)


@contextmanager
def by_hand() -> Iterator[None]:
    """A part of a verb is called by itself inside: what it writes is sealed at the end."""
    with noting():
        yield
        sealed = seals.take()
    covers = seals.digest_of(sealed)
    seals.keep(record(action="test", outcome=AuditEvent.DONE, actor_id=None, row_seal=covers), sealed)


def seal(rows: Iterable[Any]) -> None:
    """Give rows an event and the seals of what they are now."""
    with by_hand():
        for row in rows:
            note(row)


def _is_of_a_test() -> bool:
    """Whether the write was asked for by a line of `tests`, outside any verb."""
    if is_noting():
        return False
    frame: Any = sys._getframe(2)
    while _module(frame).startswith(("django.", "casework.access.guard")):
        frame = frame.f_back
    return _module(frame).startswith("tests.")


def _module(frame: Any) -> str:
    return str(frame.f_globals.get("__name__", ""))
