"""Somebody of the cast with a token and nothing else: what a program of another office would have."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.test import Client

from casework.accounts.tokens import issue_token
from casework.base import clock
from casework.organisations.models import User

Json = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """An answer: its status, its body, its ETag."""

    status: int
    body: Json
    etag: str

    @property
    def code(self) -> str:
        return str(self.body.get("code", ""))

    def __getitem__(self, name: str) -> Any:
        return self.body[name]


@dataclass
class Caller:
    """One person over REST; `token` is made when it is first needed, or after `forget`."""

    user: User
    client: Client = field(default_factory=Client)
    _token: str = ""

    def get(self, path: str, **query: str) -> Told:
        return self._told(self.client.get(f"/api/v1/{path}", query, headers=self._headers()))

    def post(self, path: str, body: Json | None = None, *, key: str = "", seen: str | None = None) -> Told:
        """POST as it is: with a key and a version only where they are given."""
        headers = self._headers()
        if key:
            headers["Idempotency-Key"] = key
        if seen is not None:
            headers["If-Match"] = seen
        answer = self.client.post(
            f"/api/v1/{path}", body or {}, content_type="application/json", headers=headers
        )
        return self._told(answer)

    def make(self, path: str, body: Json | None = None) -> Told:
        """POST that makes something, which must succeed."""
        told = self.post(path, body, key=str(uuid4()))
        assert told.status == 201, (path, told)
        return told

    def do(self, record: str, verb: str, body: Json | None = None) -> Told:
        """Read a record and do a verb on that version of it, which must succeed."""
        told = self.try_(record, verb, body)
        assert told.status == 200, (record, verb, told)
        return told

    def try_(self, record: str, verb: str, body: Json | None = None) -> Told:
        """Read a record and try a verb on that version of it, with a version that was true for whoever cannot read."""
        return self.post(f"{record}{verb}/", body, seen=self.get(record).etag or '"1"')

    def forget(self) -> None:
        """Tokens last for hours; ask for a new one."""
        self._token = ""

    def _headers(self) -> dict[str, str]:
        if not self._token:
            self._token = issue_token(user=self.user, hours=1, at=clock.now())
        return {"Authorization": f"Token {self._token}"}

    def _told(self, answer: Any) -> Told:
        assert answer["Cache-Control"] == "no-store"
        assert answer["Content-Type"] == "application/json"
        return Told(answer.status_code, answer.json(), answer.get("ETag", ""))
