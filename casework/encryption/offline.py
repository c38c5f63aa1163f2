"""Sealing to somebody who is not here: the server has a public key and cannot read what it seals.

X25519 with a key made for one message, HKDF-SHA256 over both public keys; the result seals one stream.
"""

import base64
import binascii
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from casework.encryption.envelope import CannotOpen

SIZE: Final = 32


def make_pair() -> tuple[bytes, bytes]:
    """A private and its public key, 32 bytes each."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def key_for(public: bytes, purpose: bytes) -> tuple[bytes, bytes]:
    """What goes before the message (32 bytes), and the key of the message that only the private key finds again."""
    once = X25519PrivateKey.generate()
    header = once.public_key().public_bytes_raw()
    return header, _derive(once.exchange(X25519PublicKey.from_public_bytes(public)), header, public, purpose)


def key_from(private: bytes, header: bytes, purpose: bytes) -> bytes:
    """The key of a message; CannotOpen for a header that is none."""
    own = X25519PrivateKey.from_private_bytes(private)
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(header))
    except ValueError as error:
        raise CannotOpen("not sealed to a public key") from error
    return _derive(shared, header, own.public_key().public_bytes_raw(), purpose)


def read_key(text: str) -> bytes:
    """32 bytes from their line of base64; ValueError for anything else."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error as error:
        raise ValueError("a key is 32 bytes in base64") from error
    if len(key) != SIZE:
        raise ValueError("a key is 32 bytes in base64")
    return key


def _derive(shared: bytes, header: bytes, public: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=header + public, info=purpose).derive(shared)
