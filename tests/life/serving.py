"""The product behind a real address, for a browser: committed rows, one request at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from pytest_django.live_server_helper import LiveServer

from casework.access.triggers import lifted
from tests.application import everybody_acting_in
from tests.world import build_world


class OneAtATime(StaticFilesHandler):
    """A database in memory is one connection: two requests on it at once would share a transaction."""

    _turn = threading.Lock()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if self._should_handle(environ["PATH_INFO"]):
            return super().__call__(environ, start_response)
        with self._turn:
            return super().__call__(environ, start_response)


class Server(LiveServer):
    """The live server of pytest-django, with requests in turn."""

    def __init__(self) -> None:
        super().__init__("localhost", start=False)
        self.thread.static_handler = OneAtATime
        self.start()

    def stop(self) -> None:
        # A connection that is just closing still looks at the database, and must not find it taken away.
        for thread in threading.enumerate():
            if thread.name.endswith("(process_request_thread)"):
                thread.join(timeout=10)
        super().stop()


@contextmanager
def serving() -> Iterator[str]:
    """The address of a server on the database of the tests; what was written is gone afterwards."""
    server = Server()
    try:
        with server._live_server_modified_settings:
            yield server.url
    finally:
        server.stop()
        # Rows that a browser shall see are committed, so they are not rolled back: others start from the cast.
        with everybody_acting_in("owner"), lifted():
            call_command("flush", interactive=False, verbosity=0)
        build_world()
