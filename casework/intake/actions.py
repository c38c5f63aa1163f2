"""The verbs of a report: taken, told to the chair, assigned, added to, ended without a case."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.access.principals import principal
from casework.base import clock, sheets
from casework.base.codes import codes
from casework.base.dates import display_datetime
from casework.base.numbering import new_public_code
from casework.base.refusals import InvalidInput, Message, Refused
from casework.intake import queries
from casework.intake.happened import happened
from casework.intake.models import Report, ReportPerson
from casework.intake.sheet import PERSON, REPORT
from casework.intake.triage import POLICE, own_office_kinds, seals, triage
from casework.organisations.models import Agency, Area, Membership, User
from casework.organisations.roles import PROVINCE_SUPERVISOR, RIGHTS, WORKERS

MOST_PEOPLE: Final = 20
# Without any of these a row of the sheet names nobody.
ROLE_ONLY: Final = frozenset({"role"})
BLANK: Final = ("", None, "unknown")
OUTCOMES: Final = ("duplicate", "not_dv", "criminal_procedure", "other_commune")


@command("report.take")
def take_report(
    *, by: User, at: datetime, agency: Agency, answers: Mapping[str, Any], people: Sequence[Mapping[str, Any]]
) -> Report:
    """Take a report («tiếp nhận tin báo, tố giác») and hand it to the commune chair at once (Art. 19, 20).

    answers: of REPORT, typed; received_at may lie before `at` (entered later) and is `at` when not given.
    people: answers of PERSON; rows that name nothing are left out.
    Violence by police, army or an official is kept from the commune: its chair is not told by us.
    Raises InvalidInput, or Refused("not_your_office").
    """
    _require_seat(by, agency, at)
    report = Report(code=_new_code(), agency=agency)
    sheets.fill(report, REPORT, answers)
    report.received_at = answers.get("received_at") or at
    report.address_kind = answers.get("address_kind") or codes("agency_kind").row(agency.kind).string(
        "address"
    )
    report.happened_at, report.happened_precision, report.happened_part_of_day = happened(answers)
    _check(report, answers.get("area"), at)
    rows = _rows(report, people)
    report.is_sealed = seals(_perpetrators(rows))
    judged = triage(queries.told(report, rows), clock.local_date(report.received_at))
    report.priority, report.child_procedure = judged.priority, judged.child_procedure
    report.is_possibly_known = queries.matches_of(by, rows, at=at, hidden=True).hidden
    _hand_to_chair(report, at)
    report.save()
    for row in rows:
        row.save()
    tell(
        fields=[name for name in REPORT.names() if answers.get(name) not in BLANK],
        people=len(rows),
        priority=report.priority,
        sealed=report.is_sealed,
        possibly_known=report.is_possibly_known,
    )
    return report


@command("report.tell_chair", target="report")
def tell_chair(
    *, report: Report, by: User, at: datetime, means: str, told_at: datetime | None = None
) -> Report:
    """Record how and when the chair was told outside this system: the earliest telling counts (Art. 20).

    told_at: `at` when not given. Raises InvalidInput for an hour that cannot be,
    Refused("chair_already_told") when the chair knew before, Refused("kept_from_commune") where only the
    provincial supervisor may tell.
    """
    told_at = told_at or at
    if report.is_sealed and not principal(by, at).has_role(PROVINCE_SUPERVISOR):
        raise Refused(
            "kept_from_commune",
            _("This report is kept from the commune. The provincial supervisor decides who is told."),
        )
    if means not in codes("notify_means") or means == "in_app":
        raise InvalidInput({"means": _("Choose how the chair was told outside this system.")})
    if told_at > at:
        raise InvalidInput({"told_at": _("This time has not come yet.")})
    if told_at < _minute(report.received_at):
        raise InvalidInput({"told_at": _("The chair cannot have been told before the report was received.")})
    if report.chair_told_at is not None and report.chair_told_at <= told_at:
        raise Refused("chair_already_told", _("The chair was told before that; nothing needs to be changed."))
    report.chair_told_at, report.chair_told_by = told_at, means
    report.save()
    tell(fields=["chair_told_at", "chair_told_by"], means=means)
    return report


@command("report.assign", target="report")
def assign_report(
    *, report: Report, by: User, at: datetime, agency: Agency | None = None, user: User | None = None
) -> Report:
    """Assign the report to an office or to somebody by name («phân công xử lý», Art. 20(3)).

    Raises Refused("report_decided"), ("office_elsewhere"), ("nobody_works_there"), ("not_a_worker_there"),
    ("own_colleagues"), ("sealed_needs_a_name") or ("already_so"), InvalidInput when neither is given.
    """
    _require_undecided(report)
    seats = _working_seats(at, agency=agency, user=user)
    if agency is None and user is None:
        raise InvalidInput({"agency": _("Choose an office or a person.")})
    if user is not None and not seats:
        raise Refused("not_a_worker_there", _("This person does not work on cases in that office."), "user")
    if agency is None:
        near = [seat for seat in seats if _is_near(seat.agency, report)] or seats
        agency = near[0].agency
    if not _is_near(agency, report):
        raise Refused(
            "office_elsewhere", _("This office does not work in the commune of the report."), "agency"
        )
    if not seats:
        raise Refused("nobody_works_there", _("Nobody in this office can work on cases here."), "agency")
    if report.is_sealed:
        _keep_from_colleagues(report, agency, user)
    kept = None if report.is_sealed else agency
    if (report.assigned_agency, report.assigned_to) == (kept, user):
        raise Refused("already_so", _("The report is already assigned so."))
    report.assigned_agency, report.assigned_to = kept, user
    report.assigned_at, report.assigned_by = at, by
    report.first_assigned_at = report.first_assigned_at or at
    report.save()
    tell(
        fields=["assigned_agency", "assigned_to"],
        agency=str(agency.pk),
        user=str(user.pk) if user else "",
        police_asked=_asks_for_police(report) and agency.kind != "commune_police",
    )
    return report


@command("report.accept", target="report")
def accept_report(*, report: Report, by: User, at: datetime) -> Report:
    """Take on by name a report assigned to one's office; from then on it is one's own to work.

    Raises Refused("report_decided") or ("accepted_by_another").
    """
    _require_undecided(report)
    if report.assigned_to_id is not None:
        raise Refused("accepted_by_another", _("Somebody has already taken this report on."))
    report.assigned_to = by
    report.save()
    tell(fields=["assigned_to"], user=str(by.pk))
    return report


@command("report.screen_out", target="report")
def screen_out(
    *,
    report: Report,
    by: User,
    at: datetime,
    result: str,
    reason: str,
    duplicate_of: Report | UUID | None = None,
    area: Area | None = None,
) -> Report:
    """End the triage without a case, or pass the report to the commune where it happened, with a reason.

    result: duplicate (of a report of the same commune the user may see), not_dv, criminal_procedure, or
    other_commune (area: which; there the duty to tell the chair and to assign begins anew).
    Raises Refused("report_decided"), ("other_commune_report"), ("repeats_a_repeat"), or InvalidInput.
    """
    _require_undecided(report)
    if result not in OUTCOMES:
        raise InvalidInput({"result": _("Choose one of the answers offered.")})
    if not reason.strip():
        raise InvalidInput({"reason": _("Write the reason.")})
    report.triage_reason = reason
    if result == "other_commune":
        _pass_on(report, area, at)
    else:
        report.duplicate_of = _original(report, by, at, duplicate_of) if result == "duplicate" else None
        report.triage_result = result
        report.decided_at, report.decided_by = at, by
    report.save()
    tell(fields=["triage_result"], result=result, area=report.area.code, told=report.chair_told_by)
    return report


@command("report.add", target="report")
def add_to_report(*, report: Report, by: User, at: datetime, text: str) -> Report:
    """Add what was forgotten or learnt later; the caller's words stay as they were taken down.

    Raises Refused("report_decided") or InvalidInput.
    """
    _require_undecided(report)
    if not text.strip():
        raise InvalidInput({"text": _("Write what is to be added.")})
    entry = f"{display_datetime(at)}, {by.full_name}: {text.strip()}"
    report.added_later = f"{report.added_later}\n{entry}".strip()
    report.save()
    tell(fields=["added_later"])
    return report


# --- taking ---


def _require_seat(by: User, agency: Agency, at: datetime) -> None:
    takers = RIGHTS["report.take"]
    if not any(seat.agency_id == agency.pk and takers.get(seat.role) for seat in principal(by, at).seats):
        raise Refused("not_your_office", _("You do not take reports in this office."), "agency")


def _new_code() -> str:
    code = new_public_code()
    while Report.objects.everything(reason="a new code is unique").filter(code=code).exists():
        code = new_public_code()
    return code


def _minute(moment: datetime) -> datetime:
    """Hours are typed to the minute, and 21:14 is not before 21:14:30."""
    return moment.replace(second=0, microsecond=0)


def _check(report: Report, area: object, at: datetime) -> None:
    errors: dict[str, Message] = {}
    if report.received_at > at:
        errors["received_at"] = _("This time has not come yet.")
    if report.happened_at is not None and report.happened_at > report.received_at:
        name = "happened_time" if report.happened_precision == "minute" else "happened_on"
        errors[name] = (
            _("This time has not come yet.")
            if report.happened_at > at
            else _("It cannot have happened after it was reported.")
        )
    if not (isinstance(area, Area) and area.parent_id is not None and area.valid_to is None):
        errors["area"] = _("Choose the commune or ward where it happened.")
    if not report.account.strip():
        errors["account"] = _("Write what the caller says, even if it is one sentence.")
    if errors:
        raise InvalidInput(errors)


def _rows(report: Report, people: Sequence[Mapping[str, Any]]) -> list[ReportPerson]:
    if len(people) > MOST_PEOPLE:
        raise InvalidInput({"people": _("Write at most %(most)d people.") % {"most": MOST_PEOPLE}})
    rows: list[ReportPerson] = []
    for answers in people:
        if not _names_anybody(answers):
            continue
        row = ReportPerson(report=report, position=len(rows))
        sheets.fill(row, PERSON, answers)
        row.role = row.role or "unknown"
        rows.append(row)
    return rows


def _names_anybody(answers: Mapping[str, Any]) -> bool:
    """Whether a row says more than a role."""
    return any(value not in BLANK for name, value in answers.items() if name not in ROLE_ONLY)


def _perpetrators(rows: Sequence[ReportPerson]) -> list[str]:
    return [row.official_kind for row in rows if row.role == "perpetrator"]


def _hand_to_chair(report: Report, at: datetime) -> None:
    """The report lies on the chair's desk from this minute, where a chair of that commune has an account."""
    told = not report.is_sealed and bool(queries.chairs_of(report.area, at))
    report.chair_told_at = at if told else None
    report.chair_told_by = "in_app" if told else ""


# --- assigning ---


def _require_undecided(report: Report) -> None:
    if report.decided_at is not None:
        raise Refused("report_decided", _("This report has already been decided."))


def _asks_for_police(report: Report) -> bool:
    return queries.triage_of(report, queries.people_of(report)).assignee == POLICE


def _working_seats(at: datetime, *, agency: Agency | None, user: User | None) -> list[Membership]:
    rows = queries.memberships(at).filter(role__in=WORKERS)
    if agency is not None:
        rows = rows.filter(agency=agency)
    if user is not None:
        rows = rows.filter(user=user)
    return list(rows.select_related("agency__area", "user").order_by("pk"))


def _is_near(agency: Agency, report: Report) -> bool:
    """An office of the commune or of its province; for a sealed report any office of the province."""
    if agency.area_id in (report.area_id, report.area.parent_id):
        return True
    return report.is_sealed and agency.area.province_code == report.area.province_code


def _keep_from_colleagues(report: Report, agency: Agency, user: User | None) -> None:
    kinds = own_office_kinds(_perpetrators(queries.people_of(report)))
    if agency.kind in kinds and agency.area_id in (report.area_id, report.area.parent_id):
        raise Refused(
            "own_colleagues", _("Colleagues of a person who uses violence may work in this office."), "agency"
        )
    if user is None:
        raise Refused(
            "sealed_needs_a_name", _("A report kept from the commune is given to one person by name."), "user"
        )


# --- ending the triage ---


def _pass_on(report: Report, area: Area | None, at: datetime) -> None:
    if area is None or area.parent_id is None or area.valid_to is not None:
        raise InvalidInput({"area": _("Choose the commune or ward where it happened.")})
    if area.pk == report.area_id:
        raise InvalidInput({"area": _("The report is already in this commune.")})
    report.passed_from, report.passed_at = report.area, at
    report.area = area
    report.assigned_agency = report.assigned_to = report.assigned_by = None
    report.assigned_at = report.first_assigned_at = None
    _hand_to_chair(report, at)


def _original(report: Report, by: User, at: datetime, other: Report | UUID | None) -> Report:
    if other is None:
        raise InvalidInput({"duplicate_of": _("Choose the report it repeats.")})
    wanted = other if isinstance(other, UUID) else other.pk
    # Held until the end: while it is being destroyed, nothing may begin to go with it.
    kept = Report.objects.visible_to(by, at=at).filter(pk=wanted, erased_at__isnull=True)
    found: Report | None = kept.select_for_update().first()
    if found is None or found.pk == report.pk:
        raise InvalidInput({"duplicate_of": _("Choose one of the answers offered.")})
    if found.area_id != report.area_id:
        raise Refused("other_commune_report", _("That report is about another commune."), "duplicate_of")
    if found.duplicate_of_id is not None:
        raise Refused(
            "repeats_a_repeat",
            _("That report repeats another one; choose the first of them."),
            "duplicate_of",
        )
    return found
