"""Sealing what is too long for one value: chunks of 64 KiB, each bound to its place (STREAM, AES-256-GCM).

```
chunk i:  GCM(key, nonce = i (11 bytes, big-endian) ‖ 01 for the last, else 00, text ≤ 65,536 bytes, AAD = context)
```
A key seals one stream only, so the nonces never meet again. A chunk left out, moved, repeated or cut off at the end
does not open: the last one, and no other, says that it is the last.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from casework.encryption.envelope import CannotOpen

CHUNK: Final = 64 * 1024
TAG: Final = 16
SEALED_CHUNK: Final = CHUNK + TAG
_NUMBER: Final = 11


class SealingStream:
    """Seals what is written to it, holding one chunk at a time; `close()` seals the end, without it nothing opens.

    write: called with the ciphertext in order; key: 32 bytes never used before; context: what the stream is bound to.
    """

    def __init__(self, write: Callable[[bytes], object], key: bytes, context: bytes) -> None:
        self._put, self._cipher, self._context = write, AESGCM(key), context
        self._held, self._number = bytearray(), 0

    def write(self, data: bytes) -> None:
        self._held += data
        # A full chunk waits for the next byte: only then is it known not to be the last.
        full = (len(self._held) - 1) // CHUNK
        with memoryview(self._held) as held:
            for start in range(0, full * CHUNK, CHUNK):
                self._seal(held[start : start + CHUNK], last=False)
        if full > 0:
            del self._held[: full * CHUNK]

    def close(self) -> None:
        with memoryview(self._held) as held:
            self._seal(held, last=True)
        self._held = bytearray()

    def _seal(self, text: memoryview, *, last: bool) -> None:
        self._put(self._cipher.encrypt(_nonce(self._number, last=last), text, self._context))
        self._number += 1


def open_chunk(cipher: AESGCM, number: int, sealed: bytes, context: bytes, *, last: bool) -> bytes:
    """The text of one chunk; CannotOpen when it is not the one sealed in this place."""
    try:
        return cipher.decrypt(_nonce(number, last=last), sealed, context)
    except InvalidTag:
        raise CannotOpen(f"chunk {number} is not what was sealed there") from None


def open_stream(source: BinaryIO, key: bytes, context: bytes) -> Iterator[bytes]:
    """The text of a sealed stream, chunk by chunk.

    Raises CannotOpen at the first chunk that is not the one sealed in its place, and for an end that is not the end:
    whoever reads must have read to the end before believing anything.
    """
    cipher, number = AESGCM(key), 0
    sealed = source.read(SEALED_CHUNK)
    while True:
        following = source.read(SEALED_CHUNK)
        yield open_chunk(cipher, number, sealed, context, last=not following)
        if not following:
            return
        sealed, number = following, number + 1


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_NUMBER, "big") + bytes((last,))
