"""`manage.py verify_audit`: walk the whole memory; exit 1 and name the first break."""

from argparse import ArgumentParser
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from casework.audit.evidence import BadWitness, Checkpoint, Walk, read_line, read_witness
from casework.audit.verify import all_breaks, one_view_of_the_log
from casework.base import clock


class Command(BaseCommand):
    help = "Check that no audit event was changed, removed, added or moved since it was written."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--witness", type=Path, help="file with the lines that were handed to a witness")
        parser.add_argument(
            "--line", action="append", nargs="+", default=[], help="one line, as scanned or typed from paper"
        )
        parser.add_argument(
            "--silence",
            type=int,
            metavar="MINUTES",
            help="fail when the newest checkpoint is older than this",
        )

    def handle(
        self,
        *args: object,
        witness: Path | None,
        line: list[list[str]],
        silence: int | None,
        **options: object,
    ) -> None:
        witnessed, walk = _lines(witness, line), Walk()
        with one_view_of_the_log(), closing(all_breaks(walk, witnessed)) as found:  # type: ignore[type-var]
            first = next(found, None)
        if first is not None:
            raise CommandError(f"The audit log is broken: {first}")
        is_silent = walk.newest is None or clock.now() - walk.newest > timedelta(minutes=silence or 0)
        if silence is not None and is_silent:
            raise CommandError(f"The audit log is silent: the newest checkpoint is of {walk.newest}.")
        self.stdout.write(f"{walk.events} events in {walk.chains} chains intact")
        self.stdout.write(
            f"{walk.checkpoints} checkpoints, {walk.events - walk.leaves} events not yet in the tree, "
            f"{len(witnessed)} lines of the witness"
        )


def _lines(witness: Path | None, typed: list[list[str]]) -> list[Checkpoint]:
    try:
        kept = read_witness(witness.read_text("utf-8").splitlines()) if witness else []
        return kept + [read_line(" ".join(words)) for words in typed]
    except (OSError, UnicodeDecodeError, BadWitness) as error:
        raise CommandError(f"The witness cannot be read: {error}") from error
