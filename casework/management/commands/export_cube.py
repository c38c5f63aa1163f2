"""`manage.py export_cube --out DIR --by USER --reason TEXT`: exact figures as CSV, for somebody entitled to them."""

from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from casework.access.decisions import may
from casework.access.opening import refuse, seal_reason
from casework.audit.acting import acting_as
from casework.audit.log import record
from casework.audit.models import AuditEvent
from casework.base import clock
from casework.organisations.models import User
from casework.releases.queries import published_exactly
from casework.statistics.cube import MEASURED, PERSONS, exact_tables
from casework.statistics.dimensions import months_in
from casework.statistics.queries import areas_of
from casework.tables import TableFault, write_tables

VERB = "statistics.export_cube"


class Command(BaseCommand):
    help = (
        "Write exact figures, with nothing hidden: never to be published or passed on. Asks for the password."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="a folder that is not there yet")
        parser.add_argument("--by", required=True, metavar="USER", help="who answers for it")
        parser.add_argument("--reason", required=True, help="what for; kept in the memory, sealed")
        parser.add_argument(
            "--area", default="", metavar="CODE", help="one of their areas; all when left out"
        )
        parser.add_argument(
            "--period", default="", help="2026, 2026R, 2024-2026, 2026-Q1; everything when left out"
        )
        parser.add_argument("--counted", choices=MEASURED, default=PERSONS)
        parser.add_argument(
            "--published",
            action="store_true",
            help="every figure that was ever published, as it was frozen: what an attack on export_public is graded by",
        )

    def handle(
        self,
        *args: object,
        out: Path,
        by: str,
        reason: str,
        area: str,
        period: str,
        counted: str,
        published: bool,
        **options: object,
    ) -> None:
        at = clock.now()
        user = self._entitled(by)
        if not reason.strip():
            raise CommandError(_("Write what the figures are for."))
        mine = [one for one in areas_of(user, at, VERB) if area in ("", one.code)]
        if not mine:
            raise CommandError(_("There is no such area among those of %(name)s.") % {"name": by})
        if published and (period or counted != PERSONS):
            raise CommandError(_("Published figures are all exported together, and count people."))
        if published and not any(one.parent_id is None for one in mine):
            raise CommandError(_("Published figures are those of a whole province."))
        if out.exists():
            raise CommandError(_("%(path)s is there already.") % {"path": out})
        try:
            months = months_in(period) if period else None
            tables = (
                published_exactly(mine) if published else exact_tables(counted, months=months, areas=mine)
            )
        except (TableFault, ValueError) as error:
            raise CommandError(_("The tables cannot be made: %(why)s") % {"why": error}) from error
        with transaction.atomic(), acting_as(actor_id=user.pk, at=at):
            # Written before anything leaves: without it there are no figures.
            record(
                action=VERB,
                outcome=AuditEvent.READ,
                actor_id=user.pk,
                detail={
                    "areas": [one.code for one in mine if one.parent_id is None]
                    or [one.code for one in mine],
                    "period": period,
                    "counted": counted,
                    "published": published,
                    "cells": len(tables.cells),
                },
                reason=seal_reason(reason, case_id=None, user_id=user.pk),
            )
        out.mkdir(mode=0o700, parents=True)
        write_tables(out, tables, name="exact.csv")
        for path in out.iterdir():
            path.chmod(0o600)
        self.stdout.write(f"{len(tables.cells)} cells")

    def _entitled(self, name: str) -> User:
        user = User.objects.filter(username=name, is_active=True).first()
        if user is None or not user.check_password(getpass(f"{name}: ")):
            raise CommandError(_("%(name)s: no such active person, or another password.") % {"name": name})
        if not may(user, VERB, at=clock.now()):
            refuse(user, VERB)
            raise CommandError(_("%(name)s has no right to exact figures as files.") % {"name": name})
        return user
