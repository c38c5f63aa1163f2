"""The bytes of a sealed value, and the keys that seal them. Knows no database, no model and no clock.

```
off  len  content
0    1    0xC1            magic and version (never occurs in UTF-8, so plain text by accident shows in SQL)
1    1    padding scheme (high nibble) | suite (low nibble)
2    4    dek_id, big-endian
6    12   nonce = BLAKE2b-96(K_nonce, AAD ‖ 12 random bytes kept secret ‖ padded plaintext)
18   n    ciphertext of  type ‖ value ‖ 0x80 ‖ 00…  padded to the field's bucket
..   16   tag
AAD = bytes 0-5 ‖ 'CV' ‖ field_id u16 ‖ kind u8 (0 live, 1 history, 2 file) ‖ row uuid (16)
```

A value opens only in the field and the row it was sealed for. The nonce stays unique if the random source
fails (it depends on the text) and if the text repeats (it depends on random bytes).
"""

import hashlib
import os
import struct
from enum import IntEnum
from typing import Final, NamedTuple, NoReturn, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESGCMSIV, ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

MAGIC: Final = 0xC1
PADDING: Final = 1  # ISO 7816-4: 0x80, then zeros up to the bucket
LIVE, HISTORY, FILE = 0, 1, 2
FREE_TEXT: Final = 256  # bytes; the smallest bucket that no longer doubles
MAX_DEK_ID: Final = 2**32 - 1

_NONCE, _TAG = 12, 16
_HEADER: Final = struct.Struct(">BBI")
_LABEL: Final = struct.Struct(">2sHB")
_CIPHERTEXT = _HEADER.size + _NONCE
_SHORTEST = _CIPHERTEXT + 2 + _TAG  # a type and the padding mark


class CannotOpen(Exception):
    """A sealed value does not open here: changed, moved to another row or field, or under another key."""


class Scope(NamedTuple):
    """Whose key: type is report, case, person, user or system; id is the uuid of that thing."""

    type: str
    id: UUID


class Suite(IntEnum):
    """The cipher of a value; values of all three are read, new ones take the first."""

    AES_256_GCM = 1
    AES_256_GCM_SIV = 2
    CHACHA20_POLY1305 = 3


class _Cipher(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...


_CIPHERS: Final[dict[int, type[AESGCM] | type[AESGCMSIV] | type[ChaCha20Poly1305]]] = {
    Suite.AES_256_GCM: AESGCM,
    Suite.AES_256_GCM_SIV: AESGCMSIV,
    Suite.CHACHA20_POLY1305: ChaCha20Poly1305,
}


def expand(key: bytes, purpose: bytes, length: int = 32) -> bytes:
    """A key for one purpose from a key that is already random (HKDF-Expand, SHA-256)."""
    return HKDFExpand(algorithm=SHA256(), length=length, info=purpose).derive(key)


def label(field_id: int, kind: int) -> bytes:
    """What of the AAD is the same for all rows of a field: 5 bytes."""
    return _LABEL.pack(b"CV", field_id, kind)


def padded_size(length: int, bucket: int) -> int:
    """Bytes of plaintext after padding: the bucket, doubled up to 256; beyond, at most 12 % more (Padmé)."""
    size = bucket
    while size < length and size < FREE_TEXT:
        size *= 2
    if length <= size:
        return size
    exponent = length.bit_length() - 1
    low_bits = exponent - exponent.bit_length()
    mask = (1 << low_bits) - 1
    return (length + mask) & ~mask


def dek_id_of(token: bytes) -> int:
    """The id of the data key a sealed value names; CannotOpen when these bytes are no sealed value."""
    if len(token) < _SHORTEST or token[0] != MAGIC:
        raise CannotOpen("these bytes are not a sealed value")
    return int.from_bytes(token[2:6], "big")


class CipherKey:
    """One data key, unwrapped: seals and opens. Shows nothing of itself and cannot be pickled.

    dek_id: u32; scope: whose key it is; key: 32 bytes.
    """

    __slots__ = ("_ciphers", "_key", "_nonces", "dek_id", "scope")

    def __init__(self, dek_id: int, scope: Scope, key: bytes) -> None:
        if len(key) != 32 or not 0 < dek_id <= MAX_DEK_ID:
            raise ValueError("a data key has 32 bytes and an id of 32 bits")
        self.dek_id = dek_id
        self.scope = scope
        self._key = key
        self._nonces: hashlib.blake2b | None = None
        self._ciphers: dict[bytes, _Cipher] = {}

    def seal(
        self, about: bytes, row: bytes, payload: bytes, bucket: int, suite: Suite = Suite.AES_256_GCM
    ) -> bytes:
        """Seal a payload for one field (`label`) and one row (16 bytes), padded from `bucket` bytes up."""
        header = _HEADER.pack(MAGIC, PADDING << 4 | suite, self.dek_id)
        size = padded_size(len(payload) + 1, bucket)
        padded = (payload + b"\x80").ljust(size, b"\0")
        aad = header + about + row
        if self._nonces is None:
            self._nonces = hashlib.blake2b(key=expand(self._key, b"cv1/nonce"), digest_size=_NONCE)
        # A fresh copy each time: the keyed state is shared by threads and never changes.
        nonces = self._nonces.copy()
        nonces.update(aad + os.urandom(12) + padded)
        nonce = nonces.digest()
        cipher = self._ciphers.get(header) or self._cipher(header)
        return header + nonce + cipher.encrypt(nonce, padded, aad)

    def open(self, about: bytes, row: bytes, token: bytes) -> bytes:
        """The payload; CannotOpen for anything but these very bytes in this very field and row."""
        header = token[:6]
        cipher = self._ciphers.get(header) or self._cipher(header)
        if len(token) < _SHORTEST:
            raise CannotOpen("these bytes are not a sealed value")
        try:
            padded = cipher.decrypt(token[6:_CIPHERTEXT], token[_CIPHERTEXT:], header + about + row)
        except InvalidTag:
            raise CannotOpen("changed since it was sealed, or sealed for another field or row") from None
        payload = padded.rstrip(b"\0")
        if len(payload) < 2 or payload[-1] != 0x80:
            raise CannotOpen("the padding is not of this format")
        return payload[:-1]

    def sealed(self, token: bytes) -> bool:
        """Does this sealed value name this key?"""
        return token[2:6] == self.dek_id.to_bytes(4, "big")

    def subkey(self, purpose: bytes) -> bytes:
        """32 bytes for another purpose of the same scope, such as b"cv1/file" for the keys of files."""
        if purpose.startswith((b"cv1/enc", b"cv1/nonce")):
            raise ValueError("this purpose belongs to sealed values")
        return expand(self._key, purpose)

    def __repr__(self) -> str:
        return f"<CipherKey {self.dek_id}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key stays in its process: it cannot be pickled or copied")

    def _cipher(self, header: bytes) -> _Cipher:
        """The cipher for values with this header, which says all there is to say: kept for the next ones.

        One key per suite: GCM and GCM-SIV under the same key could meet in a block.
        """
        if len(header) < _HEADER.size:
            raise CannotOpen("these bytes are not a sealed value")
        magic, way, dek_id = _HEADER.unpack(header)
        known = _CIPHERS.get(way & 15)
        if magic != MAGIC or way >> 4 != PADDING or dek_id != self.dek_id or known is None:
            raise CannotOpen("sealed under another key or in an unknown way")
        cipher = self._ciphers[header] = known(expand(self._key, b"cv1/enc" + bytes((way & 15,))))
        return cipher
