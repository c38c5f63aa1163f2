"""Which acts the law knows between two people, and which forms of violence an act is (Art. 3).

The law names the acts; which form an act counts under is our reading, kept as data beside each act.
"""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any, cast

from casework.base.codes import DATA, codes

UNKNOWN = "unknown"


@cache
def _scopes() -> dict[str, dict[str, Any]]:
    raw = json.loads((DATA / "relationship_acts.json").read_text(encoding="utf-8"))
    return cast("dict[str, dict[str, Any]]", raw["scopes"])


@cache
def _acts_by_scope() -> dict[str, frozenset[str] | None]:
    return {
        scope: None if (acts := cell["acts"]) is None else frozenset(acts)
        for scope, cell in _scopes().items()
    }


def basis_of(scope: str) -> str:
    """The articles that say which acts the law knows in a scope; "" for an unknown relationship. KeyError otherwise."""
    return str(_scopes()[scope]["basis"])


def acts_outside_scope(scope: str, acts: Iterable[str]) -> list[str]:
    """The acts the law does not know between two people so related; to warn, never to block.

    `scope` is the parameter "scope" of a row of the list kinship: family, divorced, cohabiting, extended,
    none, unknown. The answer has the order of the law; where the text of the decree was not read nothing is
    outside. Raises ValueError for another scope and UnknownCode for an act that is not in the code list.
    Source: Law 13/2022/QH15 Art. 3(1)-(2); Decree 76/2023 Art. 2-4.
    """
    table = _acts_by_scope()
    if scope not in table:
        raise ValueError(f"unknown scope {scope!r}; known: {', '.join(sorted(table))}")
    given = {codes("act").row(act).code for act in acts} - {UNKNOWN}
    known = table[scope]
    return [] if known is None else [act for act in codes("act").codes if act in given - known]


def forms_of(acts: Iterable[str]) -> set[str]:
    """The forms of violence these acts count under: physical, psychological, sexual, economic.

    {"unknown"} when all that is known is that the act is not known, the empty set for no act; the officer may
    correct the result. Raises UnknownCode for an act that is not in the code list.
    """
    forms = {form for act in acts for form in codes("act").row(act).strings("forms")}
    return forms if forms <= {UNKNOWN} else forms - {UNKNOWN}
