"""Opening a record: the only way a page or an API gets one, written to the memory before it is shown."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction

from casework.access import seals
from casework.access.guard import GuardedModel
from casework.audit.log import record
from casework.audit.models import AuditEvent
from casework.base.refusals import Denied, Erased, NotVisible
from casework.encryption import seal_note
from casework.organisations.models import User

Record = TypeVar("Record", bound=GuardedModel)

REASON_FIELD_ID = 1001
TERM_FIELD_ID = 1002
DAMAGED = "integrity.damaged"


def open_record(
    user: User,
    model: type[Record],
    pk: UUID | str,
    *,
    verb: str | None = None,
    page: str = "",
    purpose: str = "",
    reason: str = "",
    fields: Sequence[str] = (),
    within: GuardedModel | None = None,
    even_erased: bool = False,
    at: datetime | None = None,
) -> Record:
    """Return the record and write who opened it, in one transaction.

    fields: names of protected fields this opening shows; reason: sealed under the case's key.
    within: the case through which a row that belongs to no single case (a person's) is opened; its memory
    tells of it. even_erased: for the page that says what became of it.
    Raises NotVisible when it is missing or hidden (the two look alike), Denied when it may be seen but
    not this, Erased when its content was destroyed, MemoryUnavailable when the reading cannot be written.
    """
    verb = verb or model.view_verb
    with transaction.atomic():
        # One probe whether it exists or not, so that the time taken tells nothing.
        row: Any = model.visibility.row(model, _uuid(pk), user, verb, at)
        if row is not None:
            case_id = (within or row).audit_case_id
            basis = model.visibility.basis(row, user, verb, at) or ""
            if (within or row).is_erased and not even_erased:
                raise Erased
            record(
                action=verb,
                outcome=AuditEvent.READ,
                actor_id=user.pk,
                obj=row,
                case_id=case_id,
                fields=fields,
                detail={"basis": basis, **({"page": page} if page else {})},
                purpose=purpose,
                reason=seal_reason(reason, case_id=case_id, user_id=user.pk),
            )
            found: Record = row
            found.damage = seals.damage_of(found, case_id)
            tell_damage(found.damage)
            return found
    refuse(user, verb, object_type=model.__name__.lower(), object_id=_uuid(pk))
    may_look = verb != model.view_verb and model.objects.visible_to(user, at=at).filter(pk=_uuid(pk)).exists()
    refusal = Denied() if may_look else NotVisible()
    # Already written: whoever shows this refusal must not write it again.
    refusal.verb = verb  # type: ignore[union-attr]
    raise refusal


def tell_damage(damage: Sequence[seals.Damage]) -> None:
    """Write what is damaged to the memory, each state found once, on the chain of its case."""
    if not damage:
        return
    known = {
        (event.object_id, event.detail.get("found"))
        for event in AuditEvent.objects.filter(action=DAMAGED, object_id__in=[one.row for one in damage])
    }
    for one in damage:
        if (one.row, one.found) not in known:
            with transaction.atomic():
                record(
                    action=DAMAGED,
                    outcome=AuditEvent.DONE,
                    actor_id=None,
                    object_type=one.kind,
                    object_id=one.row,
                    case_id=one.case_id,
                    detail={"why": one.why, "found": one.found},
                )


def record_list(
    user: User,
    verb: str,
    *,
    shown: Sequence[UUID] = (),
    filters: Mapping[str, object] | None = None,
    term: str = "",
) -> None:
    """Write that a list or a search result was shown: how many rows, which, by what filters.

    term: what was searched for, sealed under the reader's own key.
    """
    with transaction.atomic():
        record(
            action=verb,
            outcome=AuditEvent.READ,
            actor_id=user.pk,
            detail={
                "count": len(shown),
                "shown": [str(pk) for pk in shown],
                "filters": {
                    key: str(value) for key, value in (filters or {}).items() if value not in ("", None)
                },
            },
            reason=seal_note("user", user.pk, TERM_FIELD_ID, user.pk, term) if term else b"",
        )


def refuse(user: Any, verb: str, *, object_type: str = "", object_id: UUID | None = None) -> None:
    """Write a refusal on the actor's own chain, in a transaction of its own."""
    with transaction.atomic():
        record(
            action=verb,
            outcome=AuditEvent.REFUSED,
            actor_id=getattr(user, "pk", None),
            object_type=object_type,
            object_id=object_id,
        )


def seal_reason(reason: str, *, case_id: UUID | None, user_id: UUID) -> bytes:
    """A reason in a person's words is sealed under the case it is about, or under its author."""
    if not reason:
        return b""
    scope, scope_id = ("case", case_id) if case_id else ("user", user_id)
    return seal_note(scope, scope_id, REASON_FIELD_ID, scope_id, reason)


def _uuid(value: UUID | str) -> UUID:
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError as error:
        raise NotVisible from error
