"""Whoever came in with a one-time password gets no further than the page where they choose their own."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import Resolver404, resolve, reverse

from casework.accounts.entry import PASSWORD_DUE, PASSWORD_DUE_SAID
from casework.http.errors import API, problem_body
from casework.organisations.models import User

# The page itself, the way out, the language it is read in, and the sign of life of somebody typing there.
OPEN: Final = frozenset({"account_change_password", "account_logout", "set_language", "still_here"})


class OwnPasswordMiddleware:
    """Sends such a person to the one page that is open; a program is told 403 with a stable code."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or not user.must_change_password or _is_open(request.path_info):
            return self.get_response(request)
        if request.path.startswith(API):
            body = problem_body(PASSWORD_DUE, PASSWORD_DUE_SAID)
            return JsonResponse(body, status=HTTPStatus.FORBIDDEN)
        there = reverse("account_change_password")
        if request.headers.get("HX-Request"):
            return HttpResponse(status=HTTPStatus.FORBIDDEN, headers={"HX-Redirect": there})
        return HttpResponseRedirect(there)


def _is_open(path: str) -> bool:
    try:
        return resolve(path).url_name in OPEN
    except Resolver404:
        return False
