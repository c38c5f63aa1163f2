"""The dimensions figures are cut by: what each is called, its codes, and how it is read off a case. Pure.

A new dimension is one entry of DIMENSIONS; `manage.py migrate` gives its codes their numbers and
`manage.py rebuild_cube` reads it off the cases that are there already. Where an entry stands does not matter.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final, TypeAlias

from django.utils.translation import gettext_lazy as _

from casework.base import clock
from casework.base.codes import codes
from casework.base.refusals import Message

UNKNOWN: Final = "unknown"
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Somebody:
    """What is asked of a main person of a case; nobody is known at first."""

    sex: str = UNKNOWN
    age: str = UNKNOWN
    relation: str = UNKNOWN
    ethnicity: str = UNKNOWN
    nationality: str = UNKNOWN
    priority: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Told:
    """What the rows of one case say, as codes."""

    level: str = ""
    origin: str = UNKNOWN
    is_repeat: bool = False
    is_closed: bool = False
    # How the first report came, and at which address of Art. 19.
    channel: str = UNKNOWN
    address: str = UNKNOWN
    victim: Somebody = field(default_factory=Somebody)
    perpetrator: Somebody = field(default_factory=Somebody)
    acts: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()
    penalties: frozenset[str] = frozenset()
    # Granted, whatever became of them.
    measures: frozenset[str] = frozenset()
    # Penalties and steps of criminal procedure on file.
    dealt_with: frozenset[str] = frozenset()
    # Given by a partner, wholly or in part.
    services: frozenset[str] = frozenset()
    closing_reason: str = ""
    outcomes: frozenset[str] = frozenset()

    @property
    def handlings(self) -> frozenset[str]:
        """How the perpetrator was dealt with, by the measures granted and by what the law did; nothing is an answer too.

        M10 names two laws: the level of the act says which of them acted.
        """
        other = "administrative" if "crime" in self.penalties else "criminal"
        found = {code for measure in self.measures for code in _HANDLINGS.get(measure, ()) if code != other}
        return frozenset(found | self.by_law or {"none"})

    @property
    def by_law(self) -> frozenset[str]:
        """Which of the two laws dealt with him, by what is on file; a report of crime that was passed on is not that."""
        return frozenset(code for kind in self.dealt_with for code in _BY_LAW.get(kind, ()))


# Measure -> what it is called as the way somebody was dealt with.
_HANDLINGS: Final[Mapping[str, tuple[str, ...]]] = {
    measure: codes("handling").where("measure", measure) for measure in codes("measure").codes
}
# Kind of outcome -> the same.
_BY_LAW: Final[Mapping[str, tuple[str, ...]]] = {
    kind: tuple(row.code for row in codes("handling").rows if kind in row.strings("outcomes"))
    for kind in codes("outcome_kind").codes
}


@dataclass(frozen=True, slots=True)
class Dimension:
    """One question with one answer (`read` gives a code) or with several (`read` gives codes)."""

    name: str
    title: Message
    codes: tuple[str, ...]
    read: Callable[[Told], str | Collection[str]]
    many: bool = False
    # The code list with the labels of the answers.
    labels: str = ""
    # Everybody gave at least one answer, «unknown» among them.
    answered: bool = False


def _one(
    name: str, title: Message, codelist: str, read: Callable[[Told], str], also: tuple[str, ...] = ()
) -> Dimension:
    return Dimension(name, title, _with(codelist, (*also, UNKNOWN)), read, labels=codelist)


def _many(name: str, title: Message, codelist: str, read: Callable[[Told], Collection[str]]) -> Dimension:
    return Dimension(name, title, _with(codelist, ()), read, many=True, labels=codelist)


def _with(codelist: str, also: Iterable[str]) -> tuple[str, ...]:
    listed = codes(codelist).codes
    return (*listed, *(code for code in also if code not in listed))


DIMENSIONS: Final[tuple[Dimension, ...]] = (
    _one("sex", _("Sex of the person subjected to violence"), "sex", lambda told: told.victim.sex),
    _one("age", _("Age of the person subjected to violence"), "age_band", lambda told: told.victim.age),
    _one("ethnicity", _("Ethnic group"), "ethnicity", lambda told: told.victim.ethnicity),
    _one("nationality", _("Nationality"), "nationality", lambda told: told.victim.nationality),
    _many("priority", _("Priority groups"), "priority_group", lambda told: told.victim.priority),
    _one(
        "perpetrator_sex",
        _("Sex of the person who commits violence"),
        "sex",
        lambda told: told.perpetrator.sex,
    ),
    _one(
        "perpetrator_age",
        _("Age of the person who commits violence"),
        "age_band",
        lambda told: told.perpetrator.age,
    ),
    _one(
        "perpetrator_nationality",
        _("Nationality of the person who commits violence"),
        "nationality",
        lambda told: told.perpetrator.nationality,
    ),
    _one("relation", _("Relation to her"), "kinship", lambda told: told.perpetrator.relation),
    _one("repeat", _("Repeat between the same people"), "yes_no", lambda told: YES if told.is_repeat else NO),
    Dimension(
        "form",
        _("Forms of violence"),
        codes("violence_form").codes,
        lambda told: told.forms - {UNKNOWN} or {UNKNOWN},
        many=True,
        labels="violence_form",
        answered=True,
    ),
    _many("act", _("Acts (Art. 3)"), "act", lambda told: told.acts),
    _many("measure", _("Protection measures"), "measure", lambda told: told.measures),
    Dimension(
        "handling",
        _("How the perpetrator was dealt with"),
        codes("handling").codes,
        lambda told: told.handlings,
        many=True,
        labels="handling",
        answered=True,
    ),
    _one("handled", _("Handled"), "yes_no", lambda told: YES if told.measures or told.by_law else NO),
    _many("service", _("Services received"), "service_kind", lambda told: told.services),
    _one("channel", _("How the report came"), "report_channel", lambda told: told.channel),
    _one("address", _("Address that received the report"), "report_address", lambda told: told.address),
    _one("origin", _("Where the case came from"), "case_origin", lambda told: told.origin),
    _one("level", _("Risk level"), "risk_level", lambda told: told.level or UNKNOWN),
    _one("closed", _("Closed"), "yes_no", lambda told: YES if told.is_closed else NO),
    _one(
        "closing_reason",
        _("Why the case closes"),
        "closing_reason",
        lambda told: told.closing_reason or UNKNOWN,
    ),
    _many("outcome", _("Outcomes"), "closing_outcome", lambda told: told.outcomes),
)
BY_NAME: Final[Mapping[str, Dimension]] = {dimension.name: dimension for dimension in DIMENSIONS}


# --- packed as small integers ---

# One byte for the one answer, a bit for each of several.
_WIDTH, _MANY_WIDTH = 1, 4
_MOST: Final = {False: 255, True: 8 * _MANY_WIDTH}

# A dimension, one of its codes ("" for the place of its first byte), and the number that stands for it.
Numbered: TypeAlias = tuple[str, str, int]


class Layout:
    """Where the answers of each dimension stand in a row of bytes, and which number stands for which code."""

    def __init__(self, numbers: Iterable[Numbered]) -> None:
        self.place: dict[str, int] = {}
        self.number: dict[str, dict[str, int]] = {}
        for name, code, number in numbers:
            if code:
                self.number.setdefault(name, {})[code] = number
            else:
                self.place[name] = number
        self.size = max((self.place[one.name] + _width(one) for one in self._placed), default=0)

    @cached_property
    def _placed(self) -> list[Dimension]:
        return [one for one in DIMENSIONS if one.name in self.place]

    @cached_property
    def code(self) -> Mapping[str, Mapping[int, str]]:
        """Dimension -> number -> code."""
        return {
            name: {number: code for code, number in numbers.items()} for name, numbers in self.number.items()
        }

    def pack(self, told: Told) -> bytes:
        """The answers of one case as bytes. A code that is on no list was put there past the verbs: unknown."""
        row = bytearray(self.size)
        for one in self._placed:
            answer, numbers, place = one.read(told), self.number[one.name], self.place[one.name]
            if isinstance(answer, str):
                row[place] = numbers.get(answer) or numbers.get(UNKNOWN, 0)
            elif answer:
                bits = 0
                for code in answer:
                    bits |= 1 << numbers[code] >> 1 if code in numbers else 0
                row[place : place + _MANY_WIDTH] = bits.to_bytes(_MANY_WIDTH, "little")
        return bytes(row)

    def answers(self, name: str, row: bytes) -> frozenset[str]:
        """The answers to one question in a packed row; nothing for a row written before it was asked."""
        place, known = self.place[name], self.code[name]
        if place >= len(row):
            return frozenset()
        if not BY_NAME[name].many:
            return frozenset({known[row[place]]} if row[place] in known else ())
        bits = int.from_bytes(row[place : place + _MANY_WIDTH], "little")
        return frozenset(code for number, code in known.items() if bits >> (number - 1) & 1)


def unnumbered(known: Sequence[Numbered]) -> list[Numbered]:
    """Numbers for what has none yet; those given stay as they are, wherever a list grew."""
    placed = {name: number for name, code, number in known if not code}
    numbers: dict[str, dict[str, int]] = {}
    for name, code, number in known:
        if code:
            numbers.setdefault(name, {})[code] = number
    made: list[Numbered] = []
    # Also of a dimension that is asked no more: the rows written while it was still hold its bytes.
    end = max(
        (
            place + (_width(BY_NAME[name]) if name in BY_NAME else _MANY_WIDTH)
            for name, place in placed.items()
        ),
        default=0,
    )
    for one in DIMENSIONS:
        if one.name not in placed:
            made.append((one.name, "", end))
            end += _width(one)
        mine = numbers.get(one.name, {})
        following = max(mine.values(), default=0)
        for code in one.codes:
            if code not in mine:
                following += 1
                made.append((one.name, code, following))
        if following > _MOST[one.many]:
            raise ValueError(f"{one.name}: more codes than a row of numbers has room for")
    return made


def _width(one: Dimension) -> int:
    return _MANY_WIDTH if one.many else _WIDTH


# --- months and the periods they lie in ---


def month_of(moment: datetime) -> int:
    """The month of an instant on a Vietnamese clock, counted from the year 0."""
    day = clock.local_date(moment)
    return 12 * day.year + day.month - 1


def months_in(code: str) -> range:
    """The months of a period by its code; raises ValueError for what is none.

    2026-03 a month, 2026-Q1 a quarter, 2026-H1 a half-year, 2026 a year, 2026R a year of the return (1 December
    to 1 December), 2024-2026 and 2024R-2026R years pooled.
    """
    found = _PERIOD.fullmatch(code)
    if found is None:
        raise ValueError(f"{code!r} is no period")
    first, last, quarter, half, month = found.group("year", "last", "quarter", "half", "month")
    first = first or found["calendar"]
    start = _year(first).start
    if last is not None:
        if first.endswith("R") != last.endswith("R") or start >= _year(last).start:
            raise ValueError(f"{code!r} is no period")
        return range(start, _year(last).stop)
    if quarter is not None:
        return range(start + 3 * int(quarter) - 3, start + 3 * int(quarter))
    if half is not None:
        return range(start + 6 * int(half) - 6, start + 6 * int(half))
    if month is not None:
        return range(start + int(month) - 1, start + int(month))
    return _year(first)


_PERIOD: Final = re.compile(
    r"(?P<year>[0-9]{4}R?)(-(?P<last>[0-9]{4}R?))?"
    r"|(?P<calendar>[0-9]{4})-(Q(?P<quarter>[1-4])|H(?P<half>[12])|(?P<month>0[1-9]|1[0-2]))"
)


def _year(code: str) -> range:
    start = 12 * int(code.removesuffix("R")) - code.endswith("R")
    return range(start, start + 12)


# How each kind of period is told from the number of a month; the code of the period from that.
PERIODS: Final[Mapping[str, tuple[int, int]]] = {
    # kind: (months added, months in it)
    "month": (0, 1),
    "quarter": (0, 3),
    "half": (0, 6),
    "year": (0, 12),
    "report_year": (1, 12),
}


def period_code(kind: str, number: int) -> str:
    """The code of the period of a kind that `(month + added) // length` numbers."""
    _added, length = PERIODS[kind]
    year, part = divmod(number, 12 // length)
    return {
        "month": f"{year:04d}-{part + 1:02d}",
        "quarter": f"{year:04d}-Q{part + 1}",
        "half": f"{year:04d}-H{part + 1}",
        "year": f"{year:04d}",
        "report_year": f"{year:04d}R",
    }[kind]


def periods_of(month: int) -> dict[str, str]:
    """Kind -> code of every period a month lies in."""
    return {kind: period_code(kind, (month + added) // length) for kind, (added, length) in PERIODS.items()}
