"""How long each clock runs: what the data says, what a province has set instead, and the hour that follows. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from casework.base.clock import VIETNAM, local, local_date
from casework.base.codes import CodeList, CodeRow, codes
from casework.base.dates import add_months, midnight
from casework.base.refusals import InvalidInput
from casework.deadlines.workdays import Table, end_of_working_days

KINDS: Final = "deadline_kind"
POLICY: Final = "risk_policy"
HOURS, DAYS, WORKING_DAYS, MONTHS, YEARLY = "hours", "days", "working_days", "months", "yearly"
# The longest a period may be said to be, by its unit: more is a slip of the keyboard.
MOST: Final = {HOURS: 8760, DAYS: 366, WORKING_DAYS: 250, MONTHS: 60}
# What a kind whose length follows from something else is looked up by: the list, its parameter, a suffix.
_BY: Final[Mapping[str, tuple[tuple[str, str, str], ...]]] = {
    "risk_reassess": ((POLICY, "first_reassess_hours", "first"), (POLICY, "reassess_hours", "")),
    "contact_due": ((POLICY, "contact_hours", ""),),
    "referral_reply": (("urgency", "hours", ""),),
}
FIRST: Final = "first"
_LONG_YEAR: Final = 2024


@dataclass(frozen=True, slots=True)
class Length:
    """So many hours, days, working days or months; or, once a year, before a day begins."""

    unit: str
    amount: int = 0
    month: int = 0
    day: int = 0

    def ends(self, since: datetime, table: Table = MappingProxyType({})) -> datetime:
        """When a clock of this length has run out that began with an event; on a Vietnamese clock.

        Hours, days and months run through nights and holidays, whatever the table of working days says.
        """
        if self.unit == HOURS:
            return since + timedelta(hours=self.amount)
        if self.unit == DAYS:
            return since + timedelta(days=self.amount)
        if self.unit == WORKING_DAYS:
            return end_of_working_days(since, self.amount, table)
        if self.unit == MONTHS:
            return add_months(local(since), self.amount)
        year = local_date(since).year
        this_year = midnight(date(year, self.month, self.day))
        return this_year if this_year > since else midnight(date(year + 1, self.month, self.day))


@dataclass(frozen=True, slots=True)
class Rule:
    """The period of one kind of clock: its length (none where no number is known), its basis, whether it was read.

    variant: what else it depends on (a level of danger, an urgency); source: a province's own row, or empty.
    """

    kind: str
    variant: str
    length: Length | None
    basis: str = ""
    verified: bool = True
    source: str = ""


# --- what the data says ---


def shipped(kind: str, variant: str = "") -> Rule:
    """The rule as it comes with the product; UnknownCode for a kind or a variant there is not."""
    row = codes(KINDS).row(kind)
    for name, parameter, suffix in _BY.get(kind, ()):
        code, _dot, part = variant.partition(".")
        if part == suffix and code:
            hours = codes(name).row(code).integer(parameter)
            return Rule(
                kind, variant, None if hours is None else Length(HOURS, hours), row.basis, row.verified
            )
    return Rule(kind, "", _length(row), row.basis, row.verified)


def _length(row: CodeRow) -> Length | None:
    for unit in (HOURS, DAYS, WORKING_DAYS, MONTHS):
        amount = row.integer(unit)
        if amount is not None:
            return Length(unit, amount)
    month, day = row.integer("month"), row.integer("day")
    return Length(YEARLY, month=month, day=day) if month and day else None


def rules(on: date) -> Iterator[Rule]:
    """Every rule a province may change, in the order of the list of clocks, each variant on a line of its own."""
    for row in codes(KINDS).active(on):
        if row.flag("by_act") or row.flag("window"):
            continue
        if row.code not in _BY:
            yield shipped(row.code)
            continue
        for name, parameter, suffix in _BY[row.code]:
            for one in codes(name).active(on):
                if parameter in one.params:
                    yield shipped(row.code, f"{one.code}.{suffix}" if suffix else one.code)


def is_changeable(kind: str, variant: str, on: date) -> bool:
    return any((rule.kind, rule.variant) == (kind, variant) for rule in rules(on))


def in_words(length: Length | None) -> str:
    """A length as it is said: «12 hours», «before 05/12 every year»; empty where no number is known."""
    if length is None:
        return ""
    if length.unit == YEARLY:
        return gettext("before %(day)02d/%(month)02d every year") % {"day": length.day, "month": length.month}
    if length.unit == HOURS and length.amount == 0:
        return gettext("at once")
    units = codes("period_unit")
    words = f"{length.amount} {units.label(length.unit)}"
    if length.unit == HOURS and length.amount > 48 and length.amount % 24 == 0:
        return f"{words} ({length.amount // 24} {units.label(DAYS)})"
    return words


def label(kind: str, variant: str = "") -> str:
    """A rule in words: the kind of clock, and what its length depends on."""
    text = codes(KINDS).label(kind)
    code, _dot, part = variant.partition(".")
    if not code:
        return text
    words = f"{text}: {codes(_BY[kind][0][0]).label(code)}"
    return f"{words}, {_('the first time')}" if part == FIRST else words


# --- what a province has set ---


def in_force(rule: Rule, set_here: Iterable[Rule]) -> Rule:
    """The province's own rule where it has one, else the shipped one.

    set_here: what the province has set and is valid that day, the newest validity first.
    """
    return next((one for one in set_here if (one.kind, one.variant) == (rule.kind, rule.variant)), rule)


def policy_with(set_here: Iterable[Rule]) -> CodeList:
    """The policy of the risk levels with what a province has set instead, as scoring reads it."""
    policy = codes(POLICY)
    changed: dict[str, dict[str, object]] = {}
    for rule in set_here:
        code, _dot, part = rule.variant.partition(".")
        for name, parameter, suffix in _BY.get(rule.kind, ()):
            if name == POLICY and part == suffix and code in policy and rule.length is not None:
                changed.setdefault(code, {}).setdefault(parameter, rule.length.amount)
    if not changed:
        return policy
    rows = tuple(
        replace(row, params=MappingProxyType({**row.params, **changed[row.code]}))
        if row.code in changed
        else row
        for row in policy
    )
    return replace(policy, rows=rows, _by_code=MappingProxyType({row.code: row for row in rows}))


def check(rule: Rule, *, law_changed: bool) -> None:
    """Refuse a period that cannot be, or that is longer than a law says that was read and has not changed.

    Raises InvalidInput by field.
    """
    length, before = rule.length, shipped(rule.kind, rule.variant)
    if length is None:
        raise InvalidInput({"amount": _("Say how long it is.")})
    if length.unit == YEARLY:
        _check_day(length)
    elif not 0 <= length.amount <= MOST[length.unit]:
        raise InvalidInput({"amount": _("This number is not possible here.")})
    if rule.kind in _BY and length.unit != HOURS:
        raise InvalidInput({"unit": _("This clock is counted in hours.")})
    row = codes(KINDS).row(rule.kind)
    if (
        row.flag("law")
        and before.verified
        and before.length
        and not law_changed
        and _longer(length, before.length)
    ):
        raise InvalidInput(
            {
                "law_changed": _(
                    "This is longer than the law says. Tick this only when the law itself has changed."
                )
            }
        )


def _check_day(length: Length) -> None:
    try:
        # A day that only leap years have would be missing in the others.
        date(_LONG_YEAR + 1, length.month, length.day)
    except ValueError:
        raise InvalidInput({"day": _("There is no such day in the year.")}) from None


def _longer(new: Length, old: Length) -> bool:
    """Whether it ends later than the other, begun on a Monday morning without holidays."""
    monday = datetime(_LONG_YEAR, 1, 8, 8, tzinfo=VIETNAM)
    return new.ends(monday) > old.ends(monday)
