"""`manage.py rotate_keys`: wrap every data key by the current master key."""

from django.core.management.base import BaseCommand, CommandError

from casework.encryption.canary import WrongKey, verify_canary
from casework.management.renewal.master import rewrap
from casework.management.renewal.steps import NotDone


class Command(BaseCommand):
    help = (
        "Wrap every data key by the master key that MASTER_KEY_CURRENT names, while people work. "
        "Killed, it goes on where it was when it is run again; run once more, it does nothing."
    )

    def handle(self, *args: object, **options: object) -> None:
        try:
            verify_canary()
            done = rewrap()
        except (NotDone, WrongKey) as error:
            raise CommandError(str(error)) from error
        if done is None:
            self.stdout.write("Nothing to do: every data key is under the current master key.")
            return
        self.stdout.write(f"{done.done} data keys are under master key {done.number}")
        if done.left:
            raise CommandError(
                f"{done.left} data keys are damaged and were left as they are: see `keys check`."
            )
