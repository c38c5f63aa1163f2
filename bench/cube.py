"""A table of five dimensions over a million cases: the facts in memory against the ORM on the working tables.

    python -m bench.cube [--size 1000000]           on SQLite
    python3 -m config.cluster --durable -- .venv/bin/python -m bench.cube    on PostgreSQL

Also: reading the facts for the first time, after one save, a province-year return, what a fact adds to a save, and
rebuild_cube. Everything runs in a test database that is thrown away. Times are medians of interleaved runs.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.test.utils import get_runner, setup_test_environment, teardown_test_environment

from casework.access import seals
from casework.access.triggers import lifted
from casework.base.clock import VIETNAM
from casework.cases.actions import edit_person
from casework.cases.models import Case, Participant
from casework.incidents.actions import record_incident
from casework.incidents.models import Incident
from casework.organisations.models import Area
from casework.people.models import Person
from casework.statistics.cube import cells, facts, forget_facts, table
from casework.statistics.dimensions import months_in
from casework.statistics.facts import drift, follow_changes, rebuild
from casework.statistics.figures import window
from casework.statistics.queries import return_of
from tests.world import World, build_world

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ROUNDS = 5
SAVES = 60
FIVE = ("commune", "month", "sex", "age", "level")
# Ids are numbers, each kind of row after another beginning.
CASE, VICTIM, PERPETRATOR, PARTS, HAPPENED, DECIDED = (number << 40 for number in range(1, 7))


class Rows:
    """Rows made by the database itself, each like one that a verb wrote, but for what is said."""

    def __init__(self, count: int) -> None:
        self.is_postgresql = connection.vendor == "postgresql"
        self.count = count

    def uuid(self, number: str) -> str:
        if self.is_postgresql:
            return f"lpad(to_hex(({number})::bigint), 32, '0')::uuid"
        return f"printf('%032x', {number})"

    def moment(self, seconds: str) -> str:
        return f"to_timestamp({seconds})" if self.is_postgresql else f"datetime({seconds}, 'unixepoch')"

    def pick(self, values: Sequence[Any], salt: int) -> str:
        """One of the values, spread over the rows."""
        cases = " ".join(f"WHEN {place} THEN {self._literal(value)}" for place, value in enumerate(values))
        return f"CASE (n.n * {salt} + n.n / 7) % {len(values)} {cases} END"

    def _literal(self, value: Any) -> str:
        return str(value) if isinstance(value, int) else f"'{value}'"

    def like(self, model: Any, row: Any, where: str = "", **said: str) -> None:
        table = connection.ops.quote_name(model._meta.db_table)
        fields = [str(field.column) for field in model._meta.concrete_fields]
        chosen = ", ".join(said.get(name, f"t.{connection.ops.quote_name(name)}") for name in fields)
        names = ", ".join(map(connection.ops.quote_name, fields))
        numbers = (
            f"generate_series(1::bigint, {self.count}) AS n(n)"
            if self.is_postgresql
            else "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s "
            f"WHERE n < {self.count}) SELECT n FROM s) n"
        )
        sql = (
            f"INSERT INTO {table} ({names}) SELECT {chosen} FROM {numbers} CROSS JOIN {table} t "
            f"WHERE t.id = %s {where}"
        )
        # A remainder is written as a sign that the driver takes for the place of a value.
        sql = sql.replace("%", "%%").replace("%%s", "%s")
        with connection.cursor() as cursor:
            cursor.execute(sql, [row.pk if connection.features.has_native_uuid_field else row.pk.hex])


def fill(world: World, count: int) -> None:
    """So many cases over five years and all communes there are, every tenth about somebody known from another."""
    case = world.case(at=NOW - timedelta(days=3))
    happened = NOW - timedelta(days=2)
    incident = record_incident(
        case=case,
        by=world.lan,
        at=happened,
        answers={"happened_at": happened, "area": world.commune, "acts": ["A01"]},
    )
    mains = {
        part.role: part
        for part in Participant.objects.everything(reason="bench").filter(case=case, is_main=True)
    }
    # Rows no verb wrote and no event seals: the triggers would refuse them.
    with transaction.atomic(), lifted():
        _copy(Rows(count), case, incident, mains)


def _copy(rows: Rows, case: Case, incident: Incident, mains: dict[str, Participant]) -> None:
    communes = list(
        Area.objects.filter(parent__isnull=False, valid_to__isnull=True).values_list("pk", "parent_id")
    )
    provinces = dict(communes)
    by_commune = " ".join(f"WHEN {pk} THEN {parent}" for pk, parent in provinces.items())
    commune = rows.pick(list(provinces), 1)
    opened = rows.moment(f"{int(NOW.timestamp())} - (n.n * 7919) % {5 * 365 * 86400}")
    her = f"{VICTIM} + CASE WHEN n.n % 10 = 0 THEN n.n / 2 + 1 ELSE n.n END"
    for model, start in ((Person, VICTIM), (Person, PERPETRATOR)):
        rows.like(
            model,
            mains["victim" if start == VICTIM else "perpetrator"].person,
            id=rows.uuid(f"{start} + n.n"),
            sex=rows.pick(
                ["female"] * 8 + ["male", "unknown"] if start == VICTIM else ["male"] * 9 + ["female"], 3
            ),
        )
    rows.like(
        Case,
        case,
        id=rows.uuid(f"{CASE} + n.n"),
        number="'B-' || n.n",
        code="'B' || n.n",
        commune_id=commune,
        province_id=f"CASE {commune} {by_commune} END",
        opened_at=opened,
        state=rows.pick(["open", "in_progress", "closed"], 11),
        level=rows.pick(["", "LOW", "MEDIUM", "HIGH"], 5),
    )
    for place, (role, person) in enumerate((("victim", her), ("perpetrator", f"{PERPETRATOR} + n.n"))):
        rows.like(
            Participant,
            mains[role],
            id=rows.uuid(f"{PARTS} + 2 * n.n + {place}"),
            case_id=rows.uuid(f"{CASE} + n.n"),
            person_id=rows.uuid(person),
            age_band=rows.pick(["under_16", "16_59", "16_59", "16_59", "60_over"], 13),
        )
    rows.like(
        Incident,
        incident,
        id=rows.uuid(f"{HAPPENED} + n.n"),
        case_id=rows.uuid(f"{CASE} + n.n"),
        forms=_json(
            rows.pick(['["physical"]', '["physical", "psychological"]', '["economic"]', '["sexual"]'], 17)
        ),
    )


def _json(text: str) -> str:
    return f"({text})::jsonb" if connection.vendor == "postgresql" else text


def by_the_orm() -> dict[Any, tuple[int, int]]:
    """The same table off the working tables."""
    found = (
        Participant.objects.everything(reason="bench")
        .filter(role="victim", is_main=True)
        .annotate(month=TruncMonth("case__opened_at", tzinfo=VIETNAM))
        .values_list("case__commune", "month", "person__sex", "age_band", "case__level")
        .annotate(cases=Count("pk"), victims=Count("person", distinct=True))
        .order_by()
    )
    return {tuple(row[:5]): (row[5], row[6]) for row in found}


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = run()
    return (time.perf_counter() - start) * 1000, result


def median(run: Callable[[], Any], rounds: int = ROUNDS) -> float:
    return statistics.median(timed(run)[0] for _ in range(rounds))


def say(what: str, milliseconds: float, beside: str = "") -> None:
    print(f"{what:<58}{milliseconds:>10,.1f} ms  {beside}", flush=True)


def measure(world: World) -> None:
    took, found = timed(rebuild)
    say("rebuild_cube, every fact written", took, f"{found.wrong:,} facts")
    took, found = timed(drift)
    say("rebuild_cube --check", took, f"drift {found.total}")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    forget_facts()
    took, held = timed(facts)
    say("all facts into the memory of a process", took, f"{_bytes(held) / 1e6:.0f} MB")
    ours, theirs = list[float](), list[float]()
    for _round in range(ROUNDS):
        took, found = timed(lambda: table(FIVE))
        ours.append(took)
        took, same = timed(by_the_orm)
        theirs.append(took)
    counted = zip(found.cases.tolist(), found.victims.tolist(), strict=True)
    assert sorted(counted) == sorted(same.values())
    mine, other = statistics.median(ours), statistics.median(theirs)
    say("11 five dimensions, with households", mine, f"{len(found):,} cells")
    say("   the same by the ORM, without households", other, f"ratio {other / mine:.0f}")
    say(
        "   five coarse dimensions",
        median(lambda: cells(("province", "year", "sex", "form:physical", "measure:M03"))),
    )
    say(
        "   with all totals",
        median(lambda: cells(("province", "year", "sex", "form:physical", "level"), totals=True)),
    )
    year = window("calendar_year", 2025)
    say("G9 province-year return", median(lambda: return_of(world.province, year)))
    say(
        "   commune-year table",
        median(lambda: cells(("commune", "sex", "age"), months=months_in("2025"), areas=[world.province])),
    )
    case = world.case(at=NOW)
    say("   after a new case", timed(lambda: return_of(world.province, year))[0])
    save(world, case)


def save(world: World, case: Case) -> None:
    """What following a change costs a save, by itself: with the fact written, and where nothing counted changed."""
    her = world.victim(case)
    with_fact, without = list[float](), list[float]()
    for number in range(SAVES):
        for followers, kept in (([follow_changes], with_fact), ([], without)):
            seals._followers[:] = followers
            answers = {
                "sex": ("female", "male")[number % 2],
                "full_name": f"Lò Thị {number} {len(followers)}",
            }
            edit = partial(edit_person, case=case, person=her, by=world.lan, at=NOW, answers=answers)
            kept.append(timed(edit)[0])
    seals._followers[:] = [follow_changes]
    both = statistics.median(with_fact), statistics.median(without)
    say("G9 saving a person", both[0], f"without facts {both[1]:.1f}: {both[0] - both[1]:.1f} ms added")


def _bytes(held: Any) -> int:
    return sum(
        getattr(held, name).nbytes
        for name in ("id", "month", "commune", "province", "victim", "perpetrator", "codes", "home")
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000)
    size = parser.parse_args().size
    setup_test_environment()
    runner = get_runner(settings)(verbosity=0, interactive=False)
    old = runner.setup_databases(serialized_aliases=set())
    try:
        world = build_world(NOW)
        print(f"{connection.vendor}; {size:,} cases")
        if connection.vendor == "postgresql":
            # No page waits for a million rows to be made.
            with connection.cursor() as cursor:
                cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
        fill(world, size)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        measure(world)
    finally:
        runner.teardown_databases(old)
        teardown_test_environment()


if __name__ == "__main__":
    main()
