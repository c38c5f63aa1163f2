"""Files coming in: sealed as they are read from the connection, so that no plaintext ever meets a disk."""

from __future__ import annotations

import io
import logging
from contextlib import suppress
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from casework.encryption.files import SealedUpload, Sealing
from casework.encryption.streams import CHUNK
from casework.organisations.models import User

_log: Final = logging.getLogger("casework.uploads")


class SealingUploadHandler(FileUploadHandler):
    """The one upload handler of the product; Django's own write what is longer than 2.5 MB to a file as it is.

    A file is read only for somebody who is signed in and at an address that takes one; any other is passed over.
    What is longer than LARGEST_FILE is counted, and the rest thrown away; so is what the disk has no room for.
    """

    chunk_size = CHUNK

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        request: Any = self.request
        if not isinstance(getattr(request, "user", None), User) or not _takes_files(request):
            raise SkipFile
        self._sealing, self._size, self._is_kept = Sealing(), 0, True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._size += len(raw_data)
        if self._size > settings.LARGEST_FILE or not self._is_kept:
            return
        try:
            self._sealing.write(raw_data)
        except OSError:
            self._give_up()

    def file_complete(self, file_size: int) -> SealedUpload:
        try:
            upload = self._sealing.complete(self.file_name or "")
        except OSError:
            self._give_up()
            upload = self._sealing.complete(self.file_name or "")
        upload.is_whole, upload.is_kept = self._size <= settings.LARGEST_FILE, self._is_kept
        return upload

    def _give_up(self) -> None:
        """The rest of the form is still read: what was typed into it is not lost."""
        _log.exception("no room for a file that comes in")
        with suppress(OSError):
            # Closing writes what is left in memory, or tries to.
            self._sealing.ciphertext.close()
        self._sealing, self._is_kept = Sealing(io.BytesIO()), False

    def upload_interrupted(self) -> None:
        if hasattr(self, "_sealing"):
            self._sealing.ciphertext.close()


def _takes_files(request: Any) -> bool:
    view = getattr(request.resolver_match, "func", None)
    return bool(getattr(getattr(view, "cls", view), "takes_files", False))
