"""Tokens for programs: issued at the console, valid for hours, kept only as a digest (django-rest-knox)."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.models import AuthToken
from knox.settings import knox_settings
from rest_framework.exceptions import AuthenticationFailed

from casework.accounts.entry import PASSWORD_DUE, PASSWORD_DUE_SAID, why_not
from casework.audit.acting import acting_as
from casework.audit.log import record
from casework.audit.models import AuditEvent
from casework.base.refusals import Refused
from casework.organisations.models import User

LONGEST_HOURS: Final = 72


class TokenAuthentication(KnoxAuthentication):  # type: ignore[misc]
    """knox's, but a closed account, one that owes a new password and a wrong token get the same answer."""

    def validate_user(self, auth_token: AuthToken) -> tuple[User, AuthToken]:
        user: User = auth_token.user
        if why_not(user) or user.must_change_password:
            raise AuthenticationFailed(_("Invalid token."))
        return user, auth_token


class TokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]
    """How the API description names the token."""

    target_class = "casework.accounts.tokens.TokenAuthentication"
    name = "token"


def issue_token(*, user: User, hours: int, at: datetime) -> str:
    """Make a token for the user that ends after that many hours; it is shown once and cannot be read again.

    Raises Refused: hours outside 1..72, a closed account, one with a one-time password, too many running tokens.
    """
    if not 1 <= hours <= LONGEST_HOURS:
        raise Refused("token_hours", _("A token lasts from 1 to 72 hours."), "hours")
    if why_not(user):
        raise Refused("account_closed", _("This account is closed."), "user")
    if user.must_change_password:
        raise Refused(PASSWORD_DUE, PASSWORD_DUE_SAID, "user")
    with transaction.atomic(), acting_as(actor_id=user.pk, at=at):
        User.objects.select_for_update().get(pk=user.pk)
        user_tokens: Any = AuthToken.objects.filter(user=user)
        user_tokens.filter(expiry__lte=at).delete()
        limit: int | None = knox_settings.TOKEN_LIMIT_PER_USER
        if limit is not None and user_tokens.count() >= limit:
            raise Refused("too_many_tokens", _("This account has too many running tokens."), "user")
        row, token = AuthToken.objects.create(user=user, expiry=timedelta(hours=hours))
        # The start of the digest names the token in the memory and opens nothing.
        record(
            action="token.issue",
            outcome=AuditEvent.DONE,
            actor_id=user.pk,
            detail={"hours": hours, "token": row.digest[:16], "by": "console"},
        )
    return str(token)
