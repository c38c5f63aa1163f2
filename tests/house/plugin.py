"""Loaded by pytest with `-p` (see pyproject.toml) before it reads the settings; a conftest is too late."""

import os

import pytest

from config.bootstrap import find_chromium

os.environ.setdefault("TESTING", "1")
# Browser tests start the program this names; empty means that there is none.
os.environ["CHROMIUM"] = find_chromium()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ["CHROMIUM"]:
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="NO CHROMIUM on this machine"))
