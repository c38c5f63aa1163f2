"""What each role finds on arrival: what is due, what waits, what is missing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, Max, Q
from django.utils.translation import gettext_lazy as _

from casework.access.lists import page
from casework.access.principals import principal
from casework.base import clock
from casework.base.codes import codes
from casework.cases import lifecycle
from casework.cases.models import Case, Participant
from casework.cases.queries import CaseLine, contacting_of, initials_of
from casework.closure.models import Closing
from casework.deadlines.models import Deadline
from casework.deadlines.queries import SOON, Due, clocks_of_all, may_on_cases, named, with_steps
from casework.desks import board
from casework.desks.pace import Stretch, stretch
from casework.desks.quality import GRAVE, LATE_ENTRY, LOOKED_BACK, Gaps, Share, gaps
from casework.disposal.models import Disposal, ReportDisposal
from casework.disposal.queries import reports_to_answer, to_answer
from casework.intake import queries as reports
from casework.intake.models import Report
from casework.intake.triage import Step
from casework.organisations.models import Area, User
from casework.organisations.roles import POLICE_HEAD, POLICE_OFFICER, SUPERVISORS
from casework.plans.models import Contact, PlanStep
from casework.protection import steps, terms
from casework.protection.models import Measure
from casework.protection.queries import Shown, shown_of
from casework.referrals.models import Referral
from casework.risk.models import RiskAssessment
from casework.risk.queries import lowerings_asked

# How many cases the first page looks at: more that run out within twelve hours is a list of its own.
AT_ONCE: Final = 50
MINE: Final = 10
POLICE: Final = (POLICE_OFFICER, POLICE_HEAD)
ANSWERED_WITHIN: Final = timedelta(days=3)
NARROWED: Final = "the cases came from the viewer's own arms"


# --- the first page of those who work on cases ---


@dataclass(frozen=True, slots=True)
class Waiting:
    """A report and how long its two duties «at once» have taken."""

    report: Report
    steps: tuple[Step, Step]


@dataclass(frozen=True, slots=True)
class Today:
    """The first page of a worker."""

    now: Sequence[Due]
    others: Sequence[Due]
    calls: Sequence[Due]
    replies: Sequence[Referral]
    reports: Sequence[Waiting]
    mine: Sequence[CaseLine]
    more_cases: bool

    def cases(self) -> list[UUID]:
        """The cases named on the page, for the memory."""
        named = [due.case.pk for due in (*self.now, *self.calls, *self.others)]
        named += [line.case.pk for line in self.mine]
        return list(dict.fromkeys([*named, *(referral.case_id for referral in self.replies)]))


def today_of(user: User, *, at: datetime) -> Today:
    """What a worker has to do now and today; the same number of queries however many cases they have."""
    midnight = _end_of_day(at)
    horizon = max(midnight, at + SOON)
    dues = _with_contacts(clocks_of_all(_cases_due(user, horizon, at=at), user, before=horizon, at=at), at=at)
    mine = _mine(user, dues, at=at)
    soon = [due for due in dues if due.due_at < at + SOON]
    found = page(
        Case,
        user,
        size=MINE,
        filters={"lead_id": user.pk, "state__in": tuple(lifecycle.LIVE)},
        ascending="next_due_at",
        select_related=("commune",),
        at=at,
    )
    called = initials_of(found.rows)
    return Today(
        now=[due for due in soon if due in mine],
        others=[due for due in soon if due not in mine],
        calls=[due for due in dues if due.due_at >= at + SOON and due.contact is not None and due in mine],
        replies=_replies(user, at=at),
        reports=waiting_reports(reports.assigned(user, at=at).rows, at=at),
        mine=[CaseLine(case, called.get(case.pk, "")) for case in found.rows],
        more_cases=bool(found.next),
    )


def _mine(user: User, dues: Sequence[Due], *, at: datetime) -> list[Due]:
    """The clocks the viewer answers: of cases they work on, and elsewhere those that wait for their role.

    A case that was only opened to the unit, to watch over a ban, asks of it no more than that.
    """
    worked = may_on_cases(user, {due.case.pk for due in dues}, {"case.edit"}, at=at)["case.edit"]
    roles = {seat.role for seat in principal(user, at).seats}
    roles |= {role for role in POLICE if roles & set(POLICE)}
    return [due for due in dues if due.url and (due.case.pk in worked or due.role in roles)]


def _end_of_day(at: datetime) -> datetime:
    return datetime.combine(clock.local_date(at) + timedelta(days=1), time(), tzinfo=clock.VIETNAM)


def _cases_due(user: User, before: datetime, *, at: datetime) -> list[Case]:
    """The cases of the viewer whose next clock runs out first."""
    found = page(
        Case,
        user,
        size=AT_ONCE,
        filters={"next_due_at__lt": before},
        ascending="next_due_at",
        select_related=("commune",),
        at=at,
    )
    return found.rows


def _with_contacts(dues: Sequence[Due], *, at: datetime) -> list[Due]:
    """Contacts the viewer has to make are told together with how she may be reached."""
    calls = {due.case.pk for due in dues if due.kind == "contact_due" and due.url}
    victims = dict(
        Participant.objects.everything(reason=NARROWED)
        .filter(case_id__in=calls, role="victim", is_main=True)
        .values_list("case_id", "person_id")
    )
    answers = contacting_of(list(victims.values()), at=at)
    return [
        replace(due, contact=answers[victims[due.case.pk]])
        if due.kind == "contact_due" and due.url and due.case.pk in victims
        else due
        for due in dues
    ]


def _replies(user: User, *, at: datetime) -> list[Referral]:
    """Referrals of the viewer's cases that a partner answered or reported on lately, newest first."""
    since = at - ANSWERED_WITHIN
    rows = Referral.objects.visible_to(user, at=at).select_related("recipient", "case__commune")
    answered = list(rows.filter(answered_at__gte=since).order_by("-answered_at")[:MINE])
    finished = list(rows.filter(finished_at__gte=since, result__gt="").order_by("-finished_at")[:MINE])
    by_id = {row.pk: row for row in (*answered, *finished)}
    return sorted(by_id.values(), key=lambda row: row.finished_at or row.answered_at or at, reverse=True)[
        :MINE
    ]


def waiting_reports(rows: Sequence[Report], *, at: datetime) -> list[Waiting]:
    """Reports with their minutes."""
    return [Waiting(row, reports.steps(row, at)) for row in rows]


# --- from the report to the decision ---

PACE_OF: Final = timedelta(days=90)
# Of the newest so many; a province has fewer in ninety days.
MOST: Final = 5_000
SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Pace:
    """The three parts, and the latest decisions with what each took."""

    stretches: Sequence[Stretch]
    decisions: Sequence[Measure]


def pace_of(user: User, *, commune: Area | None = None, at: datetime) -> Pace:
    """What the last ninety days took, of the reports and cases the viewer sees: three queries.

    commune: only what belongs to it.
    """
    since, who = at - PACE_OF, principal(user, at)
    reports = Report.objects.visible_as(who).filter(received_at__gte=since)
    bans = (
        Measure.objects.visible_as(who)
        .filter(kind=terms.CONTACT_BAN, decided_at__gte=since, decide_by__isnull=False)
        .select_related("case__commune")
    )
    if commune is not None:
        reports, bans = reports.filter(area=commune), bans.filter(case__commune=commune)
    told, assigned = [], []
    times = reports.order_by("-received_at").values_list("received_at", "chair_told_at", "first_assigned_at")
    for received_at, chair_told_at, first_assigned_at in times[:MOST]:
        if chair_told_at is not None:
            told.append(chair_told_at - received_at)
        if first_assigned_at is not None:
            assigned.append(first_assigned_at - received_at)
    decided = list(bans.order_by("-decided_at", "pk")[:MOST])
    late = sum(1 for ban in decided if is_late(ban))
    return Pace(
        stretches=[
            stretch(_("From the report until the chair was told"), "report_notify_chair", told),
            stretch(_("From the report until somebody was assigned"), "report_assign", assigned),
            stretch(
                _("From the request for a contact ban until the decision"),
                "ban_decide",
                [took(ban) for ban in decided],
                late=late,
            ),
        ],
        decisions=decided[:SHOWN],
    )


def took(ban: Measure) -> timedelta:
    """From the request to the decision."""
    if ban.decided_at is None:
        raise ValueError("It is not decided.")
    return ban.decided_at - ban.requested_at


def is_late(ban: Measure) -> bool:
    """Decided after its hour."""
    return ban.decided_at is not None and ban.decide_by is not None and ban.decided_at > ban.decide_by


# --- the chair ---


@dataclass(frozen=True, slots=True)
class Card:
    """One measure on a desk or a board: its case, the initials, where it stands and the one button."""

    shown: Shown
    initials: str
    column: str
    button: str
    waits_for: str = ""

    @property
    def measure(self) -> Measure:
        return self.shown.measure


@dataclass(frozen=True, slots=True)
class ChairDesk:
    """What waits for the chair: the hours of the law first."""

    requests: Sequence[Card]
    cancellations: Sequence[Card]
    to_serve: Sequence[Card]
    reports: Sequence[Waiting]
    others: Sequence[Due]

    def cases(self) -> list[UUID]:
        cards = (*self.requests, *self.cancellations, *self.to_serve)
        return list(
            dict.fromkeys([*(card.measure.case_id for card in cards), *(due.case.pk for due in self.others)])
        )


# Clocks of the chair that have no measure of their own to be shown with.
_CHAIRS_OTHER: Final = frozenset(
    {"child_decide", "child_emergency", "child_plan", "child_separation_end", "measure_decide"}
)


def chair_desk_of(user: User, *, at: datetime) -> ChairDesk:
    """Requests with the time left, then what was signed and not handed over, reports, and the chair's other clocks."""
    cards = _cards(user, at=at)
    waiting = sorted(reports.waiting(user, at=at).rows, key=_urgency)
    rows = (
        Deadline.objects.visible_to(user, at=at)
        .filter(state=Deadline.OPEN, role="commune_chair", kind__in=_CHAIRS_OTHER)
        .select_related("case__commune")
        .order_by("due_at")[:AT_ONCE]
    )
    others = [
        Due(
            row.case,
            row.kind,
            row.due_at,
            row.role,
            row.subject_id,
            clock_id=row.pk,
            acknowledged_at=row.acknowledged_at,
        )
        for row in rows
    ]
    return ChairDesk(
        requests=[card for card in cards if card.column == board.DECIDE],
        cancellations=[card for card in cards if card.shown.course.cancellation_asked],
        to_serve=[card for card in cards if card.button == "serve-decision"],
        reports=waiting_reports(waiting, at=at),
        others=named(with_steps(user, others, at=at)),
    )


def _urgency(report: Report) -> tuple[int, datetime]:
    """Danger to life first, then the longest waiting."""
    return codes("report_priority").codes.index(report.priority), report.received_at


# --- the board ---

ON_BOARD: Final = 200
ENDED_WITHIN: Final = timedelta(days=7)


def board_of(user: User, *, at: datetime) -> dict[str, list[Card]]:
    """Every measure that is asked for, runs, or ended within a week, by column, the nearest clock first."""
    columns: dict[str, list[Card]] = {name: [] for name in board.COLUMNS}
    for card in _cards(user, at=at, ended_since=at - ENDED_WITHIN):
        columns[card.column].append(card)
    return columns


def _cards(user: User, *, at: datetime, ended_since: datetime | None = None) -> list[Card]:
    rows = Measure.objects.visible_to(user, at=at).select_related("case__commune")
    live = rows.filter(state__in=terms.LIVE).order_by(F("decide_by").asc(nulls_last=True), "ends_at", "pk")
    found = list(live[:ON_BOARD])
    if ended_since is not None:
        found += list(rows.filter(ended_at__gte=ended_since).order_by("-ended_at")[:MINE])
        found += list(
            rows.filter(state=terms.REFUSED, decided_at__gte=ended_since).order_by("-decided_at")[:MINE]
        )
    cases = {measure.case for measure in found}
    called = initials_of(list(cases))
    rights = _rights(user, {case.pk for case in cases}, at=at)
    place = {measure.pk: index for index, measure in enumerate(found)}
    shown = sorted(shown_of(found, at=at), key=lambda one: place[one.measure.pk])
    return [_card(one, called, rights, at=at) for one in shown]


def _rights(user: User, cases: Collection[UUID], *, at: datetime) -> Mapping[UUID, frozenset[str]]:
    """The verbs of measures the viewer may do on each case."""
    by_verb = may_on_cases(user, cases, {action.verb for action in steps.ACTIONS.values()}, at=at)
    return {case: frozenset(verb for verb, on in by_verb.items() if case in on) for case in cases}


def _card(
    shown: Shown, called: Mapping[UUID, str], rights: Mapping[UUID, frozenset[str]], *, at: datetime
) -> Card:
    case_id = shown.measure.case_id
    name = board.button(shown.course, at, rights[case_id])
    role = "" if name else steps.waits_for(steps.due(shown.course, at))
    return Card(
        shown=shown,
        initials=called.get(case_id, ""),
        column=board.column(shown.course, at, is_breached=bool(shown.breaches)),
        button=name,
        waits_for=codes("role").label(role) if role else "",
    )


# --- the supervisor ---


@dataclass(frozen=True, slots=True)
class UnitLine:
    """How many clocks of a unit have run out."""

    unit: str
    overdue: int


@dataclass(frozen=True, slots=True)
class GraveLine:
    """A case of high danger that lacks something."""

    case: Case
    initials: str
    gaps: Gaps


@dataclass(frozen=True, slots=True)
class SupervisorDesk:
    """What a supervisor looks at: who is late, who is unprotected, what waits for a second person."""

    units: Sequence[UnitLine]
    grave: Sequence[GraveLine]
    closings: Sequence[Closing]
    lowerings: Sequence[RiskAssessment]
    disposals: Sequence[Disposal]
    report_disposals: Sequence[ReportDisposal]
    called: Mapping[UUID, str]
    unknown: Share
    late: Share
    overridden: Share

    @property
    def overdue(self) -> int:
        return sum(line.overdue for line in self.units)

    @property
    def approvals(self) -> int:
        of_cases = len(self.closings) + len(self.lowerings) + len(self.disposals)
        return of_cases + len(self.report_disposals)

    def cases(self) -> list[UUID]:
        """The cases on it, and the reports that never became one."""
        grave = [line.case.pk for line in self.grave]
        closings = [row.case_id for row in self.closings]
        answers = [row.case_id for row in self.lowerings] + [row.case_id for row in self.disposals]
        told = [row.report_id for row in self.report_disposals]
        return list(dict.fromkeys([*grave, *closings, *answers, *told]))


def communes_of(user: User, *, at: datetime) -> list[Area]:
    """The communes a supervisor may choose among: all of their province, or their own."""
    within = Q(pk__in=[])
    for seat in principal(user, at).seats:
        if seat.role in SUPERVISORS:
            within |= Q(parent_id=seat.area_id) if seat.area_is_province else Q(pk=seat.area_id)
    return list(Area.objects.filter(within, valid_to__isnull=True).order_by("name"))


def supervisor_desk_of(user: User, *, commune: Area | None = None, at: datetime) -> SupervisorDesk:
    """The desk of the whole area, or of one commune of it; the same number of queries at every size."""
    inside: dict[str, Any] = {"case__commune": commune} if commune else {}
    cases = Case.objects.visible_to(user, at=at).filter(**({"commune": commune} if commune else {}))
    grave = _grave(cases, at=at)
    closings = list(
        Closing.objects.visible_to(user, "closing.approve", at=at)
        .filter(state="asked", **inside)
        .exclude(requested_by=user)
        .select_related("case__commune", "requested_by")
        .order_by("requested_at")[:AT_ONCE]
    )
    lowerings = [
        row for row in lowerings_asked(user, at=at) if commune is None or row.case.commune_id == commune.pk
    ]
    disposals = [
        row for row in to_answer(user, at=at) if commune is None or row.case.commune_id == commune.pk
    ]
    named: list[Case] = [line.case for line in grave]
    named += [row.case for row in closings] + [row.case for row in lowerings]
    named += [row.case for row in disposals]
    called = initials_of(named)
    return SupervisorDesk(
        units=_overdue_by_unit(cases, at=at),
        grave=[GraveLine(line.case, called.get(line.case.pk, ""), line.gaps) for line in grave],
        closings=closings,
        lowerings=lowerings,
        disposals=disposals,
        report_disposals=[
            row
            for row in reports_to_answer(user, at=at)
            if commune is None or row.report.area_id == commune.pk
        ],
        called=called,
        **_quality(user, inside, at=at),
    )


def _overdue_by_unit(cases: Any, *, at: datetime) -> list[UnitLine]:
    rows = (
        Deadline.objects.everything(reason=NARROWED)
        .filter(state=Deadline.OPEN, due_at__lt=at, case__in=cases.values("pk"))
        .values("case__unit__name")
        .annotate(overdue=Count("pk"))
        .order_by("-overdue", "case__unit__name")
    )
    return [UnitLine(row["case__unit__name"], row["overdue"]) for row in rows]


def _grave(cases: Any, *, at: datetime) -> list[GraveLine]:
    """Live cases at HIGH or above that lack a measure, a contact or a plan; the most dangerous first."""
    rows = list(
        cases.filter(level__in=GRAVE, state__in=lifecycle.LIVE)
        .select_related("commune", "unit")
        .order_by("level", "next_due_at")[:ON_BOARD]
    )
    ids = [case.pk for case in rows]
    running = Measure.objects.everything(reason=NARROWED).filter(
        case_id__in=ids, state=terms.IN_FORCE, ended_at__isnull=True, starts_at__lte=at
    )
    protected = set(
        running.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at)).values_list("case_id", flat=True)
    )
    reached = [row.code for row in codes("contact_outcome").rows if row.flag("reached")]
    contacts = Contact.objects.everything(reason=NARROWED).filter(case_id__in=ids, outcome__in=reached)
    last = dict(contacts.order_by().values("case_id").annotate(last=Max("at")).values_list("case_id", "last"))
    plans = PlanStep.objects.everything(reason=NARROWED).filter(case_id__in=ids)
    planned = set(plans.values_list("case_id", flat=True))
    lines = [
        GraveLine(
            case,
            "",
            gaps(
                case.level,
                has_measure=case.pk in protected,
                last_reached_at=last.get(case.pk),
                has_plan=case.pk in planned,
                at=at,
            ),
        )
        for case in rows
    ]
    return [line for line in lines if line.gaps.any()]


def _quality(user: User, inside: Mapping[str, Any], *, at: datetime) -> dict[str, Share]:
    """Shares of the last 90 days; each one query over what was entered in that time."""
    since = at - LOOKED_BACK
    signed = (
        RiskAssessment.objects.visible_to(user, at=at)
        .filter(signed_at__gte=since, **inside)
        .aggregate(
            whole=Count("pk"),
            open=Count("pk", filter=~Q(possible_level=F("computed_level"))),
            overridden=Count("pk", filter=~Q(override="")),
        )
    )
    written = (
        Contact.objects.visible_to(user, at=at)
        .filter(created_at__gte=since, **inside)
        .aggregate(whole=Count("pk"), late=Count("pk", filter=Q(created_at__gt=F("at") + LATE_ENTRY)))
    )
    return {
        "unknown": Share(signed["open"], signed["whole"]),
        "overridden": Share(signed["overridden"], signed["whole"]),
        "late": Share(written["late"], written["whole"]),
    }
