"""Telling people: what leaves says nothing, by the ways they chose, after their quiet hours, once each."""

import json
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from hypothesis import given
from hypothesis import strategies as st

from casework.base.clock import VIETNAM, local
from casework.base.refusals import InvalidInput
from casework.notifications import outbox
from casework.notifications.actions import read_notice, set_reach
from casework.notifications.channels import FileGateway, NotSent
from casework.notifications.models import Letter, Notice, Reach
from casework.notifications.outbox import News, deliver, forget_notices, tell_people
from casework.notifications.quiet import is_quiet, not_before
from casework.organisations.models import User
from tests.world import World

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Words that stand in a case and must never leave.
NEVER = ("Lò", "Mẫu", "03325", "cấm tiếp xúc", "bạo lực", "hồ sơ", "Hồ sơ")


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.SMS_FOLDER = str(tmp_path / "sms")
    settings.DEFAULT_FROM_EMAIL = "tin@example.org"
    return tmp_path / "sms"


def reach(world: World, user: User, **answers: object) -> Reach:
    chosen = {
        "email": "lan@example.org",
        "phone": "+84912345679",
        "by_email": True,
        "by_sms": True,
        **answers,
    }
    return set_reach(by=user, at=world.now, answers=chosen)


def tell(
    world: World, user: User, *, at: datetime | None = None, on_duty: tuple[Any, ...] = (), **news: Any
) -> Notice:
    told = News("due_now", "ban_decide", due_at=world.now, **news)
    return tell_people([user], told, at=at or world.now, on_duty=on_duty)[0]


def send(at: datetime) -> outbox.Delivered:
    return deliver(now=lambda: at)


def texts(folder: Path) -> list[dict[str, str]]:
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))] if folder.exists() else []


# --- what leaves ---


def test_a_letter_and_a_text_message_say_nothing_but_that_there_is_something(
    world: World, folder: Path
) -> None:
    reach(world, world.lan)
    tell(world, world.lan)
    assert send(world.now).sent == 2

    (letter,), (text,) = mail.outbox, texts(folder)
    assert letter.to == ["lan@example.org"]
    assert text["to"] == "+84912345679"
    assert letter.subject == "Bạn có 1 việc cần xem"
    assert text["text"] == "Bạn có 1 việc cần xem. Hãy đăng nhập để xem."
    everything = f"{letter.message().as_string()} {letter.subject} {letter.body} {text['text']}"
    assert [word for word in NEVER if word in everything] == []
    assert len(text["text"]) <= 70


def test_what_waits_for_one_person_is_one_message(world: World, folder: Path) -> None:
    reach(world, world.lan)
    for _one in range(3):
        tell(world, world.lan)

    assert send(world.now).sent == 2
    assert mail.outbox[0].subject == "Bạn có 3 việc cần xem"
    assert len(texts(folder)) == 1
    assert send(world.now).sent == 0


def test_english_for_whoever_works_in_english(world: World) -> None:
    User.objects.filter(pk=world.lan.pk).update(language="en")
    reach(world, world.lan, by_sms=False)
    tell(world, world.lan, is_urgent=True)
    send(world.now)

    assert mail.outbox[0].subject == "You have something to look at now"


def test_without_a_way_chosen_nothing_leaves(world: World, folder: Path) -> None:
    tell(world, world.lan)
    reach(world, world.minh, by_email=False, by_sms=False)
    tell(world, world.minh)

    assert send(world.now).sent == 0
    assert (mail.outbox, texts(folder)) == ([], [])
    assert Notice.objects.count() == 2


def test_what_was_seen_here_need_not_leave(world: World) -> None:
    reach(world, world.lan)
    read_notice(notice=tell(world, world.lan), by=world.lan, at=world.now)

    assert (send(world.now).sent, mail.outbox) == (0, [])
    assert set(Letter.objects.values_list("state", flat=True)) == {Letter.DROPPED}


def test_an_account_that_was_closed_is_told_nothing(world: World) -> None:
    reach(world, world.lan)
    tell(world, world.lan)
    User.objects.filter(pk=world.lan.pk).update(is_active=False)

    assert (send(world.now).sent, mail.outbox) == (0, [])


def test_addresses_of_staff_are_sealed(world: World) -> None:
    row = reach(world, world.lan)
    stored = Reach.objects.filter(pk=row.pk).values("email", "phone").get()

    assert "lan@example.org" not in repr(stored)
    assert Reach.objects.get(pk=row.pk).email == "lan@example.org"


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "lan"}, "email"),
        ({"phone": ""}, "phone"),
        ({"quiet_from": "22"}, "quiet_to"),
        ({"quiet_to": "06"}, "quiet_from"),
    ],
)
def test_half_an_answer_is_refused(world: World, answers: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        reach(world, world.lan, **answers)

    assert list(refusal.value.errors) == [field]


# --- when ---


def test_quiet_hours_hold_a_letter_back_but_no_danger_and_no_duty(world: World) -> None:
    night = local(world.now).replace(hour=23, minute=30) + DAY
    morning = night.replace(hour=6, minute=0) + DAY
    reach(world, world.lan, by_sms=False, quiet_from="22", quiet_to="06")
    tell(world, world.lan, at=night)

    assert send(night).sent == 0
    assert send(morning - MINUTE).sent == 0
    assert send(morning).sent == 1
    tell(world, world.lan, at=night, is_urgent=True)
    assert send(night).sent == 1
    tell(world, world.lan, at=night, on_duty=(world.lan.pk,))
    assert send(night).sent == 1


hours = st.integers(0, 23).map(time)
moments = st.integers(0, 1_000_000).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=VIETNAM) + minutes * MINUTE
)


@given(at=moments, start=hours, end=hours)
def test_a_message_never_waits_a_day_and_never_leaves_in_quiet_hours(
    at: datetime, start: time, end: time
) -> None:
    when = not_before(at, (start, end), is_urgent=False, is_on_duty=False)

    assert at <= when < at + DAY
    assert not is_quiet(when, (start, end))
    assert when == at or is_quiet(at, (start, end))
    assert not_before(at, (start, end), is_urgent=True, is_on_duty=False) == at
    assert not_before(at, (start, end), is_urgent=False, is_on_duty=True) == at


# --- once, whatever breaks ---


class Broken:
    """A gateway that is away."""

    def send(self, **_message: str) -> None:
        raise NotSent("away")


def test_a_gateway_that_is_away_is_tried_again_later_and_later(
    world: World, settings: Any, folder: Path
) -> None:
    reach(world, world.lan, by_email=False)
    tell(world, world.lan)
    settings.SMS_GATEWAY = "tests.notifications.test_outbox.Broken"
    assert send(world.now).failed == 1
    assert send(world.now + MINUTE / 2).failed == 0
    assert send(world.now + MINUTE).failed == 1
    assert send(world.now + 2 * MINUTE).failed == 0

    settings.SMS_GATEWAY = "casework.notifications.channels.FileGateway"
    assert send(world.now + HOUR).sent == 1
    assert len(texts(folder)) == 1


def test_what_could_not_be_sent_for_two_days_is_given_up(world: World, settings: Any) -> None:
    reach(world, world.lan, by_email=False)
    tell(world, world.lan)
    settings.SMS_GATEWAY = "tests.notifications.test_outbox.Broken"
    send(world.now + 3 * DAY)

    assert Letter.objects.get().state == Letter.GIVEN_UP


def test_a_worker_killed_after_sending_sends_nothing_twice(world: World, folder: Path) -> None:
    """It had handed the message over and not said so: the next one hands over the same message, known by its id."""
    reach(world, world.lan, by_email=False)
    tell(world, world.lan)
    taken = outbox._claim(world.now)
    outbox._send(taken, FileGateway())
    # What came meanwhile is no part of that message.
    later = tell(world, world.lan, at=world.now + MINUTE / 2)

    assert send(world.now + MINUTE / 2).sent == 1
    assert send(world.now + 2 * MINUTE).sent == 1
    assert [Letter.objects.get(notice=one).state for one in (taken[0].notice, later)] == ["sent", "sent"]
    assert [one["text"] for one in texts(folder)] == ["Bạn có 1 việc cần xem. Hãy đăng nhập để xem."] * 2


def test_the_same_letter_has_the_same_message_id(world: World, settings: Any) -> None:
    reach(world, world.lan, by_sms=False)
    tell(world, world.lan)
    taken = outbox._claim(world.now)
    outbox._send(taken, None)
    send(world.now + 2 * MINUTE)

    first, second = (letter.extra_headers["Message-ID"] for letter in mail.outbox)
    assert first == second == f"<{taken[0].message}@example.org>"


def test_old_notices_are_forgotten(world: World) -> None:
    seen, unseen, old = (tell(world, world.lan, at=world.at(days=days)) for days in (100, 100, 400))
    read_notice(notice=seen, by=world.lan, at=world.at(days=99))

    assert forget_notices(world.now) == 2
    assert list(Notice.objects.all()) == [unseen]
    assert old.pk is not None
