"""Making a backup: one state of the database, sealed to a key that is not on the server."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from casework.audit.models import AuditCheckpoint
from casework.audit.sequencer import sequence
from casework.audit.verify import one_view_of_the_log
from casework.encryption.models import Tombstone
from casework.management.backups import archive, files, tables
from casework.management.backups.erasures import NAME, Erasures
from casework.management.backups.manifest import File, Manifest, NotGenuine, digest_of

DATA: Final = b"cv1/backup/data"
KEYS: Final = b"cv1/backup/keys"
# After this, what was erased cannot be read from any backup: its wrapped key is in no dump any more.
KEYS_KEPT: Final = timedelta(days=30)
_STAMP: Final = "%Y%m%dT%H%M%SZ"


def make(folder: Path, public: bytes, at: datetime) -> Path:
    """Write data, wrapped keys, sealed files, manifest and the list of erasures; returns the path of the manifest.

    The wrapped keys are a file of their own, removed from the folder 30 days later by the next backup. Sealed files
    that are there from an earlier backup are not copied again.
    """
    sequence(at)
    stem = f"backup-{at.astimezone(UTC).strftime(_STAMP)}"
    data, keys, listed = (folder / f"{stem}.{ending}" for ending in ("data", "keys", "files"))
    known = _copied_before(folder)
    with one_view_of_the_log():
        newest = AuditCheckpoint.objects.order_by("-number").first()
        names = [name for name in tables.tables() if name not in tables.KEYS]
        rows = _write(data, public, DATA, names) | _write(keys, public, KEYS, sorted(tables.KEYS))
        wanted = files.kept()
        applied, erasures = migrations(), Tombstone.objects.count()
    digests, lost = files.copy(folder, wanted, known)
    files.write_list(listed, digests)
    manifest = Manifest(
        made_at=at.isoformat(),
        vendor=connection.vendor,
        migrations=applied,
        rows=rows,
        data=File(data.name, digest_of(data)),
        keys=File(keys.name, digest_of(keys)),
        files=File(listed.name, digest_of(listed)),
        lost=lost,
        checkpoint=newest.checkpoint().line() if newest else "",
        erasures=erasures,
    )
    path = folder / f"{stem}.json"
    manifest.save(path)
    Erasures.now(at).save(folder / NAME)
    return path


def missing_now(manifest: Manifest) -> list[str]:
    """The files a backup has to do without and that were not just removed while it was made."""
    return sorted(set(manifest.lost) & files.kept().keys()) if manifest.lost else []


def changes(path: Path) -> list[str]:
    """What of a backup is no longer as it was written, by name; needs no private key. Raises NotGenuine."""
    manifest, folder = Manifest.open(path), path.parent
    wrong = [
        file.name
        for file in (manifest.data, manifest.keys, manifest.files)
        if not (folder / file.name).is_file() or digest_of(folder / file.name) != file.sha256
    ]
    listed = folder / manifest.files.name
    return (
        wrong
        if manifest.files.name in wrong
        else wrong + list(files.changed(folder, files.read_list(listed)))
    )


def forget_old_keys(folder: Path, at: datetime) -> list[Path]:
    """Remove dumps of wrapped keys older than 30 days; returns what was removed."""
    gone = [path for path in sorted(folder.glob("backup-*.keys")) if _is_old(path, at)]
    for path in gone:
        path.unlink()
    return gone


def forget_old_files(folder: Path, at: datetime) -> int:
    """Remove sealed files that no backup of the last 30 days names: their keys are in no dump any more."""
    lists = [path for path in folder.glob("backup-*.files") if not _is_old(path, at)]
    return files.forget_all_but(folder, (name for path in lists for name in files.read_list(path)))


def _is_old(path: Path, at: datetime) -> bool:
    made = datetime.strptime(path.stem.removeprefix("backup-"), _STAMP).replace(tzinfo=UTC)
    return at - made > KEYS_KEPT


def _copied_before(folder: Path) -> dict[str, str]:
    """The digests of the newest backup in the folder, where it is one of ours and its list is whole."""
    newest = max(folder.glob("backup-*.json"), default=None)
    if newest is None:
        return {}
    try:
        manifest = Manifest.open(newest)
        listed = folder / manifest.files.name
        manifest.check(listed, manifest.files)
    except (NotGenuine, FileNotFoundError):
        # Everything is copied anew.
        return {}
    return files.read_list(listed)


def migrations() -> list[str]:
    """What the database was built by; a backup goes back into no other."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def _write(path: Path, public: bytes, purpose: bytes, names: list[str]) -> dict[str, int]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb", buffering=1 << 20) as out:
        rows = archive.write(out, public, purpose, names)
        out.flush()
        os.fsync(out.fileno())
    return rows
