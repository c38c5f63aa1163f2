"""Web input about cases."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from casework.base.codes import codes
from casework.base.dates import PartialDate
from casework.base.identity import NUMBERED_KINDS
from casework.base.sheets import Item, Section, Sheet
from casework.cases.models import Case, Participant
from casework.cases.queries import Candidate, Found
from casework.cases.sheet import (
    ADD_PERSON,
    ASSIGN,
    CASE_DETAILS,
    JOIN_CASE,
    PARTICIPANT,
    RELEASE,
    SEAL,
    SEARCH,
    TRANSFER,
)
from casework.http.forms import SheetForm, sheet_form
from casework.intake.models import Report, ReportPerson
from casework.intake.queries import Match
from casework.organisations.models import Agency, Membership, User
from casework.people.models import Address, Kinship, Person, Phone, SafeContact
from casework.people.sheet import (
    ADDRESS,
    END_SAFE_CONTACT,
    KINSHIP,
    PERSON,
    PHONE,
    REVEAL_ADDRESS,
    SAFE_CONTACT,
)

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
) -> dict[UUID, Person]:
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


# --- the people of a case ---

PersonForm = sheet_form(PERSON, Person)
AddPersonForm = sheet_form(ADD_PERSON, Person)
ParticipantForm = sheet_form(PARTICIPANT, Participant)
PhoneForm = sheet_form(PHONE, Phone)
AddressForm = sheet_form(ADDRESS, Address)
SafeContactForm = sheet_form(SAFE_CONTACT, SafeContact)
EndSafeContactForm = sheet_form(END_SAFE_CONTACT, SafeContact)
KinshipForm = sheet_form(KINSHIP, Kinship)
RevealAddressForm = sheet_form(REVEAL_ADDRESS)
CaseDetailsForm = sheet_form(CASE_DETAILS, Case)
AssignForm = sheet_form(ASSIGN)
ReleaseForm = sheet_form(RELEASE)
TransferForm = sheet_form(TRANSFER)
SealForm = sheet_form(SEAL)
SearchForm = sheet_form(SEARCH)


def person_form(data: QueryDict | None, person: Person) -> SheetForm:
    """Everything that is asked of a person; details appear with the answer they belong to."""
    form = PersonForm(data, record=person)
    _show(form, "identity_number", f"identity_kind={'|'.join(NUMBERED_KINDS)}")
    _show(form, "identity_issued", f"identity_kind={'|'.join(NUMBERED_KINDS)}")
    _show(form, "identity_none_reason", "identity_kind=none")
    _show(form, "official_unit", f"official_kind={'|'.join(codes('official_kind').where('seals_case'))}")
    return form


def add_person_form(data: QueryDict | None, same: Sequence[Found] = ()) -> SheetForm:
    """The few questions for somebody new, and who on file it may be when somebody is alike."""
    form = AddPersonForm(data)
    _show(form, "conflict_of_interest", "role=representative|guardian")
    _show(form, "identity_number", f"identity_kind={'|'.join(NUMBERED_KINDS)}")
    if not same:
        form.leave_out("person")
        return form
    form.offer("person", [(hit.person.pk, _on_file(hit)) for hit in same if hit.person])
    return form


def phone_form(data: QueryDict | None, phone: Phone | None, *, hides_number: bool) -> SheetForm:
    """A number; one that must stay hidden is not shown to be corrected either: a new one is added instead."""
    form = PhoneForm(data, record=phone) if phone else PhoneForm(data)
    if phone is not None and hides_number:
        form.leave_out("number")
    return form


def address_form(data: QueryDict | None, address: Address | None) -> SheetForm:
    """An address; of a safe one nothing is filled in, and what is left empty stays as it is."""
    if address is None:
        return AddressForm(data)
    if not address.is_protected:
        return AddressForm(data, record=address)
    form = AddressForm(data, record=address)
    form.initial = {"kind": address.kind, "version": address.version}
    kinds: Any = form.fields["kind"]
    kinds.choices = [row for row in kinds.choices if row[0] in Address.PROTECTED_KINDS]
    return form


def safe_contact_form(data: QueryDict | None, contact: SafeContact | None, today: date) -> SheetForm:
    """What is agreed with the person today. What stood there before is offered again, unless it has ended."""
    if contact is None:
        return SafeContactForm(data, initial={"confirmed_on": today})
    form = SafeContactForm(data, record=contact, initial={"confirmed_on": today})
    if contact.ended_by:
        form.initial = {name: form.initial[name] for name in ("confirmed_on", "language", "version")}
    return form


def kinship_form(
    data: QueryDict | None, person: Person, others: Sequence[Person], kinship: Kinship | None = None
) -> SheetForm:
    """How two people are related, said from the side of `person`."""
    start: dict[str, Any] = {}
    if kinship is not None and kinship.other_id == person.pk:
        inverse = codes("kinship").row(kinship.relation).string("inverse")
        start = {"other": str(kinship.person_id), "relation": inverse or kinship.relation}
    form = KinshipForm(data, record=kinship, initial=start) if kinship else KinshipForm(data)
    form.offer("other", [(other.pk, described(other)) for other in others])
    return form


def described(person: Person) -> str:
    """A name with its birth year, so that two people of one name can be told apart."""
    name = person.full_name or str(_("Name not known"))
    return f"{name}, {person.birth_date[:4]}" if person.birth_date else name


def _on_file(hit: Found) -> str:
    return f"{described(hit.person)} · {hit.case.number}" if hit.person else hit.case.number


def _show(form: SheetForm, name: str, when: str) -> None:
    form.fields[name].show_when = when  # type: ignore[attr-defined]  # read by the renderer


def searched(answers: dict[str, Any]) -> tuple[str, str, int | None]:
    """Name, identity number and birth year of somebody about to be added."""
    born = answers.get("birth_date")
    year = born.year if isinstance(born, PartialDate) else None
    return str(answers.get("full_name") or ""), str(answers.get("identity_number") or ""), year


# --- who works on the case ---


def assign_form(data: QueryDict | None, seats: Iterable[Membership]) -> SheetForm:
    """Whom the case is given to; the office stands beside the name."""
    form = AssignForm(data)
    form.offer("user", [(seat.user_id, f"{seat.user.full_name} · {seat.agency.name}") for seat in seats])
    return form


def release_form(data: QueryDict | None, users: Iterable[User]) -> SheetForm:
    """Who of those on the case is taken off it."""
    form = ReleaseForm(data)
    form.offer("user", [(user.pk, user.full_name) for user in users])
    return form


def transfer_form(data: QueryDict | None, unit: Agency, workers: Sequence[User]) -> SheetForm:
    """To whom in the chosen unit the case is handed, and why."""
    form = TransferForm(data, initial={"to_unit": unit.pk})
    form.offer("to_unit", [(unit.pk, unit.name)])
    form.offer("lead", [(user.pk, user.full_name) for user in workers])
    return form
