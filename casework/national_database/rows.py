"""The rows of a consignment: read off the facts, told apart from what was sent before, and held by a fingerprint. Pure.

One definition for the preview and for every kind of file. A row is a key and its values. The key is the random reference
of the case, followed by what in the case the row is about; it says nothing to anybody outside, stays as it is from period
to period, and is the order of the rows, so that the order tells nothing either.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, TypeAlias

import numpy as np

from casework.base.codes import codes
from casework.national_database.mapping import (
    CASE,
    CITIZEN,
    FOREIGNER,
    MEASURE,
    Catalogue,
    Field,
    Group,
)
from casework.statistics.counting import Facts
from casework.statistics.dimensions import BY_NAME, UNKNOWN, period_code

NEW, CHANGED, WITHDRAWN, SAME = "new", "changed", "withdrawn", ""
MARKS: Final = (NEW, CHANGED, WITHDRAWN)
VICTIM, PERPETRATOR = "victim", "perpetrator"
READ_AT_ONCE: Final = 4000
# What stands for no answer.
_NOT_KNOWN: Final = frozenset({"", UNKNOWN, "declined"})
# Questions with several answers: to have given none of them is no gap.
_MANY: Final = frozenset(name for name, one in BY_NAME.items() if one.many)
# Number of the group in `nationality` -> what the row is for.
_CITIZEN_GROUP, _FOREIGNER_GROUP = 5, 6
# What is asked about each of the two, as the figures call it; nothing where they do not tell.
_ASKED: Final[Mapping[str, Mapping[str, str]]] = {
    VICTIM: {
        "sex": "sex",
        "age": "age",
        "ethnicity": "ethnicity",
        "nationality": "nationality",
        "relation": "",
    },
    PERPETRATOR: {
        "sex": "perpetrator_sex",
        "age": "perpetrator_age",
        "ethnicity": "",
        "nationality": "perpetrator_nationality",
        "relation": "relation",
    },
}

# A code, several codes, or a count; None where there is nothing to tell.
Value: TypeAlias = str | int | list[str] | None
# Key and values.
Row: TypeAlias = tuple[str, list[Value]]
# Key, mark and values, as it is kept and sent.
Marked: TypeAlias = tuple[str, str, list[Value]]


@dataclass(slots=True)
class Asked:
    """What the rows raise: field -> how many answers are missing, are on no list; people of neither group.

    rows: field -> of how many. A field is written group.field.
    """

    missing: Counter[str] = field(default_factory=Counter)
    unlisted: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    no_group: int = 0

    def look(self, name: str, one: Field, values: Sequence[Value]) -> None:
        if not one.codes or one.source in _MANY:
            return
        listed = codes(one.codes)
        for value, number in Counter(value for value in values if isinstance(value, str)).items():
            self.rows[name] += number
            if value in _NOT_KNOWN:
                self.missing[name] += number
            elif value not in listed:
                self.unlisted[name] += number


class Reader:
    """Reads the rows of all groups off the facts, some cases at a time. communes: number of a unit -> its code."""

    def __init__(self, catalogue: Catalogue, facts: Facts, communes: Mapping[int, str]) -> None:
        self.catalogue, self.facts, self.communes = catalogue, facts, communes
        self.asked = Asked()

    def read(self, references: Sequence[tuple[str, int]]) -> Iterator[dict[str, list[Row]]]:
        """Group -> rows in the order of their keys. references: reference -> id of the fact, in their order."""
        for start in range(0, len(references), READ_AT_ONCE):
            some = references[start : start + READ_AT_ONCE]
            at = np.searchsorted(self.facts.id, np.array([fact for _code, fact in some], dtype=np.int64))
            yield self._rows([code for code, _fact in some], at)

    def _rows(self, names: list[str], at: Any) -> dict[str, list[Row]]:
        facts = _Chunk(self.facts, at)
        people = self._people(names, facts)
        found: dict[str, list[Row]] = {}
        for group in self.catalogue.sent:
            if group.per == CASE:
                found[group.code] = self._cases(group, names, facts)
            elif group.per in (CITIZEN, FOREIGNER):
                found[group.code] = self._of(group, people, group.per)
            elif group.per == MEASURE:
                found[group.code] = self._measures(group, names, facts)
        return found

    def _cases(self, group: Group, names: list[str], facts: "_Chunk") -> list[Row]:
        columns = [self._column(one.source, facts) for one in group.sent]
        self._look(group, columns)
        return [(name, list(values)) for name, *values in zip(names, *columns, strict=True)]

    def _column(self, source: str, facts: "_Chunk") -> Sequence[Value]:
        if source == "month":
            return [period_code("month", month) for month in facts.months]
        if source == "commune":
            return [self.communes[number] for number in facts.communes]
        return facts.answers(source)

    def _people(self, names: list[str], facts: "_Chunk") -> list[tuple[str, str, dict[str, Value]]]:
        """Key, group they belong to by their nationality, and what is told of each main person there is."""
        found: list[tuple[str, str, dict[str, Value]]] = []
        for role, there in ((VICTIM, facts.victims), (PERPETRATOR, facts.perpetrators)):
            told = {
                source: facts.answers(name) if name else [None] * len(names)
                for source, name in _ASKED[role].items()
            }
            for place, name in enumerate(names):
                if not there[place]:
                    continue
                belongs = _group_of(told["nationality"][place])
                self.asked.no_group += not belongs
                values: dict[str, Value] = {source: column[place] for source, column in told.items()}
                found.append((f"{name}.{role}", belongs, {**values, "case": name, "role": role}))
        return sorted(found, key=lambda one: one[0])

    def _of(self, group: Group, people: Iterable[tuple[str, str, dict[str, Value]]], per: str) -> list[Row]:
        made: list[Row] = [
            (key, [told[one.source] for one in group.sent]) for key, belongs, told in people if belongs == per
        ]
        self._look(group, list(zip(*(values for _key, values in made), strict=True)))
        return made

    def _measures(self, group: Group, names: list[str], facts: "_Chunk") -> list[Row]:
        made: list[Row] = []
        for name, measures, services in zip(
            names, facts.answers("measure"), facts.answers("service"), strict=True
        ):
            told = [("measure", code) for code in _several(measures)]
            told += [("service", code) for code in _several(services)]
            for kind, code in told:
                values: dict[str, Value] = {"case": name, kind: code}
                made.append((f"{name}.{kind}.{code}", [values.get(one.source) for one in group.sent]))
        self._look(group, list(zip(*(values for _key, values in made), strict=True)))
        return made

    def _look(self, group: Group, columns: Sequence[Sequence[Value]]) -> None:
        for one, column in zip(group.sent, columns, strict=False):
            self.asked.look(f"{group.code}.{one.code}", one, column)


class _Chunk:
    """Some facts, question by question."""

    def __init__(self, facts: Facts, at: Any) -> None:
        self.layout, self.codes = facts.layout, facts.codes[:, at]
        self.months: list[int] = facts.month[at].tolist()
        self.communes: list[int] = facts.commune[at].tolist()
        self.victims: list[int] = facts.victim[at].tolist()
        self.perpetrators: list[int] = facts.perpetrator[at].tolist()
        self._known: dict[str, Sequence[Value]] = {}

    def answers(self, name: str) -> Sequence[Value]:
        """The answer of each fact to a question; a number that stands for no code is told as itself."""
        if name not in self._known:
            place, known = self.layout.place[name], self.layout.code[name]
            if BY_NAME[name].many:
                self._known[name] = self._several(place, known)
            else:
                # 0 was written before the question was asked.
                told = {0: "", **known}
                self._known[name] = [told.get(one, f"#{one}") for one in self.codes[place].tolist()]
        return self._known[name]

    def _several(self, place: int, known: Mapping[int, str]) -> Sequence[Value]:
        bits = np.zeros(self.codes.shape[1], dtype=np.uint32)
        for byte in range(4):
            bits |= self.codes[place + byte].astype(np.uint32) << np.uint32(8 * byte)
        told: dict[int, list[str]] = {
            one: sorted(code for number, code in known.items() if one >> (number - 1) & 1)
            for one in np.unique(bits).tolist()
        }
        return [told[one] for one in bits.tolist()]


def _several(value: Value) -> list[str]:
    return value if isinstance(value, list) else []


def _group_of(nationality: Value) -> str:
    listed = codes("nationality")
    if not isinstance(nationality, str) or nationality not in listed:
        return ""
    number = listed.row(nationality).integer("database_group")
    return {_CITIZEN_GROUP: CITIZEN, _FOREIGNER_GROUP: FOREIGNER}.get(number or 0, "")


def facilities(group: Group, counted: Mapping[str, int]) -> list[Row]:
    """The rows of support facilities: how many of each kind, and of none where it is."""
    rows: list[Row] = []
    for kind in sorted(group.facilities):
        told: dict[str, Value] = {"facility": kind, "count": counted.get(kind, 0)}
        rows.append((kind, [told[one.source] for one in group.sent]))
    return rows


# --- against what was sent before ---


class Frozen:
    """Marks rows as they pass against the state that was sent last, counts them and takes their fingerprint.

    before: group -> its rows as they were sent, in the order of their keys; None where nothing was sent. A group that
    was sent once and is not any more is withdrawn as a whole.
    """

    def __init__(self, catalogue: Catalogue, before: Mapping[str, Iterator[Row]] | None) -> None:
        self.heads = {group.code: [one.code for one in group.sent] for group in catalogue.sent}
        self.heads |= {code: [] for code in before or () if code not in self.heads}
        self.groups = list(self.heads)
        self.counts: dict[str, Counter[str]] = {code: Counter() for code in self.groups}
        self._before = (
            None if before is None else {code: _Ahead(before.get(code, iter(()))) for code in self.groups}
        )
        self._prints = {code: sha256() for code in self.groups}

    def take(self, code: str, rows: Iterable[Row]) -> list[Marked]:
        """The next rows of a group with their marks, and between them what has gone."""
        return self._noted(code, self._marked(code, rows))

    def rest(self, code: str) -> list[Marked]:
        """What was sent of a group beyond its last row, and has gone."""
        before = self._before
        return [] if before is None else self._noted(code, (_gone(row) for row in before[code].rest()))

    def _marked(self, code: str, rows: Iterable[Row]) -> Iterator[Marked]:
        for key, values in rows:
            if self._before is None:
                yield key, NEW, values
                continue
            before = self._before[code]
            yield from (_gone(row) for row in before.until(key))
            known = before.take(key)
            yield key, NEW if known is None else SAME if known == values else CHANGED, values

    def _noted(self, code: str, rows: Iterable[Marked]) -> list[Marked]:
        found = list(rows)
        print_, counts = self._prints[code], self.counts[code]
        for row in found:
            counts[row[1]] += 1
            print_.update(line(row).encode() + b"\n")
        return found

    @property
    def differs(self) -> bool:
        """Whether anything is to be sent."""
        return self._before is None or any(counts[mark] for counts in self.counts.values() for mark in MARKS)

    @property
    def sha256(self) -> str:
        """The fingerprint of all rows with their marks, and of what stands in which place."""
        said = [[code, self.heads[code], self._prints[code].hexdigest()] for code in self.groups]
        return sha256(json.dumps(said).encode()).hexdigest()

    def told(self) -> dict[str, dict[str, int]]:
        """Group -> mark -> how many rows; «rows» are all that stand in the database afterwards."""
        return {
            code: {
                **{mark: counts[mark] for mark in MARKS},
                "rows": counts[NEW] + counts[CHANGED] + counts[SAME],
            }
            for code, counts in self.counts.items()
        }


class _Ahead:
    """Rows in the order of their keys, looked at one ahead."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def until(self, key: str) -> Iterator[Row]:
        """Those before a key."""
        while self._next is not None and self._next[0] < key:
            yield self._next
            self._next = next(self._rows, None)

    def take(self, key: str) -> list[Value] | None:
        """The values of the row of that key, if there is one."""
        if self._next is None or self._next[0] != key:
            return None
        _key, values = self._next
        self._next = next(self._rows, None)
        return values

    def rest(self) -> Iterator[Row]:
        while self._next is not None:
            yield self._next
            self._next = next(self._rows, None)


def _gone(row: Row) -> Marked:
    # Nothing is said any more of what is taken back.
    return row[0], WITHDRAWN, []


def line(row: Marked) -> str:
    """A row as text, the same for the same row."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def state(rows: Iterable[Marked]) -> Iterator[Row]:
    """What stands in the database after these rows."""
    return ((key, values) for key, mark, values in rows if mark != WITHDRAWN)


def to_send(rows: Iterable[Marked]) -> Iterator[Marked]:
    """Those of the rows that are sent: what is as it was is not sent again."""
    return (row for row in rows if row[1] != SAME)


# --- what is asked before it is signed ---


def flags(
    catalogue: Catalogue, asked: Asked, counts: Mapping[str, Mapping[str, int]]
) -> list[dict[str, Any]]:
    """What whoever checks must look at: kind (a code of `consignment_flag`), what it is about, its numbers."""
    found: list[dict[str, Any]] = []
    cases = next(group.code for group in catalogue.sent if group.per == CASE)
    if not counts[cases]["rows"]:
        found.append({"kind": "nothing", "about": cases, "number": 0, "of": 0})
    for kind, counted in (("unlisted", asked.unlisted), ("missing", asked.missing)):
        found += [
            {"kind": kind, "about": name, "number": number, "of": asked.rows[name]}
            for name, number in sorted(counted.items())
        ]
    if asked.no_group:
        found.append({"kind": "no_group", "about": "", "number": asked.no_group, "of": 0})
    found += [
        {"kind": "not_held", "about": group.code, "number": 0, "of": 0}
        for group in catalogue.groups
        if not group.per
    ]
    return found
