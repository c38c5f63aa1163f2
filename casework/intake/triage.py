"""What the law asks of a report as it was told: who is protected first, who is assigned, what is late.

Plain values in, plain values out. Nothing is read out of the caller's words: a machine that guesses from a
text misses the quiet ones.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from casework.base.codes import codes
from casework.base.dates import CHILD_UNDER, EARLIEST_YEAR, ELDERLY_FROM, PartialDate, age_range

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

EMERGENCY: Final = "emergency"
PRIORITY: Final = "priority"
ORDINARY: Final = "ordinary"

POLICE: Final = "commune_police"
OTHERS: Final = "others"

YES: Final = "yes"
OLDEST: Final = 120
MOST_YEARS: Final = 5

_NUMBER: Final = re.compile(r"\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Told:
    """What was told: yes_no codes, codes of priority_group, ages of those subjected to violence as typed."""

    danger_now: str = "unknown"
    still_going_on: str = "unknown"
    weapon: str = "unknown"
    injured: str = "unknown"
    children_present: str = "unknown"
    priority_groups: Collection[str] = ()
    victim_ages: Collection[str] = ()
    roles: Collection[str] = ()
    is_sealed: bool = False


@dataclass(frozen=True, slots=True)
class Caution:
    """One sentence for the person at the desk, with the article it rests on."""

    code: str
    text: "StrPromise"
    basis: str


@dataclass(frozen=True, slots=True)
class Triage:
    """priority: emergency, priority, ordinary; assignee: commune_police, others; numbers: settings keys."""

    priority: str
    assignee: str
    groups: tuple[str, ...]
    child_procedure: bool
    warnings: tuple[Caution, ...]
    numbers: tuple[str, ...]


def triage(told: Told, on: date) -> Triage:
    """Judge a report by Art. 4, 20 and 24 and by Decree 56/2017.

    on: the day the ages were told. «Unknown» never calms: it leaves a warning to ask again.
    """
    groups = groups_seen(told, on)
    now = YES in (told.danger_now, told.weapon) or (told.still_going_on == YES and told.injured == YES)
    endangered = now or YES in (told.injured, told.still_going_on)
    # The commune police may be the colleagues of whom the report tells.
    by_police = bool(groups or endangered) and not told.is_sealed
    child = "child" in groups
    return Triage(
        priority=EMERGENCY if now else PRIORITY if groups or endangered else ORDINARY,
        assignee=POLICE if by_police else OTHERS,
        groups=groups,
        child_procedure=child,
        warnings=tuple(_warnings(told, groups, now=now, by_police=by_police)),
        numbers=_numbers(told, now=now, child=child),
    )


def groups_seen(told: Told, on: date) -> tuple[str, ...]:
    """The priority groups of Art. 4 that were named, and those the told ages may mean, in list order."""
    rows = codes("priority_group")
    seen = {code for code in told.priority_groups if code in rows and rows.row(code).flag("priority")}
    for text in told.victim_ages:
        ages = told_age(text, on)
        if ages is None:
            continue
        # Who may be a child, or old, is protected as one until papers show more.
        if ages[0] < CHILD_UNDER:
            seen.add("child")
        if ages[1] >= ELDERLY_FROM:
            seen.add("elderly")
    return tuple(code for code in rows.codes if code in seen)


def told_age(text: str, on: date) -> tuple[int, int] | None:
    """The lowest and highest age that «35», «khoảng 30-35 tuổi» or «1991» can mean; None when it names none.

    An age is read one year lower too: in the traditional count («tuổi mụ») a child is one at birth.
    """
    ranges: list[tuple[int, int]] = []
    for digits in _NUMBER.findall(text):
        number = int(digits) if len(digits) <= 4 else on.year + 1
        if number <= OLDEST:
            ranges.append((max(0, number - 1), number))
        elif EARLIEST_YEAR <= number <= on.year:
            born = age_range(PartialDate(number), on)
            ranges.extend([born] if born else [])
    if not ranges:
        return None
    return min(low for low, _high in ranges), max(high for _low, high in ranges)


def told_birth_years(text: str, on: date) -> tuple[int, ...]:
    """The birth years a told age can mean, for finding the person again; () when it is too vague."""
    ages = told_age(text, on)
    if ages is None:
        return ()
    typed = [int(digits) for digits in _NUMBER.findall(text)]
    if len(typed) == 1 and typed[0] > OLDEST:
        return (typed[0],)
    years = tuple(range(on.year - ages[1] - 1, on.year - ages[0] + 1))
    return years if len(years) <= MOST_YEARS else ()


def seals(perpetrators: Iterable[str]) -> bool:
    """Whether a report is kept from the commune: who uses violence is police, army or an official.

    perpetrators: their codes of official_kind.
    """
    rows = codes("official_kind")
    return any(code in rows and rows.row(code).flag("seals_case") for code in perpetrators)


def own_office_kinds(perpetrators: Iterable[str]) -> frozenset[str]:
    """The kinds of agency in which those people may have colleagues, which therefore are not assigned."""
    rows = codes("official_kind")
    return frozenset(
        kind for code in perpetrators if code in rows for kind in rows.row(code).strings("agency_kinds")
    )


def _warnings(told: Told, groups: tuple[str, ...], *, now: bool, by_police: bool) -> Iterable[Caution]:
    if now:
        yield Caution(
            "danger_to_life",
            _("Life or health is in danger now. Call first, write afterwards: the police stop it at once."),
            "Luật 13/2022/QH15, Điều 19, Điều 20",
        )
    elif told.danger_now != "no":
        yield Caution(
            "danger_not_known",
            _("It is not known yet whether life is in danger. Ask again before you hang up."),
            "",
        )
    if by_police:
        yield Caution(
            "police_assigned",
            _("Assign the commune police: a priority group, or somebody whose health or life is endangered."),
            "Luật 13/2022/QH15, Điều 4, Điều 20, Điều 24",
        )
    if "child" in groups:
        yield Caution(
            "child_procedure",
            _("The child-protection procedure runs too: emergency step within 12 hours; call 111."),
            "Nghị định 56/2017/NĐ-CP, Điều 25, Điều 26, Điều 31",
        )
    elif told.children_present == YES or "child" in told.roles:
        yield Caution(
            "children_seen",
            _("Children were there. Ask whether they were hurt or had to watch; each may need help."),
            "Luật 13/2022/QH15, Điều 3 khoản 1 điểm c",
        )


def _numbers(told: Told, *, now: bool, child: bool) -> tuple[str, ...]:
    numbers = []
    if now or told.still_going_on == YES:
        numbers.append("police")
    if told.injured == YES or told.danger_now == YES:
        numbers.append("ambulance")
    if child:
        numbers.append("children")
    return tuple(numbers)


# --- the minutes ---


DONE: Final = "done"
RUNNING: Final = "running"
LATE: Final = "late"


@dataclass(frozen=True, slots=True)
class Step:
    """One duty «at once»: how many whole minutes it took or has taken, and whether that is late.

    state: done, running or late; a duty done late stays late. minutes is None when it has not begun.
    """

    minutes: int | None
    state: str

    @property
    def is_late(self) -> bool:
        return self.state == LATE

    @property
    def lasted(self) -> timedelta | None:
        return None if self.minutes is None else timedelta(minutes=self.minutes)


def until_told(received: datetime, told: datetime | None, now: datetime) -> Step:
    """From the report to the chair's knowing of it (Art. 20(1)-(2))."""
    return _step("report_notify_chair", received, told, now)


def until_assigned(told: datetime | None, assigned: datetime | None, now: datetime) -> Step:
    """From the chair's knowing of it to somebody's being assigned (Art. 20(3)).

    A chair who is told a second time, after assigning, is not early.
    """
    if told is None:
        return Step(None, DONE if assigned else RUNNING)
    return _step("report_assign", told, assigned, now)


def late_after(duty: str) -> timedelta:
    """When «at once» is late: as soon as the first supervisor is told of the delay, by the list of clocks."""
    row = codes("deadline_kind").row(duty)
    hours = [step["after_hours"] for step in row.mappings("tell")]
    return timedelta(hours=min((hour for hour in hours if isinstance(hour, (int, float))), default=0))


def _step(duty: str, start: datetime, end: datetime | None, now: datetime) -> Step:
    passed = max(timedelta(), (end or now) - start)
    minutes = int(passed.total_seconds() // 60)
    if passed > late_after(duty):
        return Step(minutes, LATE)
    return Step(minutes, DONE if end else RUNNING)
