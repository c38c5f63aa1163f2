"""Loaded by pytest with `-p` (see pyproject.toml) before it reads the settings; a conftest is too late."""

import gc
import os
import tempfile
from collections import defaultdict
from collections.abc import Generator
from typing import Any

import pytest

from config.bootstrap import PROGRAMS, find_program

os.environ.setdefault("TESTING", "1")
# Tests start the programs these variables name; empty means that there is none.
os.environ.update({name: find_program(name) for name in PROGRAMS})
# The mark of tests that need programs -> which, and what to call them when one is missing.
NEEDED = {
    "browser": (("CHROMIUM",), "NO CHROMIUM on this machine"),
    "readers": (("PDFTOTEXT", "SOFFICE"), "NO PDFTOTEXT OR NO LIBREOFFICE on this machine"),
}
# Sealed files of a run lie in a folder of its own; a process started by another finds the same one.
if "FILES_DIR" not in os.environ:
    _files = tempfile.TemporaryDirectory(prefix="casework-files-")
    os.environ["FILES_DIR"] = _files.name


# The longest files, longest first: begun last, one of them would run on alone.
LONGEST = (
    # Before any test that draws a paper: it copies its process, and the threads that draw are not copied with it.
    "tests/matrix/test_matrix.py",
    # Before any test that commits: what it forges must lie further back than its own transaction.
    "tests/audit/test_attacks.py",
    "tests/life/test_pages.py",
    "tests/life/test_browser.py",
    "tests/http/test_contract.py",
    "tests/house/test_demo.py",
    "tests/life/test_drafts.py",
    "tests/encryption/test_envelope.py",
)


def pytest_collection_finish() -> None:
    # What is imported stays to the end, and tests make no heaps of rubbish: looking through it all at every 700th
    # object would take a seventh of the time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONGEST)}
    # Stable: within a file, and for all other files, the order stays.
    items.sort(key=lambda item: places.get(item.location[0], len(LONGEST)))
    for mark, (programs, reason) in NEEDED.items():
        if all(os.environ[name] for name in programs):
            continue
        for item in items:
            if item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=reason))


# --- what the run costs: seconds of processor for each file ---

# How many files the end of a run names.
NAMED = 10
_spent: dict[str, float] = defaultdict(float)
_elsewhere = 0.0


def spend(seconds: float) -> None:
    """Count what a process used of which this one is not told, as the helpers of a browser."""
    global _elsewhere
    _elsewhere += seconds


def _processor() -> float:
    """Seconds of processor this process has used, and those it started that have ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system + _elsewhere


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    before = _processor()
    try:
        return (yield)
    finally:
        _spent[item.location[0]] += _processor() - before


def pytest_sessionfinish(session: pytest.Session) -> None:
    to_tell = getattr(session.config, "workeroutput", None)
    if to_tell is not None:
        to_tell["spent"] = dict(_spent)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    for name, seconds in getattr(node, "workeroutput", {}).get("spent", {}).items():
        _spent[name] += seconds


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Where the time goes, so that whoever adds to it sees it: processor, not clock, for others may be at work here."""
    if len(_spent) < NAMED:
        return
    terminalreporter.section(f"processor: {sum(_spent.values()):.0f} s in {len(_spent)} files")
    dearest = sorted(_spent.items(), key=lambda one: -one[1])
    for name, seconds in dearest[: int(os.environ.get("NAMED", NAMED))]:
        terminalreporter.write_line(f"{seconds:7.1f} s  {name}")
