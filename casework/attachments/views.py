"""Pages of files: what is attached to a case, one more, a copy of one, one removed."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from casework.access.opening import open_record
from casework.attachments import queries
from casework.attachments.actions import attach_file, remove_file
from casework.attachments.forms import RemovalForm, attachment_form
from casework.attachments.models import Attachment
from casework.base import clock
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.deadlines.queries import may_on_cases
from casework.http.downloads import download
from casework.http.pages import done, page, show, submit, viewer


@page("case.view", methods=("GET",))
def files(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The files of the case, the latest first, and the form for one more."""
    user = viewer(request)
    case = open_record(user, Case, case_id, page="files")
    allowed = may_on_cases(user, [case.pk], ("file.attach", "file.open", "file.remove"), at=clock.now())
    is_live = case.state in lifecycle.LIVE
    may = {verb.replace(".", "_"): case.pk in cases for verb, cases in allowed.items()}
    form = attachment_form(user, case) if is_live and may["file_attach"] else None
    found = queries.files_of(user, case, after=request.GET.get("after", ""))
    here = reverse("case-files", args=[case.pk])
    return show(
        request,
        "attachments/files.html",
        form=form,
        case=case,
        tab="files",
        lines=queries.lines_of(user, case, found.rows),
        may_open=may["file_open"],
        may_remove=is_live and may["file_remove"],
        next_url=f"{here}?after={found.next}" if found.next else "",
    )


@page("file.attach", takes_files=True)
def attach(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Attach a file."""
    user = viewer(request)
    case = open_record(user, Case, case_id, verb="file.attach", page="attach-file")
    lifecycle.require_live(case.state)
    sent: Any = (request.POST, request.FILES) if request.method == "POST" else ()
    form = attachment_form(user, case, *sent)
    if request.method == "POST" and submit(form, attach_file, case=case, by=user, at=clock.now()) is not None:
        return done(request, _("The file is attached."), "case-files", case.pk)
    return show(
        request, "attachments/attach.html", form=form, case=case, tab="files", page_title=_("Attach a file")
    )


@page("file.open", methods=("GET",))
def send(request: HttpRequest, attachment_id: UUID) -> HttpResponseBase:
    """The content of a file, to be saved; that it was read is written before its first byte goes."""
    row = open_record(viewer(request), Attachment, attachment_id, verb="file.open", fields=("file_name",))
    return download(
        request,
        queries.content_of(row),
        name=row.file_name,
        media_type=row.media_type,
        tag=str(row.pk),
    )


@page("file.remove")
def remove(request: HttpRequest, attachment_id: UUID) -> HttpResponse:
    """Remove a file; the reason stays."""
    user, at = viewer(request), clock.now()
    row = open_record(user, Attachment, attachment_id, verb="file.remove", page="remove-file")
    lifecycle.require_live(row.case.state)
    if row.removed_at is not None:
        raise queries.FileRemoved
    form = RemovalForm(request.POST or None, record=row)
    if request.method == "POST" and submit(form, remove_file, attachment=row, by=user, at=at) is not None:
        return done(request, _("The file is removed."), "case-files", row.case_id)
    return show(
        request,
        "attachments/remove.html",
        form=form,
        case=row.case,
        tab="files",
        row=row,
        page_title=_("Remove the file"),
    )
