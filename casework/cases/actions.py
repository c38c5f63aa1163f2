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
from casework.base.dates import PartialDate, age_band
from casework.base.models import next_number
from casework.base.numbering import new_public_code
from casework.base.refusals import NotVisible, Refused
from casework.cases import lifecycle
from casework.cases.models import (
    Assignment,
    Case,
    CaseLink,
    CaseReport,
    CaseUserGrant,
    ConflictLock,
    Participant,
    Transfer,
)
from casework.intake.models import Report, ReportPerson
from casework.organisations.models import Agency, User
from casework.organisations.roles import SCOPED, WORKERS
from casework.people.matching import index_person
from casework.people.models import Address, Person, Phone

MAIN_ROLES = ("victim", "perpetrator")


@command("report.open_case", target="report")
def open_case(
    *, report: Report, by: User, at: datetime, known: Mapping[UUID, Person] | None = None
) -> Case:
    """Open a case on a report («thụ lý tin báo») and make its taker the lead.

    known: report person id -> the Person it is already known to be; everybody else becomes a new Person.
    Raises Refused("report_decided") when triage already ended, NotVisible for a known person the taker may not see.
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
        next_due_kind="risk_assess_first",
    )
    case.save()
    _add_people(case, report, by=by, at=at, known=known or {})
    _link(case, report, by=by, at=at, result="new_case")
    _put_on(case, by, by=by, at=at, lead=True)
    _link_earlier(case)
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
        raise Refused("lead_stays", _("Name another lead before taking this person off the case."), "user")
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
    case.unit = to_unit
    if to_unit.area.parent_id is not None:
        case.commune = to_unit.area
        case.province = to_unit.area.parent or case.province
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
        raise Refused("lead_stays", _("Name another lead before declaring that you are close to a party."))
    ConflictLock.objects.get_or_create(user=by, case=case, defaults={"at": at, "source": "declared"})
    _take_off(case, by, at=at)
    return case


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
    mine = current.filter(user=user).first() or Assignment(case=case, user=user, started_at=at)
    if mine.pk is None or mine._state.adding or mine.is_lead != lead:
        mine.is_lead = lead or mine.is_lead
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
    report.save()


def _add_people(case: Case, report: Report, *, by: User, at: datetime, known: Mapping[UUID, Person]) -> None:
    """One Person per report person, one main victim and one main perpetrator even when nobody knew a name."""
    told = list(
        ReportPerson.objects.everything(reason="opening a case on the report").filter(report=report).order_by("created_at")
    )
    for role in MAIN_ROLES:
        if not any(row.role == role for row in told):
            told.append(ReportPerson(report=report, role=role))
    mains: set[str] = set()
    for row in told:
        person = known.get(row.pk)
        if person is None:
            person = _new_person(row, report, at=at)
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
    person = Person(
        full_name=row.full_name,
        sex=row.sex,
        birth_date=born.isoformat() if born else "",
        birth_precision=born.precision if born else "unknown",
        official_kind=row.official_kind,
        priority_groups=report.priority_groups if row.role == "victim" else [],
    )
    person.save()
    if row.phone:
        Phone(person=person, number=row.phone).save()
    if row.address:
        Address(person=person, kind="contact", area=report.area, detail=row.address).save()
    elif row.role in MAIN_ROLES and report.village:
        Address(person=person, kind="contact", area=report.area, village=report.village).save()
    index_person(person)
    return person


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


def _link_earlier(case: Case) -> None:
    """Link earlier cases of the same two people, and those in which their parts were the other way round."""
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
        for other in earlier:
            CaseLink(case=case, other=other, kind=kind).save()
            if kind == "same_pair" and not case.is_repeat:
                case.is_repeat = True
                case.save()
