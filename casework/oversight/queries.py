"""Who looked: the events of a case or of the staff of an area, whether a chain is whole, the versions of a record."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from casework.access.guard import GuardedModel
from casework.access.lists import Page
from casework.access.opening import DAMAGED, REASON_FIELD_ID, TERM_FIELD_ID
from casework.access.principals import principal
from casework.access.seals import kinds
from casework.audit.evidence import Walk
from casework.audit.log import NOBODY
from casework.audit.models import AuditEvent
from casework.audit.verify import breaks
from casework.base import clock
from casework.base.codes import codes
from casework.base.cursors import read_cursor, uuid_of, write_cursor, wrong_cursor
from casework.base.refusals import InvalidInput, Message, NotVisible
from casework.cases import searching
from casework.cases.models import Case, CaseTemporaryGrant, case_denials
from casework.encryption import CannotOpen, open_note, prefetch_notes
from casework.encryption.fields import DAMAGED as DAMAGED_TEXT
from casework.encryption.fields import DESTROYED as DESTROYED_TEXT
from casework.encryption.keyring import KeyDestroyed, prefetch_keys
from casework.organisations.models import Membership, User
from casework.organisations.roles import AUDITOR, SUPERVISORS
from casework.oversight.sentences import Event, visits
from casework.oversight.wording import ACTIONS

# --- who looked ---

BY_THE_SYSTEM: Final = frozenset(
    {
        DAMAGED,
        "disposal.carry_out",
        "disposal.lapse",
        "disposal.forget_again",
        "key.renew",
        "key.reseal",
        "key.renewed",
        "key.drop",
    }
)
EVENTS_SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class Search:
    """What an auditor looks for; empty parts are not asked."""

    case: Case | None = None
    actor: User | None = None
    action: str = ""
    day: date | None = None
    outcome: str = ""

    def words(self) -> dict[str, str]:
        """What is asked, as an address writes it: ids and codes only."""
        asked = {
            "case": self.case.pk if self.case else "",
            "actor": self.actor.pk if self.actor else "",
            "day": self.day.isoformat() if self.day else "",
            "action": self.action,
            "outcome": self.outcome,
        }
        return {name: str(value) for name, value in asked.items() if value}


def search_of(user: User, asked: Mapping[str, str], *, at: datetime) -> Search:
    """Read the words of an address; a case or a person outside the auditor's area is NotVisible.

    Raises InvalidInput for anything else that cannot be read.
    """
    action, outcome = asked.get("action", ""), asked.get("outcome", "")
    errors: dict[str, Message] = {}
    if action and action not in ACTIONS:
        errors["action"] = _("There is no such action.")
    if outcome and outcome not in (AuditEvent.READ, AuditEvent.DONE, AuditEvent.REFUSED):
        errors["outcome"] = _("Choose read, done or refused.")
    try:
        day = date.fromisoformat(asked["day"]) if asked.get("day") else None
    except ValueError:
        day, errors["day"] = None, _("Write the day as 2026-03-05.")
    if errors:
        raise InvalidInput(errors)
    case = actor = None
    if asked.get("case"):
        case = _cases_of(user, at=at).filter(pk=_id_of(asked["case"])).first()
    if asked.get("actor"):
        actor = staff_of(user, at=at).filter(pk=_id_of(asked["actor"])).first()
    if (asked.get("case") and case is None) or (asked.get("actor") and actor is None):
        raise NotVisible
    return Search(case, actor, action, day, outcome)


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


def events_for(
    user: User, search: Search, *, after: str = "", size: int = EVENTS_SIZE, at: datetime
) -> Page[Event]:
    """Events an auditor may read: of one case of their area, or of the staff of their area; newest first.

    The log is never counted and never read beyond the page. Nothing is told of a case locked against the auditor.
    """
    locked = list(case_denials(principal(user, at)))
    rows = AuditEvent.objects.exclude(case_id__in=locked).exclude(object_id__in=locked)
    if search.actor is not None:
        rows = rows.filter(actor=search.actor.pk)
    if search.action:
        rows = rows.filter(action=search.action)
    if search.outcome:
        rows = rows.filter(outcome=search.outcome)
    if search.day is not None:
        start = datetime.combine(search.day, time(), tzinfo=clock.VIETNAM)
        rows = rows.filter(ts__gte=start, ts__lt=start + timedelta(days=1))
    arms: tuple[Any, ...]
    if search.case is not None:
        arms = (
            rows.filter(case_id=search.case.pk),
            rows.filter(object_id=search.case.pk, outcome=AuditEvent.REFUSED),
        )
    else:
        arms = (rows.filter(actor__in=staff_of(user, at=at).values("pk")),)
    found, following = _event_page(arms, after, size)
    return Page(told(found, opens_reasons=True), following)


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
        prefetch_notes(bytes(row.reason) for row in rows)
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
            reason=_reason(row) if opens_reasons else "",
            fields=_field_labels(row),
            actor_id=row.actor,
            case_id=row.case_id,
            seq=row.chain_seq,
            damaged_kind=_kind_of(row) if row.action == DAMAGED else "",
        )
        for row in rows
    ]


def _kind_of(row: AuditEvent) -> str:
    model = kinds().get(row.object_type)
    return str(model._meta.verbose_name) if model else row.object_type


def _who(row: AuditEvent, names: Mapping[UUID, str]) -> str:
    if row.actor is None and row.action in BY_THE_SYSTEM:
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


def _reason(row: AuditEvent) -> str:
    """The reason or the searched words, opened from where the writing of the event sealed them."""
    token = bytes(row.reason)
    if not token:
        return ""
    scope = "case" if row.chain_kind == AuditEvent.CASE else "user"
    scope, field = ("user", TERM_FIELD_ID) if "count" in row.detail else (scope, REASON_FIELD_ID)
    try:
        return open_note(scope, row.chain_key, field, row.chain_key, token)
    except KeyDestroyed:
        return str(DESTROYED_TEXT)
    except CannotOpen:
        # One reason that was changed, or whose key is gone, must not hide the rest of the log.
        return str(DAMAGED_TEXT)


def _field_labels(row: AuditEvent) -> list[str]:
    """The labels of the fields an event names, as the forms call them; a field of a later sheet keeps its name."""
    model = kinds().get(row.object_type)
    known = (
        {one.name: str(getattr(one, "verbose_name", one.name)) for one in model._meta.get_fields()}
        if model
        else {}
    )
    return [known.get(name, name) for name in row.fields]


def _event_page(arms: Sequence[Any], after: str, size: int = EVENTS_SIZE) -> tuple[list[AuditEvent], str]:
    """A page of several sources read in order and cut short, and the cursor of the next."""
    start = read_cursor(after)
    found: dict[int, AuditEvent] = {}
    for arm in arms:
        rows = arm
        if start is not None:
            moment, key = start
            if not key.isascii() or not key.isdigit():
                raise wrong_cursor()
            # The plain bound lets the index start in the right place; the pair settles events of one instant.
            rows = rows.filter(ts__lte=moment).filter(Q(ts__lt=moment) | Q(pk__lt=int(key)))
        found |= {row.pk: row for row in rows.order_by("-ts", "-pk")[: size + 1]}
    ordered = sorted(found.values(), key=lambda row: (row.ts, row.pk), reverse=True)
    shown = ordered[:size]
    return shown, write_cursor(shown[-1].ts, str(shown[-1].pk)) if len(ordered) > size else ""


# --- the history of one record ---


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a record: when, by whom, and the names of the fields that changed; never a value."""

    at: datetime
    by: UUID | None
    change: str
    fields: Sequence[str]


_BOOKKEEPING: Final = frozenset({"id", "version", "created_at", "created_by"})


def history_of(
    row: GuardedModel, user: User, *, after: str = "", size: int = EVENTS_SIZE, at: datetime
) -> Page[Version]:
    """The versions of an opened record, newest first. Values are compared in memory and never returned."""
    versions: Any = type(row).history.model
    rows = versions.objects.visible_to(user, at=at).filter(id=row.pk)
    start = read_cursor(after)
    if start is not None:
        moment, key = start
        rows = rows.filter(history_date__lte=moment).filter(
            Q(history_date__lt=moment) | Q(history_id__lt=uuid_of(key))
        )
    found = prefetch_keys(rows.order_by("-history_date", "-history_id")[: size + 1])
    shown = found[:size]
    names = [one.name for one in type(row)._meta.concrete_fields if one.name not in _BOOKKEEPING]
    olders: list[Any] = [*found[1:], None][: len(shown)]
    return Page(
        [_version(newer, older, names) for newer, older in zip(shown, olders, strict=True)],
        write_cursor(shown[-1].history_date, str(shown[-1].history_id)) if len(found) > size else "",
    )


def _version(newer: Any, older: Any, names: Sequence[str]) -> Version:
    if older is None:
        return Version(newer.history_date, newer.history_user_id, "created", names)
    changed = [name for name in names if _value(newer, name) != _value(older, name)]
    return Version(newer.history_date, newer.history_user_id, "changed", changed)


def _value(version: Any, name: str) -> object:
    return getattr(version, version._meta.get_field(name).attname)
