"""What all exchanges of keys share: trying again, telling the memory, and what they may find in the way."""

import time
from collections.abc import Callable
from typing import Final, TypeVar
from uuid import UUID

from django.db import OperationalError

from casework.access import seals
from casework.audit.log import MemoryUnavailable, record
from casework.audit.models import AuditEvent
from casework.base import clock
from casework.encryption import KeysUnavailable
from casework.encryption.envelope import Scope
from casework.encryption.models import KeyRotation

# Rows exchanged in one transaction: nobody waits longer for them than for a page.
AT_ONCE: Final = 200
# Seconds before each further try: somebody holds the row, or a key service takes so many a minute.
_PAUSES: Final = (0.1, 0.5, 2, 10, 30, 60)

R = TypeVar("R")


class NotDone(Exception):
    """Why a key is not exchanged or not dropped; nothing was changed."""


def patiently(step: Callable[[], R]) -> R:
    """Do one transaction, again when somebody else was in the way; what goes on failing is raised."""
    for pause in _PAUSES:
        try:
            return step()
        except (OperationalError, MemoryUnavailable, KeysUnavailable):
            time.sleep(pause)
    return step()


def begun(of: str, number: int, waiting: int) -> tuple[KeyRotation | None, bool]:
    """The exchange to go on with, and whether it begins now; None when nothing waits. For one transaction.

    What a run before had to leave, because it is damaged, waits for nobody.
    """
    found = KeyRotation.objects.select_for_update().filter(of=of, number=number).first()
    if found is not None and found.ended_at is None:
        return found, False
    if waiting <= (found.left if found is not None else 0):
        return None, False
    if found is None:
        found, _made = KeyRotation.objects.get_or_create(
            of=of, number=number, defaults={"begun_at": clock.now()}
        )
    found.ended_at, found.after, found.left = None, "", 0
    found.save(update_fields=["ended_at", "after", "left"])
    return found, True


def case_of(scope: Scope | None) -> UUID | None:
    """The case whose memory tells of a key, for the key of a case."""
    return scope.id if scope is not None and scope.type == "case" else None


def tell(action: str, scope: Scope | None = None, **detail: object) -> None:
    """Write the event of a step, with the seals of the rows it wrote; for the transaction of the step."""
    sealed = seals.take()
    event = record(
        action=action,
        outcome=AuditEvent.DONE,
        actor_id=None,
        object_type=scope.type if scope else "",
        object_id=scope.id if scope else None,
        case_id=case_of(scope),
        detail=detail,
        row_seal=seals.digest_of(sealed),
    )
    seals.keep(event, sealed)
