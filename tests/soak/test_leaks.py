"""Nothing that is sealed lies anywhere in clear: databases, their logs, temporary files, the store, exports, backups.

A program of its own lives a day on a database on disk, with a canary in every sealed field and in all that is typed,
searched for, attached and broken. Everything it, its server and its database have written is looked through, byte for
byte and in every encoding; also files that are gone by then, which are kept by a second name when they are removed.
"""

import base64
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from config.cluster import CARELESS, cluster
from tests.soak.canaries import TEXT, aligned, look, look_into, ways_of

# More than any server logs: every statement with all its values.
TALKATIVE = (
    *CARELESS,
    "log_statement=all",
    "log_parameter_max_length=-1",
    "log_parameter_max_length_on_error=-1",
    "log_min_error_statement=debug5",
)
# Read by every Python before anything else: what is removed keeps a second name, and temporary files have a first.
SITE = """
import os, sys, tempfile
tempfile._O_TMPFILE_WORKS = False
_count = 0
def _keep(event, args):
    global _count
    if event == "os.remove":
        _count += 1
        where = f"{os.environ['KEPT_DIR']}/{os.getpid()}-{_count}"
        try:
            os.link(args[0], where, src_dir_fd=None if args[1] == -1 else args[1])
        except OSError:
            pass
sys.addaudithook(_keep)
"""


@contextmanager
def living(folder: Path, url: str) -> Iterator["subprocess.Popen[str]"]:
    """The program that plants, on that database (SQLite when there is none named)."""
    for name in ("data", "tmp", "kept", "logs", "exports", "backups", "site"):
        (folder / name).mkdir(mode=0o700)
    (folder / "site" / "sitecustomize.py").write_text(SITE)
    named = {
        "DATA_DIR": folder / "data",
        "TMPDIR": folder / "tmp",
        "KEPT_DIR": folder / "kept",
        "FILES_DIR": folder / "data" / "files",
        "PYTHONPATH": os.pathsep.join([str(folder / "site"), str(settings.BASE_DIR)]),
        "DATABASE_URL": url,
        "PYTHONDONTWRITEBYTECODE": "1",
        "TESTING": "1",
    }
    environ = os.environ | {name: str(value) for name, value in named.items()}
    with (folder / "logs" / "program").open("wb") as log:
        program = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.planting", str(folder)],
            cwd=settings.BASE_DIR,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        yield program
    finally:
        program.kill()
        program.communicate()


def reach(program: Any, word: str, folder: Path) -> None:
    said = program.stdout.readline().strip()
    assert said == word, (folder / "logs" / "program").read_text()[-3000:]


def go_on(program: Any) -> None:
    program.stdin.write("\n")
    program.stdin.flush()


@pytest.mark.parametrize("vendor", ["sqlite", "postgresql"])
def test_nothing_lies_in_clear_and_what_would_is_found(tmp_path: Path, vendor: str):
    server = cluster(TALKATIVE) if vendor == "postgresql" else nullcontext("")
    with server as url:
        # The server's folder: data, log of writing ahead, what it said.
        home = [Path(url.split("@")[1].rsplit("/", 1)[0])] if url else []
        with living(tmp_path, url) as program:
            reach(program, "planted", tmp_path)
            looked = time.time()
            assert "\n".join(map(str, look(tmp_path, *home))) == ""
            went_by = list((tmp_path / "kept").iterdir())
            assert any(path.stat().st_size > 500_000 for path in went_by)
            go_on(program)

            reach(program, "quiet", tmp_path)
            since, looked = looked, time.time()
            assert "\n".join(map(str, look(tmp_path, *home, since=since))) == ""
            go_on(program)

            reach(program, "leaked", tmp_path)
            places = {place_of(hit.path, tmp_path) for hit in look(tmp_path, *home, since=looked)}
            inside = {"data/casework.sqlite3-wal"} if vendor == "sqlite" else {"base", "pg_wal", "server.log"}
            assert {"kept", "data/files", "logs", "backups", "exports"} | inside <= places


def place_of(path: Path, folder: Path) -> str:
    """Which kind of place a file lies in."""
    if not path.is_relative_to(folder):
        return next((part for part in ("base", "pg_wal", "server.log") if part in path.parts), path.name)
    parts = path.relative_to(folder).parts
    return parts[0] if parts[0] != "data" else "/".join(parts[:2])


@pytest.mark.parametrize("way", sorted(ways_of(TEXT)))
def test_every_way_of_writing_it_is_looked_for(tmp_path: Path, way: bytes):
    (tmp_path / "file").write_bytes(b"\x00" * 4093 + way + b"\xff" * 77)
    assert len(list(look_into(tmp_path / "file"))) == 1


def test_base64_is_found_wherever_it_begins():
    for before in range(6):
        whole = base64.b64encode(os.urandom(before) + TEXT.encode() + os.urandom(5))
        assert any(one in whole for one in aligned(TEXT.encode()))
