"""The trial room, and callers of REST with a session of their own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from casework.organisations.models import User


@pytest.fixture
def trial(settings: Any) -> None:
    """The addresses and templates of the trial room."""
    settings.ROOT_URLCONF = "tests.http.trial_urls"
    engine = settings.TEMPLATES[0]
    here = Path(__file__).parent / "templates"
    settings.TEMPLATES = [{**engine, "DIRS": [here, *engine["DIRS"]]}]


class Caller(Client):
    """A client that speaks JSON to /api/v1/."""

    def read(self, path: str, **headers: str):
        return self.get(f"/api/v1/{path}", headers=headers)

    def send(self, path: str, body: object = None, *, key: str | None = "", seen: object = None):
        """POST with a fresh Idempotency-Key unless `key` is None or given, and If-Match when `seen` is."""
        headers: dict[str, str] = {}
        if key is not None:
            headers["Idempotency-Key"] = key or str(uuid4())
        if seen is not None:
            headers["If-Match"] = seen if isinstance(seen, str) else f'"{seen}"'
        raw = body if isinstance(body, (str, bytes)) else json.dumps(body if body is not None else {})
        return self.post(f"/api/v1/{path}", raw, content_type="application/json", headers=headers)


@pytest.fixture
def caller(trial: None) -> Callable[[User], Caller]:
    def sign_in(user: User) -> Caller:
        client = Caller()
        client.force_login(user)
        return client

    return sign_in
