"""Telling people: a notice inside the product, and letters that a worker sends, once each.

A notice and its letters are written in the transaction of what they tell of. The worker takes one message at a time
for a minute, sends it and says so: one that was killed lets go of it by itself.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q
from django.utils.translation import override

from casework.base import clock
from casework.notifications import channels, quiet, wording
from casework.notifications.channels import Gateway, NotSent
from casework.notifications.models import Letter, Notice, Reach
from casework.organisations.models import User

LEASE: Final = timedelta(seconds=60)
# Between two tries, doubled each time, and when a message is too old to be of use.
WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(minutes=30)
GIVEN_UP_AFTER: Final = timedelta(days=2)
KEPT_READ, KEPT = timedelta(days=90), timedelta(days=365)


# --- telling ---


@dataclass(frozen=True, slots=True)
class News:
    """What somebody is told: a code of `notice_kind`, what it is about as a code, and the page that shows it."""

    kind: str
    topic: str = ""
    is_urgent: bool = False
    due_at: datetime | None = None
    count: int = 0
    route: str = ""
    about: UUID | None = None


def reach_of(users: Iterable[User]) -> dict[UUID, Reach]:
    """How these people can be reached outside the product; one query."""
    return {one.user_id: one for one in Reach.objects.filter(user__in=list(users))}


def tell_people(
    people: Collection[User],
    news: News,
    *,
    at: datetime,
    reach: Mapping[UUID, Reach] | None = None,
    on_duty: Collection[UUID] = (),
) -> list[Notice]:
    """Tell each of them once; letters go by the ways they have chosen, after their quiet hours.

    Must run in the transaction of what is told. on_duty: who answers now, and has no quiet hours.
    """
    if not people:
        return []
    reach = reach_of(people) if reach is None else reach
    notices = [
        Notice(
            recipient=person,
            kind=news.kind,
            topic=news.topic,
            is_urgent=news.is_urgent,
            due_at=news.due_at,
            count=news.count,
            route=news.route,
            about=news.about,
            at=at,
        )
        for person in people
    ]
    Notice.objects.bulk_create(notices)
    letters = [
        Letter(
            notice=notice,
            recipient_id=notice.recipient_id,
            channel=channel,
            made_at=at,
            not_before=quiet.not_before(
                at, way.quiet, is_urgent=news.is_urgent, is_on_duty=notice.recipient_id in on_duty
            ),
        )
        for notice in notices
        if (way := reach.get(notice.recipient_id)) is not None
        for channel, wanted in ((Letter.EMAIL, way.by_email), (Letter.SMS, way.by_sms))
        if wanted
    ]
    Letter.objects.bulk_create(letters)
    return notices


# --- sending ---


@dataclass(slots=True)
class Delivered:
    """What one run of the worker did, in messages."""

    sent: int = 0
    failed: int = 0
    dropped: int = 0


def deliver(*, until: datetime | None = None, now: Callable[[], datetime] = clock.now) -> Delivered:
    """Send what waits, one message for all that waits for one person by one way; urgent ones first.

    until: when to stop and leave the rest to the next run.
    """
    done = Delivered()
    sender = channels.gateway()
    while until is None or now() < until:
        letters = _claim(now())
        if not letters:
            break
        outcome = _send(letters, sender)
        _settle(letters, outcome, now())
        if outcome == Letter.SENT:
            done.sent += 1
        elif outcome == Letter.WAITING:
            done.failed += 1
        else:
            done.dropped += 1
    return done


def _claim(at: datetime) -> list[Letter]:
    """Take what waits for one person by one way for a minute; nothing when none waits.

    What was one message in an earlier try is the same one again: a gateway may have had it.
    """
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=at)
    with transaction.atomic():
        waiting = Letter.objects.filter(free, state=Letter.WAITING, not_before__lte=at)
        first = _locked(waiting).order_by("-notice__is_urgent", "not_before", "pk").first()
        if first is None:
            return []
        together = waiting.filter(
            recipient=first.recipient_id, channel=first.channel, message=first.message
        ).select_related("notice", "recipient")
        letters = list(_locked(together).order_by("made_at", "pk"))
        held = {"leased_until": at + LEASE, "message": first.message or uuid4()}
        Letter.objects.filter(pk__in=[letter.pk for letter in letters]).update(**held)
        for letter in letters:
            letter.message = held["message"]
        return letters


def _locked(rows: Any) -> Any:
    """Passing over what another worker holds."""
    return rows.select_for_update(skip_locked=True, of=("self",))


def _send(letters: list[Letter], sender: Gateway | None) -> str:
    """What becomes of the letters: sent, dropped because there is nobody to tell any more, or waiting again."""
    recipient = letters[0].recipient
    unread = [letter for letter in letters if letter.notice.read_at is None]
    way = Reach.objects.filter(user=recipient).first()
    if not unread or way is None or not recipient.is_active:
        return Letter.DROPPED
    urgent = any(letter.notice.is_urgent for letter in unread)
    message_id = str(letters[0].message)
    with override(recipient.preferred_language):
        try:
            if letters[0].channel == Letter.SMS:
                if sender is None or not (way.by_sms and way.phone):
                    return Letter.DROPPED
                text = wording.text_message(len(unread), is_urgent=urgent)
                sender.send(message_id=message_id, to=way.phone, text=text)
            else:
                if not (way.by_email and way.email):
                    return Letter.DROPPED
                channels.send_email(
                    message_id=message_id,
                    to=way.email,
                    subject=wording.subject(len(unread), is_urgent=urgent),
                    text=wording.body(len(unread), is_urgent=urgent),
                )
        except NotSent:
            return Letter.WAITING
    return Letter.SENT


def _settle(letters: list[Letter], outcome: str, at: datetime) -> None:
    keys = [letter.pk for letter in letters]
    if outcome != Letter.WAITING:
        Letter.objects.filter(pk__in=keys).update(state=outcome, ended_at=at, leased_until=None)
        return
    with transaction.atomic():
        for letter in letters:
            letter.tries += 1
            letter.leased_until = None
            if at - letter.made_at > GIVEN_UP_AFTER:
                letter.state, letter.ended_at = Letter.GIVEN_UP, at
            else:
                letter.not_before = at + min(LONGEST_WAIT, WAIT * 2 ** min(letter.tries - 1, 10))
            letter.save(update_fields=["tries", "leased_until", "state", "ended_at", "not_before"])


# --- keeping ---


def forget_notices(at: datetime) -> int:
    """Remove what was read three months ago, and what nobody read in a year; returns how many."""
    old = Q(read_at__lt=at - KEPT_READ) | Q(at__lt=at - KEPT)
    return Notice.objects.filter(old).delete()[1].get("casework.Notice", 0)
