"""Which clocks run: of one case, of everybody a viewer works for, each with what may be done about it."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from casework.access.decisions import may
from casework.access.grants import FOREVER
from casework.access.lists import COUNT_CAP, Page, capped_count, page, visible_among
from casework.access.opening import record_list
from casework.access.principals import principal
from casework.base import clock
from casework.base.codes import codes
from casework.base.dates import midnight
from casework.base.refusals import NotVisible, Refused
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.cases.queries import initials_of
from casework.deadlines import periods, reminders
from casework.deadlines.clocks import DECISION, END, length_of, rules_set
from casework.deadlines.feed import Entry
from casework.deadlines.models import (
    Alarm,
    CalendarFeed,
    Clock,
    Deadline,
    Handover,
    Holiday,
    OfficeDeadline,
    Period,
    Reminder,
    verb_to_see,
)
from casework.deadlines.periods import Rule
from casework.deadlines.steps import Step, step_for, who
from casework.organisations.models import Area, User
from casework.organisations.roles import bases
from casework.people.contacting import Contacting

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# What is due within half a day belongs to «right now»: the same half day in which a clock turns to warning.
SOON: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Due:
    """A running clock as a page shows it; `url` is empty when it waits for somebody else than the viewer.

    contact: how she may be reached, on a page that shows it beside a contact that is due.
    """

    case: Case
    kind: str
    due_at: datetime
    role: str
    subject_id: UUID | None = None
    url: str = ""
    verb: "StrOrPromise" = ""
    initials: str = ""
    contact: Contacting | None = None
    clock_id: UUID | None = None
    is_verified: bool = True
    acknowledged_at: datetime | None = None

    @property
    def label(self) -> str:
        return codes("deadline_kind").label(self.kind)

    @property
    def who(self) -> str:
        """Whom the clock waits for, in words."""
        return who(self.role)

    def is_over(self, at: datetime) -> bool:
        return self.due_at < at


def clocks_of(case: Case, user: User, *, at: datetime) -> list[Due]:
    """The running clocks of an opened case, the nearest first, with the buttons the viewer may press."""
    return with_steps(user, _clocks([case]), at=at)


def clocks_of_all(cases: Collection[Case], user: User, *, before: datetime, at: datetime) -> list[Due]:
    """The clocks of cases the viewer was shown that run out before an instant, the nearest first."""
    return named(with_steps(user, _clocks(cases, before=before), at=at))


def with_steps(user: User, dues: Iterable[Due], *, at: datetime) -> list[Due]:
    """The clocks the viewer may know of, nearest first, each with the page of its step where they may take it.

    One query for every set of bases the verbs rest on, however many clocks and cases there are.
    """
    ordered = sorted(dues, key=lambda due: (due.due_at, due.kind, str(due.subject_id)))
    steps = [step_for(due.kind, due_at=due.due_at, at=at) for due in ordered]
    to_see = [verb_to_see(due.kind) for due in ordered]
    verbs = {step.verb for step in steps if step} | set(filter(None, to_see))
    allowed = may_on_cases(user, {due.case.pk for due in ordered}, verbs, at=at)
    return [
        _with_step(due, step) if step and due.case.pk in allowed[step.verb] else due
        for due, step, verb in zip(ordered, steps, to_see, strict=True)
        if not verb or due.case.pk in allowed[verb]
    ]


def named(dues: Sequence[Due]) -> list[Due]:
    """The same clocks with the initials of each case's main person: two queries for any number."""
    called = initials_of(list({due.case.pk: due.case for due in dues}.values())) if dues else {}
    return [replace(due, initials=called.get(due.case.pk, "")) for due in dues]


def may_on_cases(
    user: User, cases: Collection[UUID], verbs: Collection[str], *, at: datetime
) -> Mapping[str, frozenset[UUID]]:
    """On which of these cases the viewer may do each verb; verbs on the same bases share one query."""
    who = principal(user, at)
    asked: dict[tuple[frozenset[str], ...], frozenset[UUID]] = {}
    answers: dict[str, frozenset[UUID]] = {}
    for verb in sorted(verbs):
        resting_on = tuple(bases(verb, seat.role) for seat in who.seats)
        if resting_on not in asked:
            asked[resting_on] = visible_among(Case, who, verb, cases) if any(resting_on) else frozenset()
        answers[verb] = asked[resting_on]
    return answers


# --- lists over many cases ---

# Whose clocks a list shows -> the access paths of the cases they belong to.
SCOPES: Final[Mapping[str, frozenset[str]]] = {
    "mine": frozenset({"assigned"}),
    "unit": frozenset({"unit", "duty"}),
    "area": frozenset({"area"}),
}
LIST_SIZE: Final = 25


@dataclass(frozen=True, slots=True)
class Board:
    """What a list shows: by which column of the case, of which group of kinds, how far ahead (for ever: None)."""

    column: str = "next_due_at"
    group: str = ""
    ahead: timedelta | None = None
    of_today: bool = False

    def before(self, at: datetime) -> datetime:
        """Until when the list reaches."""
        if self.of_today:
            return midnight(clock.local_date(at) + DAY)
        return FOREVER if self.ahead is None else at + self.ahead


DAY: Final = timedelta(days=1)
BOARDS: Final[Mapping[str, Board]] = {
    "overdue": Board(ahead=timedelta()),
    "today": Board(of_today=True),
    "decisions": Board("next_decision_at", DECISION),
    "ending": Board("next_end_at", END, DAY),
    "running": Board("next_end_at", END),
    "week": Board(ahead=7 * DAY),
}


def scopes_of(user: User, *, at: datetime) -> list[str]:
    """The lists this viewer has, the narrowest first."""
    seats = principal(user, at).seats
    held = {basis for seat in seats for basis in bases("case.view", seat.role)}
    return [name for name, paths in SCOPES.items() if paths & held]


def board(
    user: User,
    scope: str,
    name: str,
    *,
    kind: str = "",
    after: str = "",
    size: int = LIST_SIZE,
    at: datetime,
) -> Page[Due]:
    """The clocks of so many cases of one scope, the case with the nearest first, with their steps.

    A fixed number of queries at every size. With a kind only its clocks are told, so a page may be short.
    Raises InvalidInput for a cursor that is not ours.
    """
    found, dues = read_board(user, scope, name, after=after, size=size, at=at)
    place = {case.pk: index for index, case in enumerate(found.rows)}
    wanted = [due for due in dues if not kind or due.kind == kind]
    ordered = sorted(with_steps(user, wanted, at=at), key=lambda due: place[due.case.pk])
    return Page(named(ordered), found.next)


def read_board(
    user: User, scope: str, name: str, *, after: str = "", size: int = LIST_SIZE, at: datetime
) -> tuple[Page[Case], list[Due]]:
    """The cases of a page of a board and their clocks in no order: three queries."""
    one = BOARDS[name]
    before = one.before(at)
    found = page(
        Case,
        user,
        after=after,
        size=size,
        filters={f"{one.column}__lt": before},
        ascending=one.column,
        select_related=("commune",),
        paths=SCOPES[scope],
        at=at,
    )
    return found, _clocks(found.rows, before=before, group=one.group)


def count(user: User, scope: str, name: str, *, at: datetime) -> int:
    """How many cases a board holds, counted to a thousand and no further."""
    one = BOARDS[name]
    return capped_count(Case, user, filters={f"{one.column}__lt": one.before(at)}, paths=SCOPES[scope], at=at)


def told_count(count: int) -> str:
    """A number as a tab shows it; nothing for none."""
    if not count:
        return ""
    return f"{COUNT_CAP:,}+".replace(",", ".") if count > COUNT_CAP else str(count)


# --- one clock ---


@dataclass(frozen=True, slots=True)
class Past:
    """One telling that happened: when, to which role (none for whoever answers), to how many."""

    at: datetime
    role: str
    told: int


@dataclass(frozen=True, slots=True)
class Told:
    """A clock with who was told of it and when, what is still to come, and the buttons the viewer may press."""

    due: Due
    basis: str
    starts_at: datetime
    state: str
    ended_at: datetime | None
    acknowledged_by: str
    past: Sequence["Past"]
    coming: Sequence[tuple[datetime, str]]
    may_acknowledge: bool


def told_of(row: Deadline, user: User, *, at: datetime) -> Told:
    """Everything about one opened clock."""
    due = Due(
        row.case,
        row.kind,
        row.due_at,
        row.role,
        row.subject_id,
        clock_id=row.pk,
        is_verified=row.is_verified,
        acknowledged_at=row.acknowledged_at,
    )
    runs = row.state == Clock.OPEN
    past = list(Reminder.objects.filter(clock=row.pk).order_by("at", "pk"))
    done = {one.step for one in past if one.due_at == row.due_at}
    alarm = Alarm.objects.filter(pk=row.pk).first() if runs else None
    coming = [
        (step.at(row.due_at), step.tell)
        for step in reminders.read(row.steps)
        if alarm is not None and step.name not in done and step.at(row.due_at) >= alarm.set_at
    ]
    return Told(
        due=with_steps(user, [due], at=at)[0] if runs else due,
        basis=row.basis,
        starts_at=row.starts_at,
        state=row.state,
        ended_at=row.ended_at,
        acknowledged_by=row.acknowledged_by.full_name if row.acknowledged_by else "",
        past=[
            Past(one.at, reminders.audience_of(one.step), one.told)
            for one in past
            if one.outcome == reminders.TOLD
        ],
        coming=sorted(coming),
        may_acknowledge=runs
        and row.acknowledged_at is None
        and bool(may(user, "deadline.acknowledge", row, at=at)),
    )


# --- how long clocks run here ---


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """A period as it holds in the viewer's province, and as it came."""

    rule: Rule
    shipped: Rule

    @property
    def label(self) -> str:
        return periods.label(self.rule.kind, self.rule.variant)

    @property
    def key(self) -> str:
        return f"{self.rule.kind}:{self.rule.variant}".rstrip(":")

    @property
    def is_law(self) -> bool:
        return codes("deadline_kind").row(self.rule.kind).flag("law")

    @property
    def who(self) -> str:
        return who(codes("deadline_kind").row(self.rule.kind).string("who"))

    @property
    def length(self) -> str:
        return periods.in_words(self.rule.length)

    @property
    def length_before(self) -> str:
        return periods.in_words(self.shipped.length) if self.rule.source else ""

    def initial(self, today: date) -> dict[str, object]:
        """What a form that changes it begins with."""
        length = self.rule.length
        return {
            "unit": length.unit if length else periods.HOURS,
            "amount": length.amount if length and length.unit != periods.YEARLY else None,
            "day": length.day or None if length else None,
            "month": length.month or None if length else None,
            "basis": self.rule.basis,
            "valid_from": today,
        }


def periods_of(user: User, *, at: datetime) -> list[PeriodLine]:
    """Every period as it holds today where the viewer works."""
    today = clock.local_date(at)
    set_here = rules_set(province_of(user, at=at), today)
    return [PeriodLine(periods.in_force(rule, set_here), rule) for rule in periods.rules(today)]


def period_of(user: User, key: str, *, at: datetime) -> PeriodLine | None:
    """One of them by its key; None when there is none."""
    return next((line for line in periods_of(user, at=at) if line.key == key), None)


def coming_periods(user: User, *, at: datetime) -> list[tuple[Period, str, str]]:
    """What the province has set and has not run out: with its label and its length, the next to begin last."""
    today = clock.local_date(at)
    rows = Period.objects.not_ended(province_of(user, at=at), today).select_related("set_by")
    return [
        (row, periods.label(row.kind, row.variant), periods.in_words(length_of(row)))
        for row in rows.order_by("valid_from", "set_at")
    ]


def open_period(user: User, period_id: UUID, *, at: datetime) -> Period:
    """A period of the viewer's own province; NotVisible for any other."""
    row = Period.objects.filter(pk=period_id, province=province_of(user, at=at)).first()
    if row is None:
        raise NotVisible
    return row


def province_of(user: User, *, at: datetime) -> int:
    """The province in which the viewer works; 0 where they work nowhere."""
    seats = principal(user, at).seats
    if not seats:
        return 0
    area = Area.objects.get(pk=seats[0].area_id)
    return area.parent_id or area.pk


def holidays_by_year(at: datetime) -> list[tuple[int, list[Holiday]]]:
    """The days that are not as the week says, from this year on."""
    first = date(clock.local_date(at).year, 1, 1)
    rows = Holiday.objects.filter(day__gte=first).select_related("set_by").order_by("day")
    return [(year, list(days)) for year, days in groupby(rows, key=lambda row: row.day.year)]


# --- clocks of an office ---

OVER_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class OfficeLine:
    """A clock of an office, and whether the viewer may say that it is done."""

    row: OfficeDeadline
    may_finish: bool = False

    @property
    def label(self) -> str:
        return codes("deadline_kind").label(self.row.kind)

    @property
    def who(self) -> str:
        return who(self.row.role)


@dataclass(frozen=True, slots=True)
class OfficeClocks:
    """What an office owes: what runs, the nearest first, and what is over, the latest first."""

    running: Sequence[OfficeLine]
    over: Sequence[OfficeLine]


def office_clocks(user: User, *, at: datetime) -> OfficeClocks:
    """Three queries."""
    rows = OfficeDeadline.objects.visible_to(user, at=at).select_related("area", "acknowledged_by")
    running = rows.filter(state=Clock.OPEN).order_by("due_at", "pk")[: LIST_SIZE * 4]
    over = rows.exclude(state=Clock.OPEN).order_by("-ended_at", "pk")[:OVER_SHOWN]
    mine = OfficeDeadline.objects.visible_to(user, "office_clock.finish", at=at).filter(state=Clock.OPEN)
    able = set(mine.values_list("pk", flat=True))
    return OfficeClocks(
        [OfficeLine(row, row.pk in able) for row in running], [OfficeLine(row) for row in over]
    )


# --- duty ---


def handovers_of(user: User, *, at: datetime) -> list[Handover]:
    """The shifts of the viewer that run now, with what lay open when they began."""
    rows = Handover.objects.filter(shift__user=user, shift__starts_at__lte=at, shift__ends_at__gt=at)
    return list(rows.select_related("shift__agency", "taken_from").order_by("at"))


def open_handover(user: User, shift_id: UUID) -> Handover:
    """A hand-over to the viewer; NotVisible for one to somebody else."""
    row = Handover.objects.select_related("shift").filter(pk=shift_id, shift__user=user).first()
    if row is None:
        raise NotVisible
    return row


# --- a calendar ---

FEED_AHEAD: Final = 30 * DAY
FEED_CASES: Final = 200
FEED_READS, FEED_WINDOW = 60, timedelta(hours=1)


class TooOften(Refused):
    """A calendar is read more often than any calendar needs (429)."""

    status = 429

    def __init__(self) -> None:
        super().__init__("too_often", _("This calendar was read too often. Try again in an hour."))


def feed_of(user: User) -> CalendarFeed | None:
    return CalendarFeed.objects.filter(user=user).first()


def read_feed(token: UUID, *, at: datetime) -> User | None:
    """Whose calendar this secret address is; None for nobody's, or for an account that may not be used.

    Raises TooOften.
    """
    with transaction.atomic():
        feed = (
            CalendarFeed.objects.select_for_update(of=("self",))
            .select_related("user")
            .filter(digest=digest_of(token))
            .first()
        )
        if feed is None or not feed.user.is_active or feed.user.must_change_password:
            return None
        if feed.counted_from is None or at - feed.counted_from > FEED_WINDOW:
            feed.counted_from, feed.reads = at, 0
        feed.reads += 1
        too_often = feed.reads > FEED_READS
        if not too_often:
            feed.read_at = at
        feed.save(update_fields=["counted_from", "reads", "read_at"])
    if too_often:
        raise TooOften
    return feed.user


def read_entries(user: User, *, at: datetime) -> list[Entry]:
    """When something is due that waits for the owner: their own cases, else what waits for their role; written down."""
    dues = _told_in_a_calendar(user, at=at)
    shown = list(dict.fromkeys(due.case.pk for due in dues))
    record_list(user, "deadline.view", shown=shown, filters={"page": "calendar"})
    return [Entry(_uid(due), due.due_at) for due in dues]


def _told_in_a_calendar(user: User, *, at: datetime) -> list[Due]:
    scopes = scopes_of(user, at=at)
    if not scopes:
        return []
    found = page(
        Case,
        user,
        size=FEED_CASES,
        filters={"next_due_at__lt": at + FEED_AHEAD},
        ascending="next_due_at",
        paths=SCOPES[scopes[0]],
        at=at,
    )
    held = {seat.role for seat in principal(user, at).seats}
    dues = with_steps(user, _clocks(found.rows, before=at + FEED_AHEAD), at=at)
    return [due for due in dues if scopes[0] == "mine" or due.role in held]


def _uid(due: Due) -> str:
    """Always the same for one clock; without the server's key nobody finds the clock by it."""
    name = str(due.clock_id or f"{due.case.pk} {due.kind}")
    return f"{salted_hmac('deadlines.calendar', name, algorithm='sha256').hexdigest()[:32]}@casework"


def digest_of(token: UUID) -> str:
    """What is kept of a secret address."""
    return hashlib.sha256(token.bytes).hexdigest()


# --- small parts ---


def link(route: str, *args: object) -> str:
    """The address of a named page, empty while the room it belongs to is not installed."""
    try:
        return reverse(route, args=args)
    except NoReverseMatch:
        return ""


def _clocks(cases: Collection[Case], *, before: datetime = FOREVER, group: str = "") -> list[Due]:
    """The running clocks of cases the viewer was shown, in no order; one query."""
    by_id = {case.pk: case for case in cases}
    rows = Deadline.objects.everything(reason="the cases came from the viewer's own arms").filter(
        case_id__in=by_id, state=Deadline.OPEN
    )
    if group:
        rows = rows.filter(due_at__lt=before, kind__in=codes("deadline_kind").where("group", group))
    else:
        # A first assessment that is due later still says that its case has the row.
        rows = rows.filter(Q(due_at__lt=before) | Q(kind=lifecycle.FIRST))
    # A row as it stands: a list of hundreds needs neither its steps nor its history.
    columns = ("case_id", "kind", "due_at", "role", "subject_id", "pk", "is_verified", "acknowledged_at")
    found = [
        Due(by_id[case_id], kind, due_at, role, subject_id, "", "", "", None, *more)
        for case_id, kind, due_at, role, subject_id, *more in rows.order_by().values_list(*columns)
    ]
    if group:
        return found
    begun = {due.case.pk for due in found if due.kind == lifecycle.FIRST}
    found += _first_assessments(case for case in cases if case.pk not in begun)
    return [due for due in found if due.due_at < before]


def _first_assessments(cases: Iterable[Case]) -> list[Due]:
    """The clock every new case has from its first minute; the minute job gives it a row."""
    role = codes("deadline_kind").row(lifecycle.FIRST).string("who")
    return [
        Due(case, lifecycle.FIRST, lifecycle.first_assessment_due(case.opened_at), role)
        for case in cases
        if case.level_at is None and case.state in lifecycle.LIVE
    ]


def _with_step(due: Due, step: Step) -> Due:
    return replace(
        due, url=link(step.route, due.subject_id if step.by_subject else due.case.pk), verb=step.label
    )
