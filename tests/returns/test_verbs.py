"""The verbs of a return: who may, in which state, what is refused with which words, what never changes."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from casework.audit.models import AuditEvent
from casework.base import clock
from casework.base.dates import midnight
from casework.base.models import RegisterEntry
from casework.base.refusals import Denied, InvalidInput, NotVisible, Refused, Stale
from casework.deadlines.machine import run_minute
from casework.deadlines.models import OfficeDeadline
from casework.incidents.actions import record_incident
from casework.notifications.models import Notice
from casework.returns import lifecycle, queries
from casework.returns.actions import (
    answer_flag,
    check_return,
    correct_return,
    drop_return,
    fill_in_return,
    receive_return,
    refresh_return,
    send_return,
    send_return_back,
    sign_return,
)
from casework.returns.catalogue import form, forms
from casework.returns.models import OfficialReturn, ReturnRemark, ReturnSnapshot
from tests.returns.making import (
    answered,
    checked,
    filled,
    in_period,
    last_year,
    prepared,
    received,
    sent,
    sign,
    signed,
    signer,
    staff,
)
from tests.world import World

pytestmark = pytest.mark.django_db

WHY = {"reason": "Dòng II.1 không khớp với sổ."}


def refused(act: Callable[[], Any]) -> Refused:
    with pytest.raises(Refused) as told:
        act()
    return told.value


# --- from the count to the ministry ---


def test_from_prepared_to_received(world: World) -> None:
    world.case(at=in_period(world))

    record = received(world)

    assert record.state == lifecycle.RECEIVED
    assert record.number == f"1/{clock.local(world.now).year}"
    assert record.sha256 == queries.digest_of(record)
    assert (record.prepared_by, record.signed_by, record.received_by) == (world.quy, world.pao, world.mai)
    assert queries.values_of(record)["cases"] == 1
    assert queries.values_of(record)["households"] == 70


def test_numbers_leave_no_gap(world: World) -> None:
    numbers = [
        signed(world).number,
        signed(world, "commune_half", window="first_half").number,
    ]

    assert [number.split("/")[0] for number in numbers] == ["1", "2"]
    assert RegisterEntry.objects.filter(register="returns").count() == 2


def test_what_was_filled_in_says_who_and_when(world: World) -> None:
    record = filled(world, prepared(world), households=70)

    told = record.by_hand["households"]
    assert told == {"value": 70, "by": str(world.quy.pk), "at": world.now.isoformat()}
    (remark,) = ReturnRemark.objects.everything(reason="test").filter(record=record, about="filled_in")
    assert remark.text.startswith("Sổ hộ tịch")
    line = next(line for line in queries.sheet_of(record).lines if line.row.row == "households")
    assert (line.value, line.by) == (70, "Bạc Thị Quý")


def test_words_about_a_return_are_sealed(world: World) -> None:
    answered(world, prepared(world))

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT text FROM {ReturnRemark._meta.db_table}")
        kept = [bytes(row[0]) for row in cursor.fetchall()]
    assert kept
    assert not any("đối chiếu".encode() in one for one in kept)


# --- who ---


@pytest.mark.parametrize("name", ["lan", "minh", "dung", "hoa", "yen", "tuan", "kien", "son"])
def test_nobody_else_prepares(world: World, name: str) -> None:
    with pytest.raises(Denied):
        prepared(world, by=name)


@pytest.mark.parametrize("name", ["lan", "minh", "dung", "hoa", "tuan", "kien", "son"])
def test_nobody_else_sees_one(world: World, name: str) -> None:
    record = received(world)
    by = world.users[name]

    assert not OfficialReturn.objects.visible_to(by).exists()
    with pytest.raises(NotVisible):
        refresh_return(record=record, by=by, at=world.now)


def test_a_province_sees_of_its_communes_what_they_have_sent(world: World) -> None:
    record = signed(world)
    assert not OfficialReturn.objects.visible_to(world.mai).exists()

    send_return(record=record, by=world.pao, at=world.now)

    assert OfficialReturn.objects.visible_to(world.mai).get() == record
    with pytest.raises(Denied):
        correct_return(record=record, by=world.mai, at=world.now, answers=WHY)
    with pytest.raises(Denied):
        sign_return(record=record, by=world.mai, at=world.now, answers={"sha256": record.sha256})


def test_a_commune_does_not_file_for_the_province_nor_the_other_way_round(world: World) -> None:
    with pytest.raises(Denied):
        prepared(world, "province_year", by="quy")
    with pytest.raises(Denied):
        prepared(world, "commune_year", by="mai")


def test_nobody_signs_what_they_prepared(world: World) -> None:
    staff(world)
    record = checked(world, by="pao")

    told = refused(lambda: sign(world, record))

    assert told.code == "own_return"
    record = OfficialReturn.objects.everything(reason="test").get(pk=record.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        OfficialReturn.objects.everything(reason="test").filter(pk=record.pk).update(signed_by=world.pao)


def test_a_supervisor_of_the_commune_does_not_sign(world: World) -> None:
    record = checked(world, by="pao")

    with pytest.raises(Denied):
        sign_return(record=record, by=world.quy, at=world.now, answers={"sha256": queries.digest_of(record)})


def test_a_commune_does_not_receive_its_own(world: World) -> None:
    record = sent(world)

    for by in (world.pao, world.quy):
        with pytest.raises(Denied):
            receive_return(record=record, by=by, at=world.now, answers={})


def test_the_province_writes_down_that_the_ministry_has_it(world: World) -> None:
    record = sent(world, "province_year")

    receive_return(record=record, by=world.mai, at=world.now, answers={"remark": "Công văn trả lời."})

    assert record.state == lifecycle.RECEIVED


# --- in which state ---

DO: dict[str, Callable[[OfficialReturn, World], Any]] = {
    "refresh": lambda record, world: refresh_return(record=record, by=world.quy, at=world.now),
    "enter": lambda record, world: fill_in_return(
        record=record, by=world.quy, at=world.now, answers={"households": 3, "source": "Sổ."}
    ),
    "answer": lambda record, world: answer_flag(
        record=record, by=world.quy, at=world.now, answers={"flag": "nothing:cases", "text": "Đúng."}
    ),
    "check": lambda record, world: check_return(record=record, by=world.quy, at=world.now),
    "sign": lambda record, world: sign(world, record),
    "send": lambda record, world: send_return(record=record, by=world.pao, at=world.now),
    "receive": lambda record, world: receive_return(record=record, by=world.mai, at=world.now, answers={}),
    "send_back": lambda record, world: send_return_back(
        record=record, by=world.mai, at=world.now, answers=WHY
    ),
    "correct": lambda record, world: correct_return(record=record, by=world.quy, at=world.now, answers=WHY),
    "drop": lambda record, world: drop_return(record=record, by=world.quy, at=world.now),
}
IN_STATE: dict[str, Callable[[World], OfficialReturn]] = {
    "draft": prepared,
    "checked": checked,
    "signed": signed,
    "sent": sent,
    "received": received,
    "returned": lambda world: send_return_back(record=sent(world), by=world.mai, at=world.now, answers=WHY),
    "dropped": lambda world: drop_return(record=prepared(world), by=world.quy, at=world.now),
}


def test_the_table_knows_every_step() -> None:
    assert DO.keys() == lifecycle.STEPS.keys()


@pytest.mark.parametrize("state", sorted(IN_STATE))
def test_steps_follow_in_their_states_and_nowhere_else(world: World, state: str) -> None:
    record = IN_STATE[state](world)
    assert record.state == state
    for step, do in DO.items():
        if lifecycle.may_follow(step, state):
            continue
        if step in lifecycle.STEPS and step in ("receive", "send_back") and not record.sent_at:
            # The province does not see what was not sent.
            with pytest.raises(NotVisible):
                do(record, world)
            continue
        told = refused(lambda do=do: do(record, world))  # type: ignore[misc]
        assert told.code == "return_state", step
        assert record.state == state


# --- what is asked, and refused ---


def test_a_return_with_open_points_is_not_checked(world: World) -> None:
    record = prepared(world)
    assert {one["kind"] for one in record.flags} == {"gap", "nothing"}

    told = refused(lambda: check_return(record=record, by=world.quy, at=world.now))

    assert told.code == "flags_open"
    answered(world, record)
    assert check_return(record=record, by=world.quy, at=world.now).state == lifecycle.CHECKED


def test_an_answer_holds_only_while_the_numbers_are_the_same(world: World) -> None:
    record = answered(world, filled(world, prepared(world), households=71))
    assert any(one["kind"] == "does_not_add_up" and "remark" in one for one in record.flags)

    refresh_return(record=record, by=world.quy, at=world.now)
    assert all("remark" in one for one in record.flags)

    fill_in_return(record=record, by=world.quy, at=world.now, answers={"households": 72, "source": "Sổ mới."})
    assert [one["kind"] for one in record.flags if "remark" not in one] == ["does_not_add_up"]


def test_before_the_period_is_over_nothing_is_checked(world: World) -> None:
    days = last_year(world)
    at = midnight(days.end) - timedelta(minutes=1)
    record = answered(world, filled(world, prepared(world, at=at)))

    told = refused(lambda: check_return(record=record, by=world.quy, at=at))

    assert told.code == "window_open"
    assert check_return(record=record, by=world.quy, at=midnight(days.end)).state == lifecycle.CHECKED


def test_figures_that_moved_are_not_signed(world: World) -> None:
    record = checked(world)
    world.case(at=in_period(world))

    told = refused(lambda: sign(world, record))

    assert told.code == "figures_moved"
    assert RegisterEntry.objects.filter(register="returns").count() == 0
    refresh_return(record=record, by=world.quy, at=world.now)
    assert (record.state, queries.values_of(record)["cases"]) == (lifecycle.DRAFT, 1)


def test_what_was_not_shown_is_not_signed(world: World) -> None:
    record = checked(world)

    with pytest.raises(Stale):
        sign_return(record=record, by=world.pao, at=world.now, answers={"sha256": "0" * 64})


def test_a_return_is_prepared_once(world: World) -> None:
    record = prepared(world)

    assert refused(lambda: prepared(world)).code == "already_prepared"
    drop_return(record=record, by=world.quy, at=world.now)
    assert prepared(world).edition == 2


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"window": "calendar_year"}, "window"),
        ({"year": 1999}, "year"),
        ({"year": 2099}, "year"),
        ({"year": None}, "year"),
    ],
)
def test_a_period_that_is_none(world: World, asked: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as told:
        prepared(world, **asked)

    assert list(told.value.errors) == [field]


@pytest.mark.parametrize("answers", [{"households": -1}, {"households": 10**9}, {"court_cases": 3}])
def test_what_cannot_be_filled_in(world: World, answers: dict[str, int]) -> None:
    record = prepared(world)

    with pytest.raises(InvalidInput) as told:
        fill_in_return(record=record, by=world.quy, at=world.now, answers={**answers, "source": "Sổ."})

    assert list(told.value.errors) == list(answers)


def test_filling_in_nothing_new_is_said(world: World) -> None:
    record = filled(world, prepared(world))

    assert refused(lambda: filled(world, record)).code == "nothing_changed"


def test_a_point_there_is_not(world: World) -> None:
    with pytest.raises(InvalidInput):
        answer_flag(record=prepared(world), by=world.quy, at=world.now, answers={"flag": "x:y", "text": "?"})


# --- correcting ---


def test_a_late_case_leads_to_a_correction_and_the_earlier_edition_stays(world: World) -> None:
    world.case(at=in_period(world))
    first = received(world)
    digest = first.sha256
    case = world.case(at=in_period(world) + timedelta(days=1))
    record_incident(
        case=case,
        by=world.lan,
        at=world.now,
        answers={"happened_at": in_period(world), "area": world.commune, "acts": ["A01"]},
    )

    assert {line.row.row for line in queries.sheet_of(first).moved} >= {"cases", "form_physical"}
    second = correct_return(record=first, by=world.quy, at=world.now, answers=WHY)
    assert (second.edition, second.replaces) == (2, first)
    assert second.by_hand == first.by_hand
    assert refused(lambda: correct_return(record=first, by=world.quy, at=world.now, answers=WHY)).code == (
        "already_corrected"
    )
    answered(world, second)
    check_return(record=second, by=world.quy, at=world.now)
    sign(world, second)
    send_return(record=second, by=world.pao, at=world.now)
    # Until the later one is received, the earlier one is what the province adds up.
    first.refresh_from_db()
    assert first.state == lifecycle.RECEIVED
    receive_return(record=second, by=world.mai, at=world.now, answers={})

    first.refresh_from_db()
    assert (first.state, first.sha256, queries.digest_of(first)) == (lifecycle.REPLACED, digest, digest)
    assert queries.values_of(first)["cases"] == 1
    assert queries.values_of(second)["cases"] == 2
    assert (first.number.split("/")[0], second.number.split("/")[0]) == ("1", "2")


def test_what_is_sent_back_counts_nowhere_and_has_its_clock(world: World) -> None:
    record = received(world)
    send_return_back(record=record, by=world.mai, at=world.now, answers=WHY)

    running = OfficeDeadline.objects.everything(reason="test").get(kind="return_correction")
    assert (running.area, running.state, running.subject_id) == (world.commune, "open", record.pk)
    above = prepared(world, "province_year")
    assert queries.counted_of(above).sums == {}

    again = correct_return(record=record, by=world.quy, at=world.now, answers=WHY)
    answered(world, again)
    check_return(record=again, by=world.quy, at=world.now)
    send_return(record=sign(world, again), by=world.pao, at=world.now)

    running.refresh_from_db()
    record.refresh_from_db()
    assert (running.state, record.state) == ("done", lifecycle.REPLACED)


# --- the units below ---


def test_what_was_not_received_is_in_no_sum(world: World) -> None:
    world.case(at=in_period(world))
    record = sent(world)
    above = prepared(world, "province_year")

    assert queries.counted_of(above).sums == {}
    assert {one["kind"] for one in above.flags} >= {"not_received"}

    receive_return(record=record, by=world.mai, at=world.now, answers={})
    refresh_return(record=above, by=world.thuy, at=world.now)

    counted = queries.counted_of(above)
    assert (counted.sums["cases"], counted.sums["households"]) == (1, 70)
    assert counted.received == {world.commune.code: record.number}
    assert not any(one["kind"] in ("not_received", "differs") for one in above.flags)
    assert queries.values_of(above)["households"] == 70


def test_a_province_is_asked_where_units_have_reported_otherwise(world: World) -> None:
    received(world)
    world.case(at=in_period(world))
    above = prepared(world, "province_year")

    told = {one["row"]: one["numbers"] for one in above.flags if one["kind"] == "differs"}

    assert told["cases"] == {"reported": 0, "counted": 1}


def test_what_arrives_meanwhile_must_be_counted_before_it_is_signed(world: World) -> None:
    record = sent(world)
    above = checked(world, "province_year")
    receive_return(record=record, by=world.mai, at=world.now, answers={})

    assert refused(lambda: sign(world, above)).code == "figures_moved"


# --- the clock ---


def test_sending_ends_the_clock_of_the_year(world: World) -> None:
    record = signed(world)
    due, _rule = queries.due_at(form(record.form), queries.window_of(record), record.province_id)

    send_return(record=record, by=signer(world, record), at=world.now)

    ended = OfficeDeadline.objects.everything(reason="test").get(kind="commune_return")
    assert (ended.state, ended.area, ended.due_at) == ("done", world.commune, due)
    assert due == midnight(date(last_year(world).year, 12, 5))


def test_snapshots_are_kept(world: World) -> None:
    record = prepared(world)
    refresh_return(record=record, by=world.quy, at=world.now)

    assert ReturnSnapshot.objects.count() == 2


def test_a_form_is_filed_while_it_holds(world: World) -> None:
    one = form("ministry_year")

    assert [one.active(date(2023, 2, day)) for day in (14, 15)] == [False, True]
    assert "ministry_year" not in [held.code for held in forms("province", date(2023, 2, 14))]


def test_a_late_return_is_told_until_it_is_sent(world: World) -> None:
    record = signed(world)
    due, _rule = queries.due_at(form(record.form), queries.window_of(record), record.province_id)
    assert due is not None
    # The clock of the year began two weeks before its day; nobody has sent anything.
    run_minute(due - timedelta(days=10))
    run_minute(due + timedelta(hours=1))
    clocks = OfficeDeadline.objects.everything(reason="test").filter(
        kind="commune_return", area=world.commune, due_at=due
    )
    assert clocks.get().state == "open"
    told = set(Notice.objects.filter(topic="commune_return").values_list("recipient__username", "kind"))
    assert {("quy", "overdue"), ("mai", "late")} <= told

    send_return(record=record, by=world.pao, at=due + timedelta(days=1))

    assert clocks.get().state == "done"
    event = AuditEvent.objects.get(action="return.send")
    assert event.detail["late"] is True
