"""Whatever breaks, nobody is shown what it broke on: no value, no statement, no place of the server.

Every address of the resolver is asked here once, by GET, with a view that raises; by every method and with everything
else that can break in tests/soak/test_failing.py.
"""

import pytest
from django.http import HttpResponse

from tests.matrix.asking import asking, methods_of
from tests.matrix.failing import QUOTED, SECRET, WAYS, failing, logged, wrong_in, wrong_with
from tests.matrix.file import File
from tests.matrix.routes import Route, routes
from tests.matrix.test_matrix import GOLDEN, Cell, read

pytestmark = pytest.mark.django_db

PEOPLE = ("lan", "pao", "dung", "hoa", "mai", "kien", "son", "anonymous")
GETS_IN = ("200", "201", "302")


def who_reaches(route: Route, method: str, reviewed: dict[Cell, str]) -> str:
    """Somebody who gets as far as the view; whoever is refused before it meets nothing that could break."""
    for name in PEOPLE:
        if reviewed.get(Cell(route.pattern, method, name)) in GETS_IN:
            return name
    return "lan"


def broken(file: File, way: str, methods: tuple[str, ...]) -> tuple[int, list[str]]:
    """How many requests ran into it, and what was wrong with the answers and the log."""
    reviewed = dict(read([line for line in GOLDEN.read_text().splitlines() if not line.startswith("#")]))
    asked: dict[str, list[tuple[Route, str]]] = {}
    for route in routes():
        for method in methods:
            if method in methods_of(route, "dung"):
                asked.setdefault(who_reaches(route, method, reviewed), []).append((route, method))
    ran, found = 0, list[str]()
    for actor, requests in asked.items():
        with asking(file, actor) as asker, logged() as lines:
            handler = failing(asker)
            handler.way = WAYS[way]
            for route, method in requests:
                answer = asker.ask(method, route, file.ids_for(route.name))
                if handler.fault is None or not handler.fault.happened:
                    continue
                ran += 1
                found += [f"{actor} {method} /{route.pattern}: {one}" for one in wrong_with(answer, route)]
        found += [f"the log {one}: {line[:200]}" for line in lines for one in wrong_in(line)]
    return ran, found


def test_a_view_that_breaks_shows_nothing(file):
    ran, found = broken(file, "in the view", ("GET",))

    assert "\n".join(found) == ""
    # All but those that only take a form; health is said in a word, not on a page.
    assert ran > 0.6 * len(routes())


def test_what_looks_for_secrets_would_see_them():
    page, *_rest = (route for route in routes() if route.name == "case-overview")
    told = wrong_with(HttpResponse(QUOTED, status=500), page)
    assert {f"tells {secret}" for secret in (SECRET[0], "SELECT", "casework_", ".py")} < set(told)
    assert "is no page" in told
    assert wrong_in(f'{{"at": "{QUOTED}", "more": 1}}') != []
