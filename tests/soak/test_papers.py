"""Twenty writers at once, killed at random: every number of a register given once, and none left out."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from config.bootstrap import ROOT

WRITERS, PAPERS, KILLS = 20, 6, 20


def test_twenty_writers_take_numbers_without_a_gap_or_a_double(
    surroundings: dict[str, str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.issuing", str(tmp_path), *map(str, (WRITERS, PAPERS, KILLS))],
        cwd=ROOT,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])

    # A page that could not be written would have ended its writer: nobody was sent away.
    assert (seen["killed"], seen["middle"] >= KILLS // 2) == (KILLS, True)
    assert (seen["papers"], seen["answered"], seen["answered twice"]) == (WRITERS * PAPERS,) * 2 + (0,)
    assert seen["kept"]
    assert seen["gapless"] == seen["last"] == [True, True]
    assert seen["says its number"]
    assert (seen["breaks"], seen["unsealed"]) == ([], [])
