import pytest

from tests.cases.acting import Doing
from tests.world import World


@pytest.fixture
def doing(world: World) -> Doing:
    return Doing(world, world.case())
