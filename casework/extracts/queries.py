"""Requests to see a file: of a case, and the queue of those who answer."""

from datetime import datetime
from typing import Any, Final

from casework.base.codes import codes
from casework.cases.models import Case
from casework.encryption.keyring import prefetch_keys
from casework.extracts.models import AccessRequest
from casework.official_forms import kinds
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


def asks_for_herself(request: AccessRequest) -> bool:
    """Whether the person the file protects asks, and not somebody it may protect her against."""
    return codes("access_capacity").row(request.capacity).flag("is_subject")


def is_for_them(paper: OfficialPaper, request: AccessRequest) -> bool:
    """Whether a paper was held to what somebody may read who commits violence, or is hers and she asks."""
    kind = kinds.kind_of(paper.kind)
    return kind.reaches_abuser or (kind.for_subject and asks_for_herself(request))


def papers_for(request: AccessRequest) -> list[OfficialPaper]:
    """The papers of the case that can be the extract, the latest first."""
    rows = OfficialPaper.objects.everything(reason=OPENED).filter(
        case=request.case, state=OfficialPaper.ISSUED, removed_at__isnull=True
    )
    return [row for row in rows.order_by("-drawn_at") if is_for_them(row, request)]


def drawn_for(request: AccessRequest) -> Kind | None:
    """The paper the system fills from the records for whoever asks; nobody but the person subjected has one."""
    found = (kind for kind in kinds.kinds().values() if kind.for_subject)
    return next(found, None) if asks_for_herself(request) else None
