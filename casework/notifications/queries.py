"""What somebody was told, and how they are reached: each person sees their own and nobody else's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from casework.base.codes import codes
from casework.base.cursors import read_cursor, uuid_of, write_cursor
from casework.base.refusals import NotVisible
from casework.notifications.models import Notice, Reach
from casework.organisations.models import User

LIST_SIZE: Final = 25
# More than this is told as «99+».
MOST_COUNTED: Final = 99


@dataclass(frozen=True, slots=True)
class Line:
    """A notice in words: what kind of thing, what it is about, when it is due. Which case stands behind it is not said."""

    notice: Notice

    @property
    def title(self) -> str:
        return codes("notice_kind").label(self.notice.kind)

    @property
    def topic(self) -> str:
        return codes("deadline_kind").label(self.notice.topic)

    @property
    def is_read(self) -> bool:
        return self.notice.read_at is not None

    @property
    def leads_on(self) -> bool:
        return bool(address_of(self.notice))


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of notices, the newest first, and the cursor of the next."""

    lines: Sequence[Line]
    next: str = ""


def inbox_of(user: User, *, after: str = "", size: int = LIST_SIZE) -> Inbox:
    """One query. Raises InvalidInput for a cursor that is not ours."""
    rows = Notice.objects.filter(recipient=user)
    start = read_cursor(after)
    if start is not None:
        moment, key = start
        rows = rows.filter(at__lte=moment).filter(Q(at__lt=moment) | Q(pk__lt=uuid_of(key)))
    found = list(rows.order_by("-at", "-pk")[: size + 1])
    shown = found[:size]
    go_on = write_cursor(shown[-1].at, str(shown[-1].pk)) if len(found) > size else ""
    return Inbox([Line(row) for row in shown], go_on)


def unread_of(user: User) -> int:
    """How many notices somebody has not seen, counted a little past what is told."""
    return Notice.objects.filter(recipient=user, read_at__isnull=True)[: MOST_COUNTED + 1].count()


def open_notice(user: User, notice_id: UUID) -> Notice:
    """One's own notice; NotVisible for anybody else's."""
    row = Notice.objects.filter(pk=notice_id, recipient=user).first()
    if row is None:
        raise NotVisible
    return row


def address_of(notice: Notice) -> str:
    """The page that shows what a notice is about, which asks for its own right; empty where there is none."""
    if not notice.route:
        return ""
    try:
        return reverse(notice.route, args=[notice.about] if notice.about else [])
    except NoReverseMatch:
        return ""


def reach_of(user: User) -> Reach:
    """How one is told; nothing yet for whoever has said nothing."""
    return Reach.objects.filter(user=user).first() or Reach(user=user)
