"""A consignment of a hundred thousand cases of one province and one quarter: prepared, prepared again, taken away.

    python -m bench.consignments [--size 100000]

Tells the time of each step and how much more memory the process had at most during it. Everything runs in
a test database that is thrown away.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.test.utils import get_runner, setup_test_environment, teardown_test_environment

from bench.cube import NOW, fill, timed
from casework.access.triggers import lifted
from casework.national_database import queries
from casework.national_database.actions import prepare_consignment
from casework.people.models import Person
from casework.statistics.cube import forget_facts
from casework.statistics.dimensions import months_in
from casework.statistics.facts import rebuild
from casework.statistics.models import CaseFact
from tests.national_database.making import checked, second, sign
from tests.world import World, build_world


def say(what: str, run: Callable[[], Any], beside: Callable[[Any], str]) -> Any:
    before = _megabytes("VmRSS")
    # From here on the most is counted anew.
    Path("/proc/self/clear_refs").write_text("5")
    took, found = timed(run)
    more = _megabytes("VmHWM") - before
    print(f"{what:<40}{took / 1000:>8.1f} s  at most {more:>+5.0f} MB  {beside(found)}", flush=True)
    return found


def _megabytes(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


def measure(world: World) -> None:
    period = queries.dues_of(world.mai, world.province, world.now)[0].of.code
    months = months_in(period)
    CaseFact.objects.update(province=world.province, commune=world.commune, month=months.start)
    forget_facts()
    answers, by = {"period": period}, second(world)
    say(
        "all facts into memory",
        lambda: queries.select(months, [world.province]),
        lambda found: f"{len(found):,}",
    )

    def prepare() -> Any:
        return prepare_consignment(by=by, at=world.now, answers=answers)

    def rows(record: Any) -> str:
        return f"{sum(queries.sent_of(record, code) for code in record.counts):,} rows"

    say("prepared", prepare, rows)
    say("prepared again, nothing new", prepare, rows)
    say("checked and signed", lambda: sign(world, checked(world)), rows)
    record = queries.received(world.province, period) or queries.last_edition(world.province, period)
    assert record is not None
    for kind in queries.FILES:

        def taken(kind: str = kind) -> int:
            file = queries.file_of(world.mai, record.pk, kind=kind, purpose="send_up", at=world.now)
            return sum(len(part) for part in file.content)

        say(f"taken away as {kind}", taken, lambda size: f"{size / 1e6:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000)
    size = parser.parse_args().size
    setup_test_environment()
    runner = get_runner(settings)(verbosity=0, interactive=False)
    old = runner.setup_databases(serialized_aliases=set())
    try:
        world = build_world(NOW)
        print(f"{connection.vendor}; {size:,} cases")
        fill(world, size)
        with transaction.atomic(), lifted():
            Person.objects.everything(reason="bench").update(nationality="vietnamese")
        rebuild()
        measure(world)
    finally:
        runner.teardown_databases(old)
        teardown_test_environment()


if __name__ == "__main__":
    main()
