"""The tests of the memory start from an empty one: the cast was made through verbs, which are remembered."""

import pytest
from django.db import connection

from casework.audit.models import AuditEvent
from tests.audit.forging import look, sign
from tests.audit.tampering import tamper

# SQLite has no roles.
collect_ignore = [] if connection.vendor == "postgresql" else ["test_roles.py"]


@pytest.fixture
def empty_memory(db):
    for table in ("seals", "events", "chains", "leaves", "checkpoints"):
        tamper(f"DELETE FROM {{{table}}}")


@pytest.fixture
def log(empty_memory):
    """Eight events, signed before the first, after the fourth and after the eighth."""
    sign()
    for _ in range(2):
        look(4)
        sign()
    return list(AuditEvent.objects.order_by("pk"))
