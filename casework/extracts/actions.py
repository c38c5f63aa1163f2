"""The verbs of a request to see a file: written down, answered, the extract prepared and handed over."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.base.refusals import Denied, NotVisible, Refused
from casework.base.sheets import Sheet, fill
from casework.cases.models import Case, Participant
from casework.cases.queries import CHILDREN
from casework.deadlines.clocks import due_of, start_clock, stop_clock
from casework.extracts import queries, sheet
from casework.extracts.models import AccessRequest
from casework.official_forms.models import OfficialPaper
from casework.organisations.models import User

ANSWER, CARRY_OUT = "subject_request_answer", "subject_request_done"


class RequestState(Refused):
    """The request is not in a state that allows the verb."""

    def __init__(self) -> None:
        super().__init__("access_state", _("The state of this request does not allow this."))


@command("access.record", target="case")
def record_request(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> AccessRequest:
    """Write down that somebody asks to see the file: answered in 2 working days, carried out in 10 days.

    A closed case is asked about too. Raises NotVisible for a child of another case, Refused("child_missing") or
    Refused("time_in_future"). Source: Decree 356/2025 Art. 5.
    """
    request = AccessRequest(case=case, child=_child_of(case, answers.get("participant")))
    changed = fill(request, sheet.RECORD, answers)
    if request.scope == "child_file" and request.child is None:
        raise Refused("child_missing", _("Say which child the request is about."), "participant")
    if request.received_at > at:
        raise Refused("time_in_future", _("This time is still to come."), "received_at")
    since = request.received_at
    request.answer_by = due_of(case, ANSWER, since) or since
    request.done_by = due_of(case, CARRY_OUT, since) or since
    request.save()
    start_clock(case, ANSWER, at=at, since=since, due_at=request.answer_by, subject=request)
    start_clock(case, CARRY_OUT, at=at, since=since, due_at=request.done_by, subject=request)
    tell(fields=changed, capacity=request.capacity, scope=request.scope)
    return request


@command("access.refuse", target="request")
def refuse_request(
    *, request: AccessRequest, by: User, at: datetime, answers: Mapping[str, object]
) -> AccessRequest:
    """Refuse with reasons. Raises RequestState, Denied for whoever wrote it down, or Refused("reasons_missing")."""
    changed = _answer(request, sheet.REFUSE, AccessRequest.REFUSED, by=by, at=at, answers=answers)
    if not request.refusals:
        raise Refused("reasons_missing", _("Name at least one reason."), "refusals")
    request.save()
    stop_clock(request.case, ANSWER, CARRY_OUT, at=at, subject=request)
    tell(fields=changed, refusals=request.refusals)
    return request


@command("access.allow", target="request")
def allow_request(
    *, request: AccessRequest, by: User, at: datetime, answers: Mapping[str, object]
) -> AccessRequest:
    """Allow an extract, and say what it may hold. Raises RequestState, or Denied for whoever wrote it down."""
    changed = _answer(request, sheet.ALLOW, AccessRequest.ALLOWED, by=by, at=at, answers=answers)
    request.save()
    stop_clock(request.case, ANSWER, at=at, subject=request)
    tell(fields=changed)
    return request


@command("access.prepare", target="request")
def prepare_extract(
    *, request: AccessRequest, by: User, at: datetime, answers: Mapping[str, object]
) -> AccessRequest:
    """Name the paper that is the extract: one made for whoever asks, which the look through has let pass.

    Another one may be named until it is handed over. Raises RequestState, NotVisible for a paper of another case,
    Refused("paper_blocked") or Refused("paper_not_for_them").
    """
    _require(request, AccessRequest.ALLOWED, AccessRequest.PREPARED)
    paper = _paper_of(request, answers["paper_id"])
    _check_paper(paper, request)
    changed = fill(request, sheet.PREPARE, answers)
    request.paper, request.prepared_at, request.prepared_by = paper, at, by
    request.state = AccessRequest.PREPARED
    request.save()
    tell(fields=changed)
    return request


@command("access.release", target="request")
def release_extract(
    *, request: AccessRequest, by: User, at: datetime, answers: Mapping[str, object]
) -> AccessRequest:
    """A second person hands the extract over.

    Raises RequestState, Denied for whoever prepared it or drew the paper, or as preparing does for a paper that was
    blocked or cancelled since.
    """
    _require(request, AccessRequest.PREPARED)
    paper = request.paper
    if paper is None:
        raise RequestState
    if by.pk in (request.prepared_by_id, paper.issued_by_id):
        raise Denied
    _check_paper(paper, request)
    changed = fill(request, sheet.RELEASE, answers)
    request.released_at, request.released_by = at, by
    request.state = AccessRequest.RELEASED
    request.save()
    stop_clock(request.case, CARRY_OUT, at=at, subject=request)
    tell(fields=changed)
    return request


# --- parts ---


def _require(request: AccessRequest, *states: str) -> None:
    if request.state not in states:
        raise RequestState


def _answer(
    request: AccessRequest,
    paper: Sheet,
    state: str,
    *,
    by: User,
    at: datetime,
    answers: Mapping[str, object],
) -> list[str]:
    _require(request, AccessRequest.ASKED)
    if request.created_by_id == by.pk:
        raise Denied
    changed = fill(request, paper, answers)
    if not request.reasons.strip():
        raise Refused("reasons_missing", _("The answer must be in writing, with its reasons."), "reasons")
    request.state, request.decided_at, request.decided_by = state, at, by
    return changed


def _child_of(case: Case, participant: object) -> Participant | None:
    if not isinstance(participant, UUID):
        return None
    child: Participant | None = (
        Participant.objects.everything(reason="the child a request is about")
        .filter(CHILDREN, case=case, pk=participant)
        .first()
    )
    if child is None:
        raise NotVisible
    return child


def _paper_of(request: AccessRequest, paper: object) -> OfficialPaper:
    found: OfficialPaper | None = (
        OfficialPaper.objects.everything(reason="the extract of a request that was opened")
        .filter(case=request.case, pk=str(paper))
        .first()
    )
    if found is None:
        raise NotVisible
    return found


def _check_paper(paper: OfficialPaper, request: AccessRequest) -> None:
    """Nothing of who reported, of a shelter or of her telephone leaves: only what is held to that may be handed over."""
    if paper.state != OfficialPaper.ISSUED or paper.removed_at is not None:
        raise Refused(
            "paper_blocked",
            _("This paper is blocked or cancelled: it says what must not leave the office."),
            "paper_id",
        )
    if not queries.is_for_them(paper, request):
        raise Refused(
            "paper_not_for_them",
            _("This paper is made for the office. Take one made for whoever asks, or send a redacted file."),
            "paper_id",
        )
