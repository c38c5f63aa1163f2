"""`manage.py backup FOLDER`: everything, sealed to the offline key; `--check` compares.

`manage.py backup --make-key FILE` makes that key and needs neither settings nor database: config/ceremony.py is all it runs.
"""

from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from casework.base import clock
from casework.management.backups.making import changes, forget_old_files, forget_old_keys, make, missing_now
from casework.management.backups.manifest import Manifest, NotGenuine


class Command(BaseCommand):
    help = "Write a backup this server cannot read, and remove keys and files that no backup of the last 30 days needs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, nargs="?", help="a mount kept elsewhere")
        parser.add_argument(
            "--check", type=Path, metavar="MANIFEST", help="compare a backup with its manifest, byte for byte"
        )

    def handle(self, *args: object, folder: Path | None, check: Path | None, **options: object) -> None:
        if check is not None:
            self._check(check)
            return
        if folder is None or not folder.is_dir():
            raise CommandError("Name a folder that is there.")
        if settings.BACKUP_PUBLIC_KEY is None:
            raise CommandError(
                "BACKUP_PUBLIC_KEY is not set: `manage.py backup --make-key FILE` makes a pair."
            )
        at = clock.now()
        try:
            made = make(folder, settings.BACKUP_PUBLIC_KEY, at)
        except OSError as error:
            raise CommandError(f"No backup was made. {error}") from error
        for gone in forget_old_keys(folder, at):
            self.stdout.write(f"removed {gone.name}")
        if count := forget_old_files(folder, at):
            self.stdout.write(f"removed {count} files")
        self.stdout.write(f"{made}")
        if missing := missing_now(Manifest.open(made)):
            raise CommandError(
                f"The backup was made without {len(missing)} files that the store has lost: {', '.join(missing)}"
            )

    def _check(self, manifest: Path) -> None:
        try:
            wrong = changes(manifest)
        except (NotGenuine, OSError) as error:
            raise CommandError(str(error)) from error
        if wrong:
            raise CommandError(f"Missing or changed since: {', '.join(wrong)}")
        self.stdout.write("every byte is as it was written")
