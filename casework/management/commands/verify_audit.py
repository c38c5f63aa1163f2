"""`manage.py verify_audit`: walk every chain of the memory; exit 1 and name the first break."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from casework.audit.verify import Walk, breaks


class Command(BaseCommand):
    help = "Check that no audit event was changed, removed, added or moved since it was written."

    def handle(self, *args: object, **options: object) -> None:
        walk = Walk()
        with one_view_of_the_log(), closing(breaks(walk)) as found:  # type: ignore[type-var]
            first = next(found, None)
        if first is not None:
            raise CommandError(f"The audit log is broken: {first}")
        self.stdout.write(f"{walk.events} events in {walk.chains} chains intact")


@contextmanager
def one_view_of_the_log() -> Iterator[None]:
    """Read as of one instant: an event written while we walk must not look like a break.

    Not `atomic()`, which on SQLite would hold the lock of writers for as long as the walk takes.
    """
    if connection.in_atomic_block:
        yield
        return
    begin = "BEGIN DEFERRED"
    if connection.vendor == "postgresql":
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    with connection.cursor() as cursor:
        cursor.execute(begin)
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
