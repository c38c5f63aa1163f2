"""What may be published at all, as declarations: a new table is one row of `casework/data/codes/release_product.json`.

Its questions and the rules it is held to are in `casework/data/releases/catalogue.json`. A product names its levels of
place, its kind of period, its tables and its rules. What is not here is not published. Pure.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.utils.translation import get_language

from casework.base.codes import DATA, CodeRow, codes
from casework.disclosure import RuleSet

PROVINCE, COMMUNE = "province", "commune"
YEAR, POOL, HALF, QUARTER, MONTH = "year", "pool", "half", "quarter", "month"
PLACE, TIME, VINTAGE = "place", "time", "vintage"
# A code of a question with one answer that stands for several others together.
REST: Final = "rest"

Words = Mapping[str, str]


class NoSuchProduct(LookupError):
    """The catalogue has no entry of that name: nothing is published."""


def said(words: Words) -> str:
    """In the language of the moment; Vietnamese unless English is active."""
    return words["en" if (get_language() or "vi").startswith("en") else "vi"]


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a table: where it is several, each answer is a dimension of its own."""

    code: str
    words: Words
    codelist: str
    many: bool
    answered: bool
    rest: tuple[str, ...]

    @property
    def leaves(self) -> tuple[str, ...]:
        """The finest codes, as facts know them."""
        return codes(self.codelist).codes

    @property
    def shown(self) -> tuple[str, ...]:
        """The codes a table has, in their order."""
        kept = tuple(code for code in self.leaves if code not in self.rest)
        return (*kept, REST) if self.rest else kept

    @property
    def dims(self) -> tuple[str, ...]:
        """The dimensions of its answers."""
        return tuple(f"{self.code}:{answer}" for answer in self.leaves) if self.many else (self.code,)

    def label(self, code: str) -> Words:
        if code == REST:
            return catalogue().rest
        row = codes(self.codelist).row(code)
        return {"vi": row.vi, "en": row.en}


@dataclass(frozen=True, slots=True)
class Product:
    """One table set that may be published for each period of a kind.

    levels: whose figures it has; detail: whose figures beyond the total, where not those of all levels.
    least: units other than the province only where a shown figure of the year lets expect so many a period.
    """

    code: str
    words: Words
    rules: RuleSet
    period: str
    years: int
    levels: tuple[str, ...]
    tables: tuple[tuple[str, ...], ...]
    detail: tuple[str, ...]
    least: int

    @property
    def title(self) -> str:
        return said(self.words)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All declarations."""

    questions: Mapping[str, Question]
    products: Mapping[str, Product]
    rules: Mapping[str, RuleSet]
    # What each rule set is called.
    held_to: Mapping[str, Words]
    rest: Words
    basis: str

    def product(self, code: str) -> Product:
        try:
            return self.products[code]
        except KeyError:
            raise NoSuchProduct(code) from None

    @property
    def dims(self) -> tuple[str, ...]:
        """The dimensions of all answers, in one order for ever: by name."""
        return tuple(sorted(dim for question in self.questions.values() for dim in question.dims))


@cache
def catalogue() -> Catalogue:
    """The declarations, read once."""
    raw = json.loads((DATA / "releases" / "catalogue.json").read_text(encoding="utf-8"))
    held_to = {row["name"]: {"vi": row.pop("vi"), "en": row.pop("en")} for row in raw["rules"]}
    rules = {row["name"]: _rules(row) for row in raw["rules"]}
    questions = {row["code"]: _question(row) for row in raw["questions"]}
    products = {row.code: _product(row, rules, questions) for row in codes("release_product").rows}
    return Catalogue(questions, products, rules, held_to, raw["rest"], raw["basis"])


def _rules(row: Mapping[str, Any]) -> RuleSet:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row.items()
    }
    return RuleSet(**values)


def _question(row: Mapping[str, Any]) -> Question:
    return Question(
        row["code"],
        {"vi": row["vi"], "en": row["en"]},
        row["codes"],
        row["many"],
        row.get("answered", False),
        tuple(row.get("rest", ())),
    )


def _product(row: CodeRow, rules: Mapping[str, RuleSet], questions: Mapping[str, Question]) -> Product:
    tables = tuple(tuple(text.split("+")) if text else () for text in row.strings("tables"))
    unknown = {name for table in tables for name in table} - questions.keys()
    if unknown:
        raise NoSuchProduct(f"{row.code}: {', '.join(sorted(unknown))}")
    return Product(
        row.code,
        {"vi": row.vi, "en": row.en},
        rules[row.string("rules")],
        row.string("period"),
        row.integer("years") or 1,
        row.strings("levels"),
        tables,
        row.strings("detail"),
        row.integer("least") or 0,
    )
