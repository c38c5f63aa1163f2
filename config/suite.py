"""What `python3 manage.py test` runs: every check of the tree, then pytest, whose last line is the last."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = Path(PYTHON).parent


@dataclass(frozen=True)
class Step:
    """One check: a name to print and the command whose exit code decides."""

    name: str
    command: tuple[str, ...]


STEPS = (
    # The slowest first: the short ones pass beside it.
    Step("mypy", (PYTHON, "-m", "mypy")),
    Step("ruff check", (PYTHON, "-m", "ruff", "check", ".")),
    Step("ruff format", (PYTHON, "-m", "ruff", "format", "--check", ".")),
    Step("locked requirements", (PYTHON, "-m", "config.lock")),
    Step("import contracts", (str(BIN / "lint-imports"),)),
    Step("bandit", (PYTHON, "-m", "bandit", "-q", "-c", "pyproject.toml", "-r", "casework", "config")),
    Step("templates", (PYTHON, "-m", "config.markup")),
    Step("message catalogue", (PYTHON, "-m", "config.catalogue", "check")),
    Step("django check", (PYTHON, "manage.py", "check", "--fail-level", "WARNING")),
    Step("migrations", (PYTHON, "manage.py", "makemigrations", "--check", "--dry-run")),
)

# What waits for processors, not for one another: the whole suite, and the long proofs.
WHOLE: tuple[list[str], ...] = ([], ["tests"], ["tests/soak"])
# A file stays on one processor, whole. The order is that of tests/house/plugin.py: left to themselves, the files with
# the fewest tests come last, however long they take.
SIDE_BY_SIDE = ("--dist", "loadfile", "--no-loadscope-reorder")

NO_CHROMIUM = """
*******************************************************************************
*  NO CHROMIUM: the browser tests are SKIPPED. Nothing below says that pages  *
*  work in a browser. Install Debian's chromium and run this command again.   *
*******************************************************************************
"""

NO_READERS = """
*******************************************************************************
*  NO PDFTOTEXT OR NO LIBREOFFICE: the tests that open papers and workbooks   *
*  with other programs than our own libraries are SKIPPED. Install Debian's   *
*  poppler-utils, libreoffice-writer-nogui and libreoffice-calc-nogui and run *
*  this command again.                                                        *
*******************************************************************************
"""


def main(arguments: list[str]) -> int:
    """Run all steps, then pytest; with `arguments` only pytest with them. Returns the exit code."""
    if not arguments:
        code = run_steps(STEPS)
        if code:
            return code
    if not os.environ.get("CHROMIUM"):
        say(NO_CHROMIUM)
    if not (os.environ.get("PDFTOTEXT") and os.environ.get("SOFFICE")):
        say(NO_READERS)
    _pytest(arguments)


def run_steps(steps: tuple[Step, ...], *, at_once: int = 2) -> int:
    """Run `steps`, `at_once` side by side; print each as it ends; stop them all at the first that fails.

    Returns 0, or the exit code of the step that failed.
    """
    running: list[subprocess.Popen[bytes]] = []
    failed = Event()

    def run(step: Step) -> tuple[Step, int, float, str] | None:
        if failed.is_set():
            return None
        started = time.monotonic()
        with TemporaryFile() as output:
            process = subprocess.Popen(step.command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
            running.append(process)
            code = process.wait()
            if code:
                failed.set()
            output.seek(0)
            return step, code, time.monotonic() - started, output.read().decode(errors="replace")

    with ThreadPoolExecutor(at_once) as pool:
        jobs = [pool.submit(run, step) for step in steps]
        for job in as_completed(jobs):
            ended = job.result()
            if ended is None:
                continue
            step, code, seconds, output = ended
            if code == 0:
                say(f"== {step.name}: ok ({seconds:.1f} s)")
                continue
            for process in running:
                process.terminate()
            say(f"{output.rstrip()}\n== {step.name}: FAILED (exit {code}, {' '.join(step.command)})")
            return code
    return 0


def _pytest(arguments: list[str]) -> NoReturn:
    here = Path.cwd()
    if here != ROOT:
        # A path is meant from where the person stands; pytest stands at the root, where its settings are.
        arguments = [str(here / word) if Path(word.split("::")[0]).exists() else word for word in arguments]
        os.chdir(ROOT)
    if arguments in WHOLE:
        arguments = [*arguments, "-n", str(os.cpu_count() or 1), *SIDE_BY_SIDE]
    say(f"== pytest {' '.join(arguments)}".rstrip())
    os.execv(PYTHON, [PYTHON, "-m", "pytest", *arguments])


def say(text: str) -> None:
    print(text, flush=True)
