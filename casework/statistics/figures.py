"""The yearly return: which case counts in which row. One predicate a row, for the figure, the list and the paper.

Pure. A row's words and order are data (`casework/data/returns/yearly.json`); what it counts is the predicate here.

How cases are counted: a case («vụ») counts in the window in which it was opened. A case with two forms of violence
counts in both form rows and once in the total, so the form rows may add up to more than the total.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from uuid import UUID

from casework.base.clock import VIETNAM


@dataclass(frozen=True, slots=True)
class Fact:
    """What the return asks of one case: codes only."""

    case_id: UUID
    commune_id: int
    forms: frozenset[str]
    perpetrator_sex: str
    victim_id: UUID | None
    victim_sex: str
    victim_age: str
    measures: frozenset[str]
    handlings: frozenset[str]
    is_handled: bool


Predicate = Callable[[Fact], bool]

PREDICATES: Final[Mapping[str, Predicate]] = {
    "cases": lambda fact: True,
    "form_psychological": lambda fact: "psychological" in fact.forms,
    "form_physical": lambda fact: "physical" in fact.forms,
    "form_sexual": lambda fact: "sexual" in fact.forms,
    "form_economic": lambda fact: "economic" in fact.forms,
    "form_unknown": lambda fact: not fact.forms - {"unknown"},
    "perpetrator_male": lambda fact: fact.perpetrator_sex == "male",
    "perpetrator_female": lambda fact: fact.perpetrator_sex == "female",
    "perpetrator_other": lambda fact: fact.perpetrator_sex not in {"male", "female"},
    "measure_critique": lambda fact: "M08" in fact.measures,
    "measure_contact_ban": lambda fact: "M03" in fact.measures,
    "measure_education": lambda fact: "M07" in fact.measures,
    "measure_administrative": lambda fact: "administrative" in fact.handlings,
    "measure_criminal": lambda fact: "criminal" in fact.handlings,
    "victim_male": lambda fact: fact.victim_sex == "male",
    "victim_female": lambda fact: fact.victim_sex == "female",
    "victim_other": lambda fact: fact.victim_sex not in {"male", "female"},
    "victim_under_16": lambda fact: fact.victim_age == "under_16",
    "victim_female_16_59": lambda fact: fact.victim_age == "16_59" and fact.victim_sex == "female",
    "victim_60_over": lambda fact: fact.victim_age == "60_over",
    "victim_rest": lambda fact: (
        not (
            fact.victim_age in {"under_16", "60_over"}
            or (fact.victim_age == "16_59" and fact.victim_sex == "female")
        )
    ),
    "handled_under_16": lambda fact: fact.is_handled and fact.victim_age == "under_16",
    "handled_female_16_59": lambda fact: (
        fact.is_handled and fact.victim_age == "16_59" and fact.victim_sex == "female"
    ),
    "handled_60_over": lambda fact: fact.is_handled and fact.victim_age == "60_over",
}


def figure(row: str, facts: Iterable[Fact]) -> int:
    """How many cases the row counts."""
    counts = PREDICATES[row]
    return sum(1 for fact in facts if counts(fact))


def behind(row: str, facts: Iterable[Fact]) -> list[UUID]:
    """The cases the figure counts."""
    counts = PREDICATES[row]
    return [fact.case_id for fact in facts if counts(fact)]


def figures(rows: Sequence[str], facts: Sequence[Fact]) -> dict[str, int]:
    return {row: figure(row, facts) for row in rows}


@dataclass(frozen=True, slots=True)
class Window:
    """The days a return speaks of: from `start` to the day before `end`, in Viet Nam."""

    code: str
    year: int
    start: date
    end: date

    @property
    def starts_at(self) -> datetime:
        return datetime.combine(self.start, time(), tzinfo=VIETNAM)

    @property
    def ends_at(self) -> datetime:
        return datetime.combine(self.end, time(), tzinfo=VIETNAM)


REPORT_YEAR: Final = "report_year"
CALENDAR_YEAR: Final = "calendar_year"


def window(code: str, year: int) -> Window:
    """The two windows an office reports by; raises KeyError for another code.

    report_year: 1 December of the year before to 1 December (Circular 07/2017/TT-BVHTTDL, Art. 3).
    calendar_year: 1 January to 31 December (Circular 16/2022/TT-BVHTTDL).
    """
    bounds = {
        REPORT_YEAR: (date(year - 1, 12, 1), date(year, 12, 1)),
        CALENDAR_YEAR: (date(year, 1, 1), date(year + 1, 1, 1)),
    }
    start, end = bounds[code]
    return Window(code, year, start, end)


def current_window(code: str, on: date) -> Window:
    """The window of that kind the day falls in."""
    year = on.year + 1 if code == REPORT_YEAR and on >= date(on.year, 12, 1) else on.year
    return window(code, year)
