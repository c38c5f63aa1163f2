"""What a paper costs: `python -m bench.papers` prints what drawing, looking through and keeping take, one beside another.

Everything is measured in turns in one run; trust the shares. Forty papers have to be issued within ten seconds.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.test.utils import get_runner, setup_test_environment, teardown_test_environment

from casework.attachments.keeping import sealed
from casework.official_forms import actions, kinds, queries, sources
from tests.matrix.file import File, build_file
from tests.world import build_world

PAPERS, ROUNDS = 40, 15
# A decision has one paper; these can be made again and again.
KINDS = ("commitment", "monitor_assignment", "case_summary", "minutes_critique", "referral_letter")


def medians(variants: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Milliseconds of CPU time, the median of rounds in which all variants run one after the other."""
    taken: dict[str, list[float]] = {name: [] for name in variants}
    for _round in range(ROUNDS):
        for name, call in variants.items():
            start = time.process_time()
            call()
            taken[name].append((time.process_time() - start) * 1000)
    return {name: statistics.median(found) for name, found in taken.items()}


def measure(file: File) -> None:
    world, case = file.world, file.case
    offers = queries.offers_of(world.lan, case, at=world.now)
    about = {one.kind.code: one.subject for one in offers if not one.missing}
    kind, subject = kinds.kind_of("ban_decision"), about["ban_decision"]
    values = sources.values_of(kind, subject.row, at=world.now)
    dress = queries.dress_of(
        unit=world.agencies["committee"],
        by=world.lan,
        at=world.now,
        reaches_abuser=True,
        number="1",
        code="7ZK3M0QA4",
    )
    guarded = queries.guarded_of(case, kind)
    made = queries.drawn(kind, values, dress, at=world.now)
    found = medians(
        {
            "fill": lambda: sources.values_of(kind, subject.row, at=world.now),
            "draw": lambda: queries.drawn(kind, values, dress, at=world.now),
            "look through": lambda: queries.looked_through(made.content, "x.pdf", guarded),
            "collect what is guarded": lambda: queries.guarded_of(case, kind),
            "seal": lambda: sealed(made.content, "x.pdf").close(),
        }
    )
    print(f"\none paper of {len(made.content) / 1000:.0f} kB")
    for name, took in found.items():
        print(f"  {name:26} {took:7.1f} ms   {took / found['draw']:5.2f} of drawing")
    start, cpu = time.monotonic(), time.process_time()
    for place in range(PAPERS):
        code = KINDS[place % len(KINDS)]
        answers = {"kind": code, "about": about[code].pk, "form": "pdf"}
        actions.issue_paper(case=case, by=world.lan, at=world.now, answers=answers)
    took, cpu = time.monotonic() - start, time.process_time() - cpu
    print(f"  {PAPERS} papers issued in {took:.1f} s, {cpu:.1f} s of CPU")


def main() -> None:
    setup_test_environment()
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases(serialized_aliases=set())
    try:
        measure(build_file(build_world()))
    finally:
        runner.teardown_databases(databases)
        teardown_test_environment()


if __name__ == "__main__":
    main()
