"""Sealing what is too long for one value: chunks of 64 KiB, each bound to its place (STREAM, AES-256-GCM).

```
chunk i:  GCM(key, nonce = 7 zero bytes ‖ i u32 ‖ last u8, text ≤ 65,536 bytes, AAD = context)
```
A key seals one stream only, so the nonces never meet again. A chunk left out, moved, repeated or cut off at the end
does not open: the last one, and no other, says that it is the last.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from casework.encryption.envelope import CannotOpen

CHUNK: Final = 64 * 1024
TAG: Final = 16
_NONCE: Final = struct.Struct(">7xIB")


class SealingStream:
    """Seals what is written to it; `close()` seals the end, without it nothing opens.

    key: 32 bytes never used before; context: what the stream is bound to.
    """

    def __init__(self, out: BinaryIO, key: bytes, context: bytes) -> None:
        self._out, self._cipher, self._context = out, AESGCM(key), context
        self._held, self._number = bytearray(), 0

    def write(self, data: bytes) -> None:
        self._held += data
        # One chunk stays back: it may be the last.
        while len(self._held) > CHUNK:
            self._seal(bytes(self._held[:CHUNK]), last=False)
            del self._held[:CHUNK]

    def close(self) -> None:
        self._seal(bytes(self._held), last=True)
        self._held.clear()

    def _seal(self, text: bytes, *, last: bool) -> None:
        nonce = _NONCE.pack(self._number, last)
        self._out.write(self._cipher.encrypt(nonce, text, self._context))
        self._number += 1


def open_stream(source: BinaryIO, key: bytes, context: bytes) -> Iterator[bytes]:
    """The text of a sealed stream, chunk by chunk.

    Raises CannotOpen at the first chunk that is not the one sealed in its place, and for an end that is not the end:
    whoever reads must have read to the end before believing anything.
    """
    cipher, number = AESGCM(key), 0
    sealed = source.read(CHUNK + TAG)
    while True:
        following = source.read(CHUNK + TAG)
        try:
            yield cipher.decrypt(_NONCE.pack(number, not following), sealed, context)
        except InvalidTag:
            raise CannotOpen(f"chunk {number} of the stream is not what was sealed there") from None
        if not following:
            return
        sealed, number = following, number + 1
