"""A hundred thousand changes of cases, and the facts say what their rows say."""

import pytest

from tests.statistics.walking import Walk
from tests.world import World


@pytest.mark.parametrize("seed", range(100, 110))
def test_ten_thousand_changes_leave_no_fact_behind(world: World, seed: int) -> None:
    Walk(world, seed).steps(10_000, check_every=1000)
