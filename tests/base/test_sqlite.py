"""Whoever begins to write into SQLite waits in a queue, and leaves it however the writing ends."""

import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.db.utils import ConnectionHandler

from config.settings import SQLITE_OPTIONS

# No role of the tests is taken on here: this is a database beside theirs.
pytestmark = [pytest.mark.django_db, pytest.mark.role("")]


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Any]:
    """A database of its own, in a file."""
    settings = {
        "ENGINE": "casework.base.sqlite",
        "NAME": str(tmp_path / "x.sqlite3"),
        "OPTIONS": dict(SQLITE_OPTIONS),
    }
    handler = ConnectionHandler({"default": settings})
    yield handler["default"]
    handler.close_all()


def is_held(connection: Any) -> bool:
    with Path(f"{connection.settings_dict['NAME']}-turn").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def begin(connection: Any) -> Any:
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    assert is_held(connection)
    return connection


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_a_turn_lasts_as_long_as_the_transaction(other: Any, end: str) -> None:
    other.ensure_connection()
    begin(other)
    with other.cursor() as cursor:
        cursor.execute("CREATE TABLE x (y)")
    assert is_held(other)
    getattr(other, end)()
    assert not is_held(other)


def test_what_fails_leaves_the_queue_too(other: Any) -> None:
    other.ensure_connection()
    begin(other)
    with other.cursor() as cursor, pytest.raises(DatabaseError):
        cursor.execute("no sentence of SQL")
    other.rollback()
    assert not is_held(other)


def test_reading_waits_for_nobody(other: Any) -> None:
    with other.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert not Path(f"{other.settings_dict['NAME']}-turn").exists()
