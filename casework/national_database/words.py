"""Consignments in words: which period, what is asked about, what a value means. Pure."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from casework.base.codes import codes
from casework.national_database.mapping import Field, mapping
from casework.national_database.periods import Span
from casework.national_database.rows import Value


def period(of: Span) -> str:
    """The month or the quarter."""
    year, month = of.start.year, of.start.month
    if len(of.months) == 1:
        return _("month %(month)s of %(year)s") % {"month": month, "year": year}
    return _("quarter %(quarter)s of %(year)s") % {"quarter": (month + 2) // 3, "year": year}


def title(of: Span, edition: int = 1, *, amends: bool = False) -> str:
    said = _("National database, %(period)s") % {"period": period(of)}
    if amends:
        return f"{said} · {_('amendment %(number)s') % {'number': edition}}"
    return f"{said} · {_('edition %(number)s') % {'number': edition}}" if edition > 1 else said


def point(flag: Mapping[str, Any]) -> str:
    """What is asked about, with its group, field and numbers."""
    kind, about = str(flag["kind"]), str(flag["about"])
    said = [str(codes("consignment_flag").label(kind))]
    group, _dot, field = about.partition(".")
    if kind == "no_group":
        said.append(_("%(number)s people") % {"number": flag["number"]})
    elif field:
        said.append(f"{short(group)}, {mapping().group(group).field(field).label}")
        said.append(_("%(number)s of %(of)s rows") % {"number": flag["number"], "of": flag["of"]})
    elif group and kind != "nothing":
        said.append(mapping().group(group).label)
    return ": ".join(said)


def short(group: str) -> str:
    """«Group 4»."""
    return _("Group %(number)s") % {"number": group.rpartition("_")[2]}


def why(reason: str) -> str:
    return str(codes("export_reason").label(reason)) if reason else ""


def meant(field: Field, places: Mapping[str, str]) -> Mapping[str, str]:
    """Code -> what it means, of every code that can stand in a field."""
    if field.source == "commune":
        return places
    return {row.code: str(row.text()) for row in codes(field.codes)} if field.codes else {}


def value_of(field: Field, value: Value, places: Mapping[str, str]) -> str:
    """A value as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(value_of(field, one, places) for one in value)
    return meant(field, places).get(str(value), str(value))
