"""The secrets of second factors as they lie in allauth's rows: sealed under their owner, in base64, inside JSON."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from casework.encryption import open_note
from casework.encryption.envelope import MAGIC, CipherKey
from casework.encryption.notes import seal_note_under

FACTOR_FIELD_ID: Final = 1003


def tokens_in(data: Any) -> Iterator[bytes]:
    """The sealed secrets of one factor: that of an app, or the seed of spare codes."""
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list):
        for one in data:
            yield from tokens_in(one)
    elif (token := _token(data)) is not None:
        yield token


def under_key(data: Any, owner: UUID, key: CipherKey) -> Any:
    """The same factor with its secrets sealed under this key of its owner; CannotOpen when one is not the owner's."""
    if isinstance(data, dict):
        return {name: under_key(one, owner, key) for name, one in data.items()}
    if isinstance(data, list):
        return [under_key(one, owner, key) for one in data]
    token = _token(data)
    if token is None or key.sealed(token):
        return data
    text = open_note("user", owner, FACTOR_FIELD_ID, owner, token)
    return base64.b64encode(seal_note_under(key, FACTOR_FIELD_ID, owner, text)).decode()


def _token(value: Any) -> bytes | None:
    """The bytes of a sealed secret; None for anything else that may stand there."""
    if not isinstance(value, str):
        return None
    try:
        token = base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        return None
    return token if token[:1] == bytes((MAGIC,)) else None
