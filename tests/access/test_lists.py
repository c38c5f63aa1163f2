"""The list page: the order and the rows of a plain query, two queries, and no cursor but our own."""

import base64
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.access.grants import FOREVER, give
from casework.access.lists import COUNT_CAP, Page, capped_count, page, page_of
from casework.base.numbering import new_public_code
from casework.base.refusals import InvalidInput
from casework.cases.models import Case, CaseUserGrant, Participant
from tests.world import World

MANY = 23


@pytest.fixture
def cases(world: World) -> list[Case]:
    """Cases of one commune, some opened at one instant, some without a clock, a third of them Lan's by name."""
    made = []
    for number in range(MANY):
        row = Case(
            number=f"03325-2026-{number:04d}",
            code=new_public_code(),
            commune=world.commune,
            province=world.province,
            unit=world.agencies["committee"],
            lead=world.lan,
            opened_at=world.at(days=number // 3),
            next_due_at=FOREVER if number % 4 == 0 else world.at(hours=number // 2),
            state="open" if number % 2 else "in_progress",
            level="high" if number % 5 == 0 else "",
        )
        row.save()
        if number % 3 == 0:
            give(CaseUserGrant, row, to=world.lan, by=None, at=world.now, source="test")
        made.append(row)
    return made


def walk(size: int, **how: object) -> list[Case]:
    """Every page one after the other."""
    found: list[Case] = []
    after = ""
    while True:
        part: Page[Case] = page(Case, after=after, size=size, **how)  # type: ignore[arg-type]
        assert len(part.rows) <= size
        found += part.rows
        after = part.next
        if not after:
            return found


@pytest.mark.parametrize("size", [1, 2, 3, 7, MANY - 1, MANY, MANY + 1, 100])
@pytest.mark.parametrize("name", ["lan", "pao", "mai"])
def test_paging_gives_the_rows_and_the_order_of_a_plain_query(
    world: World, cases: list[Case], size: int, name: str
):
    user = world.users[name]
    plain = Case.objects.visible_to(user)

    assert walk(size, user=user) == list(plain.order_by("-opened_at", "-pk"))
    assert walk(size, user=user, ascending="next_due_at") == list(plain.order_by("next_due_at", "pk"))


@settings(
    max_examples=30, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    size=st.integers(1, 8),
    name=st.sampled_from(["lan", "pao", "mai"]),
    ascending=st.sampled_from(["", "next_due_at"]),
    filters=st.dictionaries(
        st.sampled_from(["state", "level"]), st.sampled_from(["open", "high", "in_progress", ""]), max_size=2
    ),
)
def test_filters_hold_on_every_page(
    world: World, cases: list[Case], size: int, name: str, ascending: str, filters: dict[str, str]
):
    user = world.users[name]
    order = ("next_due_at", "pk") if ascending else ("-opened_at", "-pk")
    plain = Case.objects.visible_to(user).filter(**filters).order_by(*order)

    assert walk(size, user=user, filters=filters, ascending=ascending) == list(plain)
    assert capped_count(Case, user, filters=filters) == plain.count()


def test_a_case_reached_by_two_paths_stands_once(world: World, cases: list[Case]):
    give(CaseUserGrant, cases[1], to=world.pao, by=None, at=world.now, source="test")
    assert len(walk(5, user=world.pao)) == MANY


def test_nobody_else_gets_a_page(world: World, cases: list[Case]):
    for name in ("minh", "tuan", "hoa", "son", "kien"):
        assert page(Case, world.users[name]) == Page([])
        assert capped_count(Case, world.users[name]) == 0


@pytest.mark.parametrize("size", [2, 20])
def test_a_page_costs_two_queries_after_the_viewers_standing(
    world: World, cases: list[Case], size: int, django_assert_num_queries
):
    with django_assert_num_queries(3):  # standing, keys, rows
        page(Case, world.lan, size=size, select_related=("commune", "lead"))


def test_related_rows_come_only_when_named(world: World, cases: list[Case], django_assert_num_queries):
    rows = page(Case, world.lan, select_related=("commune",)).rows
    with django_assert_num_queries(0):
        assert {row.commune.code for row in rows} == {"03325"}
    with django_assert_num_queries(1):
        str(rows[0].unit)


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "after",
    [
        "x",
        "%%%",
        "é",
        cursor("|"),
        cursor("2026-03-08T00:00:00+07:00"),
        cursor("2026-03-08T00:00:00+07:00|not-an-id"),
        cursor("2026-03-08T00:00:00|d80cecac-1102-4f91-9872-87368100f584"),
        cursor("yesterday|d80cecac-1102-4f91-9872-87368100f584"),
        cursor("0001-01-01T00:00:00+14:00|d80cecac-1102-4f91-9872-87368100f584"),
        cursor("9999-12-31T23:59:59-14:00|d80cecac-1102-4f91-9872-87368100f584"),
        cursor("2026-03-08T00:00:00+07:00|d80cecac-1102-4f91-9872-87368100f584|more"),
        base64.urlsafe_b64encode(b"\xff\xfe|").decode(),
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(world: World, cases: list[Case], after: str):
    for call in (
        lambda: page(Case, world.lan, after=after),
        lambda: page(Case, world.lan, after=after, ascending="next_due_at"),
        lambda: page_of(Participant.objects.visible_to(world.lan), after=after),
    ):
        with pytest.raises(InvalidInput) as refused:
            call()
        assert set(refused.value.errors) == {"after"}


def test_somebody_elses_cursor_shows_nothing_of_theirs(world: World, cases: list[Case]):
    theirs = page(Case, world.mai, size=3).next

    rows = page(Case, world.lan, after=theirs, size=100).rows

    assert set(rows) <= set(Case.objects.visible_to(world.lan))


def test_children_of_a_record_are_paged_newest_first(world: World):
    case = world.case()
    rows = Participant.objects.visible_to(world.lan).filter(case=case)

    first = page_of(rows, size=1)
    second = page_of(rows, size=1, after=first.next)

    assert [*first.rows, *second.rows] == list(rows.order_by("-created_at", "-pk"))
    assert second.next == ""


def test_a_count_stops_where_it_no_longer_matters(world: World):
    Case.objects.bulk_create(
        [
            Case(
                number=f"03325-2025-{number:05d}",
                code=f"{number:09d}",
                commune=world.commune,
                province=world.province,
                unit=world.agencies["committee"],
                lead=world.lan,
                opened_at=world.at(days=1) - timedelta(minutes=number),
                created_at=world.now,
            )
            for number in range(COUNT_CAP + 5)
        ]
    )

    assert capped_count(Case, world.mai) == COUNT_CAP + 1
