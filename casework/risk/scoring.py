"""From answers to a risk level, its range, its reasons and its clocks: pure, no storage, no clock of its own.

No number comes out of here: a level, the sentences behind it, what is not known, and times. The level
supports the judgement of a person and never replaces it.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from django.utils.translation import gettext_lazy as _

from casework.base.codes import CodeList
from casework.base.refusals import InvalidInput, Message, Refused
from casework.risk.vocabulary import (
    DECLINED,
    NO,
    NOT_APPLICABLE,
    UNKNOWN,
    YES,
    AllOf,
    Answer,
    AnyOf,
    AtLeast,
    Condition,
    Count,
    CountYes,
    Fear,
    Graded,
    Instrument,
    Item,
    Not,
    NotRuledOut,
    Sum,
    Ticked,
    Yes,
)

OPEN = ("", UNKNOWN, DECLINED)  # a question nobody asked yet is as open as one nobody could answer
_JUST_NOW = 0  # days: inside every window


# --- answers ---


def answers_to_json(answers: Mapping[str, Answer]) -> dict[str, dict[str, str]]:
    """The stored form {question: {"answer", "source", "window"}}: keys sorted, empty parts left out."""
    stored: dict[str, dict[str, str]] = {}
    for key, answer in sorted(answers.items()):
        parts = {"answer": answer.value, "source": answer.source, "window": answer.window}
        stored[key] = {name: part for name, part in parts.items() if part}
    return stored


def answers_from_json(stored: Mapping[str, Mapping[str, str]]) -> dict[str, Answer]:
    """Reads back `answers_to_json`."""
    return {
        key: Answer(parts.get("answer", ""), parts.get("source", ""), parts.get("window", ""))
        for key, parts in stored.items()
    }


def check_answers(instrument: Instrument, answers: Mapping[str, Answer], fear: int | None = None) -> None:
    """Refuses (InvalidInput, by question) what the instrument does not know; a missing answer is no error."""
    errors: dict[str, Message] = {}
    known = {item.key: item for item in instrument.items}
    for key, answer in answers.items():
        item = known.get(key)
        if item is None:
            errors[key] = _("This question is not part of the instrument.")
        elif answer.value and answer.value not in item.answers:
            errors[key] = _("This answer is not possible here.")
        elif answer.window not in ("", UNKNOWN, *item.windows):
            errors[key] = _("This time window is not possible here.")
    if fear is not None and (not instrument.fear or not 1 <= fear <= 5):
        errors["fear"] = _("Fear is told on a scale from 1 to 5.")
    if errors:
        raise InvalidInput(errors)


# --- the interpreter ---


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rule sees of one answer; days: at most so many days ago, None for longer ago or not known."""

    is_yes: bool = False
    days: int | None = None
    severity: int = 0
    is_ruled_out: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """Everything the rule may look at; sections: the keys of the questions by section."""

    readings: Mapping[str, Reading]
    sections: Mapping[str, tuple[str, ...]]
    ticks: frozenset[str]
    fear: int | None


def holds(condition: Condition, view: View) -> bool:
    """Is the condition met? LookupError for a question the instrument does not have."""
    match condition:
        case Yes(key, within):
            seen = view.readings[key]
            return seen.is_yes and (within is None or (seen.days is not None and seen.days <= within))
        case Graded(key, severity):
            return view.readings[key].severity >= severity
        case Ticked(key):
            return key in view.ticks
        case Fear(threshold):
            return view.fear is not None and view.fear >= threshold
        case AllOf(conditions):
            return all(holds(inner, view) for inner in conditions)
        case AnyOf(conditions):
            return any(holds(inner, view) for inner in conditions)
        case Not(inner):
            return not holds(inner, view)
        case AtLeast(number, threshold):
            return _number(number, view) >= threshold
        case NotRuledOut(sections, (numerator, denominator)):
            keys = _keys(sections, view)
            possible = sum(not view.readings[key].is_ruled_out for key in keys)
            return possible * denominator > numerator * len(keys)
        case _:
            assert_never(condition)


def _number(number: CountYes | Count | Sum, view: View) -> int:
    match number:
        case CountYes(sections):
            return sum(view.readings[key].is_yes for key in _keys(sections, view))
        case Count(conditions):
            return sum(holds(inner, view) for inner in conditions)
        case Sum(terms):
            return sum(weight for weight, inner in terms if holds(inner, view))
        case _:
            assert_never(number)


def _keys(sections: Iterable[str], view: View) -> list[str]:
    return [key for section in sections for key in view.sections[section]]


def _is_open(item: Item, answer: Answer, facts: Mapping[str, bool]) -> bool:
    """A question left out because of a known fact is not open; an answer given all the same counts."""
    return answer.value in OPEN and (answer.value != "" or item.is_asked(facts))


def _is_undated(item: Item, answer: Answer) -> bool:
    return answer.value == YES and bool(item.windows) and answer.window in ("", UNKNOWN)


def _as_known(instrument: Instrument, item: Item, answer: Answer, facts: Mapping[str, bool]) -> Reading:
    if _is_open(item, answer, facts):
        return Reading()
    if item.kind == "grade" and answer.value:
        severity = next(option.severity for option in item.options if option.code == answer.value)
        return Reading(severity=severity, is_ruled_out=severity == 0)
    if answer.value in ("", NO, NOT_APPLICABLE):
        return Reading(is_ruled_out=True)
    ages = (item.always_within, instrument.window_days.get(answer.window))
    return Reading(is_yes=True, days=min((age for age in ages if age is not None), default=None))


def _as_recent(instrument: Instrument, item: Item, answer: Answer, facts: Mapping[str, bool]) -> Reading:
    """As known, but a yes whose time nobody knows happened just now."""
    if _is_undated(item, answer):
        return Reading(is_yes=True, days=_JUST_NOW)
    return _as_known(instrument, item, answer, facts)


def _as_feared(instrument: Instrument, item: Item, answer: Answer, facts: Mapping[str, bool]) -> Reading:
    """As bad as it can still turn out to be: everything unknown and declined is yes, and just now."""
    if _is_open(item, answer, facts):
        worst = max((option.severity for option in item.options), default=0)
        return Reading(is_yes=item.kind == "yes_no", days=_JUST_NOW, severity=worst)
    return _as_recent(instrument, item, answer, facts)


# --- the level ---


@dataclass(frozen=True, slots=True)
class Result:
    """What the answers show.

    level: at least this; highest: this, if every unknown answer were yes. rules: keys of what decided the
    level, floors and raises last. factors: questions answered yes (rows not at their safest grade), in the
    order of the form. unknown: questions unknown, declined or not asked. undated: answered yes, but the
    level depends on when and nobody knows. lowest_final: the lowest level a person may set. flags: keys.
    first_hours, hours: the longest time to the next assessment, after the first one of a case and after
    later ones.
    """

    level: str
    highest: str
    rules: tuple[str, ...]
    factors: tuple[str, ...]
    unknown: tuple[str, ...]
    undated: tuple[str, ...]
    lowest_final: str
    flags: tuple[str, ...]
    first_hours: int
    hours: int

    @property
    def is_uncertain(self) -> bool:
        """True when what is unknown could still lift the level."""
        return self.level != self.highest

    @property
    def reasons(self) -> tuple[str, ...]:
        """Keys of the deciding rules, then of the factors; `Instrument.words` has the sentences."""
        return self.rules + self.factors


def assess(
    instrument: Instrument,
    answers: Mapping[str, Answer],
    *,
    imminent: bool = False,
    fear: int | None = None,
    child_row_high: bool = False,
    facts: Mapping[str, bool] | None = None,
) -> Result:
    """The level at least, the level at most, and why.

    imminent: the assessor's tick. fear: 1 to 5; None (not asked, not told) raises nothing. child_row_high:
    a form for one of the children has a row «Cao». facts: what is known to be true or false, for example
    has_children. Errors: Refused instrument_has_no_rule for a shell without wording; InvalidInput for
    impossible answers.
    """
    if not instrument.bands:
        raise Refused(
            "instrument_has_no_rule", _("Without its owner's permission this instrument cannot be used here.")
        )
    check_answers(instrument, answers, fear)
    given = {item.key: answers.get(item.key, Answer("")) for item in instrument.items}
    known_facts = facts or {}
    ticked = {"imminent": imminent, "child_row_high": child_row_high}
    sections = {part.code: tuple(item.key for item in part.items) for part in instrument.sections}
    ticks = frozenset(key for key, is_set in ticked.items() if is_set)

    known, recent, feared = (
        View(
            readings={
                item.key: read(instrument, item, given[item.key], known_facts) for item in instrument.items
            },
            sections=sections,
            ticks=ticks,
            fear=fear,
        )
        for read in (_as_known, _as_recent, _as_feared)
    )
    rank, rules = _level(instrument, known)
    highest, _rules = _level(instrument, feared)
    band = instrument.bands[rank]
    dated = instrument.dated_keys()
    bounds = [instrument.uncertain_hours] if instrument.uncertain_hours and highest != rank else []
    return Result(
        level=band.code,
        highest=instrument.bands[highest].code,
        rules=rules,
        factors=tuple(key for key, seen in known.readings.items() if seen.is_yes or seen.severity),
        unknown=tuple(item.key for item in instrument.items if _is_open(item, given[item.key], known_facts)),
        undated=tuple(
            item.key for item in instrument.items if item.key in dated and _is_undated(item, given[item.key])
        ),
        lowest_final=instrument.bands[_lowest_final(instrument, rank, recent)].code,
        flags=tuple(flag.key for flag in instrument.flags if holds(flag.when, known)),
        first_hours=min([band.first_hours, *bounds]),
        hours=min([band.hours, *bounds]),
    )


def _level(instrument: Instrument, view: View) -> tuple[int, tuple[str, ...]]:
    """The rank of the highest band with a rule that holds, after floors and raises; what decided it."""
    rank, keys = 0, list[str]()
    for candidate in range(len(instrument.bands) - 1, 0, -1):
        code = instrument.bands[candidate].code
        keys = [rule.key for rule in instrument.rules if rule.band == code and holds(rule.when, view)]
        if keys:
            rank = candidate
            break
    for floor in instrument.floors:
        if instrument.rank(floor.band) > rank and holds(floor.when, view):
            rank = instrument.rank(floor.band)
            keys.append(floor.key)
    for step in instrument.raises:
        raised = min(rank + step.steps, len(instrument.bands) - 1)
        if raised > rank and holds(step.when, view):
            rank = raised
            keys.append(step.key)
    return rank, tuple(keys)


def _lowest_final(instrument: Instrument, rank: int, recent: View) -> int:
    lowering = instrument.lowering
    if lowering is None:
        return rank
    lowest = max(rank - lowering.steps, 0)
    if holds(lowering.while_, recent):
        lowest = max(lowest, instrument.rank(lowering.never_below))
    return min(lowest, rank)


# --- human judgement ---


def check_judgement(
    instrument: Instrument,
    result: Result,
    final: str,
    *,
    reason: str,
    by: Hashable,
    confirmed_by: Hashable | None = None,
    confirmer_in_conflict: bool = False,
) -> None:
    """May this person set this final level?

    Whoever assesses may raise the level with a sentence. Lowering is one step, with a reason and a second
    person who is neither the assessor nor in conflict with the case. by, confirmed_by: keys of the two
    users. Errors: Refused risk_reason_missing, risk_lower_too_far, risk_second_person_missing,
    risk_second_person_same, risk_second_person_in_conflict; InvalidInput for a level the instrument does
    not have.
    """
    if final not in {band.code for band in instrument.bands}:
        raise InvalidInput({"final": _("This instrument has no such level.")})
    steps_up = instrument.rank(final) - instrument.rank(result.level)
    if steps_up == 0:
        return
    if not reason.strip():
        raise Refused("risk_reason_missing", _("Say in a sentence why the level is changed."), "reason")
    if steps_up > 0:
        return
    if instrument.rank(final) < instrument.rank(result.lowest_final):
        raise Refused(
            "risk_lower_too_far", _("With these answers the level may not be lowered that far."), "final"
        )
    if confirmed_by is None:
        raise Refused(
            "risk_second_person_missing", _("A second person must confirm a lower level."), "confirmed_by"
        )
    if confirmed_by == by:
        raise Refused(
            "risk_second_person_same", _("Nobody confirms a lower level of their own."), "confirmed_by"
        )
    if confirmer_in_conflict:
        raise Refused(
            "risk_second_person_in_conflict",
            _("This person is in conflict with the case and may not confirm a lower level."),
            "confirmed_by",
        )


# --- clocks ---


@dataclass(frozen=True, slots=True)
class Tell:
    """Who is told (a row of the list role) when a clock was missed, so many hours after it; 0: at once."""

    role: str
    after_hours: int


@dataclass(frozen=True, slots=True)
class Clocks:
    """Instants by which to assess again and to be in contact, and who is told when they pass."""

    reassess_by: datetime
    contact_by: datetime
    tell: tuple[Tell, ...]


def clocks(level: str, result: Result, policy: CodeList, *, at: datetime, is_first: bool) -> Clocks:
    """The clocks that start when an assessment is signed.

    level: the final level; policy: the code list risk_policy. The instrument's own longest times, among
    them the 72 hours of an uncertain level, only ever shorten. at: the signing; hours run through nights
    and holidays.
    """
    row = policy.row(level)
    hours = [
        _hours(row.integer("first_reassess_hours" if is_first else "reassess_hours")),
        result.first_hours if is_first else result.hours,
    ]
    if result.is_uncertain:
        hours.append(_hours(policy.row("uncertain").integer("reassess_hours")))
    return Clocks(
        reassess_by=at + timedelta(hours=min(hours)),
        contact_by=at + timedelta(hours=_hours(row.integer("contact_hours"))),
        tell=tuple(
            Tell(str(step["role"]), _hours(step.get("after_hours"))) for step in row.mappings("escalate")
        ),
    )


def pulled_forward(due: datetime, policy: CodeList, *, at: datetime) -> datetime:
    """When an open re-assessment is due after an event between the same two people (a row of event_pull)."""
    return min(due, at + timedelta(hours=_hours(policy.row("event").integer("reassess_hours"))))


def _hours(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"the policy gives no whole number of hours: {value!r}")
    return value
