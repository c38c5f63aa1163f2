"""Fixtures of every test: the cast, and keys forgotten between tests."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings

from casework.access.grants import forget_permissions
from casework.base import clock
from casework.cases.models import Case
from casework.encryption.keyring import forget_keys
from casework.statistics.cube import forget_facts
from tests.application import drop_roles, everybody_acting_in, make_roles
from tests.byhand import flush_past_the_rules, seal_what_tests_write
from tests.ground import copy_of, ground, laid_at
from tests.world import World, build_world, load_world

# How fast a shared machine happens to be says nothing about a rule.
settings.register_profile("any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any_machine")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The cast is made once; every test gives back what it changed."""
    with django_db_blocker.unblock():
        build_world()
        make_roles()
    yield
    with django_db_blocker.unblock():
        drop_roles()
    if connection.vendor == "postgresql":
        # A browser that is still closing its last request holds a session, and a database in use is not dropped.
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(scope="session", autouse=True)
def _past_the_verbs() -> Iterator[None]:
    """What a test may do and nobody else: write a protected row by itself, and empty the database after it."""
    with pytest.MonkeyPatch.context() as patch:
        seal_what_tests_write(patch)
        flush_past_the_rules(patch)
        yield


@pytest.fixture(autouse=True)
def _as_everybody_acting_in(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test is done with the rights of a web server, and shows that they are enough.

    `@pytest.mark.role("keeper")` (or "owner", "" for who runs the tests) is for what is done by somebody else.
    """
    if "db" not in request.fixturenames and request.node.get_closest_marker("django_db") is None:
        yield
        return
    request.getfixturevalue("db")
    other = request.node.get_closest_marker("role")
    with everybody_acting_in(other.args[0] if other else "application"):
        yield


@pytest.fixture(autouse=True)
def _fresh_memory() -> Iterator[None]:
    """What a process remembers of the database must not outlive the database of one test."""
    yield
    forget_keys()
    forget_permissions()
    forget_facts()


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    since = laid_at()
    if since is not None:
        # To the product no time has passed since the ground was laid, however many tests stood on it before.
        running, behind = clock.now, clock.now() - since
        monkeypatch.setattr(clock, "now", lambda: running() - behind)
    return load_world(since)


opened = ground(World.case)


@pytest.fixture
def case(world: World, opened: Case) -> Case:
    """The case that Lan has, opened once for all tests of a module; a module that needs another names its own."""
    return copy_of(opened)
