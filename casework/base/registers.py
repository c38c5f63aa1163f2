"""The registers of an office: the next number, or one a paper signed elsewhere already has; never one twice."""

import re
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from casework.base import clock
from casework.base.codes import codes
from casework.base.models import Counter, RegisterEntry, next_number
from casework.base.refusals import Refused

DECISIONS: Final = "decisions"
# What stands beside the box that says that a decision was signed on paper.
ON_PAPER: Final = _(
    "Then write the number it has there. Left open, the register of decisions gives it when you sign."
)


class NumberTaken(Refused):
    """The register has the number that is written in."""

    def __init__(self, field: str) -> None:
        super().__init__("number_taken", _("The register has this number already."), field)


def take_number(register: str, scope: str, at: datetime) -> RegisterEntry:
    """The next number of the register; call it inside the transaction that uses it, and it leaves no gap."""
    year = clock.local(at).year
    number = next_number(_series(register), scope, year)
    while _has(register, scope, year, number_key(_shown(register, number, year))):
        # It was written in before its turn: it has its line.
        number = next_number(_series(register), scope, year)
    return _enter(register, scope, year, number, _shown(register, number, year), at)


def write_in(register: str, scope: str, shown: str, at: datetime, *, field: str = "") -> RegisterEntry:
    """The number of a paper that was signed outside of the system. Raises NumberTaken, said beside `field`."""
    year = clock.local(at).year
    # As when a number is taken, so that the two wait for each other.
    Counter.objects.select_for_update().get_or_create(kind=_series(register), scope=scope, year=year)
    if _has(register, scope, year, number_key(shown)):
        raise NumberTaken(field)
    return _enter(register, scope, year, _number_in(register, shown, year), shown.strip(), at, by_hand=True)


def number_decision(
    row: Any, office: str, at: datetime, *, name: str = "number", flag: str = "signed_on_paper"
) -> RegisterEntry:
    """The line of a decision in the register of its office: the next, or what a paper signed elsewhere brought.

    name, flag: the columns of the number, and of whether it was signed on paper. Raises NumberTaken,
    Refused("number_missing") for one signed on paper without its number, or Refused("number_from_register").
    """
    typed = str(getattr(row, name)).strip()
    if bool(typed) != getattr(row, flag):
        raise Refused(
            "number_missing" if not typed else "number_from_register",
            _("Write the number the signed paper has.")
            if not typed
            else _(
                "The register gives the number when you sign. Only a decision signed on paper brings its own."
            ),
            name,
        )
    entry = (
        write_in(DECISIONS, office, typed, at, field=name) if typed else take_number(DECISIONS, office, at)
    )
    setattr(row, name, entry.shown)
    return entry


def next_of(register: str, scope: str, at: datetime) -> tuple[int, str]:
    """The number that will be given next, unless somebody else is faster, and how it is written. It takes nothing."""
    year = clock.local(at).year
    last = Counter.objects.filter(kind=_series(register), scope=scope, year=year).values_list(
        "last", flat=True
    )
    number = (last.first() or 0) + 1
    while _has(register, scope, year, number_key(_shown(register, number, year))):
        number += 1
    return number, _shown(register, number, year)


def entry_of(register: str, scope: str, shown: str, at: datetime) -> RegisterEntry | None:
    """The line of the register of that year that has this number."""
    rows = RegisterEntry.objects.filter(register=register, scope=scope, year=clock.local(at).year)
    return rows.filter(key=number_key(shown)).first()


def number_key(shown: str) -> str:
    """A number as two are compared: without spaces, in capitals."""
    return re.sub(r"\s", "", shown).upper()


def _series(register: str) -> str:
    return f"paper.{register}"


def _shown(register: str, number: int, year: int) -> str:
    return codes("paper_register").row(register).string("number").format(number=number, year=year)


def _number_in(register: str, shown: str, year: int) -> int | None:
    """Which of its own numbers this is, when it is written like one."""
    digits = re.search(r"[0-9]{1,9}", shown)
    number = int(digits.group()) if digits else 0
    return number if number and number_key(_shown(register, number, year)) == number_key(shown) else None


def _has(register: str, scope: str, year: int, key: str) -> bool:
    return RegisterEntry.objects.filter(register=register, scope=scope, year=year, key=key).exists()


def _enter(
    register: str,
    scope: str,
    year: int,
    number: int | None,
    shown: str,
    at: datetime,
    *,
    by_hand: bool = False,
) -> RegisterEntry:
    return RegisterEntry.objects.create(
        register=register,
        scope=scope,
        year=year,
        number=number,
        shown=shown,
        key=number_key(shown),
        by_hand=by_hand,
        taken_at=at,
    )
