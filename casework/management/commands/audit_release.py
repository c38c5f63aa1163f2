"""`manage.py audit_release DIR`: attack published tables, ours or anybody's; exit 1 when somebody is given away."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from casework.auditor import Demands, Finding, Kind, Report, audit
from casework.tables import TableFault, read_tables


class Command(BaseCommand):
    help = "Attack published tables as somebody with a solver would, over all releases together."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="codes.csv and tables: release, dimensions, value")
        parser.add_argument("--exact", type=Path, help="the same with nothing hidden, to demand more")
        parser.add_argument(
            "--smallest", type=int, default=5, metavar="K", help="smallest count that is shown"
        )
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the verdict for machines")
        parser.add_argument("--most", type=int, default=50, help="findings named at most (default 50)")

    def handle(
        self,
        *args: object,
        folder: Path,
        exact: Path | None,
        smallest: int,
        json: Path | None,
        most: int,
        **options: object,
    ) -> None:
        try:
            tables = read_tables(folder)
            truth = None
            if exact is not None:
                known = read_tables(exact)
                if known.dims != tables.dims:
                    raise TableFault(f"{exact}: other dimensions than {folder}")
                truth = {cell.at: cell.value for cell in known.cells if cell.value is not None}
            report = audit(tables, demands=Demands(smallest_shown=smallest), exact=truth)
        except (TableFault, OSError, UnicodeDecodeError) as error:
            raise CommandError(_("The tables cannot be read: %(why)s") % {"why": error}) from error
        if json is not None:
            json.write_text(report.as_json() + "\n", encoding="utf-8")
        self._say(report, most)
        if not report.is_safe:
            raise CommandError(
                _("%(count)s findings: these tables give people away.") % {"count": len(report.findings)}
            )
        self.stdout.write(_("Nothing was found: these tables give nobody away."))

    def _say(self, report: Report, most: int) -> None:
        self.stdout.write(
            _("Releases: %(releases)s. Figures: %(cells)s, hidden: %(hidden)s. Joint atoms: %(atoms)s.")
            % {
                "releases": len(report.releases),
                "cells": report.cells,
                "hidden": report.hidden,
                "atoms": report.atoms,
            }
        )
        for finding in report.findings[:most]:
            self.stdout.write(f"{_named(report, finding.at)}: {_said(report, finding)}")
        if len(report.findings) > most:
            self.stdout.write(_("… and %(count)s more.") % {"count": len(report.findings) - most})
        self.stdout.write(f"sha256 {report.sha256}")


def _named(report: Report, at: tuple[str, ...]) -> str:
    return ", ".join(f"{dim} {code}" for dim, code in zip(report.dims, at, strict=True) if code) or "-"


def _said(report: Report, finding: Finding) -> str:
    values = {
        "low": f"{finding.low:g}",
        "high": f"{finding.high:g}",
        "through": _named(report, finding.through) if finding.through else "-",
    }
    words = {
        Kind.CONTRADICTION: _("the published figures contradict one another"),
        Kind.EXACT: _("the hidden figure is exactly %(low)s"),
        Kind.SMALL: _("the hidden figure lies between %(low)s and %(high)s, which is too narrow"),
        Kind.GROUP: _("everybody is of one kind: %(through)s"),
        Kind.DIFFERENCE: _("between %(low)s and %(high)s people are left by subtraction (%(through)s)"),
        Kind.SINGLETON: _("whoever is alone in %(through)s knows that this is %(low)s"),
    }
    return words[finding.kind] % values
