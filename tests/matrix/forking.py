"""The same question asked of several at once: a database in memory is copied with its process."""

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from django.db import connection

Q = TypeVar("Q")
A = TypeVar("A")

# Seconds for one question, on however busy a machine.
PATIENCE = 900

_work: Callable[..., object] | None = None


def each(work: Callable[[Q], A], questions: Iterable[Q]) -> Iterator[A]:
    """The answers in the order of the questions; one process for each core where the database allows it."""
    # Nothing made so far will be thrown away: looking it through again and again would take a sixth of the time.
    gc.collect()
    gc.freeze()
    try:
        if connection.vendor != "sqlite":
            yield from map(work, questions)
            return
        global _work
        _work = work
        with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
            asked = list(questions)
            answers = pool.imap(_answer, asked)
            for _ in asked:
                # Threads are not copied with a process; a copy that waits for one of them waits for ever.
                yield answers.next(timeout=PATIENCE)
    finally:
        gc.unfreeze()


def _answer(question: Any) -> Any:
    # A function made inside a test cannot be sent to another process; a copy of the process has it already.
    assert _work is not None
    return _work(question)
