"""`manage.py export_audit FILE`: the whole memory as lines of JSON, for the verifier that needs nothing of ours."""

import json
import os
from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.db import transaction

from casework.audit.export import exported
from casework.audit.log import record
from casework.audit.models import AuditEvent
from casework.audit.verify import one_view_of_the_log


class Command(BaseCommand):
    help = "Write the audit log as JSON lines: codes, ids and digests; reasons stay sealed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="made with mode 0600; one that is there already is left alone")

    def handle(self, *args: object, file: str, **options: object) -> None:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        written = 0
        with os.fdopen(handle, "w", encoding="utf-8") as out, one_view_of_the_log():
            for written, row in enumerate(exported(), start=1):  # noqa: B007
                out.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
        with transaction.atomic():
            record(
                action="audit.export",
                outcome=AuditEvent.READ,
                actor_id=None,
                detail={"count": written, "form": "log"},
            )
        self.stdout.write(f"{written} lines")
