"""`manage.py erase_due`: carry out what two people decided more than seven days ago, and write the list of erasures."""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from casework.audit.witnesses import tell_witnesses
from casework.base import clock
from casework.base.refusals import Refused
from casework.disposal import queries
from casework.disposal.actions import (
    carry_out,
    carry_out_of_report,
    lapse_disposal,
    lapse_report_disposal,
)
from casework.disposal.models import Disposal, ReportDisposal
from casework.management.backups.erasures import Erasures, lines_after
from casework.management.backups.manifest import NotGenuine


class Command(BaseCommand):
    help = (
        "Destroy what two people decided to destroy and nobody stopped; run it every day where AUDIT_KEY is."
    )

    def handle(self, *args: object, **options: object) -> None:
        at = clock.now()
        # Before anything is destroyed it is certain that the list can be written.
        self._write(at)
        for disposal in [*queries.unanswered(at), *queries.due(at)]:
            self._settle(disposal, at)
        # Every day, also when nothing was done: a list that is old may lack something.
        self.stdout.write(f"{self._write(at)}")
        # Now, not with the next checkpoint: from here on the witnesses make a restore forget it too.
        for address in tell_witnesses(lines_after):
            self.stderr.write(f"Not told: {address}")

    def _write(self, at: datetime) -> Path:
        if settings.ERASURE_LIST is None:
            raise CommandError(
                "ERASURE_LIST is not set: without the list, an older backup would bring back what is destroyed."
            )
        place = Path(settings.ERASURE_LIST)
        try:
            Erasures.now(at).save(place)
        except (ImproperlyConfigured, NotGenuine, OSError) as error:
            raise CommandError(f"The list of erasures was not written. {error}") from error
        return place

    def _settle(self, disposal: Disposal | ReportDisposal, at: datetime) -> None:
        """Carry it out, or end it where it no longer stands; what only waits, as for the end of a hold, is named."""
        name = str(disposal.subject)
        try:
            state = _carried_out(disposal, at)
        except Refused as refusal:
            try:
                state = _lapsed(disposal, at)
            except Refused:
                self.stderr.write(f"{name} waits: {refusal}")
                return
        self.stdout.write(f"{name}: {state}")


def _carried_out(disposal: Disposal | ReportDisposal, at: datetime) -> str:
    if isinstance(disposal, Disposal):
        return carry_out(disposal=disposal, by=None, at=at).state
    return carry_out_of_report(disposal=disposal, by=None, at=at).state


def _lapsed(disposal: Disposal | ReportDisposal, at: datetime) -> str:
    if isinstance(disposal, Disposal):
        return lapse_disposal(disposal=disposal, by=None, at=at).state
    return lapse_report_disposal(disposal=disposal, by=None, at=at).state
