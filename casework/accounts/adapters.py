"""How allauth is bent to this product: no sign-up, no hard lock, all remembered, second factors sealed."""

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.stagekit import unstash_login
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from casework.accounts import attempts
from casework.accounts.entry import why_not
from casework.accounts.factors import FACTOR_FIELD_ID
from casework.accounts.memory import remember, remember_refusal
from casework.accounts.sessions import digest_of, end_sessions
from casework.base import clock
from casework.encryption import open_note, seal_note
from casework.organisations.models import User

# The page one lands on says it already.
_SILENT = frozenset({"account/messages/logged_in.txt", "account/messages/logged_out.txt"})


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing in and out. An unknown name, a wrong password and a closed account get the same answer."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("The user name or the password is not right."),
        "too_many_login_attempts": _("Too many wrong attempts. Wait a little and try again."),
        "rate_limited": _("Too many wrong attempts. Wait a little and try again."),
        "incorrect_password": _("The password is not right."),
        "enter_current_password": _("Enter your present password."),
        "incorrect_code": _("The code is not right."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        # Behind a Unix socket there is no address; the limits per address then count everybody together.
        return get_client_ip(request) or "unknown"

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        if message_template not in _SILENT:
            super().add_message(request, level, message_template, *args, **kwargs)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Check name and password. Raises ValidationError while the name has to wait.

        allauth's own limits lock an account for minutes, and a whole station behind one address with it; here
        each name waits a little longer after each refusal.
        """
        username = str(credentials.get("username", ""))
        if attempts.reserve(username, clock.now()) > timedelta(0):
            remember_refusal(username, "waiting")
            raise self.validation_error("too_many_login_attempts")
        found = authenticate(request, **credentials)
        # allauth keeps a closed account whose password was right, to show it another page: that would tell.
        AuthenticationBackend.unstash_authenticated_user()
        if not isinstance(found, User):
            remember_refusal(username, "credentials")
            return None
        if found.one_time_until is not None and found.one_time_until <= clock.now():
            remember_refusal(username, "one_time_over")
            return None
        attempts.forgive(username)
        return found

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        return redirect("account_login")

    def login(self, request: HttpRequest, user: User) -> None:
        """Start the session, end the older one, write it down: all or nothing."""
        if why_not(user):
            # Closed between the password and the second factor.
            remember_refusal(user.username, "closed")
            raise ImmediateHttpResponse(redirect("account_login"))
        with transaction.atomic():
            # Two browsers signing in at the same moment take turns.
            User.objects.select_for_update().get(pk=user.pk)
            super().login(request, user)
            request.session.save()
            ended = end_sessions(user.pk, keep=digest_of(request.session.session_key or ""))
            remember("session.sign_in", request, user, ended=ended)
        if ended:
            messages.warning(
                request,
                _("You were still signed in elsewhere. That other session has been ended."),
            )

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, User):
            remember("session.sign_out", request, request.user)
        super().logout(request)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors: allauth stores their secrets in clear; here they are sealed under their owner's key.

    The owner is taken from the request and not from the stored text, so that a secret copied into somebody
    else's row does not open.
    """

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
    }

    def get_totp_issuer(self) -> str:
        return str(settings.PRODUCT_NAME)

    def encrypt(self, text: str) -> str:
        owner = _owner()
        return base64.b64encode(seal_note("user", owner, FACTOR_FIELD_ID, owner, text)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        owner = _owner()
        return open_note("user", owner, FACTOR_FIELD_ID, owner, base64.b64decode(encrypted_text))


def _owner() -> UUID:
    """Whose factor is being asked for: the person signed in, or the one who has given the password so far."""
    request: HttpRequest | None = context.request
    if request is not None and isinstance(request.user, User):
        return request.user.pk
    pending = unstash_login(request, peek=True) if request is not None else None
    if pending is None or pending.user is None:
        raise PermissionDenied
    return UUID(str(pending.user.pk))
