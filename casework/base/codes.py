"""Code lists: the values a form may hold, kept as data with their labels in Vietnamese and English.

A list is one file `casework/data/codes/<name>.json`. The database stores only the code; the label is
looked up when it is shown, so a province can correct the wording of a law without touching a case.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from casework.base import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_stubs_ext import StrPromise

DATA = Path(__file__).resolve().parent.parent / "data"
CODES = DATA / "codes"

Scalar = None | bool | int | float | str


class UnknownCodeList(LookupError):
    """No file of that name exists in `casework/data/codes`."""


class UnknownCode(LookupError):
    """The list has no row with that code, not even a disabled one."""


def _freeze(value: object) -> object:
    if isinstance(value, dict):
        return MappingProxyType({str(key): _freeze(inner) for key, inner in value.items()})
    if isinstance(value, list):
        return tuple(_freeze(inner) for inner in value)
    return value


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One value of a list; `verified` is False while its basis was not read in the text of the law itself."""

    code: str
    vi: str
    en: str
    basis: str = ""
    valid_from: date | None = None
    disabled_on: date | None = None
    verified: bool = True
    params: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    def __str__(self) -> str:
        return self.text()

    def text(self) -> str:
        """The label in the active language; Vietnamese unless English is active."""
        return self.en if (get_language() or "vi").startswith("en") else self.vi

    @property
    def label(self) -> StrPromise:
        """The label, looked up in the language of the moment it is shown, not of the moment it is read."""
        return _lazy_text(self)

    def active(self, on: date) -> bool:
        """May this row be chosen on that day? Old records keep showing it either way."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.disabled_on is None or on < self.disabled_on
        )

    def integer(self, name: str) -> int | None:
        """A whole-number parameter, None when the row does not set it."""
        value = self.params.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise TypeError(f"{self.code}: parameter {name!r} is not a whole number: {value!r}")

    def string(self, name: str) -> str:
        """A text parameter, "" when the row does not set it."""
        value = self.params.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        raise TypeError(f"{self.code}: parameter {name!r} is not text: {value!r}")

    def flag(self, name: str) -> bool:
        """A yes/no parameter, False when the row does not set it."""
        value = self.params.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise TypeError(f"{self.code}: parameter {name!r} is not true or false: {value!r}")

    def strings(self, name: str) -> tuple[str, ...]:
        """A list-of-texts parameter, () when the row does not set it."""
        value = self.params.get(name)
        if value is None:
            return ()
        if isinstance(value, tuple) and all(isinstance(inner, str) for inner in value):
            return cast("tuple[str, ...]", value)
        raise TypeError(f"{self.code}: parameter {name!r} is not a list of texts: {value!r}")

    def integers(self, name: str) -> Mapping[str, int]:
        """A mapping parameter of whole numbers (hours by who decides), empty when the row does not set it."""
        value = self.params.get(name)
        if value is None:
            return MappingProxyType({})
        if isinstance(value, Mapping) and all(isinstance(inner, int) for inner in value.values()):
            return cast("Mapping[str, int]", value)
        raise TypeError(f"{self.code}: parameter {name!r} is not a mapping of whole numbers: {value!r}")

    def mappings(self, name: str) -> tuple[Mapping[str, object], ...]:
        """A list-of-objects parameter (who is told after how long), () when the row does not set it."""
        value = self.params.get(name)
        if value is None:
            return ()
        if isinstance(value, tuple) and all(isinstance(inner, Mapping) for inner in value):
            return cast("tuple[Mapping[str, object], ...]", value)
        raise TypeError(f"{self.code}: parameter {name!r} is not a list of objects: {value!r}")


_lazy_text = cast("Callable[[CodeRow], StrPromise]", lazy(CodeRow.text, str))


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list of codes in the order of its file; `basis` is the law the whole list comes from, if any."""

    name: str
    vi: str
    en: str
    basis: str
    rows: tuple[CodeRow, ...]
    _by_code: Mapping[str, CodeRow] = field(repr=False, compare=False)

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def __iter__(self) -> Iterator[CodeRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code of the list, disabled ones too, in file order."""
        return tuple(row.code for row in self.rows)

    @property
    def title(self) -> StrPromise:
        """The name of the list for people, in the active language."""
        return _lazy_title(self)

    def active(self, on: date) -> tuple[CodeRow, ...]:
        """The rows that may be chosen on that day."""
        return tuple(row for row in self.rows if row.active(on))

    def choices(self, on: date | None = None) -> list[tuple[str, StrPromise]]:
        """(code, label) pairs of the rows that may be chosen on that day, by default today."""
        day = on or clock.local_date(clock.now())
        return [(row.code, row.label) for row in self.active(day)]

    def row(self, code: str) -> CodeRow:
        """The row of that code, disabled or not; raises UnknownCode naming the nearest codes."""
        found = self._by_code.get(code)
        if found is None:
            near = difflib.get_close_matches(code, self._by_code, n=3) or list(self._by_code)[:8]
            raise UnknownCode(
                f"{code!r} is not in the code list {self.name!r}; did you mean: {', '.join(near)}?"
            )
        return found

    def label(self, code: str) -> str:
        """The label of that code in the active language, "" for a blank code (never asked).

        A stored code that is on no list was put there past the verbs: the page says so and goes on.
        """
        if code and code not in self._by_code:
            return _("⟦damaged, reported⟧")
        return self.row(code).text() if code else ""

    def where(self, name: str, value: Scalar = True) -> tuple[str, ...]:
        """The codes whose parameter `name` has that value, in file order."""
        return tuple(row.code for row in self.rows if name in row.params and row.params[name] == value)


def _title(codelist: CodeList) -> str:
    return codelist.en if (get_language() or "vi").startswith("en") else codelist.vi


_lazy_title = cast("Callable[[CodeList], StrPromise]", lazy(_title, str))


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


@cache
def code_list_names() -> tuple[str, ...]:
    """The names of all lists the product ships, sorted."""
    return tuple(sorted(path.stem for path in CODES.glob("*.json")))


@cache
def codes(name: str) -> CodeList:
    """The code list of that name, read once; raises UnknownCodeList naming the nearest lists."""
    path = CODES / f"{name}.json"
    if name not in code_list_names():
        near = difflib.get_close_matches(name, code_list_names(), n=3) or code_list_names()
        raise UnknownCodeList(
            f"no code list {name!r} in casework/data/codes; did you mean: {', '.join(near)}?"
        )
    raw = json.loads(path.read_text(encoding="utf-8"))
    rows = tuple(
        CodeRow(
            code=row["code"],
            vi=row["vi"],
            en=row["en"],
            basis=row.get("basis", ""),
            valid_from=_day(row.get("valid_from")),
            disabled_on=_day(row.get("disabled_on")),
            verified=row.get("verified", True),
            params=cast("Mapping[str, object]", _freeze(row.get("params", {}))),
        )
        for row in raw["rows"]
    )
    by_code = MappingProxyType({row.code: row for row in rows})
    if len(by_code) != len(rows):
        raise ValueError(f"the code list {name!r} has a code twice")
    return CodeList(
        name=name, vi=raw["vi"], en=raw["en"], basis=raw.get("basis", ""), rows=rows, _by_code=by_code
    )
