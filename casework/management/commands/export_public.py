"""`manage.py export_public --out DIR`: everything ever published, so that anybody can try to break it."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from casework.releases.queries import public_tables
from casework.tables import write_tables


class Command(BaseCommand):
    help = (
        "Write everything ever published, withdrawn or not, as CSV with its code lists: what `audit_release` reads. "
        "The same figures are the same files, byte for byte."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="a folder; made where it is not there")

    def handle(self, *args: object, out: Path, **options: object) -> None:
        tables = public_tables()
        write_tables(out, tables)
        self.stdout.write(
            _("%(cells)s figures of %(releases)s tables, %(hidden)s hidden.")
            % {
                "cells": len(tables.cells),
                "releases": len({cell.release for cell in tables.cells}),
                "hidden": sum(cell.value is None for cell in tables.cells),
            }
        )
