"""What a measure waits for, and what may be done with it besides: names of pages, most urgent first. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from casework.organisations.roles import COMMUNE_CHAIR, POLICE_HEAD
from casework.protection import terms

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Time enough to ask for another ban: the chair has 12 hours to decide it.
ENDS_SOON: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Action:
    """A step with a page: the verb whose right it needs, its button, and whose duty it is when it is due.

    page: the name of the page where it is not that of the step; of_case: the address names the case, because the
    page makes a new measure.
    """

    verb: str
    label: "StrOrPromise"
    role: str = ""
    page: str = ""
    of_case: bool = False


# Counselling, behaviour change and community work are done in sessions.
WITH_SESSIONS: Final = frozenset({"M06", "M07", "M09"})

# Name of the step, most often that of its page -> what stands behind it.
ACTIONS: Final[dict[str, Action]] = {
    "decide-ban": Action("measure.decide_ban", _("Issue the decision"), COMMUNE_CHAIR),
    "cancel-measure": Action("measure.cancel", _("Cancel the decision"), COMMUNE_CHAIR),
    "answer-cancellation": Action(
        "measure.cancel", _("Answer the request to cancel"), COMMUNE_CHAIR, page="cancel-measure"
    ),
    "assign-monitor": Action("measure.assign_monitor", _("Name the monitor"), POLICE_HEAD),
    "announce-monitoring": Action("measure.announce_monitoring", _("Announce the monitoring"), POLICE_HEAD),
    "serve-decision": Action("measure.serve", _("Record who received it"), COMMUNE_CHAIR),
    "request-ban": Action("measure.request_ban", _("Ask for another ban"), of_case=True),
    "end-measure": Action("measure.end", _("Record the end")),
    "record-breach": Action("measure.record_breach", _("Record a breach")),
    "allow-contact": Action("measure.allow_contact", _("Record an allowed contact")),
    "record-session": Action("measure.record_session", _("Record a session")),
    "record-critique": Action("measure.record_critique", _("Write the minutes")),
    "request-cancellation": Action("measure.request_cancellation", _("Ask to cancel it")),
}


@dataclass(frozen=True, slots=True)
class Course:
    """How far a measure has come. standing: a code of `measure_state` at this instant (`terms.standing`).

    recipients: who gets a copy by law; received: who has one; stored: the state as it was written down;
    has_paper: there is a decision to hand over.
    """

    kind: str
    decider: str
    stored: str
    standing: str
    recipients: tuple[str, ...]
    received: Collection[str]
    is_monitored: bool
    monitor_assigned: bool
    announced: bool
    cancellation_asked: bool
    another_asked: bool
    has_paper: bool
    ends_at: datetime | None

    @property
    def is_ban(self) -> bool:
        return self.kind == terms.CONTACT_BAN

    @property
    def runs(self) -> bool:
        """Decided and not over, begun or not."""
        return self.standing in (terms.GRANTED, terms.IN_FORCE)

    @property
    def outstanding(self) -> tuple[str, ...]:
        """Who should have a copy and has none."""
        return tuple(code for code in self.recipients if code not in self.received)


def due(course: Course, at: datetime) -> list[str]:
    """The steps somebody waits for, the most urgent first."""
    if course.standing == terms.REQUESTED:
        return ["decide-ban"]
    if course.stored == terms.IN_FORCE and not course.runs:
        return ["end-measure"]
    if not course.runs:
        return []
    found: list[str] = []
    if course.cancellation_asked:
        found.append("answer-cancellation")
    if course.is_monitored and not course.monitor_assigned and "police_head" in course.received:
        found.append("assign-monitor")
    if course.is_monitored and course.monitor_assigned and not course.announced:
        found.append("announce-monitoring")
    if course.is_ban and course.outstanding:
        found.append("serve-decision")
    if course.is_ban and course.ends_at is not None and course.ends_at - at <= ENDS_SOON:
        found += [] if course.another_asked else ["request-ban"]
    return found


def possible(course: Course, at: datetime) -> list[str]:
    """What may be done besides, the likeliest first: nothing waits for it."""
    first = due(course, at)
    chairs_own = course.decider == terms.CHAIR
    found: list[str] = []
    if course.runs and not (course.is_ban and chairs_own):
        found.append("end-measure")
    if (
        course.standing in (terms.IN_FORCE, terms.ENDED, terms.CANCELLED)
        and "perpetrator" in course.recipients
    ):
        found.append("record-breach")
    if course.stored == terms.IN_FORCE and course.outstanding and course.has_paper:
        found.append("serve-decision")
    if course.runs and course.is_monitored and course.monitor_assigned:
        found.append("assign-monitor")
    if course.runs and course.is_ban and course.monitor_assigned:
        found.append("allow-contact")
    if course.runs and course.kind in WITH_SESSIONS:
        found.insert(0, "record-session")
    if course.runs and course.kind == terms.CRITIQUE:
        found.insert(0, "record-critique")
    if course.runs and chairs_own and not course.cancellation_asked:
        found += ["request-cancellation", "cancel-measure"]
    return [name for name in found if name not in first]


def waits_for(names: Collection[str]) -> str:
    """The role the first of these steps waits for; empty when it is nobody's in particular."""
    return next((ACTIONS[name].role for name in names if ACTIONS[name].role), "")
