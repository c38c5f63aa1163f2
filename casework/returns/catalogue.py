"""Returns as data: which forms there are, what stands in their rows, where each figure comes from. Pure.

A form is a row of the code list `return_form`; the rows counted from cases are those of the unsigned return
(`statistics.paper`), so that both have one definition each; the rows filled in by hand are `return_row`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from casework.base.codes import CodeRow, codes
from casework.statistics.figures import Window, window
from casework.statistics.paper import yearly

FORMS: Final = "return_form"
ROWS: Final = "return_row"
COMMUNE, PROVINCE = "commune", "province"
# Where the figure of a row comes from: counted from cases, filled in by hand, added up from the units below.
FIGURE, HAND, SUM = "figure", "hand", "sum"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a form; a heading has no source."""

    no: str
    row: str
    kind: str
    source: str
    vi: str
    en: str
    part_of: str = ""
    adds_up: bool = False

    def label(self, language: str) -> str:
        return self.en if language.startswith("en") else self.vi


@dataclass(frozen=True, slots=True)
class Form:
    """A return as an office files it: who files it for which days, by which clock, and to whom.

    lower: the form of the units below whose received returns are added up; empty where there is none.
    clock: the kind of deadline it is due by; empty where it is filed on request.
    """

    code: str
    level: str
    windows: tuple[str, ...]
    clock: str
    to: str
    lower: str
    basis: str
    is_verified: bool
    valid_from: date | None
    disabled_on: date | None
    rows: tuple[Row, ...]

    @property
    def is_received_here(self) -> bool:
        """Whether the province, which works here, says that it has it; else its sender writes down that it arrived."""
        return self.level == COMMUNE

    @property
    def counted(self) -> list[str]:
        return [row.row for row in self.rows if row.source == FIGURE]

    @property
    def by_hand(self) -> list[str]:
        return [row.row for row in self.rows if row.source == HAND]

    @property
    def summed(self) -> list[str]:
        return [row.row for row in self.rows if row.source == SUM]

    def row(self, code: str) -> Row:
        """The row of that code; raises KeyError for one the form does not have."""
        for row in self.rows:
            if row.row and row.row == code:
                return row
        raise KeyError(code)

    def active(self, on: date) -> bool:
        return codes(FORMS).row(self.code).active(on)


@cache
def form(code: str) -> Form:
    """The form of that code; raises UnknownCode."""
    row = codes(FORMS).row(code)
    lower = row.string("lower")
    return Form(
        code=code,
        level=row.string("level"),
        windows=row.strings("windows"),
        clock=row.string("clock"),
        to=row.string("to"),
        lower=lower,
        basis=row.basis,
        is_verified=row.verified,
        valid_from=row.valid_from,
        disabled_on=row.disabled_on,
        rows=(*_by_hand(row, SUM if lower else HAND), *_counted()),
    )


@dataclass(frozen=True, slots=True)
class Route:
    """Where a form goes: a code of `return_recipient`, the name of the office where it is another, and the basis.

    source: the id of the rule a province has set; empty for what comes with the data.
    """

    form: str
    to: str
    office: str = ""
    basis: str = ""
    is_verified: bool = True
    is_filed: bool = True
    source: str = ""


def route(code: str) -> Route:
    """Where the data says that a form goes."""
    one = form(code)
    told = codes("return_recipient").row(one.to)
    return Route(code, one.to, basis=told.basis or one.basis, is_verified=told.verified and one.is_verified)


def forms(level: str, on: date) -> list[Form]:
    """The forms an office of that level files on that day."""
    return [form(row.code) for row in codes(FORMS).active(on) if row.string("level") == level]


def periods(one: Form, on: date) -> list[Window]:
    """For each window of the form the period that is running that day and the one before it, the later first."""
    found = [
        period
        for code in one.windows
        for year in (on.year + 1, on.year, on.year - 1)
        if (period := window(code, year)).start <= on
    ]
    found.sort(key=lambda period: period.end, reverse=True)
    return found[:2]


def _by_hand(row: CodeRow, source: str) -> Sequence[Row]:
    listed = [codes(ROWS).row(code) for code in row.strings("hand")]
    return [
        Row(
            one.string("no"),
            one.code,
            one.string("kind"),
            source,
            one.vi,
            one.en,
            one.string("part_of"),
            one.flag("adds_up"),
        )
        for one in listed
    ]


def _counted() -> Sequence[Row]:
    return [
        Row(one.no, one.row, one.kind, FIGURE if one.row else "", one.words["vi"], one.words["en"])
        for one in yearly().rows
    ]
