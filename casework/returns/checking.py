"""What a return is asked about before it is signed: gaps, outliers, unknown answers, sums that differ. Pure.

Each flag must be answered in words; the thresholds are data (`return_flag`). A flag is the same as before when its
kind, its row and its numbers are: then the answer given holds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any, Final

from casework.base.codes import codes
from casework.returns.catalogue import Form

GAP, NOTHING, OUTLIER, UNKNOWN = "gap", "nothing", "outlier", "unknown"
NOT_ADDED, NOT_RECEIVED, DIFFERS = "does_not_add_up", "not_received", "differs"
TOTAL: Final = "cases"
# Rows that count answers nobody knows, each as a share of the total.
NOT_KNOWN: Final = ("form_unknown", "perpetrator_other", "victim_other")

Figures = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Flag:
    """One question: its kind, the row it is about (empty for the whole return), and the numbers it rests on."""

    kind: str
    row: str = ""
    numbers: Mapping[str, int] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.row}"

    def stored(self) -> dict[str, Any]:
        return {"kind": self.kind, "row": self.row, "numbers": dict(self.numbers)}


@dataclass(frozen=True, slots=True)
class Below:
    """The units below: how many file this form, how many of their returns were received, and what those add up to.

    sums: row -> sum over the received returns. counted: row -> what is counted here now for those same units.
    """

    expected: int
    received: int
    sums: Figures = field(default_factory=dict)
    counted: Figures = field(default_factory=dict)


def flags(
    form: Form,
    now: Figures,
    earlier: Sequence[Figures],
    filled: Mapping[str, int],
    below: Below | None,
) -> list[Flag]:
    """Every question a return raises, in the order of its rows.

    now: what is counted; earlier: the same of the periods before, the latest first; filled: rows filled in by hand.
    """
    found = [*_filled(form, filled), *_counted(form, now, earlier)]
    if below is not None:
        found += _below(form, below)
    return found


def _filled(form: Form, filled: Mapping[str, int]) -> Iterator[Flag]:
    missing = [code for code in form.by_hand if code not in filled]
    if missing:
        # One question for all of them; the answer holds for exactly these rows.
        yield Flag(GAP, "", dict.fromkeys(missing, 1))
    rows = [row for row in form.rows if row.part_of and row.row in filled and row.part_of in filled]
    for whole in dict.fromkeys(row.part_of for row in rows):
        parts = [row for row in form.rows if row.part_of == whole and row.adds_up]
        if parts and all(row.row in filled for row in parts):
            added = sum(filled[row.row] for row in parts)
            if added != filled[whole]:
                yield Flag(NOT_ADDED, whole, {"whole": filled[whole], "parts": added})
    for row in rows:
        if not row.adds_up and filled[row.row] > filled[row.part_of]:
            yield Flag(NOT_ADDED, row.row, {"whole": filled[row.part_of], "parts": filled[row.row]})


def _counted(form: Form, now: Figures, earlier: Sequence[Figures]) -> Iterator[Flag]:
    if not now[TOTAL]:
        yield Flag(NOTHING, TOTAL)
    rule = codes("return_flag").row(OUTLIER)
    least, deviations = rule.integer("least") or 0, rule.integer("deviations") or 0
    known = [one for one in earlier[: rule.integer("years")] if one[TOTAL]]
    for row in form.counted:
        if not known:
            break
        mean = sum(one[row] for one in known) / len(known)
        away = abs(now[row] - mean)
        # Counts spread about their mean as its square root.
        if away >= least and away > deviations * sqrt(max(mean, 1.0)):
            yield Flag(OUTLIER, row, {"now": now[row], "mean": round(mean), "years": len(known)})
    rule = codes("return_flag").row(UNKNOWN)
    for row in NOT_KNOWN:
        if now[row] >= (rule.integer("least") or 0) and (
            100 * now[row] > (rule.integer("percent") or 0) * now[TOTAL]
        ):
            yield Flag(UNKNOWN, row, {"now": now[row], "of": now[TOTAL]})


def _below(form: Form, below: Below) -> Iterator[Flag]:
    if below.received < below.expected:
        yield Flag(NOT_RECEIVED, "", {"received": below.received, "expected": below.expected})
    for row in form.counted:
        if below.sums.get(row, 0) != below.counted.get(row, 0):
            yield Flag(
                DIFFERS, row, {"reported": below.sums.get(row, 0), "counted": below.counted.get(row, 0)}
            )
