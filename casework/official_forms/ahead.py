"""What takes long about a paper, done before the transaction that numbers and keeps it.

Up here drawing a file and looking it through hold nobody: the database is held for the writing alone. What was made is
used only if it is of exactly what the paper turns out to be, with the number it gets and the secrets the case has by
then; else it is made anew inside. A paper that fails up here has taken no number, for none was taken yet.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast
from uuid import UUID

from django.db import connection

from casework.base import clock
from casework.base.numbering import new_public_code
from casework.base.refusals import Refused
from casework.base.turns import turn
from casework.cases.models import Case
from casework.encryption.files import SealedUpload
from casework.encryption.keyring import prefetch_keys
from casework.official_forms import kinds, queries
from casework.official_forms.models import OfficialPaper
from casework.organisations.models import User

Result = TypeVar("Result")

# A file that is no paper is refused by the verb, not looked through before.
LARGEST: Final = 20_000_000


@dataclass(slots=True)
class _Ready:
    """What was made, of what, and the check code that stands on it: good for one paper."""

    work: Any
    result: Any
    code: str = ""


_ready: ContextVar[_Ready | None] = ContextVar("paper_made_ahead", default=None)


def made_of(work: Any, make: Callable[[], Result]) -> Result:
    """What was made of exactly this beforehand; without it, what is made now."""
    ready = _ready.get()
    return cast("Result", ready.result) if ready is not None and ready.work == work else make()


def check_code() -> str:
    """The check code of the next paper: the one that was drawn beforehand, once."""
    ready = _ready.get()
    if ready is None or not ready.code:
        return new_public_code()
    code, ready.code = ready.code, ""
    return code


@contextmanager
def issuing(user: User, case_id: UUID, answers: Mapping[str, Any]) -> Iterator[None]:
    """Draw the paper that is about to be issued, with the number it will get; one at a time for each register."""
    with ExitStack() as stack:
        # A rule that stands against it is told by the verb, which comes next.
        with suppress(Refused):
            if not connection.in_atomic_block:
                stack.enter_context(_holding(_issued(stack, user, case_id, answers)))
        yield


@contextmanager
def sending(user: User, case_id: UUID, given: object) -> Iterator[None]:
    """Look through the file that is about to get a number."""
    with ExitStack() as stack:
        with suppress(Refused):
            if not connection.in_atomic_block:
                case = Case.objects.visible_to(user, "paper.issue_file").filter(pk=case_id).first()
                stack.enter_context(_holding(_looked(case, given)))
        yield


@contextmanager
def redrawing(user: User, paper_id: UUID, given: object) -> Iterator[None]:
    """Draw the blocked paper as its records stand now, or look through the file that is put in its place."""
    with ExitStack() as stack:
        with suppress(Refused):
            if not connection.in_atomic_block:
                stack.enter_context(_holding(_redrawn(user, paper_id, given)))
        yield


# --- parts --------------------------------------------------------------------------------------------------


@contextmanager
def _holding(ready: _Ready | None) -> Iterator[None]:
    token = _ready.set(ready)
    try:
        yield
    finally:
        _ready.reset(token)


def _issued(stack: ExitStack, user: User, case_id: UUID, answers: Mapping[str, Any]) -> _Ready | None:
    case = Case.objects.visible_to(user, "paper.issue").filter(pk=case_id).first()
    kind = kinds.kinds().get(str(answers["kind"]))
    if case is None or kind is None or not kind.is_issued:
        return None
    at = clock.now()
    unit = queries.unit_for(user, case, at=at)
    stack.enter_context(turn(f"{kind.register} {unit.pk}"))
    preview = queries.preview_of(user, case, kind.code, answers["about"], at=at)
    if preview.missing:
        return None
    place = queries.place_ahead(preview, unit, at=at)
    how: dict[str, Any] = {"check_code": new_public_code(), "by": user, "at": at, "goes_to": kind.goes_to}
    paper = queries.unsaved(case, kind, place, **how)
    queries.put_about(paper, preview, str(answers["form"]))
    work = queries.work_of(paper, preview, by=user, at=at)
    return _Ready(work, queries.done(work, at=at), paper.check_code)


def _redrawn(user: User, paper_id: UUID, given: object) -> _Ready | None:
    found = OfficialPaper.objects.visible_to(user, "paper.redact").filter(pk=paper_id)
    paper = found.select_related("case", "unit__area", "template").first()
    if paper is None or paper.state != OfficialPaper.BLOCKED:
        return None
    prefetch_keys([paper])
    if given is not None or paper.origin == "upload":
        return _looked(paper.case, given)
    at = clock.now()
    preview = queries.preview_of(user, paper.case, paper.kind, paper.about, at=at)
    if preview.missing:
        return None
    work = queries.work_of(paper, preview, by=user, at=at)
    return _Ready(work, queries.done(work, at=at))


def _looked(case: Case | None, given: object) -> _Ready | None:
    if case is None or not isinstance(given, SealedUpload) or not given.is_whole:
        return None
    if (given.size or 0) > LARGEST:
        return None
    sent = queries.sent_of(case, given)
    return _Ready(sent, queries.found_in(sent, given))
