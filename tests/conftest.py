"""Fixtures of every test: the settings of a test process and the cast."""

import os
from collections.abc import Iterator

os.environ.setdefault("TESTING", "1")

import pytest
from tests.world import World, build_world, load_world


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:  # noqa: PT004
    """The cast is made once; every test gives back what it changed."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        build_world()
    yield


@pytest.fixture
def world(db: None) -> World:
    return load_world()
