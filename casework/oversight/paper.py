"""The list of who looked as a printed paper. Pure: from plain values to texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.utils.translation import gettext as _

from casework.base import pdf
from casework.base.dates import display_date

MEDIA_TYPE: Final = "application/pdf"


@dataclass(frozen=True, slots=True)
class Listed:
    """All the paper tells: lines of (day, hours, who, role and office, what)."""

    case_number: str
    unit: str
    since: date
    until: date
    lines: Sequence[tuple[str, str, str, str, str]]
    refusals: str
    is_cut: bool


def file_name(case_number: str) -> str:
    """The name it is saved under: the number, and no word of what it is about."""
    return f"{case_number}.pdf"


def period(since: date, until: date) -> str:
    """«From … to …», both days included."""
    return _("From %(since)s to %(until)s") % {"since": display_date(since), "until": display_date(until)}


def paper_of(told: Listed, *, printed_by: str, at: datetime) -> pdf.Paper:
    """The paper: who, of which office, when, and of which kind; neither her name nor what is in the file."""
    head = (_("Day"), _("Hours"), _("Name"), _("Role and office"), _("What was done"))
    parts: list[pdf.Part] = [
        pdf.Table(head, tuple(told.lines), widths=(4, 4, 6, 9, 7)) if told.lines else pdf.Text(nobody()),
    ]
    if told.refusals:
        parts.append(pdf.Text(told.refusals))
    if told.is_cut:
        parts.append(pdf.Text(cut(), kind="note"))
    parts.append(pdf.Text(explained(), kind="note"))
    return pdf.Paper(
        title=_("Who opened the file"),
        subtitle=f"{told.case_number} · {period(told.since, told.until)}",
        issuer=(told.unit.upper(),),
        parts=tuple(parts),
        signatures=(pdf.Signature(told.unit, _("(sign, full name)"), printed_by),),
        foot=pdf.printed_by(printed_by, at=at),
        author=told.unit,
    )


def nobody() -> str:
    """What stands where no line does."""
    return _("Nobody opened the file in this time.")


def cut() -> str:
    """Said where there were more lines than a paper holds."""
    return _("The list is longer than this paper: ask again for a shorter time.")


def explained() -> str:
    """What the list is made from."""
    return _(
        "Every opening is written down at the moment it happens and cannot be changed afterwards. If somebody stands "
        "here who should not, say so to whoever gave you this list."
    )
