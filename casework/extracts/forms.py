"""Web input about requests to see a file."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.http import QueryDict

from casework.cases.models import Participant
from casework.extracts import queries, sheet
from casework.extracts.models import AccessRequest
from casework.http.forms import SheetForm, sheet_form
from casework.official_forms import kinds

RecordForm: Final = sheet_form(sheet.RECORD, AccessRequest)
RefuseForm: Final = sheet_form(sheet.REFUSE, AccessRequest)
AllowForm: Final = sheet_form(sheet.ALLOW, AccessRequest)
PrepareForm: Final = sheet_form(sheet.PREPARE, AccessRequest)
ReleaseForm: Final = sheet_form(sheet.RELEASE, AccessRequest)


def record_form(data: QueryDict | None, children: Sequence[Participant], *, at: datetime) -> SheetForm:
    """A request as it reached the office; a child is asked for where the file of one is meant."""
    form = RecordForm(data, initial={"received_at": at})
    form.offer("participant", [(row.pk, row.person.full_name) for row in children])
    form.fields["participant"].show_when = "scope=child_file"  # type: ignore[attr-defined]
    return form


def prepare_form(data: QueryDict | None, request: AccessRequest) -> SheetForm:
    """The papers that can be the extract."""
    form = PrepareForm(data, record=request, initial={"paper_id": request.paper_id})
    papers = queries.papers_for(request)
    form.offer(
        "paper_id", [(row.pk, f"{kinds.kind_of(row.kind).label} {row.shown_number}") for row in papers]
    )
    return form
