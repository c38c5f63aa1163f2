"""What the memory is told about signing in: on the chain of the account, in a transaction of its own."""

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.userkit import get_user_by_username
from django.db import transaction
from django.http import HttpRequest

from casework.accounts.entry import why_not
from casework.accounts.sessions import digest_of
from casework.audit.acting import acting_as
from casework.audit.log import record
from casework.audit.models import AuditEvent
from casework.organisations.models import User

PASSWORD, TWO_FACTORS = "password", "two_factors"


def auth_level(request: HttpRequest, user: User) -> str:
    """How the person proved who they are in this session: "password" or "two_factors"."""
    methods = {entry["method"] for entry in get_authentication_records(request, user)}
    return TWO_FACTORS if "mfa" in methods else PASSWORD


def remember(action: str, request: HttpRequest, user: User, **detail: object) -> None:
    """Write that the user did it; raises MemoryUnavailable, and then it must not happen."""
    session = digest_of(request.session.session_key) if request.session.session_key else ""
    with (
        transaction.atomic(),
        acting_as(actor_id=user.pk, session=session, auth_level=auth_level(request, user)),
    ):
        record(action=action, outcome=AuditEvent.DONE, actor_id=user.pk, detail=detail)


def remember_refusal(username: str, why: str) -> None:
    """Write that somebody was refused at the door: on the chain of the account named, or of nobody.

    The name that was typed is not kept, because people type passwords there. The views that call this run
    outside a request-wide transaction, so no later failure takes the event back.
    """
    user = get_user_by_username(username.strip()) if username.strip() else None
    if user is not None:
        why = why_not(user) or why
    with transaction.atomic():
        record(
            action="session.sign_in_refused",
            outcome=AuditEvent.REFUSED,
            actor_id=user.pk if user else None,
            detail={"why": why},
        )
