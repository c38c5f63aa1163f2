"""Where sealed files lie on this machine's own disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.core.files.storage import FileSystemStorage


class DurableStorage(FileSystemStorage):
    """A folder in which a saved file is on the disk before anybody is told that it was saved."""

    _in_bulk = False

    @contextmanager
    def saving_many(self) -> Iterator[None]:
        """Bring everything that is saved inside to the disk at once, at the end; nothing is told before that."""
        self._in_bulk = True
        try:
            yield
            os.sync()
        finally:
            self._in_bulk = False

    def _save(self, name: str, content: Any) -> str:
        saved: str = super()._save(name, content)  # type: ignore[misc]
        path = self.path(saved)
        for one in () if self._in_bulk else (path, os.path.dirname(path)):
            handle = os.open(one, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        return saved

    def lying(self) -> dict[str, datetime]:
        """What lies there, and since when; the folder itself is made with the first file."""
        if not os.path.isdir(self.location):
            return {}
        with os.scandir(self.location) as entries:
            files = [entry for entry in entries if entry.is_file()]
            return {file.name: datetime.fromtimestamp(file.stat().st_mtime, UTC) for file in files}
