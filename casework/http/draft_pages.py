"""The two addresses of drafts: one a script posts a form to while somebody types, one a button."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from casework.base import clock
from casework.http.drafts import forget_draft, keep_draft, page_of
from casework.http.idempotency import DRAFT_FOR
from casework.http.pages import page, viewer


@page("home.view", methods=("POST",), drafts=False)
def keep(request: HttpRequest) -> HttpResponse:
    """Keep the fields of a form as they stand; nobody reads the answer but a script."""
    keep_draft(viewer(request), request.POST, at=clock.now())
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@page("home.view", methods=("POST",), drafts=False)
def drop(request: HttpRequest) -> HttpResponse:
    """Throw a draft away and show its form empty."""
    path = request.POST.get(DRAFT_FOR, "")
    page_of(path)
    forget_draft(viewer(request), path)
    return HttpResponseRedirect(path)
