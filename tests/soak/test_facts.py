"""Ten thousand random changes of cases, and the facts say what their rows say; `make walk` takes a hundred thousand."""

import os

import pytest

from tests.statistics.walking import Walk
from tests.world import World

WALKS = int(os.environ.get("WALKS", "1"))


@pytest.mark.parametrize("seed", range(100, 100 + WALKS))
def test_ten_thousand_changes_leave_no_fact_behind(world: World, seed: int) -> None:
    Walk(world, seed).steps(10_000, check_every=1000)
