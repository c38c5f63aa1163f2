"""What the memory costs when it has grown: pages of an auditor over ten million events, the versions of one record.

    python3 -m config.cluster -- .venv/bin/python -m bench.history [--rows 10000000]     on PostgreSQL
    python -m bench.history --rows 1000000                                              on SQLite

Everything runs in a test database that is thrown away; the events are made by the database itself, two years of 2,000
members of staff and 200,000 cases. Every round asks about another case, person, member of staff, office or day. Times are
medians of interleaved runs; trust the ratios, each to the page of one case.
"""

import argparse
import statistics
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.db import connection
from django.test.utils import get_runner, setup_test_environment, teardown_test_environment

from casework.audit.acting import acting_as
from casework.audit.models import AuditEvent
from casework.base import clock
from casework.cases.actions import edit_participant
from casework.cases.models import Case, Participant
from casework.changes import queries as changes
from casework.encryption.keyring import forget_keys
from casework.organisations.models import Agency, Membership, User
from casework.oversight import queries
from tests.world import World, build_world

ROUNDS = 15
NOW = datetime(2026, 11, 1, tzinfo=UTC)
SPAN = timedelta(days=730)
OFFICES, STAFF_OF_EACH = 100, 20
REAL_CASES, CASES = 20, 200_000
# How often a staff member's hundred events are what: most look, few search, one in a hundred is refused.
ACTIONS = ("case.view",) * 60 + ("person.view",) * 15 + ("person.edit",) * 12 + ("note.write",) * 9
ACTIONS += ("case.search",) * 3 + ("refused",)


@dataclass(slots=True)
class Filled:
    """Who looks, and what may be asked about."""

    world: World
    staff: list[User]
    offices: list[Agency]
    cases: list[Case]
    people: list[uuid.UUID]
    part: Participant


def prepare(world: World) -> Filled:
    """The staff of a province, some cases lived through the verbs, and a record with twenty versions."""
    lan, office = world.lan, world.agencies["committee"]
    offices = [
        Agency(kind=office.kind, name=f"Cơ quan {number}", area=world.commune, group=_group(number))
        for number in range(OFFICES)
    ]
    Agency.objects.bulk_create(offices)
    staff = [
        User(username=f"staff-{number}", full_name=f"Cán bộ {number}", password="!")
        for number in range(OFFICES * STAFF_OF_EACH)
    ]
    User.objects.bulk_create(staff)
    Membership.objects.bulk_create(
        Membership(
            user=user, agency=offices[number % OFFICES], role="social_worker", valid_from=date(2024, 1, 1)
        )
        for number, user in enumerate(staff)
    )
    cases = [world.case(at=NOW - timedelta(days=number + 1)) for number in range(REAL_CASES)]
    parts = Participant.objects.everything(reason="bench").filter(case__in=cases, role="victim")
    part = parts.get(case=cases[0])
    for number in range(20):
        case = Case.objects.everything(reason="bench").get(pk=cases[0].pk)
        at = NOW - timedelta(minutes=60 - number)
        edit_participant(case=case, participant=part, by=lan, at=at, answers={"remark": f"Lần {number}"})
    return Filled(world, staff, offices, cases, [one.person_id for one in parts], part)


def _group(number: int) -> Any:
    group_model: Any = Agency._meta.get_field("group").related_model
    return group_model.objects.create(name=f"bench-{number}")


def fill_events(filled: Filled, rows: int) -> None:
    """Ten million events take minutes only where their indexes are made afterwards and no trigger looks at each."""
    table = AuditEvent._meta.db_table
    columns = [field.column for field in AuditEvent._meta.concrete_fields if not field.primary_key]
    with connection.cursor() as cursor, _bare(cursor, AuditEvent):
        if connection.vendor == "postgresql":
            cursor.execute(*_events_sql(filled, rows, columns))
            return
        places = ", ".join("?" * len(columns))
        cursor.cursor.executemany(  # type: ignore[attr-defined]  # past Django's own, which would look at each row
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})",
            _event_rows(filled, rows, columns),
        )


def _events_sql(filled: Filled, rows: int, columns: Sequence[str]) -> tuple[str, list[Any]]:
    """One statement; `i` is the number of an event, and everything about it follows from that."""
    actor = "(%s::uuid[])[1 + i %% %s]"
    made_up = f"md5('case' || (i::bigint * 104729) %% {CASES})::uuid"
    every = CASES // REAL_CASES
    case = f"CASE WHEN i %% {every} = 0 THEN (%s::uuid[])[1 + (i / {every}) %% %s] ELSE {made_up} END"
    alone = "what IN ('refused', 'case.search')"
    values = {
        "ts": "%s::timestamptz + i * %s::interval",
        "actor": "who",
        "session": "''",
        "auth_level": "'password'",
        "action": "CASE WHEN what = 'refused' THEN 'case.view' ELSE what END",
        "object_type": "'case'",
        "object_id": "about",
        "case_id": f"CASE WHEN {alone} THEN NULL ELSE about END",
        "chain_kind": f"CASE WHEN {alone} THEN 'actor' ELSE 'case' END",
        "chain_key": f"CASE WHEN {alone} THEN who ELSE about END",
        "chain_seq": "1000000 + i",
        "prev_hash": "sha256(i::text::bytea)",
        "row_seal": "''::bytea",
        "fields": "'[]'::jsonb",
        "detail": '\'{"basis": "assigned", "page": "overview"}\'::jsonb',
        "purpose": "''",
        "reason": "''::bytea",
        "request_id": "md5(i::text)",
        "outcome": "CASE WHEN what = 'refused' THEN what WHEN what IN ('person.edit', 'note.write') "
        "THEN 'done' ELSE 'read' END",
        "hash": "sha256((i + 1)::text::bytea)",
    }
    sql = (
        f"INSERT INTO {AuditEvent._meta.db_table} ({', '.join(columns)}) "
        f"SELECT {', '.join(values[column] for column in columns)} FROM ("
        f"SELECT i, {actor} AS who, {case} AS about, (%s::text[])[1 + (i / 7) %% %s] AS what "
        f"FROM generate_series(1, {int(rows)}) i) made"
    )
    ids = [str(user.pk) for user in filled.staff]
    cases = [str(one.pk) for one in filled.cases]
    params: list[Any] = [
        NOW - SPAN,
        SPAN / rows,
        ids,
        len(ids),
        cases,
        len(cases),
        list(ACTIONS),
        len(ACTIONS),
    ]
    return sql, params


def _event_rows(filled: Filled, rows: int, columns: Sequence[str]) -> Iterator[list[Any]]:
    """The same for a database that has no arrays."""
    start, step = NOW - SPAN, SPAN / rows
    for i in range(1, rows + 1):
        what = ACTIONS[(i // 7) % len(ACTIONS)]
        who = filled.staff[i % len(filled.staff)].pk.hex
        every = CASES // REAL_CASES
        about = (
            filled.cases[(i // every) % len(filled.cases)].pk.hex
            if i % every == 0
            else uuid.UUID(int=(i * 104729) % CASES + 1).hex
        )
        alone = what in ("refused", "case.search")
        done = {"refused": "refused", "person.edit": "done", "note.write": "done"}.get(what, "read")
        values = {
            "ts": (start + i * step).strftime("%Y-%m-%d %H:%M:%S.%f"),
            "actor": who,
            "session": "",
            "auth_level": "password",
            "action": "case.view" if what == "refused" else what,
            "object_type": "case",
            "object_id": about,
            "case_id": None if alone else about,
            "chain_kind": "actor" if alone else "case",
            "chain_key": who if alone else about,
            "chain_seq": 1_000_000 + i,
            "prev_hash": bytes(32),
            "row_seal": b"",
            "fields": "[]",
            "detail": '{"basis": "assigned", "page": "overview"}',
            "purpose": "",
            "reason": b"",
            "request_id": f"{i:032x}",
            "outcome": done,
            "hash": bytes(32),
        }
        yield [values[column] for column in columns]


def fill_versions(filled: Filled, rows: int) -> None:
    """Versions of other records, copies of one with other ids: their sealed values would not open, nobody asks them."""
    model: Any = Participant.history.model
    one = model.objects.everything(reason="bench").filter(id=filled.part.pk).first()
    columns = [field.column for field in model._meta.concrete_fields]
    own = {
        "id": "md5('part' || i % 500000)::uuid",
        "history_id": "md5('version' || i)::uuid",
        "history_date": "history_date - i * interval '6 seconds'",
    }
    if connection.vendor != "postgresql":
        own = {
            "id": "printf('%032x', i % 50000)",
            "history_id": "printf('f%031x', i)",
            "history_date": "datetime(history_date, '-' || (i * 6) || ' seconds')",
        }
    numbers = (
        f"generate_series(1, {int(rows)}) i"
        if connection.vendor == "postgresql"
        else f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {int(rows)}) SELECT i FROM n)"
    )
    key = one.history_id if connection.vendor == "postgresql" else one.history_id.hex
    with connection.cursor() as cursor, _bare(cursor, model):
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) "
            f"SELECT {', '.join(own.get(name, name) for name in columns)} FROM {model._meta.db_table}, {numbers} "
            f"WHERE history_id = '{key}'"
        )


class _bare:
    """A table without its indexes, unique constraints and triggers, for as long as it is filled."""

    def __init__(self, cursor: Any, model: Any) -> None:
        self.cursor, self.model, self.table = cursor, model, model._meta.db_table
        self.again: list[str] = []

    def __enter__(self) -> None:
        if connection.vendor != "postgresql":
            self.cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL AND type <> 'table'",
                [self.table],
            )
            for name, sql in self.cursor.fetchall():
                kind = sql.split()[1].upper().replace("UNIQUE", "INDEX")
                self.cursor.execute(f'DROP {kind} "{name}"')
                self.again.append(sql)
            return
        self.cursor.execute(f"ALTER TABLE {self.table} DISABLE TRIGGER USER")
        self.cursor.execute("SET maintenance_work_mem = '1GB'; SET statement_timeout = 0")
        self.cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'u'",
            [self.table],
        )
        for name, said in self.cursor.fetchall():
            self.cursor.execute(f'ALTER TABLE {self.table} DROP CONSTRAINT "{name}"')
            self.again.append(f'ALTER TABLE {self.table} ADD CONSTRAINT "{name}" {said}')
        self.cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname NOT IN "
            "(SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass)",
            [self.table, self.table],
        )
        for name, said in self.cursor.fetchall():
            self.cursor.execute(f'DROP INDEX "{name}"')
            self.again.append(said)

    def __exit__(self, *_exc: object) -> None:
        for sql in self.again:
            self.cursor.execute(sql)
        if connection.vendor == "postgresql":
            self.cursor.execute(f"ALTER TABLE {self.table} ENABLE TRIGGER USER")


def questions(filled: Filled) -> list[tuple[str, Callable[[int], Any]]]:
    """What is asked in each round, by the number of the round; the first is what the others are measured by."""
    world, random = filled.world, Random(5)
    staff, offices = random.sample(filled.staff, ROUNDS + 2), random.sample(filled.offices, ROUNDS + 2)
    days = [clock.local_date(NOW - timedelta(days=random.randrange(700))) for _ in range(ROUNDS + 2)]

    def events(**asked: Any) -> Any:
        """As an address asks: who is asked about must first be somebody of the auditor's area."""
        words = {name: str(getattr(value, "pk", value)) for name, value in asked.items()}
        return queries.events_for(world.kien, queries.search_of(world.kien, words, at=NOW), at=NOW)

    def case(place: int) -> Case:
        return filled.cases[place % len(filled.cases)]

    return [
        ("by case", lambda place: events(case=case(place))),
        ("by person", lambda place: events(person=filled.people[place % len(filled.people)])),
        ("by member of staff", lambda place: events(actor=staff[place])),
        ("by office", lambda place: events(unit=offices[place])),
        ("by day", lambda place: events(day=days[place])),
        ("the area, newest", lambda _place: events()),
        ("the area, refusals", lambda _place: events(outcome="refused")),
        ("the area, one action", lambda _place: events(action="note.write")),
        ("the area, searches", lambda _place: events(outcome="searched")),
        ("refusals of a case", lambda place: events(case=case(place), outcome="refused")),
        ("searches of one", lambda place: events(actor=staff[place], outcome="searched")),
        ("changes of an office", lambda place: events(unit=offices[place], outcome="done")),
        ("one day of an office", lambda place: events(unit=offices[place], day=days[place])),
        ("who looked, the tab", lambda place: queries.readers_of(case(place), world.lan, at=NOW)),
        ("versions of a record", lambda _place: changes.history_of(filled.part, world.lan, at=NOW)),
        ("one change of it", lambda _place: changes.compare(filled.part, world.lan, "", at=NOW)),
    ]


def measure(filled: Filled) -> list[tuple[str, float]]:
    asked = questions(filled)
    taken: dict[str, list[float]] = {name: [] for name, _ask in asked}
    for place in range(ROUNDS + 2):
        for name, ask in asked:
            with acting_as(request_id=f"bench-{place}"):
                start = time.perf_counter()
                ask(place)
                if place >= 2:
                    taken[name].append((time.perf_counter() - start) * 1000)
    return [(name, statistics.median(found)) for name, found in taken.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    setup_test_environment()
    runner = get_runner(settings)(verbosity=0, interactive=False)
    old = runner.setup_databases(serialized_aliases=set())
    try:
        filled = prepare(build_world(NOW))
        start = time.perf_counter()
        fill_events(filled, rows)
        fill_versions(filled, rows)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        forget_keys()
        print(
            f"{connection.vendor}; {rows:,} events and {rows:,} versions, made in {time.perf_counter() - start:.0f} s"
        )
        print(f"medians of {ROUNDS} interleaved runs, milliseconds, and the ratio to the page of one case")
        found = measure(filled)
        for name, taken in found:
            print(f"{name:<28}{taken:>8.2f}{taken / found[0][1]:>8.2f}")
    finally:
        runner.teardown_databases(old)
        teardown_test_environment()


if __name__ == "__main__":
    main()
