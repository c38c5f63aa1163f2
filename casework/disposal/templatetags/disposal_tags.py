"""What the page of a report says of its being kept and destroyed: the rooms below know nothing of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django import template
from django.template import Context

from casework.access.decisions import may
from casework.base import clock
from casework.disposal.models import ReportDisposal
from casework.disposal.queries import running_of
from casework.disposal.retention import ANSWER_WITHIN
from casework.intake.models import Report
from casework.organisations.models import User

register = template.Library()


@dataclass(frozen=True, slots=True)
class Keeping:
    """Whether the viewer may see how long it is kept, and the request to destroy it that runs."""

    may_view: bool = False
    request: ReportDisposal | None = None
    answer_by: datetime | None = None
    may_stop: bool = False


@register.simple_tag(takes_context=True)
def report_keeping(context: Context, report: Report) -> Keeping:
    """How a report whose triage has ended is kept; nothing is asked for any other."""
    if report.decided_at is None:
        return Keeping()
    user, at = cast("User", context["request"].user), clock.now()
    may_view = bool(may(user, "report_disposal.view", report, at=at))
    request = running_of(report)
    if request is None:
        return Keeping(may_view)
    may_stop = bool(may(user, "report_disposal.stop", report, at=at))
    return Keeping(may_view, request, request.requested_at + ANSWER_WITHIN, may_stop)
