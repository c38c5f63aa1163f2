"""`manage.py take_over_register YEAR FILE --by NAME`: freeze a year that was counted before this system was there."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from casework.base import clock
from casework.base.refusals import Refused
from casework.organisations.models import User
from casework.releases.actions import take_over_register
from casework.releases.planning import Frozen


class Command(BaseCommand):
    help = (
        "Freeze a year from the registers kept before: a CSV with place, time, the answers by dimension and the number of "
        "the household, one row for each person counted, as `casework/releases/planning.py` writes it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("year", type=int)
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", required=True, help="user name of whoever answers for it")

    def handle(self, *args: object, year: int, file: Path, by: str, **options: object) -> None:
        user = User.objects.filter(username=by).first()
        if user is None:
            raise CommandError(_("There is no such user."))
        try:
            read = Frozen.read(year, 1, file.read_text("utf-8-sig"))
            snapshot = take_over_register(
                by=user, at=clock.now(), year=year, people=read.people, dims=read.dims
            )
        except (OSError, ValueError, IndexError) as error:
            raise CommandError(_("The file cannot be read.")) from error
        except Refused as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self.stdout.write(
            _("%(people)s people of %(year)s are frozen.") % {"people": snapshot.people, "year": year}
        )
