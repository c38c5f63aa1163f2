"""Requests that run into something broken: in the view, in the database, while the answer is drawn."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.db import DataError, OperationalError, connection
from django.http import HttpResponse
from django.template.base import Template
from rest_framework.renderers import JSONRenderer

from casework.http.logs import ALLOWED, JsonFormatter
from tests.matrix.asking import SEND, Asker, Handler, Ids
from tests.matrix.routes import Route

CANARY = "chim-hoàng-yến-Ở-đây"
# What every error here is told with, as those of a driver or a library are.
QUOTED = f"{CANARY} SELECT full_name FROM casework_person WHERE id = '{CANARY}' in {__file__}"
# What must stand in no answer and in no log: values, statements, tables, errors, places of this machine.
SECRET = (
    CANARY,
    json.dumps(CANARY)[1:-1],
    # What the matrix sends in every text of a body.
    "Đúng như đã ghi",
    "SELECT",
    "casework_",
    "Traceback",
    "DataError",
    "OperationalError",
    "Broken",
    str(Path(__file__).parents[2]),
    "site-packages",
    ".py",
)
# A log says where, relative to the product, and which kind of error: it is read by whoever runs the server.
SAID_IN_LOGS = ("DataError", "OperationalError", "Broken", "site-packages", ".py")
LOGGED = {"time", "level", "logger", "message", "request_id", "exception", "at", *ALLOWED}


class Broken(Exception):
    """What nobody expected."""


class Fault:
    """One thing that breaks once; `happened` says that the request has come to it."""

    happened = False

    def break_(self, error: type[Exception] = Broken) -> None:
        self.happened = True
        raise error(QUOTED)


Way = Callable[[], AbstractContextManager[Fault]]


@contextmanager
def in_the_view() -> Iterator[Fault]:
    """The body of the view raises, whatever it is: the first line of the function somebody wrote for this address."""
    fault, before = Fault(), sys.gettrace()

    def trace(frame: FrameType, event: str, _arg: object) -> None:
        if event == "call" and not fault.happened and _is_view(frame):
            fault.break_()

    sys.settrace(trace)
    try:
        yield fault
    finally:
        sys.settrace(before)


def _is_view(frame: FrameType) -> bool:
    path, name = Path(frame.f_code.co_filename), frame.f_code.co_name
    if {"rest_framework", "generic"} & set(path.parts):
        return False
    if path.name == "rest.py":
        return name in ("get", "post")
    return (
        path.name in ("views.py", "api.py", "i18n.py", "health.py", "draft_pages.py") or name == "still_here"
    )


def in_the_database(place: int, error: type[Exception]) -> Way:
    """The query in that place raises, told as a driver tells it: with the statement and its parameters."""

    @contextmanager
    def way() -> Iterator[Fault]:
        fault, asked = Fault(), 0

        def execute(run: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
            nonlocal asked
            # The cache may lose what it is told: Django goes on when it cannot write to it, in a savepoint of its own.
            asked += "cache_entry" not in sql and "SAVEPOINT" not in sql
            if asked == place and not fault.happened:
                fault.break_(error)
            return run(sql, params, many, context)

        with connection.execute_wrapper(execute):
            yield fault

    return way


@contextmanager
def in_the_drawing() -> Iterator[Fault]:
    """The template of a page, or what writes JSON, raises; the page that says so is drawn as ever."""
    fault = Fault()
    draw, write = Template.render, JSONRenderer.render

    def drawing(self: Template, context: Any) -> Any:
        if not fault.happened and not str(self.name).startswith("errors/"):
            fault.break_()
        return draw(self, context)

    def writing(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not fault.happened:
            fault.break_()
        return write(self, *args, **kwargs)

    Template.render, JSONRenderer.render = drawing, writing  # type: ignore[method-assign]
    try:
        yield fault
    finally:
        Template.render, JSONRenderer.render = draw, write  # type: ignore[method-assign]


WAYS: dict[str, Way] = {
    "in the view": in_the_view,
    "in the drawing": in_the_drawing,
    "in the first query": in_the_database(1, DataError),
    "in a later query": in_the_database(4, DataError),
    "without a database": in_the_database(2, OperationalError),
}


class FailingHandler(Handler):
    """The whole product, in which something breaks once the view of a request has begun."""

    way: Way
    fault: Fault | None = None
    _breaking: AbstractContextManager[Fault] | None = None

    def make_view_atomic(self, view: Any) -> Any:
        inner = super().make_view_atomic(view)

        def begin(*args: Any, **kwargs: Any) -> Any:
            self._breaking = self.way()
            self.fault = self._breaking.__enter__()
            return inner(*args, **kwargs)

        return begin

    def answer(self, environ: dict[str, Any]) -> HttpResponse:
        self.fault = self._breaking = None
        try:
            return super().answer(environ)
        finally:
            if self._breaking is not None:
                self._breaking.__exit__(None, None, None)


def failing(asker: Asker, canary: str = CANARY) -> FailingHandler:
    """Let this person's requests run into what breaks, and send a canary with each form."""
    asker.handler = FailingHandler()
    plain = asker._request

    def request(method: str, route: Route, ids: Ids) -> WSGIRequest:
        if method == "POST" and not route.is_rest:
            sent = dict.fromkeys(("q", "text", "password", "full_name", "reason"), canary)
            return asker.requests.post(route.path(ids), sent)
        return plain(method, route, ids)

    asker._request = request  # type: ignore[method-assign]
    return asker.handler


def wrong_with(answer: HttpResponse, route: Route) -> list[str]:
    """What an answer tells that it must not, and what it lacks."""
    body = answer.content.decode() + str(answer.headers)
    found = [f"tells {secret}" for secret in SECRET if secret in body]
    if answer.status_code not in (500, 503):
        found.append(f"answers {answer.status_code}")
    elif route.pattern.startswith("api/"):
        told = json.loads(answer.content)
        if set(told) != {"code", "message", "errors", "reasons", "request_id"} or told["errors"]:
            found.append(f"is no problem: {told}")
    elif route.pattern.startswith("health/"):
        # A word for a machine.
        found += [] if answer.content == b"not ready" or "<h1" in body else ["is no word"]
    elif "<h1" not in body or 'lang="vi"' not in body:
        found.append("is no page")
    return found


@contextmanager
def logged() -> Iterator[list[str]]:
    """What stands in the log afterwards, as a server writes it."""
    out: list[str] = []
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    try:
        yield out
    finally:
        logging.getLogger().removeHandler(handler)
        out += stream.getvalue().splitlines()


def wrong_in(line: str) -> list[str]:
    """What a line of the log says that it must not."""
    found = [f"says {secret}" for secret in SECRET if secret in line and secret not in SAID_IN_LOGS]
    told = json.loads(line)
    return found + [f"has {key}" for key in told if key not in LOGGED]


METHODS = ("GET", "POST", SEND)
