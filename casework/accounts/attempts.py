"""Counting attempts to sign in, in a table of its own: a cache may forget under a flood of other names."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import salted_hmac

from casework.accounts.backoff import FORGOTTEN_AFTER, wait_after
from casework.accounts.models import SignInAttempts

NO_WAIT = timedelta(0)


def reserve(username: str, at: datetime) -> timedelta:
    """Count one attempt and say how long the name still has to wait; zero means: go on, check the password.

    The attempt counts as failed until `forgive` is called, so parallel guesses are all counted.
    An attempt made while waiting is not counted: hammering does not make the wait longer.
    """
    with transaction.atomic():
        row, _made = SignInAttempts.objects.select_for_update().get_or_create(
            key=_key(username), defaults={"last_at": at}
        )
        if at - row.last_at > FORGOTTEN_AFTER:
            row.failures = 0
        left = row.last_at + wait_after(row.failures) - at
        if row.failures and left > NO_WAIT:
            return left
        row.failures += 1
        row.last_at = at
        row.save()
        SignInAttempts.objects.filter(last_at__lt=at - FORGOTTEN_AFTER).delete()
    return NO_WAIT


def forgive(username: str) -> None:
    """The password was right: the name starts again from nothing."""
    SignInAttempts.objects.filter(key=_key(username)).delete()


def _key(username: str) -> str:
    # Keyed, because people type passwords into the field for the name.
    return salted_hmac("accounts.attempts", username.strip().lower(), algorithm="sha256").hexdigest()
