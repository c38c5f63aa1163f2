"""Who may do what: every role, address and method, against a file that is reviewed when it changes.

After a change on purpose: `GOLDEN=write pytest tests/matrix`, then read the difference line by line.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse

from tests.matrix.asking import ACTORS, ANONYMOUS, TELLING, Asker, asking, comparable, methods_of
from tests.matrix.file import MARKS, File
from tests.matrix.forking import each
from tests.matrix.routes import Route, routes

pytestmark = pytest.mark.django_db

GOLDEN = Path(__file__).with_name("golden.txt")
HEAD = """\
# The status of every request: one line per address and method, one column per person, made by the tests.
# POST is empty; SEND is a POST with a body of the right shape, the version seen and a key; -: not asked.
"""
# What a stranger may see: signing in, the words of the language, whether the server is alive, whether a paper is genuine,
# and what was published.
PUBLIC = {
    "check-paper",
    "public-figures",
    "public-method",
    "public-years",
    "public-months",
    "public-sum",
    "public-verify",
    "public-release",
    "public-file",
    "public-totals",
    "account_login",
    "account_logout",
    "mfa_authenticate",
    "set_language",
    "health_live",
    "health_ready",
}
# They have nothing to do with Lan's case.
OUTSIDERS = ("minh", "hoa", "yen", "tuan", "kien", "son")
# What a partner sees and answers of what was shared with their office; the last is for the worker alone.
SHARED = {"referral-detail", "accept-referral", "decline-referral", "report-back"}
SEEN_BY_PARTNER = SHARED | {"withdraw-referral"}
# How long cases are kept and who has them destroyed is watched over by the auditor, who reads nothing of them.
KEEPING = {
    "case-disposal",
    "disposals",
    "disposal",
    "answer-disposal",
    "approve-disposal",
    "refuse-disposal",
    "stop-disposal",
    "place-hold",
    "legal-holds",
    "legal-hold",
    "lift-hold",
    "erasure",
    "erasure-certificate",
    "report-disposal",
    "report-disposals",
    "report-disposal-record",
    "answer-report-disposal",
    "approve-report-disposal",
    "refuse-report-disposal",
    "stop-report-disposal",
    "place-report-hold",
    "report-holds",
    "report-hold",
    "lift-report-hold",
    "report-erasure",
    "report-erasure-certificate",
}
# What an administrator opens with an id: staff, roles, templates of papers, periods and what an office owes, never a
# record of a case.
OF_STAFF = {"user_id", "membership_id", "template_id", "period_id", "return_rule_id", "office_clock_id"}
# What was published is everybody's; what is to be published the auditor may look at: figures, nobody's case.
OF_EVERYBODY = {"public_release_id"}
RELEASES = {
    "release",
    *(f"release-{verb}" for verb in ("protect", "cancel", "approve", "publish", "withdraw", "drop")),
    "noisy-total",
    *(f"noisy-total-{verb}" for verb in ("approve", "refuse")),
}
# Refused before anybody looks at the record: no right to the verb, a body or header missing, no such method.
NOTHING_DONE = {400, 403, 404, 405, 428}
# A page that only points to another one opens nothing, whatever id it is given.
POINTS_ON = {("GET", 302), ("HEAD", 302)}


class Cell(NamedTuple):
    """One request of one person."""

    pattern: str
    method: str
    actor: str

    def __str__(self) -> str:
        return f"{self.actor} {self.method} /{self.pattern}"


@pytest.fixture(scope="module")
def addresses(file: File) -> list[Route]:
    """Those every parameter of which has a record; the first test names the others."""
    return [route for route in routes() if set(route.params) <= set(file.ids)]


@dataclass
class Asked:
    """What came back: the status of every cell, what broke, and where hidden and missing were not alike."""

    status: dict[Cell, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    unlike: dict[str, list[str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def asked(file: File, addresses: list[Route]) -> Asked:
    def ask_as(actor: str) -> Asked:
        return ask_everything(file, addresses, actor)

    found = Asked()
    for one in each(ask_as, ACTORS):
        found.status |= one.status
        found.broken += one.broken
        found.unlike |= one.unlike
    return found


def ask_everything(file: File, addresses: list[Route], actor: str) -> Asked:
    found = Asked(unlike={actor: []})
    with asking(file, actor) as asker:
        for route in addresses:
            for method in methods_of(route, actor):
                cell = Cell(route.pattern, method, actor)
                answer = asker.ask(method, route, file.ids_for(route.name))
                found.status[cell] = answer.status_code
                if answer.status_code >= 500:
                    found.broken.append(f"{cell}: {answer.status_code}\n{asker.failed}")
                if actor in OUTSIDERS:
                    found.unlike[actor] += unlike_missing(asker, cell, route, answer)
    return found


def unlike_missing(asker: Asker, cell: Cell, route: Route, answer: HttpResponse) -> list[str]:
    """In what an answer about a record differs from the answer about one that is not there, to an outsider."""
    is_theirs = not about_the_case(route, cell.actor, SEEN_BY_PARTNER)
    if is_theirs and cell.actor != "kien":
        return []
    told = [f"{cell} tells {mark}" for mark in MARKS if mark.encode() in answer.content]
    if is_theirs or cell.method not in TELLING or answer.status_code == 405:
        return told
    missing = asker.ask(cell.method, route, {name: uuid4() for name in route.params})
    if answer.status_code != missing.status_code:
        told.append(f"{cell}: {answer.status_code}, missing {missing.status_code}")
    elif comparable(answer) != comparable(missing):
        told.append(f"{cell}: {answer.status_code} in other words than for a missing one")
    return told


def test_every_parameter_has_a_record(file):
    known = set(file.ids)
    missing = [
        f"/{route.pattern}: give {set(route.params) - known} a record in tests/matrix/file.py"
        for route in routes()
        if not set(route.params) <= known
    ]

    assert missing == []


def test_nothing_breaks(asked):
    assert asked.broken == []


def test_every_cell_is_as_reviewed(asked):
    now = lines(asked.status)
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.write_text(HEAD + "\n".join(now) + "\n")
    reviewed = [line for line in GOLDEN.read_text().splitlines() if not line.startswith("#")]

    assert differences(reviewed, now) == []


def test_strangers_get_nothing(asked, addresses):
    public = {route.pattern for route in addresses if route.name in PUBLIC}
    reached = [
        str(cell)
        for cell, status in asked.status.items()
        if cell.actor == ANONYMOUS and status < 300 and cell.pattern not in public
    ]

    assert reached == []


@pytest.mark.parametrize("actor", OUTSIDERS)
def test_an_outsider_reaches_no_record_of_the_case(asked, addresses, actor):
    theirs = {route.pattern for route in addresses if about_the_case(route, actor, SHARED)}
    reached = [
        f"{cell}: {status}"
        for cell, status in asked.status.items()
        if cell.actor == actor and cell.pattern in theirs
        if status not in NOTHING_DONE and (cell.method, status) not in POINTS_ON
    ]

    assert len(theirs) > 100
    assert reached == []


@pytest.mark.parametrize("actor", OUTSIDERS)
def test_hidden_is_as_if_it_were_not_there(asked, actor):
    assert asked.unlike[actor] == []


def test_a_record_is_not_reached_through_another_case(file, addresses):
    """Tuấn has a case of his own: its address opens nothing that lies in Lan's."""
    within = [route for route in addresses if len(route.params) > 1]
    with asking(file, "tuan") as asker:
        reached = [
            f"{method} /{route.pattern}"
            for route in within
            for method in ("GET", "POST")
            if asker.ask(method, route, through(file, route)).status_code not in {404, 405}
        ]

    assert len(within) > 8
    assert reached == []


def through(file: File, route: Route) -> dict[str, UUID]:
    assert file.foreign_case is not None
    return {**file.ids_for(route.name), "case_id": file.foreign_case}


def about_the_case(route: Route, actor: str, shared: set[str]) -> bool:
    """Whether the address carries an id of Lan's case; what was shared with Hoa's office is hers to read."""
    if set(route.params) <= OF_EVERYBODY:
        return False
    if actor == "kien" and route.name.removeprefix("api:") in KEEPING | RELEASES:
        return False
    if actor == "son" and set(route.params) <= OF_STAFF:
        return False
    return bool(route.params) and not (actor == "hoa" and route.name.removeprefix("api:") in shared)


# --- the reviewed file ------------------------------------------------------------------------------------


def lines(statuses: dict[Cell, int]) -> list[str]:
    """A table: address, method, one column per person."""
    widths = [max(len(actor), 3) for actor in ACTORS]
    rows = sorted({(cell.pattern, cell.method) for cell in statuses})
    longest = max(len(pattern) for pattern, _method in rows) + 3

    def line(address: str, method: str, cells: list[str]) -> str:
        shown = " ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        return f"{address:<{longest}}{method:<8}{shown}"

    table = [line("address", "method", list(ACTORS))]
    for pattern, method in rows:
        cells = [str(statuses.get(Cell(pattern, method, actor), "-")) for actor in ACTORS]
        table.append(line(f"/{pattern}", method, cells))
    return table


def differences(before: list[str], after: list[str]) -> list[str]:
    """What changed, one request a line: who, what, the status now and as reviewed."""
    old, new = dict(read(before)), dict(read(after))
    return [
        f"{cell}: {new.get(cell, 'gone')}, reviewed {old.get(cell, 'never')}"
        for cell in sorted(old.keys() | new.keys())
        if old.get(cell) != new.get(cell)
    ]


def read(rows: list[str]) -> Iterator[tuple[Cell, str]]:
    actors = rows[0].split()[2:]
    for row in rows[1:]:
        address, method, *cells = row.split()
        for actor, cell in zip(actors, cells, strict=True):
            if cell != "-":
                yield Cell(address.removeprefix("/"), method, actor), cell
