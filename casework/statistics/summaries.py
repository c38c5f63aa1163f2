"""What the charts of exact figures are counted from: by month, by unit, by period, by age and sex. Pure.

Months, units and shares count cases; the pyramid counts people subjected to violence, each once where their age and sex
stayed the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework.base.codes import codes
from casework.base.refusals import Message
from casework.statistics.charts import Bar, Pyramid, Shares, Step, percent
from casework.statistics.counting import Facts, Mask
from casework.statistics.dimensions import BY_NAME, PERIODS, UNKNOWN, YES, period_code
from casework.statistics.figures import REPORT_YEAR, Window

# Share of the cases of a unit -> what it is called, and which cases are meant.
SHARES: Final[Mapping[str, tuple[Message, Callable[[Facts], Mask]]]] = {
    "contact_ban": (gettext_lazy("Contact ban granted"), lambda facts: facts.has("measure", "M03")),
    "handled": (gettext_lazy("Handled"), lambda facts: facts.has("handled", YES)),
    "assessed": (gettext_lazy("Risk assessed"), lambda facts: ~facts.has("level", UNKNOWN)),
    "served": (
        gettext_lazy("Service received"),
        lambda facts: facts.has("service", *BY_NAME["service"].codes),
    ),
    "repeat": (gettext_lazy("Repeat between the same people"), lambda facts: facts.has("repeat", YES)),
}
# Questions with one answer, whose shares add up.
QUESTIONS: Final = ("relation", "age", "address", "level")
QUARTERS, YEARS = "quarter", "year"
BY: Final[Mapping[str, Message]] = {
    QUARTERS: gettext_lazy("By quarter"),
    YEARS: gettext_lazy("By year"),
}
# What is told of how much is not known.
TOLD: Final = (
    "sex", "age", "perpetrator_sex", "perpetrator_age", "relation", "form", "level", "channel", "address",
)  # fmt: skip
# Nobody said, or did not want to.
SILENT: Final = (UNKNOWN, "declined")
# More answers than that are not told apart in a chart: the commonest are.
_MOST: Final = 7


def by_month(facts: Facts, months: range) -> dict[int, int | None]:
    """Cases of each month of these, nought too."""
    inside = facts.month[facts.within(months)].astype(np.int64) - months.start
    return dict(zip(months, np.bincount(inside, minlength=len(months)).tolist(), strict=True))


def by_unit(facts: Facts, units: Sequence[tuple[int, str]], share: str) -> list[tuple[int, str, int, int]]:
    """Number and name of each unit, its cases, and those the share is of."""
    _title, meant = SHARES[share]
    found, of_unit = np.unique(facts.commune, return_inverse=True)
    cases = dict(zip(found.tolist(), np.bincount(of_unit, minlength=found.size).tolist(), strict=True))
    parts = dict(
        zip(found.tolist(), np.bincount(of_unit[meant(facts)], minlength=found.size).tolist(), strict=True)
    )
    return [(number, name, cases.get(number, 0), parts.get(number, 0)) for number, name in units]


# --- shares by period ---


def kind_of(by: str, window: Window) -> str:
    """Quarters of the calendar, or years as the window counts them."""
    return by if by == QUARTERS or window.code != REPORT_YEAR else REPORT_YEAR


def periods_until(month: int, kind: str, count: int) -> range:
    """The months of so many periods of a kind, the last of which has the month."""
    added, length = PERIODS[kind]
    last = (month + added) // length
    return range((last - count + 1) * length - added, (last + 1) * length - added)


def shares_of(facts: Facts, question: str, kind: str, months: range, running: int) -> Shares:
    """The answers to one question in every period of a kind that these months touch, what is not known last."""
    dimension = BY_NAME[question]
    words = codes(dimension.labels)
    shown, others = _told_apart(facts.where(facts.within(months)), question)
    groups: list[tuple[tuple[str, ...], str]] = [((code,), words.label(code)) for code in shown]
    groups += [(tuple(others), _("Other answers"))] if others else []
    groups.append((tuple(code for code in SILENT if code in dimension.codes), _("Unknown or declined")))
    added, length = PERIODS[kind]
    bars = []
    last = (months.stop - 1 + added) // length
    for number in range((months.start + added) // length, last + 1) if months else ():
        span = range(number * length - added, (number + 1) * length - added)
        part = facts.where(facts.within(span))
        parts = [int(np.count_nonzero(part.has(question, *some))) for some, _label in groups]
        bars.append(Bar(period_words(kind, number, is_running=running in span), len(part), parts))
    return Shares(str(dimension.title), [label for _some, label in groups], bars)


def _told_apart(facts: Facts, question: str) -> tuple[list[str], list[str]]:
    """The answers that are told apart, in the order of the list, and those that are not; of many, only those given."""
    listed = [code for code in BY_NAME[question].codes if code not in SILENT]
    if len(listed) <= _MOST:
        return listed, []
    counted = {code: int(np.count_nonzero(facts.has(question, code))) for code in listed}
    given = [code for code in listed if counted[code]]
    common = sorted(given, key=lambda code: -counted[code])[: _MOST - 1]
    return [one for one in given if one in common], [one for one in given if one not in common]


def period_words(kind: str, number: int, *, is_running: bool) -> str:
    """A period as it stands beside a bar."""
    code = period_code(kind, number).removesuffix("R")
    year, dash, quarter = code.partition("-Q")
    words = _("quarter %(number)s of %(year)s") % {"number": quarter, "year": year} if dash else year
    words = capfirst(words)
    return f"{words} ({_('provisional')})" if is_running else words


# --- age and sex ---


def pyramid_of(facts: Facts) -> Pyramid:
    """People subjected to violence by age and sex, the oldest first."""
    ages, sexes = codes("age_band"), codes("sex")
    bands = [code for code in ages.codes if code != UNKNOWN]
    men, women = facts.has("sex", "male"), facts.has("sex", "female")
    steps = []
    for band in (*bands[::-1], UNKNOWN):
        mine = facts.has("age", band)
        counts = [_people(facts, mine & who) for who in (men, women, ~(men | women))]
        steps.append(Step(ages.label(band), *counts))
    return Pyramid(sexes.label("male"), sexes.label("female"), _("Other or unknown"), steps)


def _people(facts: Facts, mask: Mask) -> int:
    return int(np.unique(facts.who[mask]).size)


# --- how much is not known ---


@dataclass(frozen=True, slots=True)
class Unknown:
    """Of how many cases the answer to a question is not known."""

    question: str
    title: str
    number: int
    of: int

    @property
    def share(self) -> str:
        return percent(self.number, self.of)


def unknown_of(facts: Facts) -> list[Unknown]:
    """For each question that is told of, the cases without an answer."""
    found = []
    for name in TOLD:
        dimension = BY_NAME[name]
        nobody = [code for code in SILENT if code in dimension.codes]
        known = facts.has(name, *(code for code in dimension.codes if code not in SILENT))
        number = int(np.count_nonzero(facts.has(name, *nobody) & ~known))
        found.append(Unknown(name, str(dimension.title), number, len(facts)))
    return found
