"""How no is said outside a form: a page for people, JSON for programs; never a value that was sent."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from django.db import Error, InterfaceError, OperationalError
from django.http import HttpResponse, JsonResponse
from django.template.loader import select_template
from django.utils.translation import gettext_lazy as _

from casework.audit.acting import acting
from casework.audit.log import MemoryUnavailable
from casework.base.refusals import Denied, Erased, InvalidInput, NotVisible, Refused, Stale
from casework.encryption import CannotOpen, KeysUnavailable
from casework.encryption.keyring import KeyDestroyed
from casework.http.context import bare

if TYPE_CHECKING:
    from django.http import HttpRequest

    from casework.base.refusals import Message

_log = logging.getLogger("casework.errors")

API: Final = "/api/"
RETRY: Final = {"Retry-After": "60"}
# What tells us that the database, the memory in it, or a key is not there at the moment.
AWAY: Final = (MemoryUnavailable, KeysUnavailable, OperationalError, InterfaceError)

# The pages say these better by themselves.
_PLAIN: Final = (Denied.default_message, NotVisible.default_message, Stale.default_message)

UNAVAILABLE = _("This is not possible at the moment. Try again in a minute.")
BROKEN = _("Something went wrong on our side. Nothing was changed. Try again.")
DAMAGED = _(
    "A stored value was damaged: it cannot be opened. This was reported; nothing was changed. "
    "The rest of the case can be used."
)
UNREADABLE = _("The request could not be read. Go back, load the page again and repeat.")
FORM_ONLY = _("This address only takes a form: go back to the page and press its button again.")
BEYOND = _("The file ends before the part that was asked for.")
TOO_OLD = _("The page was open too long, or cookies are off. Go back, load it again and repeat.")


def problem_body(
    code: str,
    message: object,
    errors: Mapping[str, Sequence[object]] | None = None,
    reasons: Sequence[str] = (),
) -> dict[str, Any]:
    """The one body every refusal has over REST."""
    return {
        "code": code,
        "message": str(message),
        "errors": {name: [str(one) for one in said] for name, said in (errors or {}).items()},
        "reasons": list(reasons),
        "request_id": acting().request_id,
    }


def as_refusal(error: Exception) -> Exception:
    """A value that does not open is no fault of the program: it was changed past it, or its key is gone."""
    if isinstance(error, KeyDestroyed):
        return Erased()
    if not isinstance(error, CannotOpen):
        return error
    _log.error("a stored value does not open: %s", error)
    return Refused("damaged", DAMAGED)


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """The answer to a refusal no view turned into a form error; hidden and missing are one answer."""
    if isinstance(refusal, NotVisible):
        return not_found(request)
    said = refusal.errors if isinstance(refusal, InvalidInput) else {}
    template = "erased" if isinstance(refusal, Erased) else ""
    return _answer(request, refusal.status, refusal.code, refusal.message, said=said, template=template)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No such address, no such record, or not for this person."""
    return _answer(request, 404, NotVisible.default_code, NotVisible.default_message)


def denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The person may see this but may not do that."""
    return _answer(request, 403, Denied.default_code, Denied.default_message)


def form_only(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Somebody came back by its address to where only a form is sent: a page instead of an empty answer."""
    if request.path.startswith(API):
        return response
    answer = _answer(request, 405, "method_not_allowed", FORM_ONLY)
    answer["Allow"] = response["Allow"]
    return answer


def beyond(request: HttpRequest, size: int) -> HttpResponse:
    """A range that begins beyond the end of a file of `size` bytes."""
    answer = _answer(request, 416, "range_beyond", BEYOND)
    answer["Content-Range"] = f"bytes */{size}"
    return answer


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from our own page, or from one that is too old."""
    return _answer(request, 403, "csrf", TOO_OLD, template="csrf")


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
    request: HttpRequest,
    status: int,
    code: str,
    message: Message,
    *,
    said: Mapping[str, Message] | None = None,
    template: str = "",
    alone: bool = False,
) -> HttpResponse:
    headers = RETRY if status == 503 else {}
    if request.path.startswith(API):
        errors = {name: [one] for name, one in (said or {}).items()}
        return JsonResponse(problem_body(code, message, errors), status=status, headers=headers)
    page = select_template([f"errors/{template or status}.html", "errors/error.html"])
    context = {"status": status, "message": "" if message in _PLAIN else message, "errors": said}
    try:
        html = page.render(*(({**bare(), **context},) if alone else (context, request)))
    except Error:
        # What stands around the message could not be read; a page of its own asks for nothing.
        html = select_template(["errors/503.html"]).render({**bare(), **context})
        return HttpResponse(html, status=503, headers=RETRY)
    return HttpResponse(html, status=status, headers=headers)
