"""`manage.py rebuild_cube [--check]`: read every fact anew off its case; with --check only compare, exit 1 on drift."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from casework.statistics.cube import forget_facts
from casework.statistics.facts import drift, rebuild


class Command(BaseCommand):
    help = "Compare what figures are counted from with the cases themselves, and mend it; run --check every night."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; exit 1 when something differs"
        )

    def handle(self, *args: object, check: bool, **options: object) -> None:
        found = drift() if check else rebuild()
        said = f"{found.cases} cases, drift {found.total}"
        if found.erased:
            said += f" ({found.erased} of destroyed cases)"
        if check and found.total:
            raise CommandError(f"{said}: run rebuild_cube")
        if not check:
            forget_facts()
            said += ", mended" if found.total else ""
        self.stdout.write(said)
        if not check and found.erased:
            self.stdout.write("Start the web servers anew: they hold facts that are no more.")
