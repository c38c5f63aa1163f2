"""Pages of everyday work: the plan of a case, and one page for each thing that is written down."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from casework.access.decisions import may
from casework.access.opening import open_record
from casework.base import clock
from casework.base.refusals import NotVisible, Refused
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.deadlines.queries import may_on_cases
from casework.http.earlier import take_up
from casework.http.pages import done, page, show, submit, viewer
from casework.plans import queries
from casework.plans.actions import add_step, finish_step, record_contact, write_note, write_safety_plan
from casework.plans.forms import ContactForm, StepForm, StepResultForm, note_form, safety_plan_form
from casework.plans.models import PlanStep, SafetyPlan
from casework.plans.sheet import SAFETY_PLAN

FORM = "plans/form.html"
BUTTONS = (
    "note.write",
    "contact.record",
    "plan.add_step",
    "plan.finish_step",
    "plan.view_safety",
    "plan.write_safety",
)
# Notes are written on a closed case too; the rest of the work waits until it is re-opened.
ALWAYS = frozenset({"note.write", "plan.finish_step", "plan.view_safety"})


@page("case.view", methods=("GET",))
def plan(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Steps by need, contacts made and tried, and the notes this viewer may read."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, page="plan")
    notes = queries.notes_of(user, case, after=request.GET.get("notes", ""))
    contacts = queries.contacts_of(user, case, after=request.GET.get("contacts", ""))
    here = reverse("case-plan", args=[case.pk])
    is_live = case.state in lifecycle.LIVE
    allowed = may_on_cases(user, [case.pk], BUTTONS, at=at)
    rights = {
        verb.replace(".", "_"): (is_live or verb in ALWAYS) and case.pk in allowed[verb] for verb in BUTTONS
    }
    return show(
        request,
        "plans/plan.html",
        case=case,
        tab="plan",
        needs=queries.needs_of(user, case),
        notes=notes.rows,
        contact_lines=[queries.told(row) for row in contacts.rows],
        more_notes=f"{here}?notes={notes.next}" if notes.next else "",
        more_contacts=f"{here}?contacts={contacts.next}" if contacts.next else "",
        may=rights,
        safety=queries.safety_plan_of(user, case),
        at=at,
    )


@page("note.write")
def note(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Write a note on the case."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="note.write", page="write-note")
    form = note_form(request.POST or None, case, at=at)
    if request.method == "POST" and submit(form, write_note, case=case, by=user, at=at) is not None:
        return done(request, _("The note is saved."), "case-plan", case.pk)
    return _form(request, form, case, _("Write a note"), _("Save the note"))


@page("contact.record")
def contact(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Note a contact made or tried; how she may be reached stands above the form."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="contact.record", page="record-contact")
    lifecycle.require_live(case.state)
    form = ContactForm(request.POST or None, initial={"at": at})
    if request.method == "POST" and submit(form, record_contact, case=case, by=user, at=at) is not None:
        return done(request, _("The contact is recorded."), "case-plan", case.pk)
    return _form(
        request,
        form,
        case,
        _("Record a contact"),
        _("Record the contact"),
        contacting=queries.contacting_her(case, at=at),
    )


@page("plan.add_step")
def new_step(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Add a step to the plan."""
    user = viewer(request)
    case = open_record(user, Case, case_id, verb="plan.add_step", page="add-step")
    lifecycle.require_live(case.state)
    form = StepForm(request.POST or None, initial={"who": str(user.pk)})
    form.offer("who", queries.who_may_do(user, case))
    if request.method == "POST" and submit(form, add_step, case=case, by=user, at=clock.now()) is not None:
        return done(request, _("The step is in the plan."), "case-plan", case.pk)
    return _form(request, form, case, _("Add a step"), _("Add the step"))


@page("plan.finish_step")
def end_step(request: HttpRequest, step_id: UUID) -> HttpResponse:
    """Say that a step is done and with which of the six answers."""
    user, at = viewer(request), clock.now()
    step = open_record(user, PlanStep, step_id, verb="plan.finish_step", page="finish-step")
    if step.done_on is not None:
        raise Refused("step_done", _("This step is already done."))
    form = StepResultForm(request.POST or None, record=step, initial={"done_on": clock.local_date(at)})
    if request.method == "POST" and submit(form, finish_step, step=step, by=user, at=at) is not None:
        return done(request, _("The step is done."), "case-plan", step.case_id)
    return _form(request, form, step.case, _("Finish the step"), _("The step is done"), step=step)


@page("plan.view_safety", methods=("GET",))
def safety_plan(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What she will do when it becomes dangerous; opening it is remembered apart from the case."""
    user = viewer(request)
    case = open_record(user, Case, case_id, verb="plan.view_safety", page="safety-plan")
    found = queries.safety_plan_of(user, case)
    if found is None:
        raise NotVisible
    row = open_record(user, SafetyPlan, found.pk, page="safety-plan")
    sections = [
        {
            "title": section.title,
            "rows": [(_label(item.name), getattr(row, item.name)) for item in section.items],
        }
        for section in SAFETY_PLAN.sections[:-1]
    ]
    return show(
        request,
        "plans/safety_plan.html",
        case=case,
        tab="plan",
        page_title=_("Safety plan"),
        plan=row,
        sections=sections,
        may_write=case.state in lifecycle.LIVE and bool(may(user, "plan.write_safety", case)),
    )


@page("plan.write_safety")
def edit_safety_plan(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Write the safety plan with her, or go through it again."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="plan.write_safety", page="write-safety-plan")
    lifecycle.require_live(case.state)
    found = queries.safety_plan_of(user, case)
    if found is not None:
        found = open_record(user, SafetyPlan, found.pk, page="write-safety-plan")
    form = safety_plan_form(request.POST or None, found, revised_on=clock.local_date(at))
    if found is not None:
        take_up(request, form, found, user)
    if (
        request.method == "POST"
        and submit(form, write_safety_plan, case=case, plan=found, by=user, at=at) is not None
    ):
        return done(request, _("The safety plan is saved."), "safety-plan", case.pk)
    return _form(
        request, form, case, _("Safety plan"), _("Save the safety plan"), back="safety-plan" if found else ""
    )


def _label(name: str) -> str:
    return str(getattr(SafetyPlan._meta.get_field(name), "verbose_name", name))


def _form(
    request: HttpRequest, form: Any, case: Case, title: str | Promise, button: str | Promise, **context: Any
) -> HttpResponse:
    return show(request, FORM, form=form, case=case, tab="plan", page_title=title, button=button, **context)
