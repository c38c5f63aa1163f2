"""Around every request: who is acting, how long they have been away, and how no is said on a page."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, cast

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.locale import LocaleMiddleware
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from casework.access.opening import refuse
from casework.audit.acting import acting, acting_as
from casework.base import clock
from casework.base.refusals import Denied, Erased, NotVisible, Refused
from casework.encryption import keyring
from casework.encryption.fields import showing
from casework.http import errors
from casework.http.drafts import keep_draft
from casework.http.idempotency import DRAFT_FOR
from casework.http.pages import to_sign_in
from casework.http.verbs import is_told
from casework.organisations.models import User

if TYPE_CHECKING:
    from django.http import HttpRequest

Next = Callable[["HttpRequest"], HttpResponse]

_FEATURES = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "usb",
)
PERMISSIONS_POLICY: Final = ", ".join(f"{feature}=()" for feature in _FEATURES)
SEEN_AT: Final = "seen_at"
# Writing the session at every request costs a transaction; this is how exact the idle clock is, in seconds.
SEEN_EVERY: Final = 20


class LanguageMiddleware(LocaleMiddleware):
    """Pages speak Vietnamese unless somebody chose otherwise here; only REST asks what its caller prefers.

    The offices' browsers often ask for English because nobody ever set them up.
    """

    def process_request(self, request: HttpRequest) -> None:
        if request.path.startswith(errors.API):
            super().process_request(request)
            return
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        translation.activate(chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = translation.get_language()


class RequestContextMiddleware:
    """The outermost layer: a number for the request, who is acting, fresh keys, nothing kept by browsers."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        keyring.begin_request()
        session, level = _whose(request)
        shows = showing() if request.method in ("GET", "HEAD") else nullcontext()
        with (
            shows,
            acting_as(
                actor_id=None, at=None, request_id=str(uuid.uuid4()), session=session, auth_level=level
            ) as call,
        ):
            response = self.get_response(request)
        response["X-Request-ID"] = call.request_id
        response["Permissions-Policy"] = PERMISSIONS_POLICY
        if not request.path.startswith(settings.STATIC_URL):
            response["Cache-Control"] = "no-store"
        return response


def _whose(request: HttpRequest) -> tuple[str, str]:
    """A digest of the token or of the session's key, and how far it proves who is calling."""
    token = request.headers.get("Authorization", "")
    if token:
        return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest(), "token"
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return (hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest(), "") if key else ("", "")


class IdleLockMiddleware:
    """Ends the session of somebody who has gone away from a screen others can read.

    The session itself ends after eight hours whatever happens in it; that is the session store's rule.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not isinstance(request.user, User):
            return self.get_response(request)
        now = int(time.time())
        seen = request.session.get(SEEN_AT, now)
        if now - seen > settings.IDLE_MINUTES * 60:
            return _lock(request)
        if SEEN_AT not in request.session or now - seen >= SEEN_EVERY:
            request.session[SEEN_AT] = now
        with acting_as(auth_level=_auth_level(request)):
            return self.get_response(request)


def _auth_level(request: HttpRequest) -> str:
    if request.headers.get("Authorization"):
        return acting().auth_level
    proofs = request.session.get("account_authentication_methods", [])
    return "two_factors" if any(proof.get("method") == "mfa" for proof in proofs) else "password"


def _lock(request: HttpRequest) -> HttpResponse:
    kept = _keep_typed(request)
    get_adapter(request).logout(request)
    if request.path.startswith(errors.API):
        body = errors.problem_body("session_ended", _("Your session has ended. Sign in again."))
        return JsonResponse(body, status=401, headers={"WWW-Authenticate": "Token"})
    messages.info(request, _("You were away for a while, so the page was locked. Sign in to go on."))
    if kept:
        messages.info(request, _("What you had typed was kept as a draft."))
        return redirect_to_login(kept)
    return to_sign_in(request)


def _keep_typed(request: HttpRequest) -> str:
    """Keep the form that came too late, also of a browser without scripts; the address where it opens again."""
    # This layer comes before Django looks whether the form is ours.
    if request.method != "POST" or not request.POST.get(DRAFT_FOR) or _is_forged(request):
        return ""
    user = cast("User", request.user)
    path: str = request.POST[DRAFT_FOR]
    try:
        kept = keep_draft(user, request.POST, at=clock.now())
    except Refused:
        return ""
    return path.partition("#")[0] if kept else ""


def _is_forged(request: HttpRequest) -> bool:
    return CsrfViewMiddleware(errors.not_found).process_view(request, errors.not_found, (), {}) is not None


# What stands in an address, and the page that says what became of it.
_WHAT_BECAME: Final = {"case_id": "case-disposal", "report_id": "report-disposal"}


def _what_became_of_it(request: HttpRequest) -> str:
    """The page of a destroyed case or report, from any other page of it; empty from anywhere else."""
    kwargs = getattr(request.resolver_match, "kwargs", {})
    if request.method != "GET" or request.path.startswith(errors.API):
        return ""
    return next(
        (reverse(page, args=[kwargs[name]]) for name, page in _WHAT_BECAME.items() if name in kwargs), ""
    )


class RefusalMiddleware:
    """Says no on a page when no view has turned the refusal into an error of its form."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and request.method == "GET":
            return errors.form_only(request, response)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page of a refusal; None for a programming error, which gets the 500 page."""
        if isinstance(error, errors.AWAY):
            return errors.unavailable(request)
        error = errors.as_refusal(error)
        if not isinstance(error, Refused):
            return None
        if isinstance(error, Erased) and (there := _what_became_of_it(request)):
            return HttpResponseRedirect(there)
        # The view's own transaction has been rolled back by now; what access refused it has already written.
        user = getattr(request, "user", None)
        if isinstance(error, (Denied, NotVisible)) and not is_told(error) and isinstance(user, User):
            verb = getattr(getattr(request.resolver_match, "func", None), "verb", "page")
            try:
                refuse(user, verb)
            except errors.AWAY:
                return errors.unavailable(request)
        return errors.refused(request, error)
