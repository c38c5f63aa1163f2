"""Whatever happens to cases, the facts say what their rows say."""

import pytest

from tests.statistics.walking import Walk
from tests.world import World


@pytest.mark.parametrize("seed", range(3))
def test_no_walk_of_changes_leaves_a_fact_behind(world: World, seed: int) -> None:
    Walk(world, seed).steps(120, check_every=5)
