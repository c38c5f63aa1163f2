"""A browser for the stories of one file, and an office behind a real address for each."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.life.browsing import chromium
from tests.life.hands import hands
from tests.life.screens import Office
from tests.life.serving import serving
from tests.world import load_world


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def office(django_db_setup: None, django_db_blocker: Any, browser: Browser) -> Iterator[Office]:
    with django_db_blocker.unblock(), hands() as time:
        load_world()
        with serving() as url:
            yield Office(browser, url, time)
            # Windows that are left open would still be talking to the server.
            for context in browser.contexts:
                context.close()
