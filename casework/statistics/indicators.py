"""International indicators and the way from a report to help: what each counts, as one predicate or one question. Pure.

The words, the sources and what is not held are data (`casework/data/indicators.json`); what is counted is here.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from django.utils.translation import get_language

from casework.base.codes import DATA, codes
from casework.statistics.counting import Facts, Mask
from casework.statistics.dimensions import YES

Predicate = Callable[[Facts], Mask]

PARTNERS: Final = ("spouse", "former_spouse", "cohabiting", "formerly_cohabiting")
# The bands of the returns have no line at 18 years.
_ADULT: Final = ("16_59", "60_over")


def by_partner(facts: Facts) -> Mask:
    """Cases of a woman whose husband or partner, of now or before, committed the violence, both of 16 or over."""
    woman = facts.has("sex", "female") & facts.has("age", *_ADULT)
    man = facts.has("perpetrator_sex", "male") & facts.has("perpetrator_age", *_ADULT)
    return woman & man & facts.has("relation", *PARTNERS)


def women(facts: Facts) -> Mask:
    """Cases of a woman or a girl, whoever committed the violence."""
    return facts.has("sex", "female")


def _with(name: str, *answers: str, of: Predicate) -> Predicate:
    return lambda facts: of(facts) & facts.has(name, *answers)


def _served(facts: Facts) -> Mask:
    return facts.has("service", *codes("service_kind").codes)


# Indicator -> the cases it counts; `counts` of the data says whether cases, women or men are counted in them.
PREDICATES: Final[Mapping[str, Predicate]] = {
    "eige_1": by_partner,
    "eige_2": by_partner,
    "eige_3": by_partner,
    "eige_4": _with("form", "physical", of=by_partner),
    "eige_5": _with("form", "psychological", of=by_partner),
    "eige_6": _with("form", "sexual", of=by_partner),
    "eige_7": _with("form", "economic", of=by_partner),
    "eige_9": _with("outcome", "died_violence", of=by_partner),
    "eige_10": _with("measure", "M03", of=by_partner),
    "un_women": women,
    "un_partner": by_partner,
    "un_girls": _with("age", "under_16", of=women),
    "un_physical": _with("form", "physical", of=women),
    "un_psychological": _with("form", "psychological", of=women),
    "un_sexual": _with("form", "sexual", of=women),
    "un_economic": _with("form", "economic", of=women),
    "un_repeat": _with("repeat", YES, of=women),
    "un_served": lambda facts: women(facts) & _served(facts),
    "un_health": _with("service", "health_care", "medical_certificate", of=women),
    "un_shelter": _with("service", "shelter", of=women),
    "un_legal": _with("service", "legal_aid", of=women),
    "un_psychosocial": _with("service", "psychological", of=women),
}
# Indicator -> the kinds of outcome of the law on file that it counts, in the cases of `by_partner`.
OUTCOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "eige_11": ("prosecuted",),
    "eige_12": ("sentenced",),
}
CASES, WOMEN, MEN = "cases", "women", "men"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator as data. counts: CASES, WOMEN or MEN. within: of whose value it is a part; missing: why not held."""

    code: str
    words: Mapping[str, str]
    means: Mapping[str, str]
    counts: str
    within: str
    missing: Mapping[str, str]

    @property
    def label(self) -> str:
        return _in_language(self.words)

    @property
    def definition(self) -> str:
        return _in_language(self.means)

    @property
    def why_missing(self) -> str:
        return _in_language(self.missing)


@dataclass(frozen=True, slots=True)
class Group:
    """The indicators of one source."""

    code: str
    words: Mapping[str, str]
    source: str
    notes: Mapping[str, str]
    indicators: Sequence[Indicator]

    @property
    def label(self) -> str:
        return _in_language(self.words)

    @property
    def note(self) -> str:
        return _in_language(self.notes)


@cache
def groups() -> tuple[Group, ...]:
    """The catalogue, read once."""
    raw = json.loads((DATA / "indicators.json").read_text(encoding="utf-8"))
    return tuple(
        Group(
            one["code"],
            _words(one),
            one["source"],
            one["note"],
            tuple(
                Indicator(
                    row["code"],
                    _words(row),
                    row["means"],
                    row.get("counts", ""),
                    row.get("within", ""),
                    row.get("missing", {}),
                )
                for row in one["indicators"]
            ),
        )
        for one in raw["groups"]
    )


@dataclass(frozen=True, slots=True)
class Value:
    """An indicator with its figure, None where it is not held; of: what it is a part of."""

    indicator: Indicator
    number: int | None
    of: int | None = None

    @property
    def percent(self) -> float | None:
        return 100 * self.number / self.of if self.number is not None and self.of else None


def values(group: Group, facts: Facts, outcomes: Mapping[str, int]) -> list[Value]:
    """Every indicator of a group over these facts. outcomes: what OUTCOMES counted."""
    found: dict[str, Value] = {}
    for one in group.indicators:
        of = found[one.within].number if one.within else None
        found[one.code] = Value(one, _number(one, facts, outcomes), of)
    return list(found.values())


def _number(one: Indicator, facts: Facts, outcomes: Mapping[str, int]) -> int | None:
    if one.code in OUTCOMES:
        return outcomes[one.code]
    if one.code not in PREDICATES:
        return None
    counted = facts.where(PREDICATES[one.code](facts))
    if one.counts == WOMEN:
        return int(np.unique(counted.who).size)
    if one.counts == MEN:
        return int(np.unique(counted.perpetrator[counted.perpetrator > 0]).size)
    return len(counted)


# --- from the report to help ---


@dataclass(frozen=True, slots=True)
class Step:
    """How many of the cases came to a step."""

    code: str
    label: str
    number: int
    of: int

    @property
    def percent(self) -> int:
        return round(100 * self.number / self.of) if self.of else 0


def _words(raw: Mapping[str, str]) -> Mapping[str, str]:
    return {"vi": raw["vi"], "en": raw["en"]}


def _in_language(words: Mapping[str, str]) -> str:
    return words.get((get_language() or "vi")[:2], words.get("vi", ""))
