"""A province whose registers are taken over, so that releases have something to say; and people to approve them."""

import random
from datetime import date

from casework.accounts.actions import add_user
from casework.disclosure import Refused
from casework.organisations.models import User
from casework.releases import planning, queries
from casework.releases.actions import (
    approve_release,
    audit_release,
    prepare_release,
    protect_release,
    publish_release,
    take_over_register,
)
from casework.releases.catalogue import catalogue
from casework.releases.models import Release
from casework.releases.planning import Person
from tests.world import SINCE, World, with_password

FORMS = ("physical", "psychological", "sexual", "economic", "unknown")
FORM_SHARES = (48, 34, 8, 9, 1)
HANDLED = ("community_critique", "contact_ban", "education", "administrative", "criminal", "none")


def staff(world: World) -> dict[str, User]:
    """Who works on releases: a statistician who prepares, and two supervisors of the province beside Mai."""
    for name, full_name, role in (
        ("thuy", "Hoàng Thu Thủy", "statistician"),
        ("hanh", "Trần Ngọc Hạnh", "province_supervisor"),
        ("dao", "Lò Thị Đào", "province_supervisor"),
    ):
        if name not in world.users:
            world.users[name] = with_password(
                add_user(
                    by=world.son,
                    at=world.now,
                    username=name,
                    full_name=full_name,
                    agency=world.agencies["department"],
                    role=role,
                    since=SINCE,
                    is_demo=True,
                )
            )
    return world.users


def counted(world: World, year: int, *, communes: int = 8, mean: float = 14.0, seed: int = 1) -> list[Person]:
    """Made-up people of one year in the first communes that existed at its end."""
    chance = random.Random(f"{seed} {year}")
    there = planning.units_on(queries.units_of(world.province), date(year, 12, 31))[:communes]
    sizes = random.Random(seed)
    found: list[Person] = []
    for place in there:
        size = round(sizes.gammavariate(1.6, mean / 1.6) * chance.uniform(0.8, 1.2))
        found += [person(chance, place, year, number) for number in range(size)]
    return found


def person(chance: random.Random, place: str, year: int, number: int) -> Person:
    forms = set(chance.choices(FORMS, FORM_SHARES))
    if "unknown" not in forms and chance.random() < 0.2:
        forms.add("psychological")
    handled = {chance.choice(HANDLED)}
    given = {
        **{f"form:{code}": code in forms for code in FORMS},
        **{f"handling:{code}": code in handled for code in HANDLED},
    }
    one = {
        "sex": chance.choices(("female", "male", "unknown"), (87, 12, 1))[0],
        "age": chance.choices(("under_16", "16_59", "60_over", "unknown"), (10, 77, 12, 1))[0],
    }
    answers = tuple(one.get(dim) or "01"[given.get(dim, False)] for dim in catalogue().dims)
    home = number - 1 if number and chance.random() < 0.08 else number
    return Person(place, f"{year}-{chance.randint(1, 12):02}", answers, f"{place} {year} {home}")


def frozen(world: World, *years: int, **how: float) -> None:
    """Years taken over from the registers."""
    staff(world)
    for year in years:
        take_over_register(
            by=world.thuy,
            at=world.now,
            year=year,
            people=counted(world, year, **how),  # type: ignore[arg-type]
            dims=catalogue().dims,
        )


def prepared(world: World, *tables: str, **answers: object) -> Release:
    return prepare_release(by=world.thuy, at=world.now, answers={"tables": list(tables), **answers})


def protected(world: World, *tables: str, **answers: object) -> Release:
    release = prepared(world, *tables, **answers)
    return protect_release(release=release, by=world.thuy, at=world.now, plan=queries.work_out(release))


def audited(world: World, *tables: str, **answers: object) -> Release:
    return audit_release(release=protected(world, *tables, **answers), by=world.thuy, at=world.now)


def approved(world: World, *tables: str, **answers: object) -> Release:
    release = audited(world, *tables, **answers)
    for by in (world.mai, world.hanh):
        approve_release(release=release, by=by, at=world.now, answers={"shown_sha256": release.shown_sha256})
    return release


def published(world: World, *tables: str, **answers: object) -> Release:
    return publish_release(release=approved(world, *tables, **answers), by=world.thuy, at=world.now)


__all__ = ["Refused", "approved", "audited", "frozen", "prepared", "protected", "published", "staff"]
