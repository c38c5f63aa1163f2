"""What all tests of a module begin with: made once, under every one of them, and given back after the last."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import datetime
from typing import Any, TypeVar

import pytest
from django.db import transaction

from casework.encryption.keyring import forget_keys
from tests.world import World, load_world

Made = TypeVar("Made")

# When the ground was laid on which a test stands: its clock goes on from there.
_laid: list[datetime] = []


def laid_at() -> datetime | None:
    """The `now` of the world in which the ground of this module was made; None where there is none."""
    return _laid[-1] if _laid else None


def ground(build: Callable[[World], Made]) -> Any:
    """A fixture for a whole module: what `build` makes of the cast, in one transaction around all its tests.

    A test changes a `copy_of` it; what it writes is taken back as ever.
    """

    @pytest.fixture(scope="module")
    def laid(django_db_setup: None, django_db_blocker: Any) -> Iterator[Made]:
        with django_db_blocker.unblock(), transaction.atomic():
            world = load_world()
            made = build(world)
            forget_keys()
            _laid.append(world.now)
            try:
                yield made
            finally:
                _laid.pop()
                transaction.set_rollback(True)
        forget_keys()

    return laid


def copy_of(made: Made) -> Made:
    """Its own for one test: a verb changes the object it is given."""
    return deepcopy(made)
