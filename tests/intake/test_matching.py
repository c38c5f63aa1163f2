"""Who in a report may already stand in a file: what the taker learns, and what nobody learns."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casework.access.decisions import may
from casework.audit.models import AuditEvent
from casework.base.refusals import NotVisible
from casework.cases.actions import declare_conflict, seal_case
from casework.intake import queries
from casework.intake.actions import take_report
from casework.intake.models import Report
from tests.world import World

PHONE = {"role": "victim", "phone": "+84912345678"}
NAME = {"role": "victim", "full_name": "Lò Thị Mẫu", "age": "1990"}


@pytest.fixture
def case(world: World):
    """A file of Mường Phăng with Lò Thị Mẫu, born 1990, 0912 345 678; Lan works on it."""
    return world.case()


def found(world: World, who: str, *people) -> queries.Matches:
    return queries.matches(world.users[who], people, at=world.now, hidden=True)


def take(world: World, who: str, person) -> Report:
    office = {"lan": "committee", "minh": "committee", "dung": "police", "tuan": "elsewhere"}[who]
    return take_report(
        by=world.users[who],
        at=world.now,
        agency=world.agencies[office],
        answers={"channel": "call", "account": "Lại đánh.", "area": world.commune},
        people=[person],
    )


@pytest.mark.parametrize(("person", "by"), [(PHONE, "phone"), (NAME, "name"), ({**NAME, **PHONE}, "phone")])
def test_a_worker_finds_the_people_of_her_own_files(world: World, case, person: dict, by: str) -> None:
    match = found(world, "lan", person).known[0]

    assert (match.person, match.by) == (world.victim(case), by)


@pytest.mark.parametrize(
    "person",
    [
        {"full_name": "Lò Thị Mẫu"},
        {"full_name": "Lò Thị Mẫu", "age": "1970"},
        {"full_name": "Lò Thị Khác", "age": "1990"},
        {"phone": "+84912345679"},
        {"full_name": "Lò Thị Mẫu", "age": "20-60"},
        {},
    ],
)
def test_a_name_alone_finds_nobody(world: World, case, person: dict) -> None:
    assert found(world, "lan", person) == queries.Matches()


def test_an_age_finds_the_years_it_can_mean(world: World, case) -> None:
    age = str(world.now.year - 1990)

    assert found(world, "lan", {"full_name": "lo thi mau", "age": age}).known


@pytest.mark.parametrize("who", ["minh", "dung", "tuan"])
def test_who_may_not_see_the_file_sees_nobody(world: World, case, who: str) -> None:
    matches = found(world, who, PHONE)

    assert matches.known == ()
    assert matches.hidden


def test_nothing_is_learnt_of_a_sealed_case(world: World, case) -> None:
    seal_case(case=case, by=world.mai, at=world.now, reason="Người có hành vi là cán bộ.")

    assert found(world, "tuan", PHONE) == queries.Matches()


def test_nothing_is_learnt_of_a_case_locked_against_oneself(world: World) -> None:
    case = world.case()
    declare_conflict(case=case, by=world.pao, at=world.now)

    assert found(world, "pao", PHONE) == queries.Matches()


def test_the_report_is_marked_for_those_who_supervise(world: World, case) -> None:
    assert take(world, "tuan", PHONE).is_possibly_known
    assert not take(world, "tuan", {"phone": "+84912345679"}).is_possibly_known
    assert not take(world, "lan", PHONE).is_possibly_known


def test_the_memory_tells_of_the_match_and_not_of_whom(world: World, case) -> None:
    report = take(world, "tuan", PHONE)
    event = AuditEvent.objects.get(action="report.take", object_id=report.pk)

    assert event.detail["possibly_known"] is True
    assert str(world.victim(case).pk) not in str(event.detail)


def test_the_taker_is_told_a_few_times_an_hour_and_no_more(world: World, case) -> None:
    reports = []
    for minute in range(queries.HINTS_PER_HOUR + 2):
        report = take_report(
            by=world.tuan,
            at=world.at(minutes=30 - minute),
            agency=world.agencies["elsewhere"],
            answers={"channel": "call", "account": "Lại đánh.", "area": world.commune},
            people=[PHONE],
        )
        reports.append(report)

    hints = [queries.may_be_hinted(report, world.tuan, at=world.now) for report in reports]
    assert hints == [True] * queries.HINTS_PER_HOUR + [False, False]
    assert queries.may_be_hinted(reports[-1], world.pao, at=world.now)
    assert not queries.may_be_hinted(reports[0], world.dung, at=world.now)


def test_a_hit_and_a_miss_cost_the_same_queries(world: World, case) -> None:
    found(world, "tuan", NAME)
    counts = []
    for name in ("Lò Thị Mẫu", "Lò Thị Khác"):
        with CaptureQueriesContext(connection) as captured:
            found(world, "tuan", {**NAME, "full_name": name})
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_only_taking_a_report_tells_that_there_is_somebody_hidden(world: World, case) -> None:
    assert queries.matches(world.tuan, [PHONE], at=world.now) == queries.Matches()


def test_the_case_itself_stays_hidden(world: World, case) -> None:
    take(world, "tuan", PHONE)

    assert not may(world.tuan, "case.view", case)
    with pytest.raises(NotVisible):
        declare_conflict(case=case, by=world.tuan, at=world.now)
