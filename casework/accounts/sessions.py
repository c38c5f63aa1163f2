"""Sessions: the database keeps a digest of each key and data that only the browser's cookie can open.

A copied database therefore holds nothing to sign in with and nothing to read, even with the master key.
"""

import base64
import hashlib
import json
import logging
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from asgiref.sync import sync_to_async
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.contrib.auth import SESSION_KEY as USER_ID
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.core.cache import cache
from django.db import DatabaseError

from casework.accounts.models import Session
from casework.base import clock
from casework.base.prepared import Built, run, sql_of

ENDS_AT: Final = "ends_at"
WAS_ENDED: Final = "was_ended"
_NONCE: Final = 12
_log = logging.getLogger("django.security.SuspiciousSession")


def digest_of(session_key: str) -> str:
    """What stands for a session in the database and in the memory: SHA-256 of its key, in hexadecimal."""
    return hashlib.sha256(session_key.encode()).hexdigest()


class SessionStore(db.SessionStore):
    """Django's database sessions with hashed keys, sealed data and an end that activity does not move."""

    @classmethod
    def get_model_class(cls) -> Any:
        return Session

    @property
    def digest(self) -> str:
        """The digest of this session, or an empty text before it has a key."""
        return digest_of(self.session_key) if self.session_key else ""

    def load(self) -> dict[str, Any]:
        running = run("session", {"digest": self.digest, "now": clock.now()}, _running)
        if not running:
            was_ended = bool(cache.get(_ended(self.digest)))
            self._session_key = None
            if was_ended:
                # Kept until the sign-in page has told the person why they are out.
                self.modified = True
                return {WAS_ENDED: True}
            return {}
        return self.decode(running[0][0])

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(session_key=digest_of(session_key)).exists()

    def save(self, must_create: bool = False) -> None:
        """As Django's, but a database that fails is not told as a session somebody ended (400)."""
        try:
            super().save(must_create)
        except UpdateError as error:
            cause = error.__context__
            # Django raises the plain class where no row was there to be written, what failed is of a finer one.
            if isinstance(cause, DatabaseError) and type(cause) is not DatabaseError:
                raise cause from None
            raise

    def create_model_instance(self, data: dict[str, Any]) -> Session:  # type: ignore[override]
        if USER_ID in data and ENDS_AT not in data:
            data[ENDS_AT] = (clock.now() + timedelta(seconds=self.get_session_cookie_age())).isoformat()
        self._own_key()
        ends_at = self.get_expiry_date(modification=clock.now())
        if ENDS_AT in data:
            ends_at = min(ends_at, datetime.fromisoformat(data[ENDS_AT]))
        return Session(
            session_key=self.digest,
            session_data=self.encode(data),
            expire_date=ends_at,
            user_id=data.get(USER_ID),
        )

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            Session.objects.filter(session_key=digest_of(key)).delete()

    def encode(self, session_dict: dict[str, Any]) -> str:
        nonce = os.urandom(_NONCE)
        plain = json.dumps(session_dict, separators=(",", ":")).encode()
        return base64.b64encode(nonce + self._cipher().encrypt(nonce, plain, self.digest.encode())).decode()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        try:
            sealed = base64.b64decode(session_data, validate=True)
            plain = self._cipher().decrypt(sealed[:_NONCE], sealed[_NONCE:], self.digest.encode())
        except (InvalidTag, ValueError):
            # Somebody edited the row. An empty session signs the person out, which is what must happen.
            _log.warning("Session data corrupted")
            return {}
        data: dict[str, Any] = json.loads(plain)
        return data

    def _cipher(self) -> AESGCM:
        key = self._own_key().encode()
        return AESGCM(HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"cv1/session").derive(key))

    def _own_key(self) -> str:
        key: str = self._get_or_create_session_key()  # type: ignore[attr-defined]
        return key

    # Django's asynchronous twins would look the bare key up, and store it.
    async def aload(self) -> dict[str, Any]:
        return await sync_to_async(self.load)()

    async def aexists(self, session_key: str) -> bool:
        return await sync_to_async(self.exists)(session_key)

    async def acreate_model_instance(self, data: dict[str, Any]) -> Session:  # type: ignore[override]
        return await sync_to_async(self.create_model_instance)(data)

    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)


def end_sessions(user_id: UUID, *, keep: str = "") -> int:
    """End every session of the user but the one with the digest `keep`; return how many still ran.

    For an hour the browser that held one is told so: it may have been somebody else who signed in.
    """
    rows = Session.objects.filter(user_id=user_id).exclude(session_key=keep)
    running = list(rows.filter(expire_date__gt=clock.now()).values_list("session_key", flat=True))
    rows.delete()
    for digest in running:
        cache.set(_ended(digest), True, timeout=3600)
    return len(running)


def _running(values: Mapping[str, Any]) -> Built:
    """Asked at every request."""
    rows = Session.objects.filter(session_key=values["digest"], expire_date__gt=values["now"])
    return sql_of(rows.values_list("session_data"))


def _ended(digest: str) -> str:
    return f"accounts.ended.{digest}"
