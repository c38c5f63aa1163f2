"""Requests to see a file: of a case, and the queue of those who answer."""

from datetime import datetime
from typing import Any, Final

from casework.base.codes import codes
from casework.base.text import search_key
from casework.cases.models import Case, Participant
from casework.encryption.keyring import prefetch_keys
from casework.extracts.models import AccessRequest
from casework.official_forms import kinds, sources
from casework.official_forms.kinds import Kind
from casework.official_forms.models import OfficialPaper
from casework.organisations.models import User

OPEN: Final = (AccessRequest.ASKED, AccessRequest.ALLOWED, AccessRequest.PREPARED)
LONGEST_QUEUE: Final = 100
OPENED: Final = "the request was opened"


def requests_of(user: User, case: Case) -> list[AccessRequest]:
    """Every request about the case the viewer may see, the latest first."""
    return _read(AccessRequest.objects.visible_to(user).filter(case=case).order_by("-received_at"))


def queue_of(user: User, *, at: datetime) -> list[AccessRequest]:
    """The requests that wait, of all cases the viewer answers for; the most urgent first."""
    rows = AccessRequest.objects.visible_to(user, "access.queue", at=at).filter(state__in=OPEN)
    return _read(rows.order_by("answer_by", "pk")[:LONGEST_QUEUE])


def _read(rows: Any) -> list[AccessRequest]:
    related = ("case", "child__person", "decided_by", "prepared_by", "released_by", "paper")
    return prefetch_keys(rows.select_related(*related))


def is_for_them(paper: OfficialPaper, request: AccessRequest) -> bool:
    """Whether a paper was held to what somebody may read who commits violence, or is drawn for whoever asks."""
    kind = kinds.kind_of(paper.kind)
    if kind.for_asker:
        return _is_asker(kind, request)
    return kind.reaches_abuser


def _is_asker(kind: Kind, request: AccessRequest) -> bool:
    """Whether a drawn extract is of whoever asks: it tells of the main person of that capacity, and of no namesake's."""
    if kind.for_asker != request.capacity:
        return False
    if not kind.reaches_abuser:
        return True
    parts = Participant.objects.everything(reason=OPENED).filter(
        case=request.case, role=request.capacity, is_main=True
    )
    asker = search_key(request.who)
    return any(search_key(part.person.full_name) == asker for part in parts.select_related("person"))


def papers_for(request: AccessRequest) -> list[OfficialPaper]:
    """The papers of the case that can be the extract, the latest first."""
    rows = OfficialPaper.objects.everything(reason=OPENED).filter(
        case=request.case, state=OfficialPaper.ISSUED, removed_at__isnull=True
    )
    return [row for row in rows.order_by("-drawn_at") if is_for_them(row, request)]


def drawn_for(request: AccessRequest) -> Kind | None:
    """The paper the system fills from the records for whoever asks, the two of a case alone; None for anybody else.

    None also where the file as it stands gives none.
    """
    found = next((kind for kind in kinds.kinds().values() if _is_asker(kind, request)), None)
    return found if found and found.fits("case", sources.case_marks(request.case)) else None


def tells_of_the_file(request: AccessRequest) -> bool:
    """Whether an answer may be the first that somebody who may be the perpetrator, or be close to him, hears of the file."""
    may_be_his = codes("access_capacity").row(request.capacity).flag("may_be_perpetrator")
    return may_be_his and not sources.told_him(request.case)
