"""Sheets: a paper form as data. One sheet feeds the web form, the REST serializer and the print-out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model

from casework.base.codes import code_list_names
from casework.base.codes import codes as code_list
from casework.base.dates import PartialDate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_stubs_ext import StrOrPromise

    from casework.base.codes import CodeList

KINDS = frozenset(
    {
        "text",
        "long_text",
        "date",
        "partial_date",
        "datetime",
        "code",
        "codes",
        "yes_no",
        "flag",
        "integer",
        "phone",
        "area",
        "agency",
        "person",
        "user",
        "identity",
        "file",
    }
)
CODED = frozenset({"code", "codes", "yes_no"})


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a sheet.

    `name` is the field of the model; without a `label` the field's own is shown; `why` is "why we ask";
    `codes` names the code list of a coded kind (yes_no uses the list yes_no unless told otherwise).
    """

    name: str
    kind: str
    label: StrOrPromise | None = None
    help: StrOrPromise = ""
    why: StrOrPromise = ""
    codes: str | None = None
    required: bool = False
    many: bool = False

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"item name {self.name!r} cannot be a field name")
        if self.kind not in KINDS:
            raise ValueError(
                f"item {self.name!r} has an unknown kind {self.kind!r}; known: {', '.join(sorted(KINDS))}"
            )
        if self.kind == "yes_no" and self.codes is None:
            object.__setattr__(self, "codes", "yes_no")
        if self.kind in CODED and self.codes is None:
            raise ValueError(f"item {self.name!r} of kind {self.kind!r} must name its code list")
        if self.kind not in CODED and self.codes is not None:
            raise ValueError(f"item {self.name!r} of kind {self.kind!r} cannot have a code list")
        if self.codes is not None and self.codes not in code_list_names():
            raise ValueError(f"item {self.name!r} names a code list that does not exist: {self.codes!r}")

    @property
    def is_many(self) -> bool:
        """May it hold several values?"""
        return self.many or self.kind == "codes"

    @property
    def code_list(self) -> CodeList:
        """The code list of a coded item; raises ValueError for the other kinds."""
        if self.codes is None:
            raise ValueError(f"item {self.name!r} of kind {self.kind!r} has no code list")
        return code_list(self.codes)


@dataclass(frozen=True, slots=True)
class Section:
    """A headed group of questions, asked together."""

    code: str
    title: StrOrPromise
    items: tuple[Item, ...]
    hint: StrOrPromise = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", tuple(self.items))
        if not self.items:
            raise ValueError(f"section {self.code!r} asks nothing")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole form; item names are unique in it, so a name finds its item."""

    code: str
    title: StrOrPromise
    sections: tuple[Section, ...]
    _by_name: Mapping[str, Item] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sections", tuple(self.sections))
        sections: set[str] = set()
        by_name: dict[str, Item] = {}
        for section in self.sections:
            if section.code in sections:
                raise ValueError(f"sheet {self.code!r} has the section {section.code!r} twice")
            sections.add(section.code)
            for item in section.items:
                if item.name in by_name:
                    raise ValueError(f"sheet {self.code!r} asks {item.name!r} twice")
                by_name[item.name] = item
        object.__setattr__(self, "_by_name", MappingProxyType(by_name))

    def items(self) -> tuple[Item, ...]:
        """Every question in the order of the paper."""
        return tuple(self._by_name.values())

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items())

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def item(self, name: str) -> Item:
        """The question of that name; raises LookupError naming the sheet."""
        found = self._by_name.get(name)
        if found is None:
            raise LookupError(
                f"sheet {self.code!r} does not ask {name!r}; it asks: {', '.join(self._by_name)}"
            )
        return found

    def names(self) -> tuple[str, ...]:
        """The names of all questions in the order of the paper."""
        return tuple(self._by_name)


_of_model: dict[type[Model], list[Sheet]] = {}


def belongs(sheet: Sheet, model: type[Model]) -> None:
    """Say that the answers of a sheet stand in rows of this model."""
    known = _of_model.setdefault(model, [])
    if sheet not in known:
        known.append(sheet)


def sheets_of(model: type[Model]) -> tuple[Sheet, ...]:
    """The sheets whose answers stand in rows of a model; complete once the addresses of the product are known."""
    return tuple(_of_model.get(model, ()))


def fill(row: Model, sheet: Sheet, answers: Mapping[str, object]) -> list[str]:
    """Put the answers into the row's fields of the same names, unsaved; returns the names that changed.

    Answers without a field are left to the verb. A partial date is stored as its text (1987-03), its precision
    in the field beside it (birth_date -> birth_precision) unless the sheet asks for that itself.
    """
    changed: list[str] = []
    for name in sheet.names():
        if name not in answers:
            continue
        try:
            field_ = row._meta.get_field(name)
        except FieldDoesNotExist:
            continue
        if not getattr(field_, "concrete", False) or field_.many_to_many:
            continue
        given = value = answers[name]
        if sheet.item(name).kind == "partial_date":
            partial = value if isinstance(value, PartialDate) else None
            value = partial.isoformat() if partial else ""
            beside = name.rsplit("_", 1)[0] + "_precision"
            if beside not in sheet and hasattr(row, beside):
                setattr(row, beside, partial.precision if partial else "unknown")
        attribute = name
        if field_.is_relation:
            attribute = str(getattr(field_, "attname", name))
            value = value if value is None or isinstance(value, UUID) else getattr(value, "pk", value)
        if getattr(row, attribute) != value:
            if field_.is_relation and isinstance(given, Model):
                # With the row that was given, nobody needs to ask the database for it again.
                setattr(row, name, given)
            else:
                setattr(row, attribute, value)
            changed.append(name)
    return changed
