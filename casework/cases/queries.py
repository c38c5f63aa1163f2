"""Questions about cases, each narrowed to a viewer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from casework.access.lists import page
from casework.base.text import initials
from casework.cases import lifecycle
from casework.cases.models import Case, Participant
from casework.encryption.keyring import prefetch_keys
from casework.intake import queries as reports
from casework.intake.models import Report, ReportPerson
from casework.organisations.models import User

OFFERED: Final = 25


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case a report may belong to; by: phone or name of somebody in both, "" when it is only near."""

    case: Case
    initials: str
    by: str = ""


def cases_for(report: Report, people: Sequence[ReportPerson], user: User, *, at: datetime) -> list[Candidate]:
    """Live cases the user may see that a report may join: of the same people first, then of the commune."""
    same = {match.person.pk: match.by for match in reports.matches_of(user, people, at=at).known}
    parts = Participant.objects.visible_to(user, at=at).filter(
        person_id__in=same, case__state__in=lifecycle.LIVE
    )
    by = {part.case_id: same[part.person_id] for part in parts}
    near = page(
        Case,
        user,
        size=OFFERED,
        filters={"commune_id": report.area_id, "state__in": tuple(lifecycle.LIVE)},
        at=at,
    ).rows
    rows = {case.pk: case for case in Case.objects.visible_to(user, at=at).filter(pk__in=by)}
    rows.update({case.pk: case for case in near})
    called = initials_of(list(rows.values()))
    return [Candidate(case, called.get(pk, ""), by.get(pk, "")) for pk, case in rows.items()]


def initials_of(cases: Sequence[Case]) -> dict[object, str]:
    """The initials of each case's main victim, for lists; the cases were narrowed to the viewer before."""
    mains = Participant.objects.everything(reason="initials in a list of cases the viewer may see").filter(
        case__in=[case.pk for case in cases], is_main=True, role="victim"
    )
    return {
        part.case_id: initials(part.person.full_name)
        for part in prefetch_keys(mains.select_related("person"))
    }
