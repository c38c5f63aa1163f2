"""A backup is read by nobody without the offline key, and brought back whole or not at all."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from casework.access.seals import sweep
from casework.access.triggers import lifted
from casework.audit.models import AuditCheckpoint, AuditEvent
from casework.audit.sequencer import sequence
from casework.cases.actions import edit_case
from casework.cases.models import Case
from casework.encryption import CannotOpen
from casework.encryption.offline import make_pair
from casework.management.backups import archive, tables
from casework.management.backups.making import DATA, KEYS, forget_old_keys, make
from casework.management.backups.manifest import Manifest, NotGenuine
from casework.management.backups.restoring import NotRestored, restore
from config import ceremony
from tests.application import acting_in
from tests.audit.tampering import CHAINS, CHECKPOINTS, EVENTS, LEAVES, tamper
from tests.world import PASSWORD, World, with_password

PRIVATE, PUBLIC = make_pair()
# The restoring is an event of its own, and its chain, place and signature come with it.
GROWS = {EVENTS, CHAINS, LEAVES, CHECKPOINTS}
ANSWERS = {"origin": "own_finding", "legal_basis": "19_1_a", "language": "thai"}

# Only who owns the database restores into it.
pytestmark = pytest.mark.role("owner")


@pytest.fixture
def backup(world: World, case: Case, tmp_path: Path) -> Path:
    with acting_in("keeper"):
        return make(tmp_path, PUBLIC, world.now)


def emptied() -> None:
    """The database as a first migrate leaves it, as far as a restore looks."""
    with lifted():
        tables.empty(tables.tables())


def stored() -> dict[str, Any]:
    """Every row of every table."""
    found = {}
    with connection.cursor() as cursor:
        for table in tables.tables():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            # A stamp is the number of a transaction of one database.
            kept = [place for place, column in enumerate(cursor.description) if column[0] != "stamp"]
            rows = [
                [bytes(row[place]) if isinstance(row[place], memoryview) else row[place] for place in kept]
                for row in cursor.fetchall()
            ]
            found[table] = sorted(rows, key=repr)
    return found


def test_everything_comes_back_and_is_proven(world: World, case: Case, backup: Path):
    before = stored()
    emptied()

    manifest = restore(backup, PRIVATE)

    after = stored()
    assert {name for name in before if before[name] != after[name]} <= GROWS
    for name in GROWS:
        assert all(row in after[name] for row in before[name] if name != CHAINS), name
    assert sum(manifest.rows.values()) == sum(map(len, before.values()))
    assert next(sweep(), None) is None
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.detail["sha256"]) == ("backup.restore", manifest.data.sha256)
    back = Case.objects.visible_to(world.lan, at=world.now).get(pk=case.pk)
    assert world.victim(back).full_name == world.victim(case).full_name
    edit_case(case=back, by=world.lan, at=world.now, answers=ANSWERS)


def test_nothing_of_it_can_be_read_without_the_private_key(world: World, case: Case, backup: Path):
    manifest = Manifest.open(backup)
    written = b"".join(path.read_bytes() for path in backup.parent.iterdir() if path != backup)
    for canary in (case.number, case.code, world.lan.full_name, "casework_case"):
        assert canary.encode() not in written
        assert canary not in backup.read_text() or canary == "casework_case"
    data = (backup.parent / manifest.data.name).read_bytes()
    with pytest.raises(CannotOpen):
        archive.load(BytesIO(data), make_pair()[0], DATA)


def test_the_wrapped_data_keys_are_in_the_other_file_and_go_after_thirty_days(world: World, backup: Path):
    manifest = Manifest.open(backup)
    emptied()
    with (backup.parent / manifest.data.name).open("rb") as file, lifted():
        assert not tables.KEYS & set(archive.load(file, PRIVATE, DATA))
    keys = backup.parent / manifest.keys.name

    assert forget_old_keys(backup.parent, world.now + timedelta(days=29)) == []
    assert forget_old_keys(backup.parent, world.now + timedelta(days=31)) == [keys]
    assert not keys.exists()
    assert (backup.parent / manifest.data.name).exists()


def loaded(data: bytes, purpose: bytes) -> list[str]:
    with lifted():
        tables.empty(tables.tables())
        return archive.load(BytesIO(data), PRIVATE, purpose)


def test_no_changed_byte_is_passed(backup: Path):
    manifest = Manifest.open(backup)
    for file, purpose in ((manifest.data, DATA), (manifest.keys, KEYS)):
        path = backup.parent / file.name
        whole = path.read_bytes()
        for place in (0, 3, 4, 35, 36, len(whole) // 2, len(whole) - 1):
            data = bytearray(whole)
            data[place] ^= 1
            path.write_bytes(data)
            with pytest.raises(NotGenuine, match=path.name):
                manifest.check(path, file)
            # Somebody who could sign a manifest anew meets the archive itself.
            with pytest.raises(CannotOpen), transaction.atomic():
                loaded(bytes(data), purpose)
        path.write_bytes(whole)


def test_a_restore_that_meets_a_changed_file_touches_nothing(backup: Path):
    path = backup.parent / Manifest.open(backup).keys.name
    path.write_bytes(path.read_bytes()[:-1])
    emptied()

    with pytest.raises(NotGenuine, match=path.name):
        restore(backup, PRIVATE)

    assert sum(map(len, stored().values())) == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["manifest"]["rows"].update(casework_case=0),
        lambda told: told["manifest"].update(checkpoint=""),
        lambda told: told["manifest"]["data"].update(sha256="0" * 64),
        lambda told: told.update(key="00" * 8),
        lambda told: told.update(signature="00" * 64),
        lambda told: told.pop("manifest"),
    ],
)
def test_a_changed_manifest_is_refused(backup: Path, change: Callable[[Any], Any]):
    told = json.loads(backup.read_text())
    change(told)
    backup.write_text(json.dumps(told))
    emptied()

    with pytest.raises(NotGenuine):
        restore(backup, PRIVATE)


def test_a_database_that_holds_something_is_left_alone(backup: Path):
    with pytest.raises(NotRestored, match="only migrated"):
        restore(backup, PRIVATE)


def test_a_row_that_was_changed_before_the_backup_is_not_brought_back_as_true(
    world: World, case: Case, tmp_path: Path
):
    assert tamper(f"UPDATE {Case._meta.db_table} SET state = 'closed'")
    path = make(tmp_path, PUBLIC, world.now)
    emptied()

    with pytest.raises(NotRestored, match="Row seals do not match"):
        restore(path, PRIVATE)

    assert not AuditEvent.objects.exists()


def test_a_memory_that_was_changed_before_the_backup_is_not_brought_back_as_true(
    world: World, case: Case, tmp_path: Path
):
    assert tamper("UPDATE {events} SET action = 'case.view' WHERE action = 'report.open_case'")
    path = make(tmp_path, PUBLIC, world.now)
    emptied()

    with pytest.raises(NotRestored, match="The memory in the backup is broken"):
        restore(path, PRIVATE)


def test_going_back_behind_what_was_witnessed_takes_two_people(world: World, case: Case, tmp_path: Path):
    for user in (world.lan, world.mai):
        with_password(user)
    path = make(tmp_path, PUBLIC, world.now)
    edit_case(case=case, by=world.lan, at=world.now, answers=ANSWERS)
    sequence(world.now + timedelta(hours=1))
    witnessed = [row.checkpoint() for row in AuditCheckpoint.objects.order_by("number")]
    emptied()

    for acknowledged in ([], [("lan", PASSWORD)], [("lan", PASSWORD)] * 2):
        with pytest.raises(NotRestored, match="two people"):
            restore(path, PRIVATE, witnessed=witnessed, acknowledged=acknowledged)
    with pytest.raises(NotRestored, match="another password"):
        restore(path, PRIVATE, witnessed=witnessed, acknowledged=[("lan", PASSWORD), ("mai", "wrong")])
    assert not AuditEvent.objects.exists()

    restore(path, PRIVATE, witnessed=witnessed, acknowledged=[("lan", PASSWORD), ("mai", PASSWORD)])

    event = AuditEvent.objects.latest("pk")
    assert event.detail["acknowledged"] == [str(world.lan.pk), str(world.mai.pk)]
    assert Case.objects.visible_to(world.lan, at=world.now).get(pk=case.pk).language != "thai"


def test_a_backup_of_what_was_last_witnessed_needs_nobody(world: World, case: Case, backup: Path):
    witnessed = [row.checkpoint() for row in AuditCheckpoint.objects.order_by("number")]
    emptied()

    assert restore(backup, PRIVATE, witnessed=witnessed).checkpoint == witnessed[-1].line()


def test_the_commands_make_a_backup_and_bring_it_back(
    world: World, case: Case, tmp_path: Path, settings: Any
):
    private, wrong = tmp_path / "private.key", tmp_path / "wrong.key"
    for file, key in ((private, PRIVATE), (wrong, make_pair()[0])):
        ceremony.write(file, key)
    with pytest.raises(CommandError, match="BACKUP_PUBLIC_KEY is not set"):
        call_command("backup", str(tmp_path))
    with pytest.raises(CommandError, match="Name a folder"):
        call_command("backup", str(tmp_path / "nowhere"))
    settings.BACKUP_PUBLIC_KEY = PUBLIC
    call_command("backup", str(tmp_path), stdout=StringIO())
    (manifest,) = tmp_path.glob("backup-*.json")
    emptied()

    with pytest.raises(CommandError, match="Nothing was restored"):
        call_command("restore", str(manifest), "--key", str(wrong))
    call_command("restore", str(manifest), "--key", str(private), stdout=(done := StringIO()))

    assert "seals, memory and files are whole" in done.getvalue()
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("backup-*.data")} == {0o600}
