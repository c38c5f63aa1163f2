"""Two at once on PostgreSQL, without sleeping: the first goes on when the second has come to its lock."""

import time
from typing import Final

from django.db import connection

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
