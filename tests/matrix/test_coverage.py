"""Nothing is half built: every right is used, every verb has a page and a REST address, every view says its verb."""

import ast
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import casework
from casework.access.commands import COMMANDS
from casework.organisations.roles import RIGHTS
from tests.matrix.routes import API, Route, routes

ROOMS = Path(casework.__file__).parent
# Rights that no verb and no view is named after, and where they are asked.
ASKED_WITHIN: dict[str, str] = {
    # The page of a report shows who reported, or not.
    "report.see_reporter": "intake.queries.shows_reporter",
    "statistics.export_cube": "management.commands.export_cube, where somebody signs with their password",
}
# Verbs that only pages do, or only REST, or neither, and why.
BY_A_JOB = {
    "disposal.carry_out": "the daily job, when two people have decided and seven days have passed",
    "disposal.lapse_disposal": "the daily job, when nobody answered in time",
    "disposal.carry_out_of_report": "the daily job, when two people have decided and seven days have passed",
    "disposal.lapse_report_disposal": "the daily job, when nobody answered in time",
    "releases.protect_release": "the job that works out what somebody asked for",
    "releases.fail_protection": "the job that works out what somebody asked for",
    "releases.audit_release": "the job that works out what somebody asked for",
    "releases.take_over_register": "the command line, once in the life of a province",
    "disposal.forget_again": "the restoring of a backup that is older than what was destroyed",
}
NO_PAGE: dict[str, str] = {**BY_A_JOB}
NO_REST: dict[str, str] = {**BY_A_JOB}
# Signing in, the words of the language and the description of REST: the same for everybody.
NO_VERB = ("account/", "language/", "api/schema/")

Verbs = dict[str, Callable[..., Any]]


@pytest.fixture(scope="module")
def verbs() -> Verbs:
    """Every function of every actions.py, under its room and name: `cases.open_case`."""
    for module in modules("actions"):
        assert module.__name__
    return {
        name.removeprefix("casework.").replace(".actions", ""): action
        for name, action in COMMANDS.items()
        if name.startswith("casework.")
    }


@pytest.fixture(scope="module")
def addresses() -> list[Route]:
    return routes()


def test_every_view_says_its_verb(addresses):
    silent = [
        f"/{route.pattern}"
        for route in addresses
        if route.verb not in RIGHTS and route.verb != "public" and not route.pattern.startswith(NO_VERB)
    ]

    assert silent == []


def test_every_right_is_used(verbs, addresses):
    done = {action.verb for action in verbs.values()}
    shown = {route.verb for route in addresses}

    assert RIGHTS.keys() - done - shown == ASKED_WITHIN.keys()


def test_every_verb_has_its_right(verbs):
    assert [name for name, action in verbs.items() if action.verb not in RIGHTS] == []


def test_every_verb_has_a_page(verbs):
    assert set(verbs) - named_in("views", verbs) == NO_PAGE.keys()


def test_every_verb_has_a_rest_address(verbs):
    assert set(verbs) - named_in("api", verbs) == NO_REST.keys()


def test_pages_and_rest_with_one_name_do_the_same_verb(addresses):
    """Where a page and a REST address share their name, they ask for the same right to change."""
    pages = {route.name: route for route in addresses if not route.pattern.startswith(API)}
    apart = [
        f"{route.name}: {changing(route)}, the page {pages[name].verb}"
        for route in addresses
        if route.is_rest and (name := route.name.removeprefix("api:")) in pages
        if pages[name].verb not in {route.verb, changing(route)}
    ]

    assert apart == []


def changing(route: Route) -> str:
    """The verb a POST to a REST address does."""
    return str(getattr(getattr(route.view_class, "action", None), "verb", route.verb))


def modules(file: str) -> Iterator[ModuleType]:
    for path in sorted(ROOMS.glob(f"*/{file}.py")):
        yield importlib.import_module(f"casework.{path.parent.name}.{file}")


def named_in(file: str, verbs: Verbs) -> set[str]:
    """The verbs whose names stand in these files, as `close_case` or `actions.close_case`."""
    found = set()
    for module in modules(file):
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Name):
                thing = getattr(module, node.id, None)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                thing = getattr(getattr(module, node.value.id, None), node.attr, None)
            else:
                continue
            found |= {name for name, action in verbs.items() if action is thing}
    return found
