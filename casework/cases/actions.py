"""The verbs of the case itself: opened, joined, assigned, handed over."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.access.decisions import may
from casework.access.grants import give, take_back
from casework.access.principals import principal
from casework.base import clock
from casework.base.codes import codes
from casework.base.dates import PartialDate, age_band
from casework.base.models import next_number
from casework.base.numbering import new_public_code
from casework.base.refusals import NotVisible, Refused
from casework.base.sheets import fill
from casework.cases import lifecycle, sheet
from casework.cases.models import (
    Assignment,
    Case,
    CaseGroupGrant,
    CaseLink,
    CaseReport,
    CaseUserGrant,
    ConflictLock,
    Participant,
    Transfer,
)
from casework.encryption.envelope import Scope
from casework.encryption.keyring import prepare_keys
from casework.intake.models import Report, ReportPerson
from casework.organisations.models import Agency, User
from casework.organisations.roles import SCOPED, WORKERS
from casework.people import sheet as person_sheet
from casework.people.doubts import stored_identity
from casework.people.matching import index_person
from casework.people.models import Address, Kinship, Person, Phone, SafeContact

MAIN_ROLES = ("victim", "perpetrator")
# Where the same two people meet violence again soon after a case was closed, nobody begins below this.
REPEAT_LEVEL = "MEDIUM"


@command("report.open_case", target="report")
def open_case(*, report: Report, by: User, at: datetime, known: Mapping[UUID, Person] | None = None) -> Case:
    """Open a case on a report («thụ lý tin báo») and make its taker the lead.

    known: report person id -> the Person it is already known to be; everybody else becomes a new Person.
    Raises Refused("report_decided") when triage already ended, NotVisible for a known person the taker
    may not see.
    """
    _require_undecided(report)
    seat = _working_seat(by, at)
    commune = report.area
    year = clock.local(at).year
    number = next_number("case", commune.code, year)
    case = Case(
        number=f"{commune.code}-{year}-{number:04d}",
        code=new_public_code(),
        commune=commune,
        province=commune.parent,
        unit_id=report.assigned_agency_id or seat,
        lead=by,
        opened_at=at,
        is_sealed=report.is_sealed,
        language=report.language,
        next_due_at=lifecycle.first_assessment_due(at),
        next_due_kind=lifecycle.FIRST,
    )
    case.save()
    _add_people(case, report, by=by, at=at, known=known or {})
    _link(case, report, by=by, at=at, result="new_case")
    _put_on(case, by, by=by, at=at, lead=True)
    _link_earlier(case, at=at)
    tell(report=str(report.pk), number=case.number)
    return case


@command("report.join_case", target="report")
def join_case(*, report: Report, case: Case, by: User, at: datetime) -> Case:
    """Add a report to a case it belongs to.

    Raises Refused("report_decided"), CaseNotLive, or NotVisible when the case is not the user's to see.
    """
    _require_undecided(report)
    if not may(by, "case.view", case, at=at):
        raise NotVisible
    lifecycle.require_live(case.state)
    _link(case, report, by=by, at=at, result="joins_case")
    tell(report=str(report.pk))
    return case


@command("case.assign", target="case")
def assign_case(*, case: Case, by: User, at: datetime, user: User, lead: bool = False) -> Case:
    """Put somebody on the case; with `lead`, they answer for it from now on.

    Raises CaseNotLive, Refused("not_a_worker") or Refused("conflict_of_interest").
    """
    lifecycle.require_live(case.state)
    seats = principal(user, at)
    if not seats.has_role(*WORKERS):
        raise Refused("not_a_worker", _("This person does not work on cases."), "user")
    if ConflictLock.objects.filter(user=user, case=case).exists():
        raise Refused("conflict_of_interest", _("This person cannot be put on this case."), "user")
    _put_on(case, user, by=by, at=at, lead=lead)
    tell(user=str(user.pk), lead=lead)
    return case


@command("case.assign", target="case")
def release_case(*, case: Case, by: User, at: datetime, user: User) -> Case:
    """Take somebody off the case; the lead is replaced first.

    Raises Refused("lead_stays") for the lead and Refused("not_assigned") for somebody who is not on it.
    """
    if case.lead_id == user.pk:
        raise lifecycle.LeadStays(_("Name another lead before taking this person off the case."))
    if not _take_off(case, user, at=at):
        raise Refused("not_assigned", _("This person is not on the case."), "user")
    tell(user=str(user.pk), released=True)
    return case


@command("case.transfer", target="case")
def transfer_case(
    *, case: Case, by: User, at: datetime, to_unit: Agency, lead: User, kind: str, reason: str
) -> Case:
    """Hand the case to another unit: everyone of the old unit loses it, the new lead has it.

    Raises CaseNotLive, Refused("same_unit") or Refused("lead_not_in_unit").
    """
    lifecycle.require_live(case.state)
    if to_unit.pk == case.unit_id:
        raise Refused("same_unit", _("The case is already in this unit."), "to_unit")
    new_lead = principal(lead, at)
    if to_unit.pk not in new_lead.agency_ids or not new_lead.has_role(*WORKERS):
        raise Refused("lead_not_in_unit", _("The new lead does not work on cases in that unit."), "lead")
    transfer = Transfer(case=case, from_unit=case.unit, to_unit=to_unit, kind=kind, reason=reason, at=at)
    transfer.save()
    for assignment in Assignment.objects.everything(reason="handing a case over").filter(
        case=case, ended_at__isnull=True
    ):
        _take_off(case, assignment.user, at=at)
    # Whatever else opened the case to somebody by name, or to the old unit as a whole, ends with it.
    CaseUserGrant.objects.filter(content_object=case).delete()
    take_back(CaseGroupGrant, case, of=case.unit)
    case.unit = to_unit
    if to_unit.area.parent is not None:
        case.commune = to_unit.area
        case.province = to_unit.area.parent
    case.save()
    _put_on(case, lead, by=by, at=at, lead=True)
    tell(from_unit=str(transfer.from_unit_id), to_unit=str(to_unit.pk), kind=kind)
    return case


@command("case.seal", target="case")
def seal_case(*, case: Case, by: User, at: datetime, reason: str) -> Case:
    """Keep the case from everyone in the commune but those named on it."""
    if case.is_sealed:
        raise Refused("already_sealed", _("This case is already sealed."))
    case.is_sealed = True
    case.save()
    tell(fields=["is_sealed"], reason=reason)
    return case


@command("case.declare_conflict", target="case")
def declare_conflict(*, case: Case, by: User, at: datetime) -> Case:
    """Say that one is close to a party: from this instant the case does not exist for oneself.

    Raises Refused("lead_stays") for the lead, who names another first.
    """
    if case.lead_id == by.pk:
        raise lifecycle.LeadStays(_("Name another lead before declaring that you are close to a party."))
    ConflictLock.objects.get_or_create(user=by, case=case, defaults={"at": at, "source": "declared"})
    _take_off(case, by, at=at)
    return case


@command("case.edit", target="case")
def edit_case(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> Case:
    """Correct how the case came, on what legal basis it is kept, and in which language it is worked.

    Raises CaseNotLive.
    """
    lifecycle.require_live(case.state)
    changed = fill(case, sheet.CASE_DETAILS, answers)
    if changed:
        case.save()
    tell(fields=changed)
    return case


@command("person.add", target="case")
def add_person(*, case: Case, by: User, at: datetime, answers: Mapping[str, object]) -> Participant:
    """Add somebody to the case: a new person, or (`person`: an id) one the user may already see.

    Raises CaseNotLive, NotVisible for a person the user may not see, or Refused("already_participant").
    """
    lifecycle.require_live(case.state)
    known = answers.get("person")
    person = _visible_person(known, by, at) if isinstance(known, UUID) else _person_from(answers)
    part = Participant(case=case, person=person, age_band=_age_band(person, case.opened_at))
    changed = fill(part, sheet.PARTICIPANT, {**answers, "relation": answers.get("relation") or "unknown"})
    _require_new_part(part)
    part.is_main = part.role in MAIN_ROLES and _main(case, part.role) is None
    part.save()
    _seal_for_official(case, part, person)
    tell(fields=changed, role=part.role, known=bool(known))
    return part


@command("person.edit", target="case", row="participant")
def edit_participant(
    *, case: Case, participant: Participant, by: User, at: datetime, answers: Mapping[str, object]
) -> Participant:
    """Correct somebody's part in the case.

    Raises CaseNotLive, NotVisible for a participant of another case, Refused("main_stays") when a main
    person would get another role, or Refused("already_participant").
    """
    lifecycle.require_live(case.state)
    _require_of(participant.case_id == case.pk)
    role = participant.role
    changed = fill(participant, sheet.PARTICIPANT, answers)
    if participant.role != role:
        if participant.is_main:
            raise Refused("main_stays", _("Name another main person before changing this role."), "role")
        _require_new_part(participant)
    if changed:
        participant.save()
        _seal_for_official(case, participant, participant.person)
    tell(fields=changed, role=participant.role)
    return participant


@command("case.edit", target="case", row="participant")
def set_main_participant(*, case: Case, participant: Participant, by: User, at: datetime) -> Participant:
    """Say who is the main person with that role: the one lists, papers and figures speak of.

    Raises CaseNotLive, NotVisible for a participant of another case, or Refused("not_a_main_role").
    """
    lifecycle.require_live(case.state)
    _require_of(participant.case_id == case.pk)
    if participant.role not in MAIN_ROLES:
        raise Refused(
            "not_a_main_role",
            _("Only somebody subjected to violence or committing it can be the main person."),
            "participant",
        )
    before = _main(case, participant.role)
    if before is None or before.pk != participant.pk:
        if before is not None:
            before.is_main = False
            before.save()
        participant.is_main = True
        participant.save()
        _link_earlier(case, at=at)
    tell(fields=["is_main"], role=participant.role)
    return participant


@command("person.edit", target="case", row="person")
def edit_person(
    *, case: Case, person: Person, by: User, at: datetime, answers: Mapping[str, object]
) -> Person:
    """Correct or complete what is known of a person; a number that does not fit is kept and only doubted.

    Raises CaseNotLive, or NotVisible for somebody who has no part in the case.
    """
    lifecycle.require_live(case.state)
    parts = _parts(case, person)
    changed = fill(person, person_sheet.PERSON, answers)
    if changed:
        person.identity_number = stored_identity(person.identity_kind, person.identity_number)
        person.save()
        index_person(person)
    if "birth_date" in changed:
        _renew_age_bands(person)
    for part in parts:
        _seal_for_official(case, part, person)
    tell(fields=changed, person=str(person.pk))
    return person


@command("person.edit", target="case", row="person")
def add_phone(*, case: Case, person: Person, by: User, at: datetime, answers: Mapping[str, object]) -> Phone:
    """Write down a telephone number of somebody in the case, and whether calling it is safe.

    Raises CaseNotLive, NotVisible for somebody who has no part in the case, or Refused("phone_known").
    """
    lifecycle.require_live(case.state)
    _parts(case, person)
    phone = Phone(person=person)
    changed = fill(phone, person_sheet.PHONE, answers)
    _save_phone(phone, at)
    tell(fields=changed, person=str(person.pk))
    return phone


@command("person.edit", target="case", row="phone")
def edit_phone(*, case: Case, phone: Phone, by: User, at: datetime, answers: Mapping[str, object]) -> Phone:
    """Correct a number or what is known of its safety; one no longer in use is marked as not safe to call.

    Raises CaseNotLive, NotVisible, or Refused("phone_known").
    """
    lifecycle.require_live(case.state)
    _parts(case, phone.person)
    changed = fill(phone, person_sheet.PHONE, answers)
    if changed:
        _save_phone(phone, at)
    tell(fields=changed, person=str(phone.person_id))
    return phone


@command("person.edit", target="case", row="person")
def add_address(
    *, case: Case, person: Person, by: User, at: datetime, answers: Mapping[str, object]
) -> Address:
    """Write down where somebody can be found. What was agreed about contact before ends, and is asked again.

    The commune of a safe address or a shelter is sealed with the rest of it.
    Raises CaseNotLive, NotVisible, Refused("address_dates") or Refused("other_side").
    """
    lifecycle.require_live(case.state)
    parts = _parts(case, person)
    address = Address(person=person)
    changed = fill(address, person_sheet.ADDRESS, answers)
    if address.is_protected:
        _require_her_side(parts, "kind")
    _save_address(address)
    if address.kind != "former":
        _end_contact(person, "moved")
    tell(fields=changed, person=str(person.pk), kind=address.kind)
    return address


@command("person.edit", target="case", row="address")
def edit_address(
    *, case: Case, address: Address, by: User, at: datetime, answers: Mapping[str, object]
) -> Address:
    """Correct an address. Of a safe address or a shelter, what is left empty stays: nobody need see it.

    Raises CaseNotLive, NotVisible, Refused("address_dates"), Refused("other_side"), or
    Refused("protected_stays") when a protected address would become an open one.
    """
    lifecycle.require_live(case.state)
    parts = _parts(case, address.person)
    was_protected = address.is_protected
    if was_protected:
        _require_her_side(parts, "kind")
        answers = {name: value for name, value in answers.items() if value not in ("", None)}
    changed = fill(address, person_sheet.ADDRESS, answers)
    if was_protected and not address.is_protected:
        raise Refused(
            "protected_stays",
            _("A safe address or a shelter stays hidden. Write until when it was used instead."),
            "kind",
        )
    if address.is_protected and not was_protected:
        _require_her_side(parts, "kind")
    if changed:
        _save_address(address)
    if address.kind != "former" and not {"area", "village", "detail"}.isdisjoint(changed):
        _end_contact(address.person, "moved")
    tell(fields=changed, person=str(address.person_id), kind=address.kind)
    return address


@command("person.edit", target="case", row="contact")
def set_safe_contact(
    *,
    case: Case,
    person: Person,
    by: User,
    at: datetime,
    answers: Mapping[str, object],
    contact: SafeContact | None = None,
) -> SafeContact:
    """Write down how the person may be reached, as agreed with them on that day; it counts for 30 days.

    contact: what stood there before, when the user has seen it.
    Raises CaseNotLive, NotVisible, Refused("confirmed_in_future") or Refused("other_side").
    """
    lifecycle.require_live(case.state)
    _require_her_side(_parts(case, person), None)
    if contact is None:
        contact = _contact_of(person) or SafeContact(person=person)
    _require_of(contact.person_id == person.pk)
    changed = fill(contact, person_sheet.SAFE_CONTACT, answers)
    if contact.confirmed_on is not None and contact.confirmed_on > clock.local_date(at):
        raise Refused("confirmed_in_future", _("This day has not come yet."), "confirmed_on")
    contact.ended_by = ""
    contact.save()
    tell(fields=changed, person=str(person.pk), permission=contact.permission)
    return contact


@command("person.edit", target="case", row="contact")
def end_safe_contact(
    *, case: Case, contact: SafeContact, by: User, at: datetime, ended_by: str
) -> SafeContact:
    """Say what has made the agreed way of contact unsafe: from now on nobody is to contact the person.

    Raises NotVisible or Refused("other_side"). A closed case does not stand in the way.
    """
    _require_her_side(_parts(case, contact.person), None)
    contact.ended_by = ended_by
    contact.save()
    tell(fields=["ended_by"], person=str(contact.person_id), ended_by=ended_by)
    return contact


@command("person.edit", target="case", row="kinship")
def set_kinship(
    *,
    case: Case,
    person: Person,
    by: User,
    at: datetime,
    answers: Mapping[str, object],
    kinship: Kinship | None = None,
) -> Kinship:
    """Write down how two people of the case are related: the other is this person's wife, father, son...

    One row stands for both directions. It decides which acts the law knows between the two (Art. 3(2)).
    Raises CaseNotLive, NotVisible for somebody who has no part in the case, or Refused("same_person").
    """
    lifecycle.require_live(case.state)
    _parts(case, person)
    other = _other_of(case, answers["other"])
    if other.pk == person.pk:
        raise Refused("same_person", _("Choose another person."), "other")
    relation = str(answers["relation"])
    stored = _kinship_of(person, other)
    if kinship is not None:
        _require_of(stored is not None and kinship.pk == stored.pk)
    stored = kinship or stored or Kinship(person=person, other=other)
    # Stored from the other end: the same fact, said the other way round.
    turned = stored.person_id == other.pk
    answers = {**answers, "other": stored.other_id, "relation": _inverse(relation) if turned else relation}
    changed = fill(stored, person_sheet.KINSHIP, answers)
    stored.save()
    _copy_relation(case, person, other, relation)
    tell(fields=changed, relation=stored.relation)
    return stored


def _require_undecided(report: Report) -> None:
    if report.decided_at is not None:
        raise Refused("report_decided", _("This report has already been decided."))


def _working_seat(by: User, at: datetime) -> UUID:
    """The agency in which the user works on cases; chairs and supervisors open none."""
    for seat in principal(by, at).seats:
        if seat.role in WORKERS and seat.role not in SCOPED:
            return seat.agency_id
    raise Refused("not_a_worker", _("Only someone who works on cases can open one."))


def _put_on(case: Case, user: User, *, by: User, at: datetime, lead: bool) -> None:
    give(CaseUserGrant, case, to=user, by=by, at=at, source="assigned")
    current = Assignment.objects.everything(reason="assigning").filter(case=case, ended_at__isnull=True)
    if lead:
        for before in current.filter(is_lead=True).exclude(user=user):
            before.is_lead = False
            before.save()
        if case.lead_id != user.pk:
            case.lead = user
            case.save()
    mine: Assignment | None = current.filter(user=user).first()
    if mine is None:
        Assignment(case=case, user=user, started_at=at, is_lead=lead).save()
    elif lead and not mine.is_lead:
        mine.is_lead = True
        mine.save()


def _take_off(case: Case, user: User, *, at: datetime) -> bool:
    taken = take_back(CaseUserGrant, case, of=user)
    for assignment in Assignment.objects.everything(reason="taking someone off a case").filter(
        case=case, user=user, ended_at__isnull=True
    ):
        assignment.ended_at = at
        assignment.save()
        taken += 1
    return taken > 0


def _link(case: Case, report: Report, *, by: User, at: datetime, result: str) -> None:
    CaseReport(case=case, report=report).save()
    report.triage_result = result
    report.decided_at = at
    report.decided_by = by
    if report.assigned_to_id is None:
        # Whoever leads the case answers for the report and may ask who told it.
        report.assigned_to = by
    report.save()


def _add_people(case: Case, report: Report, *, by: User, at: datetime, known: Mapping[UUID, Person]) -> None:
    """One Person per report person, one main victim and one main perpetrator even when nobody knew a name."""
    told = list(
        ReportPerson.objects.everything(reason="opening a case on the report")
        .filter(report=report)
        .order_by("created_at", "position")
    )
    for role in MAIN_ROLES:
        if not any(row.role == role for row in told):
            told.append(ReportPerson(report=report, role=role))
    unknown = {row.pk: _new_person(row, report, at=at) for row in told if row.pk not in known}
    # All at once: a key that is made alone costs as many queries as all of them together.
    prepare_keys([Scope("case", case.pk), *(Scope("person", person.pk) for person in unknown.values())])
    mains: set[str] = set()
    for row in told:
        person = known.get(row.pk)
        if person is None:
            person = unknown[row.pk]
            _save_new(person, row, report)
        elif not may(by, "person.view", person, at=at):
            raise NotVisible
        Participant(
            case=case,
            person=person,
            role=row.role,
            relation=row.relation,
            age_band=_age_band(person, at),
            is_main=row.role in MAIN_ROLES and row.role not in mains,
        ).save()
        mains.add(row.role)


def _new_person(row: ReportPerson, report: Report, *, at: datetime) -> Person:
    born = _born(row.age, at)
    return Person(
        full_name=row.full_name,
        sex=row.sex,
        birth_date=born.isoformat() if born else "",
        birth_precision=born.precision if born else "unknown",
        official_kind=row.official_kind,
        priority_groups=report.priority_groups if row.role == "victim" else [],
    )


def _save_new(person: Person, row: ReportPerson, report: Report) -> None:
    person.save()
    if row.phone:
        Phone(person=person, number=row.phone).save()
    if row.address:
        Address(person=person, kind="contact", area=report.area, detail=row.address).save()
    elif row.role in MAIN_ROLES and report.village:
        Address(person=person, kind="contact", area=report.area, village=report.village).save()
    index_person(person)


def _born(age: str, at: datetime) -> PartialDate | None:
    """Read what a caller said of an age: a year stays a year, an age becomes the year it points to."""
    digits = age.strip()
    if not digits.isdigit():
        return None
    number = int(digits)
    year = clock.local(at).year
    if 1900 <= number <= year:
        return PartialDate(number)
    return PartialDate(year - number) if 0 <= number <= 120 else None


def _age_band(person: Person, at: datetime) -> str:
    born = PartialDate.from_iso(person.birth_date) if person.birth_date else None
    return age_band(born, clock.local_date(at))


def _link_earlier(case: Case, *, at: datetime) -> None:
    """Link earlier cases of the same two people, and those in which their parts were the other way round.

    A repeat while the earlier case is supervised, or within 12 months of its closing, begins at MEDIUM; the first
    assessment is owed all the same.
    """
    mains = {
        row.role: row.person_id
        for row in Participant.objects.everything(reason="looking for earlier cases of the pair").filter(
            case=case, is_main=True
        )
    }
    victim, perpetrator = mains["victim"], mains["perpetrator"]
    for first, second, kind in ((victim, perpetrator, "same_pair"), (perpetrator, victim, "cross_complaint")):
        earlier = (
            Case.objects.everything(reason="looking for earlier cases of the pair")
            .filter(participants__role="victim", participants__person_id=first)
            .filter(participants__role="perpetrator", participants__person_id=second)
            .exclude(pk=case.pk)
            .distinct()
        )
        linked = CaseLink.objects.everything(reason="links that are already there").filter(case=case)
        for other in earlier.exclude(pk__in=linked.values("other")):
            CaseLink(case=case, other=other, kind=kind).save()
            if kind != "same_pair":
                continue
            soon = other.state == lifecycle.SUPERVISED or lifecycle.is_repeat_soon(other.closed_at, at)
            if not case.is_repeat or (soon and not case.level):
                case.is_repeat = True
                case.level = case.level or (REPEAT_LEVEL if soon else "")
                case.save()


def _main(case: Case, role: str) -> Participant | None:
    mains: Participant | None = (
        Participant.objects.everything(reason="the main person of a case that is being changed")
        .filter(case=case, role=role, is_main=True)
        .first()
    )
    return mains


def _require_of(belongs: bool) -> None:
    """A row of another case or person does not exist here."""
    if not belongs:
        raise NotVisible


def _parts(case: Case, person: Person) -> list[Participant]:
    """The parts a person has in the case; NotVisible for somebody who has none."""
    parts = list(
        Participant.objects.everything(reason="the person's parts in a case that is being changed").filter(
            case=case, person=person
        )
    )
    if not parts:
        raise NotVisible
    return parts


def _require_new_part(part: Participant) -> None:
    same = Participant.objects.everything(reason="one part per person and role").filter(
        case_id=part.case_id, person_id=part.person_id, role=part.role
    )
    if same.exclude(pk=part.pk).exists():
        raise Refused("already_participant", _("This person already has this part in the case."), "role")


def _require_her_side(parts: list[Participant], field: str | None) -> None:
    """Where somebody hides and how to reach them is not handled through a case against them."""
    if all(part.role == "perpetrator" for part in parts):
        raise Refused(
            "other_side",
            _("This is kept for people subjected to violence and those around them, not for the other side."),
            field,
        )


def _visible_person(person_id: UUID, by: User, at: datetime) -> Person:
    person: Person | None = Person.objects.visible_to(by, "person.view", at=at).filter(pk=person_id).first()
    if person is None:
        raise NotVisible
    return person


def _person_from(answers: Mapping[str, object]) -> Person:
    person = Person()
    fill(person, person_sheet.PERSON, answers)
    person.identity_number = stored_identity(person.identity_kind, person.identity_number)
    person.save()
    index_person(person)
    return person


def _renew_age_bands(person: Person) -> None:
    """The band of every case follows the birth date, since figures count it."""
    for part in Participant.objects.everything(reason="age bands follow a corrected birth date").filter(
        person=person
    ):
        band = _age_band(person, part.case.opened_at)
        if part.age_band != band:
            part.age_band = band
            part.save()


def _seal_for_official(case: Case, part: Participant, person: Person) -> None:
    """A case against police, army or an official is kept from the commune from the moment this is known."""
    official = codes("official_kind").row(person.official_kind)
    if part.role == "perpetrator" and official.flag("seals_case") and not case.is_sealed:
        case.is_sealed = True
        case.save()
        tell(sealed_for=person.official_kind)


def _save_phone(phone: Phone, at: datetime) -> None:
    if phone.last_confirmed_on is not None and phone.last_confirmed_on > clock.local_date(at):
        raise Refused("confirmed_in_future", _("This day has not come yet."), "last_confirmed_on")
    others = Phone.objects.everything(reason="one row per number of a person").filter(
        person_id=phone.person_id
    )
    if any(other.number == phone.number for other in others.exclude(pk=phone.pk)):
        raise Refused("phone_known", _("This number is already written down for this person."), "number")
    phone.save()
    index_person(phone.person)


def _save_address(address: Address) -> None:
    if address.valid_from and address.valid_to and address.valid_to < address.valid_from:
        raise Refused("address_dates", _("The address cannot end before it began."), "valid_to")
    if address.is_protected and address.area is not None:
        address.sealed_area = address.area.code
        address.area = None
    address.save()


def _contact_of(person: Person) -> SafeContact | None:
    contact: SafeContact | None = (
        SafeContact.objects.everything(reason="what was agreed with a person of this case")
        .filter(person=person)
        .first()
    )
    return contact


def _end_contact(person: Person, why: str) -> None:
    contact = _contact_of(person)
    if contact is not None and not contact.ended_by:
        contact.ended_by = why
        contact.save()


def _kinship_of(person: Person, other: Person) -> Kinship | None:
    both = [person.pk, other.pk]
    found: Kinship | None = (
        Kinship.objects.everything(reason="what is known between two people of this case")
        .filter(person_id__in=both, other_id__in=both)
        .first()
    )
    return found


def _other_of(case: Case, person_id: object) -> Person:
    """The other of two people, who must have a part in the case too."""
    part: Participant | None = (
        Participant.objects.everything(reason="the other of two people of this case")
        .filter(case=case, person_id=str(person_id))
        .select_related("person")
        .first()
    )
    if part is None:
        raise NotVisible
    return part.person


def _inverse(relation: str) -> str:
    return codes("kinship").row(relation).string("inverse") or relation


def _copy_relation(case: Case, person: Person, other: Person, relation: str) -> None:
    """Keep «relation to her» beside each part in step with what is known between the two."""
    main = _main(case, "victim")
    if main is None or main.person_id not in (person.pk, other.pk):
        return
    hers, said = (other, relation) if main.person_id == person.pk else (person, _inverse(relation))
    for part in _parts(case, hers):
        if part.relation != said:
            part.relation = said
            part.save()
