"""Disclosure control on made-up provinces: time, memory, what is lost against the proven best, and the auditor's verdict.

    python -m bench.suppression                     provinces of 45 and 130 communes, one year
    python -m bench.suppression --history           45 communes: ten years, half-years, a pool, all published in turn
    python -m bench.suppression --nation 34 97      provinces and communes of each: 3,300 communes
    python -m bench.suppression --nation 34 97 --exact

Seconds are of one processor. "Loss" counts hidden figures, secrets among them; "chosen" are those hidden for others' sake.
Interval rule alone: the least loss is proven by exact mode. All rules: households, groups and singletons too.
"""

import argparse
import resource
import time
from collections.abc import Sequence
from dataclasses import replace

from casework.auditor import Report, audit
from casework.disclosure import PUBLIC, Plan, RuleSet, Wish, protect, true_figures
from casework.disclosure.people import People
from casework.statistics.repair import auditor_of, demands_of
from casework.tables import Cell, Codes, Coordinate, Tables
from tests.disclosure.provinces import one_way_figures, one_way_nation, several_answers

INTERVAL = replace(PUBLIC, name="interval", smallest_households=0, groups=(), singletons=False)


def judged(wish: Wish, cells: Sequence[Cell], rules: RuleSet) -> tuple[Report, float]:
    """The verdict of an auditor who knows the truth, and the seconds it took."""
    exact, also = true_figures(wish, rules)
    began = time.process_time()
    tables = Tables(wish.dims, (*wish.public, *cells), wish.codes)
    report = audit(tables, demands=demands_of(rules), exact=exact, also_sensitive=also)
    return report, time.process_time() - began


def said(report: Report) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in report.counts.items() if count) or "nothing found"


def totals_hidden(wish: Wish, plan: Plan) -> tuple[int, int]:
    """Totals of places hidden though they are no secret: of communes, and of the province or above."""
    lost = [
        cell
        for cell in plan.cells
        if cell.value is None
        and not any(cell.at[2:])
        and wish.people.count(cell.at)[0] >= PUBLIC.smallest_shown
    ]
    upper = sum(cell.at[0] in wish.upper for cell in lost)
    return len(lost) - upper, upper


def memory() -> int:
    """The most memory this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def year(label: str, people: People, seed: int) -> None:
    """One year: quick and exact by the interval rule alone, then quick with all rules and the auditor."""
    wish = Wish(people, one_way_figures(people), frozenset({"VN", "P00"}))
    plans: dict[str, Plan] = {}
    for mode in ("quick", "exact"):
        began = time.process_time()
        plan = plans[mode] = protect(wish, INTERVAL, seed=seed, mode=mode, limit=240)  # type: ignore[arg-type]
        spent = time.process_time() - began
        proof = f", bound {plan.bound:g}, proven {plan.is_proven}" if plan.bound is not None else ""
        print(
            f"{label} seed {seed} interval {mode}: {spent:.1f} s, secrets {plan.secret}, chosen {plan.chosen}{proof}"
        )
    quick, exact = (plan.secret + plan.chosen for plan in plans.values())
    began = time.process_time()
    plan = protect(wish, PUBLIC, seed=seed)
    alone = time.process_time() - began
    report, spent = judged(wish, plan.cells, PUBLIC)
    outside = audit(Tables(people.dims, plan.cells, people.codes))
    communes, upper = totals_hidden(wish, plan)
    print(
        f"{label} seed {seed} all rules: {len(plan.cells)} figures, {alone:.1f} s, chosen {plan.chosen}; "
        f"loss quick/best {quick / exact:.3f}, chosen only {plans['quick'].chosen}/{plans['exact'].chosen}, "
        f"all rules/best {(plan.secret + plan.chosen) / exact:.3f}; totals hidden in vain: {communes} of communes, "
        f"{upper} above; audit {spent:.1f} s: {said(report)}; from outside: {said(outside)}; {memory()} MB",
        flush=True,
    )


def nation(provinces: int, communes: int, mode: str) -> None:
    """A nation by provinces, all rules; exact mode proves the interval rule."""
    people = one_way_nation(provinces=provinces, communes=communes, seed=1)
    upper = frozenset({"VN", *(f"P{number:02}" for number in range(provinces))})
    wish = Wish(people, one_way_figures(people, with_nation=True), upper)
    rules = INTERVAL if mode == "exact" else PUBLIC
    began = time.process_time()
    plan = protect(wish, rules, seed=1, mode=mode, limit=1200)  # type: ignore[arg-type]
    spent = time.process_time() - began
    held = memory()
    print(
        f"nation {provinces} x {communes} {mode} ({rules.name}): {len(plan.cells)} figures, {spent:.0f} s, "
        f"secrets {plan.secret}, chosen {plan.chosen}, loss {plan.loss:g}, bound {plan.bound}, "
        f"proven {plan.is_proven}, {held} MB",
        flush=True,
    )
    report, audited = judged(wish, plan.cells, rules)
    outside = audit(Tables(people.dims, plan.cells, people.codes))
    print(
        f"  audit {audited:.0f} s: {said(report)}; from outside: {said(outside)}; {memory()} MB", flush=True
    )


def history(communes: int) -> None:
    """Ten years of releases, one after the other: years, half-years of the province, a pool; then all are attacked."""
    halves = [f"{year}-H{half}" for year in range(2016, 2026) for half in (1, 2)]
    flat = one_way_nation(provinces=1, communes=communes, seed=1, years=halves, mean=6.5)
    rows = [row for row in flat.codes.rows() if row[0] != "period"]
    years = [str(year) for year in range(2016, 2026)]
    pools = {"2023-2025": years[-3:], "2020-2022": years[-6:-3]}
    rows += [("period", year, "", False) for year in years]
    rows += [("period", half, half[:4], True) for half in halves]
    rows += [("period", pool, "", False) for pool in pools]
    rows += [("period", half, pool, True) for pool, of in pools.items() for half in halves if half[:4] in of]
    leaves = flat.leaves
    people = People(
        flat.dims,
        Codes.of(rows),
        (
            (tuple(leaves[number][leaf] for number, leaf in enumerate(row)), int(home))
            for row, home in zip(flat.at.tolist(), flat.household.tolist(), strict=True)
        ),
    )
    public: list[Cell] = []
    # A pool is planned together with the years it holds; half-years of the province come out beside each year.
    steps: list[list[str]] = [[year] for year in years[:4]]
    steps += [[*of, pool] for pool, of in sorted(pools.items())]
    for periods in steps:
        figures: list[tuple[str, Coordinate]] = []
        for period in periods:
            figures += one_way_figures(people, period, periods=[period])
            for half in (1, 2):
                if period in years:
                    name = f"{period}-H{half}"
                    figures += [f for f in one_way_figures(people, name, periods=[name]) if f[1][0] == "P00"]
        wish = Wish(people, figures, frozenset({"VN", "P00"}), tuple(public))
        began = time.process_time()
        plan = protect(wish, PUBLIC, seed=1, auditor=auditor_of(wish, PUBLIC))
        public += plan.cells
        print(
            f"history {'+'.join(periods)}: {len(plan.cells)} figures, secrets {plan.secret}, chosen {plan.chosen}, "
            f"rounds {plan.rounds}, {time.process_time() - began:.1f} s",
            flush=True,
        )
    wish = Wish(people, [(cell.release, cell.at) for cell in public], frozenset({"VN", "P00"}))
    report, spent = judged(wish, public, PUBLIC)
    outside = audit(Tables(people.dims, tuple(public), people.codes))
    print(
        f"history: {len(report.releases)} releases, {report.cells} figures, {report.hidden} hidden, "
        f"{report.atoms} joint atoms; audit {spent:.1f} s: {said(report)}; from outside: {said(outside)}; {memory()} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nation", nargs=2, type=int, metavar=("PROVINCES", "COMMUNES"))
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--history", action="store_true")
    parser.add_argument("--communes", nargs="+", type=int, default=[45, 130])
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    if asked.nation:
        nation(*asked.nation, "exact" if asked.exact else "quick")
    elif asked.history:
        history(asked.communes[0])
    else:
        for communes in asked.communes:
            for seed in range(asked.seeds if communes < 100 else 1):
                year(f"{communes} communes", one_way_nation(provinces=1, communes=communes, seed=seed), seed)
            year(f"{communes} communes, several answers", several_answers(communes=communes, seed=1), 1)


if __name__ == "__main__":
    main()
