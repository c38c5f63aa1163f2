"""What goes to the national database, as data: groups, fields, where each is taken from, what is withheld and why. Pure.

A field is taken from one of SOURCES, all of which are codes of the figures, months, codes of communes or counts: there is
no way to write down a source that is a name, a number of a person, an address or a text. The groups are those of Decree
110/2025/NĐ-CP; what was not read in its text is marked so.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from django.utils.translation import get_language

from casework.base.codes import DATA, codes
from casework.statistics.dimensions import BY_NAME

HELD, NOT_HELD, WITHHELD = "held", "not_held", "withheld"
CASE, CITIZEN, FOREIGNER, MEASURE, FACILITY = "case", "citizen", "foreigner", "measure", "facility"
# The row a group of the decree has for each of: -> where its fields may be taken from, with the list of their codes.
_PERSON: Final[Mapping[str, str]] = {
    "case": "",
    "role": "participant_role",
    "sex": "sex",
    "age": "age_band",
    "ethnicity": "ethnicity",
    "nationality": "nationality",
    "relation": "kinship",
}
SOURCES: Final[Mapping[str, Mapping[str, str]]] = {
    CASE: {"month": "", "commune": "", **{name: one.labels for name, one in BY_NAME.items()}},
    CITIZEN: _PERSON,
    FOREIGNER: _PERSON,
    MEASURE: {"case": "", "measure": "measure", "service": "service_kind"},
    FACILITY: {"facility": "agency_kind", "count": ""},
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a group: sent (with its source), not held here, or withheld (with a code of `export_reason`)."""

    code: str
    words: Mapping[str, str]
    status: str
    source: str
    why: str
    basis: str
    is_verified: bool
    # The list its values are codes of; empty for months, communes, references and counts.
    codes: str = ""

    @property
    def label(self) -> str:
        return _said(self.words)


@dataclass(frozen=True, slots=True)
class Group:
    """One group of the decree: what it has a row for (nothing: it is not sent), and its fields."""

    code: str
    per: str
    why: str
    is_verified: bool
    fields: tuple[Field, ...]
    # Kinds of offices that are counted as support facilities.
    facilities: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return str(codes("database_group").label(self.code))

    @property
    def sent(self) -> list[Field]:
        return [field for field in self.fields if field.status == HELD]

    def field(self, code: str) -> Field:
        """The field of that code; one that the data knew once is told by its code alone."""
        for field in self.fields:
            if field.code == code:
                return field
        return Field(code, {"vi": code, "en": code}, HELD, "", "", "", is_verified=False)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often the database is brought up to date, and within how many days after; None where no day is known.

    source: the id of the rule a province has set; empty for what comes with the data.
    """

    rhythm: str
    due_days: int | None
    basis: str
    is_verified: bool
    source: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All groups, and what the data says of the rhythm."""

    basis: str
    note: Mapping[str, str]
    rhythm: Rhythm
    groups: tuple[Group, ...]

    @property
    def remark(self) -> str:
        return _said(self.note)

    @property
    def sent(self) -> Sequence[Group]:
        return [group for group in self.groups if group.per]

    def group(self, code: str) -> Group:
        """The group of that code; raises KeyError."""
        for group in self.groups:
            if group.code == code:
                return group
        raise KeyError(code)


@cache
def mapping() -> Catalogue:
    """The mapping, read once and held to its own rules; raises ValueError for a source there is none of."""
    raw = json.loads((DATA / "national_database" / "mapping.json").read_text(encoding="utf-8"))
    return Catalogue(
        raw["basis"],
        raw["note"],
        Rhythm(
            raw["rhythm"]["rhythm"],
            raw["rhythm"]["due_days"],
            raw["rhythm"]["basis"],
            raw["rhythm"]["verified"],
        ),
        tuple(_group(one) for one in raw["groups"]),
    )


def _group(raw: Mapping[str, object]) -> Group:
    told: dict[str, object] = dict(raw)
    code, per = str(told["group"]), str(told.get("per", ""))
    codes("database_group").row(code)
    facilities = told.get("facilities", [])
    fields = told["fields"]
    assert isinstance(facilities, list)  # noqa: S101  (a test reads the file)
    assert isinstance(fields, list)  # noqa: S101
    made = tuple(_field(one, code, per) for one in fields)
    return Group(
        code,
        per,
        str(told.get("why", "")),
        bool(told["verified"]),
        made,
        tuple(str(one) for one in facilities),
    )


def _field(raw: Mapping[str, str | bool], group: str, per: str) -> Field:
    source, status = str(raw.get("source", "")), str(raw["status"])
    offered = SOURCES.get(per, {})
    if (status == HELD) != bool(source) or (source and source not in offered):
        raise ValueError(f"{group}.{raw['code']}: {source!r} is nothing a field can be taken from")
    return Field(
        str(raw["code"]),
        {"vi": str(raw["vi"]), "en": str(raw["en"])},
        status,
        source,
        str(raw.get("why", "")),
        str(raw["basis"]),
        bool(raw["verified"]),
        offered.get(source, ""),
    )


def _said(words: Mapping[str, str]) -> str:
    return words.get((get_language() or "vi")[:2], words["vi"])
