"""SQLite with a queue: whoever begins to write waits for those who came before.

SQLite lets one write at a time and keeps no order: those who wait look again now and then, and whoever looks at the wrong
moments is turned away in the end («database is locked»), however short each of the others was.
"""

import fcntl
from typing import IO, Any

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, with a file beside the database that is locked from the beginning of a transaction to its end."""

    _gate: IO[str] | None = None

    def _start_transaction_under_autocommit(self) -> None:
        self._wait()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # the stubs leave these out
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._leave()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._leave()

    def _wait(self) -> None:
        if self._gate is not None or self.is_in_memory_db():
            return
        settings: dict[str, Any] = self.settings_dict
        try:
            self._gate = open(f"{settings['NAME']}-turn", "w")  # noqa: SIM115  (held until the end)
            fcntl.flock(self._gate, fcntl.LOCK_EX)
        except OSError:
            # A queue saves waiting and settles nothing: without it SQLite's own locks hold.
            self._leave()

    def _leave(self) -> None:
        gate, self._gate = self._gate, None
        if gate is not None:
            gate.close()
