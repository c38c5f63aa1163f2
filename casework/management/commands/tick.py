"""`manage.py tick`: everything that is to be done by the clock, from one line of cron or for good with `--stay`."""

import logging
import time
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from casework.base import clock
from casework.base.models import give_back_turn, is_turn
from casework.deadlines.machine import Ran, run_minute, start_owed
from casework.national_database.queries import clocks_owed
from casework.notifications.outbox import deliver

log = logging.getLogger(__name__)

MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)
# Clocks first, then messages; the next minute finds both done or goes on with them.
CLOCKS, MESSAGES = timedelta(seconds=40), timedelta(seconds=50)
# Between two looks at the messages, in seconds.
LOOK: Final = 5.0
# Once a day, each.
DAILY: Final = ("forget", "clearsessions", "seed_holidays")


def daily() -> tuple[str, ...]:
    """The commands of the day here: what two people decided is destroyed where the list of it is kept and signed."""
    erases = settings.AUDIT_KEY is not None and settings.ERASURE_LIST is not None
    return (*DAILY, "erase_due") if erases else DAILY


class Command(BaseCommand):
    help = (
        "Start, tell of and end what runs by the clock, send what waits, sign a checkpoint, and once a day forget what "
        "is kept for a time only and destroy what two people decided to. Safe to run at any time, also twice at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--stay", action="store_true", help="go on: once a minute, and send in between")

    def handle(self, *args: object, stay: bool, **options: object) -> None:
        while True:
            begun = clock.now()
            failed = self._minute(begun)
            while stay and clock.now() - begun < MINUTE:
                time.sleep(LOOK)
                self._try("messages", partial(deliver, until=begun + MINUTE), failed)
            if not stay:
                break
        if failed:
            raise CommandError(f"Not done: {', '.join(failed)}. It is tried again the next time.")

    def _minute(self, begun: datetime) -> list[str]:
        """What broke; one thing that breaks keeps none of the others from being done."""
        failed: list[str] = []
        ran = self._try(
            "clocks", lambda: run_minute(begun, until=lambda: clock.now() > begun + CLOCKS), failed
        )
        if isinstance(ran, Ran):
            self._say(ran, failed)
        self._try("consignments", lambda: start_owed(clocks_owed(begun), begun), failed)
        self._try("messages", lambda: deliver(until=begun + MESSAGES), failed)
        if settings.AUDIT_KEY is not None:
            self._try("checkpoint", lambda: call_command("checkpoint", stdout=self.stdout), failed)
        for name in daily():
            self._try(name, partial(self._once_a_day, name, begun), failed)
        return failed

    def _once_a_day(self, name: str, begun: datetime) -> None:
        if not is_turn(name, DAY, begun):
            return
        try:
            call_command(name, stdout=self.stdout, stderr=self.stderr)
        except Exception:
            # What was not done is tried again the next minute, not the next day.
            give_back_turn(name)
            raise

    def _try(self, what: str, work: Callable[[], object], failed: list[str]) -> object:
        try:
            return work()
        except Exception:
            log.exception("the minute job could not do its %s", what)
            failed.append(what)
            return None

    def _say(self, ran: Ran, failed: list[str]) -> None:
        if any((ran.started, ran.stopped, ran.told, ran.ended, ran.handed)):
            self.stdout.write(
                f"{ran.started} clocks started, {ran.stopped} stopped, {ran.ended} ended, "
                f"{ran.told} told of, {ran.handed} shifts handed over"
            )
        if ran.unheard:
            self.stderr.write(
                f"{ran.unheard} clocks have nobody who could be told: see that every role is held."
            )
        if ran.failed:
            failed.append("some clocks")
