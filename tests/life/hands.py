"""The hands of the clock: days pass for every rule of the product, because it reads the time in one place only."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from casework.base import clock


class Hands:
    """The real time, moved ahead by what has passed in the story; it goes on running and never goes back."""

    def __init__(self) -> None:
        self._real = clock.now
        self._ahead = timedelta()

    def now(self) -> datetime:
        return self._real() + self._ahead

    def pass_(self, **span: float) -> datetime:
        """Let so much time pass: `hands.pass_(hours=2)`. Returns the new time."""
        step = timedelta(**span)
        assert step > timedelta(), "time goes one way"
        self._ahead += step
        return self.now()

    def until(self, moment: datetime, **after: float) -> datetime:
        """Let time pass until so long after a moment that is still to come."""
        return self.pass_(seconds=(moment + timedelta(**after) - self.now()).total_seconds())


@contextmanager
def hands() -> Iterator[Hands]:
    """The clock of the product under these hands, and back to the real time afterwards."""
    moved = Hands()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", moved.now)
        yield moved
