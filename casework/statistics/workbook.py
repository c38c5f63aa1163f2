"""The return as a workbook the office can sign and send."""

from collections.abc import Mapping
from io import BytesIO

import xlsxwriter
from django.utils.translation import gettext as _

from casework.base.clock import local
from casework.base.dates import display_date, display_datetime
from casework.statistics.paper import Return, yearly


def workbook(found: Return, *, by: str, at: object) -> bytes:
    """Write the return, and for a province a second sheet by commune; text is never read as a formula."""
    out = BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    styles = {
        "title": book.add_format({"bold": True, "font_size": 14, "align": "center", "text_wrap": True}),
        "head": book.add_format(
            {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
        ),
        "text": book.add_format({"border": 1, "text_wrap": True, "valign": "vcenter"}),
        "bold": book.add_format({"border": 1, "bold": True, "text_wrap": True, "valign": "vcenter"}),
        "number": book.add_format({"border": 1, "num_format": "#,##0", "align": "right"}),
        "small": book.add_format({"italic": True, "font_size": 9, "text_wrap": True}),
    }
    _main_sheet(book, found, styles, by=by, at=at)
    if found.by_commune:
        _commune_sheet(book, found, styles)
    book.close()
    return out.getvalue()


def _main_sheet(
    book: xlsxwriter.Workbook, found: Return, styles: Mapping[str, object], *, by: str, at: object
) -> None:
    form = yearly()
    sheet = book.add_worksheet(_("Return"))
    sheet.set_paper(9)
    sheet.set_column(0, 0, 10)
    sheet.set_column(1, 1, 58)
    sheet.set_column(2, 4, 13)
    sheet.fit_to_pages(1, 0)
    last = 4 if found.is_province else 2
    sheet.merge_range(0, 0, 0, last, form.title["vi"].upper(), styles["title"])
    days = _("From %(start)s to before %(end)s") % {
        "start": display_date(found.window.start),
        "end": display_date(found.window.end),
    }
    sheet.merge_range(1, 0, 1, last, f"{found.area} · {days}", styles["small"])
    heads = [_("No."), _("Row"), _("Total"), *([_("Urban"), _("Rural")] if found.is_province else [])]
    sheet.write_row(3, 0, heads, styles["head"])
    place = 4
    for line in found.lines:
        style = styles["bold"] if line.row.kind in {"total", "head"} else styles["text"]
        sheet.write_string(place, 0, line.row.no, style)
        sheet.write_string(place, 1, line.row.words["vi"], style)
        values = (line.total, line.urban, line.rural) if found.is_province else (line.total,)
        for column, value in enumerate(values, start=2):
            if value is None:
                sheet.write_blank(place, column, None, styles["text"])
            else:
                sheet.write_number(place, column, value, styles["number"])
        place += 1
    for text in (form.households["vi"], form.note["vi"], _made(by, at)):
        place += 1
        sheet.merge_range(place, 0, place, last, text, styles["small"])
        sheet.set_row(place, 28)


def _made(by: str, at: object) -> str:
    moment = display_datetime(local(at))  # type: ignore[arg-type]
    return _(
        "Made by %(by)s at %(at)s. Figures of contacts with services, not of how common violence is."
    ) % {
        "by": by,
        "at": moment,
    }


def _commune_sheet(book: xlsxwriter.Workbook, found: Return, styles: Mapping[str, object]) -> None:
    counted = [line.row for line in found.lines if line.row.row]
    sheet = book.add_worksheet(_("By commune"))
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 0, 10)
    sheet.set_column(1, 1, 28)
    sheet.set_row(0, 75)
    sheet.write_row(
        0, 0, [_("Code"), _("Commune or ward"), *(row.words["vi"] for row in counted)], styles["head"]
    )
    for place, (commune, values) in enumerate(found.by_commune, start=1):
        sheet.write_string(place, 0, commune.code, styles["text"])
        sheet.write_string(place, 1, str(commune), styles["text"])
        for column, row in enumerate(counted, start=2):
            sheet.write_number(place, column, values[row.row], styles["number"])
    sheet.freeze_panes(1, 2)
