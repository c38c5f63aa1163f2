import json
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client

from casework.cases.models import Case
from casework.organisations.models import User
from tests.ground import ground
from tests.protection.doing import Doing
from tests.world import World

opened = ground(lambda world: world.case(at=world.at(days=6)))


@pytest.fixture
def doing(world: World, case: Case) -> Doing:
    return Doing(world, case)


class Caller(Client):
    """A client that speaks JSON to /api/v1/."""

    def read(self, path: str):
        return self.get(f"/api/v1/{path}")

    def send(self, path: str, body: object = None, *, key: str | None = "", seen: int | None = None):
        """POST with a fresh Idempotency-Key unless `key` is None or given, and If-Match when `seen` is."""
        headers: dict[str, str] = {}
        if key is not None:
            headers["Idempotency-Key"] = key or str(uuid4())
        if seen is not None:
            headers["If-Match"] = f'"{seen}"'
        return self.post(
            f"/api/v1/{path}", json.dumps(body or {}), content_type="application/json", headers=headers
        )


@pytest.fixture
def caller(db: None) -> Callable[[User], Caller]:
    def sign_in(user: User) -> Caller:
        client = Caller()
        client.force_login(user)
        return client

    return sign_in
