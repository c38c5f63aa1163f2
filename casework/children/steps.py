"""What a child procedure waits for, and what may be done with it besides: names of pages, most urgent first. Pure."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from casework.children import terms
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


@dataclass(frozen=True, slots=True)
class Course:
    """How far a procedure has come; reviewed: form 06 was signed since the plan was approved."""

    state: str
    decision: str
    has_first_form: bool
    has_plan: bool
    is_apart: bool
    reviewed: bool


def due(course: Course) -> list[str]:
    """The steps somebody waits for, the most urgent first."""
    if course.state == terms.RECEIVED:
        return ["decide-child"] if course.has_first_form else [FIRST, "decide-child"]
    if course.state == terms.ASSESSING:
        return ["assess-child"]
    if course.state == terms.PLANNING:
        return ["approve-child-plan"] if course.has_plan else ["plan-for-child"]
    if course.state == terms.CARRIED_OUT:
        return ["review-child"] if course.reviewed else [LAST]
    return []


def possible(course: Course) -> list[str]:
    """What may be done besides; nothing waits for it."""
    if course.state == terms.CLOSED:
        return []
    found = ["end-separation", "extend-separation"] if course.is_apart else ["separate-child"]
    if course.state == terms.ASSESSING and course.decision != terms.NONE:
        found.append("plan-for-child")
    if course.state == terms.PLANNING:
        found.append("return-child-plan" if course.has_plan else "assess-child")
        if course.decision == terms.NONE and not course.has_plan:
            found.append("review-child")
    if course.state == terms.RECEIVED and course.has_first_form:
        found.append(FIRST)
    return found


def waits_for(names: list[str]) -> str:
    """The role the first of these steps waits for; empty when it is nobody's in particular."""
    return next((ACTIONS[name].role for name in names if ACTIONS[name].role), "")
