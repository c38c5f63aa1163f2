"""When the memory cannot be written, nothing is read: every address answers 503 and shows nothing of a case.

The memory is really broken: the role of the application may not add events any more (PostgreSQL), or every new event
is refused (SQLite). Every address of the resolver is asked by somebody who reads it while all is well.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from casework.audit.models import AuditEvent
from casework.cases.models import Case
from casework.deadlines.actions import make_feed
from casework.people.models import Person
from tests.application import acting_in, roles
from tests.audit.tampering import EVENTS
from tests.matrix.asking import ANONYMOUS, asking
from tests.matrix.file import File
from tests.matrix.routes import Route, routes
from tests.matrix.test_failing import PEOPLE
from tests.matrix.test_matrix import GOLDEN, Cell, read
from tests.world import World

pytestmark = pytest.mark.django_db

OWN = "the account of whoever asks: a form, or the way to one"
FORM = "an empty form"
LEADS_ON = "only the address of the page that reads, and that one answers 503"
LISTED = "offices, areas, questionnaires, days and periods of the law, the same for everybody"
PUBLIC = "what was published"
NOTICED = "that something waits for whoever asks: what kind of thing, not about whom"
MACHINE = "a word for whoever runs the server"
# What reads nothing that is protected, and so goes on.
READS_NOTHING: Final = {
    "account_login": OWN,
    "account_logout": OWN,
    "account_reauthenticate": OWN,
    "account_change_password": OWN,
    "mfa_activate_totp": OWN,
    "mfa_authenticate": OWN,
    "mfa_generate_recovery_codes": OWN,
    "mfa_index": OWN,
    "mfa_reauthenticate": OWN,
    "set_language": "words",
    "health_live": MACHINE,
    "health_ready": MACHINE,
    "schema": "the description of REST",
    "accept-referral": LEADS_ON,
    "report-back": LEADS_ON,
    "report-case": LEADS_ON,
    "period-set": LEADS_ON,
    "check-paper": FORM,
    "return-prepare": FORM,
    "return-rule-set": FORM,
    "consignment-rule-set": FORM,
    "public-figures": PUBLIC,
    "public-method": PUBLIC,
    "public-years": PUBLIC,
    "public-months": PUBLIC,
    "public-sum": PUBLIC,
    "public-verify": PUBLIC,
    "public-release": PUBLIC,
    "public-file": PUBLIC,
    "public-totals": PUBLIC,
    "release-prepare": FORM,
    "privacy-budget-set": FORM,
    "report-new": FORM,
    "search": FORM,
    "statistics-table": FORM,
    "audit-open-case": FORM,
    "agency-add": FORM,
    "office-clock-start": FORM,
    "user-add": FORM,
    "agency-list": LISTED,
    "api:agency-list": LISTED,
    "api:area-list": LISTED,
    "api:risk-instruments": LISTED,
    "holidays": LISTED,
    "api:holidays": LISTED,
    "period-list": LISTED,
    "api:period-list": LISTED,
    "calendar": OWN,
    "api:calendar": OWN,
    "notice-list": NOTICED,
    "api:notice-list": NOTICED,
    "notice-reach": OWN,
    "api:notice-reach": OWN,
    "download-template": "the words of a paper, before anything is filled in",
    "api:download-template": "the words of a paper, before anything is filled in",
}


@contextmanager
def without_memory() -> Iterator[None]:
    """No event can be added inside, by whoever serves."""
    with acting_in("") as cursor:
        if connection.vendor == "postgresql":
            role = connection.ops.quote_name(roles().application)
            cursor.execute(f"REVOKE INSERT ON {EVENTS} FROM {role}")
        else:
            cursor.execute(
                f"CREATE TRIGGER memory_away BEFORE INSERT ON {EVENTS} "
                "BEGIN SELECT RAISE(ABORT, 'the memory is away'); END"
            )
    try:
        yield
    finally:
        with acting_in("") as cursor:
            if connection.vendor == "postgresql":
                columns = ", ".join(
                    f'"{one.column}"' for one in AuditEvent._meta.fields if not one.primary_key
                )
                cursor.execute(f"GRANT INSERT ({columns}) ON {EVENTS} TO {role}")
            else:
                cursor.execute("DROP TRIGGER memory_away")


def readable(reviewed: dict[Cell, str]) -> dict[str, list[Route]]:
    """By the person who reads it: every address that shows something when asked by GET, or else leads on."""
    found: dict[str, list[Route]] = {}
    for route in routes():
        answers = [(reviewed.get(Cell(route.pattern, "GET", name)), name) for name in PEOPLE]
        readers = [name for status, name in answers if status == "200"]
        readers += [name for status, name in answers if status == "302" and name != ANONYMOUS]
        if readers:
            found.setdefault(readers[0], []).append(route)
    return found


def known(file: File) -> list[bytes]:
    """What stands in the records of the file: names, numbers, codes, places."""
    people = Person.objects.everything(reason="test")
    cases = Case.objects.everything(reason="test")
    texts = [one.full_name for one in people] + [text for one in cases for text in (one.number, one.code)]
    return [text.encode() for text in texts if text]


def test_nothing_is_read_without_the_memory(file: File):
    reviewed = dict(read([line for line in GOLDEN.read_text().splitlines() if not line.startswith("#")]))
    asked, shown = readable(reviewed), known(file)
    told, found = 0, list[str]()
    for name, addresses in asked.items():
        with asking(file, name) as asker:
            # Some, to know that what is looked for does stand on them.
            for route in addresses[::5]:
                answer = asker.ask("GET", route, file.ids_for(route.name))
                told += any(text in answer.content for text in shown)
            with without_memory():
                for route in addresses:
                    answer = asker.ask("GET", route, file.ids_for(route.name))
                    says = [text.decode() for text in shown if text in answer.content]
                    if READS_NOTHING.get(route.name) is LEADS_ON and answer.content:
                        found.append(f"{name} /{route.pattern}: it does not only lead on")
                    if says or (answer.status_code == 503) == (route.name in READS_NOTHING):
                        found.append(f"{name} /{route.pattern} [{route.name}]: {answer.status_code} {says}")
    assert "\n".join(found) == ""
    assert told > 15


def test_a_calendar_is_not_read_without_the_memory(world: World):
    """Its address is a secret of one person, so the walk above never has it."""
    made = make_feed(by=world.lan, at=world.now)
    address = reverse("calendar-feed", args=[made.token])
    assert Client().get(address).status_code == 200
    with without_memory():
        answer = Client().get(address)

    assert answer.status_code == 503
    assert b"VCALENDAR" not in answer.content


def test_a_table_is_not_counted_without_the_memory(world: World):
    """Without a question it is an empty form, and that is all the walk above asks of it."""
    mai = Client()
    mai.force_login(world.mai)
    asked = {"rows": "sex", "purpose": "plan"}
    assert mai.get(reverse("statistics-table"), asked).context["found"] is not None
    with without_memory():
        answer = mai.get(reverse("statistics-table"), asked)

    assert answer.status_code == 503
