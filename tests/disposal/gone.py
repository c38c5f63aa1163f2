"""A case and a report that were destroyed, with one of everything in them, and what may never be told of them again."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from casework.cases import lifecycle
from casework.cases.models import Case
from casework.disposal.actions import (
    approve_disposal,
    approve_report_disposal,
    carry_out,
    carry_out_of_report,
    lift_hold,
    request_disposal,
)
from casework.disposal.models import LegalHold, ReportDisposal
from casework.encryption.canary import verify_canary
from tests.disposal.erasing import AGREED, HER_WISH, WEEK
from tests.matrix.asking import asking, methods_of
from tests.matrix.file import MARKS, File, build_file
from tests.matrix.routes import Route, routes
from tests.world import load_world

# What stood in Lan's case beside the marks of the matrix.
HELD = (
    *MARKS,
    "Lường Thị Bé",
    "0987 654 321",
    "+84987654321",
    "nhà chị gái",
    "thư viện",
    "Chồng đã đi làm xa",
)


@pytest.fixture(scope="module")
def gone(django_db_setup: None, django_db_blocker: Any) -> Iterator[File]:
    """The whole file of the matrix, closed and destroyed with everything that hung on it, and a report with no case."""
    with django_db_blocker.unblock(), transaction.atomic():
        verify_canary()
        file = build_file(load_world())
        world, case = file.world, file.case
        for hold in LegalHold.objects.everything(reason="test").filter(case=case):
            lift_hold(hold=hold, by=world.mai, at=world.now, answers={"lift_reason": "Hết."})
        # How it came to be closed is proven elsewhere; here it holds one of everything, some of it still running.
        rows = Case.objects.everything(reason="test").filter(pk=case.pk)
        rows.update(state=lifecycle.CLOSED, closed_at=world.now)
        case.refresh_from_db()
        disposal = request_disposal(case=case, by=world.mai, at=world.at(days=8), answers=HER_WISH)
        agreed = approve_disposal(disposal=disposal, by=world.kien, at=world.at(days=8), answers=AGREED)
        carry_out(disposal=agreed, by=None, at=world.at(days=8) + WEEK)
        told = approve_report_disposal(
            disposal=about_the_report(file), by=world.kien, at=world.at(days=8), answers=AGREED
        )
        carry_out_of_report(disposal=told, by=None, at=world.at(days=8) + WEEK)
        yield file
        transaction.set_rollback(True)


@dataclass
class Heard:
    """What came back from asking: what broke, and who told what of it."""

    asked: int = 0
    broken: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def ask_all(file: File, actor: str, methods: Iterable[str]) -> Heard:
    """Every address with these methods, with the ids of the destroyed case and of the destroyed report."""
    heard = Heard()
    with asking(file, actor) as asker:
        for route in routes():
            for method in set(methods_of(route, actor)) & set(methods):
                cell = f"{actor} {method} /{route.pattern}"
                for ids, is_about_it in asked_with(file, route):
                    answer = asker.ask(method, route, ids)
                    heard.asked += 1
                    if answer.status_code >= 500:
                        heard.broken.append(f"{cell}: {answer.status_code}\n{asker.failed}")
                    if is_about_it:
                        heard.told += [f"{cell}: {word}" for word in HELD if word.encode() in answer.content]
    return heard


def asked_with(file: File, route: Route) -> Iterator[tuple[Mapping[str, UUID], bool]]:
    """The ids an address is asked with, and whether they are of what was destroyed."""
    ids = file.ids_for(route.name)
    yield ids, is_about_it(file, route)
    if "report_id" in route.params:
        yield {**ids, "report_id": about_the_report(file).report_id}, True


def about_the_report(file: File) -> ReportDisposal:
    """The request to destroy the report that never became a case."""
    found: ReportDisposal = ReportDisposal.objects.everything(reason="test").get(
        pk=file.ids["report_disposal_id"]
    )
    return found


def is_about_it(file: File, route: Route) -> bool:
    """Whether the ids of this address are of what was destroyed; pages without an id hold other cases too."""
    return (
        bool(route.params)
        and "disposal_id" not in route.params
        and "report_hold_id" not in route.params
        and not file.by_route.get(route.name.removeprefix("api:"))
    )
