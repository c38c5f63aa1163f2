"""Whether a stranger can tell by the clock what is hidden: `python -m bench.public` prints ratios of page times.

The same pages are asked for places whose total is a secret (1 to 4), hidden for the sake of others, or shown, all in
turns. A hidden figure is one null in one table whatever the reason, so the ratios have to be 1 within what two samples of
shown places differ by, which stands beside them.
"""

import random
import statistics
import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client
from django.test.utils import get_runner, setup_test_environment, teardown_test_environment
from django.urls import reverse

from casework.releases import planning, queries
from casework.releases.models import PublicCell, Release
from tests.releases.making import counted, frozen, published
from tests.world import World, build_world

YEAR, COMMUNES, MEAN, ROUNDS = 2023, 60, 8.0, 150
SECRET, FOR_OTHERS, SHOWN, AS_SHOWN = "secret", "for the sake of others", "shown", "shown, others"


def kinds(world: World) -> dict[str, list[str]]:
    """Places by what became of their total; those that are shown in two samples."""
    true: dict[str, int] = {}
    for person in counted(world, YEAR, communes=COMMUNES, mean=MEAN):
        true[person.place] = true.get(person.place, 0) + 1
    found: dict[str, list[str]] = {SECRET: [], FOR_OTHERS: [], SHOWN: [], AS_SHOWN: []}
    for cell in PublicCell.objects.filter(time=str(YEAR)).order_by("key"):
        if set(planning.at_of(cell.key)) == set(planning.FRAME) and cell.place in true:
            if cell.value is not None:
                found[SHOWN if len(found[SHOWN]) <= len(found[AS_SHOWN]) else AS_SHOWN].append(cell.place)
            else:
                found[SECRET if true[cell.place] < 5 else FOR_OTHERS].append(cell.place)
    return found


def took(client: Client, address: str) -> float:
    start = time.perf_counter()
    answer = client.get(address)
    taken = time.perf_counter() - start
    assert answer.status_code == 200, address
    return taken * 1000


def compared(
    client: Client, page: str, places: Mapping[str, Sequence[str]], query: Mapping[str, str]
) -> None:
    """Milliseconds of one page by what it shows, the rounds in an order of chance."""
    chance = random.Random(7)
    times: dict[str, list[float]] = {kind: [] for kind in places}
    for number in range(ROUNDS):
        for kind in chance.sample(sorted(places), len(places)):
            place = places[kind][number % len(places[kind])]
            times[kind].append(took(client, f"{page}?{urlencode({**query, 'place': place})}"))
    middle = {kind: statistics.median(found) for kind, found in times.items()}
    for kind, milliseconds in middle.items():
        print(f"  {kind:<26}{milliseconds:8.2f} ms   {milliseconds / middle[SHOWN]:5.3f} of shown")


def measure(world: World, release: Release) -> None:
    places = {kind: found for kind, found in kinds(world).items() if found}
    print("places:", ", ".join(f"{len(found)} {kind}" for kind, found in places.items()))
    client = Client()
    took(client, reverse("public-release", args=[release.pk]))
    entry = queries.public_entry(release.pk)
    assert entry is not None
    print("a release at one place")
    compared(client, reverse("public-release", args=[release.pk]), places, {})
    print("figures added up")
    compared(client, reverse("public-sum"), places, {"year": str(YEAR)})


def main() -> None:
    setup_test_environment()
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases(serialized_aliases=set())
    try:
        world = build_world()
        frozen(world, YEAR, communes=COMMUNES, mean=MEAN)
        measure(world, published(world, f"commune_year:{YEAR}"))
    finally:
        runner.teardown_databases(databases)
        teardown_test_environment()


if __name__ == "__main__":
    main()
