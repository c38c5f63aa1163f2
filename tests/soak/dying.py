"""Dying with -9 at a statement that was drawn, so that where it strikes is never a matter of how fast a machine is."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from django.db import connection


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def killed_at(number: int) -> Iterator[None]:
    """Inside, this process is killed as it is about to run so many statements; not at all if it runs fewer."""
    asked = count(1)

    def run(execute: Any, *asking: Any) -> Any:
        if next(asked) == number:
            die()
        return execute(*asking)

    with connection.execute_wrapper(run):
        yield
