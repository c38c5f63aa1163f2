"""Twenty writers at once, killed at random: every number of a register given once, and none left out."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from config.bootstrap import ROOT

WRITERS, KILLS = 20, 20
# Each signs a ban and its paper, minutes, a file that was sent and two letters.
NUMBERS = {"decisions": WRITERS, "minutes": WRITERS, "letters": 3 * WRITERS}


def test_twenty_writers_take_numbers_without_a_gap_or_a_double(
    surroundings: dict[str, str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.issuing", str(tmp_path), str(WRITERS), str(KILLS)],
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
    assert (seen["answered"], seen["answered twice"], seen["kept"]) == (WRITERS * 6, 0, True)
    assert set(seen["gapless"].values()) == {True}
    assert seen["numbers"] == seen["counted"] == NUMBERS
    assert seen["of the decision"]
    assert seen["says its number"]
    assert (seen["breaks"], seen["unsealed"]) == ([], [])
