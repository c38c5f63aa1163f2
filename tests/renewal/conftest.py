"""A case with everything that is sealed under keys, and clocks that need not be waited for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import models

from casework.attachments.models import Attachment
from casework.cases.models import Case
from casework.encryption import keyring
from casework.encryption.canary import verify_canary
from casework.encryption.models import DataKey, KeyRotation
from casework.incidents.actions import record_incident
from casework.management.renewal import data, steps
from tests.attachments.making import PDF, attach
from tests.ground import copy_of, ground
from tests.incidents.test_record import told
from tests.world import World

PLACE = "Ngoài nương"


@dataclass
class Made:
    case: Case
    attachment: Attachment


def _made(world: World) -> Made:
    case = world.case()
    record_incident(case=case, by=world.lan, at=world.at(days=1), answers=told(world, place=PLACE))
    return Made(case, attach(world, case, content=PDF))


laid = ground(_made)


@pytest.fixture
def made(world: World, laid: Made, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Lan's case with an incident and a file; nobody's request has to be waited for."""
    verify_canary()
    monkeypatch.setattr(data, "settled", lambda: timedelta(0))
    return copy_of(laid)


@pytest.fixture
def case(made: Made) -> Case:
    return made.case


def manage(*words: str) -> str:
    """Run a command; what it said."""
    out = StringIO()
    call_command(*words, stdout=out, stderr=out)
    return out.getvalue()


def grown_old(**scope: Any) -> None:
    """The keys of a scope, or all, were made two days ago."""
    DataKey.objects.filter(**scope).update(made_at=models.F("made_at") - timedelta(days=2))
    keyring.forget_keys()


def unended() -> list[KeyRotation]:
    return list(KeyRotation.objects.filter(ended_at=None))


Killed = InterruptedError


@pytest.fixture
def killed_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """`killed_after(n)`: the process stops in the middle of the n-th transaction of a renewal from now on."""

    def prepare(count: int) -> None:
        left, step = [count], steps.tell

        def tell(*args: Any, **kwargs: Any) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Killed
            step(*args, **kwargs)

        monkeypatch.setattr(data, "tell", tell)

    return prepare
