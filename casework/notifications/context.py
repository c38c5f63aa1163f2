"""What every page shows of the viewer's notices: how many they have not seen."""

from typing import TYPE_CHECKING, Any

from casework.notifications.queries import MOST_COUNTED, unread_of
from casework.organisations.models import User

if TYPE_CHECKING:
    from django.http import HttpRequest


def unread(request: "HttpRequest") -> dict[str, Any]:
    """One query for somebody signed in; «99+» for more than anybody wants to know."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"unread_notices": ""}
    count = unread_of(user)
    return {"unread_notices": f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")}
