"""The yearly return: which case counts in which row. One predicate a row, for the figure, the list and the paper.

Pure. A row's words and order are data (`casework/data/returns/yearly.json`); what it counts is the predicate here.

How cases are counted: a case («vụ») counts in the window in which it was opened. A case with two forms of violence
counts in both form rows and once in the total, so the form rows may add up to more than the total.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from casework.base.codes import codes
from casework.statistics.counting import Facts, Mask
from casework.statistics.dimensions import UNKNOWN, YES

Predicate = Callable[[Facts], Mask]

_FORMS: Final = tuple(code for code in codes("violence_form").codes if code != UNKNOWN)


def _women_16_59(facts: Facts) -> Mask:
    return facts.has("age", "16_59") & facts.has("sex", "female")


PREDICATES: Final[Mapping[str, Predicate]] = {
    "cases": lambda facts: facts.everyone,
    "form_psychological": lambda facts: facts.has("form", "psychological"),
    "form_physical": lambda facts: facts.has("form", "physical"),
    "form_sexual": lambda facts: facts.has("form", "sexual"),
    "form_economic": lambda facts: facts.has("form", "economic"),
    "form_unknown": lambda facts: ~facts.has("form", *_FORMS),
    "perpetrator_male": lambda facts: facts.has("perpetrator_sex", "male"),
    "perpetrator_female": lambda facts: facts.has("perpetrator_sex", "female"),
    "perpetrator_other": lambda facts: ~facts.has("perpetrator_sex", "male", "female"),
    "measure_critique": lambda facts: facts.has("measure", "M08"),
    "measure_contact_ban": lambda facts: facts.has("measure", "M03"),
    "measure_education": lambda facts: facts.has("measure", "M07"),
    "measure_administrative": lambda facts: facts.has("handling", "administrative"),
    "measure_criminal": lambda facts: facts.has("handling", "criminal"),
    "victim_male": lambda facts: facts.has("sex", "male"),
    "victim_female": lambda facts: facts.has("sex", "female"),
    "victim_other": lambda facts: ~facts.has("sex", "male", "female"),
    "victim_under_16": lambda facts: facts.has("age", "under_16"),
    "victim_female_16_59": _women_16_59,
    "victim_60_over": lambda facts: facts.has("age", "60_over"),
    "victim_rest": lambda facts: ~(facts.has("age", "under_16", "60_over") | _women_16_59(facts)),
    "handled_under_16": lambda facts: facts.has("handled", YES) & facts.has("age", "under_16"),
    "handled_female_16_59": lambda facts: facts.has("handled", YES) & _women_16_59(facts),
    "handled_60_over": lambda facts: facts.has("handled", YES) & facts.has("age", "60_over"),
}


def figure(row: str, facts: Facts) -> int:
    """How many cases the row counts."""
    return int(np.count_nonzero(PREDICATES[row](facts)))


def behind(row: str, facts: Facts) -> Facts:
    """The facts of the cases the figure counts."""
    return facts.where(PREDICATES[row](facts))


def figures(rows: Sequence[str], facts: Facts) -> dict[str, int]:
    return {row: figure(row, facts) for row in rows}


def figures_by_commune(rows: Sequence[str], facts: Facts) -> dict[int, dict[str, int]]:
    """The figures of each commune that has a case."""
    communes, of_commune = np.unique(facts.commune, return_inverse=True)
    counted = {
        row: np.bincount(of_commune[PREDICATES[row](facts)], minlength=communes.size).tolist() for row in rows
    }
    return {
        commune: {row: counted[row][place] for row in rows} for place, commune in enumerate(communes.tolist())
    }


@dataclass(frozen=True, slots=True)
class Window:
    """The days a return speaks of: from `start` to the day before `end`, in Viet Nam."""

    code: str
    year: int
    start: date
    end: date

    @property
    def months(self) -> range:
        """As facts count months; a window begins on the first of one."""
        return range(12 * self.start.year + self.start.month - 1, 12 * self.end.year + self.end.month - 1)


REPORT_YEAR: Final = "report_year"
CALENDAR_YEAR: Final = "calendar_year"
FIRST_HALF: Final = "first_half"
SECOND_HALF: Final = "second_half"


def window(code: str, year: int) -> Window:
    """The windows an office reports by; raises KeyError for another code.

    report_year: 1 December of the year before to 1 December (Circular 07/2017/TT-BVHTTDL, Art. 3).
    calendar_year: 1 January to 31 December (Circular 16/2022/TT-BVHTTDL).
    first_half, second_half: six months of a calendar year, for figures that are asked for.
    """
    bounds = {
        REPORT_YEAR: (date(year - 1, 12, 1), date(year, 12, 1)),
        CALENDAR_YEAR: (date(year, 1, 1), date(year + 1, 1, 1)),
        FIRST_HALF: (date(year, 1, 1), date(year, 7, 1)),
        SECOND_HALF: (date(year, 7, 1), date(year + 1, 1, 1)),
    }
    start, end = bounds[code]
    return Window(code, year, start, end)


def current_window(code: str, on: date) -> Window:
    """The window of that kind the day falls in."""
    year = on.year + 1 if code == REPORT_YEAR and on >= date(on.year, 12, 1) else on.year
    return window(code, year)


# So long after its end a window is still what offices are asked about: the last return is due on 15 December.
STILL_ASKED: Final = timedelta(days=31)


def usual_window(code: str, on: date) -> Window:
    """The window that is looked at first: the one that is over while its return is made, then the one of the day."""
    current = current_window(code, on)
    return window(code, current.year - 1) if on - current.start < STILL_ASKED else current
