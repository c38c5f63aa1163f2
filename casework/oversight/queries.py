"""Who looked: the events of a case, a person or the staff of an area, and whether a chain is whole."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from casework.access.lists import Page
from casework.access.opening import DAMAGED, REASON_FIELD_ID, TERM_FIELD_ID, seal_reason
from casework.access.principals import principal
from casework.access.seals import kinds
from casework.audit.evidence import Checkpoint, Walk
from casework.audit.extract import extracted
from casework.audit.log import NOBODY, record
from casework.audit.models import SEARCHES, AuditCheckpoint, AuditEvent, AuditLeaf
from casework.audit.sequencer import sequence
from casework.audit.verify import breaks
from casework.base import clock
from casework.base.codes import codes
from casework.base.cursors import read_cursor, write_cursor, wrong_cursor
from casework.base.dates import display_date
from casework.base.prepared import Built, adapted, sql_of
from casework.base.refusals import InvalidInput, Message, NotVisible, Refused
from casework.base.text import initials
from casework.cases import searching
from casework.cases.models import Case, CaseTemporaryGrant, Participant, case_denials
from casework.cases.queries import SHORTEST_REASON
from casework.encryption import CannotOpen, open_note, prefetch_notes
from casework.encryption.fields import DAMAGED as DAMAGED_TEXT
from casework.encryption.fields import DESTROYED as DESTROYED_TEXT
from casework.encryption.keyring import KeyDestroyed, prefetch_keys
from casework.organisations.models import Agency, Membership, User
from casework.organisations.roles import AUDITOR, SUPERVISORS
from casework.oversight.plainly import Look, Reader, by_day, said_of_refusals
from casework.oversight.sentences import Event, visits
from casework.oversight.wording import ACTIONS, BY_ITSELF, SEARCHED
from casework.oversight.workbook import MEDIA_TYPE as XLSX
from casework.oversight.workbook import outcome_words, workbook

# --- what a witness keeps ---


def newest_checkpoint() -> Checkpoint | None:
    """The last signed statement of the memory; None before the first."""
    row = AuditCheckpoint.objects.order_by("-number").first()
    return row.checkpoint() if row else None


# --- who looked ---

BY_THE_SYSTEM: Final = frozenset(
    {
        DAMAGED,
        "audit.export",
        "disposal.carry_out",
        "disposal.lapse",
        "disposal.forget_again",
        "report_disposal.carry_out",
        "report_disposal.lapse",
        "key.renew",
        "key.reseal",
        "key.renewed",
        "key.drop",
    }
)
EVENTS_SIZE: Final = 50
# Each member of staff is a path of their own into the log; more than this are found in the order of time instead.
MOST_PATHS: Final = 100


@dataclass(frozen=True, slots=True)
class Search:
    """What an auditor looks for; empty parts are not asked. cases: those of the person that the auditor answers for."""

    case: Case | None = None
    person: UUID | None = None
    cases: Sequence[Case] = ()
    actor: User | None = None
    unit: Agency | None = None
    action: str = ""
    day: date | None = None
    outcome: str = ""

    def words(self) -> dict[str, str]:
        """What is asked, as an address writes it: ids and codes only."""
        asked = {
            "case": self.case.pk if self.case else "",
            "person": self.person or "",
            "actor": self.actor.pk if self.actor else "",
            "unit": self.unit.pk if self.unit else "",
            "day": self.day.isoformat() if self.day else "",
            "action": self.action,
            "outcome": self.outcome,
        }
        return {name: str(value) for name, value in asked.items() if value}


def search_of(user: User, asked: Mapping[str, str], *, at: datetime) -> Search:
    """Read the words of an address; a case, a person or an office outside the auditor's area is NotVisible.

    Raises InvalidInput for anything else that cannot be read.
    """
    action, outcome = asked.get("action", ""), asked.get("outcome", "")
    errors: dict[str, Message] = {}
    if action and action not in ACTIONS:
        errors["action"] = _("There is no such action.")
    if outcome and outcome not in (AuditEvent.READ, AuditEvent.DONE, AuditEvent.REFUSED, SEARCHED):
        errors["outcome"] = _("Choose read, done, refused or searched.")
    try:
        day = date.fromisoformat(asked["day"]) if asked.get("day") else None
    except ValueError:
        day, errors["day"] = None, _("Write the day as 2026-03-05.")
    if errors:
        raise InvalidInput(errors)
    person = _id_of(asked["person"]) if asked.get("person") else None
    return Search(
        case=_asked_for(_cases_of(user, at=at), asked.get("case")),
        person=person,
        cases=_cases_about(user, person, at=at) if person else (),
        actor=_asked_for(staff_of(user, at=at), asked.get("actor")),
        unit=_asked_for(offices_of(user, at=at), asked.get("unit")),
        action=action,
        day=day,
        outcome=outcome,
    )


def _asked_for(rows: Any, text: str | None) -> Any:
    """The row an address names, None when it names none; NotVisible when it is not among these."""
    if not text:
        return None
    found = rows.filter(pk=_id_of(text)).first()
    if found is None:
        raise NotVisible
    return found


def _cases_about(user: User, person: UUID, *, at: datetime) -> list[Case]:
    """The cases of the auditor's area in which a person has a part; NotVisible when there is none."""
    parts = Participant.objects.everything(reason="an auditor asks about a person").filter(person_id=person)
    found = list(
        _cases_of(user, at=at).filter(pk__in=parts.values("case_id")).order_by("-opened_at")[:MOST_PATHS]
    )
    if not found:
        raise NotVisible
    return found


def _id_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotVisible from error


def readers_of(case: Case, user: User, *, after: str = "", at: datetime) -> Page[Event]:
    """Who opened an opened case, or was refused, newest first, steps of one visit told together.

    A reason is opened for the lead, supervisors and auditors only.
    """
    looked = AuditEvent.objects.filter(case_id=case.pk, outcome=AuditEvent.READ)
    refused = AuditEvent.objects.filter(object_id=case.pk, outcome=AuditEvent.REFUSED)
    # An auditor's opening is a change of rights; it carries the reason of the readings that follow.
    opened = AuditEvent.objects.filter(case_id=case.pk, action="audit.open_case", outcome=AuditEvent.DONE)
    rows, following = _event_page((looked, refused, opened), after)
    opens = case.lead_id == user.pk or principal(user, at).has_role(AUDITOR, *SUPERVISORS)
    return Page(visits(told(rows, opens_reasons=opens)), following)


MOST_LOOKS: Final = 20_000
MOST_LINES: Final = 500
MOST_REFUSALS: Final = 100


@dataclass(frozen=True, slots=True)
class Line:
    """What one member of staff did with the file on one day, as it is told to her."""

    name: str
    office: str
    reader: Reader


@dataclass(frozen=True, slots=True)
class ToldToHer:
    """Who looked from one day to another. is_cut: whether there were more lines, or more events, than are told."""

    lines: Sequence[Line]
    refusals: str
    is_cut: bool


def readers_told_to_her(case: Case, since: date, until: date) -> ToldToHer:
    """Who opened an opened case on these days, one line for a day and a person; four queries however many looked."""
    start = datetime.combine(since, time(), tzinfo=clock.VIETNAM)
    end = datetime.combine(until, time(), tzinfo=clock.VIETNAM) + timedelta(days=1)
    there = AuditEvent.objects.filter(ts__gte=start, ts__lt=end).order_by("-ts", "-pk")
    rows = list(
        there.filter(case_id=case.pk, actor__isnull=False)
        .exclude(outcome=AuditEvent.REFUSED)
        .values_list("ts", "actor", "action", "outcome")[: MOST_LOOKS + 1]
    )
    looks = [
        Look(ts, actor, done, outcome == AuditEvent.READ)
        for ts, actor, done, outcome in rows[:MOST_LOOKS]
        if actor
    ]
    readers = by_day(looks)
    shown = readers[:MOST_LINES]
    actors = {reader.actor for reader in shown}
    names, offices = _names_of(actors), _offices_of(actors)
    refused = there.filter(object_id=case.pk, outcome=AuditEvent.REFUSED).values_list("pk", flat=True)
    return ToldToHer(
        [
            Line(names.get(one.actor, _("Somebody who is not known")), offices.get(one.actor, ""), one)
            for one in shown
        ],
        said_of_refusals(len(refused[: MOST_REFUSALS + 1]), MOST_REFUSALS),
        len(rows) > MOST_LOOKS or len(readers) > MOST_LINES,
    )


def events_for(
    user: User, search: Search, *, after: str = "", size: int = EVENTS_SIZE, at: datetime
) -> Page[Event]:
    """Events an auditor may read: of one case or person of their area, or of the staff of their area; newest first.

    The log is never counted and never read beyond the page. Nothing is told of a case locked against the auditor.
    """
    found, following = _event_page(_paths(user, search, at=at), after, size)
    return Page(told(found, opens_reasons=True), following)


# --- taking a copy ---

# More than one person can answer for in one sitting; whoever needs more asks for it in parts, or for the whole log.
MOST_EXPORTED: Final = 10_000


class TooWide(Refused):
    """A copy is of one case, one person, one office, one member of staff or one day (409)."""

    def __init__(self) -> None:
        super().__init__(
            "export_too_wide",
            _(
                "Choose a case, a person, an office, a member of staff or a day: a copy of everything is not made here."
            ),
        )


class TooMany(Refused):
    """More events than a copy holds (409)."""

    def __init__(self) -> None:
        words = {"most": f"{MOST_EXPORTED:,}".replace(",", ".")}
        super().__init__(
            "too_many_events", _("More than %(most)s events: choose a shorter time or a part.") % words
        )


@dataclass(frozen=True, slots=True)
class Copy:
    """A file made of what a search found, and how many events stand in it."""

    content: bytes
    count: int


def is_narrow(search: Search) -> bool:
    """Whether what a search finds may be copied."""
    return any((search.case, search.person, search.actor, search.unit, search.day))


def copy_as_lines(user: User, search: Search, *, at: datetime) -> Copy:
    """What a search found as lines of JSON, each event with its proof; reasons stay sealed.

    Recorded with the digest of the file before it is given. Raises TooWide, TooMany.
    """
    rows = _to_copy(user, search, at=at)
    if connection.vendor == "sqlite":
        # One writer signs its own log. Elsewhere a job does: what is newer than its last run stands here unproven.
        sequence(clock.now())
    about = {"by": str(user.pk), "at": clock.local(at).isoformat(), "asked": search.words()}
    lines = (json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in extracted(rows, about))
    content = "".join(f"{line}\n" for line in lines).encode()
    return _recorded(user, search, "jsonl", Copy(content, len(rows)))


def copy_as_workbook(user: User, search: Search, *, at: datetime) -> Copy:
    """What a search found as a workbook with its sentences; it proves nothing. Raises TooWide, TooMany."""
    rows = _to_copy(user, search, at=at)
    places = dict(AuditLeaf.objects.filter(event__in=[row.pk for row in rows]).values_list("event", "number"))
    events = told(rows, opens_reasons=False)
    content = workbook(
        [(event, places.get(row.pk), bytes(row.hash).hex()) for event, row in zip(events, rows, strict=True)],
        asked=_asked_in_words(search),
        count=len(rows),
        by=user.full_name,
        at=at,
    )
    return _recorded(user, search, "xlsx", Copy(content, len(rows)))


LINES: Final = "application/jsonl"
COPIES: Final[Mapping[str, tuple[Callable[..., Copy], str]]] = {
    "jsonl": (copy_as_lines, LINES),
    "xlsx": (copy_as_workbook, XLSX),
}


def _to_copy(user: User, search: Search, *, at: datetime) -> list[AuditEvent]:
    if not is_narrow(search):
        raise TooWide
    rows, following = _event_page(_paths(user, search, at=at), "", MOST_EXPORTED)
    if following:
        raise TooMany
    return rows


def _recorded(user: User, search: Search, form: str, made: Copy) -> Copy:
    with transaction.atomic():
        record(
            action="audit.export",
            outcome=AuditEvent.READ,
            actor_id=user.pk,
            detail={
                "count": made.count,
                "filters": search.words(),
                "form": form,
                "sha256": hashlib.sha256(made.content).hexdigest(),
            },
        )
    return made


def _asked_in_words(search: Search) -> dict[str, str]:
    outcomes = {**outcome_words(), SEARCHED: _("Searches")}
    asked = {
        _("Case number"): search.case.number if search.case else "",
        _("Person"): ", ".join(case.number for case in search.cases),
        _("Member of staff"): search.actor.full_name if search.actor else "",
        _("Office"): search.unit.name if search.unit else "",
        _("Day"): display_date(search.day) if search.day else "",
        _("Action"): str(ACTIONS[search.action]) if search.action else "",
        _("Outcome"): outcomes.get(search.outcome, ""),
    }
    return {label: words for label, words in asked.items() if words}


# --- the ways into the log ---


@dataclass(frozen=True, slots=True)
class OfEach:
    """A path for each of these members of staff, all alike: written once, however many they are."""

    rows: Any
    actors: Sequence[UUID]

    def filter(self, **asked: Any) -> "OfEach":
        return OfEach(self.rows.filter(**asked), self.actors)


def _paths(user: User, search: Search, *, at: datetime) -> list[Any]:
    """One ordered way into the log for each thing it is indexed by: a case, a person, a member of staff, an action."""
    locked = list(case_denials(principal(user, at)))
    rows = AuditEvent.objects.exclude(case_id__in=locked).exclude(object_id__in=locked)
    if search.outcome and search.outcome != SEARCHED:
        rows = rows.filter(outcome=search.outcome)
    if search.day is not None:
        start = datetime.combine(search.day, time(), tzinfo=clock.VIETNAM)
        rows = rows.filter(ts__gte=start, ts__lt=start + timedelta(days=1))
    actions = [search.action] if search.action else list(SEARCHES) if search.outcome == SEARCHED else []
    if search.case is not None or search.person is not None:
        about = _about(rows, search)
        staff = {"actor": search.actor.pk} if search.actor else {}
        if search.unit is not None:
            staff["actor__in"] = _staff_of_office(search.unit)
        kinds_of = {"action__in": actions} if actions else {}
        return [path.filter(**staff, **kinds_of) for path in about]
    who = _staff_paths(rows, user, search, at=at)
    if not actions:
        return who
    if search.actor is None and search.unit is None:
        staff_rows = rows.filter(actor__in=staff_of(user, at=at).order_by().values("pk"))
        return [staff_rows.filter(action=action) for action in actions]
    return [path.filter(action__in=actions) for path in who]


def _about(rows: Any, search: Search) -> list[Any]:
    """The memory of a case, or of a person through their cases, and who was refused it."""
    cases = [case for case in search.cases if search.case in (None, case)]
    if search.person is None and search.case is not None:
        cases = [search.case]
    paths = [rows.filter(case_id=case.pk) for case in cases]
    paths += [rows.filter(object_id=case.pk, outcome=AuditEvent.REFUSED) for case in cases]
    if search.person is not None:
        paths.append(rows.filter(object_type="person", object_id=search.person, case_id__isnull=True))
    return paths


def _staff_paths(rows: Any, user: User, search: Search, *, at: datetime) -> list[Any]:
    if search.actor is not None and search.unit is None:
        return [rows.filter(actor=search.actor.pk)]
    staff = staff_of(user, at=at).order_by()
    if search.unit is not None:
        staff = staff.filter(pk__in=_staff_of_office(search.unit))
    if search.actor is not None:
        staff = staff.filter(pk=search.actor.pk)
    few = list(staff.values_list("pk", flat=True)[: MOST_PATHS + 1])
    if len(few) > MOST_PATHS:
        return [rows.filter(actor__in=staff.values("pk"))]
    return [OfEach(rows, few)] if few else []


def _staff_of_office(office: Agency) -> Any:
    """Everyone who has, or once had, a seat in an office."""
    return Membership.objects.filter(agency=office).values("user_id")


DAMAGE_SHOWN_FOR: Final = timedelta(days=30)


def damage_for(user: User, *, at: datetime) -> list[Event]:
    """Rows of the auditor's cases found damaged in the last 30 days, newest first, 20 at most."""
    found = AuditEvent.objects.filter(
        action=DAMAGED, ts__gt=at - DAMAGE_SHOWN_FOR, case_id__in=_cases_of(user, at=at).values("pk")
    )
    return told(list(found.order_by("-ts", "-pk")[:20]), opens_reasons=False)


def staff_of(user: User, *, at: datetime) -> Any:
    """Everyone who has, or once had, a seat in an office of the areas the auditor answers for."""
    return (
        User.objects.filter(_in_areas_of(user, "memberships__agency__area", at))
        .distinct()
        .order_by("full_name")
    )


def offices_of(user: User, *, at: datetime) -> Any:
    """The offices of the areas the auditor answers for, closed ones too."""
    return Agency.objects.filter(_in_areas_of(user, "area", at)).order_by("name")


def case_to_audit(user: User, number: str, *, at: datetime) -> Case | None:
    """A case of the auditor's area by its number; None when there is none, or it is locked against them."""
    asked = searching.read(number)
    # What is no number is not even asked for: a name typed here by mistake would stand in the database's own log.
    if asked is None or not asked.number:
        return None
    case: Case | None = _cases_of(user, at=at).filter(number=asked.number).first()
    return case


def _cases_of(user: User, *, at: datetime) -> Any:
    """The cases whose memory the auditor may read; not those of somebody close to them."""
    rows = Case.objects.everything(reason="an auditor reads what was done with a case, not what is in it")
    return rows.filter(_in_areas_of(user, "commune", at)).exclude(pk__in=case_denials(principal(user, at)))


def readable_until(case: Case, user: User, *, at: datetime) -> datetime | None:
    """Until when the auditor may read the case itself; None unless a grant runs now."""
    running = CaseTemporaryGrant.objects.filter(
        user=user, content_object=case, not_before__lte=at, not_after__gt=at
    )
    return running.order_by("-not_after").values_list("not_after", flat=True).first()


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody of a case, by initials, whose own memory can be asked for."""

    person_id: UUID
    initials: str
    role: str


def people_to_ask_about(case: Case, user: User, *, at: datetime) -> list[Asked]:
    """The people of a case that was opened with a reason; nobody for an auditor who reads no more than its memory."""
    parts = (
        Participant.objects.visible_to(user, "person.view", at=at).filter(case=case).select_related("person")
    )
    return [
        Asked(part.person_id, initials(part.person.full_name), part.role)
        for part in prefetch_keys(parts.order_by("created_at", "pk"))
    ]


def _in_areas_of(user: User, path: str, at: datetime) -> Q:
    """Rows whose area (by its path) lies in an area the auditor answers for; nothing without such a seat."""
    within = Q(pk__in=[])
    for seat in principal(user, at).holding("audit.read", "role"):
        if seat.area_is_province:
            within |= Q(**{f"{path}__province_code": seat.province_code})
        else:
            within |= Q(**{path: seat.area_id})
    return within


@dataclass(frozen=True, slots=True)
class Chain:
    """Whether the memory of a case is whole: how many events it holds, and the first that is not true."""

    events: int
    broken_at: int | None = None


def chain_of(case: Case) -> Chain:
    """Walk the chain of one case from its first event; reads all of it."""
    walk = Walk()
    first = next(breaks(walk, chain=(AuditEvent.CASE, case.pk)), None)
    return Chain(walk.events, first.seq if first else None)


def told(rows: Sequence[AuditEvent], *, opens_reasons: bool) -> list[Event]:
    """Events with names, offices, case numbers and reasons looked up: five queries at most for a page."""
    actors = {row.actor for row in rows if row.actor}
    names, offices = _names_of(actors), _offices_of(actors)
    numbers = _numbers_of({about for row in rows if (about := _case_about(row))})
    if opens_reasons:
        prefetch_notes(bytes(row.reason) for row in rows if not _has_term(row))
    return [
        Event(
            at=row.ts,
            who=_who(row, names),
            office=offices.get(row.actor or NOBODY, ""),
            action=row.action,
            outcome=row.outcome,
            case_number=numbers.get(_case_about(row) or NOBODY, ""),
            page=str(row.detail.get("page", "")),
            count=row.detail.get("count"),
            basis=str(row.detail.get("basis", "")),
            reason=_reason(row) if opens_reasons and not _has_term(row) else "",
            fields=_field_labels(row),
            actor_id=row.actor,
            case_id=row.case_id,
            seq=row.chain_seq,
            damaged_kind=_kind_of(row) if row.action == DAMAGED else "",
            key=row.pk,
            kind=row.object_type,
            record_id=row.object_id,
            has_term=_has_term(row),
            has_change=bool(row.fields) and row.outcome == AuditEvent.DONE and row.object_type in kinds(),
        )
        for row in rows
    ]


def _kind_of(row: AuditEvent) -> str:
    model = kinds().get(row.object_type)
    return str(model._meta.verbose_name) if model else row.object_type


def _who(row: AuditEvent, names: Mapping[UUID, str]) -> str:
    if row.actor is None and row.action in BY_THE_SYSTEM | BY_ITSELF:
        return _("The system")
    return names.get(row.actor or NOBODY, _("Somebody who is not known"))


def _case_about(row: AuditEvent) -> UUID | None:
    """The case an event is about: its own, or the one somebody was refused."""
    return row.case_id or (row.object_id if row.object_type == "case" else None)


def _numbers_of(cases: Collection[UUID]) -> dict[UUID, str]:
    rows = Case.objects.everything(reason="the numbers of cases in the memory").filter(pk__in=cases)
    return dict(rows.values_list("pk", "number"))


def _names_of(users: Collection[UUID]) -> dict[UUID, str]:
    return dict(User.objects.filter(pk__in=users).values_list("pk", "full_name"))


def _offices_of(users: Collection[UUID]) -> dict[UUID, str]:
    """«role, office» of each, the latest seat first."""
    seats = Membership.objects.filter(user_id__in=users).select_related("agency")
    seats = seats.order_by("valid_from", "agency__name", "role")
    return {seat.user_id: f"{codes('role').label(seat.role)}, {seat.agency.name}" for seat in seats}


def _has_term(row: AuditEvent) -> bool:
    """Whether the event holds words somebody searched for, sealed under their own key."""
    return bool(row.reason) and row.action in SEARCHES


def _reason(row: AuditEvent) -> str:
    """The reason, opened from where the writing of the event sealed it."""
    scope = "case" if row.chain_kind == AuditEvent.CASE else "user"
    return _opened(row, scope, REASON_FIELD_ID)


def _opened(row: AuditEvent, scope: str, field: int) -> str:
    token = bytes(row.reason)
    if not token:
        return ""
    try:
        return open_note(scope, row.chain_key, field, row.chain_key, token)
    except KeyDestroyed:
        return str(DESTROYED_TEXT)
    except CannotOpen:
        # One reason that was changed, or whose key is gone, must not hide the rest of the log.
        return str(DAMAGED_TEXT)


def search_to_open(user: User, event: int, *, at: datetime) -> Event:
    """A search with its words still sealed, by the number of its event.

    NotVisible unless somebody of the auditor's area made it, and for one that found a case locked against the auditor.
    """
    return told([_search_event(user, event, at=at)], opens_reasons=False)[0]


def open_term(user: User, event: int, *, reason: str, at: datetime) -> str:
    """The words somebody searched for, opened for a written reason, which is told in the memory before they are shown.

    Raises NotVisible as `search_to_open`, InvalidInput for a reason nobody could check later.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise InvalidInput({"reason": _("Write in a few words why you need it now.")})
    row = _search_event(user, event, at=at)
    with transaction.atomic():
        record(
            action="audit.open_term",
            outcome=AuditEvent.READ,
            actor_id=user.pk,
            object_type="user",
            object_id=row.actor,
            fields=["term"],
            detail={"event": row.pk, "basis": "role"},
            reason=seal_reason(reason, case_id=None, user_id=user.pk),
        )
    return _opened(row, "user", TERM_FIELD_ID)


def _search_event(user: User, event: int, *, at: datetime) -> AuditEvent:
    staff = staff_of(user, at=at).order_by().values("pk")
    rows = AuditEvent.objects.filter(pk=event, action__in=SEARCHES, actor__in=staff)
    row = rows.exclude(reason=b"").first()
    locked = {str(pk) for pk in case_denials(principal(user, at))}
    if row is None or locked & set(row.detail.get("shown", ())):
        raise NotVisible
    return row


def _field_labels(row: AuditEvent) -> list[str]:
    """The labels of the fields an event names, as the forms call them; a field of a later sheet keeps its name."""
    model = kinds().get(row.object_type)
    known = (
        {one.name: str(getattr(one, "verbose_name", one.name)) for one in model._meta.get_fields()}
        if model
        else {}
    )
    return [known.get(name, name) for name in row.fields]


_ANYBODY: Final = UUID(int=1)


def _written(path: Any, start: tuple[datetime, str] | None, size: int) -> Iterator[Built]:
    """The statement of a path, cut short; of one for each of many, as often as there are members of staff."""
    rows = path.rows.filter(actor=_ANYBODY) if isinstance(path, OfEach) else path
    if start is not None:
        moment, key = start
        if not key.isascii() or not key.isdigit():
            raise wrong_cursor()
        # The plain bound lets the index start in the right place; the pair settles events of one instant.
        rows = rows.filter(ts__lte=moment).filter(Q(ts__lt=moment) | Q(pk__lt=int(key)))
    try:
        sql, params = sql_of(rows.order_by("-ts", "-pk").values_list("ts", "pk")[: size + 1])
    except EmptyResultSet:
        return
    if not isinstance(path, OfEach):
        yield sql, params
        return
    place = list(params).index(adapted(_ANYBODY))
    for actor in path.actors:
        yield sql, [*params[:place], adapted(actor), *params[place + 1 :]]


def _event_page(paths: Sequence[Any], after: str, size: int = EVENTS_SIZE) -> tuple[list[AuditEvent], str]:
    """A page of several paths read in order and cut short, and the cursor of the next: two queries for any number.

    No event may stand on two of the paths.
    """
    start = read_cursor(after)
    pieces: list[str] = []
    params: list[Any] = []
    for path in paths:
        for sql, values in _written(path, start, size):
            pieces.append(sql)
            params += values
    if not pieces:
        return [], ""
    together = " UNION ALL ".join(f"SELECT * FROM ({sql}) a{place}" for place, sql in enumerate(pieces))  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({together}) u ORDER BY 1 DESC, 2 DESC LIMIT {int(size) + 1}", params)  # noqa: S608
        keys = [key for _moment, key in cursor.fetchall()]
    found = AuditEvent.objects.in_bulk(keys)
    shown = [found[key] for key in keys[:size]]
    return shown, write_cursor(shown[-1].ts, str(shown[-1].pk)) if len(keys) > size else ""
