"""What every page shows around its content: whose page it is, where they may go, how to leave at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from casework.access.principals import principal
from casework.base import clock
from casework.http.pages import navigation
from casework.http.verbs import knows
from casework.organisations.models import User

if TYPE_CHECKING:
    from django.http import HttpRequest


def bare() -> dict[str, Any]:
    """The frame of a page for nobody in particular; needs no database."""
    return {
        "product_name": settings.PRODUCT_NAME,
        "quick_exit_url": settings.QUICK_EXIT_URL,
        "idle_minutes": settings.IDLE_MINUTES,
        "emergency_numbers": settings.EMERGENCY_NUMBERS,
        "now": clock.now(),
        "demo": settings.DEMO,
        "viewer_name": "",
        "viewer_unit": "",
        "navigation": [],
        "search_url": "",
    }


def page(request: HttpRequest) -> dict[str, Any]:
    """The frame for the viewer; at most one query a request, because their standing is read once."""
    frame = bare()
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return frame
    who = principal(user)
    units = dict.fromkeys(seat.agency_name for seat in who.seats)
    frame["viewer_name"] = user.full_name
    frame["viewer_unit"] = ", ".join(units)
    frame["navigation"] = navigation(who, request.path)
    if knows(who, "case.search"):
        frame["search_url"] = _url("search")
    return frame


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        # A room that is not installed.
        return ""
