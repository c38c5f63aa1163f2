"""Files coming in: sealed as they are read from the connection, so that no plaintext ever meets a disk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from casework.encryption.files import SealedUpload, Sealing
from casework.encryption.streams import CHUNK
from casework.organisations.models import User


class SealingUploadHandler(FileUploadHandler):
    """The one upload handler of the product; Django's own write what is longer than 2.5 MB to a file as it is.

    A file is read only for somebody who is signed in and at an address that takes one; any other is passed over.
    What is longer than LARGEST_FILE is counted, and the rest thrown away.
    """

    chunk_size = CHUNK

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        request: Any = self.request
        if not isinstance(getattr(request, "user", None), User) or not _takes_files(request):
            raise SkipFile
        self._sealing, self._size = Sealing(), 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._size += len(raw_data)
        if self._size <= settings.LARGEST_FILE:
            self._sealing.write(raw_data)

    def file_complete(self, file_size: int) -> SealedUpload:
        upload = self._sealing.complete(self.file_name or "")
        upload.is_whole = self._size <= settings.LARGEST_FILE
        return upload

    def upload_interrupted(self) -> None:
        if hasattr(self, "_sealing"):
            self._sealing.ciphertext.close()


def _takes_files(request: Any) -> bool:
    view = getattr(request.resolver_match, "func", None)
    return bool(getattr(getattr(view, "cls", view), "takes_files", False))
