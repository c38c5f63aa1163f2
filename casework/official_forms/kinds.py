"""The papers an office makes, each a file of `casework/data/papers`: what it says, on what it rests, whom it reaches. Pure.

The layout here is a working one. A province puts its own Word file in its place; neither invents an official form:
`form` names one only where the number was read in a text of the law.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.utils.translation import get_language

from casework.base.codes import DATA

PAPERS: Final = DATA / "papers"
FRAME: Final = "frame"
# What a template may name besides the fields of its paper, and what it has to.
STANDARD: Final = ("number", "issuer", "place_and_date", "foot", "check_code", "verify_at", "qr")
ALWAYS: Final = ("number", "foot", "check_code")


class NoSuchPaper(LookupError):
    """No paper of that code is made here."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages; the paper itself is always in Vietnamese."""

    vi: str = ""
    en: str = ""

    def __bool__(self) -> bool:
        return bool(self.vi)

    def __str__(self) -> str:
        return self.en if self.en and (get_language() or "vi").startswith("en") else self.vi


@dataclass(frozen=True, slots=True)
class Field:
    """One thing the paper says.

    must: without it the paper is not issued; lines: nobody records it, so many lines are left to write it by hand;
    room: so many lines are left for it when nobody has recorded it.
    """

    name: str
    label: Words
    must: bool
    lines: int
    room: int
    # The heading it stands under: two people have a name each.
    under: Words

    @property
    def full(self) -> Words:
        """The label by which it is known outside of its part."""
        if not self.under:
            return self.label
        return Words(f"{self.under.vi}: {self.label.vi}", f"{self.under.en}: {self.label.en}")


@dataclass(frozen=True, slots=True)
class Block:
    """A headed part: words that always stand there, and fields."""

    title: Words
    text: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Sign:
    """Who signs: the office in capitals, how, and the field with the name."""

    office: str
    how: str
    name: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One paper.

    source: where its values come from (`sources`); on: what it is about; where: the marks this must have;
    reaches_abuser: the person who commits violence reads it; may_say: categories of `paper_secret` it is there to
    tell; hides: categories it keeps back besides the usual ones; for_asker: an extract for whoever asks to see the file in
    this capacity, given to nobody else who asks; register: where it gets its number, empty for one
    that is only printed; number_from: the value that is its number once it has one.
    """

    code: str
    label: Words
    basis: str
    form: str
    verified: bool
    source: str
    on: str
    where: Mapping[str, tuple[str, ...]]
    reaches_abuser: bool
    for_asker: str
    may_say: frozenset[str]
    hides: frozenset[str]
    goes_to: tuple[str, ...]
    register: str
    number_from: str
    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    signs: tuple[Sign, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(field for block in self.blocks for field in block.fields)

    @property
    def names(self) -> frozenset[str]:
        """Every value it reads, those of the signatures among them; nothing else is given to it."""
        signed = (sign.name for sign in self.signs if sign.name)
        numbered = (self.number_from,) if self.number_from else ()
        return frozenset((*(field.name for field in self.fields if not field.lines), *signed, *numbered))

    @property
    def is_issued(self) -> bool:
        """Whether it gets a number of a register and is kept; others are only printed."""
        return bool(self.register)

    @property
    def stands_alone(self) -> bool:
        """Whether what it states has one number, and so one paper that stands."""
        return bool(self.number_from)

    def fits(self, on: str, marks: Mapping[str, str]) -> bool:
        """Whether it is made of a record with these marks, as it stands."""
        return on == self.on and all(marks.get(name) in values for name, values in self.where.items())


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands on every paper."""

    motto: tuple[str, ...]
    working: str
    draft: str


@cache
def kinds() -> Mapping[str, Kind]:
    """Every paper by its code, in the order in which an office meets them."""
    read = [_read(path.stem) for path in sorted(PAPERS.glob("*.json")) if path.stem != FRAME]
    return {kind.code: kind for _place, kind in sorted(read, key=lambda one: (one[0], one[1].code))}


def kind_of(code: str) -> Kind:
    found = kinds().get(code)
    if found is None:
        raise NoSuchPaper(code)
    return found


@cache
def frame() -> Frame:
    raw = json.loads((PAPERS / f"{FRAME}.json").read_text(encoding="utf-8"))
    return Frame(tuple(raw["motto"]), raw["working"], raw["draft"])


def _read(code: str) -> tuple[int, Kind]:
    raw: dict[str, Any] = json.loads((PAPERS / f"{code}.json").read_text(encoding="utf-8"))
    kind = Kind(
        code=code,
        label=_words(raw),
        basis=raw["basis"],
        form=raw.get("form", ""),
        verified=raw.get("verified", False),
        source=raw["source"],
        on=raw["on"],
        where={name: tuple(values) for name, values in raw.get("where", {}).items()},
        reaches_abuser=raw["reaches_abuser"],
        for_asker=raw.get("for_asker", ""),
        may_say=frozenset(raw.get("may_say", ())),
        hides=frozenset(raw.get("hides", ())),
        goes_to=tuple(raw.get("goes_to", ())),
        register=raw.get("register", ""),
        number_from=raw.get("number_from", ""),
        title=raw["title"],
        subtitle=raw.get("subtitle", ""),
        blocks=tuple(_block(block) for block in raw["blocks"]),
        signs=tuple(
            Sign(one["office"], one.get("how", ""), one.get("name", "")) for one in raw.get("signs", ())
        ),
    )
    return int(raw["order"]), kind


def _block(raw: Mapping[str, Any]) -> Block:
    title = _words(raw)
    fields = (
        Field(
            name=one["name"],
            label=_words(one),
            must=bool(one.get("must")),
            lines=int(one.get("lines", 0)),
            room=int(one.get("room", 0)),
            under=title,
        )
        for one in raw.get("fields", ())
    )
    return Block(title, raw.get("text", ""), tuple(fields))


def _words(raw: Mapping[str, Any]) -> Words:
    return Words(raw.get("vi", ""), raw.get("en", ""))
