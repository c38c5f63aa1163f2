"""The master keys the server was started with, and what is derived from them.

`settings.ENCRYPTION_KEYS` wraps the data keys; `settings.INDEX_KEYS`, another secret kept elsewhere, feeds
the blind indexes. Both have the form {"current": 1, "keys": {1: 32 bytes}}: what is new uses the current
key, the others still open.
"""

import functools
import os
import resource
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from casework.encryption.envelope import CannotOpen, expand

WRAPPED_SIZE: Final = 65
_WRAPPED: Final = struct.Struct(">BI12s48s")
_WRAPPING: Final = 1  # AES-256-GCM under a KEK
# Written into every wrapped key: a number is never given to another type.
SCOPE_CODES: Final[Mapping[str, int]] = {"system": 0, "user": 1, "person": 2, "case": 3, "report": 4}


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """Checked master keys: ids 1..2^32-1 -> 32 bytes; shows no key."""

    current: int
    keys: Mapping[int, bytes] = field(repr=False)


def encryption_keys() -> MasterKeys:
    """The keys that wrap data keys; ImproperlyConfigured when the setting has another form."""
    return _checked("ENCRYPTION_KEYS")


def index_keys() -> MasterKeys:
    """The keys of the blind indexes; ImproperlyConfigured as for `encryption_keys`."""
    return _checked("INDEX_KEYS")


def check_value(master: bytes) -> str:
    """16 hexadecimal characters that name a key without telling anything of it; may be shown."""
    return expand(master, b"cv1/check", 8).hex()


def wrap(data_key: bytes, kek_id: int, context: bytes) -> bytes:
    """65 bytes: 01 ‖ kek_id ‖ nonce ‖ GCM(KEK, data key, AAD = context)."""
    nonce = os.urandom(12)
    return _WRAPPED.pack(_WRAPPING, kek_id, nonce, _kek(kek_id).encrypt(nonce, data_key, context))


def unwrap(wrapped: bytes, context: bytes) -> bytes:
    """The 32 bytes of a data key; CannotOpen when changed, moved, or wrapped by another master key."""
    if len(wrapped) != WRAPPED_SIZE:
        raise CannotOpen("a wrapped key has 65 bytes")
    version, kek_id, nonce, sealed = _WRAPPED.unpack(wrapped)
    if version != _WRAPPING:
        raise CannotOpen("the key is wrapped in an unknown way")
    try:
        return _kek(kek_id).decrypt(nonce, sealed, context)
    except InvalidTag:
        raise CannotOpen(f"a data key does not open under master key {kek_id}") from None


def data_key_context(dek_id: int, scope_type: str, scope_id: UUID, epoch: int) -> bytes:
    """What a wrapped data key is bound to, so that no row's key can be put into another row."""
    return b"cv1/dek" + struct.pack(">IB16sI", dek_id, SCOPE_CODES[scope_type], scope_id.bytes, epoch)


def _checked(name: str) -> MasterKeys:
    setting = getattr(settings, name, None)
    if not isinstance(setting, Mapping):
        raise ImproperlyConfigured(f"{name} is needed: {{'current': 1, 'keys': {{1: 32 bytes}}}}.")
    current, keys = setting.get("current"), setting.get("keys")
    if not isinstance(keys, Mapping) or not isinstance(current, int) or current not in keys:
        raise ImproperlyConfigured(f"{name}['current'] must name one of {name}['keys'].")
    for key_id, key in keys.items():
        if not isinstance(key_id, int) or not 0 < key_id < 2**32:
            raise ImproperlyConfigured(f"{name}: a key's number is a whole number from 1 to 2^32-1.")
        if not isinstance(key, bytes) or len(key) != 32:
            raise ImproperlyConfigured(f"{name}: key {key_id} must be 32 bytes.")
    if len(set(keys.values())) != len(keys):
        raise ImproperlyConfigured(f"{name}: two numbers have the same key.")
    return MasterKeys(current, keys)


def _kek(kek_id: int) -> AESGCM:
    master = encryption_keys().keys.get(kek_id)
    if master is None:
        raise CannotOpen(f"master key {kek_id} is not in ENCRYPTION_KEYS")
    return _key_encryption_key(master)


@functools.lru_cache(maxsize=16)
def _key_encryption_key(master: bytes) -> AESGCM:
    _forbid_core_dumps()
    return AESGCM(expand(master, b"cv1/kek"))


def _forbid_core_dumps() -> None:
    """From the first key on, a crash must not write the process's memory to a disk."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
