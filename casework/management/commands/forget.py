"""`manage.py forget`: remove what is kept for a time only."""

from django.core.management.base import BaseCommand

from casework.attachments.queries import forget_strays
from casework.base import clock
from casework.http.drafts import forget_drafts
from casework.http.idempotency import forget_keys
from casework.notifications.outbox import forget_notices


class Command(BaseCommand):
    help = (
        "Remove keys of requests older than a day, drafts older than a week and drafts of closed accounts, stray files, "
        "old notices."
    )

    def handle(self, *args: object, **options: object) -> None:
        now = clock.now()
        self.stdout.write(
            f"{forget_keys(now)} keys, {forget_drafts(now)} drafts, {forget_strays(now)} stray files "
            f"and {forget_notices(now)} notices forgotten"
        )
