"""The verb: permission, transaction, lock, history and audit travel in one call."""

import functools
import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.db import transaction

from casework.access import seals
from casework.access.decisions import Decision, may
from casework.access.guard import GuardedModel
from casework.access.opening import refuse, seal_reason
from casework.audit.acting import acting_as
from casework.audit.log import NOBODY, hold_chain, record
from casework.audit.models import AuditEvent
from casework.audit.noted import noting
from casework.base.prepared import instances
from casework.base.refusals import Denied, Erased, NotVisible, Stale
from casework.organisations.models import User

P = ParamSpec("P")
R = TypeVar("R")

COMMANDS: dict[str, Callable[..., Any]] = {}
UNATTENDED = Decision(allowed=True)


@dataclass(slots=True)
class Telling:
    """What the verb wants remembered beside the fact that it was done."""

    fields: set[str] = field(default_factory=set)
    detail: dict[str, object] = field(default_factory=dict)
    purpose: str = ""
    reason: str = ""


_telling: ContextVar[Telling | None] = ContextVar("telling", default=None)
_expected: ContextVar[int | None] = ContextVar("expected_version", default=None)


def tell(*, fields: Any = (), purpose: str = "", reason: str = "", **detail: object) -> None:
    """Add to the event of the running verb: names of changed fields, codes and counts, a reason (sealed)."""
    telling = _telling.get()
    if telling is None:
        raise RuntimeError("tell() is for the body of a command.")
    telling.fields.update(fields)
    telling.detail.update(detail)
    telling.purpose = purpose or telling.purpose
    telling.reason = reason or telling.reason


class expecting:
    """The version of the record the caller saw; the next verb inside refuses when it has moved on."""

    def __init__(self, version: int | None) -> None:
        self.version = version

    def __enter__(self) -> None:
        self._token = _expected.set(self.version)

    def __exit__(self, *_exc: object) -> None:
        _expected.reset(self._token)


def command(
    verb: str, *, target: str | None = None, row: str | None = None, unattended: bool = False
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a keyword-only function a verb.

    target: the name of the argument holding the record the right is asked about; None asks the role alone.
    row: the name of the argument holding the row that is changed, where that is not the target but something
    beneath it (a person of a case); it may be None. Its version is then the one the caller must have seen.
    Both are locked (the chain of the case first) and read again, so the body always sees the present.
    unattended: a job does it on nobody's behalf (`by=None`), because two people have decided it before; no role may.
    Raises NotVisible, Denied, Erased for a record whose content was destroyed, Stale, or what the body refuses.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        parameters = inspect.signature(function).parameters
        if any(p.kind is not inspect.Parameter.KEYWORD_ONLY for p in parameters.values()):
            raise TypeError(f"{function.__name__}: a verb takes keyword-only arguments.")
        for name in ("by", "at", *(name for name in (target, row) if name)):
            if name not in parameters:
                raise TypeError(f"{function.__name__}: a verb needs the argument {name!r}.")

        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            by: Any = kwargs["by"]
            at: Any = kwargs["at"]
            record_: Any = kwargs[target] if target else None
            row_: Any = kwargs.get(row) if row else record_
            if not isinstance(at, datetime) or at.utcoffset() is None:
                raise TypeError("`at` is an aware datetime.")
            try:
                with transaction.atomic(), noting(), acting_as(actor_id=getattr(by, "pk", None), at=at):
                    if record_ is not None:
                        # A page has read the case in this transaction before: it holds the chain, so this comes first.
                        hold_chain(record_.audit_case_id, getattr(by, "pk", None))
                        _lock(record_)
                    decision = UNATTENDED if unattended and by is None else may(by, verb, record_, at=at)
                    if not decision:
                        raise _refusal(by, record_, at)
                    if record_ is not None and record_.is_erased:
                        raise Erased
                    expected = _expected.get()
                    if row_ is not None and row_ is not record_:
                        _lock(row_)
                    if row_ is not None and expected is not None and row_.version != expected:
                        raise Stale
                    telling = Telling()
                    tokens = _telling.set(telling), _expected.set(None)
                    try:
                        result = function(*args, **kwargs)
                    finally:
                        _telling.reset(tokens[0])
                        _expected.reset(tokens[1])
                    _remember(verb, by, result, record_, telling, decision.basis)
                    return result
            except (Denied, NotVisible) as refusal:
                if getattr(refusal, "verb", None) is None:
                    refusal.verb = verb  # type: ignore[union-attr]
                    refuse(
                        by,
                        verb,
                        object_type=type(record_).__name__.lower() if record_ is not None else "",
                        object_id=record_.pk if record_ is not None else None,
                    )
                raise

        run.verb = verb  # type: ignore[attr-defined]
        run.target = target  # type: ignore[attr-defined]
        run.row = row  # type: ignore[attr-defined]
        COMMANDS[f"{function.__module__}.{function.__name__}"] = run
        return run

    return decorate


def _lock(row: GuardedModel) -> None:
    """Lock a record whose case is held already, and read it again; as `refresh_from_db`, opening no sealed value."""
    model: Any = type(row)

    def locked(values: Mapping[str, Any]) -> Any:
        return model._base_manager.select_for_update().filter(**values)

    found = instances(("locked", model), {"pk": row.pk}, locked)
    if not found:
        raise NotVisible
    for one in model._meta.concrete_fields:
        row.__dict__[one.attname] = found[0].__dict__[one.attname]
    for one in (*model._meta.concrete_fields, *model._meta.related_objects):
        if one.is_relation and one.is_cached(row):
            one.delete_cached_value(row)
    row.__dict__.pop("_prefetched_objects_cache", None)


def _refusal(by: Any, row: GuardedModel | None, at: datetime) -> Denied | NotVisible:
    if row is None or may(by, type(row).view_verb, row, at=at):
        return Denied()
    return NotVisible()


def _remember(
    verb: str, by: User | None, result: Any, target: GuardedModel | None, telling: Telling, basis: str
) -> None:
    subject = result if isinstance(result, GuardedModel) else target
    case_id: UUID | None = None
    for row in (subject, target):
        if case_id is None and row is not None:
            case_id = row.audit_case_id
    actor_id = by.pk if by is not None else None
    sealed = seals.take()
    event = record(
        action=verb,
        outcome=AuditEvent.DONE,
        actor_id=actor_id,
        obj=subject,
        case_id=case_id,
        fields=sorted(telling.fields),
        detail={"basis": basis, **telling.detail},
        purpose=telling.purpose,
        reason=seal_reason(telling.reason, case_id=case_id, user_id=actor_id or NOBODY),
        row_seal=seals.digest_of(sealed),
    )
    seals.keep(event, sealed)
