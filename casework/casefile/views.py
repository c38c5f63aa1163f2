"""Pages that look across the rooms: the case as a whole, who looked at it, the desks, the first page."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from casework.access.opening import open_record
from casework.cases.models import Case
from casework.http.pages import page, show, viewer


@page("case.view", methods=("GET",))
def overview(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The story in five lines, what is wrong, and what to do next."""
    case = open_record(viewer(request), Case, case_id, page="overview")
    return show(request, "casefile/overview.html", case=case, tab="overview")
