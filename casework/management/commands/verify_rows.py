"""`manage.py verify_rows`: compare every protected row with its seal; exit 1 when one does not match."""

from django.core.management.base import BaseCommand, CommandError

from casework.access.opening import tell_damage
from casework.access.seals import forged_events, sweep


class Command(BaseCommand):
    help = "Check that every protected row is what was last written through the product; run it every night."

    def handle(self, *args: object, **options: object) -> None:
        looked = 0

        def count(_kind: str, rows: int) -> None:
            nonlocal looked
            looked += rows

        found = list(sweep(count))
        tell_damage(found)
        forged = list(forged_events())
        for damage in found:
            self.stderr.write(f"{damage.kind} {damage.row}: {damage.why}")
        for event in forged:
            self.stderr.write(f"event {event}: its seals are not those that were written with it")
        if found or forged:
            raise CommandError(f"{len(found)} of {looked} rows damaged, {len(forged)} events forged")
        self.stdout.write(f"{looked} rows match their seals")
