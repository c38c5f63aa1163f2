"""Any two questions crossed: exact, the same as the return, on the screen only, with what it was looked at for."""

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from casework.audit.models import AuditEvent
from casework.base import clock
from casework.cases.actions import declare_conflict, seal_case
from casework.cases.models import Case
from casework.statistics.crossing import CASES, PEOPLE, crossed
from casework.statistics.dimensions import DIMENSIONS, Told
from casework.statistics.figures import current_window, figure
from tests.statistics.test_return import facts_of, told
from tests.world import PASSWORD, World

PLACES = {0: "A", 1: "B", 2: "C"}
NAMES = [one.name for one in DIMENSIONS]


@given(st.lists(told, max_size=20), st.sampled_from(NAMES), st.sampled_from(["", *NAMES]))
def test_every_table_adds_up_as_it_says(cases: list[Told], rows: str, columns: str) -> None:
    found = crossed(facts_of(cases), rows, columns, of=CASES, communes=PLACES)
    assert found.total == len(cases)
    for line in found.lines:
        assert 0 < line.total <= found.total
        assert all(
            number <= min(line.total, most) for number, most in zip(line.numbers, found.totals, strict=True)
        )
    if not found.overlaps:
        assert sum(line.total for line in found.lines) == found.total
        for place, total in enumerate(found.totals):
            assert sum(line.numbers[place] for line in found.lines) == total


@given(st.lists(told, min_size=1, max_size=20))
def test_it_says_what_the_return_says(cases: list[Told]) -> None:
    facts = facts_of(cases)
    found = crossed(facts, "sex", "form", of=CASES, communes=PLACES)
    assert sum(line.total for line in found.lines) == figure("cases", facts)
    by_form = dict(zip(found.columns, found.totals, strict=True))
    assert by_form.get("Bạo lực về thể chất", 0) == figure("form_physical", facts)
    by_commune = crossed(facts, "commune", "", of=CASES, communes=PLACES)
    assert sum(line.total for line in by_commune.lines) == len(cases)


def test_somebody_of_two_cases_is_one_person() -> None:
    facts = facts_of([Told(), Told()])
    again = facts.where(facts.everyone)
    again.victim[:] = 1
    assert crossed(again, "sex", "", of=PEOPLE, communes=PLACES).total == 1
    assert crossed(again, "sex", "", of=CASES, communes=PLACES).total == 2


def client(name: str) -> Client:
    somebody = Client()
    assert somebody.login(username=name, password=PASSWORD)
    return somebody


def _year_of(case: Case) -> dict[str, int]:
    """The year that counts it, which is not always the one that runs."""
    return {"year": current_window("report_year", clock.local_date(case.opened_at)).year}


@pytest.mark.django_db
def test_nothing_is_shown_before_it_is_said_what_for(world: World) -> None:
    case = world.case()
    mai, route = client("mai"), reverse("statistics-table")
    before = AuditEvent.objects.filter(action="statistics.explore").count()
    page = mai.get(route, {"rows": "sex", "columns": "form"})
    assert page.context["found"] is None
    assert "Chọn mục đích xem số liệu." in page.content.decode()
    assert AuditEvent.objects.filter(action="statistics.explore").count() == before
    asked: dict[str, str | int] = {"rows": "sex", "columns": "form", "purpose": "plan", **_year_of(case)}
    page = mai.get(route, asked)
    assert page.context["found"].total == 1
    event = AuditEvent.objects.filter(action="statistics.explore").latest("pk")
    assert event.detail["filters"]["purpose"] == "plan"
    assert event.detail["filters"]["columns"] == "form"
    body = mai.get(reverse("api:statistics-table"), asked).json()
    assert [line["numbers"] for line in body["lines"]] == [
        list(line.numbers) for line in page.context["found"].lines
    ]
    assert body["total"] == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"purpose": "plan"}, "rows"),
        ({"rows": "shoe", "purpose": "plan"}, "rows"),
        ({"rows": "sex", "columns": "shoe", "purpose": "plan"}, "columns"),
        ({"rows": "sex", "of": "tears", "purpose": "plan"}, "of"),
        ({"rows": "sex"}, "purpose"),
        ({"rows": "sex", "purpose": "gossip"}, "purpose"),
    ],
)
def test_rest_names_what_is_wrong(world: World, asked: dict[str, str], named: str) -> None:
    answer = client("mai").get(reverse("api:statistics-table"), asked)
    assert (answer.status_code, named in answer.content.decode()) == (400, True)


@pytest.mark.django_db
def test_a_question_there_is_not_is_not_found_on_the_page(world: World) -> None:
    mai = client("mai")
    assert mai.get(reverse("statistics-table"), {"rows": "shoe", "purpose": "plan"}).status_code == 404
    assert client("hoa").get(reverse("statistics-table")).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("route", ["statistics-table", "statistics-indicators"])
def test_nobody_of_a_commune_tells_by_them_what_the_case_is_that_is_sealed_from_it(
    world: World, route: str
) -> None:
    seal_case(case=world.case(), by=world.mai, at=world.now, reason="Người trong xã.")
    pao, asked = client("pao"), {"rows": "sex", "purpose": "plan"}
    for address in (reverse(route), reverse(f"api:{route}")):
        assert pao.get(address, asked).status_code == 403
    page = pao.get(reverse("statistics-return")).content.decode()
    assert reverse(route) not in page


@pytest.mark.django_db
def test_whoever_is_locked_out_of_a_case_finds_nothing_of_it_in_a_table(world: World) -> None:
    case = world.case()
    mai, year = client("mai"), _year_of(case)
    asked: dict[str, str | int] = {"rows": "commune", "columns": "sex", "purpose": "plan", **year}
    assert mai.get(reverse("statistics-table"), asked).context["found"].total == 1
    declare_conflict(case=case, by=world.mai, at=world.now)
    assert mai.get(reverse("statistics-table"), asked).context["found"].total == 0
    found = mai.get(reverse("statistics-indicators"), year).context["found"]
    assert (found.cases, found.on_file, found.spreads[0].count) == (0, 0, 0)
