"""Before anything is served: the database refuses what would go past the memory, or the start says what is wrong."""

import runpy
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from casework.access import triggers
from casework.access.proof import Unproven, prove_memory, why_unproven
from casework.access.seals import kinds
from casework.audit.models import AuditChain, AuditCheckpoint, AuditEvent, AuditLeaf, RowSeal
from casework.base.rules import Rule
from casework.cases.models import Case
from casework.http.health import why_not_ready
from tests.application import acting_in
from tests.audit.tampering import EVENTS, tamper
from tests.world import World

CASES = Case._meta.db_table


def take_down(table: str, what: str) -> None:
    """The trigger of a table whose name begins so, as its owner takes it down."""
    (one,) = (one for one in triggers.wanted() if one.table == table and one.name.split("_")[-2] == what)
    connection.check_constraints()
    with acting_in("owner") as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {one.name}")
        else:
            cursor.execute(f"DROP TRIGGER {one.name}")


REFUSING = "refuse" if connection.vendor == "postgresql" else "update"
SEALING = "seal" if connection.vendor == "postgresql" else "owes"


def test_as_it_stands_everything_is_proven_and_nothing_is_left(world: World, case: Case):
    before = AuditEvent.objects.count(), case.version
    prove_memory()
    case.refresh_from_db()
    assert (AuditEvent.objects.count(), case.version) == before


def test_where_there_is_no_record_yet_it_is_proven_too(db: None):
    prove_memory()


@pytest.mark.parametrize(("table", "what"), [(EVENTS, REFUSING), (CASES, SEALING)])
def test_a_trigger_that_was_taken_down_is_named_and_the_start_refused(
    world: World, case: Case, client: Client, table: str, what: str
):
    take_down(table, what)
    with pytest.raises(Unproven, match=rf"1 triggers .* {table}\.rule_\w*{what}"):
        prove_memory()
    with pytest.raises(Unproven):
        runpy.run_module("config.wsgi")
    assert why_not_ready() == "memory"
    assert client.get(reverse("health_ready")).content == b"not ready"
    with acting_in("owner"):
        triggers.install()
    prove_memory()


@pytest.mark.parametrize(
    ("table", "what", "said"),
    [
        (EVENTS, REFUSING, "lets an audit event be changed"),
        (CASES, SEALING, r"lets a row \(case\) be changed without an event"),
    ],
)
def test_whoever_is_fooled_by_names_is_not_by_trying(
    world: World, case: Case, monkeypatch: pytest.MonkeyPatch, table: str, what: str, said: str
):
    """The triggers look as they should: what they do is tried all the same."""
    take_down(table, what)
    monkeypatch.setattr(triggers, "missing", list)
    with acting_in("owner"), pytest.raises(Unproven, match=said):
        prove_memory()


def test_an_event_that_cannot_be_written_stops_the_start(world: World, monkeypatch: pytest.MonkeyPatch):
    tamper("ALTER TABLE {events} RENAME COLUMN purpose TO away")
    monkeypatch.setattr(triggers, "missing", list)
    with pytest.raises(Unproven, match="cannot be written"):
        prove_memory()


def test_settings_and_rights_that_open_a_way_around_are_named(db: None, settings: Any):
    settings.PRODUCTION = True
    if connection.vendor == "postgresql":
        with acting_in(""):
            assert "not that of the application (SUPERUSER" in why_unproven()
        with acting_in("application"):
            assert why_unproven() == ""
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers=OFF")
        try:
            assert why_unproven() == "SQLite runs without recursive_triggers."
        finally:
            cursor.execute("PRAGMA recursive_triggers=ON")


def test_what_must_be_held_cannot_be_forgotten(db: None):
    """Every record, its history and all of the memory: a new model of these kinds comes in by what it is."""
    rules = triggers.held()
    assert set(kinds().values()) == {model for model, rule in rules.items() if rule is Rule.SEALED}
    assert all(rules[model.history.model] is Rule.HISTORY for model in kinds().values())
    assert rules.keys() >= {AuditChain, AuditEvent, RowSeal, AuditLeaf, AuditCheckpoint}
    tables = {one.table for one in triggers.wanted()}
    assert tables == {model._meta.db_table for model in rules}


def test_bringing_them_in_line_changes_only_what_is_out_of_line(db: None):
    assert triggers.missing() == []
    take_down(CASES, SEALING)
    (lost,) = triggers.missing()
    assert lost.startswith(f"{CASES}.")
    with acting_in("owner"):
        triggers.install()
    assert triggers.missing() == []
