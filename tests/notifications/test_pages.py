"""One's own notices and nobody else's: the list, the bell, opening one, how one is told; over the web and REST."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from casework.cases.models import Case
from casework.notifications.models import Notice, Reach
from casework.notifications.outbox import News, tell_people
from casework.organisations.models import User
from tests.casefile.doing import signed_in, text_of
from tests.deadlines.ticking import start, tick
from tests.world import World

HOUR = timedelta(hours=1)


def tell(world: World, user: User, **news: Any) -> Notice:
    return tell_people([user], News("due_now", "ban_decide", **news), at=world.now)[0]


def test_the_bell_counts_what_was_not_seen(world: World) -> None:
    client = signed_in(world.lan)
    assert "app-bell" in text_of(client.get(reverse("home")))
    tell(world, world.lan)
    tell(world, world.minh)

    assert '<span class="app-count">1<span' in text_of(client.get(reverse("home")))


def test_the_list_names_no_case(world: World, case: Case) -> None:
    started = start(case, "ban_decide", at=world.now)
    assert started is not None
    tick(started.due_at)

    shown = text_of(signed_in(world.pao).get(reverse("notice-list")))
    assert "Việc đến hạn: Quyết định cấm tiếp xúc" in shown
    assert case.number not in shown
    assert str(case.pk) not in shown


def test_opened_it_is_seen_and_leads_to_the_clock(world: World, case: Case) -> None:
    started = start(case, "ban_decide", at=world.now)
    assert started is not None
    tick(started.due_at)
    notice = Notice.objects.get(recipient=world.pao, kind="due_now", topic="ban_decide")

    client = signed_in(world.pao)
    answer = client.post(reverse("notice-open", args=[notice.pk]))
    assert answer.headers["Location"] == reverse("deadline-detail", args=[started.pk])
    assert case.number in text_of(client.get(answer.headers["Location"]))
    notice.refresh_from_db()
    assert notice.read_at is not None


def test_somebody_elses_is_not_there(world: World) -> None:
    notice = tell(world, world.lan)
    client = signed_in(world.minh)

    assert client.post(reverse("notice-open", args=[notice.pk])).status_code == 404
    assert Caller(world.minh).send("notice-open", {}, notice.pk).status_code == 404
    assert client.get(reverse("api:notice-list")).json()["results"] == []


def test_all_are_marked_as_seen_but_only_ones_own(world: World) -> None:
    tell(world, world.lan)
    tell(world, world.minh)
    signed_in(world.lan).post(reverse("notice-read-all"))

    assert list(Notice.objects.filter(read_at=None).values_list("recipient__username", flat=True)) == ["minh"]


def test_how_one_is_told_is_chosen_here(world: World) -> None:
    client = signed_in(world.lan)
    answer = client.post(
        reverse("notice-reach"),
        {"by_sms": "on", "phone": "0912 345 679", "quiet_from": "22", "quiet_to": "05"},
    )

    assert answer.status_code == 302
    row = Reach.objects.get(user=world.lan)
    assert (row.phone, row.by_sms, row.by_email, row.quiet_from) == ("+84912345679", True, False, "22")
    assert "0912 345 679" in text_of(client.get(reverse("notice-reach")))


def test_a_wrong_address_is_said_beside_it_and_kept(world: World) -> None:
    answer = signed_in(world.lan).post(reverse("notice-reach"), {"by_email": "on", "email": "lan"})

    assert answer.status_code == 400
    assert "Đây không phải địa chỉ thư điện tử." in text_of(answer)
    assert 'value="lan"' in text_of(answer)


class Caller:
    """REST as somebody."""

    def __init__(self, user: User) -> None:
        self.client = Client()
        self.client.force_login(user)

    def send(self, name: str, body: object, *args: object) -> Any:
        return self.client.post(
            reverse(f"api:{name}", args=args),
            json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": str(uuid4())},
        )


def test_rest_reads_marks_and_sets(world: World) -> None:
    notice = tell(world, world.lan, due_at=world.now + HOUR)
    lan = Caller(world.lan)

    (row,) = lan.client.get(reverse("api:notice-list")).json()["results"]
    assert (row["kind"], row["topic"], row["read_at"]) == ("due_now", "ban_decide", None)
    assert lan.send("notice-open", {}, notice.pk).json()["read_at"]
    assert lan.send("notice-read-all", {}).status_code == 200
    told = lan.send("notice-reach", {"by_email": True, "email": "lan@example.org"})
    assert (told.status_code, told.json()["email"]) == (200, "lan@example.org")
    assert lan.client.get(reverse("api:notice-reach")).json()["by_email"] is True


@pytest.mark.parametrize("body", [{"by_email": True}, {"email": 5}, {"nothing": True}, {"quiet_from": "24"}])
def test_rest_refuses_what_cannot_be(world: World, body: dict[str, object]) -> None:
    assert Caller(world.lan).send("notice-reach", body).status_code == 400
