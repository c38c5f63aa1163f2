"""The minute job killed twenty times, two of it at once, after a day off: everybody told once, nobody twice or never."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings

KILLS = 20
# Long enough for a whole run on a busy machine.
PATIENCE = 300


def stage(what: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.stage", what],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def begin(environment: dict[str, str]) -> subprocess.Popen[str]:
    """One run of the job, known to have begun."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.soak.stage", "work"],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_killed_again_and_again_everybody_is_told_once(surroundings: dict[str, str], tmp_path: Path) -> None:
    random = Random(11)
    stage("build", surroundings)
    killed = 0
    while killed < KILLS:
        pair = [begin(surroundings) for _one in range(2 if killed % 3 == 0 else 1)]
        for process in pair:
            time.sleep(random.uniform(0.0, 0.4))
            killed += process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait()

    # A message a killed worker held is free again after a minute, and a run on a busy machine ends before it is through:
    # the job goes on until nothing waits.
    deadline = time.monotonic() + PATIENCE
    while True:
        stage("work", surroundings)
        found: dict[str, Any] = json.loads(stage("report", surroundings))
        waits = "waiting" in found["states"] or found["told_of"] < found["clocks"] or found["waiting_now"]
        if not waits or time.monotonic() > deadline:
            break
        time.sleep(5)

    assert found["told_of"] == found["clocks"] >= 120
    assert (found["told_twice"], found["waiting_now"], found["litter"]) == (0, 0, 0)
    assert found["states"] == ["sent"]
    assert found["files"] == found["messages"]
    assert found["breaks"] == []
