"""What papers are filled from: for each source one frozen set of plain words, and the one function that reads for it.

A paper gets the values its own file names and nothing else. A source that is `open` may stand on a paper the person who
commits violence reads: its words are those he may know, and from them there is no way to a record, an address, a telephone,
a helper, or anything anybody told. What such a paper may hold is a list in the tests; a new name there is a decision
about her safety.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from casework.base import clock
from casework.base.codes import codes
from casework.base.dates import PartialDate, display_date, display_datetime, display_happened
from casework.base.text import initials
from casework.cases.models import Case, CaseReport, Participant
from casework.cases.queries import CHILDREN
from casework.children.models import ChildPlan, ChildProcedure, ChildSeparation
from casework.children.queries import REVIEW_FORM
from casework.encryption.keyring import prefetch_keys
from casework.incidents.models import Incident
from casework.intake.models import Report, ReportPerson
from casework.official_forms.kinds import Kind
from casework.organisations.models import Area, User
from casework.people.models import Person
from casework.protection import terms
from casework.protection.models import Measure, Meeting, Outcome, Service
from casework.protection.queries import PENALTY, standing
from casework.referrals import scopes
from casework.referrals.models import Referral
from casework.referrals.queries import read_slice
from casework.risk.models import RiskAssessment
from casework.risk.queries import shown

FILLS: Final = "a paper of the case is filled"
LANGUAGE: Final = "vi"

Lines = tuple[str, ...]
Value = str | Lines
Facts = TypeVar("Facts")


@dataclass(frozen=True, slots=True)
class Subject:
    """A record a paper can be about. marks: plain values by which a paper says whether it is made of this one."""

    on: str
    pk: UUID
    label: str
    marks: Mapping[str, str]
    row: Any


@dataclass(frozen=True, slots=True)
class Source:
    """Where a paper's values come from."""

    name: str
    facts: type[Any]
    is_open: bool
    read: Callable[..., Any]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(field.name for field in fields(self.facts))


SOURCES: Final[dict[str, Source]] = {}


def source(
    name: str, facts: type[Facts], *, is_open: bool = False
) -> Callable[[Callable[..., Facts]], Callable[..., Facts]]:
    """Name a function as the source of papers: it takes the record and the time, and gives the facts."""

    def declare(read: Callable[..., Facts]) -> Callable[..., Facts]:
        SOURCES[name] = Source(name, facts, is_open, read)
        return read

    return declare


def values_of(kind: Kind, row: Any, *, at: datetime) -> dict[str, Value]:
    """What the paper says about the record, in Vietnamese; plain text and lists of text, nothing that leads on."""
    with translation.override(LANGUAGE):
        facts = SOURCES[kind.source].read(row, at=at)
        return {name: _plain(getattr(facts, name)) for name in sorted(kind.names)}


def _plain(value: object) -> Value:
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, tuple):
        return tuple(str(one) for one in value)
    raise TypeError("a source gives texts and lists of texts")


# --- what a paper can be about ------------------------------------------------------------------------------


def subjects_of(user: User, case: Case, *, at: datetime) -> list[Subject]:
    """The case and every record of it a paper can be about, as far as the viewer may see them; the latest first."""
    return [subject for find in SUBJECTS.values() for subject in find(user, case, at)]


def subjects_on(on: str, user: User, case: Case, *, at: datetime) -> list[Subject]:
    """Those of one sort; the others are not read."""
    return list(SUBJECTS[on](user, case, at))


def case_marks(case: Case) -> dict[str, str]:
    """What papers about the case itself go by."""
    return {"state": case.state, "told_him": _yes(told_him(case))}


def told_him(case: Case) -> bool:
    """Whether he who commits violence was handed a decision or penalised: before that he may not know of the file."""
    return bool(_handed_to_him(case).exists() or _penalties(case).exists())


def _itself(user: User, case: Case, at: datetime) -> Iterable[Subject]:
    yield Subject("case", case.pk, case.number, case_marks(case), case)


def _measures(user: User, case: Case, at: datetime) -> Iterable[Subject]:
    rows = Measure.objects.visible_to(user).filter(case=case).select_related("case__commune", "decided_by")
    for row in prefetch_keys(rows.order_by("-requested_at", "-created_at")):
        marks = {
            "kind": row.kind,
            "decider": row.decider,
            "state": row.state,
            "standing": standing(row, at=at),
            "cancel_asked": _yes(row.cancel_requested_at),
            "cancel_answered": _yes(row.cancel_answer),
            "monitored": _yes(row.monitor_assigned_at),
        }
        label = ", ".join(part for part in (codes("measure").label(row.kind), row.number) if part)
        yield Subject("measure", row.pk, f"{label} ({display_datetime(row.requested_at)})", marks, row)


def _meetings(user: User, case: Case, at: datetime) -> Iterable[Subject]:
    labels = {Meeting.CRITIQUE: _("Critique before the community"), Meeting.MEDIATION: _("Mediation")}
    rows = Meeting.objects.visible_to(user).filter(case=case).select_related("case")
    for row in prefetch_keys(rows.order_by("-at", "-created_at")):
        label = f"{labels[row.kind]} ({display_datetime(row.at)})"
        yield Subject("meeting", row.pk, label, {"kind": row.kind}, row)


def _referrals(user: User, case: Case, at: datetime) -> Iterable[Subject]:
    rows = (
        Referral.objects.visible_to(user)
        .filter(case=case)
        .select_related("case", "consent", "recipient", "sent_by")
    )
    for row in prefetch_keys(rows.order_by("-sent_at")):
        consent = row.consent
        runs = scopes.runs(consent.valid_from, consent.valid_until, consent.withdrawn_at, at)
        marks = {
            "service": row.service,
            "anonymous": _yes(hides_who(row.service)),
            "running": _yes(runs and scopes.tells(row.state)),
        }
        label = f"{codes('service_kind').label(row.service)} {row.code}"
        yield Subject("referral", row.pk, f"{label} ({display_datetime(row.sent_at)})", marks, row)


def _children(user: User, case: Case, at: datetime) -> Iterable[Subject]:
    rows = Participant.objects.visible_to(user, "person.view").filter(CHILDREN, case=case)
    assessed = set(
        RiskAssessment.objects.visible_to(user)
        .filter(case=case, child__isnull=False)
        .values_list("child_id", flat=True)
    )
    for row in prefetch_keys(rows.select_related("person", "case").order_by("created_at")):
        yield Subject("child", row.pk, row.person.full_name, {"assessed": _yes(row.pk in assessed)}, row)


def _procedures(user: User, case: Case, at: datetime) -> Iterable[Subject]:
    """The child procedures of the case, for whoever may see those; as with the two after it."""
    found = ChildProcedure.objects.visible_to(user).filter(case=case)
    for row in prefetch_keys(found.select_related("child__person").order_by("-received_at")):
        name = row.child.person.full_name
        marks = {"state": row.state, "assessed": _yes(row.assessments.everything(reason=FILLS).exists())}
        yield Subject("procedure", row.pk, f"{name} ({display_datetime(row.received_at)})", marks, row)


def _separations(user: User, case: Case, at: datetime) -> Iterable[Subject]:
    apart = ChildSeparation.objects.visible_to(user).filter(case=case)
    for separation in prefetch_keys(
        apart.select_related("procedure__child__person", "decided_by").order_by("-starts_at")
    ):
        name = separation.procedure.child.person.full_name
        label = f"{name} ({display_datetime(separation.starts_at)})"
        yield Subject("apart", separation.pk, label, {"ended": _yes(separation.ended_at)}, separation)


def _plans(user: User, case: Case, at: datetime) -> Iterable[Subject]:
    plans = ChildPlan.objects.visible_to(user).filter(case=case)
    related = ("procedure__child__person", "decided_by", "submitted_by")
    for plan in prefetch_keys(plans.select_related(*related).order_by("-submitted_at")):
        name = plan.procedure.child.person.full_name
        label = f"{name} ({display_datetime(plan.submitted_at)})"
        yield Subject("child_plan", plan.pk, label, {"state": plan.state}, plan)


def _reports(user: User, case: Case, at: datetime) -> Iterable[Subject]:
    links = CaseReport.objects.visible_to(user).filter(case=case)
    for link in links.select_related("report__agency", "report__area").order_by("-created_at"):
        label = f"{link.report.code} ({display_datetime(link.report.received_at)})"
        yield Subject("report", link.report_id, label, {}, link.report)


# What a paper can be about, in the order in which it is found.
SUBJECTS: Final[dict[str, Callable[[User, Case, datetime], Iterable[Subject]]]] = {
    "case": _itself,
    "measure": _measures,
    "meeting": _meetings,
    "referral": _referrals,
    "child": _children,
    "procedure": _procedures,
    "apart": _separations,
    "child_plan": _plans,
    "report": _reports,
}


# --- a contact ban: what he may read ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ban:
    """A chair's ban as the person it binds may read it."""

    decision_number: str
    decided_at: str
    signed_by: str
    protects: str
    binds: str
    binds_born: str
    binds_identity: str
    grounds: Lines
    starts_at: str
    ends_at: str
    forbidden: Lines
    conditions: str
    allowed: Lines
    allowed_rule: str
    monitor: str
    monitor_since: str
    monitoring: Lines
    cancelled_at: str
    cancel_number: str


@source("ban", Ban, is_open=True)
def ban(measure: Measure, *, at: datetime) -> Ban:
    return Ban(**_ban(measure))


def _ban(measure: Measure) -> dict[str, Any]:
    parties = _parties(measure.case)
    hours = codes("measure").row(terms.CONTACT_BAN).integer("allowed_contact_hours") or 0
    label = codes("monitor_kind").label(measure.monitor_kind)
    return {
        "decision_number": measure.number,
        "decided_at": _moment(measure.decided_at),
        "signed_by": measure.decided_by.full_name if measure.decided_by else "",
        "protects": parties.protects,
        "binds": parties.binds,
        "binds_born": parties.binds_born,
        "binds_identity": parties.binds_identity,
        "grounds": tuple(codes("ban_ground").label(code) for code in measure.grounds),
        "starts_at": _moment(measure.starts_at),
        "ends_at": _moment(measure.ends_at),
        "forbidden": tuple(row.text() for row in codes("ban_condition").rows),
        "conditions": measure.conditions,
        "allowed": tuple(row.text() for row in codes("allowed_contact_ground").rows),
        "allowed_rule": _(
            "At most %(hours)s hours, after written notice and only once the monitor has signed it."
        )
        % {"hours": hours},
        "monitor": ", ".join(part for part in (measure.monitor_name, label) if part),
        "monitor_since": _moment(measure.monitor_assigned_at),
        "monitoring": tuple(
            row.text() for row in codes("monitoring_step").rows if row.code not in ("assignment", "plan")
        ),
        "cancelled_at": _moment(measure.cancelled_at),
        "cancel_number": measure.cancel_number,
    }


@dataclass(frozen=True, slots=True)
class Parties:
    """The two people, as each knows the other."""

    protects: str
    binds: str
    binds_born: str
    binds_identity: str
    critique_participants: Lines


@source("people", Parties, is_open=True)
def people(case: Case, *, at: datetime) -> Parties:
    return _parties(case)


def _parties(case: Case) -> Parties:
    main = _main_people(case)
    protected, bound = main.get("victim"), main.get("perpetrator")
    return Parties(
        protects=protected.full_name if protected else "",
        binds=bound.full_name if bound else "",
        binds_born=_born(bound),
        binds_identity=bound.identity_number if bound else "",
        critique_participants=tuple(row.text() for row in codes("critique_participant").rows),
    )


# --- minutes: what everybody who was there may read ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Critique:
    """The minutes of a critique before the community: what was written to be read aloud and signed, and no more."""

    binds: str
    binds_born: str
    held_at: str
    place: str
    present: Lines
    minutes: str
    commitment: str


@source("critique", Critique, is_open=True)
def critique(row: Meeting, *, at: datetime) -> Critique:
    parties = _parties(row.case)
    return Critique(
        binds=parties.binds,
        binds_born=parties.binds_born,
        held_at=_moment(row.at),
        place=row.place,
        present=_labels("critique_participant", row.participants),
        minutes=row.minutes,
        commitment=codes("commitment_result").label(row.commitment) if row.commitment else "",
    )


@dataclass(frozen=True, slots=True)
class Mediation:
    """The minutes of a mediation as both sides sign them; what she said alone stays with the office."""

    protects: str
    binds: str
    held_at: str
    place: str
    mediators: str
    minutes: str
    result: str


@source("mediation", Mediation, is_open=True)
def mediation(row: Meeting, *, at: datetime) -> Mediation:
    parties = _parties(row.case)
    return Mediation(
        protects=parties.protects,
        binds=parties.binds,
        held_at=_moment(row.at),
        place=row.place,
        mediators=codes("mediation_by").label(row.led_by) if row.led_by else "",
        minutes=row.minutes,
        result=codes("mediation_result").label(row.result) if row.result else "",
    )


# --- a contact ban: what stays between the office and whoever asked -----------------------------------------


@dataclass(frozen=True, slots=True)
class BanCase(Ban):
    """A ban with who asked for it and why."""

    requester: str
    requested_at: str
    consent: str
    consent_document: str
    told_rights_at: str
    priority_groups: Lines
    grounds_text: str
    decide_by: str
    reasons: str
    cancel_requested_at: str
    cancel_reason: str
    cancel_answer: str


@source("ban_case", BanCase)
def ban_case(measure: Measure, *, at: datetime) -> BanCase:
    victim = _main_people(measure.case).get("victim")
    return BanCase(
        **_ban(measure),
        requester=codes("ban_requester").label(measure.requester),
        requested_at=_moment(measure.requested_at),
        consent=codes("yes_no").label(measure.consent),
        consent_document=measure.consent_document,
        told_rights_at=_moment(measure.told_rights_at),
        priority_groups=_labels("priority_group", victim.priority_groups if victim else ()),
        grounds_text=measure.grounds_text,
        decide_by=_moment(measure.decide_by),
        reasons=measure.reasons,
        cancel_requested_at=_moment(measure.cancel_requested_at),
        cancel_reason=measure.cancel_reason,
        cancel_answer=measure.cancel_answer,
    )


# --- a report -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReportSheet:
    """A report as it was taken; never who reported."""

    code: str
    received_at: str
    office: str
    channel: str
    reporter: str
    happened: str
    place: str
    people: Lines
    account: str
    danger: str
    priority_groups: Lines
    first_steps: str
    chair_told_at: str
    assigned: str
    taken_by: str


@source("report", ReportSheet)
def report(row: Report, *, at: datetime) -> ReportSheet:
    named = (
        ReportPerson.objects.everything(reason=FILLS).filter(report=row).order_by("position", "created_at")
    )
    return ReportSheet(
        code=row.code,
        received_at=_moment(row.received_at),
        office=str(row.agency),
        channel=codes("report_channel").label(row.channel),
        reporter=_("Kept secret by law: %(kind)s")
        % {"kind": codes("reporter_kind").label(row.reporter_kind).lower()},
        happened=display_happened(
            row.happened_at, row.happened_precision, codes("part_of_day").label(row.happened_part_of_day)
        ),
        place=", ".join(part for part in (row.place, row.village, str(row.area)) if part),
        people=tuple(_named(person) for person in prefetch_keys(named)),
        account=row.account,
        danger=codes("yes_no").label(row.danger_now),
        priority_groups=_labels("priority_group", row.priority_groups),
        first_steps=row.first_steps,
        chair_told_at=_moment(row.chair_told_at),
        assigned=", ".join(str(part) for part in (row.assigned_agency, row.assigned_to) if part),
        taken_by=row.created_by.full_name if row.created_by else "",
    )


def _named(person: ReportPerson) -> str:
    said = (codes("participant_role").label(person.role), person.full_name or _("name not known"), person.age)
    return ", ".join(part for part in said if part)


# --- referrals ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReferralLetter:
    """What a partner reads on paper: who comes and what for. The rest is read in the system, while she agrees."""

    recipient: str
    code: str
    full_name: str
    birth_year: str
    language: str
    service: str
    urgency: str
    needs: str
    shelter_needs: str
    household: str
    answer_by: str
    readable_until: str
    sender: str


@source("referral", ReferralLetter)
def referral(row: Referral, *, at: datetime) -> ReferralLetter:
    told: dict[str, list[str]] = {}
    for section in read_slice(row, at).sections:
        for label, value, item in section.rows:
            if value:
                told.setdefault(item, []).append(
                    value if item in ("full_name", "birth_year") else f"{label}: {value}"
                )
    unit = row.case.unit
    return ReferralLetter(
        recipient=str(row.recipient),
        code=row.code,
        full_name="; ".join(told.get("full_name", ())),
        birth_year="; ".join(told.get("birth_year", ())),
        language="; ".join(told.get("language", ())),
        service=codes("service_kind").label(row.service),
        urgency=codes("urgency").label(row.urgency),
        needs=row.needs,
        shelter_needs="; ".join(_labels("shelter_need", row.shelter_needs)),
        household="; ".join(told.get("household", ())),
        answer_by=_moment(row.due_at),
        readable_until=_moment(row.consent.valid_until),
        sender=", ".join(part for part in (str(unit), unit.phone) if part),
    )


# --- legal aid ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LegalAid:
    """Which of the documents of the legal-aid law the case holds."""

    full_name: str
    birth_year: str
    shelter_admission: str
    poverty: str
    medical: str
    ban: str
    penalty: str
    complete: str
    criminal: Lines


@source("legal_aid", LegalAid)
def legal_aid(case: Case, *, at: datetime) -> LegalAid:
    victim = _main_people(case).get("victim")
    measures = Measure.objects.everything(reason=FILLS).filter(case=case, granted=True)
    bans = [row for row in measures.order_by("decided_at") if row.kind == terms.CONTACT_BAN]
    incidents = prefetch_keys(
        Incident.objects.everything(reason=FILLS).filter(case=case).order_by("happened_at")
    )
    poor = victim is not None and victim.poverty in ("poor", "near_poor")
    treated = [row for row in incidents if row.medical_care in TREATED]
    outcomes = prefetch_keys(
        Outcome.objects.everything(reason=FILLS).filter(case=case).order_by("decided_at", "created_at")
    )
    penalties = [row for row in outcomes if row.kind == PENALTY]
    missing = _("not on file")
    return LegalAid(
        full_name=victim.full_name if victim else "",
        birth_year=victim.birth_date[:4] if victim else "",
        shelter_admission=missing,
        poverty=codes("poverty").label(victim.poverty) if victim and poor else missing,
        medical=_("To be asked of the facility that treated her on %(days)s")
        % {"days": ", ".join(display_date(clock.local_date(row.happened_at)) for row in treated)}
        if treated
        else missing,
        ban="; ".join(_decided(row.number, row.decided_at) for row in bans) or missing,
        penalty="; ".join(_dealt_with(row, "penalty_article", row.penalty_articles) for row in penalties)
        or missing,
        complete=_("Yes") if poor and (bans or penalties) else _("Not yet: see what is not on file"),
        criminal=tuple(
            f"{codes('outcome_kind').label(row.kind)}: "
            f"{_dealt_with(row, 'criminal_article', row.criminal_articles)}"
            for row in outcomes
            if codes("outcome_kind").row(row.kind).flag("criminal")
        ),
    )


def _decided(number: str, decided_at: datetime | None) -> str:
    said = (number and _("No. %(number)s") % {"number": number}, _moment(decided_at))
    return " ".join(part for part in said if part)


def _dealt_with(row: Outcome, articles: str, found: Iterable[str]) -> str:
    """Number, day, articles and office, as a paper names a decision that somebody has to ask for."""
    said = (_decided(row.number, row.decided_at), *_labels(articles, found), row.authority)
    return ", ".join(part for part in said if part)


TREATED: Final = frozenset({"health_station", "hospital_outpatient", "hospital_admitted"})

# --- the case as a whole ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Summary:
    """The case in short: people, what happened, what was done. No address, no telephone, no word anybody said."""

    case_number: str
    unit: str
    opened_on: str
    state: str
    level: str
    people: Lines
    incidents: Lines
    measures: Lines
    referrals: Lines
    assessments: Lines


@source("summary", Summary)
def summary(case: Case, *, at: datetime) -> Summary:
    return Summary(
        case_number=case.number,
        unit=str(case.unit),
        opened_on=display_date(clock.local_date(case.opened_at)),
        state=codes("case_state").label(case.state),
        level=_level(case.level),
        people=tuple(
            ", ".join(
                part
                for part in (
                    codes("participant_role").label(one.role),
                    one.person.full_name,
                    _born(one.person),
                )
                if part
            )
            for one in _participants(case)
        ),
        incidents=_happened(case),
        measures=tuple(
            f"{codes('measure').label(row.kind)}, {codes('measure_state').label(row.state).lower()}: "
            f"{_moment(row.starts_at or row.requested_at)}"
            for row in _all_measures(case)
        ),
        referrals=tuple(
            f"{codes('service_kind').label(row.service)}: {codes('referral_state').label(row.state).lower()}"
            for row in _all_referrals(case)
        ),
        assessments=tuple(
            f"{_moment(row.signed_at)}: {_level(row.final_level)}" for row in _assessments(case)
        ),
    )


@dataclass(frozen=True, slots=True)
class MaskedSummary:
    """The same without a name, a number, a day or a commune: months and age bands stand for them."""

    year: str
    province: str
    state: str
    level: str
    people: Lines
    incidents: Lines
    measures: Lines
    referrals: Lines
    assessments: Lines


@source("summary_masked", MaskedSummary)
def summary_masked(case: Case, *, at: datetime) -> MaskedSummary:
    return MaskedSummary(
        year=f"{clock.local(case.opened_at):%Y}",
        province=str(case.province),
        state=codes("case_state").label(case.state),
        level=_level(case.level),
        people=tuple(
            f"{codes('participant_role').label(one.role)} {place}: {codes('sex').label(one.person.sex).lower()}, "
            f"{codes('age_band').label(one.age_band).lower()}"
            for place, one in enumerate(_participants(case), start=1)
        ),
        incidents=tuple(
            f"{_month(row.happened_at)}: {'; '.join(_labels('act', row.acts))}" for row in _incidents(case)
        ),
        measures=tuple(
            f"{codes('measure').label(row.kind)}, {codes('measure_state').label(row.state).lower()}: "
            f"{_month(row.starts_at or row.requested_at)}"
            for row in _all_measures(case)
        ),
        referrals=tuple(
            f"{codes('service_kind').label(row.service)}: {codes('referral_state').label(row.state).lower()}"
            for row in _all_referrals(case)
        ),
        assessments=tuple(
            f"{_month(row.signed_at)}: {_level(row.final_level)}" for row in _assessments(case)
        ),
    )


# --- an extract for the person subjected --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Extract:
    """Her own file as she may take it home: what happened to her, what was decided, where she was helped.

    It may be found there: nothing anybody told, nobody else's data but the name of the other side she knows, no risk,
    no plan, and nothing that leads to where she or a child hides.
    """

    case_number: str
    unit: str
    opened_on: str
    state: str
    full_name: str
    born: str
    other_side: str
    incidents: Lines
    measures: Lines
    support: Lines
    mediations: Lines
    outcomes: Lines


@source("extract", Extract)
def extract(case: Case, *, at: datetime) -> Extract:
    parties, victim = _parties(case), _main_people(case).get("victim")
    meetings = Meeting.objects.everything(reason=FILLS).filter(case=case, kind=Meeting.MEDIATION)
    outcomes = Outcome.objects.everything(reason=FILLS).filter(case=case)
    return Extract(
        case_number=case.number,
        unit=str(case.unit),
        opened_on=display_date(clock.local_date(case.opened_at)),
        state=codes("case_state").label(case.state),
        full_name=parties.protects,
        born=_born(victim),
        other_side=parties.binds,
        incidents=_happened(case),
        measures=tuple(_measure_in_short(row) for row in _all_measures(case) if row.kind != terms.SHELTER),
        support=tuple(
            f"{codes('service_kind').label(row.service)}: {codes('referral_state').label(row.state).lower()}"
            for row in _all_referrals(case)
            if not hides_who(row.service)
        ),
        mediations=tuple(
            f"{_moment(row.at)}: {codes('mediation_result').label(row.result)}"
            for row in meetings.order_by("at")
        ),
        outcomes=_decided_on(outcomes),
    )


def _decided_on(outcomes: Any) -> Lines:
    """How he was dealt with, each by its number and day."""
    return tuple(
        f"{codes('outcome_kind').label(row.kind)}: {_decided(row.number, row.decided_at)}"
        for row in outcomes.order_by("decided_at", "created_at")
    )


def _measure_in_short(row: Measure) -> str:
    """What a decision says of itself: its number, its state, from when to when."""
    term = " – ".join(part for part in (_moment(row.starts_at), _moment(row.ends_at)) if part)
    said = (
        row.number and _("No. %(number)s") % {"number": row.number},
        codes("measure_state").label(row.state).lower(),
        term or _moment(row.requested_at),
    )
    return f"{codes('measure').label(row.kind)}: {', '.join(part for part in said if part)}"


# --- what he is told of himself -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OwnData:
    """What the person who commits violence may read of what is recorded of himself, and the decisions he was handed.

    Nothing anybody told about him, nothing that was asked for and not decided, nobody else's data.
    """

    full_name: str
    born: str
    sex: str
    identity: str
    nationality: str
    ethnicity: str
    occupation: str
    decisions: Lines
    penalties: Lines


@source("own_data", OwnData, is_open=True)
def own_data(case: Case, *, at: datetime) -> OwnData:
    him = _main_people(case).get("perpetrator")
    served = set(_handed_to_him(case).values_list("measure_id", flat=True))
    return OwnData(
        full_name=him.full_name if him else "",
        born=_born(him),
        sex=codes("sex").label(him.sex) if him else "",
        identity=him.identity_number if him else "",
        nationality=codes("nationality").label(him.nationality) if him else "",
        ethnicity=codes("ethnicity").label(him.ethnicity) if him else "",
        occupation=codes("occupation").label(him.occupation) if him else "",
        decisions=tuple(_measure_in_short(row) for row in _all_measures(case) if row.pk in served),
        penalties=_decided_on(_penalties(case)),
    )


def _handed_to_him(case: Case) -> Any:
    """The copies of decisions he was served with; where she is sheltered is no decision for him, whoever wrote it down."""
    rows = Service.objects.everything(reason=FILLS).filter(case=case, recipient="perpetrator")
    return rows.exclude(measure__kind=terms.SHELTER)


def _penalties(case: Case) -> Any:
    """What was decided about him by penalty or sentence; not what was passed on about him."""
    decided = codes("outcome_kind").where("decided")
    return Outcome.objects.everything(reason=FILLS).filter(case=case, kind__in=decided)


# --- a child ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Child:
    """The newest form about one child."""

    full_name: str
    birth_date: str
    sex: str
    ethnicity: str
    assessed_at: str
    assessed_by: str
    level: str
    reasons: Lines
    emergency_at: str
    emergency_step: str


@source("child", Child)
def child(part: Participant, *, at: datetime) -> Child:
    row = (
        RiskAssessment.objects.everything(reason=FILLS)
        .filter(child=part)
        .select_related("signed_by")
        .latest("signed_at")
    )
    person = part.person
    return Child(
        full_name=person.full_name,
        birth_date=_born(person),
        sex=codes("sex").label(person.sex),
        ethnicity=codes("ethnicity").label(person.ethnicity),
        assessed_at=_moment(row.signed_at),
        assessed_by=row.signed_by.full_name,
        level=_level(row.final_level),
        reasons=tuple(f"{one.text}: {one.answer}" for one in shown(row, {}).factors),
        emergency_at=_moment(row.emergency_at),
        emergency_step=row.emergency_step,
    )


@dataclass(frozen=True, slots=True)
class ChildCase:
    """A child procedure with its newest specific assessment."""

    full_name: str
    birth_date: str
    sex: str
    ethnicity: str
    received_at: str
    assessed_at: str
    assessed_by: str
    body: str
    mind: str
    feelings: str
    wish: str
    family: str
    capacity: str
    conclusion: str


@source("child_procedure", ChildCase)
def child_procedure(row: ChildProcedure, *, at: datetime) -> ChildCase:
    found = prefetch_keys(
        row.assessments.everything(reason=FILLS).select_related("assessed_by").order_by("-assessed_at")[:1]
    )[0]
    person, states = row.child.person, codes("child_state")
    return ChildCase(
        full_name=person.full_name,
        birth_date=_born(person),
        sex=codes("sex").label(person.sex),
        ethnicity=codes("ethnicity").label(person.ethnicity),
        received_at=_moment(row.received_at),
        assessed_at=_moment(found.assessed_at),
        assessed_by=found.assessed_by.full_name,
        body=_with(states.label(found.body), found.body_text),
        mind=_with(states.label(found.mind), found.mind_text),
        feelings=_with(states.label(found.feelings), found.feelings_text),
        wish=found.wish,
        family=found.family_text,
        capacity=_with(codes("child_capacity").label(found.capacity), found.capacity_text),
        conclusion=found.conclusion,
    )


@dataclass(frozen=True, slots=True)
class ChildPlanPaper:
    """A plan as the office and those who carry it out read it."""

    full_name: str
    birth_date: str
    goal: str
    services: Lines
    activities: str
    responsible: str
    starts_on: str
    ends_on: str
    submitted_by: str
    reviewed_at: str
    level: str
    review: str
    review_text: str


@source("child_plan", ChildPlanPaper)
def child_plan(row: ChildPlan, *, at: datetime) -> ChildPlanPaper:
    person = row.procedure.child.person
    form = (
        RiskAssessment.objects.everything(reason=FILLS)
        .filter(child=row.procedure.child_id, instrument=REVIEW_FORM)
        .order_by("-signed_at")
        .first()
    )
    return ChildPlanPaper(
        full_name=person.full_name,
        birth_date=_born(person),
        goal=row.goal,
        services=_labels("child_service", row.services),
        activities=row.activities,
        responsible=row.responsible,
        starts_on=display_date(row.starts_on),
        ends_on=display_date(row.ends_on),
        submitted_by=row.submitted_by.full_name,
        reviewed_at=_moment(row.reviewed_at),
        level=_level(form.final_level) if form else "",
        review=codes("child_review").label(row.review),
        review_text=row.review_text,
    )


@dataclass(frozen=True, slots=True)
class OpenChildPlan:
    """The approval of a plan as a parent may read it: that there is one, of what kind, from when to when."""

    full_name: str
    decision_number: str
    signed_by: str
    services: Lines
    starts_on: str
    ends_on: str


@source("child_plan_open", OpenChildPlan, is_open=True)
def child_plan_open(row: ChildPlan, *, at: datetime) -> OpenChildPlan:
    return OpenChildPlan(
        full_name=row.procedure.child.person.full_name,
        decision_number=row.number,
        signed_by=row.decided_by.full_name if row.decided_by else "",
        services=_labels("child_service", row.services),
        starts_on=display_date(row.starts_on),
        ends_on=display_date(row.ends_on),
    )


@dataclass(frozen=True, slots=True)
class OpenSeparation:
    """A separation as a parent may read it: that it is, on what ground of the law, how long. Never where."""

    full_name: str
    decision_number: str
    signed_by: str
    grounds: Lines
    starts_at: str
    ends_at: str


@source("child_apart_open", OpenSeparation, is_open=True)
def child_apart_open(row: ChildSeparation, *, at: datetime) -> OpenSeparation:
    return OpenSeparation(
        full_name=row.procedure.child.person.full_name,
        decision_number=row.number,
        signed_by=row.decided_by.full_name,
        grounds=_labels("child_danger", row.dangers),
        starts_at=_moment(row.starts_at),
        ends_at=_moment(row.ends_at),
    )


@dataclass(frozen=True, slots=True)
class Nothing:
    """A paper that was written elsewhere."""


@source("none", Nothing, is_open=True)
def nothing(row: Any, *, at: datetime) -> Nothing:
    return Nothing()


# --- words --------------------------------------------------------------------------------------------------


def hides_who(service: str) -> bool:
    """Whether a request for this service tells nobody who she is; one that is on no list is held to that too."""
    return service not in codes("service_kind") or scopes.is_anonymous(service)


def issuer_of(name: str) -> str:
    """The name of an office as it stands at the head of a paper."""
    return name.upper()


def place_and_date(area: Area, at: datetime) -> str:
    """«Mường Phăng, ngày 05 tháng 3 năm 2026»: a one-digit day or month of January and February has its nought."""
    day = clock.local_date(at)
    month = f"{day.month:02}" if day.month < 3 else str(day.month)
    return f"{area.name}, ngày {day.day:02} tháng {month} năm {day.year}"


def drawn_by(user: User, *, in_short: bool) -> str:
    """Who drew the paper: on one he reads by initials, as an office writes its drafter, not by a name to look for."""
    return initials(user.full_name) if in_short else user.full_name


def _moment(moment: datetime | None) -> str:
    """As a paper writes an hour."""
    if moment is None:
        return ""
    here = clock.local(moment)
    return f"{here:%H} giờ {here:%M} phút, ngày {display_date(here.date())}"


def _month(moment: datetime) -> str:
    return f"{clock.local(moment):%m/%Y}"


def _born(person: Person | None) -> str:
    return PartialDate.from_iso(person.birth_date).display() if person and person.birth_date else ""


def _level(code: str) -> str:
    return codes("risk_level").label(code) if code else _("NOT ASSESSED")


def _labels(name: str, found: Iterable[str]) -> Lines:
    return tuple(codes(name).label(code) for code in found)


def _with(label: str, text: str) -> str:
    return ": ".join(part for part in (label, text) if part)


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _main_people(case: Case) -> dict[str, Person]:
    return {part.role: part.person for part in _participants(case) if part.is_main}


def _participants(case: Case) -> list[Participant]:
    rows = Participant.objects.everything(reason=FILLS).filter(case=case).select_related("person")
    return prefetch_keys(rows.order_by("created_at", "pk"))


def _incidents(case: Case) -> list[Incident]:
    return list(Incident.objects.everything(reason=FILLS).filter(case=case).order_by("happened_at"))


def _happened(case: Case) -> Lines:
    return tuple(
        f"{display_happened(row.happened_at, row.happened_precision)}: {'; '.join(_labels('act', row.acts))}"
        for row in _incidents(case)
    )


def _all_measures(case: Case) -> list[Measure]:
    return list(Measure.objects.everything(reason=FILLS).filter(case=case).order_by("requested_at"))


def _all_referrals(case: Case) -> list[Referral]:
    return list(Referral.objects.everything(reason=FILLS).filter(case=case).order_by("sent_at"))


def _assessments(case: Case) -> list[RiskAssessment]:
    rows = RiskAssessment.objects.everything(reason=FILLS).filter(case=case, child__isnull=True)
    return list(rows.order_by("signed_at"))
