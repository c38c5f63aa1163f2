"""How long a case, or a report without one, is kept, and what stands against destroying it. Pure: the periods are data.

No text of law that we could read names a period for these files, so every class of the list `retention_class` waits
for the province's own decision; pages say so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from casework.base.codes import CodeRow, codes
from casework.base.dates import PartialDate

ADULT: Final = 18
# Long enough for the lead, the other supervisors and whoever counts on the file to say stop: our policy.
COOL_OFF: Final = timedelta(days=7)
# A request nobody answers is old news: whoever still wants it asks again.
ANSWER_WITHIN: Final = timedelta(hours=24)
# As long as the wrapped keys are kept in dumps of their own; after it no backup brings anything back.
FINAL_AFTER: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the periods count from; days in Viet Nam. children: when each was born, as far as it is known."""

    opened_on: date
    closed_on: date | None
    died: bool = False
    children: Sequence[PartialDate | None] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """The class of a case and the last day on which it is kept."""

    code: str
    until: date

    @property
    def row(self) -> CodeRow:
        return codes("retention_class").row(self.code)

    @property
    def years(self) -> int:
        return self.row.integer("years") or 0

    @property
    def is_confirmed(self) -> bool:
        """Whether somebody answered for the period."""
        return self.row.verified


def term(facts: Facts) -> Term | None:
    """The class that keeps the case longest, of all it belongs to; None while it is not closed."""
    closed = facts.closed_on
    if closed is None:
        return None
    starts = {"case_file": closed}
    if facts.died:
        starts["case_fatal"] = closed
    if facts.children:
        # A child whose birth nobody knows is taken to be born when the case was opened: kept longer, never shorter.
        born = max(child.latest() if child else facts.opened_on for child in facts.children)
        starts["case_with_child"] = max(years_after(born, ADULT), closed)
    found = [Term(code, years_after(start, _years(code))) for code, start in starts.items()]
    return max(found, key=lambda one: one.until)


def shortest_of_cases() -> int:
    """Years before which the time of no case is over."""
    return min(_years(code) for code in ("case_file", "case_fatal", "case_with_child"))


def report_term(result: str, ended_on: date | None) -> Term | None:
    """The class of a report whose triage ended so, without a case; None while it has not, or for another end."""
    code = next(iter(codes("retention_class").where("result", result)), "")
    if ended_on is None or not code:
        return None
    return Term(code, years_after(ended_on, _years(code)))


def report_classes() -> Mapping[str, int]:
    """Results of triage after which a report is kept by itself, and the years."""
    rows = codes("retention_class").rows
    return {row.string("result"): row.integer("years") or 0 for row in rows if row.string("result")}


def years_after(day: date, years: int) -> date:
    """The same day that many years later; 1 March for 29 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _years(code: str) -> int:
    return codes("retention_class").row(code).integer("years") or 0


# --- may it be destroyed? ---


@dataclass(frozen=True, slots=True)
class Standing:
    """What is asked before a case may be destroyed."""

    is_closed: bool
    holds: int
    live_links: int
    until: date | None


@dataclass(frozen=True, slots=True)
class ReportStanding:
    """What is asked before a report may be destroyed. cases: those it, or one that repeats it, belongs to."""

    is_ended: bool
    cases: int
    holds: int
    until: date | None


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of a list of conditions, and whether it is met."""

    code: str
    met: bool


def checks(standing: Standing | ReportStanding, *, ground: str, on: date) -> list[Check]:
    """Every condition, in the order of the code list; a ground of the list `disposal_ground` may come before the term."""
    before_term = bool(ground) and codes("disposal_ground").row(ground).flag("before_term")
    met = {
        "no_hold": standing.holds == 0,
        "term_over": before_term or (standing.until is not None and on > standing.until),
    }
    if isinstance(standing, ReportStanding):
        met |= {"ended": standing.is_ended, "no_case": standing.cases == 0}
    else:
        met |= {"closed": standing.is_closed, "no_live_link": standing.live_links == 0}
    return [Check(row.code, met[row.code]) for row in codes(conditions(standing)).rows]


def conditions(standing: Standing | ReportStanding) -> str:
    """The name of the code list of what is asked."""
    return "report_disposal_check" if isinstance(standing, ReportStanding) else "disposal_check"


def against(found: Sequence[Check]) -> list[str]:
    """The codes of what is not met."""
    return [check.code for check in found if not check.met]
