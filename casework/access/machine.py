"""What the system itself does, at its own hour and on nobody's behalf: written to the memory like any verb."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Model

from casework.access import seals
from casework.audit.acting import acting_as
from casework.audit.log import hold_chain, record
from casework.audit.models import AuditEvent
from casework.audit.noted import noting


@dataclass(slots=True)
class Deed:
    """What the memory will say of it. Without `done` nothing is written: there was nothing to do."""

    obj: Model | None = None
    detail: dict[str, object] = field(default_factory=dict)
    done: bool = False


@contextmanager
def machine(action: str, *, case_id: UUID | None, at: datetime) -> Iterator[Deed]:
    """One transaction in which the system changes rows of one case, or of none, and says so in the memory.

    The chain of the case is held first, as verbs do. Whoever uses it says `deed.done` once something was changed.
    """
    with transaction.atomic(), noting(), acting_as(actor_id=None, at=at):
        hold_chain(case_id, None)
        deed = Deed()
        yield deed
        if not deed.done:
            return
        sealed = seals.take()
        event = record(
            action=action,
            outcome=AuditEvent.DONE,
            actor_id=None,
            obj=deed.obj,
            case_id=case_id,
            detail=deed.detail,
            row_seal=seals.digest_of(sealed),
        )
        seals.keep(event, sealed)
