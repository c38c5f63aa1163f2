"""Bringing a backup back, and believing nothing of it before it was proven."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from casework.access.seals import forged_events, sweep
from casework.access.triggers import lifted
from casework.audit.evidence import Checkpoint, Walk
from casework.audit.log import record
from casework.audit.models import AuditEvent
from casework.audit.verify import all_breaks, checkpoints
from casework.base import clock
from casework.base.prepared import forget_statements
from casework.encryption.canary import verify_canary
from casework.encryption.keyring import forget_keys
from casework.management.backups import archive, files, tables
from casework.management.backups.erasures import NAME, Erasures
from casework.management.backups.making import DATA, KEYS, migrations
from casework.management.backups.manifest import Manifest
from casework.management.backups.replaying import replay
from casework.organisations.models import User
from casework.statistics.cube import settle

NEEDED = 2
# The list is written every day; a day and a little more is what a job that ran late explains.
LIST_AGE = timedelta(hours=36)


class NotRestored(Exception):
    """Why a backup was not brought back; the database is as it was."""


def restore(
    path: Path,
    private: bytes,
    *,
    witnessed: Sequence[Checkpoint] = (),
    acknowledged: Sequence[tuple[str, str]] = (),
    keys: Path | None = None,
    erasures: Path | None = None,
    told: Erasures | None = None,
) -> Manifest:
    """Fill a database that was only migrated with the backup of a manifest, in one transaction; for its owner.

    witnessed: what a witness was told; a backup that knows less needs `acknowledged`: user names and passwords of
    two active people of the backup. keys: a dump of wrapped keys elsewhere; otherwise the one beside the manifest.
    Nothing is committed unless row counts, row seals, chains, tree and newest checkpoint are those of the manifest, and
    every sealed file is in the store and opens to what its row says.
    erasures: the newest list of what was destroyed; otherwise the one beside the manifest. told: what a witness was told
    of it, which may know more and is enough where no list is left. What they name and the backup does not know is
    destroyed again in the same transaction.
    Raises NotRestored, NotReplayed, NotGenuine (manifest, list or file), NotProven (sealed file), CannotOpen (archive).
    """
    manifest = Manifest.open(path)
    data, keys = path.parent / manifest.data.name, keys or path.parent / manifest.keys.name
    _check_place(manifest)
    manifest.check(data, manifest.data)
    manifest.check(keys, manifest.keys)
    manifest.check(path.parent / manifest.files.name, manifest.files)
    gone = _gone(erasures or path.parent / NAME, told)
    older = _is_older(manifest, witnessed)
    _check_newest(gone, path, witnessed if older else ())
    if older and len({name for name, _password in acknowledged}) < NEEDED:
        raise NotRestored(
            "The witness knows a later state than this backup. Restoring it takes back what happened since: two "
            "people of the product must say so with their passwords (--acknowledged-by)."
        )
    with files.bringing() as brought, transaction.atomic():
        tables.take_your_time()
        with lifted():
            tables.empty(tables.tables())
            for source, purpose in ((data, DATA), (keys, KEYS)):
                with source.open("rb") as file:
                    archive.load(file, private, purpose)
        tables.go_on_counting()
        tables.look_again()
        for forget in (forget_keys, forget_statements, settle, ContentType.objects.clear_cache):
            forget()
        _prove(manifest, () if older else witnessed)
        _bring_files(manifest, path.parent, brought)
        people = _people(acknowledged) if older else []
        again = replay(gone, at=clock.now())
        record(
            action="backup.restore",
            outcome=AuditEvent.DONE,
            actor_id=None,
            detail={
                "sha256": manifest.data.sha256,
                "made_at": manifest.made_at,
                "acknowledged": [str(one.pk) for one in people],
                "erased_again": again,
            },
        )
    return manifest


def _gone(place: Path, told: Erasures | None) -> Erasures:
    if told is None:
        return Erasures.open(place)
    return Erasures.open(place).with_those_told(told) if place.exists() else told


def _check_place(manifest: Manifest) -> None:
    if AuditEvent.objects.exists() or User.objects.exists():
        raise NotRestored("This database holds something. Restore into one that was only migrated.")
    if manifest.vendor != connection.vendor:
        raise NotRestored(f"The backup is of {manifest.vendor}, this database is {connection.vendor}.")
    if manifest.migrations != migrations():
        raise NotRestored("The backup is of another release: restore it with that release, then migrate.")


def _check_newest(gone: Erasures, path: Path, witnessed: Sequence[Checkpoint]) -> None:
    """NotRestored when something tells that more was destroyed than the list knows.

    Every manifest in the folder says how many there were by then; a list much older than what was last witnessed may
    lack some: the job that destroys writes it every day.
    """
    for other in sorted(path.parent.glob("backup-*.json")):
        told = Manifest.open(other)
        if told.erasures > gone.count:
            raise NotRestored(
                f"The list of erasures knows {gone.count}, but there were {told.erasures} by {told.made_at}: bring "
                "the newest list (--erasures)."
            )
    newest = max((line.ts for line in witnessed), default=gone.written_at)
    if newest - gone.written_at > LIST_AGE:
        raise NotRestored(
            f"The list of erasures is of {gone.written_at}, the witness knows of {newest}: what was destroyed in "
            "between would come back. Bring the newest list (--erasures)."
        )


def _is_older(manifest: Manifest, witnessed: Sequence[Checkpoint]) -> bool:
    known = manifest.witnessed
    return bool(witnessed) and (known is None or known.number < max(line.number for line in witnessed))


def _people(acknowledged: Sequence[tuple[str, str]]) -> list[User]:
    found = []
    for name, password in acknowledged:
        user = User.objects.filter(username=name, is_active=True).first()
        if user is None or not user.check_password(password):
            raise NotRestored(f"{name}: no such active person, or another password.")
        found.append(user)
    return found


def _prove(manifest: Manifest, witnessed: Sequence[Checkpoint]) -> None:
    counted = {table: tables.count_of(table) for table in manifest.rows}
    if counted != dict(manifest.rows):
        wrong = sorted(table for table, rows in manifest.rows.items() if counted[table] != rows)
        raise NotRestored(f"Other numbers of rows than the manifest says: {', '.join(wrong)}.")
    known = checkpoints()
    if (known[-1].line() if known else "") != manifest.checkpoint:
        raise NotRestored("The newest checkpoint is not that of the manifest.")
    broken = next(all_breaks(Walk(), witnessed), None)
    if broken is not None:
        raise NotRestored(f"The memory in the backup is broken: {broken}.")
    damage, forged = next(sweep(), None), next(forged_events(), None)
    if damage is not None or forged is not None:
        raise NotRestored(
            f"Row seals do not match: {damage.kind} {damage.row}."
            if damage
            else f"Event {forged} was forged."
        )
    verify_canary()


def _bring_files(manifest: Manifest, folder: Path, brought: list[str]) -> None:
    digests = files.read_list(folder / manifest.files.name)
    if files.kept().keys() != digests.keys() | set(manifest.lost):
        raise NotRestored("The list of sealed files is not that of the rows.")
    files.bring_back(folder, digests, brought)
    files.prove(manifest.lost)
