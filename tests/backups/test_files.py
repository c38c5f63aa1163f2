"""Sealed files are part of a backup: copied once, never opened by it, brought back to the byte or not at all."""

import base64
import shutil
import subprocess
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command

from casework.attachments.actions import remove_file
from casework.attachments.models import Attachment
from casework.attachments.queries import FileDamaged, FileRemoved, content_of
from casework.audit.models import AuditEvent
from casework.cases.models import Case
from casework.encryption.models import FileKey
from casework.encryption.streams import CHUNK
from casework.management.backups import files, tables
from casework.management.backups.files import NotProven
from casework.management.backups.making import changes, forget_old_files, make
from casework.management.backups.manifest import Manifest, NotGenuine
from casework.management.backups.restoring import NotRestored, restore
from tests.attachments.making import MP3, PDF, attach
from tests.backups.test_backups import PRIVATE, PUBLIC, emptied
from tests.world import World

pytestmark = pytest.mark.role("owner")

CONTENT = PDF + bytes(range(256)) * (2 * CHUNK // 256)
REASON = {"removal_reason": "Đính kèm nhầm hồ sơ."}


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path) -> Path:
    """The folder of the store, of this test alone."""
    local = {
        "BACKEND": "casework.attachments.storage.DurableStorage",
        "OPTIONS": {"location": tmp_path / "store"},
    }
    settings.STORAGES = {**settings.STORAGES, "attachments": local}
    return tmp_path / "store"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


@pytest.fixture
def paper(world: World, case: Case) -> Attachment:
    return attach(world, case, content=CONTENT)


def everything_lost(store: Path) -> None:
    """The database as a first migrate leaves it, and an empty store."""
    emptied()
    shutil.rmtree(store)


def read(row: Attachment) -> bytes:
    with content_of(row) as content:
        return b"".join(content.span(0, content.size))


def copies(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in (folder / files.FOLDER).glob("*/*")}


def test_files_come_back_and_open_and_removed_ones_do_not(
    world: World, case: Case, paper: Attachment, store: Path, folder: Path
):
    removed = attach(world, case, "ghi-am.mp3")
    remove_file(attachment=removed, by=world.lan, at=world.now, answers=REASON)
    path = make(folder, PUBLIC, world.now)
    everything_lost(store)

    restore(path, PRIVATE)

    assert read(paper) == CONTENT
    assert storages["attachments"].listdir("")[1] == [str(paper.stored_as)]
    with pytest.raises(FileRemoved):
        content_of(removed)
    assert files.prove(()) == 1


def test_copies_are_the_ciphertext_of_the_store_and_their_keys_are_in_the_file_that_goes_after_thirty_days(
    world: World, paper: Attachment, store: Path, folder: Path
):
    path = make(folder, PUBLIC, world.now)
    (copy,) = copies(folder).values()
    assert copy.read_bytes() == (store / str(paper.stored_as)).read_bytes()
    assert b"%PDF" not in copy.read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o600
    assert FileKey._meta.db_table in tables.KEYS
    # Anybody can look whether the copies are those of the list, with what every computer has.
    listed = folder / Manifest.open(path).files.name
    subprocess.run(["sha256sum", "--check", "--quiet", listed.name], cwd=folder, check=True)


def test_the_next_backup_copies_what_is_new_and_forgets_what_nobody_needs(
    world: World, case: Case, paper: Attachment, folder: Path
):
    make(folder, PUBLIC, world.now)
    first = copies(folder)[str(paper.stored_as)].stat()
    other = attach(world, case, "ghi-am.mp3")
    remove_file(attachment=paper, by=world.lan, at=world.now, answers=REASON)
    make(folder, PUBLIC, world.now + timedelta(days=20))

    assert set(copies(folder)) == {str(paper.stored_as), str(other.stored_as)}
    assert copies(folder)[str(paper.stored_as)].stat().st_mtime_ns == first.st_mtime_ns
    assert forget_old_files(folder, world.now + timedelta(days=29)) == 0
    assert forget_old_files(folder, world.now + timedelta(days=31)) == 1
    assert set(copies(folder)) == {str(other.stored_as)}


@pytest.mark.parametrize("place", [0, 5, CHUNK, -1])
def test_no_changed_byte_of_a_file_is_passed_and_nothing_is_left_behind(
    world: World, case: Case, paper: Attachment, store: Path, folder: Path, place: int
):
    attach(world, case, "ghi-am.mp3")
    path = make(folder, PUBLIC, world.now)
    copy = copies(folder)[str(paper.stored_as)]
    content = bytearray(copy.read_bytes())
    content[place] ^= 1
    copy.write_bytes(content)
    everything_lost(store)

    assert changes(path) == [copy.name]
    with pytest.raises(NotProven, match=copy.name):
        restore(path, PRIVATE)

    assert not AuditEvent.objects.exists()
    assert not store.exists() or not list(store.iterdir())


def test_a_missing_copy_and_a_changed_list_are_refused(
    world: World, paper: Attachment, store: Path, folder: Path
):
    path = make(folder, PUBLIC, world.now)
    listed = folder / Manifest.open(path).files.name
    copies(folder)[str(paper.stored_as)].unlink()
    everything_lost(store)
    with pytest.raises(NotProven, match="is missing"):
        restore(path, PRIVATE)

    listed.write_text("")
    assert changes(path) == [listed.name]
    with pytest.raises(NotGenuine, match=listed.name):
        restore(path, PRIVATE)


def test_a_list_that_is_not_that_of_the_rows_is_refused_whoever_signed_it(
    world: World, paper: Attachment, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patch:
        patch.setattr(files, "kept", dict)
        path = make(folder, PUBLIC, world.now)
    emptied()
    with pytest.raises(NotRestored, match="list of sealed files"):
        restore(path, PRIVATE)


@pytest.mark.parametrize("how", ["gone", "damaged"])
def test_a_file_the_store_has_lost_stops_no_backup_and_no_restore_and_is_named(
    world: World, case: Case, paper: Attachment, store: Path, folder: Path, settings: Any, how: str
):
    kept = attach(world, case, "ghi-am.mp3")
    lost = store / str(paper.stored_as)
    if how == "gone":
        lost.unlink()
    else:
        whole = lost.read_bytes()
        lost.write_bytes(whole[:-1] + bytes((whole[-1] ^ 1,)))
    settings.BACKUP_PUBLIC_KEY = PUBLIC
    with pytest.raises(CommandError, match=lost.name):
        call_command("backup", str(folder), stdout=StringIO())
    (path,) = folder.glob("backup-*.json")
    private = folder / "private.key"
    private.write_text(base64.b64encode(PRIVATE).decode())
    everything_lost(store)

    call_command("restore", str(path), "--key", str(private), stdout=(said := StringIO()))

    assert f"without the files that were lost before: {lost.name}" in said.getvalue()
    assert read(kept) == MP3
    with pytest.raises(FileDamaged):
        content_of(paper)


def test_a_store_that_is_still_there_keeps_what_is_whole_and_gets_back_what_is_not(
    world: World, case: Case, paper: Attachment, store: Path, folder: Path
):
    other = attach(world, case, "ghi-am.mp3")
    path = make(folder, PUBLIC, world.now)
    whole, damaged = store / str(paper.stored_as), store / str(other.stored_as)
    before = whole.stat().st_mtime_ns
    damaged.write_bytes(b"cut")
    emptied()

    restore(path, PRIVATE)

    assert whole.stat().st_mtime_ns == before
    assert (read(paper), read(other)) == (CONTENT, MP3)


def test_the_command_compares_a_backup_with_its_manifest_without_any_key(
    world: World, paper: Attachment, folder: Path
):
    path = make(folder, PUBLIC, world.now)
    call_command("backup", "--check", str(path), stdout=(said := StringIO()))
    assert "every byte is as it was written" in said.getvalue()

    data = folder / Manifest.open(path).data.name
    data.write_bytes(data.read_bytes() + b"x")
    with pytest.raises(CommandError, match=data.name):
        call_command("backup", "--check", str(path))
