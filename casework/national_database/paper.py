"""A consignment as it is written into a file: the same rows, fields and words for every kind of file. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from casework.national_database.rows import Marked, Value

One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class PaperField:
    """One field: whether it is sent, why not, where it is from in the law; codes: code -> what it means."""

    code: str
    label: str
    status: str
    status_label: str
    why: str
    basis: str
    is_verified: bool
    codes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PaperGroup:
    """One group of the decree: its fields, why nothing is sent, and its rows, read anew each time they are asked for.

    sent: the fields in the order of the values of a row; empty for a group that is not sent.
    """

    code: str
    label: str
    name: str
    why: str
    is_verified: bool
    fields: Sequence[PaperField]
    sent: Sequence[PaperField]
    count: int
    rows: Callable[[], Iterator[Marked]]


@dataclass(frozen=True, slots=True)
class Paper:
    """All a file of a consignment says.

    said: what programs read of it, name -> value; facts: the same for people. watermark: who took it and when; foot:
    the same with what for. marks: mark -> its words.
    """

    title: str
    note: str
    said: Mapping[str, str | int]
    facts: Sequence[tuple[str, str]]
    groups: Sequence[PaperGroup]
    marks: Mapping[str, str]
    watermark: str
    foot: str
    # Words of the workbook: its first sheet, the sheet of codes, and the heads of their columns.
    first_sheet: str
    codes_sheet: str
    field_heads: Sequence[str]
    row_heads: Sequence[str]
    code_heads: Sequence[str]
    verified: Mapping[bool, str]


def flat(value: Value) -> list[str]:
    """The codes of a value one by one; nothing for no answer."""
    if value is None:
        return []
    return value if isinstance(value, list) else [str(value)]


def by(number: int, some: Iterable[One]) -> Iterator[list[One]]:
    """So many at a time."""
    rest = iter(some)
    while held := list(islice(rest, number)):
        yield held
