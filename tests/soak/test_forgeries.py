"""Whatever is done to a log of any length is found and named, and nothing is found in a million clean events."""

from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

import pytest
from django.db import connection, transaction

from casework.access.seals import forged_events
from casework.audit.evidence import Break
from casework.audit.hashing import COLUMNS
from casework.audit.models import AuditChain, AuditCheckpoint, AuditEvent, AuditLeaf, RowSeal
from tests.audit.conftest import empty_memory as empty_memory
from tests.audit.forging import found, kept, look, sign
from tests.audit.tampering import tamper
from tests.soak.logs import FORGERIES, ONLY_WITNESSED, Forgery, Log, make_log
from tests.world import World

LONG = 100_000


@pytest.fixture(scope="module")
def long() -> Log:
    return make_log(LONG, Random(0))


def places(breaks: list[Break]) -> list[tuple[str, int]]:
    return [(one.chain, one.seq) for one in breaks]


def test_a_million_clean_events_raise_no_alarm():
    for seed in range(10):
        assert make_log(LONG, Random(f"clean {seed}")).breaks() == []


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_one_forgery_in_a_long_log_is_named(long: Log, forge: Forgery):
    forged = long.copy()
    named = forge(forged, Random(forge.__name__))
    assert named in places(forged.breaks())


@pytest.mark.parametrize("forge", ONLY_WITNESSED, ids=lambda forge: forge.__name__)
def test_what_was_signed_again_only_a_witness_names(long: Log, forge: Forgery):
    forged = long.copy()
    named = forge(forged, Random(forge.__name__))
    assert forged.breaks() == []
    assert named in places(forged.breaks(long.checkpoints))


@pytest.mark.parametrize("seed", range(60))
def test_every_forgery_of_a_log_of_any_length_is_named(seed: int):
    random = Random(f"any {seed}")
    log = make_log(int(2 ** random.uniform(1, 10)) + 1, random)
    assert log.breaks() == []
    for forge in FORGERIES:
        if forge.__name__.startswith("reorder") and max(length for length, _head in log.heads.values()) < 2:
            continue
        forged = log.copy()
        named = forge(forged, random)
        assert named in places(forged.breaks(log.checkpoints)), (forge.__name__, named)
    for forge in ONLY_WITNESSED:
        forged = log.copy()
        named = forge(forged, random)
        assert forged.breaks() == [], forge.__name__
        assert named in places(forged.breaks(log.checkpoints)), (forge.__name__, named)


# What is hashed, signed or counted of each table.
TABLES: Final = {
    "events": (AuditEvent, (*COLUMNS, "hash")),
    "chains": (AuditChain, ("length", "head")),
    "leaves": (AuditLeaf, ("event", "leaf")),
    "checkpoints": (AuditCheckpoint, ("size", "root", "previous", "ts", "key", "signature")),
    "seals": (RowSeal, ("kind", "row", "case_id", "seal")),
}


@pytest.mark.usefixtures("empty_memory")
def test_whatever_one_statement_does_to_a_table_is_found(world: World):
    """In the database: one value of one row, or one row less, by its owner."""
    sign()
    world.case()
    look(3)
    sign()
    random, witness = Random(7), kept()
    for name, (model, columns) in TABLES.items():
        keys = list(model._base_manager.order_by("pk").values_list("pk", flat=True))
        for column in (*columns, ""):
            for pk in random.sample(keys, min(4, len(keys))):
                with transaction.atomic():
                    do(name, model, pk, column, random)
                    assert found(witness) or list(forged_events()), (name, column, pk)
                    transaction.set_rollback(True)
    assert not found(witness)
    assert not list(forged_events())


def do(name: str, model: Any, pk: Any, column: str, random: Random) -> None:
    key = model._meta.pk.column
    if not column:
        if name == "events":
            tamper("DELETE FROM {seals} WHERE event_id = %s", [pk])
        tamper(f"DELETE FROM {{{name}}} WHERE {key} = %s", [pk])
        return
    field = model._meta.get_field(column)
    value = field.get_db_prep_save(other(getattr(model._base_manager.get(pk=pk), column), random), connection)
    tamper(f"UPDATE {{{name}}} SET {column} = %s WHERE {key} = %s", [value, pk])


def other(value: Any, random: Random) -> Any:
    """Another value of the same kind."""
    match value:
        case bytes() | memoryview():
            return random.randbytes(len(value) or 32)
        case int():
            return value + 1000
        case str():
            return "y" if value == "x" else "x"
        case datetime():
            return value + timedelta(days=1)
        case list():
            return [*value, "x"]
        case dict():
            return {**value, "x": 1}
        case _:
            return UUID(int=random.getrandbits(128))
