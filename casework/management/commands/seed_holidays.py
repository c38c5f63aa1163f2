"""`manage.py seed_holidays`: bring the table of days off to this year and the next three."""

from django.core.management.base import BaseCommand

from casework.base import clock
from casework.deadlines.days_off import seed_holidays


class Command(BaseCommand):
    help = (
        "Add the public holidays of Viet Nam that the table does not know yet; what somebody has set stays."
    )

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"{seed_holidays(clock.local_date(clock.now()).year)} days added")
