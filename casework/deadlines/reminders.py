"""Who is told of a clock, and when: before, at and after its hour. Pure: steps come from the data, time from the caller."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from casework.base.codes import CodeRow, codes

# Whoever answers for the clock; any other audience is a role.
ANSWERS: Final = ""
# What a person is told, as codes of the list `notice_kind`.
SOON, NOW, OVERDUE, LATE, ENDED = "due_soon", "due_now", "overdue", "late", "ended"
# What became of a step, as kept beside it.
TOLD, PASSED_OVER, KNOWN = "told", "passed_over", "known"
# So long after its hour a clock is «due now»; later it is overdue.
JUST_NOW: Final = timedelta(minutes=15)

Stored = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One telling: minutes after the hour (before it when negative), and to whom.

    again: it repeats what the person was told before, so it is left out once they have acknowledged it.
    ends: at this instant the clock ends by itself.
    """

    after: int
    tell: str = ANSWERS
    again: bool = False
    ends: bool = False

    @property
    def name(self) -> str:
        """What tells this step from the others of the same clock."""
        return f"{'end' if self.ends else self.tell or 'answers'}{self.after:+d}"

    def at(self, due_at: datetime) -> datetime:
        return due_at + timedelta(minutes=self.after)


@dataclass(frozen=True, slots=True)
class Run:
    """What is to be done for one clock now: what each audience is told, and what becomes of each step that is due."""

    tell: Mapping[str, str]
    steps: Mapping[str, str]
    ends: bool = False


def audience_of(name: str) -> str:
    """The role a step told, by its name; empty for whoever answers."""
    role = name.replace("-", "+").partition("+")[0]
    return "" if role in ("answers", "end") else role


# --- what the data says ---


def plan(kind: str, level: str = "") -> list[dict[str, Any]]:
    """The steps of a new clock as they are kept with it, so that no later change of the data moves them.

    level: that of the case; the policy of the levels says who is told of a missed assessment or contact.
    """
    row = codes("deadline_kind").row(kind)
    before = [Step(-60 * hours) for hours in _whole(row.params.get("remind_before_hours"))]
    if row.flag("ends_itself"):
        return [_stored(step) for step in [*before, Step(0, ends=True)]]
    again = [Step(minutes, again=True) for minutes in _whole(row.params.get("again_after_minutes"))]
    told = [Step(60 * _hours(step["after_hours"]), str(step["role"])) for step in _escalation(row, level)]
    steps = sorted([*before, Step(0), *again, *told], key=lambda step: (step.after, step.tell))
    return [_stored(step) for step in steps]


def _escalation(row: CodeRow, level: str) -> Sequence[Mapping[str, object]]:
    policy = row.string("policy")
    if policy == "risk_policy" and level in codes(policy):
        return codes(policy).row(level).mappings("escalate")
    return row.mappings("tell")


def read(stored: Collection[Stored]) -> list[Step]:
    """The steps of a clock as they were kept with it."""
    return [
        Step(
            int(one["after"]),
            str(one.get("tell", ANSWERS)),
            bool(one.get("again", False)),
            bool(one.get("ends", False)),
        )
        for one in stored
    ]


def _stored(step: Step) -> dict[str, Any]:
    kept: dict[str, Any] = {"after": step.after}
    for name in ("tell", "again", "ends"):
        if value := getattr(step, name):
            kept[name] = value
    return kept


# --- when ---


def next_at(
    steps: Collection[Step], due_at: datetime, *, set_at: datetime, done: Collection[str]
) -> datetime | None:
    """When the clock is looked at next; None when nobody is left to be told.

    set_at: when the clock was set to this hour: what should have been said before it began is not said.
    """
    waiting = [step.at(due_at) for step in _counted(steps, due_at, set_at) if step.name not in done]
    return min(waiting, default=None)


def run(
    steps: Collection[Step],
    due_at: datetime,
    *,
    set_at: datetime,
    done: Collection[str],
    at: datetime,
    is_known: bool = False,
) -> Run:
    """What is told now. Whoever missed several steps while nothing ran is told once, of where the clock stands now.

    is_known: whoever answers has said that they know; what only repeats it is left out.
    """
    waiting = [
        step for step in _counted(steps, due_at, set_at) if step.name not in done and step.at(due_at) <= at
    ]
    tell: dict[str, str] = {}
    became: dict[str, str] = {}
    ends = any(step.ends for step in waiting)
    for audience in dict.fromkeys(step.tell for step in waiting):
        own = [step for step in waiting if step.tell == audience]
        last = max(own, key=lambda step: step.after)
        silent = is_known and all(step.again for step in own)
        for step in own:
            became[step.name] = KNOWN if silent else TOLD if step is last else PASSED_OVER
        if not silent:
            tell[audience] = _what(audience, due_at, at, ends=ends)
    return Run(tell, became, ends)


def _what(audience: str, due_at: datetime, at: datetime, *, ends: bool) -> str:
    if ends:
        return ENDED
    if at < due_at:
        return SOON
    if audience != ANSWERS:
        return LATE
    return NOW if at - due_at < JUST_NOW else OVERDUE


def _counted(steps: Collection[Step], due_at: datetime, set_at: datetime) -> list[Step]:
    return [step for step in steps if step.after >= 0 or step.at(due_at) >= set_at]


def is_dangerous(kind: str, level: str = "", priority: str = "") -> bool:
    """Whether a life may hang on it: then no quiet hours hold."""
    return codes("deadline_kind").row(kind).flag("danger") or level == "EXTREME" or priority == "emergency"


def _whole(values: object) -> list[int]:
    return [value for value in values if isinstance(value, int)] if isinstance(values, tuple) else []


def _hours(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"not a whole number of hours: {value!r}")
    return value
