"""`manage.py replay_erasures LIST`: destroy again what a database brought back by other means than `restore` holds."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from casework.base import clock
from casework.management.backups.erasures import Erasures
from casework.management.backups.manifest import NotGenuine
from casework.management.backups.replaying import NotReplayed, replay


class Command(BaseCommand):
    help = "After a copy of the database was put back: destroy again all that the list of erasures names."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("list", type=Path, help="the newest list of erasures")

    def handle(self, *args: object, list: Path, **options: object) -> None:
        try:
            with transaction.atomic():
                again = replay(Erasures.open(list), at=clock.now())
        except (NotGenuine, NotReplayed, OSError) as error:
            raise CommandError(f"Nothing was changed. {error}") from error
        self.stdout.write(f"{again} erasures carried out again")
