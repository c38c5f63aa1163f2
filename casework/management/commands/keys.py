"""`manage.py keys status | check | drop`: what there is of keys, whether all open, and the end of an old one.

`manage.py keys make | split | combine` need neither settings nor database: config/ceremony.py is all they run.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from casework.encryption.canary import WrongKey, verify_canary
from casework.management.renewal import dropping, report
from casework.management.renewal.steps import NotDone
from config import ceremony


class Command(BaseCommand):
    help = "Look after the keys of this database. No key is ever shown."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("status", help="which keys there are and what each is used for")
        verbs.add_parser("check", help="try every key there is; exit 1 when one does not open")
        drop = verbs.add_parser("drop", help="the end of an old key; refused while anything refers to it")
        drop.add_argument("what", choices=("master", "index", "data"))
        drop.add_argument("number", type=int, nargs="*", help="of data keys none: all retired ones")
        ceremony.add_verbs(verbs)

    def handle(self, *args: object, verb: str, **options: Any) -> None:
        do = {"status": self._status, "check": self._check, "drop": self._drop}.get(verb)
        try:
            if do is None:
                ceremony.run(verb, options)
                return
            verify_canary()
            do(**options)
        except (NotDone, WrongKey, ceremony.Wrong, OSError) as error:
            raise CommandError(str(error)) from error

    def _status(self, **_options: object) -> None:
        for line in report.status():
            self.stdout.write(line)

    def _check(self, **_options: object) -> None:
        wrong = 0
        for line, count in report.check():
            self.stdout.write(line)
            wrong += count
        if wrong:
            raise CommandError("Not every key opens.")

    def _drop(self, *, what: str, number: list[int], **_options: object) -> None:
        if what == "data":
            self._drop_data(number)
            return
        if len(number) != 1:
            raise CommandError("Name the number of one key.")
        (dropping.drop_master if what == "master" else dropping.drop_index)(number[0])
        self.stdout.write(f"{what} key {number[0]} was dropped; it need not be loaded any more")

    def _drop_data(self, numbers: list[int]) -> None:
        kept = 0
        for row, why in dropping.drop_data(numbers or None):
            self.stdout.write(f"data key {row.pk} of {row.scope_type} {row.scope_id}: {why or 'dropped'}")
            kept += bool(why)
        if numbers and kept:
            raise CommandError(f"{kept} of {len(numbers)} keys were not dropped.")
