"""Reads the JSON of an instrument version, strictly: an unknown or missing part is an error."""

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from casework.risk.vocabulary import (
    AllOf,
    Answer,
    AnyOf,
    AtLeast,
    Band,
    Condition,
    Count,
    CountYes,
    Example,
    Fear,
    Flag,
    Graded,
    Instrument,
    Item,
    ItemKind,
    Licence,
    Lowering,
    Measure,
    Not,
    NotRuledOut,
    Option,
    Raise,
    Rule,
    Section,
    Sum,
    Tick,
    Ticked,
    Words,
    Yes,
)

STATES = ("draft", "review", "published", "retired")
FROZEN_STATES = ("published", "retired")
LICENCES = ("own", "public_form", "required", "held")
DUTIES = ("do", "propose", "offer", "consider")


class BadInstrument(ValueError):
    """The data of an instrument cannot be read; says where and why."""


def content_hash(document: Mapping[str, object]) -> str:
    """SHA-256 (hex) of the canonical JSON: sorted keys, no spaces, UTF-8 in NFC; the state is not content."""
    content = {name: part for name, part in document.items() if name != "state"}
    canonical = json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(unicodedata.normalize("NFC", canonical).encode()).hexdigest()


@dataclass
class _Node:
    """One JSON object; remembers its place, and that every part of it was read."""

    parts: Mapping[str, object]
    place: str
    seen: set[str] = field(default_factory=set)

    def __contains__(self, name: str) -> bool:
        return name in self.parts

    def bad(self, why: str) -> BadInstrument:
        return BadInstrument(f"{self.place}: {why}")

    def take(self, name: str) -> object:
        self.seen.add(name)
        return self.parts.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        value = self.take(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self.bad(f"{name} must be text")
        return value

    def integer(self, name: str, *, at_least: int = 0) -> int:
        value = self.take(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < at_least:
            raise self.bad(f"{name} must be a whole number from {at_least}")
        return value

    def optional_integer(self, name: str, *, at_least: int = 0) -> int | None:
        return self.integer(name, at_least=at_least) if name in self.parts else None

    def flag(self, name: str) -> bool:
        value = self.take(name)
        if value is not None and not isinstance(value, bool):
            raise self.bad(f"{name} must be true or false")
        return bool(value)

    def strings(self, name: str) -> tuple[str, ...]:
        value = self.take(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(inner, str) for inner in value):
            raise self.bad(f"{name} must be a list of texts")
        return tuple(value)

    def node(self, name: str) -> "_Node":
        value = self.take(name)
        if not isinstance(value, dict):
            raise self.bad(f"{name} must be an object")
        return _Node(cast("dict[str, object]", value), f"{self.place}.{name}")

    def optional_node(self, name: str) -> "_Node | None":
        return self.node(name) if name in self.parts else None

    def nodes(self, name: str) -> Iterator["_Node"]:
        value = self.take(name)
        if value is None:
            return
        if not isinstance(value, list) or not all(isinstance(inner, dict) for inner in value):
            raise self.bad(f"{name} must be a list of objects")
        for place, inner in enumerate(cast("list[dict[str, object]]", value)):
            yield _Node(inner, f"{self.place}.{name}[{inner.get('key', inner.get('code', place))}]")

    def words(self, name: str, *, required: bool = True) -> Words:
        if not required and name not in self.parts:
            return Words()
        inner = self.node(name)
        words = Words(vi=inner.text("vi"), en=inner.text("en"))
        inner.done()
        if not words.vi.strip() or not words.en.strip():
            raise inner.bad("both languages are needed")
        return words

    def done(self) -> None:
        unknown = sorted(set(self.parts) - self.seen)
        if unknown:
            raise self.bad(f"unknown parts: {', '.join(unknown)}")

    def one_of(self, name: str, allowed: Iterable[str]) -> str:
        value = self.text(name)
        if value not in allowed:
            raise self.bad(f"{name} is {value!r}, but must be one of {', '.join(allowed)}")
        return value


@dataclass(frozen=True)
class _Names:
    """What a rule may speak of."""

    yes_no: frozenset[str]
    grades: Mapping[str, frozenset[int]]
    sections: frozenset[str]
    ticks: frozenset[str]
    has_fear: bool


def parse_instrument(document: Mapping[str, object]) -> Instrument:
    """Reads one version; BadInstrument names the first place that does not fit the format."""
    top = _Node(document, "instrument")
    windows = top.optional_node("windows")
    window_days = _window_days(windows) if windows else {}
    sections = tuple(_section(node, window_days) for node in top.nodes("sections"))
    ticks = tuple(_tick(node) for node in top.nodes("ticks"))
    fear = top.words("fear", required=False)
    names = _names(top, sections, ticks, has_fear=bool(fear))
    bands = tuple(_band(node) for node in top.nodes("bands"))
    codes = [band.code for band in bands]
    _once(top, codes)
    rules = tuple(_rule(node, names, codes[1:]) for node in top.nodes("rules"))
    floors = tuple(_rule(node, names, codes[1:]) for node in top.nodes("floors"))
    raises = tuple(_raise(node, names) for node in top.nodes("raises"))
    flags = tuple(_flag(node, names) for node in top.nodes("flags"))
    reason_keys = [rule.key for rule in (*rules, *floors)] + [step.key for step in raises]
    _once(top, [*reason_keys, *(flag.key for flag in flags), *names.yes_no, *names.grades])
    lowering = top.optional_node("lowering")
    version = Instrument(
        code=top.text("instrument"),
        version=top.text("version"),
        state=top.one_of("state", STATES),
        title=top.words("title"),
        notice=top.words("notice"),
        purpose=top.words("purpose"),
        known_scoring=top.words("known_scoring", required=False),
        sources=top.strings("sources"),
        licence=_licence(top.node("licence")),
        sections=sections,
        ticks=ticks,
        fear=fear,
        window_days=window_days,
        window_help=windows.words("help") if windows else Words(),
        bands=bands,
        rules=rules,
        floors=floors,
        raises=raises,
        lowering=_lowering(lowering, names, codes) if lowering else None,
        flags=flags,
        uncertain_hours=top.optional_integer("uncertain_hours", at_least=1),
        measures_notice=top.words("measures_notice", required=False),
        examples=tuple(_example(node, sections, codes, reason_keys) for node in top.nodes("examples")),
        content_hash=content_hash(document),
    )
    top.done()
    if windows:
        windows.done()
    if version.state in FROZEN_STATES and version.licence.status == "required":
        raise top.bad("a version without permission cannot be published")
    return version


def _once(top: _Node, keys: Iterable[str]) -> None:
    listed = list(keys)
    twice = sorted({key for key in listed if listed.count(key) > 1})
    if twice:
        raise top.bad(f"used twice: {', '.join(twice)}")


def _names(top: _Node, sections: Iterable[Section], ticks: Iterable[Tick], *, has_fear: bool) -> _Names:
    listed = list(sections)
    items = [item for section in listed for item in section.items]
    _once(top, [item.key for item in items])
    _once(top, [section.code for section in listed])
    return _Names(
        yes_no=frozenset(item.key for item in items if item.kind == "yes_no"),
        grades={
            item.key: frozenset(option.severity for option in item.options)
            for item in items
            if item.kind == "grade"
        },
        sections=frozenset(section.code for section in listed),
        ticks=frozenset(tick.key for tick in ticks),
        has_fear=has_fear,
    )


def _window_days(windows: _Node) -> dict[str, int]:
    days = windows.node("days")
    read = {code: days.integer(code, at_least=1) for code in days.parts}
    if "ever" in read or "unknown" in read:
        raise days.bad("ever and unknown have no days")
    return read


def _section(node: _Node, window_days: Mapping[str, int]) -> Section:
    section = Section(
        code=node.text("code"),
        title=node.words("title"),
        intro=node.words("intro", required=False),
        items=tuple(_item(inner, window_days) for inner in node.nodes("items")),
    )
    node.done()
    return section


def _item(node: _Node, window_days: Mapping[str, int]) -> Item:
    kind = node.one_of("kind", ("yes_no", "grade"))
    item = Item(
        key=node.text("key"),
        kind=cast("ItemKind", kind),
        text=node.words("text"),
        help=node.words("help", required=False),
        why=node.words("why", required=False),
        windows=node.strings("windows"),
        always_within=node.optional_integer("always_within_days", at_least=1),
        may_not_apply=node.flag("may_not_apply"),
        ask_if=node.text("ask_if", ""),
        options=tuple(_option(inner) for inner in node.nodes("options")),
    )
    node.done()
    if not set(item.windows) <= {"ever", *window_days}:
        raise node.bad("windows names a window without days")
    severities = [option.severity for option in item.options]
    if (kind == "grade") != bool(severities) or (severities and 0 not in severities):
        raise node.bad("a graded row, and only that, has options, one of them with severity 0")
    return item


def _option(node: _Node) -> Option:
    option = Option(code=node.text("code"), severity=node.integer("severity"), text=node.words("text"))
    node.done()
    return option


def _tick(node: _Node) -> Tick:
    tick = Tick(
        key=node.one_of("key", ("imminent", "child_row_high")),
        text=node.words("text"),
        help=node.words("help", required=False),
        is_asked=node.flag("is_asked"),
    )
    node.done()
    return tick


def _band(node: _Node) -> Band:
    band = Band(
        code=node.text("code"),
        label=node.words("label"),
        meaning=node.words("meaning"),
        first_hours=node.integer("first_hours", at_least=1),
        hours=node.integer("hours", at_least=1),
        measures=tuple(_measure(inner) for inner in node.nodes("measures")),
    )
    node.done()
    return band


def _measure(node: _Node) -> Measure:
    measure = Measure(code=node.text("code"), duty=node.one_of("duty", DUTIES), text=node.words("text"))
    node.done()
    return measure


def _rule(node: _Node, names: _Names, bands: Iterable[str]) -> Rule:
    rule = Rule(
        key=node.text("key"),
        band=node.one_of("band", bands),
        when=_condition(node.node("when"), names),
        text=node.words("text"),
    )
    node.done()
    return rule


def _raise(node: _Node, names: _Names) -> Raise:
    step = Raise(
        key=node.text("key"),
        steps=node.integer("steps", at_least=1),
        when=_condition(node.node("when"), names),
        text=node.words("text"),
    )
    node.done()
    return step


def _lowering(node: _Node, names: _Names, bands: Iterable[str]) -> Lowering:
    lowering = Lowering(
        steps=node.integer("steps"),
        never_below=node.one_of("never_below", bands),
        while_=_condition(node.node("while"), names),
        text=node.words("text"),
    )
    node.done()
    return lowering


def _flag(node: _Node, names: _Names) -> Flag:
    flag = Flag(
        key=node.text("key"),
        when=_condition(node.node("when"), names),
        text=node.words("text"),
        hours=node.optional_integer("hours", at_least=1),
    )
    node.done()
    return flag


def _licence(node: _Node) -> Licence:
    licence = Licence(
        status=node.one_of("status", LICENCES),
        holder=node.text("holder"),
        terms=node.words("terms"),
        permission_document=node.text("permission_document", ""),
    )
    node.done()
    return licence


def _condition(node: _Node, names: _Names) -> Condition:
    condition = _read_condition(node, names)
    node.done()
    return condition


def _read_condition(node: _Node, names: _Names) -> Condition:
    if "yes" in node:
        return Yes(node.one_of("yes", names.yes_no), node.optional_integer("within_days", at_least=1))
    if "grade" in node:
        key = node.one_of("grade", names.grades)
        severity = node.integer("at_least", at_least=1)
        if severity not in names.grades[key]:
            raise node.bad(f"{key} has no grade of severity {severity}")
        return Graded(key, severity)
    if "ticked" in node:
        return Ticked(node.one_of("ticked", names.ticks))
    if "fear_at_least" in node:
        if not names.has_fear:
            raise node.bad("the instrument does not ask for fear")
        return Fear(node.integer("fear_at_least", at_least=1))
    if "and" in node:
        return AllOf(_conditions(node, "and", names))
    if "or" in node:
        return AnyOf(_conditions(node, "or", names))
    if "not" in node:
        inner = _condition(node.node("not"), names)
        if not isinstance(inner, Ticked):
            raise node.bad("only a tick may be negated: an answer that is unknown would count as no")
        return Not(inner)
    if "not_ruled_out" in node:
        return NotRuledOut(_section_codes(node, "not_ruled_out", names), _share(node))
    if "at_least" in node:
        return AtLeast(_counted(node, names), node.integer("at_least", at_least=1))
    raise node.bad(f"no condition is written like this: {', '.join(node.parts)}")


def _counted(node: _Node, names: _Names) -> CountYes | Count | Sum:
    if "count_yes" in node:
        return CountYes(_section_codes(node, "count_yes", names))
    if "count" in node:
        return Count(_conditions(node, "count", names))
    return Sum(tuple(_term(inner, names) for inner in node.nodes("sum")))


def _term(node: _Node, names: _Names) -> tuple[int, Condition]:
    term = node.integer("weight", at_least=1), _condition(node.node("when"), names)
    node.done()
    return term


def _conditions(node: _Node, name: str, names: _Names) -> tuple[Condition, ...]:
    conditions = tuple(_condition(inner, names) for inner in node.nodes(name))
    if not conditions:
        raise node.bad(f"{name} is empty")
    return conditions


def _section_codes(node: _Node, name: str, names: _Names) -> tuple[str, ...]:
    codes = node.strings(name)
    if not codes or not set(codes) <= names.sections:
        raise node.bad(f"{name} must name sections of the instrument")
    return codes


def _share(node: _Node) -> tuple[int, int]:
    value = node.take("more_than")
    match value:
        case [int(numerator), int(denominator)] if 0 <= numerator < denominator:
            return numerator, denominator
    raise node.bad("more_than must be a share like [1, 4]")


def _example(
    node: _Node, sections: Iterable[Section], bands: Iterable[str], reasons: Iterable[str]
) -> Example:
    others = node.text("others", "")
    given = node.node("answers")
    expect = node.node("expect")
    facts = node.optional_node("facts")
    answers = {item.key: Answer(others) for section in sections for item in section.items if others}
    answers.update({key: _example_answer(given.text(key)) for key in given.parts})
    example = Example(
        key=node.text("key"),
        text=node.words("text"),
        answers=answers,
        imminent=node.flag("imminent"),
        child_row_high=node.flag("child_row_high"),
        fear=node.optional_integer("fear", at_least=1),
        facts={name: facts.flag(name) for name in facts.parts} if facts else {},
        level=expect.one_of("level", bands),
        highest=expect.one_of("highest", bands),
        rules=expect.strings("rules"),
        first_hours=expect.integer("first_hours"),
        lowest_final=expect.one_of("lowest_final", bands),
    )
    expect.done()
    node.done()
    if not set(example.rules) <= set(reasons):
        raise expect.bad("rules names a rule the instrument does not have")
    return example


def _example_answer(short: str) -> Answer:
    """«yes» or «yes months_12»."""
    value, _space, window = short.partition(" ")
    return Answer(value, window=window)
