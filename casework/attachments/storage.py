"""Where sealed files lie on this machine's own disk."""

import os
from datetime import UTC, datetime
from typing import Any

from django.core.files.storage import FileSystemStorage


class DurableStorage(FileSystemStorage):
    """A folder in which a saved file is on the disk before anybody is told that it was saved."""

    def _save(self, name: str, content: Any) -> str:
        saved: str = super()._save(name, content)  # type: ignore[misc]
        path = self.path(saved)
        for one in (path, os.path.dirname(path)):
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
