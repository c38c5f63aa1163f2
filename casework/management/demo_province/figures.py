"""What the demo province has published: years of registers kept before the system, the new units of 2025, a revision."""

from collections.abc import Iterator
from datetime import date, datetime
from random import Random
from typing import Final

from casework.management.demo_province.offices import Province
from casework.releases import planning, queries
from casework.releases.actions import (
    approve_release,
    audit_release,
    prepare_release,
    protect_release,
    publish_release,
    take_over_register,
)
from casework.releases.catalogue import MONTH, catalogue
from casework.releases.models import Release
from casework.releases.planning import Person, Unit

YEARS: Final = 10
# People counted in a commune of before July 2025 and year, about; there are 129 of them.
MEAN: Final = 4.5
FORMS: Final = {"physical": 48, "psychological": 36, "economic": 9, "sexual": 7}
SEXES: Final = {"female": 88, "male": 12}
AGES: Final = {"16_59": 78, "under_16": 11, "60_over": 11}
HANDLED: Final = {
    "none": 30,
    "community_critique": 28,
    "education": 20,
    "contact_ban": 11,
    "administrative": 9,
    "criminal": 2,
}
# So many years at the end are published by month too.
BY_MONTH: Final = 3
# Entered after the year was published, and how many fewer had been counted.
LATE: Final = 31


def publish_figures(province: Province, now: datetime, random: Random) -> Iterator[Release]:
    """Publish ten years as a province would have: year by year, months, three years pooled, halves, a revision."""
    last = now.year - 1
    years = range(last - YEARS + 1, last + 1)
    units = queries.units_of(province.area)
    sizes = {unit.code: random.gammavariate(1.4, MEAN / 1.4) for unit in units}
    made: dict[int, list[Person]] = {}
    for year in years:
        made[year] = list(_people(random, units, sizes, year))
        _take_over(province, now, year, made[year])
    pooled = _before_the_new_units(years)
    # Not of the pooled years: a plan beside all of those takes its time, and here somebody waits.
    quiet = [year for year in years if year not in pooled]
    for year in quiet[:-1]:
        by_month = _months(year) if year in quiet[-BY_MONTH:] else []
        yield _publish(province, now, f"province_year:{year}", f"commune_total:{year}", *by_month)
    if pooled:
        tables = [f"{product}:{year}" for year in pooled for product in ("province_year", "commune_total")]
        yield _publish(province, now, *tables, f"commune_pool_total:{pooled[0]}-{pooled[-1]}")
    yield _publish(province, now, f"province_year:{last}", f"commune_year:{last}", *_months(last))
    for year in quiet[1:3]:
        yield _publish(province, now, f"half_year:{year}-H1", f"half_year:{year}-H2")
    revised = quiet[3]
    late = [
        person._replace(household=f"late {number}")
        for number, person in enumerate(made[revised][:: len(made[revised]) // LATE])
    ]
    _take_over(province, now, revised, [*made[revised], *late], is_revision=True)
    yield _publish(province, now, f"commune_total:{revised}")


def _months(year: int) -> list[str]:
    return [f"province_month:{period}" for period in planning.periods(MONTH, year, 1)]


def _before_the_new_units(years: range) -> list[int]:
    """Three years one after the other with the units of before July 2025; two such years come after them."""
    found = [year for year in years if year < 2025][-5:-2]
    return found if len(found) == 3 else []


def _take_over(
    province: Province, now: datetime, year: int, people: list[Person], *, is_revision: bool = False
) -> None:
    take_over_register(
        by=province.users["thuy"],
        at=now,
        year=year,
        people=people,
        dims=catalogue().dims,
        is_revision=is_revision,
    )


def _publish(province: Province, now: datetime, *tables: str) -> Release:
    """Through every step, with the two supervisors."""
    thuy = province.users["thuy"]
    release = prepare_release(by=thuy, at=now, answers={"tables": list(tables)})
    protect_release(release=release, by=thuy, at=now, plan=queries.work_out(release))
    audit_release(release=release, by=thuy, at=now)
    for name in ("mai", "hanh"):
        answers = {"shown_sha256": release.shown_sha256}
        approve_release(release=release, by=province.users[name], at=now, answers=answers)
    return publish_release(release=release, by=thuy, at=now)


def _people(random: Random, units: list[Unit], sizes: dict[str, float], year: int) -> Iterator[Person]:
    """Made-up people of one year, in the units there were in the month."""
    old = planning.units_on(units, date(min(year, 2025), 6, 30))
    after = {unit.code: unit.successor for unit in units}
    trend = 1 + 0.04 * (year - 2016)
    for place in old:
        for number in range(round(sizes[place] * trend * random.uniform(0.6, 1.4))):
            month = random.randint(1, 12)
            is_new = (year, month) >= (2025, 7)
            yield _person(random, (after[place] or place) if is_new else place, f"{year}-{month:02}", number)


def _person(random: Random, place: str, month: str, number: int) -> Person:
    form = _one_of(random, FORMS)
    forms = {form} | ({"psychological"} if random.random() < 0.15 else set())
    handled = {_one_of(random, HANDLED)}
    said = {"sex": _one_of(random, SEXES), "age": _one_of(random, AGES)}
    answers = []
    for dim in catalogue().dims:
        question, colon, answer = dim.partition(":")
        given = answer in (forms if question == "form" else handled)
        answers.append(("1" if given else "0") if colon else said[question])
    home = number - 1 if number and random.random() < 0.08 else number
    return Person(place, month, tuple(answers), f"{place} {month[:4]} {home}")


def _one_of(random: Random, weighted: dict[str, int]) -> str:
    return random.choices(list(weighted), list(weighted.values()))[0]
