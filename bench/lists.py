"""Lists of a worker, a supervisor and a partner against a plain indexed list and against guardian's own query.

    python -m bench.lists [--sizes 10000,100000]        on SQLite
    python3 -m config.cluster --durable -- .venv/bin/python -m bench.lists    on PostgreSQL

Everything runs in a test database that is thrown away. Times are medians of interleaved runs; trust the ratios.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.test.utils import get_runner, setup_test_environment, teardown_test_environment
from guardian.shortcuts import get_objects_for_user  # noqa: TID251  (what we are measured against)

from casework.access.grants import FOREVER, view_permission
from casework.access.lists import COUNT_CAP, PAGE_SIZE, capped_count, page, visible_among
from casework.access.principals import principal
from casework.access.triggers import lifted
from casework.audit.acting import acting_as
from casework.cases.models import Case, CaseGroupGrant, CaseUserGrant
from casework.encryption.keyring import forget_keys
from casework.organisations.models import Agency, Area, User
from casework.referrals.models import Consent, Referral
from tests.world import World, build_world

ROUNDS = 15
NOW = datetime(2026, 11, 1, tzinfo=UTC)
WORKER_GRANTS = 200
SHARED_GRANTS = 200


@dataclass(slots=True)
class Filled:
    """A database with `size` cases and who looks at them."""

    world: World
    size: int
    worker: User
    chair: User
    mixed: User
    partner: User
    unit: Agency
    commune: Area


def fill(world: World, size: int, done: int) -> Filled:
    """Bring the database from `done` to `size` cases, spread over two years and all communes."""
    random = Random(size)
    communes = list(Area.objects.filter(parent=world.province, valid_to__isnull=True))
    lan, unit = world.users["lan"], world.agencies["committee"]
    made: list[Case] = []
    for number in range(done, size):
        opened = NOW - timedelta(seconds=random.randrange(730 * 86400))
        commune = communes[number % len(communes)]
        made.append(
            Case(
                created_at=opened,
                version=0,
                number=f"B-{number}",
                code=f"B{number:08}",
                commune=commune,
                province=world.province,
                unit=unit,
                lead=lan,
                opened_at=opened,
                state=random.choice(("open", "in_progress", "closed", "supervised_closure")),
                level=random.choice(("", "LOW", "MEDIUM", "HIGH")),
                next_due_at=FOREVER,
            )
        )
    Case._base_manager.bulk_create(made, batch_size=2000)
    permission = view_permission(Case)
    grants = [
        CaseUserGrant(
            user=user,
            permission_id=permission,
            content_object=case,
            opened_at=case.opened_at,
            given_at=NOW,
            source="bench",
        )
        for user, share in (
            (lan, WORKER_GRANTS),
            (world.users["minh"], 20_000),
            (world.users["mai"], SHARED_GRANTS),
        )
        for case in random.sample(made, min(share, len(made) // 4))
    ]
    CaseUserGrant.objects.bulk_create(grants, batch_size=2000, ignore_conflicts=True)
    police = world.agencies["police"]
    CaseGroupGrant.objects.bulk_create(
        [
            CaseGroupGrant(
                group_id=police.group_id,
                permission_id=permission,
                content_object=case,
                opened_at=case.opened_at,
                given_at=NOW,
                source="bench",
            )
            for case in random.sample(made, min(300, len(made) // 4))
        ],
        batch_size=2000,
        ignore_conflicts=True,
    )
    _refer(world, random.sample(made, len(made) // 10))
    return Filled(
        world,
        size,
        worker=lan,
        chair=world.users["pao"],
        mixed=world.users["mai"],
        partner=world.users["hoa"],
        unit=unit,
        commune=world.commune,
    )


def _refer(world: World, cases: Sequence[Case]) -> None:
    offices = [world.agencies["hospital"], world.agencies["legal"]]
    consents, referrals = [], []
    for number, case in enumerate(cases):
        office = offices[number % 2]
        consent = Consent(
            case=case,
            created_at=case.opened_at,
            recipient=office,
            purpose="service",
            items=["full_name"],
            how_given="signature",
            valid_from=case.opened_at,
            valid_until=case.opened_at + timedelta(days=30),
        )
        consents.append(consent)
        referrals.append(
            Referral(
                case=case,
                consent=consent,
                created_at=case.opened_at,
                recipient=office,
                code=case.code,
                service="health_care",
                sent_at=case.opened_at,
                sent_by=world.users["lan"],
                due_at=case.opened_at + timedelta(days=1),
            )
        )
    Consent._base_manager.bulk_create(consents, batch_size=1000)
    Referral._base_manager.bulk_create(referrals, batch_size=1000)


def plain_list(rows: Any) -> list[Any]:
    """The plain indexed list: 25 rows and an exact count of what the filter matches, capped like ours."""
    found = list(rows.order_by("-opened_at", "-id")[:PAGE_SIZE])
    rows.order_by()[: COUNT_CAP + 1].count()
    return found


def ours(user: User, model: Any = Case, **filters: Any) -> list[Any]:
    found = page(model, user, filters=filters, at=NOW)
    capped_count(model, user, filters=filters, at=NOW)
    return found.rows


def guardians(user: User) -> list[Any]:
    rows = get_objects_for_user(
        user,
        "casework.view_case",
        klass=Case._base_manager.all(),
        accept_global_perms=False,
        with_superuser=False,
    )
    found = list(rows.order_by("-opened_at", "-id")[:PAGE_SIZE])
    rows.count()
    return found


def pairs(filled: Filled) -> list[tuple[str, Callable[[], Any], Callable[[], Any]]]:
    """(what, ours, the other): the ratio printed is ours / other."""
    every = Case._base_manager
    mine = every.filter(commune=filled.commune)
    province = every.filter(province=filled.world.province)
    shared = Referral._base_manager.filter(recipient=filled.world.agencies["hospital"])

    def plain_referrals() -> list[Any]:
        found = list(shared.order_by("-sent_at", "-id")[:PAGE_SIZE])
        shared.order_by()[: COUNT_CAP + 1].count()
        return found

    ids = [case.pk for case in page(Case, filled.mixed, at=NOW).rows]
    who = principal(filled.mixed, NOW)
    return [
        ("1 worker list / plain list", lambda: ours(filled.worker), lambda: plain_list(mine)),
        ("1 commune list / plain list", lambda: ours(filled.chair), lambda: plain_list(mine)),
        ("3 province and grants / plain list", lambda: ours(filled.mixed), lambda: plain_list(province)),
        (
            "3 the same with a state / plain list",
            lambda: ours(filled.mixed, state="open"),
            lambda: plain_list(province.filter(state="open")),
        ),
        (
            "4 supervisor, capped / exact count",
            lambda: ours(filled.mixed),
            lambda: (page(Case, filled.mixed, at=NOW), province.count()),
        ),
        (
            "5 25 checks / loading 25 rows",
            # As a page asks: who looks was read for its list.
            lambda: visible_among(Case, who, "case.view", ids),
            lambda: list(every.filter(pk__in=ids)),
        ),
        ("  partner list / plain list", lambda: ours(filled.partner, Referral), plain_referrals),
        ("2 worker list / guardian's query", lambda: ours(filled.worker), lambda: guardians(filled.worker)),
        (
            "2 20,000 grants / guardian's query",
            lambda: ours(filled.world.users["minh"]),
            lambda: guardians(filled.world.users["minh"]),
        ),
    ]


def measure(first: Callable[[], Any], second: Callable[[], Any]) -> tuple[float, float]:
    """Medians in milliseconds of two things run in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for round_ in range(ROUNDS + 2):
        for run, kept in zip((first, second), times, strict=True):
            with acting_as(request_id=f"bench-{round_}"):
                start = time.perf_counter()
                run()
                if round_ >= 2:
                    kept.append((time.perf_counter() - start) * 1000)
    return statistics.median(times[0]), statistics.median(times[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,100000")
    sizes = [int(size) for size in parser.parse_args().sizes.split(",")]
    setup_test_environment()
    runner = get_runner(settings)(verbosity=0, interactive=False)
    old = runner.setup_databases(serialized_aliases=set())
    try:
        world = build_world(NOW)
        done = 0
        print(f"{connection.vendor}; medians of {ROUNDS} interleaved runs, milliseconds")
        for size in sizes:
            # Rows no verb wrote and no event seals: the triggers would refuse them.
            with transaction.atomic(), lifted():
                filled = fill(world, size, done)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
            done = size
            forget_keys()
            print(f"\n{size:,} cases{'ours':>35}{'other':>10}{'ratio':>10}")
            for what, first, second in pairs(filled):
                mine, other = measure(first, second)
                print(f"{what:<40}{mine:>8.2f}{other:>10.2f}{mine / other:>10.2f}")
    finally:
        runner.teardown_databases(old)
        teardown_test_environment()


if __name__ == "__main__":
    main()
