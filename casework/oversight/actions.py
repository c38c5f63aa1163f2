"""The verbs of those who watch over access: reading a case with a reason, and telling her who looked."""

from datetime import date, datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.access.principals import principal
from casework.base.refusals import Erased, InvalidInput, NotVisible, Refused
from casework.cases.models import Case, CaseTemporaryGrant
from casework.organisations.models import User
from casework.organisations.roles import SUPERVISORS
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


@command("case.list_readers", target="case")
def list_readers(*, case: Case, by: User, at: datetime, asked_by: str, since: date, until: date) -> Case:
    """Say that who opened the case is listed for the person it is about, who asked for it, and for which days.

    The list itself is read from the memory (`queries.readers_told_to_her`), so this changes nothing but it.
    Raises Refused("not_the_lead") for somebody else who works on the case, InvalidInput for days in the wrong order.
    """
    if case.lead_id != by.pk and not principal(by, at).has_role(*SUPERVISORS):
        raise Refused("not_the_lead", _("The lead of the case or a supervisor gives this list."))
    if since > until:
        raise InvalidInput({"until": _("The last day comes before the first.")})
    tell(asked_by=asked_by, since=since.isoformat(), until=until.isoformat())
    return case
