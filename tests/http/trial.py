"""A room for the tests of the doors: two verbs on a real case, with pages and REST, and its own addresses."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework.serializers import CharField

from casework.access.commands import command
from casework.access.opening import open_record
from casework.audit.log import MemoryUnavailable
from casework.base import clock
from casework.base.refusals import Denied, InvalidInput, NotVisible, Refused
from casework.base.sheets import Item, Section, Sheet, fill
from casework.cases.models import Case
from casework.http.forms import sheet_form
from casework.http.pages import done, page, public, show, signed_in, submit, viewer
from casework.http.rest import ActionView, RecordListView, RecordView
from casework.http.serializers import record_serializer
from casework.organisations.models import User
from casework.plans.models import Note

LANGUAGE = Sheet(
    "work_language",
    "Language of work",
    (Section("all", "All", (Item("language", "code", codes="language", required=True),)),),
)
NOTE = Sheet(
    "trial_note",
    "Note",
    (
        Section(
            "all",
            "All",
            (
                Item("kind", "text", required=True),
                Item("at", "datetime", required=True),
                Item("text", "long_text", required=True),
                Item("is_confidential", "flag"),
            ),
        ),
    ),
)
LanguageForm = sheet_form(LANGUAGE, Case)


@command("case.edit", target="case")
def set_language(*, case: Case, by: User, at: datetime, language: str) -> Case:
    if language == "mong":
        raise Refused("no_interpreter", "There is no interpreter.", "language")
    case.language = language
    case.save()
    return case


@command("note.write", target="case")
def write_note(*, case: Case, by: User, at: datetime, answers: Mapping[str, Any]) -> Note:
    note = Note(case=case, author=by, agency=case.unit)
    fill(note, NOTE, answers)
    if note.kind == "refuse":
        raise Refused("not_now", "Not now.")
    if note.kind == "forget":
        raise MemoryUnavailable
    note.save()
    return note


# --- pages ------------------------------------------------------------------------------------------------


@page("case.edit")
def edit_page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    case = open_record(viewer(request), Case, case_id)
    form = LanguageForm(request.POST or None, record=case)
    if request.method == "POST":
        changed = submit(form, set_language, case=case, by=viewer(request), at=clock.now())
        if changed is not None:
            return done(request, "Changed.", "trial_edit", changed.pk)
    return show(request, "trial.html", form=form)


@page("audit.read")
def auditors_only(request: HttpRequest) -> HttpResponse:
    return HttpResponse("for auditors")


@signed_in
def for_all(request: HttpRequest) -> HttpResponse:
    return HttpResponse("for all")


@public
def open_to_all(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open")


RAISED = {
    "denied": Denied(),
    "hidden": NotVisible(),
    "refused": Refused("late", "Too late for this."),
    "input": InvalidInput({"after": "Not a page."}),
    "memory": MemoryUnavailable(),
    "database": OperationalError(),
    "bug": ZeroDivisionError("a secret value"),
}


@signed_in
def raises(request: HttpRequest, what: str) -> HttpResponse:
    error = RAISED[what]
    error.__dict__.pop("verb", None)
    raise error


# --- REST -------------------------------------------------------------------------------------------------

CaseOut = record_serializer(
    "TrialCase",
    Case,
    ("number", "commune", "unit", "state", "opened_at", "is_sealed"),
    sheet=LANGUAGE,
    extra={"shout": (CharField(), lambda case: case.number.upper())},
)
NoteOut = record_serializer("TrialNote", Note, sheet=NOTE)


class CaseList(RecordListView):
    """The cases the caller may see."""

    model, verb, output = Case, "case.view", CaseOut
    filters = (Item("state", "code", codes="case_state"), Item("is_sealed", "flag"), Item("commune", "area"))


class CaseRecord(RecordView):
    """One case."""

    model, verb, output = Case, "case.view", CaseOut


class SetLanguage(ActionView):
    """Change the language of work."""

    model, action, sheet = Case, set_language, LANGUAGE
    receipt, location = ("number", "state"), "api:case"


class WriteNote(ActionView):
    """Write a note, as a verb on its case."""

    model, action, sheet, creates = Case, write_note, NOTE, Note


class NoteList(RecordListView):
    """The notes of a case."""

    model, parent, verb, output = Note, Case, "case.view", NoteOut
    action, sheet = write_note, NOTE


api = [
    path("cases/", CaseList.as_view(), name="case_list"),
    path("cases/<uuid:case_id>/", CaseRecord.as_view(), name="case"),
    path("cases/<uuid:case_id>/set-language/", SetLanguage.as_view(), name="set_language"),
    path("cases/<uuid:case_id>/write-note/", WriteNote.as_view(), name="write_note"),
    path("cases/<uuid:case_id>/notes/", NoteList.as_view(), name="note_list"),
]
