"""What the memory costs: an edit with and without it, writers side by side, the events a verifier reads in a second.

    python3 -m config.cluster --durable -- .venv/bin/python -m bench.audit     on PostgreSQL
    python -m bench.audit                                                      on SQLite, without the writers

Everything runs in a test database that is thrown away. Processor time of an edit is ours and, on PostgreSQL, that of
the server's process for us beside it; variants take turns in one run. Trust the ratios.

The call that seals the rows of a change also brings up to date what figures are counted from. That is neither history
nor memory and the plain save does not do it, so an edit is measured without it and, in a line of its own, with it.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, connections, transaction
from django.test.utils import get_runner, setup_test_environment, teardown_test_environment

from casework.access import seals
from casework.access.guard import GuardedModel
from casework.audit.acting import acting_as
from casework.audit.evidence import Walk, export_breaks, exported_hash
from casework.audit.hashing import COLUMNS, event_hash
from casework.audit.log import hold_chain, record
from casework.audit.models import AuditEvent
from casework.audit.noted import noting
from casework.audit.verify import breaks
from casework.base import clock
from casework.base.prepared import insert
from casework.cases.actions import edit_participant
from casework.cases.models import Participant
from casework.organisations.models import User
from tests.soak.logs import TRUSTED, make_log
from tests.world import World, build_world

ROUNDS, REPEAT = 15, 40
NOW = datetime(2026, 11, 1, tzinfo=UTC)


# --- one edit ------------------------------------------------------------------------------------------------------


def edits(world: World) -> dict[str, Callable[[int], None]]:
    """One changed remark, by its number: each variant opens its own transaction and reads the row under a lock."""
    lan, case = world.lan, world.case(at=NOW - timedelta(days=1))
    pk = Participant.objects.everything(reason="bench").get(case=case, role="victim").pk
    locked = Participant._base_manager.select_for_update()

    def saved(number: int, *, is_remembered: bool) -> Participant:
        row = locked.get(pk=pk)
        row.remark = f"Lần {number}"
        if not is_remembered:
            row.skip_history_when_saving = True
        row.save()
        return row

    def plain(number: int) -> None:
        with transaction.atomic():
            saved(number, is_remembered=False)

    def history(number: int) -> None:
        with transaction.atomic(), acting_as(actor_id=lan.pk):
            saved(number, is_remembered=True)

    def audit(number: int) -> None:
        with transaction.atomic(), noting(), acting_as(actor_id=lan.pk):
            hold_chain(case.pk, lan.pk)
            _tell(saved(number, is_remembered=True), lan)

    def verb(number: int) -> None:
        row = Participant._base_manager.get(pk=pk)
        edit_participant(case=case, participant=row, by=lan, at=NOW, answers={"remark": f"Lần {number}"})

    return {
        "plain save": plain,
        "with history": history,
        "with history and audit": audit,
        "with history, audit, figures": audit,
        "the whole verb, read before": verb,
    }


def _tell(row: GuardedModel, by: User) -> None:
    """What every verb ends with."""
    sealed = seals.take()
    event = record(
        action="person.edit",
        outcome=AuditEvent.DONE,
        actor_id=by.pk,
        obj=row,
        case_id=row.audit_case_id,
        fields=["remark"],
        detail={"basis": "assigned"},
        row_seal=seals.digest_of(sealed),
    )
    seals.keep(event, sealed)


@contextmanager
def without_rules() -> Iterator[None]:
    """A change without its event is refused when it commits: inside, nobody asks for it."""
    table = Participant._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = 'replica'")
            yield
            cursor.execute("SET session_replication_role = 'origin'")
            return
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table]
        )
        asking = cursor.fetchall()
        for name, _made in asking:
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        for _name, made in asking:
            cursor.execute(made)


def without_figures() -> AbstractContextManager[object]:
    """Rows are sealed, and nothing else is done with what was written."""
    return patch.object(seals, "_followers", [])


WITHOUT: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "plain save": without_rules,
    "with history": without_rules,
    "with history and audit": without_figures,
}


def measure_edits(world: World) -> None:
    variants = edits(world)
    ours: dict[str, list[float]] = {name: [] for name in variants}
    both: dict[str, list[float]] = {name: [] for name in variants}
    number = 0
    for round_ in range(ROUNDS + 2):
        for name, edit in variants.items():
            without = WITHOUT.get(name, nullcontext)
            with acting_as(request_id=f"bench-{round_}-{name}"[:36]), without():
                taken = _timed(edit, number)
            number += REPEAT
            if round_ >= 2:
                ours[name].append(taken[0])
                both[name].append(taken[1])
    print(
        f"\none edit, medians of {ROUNDS} rounds of {REPEAT}: processor microseconds, ratio to the plain save"
    )
    for name in variants:
        mine, total = statistics.median(ours[name]), statistics.median(both[name])
        base, base_total = statistics.median(ours["plain save"]), statistics.median(both["plain save"])
        line = f"{name:<30}{mine:>9.0f}{mine / base:>8.2f}"
        if connection.vendor == "postgresql":
            line += f"   with the server's {total:>9.0f}{total / base_total:>8.2f}"
        print(line)


def _timed(edit: Callable[[int], None], number: int) -> tuple[float, float]:
    """Microseconds of an edit: ours alone, and with the server's process that works for us."""
    # The triggers came or went: the database plans its statements anew, once.
    for place in range(3):
        edit(-number - place)
    servers, start = _server_seconds(), time.thread_time()
    for place in range(REPEAT):
        edit(number + place)
    mine = time.thread_time() - start
    return mine / REPEAT * 1e6, (mine + _server_seconds() - servers) / REPEAT * 1e6


def _server_seconds() -> float:
    if connection.vendor != "postgresql":
        return 0.0
    pid = connection.connection.info.backend_pid
    return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0]) / 1e9


# --- writers side by side ------------------------------------------------------------------------------------------

WRITERS, SECONDS, TURNS = 8, 3.0, 3
CASES = [UUID(int=number + 1) for number in range(400)]


def append_alone(actor: UUID, case: UUID) -> None:
    """An event of the same columns that follows none."""
    columns: dict[str, object] = {
        **dict.fromkeys(COLUMNS, ""),
        **{
            "ts": clock.now(),
            "actor": actor,
            "action": "case.view",
            "object_type": "case",
            "object_id": case,
        },
        **{
            "case_id": case,
            "chain_kind": "case",
            "chain_key": uuid4(),
            "chain_seq": 1,
            "prev_hash": bytes(32),
        },
        **{"row_seal": b"", "fields": [], "detail": {"basis": "assigned"}, "reason": b"", "outcome": "read"},
    }
    insert([AuditEvent(**columns, hash=event_hash(columns))])


def append(actor: UUID, case: UUID) -> None:
    """What a reading of a case adds."""
    record(
        action="case.view",
        outcome=AuditEvent.READ,
        actor_id=actor,
        object_type="case",
        object_id=case,
        case_id=case,
        detail={"basis": "assigned"},
    )


def write(number: int, start: Any, counted: Any) -> None:
    """One writer: in turns without a chain, on the chains of many cases, on one for all."""
    random, actor = Random(number), uuid4()
    for _turn in range(TURNS):
        for how, chains in (
            ("no chain", CASES),
            ("a chain per case", CASES),
            ("one chain for all", CASES[:1]),
        ):
            with connection.cursor() as cursor:
                role = "replica" if how == "no chain" else "origin"
                cursor.execute("SELECT set_config('session_replication_role', %s, false)", [role])
            add = append_alone if how == "no chain" else append
            start.wait()
            done, until = 0, time.monotonic() + SECONDS
            while time.monotonic() < until:
                with transaction.atomic():
                    add(actor, random.choice(chains))
                done += 1
            counted.put((how, done))
            start.wait()
    connection.close()


def measure_writers() -> None:
    for case in CASES:
        with transaction.atomic():
            append(CASES[0], case)
    connections.close_all()
    forked = get_context("fork")
    start, counted = forked.Barrier(WRITERS), forked.Queue()
    writers = [forked.Process(target=write, args=(number, start, counted)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    found = [counted.get() for _ in range(WRITERS * TURNS * 3)]
    for writer in writers:
        writer.join()
    rates: dict[str, float] = {}
    for how, done in found:
        rates[how] = rates.get(how, 0) + done / SECONDS / TURNS
    print(f"\n{WRITERS} writers, {TURNS} turns of {SECONDS:.0f} s: events a second, ratio to no chain")
    for how, rate in rates.items():
        print(f"{how:<30}{rate:>9.0f}{rate / rates['no chain']:>8.2f}")
    print(f"{'a chain per case / one':<30}{rates['a chain per case'] / rates['one chain for all']:>17.2f}")


# --- the verifier --------------------------------------------------------------------------------------------------


def measure_verifier(count: int) -> None:
    lines = list(make_log(count, Random(1)).lines())
    events = [json.loads(line)["event"] for line in lines if line.startswith('{"event"')]
    print(
        f"\nthe lone file over {count:,} exported events of {len(lines[-1])} letters: events a second on one core"
    )
    start = time.thread_time()
    for event in events:
        exported_hash(event)
    print(f"{'hashing':<30}{count / (time.thread_time() - start):>9.0f}")
    start = time.thread_time()
    for line in lines:
        json.loads(line)
    print(f"{'reading JSON':<30}{count / (time.thread_time() - start):>9.0f}")
    start = time.thread_time()
    found = list(export_breaks(lines, TRUSTED, Walk()))
    taken = time.thread_time() - start
    if found:
        raise SystemExit(f"false alarm: {found[0]}")
    print(f"{'the whole check':<30}{count / taken:>9.0f}")


def measure_walk() -> None:
    walk, start = Walk(), time.thread_time()
    found = list(breaks(walk))
    taken = time.thread_time() - start
    if found:
        raise SystemExit(f"false alarm: {found[0]}")
    print(f"{'chains in the database':<30}{walk.events / taken:>9.0f}   ({walk.events} events)")


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    setup_test_environment()
    runner = get_runner(settings)(verbosity=0, interactive=False)
    with TemporaryDirectory() as folder:
        if connection.vendor == "sqlite":
            # A file with its log, as in service, not the memory that tests run in.
            connection.settings_dict["TEST"]["NAME"] = str(Path(folder) / "bench.sqlite3")
        old = runner.setup_databases(serialized_aliases=set())
        try:
            world = build_world(NOW)
            print(connection.vendor)
            measure_edits(world)
            measure_verifier(100_000)
            measure_walk()
            if connection.vendor == "postgresql":
                measure_writers()
        finally:
            runner.teardown_databases(old)
            teardown_test_environment()


if __name__ == "__main__":
    main()
