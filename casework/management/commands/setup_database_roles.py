"""`manage.py setup_database_roles`: make the roles of PostgreSQL and give each what it may do, and nothing else."""

from argparse import ArgumentParser
from dataclasses import asdict, fields

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection

from casework.access.database_roles import Roles, set_up

_SHOWN = ("CREATE", "ALTER ROLE", "ALTER DATABASE", "ALTER SCHEMA")


class Command(BaseCommand):
    help = (
        "Make the roles of the database and give each its rights; run it as a superuser, after every migrate."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        for one in fields(Roles):
            parser.add_argument(
                f"--{one.name}", default=one.default, help=f"its name (default {one.default})"
            )

    def handle(self, *args: object, verbosity: int, **options: str) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Only PostgreSQL has roles.")
        roles = Roles(**{one.name: options[one.name] for one in fields(Roles)})
        try:
            done = set_up(roles)
        except LookupError as error:
            raise CommandError(
                f"The table {error.args[0]} is not there: run `migrate` and `createcachetable` first."
            ) from error
        except Error as error:
            raise CommandError(f"Nothing was changed. {error}") from error
        kept = [one for one in done if verbosity > 1 or one.startswith(_SHOWN)]
        for statement in kept:
            self.stdout.write(f"{statement};")
        if len(kept) < len(done):
            self.stdout.write(
                f"and {len(done) - len(kept)} more about owners and rights (--verbosity 2 shows all)"
            )
        names = asdict(roles)
        self.stdout.write(
            "Give each a way to sign in, as `\\password {migrator}` in psql does. Sign in as {application} for the web "
            "servers, {keeper} for the jobs, {migrator} to migrate and restore.".format(**names)
        )
