from collections.abc import Callable

import pytest

from casework.cases.models import Case
from casework.organisations.models import User
from tests.children.doing import Doing
from tests.ground import ground
from tests.protection.conftest import Caller
from tests.world import World

opened = ground(lambda world: world.case(at=world.at(days=6)))


@pytest.fixture
def doing(world: World, case: Case) -> Doing:
    return Doing(world, case)


@pytest.fixture
def caller(db: None) -> Callable[[User], Caller]:
    def sign_in(user: User) -> Caller:
        client = Caller()
        client.force_login(user)
        return client

    return sign_in
