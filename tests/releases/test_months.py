"""Figures of a province by month, and what is drawn of public figures: nothing that depends on what is hidden."""

import csv
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from casework.releases import planning, queries
from casework.releases.actions import take_over_register, withdraw_release
from casework.releases.catalogue import catalogue
from casework.releases.models import PublicCell, PublicFile
from casework.releases.planning import Person
from casework.tables import HIDDEN
from tests.releases.making import Refused, counted, frozen, person, published, staff
from tests.world import World

YEAR = 2023


def months(year: int = YEAR) -> list[str]:
    return [f"province_month:{period}" for period in planning.periods("month", year, 1)]


# --- periods ---


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2025-01", date(2025, 1, 1), date(2025, 1, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025-12", date(2025, 12, 1), date(2025, 12, 31)),
        ("2025-Q4", date(2025, 10, 1), date(2025, 12, 31)),
        ("2025-H1", date(2025, 1, 1), date(2025, 6, 30)),
    ],
)
def test_a_part_of_a_year_has_its_days(period: str, first: date, last: date) -> None:
    assert planning.days_of(period) == (first, last)
    assert planning.years_in(period) == range(first.year, first.year + 1)


@pytest.mark.parametrize(
    "period",
    [
        "2025-00",
        "2025-13",
        "2025-1",
        "2025-001",
        "2025-",
        "2025-Q5",
        "2025-Q",
        "2025-H3",
        "2025-0x",
        "x-01",
        "-01",
    ],
)
def test_what_is_no_period_is_none(period: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        planning.years_in(period)


def test_a_month_hangs_together_with_the_years_of_its_pool() -> None:
    assert planning.hanging_together(["2023-05"], ["2022-2024", "2020"]) == {2022, 2023, 2024}
    assert planning.kind_of("2023-05") == "month"


def test_what_falls_due_is_named_by_the_year_that_is_frozen_then() -> None:
    found = {(due.title, due.period): due.day for due in queries.calendar(date(2026, 1, 15))}
    assert (
        found["Số liệu tháng của tỉnh", "2025"] == found["Số liệu quý của tỉnh", "2025"] == date(2026, 3, 1)
    )
    assert found["Số liệu tháng của tỉnh", "2026"] == date(2027, 3, 1)
    assert len(found) == 2 * len(catalogue().products)


# --- the way of a month to the public ---


@pytest.mark.django_db
def test_months_are_published_exact_beside_their_year(world: World, client: Client) -> None:
    frozen(world, YEAR, communes=45)
    release = published(world, f"province_year:{YEAR}", *months())
    true = Counter(one.month for one in counted(world, YEAR, communes=45))
    cells = PublicCell.objects.filter(table__startswith="province_month")
    assert dict(cells.values_list("time", "value")) == true
    sdmx = bytes(PublicFile.objects.get(table="province_month.2023-07", form="sdmx.csv").content).decode()
    (row,) = csv.DictReader(sdmx.splitlines())
    assert (row["FREQ"], row["TIME_PERIOD"], row["OBS_VALUE"]) == ("M", "2023-07", str(true["2023-07"]))
    listed = client.get(reverse("public-figures")).content.decode()
    assert "Số liệu tháng của tỉnh · tháng 01/2023 – tháng 12/2023" in listed
    page = client.get(reverse("public-release", args=[release.pk]), {"table": "province_month.2023-07"})
    assert "Số liệu tháng của tỉnh · tháng 07/2023" in page.content.decode()


def register(
    world: World,
    of_month: Sequence[int],
    change: Callable[[int, Person], Person] | None = None,
    year: int = YEAR,
) -> None:
    """A year with so many people in each of its months."""
    staff(world)
    (place,) = planning.units_on(queries.units_of(world.province), date(year, 12, 31))[:1]
    chance = random.Random(7)
    people: list[Person] = []
    for month, count in enumerate(of_month, start=1):
        for number in range(count):
            one = person(chance, place, year, 2 * number)
            one = one._replace(month=f"{year}-{month:02}", household=f"{year} {month} {number}")
            people.append(change(len(people), one) if change else one)
    take_over_register(by=world.thuy, at=world.now, year=year, people=people, dims=catalogue().dims)


def undone(made: Callable[[], Any]) -> Any:
    """What came of it; nothing of it stays."""
    with transaction.atomic():
        found = made()
        transaction.set_rollback(True)
    return found


def drawn(client: Client, query: dict[str, str]) -> tuple[list[str], bytes, bytes]:
    """The months that are hidden, the page and its file, to the byte."""
    hidden = PublicCell.objects.filter(value=None).order_by("time").values_list("time", flat=True)
    page, file = (
        client.get(reverse("public-months"), query | more).content for more in ({}, {"form": "csv"})
    )
    # What a browser gets anew each time, whatever the figures.
    return list(hidden), re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", page), file


@pytest.mark.django_db
@pytest.mark.parametrize("few", [2, 3, 4])
def test_nothing_drawn_by_month_depends_on_what_is_hidden(world: World, client: Client, few: int) -> None:
    def made(march: int) -> tuple[list[str], bytes, bytes]:
        register(world, [10, 12, march, *[10] * 9])
        published(world, *months())
        return drawn(client, {})

    staff(world)
    one, other = undone(lambda: made(1)), undone(lambda: made(few))
    assert one == other
    hidden, page, file = one
    assert hidden == ["2023-03"]
    text = page.decode()
    assert text.count(f">{HIDDEN}</text>") == 1
    assert len(re.findall(r'<polyline class="app-chart__line"', text)) == 2
    assert f"03/2023,{HIDDEN},–,–,\r\n".encode() in file


@pytest.mark.django_db
def test_no_mean_is_worked_out_of_a_hidden_month(world: World, client: Client) -> None:
    register(world, [10, 12, 2, *[10] * 9])
    register(world, [17, 9, *[15, 9] * 5], year=YEAR + 1)
    published(world, *months())
    published(world, *months(YEAR + 1))
    page = client.get(reverse("public-months"))
    rows = {row.name: row.cells for row in page.context["table"].rows}
    assert len(rows) == 24
    # The hidden month is among the twelve before each of these.
    assert {rows[f"{month:02}/2024"][1] for month in range(1, 4)} == {"–"}
    assert [cell for cell in rows["04/2024"] if cell == "–"] == []
    shown = [int(rows[f"{month:02}/2023"][0]) for month in range(4, 13)]
    shown += [int(rows[f"{month:02}/2024"][0]) for month in range(1, 4)]
    assert rows["04/2024"][1] == f"{sum(shown) / 12:.1f}".replace(".", ",")
    taken = client.get(reverse("public-months"), {"form": "csv"}).content.decode("utf-8-sig")
    lines = list(csv.reader(line for line in taken.splitlines() if not line.lstrip('"').startswith("#")))
    assert lines[0] == ["Tháng", *page.context["table"].heads]
    assert {line[0]: line[1:] for line in lines[1:]} == rows


@pytest.mark.django_db
def test_a_secret_month_and_the_year_that_would_tell_it_are_not_both_published(world: World) -> None:
    register(world, [20, 22, 2, *[20] * 9])
    with pytest.raises(Refused) as refused:
        published(world, f"province_year:{YEAR}", *months())
    assert f"/{YEAR}-03/" in str(refused.value)
    # Nor one after the other.
    published(world, *months())
    with pytest.raises(Refused):
        published(world, f"province_year:{YEAR}")


@pytest.mark.django_db
def test_months_of_a_revised_or_withdrawn_release_say_so(world: World, client: Client) -> None:
    register(world, [10] * 12)
    release = published(world, *months())
    assert client.get(reverse("public-months")).context["notes"] == []
    register(world, [20] * 12, year=YEAR + 1)
    again = published(world, *months(YEAR + 1))
    for one in (release, again):
        withdraw_release(release=one, by=world.mai, at=world.now, answers={"reason": "wrong_source"})
    people = [one._replace(household=f"late {n}") for n, one in enumerate(counted(world, YEAR)[:100])]
    how: dict[str, Any] = {"by": world.thuy, "at": world.now, "dims": catalogue().dims, "is_revision": True}
    take_over_register(year=YEAR, people=people, **how)
    published(world, f"province_month:{YEAR}-01")
    page = client.get(reverse("public-months"))
    assert page.context["notes"] == [
        f"{YEAR}: đã đính chính, nằm trong đợt công bố đã rút",
        f"{YEAR + 1}: nằm trong đợt công bố đã rút",
    ]


@pytest.mark.django_db
def test_where_no_month_is_public_that_is_said(world: World, client: Client) -> None:
    frozen(world, YEAR)
    published(world, f"province_year:{YEAR}")
    assert "Chưa công bố số liệu tháng" in client.get(reverse("public-months")).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["x", "\x00"])
def test_a_place_without_months_is_not_there(world: World, client: Client, place: str) -> None:
    frozen(world, YEAR)
    published(world, *months())
    assert client.get(reverse("public-months"), {"place": place}).status_code == 404


# --- the pyramid ---


def aged(few: int) -> Callable[[int, Person], Person]:
    """So many men of 60 and over and girls under 16, so many fewer boys and women of 60 and over; the sums stay."""
    blocks = {
        ("male", "60_over"): few,
        ("female", "under_16"): few,
        ("male", "under_16"): 11 - few,
        ("female", "60_over"): 12 - few,
        ("male", "16_59"): 20,
        ("female", "16_59"): 55,
    }
    order = [block for block, count in blocks.items() for _one in range(count)]
    dims = catalogue().dims

    def change(number: int, one: Person) -> Person:
        sex, age = order[number]
        said = {"sex": sex, "age": age}
        answers = tuple(said.get(dim, answer) for dim, answer in zip(dims, one.answers, strict=True))
        return one._replace(answers=answers)

    return change


@pytest.mark.django_db
def test_nothing_of_the_pyramid_depends_on_what_is_hidden(world: World, client: Client) -> None:
    query = {"question": "sex+age"}

    def made(few: int) -> tuple[list[str], str, bytes]:
        register(world, [98, *[0] * 11], aged(few))
        release = published(world, f"province_year:{YEAR}")
        hidden = PublicCell.objects.filter(value=None, key__contains="age=").filter(key__contains="sex=")
        page = client.get(reverse("public-release", args=[release.pk]), query)
        (svg,) = re.findall(r'<svg class="app-chart app-chart--plot".*?</svg>', page.content.decode(), re.S)
        taken = client.get(reverse("public-release", args=[release.pk]), query | {"form": "csv"})
        return list(hidden.order_by("key").values_list("key", flat=True)), svg, taken.content

    staff(world)
    one, other = undone(lambda: made(2)), undone(lambda: made(3))
    assert one == other
    hidden, svg, file = one
    assert len(hidden) >= 4
    marks = svg.count(f">{HIDDEN}</text>")
    assert marks == len(hidden)
    assert svg.count("<rect") == 8 - marks
    assert file.decode("utf-8-sig").splitlines()[-4].startswith(f"Từ đủ 60 tuổi trở lên,{HIDDEN},{HIDDEN},")


# --- shares over the years ---


@pytest.mark.django_db
def test_shares_are_drawn_of_years_all_of_whose_parts_are_shown(world: World, client: Client) -> None:
    frozen(world, YEAR - 1, communes=45)
    register(world, [98, *[0] * 11], aged(2))
    for year in (YEAR - 1, YEAR):
        published(world, f"province_year:{year}")
    page = client.get(reverse("public-years"), {"question": "age"})
    bars = {bar.label: bar for bar in page.context["shares"].bars}
    stacks = page.context["stacks"].stacks
    for stack, bar in zip(stacks, bars.values(), strict=True):
        assert bool(stack.segments) is (None not in bar.parts)
        assert stack.text == ("" if stack.segments else HIDDEN)
    assert any(stack.segments for stack in stacks)
    taken = client.get(reverse("public-years"), {"question": "age", "form": "shares"}).content.decode(
        "utf-8-sig"
    )
    lines = list(csv.reader(line for line in taken.splitlines() if not line.lstrip('"').startswith("#")))
    for line in lines[1:]:
        bar = bars[line[0]]
        assert line[1] == str(bar.number)
        assert all(("%" in cell) is (None not in bar.parts) for cell in line[2:])
    # A year of which the revised total alone is public has none.
    people = counted(world, YEAR - 1, communes=45)
    late = [*people, *(one._replace(household=f"late {number}") for number, one in enumerate(people[:30]))]
    how: dict[str, Any] = {"by": world.thuy, "at": world.now, "dims": catalogue().dims, "is_revision": True}
    take_over_register(year=YEAR - 1, people=late, **how)
    published(world, f"commune_total:{YEAR - 1}")
    page = client.get(reverse("public-years"), {"question": "age"})
    assert [bar.label for bar in page.context["shares"].bars] == [str(YEAR)]
    # Several answers add up to more than all: no shares.
    assert client.get(reverse("public-years"), {"question": "form"}).context["stacks"] is None
