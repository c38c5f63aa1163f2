"""Events of the memory as a workbook for reading and counting. Pure: from plain values to a file.

It proves nothing, and says so: what proves is the same choice of events as lines with their proofs.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Final

import xlsxwriter
from django.utils.translation import gettext as _

from casework.base.clock import local
from casework.base.dates import display_datetime
from casework.oversight.sentences import Event

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTHS: Final = (17, 24, 34, 60, 12, 18, 20, 40, 8, 12, 66)


def workbook(
    events: Iterable[tuple[Event, int | None, str]],
    *,
    asked: Mapping[str, str],
    count: int,
    by: str,
    at: datetime,
) -> bytes:
    """Write the events (each with its number in the tree and its hash) and a second sheet that says what this is.

    asked: what was searched for, label -> words. Text is never read as a formula or a link.
    """
    out = BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    mark = _("Exported by %(by)s at %(at)s") % {"by": by, "at": display_datetime(at)}
    head = book.add_format({"bold": True, "border": 1, "text_wrap": True, "valign": "vcenter"})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss", "valign": "top"})
    _events(book, events, mark, (head, text, moment))
    _about(book, asked, count, mark, (head, text))
    book.close()
    return out.getvalue()


def _events(
    book: xlsxwriter.Workbook,
    events: Iterable[tuple[Event, int | None, str]],
    mark: str,
    styles: Sequence[object],
) -> None:
    head, text, moment = styles
    sheet = book.add_worksheet(_("Events"))
    _mark(sheet, mark)
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, mark)
    titles = (
        _("When"),
        _("Name"),
        _("Role and office"),
        _("What was done"),
        _("Outcome"),
        _("Case number"),
        _("Basis"),
        _("Fields"),
        _("No. in its chain"),
        _("No. in the tree"),
        _("Hash"),
    )
    for column, title in enumerate(titles):
        sheet.write_string(1, column, title, head)
    row = 1
    for row, (event, place, digest) in enumerate(events, start=2):
        # A spreadsheet knows no zones: the hour on a Vietnamese clock.
        sheet.write_datetime(row, 0, local(event.at).replace(tzinfo=None, microsecond=0), moment)
        cells = (
            event.who,
            event.office,
            event.sentence,
            outcome_words().get(event.outcome, event.outcome),
            event.case_number,
            event.basis_words,
            ", ".join(event.fields),
        )
        for column, cell in enumerate(cells, start=1):
            sheet.write_string(row, column, cell, text)
        sheet.write_number(row, 8, event.seq, text)
        if place is not None:
            sheet.write_number(row, 9, place, text)
        sheet.write_string(row, 10, digest, text)
    sheet.autofilter(1, 0, max(row, 2), len(titles) - 1)
    sheet.freeze_panes(2, 1)


def outcome_words() -> dict[str, str]:
    """What each outcome is called."""
    return {"read": _("read"), "done": _("done"), "refused": _("refused")}


def _about(
    book: xlsxwriter.Workbook, asked: Mapping[str, str], count: int, mark: str, styles: Sequence[object]
) -> None:
    head, text = styles
    sheet = book.add_worksheet(_("About this file"))
    _mark(sheet, mark)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 90)
    rows = [
        (_("Exported"), mark),
        *asked.items(),
        (_("Events"), str(count)),
        (
            _("What it proves"),
            _(
                "Nothing by itself: cells can be changed. The same events exported as JSONL carry the proof of each in "
                "the signed tree of the memory, checked with evidence.py and the public key."
            ),
        ),
        (
            _("What is left out"),
            _("Reasons and words searched for stay sealed. Nobody it tells of is named but staff."),
        ),
    ]
    for place, (label, words) in enumerate(rows):
        sheet.write_string(place, 0, str(label), head)
        sheet.write_string(place, 1, words, text)


def _mark(sheet: xlsxwriter.worksheet.Worksheet, mark: str) -> None:
    """Who exported it and when, on every printed page. An ampersand would be read as a command."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{mark.replace('&', '&&')[:200]}&R&P / &N")
