"""Taking a report: what is kept, what is refused, who is told."""

from datetime import timedelta

import pytest

from casework.access.decisions import may
from casework.audit.models import AuditEvent
from casework.base.dates import PartialDate
from casework.base.refusals import Denied, InvalidInput, Refused
from casework.intake import queries
from casework.intake.actions import take_report
from casework.intake.models import Report, ReportPerson
from casework.organisations.models import Membership
from tests.world import World

OFFICE = {
    "lan": "committee",
    "dung": "police",
    "pao": "committee",
    "hoa": "hospital",
    "yen": "legal",
    "tuan": "elsewhere",
    "mai": "department",
}
ENOUGH = {"channel": "call", "account": "Có tiếng kêu cứu."}


def take(world: World, who: str = "lan", people=(), **answers) -> Report:
    user = world.users[who]
    office = world.agencies[OFFICE.get(who, "committee")]
    values = {**ENOUGH, "area": world.commune, **answers}
    return take_report(by=user, at=world.now, agency=office, answers=values, people=people)


def people_of(report: Report) -> list[ReportPerson]:
    return queries.people_of(report)


def visible(user, report: Report) -> bool:
    return bool(may(user, "report.view", report))


def test_what_is_said_is_kept_and_everything_else_is_unknown(world: World) -> None:
    report = take(world, village="Bản Mẫu", reporter_phone="+84912000111", priority_groups=["pregnant"])
    stored = Report.objects.everything(reason="test").get(pk=report.pk)

    assert (stored.account, stored.village, stored.reporter_phone) == (
        "Có tiếng kêu cứu.",
        "Bản Mẫu",
        "+84912000111",
    )
    assert (stored.danger_now, stored.weapon, stored.reporter_kind, stored.happened_precision) == (
        "unknown",
    ) * 4
    assert stored.received_at == world.now
    assert stored.created_by == world.lan
    assert stored.wants_secret


@pytest.mark.parametrize("who", OFFICE)
def test_every_office_that_receives_reports_takes_them(world: World, who: str) -> None:
    assert take(world, who).agency == world.agencies[OFFICE[who]]


@pytest.mark.parametrize("who", ["kien", "son"])
def test_auditors_and_administrators_take_none(world: World, who: str) -> None:
    with pytest.raises(Denied):
        take(world, who)
    assert AuditEvent.objects.filter(
        actor=world.users[who].pk, action="report.take", outcome="refused"
    ).exists()


def test_nobody_takes_a_report_in_another_s_office(world: World) -> None:
    with pytest.raises(Refused, match="not_your_office"):
        take_report(
            by=world.hoa,
            at=world.now,
            agency=world.agencies["police"],
            answers={**ENOUGH, "area": world.commune},
            people=[],
        )


@pytest.mark.parametrize(("who", "address"), [("lan", "a"), ("dung", "b"), ("hoa", "x")])
def test_the_address_of_article_19_follows_from_the_office(world: World, who: str, address: str) -> None:
    assert take(world, who).address_kind == address


def test_a_report_passed_on_keeps_the_address_that_received_it_first(world: World) -> None:
    assert take(world, address_kind="c").address_kind == "c"


# --- the chair is told ---


def test_the_chair_is_told_in_the_minute_it_is_entered(world: World) -> None:
    report = take(world, received_at=world.at(minutes=20))

    assert (report.chair_told_at, report.chair_told_by) == (world.now, "in_app")
    assert visible(world.pao, report)


def test_where_no_chair_has_an_account_nobody_pretends(world: World) -> None:
    Membership.objects.filter(user=world.pao).update(valid_to=world.now.date())

    assert (take(world).chair_told_at, take(world).chair_told_by) == (None, "")


def test_a_chair_whose_account_is_closed_is_not_told(world: World) -> None:
    world.pao.is_active = False
    world.pao.save()

    assert take(world).chair_told_at is None


# --- who reads it ---


def test_the_taker_reads_it_for_a_day_and_no_longer(world: World) -> None:
    report = take(world)

    assert may(world.lan, "report.view", report, at=world.now + timedelta(hours=23, minutes=59))
    assert not may(world.lan, "report.view", report, at=world.now + timedelta(hours=24, minutes=1))


@pytest.mark.parametrize("who", ["minh", "dung", "hoa", "tuan", "kien", "son"])
def test_others_do_not_see_it(world: World, who: str) -> None:
    assert not visible(world.users[who], take(world))


def test_the_province_sees_it(world: World) -> None:
    assert visible(world.mai, take(world))


@pytest.mark.parametrize("kind", ["police", "army", "border_guard", "official", "village_official"])
def test_violence_by_an_official_is_kept_from_his_commune(world: World, kind: str) -> None:
    report = take(world, people=[{"role": "perpetrator", "full_name": "Cà Văn Mẫu", "official_kind": kind}])

    assert report.is_sealed
    assert report.chair_told_at is None
    assert not visible(world.pao, report)
    assert visible(world.mai, report)


def test_an_official_who_is_beaten_seals_nothing(world: World) -> None:
    assert not take(world, people=[{"role": "victim", "official_kind": "police"}]).is_sealed


# --- people ---


def test_people_are_kept_in_the_order_they_were_told(world: World) -> None:
    report = take(
        world,
        people=[
            {"role": "victim", "full_name": "Lò Thị Mẫu", "age": "khoảng 35", "phone": "+84912345678"},
            {"role": "perpetrator", "full_name": "", "sex": "unknown"},
            {"role": "child", "age": "8"},
        ],
    )

    assert [(row.role, row.full_name, row.age) for row in people_of(report)] == [
        ("victim", "Lò Thị Mẫu", "khoảng 35"),
        ("child", "", "8"),
    ]


def test_a_child_makes_it_a_priority(world: World) -> None:
    report = take(world, danger_now="no", people=[{"role": "victim", "age": "12"}])

    assert (report.priority, report.child_procedure) == ("priority", True)


def test_a_whole_village_does_not_fit_one_report(world: World) -> None:
    with pytest.raises(InvalidInput) as error:
        take(world, people=[{"role": "witness", "full_name": "Mẫu"}] * 21)
    assert set(error.value.errors) == {"people"}


# --- when ---


def happened(world: World, **answers) -> tuple:
    report = take(world, **answers)
    return report.happened_precision, report.happened_part_of_day, report.happened_at


def test_an_hour_nobody_said_is_not_made_up(world: World) -> None:
    day = PartialDate(2026, 11, 20)

    assert happened(world, happened_on=day)[0] == "day"
    assert happened(world, happened_on=day, happened_part_of_day="evening")[:2] == ("part_of_day", "evening")
    assert happened(world, happened_on=day, happened_time="21h")[0] == "minute"
    assert happened(world, happened_on=PartialDate(2026, 10))[0] == "month"
    assert happened(world, happened_part_of_day="night") == ("unknown", "night", None)


def test_the_hour_is_a_vietnamese_hour(world: World) -> None:
    at = happened(world, happened_on=PartialDate(2026, 11, 20), happened_time="21:14")[2]

    assert at.isoformat() == "2026-11-20T21:14:00+07:00"


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"happened_on": PartialDate(2026, 11, 20), "happened_time": "25:00"}, "happened_time"),
        ({"happened_on": PartialDate(2026, 11, 20), "happened_time": "tối"}, "happened_time"),
        ({"happened_time": "21:00"}, "happened_on"),
        ({"happened_on": PartialDate(2026, 11), "happened_time": "21:00"}, "happened_on"),
        ({"happened_on": PartialDate(2026)}, "happened_on"),
        ({"happened_on": PartialDate(2098, 1, 1)}, "happened_on"),
        ({"happened_on": PartialDate(2098, 1, 1), "happened_time": "9:00"}, "happened_time"),
        ({"account": "  "}, "account"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_question(world: World, answers: dict, field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        take(world, **answers)
    assert set(error.value.errors) == {field}
    assert not Report.objects.everything(reason="test").exists()


def test_a_report_is_not_received_tomorrow(world: World) -> None:
    with pytest.raises(InvalidInput) as error:
        take(world, received_at=world.now + timedelta(minutes=1))
    assert set(error.value.errors) == {"received_at"}


def test_it_does_not_happen_after_it_was_reported(world: World) -> None:
    with pytest.raises(InvalidInput) as error:
        take(world, received_at=world.at(hours=3), happened_at=world.at(hours=2))
    assert set(error.value.errors) == {"happened_time"}


def test_a_province_is_not_a_place_where_it_happened(world: World) -> None:
    with pytest.raises(InvalidInput) as error:
        take(world, area=world.province)
    assert set(error.value.errors) == {"area"}


# --- memory ---


def test_the_memory_holds_names_of_questions_and_no_answers(world: World) -> None:
    report = take(world, village="Bản Mẫu", people=[{"role": "victim", "full_name": "Lò Thị Mẫu"}])
    event = AuditEvent.objects.get(action="report.take", object_id=report.pk)

    assert "village" in event.fields
    assert event.detail["people"] == 1
    assert "Mẫu" not in str(event.detail) + str(event.fields)
