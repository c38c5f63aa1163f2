"""What `manage.py test` runs, in which order, and how it stops."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import suite
from config.bootstrap import PROGRAMS
from config.suite import Step


def step(name: str, code: str) -> Step:
    return Step(name, (sys.executable, "-c", code))


def test_the_checks_are_all_there() -> None:
    assert [step.name for step in suite.STEPS] == [
        "mypy",
        "ruff check",
        "ruff format",
        "locked requirements",
        "import contracts",
        "bandit",
        "templates",
        "message catalogue",
        "django check",
        "migrations",
    ]


def test_steps_that_pass_print_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert suite.run_steps((step("one", "print('noise')"), step("two", ""))) == 0

    lines = capsys.readouterr().out.splitlines()
    assert sorted(line.split(" (")[0] for line in lines) == ["== one: ok", "== two: ok"]


def test_the_first_failure_shows_its_output_and_stops_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = tmp_path / "late"
    steps = (
        step("slow", "import threading; threading.Event().wait(60)"),
        step("broken", "import sys; print('what is wrong'); sys.exit(3)"),
        step("never", f"open({str(late)!r}, 'w')"),
    )

    assert suite.run_steps(steps, at_once=2) == 3

    printed = capsys.readouterr().out
    assert printed.startswith("what is wrong\n== broken: FAILED (exit 3")
    assert "slow" not in printed
    assert not late.exists()


def test_the_output_of_steps_side_by_side_is_not_mixed(capsys: pytest.CaptureFixture[str]) -> None:
    talk = "import sys\nfor n in range(200): print(sys.argv[1], flush=True)\nsys.exit(sys.argv[1] == 'b')"
    steps = tuple(Step(name, (sys.executable, "-c", talk, name)) for name in ("a", "b"))

    assert suite.run_steps(steps) == 1

    printed = capsys.readouterr().out
    assert "b\n" * 200 in printed
    assert "a\n" not in printed


def test_with_arguments_only_pytest_runs_and_its_last_line_ends_the_output(tmp_path: Path) -> None:
    # From another folder, and as on a machine with none of the programs that tests drive, nor a right to install them.
    command = [sys.executable, "../manage.py", "test", "house/test_plain.py", "-p", "no:cacheprovider"]
    environment = os.environ | dict.fromkeys(PROGRAMS, "") | {"PATH": str(tmp_path)}
    done = subprocess.run(
        command, cwd=suite.ROOT / "tests", env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "== ruff check" not in done.stdout
    for notice in ("NO CHROMIUM", "NO PDFTOTEXT OR NO LIBREOFFICE"):
        assert done.stdout.index(notice) < done.stdout.index("== pytest")
    assert "1 passed" in done.stdout.splitlines()[-1]
