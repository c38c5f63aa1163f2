"""`manage.py checkpoint`: enter new events in the tree, sign it, and tell the witnesses."""

import time
from argparse import ArgumentParser
from typing import Final

from django.core.management.base import BaseCommand, CommandError

from casework.audit.sequencer import EVENTS, PERIOD, sequence, waiting
from casework.audit.witnesses import tell_witnesses
from casework.base import clock
from casework.management.backups.erasures import lines_after

# Between two looks at how many events wait, in seconds.
LOOK: Final = 1.0


class Command(BaseCommand):
    help = "Sign a checkpoint of the audit log and hand it to the witnesses; safe to run at any time, also twice at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--stay", action="store_true", help="go on: a checkpoint every 60 seconds or 256 events"
        )

    def handle(self, *args: object, stay: bool, **options: object) -> None:
        failed = self._once()
        while stay:
            begun = clock.now()
            while clock.now() - begun < PERIOD and waiting() < EVENTS:
                time.sleep(LOOK)
            failed = self._once()
        if failed:
            raise CommandError(f"Not told: {', '.join(failed)}")

    def _once(self) -> list[str]:
        made = sequence(clock.now())
        if made is not None:
            self.stdout.write(made.line())
        failed = tell_witnesses(lines_after)
        for address in failed:
            self.stderr.write(f"Not told: {address}")
        return failed
