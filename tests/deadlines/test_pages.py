"""Pages of clocks: how long they run, days off, duties of an office, duty handed over, the calendar of a telephone."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from casework.audit.models import AuditEvent
from casework.base import clock
from casework.base.codes import codes
from casework.cases.models import Case
from casework.deadlines.models import Deadline, Handover, Holiday, OfficeDeadline, Period
from casework.organisations.models import DutyShift
from tests.casefile.doing import signed_in, text_of
from tests.deadlines.test_tick import on_duty, quiet
from tests.deadlines.ticking import start, tick
from tests.world import World

HOUR = timedelta(hours=1)


def post(client: Client, route: str, /, *args: Any, query: str = "", **sent: Any) -> Any:
    """Press the button of a form; the answer, redirected to nowhere."""
    return client.post(reverse(route, args=args) + query, {"form_key": str(uuid4()), **sent})


# --- how long clocks run ---


def test_every_length_is_told_in_words(world: World) -> None:
    shown = text_of(signed_in(world.lan).get(reverse("period-list")))
    assert "12 giờ" in shown
    assert "Luật 13/2022/QH15, Điều 25 khoản 2" in shown
    # A worker reads them and changes none.
    assert reverse("period-set") not in shown
    assert reverse("period-set") in text_of(signed_in(world.mai).get(reverse("period-list")))


def test_a_province_sets_a_shorter_period_and_takes_it_back(world: World) -> None:
    mai = signed_in(world.mai)
    sent = {
        "unit": "hours",
        "amount": "6",
        "basis": "Quy chế phối hợp của tỉnh",
        "is_verified": "on",
        "valid_from": f"{clock.local(world.now):%d/%m/%Y}",
    }
    answer = post(mai, "period-set", query="?rule=ban_decide", **sent)
    assert (answer.status_code, answer["Location"]) == (302, reverse("period-list"))
    row = Period.objects.get()
    assert (row.kind, row.set_by) == ("ban_decide", world.mai)
    assert "trước đây: 12 giờ" in text_of(mai.get(reverse("period-list")))

    assert post(mai, "period-withdraw", row.pk).status_code == 302
    assert Period.objects.get().withdrawn_at is not None
    assert "trước đây: 12 giờ" not in text_of(mai.get(reverse("period-list")))


def test_longer_than_the_law_is_refused_beside_the_field_and_nothing_typed_is_lost(world: World) -> None:
    mai = signed_in(world.mai)
    answer = post(
        mai,
        "period-set",
        query="?rule=ban_decide",
        unit="hours",
        amount="48",
        basis="Quy chế phối hợp của tỉnh",
        valid_from=f"{clock.local(world.now):%d/%m/%Y}",
    )
    shown = text_of(answer)
    assert answer.status_code == 400
    # Longer is possible, but somebody must say that the law itself has changed.
    assert 'id="id_law_changed_error"' in shown
    assert 'value="48"' in shown
    assert "Quy chế phối hợp của tỉnh" in shown
    assert not Period.objects.exists()


# --- days off ---


def test_a_day_off_is_set(world: World) -> None:
    mai = signed_in(world.mai)
    day = clock.local_date(world.now) + timedelta(days=40)
    # A Wednesday: Saturdays and Sundays are off already.
    day += timedelta(days=(2 - day.weekday()) % 7)
    assert post(mai, "holidays", name="Ngày hội của tỉnh", day=f"{day:%d/%m/%Y}").status_code == 302
    assert Holiday.objects.get(day=day).set_by == world.mai
    assert "Ngày hội của tỉnh" in text_of(mai.get(reverse("holidays")))
    assert signed_in(world.lan).get(reverse("holidays")).status_code == 403


# --- what an office owes ---


def test_an_incident_with_data_starts_its_clock_and_is_said_to_be_done(world: World) -> None:
    mai = signed_in(world.mai)
    known = f"{clock.local(world.at(hours=2)):%H:%M %d/%m/%Y}"
    assert post(mai, "office-clock-start", kind="data_breach", since=known).status_code == 302
    row = OfficeDeadline.objects.everything(reason="test").get(kind="data_breach_notice")
    assert codes("deadline_kind").label(row.kind) in text_of(mai.get(reverse("office-clocks")))
    assert post(mai, "office-clock-finish", row.pk).status_code == 302
    row.refresh_from_db(from_queryset=OfficeDeadline.objects.everything(reason="test"))
    assert row.state == OfficeDeadline.DONE


# --- duty ---


def test_whoever_comes_on_duty_finds_what_lies_open_and_takes_it_over(world: World, case: Case) -> None:
    quiet(case)
    start(case, "plan_step_due", at=world.now, due_at=world.now + HOUR)
    shift = on_duty(world, world.minh, world.now)
    tick(world.now)
    minh = signed_in(world.minh)
    shown = text_of(minh.get(reverse("handover")))
    assert case.number in shown
    row = Handover.objects.get(shift=shift)
    assert reverse("handover-take", args=[row.pk]) in shown
    # Nobody takes over for somebody else.
    assert post(signed_in(world.lan), "handover-take", row.pk).status_code == 404
    assert post(minh, "handover-take", row.pk).status_code == 302
    assert Handover.objects.get(pk=row.pk).acknowledged_at is not None
    assert reverse("handover-take", args=[row.pk]) not in text_of(minh.get(reverse("handover")))


def test_whoever_is_not_on_duty_reads_when_it_will_be_theirs(world: World) -> None:
    assert not DutyShift.objects.filter(user=world.lan).exists()
    assert "Hiện bạn không trong ca trực" in text_of(signed_in(world.lan).get(reverse("handover")))


# --- a calendar ---


def address_of(page: str) -> str:
    (found,) = set(re.findall(r"/calendar/feed/[0-9a-f-]{36}/", page))
    return str(found)


def test_a_calendar_says_when_and_nothing_else(world: World, case: Case) -> None:
    quiet(case)
    running = start(case, "ban_decide", at=world.now, due_at=world.now + HOUR)
    assert running is not None
    lan, anybody = signed_in(world.lan), Client()
    address = address_of(text_of(post(lan, "calendar-make")))
    # It is shown once.
    assert "/calendar/feed/" not in text_of(lan.get(reverse("calendar")))

    answer = anybody.get(address)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    assert [event.decoded("dtstart") for event in events] == [running.due_at.replace(microsecond=0)]
    told = answer.content.decode()
    for secret in (case.number, str(case.pk), str(running.pk), "Mường Phăng", "Lò Thị", world.lan.full_name):
        assert secret not in told
    assert anybody.post(address).status_code == 405
    # Whose calendar it is has read it, however they are signed in.
    (read,) = AuditEvent.objects.filter(action="deadline.view", actor=world.lan.pk)
    assert (read.detail["filters"], read.detail["shown"]) == ({"page": "calendar"}, [str(case.pk)])

    # A new address ends the one before; ending it ends it.
    newer = address_of(text_of(post(lan, "calendar-make")))
    assert anybody.get(address).status_code == 404
    assert anybody.get(newer).status_code == 200
    assert post(lan, "calendar-end").status_code == 302
    assert anybody.get(newer).status_code == 404
    assert anybody.get(reverse("calendar-feed", args=[uuid4()])).status_code == 404


def test_a_calendar_of_somebody_who_has_left_answers_nobody(world: World, case: Case) -> None:
    address = address_of(text_of(post(signed_in(world.lan), "calendar-make")))
    world.lan.is_active = False
    world.lan.save(update_fields=["is_active"])
    assert Client().get(address).status_code == 404


# --- one clock ---


def test_one_clock_tells_who_was_told_and_takes_the_word_of_whoever_is_at_it(
    world: World, case: Case
) -> None:
    quiet(case)
    running = start(case, "ban_decide", at=world.now, due_at=world.now + HOUR)
    assert running is not None
    tick(world.now)
    pao = signed_in(world.pao)
    shown = text_of(pao.get(reverse("deadline-detail", args=[running.pk])))
    assert "Luật 13/2022/QH15, Điều 25 khoản 2" in shown
    assert post(pao, "deadline-acknowledge", running.pk).status_code == 302
    running.refresh_from_db(from_queryset=Deadline.objects.everything(reason="test"))
    assert running.acknowledged_by == world.pao


@pytest.mark.parametrize("name", ["hoa", "kien"])
def test_a_clock_of_a_case_one_may_not_see_is_not_there(world: World, case: Case, name: str) -> None:
    running = start(case, "ban_decide", at=world.now, due_at=world.now + HOUR)
    assert running is not None
    answer = signed_in(getattr(world, name)).get(reverse("deadline-detail", args=[running.pk]))
    assert answer.status_code in (403, 404)
