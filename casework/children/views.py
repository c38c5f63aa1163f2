"""Pages of the child procedure: the children of a case, one procedure as its steps stand, and a page for each verb."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from casework.access.opening import open_record
from casework.base import clock
from casework.base.codes import codes
from casework.base.refusals import InvalidInput
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.children import actions, forms, queries, steps
from casework.children.models import ChildPlan, ChildProcedure, ChildSeparation
from casework.deadlines.queries import link, may_on_cases
from casework.encryption.keyring import prefetch_keys
from casework.http.forms import SheetForm
from casework.http.pages import done, page, show, submit, viewer
from casework.organisations.models import User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TAB: Final = "overview"
TONES: Final = {
    ChildProcedure.RECEIVED: "danger",
    ChildProcedure.ASSESSING: "warning",
    ChildProcedure.PLANNING: "warning",
    ChildProcedure.CARRIED_OUT: "success",
}
# --- what there is ---


@page("child.view", methods=("GET",))
def children(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The children of the case, how far the procedure of each has come, and its one next step."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="child.view", page="children")
    rights = _rights(user, case, at)
    found = queries.procedures_of(user, case)
    running = {one.procedure.child_id for one in found if one.procedure.state != ChildProcedure.CLOSED}
    is_live = case.state in lifecycle.LIVE
    lines: list[dict[str, Any]] = [
        {
            "child": child,
            "cards": [
                _card(one, rights, live=is_live) for one in found if one.procedure.child_id == child.pk
            ],
            "may_start": is_live and "child.start" in rights and child.pk not in running,
            "is_victim": child.role == "victim",
        }
        for child in queries.children_of(case, at=at)
    ]
    named = {line["child"].pk for line in lines}
    # A child who has turned 16 since keeps what was done.
    grown = [_card(one, rights, live=is_live) for one in found if one.procedure.child_id not in named]
    return show(
        request,
        "children/children.html",
        case=case,
        tab=TAB,
        page_title=_("Children"),
        lines=lines,
        grown=grown,
    )


@page("child.view", methods=("GET",))
def procedure(request: HttpRequest, child_procedure_id: UUID) -> HttpResponse:
    """One procedure whole: each step of the decree with what was written in it."""
    user, at = viewer(request), clock.now()
    row = open_record(user, ChildProcedure, child_procedure_id, page="child-procedure")
    one = queries.shown(row)
    rights = _rights(user, row.case, at)
    return show(
        request,
        "children/procedure.html",
        case=row.case,
        tab=TAB,
        page_title=_("Child procedure"),
        one=one,
        procedure=row,
        card=_card(one, rights, live=row.case.state in lifecycle.LIVE),
        parts=queries.parts(one),
        may_reveal="child.reveal_place" in rights,
    )


# --- the information, the 12 hours ---


@page("child.start")
def start(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Write down the information about one child."""
    user, at = viewer(request), clock.now()
    case = open_record(user, Case, case_id, verb="child.start", page="start-child-procedure")
    named = request.GET.get("child", "")
    form = forms.start_form(_sent(request), queries.children_of(case, at=at), named=named, at=at)
    if request.method == "POST" and (
        made := submit(form, actions.start_procedure, case=case, by=user, at=at)
    ):
        return done(request, _("The procedure is started; 12 hours run."), "child-procedure", made.pk)
    title = _("Start the child procedure")
    return show(
        request,
        "children/verb.html",
        form=form,
        title=title,
        button=title,
        lead=_(
            "Call 111 or the police first if the child is in danger now. The chair decides within 12 hours of the "
            "information (Decree 56/2017/NĐ-CP, Art. 26(3))."
        ),
        trail=_trail(case, title),
        back_url=reverse("case-children", args=[case.pk]),
    )


@page("child.decide")
def decide(request: HttpRequest, child_procedure_id: UUID) -> HttpResponse:
    """The chair decides within the 12 hours."""
    row = _open(viewer(request), child_procedure_id, verb="child.decide", page="decide-child")
    return _step(
        request,
        row,
        actions.decide,
        forms.decision_form(_sent(request), row),
        title=_("Decision within 12 hours"),
        lead=_(
            "Where life, health or dignity is or may be seriously harmed, intervene at once (Art. 26(3), 31). Whoever is "
            "in danger is helped before a form is filled in."
        ),
        button=_("Sign the decision"),
        message=_("The decision is signed."),
        before=_before(row, "information", "first"),
        other=(reverse("separate-child", args=[row.pk]), _("Decide a temporary separation")),
    )


@page("child.separate")
def separate(request: HttpRequest, child_procedure_id: UUID) -> HttpResponse:
    """The chair keeps the child apart from parents or carers."""
    at = clock.now()
    row = _open(viewer(request), child_procedure_id, verb="child.separate", page="separate-child")
    return _step(
        request,
        row,
        actions.separate,
        forms.separation_form(_sent(request), at=at),
        title=_("Decide a temporary separation"),
        lead=_(
            "From parents or carers who do the harm or cannot keep the child safe, with a place of safety and somebody "
            "who cares for the child; 15 days at most (Art. 32)."
        ),
        button=_("Sign the decision"),
        message=_("The decision is signed."),
        before=_before(row, "information", "first", "decision"),
    )


@page("child.extend_separation")
def extend_separation(request: HttpRequest, separation_id: UUID) -> HttpResponse:
    """Keep the child apart longer, because a competent body asks for it."""
    row = _open_apart(viewer(request), separation_id, "child.extend_separation", "extend-separation")
    return _step(
        request,
        row.procedure,
        actions.extend_separation,
        forms.extension_form(_sent(request), row),
        target=("separation", row),
        title=_("Extend the separation"),
        lead=_("Beyond 15 days only when a competent body asks for it (Art. 32)."),
        button=_("Extend the separation"),
        message=_("The separation is extended."),
    )


@page("child.end_separation")
def end_separation(request: HttpRequest, separation_id: UUID) -> HttpResponse:
    """Write down the end of a separation."""
    row = _open_apart(viewer(request), separation_id, "child.end_separation", "end-separation")
    return _step(
        request,
        row.procedure,
        actions.end_separation,
        forms.separation_end_form(_sent(request), row, at=clock.now()),
        target=("separation", row),
        title=_("Record the end of the separation"),
        lead=_(
            "Before a child goes back: is whoever did the harm still there, and who looks in on the child?"
        ),
        button=_("Record the end"),
        message=_("The end of the separation is recorded."),
    )


@page("child.reveal_place", drafts=False)
def reveal_place(request: HttpRequest, separation_id: UUID) -> HttpResponse:
    """Show once where the child stays, for a written reason; loading the page again asks for the reason again."""
    user = viewer(request)
    row = _open_apart(user, separation_id, "child.reveal_place", "reveal-child-place")
    form = forms.RevealForm(_sent(request))
    shown: ChildSeparation | None = None
    if request.method == "POST" and form.is_valid():
        try:
            shown = queries.reveal_place(user, row.pk, reason=form.answers()["reason"])
        except InvalidInput as refusal:
            form.refuse(refusal)
    return show(
        request,
        "children/place.html",
        form=form,
        case=row.case,
        tab=TAB,
        page_title=_("Where the child stays"),
        shown=shown,
        back_url=reverse("child-procedure", args=[row.procedure_id]),
    )


# --- assessed, planned for, reviewed ---


@page("child.assess")
def assess(request: HttpRequest, child_procedure_id: UUID) -> HttpResponse:
    """Write form 03."""
    row = _open(viewer(request), child_procedure_id, verb="child.assess", page="assess-child")
    return _step(
        request,
        row,
        actions.assess,
        forms.assessment_form(_sent(request), at=clock.now()),
        title=_("Specific assessment (form 03)"),
        lead=_(
            "The state of the child, the family, how far it can protect the child (Art. 27). A working layout: the wording "
            "of the official form was not read."
        ),
        button=_("Sign form 03"),
        message=_("Form 03 is written; the chair has five working days for the plan."),
    )


@page("child.submit_plan")
def plan(request: HttpRequest, child_procedure_id: UUID) -> HttpResponse:
    """Put form 04 before the chair."""
    row = _open(viewer(request), child_procedure_id, verb="child.submit_plan", page="plan-for-child")
    one = queries.shown(row)
    return _step(
        request,
        row,
        actions.submit_plan,
        forms.plan_form(_sent(request), one.plans[0] if one.plans else None),
        title=_("Support and intervention plan (form 04)"),
        lead=_("The chair approves it within 5 working days, in an emergency at once (Art. 28)."),
        button=_("Put the plan before the chair"),
        message=_("The chair has the plan."),
        sent_back=next((it.remarks for it in one.plans[:1] if it.state == ChildPlan.RETURNED), ""),
    )


@page("child.approve_plan")
def approve_plan(request: HttpRequest, child_plan_id: UUID) -> HttpResponse:
    """The chair approves the plan by form 05."""
    row = _open_plan(viewer(request), child_plan_id, "child.approve_plan", "approve-child-plan")
    return _step(
        request,
        row.procedure,
        actions.approve_plan,
        forms.approval_form(_sent(request), row),
        target=("plan", row),
        title=_("Approve the plan (form 05)"),
        button=_("Sign the decision"),
        message=_("The plan is approved."),
        before=_before(row.procedure, "assessment", "plan"),
        other=(reverse("return-child-plan", args=[row.pk]), _("Send the plan back")),
    )


@page("child.return_plan")
def return_plan(request: HttpRequest, child_plan_id: UUID) -> HttpResponse:
    """The chair sends the plan back."""
    row = _open_plan(viewer(request), child_plan_id, "child.return_plan", "return-child-plan")
    return _step(
        request,
        row.procedure,
        actions.return_plan,
        forms.return_form(_sent(request), row),
        target=("plan", row),
        title=_("Send the plan back"),
        button=_("Send the plan back"),
        message=_("The plan is sent back."),
        before=_before(row.procedure, "assessment", "plan"),
    )


@page("child.review")
def review(request: HttpRequest, child_procedure_id: UUID) -> HttpResponse:
    """Review the child after the plan: close, or go on."""
    row = _open(viewer(request), child_procedure_id, verb="child.review", page="review-child")
    return _step(
        request,
        row,
        actions.review,
        forms.review_form(_sent(request)),
        title=_("Review after the plan"),
        lead=_(
            "The file is kept at the commune committee and entered in the national child database (Art. 30): the program "
            "does not send it there."
        ),
        button=_("Sign the review"),
        message=_("The review is written."),
    )


# --- parts ---


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _open(user: User, pk: UUID, *, verb: str, page: str) -> ChildProcedure:
    row = open_record(user, ChildProcedure, pk, verb=verb, page=page)
    prefetch_keys([row])
    return row


def _open_apart(user: User, pk: UUID, verb: str, page: str) -> ChildSeparation:
    return open_record(user, ChildSeparation, pk, verb=verb, page=page)


def _open_plan(user: User, pk: UUID, verb: str, page: str) -> ChildPlan:
    row = open_record(user, ChildPlan, pk, verb=verb, page=page)
    prefetch_keys([row])
    return row


def _before(row: ChildProcedure, *names: str) -> list[queries.Part]:
    """What somebody reads before they sign: the newest of each of these parts that has something in it."""
    found = {part.code: part for part in reversed(queries.parts(queries.shown(row)))}
    return [found[name] for name in names if name in found and (found[name].rows or name == "first")]


def _trail(case: Case, here: "StrOrPromise") -> list[tuple["StrOrPromise", str]]:
    """The way back from a page without the frame of the case."""
    return [
        (case.number, link("case-overview", case.pk)),
        (_("Children"), reverse("case-children", args=[case.pk])),
        (here, ""),
    ]


def _step(
    request: HttpRequest,
    row: ChildProcedure,
    action: Callable[..., Any],
    form: SheetForm,
    *,
    title: "StrOrPromise",
    message: "StrOrPromise",
    target: tuple[str, Any] | None = None,
    **more: Any,
) -> HttpResponse:
    """A page that takes a procedure one step on, and then shows the whole of it."""
    user, at = viewer(request), clock.now()
    name, subject = target or ("procedure", row)
    if request.method == "POST" and submit(form, action, **{name: subject}, by=user, at=at):
        return done(request, message, "child-procedure", row.pk)
    return show(
        request,
        "children/verb.html",
        form=form,
        procedure=row,
        title=title,
        trail=_trail(row.case, title),
        back_url=reverse("child-procedure", args=[row.pk]),
        badge=codes("child_procedure_state").label(row.state),
        tone=TONES.get(row.state, "neutral"),
        waits=row.state == ChildProcedure.RECEIVED,
        **more,
    )


def _rights(user: User, case: Case, at: datetime) -> frozenset[str]:
    """The verbs of the room the viewer may do on the case."""
    verbs = {action.verb for action in steps.ACTIONS.values()} | {"child.start", "child.reveal_place"}
    return frozenset(
        verb for verb, where in may_on_cases(user, [case.pk], verbs, at=at).items() if case.pk in where
    )


def _card(one: queries.Shown, rights: frozenset[str], *, live: bool) -> dict[str, Any]:
    """One procedure on a page: where it stands, its next button, and the rest as links."""
    row = one.procedure
    due = steps.due(one.course) if live else []
    waiting = [name for name in due if steps.ACTIONS[name].verb in rights]
    besides = [
        name for name in (steps.possible(one.course) if live else []) if steps.ACTIONS[name].verb in rights
    ]
    return {
        "one": one,
        "procedure": row,
        "badge": codes("child_procedure_state").label(row.state),
        "tone": TONES.get(row.state, "neutral"),
        "waits": row.state == ChildProcedure.RECEIVED,
        "button": _button(waiting[0], one) if waiting else None,
        "links": [_button(name, one) for name in (*waiting[1:], *besides)],
        "waits_for": codes("role").label(steps.waits_for(due)) if due and not waiting else "",
    }


def _button(name: str, one: queries.Shown) -> dict[str, Any]:
    action, row = steps.ACTIONS[name], one.procedure
    if action.of == "form":
        instrument = queries.FIRST_FORM if name == steps.FIRST else queries.REVIEW_FORM
        asked = urlencode({"instrument": instrument, "child": row.child.person_id})
        return {"url": f"{reverse('assess-risk', args=[row.case_id])}?{asked}", "label": action.label}
    subject = {"procedure": row, "separation": one.separation, "plan": one.plan}[action.of]
    assert subject is not None  # noqa: S101  (steps.py names a step only for what is there)
    return {"url": reverse(name, args=[subject.pk]), "label": action.label}
