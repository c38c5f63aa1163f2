"""The noise of a total: discrete Laplace, drawn by OpenDP from its own source of secure randomness.

What is stable, and why. The data are names of contributions (`asking.contributions`), of which one household of one
year has at most `bound`: two frozen years that differ by one household are at most `bound` apart in the symmetric
distance, the number of names only one of them has. Counting them is a transformation of stability 1, since a name more
or less changes the count by one. So the count changes by at most `bound`, and discrete Laplace noise of scale bound / ε
is ε-differentially private (`MaxDivergence`). Taking nought for what came out below it looks at nothing but the answer
and costs nothing.

Several answers about the same year cost the sum of their ε (basic composition: Dwork and Roth, The Algorithmic
Foundations of Differential Privacy, 2014, section 3.5). Pure, but for the draw.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from importlib import import_module
from math import exp, floor, log
from typing import Any, Final

ALPHA: Final = 0.05


class LossExceeded(RuntimeError):
    """The library does not vouch for the ε that was asked; nothing is drawn."""


@cache
def _opendp() -> Any:
    """Loaded with the first answer a process draws: a quarter of a second and 40 MB that nothing else needs."""
    library = import_module("opendp.prelude")
    library.enable_features("contrib")
    return library


def scale_of(bound: int, epsilon: Decimal) -> float:
    """The scale of the noise."""
    return float(bound / epsilon)


def accuracy(bound: int, epsilon: Decimal) -> int:
    """How far an answer is off at most in 95 of 100 draws; known before anything is drawn, as no data is in it.

    The greatest whole number under the a of P(|noise| >= a) = 2 p^a / (1 + p) = 0.05, p = exp(-1 / scale).
    """
    scale = scale_of(bound, epsilon)
    return floor(-scale * log(ALPHA * (1 + exp(-1 / scale)) / 2))


def measurement(bound: int, epsilon: Decimal) -> Any:
    """Count and add noise, for data of which a household has at most `bound`; raises LossExceeded."""
    dp = _opendp()
    space = dp.vector_domain(dp.atom_domain(T=str)), dp.symmetric_distance()
    made = space >> dp.t.then_count() >> dp.m.then_laplace(scale_of(bound, epsilon))
    if made.map(bound) > float(epsilon):
        raise LossExceeded(f"{bound} {epsilon}")
    return made


def draw(contributions: Sequence[str], bound: int, epsilon: Decimal) -> int:
    """The number of contributions with noise, never below nought; raises LossExceeded."""
    return max(0, int(measurement(bound, epsilon)(list(contributions))))
