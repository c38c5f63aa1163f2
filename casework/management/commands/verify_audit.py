"""`manage.py verify_audit`: walk every chain of the memory; exit 1 and name the first break."""

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from casework.audit.verify import Walk, breaks


class Command(BaseCommand):
    help = "Check that no audit event was changed, removed, added or moved since it was written."

    def handle(self, *args: object, **options: object) -> None:
        walk = Walk()
        nested = connection.in_atomic_block
        # One view of the whole log: an event written while we walk must not look like a break.
        with transaction.atomic():
            if connection.vendor == "postgresql" and not nested:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            first = next(breaks(walk), None)
        if first is not None:
            raise CommandError(f"The audit log is broken: {first}")
        self.stdout.write(f"{walk.events} events in {walk.chains} chains intact")
