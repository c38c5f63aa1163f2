"""A return as a workbook: one sheet in the order of the form, numbered, with the mark of whoever took it. Pure."""

from io import BytesIO
from typing import Any, Final

import xlsxwriter

from casework.returns.paper import Paper

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# The mark stands on top of every page that is printed, in large grey letters.
_MARK: Final = "&C&20&KBFBFBF{text}"
_LONGEST: Final = 250


def written(paper: Paper) -> bytes:
    """Write it; text is never read as a formula."""
    out = BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": paper.title, "author": paper.unit, "comments": paper.foot})
    box: dict[str, Any] = {"border": 1, "text_wrap": True, "valign": "vcenter"}
    style = {
        "title": book.add_format({"bold": True, "font_size": 14, "align": "center", "text_wrap": True}),
        "head": book.add_format({**box, "bold": True, "align": "center"}),
        "text": book.add_format(box),
        "bold": book.add_format({**box, "bold": True}),
        "number": book.add_format({**box, "num_format": "#,##0", "align": "right"}),
        "note": book.add_format({**box, "font_size": 9}),
        "small": book.add_format({"italic": True, "font_size": 9, "text_wrap": True}),
        "plain": book.add_format({"text_wrap": True}),
    }
    sheet = book.add_worksheet()
    sheet.set_paper(9)
    sheet.set_margins(left=0.5, right=0.5, top=1, bottom=0.9)
    sheet.fit_to_pages(1, 0)
    sheet.set_header(_MARK.format(text=_escaped(paper.watermark))[:_LONGEST])
    sheet.set_footer(f"&L&8{_escaped(paper.foot)}&R&8&P/&N"[:_LONGEST])
    sheet.set_column(0, 0, 9)
    sheet.set_column(1, 1, 56)
    last = len(paper.heads) - 1
    sheet.set_column(2, last - 1, 13)
    sheet.set_column(last, last, 26)
    place = 0
    for text, name, height in (
        (paper.marking, "small", 15),
        (paper.unit.upper(), "plain", 18),
        (paper.number, "plain", 18),
        (paper.title.upper(), "title", 36),
        (f"{paper.area} · {paper.days}", "plain", 18),
        (paper.watermark, "small", 15),
    ):
        if text:
            _across(sheet, place, last, text, style[name], height)
            place += 1
    sheet.write_row(place, 0, paper.heads, style["head"])
    sheet.repeat_rows(place)
    for line in paper.lines:
        place += 1
        look = style["bold"] if line.kind in ("total", "head") else style["text"]
        sheet.write_string(place, 0, line.no, look)
        sheet.write_string(place, 1, line.label, look)
        sheet.write_string(place, last, line.note, style["note"])
        if line.note:
            sheet.set_row(place, 26)
        for column, value in enumerate(paper.values(line), start=2):
            if value is None:
                sheet.write_blank(place, column, None, style["text"])
            else:
                sheet.write_number(place, column, value, style["number"])
    place += 2
    for label, said in paper.facts:
        _across(sheet, place, last, f"{label}: {said}", style["plain"], 18)
        place += 1
    for title, rows, height in (
        (paper.points_title, paper.points, 30),
        (paper.units_title, paper.units, 16),
    ):
        if rows:
            place += 1
            _across(sheet, place, last, title, style["bold"], 18)
            for what, how in rows:
                place += 1
                _across(sheet, place, last, f"{what}: {how}" if how else what, style["plain"], height)
            place += 1
    for note in paper.notes:
        place += 1
        _across(sheet, place, last, note, style["small"], 28)
    book.close()
    return out.getvalue()


def _across(sheet: Any, row: int, last: int, text: str, look: Any, height: int) -> None:
    sheet.merge_range(row, 0, row, last, "", look)
    sheet.write_string(row, 0, text, look)
    sheet.set_row(row, height)


def _escaped(text: str) -> str:
    """As a header takes it: a single & begins a command there."""
    return text.replace("&", "&&")
