"""What is drawn of exact figures: limits that are exact, nothing judged that cannot be, and page and REST alike."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from math import comb, exp, factorial

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from casework.audit.models import AuditEvent
from casework.base import clock
from casework.cases.actions import declare_conflict
from casework.cases.models import Case
from casework.organisations.models import Area
from casework.statistics import drawing, summaries
from casework.statistics.charts import (
    Bar,
    Pyramid,
    Shares,
    Step,
    funnel,
    funnel_numbers,
    month_numbers,
    monthly,
    outside_words,
    share_numbers,
)
from casework.statistics.counting import Facts, Places, Row
from casework.statistics.dimensions import Somebody, Told
from casework.statistics.figures import current_window, window
from casework.statistics.limits import binomial_limits, poisson_range
from casework.statistics.queries import Asked, area_of, charts_of
from tests.statistics.test_return import facts_of, layout, told
from tests.world import PASSWORD, World

# --- limits ---


@pytest.mark.parametrize(("mean", "expected"), [(0.1, (0, 1)), (1, (0, 3)), (10, (4, 17)), (100, (81, 120))])
def test_the_range_of_a_count_is_that_of_the_tables(mean: float, expected: tuple[int, int]) -> None:
    assert poisson_range(mean) == expected


@given(st.floats(0.05, 60))
def test_the_range_of_a_count_is_exact(mean: float) -> None:
    low, high = poisson_range(mean)

    def up_to(count: int) -> float:
        return sum(exp(-mean) * mean**number / factorial(number) for number in range(count + 1))

    assert up_to(low - 1) < 0.025 + 1e-12
    assert up_to(low) >= 0.025 - 1e-12
    assert 1 - up_to(high) <= 0.025 + 1e-12
    assert 1 - up_to(high - 1) > 0.025 - 1e-12


@given(st.integers(1, 40), st.integers(1, 19), st.sampled_from([0.05, 0.002]), st.data())
def test_a_share_is_beyond_a_limit_where_chance_alone_hardly_brings_it(
    number: int, twentieths: int, outside: float, data: st.DataObject
) -> None:
    share = Fraction(twentieths, 20)
    low, high = binomial_limits(number, float(share), outside)
    part = data.draw(st.integers(0, number))
    chances = [comb(number, one) * share**one * (1 - share) ** (number - one) for one in range(number + 1)]
    so_few, so_many = float(sum(chances[: part + 1])), float(sum(chances[part:]))
    assert 0 <= low <= twentieths / 20 <= high <= 1
    if abs(so_few - outside / 2) > 1e-9:
        assert (part / number < low - 1e-9) is (so_few < outside / 2)
    if abs(so_many - outside / 2) > 1e-9:
        assert (part / number > high + 1e-9) is (so_many < outside / 2)


# --- months ---

START = 12 * 2024


def months_of(*values: int | None, running: int | None = None) -> list[tuple[str, bool]]:
    """Range and whether it is outside, month by month."""
    found = monthly(dict(enumerate(values, START)), range(START, START + len(values)), running)
    return [(one.range_words, one.is_outside) for one in found]


def test_twelve_months_must_be_known_before_one_is_judged() -> None:
    assert months_of(*[10] * 12, 30) == [("–", False)] * 12 + [("4–17", True)]
    # The month before them all is none of the twelve.
    assert months_of(1000, *[10] * 12, 3)[-1] == ("4–17", True)
    assert months_of(*[10] * 12, 4, 17)[-2] == ("4–17", False)
    # Twelve months without a case say nothing about one case.
    assert months_of(*[0] * 12, 1)[-1] == ("–", False)


def test_a_hidden_month_is_in_no_mean() -> None:
    found = months_of(*[10] * 5, None, *[10] * 12, 40)
    assert [words for words, _is_outside in found] == ["–"] * 18 + ["4–17"]
    assert months_of(*[10] * 12, None)[-1] == ("4–17", False)


def test_the_month_that_runs_is_not_judged() -> None:
    found = monthly(dict(enumerate([10] * 12 + [30, 0], START)), range(START, START + 14), START + 13)
    assert [one.is_outside for one in found[-2:]] == [True, False]
    assert found[-1].judgement == "tạm tính"
    assert outside_words(found) == ["Tháng 01/2025: 30, cao hơn khoảng 95 % 4–17"]
    table = month_numbers(found, "Số vụ")
    assert table.rows[12].cells == ["30", "10,0", "4–17", "cao hơn khoảng 95 %"]


def test_a_hidden_month_is_drawn_where_every_hidden_one_is() -> None:
    months = monthly(dict(enumerate([*[10] * 12, None, 12, 9], START)), range(START, START + 15))
    drawn = drawing.line(months)
    assert [one.y for one in drawn.hidden] == [220 - drawing.FOOT - 4]
    # The line and the mean are broken there.
    assert [len(path.split()) for path in drawn.lines] == [12, 2]
    assert [len(path.split()) for path in drawn.means] == [1]
    assert max(point.y for point in drawn.points) <= 220 - drawing.FOOT


@given(st.integers(0, 10**6))
def test_a_scale_reaches_the_greatest_and_no_further_than_it_must(most: int) -> None:
    found = drawing.ticks(most)
    assert found[0] == 0
    assert found[-1] >= most
    assert len(found) == 2 or found[-2] < most
    assert 2 <= len(found) <= 6


# --- funnel ---


def test_a_funnel_names_who_is_outside_and_orders_nobody() -> None:
    units = [
        (1, "Xã B", 60, 0),
        (2, "Xã A", 60, 30),
        (3, "Xã C", 10, 2),
        (4, "Xã D", 0, 0),
        (5, "Xã E", 40, 8),
    ]
    found = funnel(units)
    assert [dot.label for dot in found.dots] == ["Xã A", "Xã B", "Xã C", "Xã E"]
    assert found.share == 40 / 170
    assert {dot.label: dot.judgement for dot in found.outside} == {
        "Xã A": "cao hơn giới hạn 99,8 %",
        "Xã B": "thấp hơn giới hạn 99,8 %",
    }
    rows = {row.name: row.cells for row in funnel_numbers(found, "Đã được xử lý").rows}
    assert rows["Xã A"][:3] == ["60", "30", "50\u00a0%"]
    # Ten cases are too few for a percentage.
    assert rows["Xã C"][:3] == ["10", "2", "–"]


def test_where_all_have_the_same_there_are_no_limits() -> None:
    for part in (0, 4):
        found = funnel([(1, "Xã A", 4, part), (2, "Xã B", 1, 0 if part == 0 else 1)])
        assert (found.curve, found.outside) == ([], [])
        assert drawing.funnel_of(found).curves == []


# --- shares ---


@given(st.lists(told, max_size=25), st.sampled_from(summaries.QUESTIONS))
def test_shares_are_of_all_cases(cases: list[Told], question: str) -> None:
    facts = facts_of(cases)
    found = summaries.shares_of(facts, question, "quarter", range(12 * 2025 + 9, 12 * 2026 + 3), 0)
    assert [bar.label for bar in found.bars] == ["Quý 4 năm 2025", "Quý 1 năm 2026"]
    assert [bar.number for bar in found.bars] == [0, len(cases)]
    for bar in found.bars:
        assert sum(bar.told or []) == bar.number
    assert found.answers[-1] == "Không rõ hoặc từ chối trả lời"
    assert len(found.answers) <= drawing.COLOURS + 1


def test_what_is_not_known_has_a_share_of_its_own() -> None:
    cases = [Told(victim=Somebody(age="16_59"))] * 3 + [Told()] * 2
    found = summaries.shares_of(facts_of(cases), "age", "year", range(12 * 2026, 12 * 2026 + 1), 12 * 2026)
    assert found.bars[0].label == "2026 (tạm tính)"
    assert (found.bars[0].parts[-1], found.bars[0].number) == (2, 5)


def test_relations_that_nobody_named_have_no_colour() -> None:
    kinds = ["spouse", "parent", "child", "sibling", "grandparent", "grandchild", "step_parent", "step_child"]
    cases = [
        Told(perpetrator=Somebody(relation=kind))
        for number, kind in enumerate(kinds)
        for _one in range(9 - number)
    ]
    found = summaries.shares_of(facts_of(cases), "relation", "year", range(12 * 2026, 12 * 2026 + 1), 0)
    assert len(found.answers) == 8
    assert found.answers[-2:] == ["Trả lời khác", "Không rõ hoặc từ chối trả lời"]
    assert found.bars[0].parts[-2:] == [3 + 2, 0]


@pytest.mark.parametrize(
    ("number", "parts", "words", "texts"),
    [
        (40, [30, 10], ["40", "30 (75\u00a0%)", "10 (25\u00a0%)"], ["75\u00a0%", "25\u00a0%"]),
        (12, [9, 3], ["12", "9", "3"], ["9", "3"]),
        (40, [30, None], ["40", "30", "•"], []),
        (None, [30, 10], ["•", "30", "10"], []),
    ],
)
def test_a_percentage_needs_thirty_cases_and_every_part(
    number: int | None, parts: list[int | None], words: list[str], texts: list[str]
) -> None:
    shares = Shares("", ["Có", "Không rõ"], [Bar("2025", number, parts)])
    assert share_numbers(shares, "Kỳ").rows[0].cells == words
    (stack,) = drawing.stacks(shares).stacks
    assert [one.text for one in stack.segments] == texts
    assert stack.text == ("" if texts else "•")
    if texts:
        # A bar of fewer than thirty is shorter than one of thirty.
        assert sum(one.length for one in stack.segments) == round(430 * min(number or 0, 30) / 30)


# --- pyramid ---


def test_people_are_counted_once_in_the_pyramid() -> None:
    cases = [Told(victim=Somebody(sex="female", age="16_59"))] * 3 + [
        Told(victim=Somebody(sex="male", age="unknown"))
    ]
    facts = facts_of(cases)
    facts.victim[:2] = 7
    found = summaries.pyramid_of(facts)
    assert [(one.label, one.men, one.women, one.others) for one in found.steps] == [
        ("Từ đủ 60 tuổi trở lên", 0, 0, 0),
        ("Từ đủ 16 đến 59 tuổi", 0, 2, 0),
        ("Dưới 16 tuổi", 0, 0, 0),
        ("Không rõ", 1, 0, 0),
    ]


def test_a_hidden_side_of_the_pyramid_has_its_mark_and_no_bar() -> None:
    drawn = drawing.tower(Pyramid("Nam", "Nữ", "Khác", [Step("16", None, 20, None), Step("60", 10, 5, 0)]))
    hidden = drawn.storeys[0].men
    assert (hidden.length, hidden.text, hidden.text_x) == (None, "•", 430 // 2 - 6)
    assert drawn.storeys[0].women.length == 430 // 2 - 44


# --- the page, REST, the file ---


def client(name: str) -> Client:
    somebody = Client()
    assert somebody.login(username=name, password=PASSWORD)
    return somebody


def year_of(case: Case) -> dict[str, str | int]:
    return {"year": current_window("report_year", clock.local_date(case.opened_at)).year}


@pytest.fixture
def mai(world: World) -> Client:
    return client("mai")


@pytest.mark.django_db
def test_page_and_rest_say_the_same(world: World, mai: Client) -> None:
    case = world.case()
    asked = {**year_of(case), "share": "assessed", "question": "level", "by": "year"}
    page = mai.get(reverse("statistics-charts"), asked)
    text = page.content.decode()
    assert page.status_code == 200
    assert "không phải mức độ phổ biến của bạo lực" in text
    assert "Biểu đồ phễu" in text
    found = page.context["found"]
    assert found.cases == 1
    body = mai.get(reverse("api:statistics-charts"), asked).json()
    assert [one["number"] for one in body["months"]] == [one.value for one in found.months]
    assert sum(one["number"] for one in body["months"]) == 1
    assert [(one["number"], one["of"]) for one in body["units"]] == [(0, 1)]
    assert [one["numbers"] for one in body["periods"]] == [bar.parts for bar in found.shares.bars]
    assert sum(one["women"] + one["men"] + one["others"] for one in body["pyramid"]) == 1
    assert len(body["silent"]) == Area.objects.filter(parent=world.province, valid_to=None).count() - 1
    tables = page.context["tables"]
    assert set(tables) == {"months", "funnel", "shares", "pyramid"}
    for cell in {cell for table in tables.values() for row in table.rows for cell in row.cells}:
        assert cell in text
    event = AuditEvent.objects.filter(action="statistics.explore").latest("pk")
    assert event.detail["filters"]["of"] == "charts"
    assert event.detail["filters"]["share"] == "assessed"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [{"share": "x"}, {"share": "\x00"}, {"question": "form"}, {"by": "day"}, {"area": "x"}],
)
def test_what_is_not_offered_is_not_there(mai: Client, query: dict[str, str]) -> None:
    assert mai.get(reverse("statistics-charts"), query).status_code == 404
    answer = mai.get(reverse("api:statistics-charts"), query)
    assert answer.status_code == (404 if "area" in query else 400)


@pytest.mark.django_db
def test_a_commune_has_no_funnel_and_no_pyramid(world: World, mai: Client) -> None:
    case = world.case()
    page = mai.get(reverse("statistics-charts"), {**year_of(case), "area": world.commune.code})
    found = page.context["found"]
    assert (found.cases, found.funnel, found.pyramid, found.silent) == (1, None, None, [])
    assert set(page.context["tables"]) == {"months", "shares"}


@pytest.mark.django_db
def test_whoever_is_locked_out_of_a_case_finds_nothing_of_it_in_a_chart(world: World, mai: Client) -> None:
    case = world.case()
    asked = year_of(case)
    world.case()
    before = mai.get(reverse("statistics-charts"), asked).context["found"]
    declare_conflict(case=case, by=world.mai, at=world.now)
    after = mai.get(reverse("statistics-charts"), asked).context["found"]
    sums: list[Callable[..., int]] = [
        lambda found: found.cases,
        lambda found: sum(one.value for one in found.months),
        lambda found: sum(dot.number for dot in found.funnel.dots),
        lambda found: sum(bar.number for bar in found.shares.bars),
        lambda found: sum(one.men + one.women + one.others for one in found.pyramid.steps),
        lambda found: found.unknown[0].of,
    ]
    assert [(count(before), count(after)) for count in sums] == [(2, 1)] * len(sums)


@pytest.mark.django_db
def test_charts_are_of_those_who_may_look_closer(world: World) -> None:
    for name in ("hoa", "pao", "lan"):
        for route in ("statistics-charts", "api:statistics-charts"):
            assert client(name).get(reverse(route)).status_code == 403


@pytest.mark.django_db
def test_a_unit_is_counted_from_the_month_it_was_whole(world: World) -> None:
    case = world.case()
    opened = clock.local_date(case.opened_at)
    chosen = current_window("calendar_year", opened)
    today = date(opened.year + 1, 6, 15)
    found = charts_of(world.mai, world.commune, window("calendar_year", opened.year + 1), Asked(), today)
    assert found.months[-1].label == f"06/{opened.year + 1}"
    assert found.provisional == found.months[-1]
    assert found.months[0].number == 12 * opened.year + opened.month - 1
    assert found.recut == []
    Area.objects.filter(pk=world.commune.pk).update(valid_from=date(opened.year + 1, 2, 15))
    world.commune.refresh_from_db()
    again = charts_of(world.mai, world.commune, window("calendar_year", opened.year + 1), Asked(), today)
    assert [one.label for one in again.months] == [f"{month:02}/{opened.year + 1}" for month in (3, 4, 5, 6)]
    assert again.cases == 0
    of_province = charts_of(world.mai, world.province, chosen, Asked(), today)
    assert (of_province.cases, of_province.provisional) == (1, None)


@pytest.mark.django_db
def test_a_year_that_has_not_begun_is_empty(world: World, mai: Client) -> None:
    world.case()
    year = clock.local_date(world.now).year + 1
    asked: dict[str, str | int] = {"window": "calendar_year", "year": year}
    page = mai.get(reverse("statistics-charts"), asked)
    assert (page.status_code, page.context["found"].cases, page.context["found"].silent) == (200, 0, [])


@pytest.mark.django_db
def test_queries_do_not_grow_with_the_cases(world: World) -> None:
    chosen = current_window("report_year", clock.local_date(world.case().opened_at))
    province = area_of(world.mai, "", world.now)
    today = clock.local_date(world.now)

    def asked() -> int:
        # The facts that are new are read by whoever asks first.
        charts_of(world.mai, province, chosen, Asked(), today)
        with CaptureQueriesContext(connection) as queries:
            charts_of(world.mai, province, chosen, Asked(), today)
        return len(queries)

    few = asked()
    world.case()
    world.case()
    # PostgreSQL is asked once more: below which stamp all transactions are over.
    assert asked() == few <= 5 + (connection.vendor == "postgresql")


def test_a_hundred_thousand_cases_are_grouped_without_looking_at_each() -> None:
    packed = [layout.pack(Told(victim=Somebody(age=age))) for age in ("16_59", "under_16", "unknown")]
    rows = [Row(n, 12 * 2021 + n % 60, n % 45, 0, n, 0, packed[n % 3]) for n in range(1, 100_001)]
    facts = Facts.none(layout, Places({})).with_rows(rows)
    months = range(12 * 2021, 12 * 2026)
    assert sum(value or 0 for value in summaries.by_month(facts, months).values()) == 100_000
    found = funnel(summaries.by_unit(facts, [(n, f"Xã {n}") for n in range(45)], "handled"))
    assert sum(dot.number for dot in found.dots) == 100_000
    bars = summaries.shares_of(facts, "age", "quarter", months, 0).bars
    assert sum(bar.number or 0 for bar in bars) == 100_000
