"""Web input about cases."""

from collections.abc import Sequence
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from casework.base.codes import codes
from casework.base.sheets import Item, Section, Sheet
from casework.cases.queries import Candidate
from casework.cases.sheet import JOIN_CASE
from casework.http.forms import SheetForm, sheet_form
from casework.intake.models import Report, ReportPerson
from casework.intake.queries import Match

JoinCaseForm = sheet_form(JOIN_CASE)
HOW = {"phone": _("same telephone"), "name": _("same name and birth year")}


def known_form(
    data: QueryDict | None, report: Report, people: Sequence[ReportPerson], found: Sequence[Match]
) -> SheetForm | None:
    """One question for each person of the report who may be on file already; None when nobody is."""
    by_place: dict[int, list[Match]] = {}
    for match in found:
        by_place.setdefault(match.place, []).append(match)
    if not by_place:
        return None
    items = tuple(
        Item(f"known_{place}", "person", label=_named(people[place]), help=_("Leave open for a new person."))
        for place in by_place
    )
    sheet = Sheet("open_case", _("Open a case"), (Section("known", _("Already on file?"), items),))
    form = sheet_form(sheet)(data, record=report)
    for place, matches in by_place.items():
        form.offer(f"known_{place}", [(match.person.pk, _described(match)) for match in matches])
    return form


def known_people(
    answers: dict[str, UUID | None], people: Sequence[ReportPerson], found: Sequence[Match]
) -> dict[UUID, object]:
    """Report person id -> the person it is, from the answers of `known_form`."""
    on_file = {match.person.pk: match.person for match in found}
    chosen = {int(name.removeprefix("known_")): pk for name, pk in answers.items() if pk is not None}
    return {people[place].pk: on_file[pk] for place, pk in chosen.items()}


def join_form(data: QueryDict | None, report: Report, candidates: Sequence[Candidate]) -> SheetForm:
    form = JoinCaseForm(data, record=report)
    form.offer("case", [(one.case.pk, _case_line(one)) for one in candidates])
    return form


def _named(person: ReportPerson) -> str:
    role = codes("participant_role").label(person.role)
    return f"{role}: {person.full_name}" if person.full_name else role


def _described(match: Match) -> str:
    year = f", {match.birth_year}" if match.birth_year else ""
    return f"{match.person.full_name}{year} ({HOW[match.by]})"


def _case_line(candidate: Candidate) -> str:
    state = codes("case_state").label(candidate.case.state)
    line = ", ".join(part for part in (candidate.case.number, candidate.initials, state) if part)
    return f"{line} ({HOW[candidate.by]})" if candidate.by else line
