"""The demo's accounts, offered on the sign-in page as buttons, and only there and then."""

from typing import Final, TypedDict

from django.conf import settings

from casework.base import clock
from casework.base.codes import codes
from casework.organisations.models import Membership
from casework.organisations.roles import ROLES

# Known to everybody on purpose; entry.why_not closes these accounts wherever DEMO is off.
DEMO_PASSWORD: Final = "hoso-dien-bien-2026"  # noqa: S105


# Whom to try first, in the order in which a case passes through their hands.
FIRST: Final = ("lan", "pao", "dung", "hoa", "yen", "mai", "kien", "minh", "tuan", "son")


class DemoAccount(TypedDict):
    """One button."""

    username: str
    full_name: str
    role_label: str
    unit: str


class DemoRole(TypedDict):
    """A heading and its buttons."""

    role_label: str
    accounts: list[DemoAccount]


class Offered(TypedDict):
    """Those to try first, and everybody else by role."""

    first: list[DemoAccount]
    others: list[DemoRole]


def offered() -> Offered:
    """The demo accounts as the sign-in page shows them; both lists are empty outside the demo."""
    groups = demo_accounts()
    everybody = {account["username"]: account for group in groups for account in group["accounts"]}
    others: list[DemoRole] = []
    for group in groups:
        accounts = [account for account in group["accounts"] if account["username"] not in FIRST]
        if accounts:
            others.append({"role_label": group["role_label"], "accounts": accounts})
    return {"first": [everybody[name] for name in FIRST if name in everybody], "others": others}


def demo_accounts() -> list[DemoRole]:
    """The demo accounts by role, in the order of the table of rights; a person stands once, under one role.

    Empty outside the demo. One query.
    """
    if not settings.DEMO:
        return []
    memberships = (
        Membership.objects.held(clock.local_date(clock.now()))
        .filter(agency__is_active=True, user__is_demo=True, user__is_active=True)
        .select_related("user", "agency")
        .order_by("agency__name", "user__username")
    )
    by_role: dict[str, list[DemoAccount]] = {}
    placed: set[str] = set()
    for membership in sorted(memberships, key=lambda one: ROLES.index(one.role)):
        user = membership.user
        if user.username in placed:
            continue
        placed.add(user.username)
        by_role.setdefault(membership.role, []).append(
            {
                "username": user.username,
                "full_name": user.full_name,
                "role_label": codes("role").label(membership.role),
                "unit": membership.agency.name,
            }
        )
    return [
        {"role_label": codes("role").label(role), "accounts": accounts} for role, accounts in by_role.items()
    ]
