"""`manage.py rotate_index_key`: write every entry of the blind indexes under the newest index key too."""

from django.core.management.base import BaseCommand, CommandError

from casework.encryption.canary import WrongKey, verify_canary
from casework.management.renewal.index import reindex
from casework.management.renewal.steps import NotDone


class Command(BaseCommand):
    help = (
        "Make everybody findable under the newest index key, beside the old one, while people work. "
        "Killed, it goes on where it was when it is run again; run once more, it does nothing."
    )

    def handle(self, *args: object, **options: object) -> None:
        try:
            verify_canary()
            done = reindex()
        except (NotDone, WrongKey) as error:
            raise CommandError(str(error)) from error
        if done is None:
            self.stdout.write("Nothing to do: every value can be found under the newest index key.")
            return
        self.stdout.write(f"{done.done} people written under index key {done.number}")
        if done.left:
            raise CommandError(f"{done.left} entries are of people whose values do not open; they were left.")
