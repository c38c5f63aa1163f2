"""Checking a password, and asking at every request whether the account may still be used."""

from allauth.account.auth_backends import AuthenticationBackend

from casework.accounts.entry import why_not
from casework.organisations.models import User


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """allauth's, equally slow for known and unknown names; closing an account ends its session too."""

    def user_can_authenticate(self, user: User) -> bool:
        return not why_not(user)
