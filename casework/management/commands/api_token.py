"""`manage.py api_token USERNAME --hours N`: print one token for the API, once."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from casework.accounts.tokens import LONGEST_HOURS, issue_token
from casework.base import clock
from casework.base.refusals import Refused
from casework.organisations.models import User


class Command(BaseCommand):
    help = "Print a token for the API. Use it as: Authorization: Token <token>. It cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--hours", type=int, default=8, help=f"how long it lasts: 1 to {LONGEST_HOURS} (8)"
        )

    def handle(self, *args: object, username: str, hours: int, **options: object) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(_("There is no user named %(name)s.") % {"name": username})
        try:
            token = issue_token(user=user, hours=hours, at=clock.now())
        except Refused as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self.stdout.write(token)
