"""The minute job killed twenty times, two of it at once, after a day off: everybody told once, nobody twice or never."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings

KILLS = 20
# Even twenty runs that get this far leave something to be done: a whole one asks the database more than 2000 times.
STATEMENTS = 100
# A message a killed worker held is free again after a minute.
APART = 2
# Runs that may be needed: on a busy machine one ends before it is through.
ROUNDS = 60


def begin(environment: dict[str, str], what: str, *answers: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.soak.stage", what, *map(str, answers)],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def stage(environment: dict[str, str], what: str, *answers: object) -> str:
    process = begin(environment, what, *answers)
    said, complaint = process.communicate()
    assert process.returncode == 0, complaint
    return said


def test_killed_again_and_again_everybody_is_told_once(surroundings: dict[str, str], tmp_path: Path) -> None:
    random = Random(11)
    stage(surroundings, "build")
    killed = 0
    while killed < KILLS:
        together = range(2 if killed % 3 == 0 else 1)
        runs = [begin(surroundings, "work", 0, random.randint(1, STATEMENTS)) for _one in together]
        complaints = [process.communicate()[1] for process in runs]
        assert [process.returncode for process in runs] == [-signal.SIGKILL for _one in runs], complaints
        killed += len(runs)

    for later in range(APART, ROUNDS * APART, APART):
        stage(surroundings, "work", later, 0)
        found: dict[str, Any] = json.loads(stage(surroundings, "report"))
        if (
            "waiting" not in found["states"]
            and found["told_of"] == found["clocks"]
            and not found["waiting_now"]
        ):
            break

    assert found["told_of"] == found["clocks"] >= 120
    assert (found["told_twice"], found["waiting_now"], found["litter"]) == (0, 0, 0)
    assert found["states"] == ["sent"]
    assert found["files"] == found["messages"]
    assert found["breaks"] == []
