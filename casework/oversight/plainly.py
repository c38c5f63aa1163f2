"""Who looked, told to the person the file is about: by day and person, in words that say nothing of what is in it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework.base.clock import local, local_date

if TYPE_CHECKING:
    from uuid import UUID

    from django_stubs_ext import StrOrPromise

READ, WROTE, APART, COPY = "read", "wrote", "apart", "copy"
# Whoever finds the paper must not learn from it what the file is about, so it names no tab and no kind of record.
WORDS: Final[Mapping[str, "StrOrPromise"]] = {
    READ: gettext_lazy("read the file"),
    WROTE: gettext_lazy("wrote in the file"),
    APART: gettext_lazy("opened a part that is kept apart"),
    COPY: gettext_lazy("saved a copy of a document"),
}
_APART: Final = frozenset({"person.reveal_address", "child.reveal_place", "plan.view_safety"})
_COPY: Final = frozenset({"file.open"})
# Done to be allowed to look, or to tell who looked: nothing is written in the file.
_LOOKING: Final = frozenset({"audit.open_case", "case.list_readers"})


@dataclass(frozen=True, slots=True)
class Look:
    """One event of the file, as the memory holds it."""

    at: datetime
    actor: "UUID"
    action: str
    is_reading: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """What one person did with the file on one day: from when to when, and of which kinds."""

    day: date
    actor: "UUID"
    first: datetime
    last: datetime
    kinds: tuple[str, ...]

    @property
    def hours(self) -> str:
        """From when to when, to the minute."""
        first, last = f"{local(self.first):%H:%M}", f"{local(self.last):%H:%M}"
        return first if first == last else f"{first}–{last}"

    @property
    def words(self) -> str:
        """What was done, in words."""
        return ", ".join(str(WORDS[kind]) for kind in self.kinds)


def kind_of(look: Look) -> str:
    """Of which kind an event is; opening the form of a change is reading."""
    if not look.is_reading:
        return READ if look.action in _LOOKING else WROTE
    if look.action in _APART:
        return APART
    return COPY if look.action in _COPY else READ


def by_day(looks: Iterable[Look]) -> list[Reader]:
    """One line for each day and person, the latest day first, within it by the first hour."""
    found: dict[tuple[date, UUID], list[Look]] = {}
    for look in looks:
        found.setdefault((local_date(look.at), look.actor), []).append(look)
    lines = [_line(day, actor, some) for (day, actor), some in found.items()]
    return sorted(lines, key=lambda line: (-line.day.toordinal(), line.first, str(line.actor)))


def _line(day: date, actor: "UUID", looks: list[Look]) -> Reader:
    moments = [look.at for look in looks]
    kinds = {kind_of(look) for look in looks}
    return Reader(day, actor, min(moments), max(moments), tuple(kind for kind in WORDS if kind in kinds))


def said_of_refusals(count: int, most: int) -> str:
    """How often somebody without a basis was refused; empty for never. Nobody is named: a refusal proves nothing."""
    if not count:
        return ""
    shown = _("more than %(count)d") % {"count": most} if count > most else str(count)
    return _(
        "Besides, people without a right to it asked for this file %(count)s times and were refused; nothing was shown "
        "to them. The auditor sees who they were."
    ) % {"count": shown}
