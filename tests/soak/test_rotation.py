"""Killed with -9 twenty times while others write and read, no exchange of keys loses or hides a value."""

import json
import os
import subprocess
import sys
from typing import Any

import psycopg
import pytest
from django.conf import settings

from config.bootstrap import ROOT

KILLS = 20
NAME = "casework_rotating"


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What `tests.soak.rotating` saw on a database of its own: a file, or one more beside that of the tests.

    It ends at once, with what was wrong, when a value did not open after a kill, a seal did not match, or what was
    written last was gone.
    """
    folder = tmp_path_factory.mktemp("rotating")
    told = {"TESTING": "1", "DATA_DIR": str(folder), "FILES_DIR": str(folder / "files")}
    if url := os.environ.get("DATABASE_URL", ""):
        server = settings.DATABASES["default"]
        with psycopg.connect(
            host=server["HOST"],
            port=server["PORT"] or None,
            user=server["USER"],
            password=server["PASSWORD"],
            dbname="postgres",
            autocommit=True,
        ) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {NAME}")
            connection.execute(f"CREATE DATABASE {NAME}")
        told["DATABASE_URL"] = url.rsplit("/", 1)[0] + "/" + NAME
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.rotating", str(folder), str(KILLS)],
        cwd=ROOT,
        env=os.environ | told | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("what", ["data", "master", "index"])
def test_each_exchange_was_killed_twenty_times_and_often_in_the_middle(seen, what):
    assert seen[what]["kills"] == KILLS
    assert seen[what]["middle"] >= KILLS // 2


def test_others_wrote_and_read_all_the_while(seen):
    assert seen["writes"]["writes"] >= KILLS
    assert seen["reads"]["rounds"] >= KILLS
    assert seen["reads"]["values"] > 1000


def test_an_old_key_that_is_still_needed_was_never_dropped(seen):
    assert seen["master"]["refused"] > 0
    assert seen["index"]["refused"] > 0
    assert seen["end"]["kept for the memory"]


def test_run_to_the_end_everything_is_under_the_new_keys_and_opens_without_the_old_ones(seen):
    assert seen["end"]["only the newest key is named"]
    assert seen["end"]["values as before"]
    assert seen["end"]["found as before"]
    assert " 0 do not open" in seen["end"]["check"]


def test_a_second_run_does_nothing(seen):
    assert [said[:13] for said in seen["end"]["second run"]] == ["Nothing to do"] * 3
    assert seen["end"]["second run changes nothing"]


def test_the_memory_is_whole(seen):
    assert seen["end"]["memory"] == []
