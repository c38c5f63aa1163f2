"""Protector and auditor at work together: what the one finds, the other mends, until nothing is found.

The two share no code, so they meet here.
"""

from collections.abc import Callable, Iterator, Sequence

from casework.auditor import Demands, Finding, Kind, audit
from casework.disclosure import Leak, Refused, RuleSet, Wish, true_figures
from casework.tables import Tables


def demands_of(rules: RuleSet) -> Demands:
    """The auditor's demands that belong to a rule set."""
    return Demands(rules.smallest_shown, rules.low, rules.groups, rules.vintage)


def auditor_of(wish: Wish, rules: RuleSet) -> Callable[[Tables], Sequence[Leak]]:
    """An auditor who knows the true figures of `wish`, as `protect` asks for."""
    exact, also = true_figures(wish, rules)
    # Whoever is alone is asked about only where the rules ask for it.
    ignored = frozenset() if rules.singletons else frozenset({Kind.SINGLETON})

    def look(tables: Tables) -> Sequence[Leak]:
        report = audit(tables, demands=demands_of(rules), exact=exact, also_sensitive=also)
        return [
            leak
            for finding in report.findings
            if finding.kind not in ignored
            for leak in _leaks(finding, tables, rules)
        ]

    return look


def _leaks(finding: Finding, tables: Tables, rules: RuleSet) -> Iterator[Leak]:
    if finding.kind is Kind.CONTRADICTION:
        at = dict(zip(tables.dims, finding.at, strict=False))
        raise Refused("the published figures contradict one another", at)
    if finding.kind is Kind.GROUP:
        yield Leak("group", finding.at)
    elif finding.kind is Kind.SINGLETON:
        yield Leak("alone", finding.at, finding.through)
    elif finding.through is None or finding.kind is not Kind.DIFFERENCE:
        yield Leak("figure", finding.at)
    else:
        differing = [
            dim
            for dim, one, other in zip(tables.dims, finding.at, finding.through, strict=True)
            if one != other
        ]
        yield Leak("revision" if differing == [rules.vintage] else "remainder", finding.at, finding.through)
