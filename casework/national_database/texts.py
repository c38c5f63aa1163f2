"""A consignment as JSON and as XML: written piece by piece, so that it may be as long as it likes. Pure.

The XML is described by `casework/data/national_database/consignment.xsd`.
"""

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any, Final

from casework.national_database.paper import Paper, PaperField, PaperGroup, by, flat
from casework.national_database.rows import Marked

JSON_TYPE: Final = "application/json; charset=utf-8"
XML_TYPE: Final = "application/xml; charset=utf-8"
NAMESPACE: Final = "urn:casework:national-database:1"
_AT_ONCE: Final = 500
# What no XML can hold.
_IMPOSSIBLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def as_json(paper: Paper) -> Iterator[bytes]:
    """Write it as one object: what it is, and its groups with their fields, codes and rows."""
    yield _opened({"title": paper.title, "note": paper.note, **paper.said}, "groups")
    for place, group in enumerate(paper.groups):
        yield (b"," if place else b"") + _opened(_group(group), "rows")
        first = True
        for rows in by(_AT_ONCE, group.rows()):
            text = ",\n".join(_dump(_row(row, group)) for row in rows)
            yield (("" if first else ",\n") + text).encode()
            first = False
        yield b"]}\n"
    yield b"]}\n"


def _opened(told: dict[str, Any], name: str) -> bytes:
    return f"{_dump(told)[:-1]}, {_dump(name)}: [\n".encode()


def _group(group: PaperGroup) -> dict[str, Any]:
    return {
        "group": group.code,
        "label": group.label,
        "is_sent": bool(group.sent),
        "is_verified": group.is_verified,
        "why_not": group.why,
        "fields": [
            {
                "field": one.code,
                "label": one.label,
                "status": one.status,
                "why_not": one.why,
                "basis": one.basis,
                "is_verified": one.is_verified,
                "codes": one.codes,
            }
            for one in group.fields
        ],
        "count": group.count,
    }


def _row(row: Marked, group: PaperGroup) -> dict[str, Any]:
    key, mark, values = row
    told: dict[str, Any] = {"ref": key, "mark": mark}
    if values:
        told["values"] = {one.code: value for one, value in zip(group.sent, values, strict=True)}
    return told


def _dump(told: object) -> str:
    return json.dumps(told, ensure_ascii=False)


def as_xml(paper: Paper) -> Iterator[bytes]:
    """The same as a document of the schema."""
    said = "".join(f" {name}={_quoted(str(value))}" for name, value in paper.said.items())
    yield (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<consignment xmlns="{NAMESPACE}"{said}>\n'
        f"<title>{safe(paper.title)}</title>\n<note>{safe(paper.note)}</note>\n"
    ).encode()
    for group in paper.groups:
        told = {
            "code": group.code,
            "label": group.label,
            "is_sent": _flag(bool(group.sent)),
            "is_verified": _flag(group.is_verified),
            "why_not": group.why,
            "count": str(group.count),
        }
        yield f"<group{_attributes(told)}>\n{''.join(_xml_field(one) for one in group.fields)}".encode()
        for rows in by(_AT_ONCE, group.rows()):
            yield "".join(_xml_row(row, group) for row in rows).encode()
        yield b"</group>\n"
    yield b"</consignment>\n"


def _xml_field(one: PaperField) -> str:
    told = {
        "code": one.code,
        "label": one.label,
        "status": one.status,
        "why_not": one.why,
        "basis": one.basis,
        "is_verified": _flag(one.is_verified),
    }
    listed = "".join(f"<code value={_quoted(code)}>{safe(label)}</code>" for code, label in one.codes.items())
    return f"<field{_attributes(told)}>{listed}</field>\n"


def _xml_row(row: Marked, group: PaperGroup) -> str:
    key, mark, values = row
    cells = "".join(
        f"<v field={_quoted(one.code)}>{safe(code)}</v>"
        for one, value in zip(group.sent, values, strict=bool(values))
        for code in flat(value)
    )
    return f"<row ref={_quoted(key)} mark={_quoted(mark)}>{cells}</row>\n"


def _attributes(told: dict[str, str]) -> str:
    return "".join(f" {name}={_quoted(value)}" for name, value in told.items())


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _quoted(text: str) -> str:
    return f'"{safe(text)}"'


def safe(text: str) -> str:
    """As XML takes it, as text and in quotation marks: without what no XML can hold."""
    return escape(_IMPOSSIBLE.sub("", text))
