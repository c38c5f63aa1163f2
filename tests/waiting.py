"""Two at once on PostgreSQL, without sleeping: the first goes on when the second has come to its lock."""

import threading
import time
from collections.abc import Callable
from typing import Final

from django.db import connection, transaction

from casework.base.refusals import Refused

PATIENCE: Final = 30
BLOCKED: Final = (
    # Not pg_stat_activity: inside a transaction that stays as it was first read.
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
)


def somebody_waits_for_us() -> bool:
    """Wait until another connection of this database is held up by a lock of ours; False after 30 seconds."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(BLOCKED)
            if cursor.fetchone()[0]:
                return True
    return False


def both(first: Callable[[], object], second: Callable[[], object]) -> list[str]:
    """Do the first and, while it is not committed yet, the second; what was refused. On SQLite one after the other."""
    at_once = connection.vendor == "postgresql"
    refused: list[str] = []

    def other() -> None:
        try:
            second()
        except Refused as told:
            refused.append(told.code)
        finally:
            if at_once:
                connection.close()

    thread = threading.Thread(target=other)
    with transaction.atomic():
        first()
        if at_once:
            thread.start()
            assert somebody_waits_for_us()
    thread.join() if at_once else other()
    return refused
