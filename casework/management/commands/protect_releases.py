"""`manage.py protect_releases`: work out the plans that were asked for, outside any request; `--stay` to go on."""

import logging
import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.core.management.base import BaseCommand
from django.db.models import Q, QuerySet

from casework.base import clock
from casework.base.refusals import Refused
from casework.disclosure import Refused as Unprotected
from casework.disclosure import Stopped
from casework.releases import queries
from casework.releases.actions import audit_release, fail_protection, protect_release
from casework.releases.models import Protection, Release
from casework.releases.planning import NotCounted, key_of
from casework.tables import TableFault

log = logging.getLogger(__name__)

# One worker has a protection for so long beyond its limit; then another may take it.
SPARE: Final = timedelta(minutes=10)
# Between two looks, and between two words of how far it is, in seconds.
LOOK: Final = 2.0
SAID_EVERY: Final = 0.5


class Command(BaseCommand):
    help = "Work out what releases have to hide, and have each plan audited. Safe to run twice at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--stay", action="store_true", help="go on, looking every two seconds")

    def handle(self, *args: object, stay: bool, **options: object) -> None:
        while True:
            for pk in list(_waiting().values_list("pk", flat=True)):
                self._take(pk)
            if not stay:
                return
            time.sleep(LOOK)

    def _take(self, pk: UUID) -> None:
        at = clock.now()
        job = Protection.objects.select_related("release__province", "asked_by").get(pk=pk)
        until = at + timedelta(seconds=job.limit) + SPARE
        if not _waiting().filter(pk=pk).update(taken_until=until):
            return
        try:
            self._work(job)
        except Exception:
            log.exception("a release could not be worked out")
            _fail(job, "broken")

    def _work(self, job: Protection) -> None:
        if job.release.state != Release.DRAFT:
            audit_release(release=job.release, by=job.asked_by, at=clock.now())
            Protection.objects.filter(pk=job.pk).delete()
            return
        try:
            plan = queries.work_out(
                job.release,
                progress=_Telling(job),
                is_cancelled=lambda: Protection.objects.filter(pk=job.pk, is_cancelled=True).exists(),
                limit=job.limit,
            )
        except Stopped:
            _fail(job, "cancelled")
        except Unprotected as error:
            why = "moved" if "snapshot" in str(error) else "unprotectable"
            _fail(job, why, key_of(error.at))
        except NotCounted as error:
            _fail(job, "not_counted", str(error))
        except (TableFault, queries.Damaged):
            log.exception("the figures of a release cannot be read")
            _fail(job, "damaged")
        else:
            self._keep(job, plan)

    def _keep(self, job: Protection, plan: queries.WorkedOut) -> None:
        try:
            release = protect_release(release=job.release, by=job.asked_by, at=clock.now(), plan=plan)
            audit_release(release=release, by=job.asked_by, at=clock.now())
        except Refused:
            log.exception("a plan was worked out and not kept")
            _fail(job, "broken")
            return
        self.stdout.write(f"{release.pk}: {release.cells} figures, {release.hidden} hidden")


class _Telling:
    """Writes down how far a protection is, not too often."""

    def __init__(self, job: Protection) -> None:
        self._job, self._next = job, 0.0

    def __call__(self, stage: str, done: int, of: int) -> None:
        if time.monotonic() >= self._next:
            Protection.objects.filter(pk=self._job.pk).update(stage=stage, done=done, of=of)
            self._next = time.monotonic() + SAID_EVERY


def _waiting() -> "QuerySet[Protection]":
    return Protection.objects.filter(Q(taken_until=None) | Q(taken_until__lt=clock.now()))


def _fail(job: Protection, why: str, place: str = "") -> None:
    release = Release.objects.everything(reason="its protection was asked for").get(pk=job.pk)
    if release.state == Release.DRAFT:
        fail_protection(release=release, by=job.asked_by, at=clock.now(), why=why, place=place)
    else:
        Protection.objects.filter(pk=job.pk).delete()
