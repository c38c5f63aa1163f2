"""The attack list: what is done to the memory, with whose rights, and exactly what is said of it.

An owner of the database takes its triggers down first: then chains, tree, signatures or the witness find what was
done, and row seals what was done to a record. What the role of the application tries, the database refuses.
"""

from collections.abc import Callable
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import DatabaseError, IntegrityError, connection, transaction

from casework.access.opening import open_record
from casework.access.seals import CHANGED, MISSING, forged_events, sweep, take
from casework.audit.evidence import Walk
from casework.audit.hashing import COLUMNS
from casework.audit.models import AuditEvent, RowSeal
from casework.audit.noted import note, noting
from casework.audit.signing import signing_key
from casework.audit.verify import all_breaks
from casework.base.rules import Rule
from casework.cases.actions import edit_person
from casework.cases.models import Assignment, Case
from casework.people.models import Person
from tests.application import acting_in
from tests.audit.forging import CASE, kept, rebuild, sign
from tests.audit.tampering import NAMES, tamper
from tests.world import World

Log = list[AuditEvent]

ANSWERS: Final = {"origin": "own_finding", "legal_basis": "19_1_a", "language": "thai"}
FORBIDDEN: Final = "42501"
COPIED: Final = ", ".join([*(column for column in COLUMNS if column != "chain_seq"), "hash"])
REWRITTEN: Final = {
    "checkpoint 2, over 4: the events are not those that were signed",
    "checkpoint 3, over 8: the events are not those that were signed",
}
REPLACED: Final = "witness of checkpoint 1: the log has another checkpoint in its place"
NOTHING: Final[set[str]] = set()


def cut(kept: int) -> str:
    return f"checkpoint 3, over 8: it saw 8 events in the tree, {kept} are here"


def no_more(number: int) -> str:
    return f"witness of checkpoint {number}: the log has no such checkpoint any more"


def to_the_witness(said: set[str]) -> set[str]:
    return {f"witness of {one}" for one in said}


def edit(log: Log) -> None:
    tamper("UPDATE {events} SET action = 'home.view' WHERE id = %s", [log[1].pk])


def edit_and_rehash(log: Log) -> None:
    edit(log)
    rebuild()


def delete(log: Log) -> None:
    tamper("DELETE FROM {events} WHERE id = %s", [log[1].pk])


def delete_and_rehash(log: Log) -> None:
    delete(log)
    rebuild()


def reorder(log: Log) -> None:
    for seq, event in ((99, log[1]), (2, log[2]), (3, log[1])):
        tamper("UPDATE {events} SET chain_seq = %s WHERE id = %s", [seq, event.pk])


def reorder_leaves(log: Log) -> None:
    for number, event in ((99, log[1]), (1, log[2]), (2, log[1])):
        tamper("UPDATE {leaves} SET number = %s WHERE event = %s", [number, event.pk])


def duplicate(log: Log) -> None:
    copy = f"INSERT INTO {{events}} ({COPIED}, chain_seq) SELECT {COPIED}, 9 FROM {{events}} WHERE id = %s"
    tamper(copy, [log[7].pk])


def truncate(log: Log) -> None:
    tamper("DELETE FROM {events} WHERE chain_seq > 6")


def truncate_and_rewind(log: Log) -> None:
    truncate(log)
    rebuild()


def truncate_with_newest_checkpoints(log: Log) -> None:
    tamper("DELETE FROM {checkpoints} WHERE size > 4")
    truncate_and_rewind(log)


def restore_an_old_backup(log: Log) -> None:
    tamper("DELETE FROM {checkpoints} WHERE size > 4")
    tamper("DELETE FROM {events} WHERE chain_seq > 4")
    rebuild()


def drop_a_checkpoint(log: Log) -> None:
    tamper("DELETE FROM {checkpoints} WHERE number = 2")


def rewrite_with_another_key(log: Log) -> None:
    edit(log)
    rebuild(Ed25519PrivateKey.generate())


def rewrite_with_the_stolen_key(log: Log) -> None:
    edit(log)
    rebuild(signing_key())


@pytest.mark.parametrize(
    ("attack", "said", "said_with_the_witness"),
    [
        (edit, {"chain C, event 2: its content is not what was written"}, NOTHING),
        (edit_and_rehash, REWRITTEN, to_the_witness(REWRITTEN)),
        (
            delete,
            {"chain C, event 2: event 2 is missing", "tree 1: the event of this leaf is gone"},
            NOTHING,
        ),
        (delete_and_rehash, {"tree 1: leaf 1 is missing", cut(7)}, to_the_witness({cut(7)})),
        (reorder, {"chain C, event 2: it does not follow the event before it"}, NOTHING),
        (reorder_leaves, REWRITTEN, to_the_witness(REWRITTEN)),
        (duplicate, {"chain C, event 9: it does not follow the event before it"}, NOTHING),
        (
            truncate,
            {
                "chain C, event 7: the head counts 8 events, 6 are here",
                "tree 6: the event of this leaf is gone",
            },
            NOTHING,
        ),
        (truncate_and_rewind, {cut(6)}, to_the_witness({cut(6)})),
        (drop_a_checkpoint, {"checkpoint 2: checkpoint 2 is missing"}, {no_more(2)}),
        (
            rewrite_with_another_key,
            {"checkpoint 1: it is not signed by a trusted key"},
            {REPLACED, no_more(2), no_more(3), *to_the_witness(REWRITTEN)},
        ),
        # What only somebody outside can know.
        (truncate_with_newest_checkpoints, NOTHING, {no_more(3), *to_the_witness({cut(6)})}),
        (restore_an_old_backup, NOTHING, {no_more(3), *to_the_witness({cut(4)})}),
        (
            rewrite_with_the_stolen_key,
            NOTHING,
            {REPLACED, no_more(2), no_more(3), *to_the_witness(REWRITTEN)},
        ),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_the_owner_of_the_database_did_is_found(
    log: Log, attack: Callable[[Log], None], said: set[str], said_with_the_witness: set[str]
):
    witness = kept()
    assert words(witness) == set()

    attack(log)

    assert words() == said
    assert words(witness) == said | said_with_the_witness


def words(witness: Any = ()) -> set[str]:
    return {str(one).replace(f"case:{CASE}", "C") for one in all_breaks(Walk(), witness)}


# --- records, with the owner's rights ---


def change(row: Any, sql: str, *values: Any) -> None:
    sql = f"{sql.format(table=row._meta.db_table)} WHERE id = %s"
    assert tamper(sql, [*values, key(row)]) == 1, "the attack itself did nothing"


def key(row: Any) -> Any:
    return row.pk if connection.features.has_native_uuid_field else row.pk.hex


def edit_a_record(world: World, case: Case) -> None:
    change(case, "UPDATE {table} SET state = 'closed'")


def roll_a_record_back_to_its_own_older_ciphertext(world: World, case: Case) -> None:
    victim, columns = world.victim(case), [str(one.column) for one in Person._meta.concrete_fields]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(columns)} FROM {Person._meta.db_table} WHERE id = %s", [key(victim)]
        )
        before = cursor.fetchone()
    edit_person(case=case, person=victim, by=world.lan, at=world.now, answers={"full_name": "Lò Thị Khác"})
    change(victim, f"UPDATE {{table}} SET {', '.join(f'{name} = %s' for name in columns)}", *before)


def remove_a_record(world: World, case: Case) -> None:
    row = Assignment.objects.everything(reason="test").filter(case=case).get()
    change(row, "DELETE FROM {table}")


def edit_a_record_and_its_seal(world: World, case: Case) -> None:
    edit_a_record(world, case)
    with noting():
        note(case)
        (now,) = take()
    newest = RowSeal.objects.filter(row=case.pk).latest("pk")
    assert tamper("UPDATE {seals} SET seal = %s WHERE id = %s", [now.seal, newest.pk]) == 1


def remove_a_record_and_give_its_seal_to_another_case(world: World, case: Case) -> None:
    row = Assignment.objects.everything(reason="test").filter(case=case).get()
    change(row, "DELETE FROM {table}")
    assert tamper("UPDATE {seals} SET case_id = %s WHERE row = %s", [world.case().pk.hex, row.pk.hex]) == 1


@pytest.mark.parametrize(
    ("attack", "said_on_opening", "said_by_the_sweep"),
    [
        (edit_a_record, {("case", CHANGED)}, {("case", CHANGED)}),
        (
            roll_a_record_back_to_its_own_older_ciphertext,
            {("person", CHANGED)},
            {("person", CHANGED)},
        ),
        (remove_a_record, {("assignment", MISSING)}, {("assignment", MISSING)}),
        (edit_a_record_and_its_seal, set(), {"1 event forged"}),
        (
            remove_a_record_and_give_its_seal_to_another_case,
            set(),
            {("assignment", MISSING), "1 event forged"},
        ),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_the_owner_of_the_database_did_to_a_record_is_found(
    world: World,
    case: Case,
    attack: Callable[[World, Case], None],
    said_on_opening: set[Any],
    said_by_the_sweep: set[Any],
):
    attack(world, case)

    opened = open_record(world.lan, Case, case.pk, at=world.now)
    assert {(one.kind, one.why) for one in opened.damage} == said_on_opening
    swept: set[Any] = {(one.kind, one.why) for one in sweep()}
    forged = len(list(forged_events()))
    assert swept | ({f"{forged} event forged"} if forged else set()) == said_by_the_sweep


# --- what the role of the application tries ---

NEWEST: Final = "(SELECT max(id) FROM {events})"
OLDEST: Final = "(SELECT min(id) FROM {events})"


def event(*, by_number: bool = False, how: str = "", what: str = "", after: str = "", **changed: str) -> str:
    """SQL that adds a copy of the newest event, with some columns changed."""
    columns = [*COLUMNS, "hash", *(["id"] if by_number else [])]
    chosen = ", ".join(changed.get(name, name) for name in columns)
    return (
        f"INSERT {how} INTO {{events}} ({', '.join(columns)}) {what} "
        f"SELECT {chosen} FROM {{events}} WHERE id = {NEWEST} {after}"
    )


# What is tried, what the database holds the table to, and whether PostgreSQL knows no such right in the first place.
TRIED: Final[list[tuple[str, Rule, bool]]] = [
    ("UPDATE {events} SET action = 'home.view'", Rule.EVENT, True),
    (f"UPDATE {{events}} SET hash = prev_hash WHERE id = {NEWEST}", Rule.EVENT, True),
    ("DELETE FROM {events}", Rule.EVENT, True),
    (event(), Rule.EVENT, False),
    (event(chain_seq="chain_seq + 2"), Rule.EVENT, False),
    (event(chain_seq="chain_seq + 1"), Rule.EVENT, False),
    ("DELETE FROM {seals}", Rule.ROW_SEAL, True),
    ("UPDATE {seals} SET seal = seal", Rule.ROW_SEAL, True),
    (
        "INSERT INTO {seals} (event_id, kind, row, seal) "
        f"SELECT {OLDEST}, kind, row, seal FROM {{seals}} LIMIT 1",
        Rule.ROW_SEAL,
        False,
    ),
    ("DELETE FROM {chains}", Rule.HEAD, True),
    ("UPDATE {chains} SET length = length - 1", Rule.HEAD, False),
    ("UPDATE {chains} SET length = length + 1", Rule.HEAD, False),
    ("UPDATE {chains} SET kind = kind", Rule.HEAD, True),
    (
        "INSERT INTO {chains} (kind, key, length, head) SELECT 'copy', key, length, head FROM {chains}",
        Rule.HEAD,
        False,
    ),
    ("UPDATE {leaves} SET number = -number", Rule.ADDED, True),
    ("DELETE FROM {leaves}", Rule.ADDED, True),
    ("DELETE FROM {checkpoints}", Rule.ADDED, True),
    ("UPDATE {checkpoints} SET signature = key", Rule.ADDED, True),
    ("UPDATE {history} SET state = 'closed'", Rule.HISTORY, True),
    ("DELETE FROM {history}", Rule.HISTORY, True),
    ("DELETE FROM {cases}", Rule.SEALED, True),
]
ON_POSTGRESQL: Final[list[tuple[str, Rule, bool]]] = [
    ("TRUNCATE {events} CASCADE", Rule.EVENT, True),
    ("TRUNCATE {leaves}", Rule.ADDED, True),
    ("TRUNCATE {history}", Rule.HISTORY, True),
    ("TRUNCATE {cases} CASCADE", Rule.SEALED, True),
    (event(by_number=True, what="OVERRIDING SYSTEM VALUE"), Rule.EVENT, True),
    (event(by_number=True), Rule.EVENT, True),
    (event(by_number=True, after="ON CONFLICT (id) DO UPDATE SET action = 'home.view'"), Rule.EVENT, True),
]
ON_SQLITE: Final[list[tuple[str, Rule, bool]]] = [
    (event(by_number=True, how="OR REPLACE"), Rule.EVENT, False),
    (f"UPDATE OR REPLACE {{events}} SET id = {OLDEST} WHERE id = {NEWEST}", Rule.EVENT, False),
    ("INSERT OR REPLACE INTO {seals} SELECT * FROM {seals}", Rule.ROW_SEAL, False),
    ("INSERT OR REPLACE INTO {chains} SELECT * FROM {chains}", Rule.HEAD, False),
    ("INSERT OR REPLACE INTO {leaves} SELECT * FROM {leaves}", Rule.ADDED, False),
    ("INSERT OR REPLACE INTO {history} SELECT * FROM {history}", Rule.HISTORY, False),
    ("INSERT OR REPLACE INTO {cases} SELECT * FROM {cases}", Rule.SEALED, False),
]
TABLES: Final = {**NAMES, "cases": Case._meta.db_table, "history": Case.history.model._meta.db_table}
ATTEMPTS: Final = TRIED + (ON_POSTGRESQL if connection.vendor == "postgresql" else ON_SQLITE)


@pytest.fixture
def signed(case: Case) -> None:
    """There is something in every table that is attacked."""
    sign()


def refused(sql: str, role: str) -> str:
    with pytest.raises(DatabaseError) as failure, transaction.atomic(), acting_in(role) as cursor:
        cursor.execute(sql.format(**TABLES))
    return getattr(failure.value.__cause__, "sqlstate", "") + str(failure.value)


@pytest.mark.parametrize(("sql", "rule", "by_right"), ATTEMPTS, ids=lambda value: str(value)[:50])
def test_what_the_application_tries_is_refused(signed: None, sql: str, rule: Rule, by_right: bool):
    said = refused(sql, "application")
    if by_right and connection.vendor == "postgresql":
        assert said.startswith(FORBIDDEN)
    else:
        assert rule.value in said


@pytest.mark.parametrize(("sql", "rule", "by_right"), ATTEMPTS, ids=lambda value: str(value)[:50])
def test_even_the_owner_is_refused_while_the_triggers_stand(
    signed: None, sql: str, rule: Rule, by_right: bool
):
    connection.check_constraints()
    assert rule.value in refused(sql, "owner")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE {cases} SET state = 'closed'",
        "UPDATE {cases} SET version = version + 1",
        "INSERT INTO {cases} (id, number, code, %s) SELECT %s, 'B-1', 'BBBB22222', %s FROM {cases}",
    ],
)
def test_a_change_without_an_event_does_not_commit(signed: None, case: Case, sql: str):
    others = ", ".join(
        str(one.column) for one in Case._meta.concrete_fields if one.name not in ("id", "number", "code")
    )
    new = "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"
    sql = sql % (others, new, others) if "%s" in sql else sql
    with acting_in("application") as cursor:
        cursor.execute(sql.format(**TABLES))
        assert cursor.rowcount == 1
    with pytest.raises(IntegrityError, match="case"), transaction.atomic():
        connection.check_constraints()
    transaction.set_rollback(True)
