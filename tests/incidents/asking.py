"""Asking as somebody of the cast: by hand in a browser, and as a program over REST."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.test import Client

from casework.base.refusals import Denied, NotVisible
from casework.organisations.models import User

# Who of the cast may not work on Lan's case, and how they are told: those who may look are told no.
STRANGERS: Mapping[str, type[Exception]] = {
    "minh": NotVisible,
    "dung": NotVisible,
    "hoa": NotVisible,
    "yen": NotVisible,
    "tuan": NotVisible,
    "kien": NotVisible,
    "son": NotVisible,
}
OTHERS: Mapping[str, type[Exception]] = {**STRANGERS, "pao": Denied, "mai": Denied}


def signed_in(user: User) -> Client:
    """A browser in Vietnamese."""
    client = Client(headers={"accept-language": "vi"})
    client.force_login(user)
    return client


class Rest:
    """A program that speaks for one user."""

    def __init__(self, user: User) -> None:
        self.client = signed_in(user)

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/{path}")

    def post(self, path: str, body: Mapping[str, object], *, key: str = "", seen: int | None = None) -> Any:
        """Send with a key of its own unless `key` is given, and with If-Match when `seen` is."""
        headers = {"Idempotency-Key": key or uuid4().hex}
        if seen is not None:
            headers["If-Match"] = f'"{seen}"'
        return self.client.post(
            f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers
        )
