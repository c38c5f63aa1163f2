"""Asking as somebody of the cast; whatever a request changed is taken back after it."""

import json
import re
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.core.signals import got_request_exception
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from casework.access.guard import GuardedModel
from casework.accounts.actions import set_duty
from casework.base import clock
from casework.http.middleware import SEEN_AT
from tests.attachments.making import PDF
from tests.matrix.bodies import body_for
from tests.matrix.file import File
from tests.matrix.routes import Route

ANONYMOUS = "anonymous"
ON_DUTY = "minh-on-duty"
ACTORS = (
    ANONYMOUS,
    "lan",
    "minh",
    ON_DUTY,
    "dung",
    "pao",
    "hoa",
    "yen",
    "tuan",
    "mai",
    "kien",
    "son",
)
# POST is sent empty; SEND is a POST with a body (or a file) of the right shape, a key and the version it must have seen.
SEND = "SEND"
# What somebody may see or do.
TELLING = ("GET", "POST", SEND)
# No view of ours does anything for these; a view that began to would do it for these three first.
SILENT = ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
ASK_ALL = (ANONYMOUS, "lan", "tuan")

_CHANGING = (
    # Differs with every request, whoever asks.
    re.compile(rb'"request_id": ?"[^"]*"'),
    re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"'),
    re.compile(rb'name="form_key" value="[^"]*"'),
    re.compile(rb'<p class="app-print-line">[^<]*</p>'),
    # The address that was asked, where a page repeats it.
    re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
)

Ids = Mapping[str, UUID]


class Handler(BaseHandler):
    """The whole product behind one call; lighter than the test client, which copies every template's context."""

    def __init__(self) -> None:
        self.load_middleware()

    def answer(self, environ: dict[str, Any]) -> HttpResponse:
        request = WSGIRequest(environ)
        # A forged form is tried elsewhere; here everybody comes from our own page.
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        response: Any = self.get_response(request)
        found: HttpResponse = response
        return found


class Asker:
    """One person at one machine; `failed` is the stack of the last error that no view expected."""

    def __init__(self, file: File, cookies: str) -> None:
        self.file = file
        self.handler = Handler()
        self.requests = RequestFactory(headers={"Cookie": cookies} if cookies else None)
        self.failed = ""

    def ask(self, method: str, route: Route, ids: Ids) -> HttpResponse:
        """Send the request and take back all it did."""
        self.failed = ""
        with transaction.atomic():
            found = self.handler.answer(self._request(method, route, ids).environ)
            if found.streaming:
                found = HttpResponse(b"".join(cast("StreamingHttpResponse", found)), status=found.status_code)
            transaction.set_rollback(True)
        return found

    def _request(self, method: str, route: Route, ids: Ids) -> WSGIRequest:
        path = route.path(ids)
        if method != SEND:
            # An empty body is what a program sends that knows nothing.
            content_type = "application/json" if route.is_rest else "application/x-www-form-urlencoded"
            return self.requests.generic(method, path, b"", content_type=content_type)
        view = route.view_class()
        headers = {"Idempotency-Key": str(uuid4()), "If-Match": f'"{_version(view, route, ids)}"'}
        if view.takes_files:
            return self.requests.post(path, {"file": SimpleUploadedFile("a.pdf", PDF)}, headers=headers)
        body = json.dumps(body_for(view, self.file))
        return self.requests.post(path, body, content_type="application/json", headers=headers)

    def note(self, **_signal: Any) -> None:
        self.failed = traceback.format_exc()


@contextmanager
def asking(file: File, actor: str) -> Iterator[Asker]:
    """The actor signed in, for the length of the block; nothing of it stays, and no time passes."""
    now = file.world.now
    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        # Each request is taken back: once a minute had passed since the tree was signed, each would sign it anew.
        patch.setattr(clock, "now", lambda: now)
        if actor == ON_DUTY:
            set_duty(
                by=file.world.pao,
                at=now,
                user=file.world.minh,
                agency=file.world.agencies["committee"],
                starts_at=now - timedelta(hours=1),
                ends_at=now + timedelta(hours=23),
            )
        asker = Asker(file, "" if actor == ANONYMOUS else _signed_in(file, actor))
        got_request_exception.connect(asker.note)
        try:
            yield asker
        finally:
            got_request_exception.disconnect(asker.note)
            transaction.set_rollback(True)


def _signed_in(file: File, actor: str) -> str:
    client = Client()
    client.force_login(file.world.users["minh" if actor == ON_DUTY else actor])
    # The idle clock writes to the session; what it writes would be taken back each time, and cost each time.
    session = client.session
    session[SEEN_AT] = int(time.time()) + 3600
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def methods_of(route: Route, actor: str) -> list[str]:
    """Every method the person asks; SEND only where a body is read as JSON."""
    methods = [*TELLING, *(SILENT if actor in ASK_ALL else ())]
    takes = route.is_rest and hasattr(route.view_class, "post")
    takes = takes and "post" in {name.lower() for name in route.view_class.http_method_names}
    return methods if takes else [method for method in methods if method != SEND]


def comparable(answer: HttpResponse) -> bytes:
    """The body without what is different in every answer."""
    body = answer.content
    for pattern in _CHANGING:
        body = pattern.sub(b"", body)
    return body


def _version(view: Any, route: Route, ids: Ids) -> int:
    model = getattr(view, "parent", None) or view.model
    if not route.params or not issubclass(model, GuardedModel):
        return 1
    row = model._base_manager.filter(pk=ids[route.params[0]]).values_list("version", flat=True).first()
    return int(row or 1)
