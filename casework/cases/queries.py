"""Questions about cases, each narrowed to a viewer."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from casework.access.lists import COUNT_CAP, capped_count, page
from casework.access.opening import open_record, record_list, refuse
from casework.access.principals import Principal, Seat, principal
from casework.audit.models import AuditEvent
from casework.base import clock
from casework.base.codes import codes
from casework.base.dates import PartialDate, age_range
from casework.base.identity import IdentityWarning
from casework.base.phones import display_phone
from casework.base.refusals import Denied, InvalidInput, Message, NotVisible, Refused
from casework.base.sheets import Item
from casework.base.text import accent_key, initials, phrase_sort_key, search_key, sort_key
from casework.cases import lifecycle, searching
from casework.cases.models import Assignment, Case, CaseLink, CaseUserGrant, Participant
from casework.encryption.keyring import prefetch_keys
from casework.intake import queries as reports
from casework.intake.models import Report, ReportPerson
from casework.organisations.areas import current_area
from casework.organisations.models import Agency, Area, Membership, User
from casework.organisations.roles import RIGHTS, SCOPED, SHELTER_PARTNER, WORKERS
from casework.people.contacting import (
    GUARDED_ROLES,
    Contacting,
    Ways,
    contacting,
    phone_flags,
    shows_number,
)
from casework.people.doubts import doubts
from casework.people.matching import NOBODY, candidates
from casework.people.models import Address, Kinship, Person, Phone, SafeContact
from casework.people.sheet import PERSON

# Whom the file calls a child: of the household, or the person it is about, under 16 when it was opened.
CHILDREN: Final = Q(role="child") | Q(role="victim", age_band="under_16")
OFFERED: Final = 25
OPENED: Final = "the case was opened"
LISTED: Final = "people of cases the viewer may see"
# A reason that says nothing protects nobody.
SHORTEST_REASON: Final = 10
HOUR: Final = timedelta(hours=1)
# A search also answers whether somebody has a file: enough for a day's work, too few to go through a village.
SEARCHES_PER_HOUR: Final = 60
SCANNED_CASES: Final = 800
SCANNED_PEOPLE: Final = 2000
MOST_FOUND: Final = 50


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case a report may belong to; by: phone or name of somebody in both, "" when it is only near."""

    case: Case
    initials: str
    by: str = ""


def cases_for(report: Report, people: Sequence[ReportPerson], user: User, *, at: datetime) -> list[Candidate]:
    """Live cases the user may see that a report may join: of the same people first, then of the commune."""
    same = {match.person.pk: match.by for match in reports.matches_of(user, people, at=at).known}
    parts = Participant.objects.visible_to(user, at=at).filter(
        person_id__in=same, case__state__in=lifecycle.LIVE
    )
    by = {part.case_id: same[part.person_id] for part in parts}
    near = page(
        Case,
        user,
        size=OFFERED,
        filters={"commune_id": report.area_id, "state__in": tuple(lifecycle.LIVE)},
        at=at,
    ).rows
    rows = {case.pk: case for case in Case.objects.visible_to(user, at=at).filter(pk__in=by)}
    rows.update({case.pk: case for case in near})
    called = initials_of(list(rows.values()))
    return [Candidate(case, called.get(pk, ""), by.get(pk, "")) for pk, case in rows.items()]


def initials_of(cases: Sequence[Case]) -> dict[UUID, str]:
    """The initials of each case's main victim, for lists; the cases were narrowed to the viewer before."""
    mains = Participant.objects.everything(reason="initials in a list of cases the viewer may see").filter(
        case__in=[case.pk for case in cases if not case.is_erased], is_main=True, role="victim"
    )
    return {
        part.case_id: initials(part.person.full_name)
        for part in prefetch_keys(mains.select_related("person"))
    }


# --- the list ---


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One line of a list: never a name, only initials."""

    case: Case
    who: str


@dataclass(frozen=True, slots=True)
class CaseList:
    """A page of lines; total counts to 1,001 and no further; by_clock says how they are ordered."""

    lines: list[CaseLine]
    next: str
    total: int
    by_clock: bool

    @property
    def total_is_capped(self) -> bool:
        return self.total > COUNT_CAP


def case_list(
    user: User, *, after: str = "", filters: Mapping[str, str] | None = None, at: datetime | None = None
) -> CaseList:
    """The cases a person may see: by the next clock for those who work, newest first for a whole province.

    filters: `state`, `level` (codes). Costs the same number of queries however many cases there are.
    """
    by_clock = not _answers_for_a_province(principal(user, at))
    found = page(
        Case,
        user,
        after=after,
        filters=filters,
        ascending="next_due_at" if by_clock else "",
        select_related=("commune", "unit", "lead"),
        at=at,
    )
    called = initials_of(found.rows)
    return CaseList(
        lines=[CaseLine(case, called.get(case.pk, "")) for case in found.rows],
        next=found.next,
        total=capped_count(Case, user, filters=filters, at=at),
        by_clock=by_clock,
    )


def _answers_for_a_province(who: Principal) -> bool:
    return any(seat.area_is_province and seat.role in SCOPED for seat in who.seats)


# --- the people of a case ---


@dataclass(frozen=True, slots=True)
class PhoneLine:
    """A number with what to think of before dialling; `number` is "" where it is hidden."""

    phone: Phone
    number: str
    flags: list[str]

    @property
    def shown(self) -> str:
        """As a Vietnamese would write it."""
        return display_phone(self.number)


@dataclass(frozen=True, slots=True)
class KinLine:
    """Somebody of the case, and what they are to the person the line stands under."""

    kinship: Kinship
    person: Person
    relation: str


NEVER_ASKED: Final = Contacting(False, "absent", "")
_ROLE_ORDER: Final = {role: place for place, role in enumerate(codes("participant_role").codes)}


@dataclass(slots=True)
class PersonCard:
    """What a case shows of one person, in the order it matters."""

    person: Person
    parts: list[Participant]
    age: tuple[int, int] | None
    doubts: list[IdentityWarning]
    # Somebody else has the same role, so that it matters who is the main person.
    is_one_of_several: bool = False
    contact: SafeContact | None = None
    contacting: Contacting = NEVER_ASKED
    phones: list[PhoneLine] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    kin: list[KinLine] = field(default_factory=list)

    @property
    def born(self) -> str:
        """The known part of the birth date: 1990, 05/1990 or 12/05/1990."""
        return PartialDate.from_iso(self.person.birth_date).display() if self.person.birth_date else ""

    @property
    def details(self) -> list[tuple[Any, str]]:
        """Everything else that is known, as labels and words; what was never asked is left out."""
        return [line for item in PERSON.items() if (line := _detail(self.person, item))]

    @property
    def is_guarded(self) -> bool:
        """Whether reaching the person needs what was agreed with them."""
        return any(part.role in GUARDED_ROLES for part in self.parts)

    @property
    def is_other_side(self) -> bool:
        return all(part.role == "perpetrator" for part in self.parts)

    @property
    def hides_numbers(self) -> bool:
        return not all(shows_number(part.role, self.contacting) for part in self.parts)


IN_HEAD: Final = frozenset({"full_name", "sex", "birth_date", "deceased_on"})


def _detail(person: Person, item: Item) -> tuple[Any, str] | None:
    value = getattr(person, item.name)
    if item.name in IN_HEAD or value in (None, "", [], "unknown"):
        return None
    if item.codes is not None:
        rows = item.code_list
        value = ", ".join(rows.label(code) for code in (value if isinstance(value, list) else [value]))
    stored: Any = person._meta.get_field(item.name)
    return stored.verbose_name, str(value)


def people_of(case: Case, *, at: datetime, person_id: UUID | None = None) -> list[PersonCard]:
    """Everybody in a case that was opened, main people first. The same queries for any number of people.

    person_id: only this person's card. Numbers of those in danger stay out unless contact is allowed; what was
    agreed with somebody, and where they hide, is left out where they are only the other side.
    """
    today = clock.local_date(at)
    parts = _parts_of(case)
    people = {part.person_id: part.person for part in parts}
    roles = Counter(part.role for part in parts)
    cards = {
        pk: PersonCard(
            person=person,
            parts=[part for part in parts if part.person_id == pk],
            is_one_of_several=any(roles[part.role] > 1 for part in parts if part.person_id == pk),
            age=age_of(person, today),
            doubts=doubts_about(person, today),
        )
        for pk, person in people.items()
    }
    contacts = {row.person_id: row for row in _rows(SafeContact, people)}
    addresses = _grouped(_rows(Address, people, "area"))
    phones = _grouped(_rows(Phone, people))
    numbers = {pk: {phone.number for phone in phones.get(pk, [])} for pk in people}
    for pk, card in cards.items():
        places = addresses.get(pk, [])
        if not card.is_other_side:
            card.contact = contacts.get(pk)
        card.contacting = contacting(Ways.of(card.contact), today=today, moved_on=moved_on(places))
        card.addresses = [row for row in places if not (row.is_protected and card.is_other_side)]
        across = [other for other in cards.values() if other.is_other_side != card.is_other_side]
        shared = set().union(*(numbers[other.person.pk] for other in across))
        card.phones = [_phone_line(phone, card, today, shared) for phone in phones.get(pk, [])]
    for kinship in _rows(Kinship, people):
        _add_kin(cards, kinship)
    return [card for pk, card in cards.items() if person_id in (None, pk)]


def contacting_of(people: Collection[UUID], *, at: datetime) -> dict[UUID, Contacting]:
    """Whether and how each person of an opened case may be contacted today; the same queries for any number."""
    ways = {row.person_id: Ways.of(row) for row in _rows(SafeContact, people)}
    addresses = _grouped(_rows(Address, people))
    today = clock.local_date(at)
    return {
        pk: contacting(ways.get(pk), today=today, moved_on=moved_on(addresses.get(pk, []))) for pk in people
    }


def moved_on(addresses: Iterable[Address]) -> date | None:
    """The latest day an address that may still be right was written down."""
    days = (clock.local_date(row.created_at) for row in addresses if row.kind != "former")
    return max(days, default=None)


def age_of(person: Person, today: date) -> tuple[int, int] | None:
    """The lowest and highest age the known part of the birth date allows; None when nothing is known."""
    if not person.birth_date:
        return None
    return age_range(PartialDate.from_iso(person.birth_date), person.deceased_on or today)


def doubts_about(person: Person, today: date) -> list[IdentityWarning]:
    """What does not fit together in what is known of the person."""
    return doubts(
        kind=person.identity_kind,
        number=person.identity_number,
        none_reason=person.identity_none_reason,
        sex=person.sex,
        birth_date=person.birth_date,
        today=today,
    )


def _parts_of(case: Case) -> list[Participant]:
    rows = Participant.objects.everything(reason=OPENED).filter(case=case).select_related("person")
    return sorted(
        prefetch_keys(rows),
        key=lambda part: (
            not part.is_main,
            _ROLE_ORDER.get(part.role, len(_ROLE_ORDER)),
            sort_key(part.person.full_name),
        ),
    )


def _rows(model: type[Any], people: Collection[UUID], *related: str) -> list[Any]:
    rows = model.objects.everything(reason=OPENED).filter(person_id__in=list(people))
    if related:
        rows = rows.select_related(*related)
    return prefetch_keys(rows.order_by("created_at", "pk"))


def _grouped(rows: Sequence[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.person_id, []).append(row)
    return found


def _phone_line(phone: Phone, card: PersonCard, today: date, shared: Collection[str]) -> PhoneLine:
    known = {name: getattr(phone, name) for name in ("number", "whose", "safe_to_call", "last_confirmed_on")}
    flags = phone_flags(
        # Of the other side only the number itself can be a danger.
        {"number": phone.number, "safe_to_call": "yes"} if card.is_other_side else known,
        today=today,
        of_other_side=shared,
    )
    return PhoneLine(phone, "" if card.hides_numbers else phone.number, flags)


def _add_kin(cards: Mapping[UUID, PersonCard], kinship: Kinship) -> None:
    """Show a relation under both people; people of other cases are not named here."""
    here, there = cards.get(kinship.person_id), cards.get(kinship.other_id)
    if here is None or there is None:
        return
    inverse = codes("kinship").row(kinship.relation).string("inverse") or kinship.relation
    here.kin.append(KinLine(kinship, there.person, kinship.relation))
    there.kin.append(KinLine(kinship, here.person, inverse))


# --- one row of a case ---


def participants_in(user: User, case: Case, person_id: UUID) -> list[Participant]:
    """The parts of one person in the case; NotVisible when there are none."""
    parts = (
        Participant.objects.visible_to(user, "person.view")
        .filter(case=case, person_id=person_id)
        .select_related("person")
        .order_by("created_at")
    )
    found = prefetch_keys(parts)
    if not found:
        raise NotVisible
    return found


def participant_in(user: User, case: Case, participant_id: UUID) -> Participant:
    """One part in the case; NotVisible otherwise."""
    parts = Participant.objects.visible_to(user, "person.view").filter(case=case, pk=participant_id)
    part: Participant | None = parts.select_related("person").first()
    if part is None:
        raise NotVisible
    return part


def row_in(user: User, case: Case, model: type[Any], pk: UUID) -> Any:
    """A phone, address, safe contact or kinship of somebody in the case; NotVisible otherwise."""
    rows = model.objects.visible_to(user).filter(pk=pk, person__participations__case=case)
    row = rows.select_related("person").first()
    if row is None:
        raise NotVisible
    return row


def safe_contact_in(user: User, case: Case, person: Person) -> SafeContact | None:
    """What was agreed with somebody of the case, if anything was."""
    rows = SafeContact.objects.visible_to(user).filter(person=person, person__participations__case=case)
    contact: SafeContact | None = rows.select_related("person").first()
    return contact


def others_in(user: User, case: Case, person: Person) -> list[Person]:
    """The other people of the case, by given name."""
    parts = Participant.objects.visible_to(user, "person.view").filter(case=case).exclude(person=person)
    people = {part.person_id: part.person for part in prefetch_keys(parts.select_related("person"))}
    return sorted(people.values(), key=lambda other: sort_key(other.full_name))


def linked_cases(user: User, case: Case) -> list[CaseLink]:
    """Other cases of the same two people, as far as the viewer may see them, newest first."""
    rows = CaseLink.objects.visible_to(user).filter(
        case=case, other__in=Case.objects.visible_to(user).values("pk")
    )
    return list(rows.select_related("other").order_by("-other__opened_at"))


def reveal_address(user: User, case: Case, address_id: UUID, *, reason: str) -> Address:
    """Open one safe address for a written reason, told in the memory of the case before it is shown.

    A shelter's address is for the shelter alone: Denied for everybody else. NotVisible where the person has no
    part in the case or is only the other side in it; InvalidInput for a reason nobody could check later.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise InvalidInput({"reason": _("Write in a few words why you need it now.")})
    address: Address = row_in(user, case, Address, address_id)
    if all(part.role == "perpetrator" for part in participants_in(user, case, address.person_id)):
        raise NotVisible
    if address.kind == "shelter" and not principal(user).has_role(SHELTER_PARTNER):
        raise Denied
    return open_record(
        user,
        Address,
        address.pk,
        verb="person.reveal_address",
        reason=reason,
        fields=["address"],
        within=case,
    )


def area_of(address: Address) -> Area | None:
    """The commune of an address, of a revealed one too."""
    if address.area is not None or not address.sealed_area:
        return address.area
    return current_area(address.sealed_area)


def case_through(user: User, person_id: UUID, verb: str, *, named: UUID | None = None) -> Case:
    """The newest case, or the one named, through which the viewer may do the verb on a person.

    Denied when they may only look at the person, NotVisible when they may not.
    """
    where: dict[str, UUID] = {"person_id": person_id, **({"case_id": named} if named else {})}
    parts = Participant.objects.visible_to(user, verb).filter(**where)
    parts = parts.select_related("case").order_by("-case__opened_at")
    # A destroyed case says nothing of anybody any more; somebody who stands in another one is seen through that.
    part: Participant | None = parts.exclude(case__state=lifecycle.DISPOSED).first() or parts.first()
    if part is not None:
        return part.case
    seen = Participant.objects.visible_to(user, "person.view").filter(**where)
    refusal = Denied() if seen.exists() else NotVisible()
    # The memory tells of whom: who asks for a person and is refused is asked about by that person.
    refuse(user, verb, object_type="person", object_id=person_id)
    refusal.verb = verb  # type: ignore[union-attr]
    raise refusal


# --- who works on a case, and who could ---


@dataclass(frozen=True, slots=True)
class Team:
    """Who is on the case now, and who was."""

    present: list[Assignment]
    past: list[Assignment]


def team_of(user: User, case: Case) -> Team:
    """Everybody who works or has worked on the case, the lead first."""
    rows = Assignment.objects.visible_to(user).filter(case=case).select_related("user").order_by("started_at")
    listed = list(rows)
    present = [row for row in listed if row.ended_at is None]
    return Team(
        present=sorted(present, key=lambda row: (row.user_id != case.lead_id, sort_key(row.user.full_name))),
        past=[row for row in reversed(listed) if row.ended_at is not None],
    )


def worker_seats(at: datetime) -> QuerySet[Membership]:
    """Everybody who works on cases anywhere now, with their office."""
    rows = reports.memberships(at).filter(role__in=WORKERS).select_related("user", "agency__area")
    narrowed: QuerySet[Membership] = rows.order_by("agency__name", "user__full_name")
    return narrowed


def offices_of(users: Collection[UUID], *, at: datetime) -> dict[UUID, str]:
    """The offices in which staff work on cases, by person."""
    found: dict[UUID, list[str]] = {}
    for seat in worker_seats(at).filter(user_id__in=users):
        found.setdefault(seat.user_id, []).append(seat.agency.name)
    return {pk: ", ".join(names) for pk, names in found.items()}


def assignable(case: Case, *, at: datetime) -> list[Membership]:
    """Whom the case could be given to besides those on it: workers of its unit and of its commune."""
    present = Assignment.objects.everything(reason=OPENED).filter(case=case, ended_at__isnull=True)
    seats = worker_seats(at).filter(agency__area_id__in={case.commune_id, case.unit.area_id})
    return list(seats.exclude(user_id__in=present.values("user_id")))


def units_with_workers(case: Case, *, at: datetime) -> list[Agency]:
    """The units to which the case could be handed, those of the same province first."""
    units = {seat.agency_id: seat.agency for seat in worker_seats(at).exclude(agency_id=case.unit_id)}
    home = case.commune.province_code
    return sorted(
        units.values(), key=lambda unit: (unit.area.province_code != home, phrase_sort_key(unit.name))
    )


def workers_of(unit: Agency, *, at: datetime) -> list[User]:
    """The people who work on cases in a unit, by given name."""
    people = {seat.user_id: seat.user for seat in worker_seats(at).filter(agency=unit)}
    return sorted(people.values(), key=lambda user: sort_key(user.full_name))


# --- search ---


@dataclass(frozen=True, slots=True)
class Found:
    """A case that answers what was looked for; person: who in it does, None when the case itself was named."""

    case: Case
    person: Person | None
    role: str
    by: str
    score: int


class TooManySearches(Refused):
    """Searching is limited, because a search also answers whether somebody has a file (429)."""

    status = 429

    def __init__(self, message: Message) -> None:
        super().__init__("too_many_searches", message, "q")


def search(user: User, term: str, *, at: datetime) -> list[Found]:
    """Cases by number or code, telephone, identity number, or name: within what the viewer may see, best first.

    Sealed cases answer only to those named on them. The search is written down with its term, sealed. Finding
    nothing costs what finding something costs. Raises TooManySearches, InvalidInput for a term that says nothing.
    """
    asked = searching.read(term)
    if asked is None:
        raise InvalidInput(
            {"q": _("Write a case number or code, a telephone, an identity number or a name.")}
        )
    _require_searches_left(user, at)
    hits = [*_by_number(user, asked, at), *_by_index(user, asked, at), *_by_name(user, asked, at)]
    named_on = _named_on(user, [hit.case for hit in hits if hit.case.is_sealed])
    best: dict[tuple[UUID, UUID | None], Found] = {}
    for hit in sorted(hits, key=lambda hit: -hit.score):
        if not hit.case.is_sealed or hit.case.pk in named_on:
            best.setdefault((hit.case.pk, hit.person.pk if hit.person else None), hit)
    found = sorted(best.values(), key=_order(asked))[:MOST_FOUND]
    record_list(user, "case.search", shown=[hit.case.pk for hit in found], term=term)
    return found


def already_on_file(
    user: User, *, full_name: str, identity: str, year: int | None, at: datetime
) -> list[Found]:
    """People of cases the viewer may see who may be somebody about to be added: equal in number or in name and year.

    What was shown is written down.
    """
    asked = searching.Asked(identity=searching.bare(identity), name=full_name, year=year)
    hits = _by_index(user, asked, at) if asked.identity or (asked.name and asked.year) else []
    best = {hit.person.pk: hit for hit in hits if hit.person and not hit.case.is_sealed}
    if best:
        record_list(user, "person.match", shown=list(best))
    return list(best.values())


def elsewhere_as_perpetrator(user: User, case: Case, *, at: datetime) -> list[Found]:
    """Other cases the viewer may see in which whoever commits violence in the opened one does so too, or perhaps does.

    by: "person" for the same row; "identity" for an equal number; "name" for an equal name and birth year in the same
    commune. The last two are hints somebody has to check. What was shown is written down.
    """
    parts = Participant.objects.everything(reason=LISTED).filter(case=case, role="perpetrator")
    found: dict[UUID, Found] = {}
    for part in prefetch_keys(parts.select_related("person").order_by("pk")):
        person = part.person
        year = int(person.birth_date[:4]) if person.birth_date else None
        asked = searching.Asked(
            identity=searching.bare(person.identity_number), name=person.full_name, year=year
        )
        for hit in _by_index(user, asked, at) if asked.identity or (asked.name and year) else []:
            if hit.role != "perpetrator" or hit.case.pk == case.pk or hit.case.is_sealed:
                continue
            if hit.person is not None and hit.person.pk == person.pk:
                found[hit.case.pk] = replace(hit, by="person")
            elif hit.by == "identity" or hit.case.commune_id == case.commune_id:
                found.setdefault(hit.case.pk, hit)
    if found:
        record_list(user, "person.match", shown=[hit.person.pk for hit in found.values() if hit.person])
    return list(found.values())


def _require_searches_left(user: User, at: datetime) -> None:
    lately = AuditEvent.objects.filter(actor=user.pk, action="case.search", ts__gt=at - HOUR)
    times = list(lately.order_by("-ts").values_list("ts", flat=True)[:SEARCHES_PER_HOUR])
    if len(times) < SEARCHES_PER_HOUR:
        return
    raise TooManySearches(
        format_lazy(
            _("You have searched {count} times within an hour. You can search again at {time}."),
            count=SEARCHES_PER_HOUR,
            time=f"{clock.local(times[-1] + HOUR):%H:%M}",
        )
    )


def _by_number(user: User, asked: searching.Asked, at: datetime) -> list[Found]:
    rows = Case.objects.visible_to(user, at=at).filter(Q(code=asked.code) | Q(number=asked.number))
    return [Found(case, None, "", "number", searching.SAME) for case in rows.select_related("commune")]


def _by_index(user: User, asked: searching.Asked, at: datetime) -> list[Found]:
    """The people the blind indexes point to, opened and compared: an index only says who might be meant."""
    year = str(asked.year) if asked.year else ""
    ids = candidates(full_name=asked.name, birth_date=year, phone=asked.phone, identity=asked.identity)
    rows = Participant.objects.visible_to(user, "person.view", at=at).filter(person_id__in=ids or [NOBODY])
    # Somebody of an erased case who is also in another one is found in that one only.
    rows = rows.exclude(case__state=lifecycle.DISPOSED)
    parts = prefetch_keys(rows.select_related("person", "case__commune"))
    numbers = _grouped(_rows(Phone, [part.person_id for part in parts] or [NOBODY]))
    hits = []
    for part in parts:
        mine = {phone.number for phone in numbers.get(part.person_id, [])}
        if by := _same(part.person, mine, asked):
            hits.append(Found(part.case, part.person, part.role, by, searching.SAME))
    return hits


def _same(person: Person, numbers: Collection[str], asked: searching.Asked) -> str:
    if asked.identity and person.identity_number == asked.identity:
        return "identity"
    if asked.phone and asked.phone in numbers:
        return "phone"
    is_named_so = search_key(person.full_name) == search_key(asked.name)
    return "name" if asked.year and is_named_so and person.birth_date[:4] == str(asked.year) else ""


def _by_name(user: User, asked: searching.Asked, at: datetime) -> list[Found]:
    """Names alike among the people of the newest cases the viewer may see, however they are spelt."""
    if not asked.name:
        return []
    cases = page(Case, user, size=SCANNED_CASES, at=at).rows
    kept = [case.pk for case in cases if not case.is_erased]
    rows = Participant.objects.everything(reason=LISTED).filter(case_id__in=kept)
    parts = rows.select_related("person", "case__commune").order_by("-case__opened_at", "pk")[:SCANNED_PEOPLE]
    hits = []
    for part in prefetch_keys(parts):
        person = part.person
        score = searching.alike(asked.name, [person.full_name, *person.other_names.split(",")])
        if asked.year and person.birth_date and person.birth_date[:4] != str(asked.year):
            score -= searching.OTHER_YEAR
        if score >= searching.ENOUGH:
            hits.append(Found(part.case, person, part.role, "name", score))
    return hits


def _named_on(user: User, sealed: Sequence[Case]) -> set[UUID]:
    """Of these sealed cases, the ones the viewer is named on."""
    grants = CaseUserGrant.objects.filter(
        user=user, content_object_id__in=[case.pk for case in sealed] or [NOBODY]
    )
    return set(grants.values_list("content_object_id", flat=True))


def _order(asked: searching.Asked) -> Callable[[Found], tuple[object, ...]]:
    """Best first; of names that are equal without tones, those spelt as asked come first."""
    spelt = accent_key(asked.name)

    def key(hit: Found) -> tuple[object, ...]:
        name = hit.person.full_name if hit.person else ""
        return (-hit.score, accent_key(name) != spelt, sort_key(name), hit.case.number)

    return key


def seat_for(user: User, case: Case, verb: str, *, at: datetime) -> Seat:
    """In whose name the viewer signs or issues something of the case: the unit in charge where they work there."""
    seats = [seat for seat in principal(user, at).seats if RIGHTS[verb].get(seat.role)]
    if not seats:
        raise Denied
    return min(seats, key=lambda seat: (seat.agency_id != case.unit_id, seat.area_id != case.commune_id))
