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
from casework.management.backups import archive, tables
from casework.management.backups.erasures import NAME, Erasures
from casework.management.backups.manifest import File, Manifest, digest_of

DATA: Final = b"cv1/backup/data"
KEYS: Final = b"cv1/backup/keys"
# After this, what was erased cannot be read from any backup: its wrapped key is in no dump any more.
KEYS_KEPT: Final = timedelta(days=30)
_STAMP: Final = "%Y%m%dT%H%M%SZ"


def make(folder: Path, public: bytes, at: datetime) -> Path:
    """Write data, wrapped keys, manifest and the list of erasures into the folder; returns the path of the manifest.

    The wrapped data keys are a file of their own, removed from the folder 30 days later by the next backup.
    """
    sequence(at)
    stem = f"backup-{at.astimezone(UTC).strftime(_STAMP)}"
    data, keys = folder / f"{stem}.data", folder / f"{stem}.keys"
    with one_view_of_the_log():
        newest = AuditCheckpoint.objects.order_by("-number").first()
        names = [name for name in tables.tables() if name != tables.KEYS]
        rows = _write(data, public, DATA, names) | _write(keys, public, KEYS, [tables.KEYS])
        manifest = Manifest(
            made_at=at.isoformat(),
            vendor=connection.vendor,
            migrations=migrations(),
            rows=rows,
            data=File(data.name, digest_of(data)),
            keys=File(keys.name, digest_of(keys)),
            checkpoint=newest.checkpoint().line() if newest else "",
            erasures=Tombstone.objects.count(),
        )
    path = folder / f"{stem}.json"
    manifest.save(path)
    Erasures.now(at).save(folder / NAME)
    return path


def forget_old_keys(folder: Path, at: datetime) -> list[Path]:
    """Remove dumps of wrapped keys older than 30 days; returns what was removed."""
    gone = []
    for path in sorted(folder.glob("backup-*.keys")):
        made = datetime.strptime(path.stem.removeprefix("backup-"), _STAMP).replace(tzinfo=UTC)
        if at - made > KEYS_KEPT:
            path.unlink()
            gone.append(path)
    return gone


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
