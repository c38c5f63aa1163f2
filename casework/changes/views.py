"""What was changed: the versions of a record, and one of them field by field beside the one before it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from casework.access.guard import GuardedModel
from casework.access.opening import open_record
from casework.base import clock
from casework.cases.models import Case
from casework.changes import meaning, queries
from casework.http.pages import page, show, viewer


@page("case.view", methods=("GET",))
def changes(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The versions of one record of the case, newest first; of the case itself when none is named."""
    user, at = viewer(request), clock.now()
    case, row = _asked(request, case_id, page_name="changes")
    if row is not case:
        open_record(user, type(row), row.pk, page="changes", within=case)
    after = request.GET.get("after", "")
    found = queries.history_of(row, user, after=after, at=at)
    here = f"{reverse('case-changes', args=[case.pk])}?{urlencode(_named(row))}"
    return show(
        request,
        "changes/changes.html",
        case=case,
        tab="timeline",
        page_title=_("What was changed"),
        record=queries.label_of(row),
        versions=[{"version": one, "url": _version_url(case, row, one.key)} for one in found.rows],
        next_url=f"{here}&after={found.next}" if found.next else "",
        first_url=here if after else "",
    )


@page("case.view", methods=("GET",))
def change(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One version beside the one before it; what is sealed is opened, and the memory says which fields."""
    user, at = viewer(request), clock.now()
    case, row = _asked(request, case_id, page_name="change")
    found = queries.compare(row, user, request.GET.get("version", ""), case=case, at=at)
    if row is not case:
        open_record(user, type(row), row.pk, page="change", fields=found.opened, within=case)
    older, newer = found.older, found.newer
    return show(
        request,
        "changes/change.html",
        case=case,
        tab="timeline",
        page_title=_("What was changed"),
        record=queries.label_of(row),
        found=found,
        rows=[{"change": one, "url": _take_up_url(case, row, older, one)} for one in found.changes],
        older_url=_version_url(case, row, older) if older else "",
        newer_url=_version_url(case, row, newer) if newer else "",
        all_url=f"{reverse('case-changes', args=[case.pk])}?{urlencode(_named(row))}",
    )


def _asked(request: HttpRequest, case_id: UUID, *, page_name: str) -> tuple[Case, GuardedModel]:
    """The case, opened, and the record of it that the address names."""
    user = viewer(request)
    case = open_record(user, Case, case_id, page=page_name)
    kind = request.GET.get("kind", "case")
    if kind == "case":
        return case, case
    return case, queries.row_of_case(user, case, kind, request.GET.get("id", ""), at=clock.now())


def _named(row: GuardedModel) -> dict[str, str]:
    return {"kind": str(row._meta.model_name), "id": str(row.pk)}


def _version_url(case: Case, row: GuardedModel, version: UUID) -> str:
    asked = urlencode({**_named(row), "version": version})
    return f"{reverse('case-change', args=[case.pk])}?{asked}"


def _take_up_url(case: Case, row: GuardedModel, older: UUID | None, one: queries.Change) -> str:
    """The form of the record, filled with the value before; empty where there is none."""
    edit = meaning.EDITS.get(str(row._meta.model_name))
    if edit is None or older is None or not one.takes_up:
        return ""
    ids: dict[str, Any] = {"case": case.pk, "row": row.pk}
    asked = urlencode({"earlier": older, "field": one.name})
    return f"{reverse(edit.route, args=[ids[name] for name in edit.through])}?{asked}"
