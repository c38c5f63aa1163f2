"""The file of Lan's case, built once for all tests of the matrix and given back after them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from casework.audit.sequencer import HEARTBEAT, sequence
from casework.encryption.canary import verify_canary
from tests.matrix.file import File, build_file
from tests.world import load_world


@pytest.fixture(scope="module")
def file(django_db_setup: None, django_db_blocker: Any) -> Iterator[File]:
    with django_db_blocker.unblock(), transaction.atomic():
        # As a server does at its start: without it, it would say that it is not ready.
        verify_canary()
        file = build_file(load_world())
        # Signed now, the tree need not be signed again by each of the requests, which are all taken back.
        sequence(file.world.now + HEARTBEAT)
        yield file
        transaction.set_rollback(True)
