"""Checking a password, and asking at every request whether the account may still be used."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import QuerySet

from casework.accounts.entry import why_not
from casework.base.prepared import instances
from casework.organisations.models import User


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """allauth's, equally slow for known and unknown names; closing an account ends its session too."""

    def user_can_authenticate(self, user: User) -> bool:
        return not why_not(user)

    def get_user(self, user_id: UUID) -> User | None:
        """Asked at every request."""
        found = instances("user", {"user": user_id}, _with_id)
        return found[0] if found and self.user_can_authenticate(found[0]) else None


def _with_id(values: Mapping[str, Any]) -> QuerySet[User]:
    return User.objects.filter(pk=values["user"])
