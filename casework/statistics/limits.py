"""How far a figure may lie from what was to be expected before it says anything: exact limits of two distributions. Pure.

Poisson: of a count, around the mean of the months before it, as on a control chart for counts with probability limits.
Binomial: of a share, around the share of all units together, as in a funnel plot (Spiegelhalter, Statistics in Medicine
24 (2005) 1185-1202, exact limits made continuous as in its appendix A.1.1). Both are summed term by term: no normal
approximation, which is wrong for the few cases a commune has. The mean is taken as known: that it is itself estimated
makes the true range a little wider.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# What lies outside by chance alone: in one of twenty, and in one of five hundred.
RARE, VERY_RARE = 0.05, 0.002


def poisson_range(mean: float, outside: float = RARE) -> tuple[int, int]:
    """The counts that are not unusual: each count below the first, and each above the last, has at most outside / 2.

    mean: greater than 0, of the same length of time.
    """
    top = int(mean + 10 * math.sqrt(mean)) + 20
    counts = np.arange(top + 1)
    logs = counts * math.log(mean) - mean - _log_factorials(top)
    below = np.cumsum(np.exp(logs))
    low, high = np.searchsorted(below, [outside / 2, 1 - outside / 2]).tolist()
    return low, high


def binomial_limits(number: int, share: float, outside: float = RARE) -> tuple[float, float]:
    """The shares of so many cases that are not unusual where `share` is to be expected, each from 0 to 1.

    A share beyond a limit has at most outside / 2. share: greater than 0 and less than 1; number: at least 1.
    """
    return _lower(number, share, outside / 2), 1 - _lower(number, 1 - share, outside / 2)


def _lower(number: int, share: float, tail: float) -> float:
    counts = np.arange(number + 1)
    chosen = _log_factorials(number)
    logs = chosen[-1] - chosen - chosen[::-1] + counts * math.log(share)
    below = np.cumsum(np.exp(logs + (number - counts) * math.log1p(-share)))
    first = int(np.searchsorted(below, tail))
    before = float(below[first - 1]) if first else 0.0
    beyond = (float(below[first]) - tail) / (float(below[first]) - before)
    return max(0.0, (first - beyond) / number)


def _log_factorials(top: int) -> Floats:
    """Of 0 to `top`."""
    found: Floats = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, top + 1)))])
    return found
