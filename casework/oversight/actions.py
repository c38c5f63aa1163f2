"""The one verb of those who watch over access: reading a case, with a reason, for a time."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.base.refusals import Erased, NotVisible, Refused
from casework.cases.models import Case, CaseTemporaryGrant
from casework.organisations.models import User
from casework.oversight.queries import case_to_audit

# Our policy: long enough to answer a question, too short to work in the case.
READABLE_FOR: Final = timedelta(minutes=60)


@command("audit.open_case")
def open_case_for_audit(*, by: User, at: datetime, number: str, reason: str) -> Case:
    """Open a case of one's area for reading, for 60 minutes, with a reason that the lead can read.

    Raises Refused("reason_missing"), or NotVisible for a number that is no case of the area or is locked
    against the auditor as close to a party, or Erased.
    """
    if not reason.strip():
        raise Refused("reason_missing", _("Say why in a sentence."), "reason")
    case = case_to_audit(by, number, at=at)
    if case is None:
        raise NotVisible
    if case.is_erased:
        raise Erased
    CaseTemporaryGrant.objects.create(
        user=by,
        content_object=case,
        opened_at=case.opened_at,
        not_before=at,
        not_after=at + READABLE_FOR,
        source="audit",
    )
    tell(reason=reason, minutes=int(READABLE_FOR.total_seconds() // 60))
    return case
