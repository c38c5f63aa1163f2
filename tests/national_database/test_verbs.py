"""The verbs of a consignment: idempotent, amended, signed by another, receipted; who may, and what is refused."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from casework.base import clock
from casework.base.dates import midnight
from casework.base.refusals import Denied, InvalidInput, NotVisible, Refused, Stale
from casework.cases.models import ConflictLock
from casework.deadlines.machine import start_owed
from casework.deadlines.models import OfficeDeadline
from casework.disposal.actions import carry_out
from casework.national_database import lifecycle, periods, queries
from casework.national_database.actions import (
    check_consignment,
    drop_consignment,
    prepare_consignment,
    receive_consignment,
    set_consignment_rule,
    sign_consignment,
    withdraw_consignment_rule,
)
from casework.national_database.models import CaseReference, Consignment, FrozenRows
from casework.statistics.cube import forget_facts
from casework.statistics.facts import layout
from casework.statistics.models import CaseFact
from tests.deadlines.ticking import names_told, tick
from tests.disposal.erasing import approved, closed_case
from tests.national_database.making import (
    case_of,
    checked,
    in_period,
    last_quarter,
    measured,
    prepared,
    receive,
    received,
    rows,
    second,
    sign,
    signed,
    told,
)
from tests.world import World

pytestmark = pytest.mark.django_db


def refused(act: Callable[[], Any]) -> Refused:
    with pytest.raises(Refused) as told_:
        act()
    return told_.value


def locked_out(world: World, name: str, case: Any) -> None:
    ConflictLock.objects.create(user=world.users[name], case=case, at=world.now, source="declared")


# --- from the facts to the receipt ---


def test_from_prepared_to_receipted(world: World) -> None:
    case = case_of(world, perpetrator="foreign")
    measured(world, case)

    record = received(world)

    assert record.state == lifecycle.RECEIVED
    assert (record.prepared_by, record.signed_by, record.received_by) == (world.hanh, world.mai, world.mai)
    assert (record.receipt_number, record.number) == ("BN-001/CSDL", f"1/{clock.local(world.now).year}")
    ((key, mark, values),) = rows(record, "group_4")
    said = dict(zip(record.frozen.heads["group_4"], values, strict=True))
    opened = clock.local_date(in_period(world))
    assert mark == "new"
    assert (said["place"], said["repeat"]) == ("03325", "no")
    assert said["month"] == f"{opened.year}-{opened.month:02d}"
    ((her, _mark, citizen),) = rows(record, "group_5")
    ((him, _mark, foreigner),) = rows(record, "group_6")
    assert (her, him) == (f"{key}.victim", f"{key}.perpetrator")
    assert citizen[:3] == [key, "victim", "female"]
    assert foreigner[:3] == [key, "perpetrator", "male"]
    assert [(row[0], row[2]) for row in rows(record, "group_9")] == [
        (f"{key}.measure.M10", [key, "M10", None])
    ]
    assert ("hospital", "new", ["hospital", 1]) in rows(record, "group_10")


def test_a_reference_is_random_holds_no_key_and_stays(world: World) -> None:
    case = case_of(world)
    first = received(world)
    ((key, _mark, _values),) = rows(first, "group_4")

    measured(world, case)
    ((again, _mark, _values),) = rows(prepared(world), "group_4")

    assert re.fullmatch("[0-9a-f]{20}", key)
    assert again == key
    assert case.number not in key
    assert str(case.pk).replace("-", "") not in key
    columns = {field.name for field in CaseReference._meta.get_fields()}
    assert columns == {"code", "fact"}


def test_prepared_twice_with_nothing_new_is_the_same(world: World) -> None:
    case_of(world)
    for make in (prepared, checked, signed, received):
        record = make(world) if make is prepared else _on(world, make.__name__)

        again = prepared(world, by=world.mai, at=world.now + timedelta(minutes=5))

        assert again.pk == record.pk
        assert (again.state, again.prepared_by) == (record.state, world.hanh)
        assert FrozenRows.objects.count() == 1
    assert Consignment.objects.everything(reason="test").count() == 1


def _on(world: World, step: str) -> Consignment:
    """The one there is, a step further."""
    record = Consignment.objects.everything(reason="test").get()
    if step == "checked":
        return check_consignment(record=record, by=world.hanh, at=world.now, answers={"looked_at": True})
    return sign(world, record) if step == "signed" else receive(world, record)


def test_before_it_is_signed_it_is_read_anew(world: World) -> None:
    case = case_of(world)
    record = checked(world)
    measured(world, case)

    again = prepared(world)

    assert again.pk == record.pk
    assert (again.state, again.edition) == (lifecycle.DRAFT, 1)
    assert len(rows(again, "group_9")) == 1


# --- amendments ---


def test_after_a_receipt_what_differs_is_an_amendment(world: World) -> None:
    first_case, other = case_of(world), case_of(world)
    first = received(world)
    told(world, first_case, world.victim(first_case), sex="male")
    measured(world, other)
    late = case_of(world)

    record = prepared(world)

    assert (record.edition, record.amends) == (2, first)
    known = {row[0] for row in rows(first, "group_4")}
    marks = {row[0]: row[1] for row in rows(record, "group_4")}
    # A measure of a law is also a way in which he was dealt with.
    assert sorted(mark for key, mark in marks.items() if key in known) == ["", "changed"]
    assert [mark for key, mark in marks.items() if key not in known] == ["new"]
    assert sorted(row[1] for row in rows(record, "group_5")) == ["", "", "", "changed", "new", "new"]
    assert [row[1] for row in rows(record, "group_9")] == ["new"]
    assert record.counts["group_5"] == {"new": 2, "changed": 1, "withdrawn": 0, "rows": 6}
    assert not queries.sent_of(record, "group_10")
    assert late.pk is not None


def test_a_second_amendment_is_against_what_the_first_left(world: World) -> None:
    case = case_of(world)
    received(world)
    told(world, case, world.victim(case), sex="male")
    second_one = receive(world, sign(world, _checked(world, prepared(world))))

    assert prepared(world).pk == second_one.pk
    told(world, case, world.victim(case), sex="female")
    third = prepared(world)
    assert third.amends == second_one
    assert sorted(row[1] for row in rows(third, "group_5")) == ["", "changed"]


def _checked(world: World, record: Consignment) -> Consignment:
    return check_consignment(record=record, by=record.prepared_by, at=world.now, answers={"looked_at": True})


def test_who_turns_out_to_be_a_foreigner_goes_from_one_group_to_the_other(world: World) -> None:
    case = case_of(world)
    received(world)
    told(world, case, world.perpetrator(case), nationality="foreign")

    record = prepared(world)

    assert [row[1:] for row in rows(record, "group_5") if row[1]] == [("withdrawn", [])]
    assert [row[1] for row in rows(record, "group_6")] == ["new"]


@pytest.mark.role("keeper")
def test_a_destroyed_case_is_withdrawn_and_nothing_leads_to_it_any_more(world: World) -> None:
    kept, gone = case_of(world), case_of(world)
    first = received(world)
    before = CaseReference.objects.get(fact__case=gone).code
    closed_case(world, gone)
    later = world.now + timedelta(days=7)
    carry_out(disposal=approved(world, gone), by=None, at=later)

    record = prepared(world, at=later)

    marks = {row[0]: row[1] for row in rows(record, "group_4")}
    assert marks[before] == "withdrawn"
    assert [row[1] for row in rows(record, "group_5") if row[0].startswith(before)] == ["withdrawn"] * 2
    assert all(not row[2] for row in rows(record, "group_4") if row[1] == "withdrawn")
    assert not CaseReference.objects.filter(code=before).exists()
    assert CaseReference.objects.filter(fact__case=kept).exists()
    assert record.amends == first


@pytest.mark.role("keeper")
def test_what_was_destroyed_since_it_was_prepared_is_not_signed(world: World) -> None:
    gone = case_of(world)
    closed_case(world, gone)
    record = checked(world)
    later = world.now + timedelta(days=7)
    carry_out(disposal=approved(world, gone), by=None, at=later)

    told_ = refused(
        lambda: sign_consignment(
            record=record, by=world.mai, at=later, answers={"sha256": record.frozen.sha256}
        )
    )

    assert told_.code == "rows_moved"


# --- who ---


@pytest.mark.parametrize(
    "name", ["lan", "minh", "dung", "pao", "hoa", "yen", "tuan", "kien", "son", "quy", "thuy"]
)
def test_nobody_but_a_supervisor_of_the_province(world: World, name: str) -> None:
    record = received(world)
    by = world.users[name]

    with pytest.raises(Denied):
        prepared(world, by=by)
    assert not Consignment.objects.visible_to(by).exists()
    with pytest.raises(NotVisible):
        drop_consignment(record=record, by=by, at=world.now)
    with pytest.raises(Denied):
        set_consignment_rule(by=by, at=world.now, answers=rule_told(world))


def test_whoever_prepared_it_does_not_sign(world: World) -> None:
    record = checked(world)
    answers = {"sha256": record.frozen.sha256}

    told_ = refused(lambda: sign_consignment(record=record, by=world.hanh, at=world.now, answers=answers))

    assert told_.code == "own_consignment"
    with pytest.raises(IntegrityError), transaction.atomic():
        Consignment.objects.everything(reason="test").filter(pk=record.pk).update(
            signed_by=record.prepared_by_id
        )


def test_somebody_locked_out_of_a_case_has_no_part_in_what_it_stands_in(world: World) -> None:
    case = case_of(world)
    record = checked(world)
    earlier = prepared(world, 1)
    locked_out(world, "mai", case)

    assert list(Consignment.objects.visible_to(world.mai)) == [earlier]
    assert set(Consignment.objects.visible_to(world.hanh)) == {record, earlier}
    answers = {"sha256": record.frozen.sha256}
    with pytest.raises(NotVisible):
        sign_consignment(record=record, by=world.mai, at=world.now, answers=answers)
    with pytest.raises(Denied):
        prepared(world, by=world.mai)
    with pytest.raises(NotVisible):
        queries.file_of(world.mai, record.pk, kind="xml", purpose="send_up", at=world.now)
    dues = queries.dues_of(world.mai, world.province, world.now)
    assert [due.is_locked_out for due in dues] == [True, False, False, False]
    assert dues[0].record is None


def test_a_sealed_case_is_sent_like_any_other(world: World) -> None:
    case = case_of(world)
    type(case).objects.everything(reason="test").filter(pk=case.pk).update(is_sealed=True)

    assert len(rows(prepared(world), "group_4")) == 1


# --- what is refused ---


@pytest.mark.parametrize(
    "period", ["2026-13", "2026", "2026-H1", "Q3", "", "2026-Q5", "2026-02-01", "9" * 40]
)
def test_a_period_there_is_not_is_refused_beside_its_field(world: World, period: str) -> None:
    with pytest.raises(InvalidInput) as told_:
        prepare_consignment(by=second(world), at=world.now, answers={"period": period})

    assert set(told_.value.errors) == {"period"}


def test_a_period_that_runs_is_not_prepared(world: World) -> None:
    today = clock.local_date(world.now)
    period = f"{today.year}-Q{(today.month + 2) // 3}"

    told_ = refused(lambda: prepare_consignment(by=second(world), at=world.now, answers={"period": period}))

    assert (told_.code, told_.field) == ("period_open", "period")


def test_while_a_signed_one_waits_for_its_receipt_nothing_new_is_prepared(world: World) -> None:
    case = case_of(world)
    record = signed(world)
    measured(world, case)

    assert refused(lambda: prepared(world)).code == "not_received"
    drop_consignment(record=record, by=world.mai, at=world.now)
    again = prepared(world)
    # What was never received is no state to amend.
    assert (again.edition, again.amends) == (2, None)
    assert [row[1] for row in rows(again, "group_4")] == ["new"]


def test_points_must_be_looked_at(world: World) -> None:
    record = prepared(world)
    kinds = {one["kind"] for one in record.flags}

    assert kinds == {"nothing", "not_held"}
    told_ = refused(lambda: check_consignment(record=record, by=world.hanh, at=world.now, answers={}))
    assert (told_.code, told_.field) == ("points_open", "looked_at")


def test_unknown_answers_and_people_of_neither_group_are_counted(world: World) -> None:
    case_of(world, victim="unknown", perpetrator="foreign")

    record = prepared(world)

    found = {(one["kind"], one["about"]): (one["number"], one["of"]) for one in record.flags}
    assert found["no_group", ""] == (1, 0)
    assert not rows(record, "group_5")
    assert len(rows(record, "group_6")) == 1


def test_a_code_that_is_on_no_list_stops_it(world: World) -> None:
    case_of(world)
    fact = CaseFact.objects.get()
    packed = bytearray(fact.codes)
    packed[layout().place["sex"]] = 250
    CaseFact.objects.filter(pk=fact.pk).update(codes=bytes(packed))
    forget_facts()

    record = prepared(world)

    assert ("unlisted", "group_5.sex", 1) in [
        (one["kind"], one["about"], one["number"]) for one in record.flags
    ]
    answers = {"looked_at": True}
    told_ = refused(lambda: check_consignment(record=record, by=world.hanh, at=world.now, answers=answers))
    assert told_.code == "codes_unlisted"


@pytest.mark.parametrize("state", ["draft", "checked", "signed", "received", "dropped"])
@pytest.mark.parametrize("step", sorted(lifecycle.STEPS))
def test_illegal_steps_are_refused(world: World, step: str, state: str) -> None:
    if state in lifecycle.STEPS[step]:
        return
    make = {"draft": prepared, "checked": checked, "signed": signed, "received": received}
    record = make.get(state, prepared)(world)
    if state == "dropped":
        record = drop_consignment(record=record, by=world.mai, at=world.now)
    how: dict[str, Any] = {"record": record, "by": world.mai, "at": world.now}
    today = clock.local_date(world.now)
    acts: dict[str, Callable[[], Any]] = {
        "check": lambda: check_consignment(answers={"looked_at": True}, **how),
        "sign": lambda: sign_consignment(answers={"sha256": record.frozen.sha256}, **how),
        "receive": lambda: receive_consignment(answers={"receipt_number": "1", "receipt_on": today}, **how),
        "drop": lambda: drop_consignment(**how),
        "download": lambda: queries.file_of(
            world.mai, record.pk, kind="json", purpose="send_up", at=world.now
        ),
    }

    assert refused(acts[step]).code == "consignment_state"


def test_only_what_was_shown_is_signed(world: World) -> None:
    record = checked(world)

    with pytest.raises(Stale):
        sign_consignment(record=record, by=world.mai, at=world.now, answers={"sha256": "0" * 64})


@pytest.mark.parametrize(
    ("number", "days", "field"), [(" ", 0, "receipt_number"), ("1", 1, "receipt_on"), ("1", -1, "receipt_on")]
)
def test_a_receipt_has_a_number_and_a_possible_day(world: World, number: str, days: int, field: str) -> None:
    record = signed(world)
    answers = {
        "receipt_number": number,
        "receipt_on": clock.local_date(world.now) + timedelta(days=days),
    }

    with pytest.raises(InvalidInput) as told_:
        receive_consignment(record=record, by=world.mai, at=world.now, answers=answers)

    assert set(told_.value.errors) == {field}


# --- how often ---


def rule_told(world: World, **answers: Any) -> dict[str, Any]:
    return {
        "rhythm": "monthly",
        "due_days": 10,
        "basis": "Quyết định mẫu",
        "valid_from": clock.local_date(world.now),
        **answers,
    }


def test_the_data_says_every_quarter_and_that_it_was_not_read(world: World) -> None:
    found = queries.rhythm_of(world.province.pk, clock.local_date(world.now))

    assert (found.rhythm, found.due_days, found.is_verified, found.source) == ("quarterly", None, False, "")


def test_a_province_sets_how_often_and_by_when(world: World) -> None:
    rule = set_consignment_rule(by=world.mai, at=world.now, answers=rule_told(world))

    first = queries.dues_of(world.mai, world.province, world.now)[0]
    assert first.of.code == (clock.local_date(world.now).replace(day=1) - timedelta(days=1)).isoformat()[:7]
    assert first.due_on == clock.local_date(world.now).replace(day=10)
    assert len(first.of.months) == 1
    prepare_consignment(by=second(world), at=world.now, answers={"period": first.of.code})
    withdraw_consignment_rule(rule=rule, by=world.mai, at=world.now)
    assert queries.rhythm_of(world.province.pk, clock.local_date(world.now)).rhythm == "quarterly"


def month_over(world: World) -> Any:
    return periods.over("monthly", clock.local_date(world.now), 1)[0]


def start_clocks(at: datetime) -> int:
    return start_owed(queries.clocks_owed(at), at)


def clocks_of(world: World) -> list[OfficeDeadline]:
    return list(OfficeDeadline.objects.everything(reason="test").filter(kind="database_update"))


def test_a_number_of_days_is_a_clock_that_ends_with_the_receipt(world: World) -> None:
    assert start_clocks(world.now) == 0
    # In time whatever the day of the month is.
    set_consignment_rule(by=world.mai, at=world.now, answers=rule_told(world, due_days=40))

    assert (start_clocks(world.now), start_clocks(world.now)) == (1, 0)

    of = month_over(world)
    (owed,) = clocks_of(world)
    assert (owed.area, owed.role, owed.basis) == (world.province, "province_supervisor", "Quyết định mẫu")
    assert owed.due_at == midnight(of.end + timedelta(days=40))
    tick(owed.due_at)
    assert "mai" in names_told("database_update")
    record = prepare_consignment(by=second(world), at=world.now, answers={"period": of.code})
    check_consignment(record=record, by=world.hanh, at=world.now, answers={"looked_at": True})
    sign(world, record)
    assert clocks_of(world)[0].state == "open"
    receive(world, Consignment.objects.everything(reason="test").get(pk=record.pk))
    assert clocks_of(world)[0].state == "done"
    assert start_clocks(world.now) == 0


def test_a_number_of_days_that_is_changed_or_taken_back_changes_its_clock(world: World) -> None:
    of = month_over(world)
    set_consignment_rule(by=world.mai, at=world.now, answers=rule_told(world, due_days=40))
    start_clocks(world.now)

    then, last = (world.now + timedelta(seconds=seconds) for seconds in (1, 2))
    later = set_consignment_rule(by=world.mai, at=then, answers=rule_told(world, due_days=50))
    assert [row.state for row in clocks_of(world)] == ["cancelled"]
    assert (start_clocks(world.now), start_clocks(world.now)) == (1, 0)
    (moved,) = clocks_of(world)
    assert (moved.state, moved.ended_at) == ("open", None)
    assert moved.due_at == midnight(of.end + timedelta(days=50))

    withdraw_consignment_rule(rule=later, by=world.mai, at=world.now)
    start_clocks(world.now)
    (back,) = clocks_of(world)
    assert (back.state, back.due_at) == ("open", midnight(of.end + timedelta(days=40)))

    set_consignment_rule(by=world.mai, at=last, answers=rule_told(world, due_days=None))
    assert [row.state for row in clocks_of(world)] == ["cancelled"]
    assert start_clocks(world.now) == 0


def test_a_day_that_was_missed_stays_missed_whatever_is_set_later(world: World) -> None:
    set_consignment_rule(by=world.mai, at=world.now, answers=rule_told(world, due_days=40))
    start_clocks(world.now)
    late = clocks_of(world)[0].due_at

    set_consignment_rule(
        by=world.mai, at=late, answers=rule_told(world, valid_from=clock.local_date(late), due_days=50)
    )

    assert [row.state for row in clocks_of(world)] == ["open"]


def test_what_was_due_before_its_rule_held_has_no_clock(world: World) -> None:
    late = midnight(clock.local_date(world.now).replace(day=20))
    set_consignment_rule(
        by=world.mai, at=late, answers=rule_told(world, valid_from=clock.local_date(late), due_days=10)
    )

    assert start_clocks(late) == 0
    following = midnight((clock.local_date(late) + timedelta(days=15)).replace(day=2))
    assert start_clocks(following) == 1


def test_no_case_is_sent_in_two_periods(world: World) -> None:
    signed(world)
    set_consignment_rule(by=world.mai, at=world.now, answers=rule_told(world))
    end = last_quarter(world).end - timedelta(days=1)

    answers = {"period": end.isoformat()[:7]}
    told_ = refused(lambda: prepare_consignment(by=world.hanh, at=world.now, answers=answers))

    assert told_.code == "period_overlaps"


@pytest.mark.parametrize("answers", [{"due_days": 0}, {"due_days": 400}])
def test_a_rule_that_makes_no_sense_is_refused(world: World, answers: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        set_consignment_rule(by=world.mai, at=world.now, answers=rule_told(world, **answers))


# --- numbers ---


def test_queries_do_not_grow_with_the_cases(world: World) -> None:
    second(world)
    prepared(world)

    def asked(cases: int) -> int:
        for _ in range(cases):
            case_of(world)
        with CaptureQueriesContext(connection) as seen:
            prepared(world)
        return len(seen)

    few = asked(1)
    assert asked(4) == few < 60
