"""The noise itself: what OpenDP draws follows the scale, and no household can be told from its absence.

The number of draws is fixed. Each bound below is one of Dvoretzky, Kiefer, Wolfowitz and Massart: of N draws, the
share of those up to k is further than d from the truth at some k with probability at most 2 exp(-2 N d²): 3.6e-10 at
N = 20,000 and d = 0.0237. A test takes at most two such samples, so it fails by chance less than once in 1e9 runs.
"""

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from math import exp

import pytest

from casework.base.codes import codes
from casework.noisy_totals import asking, noise
from casework.noisy_totals.asking import PEOPLE, Asked
from casework.noisy_totals.models import epsilon_of
from casework.noisy_totals.noise import LossExceeded
from casework.releases.catalogue import catalogue
from casework.releases.planning import Frozen, Person

DRAWS = 20_000
OFF = 0.0237
EPSILON = Decimal(1)


def people(homes: Sequence[int]) -> Frozen:
    """A year of households of these sizes, everybody a woman under 16 in January."""
    dims = catalogue().dims
    answers = tuple({"sex": "female", "age": "under_16"}.get(dim, "0") for dim in dims)
    found = [
        Person("x", "2023-01", answers, f"home {number}")
        for number, size in enumerate(homes)
        for _ in range(size)
    ]
    return Frozen(2023, 1, dims, tuple(found))


def sampled(homes: Sequence[int], bound: int) -> list[int]:
    """What is drawn, in order, for the total of these households."""
    made = noise.measurement(bound, EPSILON)
    counted = asking.contributions(Asked(PEOPLE, ((2023, 1),), ()), [people(homes)])
    return sorted(made(counted) for _draw in range(DRAWS))


def share(drawn: Sequence[int], most: int) -> float:
    return bisect_right(drawn, most) / len(drawn)


def told_apart(one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether some answers up to k, or above, are likelier of one than e^ε times of the other, beyond sampling."""
    most = exp(float(EPSILON))
    for first, second in ((one, other), (other, one)):
        for k in range(-60, 120):
            low = (share(first, k), share(second, k))
            for mine, theirs in (low, (1 - low[0], 1 - low[1])):
                if mine - OFF > most * (theirs + OFF):
                    return True
    return False


def test_the_noise_is_discrete_laplace_of_the_scale() -> None:
    truth, scale = 30, 3.0
    p = exp(-1 / scale)

    drawn = sampled([3] * 10, 3)

    for k in range(-40, 41):
        below = p**-k / (1 + p) if k < 0 else 1 - p ** (k + 1) / (1 + p)
        assert abs(share(drawn, truth + k) - below) <= OFF, k
    # Of variance 17.8; Bernstein: further than 0.25 from nought with probability 5e-15.
    assert abs(sum(drawn) / DRAWS - truth) < 0.25
    assert len(set(drawn)) > 25


def test_in_95_of_100_draws_the_answer_is_within_its_accuracy() -> None:
    truth, most = 30, noise.accuracy(3, EPSILON)

    drawn = sampled([3] * 10, 3)

    within = share(drawn, truth + most) - share(drawn, truth - most - 1)
    assert most == 9
    assert within >= 0.9584 - 2 * OFF
    assert share(drawn, truth + most - 3) - share(drawn, truth - most + 2) < 0.95


def test_no_household_is_told_from_its_absence() -> None:
    with_it, without = sampled([3] * 10 + [7], 3), sampled([3] * 10, 3)

    assert not told_apart(with_it, without)


def test_noise_for_one_person_would_tell_a_household_of_three() -> None:
    """The comparison above can fail."""
    assert told_apart(sampled([3] * 11, 1), sampled([3] * 10, 1))


def test_nothing_is_below_nought_and_that_is_all_that_is_done_to_it() -> None:
    drawn = [noise.draw([], 3, EPSILON) for _draw in range(2000)]

    # Half of them and more: P(noise <= 0) = 1 / (1 + p) = 0.58; fewer than 800 of 2,000 with probability 1e-56.
    assert min(drawn) == 0
    assert drawn.count(0) > 800
    assert max(drawn) > 0


@pytest.mark.parametrize("code", codes("privacy_loss").codes)
@pytest.mark.parametrize("bound", sorted(asking.BOUND.values()))
def test_the_library_vouches_for_every_epsilon_of_the_list(code: str, bound: int) -> None:
    epsilon = epsilon_of(code)

    made = noise.measurement(bound, epsilon)

    assert made.map(bound) <= float(epsilon)
    assert made.map(bound + 1) > float(epsilon)
    # What the page says of accuracy is what the library says, rounded down to whole numbers.
    theirs = noise._opendp().discrete_laplacian_scale_to_accuracy(noise.scale_of(bound, epsilon), noise.ALPHA)
    assert noise.accuracy(bound, epsilon) == int(theirs)


def test_where_the_library_does_not_vouch_for_it_nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise, "scale_of", lambda bound, epsilon: 0.9 * float(bound / epsilon))

    with pytest.raises(LossExceeded):
        noise.draw(["a"], 3, EPSILON)


def test_two_draws_are_not_the_same() -> None:
    """There is no seed: forty equal pairs of draws have probability under 1e-40."""
    drawn = [[noise.draw(["a"] * 200, 3, Decimal("0.05")) for _draw in range(40)] for _time in range(2)]

    assert drawn[0] != drawn[1]
