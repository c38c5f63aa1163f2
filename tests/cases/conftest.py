import pytest

from casework.encryption import keyring
from tests.cases.acting import Doing
from tests.world import World


@pytest.fixture
def one_request() -> None:
    """Queries are counted as in a request, which asks once whether the keys it holds are still good."""
    keyring.begin_request()


@pytest.fixture
def doing(world: World) -> Doing:
    return Doing(world, world.case())
