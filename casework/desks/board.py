"""The measures board as a rule: in which column a measure stands, and which one button it gets. Pure."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from casework.protection import steps, terms
from casework.protection.steps import Course

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

DECIDE, SERVE, RUNNING, ENDING, BREACHED, OVER = "decide", "serve", "running", "ending", "breached", "over"

COLUMNS: Final[dict[str, "StrOrPromise"]] = {
    DECIDE: _("To decide"),
    SERVE: _("To serve"),
    RUNNING: _("Running"),
    ENDING: _("Ends within 24 hours"),
    BREACHED: _("Breached"),
    OVER: _("Ended"),
}


def column(course: Course, at: datetime, *, is_breached: bool) -> str:
    """The one column of a measure: what is most urgent about it wins."""
    if course.standing == terms.REQUESTED:
        return DECIDE
    if not course.runs:
        return OVER
    if is_breached:
        return BREACHED
    if course.ends_at is not None and course.ends_at - at <= steps.ENDS_SOON:
        return ENDING
    if course.is_ban and course.outstanding:
        return SERVE
    return RUNNING


def button(course: Course, at: datetime, rights: Collection[str]) -> str:
    """The name of the most urgent step that this viewer may take; empty when there is none.

    rights: the verbs the viewer may do on the case. Of what nobody waits for, only a breach has a button here.
    """
    names = [
        *steps.due(course, at),
        *(name for name in steps.possible(course, at) if name == "record-breach"),
    ]
    if not course.runs:
        names = steps.due(course, at)
    return next((name for name in names if steps.ACTIONS[name].verb in rights), "")
