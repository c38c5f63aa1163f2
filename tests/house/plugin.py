"""Loaded by pytest with `-p` (see pyproject.toml) before it reads the settings; a conftest is too late."""

import gc
import os
import tempfile

import pytest

from config.bootstrap import find_chromium

os.environ.setdefault("TESTING", "1")
# Browser tests start the program this names; empty means that there is none.
os.environ["CHROMIUM"] = find_chromium()
# Sealed files of a run lie in a folder of its own; a process started by another finds the same one.
if "FILES_DIR" not in os.environ:
    _files = tempfile.TemporaryDirectory(prefix="casework-files-")
    os.environ["FILES_DIR"] = _files.name


# The longest files, longest first: begun last, one of them would run on alone.
LONGEST = (
    "tests/life/test_pages.py",
    "tests/matrix/test_matrix.py",
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
    if os.environ["CHROMIUM"]:
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="NO CHROMIUM on this machine"))
