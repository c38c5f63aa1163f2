"""`manage.py make_administrator USERNAME`: the first account of a new installation."""

import getpass
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from casework.accounts.first import first_administrator
from casework.base import clock
from casework.base.refusals import Refused
from casework.organisations.models import Area


class Command(BaseCommand):
    """Makes the first administrator, who makes every other account."""

    help = "Make the first account, an administrator. Asks for the password twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--full-name", required=True)
        parser.add_argument("--office", required=True, help="name of the administrator's office")

    def handle(self, *_args: Any, **options: Any) -> None:
        area = Area.objects.filter(
            code=settings.HOME_PROVINCE, parent__isnull=True, valid_to__isnull=True
        ).first()
        if area is None:
            raise CommandError("The home province is not loaded. Run migrate first.")
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("Password again: "):
            raise CommandError("The passwords differ.")
        try:
            validate_password(password)
            first_administrator(
                username=options["username"],
                full_name=options["full_name"],
                office=options["office"],
                area=area,
                since=clock.local_date(clock.now()),
                password=password,
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except Refused as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self.stdout.write("The administrator can sign in.")
