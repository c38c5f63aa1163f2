"""How no is said outside a form: a page for people, JSON for programs; never a value that was sent."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpResponse, JsonResponse
from django.template.loader import select_template
from django.utils.translation import gettext_lazy as _

from casework.audit.acting import acting
from casework.audit.log import MemoryUnavailable
from casework.base.refusals import Denied, NotVisible, Refused
from casework.http.context import bare

if TYPE_CHECKING:
    from django.http import HttpRequest

    from casework.base.refusals import Message

API: Final = "/api/"
RETRY: Final = {"Retry-After": "60"}
# What tells us that the database, or the memory in it, is not there at the moment.
AWAY: Final = (MemoryUnavailable, OperationalError, InterfaceError)

UNAVAILABLE = _("This is not possible at the moment. Try again in a minute.")
BROKEN = _("Something went wrong on our side. Nothing was changed. Try again.")
UNREADABLE = _("The request could not be read. Go back, load the page again and repeat.")
TOO_OLD = _("The page was open too long, or cookies are off. Go back, load it again and repeat.")


def problem_body(
    code: str, message: object, errors: Mapping[str, Sequence[object]] | None = None
) -> dict[str, Any]:
    """The one body every refusal has over REST."""
    return {
        "code": code,
        "message": str(message),
        "errors": {name: [str(one) for one in said] for name, said in (errors or {}).items()},
        "request_id": acting().request_id,
    }


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """The answer to a refusal no view turned into a form error; hidden and missing are one answer."""
    if isinstance(refusal, NotVisible):
        return not_found(request)
    return _answer(request, refusal.status, refusal.code, refusal.message)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No such address, no such record, or not for this person."""
    return _answer(request, 404, NotVisible.default_code, NotVisible.default_message)


def denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The person may see this but may not do that."""
    return _answer(request, 403, Denied.default_code, Denied.default_message)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from our own page, or from one that is too old."""
    return _answer(request, 403, "csrf", TOO_OLD)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Something that is not HTTP as we speak it."""
    return _answer(request, 400, "bad_request", UNREADABLE)


def unavailable(request: HttpRequest) -> HttpResponse:
    """The database or the memory cannot be reached: no data, and nothing was changed."""
    return _answer(request, 503, "unavailable", UNAVAILABLE, alone=True)


def server_error(request: HttpRequest) -> HttpResponse:
    """A programming error, or a database that went away before any view was asked."""
    if isinstance(sys.exc_info()[1], AWAY):
        return unavailable(request)
    return _answer(request, 500, "server_error", BROKEN, alone=True)


def _answer(
    request: HttpRequest, status: int, code: str, message: Message, *, alone: bool = False
) -> HttpResponse:
    headers = RETRY if status == 503 else {}
    if request.path.startswith(API):
        return JsonResponse(problem_body(code, message), status=status, headers=headers)
    template = select_template([f"errors/{status}.html", "errors/error.html"])
    context = {"status": status, "message": message}
    if not alone:
        try:
            return HttpResponse(template.render(context, request), status=status, headers=headers)
        except DatabaseError:
            # The page around the message could not be read; the message needs no database.
            return HttpResponse(template.render({**bare(), **context}), status=status, headers=headers)
    return HttpResponse(template.render({**bare(), **context}), status=status, headers=headers)
