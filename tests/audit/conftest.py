"""The tests of the memory start from an empty one: the cast was made through verbs, which are remembered."""

import pytest

from tests.audit.tampering import tamper


@pytest.fixture
def empty_memory(db):
    tamper("DELETE FROM {seals}")
    tamper("DELETE FROM {events}")
    tamper("DELETE FROM {chains}")
