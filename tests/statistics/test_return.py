"""The yearly return: one definition for the figure, the list behind it, the paper and REST."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from casework.audit.models import AuditEvent
from casework.base import clock
from casework.base.codes import codes
from casework.cases.models import Case
from casework.incidents.actions import record_incident
from casework.protection.actions import correct_outcome, record_outcome
from casework.statistics.counting import Facts, Places, Row
from casework.statistics.dimensions import Layout, Somebody, Told, unnumbered
from casework.statistics.facts import drift
from casework.statistics.figures import (
    PREDICATES,
    behind,
    current_window,
    figure,
    figures,
    figures_by_commune,
    usual_window,
    window,
)
from casework.statistics.paper import yearly
from casework.statistics.queries import area_of, cases_behind, return_of
from tests.world import PASSWORD, World

layout = Layout(unnumbered([]))
somebody = st.builds(
    Somebody,
    sex=st.sampled_from(["male", "female", "other", "unknown", "declined"]),
    age=st.sampled_from(["under_16", "16_59", "60_over", "unknown"]),
)
told = st.builds(
    Told,
    victim=somebody,
    perpetrator=somebody,
    forms=st.frozensets(st.sampled_from(["physical", "psychological", "sexual", "economic", "unknown"])),
    penalties=st.frozensets(st.sampled_from(["crime", "administrative", "unknown"])),
    measures=st.frozensets(st.sampled_from([f"M{n:02}" for n in range(1, 11)])),
    dealt_with=st.frozensets(st.sampled_from(codes("outcome_kind").codes)),
)


def facts_of(cases: list[Told]) -> Facts:
    rows = [
        Row(number, 12 * 2026, number % 3, 0, number, 0, layout.pack(case))
        for number, case in enumerate(cases, start=1)
    ]
    return Facts.none(layout, Places({})).with_rows(rows)


def test_every_row_of_the_form_has_its_predicate_and_no_predicate_is_idle() -> None:
    assert sorted(yearly().counted) == sorted(PREDICATES)


@given(st.lists(told, max_size=30))
def test_figure_and_list_agree_and_parts_add_up(cases: list[Told]) -> None:
    found = facts_of(cases)
    counted = figures(list(PREDICATES), found)
    by_commune = figures_by_commune(list(PREDICATES), found).values()
    for row in PREDICATES:
        assert counted[row] == len(behind(row, found)) == figure(row, found)
        assert counted[row] == sum(commune[row] for commune in by_commune)
    total = counted["cases"]
    assert total == len(found)
    for parts in (
        ("perpetrator_male", "perpetrator_female", "perpetrator_other"),
        ("victim_male", "victim_female", "victim_other"),
        ("victim_under_16", "victim_female_16_59", "victim_60_over", "victim_rest"),
    ):
        assert sum(counted[row] for row in parts) == total
    known = ("form_psychological", "form_physical", "form_sexual", "form_economic", "form_unknown")
    assert sum(counted[row] for row in known) >= total


def test_windows_meet_without_gap_or_overlap() -> None:
    for code in ("report_year", "calendar_year"):
        assert window(code, 2026).end == window(code, 2027).start
    assert window("report_year", 2026).start == date(2025, 12, 1)
    assert current_window("report_year", date(2026, 11, 30)).year == 2026
    assert current_window("report_year", date(2026, 12, 1)).year == 2027
    assert current_window("calendar_year", date(2026, 12, 31)).year == 2026
    # While the return of a window is made, that is the one a page opens with.
    assert usual_window("report_year", date(2026, 11, 30)).year == 2026
    assert usual_window("report_year", date(2026, 12, 1)).year == 2026
    assert usual_window("report_year", date(2026, 12, 31)).year == 2026
    assert usual_window("report_year", date(2027, 1, 1)).year == 2027
    assert usual_window("calendar_year", date(2027, 1, 31)).year == 2026
    assert usual_window("calendar_year", date(2027, 2, 1)).year == 2027


def test_an_hour_before_midnight_in_vietnam_counts_in_the_old_year(world: World) -> None:
    # 30 November 2025, 23:59 and 1 December, 00:00 on a Vietnamese clock.
    before = datetime(2025, 11, 30, 16, 59, tzinfo=UTC)
    after = datetime(2025, 11, 30, 17, 0, tzinfo=UTC)
    for at in (before, after):
        world.case(at=at)
    assert return_of(world.commune, window("report_year", 2025)).total == 1
    assert return_of(world.commune, window("report_year", 2026)).total == 1


def _beating(world: World, at: datetime) -> None:
    case = world.case(at=at)
    record_incident(
        case=case,
        by=world.lan,
        at=at,
        answers={"happened_at": at - timedelta(hours=3), "area": world.commune, "acts": ["A01", "A02"]},
    )


def test_the_return_counts_what_happened(world: World) -> None:
    at = world.now - timedelta(days=1)
    _beating(world, at)
    chosen = current_window("calendar_year", clock.local_date(at))
    lines = {line.row.row: line.total for line in return_of(world.province, chosen).lines if line.row.row}
    assert lines["cases"] == 1
    assert lines["form_physical"] == lines["form_psychological"] == 1
    assert lines["form_unknown"] == 0
    assert lines["victim_female_16_59"] == lines["perpetrator_male"] == 1
    assert lines["measure_contact_ban"] == 0


LAW = ("measure_administrative", "measure_criminal", "handled_female_16_59")


def _by_law(world: World, case: Case) -> tuple[int | None, ...]:
    chosen = current_window("calendar_year", clock.local_date(case.opened_at))
    lines = {line.row.row: line.total for line in return_of(world.province, chosen).lines}
    return tuple(lines[row] for row in LAW)


def test_a_penalty_on_file_is_counted_and_one_that_was_none_is_not_any_more(world: World) -> None:
    case = world.case(at=world.at(days=1))
    assert _by_law(world, case) == (0, 0, 0)
    answers = {"kind": "penalty", "penalty_articles": ["art_39"], "decided_at": world.at(hours=1)}
    outcome = record_outcome(case=case, by=world.lan, at=world.now, answers=answers)
    assert _by_law(world, case) == (1, 0, 1)
    for change, counted in (
        ({"kind": "prosecuted", "penalty_articles": []}, (0, 1, 1)),
        # Passed on, and what comes of it is not known yet.
        ({"kind": "crime_report"}, (0, 0, 0)),
    ):
        told = {**change, "corrected_why": "Ghi nhầm khi nhập."}
        correct_outcome(outcome=outcome, by=world.lan, at=world.now, answers=told)
        outcome.refresh_from_db()
        assert _by_law(world, case) == counted
    assert drift().total == 0


def test_a_figure_leads_to_the_cases_the_viewer_may_see(world: World) -> None:
    case = world.case(at=world.at(days=1))
    chosen = current_window("calendar_year", clock.local_date(case.opened_at))
    assert cases_behind(world.mai, world.province, chosen, "cases", limit=10) == (1, [case])
    counted, shown = cases_behind(world.tuan, world.province, chosen, "cases", limit=10)
    assert (counted, shown) == (1, [])


def test_the_part_of_a_figure_leads_to_the_cases_of_that_part(world: World) -> None:
    case = world.case(at=world.at(days=1))
    chosen = current_window("calendar_year", clock.local_date(case.opened_at))

    # Mường Phăng is a commune; wards are the urban part.
    assert cases_behind(world.mai, world.province, chosen, "cases", limit=10, part="rural") == (1, [case])
    assert cases_behind(world.mai, world.province, chosen, "cases", limit=10, part="urban") == (0, [])


def _client(world: World, name: str) -> Client:
    client = Client()
    assert client.login(username=name, password=PASSWORD)
    return client


def test_page_and_rest_say_the_same(world: World) -> None:
    _beating(world, world.now - timedelta(days=1))
    client = _client(world, "mai")
    query = {"window": "calendar_year", "year": str((world.now - timedelta(days=1)).year)}
    page = client.get(reverse("statistics-return"), query)
    assert page.status_code == 200
    figures_shown = {line.row.row: line.total for line in page.context["found"].lines if line.row.row}
    rest = client.get(reverse("api:statistics-returns"), query).json()
    assert {line["row"]: line["total"] for line in rest["lines"] if line["row"]} == figures_shown
    assert AuditEvent.objects.filter(actor=world.mai.pk, action="statistics.view_return").count() == 2


@pytest.mark.parametrize("name", ["lan", "minh", "dung", "hoa", "tuan", "kien", "son"])
def test_figures_are_for_those_who_answer_for_them(world: World, name: str) -> None:
    client = _client(world, name)
    for route in ("statistics-return", "statistics-cases", "api:statistics-returns"):
        assert client.get(reverse(route)).status_code == 403


def test_a_chair_has_the_figures_of_the_own_commune_only(world: World) -> None:
    client = _client(world, "pao")
    assert client.get(reverse("statistics-return")).context["found"].area == world.commune
    assert client.get(reverse("statistics-return"), {"area": "11"}).status_code == 404
    assert area_of(world.pao, "", world.now) == world.commune


@pytest.mark.parametrize(
    "query",
    [
        {"year": "1e9"},
        {"year": "²"},
        {"window": "x"},
        {"area": "\x00"},
        {"row": str(uuid4())},
        {"row": "cases", "part": "x"},
    ],
)
def test_nonsense_is_not_found(world: World, query: dict[str, str]) -> None:
    route = "statistics-cases" if "row" in query else "statistics-return"
    assert _client(world, "mai").get(reverse(route), query).status_code == 404


def test_queries_do_not_grow_with_the_cases(world: World, django_assert_max_num_queries: object) -> None:
    for days in range(1, 6):
        _beating(world, world.now - timedelta(days=days))
    chosen = current_window("calendar_year", world.now.date())
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        return_of(world.province, chosen)
