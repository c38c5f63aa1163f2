"""`manage.py backup FOLDER`: everything, sealed to the offline key; `--make-key FILE` makes that key."""

from argparse import ArgumentParser
from base64 import b64encode
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from casework.base import clock
from casework.encryption.offline import make_pair, write_key
from casework.management.backups.making import forget_old_keys, make


class Command(BaseCommand):
    help = "Write a backup this server cannot read, and remove dumps of wrapped keys older than 30 days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, nargs="?", help="a mount kept elsewhere")
        parser.add_argument(
            "--make-key",
            metavar="FILE",
            help="make the pair, away from the server: write the private key to FILE, print the public one",
        )

    def handle(self, *args: object, folder: Path | None, make_key: str | None, **options: object) -> None:
        if make_key is not None:
            private, public = make_pair()
            write_key(make_key, private)
            self.stdout.write(f"BACKUP_PUBLIC_KEY={b64encode(public).decode()}")
            return
        if folder is None or not folder.is_dir():
            raise CommandError("Name a folder that is there.")
        if settings.BACKUP_PUBLIC_KEY is None:
            raise CommandError(
                "BACKUP_PUBLIC_KEY is not set: `manage.py backup --make-key FILE` makes a pair."
            )
        at = clock.now()
        manifest = make(folder, settings.BACKUP_PUBLIC_KEY, at)
        for gone in forget_old_keys(folder, at):
            self.stdout.write(f"removed {gone.name}")
        self.stdout.write(f"{manifest}")
