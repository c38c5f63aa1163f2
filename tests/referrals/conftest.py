"""A case to share, and callers of pages and REST."""

import json
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client

from casework.cases.models import Case
from casework.organisations.models import User
from tests.referrals.sharing import Sharing
from tests.world import World


@pytest.fixture
def sharing(world: World, case: Case) -> Sharing:
    return Sharing(world, case)


class Caller(Client):
    """A client that speaks JSON to /api/v1/."""

    def read(self, path: str):
        return self.get(f"/api/v1/{path}")

    def send(self, path: str, body: object = None, *, key: str = "", seen: object = None):
        """POST with a fresh Idempotency-Key, and If-Match when `seen` is given."""
        headers = {"Idempotency-Key": key or str(uuid4())}
        if seen is not None:
            headers["If-Match"] = f'"{seen}"'
        raw = json.dumps(body if body is not None else {})
        return self.post(f"/api/v1/{path}", raw, content_type="application/json", headers=headers)


@pytest.fixture
def caller(world: World) -> Callable[[User], Caller]:
    def sign_in(user: User) -> Caller:
        client = Caller()
        client.force_login(user)
        return client

    return sign_in
