"""A minute of the clocks' job with a million open deadlines, and the boards against a plain indexed list.

    python -m bench.deadlines [--deadlines 1000000] [--due 350]        on SQLite
    python3 -m config.cluster --durable -- .venv/bin/python -m bench.deadlines    on PostgreSQL

Everything runs in a test database that is thrown away. Targets: a minute within 5 seconds and 300 MB, boards within
1.3 of the plain list. A million clocks with some five steps each over ten days make about 350 steps a minute.
"""

import argparse
import time
from collections.abc import Callable
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min, OuterRef, Subquery
from django.test.utils import get_runner, setup_test_environment, teardown_test_environment

from bench import lists
from bench.lists import NOW, Filled, measure
from casework.access.grants import view_permission
from casework.access.lists import COUNT_CAP
from casework.access.triggers import lifted
from casework.base.codes import codes
from casework.cases.models import Case, CaseUserGrant
from casework.deadlines import queries, reminders
from casework.deadlines.machine import run_minute
from casework.deadlines.models import Alarm, Deadline
from casework.encryption.keyring import forget_keys
from casework.notifications.models import Letter, Notice, Reach
from casework.organisations.models import User
from tests.world import World, build_world

EACH = 10
BATCH = 5000
KINDS = ("risk_reassess", "contact_due", "plan_step_due", "safe_contact_confirm", "ban_decide", "measure_end")
FAR = timedelta(days=30)


def fill(world: World, deadlines: int, due: int) -> Filled:
    """So many open clocks over a tenth as many cases; `due` of them have a step in this very minute."""
    filled = lists.fill(world, deadlines // EACH, 0)
    random = Random(7)
    role = {row.code: row.string("who") for row in codes("deadline_kind")}
    plans = {kind: reminders.plan(kind, "MEDIUM") for kind in KINDS}
    now_due = set(random.sample(range(deadlines), due))
    cases = list(Case._base_manager.values_list("pk", flat=True))
    clocks: list[Deadline] = []
    alarms: list[Alarm] = []

    def flush() -> None:
        Deadline._base_manager.bulk_create(clocks, batch_size=BATCH)
        Alarm.objects.bulk_create(alarms, batch_size=BATCH)
        clocks.clear()
        alarms.clear()

    for number in range(deadlines):
        kind = KINDS[number % len(KINDS)]
        due_at = NOW if number in now_due else NOW + timedelta(seconds=random.randrange(600, 60 * 86400))
        clock = Deadline(
            created_at=NOW,
            version=1,
            case_id=cases[number % len(cases)],
            kind=kind,
            role=role[kind],
            # The constraint allows one open clock of a kind for one subject.
            subject_id=None if number < len(cases) else Deadline().pk,
            starts_at=NOW - FAR,
            due_at=due_at,
            steps=plans[kind],
        )
        steps = reminders.read(clock.steps)
        set_at = NOW - FAR if number in now_due else NOW
        clocks.append(clock)
        done = {step.name for step in steps if step.after < 0} if number in now_due else set()
        alarms.append(
            Alarm(
                pk=clock.pk,
                model="deadline",
                case=clock.case_id,
                next_at=reminders.next_at(steps, due_at, set_at=set_at, done=done),
                set_at=set_at,
            )
        )
        if len(clocks) == BATCH:
            flush()
    flush()
    nearest = (
        Deadline._base_manager.filter(case=OuterRef("pk"))
        .order_by()
        .values("case")
        .annotate(first=Min("due_at"))
    )
    Case._base_manager.update(
        next_due_at=Subquery(nearest.values("first")),
        next_due_kind="risk_reassess",
        level="MEDIUM",
        level_at=NOW - FAR,
    )
    decisions = nearest.filter(kind="ban_decide")
    Case._base_manager.update(next_decision_at=Subquery(decisions.values("first")))
    # Whoever leads a case reads it.
    due_now = Case._base_manager.filter(deadlines__due_at=NOW).distinct()
    CaseUserGrant.objects.bulk_create(
        [
            CaseUserGrant(
                user=world.lan,
                permission_id=view_permission(Case),
                content_object=case,
                opened_at=case.opened_at,
                given_at=NOW,
                source="bench",
            )
            for case in due_now
        ],
        ignore_conflicts=True,
    )
    Reach.objects.create(user=world.lan, email="lan@example.org", by_email=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return filled


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds by the clock, seconds of this process, and what came out."""
    start, used = time.perf_counter(), time.process_time()
    found = work()
    return time.perf_counter() - start, time.process_time() - used, found


def peak() -> int:
    """The most memory this program ever held, in MB; `getrusage` would tell of the one that started it too."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024


def minutes() -> None:
    """The job of a minute, and of the next, in a process of its own: what made the rows took memory too."""
    spawned = get_context("spawn")
    here, there = spawned.Pipe()
    spawned.Process(target=_minutes, args=(str(connection.settings_dict["NAME"]), there), daemon=True).start()
    for what in ("with its steps", "after it"):
        seconds, used, told, failed = here.recv()
        print(
            f"a minute {what}: {told} clocks told of in {seconds:.2f} s ({used:.2f} s of processor), "
            f"{Notice.objects.count()} notices, {Letter.objects.count()} letters, {failed} failed"
        )
    before, after = here.recv()
    print(f"memory: {after} MB at most, {before} MB of it before the minute")


def _minutes(database: str, pipe: Connection) -> None:
    connection.settings_dict["NAME"] = database
    connection.ensure_connection()
    before = peak()
    for at in (NOW, NOW):
        seconds, used, ran = timed(lambda at=at: run_minute(at))  # type: ignore[misc]
        pipe.send((seconds, used, ran.told, ran.failed))
    pipe.send((before, peak()))


def boards(filled: Filled) -> list[tuple[str, Callable[[], Any], Callable[[], Any]]]:
    every = Case._base_manager
    here, province = every.filter(commune=filled.commune), every.filter(province=filled.world.province)

    def ours(user: User, scope: str, board: str) -> Any:
        return queries.read_board(user, scope, board, at=NOW), queries.count(user, scope, board, at=NOW)

    def page(user: User, scope: str, board: str) -> Any:
        """What the page asks besides: initials, buttons, how much is overdue."""
        return queries.board(user, scope, board, at=NOW), [
            queries.count(user, scope, one, at=NOW) for one in (board, "overdue")
        ]

    def plain(rows: Any, before: Any, column: str = "next_due_at") -> Any:
        """The same cases by a plain filter, with their clocks, and their count capped like ours."""
        wanted = rows.filter(**{f"{column}__lt": before})
        found = list(wanted.select_related("commune").order_by(column, "pk")[: queries.LIST_SIZE])
        clocks = list(
            Deadline._base_manager.filter(case__in=found, state="open", due_at__lt=before).order_by("due_at")
        )
        wanted.order_by()[: COUNT_CAP + 1].count()
        return clocks

    tomorrow = queries.BOARDS["today"].before(NOW)
    return [
        (
            "all of the page: province, due today",
            lambda: page(filled.mixed, "area", "today"),
            lambda: plain(province, tomorrow),
        ),
        ("commune, due today", lambda: ours(filled.chair, "area", "today"), lambda: plain(here, tomorrow)),
        (
            "province, due today",
            lambda: ours(filled.mixed, "area", "today"),
            lambda: plain(province, tomorrow),
        ),
        (
            "province, to be decided",
            lambda: ours(filled.mixed, "area", "decisions"),
            lambda: plain(province, queries.FOREVER, "next_decision_at"),
        ),
        (
            "worker's own, week",
            lambda: ours(filled.worker, "mine", "week"),
            lambda: plain(here, NOW + 7 * queries.DAY),
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deadlines", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=350)
    chosen = parser.parse_args()
    setup_test_environment()
    runner = get_runner(settings)(verbosity=0, interactive=False)
    folder = TemporaryDirectory()
    if connection.vendor == "sqlite":
        # A file, as in service: the memory that tests run in would be counted as memory of the minute.
        connection.settings_dict["TEST"]["NAME"] = str(Path(folder.name) / "bench.sqlite3")
    old = runner.setup_databases(serialized_aliases=set())
    try:
        world = build_world(NOW)
        # Rows no verb wrote and no event seals: the triggers would refuse them.
        with transaction.atomic(), lifted():
            seconds, _used, filled = timed(lambda: fill(world, chosen.deadlines, chosen.due))
        forget_keys()
        print(f"{connection.vendor}; {chosen.deadlines:,} open deadlines ({seconds:.0f} s to make)")
        minutes()
        print(f"\n{'board / plain list':<40}{'ours':>8}{'other':>10}{'ratio':>10}")
        for what, first, second in boards(filled):
            mine, other = measure(first, second)
            print(f"{what:<40}{mine:>8.2f}{other:>10.2f}{mine / other:>10.2f}")
    finally:
        runner.teardown_databases(old)
        teardown_test_environment()
        folder.cleanup()


if __name__ == "__main__":
    main()
