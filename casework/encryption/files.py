"""Sealed files: a header and a sealed stream (see `streams`), each file under a random key of its own.

```
off  len     content
0    4       C1 'F' 01 10      magic, version, log2 of the chunk
4    65552   chunk 0           65,536 bytes of plaintext and a tag of 16
..   ..      the last chunk    1 to 65,536 bytes and a tag; empty only where the whole file is
AAD = the header
```

A chunk opens only at its own place, and the last one only as the last: what was cut, put in another order or
made longer does not open. The key of a file seals that one file, so no nonce is used twice. It stands wrapped
under the key of its scope, bound to the uuid of the file, in a table without history: destroyed, it is gone.
"""

import hashlib
import io
import os
import secrets
import tempfile
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, BinaryIO, Final, cast
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from casework.encryption import keyring
from casework.encryption.envelope import MAGIC, CannotOpen, CipherKey, Scope
from casework.encryption.keyring import KeyDestroyed, KeyUnknown
from casework.encryption.models import FileKey
from casework.encryption.streams import CHUNK, SEALED_CHUNK, TAG, SealingStream, open_chunk

HEADER: Final = bytes((MAGIC, ord("F"), 1, 16))
_NONCE: Final = 12


def new_file_key() -> bytes:
    """32 random bytes, for one file and never a second one."""
    return secrets.token_bytes(32)


def chunks_of(size: int) -> int:
    """How many chunks hold `size` bytes of plaintext; an empty file has one."""
    return max(1, -(-size // CHUNK))


def sealed_size(size: int) -> int:
    """Bytes on disk for `size` bytes of plaintext."""
    return len(HEADER) + size + chunks_of(size) * TAG


# --- sealing and opening ---


class Sealer(SealingStream):
    """Seals one file as it comes in, by parts of any length.

    write: called with the ciphertext in order. `size` and `sha256` (hex) tell of the plaintext so far.
    """

    def __init__(self, key: bytes, write: Callable[[bytes], object]) -> None:
        super().__init__(write, key, HEADER)
        self._digest = hashlib.sha256()
        self.size = 0
        write(HEADER)

    def write(self, data: bytes) -> None:
        self._digest.update(data)
        self.size += len(data)
        super().write(data)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


class OpenedFile(io.RawIOBase):
    """The plaintext of a sealed file, to be read and sought in; one chunk of it is in memory at a time.

    source: the ciphertext, closed with this; size: how long the plaintext was when it was sealed.
    Raises CannotOpen at once for a source of another length or format, and on reading a changed chunk.
    """

    def __init__(self, key: bytes, source: BinaryIO, size: int) -> None:
        super().__init__()
        self.size = size
        self._cipher = AESGCM(key)
        self._source = source
        self._at = 0
        self._chunk: tuple[int, bytes] = -1, b""
        if source.seek(0, os.SEEK_END) != sealed_size(size):
            raise CannotOpen("the file is not as long as when it was sealed")
        source.seek(0)
        if source.read(len(HEADER)) != HEADER:
            raise CannotOpen("these bytes are not a sealed file")

    def span(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes from start up to stop (not included), in pieces of at most one chunk."""
        while start < stop:
            number, within = divmod(start, CHUNK)
            piece = self._open(number)[within : within + stop - start]
            start += len(piece)
            yield piece

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("before the beginning of the file")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: "memoryview", /) -> int:  # type: ignore[override]
        number, within = divmod(self._at, CHUNK)
        if self._at >= self.size:
            return 0
        piece = self._open(number)[within : within + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()

    def _open(self, number: int) -> bytes:
        if self._chunk[0] != number:
            self._source.seek(len(HEADER) + number * SEALED_CHUNK)
            last = number == chunks_of(self.size) - 1
            sealed = self._source.read(SEALED_CHUNK)
            plain = open_chunk(self._cipher, number, sealed, HEADER, last=last)
            self._chunk = number, plain
        return self._chunk[1]


if TYPE_CHECKING:
    _Upload = UploadedFile[bytes]
else:
    _Upload = UploadedFile


class SealedUpload(_Upload):
    """A file somebody sent, sealed as it came in: `ciphertext` is all that was ever written.

    Reading it gives the plaintext. `is_whole` is False for one that was longer than is taken, `is_kept` for one
    that the disk had no room for; nothing of it is there then.
    """

    is_kept = True

    def __init__(
        self,
        ciphertext: BinaryIO,
        *,
        key: bytes,
        size: int,
        sha256: str,
        name: str,
        is_whole: bool = True,
    ) -> None:
        super().__init__(io.BufferedReader(OpenedFile(key, ciphertext, size), CHUNK), name, size=size)
        self.ciphertext = ciphertext
        self.key = key
        self.sha256 = sha256
        self.is_whole = is_whole


class Sealing(Sealer):
    """Seals into a file of the system's temporary folder that has no name there, and vanishes when it is closed.

    into: another file, in place of that.
    """

    def __init__(self, into: BinaryIO | None = None) -> None:
        self.key = new_file_key()
        folder = settings.FILE_UPLOAD_TEMP_DIR
        self.ciphertext = into or cast("BinaryIO", tempfile.TemporaryFile(dir=folder))  # noqa: SIM115
        super().__init__(self.key, self.ciphertext.write)

    def complete(self, name: str) -> SealedUpload:
        """The whole file."""
        self.close()
        return SealedUpload(self.ciphertext, key=self.key, size=self.size, sha256=self.sha256, name=name)


# --- the keys of files ---


def keep_file_key(scope_type: str, scope_id: UUID, file_id: UUID, file_key: bytes) -> None:
    """Store the key of a file, wrapped under the key of its scope."""
    key = keyring.key_for_writing(scope_type, scope_id)
    FileKey.objects.create(file=file_id, dek_id=key.dek_id, wrapped=_wrap(key, file_id, file_key))


def file_key(scope_type: str, scope_id: UUID, file_id: UUID) -> bytes:
    """The key of a file; KeyDestroyed, KeyUnknown, CannotOpen when it was kept for another scope or file."""
    return file_keys(scope_type, [(scope_id, file_id)])[file_id]


def file_keys(scope_type: str, files: Collection[tuple[UUID, UUID]]) -> dict[UUID, bytes]:
    """The keys of many files, each named by its scope and itself, in two queries; raises as `file_key` does."""
    rows = FileKey.objects.in_bulk([file_id for _scope, file_id in files])
    keyring.prefetch_ids({row.dek_id for row in rows.values() if row.wrapped})
    return {
        file_id: _opened(rows.get(file_id), Scope(scope_type, scope_id), file_id)
        for scope_id, file_id in files
    }


def _opened(row: FileKey | None, scope: Scope, file_id: UUID) -> bytes:
    if row is None:
        raise KeyUnknown(f"no key of file {file_id} is stored")
    if not row.wrapped:
        raise KeyDestroyed(f"the key of file {file_id} was destroyed")
    return _unwrap(row, scope)


def opens(row: FileKey) -> bool:
    """Does the stored key of a file open?"""
    try:
        _unwrap(row, keyring.key_by_id(row.dek_id).scope)
    except CannotOpen:
        return False
    return True


def rewrap_file_key(row: FileKey, key: CipherKey) -> bool:
    """Wrap the key of a file anew, under this key of the same scope; False when it was changed or destroyed meanwhile."""
    stood = bytes(row.wrapped)
    wrapped = _wrap(key, row.file, _unwrap(row, key.scope))
    mine = FileKey.objects.filter(pk=row.pk, dek_id=row.dek_id, wrapped=stood)
    return bool(mine.update(dek_id=key.dek_id, wrapped=wrapped))


def destroy_file_key(file_id: UUID) -> None:
    """Empty the stored key: what it sealed, wherever a copy lies, opens no more."""
    FileKey.objects.filter(pk=file_id).update(wrapped=b"")


def _wrap(key: CipherKey, file_id: UUID, file_key: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + _wrapping(key).encrypt(nonce, file_key, _context(key, file_id))


def _unwrap(row: FileKey, scope: Scope) -> bytes:
    key = keyring.key_by_id(row.dek_id)
    if key.scope != scope:
        raise CannotOpen("the key of the file was kept for another scope")
    wrapped = bytes(row.wrapped)
    try:
        return _wrapping(key).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _context(key, row.file))
    except InvalidTag:
        raise CannotOpen("the key of the file was changed, or is that of another file") from None


def _wrapping(key: CipherKey) -> AESGCM:
    return AESGCM(key.subkey(b"cv1/file"))


def _context(key: CipherKey, file_id: UUID) -> bytes:
    return b"cv1/file" + key.dek_id.to_bytes(4, "big") + file_id.bytes
