"""What sealing costs of the product's own pages and verbs: each as it is, and with its texts left open, in turns.

    python -m bench.sealed_pages                                               on SQLite
    python3 -m config.cluster -- .venv/bin/python -m bench.sealed_pages        on PostgreSQL

Two processes, each with its own test database and the same office. In one of them nothing is sealed: columns hold the
same bytes before they are enciphered, no key is made or looked for, everything else is as it was. Both are asked for
the same thing in turns; processor time is that of the process that answers. bench.encryption has bare rows.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.db import connection, models
from django.test import Client
from django.test.utils import get_runner, setup_test_environment
from django.urls import reverse

from casework.base import clock
from casework.encryption import keyring
from casework.encryption.fields import SealedField, _held, _Ready
from casework.encryption.tokens import CLOSED, Sealed
from tests.world import World, build_world

CASES, ROUNDS = 60, 15
REPEAT = {"list": 4, "detail": 4, "people": 4, "create": 2}
TARGETS = {"list": 1.4, "detail": 1.2, "people": 1.2, "create": 1.25}


def leave_open() -> None:
    """From now on columns hold what would have been sealed."""

    def pre_save(field: Any, row: models.Model, add: bool) -> bytes:
        held = _held(row, field)
        if held.plain is CLOSED:
            return _Ready(held.token or b"")
        payload = field._pack(held.plain)
        row.__dict__[field.attname] = Sealed(payload, field._unpack(payload), fresh=True)
        return _Ready(payload)

    for owner, name, instead in (
        (SealedField, "pre_save", pre_save),
        (SealedField, "payload", lambda _field, _row, token: token),
        (keyring, "sealed_dek_ids", lambda _rows: set()),
    ):
        patch.object(owner, name, instead).start()


def office(world: World) -> dict[str, Callable[[], object]]:
    """What is asked of it."""
    client = Client(headers={"accept-language": "vi"})
    client.force_login(world.lan)
    cases = [world.case(at=world.now - timedelta(hours=1, minutes=number)) for number in range(CASES)]

    def page(name: str, *args: object) -> Callable[[], object]:
        address = reverse(name, args=args)

        def asked() -> object:
            answer = client.get(address)
            if answer.status_code != 200:
                raise SystemExit(f"{address} answered {answer.status_code}")
            return answer

        return asked

    return {
        "list": page("case-list"),
        "detail": page("case", cases[0].pk),
        "people": page("case-people", cases[0].pk),
        "create": lambda: world.case(at=world.now),
    }


def serve(pipe: Connection, is_open: bool, folder: str) -> None:
    """One of the two: builds its office, then answers each thing asked with the seconds it took."""
    if is_open:
        leave_open()
    setup_test_environment()
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(Path(folder) / f"open-{is_open}.sqlite3")
    else:
        connection.settings_dict["TEST"]["NAME"] = f"bench_pages_{'open' if is_open else 'sealed'}"
    runner = get_runner(settings)(verbosity=0, interactive=False)
    old = runner.setup_databases(serialized_aliases=set())
    try:
        before = size()
        asked = office(build_world(clock.now()))
        pipe.send(size() - before)
        while what := pipe.recv():
            start = time.process_time()
            for _ in range(REPEAT[what]):
                asked[what]()
            pipe.send((time.process_time() - start) / REPEAT[what])
    finally:
        runner.teardown_databases(old)


def size() -> int:
    """Bytes the database takes."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        else:
            cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def main() -> None:
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    spawned = get_context("spawn")
    with TemporaryDirectory() as folder:
        pipes = {}
        for name, is_open in (("open", True), ("sealed", False)):
            here, there = spawned.Pipe()
            spawned.Process(target=serve, args=(there, is_open, folder), daemon=True).start()
            pipes[name] = here
        sizes = {name: pipe.recv() for name, pipe in pipes.items()}
        taken: dict[str, dict[str, list[float]]] = {what: {name: [] for name in pipes} for what in REPEAT}
        for round_ in range(ROUNDS + 2):
            for what in REPEAT:
                for name, pipe in pipes.items():
                    pipe.send(what)
                    seconds = pipe.recv()
                    if round_ >= 2:
                        taken[what][name].append(seconds)
        for pipe in pipes.values():
            pipe.send("")
    print(f"{connection.vendor}: processor milliseconds, sealed / left open (medians of {ROUNDS} rounds)")
    for what, found in taken.items():
        sealed, open_ = (statistics.median(found[name]) * 1000 for name in ("sealed", "open"))
        print(f"{what:<10}{sealed:>9.1f}{open_:>9.1f}{sealed / open_:>8.2f}   target {TARGETS[what]}")
    sealed, open_ = sizes["sealed"] / 1e6, sizes["open"] / 1e6
    print(f"{'disk, MB':<10}{sealed:>9.1f}{open_:>9.1f}{sealed / open_:>8.2f}   target 1.5   ({CASES} cases)")


if __name__ == "__main__":
    main()
