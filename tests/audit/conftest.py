"""The tests of the memory start from an empty one: the cast was made through verbs, which are remembered."""

import pytest

from tests.audit.tampering import tamper


@pytest.fixture
def empty_memory(db):
    for table in ("seals", "events", "chains", "leaves", "checkpoints"):
        tamper(f"DELETE FROM {{{table}}}")
