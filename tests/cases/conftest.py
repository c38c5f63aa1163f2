import pytest

from casework.encryption import keyring
from tests.cases.acting import Doing
from tests.ground import copy_of, ground
from tests.world import World


@pytest.fixture
def one_request() -> None:
    """Queries are counted as in a request, which asks once whether the keys it holds are still good."""
    keyring.begin_request()


made = ground(lambda world: Doing(world, world.case()))


@pytest.fixture
def doing(world: World, made: Doing) -> Doing:
    return copy_of(made)
