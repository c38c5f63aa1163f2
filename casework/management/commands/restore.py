"""`manage.py restore MANIFEST --key FILE`: fill a migrated, empty database with a backup, or change nothing."""

from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from casework.audit.evidence import BadWitness, Checkpoint, read_witness
from casework.encryption import CannotOpen
from casework.encryption.offline import read_key
from casework.management.backups.erasures import told_by
from casework.management.backups.files import NotProven
from casework.management.backups.manifest import NotGenuine
from casework.management.backups.replaying import NotReplayed
from casework.management.backups.restoring import NotRestored, restore


class Command(BaseCommand):
    help = "Restore a backup after proving its signature, its rows, its seals and its memory."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("manifest", type=Path)
        parser.add_argument("--key", type=Path, required=True, help="the private key, brought for this")
        parser.add_argument("--keys", type=Path, help="the dump of wrapped keys, when it is kept elsewhere")
        parser.add_argument(
            "--erasures", type=Path, help="the newest list of erasures, when it is kept elsewhere"
        )
        parser.add_argument("--witness", type=Path, help="file with the lines that were handed to a witness")
        parser.add_argument(
            "--acknowledged-by",
            action="append",
            default=[],
            metavar="USER",
            help="twice: who answers for going back behind what was witnessed; asks for their passwords",
        )

    def handle(
        self,
        *args: object,
        manifest: Path,
        key: Path,
        keys: Path | None,
        erasures: Path | None,
        witness: Path | None,
        acknowledged_by: list[str],
        **options: object,
    ) -> None:
        asked = [(name, getpass(f"{name}: ")) for name in acknowledged_by]
        try:
            witnessed, told = list[Checkpoint](), None
            if witness is not None:
                lines = witness.read_text("utf-8").splitlines()
                witnessed = read_witness(lines)
                told = told_by(lines, max(line.ts for line in witnessed))
            done = restore(
                manifest,
                read_key(key.read_text("ascii")),
                witnessed=witnessed,
                acknowledged=asked,
                keys=keys,
                erasures=erasures,
                told=told,
            )
        except (
            NotRestored,
            NotReplayed,
            NotGenuine,
            NotProven,
            CannotOpen,
            BadWitness,
            OSError,
            ValueError,
        ) as error:
            raise CommandError(f"Nothing was restored. {error}") from error
        self.stdout.write(
            f"{sum(done.rows.values())} rows of {done.made_at} restored; seals, memory and files are whole"
        )
        if done.lost:
            self.stdout.write(f"without the files that were lost before: {', '.join(done.lost)}")
