"""Keeping the facts: read anew off every case whose rows a verb wrote, in the transaction of the verb.

`access.seals` calls `follow_changes` with the rows that are being sealed. The database commits no change of a row of a
case without its seal, so there is no way to change a case and leave its fact behind.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from casework.access.seals import follow
from casework.audit.noted import Rows
from casework.base.codes import codes
from casework.base.prepared import adapted, execute, instances, run, sql_of
from casework.cases import lifecycle
from casework.cases.models import Case, CaseReport, Participant
from casework.closure.models import Closing
from casework.incidents.models import Incident
from casework.organisations.models import Area
from casework.protection.models import Measure, Outcome
from casework.referrals.models import Referral
from casework.statistics.dimensions import Layout, Numbered, Somebody, Told, month_of, unnumbered
from casework.statistics.models import CaseFact, FactCode, FactPerson

REASON: Final = "codes of cases for figures; no name is read"
# Kinds of rows a fact is read from that lie beneath one case.
OF_A_CASE: Final = frozenset(
    {"participant", "incident", "measure", "outcome", "referral", "closing", "casereport"}
)
READ_AT_ONCE: Final = 2000
RECEIVED: Final = sorted({*codes("service_answer").where("met")} - {"not_needed"})
_MADE: Final = ("approved", "finished")
NOBODY: Final = Somebody()
NOTHING: Final = Told()
MAINS: Final = ("victim", "perpetrator")
# Unit -> the unit it was merged into.
Successors: TypeAlias = Mapping[int, int | None]


class Place(NamedTuple):
    """Where and when a case is counted."""

    month: int
    commune: int
    province: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rows of one case say, and who its main people are."""

    place: Place
    is_erased: bool
    told: Told
    victim: UUID | None = None
    perpetrator: UUID | None = None

    @property
    def people(self) -> set[UUID]:
        return {person for person in (self.victim, self.perpetrator) if person is not None}


# --- in the transaction of the change ---


@follow
def follow_changes(written: Rows) -> None:
    """Bring the facts of all cases up to date that these rows are about."""
    keep(_cases_of(written))


def _cases_of(written: Rows) -> set[UUID]:
    found: set[UUID] = set()
    people: list[UUID] = []
    reports: list[UUID] = []
    for (kind, pk), row in written.items():
        if kind == "case":
            found.add(pk)
        elif kind in OF_A_CASE:
            found.add(row.case_id)  # type: ignore[attr-defined]
        elif kind == "person":
            people.append(pk)
        elif kind == "report":
            reports.append(pk)
    if people:
        mains = Participant.objects.everything(reason=REASON).filter(person_id__in=people, is_main=True)
        found.update(mains.values_list("case_id", flat=True))
    if reports:
        links = CaseReport.objects.everything(reason=REASON).filter(report_id__in=reports)
        found.update(links.values_list("case_id", flat=True))
    return found


def keep(cases: Collection[UUID]) -> int:
    """Write the facts of these cases as their rows are now; returns how many were not."""
    if not cases:
        return 0
    # Locked before anything is read: of two verbs that touch one case the later one reads what the earlier wrote.
    there = {fact.case_id: fact for fact in _locked(cases)}
    readings = {
        pk: reading
        for pk, reading in read_cases(cases).items()
        # Nothing leads from a destroyed case to what it counted.
        if pk in there or not reading.is_erased
    }
    numbers = _numbers({person for reading in readings.values() for person in reading.people})
    rows = [
        (case_id, *values)
        for case_id, reading in readings.items()
        if (values := _changed(reading, numbers, there.get(case_id))) is not None
    ]
    _put(rows)
    for case_id, reading in readings.items():
        if reading.is_erased:
            _let_go(case_id, reading)
    return len(rows)


def _locked(cases: Collection[UUID]) -> Iterable[CaseFact]:
    def locked(given: Collection[Any]) -> "QuerySet[CaseFact]":
        return CaseFact.objects.select_for_update().filter(case_id__in=given).order_by("case_id")

    if len(cases) != 1:
        return locked(cases)
    (case,) = cases
    return instances("locked fact", {"case": case}, lambda values: locked([values["case"]]))


# Month, commune, province, victim, perpetrator, codes.
Values: TypeAlias = tuple[int, int, int, int, int, bytes]


def _changed(reading: Reading, numbers: Mapping[UUID, int], fact: CaseFact | None) -> Values | None:
    """What the fact is to be; None for one that is so already."""
    place = reading.place
    if fact is not None and place != (fact.month, fact.commune_id, fact.province_id):
        place = _kept_place(fact, place, _successors())
    values = (*place, *_says(reading, numbers))
    return None if fact is not None and values == _values(fact) else values


@dataclass(frozen=True, slots=True)
class Uncommitted:
    """Stands among what waits for the commit for as long as the facts from this stamp on may be undone."""

    stamp: int

    def __call__(self) -> None:
        """The commit itself has nothing to do."""


def _put(rows: Sequence[tuple[UUID | None, *Values]]) -> None:
    if not rows:
        return
    if connection.vendor == "sqlite":
        ((stamp,),) = execute(f"SELECT {_stamp()}", [])
        transaction.on_commit(Uncommitted(stamp))
    adjusted = [[adapted(case_id), *values] for case_id, *values in rows]
    if len(adjusted) == 1:
        execute(_upsert(), adjusted[0])
        return
    with connection.cursor() as cursor:
        cursor.executemany(_upsert(), adjusted)


def _says(reading: Reading, numbers: Mapping[UUID, int]) -> tuple[int, int, bytes]:
    victim, perpetrator = (
        0 if person is None else numbers.get(person, 0) for person in (reading.victim, reading.perpetrator)
    )
    return victim, perpetrator, layout().pack(reading.told)


def _values(fact: CaseFact) -> Values:
    return (
        fact.month,
        fact.commune_id,
        fact.province_id,
        fact.victim,
        fact.perpetrator,
        bytes(fact.codes),
    )


def _upsert() -> str:
    quote = connection.ops.quote_name
    table = quote(CaseFact._meta.db_table)
    names = ("month", "commune_id", "province_id", "victim", "perpetrator", "codes")
    kept = ", ".join(f"{name} = excluded.{name}" for name in (*names, "stamp"))
    # Names of our own table and columns; values are parameters.
    return (
        f"INSERT INTO {table} (case_id, {', '.join(names)}, stamp) "  # noqa: S608
        f"VALUES (%s, %s, %s, %s, %s, %s, %s, {_stamp()}) ON CONFLICT (case_id) DO UPDATE SET {kept}"
    )


def _stamp() -> str:
    """On PostgreSQL the number of the transaction: it says who may still be at work. SQLite has one writer."""
    if connection.vendor == "postgresql":
        return "pg_current_xact_id()::text::bigint"
    table = connection.ops.quote_name(CaseFact._meta.db_table)
    return f"(SELECT COALESCE(MAX(stamp), 0) + 1 FROM {table})"  # noqa: S608


def _kept_place(fact: CaseFact, now: Place, after: Successors) -> Place:
    """The month is fixed. A unit that became another keeps its cases; a case handed elsewhere counts there."""
    if now.commune in _units_after(fact.commune_id, after):
        return Place(fact.month, fact.commune_id, fact.province_id)
    return Place(fact.month, now.commune, now.province)


def _successors() -> Successors:
    return dict(Area.objects.values_list("pk", "successor_id"))


def _units_after(unit: int, after: Successors) -> list[int]:
    """The unit and what it became, in order."""
    found, following = [unit], after.get(unit)
    while following is not None and following not in found:
        found.append(following)
        following = after.get(following)
    return found


def _numbers(people: Collection[UUID]) -> dict[UUID, int]:
    """The numbers of people among the facts, given when somebody is first counted."""
    known = _known(people)
    new = [FactPerson(person_id=pk) for pk in sorted(set(people) - known.keys())]
    if not new:
        return known
    FactPerson.objects.bulk_create(new, ignore_conflicts=True)
    return _known(people)


def _known(people: Collection[UUID]) -> dict[UUID, int]:
    def known(given: Collection[Any]) -> Any:
        return FactPerson.objects.filter(person_id__in=given).values_list("person_id", "pk")

    if not 0 < len(people) <= len(MAINS):
        return dict(known(people))
    values = {str(place): person for place, person in enumerate(people)}
    rows = run(("numbers of people", len(people)), values, lambda given: sql_of(known(given.values())))
    return {_id(person): number for person, number in rows}


def _let_go(case_id: UUID, reading: Reading) -> None:
    """What a destroyed case counted stays, but leads to nobody: not to the case, not to people destroyed with it."""
    CaseFact.objects.filter(case_id=case_id).update(case=None)
    elsewhere = (
        Participant.objects.everything(reason=REASON)
        .filter(person_id__in=reading.people)
        .exclude(case__state=lifecycle.DISPOSED)
    )
    kept = set(elsewhere.values_list("person_id", flat=True))
    FactPerson.objects.filter(person_id__in=reading.people - kept).update(person=None)


# --- reading a case ---


def read_cases(cases: Collection[UUID]) -> dict[UUID, Reading]:
    """What the rows of these cases say: seven queries however many there are."""
    mains, told_by = _mains(cases), _answers(cases)
    nobody: Mapping[str, tuple[UUID, Somebody]] = {}
    found: dict[UUID, Reading] = {}

    def rows(given: Collection[Any]) -> Any:
        return (
            Case.objects.everything(reason=REASON)
            .filter(pk__in=given)
            .values_list("pk", "opened_at", "commune", "province", "state", "level", "origin", "is_repeat")
        )

    for pk, opened_at, commune, province, state, level, origin, is_repeat in _rows("cases", cases, rows):
        case_id = _id(pk)
        people = mains.get(case_id, nobody)
        victim, her = people.get("victim", (None, NOBODY))
        perpetrator, him = people.get("perpetrator", (None, NOBODY))
        told = replace(
            told_by.get(case_id, NOTHING),
            level=level,
            origin=origin,
            is_repeat=bool(is_repeat),
            is_closed=state not in lifecycle.LIVE,
            victim=her,
            perpetrator=him,
        )
        place = Place(month_of(_moment(opened_at)), commune, province)
        found[case_id] = Reading(place, state == lifecycle.DISPOSED, told, victim, perpetrator)
    return found


def _mains(cases: Collection[UUID]) -> dict[UUID, dict[str, tuple[UUID, Somebody]]]:
    found: dict[UUID, dict[str, tuple[UUID, Somebody]]] = defaultdict(dict)

    def rows(given: Collection[Any]) -> Any:
        return (
            Participant.objects.everything(reason=REASON)
            .filter(case_id__in=given, is_main=True)
            .values_list(
                "case_id",
                "role",
                "person_id",
                "person__sex",
                "age_band",
                "relation",
                "person__ethnicity",
                "person__nationality",
                "person__priority_groups",
            )
        )

    for case_id, role, person, sex, age, relation, ethnicity, nationality, priority in _rows(
        "mains", cases, rows
    ):
        somebody = Somebody(sex, age, relation, ethnicity, nationality, frozenset(_list(priority)))
        found[_id(case_id)][role] = (_id(person), somebody)
    return found


def _answers(cases: Collection[UUID]) -> dict[UUID, Told]:
    """What lies beneath the cases, as far as anything does."""
    many: dict[UUID, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    one: dict[UUID, dict[str, str]] = defaultdict(dict)
    for case_id, acts, forms, penalty in _rows("incidents", cases, _incidents):
        mine = many[_id(case_id)]
        mine["acts"].update(_list(acts))
        mine["forms"].update(_list(forms))
        mine["penalties"].add(penalty)
    for case_id, kind in _rows("measures", cases, _measures):
        many[_id(case_id)]["measures"].add(kind)
    for case_id, kind in _rows("outcomes", cases, _outcomes):
        many[_id(case_id)]["dealt_with"].add(kind)
    for case_id, service in _rows("services", cases, _services):
        many[_id(case_id)]["services"].add(service)
    # The last one stands; the earlier ones went on.
    for case_id, reason, outcomes in _rows("closings", cases, _closings):
        one[_id(case_id)]["closing_reason"] = reason
        many[_id(case_id)]["outcomes"] = set(_list(outcomes))
    # The first one stands; later reports joined the case.
    for case_id, channel, address in _rows("reports", cases, _reports):
        one[_id(case_id)].update(channel=channel, address=address)
    return {
        case_id: Told(**{name: frozenset(found) for name, found in many[case_id].items()}, **one[case_id])  # type: ignore[arg-type]
        for case_id in many.keys() | one.keys()
    }


def _incidents(given: Collection[Any]) -> Any:
    rows = Incident.objects.everything(reason=REASON).filter(case_id__in=given)
    return rows.values_list("case_id", "acts", "forms", "penalty_level")


def _measures(given: Collection[Any]) -> Any:
    rows = Measure.objects.everything(reason=REASON).filter(case_id__in=given, granted=True)
    return rows.values_list("case_id", "kind")


def _outcomes(given: Collection[Any]) -> Any:
    return Outcome.objects.everything(reason=REASON).filter(case_id__in=given).values_list("case_id", "kind")


def _services(given: Collection[Any]) -> Any:
    rows = Referral.objects.everything(reason=REASON).filter(case_id__in=given)
    return rows.filter(state="completed", result__in=RECEIVED).values_list("case_id", "service")


def _closings(given: Collection[Any]) -> Any:
    rows = Closing.objects.everything(reason=REASON).filter(case_id__in=given, state__in=_MADE)
    return rows.order_by("requested_at", "pk").values_list("case_id", "reason", "outcomes")


def _reports(given: Collection[Any]) -> Any:
    rows = CaseReport.objects.everything(reason=REASON).filter(case_id__in=given)
    return rows.order_by("-created_at", "-pk").values_list(
        "case_id", "report__channel", "report__address_kind"
    )


def _rows(
    what: str, cases: Collection[UUID], build: Callable[[Collection[Any]], Any]
) -> Iterable[tuple[Any, ...]]:
    """Some columns of the rows of cases; of one case, as with every save, by a statement that is written once."""
    if len(cases) != 1:
        found: Iterable[tuple[Any, ...]] = build(cases)
        return found
    (case,) = cases
    return run(("facts", what), {"case": case}, lambda given: sql_of(build([given["case"]])))


# What such a statement gives is as the driver has it.


def _id(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _list(value: Any) -> Iterable[str]:
    found: Iterable[str] = json.loads(value) if isinstance(value, str) else value
    return found


def _moment(value: datetime) -> datetime:
    # SQLite stores what it is in UTC, and does not say so.
    return value if value.tzinfo else value.replace(tzinfo=UTC)


# --- numbers of codes ---

_layout: list[Layout] = []


def layout() -> Layout:
    """Where each answer stands in a fact, read once in the life of a process."""
    if not _layout:
        _layout.append(Layout(_numbered()))
    return _layout[0]


def _numbered() -> list[Numbered]:
    return list(FactCode.objects.order_by("pk").values_list("dimension", "code", "number"))


def number_codes() -> None:
    """Give what has none yet its number; runs with migrate, and again changes nothing."""
    new = unnumbered(_numbered())
    FactCode.objects.bulk_create(
        FactCode(dimension=dimension, code=code, number=number) for dimension, code, number in new
    )
    forget_layout()


def forget_layout() -> None:
    _layout.clear()


# --- the check ---


@dataclass(frozen=True, slots=True)
class Drift:
    """What facts and cases disagree on.

    wrong: cases whose fact is not what their rows say, that have none, or that are destroyed and still have one.
    erased: facts of destroyed cases that are missing or too many; they lead to no case, so they are only counted.
    """

    cases: int
    wrong: int
    erased: int

    @property
    def total(self) -> int:
        return self.wrong + self.erased


def drift() -> Drift:
    """Compare every fact with what the rows of its case say; changes nothing."""
    cases, wrong, after = 0, 0, _successors()
    for ids in _all_cases():
        readings = read_cases(ids)
        facts = {fact.case_id: fact for fact in CaseFact.objects.filter(case_id__in=ids)}
        numbers = _known({person for reading in readings.values() for person in reading.people})
        cases += len(readings)
        for pk, reading in readings.items():
            fact = facts.get(pk)
            if reading.is_erased:
                wrong += fact is not None
            else:
                wrong += fact is None or not _agrees(reading, fact, numbers, after)
    missing, surplus = _erased_drift()
    return Drift(cases, wrong, missing.total() + surplus.total())


def rebuild() -> Drift:
    """Bring every fact to what the rows say; returns what was wrong before."""
    cases, wrong = 0, 0
    for ids in _all_cases():
        with transaction.atomic():
            cases += len(ids)
            wrong += keep(ids)
    with transaction.atomic():
        missing, surplus = _erased_drift()
        erased = missing.total() + surplus.total()
        _replace_erased(missing, surplus)
    return Drift(cases, wrong, erased)


def _agrees(reading: Reading, fact: CaseFact, numbers: Mapping[UUID, int], after: Successors) -> bool:
    if not reading.people <= numbers.keys():
        return False
    place = reading.place
    return (
        place.month == fact.month
        and place.commune in _units_after(fact.commune_id, after)
        and (fact.victim, fact.perpetrator, bytes(fact.codes)) == _says(reading, numbers)
    )


# The month, and the unit that answers today for where it was.
Counted: TypeAlias = tuple[int, int]


def _erased_drift() -> tuple[Counter[Counted], Counter[Counted]]:
    """How many facts of destroyed cases are missing, and how many are too many."""
    after = _successors()
    there: Counter[Counted] = Counter()
    for month, commune in CaseFact.objects.filter(case=None).values_list("month", "commune"):
        there[month, _units_after(commune, after)[-1]] += 1
    owed: Counter[Counted] = Counter()
    for _pk, reading in _erased_cases():
        owed[reading.place.month, _units_after(reading.place.commune, after)[-1]] += 1
    return owed - there, there - owed


def _replace_erased(missing: Counter[Counted], surplus: Counter[Counted]) -> None:
    after = _successors()
    for _pk, reading in _erased_cases():
        counted = reading.place.month, _units_after(reading.place.commune, after)[-1]
        if missing[counted] > 0:
            missing[counted] -= 1
            # Who it was is not known any more: somebody of their own.
            number = FactPerson.objects.create().pk
            _put([(None, *reading.place, number, 0, layout().pack(reading.told))])
    for pk, month, commune in CaseFact.objects.filter(case=None).values_list("pk", "month", "commune"):
        counted = month, _units_after(commune, after)[-1]
        if surplus[counted] > 0:
            surplus[counted] -= 1
            CaseFact.objects.filter(pk=pk).delete()


def _erased_cases() -> Iterator[tuple[UUID, Reading]]:
    for ids in _chunks(Case.objects.everything(reason=REASON).filter(state=lifecycle.DISPOSED)):
        yield from read_cases(ids).items()


def _all_cases() -> Iterator[list[UUID]]:
    return _chunks(Case.objects.everything(reason=REASON))


def _chunks(rows: Any) -> Iterator[list[UUID]]:
    after: UUID | None = None
    while True:
        following = rows.order_by("pk") if after is None else rows.order_by("pk").filter(pk__gt=after)
        ids = list(following.values_list("pk", flat=True)[:READ_AT_ONCE])
        if not ids:
            return
        yield ids
        after = ids[-1]
