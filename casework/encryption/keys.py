"""The master keys the server was started with, and what is derived from them.

`settings.ENCRYPTION_KEYS` wraps the data keys; `settings.INDEX_KEYS`, another secret kept elsewhere, feeds
the blind indexes. Both have the form {"current": 1, "keys": {1: 32 bytes}}: what is new uses the current
key, the others still open. In place of its bytes a key that wraps may be named, "service:NAME": see `service`.
"""

import functools
import os
import resource
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from casework.encryption import service
from casework.encryption.envelope import CannotOpen, expand
from casework.encryption.service import KeysUnavailable

WRAPPED_SIZE: Final = 65
SERVICE: Final = "service:"
_HEAD: Final = struct.Struct(">BI")
_WRAPPED: Final = struct.Struct(">BI12s48s")
_WRAPPING: Final = 1  # AES-256-GCM under a KEK
_SERVED: Final = 2  # as the key service does it
# Written into every wrapped key: a number is never given to another type.
SCOPE_CODES: Final[Mapping[str, int]] = {"system": 0, "user": 1, "person": 2, "case": 3, "report": 4}


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """Checked master keys: numbers 1..2^32-1 -> 32 bytes, or -> the name at the key service; shows no key."""

    current: int
    keys: Mapping[int, bytes] = field(repr=False)
    served: Mapping[int, str] = field(default_factory=dict, repr=False)

    def check_values(self) -> dict[int, str]:
        """What tells each key from any other and may be shown; asks the service for those it holds."""
        return {number: check_value(key) for number, key in self.keys.items()} | {
            number: service.describe(name) for number, name in self.served.items()
        }


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
    """A data key wrapped by a master key: see `wrap_all`."""
    return wrap_all(kek_id, [(data_key, context)])[0]


def wrap_all(kek_id: int, data_keys: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
    """Data keys with their contexts, each wrapped: 65 bytes 01 ‖ kek_id ‖ nonce ‖ GCM(KEK, data key, AAD = context).

    By a key at the service: 02 ‖ kek_id ‖ what it made of it. Raises KeysUnavailable.
    """
    name = encryption_keys().served.get(kek_id)
    if name is not None:
        head = _HEAD.pack(_SERVED, kek_id)
        return [head + wrapped for wrapped in service.wrap(name, data_keys)]
    kek = _kek(kek_id)
    wrapped = []
    for data_key, context in data_keys:
        nonce = os.urandom(12)
        wrapped.append(_WRAPPED.pack(_WRAPPING, kek_id, nonce, kek.encrypt(nonce, data_key, context)))
    return wrapped


def unwrap(wrapped: bytes, context: bytes) -> bytes:
    """The 32 bytes of one data key: see `unwrap_all`."""
    return unwrap_all([(wrapped, context)])[0]


def unwrap_all(wrapped: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
    """The 32 bytes of each data key; asks the service once for each of its keys, however many there are.

    Raises CannotOpen when one was changed, moved, or wrapped by another master key, KeysUnavailable when the
    master key is not at hand.
    """
    found: dict[int, bytes] = {}
    at_service: dict[str, list[int]] = {}
    ours: dict[int, AESGCM] = {}
    for place, (token, context) in enumerate(wrapped):
        if len(token) < _HEAD.size:
            raise CannotOpen("these bytes are not a wrapped key")
        way, kek_id = _HEAD.unpack_from(token)
        if way == _SERVED:
            at_service.setdefault(_name_at_service(kek_id), []).append(place)
        else:
            # Asked for once: the settings are checked each time.
            found[place] = _unwrap(token, context, ours.get(kek_id) or ours.setdefault(kek_id, _kek(kek_id)))
    for name, places in at_service.items():
        asked = [(wrapped[place][0][_HEAD.size :], wrapped[place][1]) for place in places]
        found |= zip(places, service.unwrap(name, asked), strict=True)
    return [found[place] for place in range(len(wrapped))]


def _unwrap(wrapped: bytes, context: bytes, kek: AESGCM) -> bytes:
    if len(wrapped) != WRAPPED_SIZE:
        raise CannotOpen("a wrapped key has 65 bytes")
    version, kek_id, nonce, sealed = _WRAPPED.unpack(wrapped)
    if version != _WRAPPING:
        raise CannotOpen("the key is wrapped in an unknown way")
    try:
        return kek.decrypt(nonce, sealed, context)
    except InvalidTag:
        raise CannotOpen(f"a data key does not open under master key {kek_id}") from None


def kek_id_of(wrapped: bytes) -> int:
    """The number of the master key that a wrapped key names; CannotOpen when these bytes are none."""
    if len(wrapped) < _HEAD.size:
        raise CannotOpen("these bytes are not a wrapped key")
    return int(_HEAD.unpack_from(wrapped)[1])


def data_key_context(dek_id: int, scope_type: str, scope_id: UUID, epoch: int) -> bytes:
    """What a wrapped data key is bound to, so that no row's key can be put into another row."""
    return b"cv1/dek" + struct.pack(">IB16sI", dek_id, SCOPE_CODES[scope_type], scope_id.bytes, epoch)


def _checked(name: str) -> MasterKeys:
    setting = getattr(settings, name, None)
    if not isinstance(setting, Mapping):
        raise ImproperlyConfigured(f"{name} is needed: {{'current': 1, 'keys': {{1: 32 bytes}}}}.")
    current, given = setting.get("current"), setting.get("keys")
    if not isinstance(given, Mapping) or not isinstance(current, int) or current not in given:
        raise ImproperlyConfigured(f"{name}['current'] must name one of {name}['keys'].")
    served: dict[int, str] = {}
    keys: dict[int, bytes] = {}
    for key_id, key in given.items():
        if not isinstance(key_id, int) or not 0 < key_id < 2**32:
            raise ImproperlyConfigured(f"{name}: a key's number is a whole number from 1 to 2^32-1.")
        if isinstance(key, bytes) and len(key) == 32:
            keys[key_id] = key
        elif name == "ENCRYPTION_KEYS" and isinstance(key, str) and key.startswith(SERVICE):
            served[key_id] = key.removeprefix(SERVICE)
        else:
            raise ImproperlyConfigured(f"{name}: key {key_id} must be 32 bytes.")
    if len({*keys.values(), *served.values()}) != len(given):
        raise ImproperlyConfigured(f"{name}: two numbers have the same key.")
    return MasterKeys(current, keys, served)


def _name_at_service(kek_id: int) -> str:
    name = encryption_keys().served.get(kek_id)
    if name is None:
        raise KeysUnavailable(f"master key {kek_id} is at a key service, and ENCRYPTION_KEYS does not say so")
    return name


def _kek(kek_id: int) -> AESGCM:
    master = encryption_keys().keys.get(kek_id)
    if master is None:
        raise KeysUnavailable(f"master key {kek_id} is not in ENCRYPTION_KEYS")
    return _key_encryption_key(master)


@functools.lru_cache(maxsize=16)
def _key_encryption_key(master: bytes) -> AESGCM:
    _forbid_core_dumps()
    return AESGCM(expand(master, b"cv1/kek"))


def _forbid_core_dumps() -> None:
    """From the first key on, a crash must not write the process's memory to a disk."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
