"""What a child procedure waits for, and what may be done with it besides: names of pages, most urgent first. Pure."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from casework.children.models import ChildPlan, ChildProcedure
from casework.children.queries import Shown
from casework.organisations.roles import COMMUNE_CHAIR, SOCIAL_WORKER

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

FIRST, LAST = "form-02", "form-06"


@dataclass(frozen=True, slots=True)
class Action:
    """A step with a page: the verb whose right it needs, its button, and whose duty it is when it is due.

    of: what the address names (the procedure, its separation, its plan, or a form about the child).
    """

    verb: str
    label: "StrOrPromise"
    role: str = ""
    of: str = "procedure"


# Name of the page -> what stands behind it.
ACTIONS: Final[dict[str, Action]] = {
    "decide-child": Action("child.decide", _("Decide on the emergency step"), COMMUNE_CHAIR),
    "separate-child": Action("child.separate", _("Decide a temporary separation"), COMMUNE_CHAIR),
    FIRST: Action("risk.assess", _("Fill in form 02"), SOCIAL_WORKER, of="form"),
    "assess-child": Action("child.assess", _("Write form 03"), SOCIAL_WORKER),
    "plan-for-child": Action("child.submit_plan", _("Write the plan (form 04)"), SOCIAL_WORKER),
    "approve-child-plan": Action(
        "child.approve_plan", _("Approve the plan (form 05)"), COMMUNE_CHAIR, of="plan"
    ),
    "return-child-plan": Action("child.return_plan", _("Send the plan back"), of="plan"),
    LAST: Action("risk.assess", _("Fill in form 06"), SOCIAL_WORKER, of="form"),
    "review-child": Action("child.review", _("Review after the plan"), SOCIAL_WORKER),
    "extend-separation": Action("child.extend_separation", _("Extend the separation"), of="separation"),
    "end-separation": Action("child.end_separation", _("Record the end of the separation"), of="separation"),
}


def due(one: Shown) -> list[str]:
    """The steps somebody waits for, the most urgent first."""
    state = one.procedure.state
    if state == ChildProcedure.RECEIVED:
        return ["decide-child"] if one.first_form else [FIRST, "decide-child"]
    if state == ChildProcedure.ASSESSING:
        return ["assess-child"]
    if state == ChildProcedure.PLANNING:
        return ["approve-child-plan"] if one.plan else ["plan-for-child"]
    if state == ChildProcedure.CARRIED_OUT:
        return ["review-child"] if reviewed(one) else [LAST]
    return []


def possible(one: Shown) -> list[str]:
    """What may be done besides; nothing waits for it."""
    procedure = one.procedure
    found: list[str] = []
    if procedure.state == ChildProcedure.CLOSED:
        return found
    if one.separation is None:
        found.append("separate-child")
    else:
        found += ["end-separation", "extend-separation"]
    if procedure.state == ChildProcedure.ASSESSING and procedure.decision != ChildProcedure.NONE:
        found.append("plan-for-child")
    if procedure.state == ChildProcedure.PLANNING:
        found.append("return-child-plan" if one.plan else "assess-child")
        if procedure.decision == ChildProcedure.NONE and not one.plan:
            found.append("review-child")
    if procedure.state == ChildProcedure.RECEIVED and one.first_form:
        found.append(FIRST)
    return [name for name in found if name not in due(one)]


def reviewed(one: Shown) -> bool:
    """Whether form 06 was signed since the plan was approved."""
    plan, form = one.plan, one.review_form
    return bool(
        plan
        and plan.state == ChildPlan.APPROVED
        and plan.decided_at
        and form
        and form.signed_at >= plan.decided_at
    )


def waits_for(names: list[str]) -> str:
    """The role the first of these steps waits for; empty when it is nobody's in particular."""
    return next((ACTIONS[name].role for name in names if ACTIONS[name].role), "")
