"""What a risk instrument is made of: questions, levels, and a rule in a small closed vocabulary.

Nothing in the vocabulary can make a level fall when an answer changes from "no" or "unknown" to "yes":
there is no negation of an answer, no negative weight, and what is not known is never counted as "no". So
the level with every unknown taken as yes is a true upper end of what may be found out, and the level is a
true lower end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from django.utils.translation import get_language

YES, NO, UNKNOWN, DECLINED, NOT_APPLICABLE = "yes", "no", "unknown", "declined", "not_applicable"
ItemKind: TypeAlias = Literal["yes_no", "grade"]


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages; str() gives the active one, Vietnamese unless English is active."""

    vi: str = ""
    en: str = ""

    def __str__(self) -> str:
        return self.en if (get_language() or "vi").startswith("en") else self.vi

    def __bool__(self) -> bool:
        return bool(self.vi)


# --- conditions ---


@dataclass(frozen=True, slots=True)
class Yes:
    """The answer is yes; with within_days also: and it happened within that many days."""

    key: str
    within_days: int | None = None


@dataclass(frozen=True, slots=True)
class Graded:
    """The grade of a row has at least this severity."""

    key: str
    at_least: int


@dataclass(frozen=True, slots=True)
class Ticked:
    """The box is ticked."""

    key: str


@dataclass(frozen=True, slots=True)
class Fear:
    """Her own fear, 1 to 5, is at least this."""

    at_least: int


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every condition holds."""

    of: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One condition holds or more."""

    of: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The box is not ticked; never of an answer, because "unknown" would then count as "no"."""

    of: Ticked


@dataclass(frozen=True, slots=True)
class CountYes:
    """How many questions of these sections are answered yes."""

    sections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many of these conditions hold."""

    of: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """The weights (1 or more) of the conditions that hold, added up."""

    terms: tuple[tuple[int, "Condition"], ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A count or a sum reaches the threshold."""

    number: CountYes | Count | Sum
    threshold: int


@dataclass(frozen=True, slots=True)
class NotRuledOut:
    """More than this share (numerator, denominator) of the questions of these sections is not answered "no".

    It counts yes together with unknown and declined: counting only the unknown would let the level fall
    when an unknown answer turns into a yes.
    """

    sections: tuple[str, ...]
    more_than: tuple[int, int]


Condition: TypeAlias = Yes | Graded | Ticked | Fear | AllOf | AnyOf | Not | AtLeast | NotRuledOut


def dated_keys(condition: Condition) -> set[str]:
    """The questions for which it matters when it happened."""
    match condition:
        case Yes(key, within) if within is not None:
            return {key}
        case AllOf(of) | AnyOf(of) | AtLeast(Count(of)):
            return {key for inner in of for key in dated_keys(inner)}
        case AtLeast(Sum(terms)):
            return {key for _weight, inner in terms for key in dated_keys(inner)}
        case _:
            return set()


# --- the form ---


@dataclass(frozen=True, slots=True)
class Option:
    """A grade a row can have; severity: 0 for the safest grade, rising."""

    code: str
    severity: int
    text: Words


@dataclass(frozen=True, slots=True)
class Item:
    """One question.

    windows: codes that may be chosen with "yes", empty when time is not asked; always_within: days implied
    by the question itself («trong 3 tháng gần đây»); ask_if: name of a fact, the question is left out when
    it is known to be false; options: the grades of a row, empty for a yes/no question.
    """

    key: str
    kind: ItemKind
    text: Words
    help: Words
    why: Words
    windows: tuple[str, ...] = ()
    always_within: int | None = None
    may_not_apply: bool = False
    ask_if: str = ""
    options: tuple[Option, ...] = ()

    @property
    def answers(self) -> tuple[str, ...]:
        """The answers that may be given, in page order (labels: option.text or the list yes_no_na)."""
        if self.kind == "grade":
            return (*(option.code for option in self.options), UNKNOWN)
        return (YES, NO, UNKNOWN, DECLINED, *((NOT_APPLICABLE,) if self.may_not_apply else ()))

    def is_asked(self, facts: Mapping[str, bool]) -> bool:
        """False only when the fact it depends on is known to be false."""
        return not self.ask_if or facts.get(self.ask_if, True)


@dataclass(frozen=True, slots=True)
class Section:
    """A group of questions; the rule counts by its code."""

    code: str
    title: Words
    intro: Words
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A box ticked by the assessor, or (is_asked False) set by the system from another record."""

    key: str
    text: Words
    help: Words
    is_asked: bool


# --- levels, rules and what follows ---


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of Art. 22(1) the level asks for; duty: do, propose, offer or consider.

    Our policy, shown as such; it never limits what the victim may ask for.
    """

    code: str
    duty: str
    text: Words


@dataclass(frozen=True, slots=True)
class Band:
    """A level; first_hours, hours: longest time to the next assessment, which a policy may shorten."""

    code: str
    label: Words
    meaning: Words
    first_hours: int
    hours: int
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """When the condition holds, the level is this band (or, as a floor, at least this band)."""

    key: str
    band: str
    when: Condition
    text: Words


@dataclass(frozen=True, slots=True)
class Raise:
    """When the condition holds, the level goes up by so many steps."""

    key: str
    steps: int
    when: Condition
    text: Words


@dataclass(frozen=True, slots=True)
class Lowering:
    """How many steps a person may lower a level, and below which band never while the condition holds."""

    steps: int
    never_below: str
    while_: Condition
    text: Words


@dataclass(frozen=True, slots=True)
class Flag:
    """Something besides the level that the answers show; hours: legal time that starts with it, or None."""

    key: str
    when: Condition
    text: Words
    hours: int | None


@dataclass(frozen=True, slots=True)
class Licence:
    """status: own, public_form, required (no wording may be shown) or held (with permission_document)."""

    status: str
    holder: str
    terms: Words
    permission_document: str


@dataclass(frozen=True, slots=True)
class Answer:
    """value: yes, no, unknown, declined, not_applicable, a grade, or "" (not asked yet).

    source and window: codes of the lists answer_source and answer_window. A window "" or "unknown" means that
    nobody knows when; "ever" means that the last time is longer ago than every other window.
    """

    value: str
    source: str = ""
    window: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example: the input, and what must come out."""

    key: str
    text: Words
    answers: Mapping[str, Answer]
    imminent: bool
    child_row_high: bool
    fear: int | None
    facts: Mapping[str, bool]
    level: str
    highest: str
    rules: tuple[str, ...]
    first_hours: int
    lowest_final: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """One version of an instrument; bands from the lowest up.

    state: draft, review, published or retired; window_days: longest time in days per window code, without
    "ever"; content_hash: SHA-256 (hex) of the canonical JSON without its state.
    """

    code: str
    version: str
    state: str
    title: Words
    notice: Words
    purpose: Words
    known_scoring: Words
    sources: tuple[str, ...]
    licence: Licence
    sections: tuple[Section, ...]
    ticks: tuple[Tick, ...]
    fear: Words
    window_days: Mapping[str, int]
    window_help: Words
    bands: tuple[Band, ...]
    rules: tuple[Rule, ...]
    floors: tuple[Rule, ...]
    raises: tuple[Raise, ...]
    lowering: Lowering | None
    flags: tuple[Flag, ...]
    uncertain_hours: int | None
    measures_notice: Words
    examples: tuple[Example, ...]
    content_hash: str

    @property
    def items(self) -> tuple[Item, ...]:
        """Every question in the order of the form."""
        return tuple(item for section in self.sections for item in section.items)

    def item(self, key: str) -> Item:
        """The question of that key; LookupError when the instrument has none."""
        for item in self.items:
            if item.key == key:
                return item
        raise LookupError(f"{self.code} {self.version} has no question {key!r}")

    def band(self, code: str) -> Band:
        """The level of that code; LookupError when the instrument has none."""
        return self.bands[self.rank(code)]

    def rank(self, code: str) -> int:
        """0 for the lowest level, rising; LookupError when the instrument has no such level."""
        for rank, band in enumerate(self.bands):
            if band.code == code:
                return rank
        raise LookupError(f"{self.code} {self.version} has no level {code!r}")

    def words(self, key: str) -> Words:
        """The sentence of a reason: a rule, floor, raise or flag by its key, or the text of a question."""
        reasons: list[Rule | Raise | Flag] = [*self.rules, *self.floors, *self.raises, *self.flags]
        for reason in reasons:
            if reason.key == key:
                return reason.text
        return self.item(key).text

    def dated_keys(self) -> set[str]:
        """The questions for which the level, or lowering it, depends on when it happened."""
        conditions = [rule.when for rule in (*self.rules, *self.floors)]
        conditions += [step.when for step in self.raises]
        if self.lowering:
            conditions.append(self.lowering.while_)
        return {key for condition in conditions for key in dated_keys(condition)}
