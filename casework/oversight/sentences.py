"""What the memory holds, as a sentence a person can read: «Lò Thị Lan mở tab Nguy cơ của hồ sơ …». Pure.

The words for each action stand in `wording`; the sentence around them says whether it was done, read or refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from casework.base.codes import codes
from casework.cases.tabs import TABS
from casework.oversight.wording import action

if TYPE_CHECKING:
    from uuid import UUID

DONE, READ, REFUSED = "done", "read", "refused"
# Looking itself; any other action that was read means that its page was opened.
LOOKING: Final = frozenset(
    {
        "case.view",
        "person.view",
        "report.view",
        "referral.view",
        "child.view",
        "access.view",
        "person.reveal_address",
    }
)
# Steps from page to page by one person, this close together, are one visit.
ONE_VISIT: Final = timedelta(minutes=30)
SHOWN_FIELDS: Final = 4


@dataclass(frozen=True, slots=True)
class Event:
    """One event with its names looked up; `what` is empty until several events are told as one visit."""

    at: datetime
    who: str
    office: str
    action: str
    outcome: str
    case_number: str = ""
    page: str = ""
    count: int | None = None
    basis: str = ""
    reason: str = ""
    fields: Sequence[str] = ()
    actor_id: "UUID | None" = None
    case_id: "UUID | None" = None
    seq: int = 0
    damaged_kind: str = ""
    # The event itself, what it is about, and whether words somebody searched for are sealed in it.
    key: int = 0
    kind: str = ""
    record_id: "UUID | None" = None
    has_term: bool = False
    # Whether what it changed can be shown field by field.
    has_change: bool = False
    since: datetime | None = None
    what: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        return self.outcome == REFUSED

    @property
    def sentence(self) -> str:
        """The whole sentence, for pages."""
        return sentence(self)

    @property
    def changed(self) -> str:
        """The fields a change touched, as the forms call them, the first few by name."""
        if self.outcome != DONE:
            return ""
        shown = ", ".join(self.fields[:SHOWN_FIELDS])
        more = len(self.fields) - SHOWN_FIELDS
        return shown if more <= 0 else _("%(fields)s and %(count)d more") % {"fields": shown, "count": more}

    @property
    def basis_words(self) -> str:
        """On which basis it was allowed, in words; empty when the memory does not say."""
        return codes("access_basis").label(self.basis) if self.basis in codes("access_basis") else ""


def sentence(event: Event) -> str:
    """The whole sentence, with the case it is about and the reason when it may be read."""
    told = _told(event)
    if event.fields and event.outcome == READ:
        told += ": " + ", ".join(event.fields)
    if event.reason:
        told = _("%(told)s. Reason: %(reason)s") % {"told": told, "reason": event.reason}
    return told


def phrase(event: Event) -> str:
    """What was done, without who and when: for a list whose columns say that."""
    tab = _tab(event.page)
    if event.outcome == READ and event.action in LOOKING and tab:
        return _("tab %(tab)s") % {"tab": tab}
    return action(event.action)


def visits(events: Iterable[Event]) -> list[Event]:
    """The events of one person in one go told as one visit, newest first as they came.

    Only readings on the same basis and without a reason are put together: a reason is always told by itself.
    """
    groups: list[list[Event]] = []
    listed = list(events)
    for index, event in enumerate(listed):
        if index and _same_visit(listed[index - 1], event):
            groups[-1].append(event)
        else:
            groups.append([event])
    return [_visit(group) for group in groups]


def _same_visit(newer: Event, older: Event) -> bool:
    plain = newer.outcome == older.outcome == READ and not newer.reason and not older.reason
    same = (newer.actor_id, newer.basis, newer.case_id) == (older.actor_id, older.basis, older.case_id)
    return plain and same and newer.at - older.at <= ONE_VISIT


def _visit(group: Sequence[Event]) -> Event:
    oldest_first = list(dict.fromkeys(phrase(event) for event in reversed(group)))
    first, last = group[-1].at, group[0].at
    # Hours are told to the minute: «from 01:53 to 01:53» says nothing.
    lasts = first.replace(second=0, microsecond=0) < last.replace(second=0, microsecond=0)
    return replace(group[0], since=first if lasts else None, what=tuple(oldest_first))


def _told(event: Event) -> str:
    words = {
        "who": event.who,
        "what": action(event.action),
        "case": event.case_number,
        "tab": _tab(event.page),
        "count": event.count,
    }
    if event.outcome == REFUSED:
        if event.case_number:
            return _("%(who)s was refused: %(what)s, case %(case)s") % words
        return _("%(who)s was refused: %(what)s") % words
    if event.count:
        return _("%(who)s %(what)s: a list of %(count)s") % words
    if event.outcome == READ and event.action in LOOKING and words["tab"] and event.case_number:
        return _("%(who)s opened the tab %(tab)s of case %(case)s") % words
    if event.outcome == READ and event.action not in LOOKING:
        if event.case_number:
            return _("%(who)s opened the page of case %(case)s for this: %(what)s") % words
        return _("%(who)s opened the page for this: %(what)s") % words
    if event.case_number:
        return _("%(who)s %(what)s, case %(case)s") % words
    return _("%(who)s %(what)s") % words


def _tab(page: str) -> str:
    return next((str(tab.title) for tab in TABS if tab.name == page), "")
