"""A register as an office prints it and as a workbook. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import xlsxwriter
from django.utils.translation import gettext as _

from casework.base import pdf


@dataclass(frozen=True, slots=True)
class Line:
    """One number in words, ready to print."""

    number: str
    shown_number: str
    day: str
    kind: str
    goes_to: str
    state: str

    def cells(self) -> tuple[str, ...]:
        return (self.number, self.shown_number, self.day, self.kind, self.goes_to, self.state)


@dataclass(frozen=True, slots=True)
class Book:
    """One register of one unit and year."""

    unit: str
    register: str
    year: int
    lines: Sequence[Line]

    @property
    def title(self) -> str:
        return f"{self.register} {self.year}".upper()


def head() -> tuple[str, ...]:
    return (_("No."), _("Number on the paper"), _("Date"), _("Paper"), _("Copies to"), _("State"))


def printed(book: Book, *, motto: tuple[str, ...], foot: str) -> pdf.Paper:
    """The register on paper: one line for every number, its head again on every page."""
    return pdf.Paper(
        title=book.title,
        issuer=(book.unit.upper(),),
        motto=motto,
        parts=(
            pdf.Table(head(), tuple(line.cells() for line in book.lines), (1, 3, 3, 7, 7, 3))
            if book.lines
            else pdf.Text(_("No paper has a number in this register yet.")),
        ),
        foot=foot,
        author=book.unit,
        landscape=True,
    )


def workbook(book: Book, *, foot: str) -> bytes:
    """The register as a workbook; text is never read as a formula."""
    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as written:
        bold = written.add_format({"bold": True, "border": 1, "align": "center", "text_wrap": True})
        text = written.add_format({"border": 1, "text_wrap": True, "valign": "top"})
        page = written.add_worksheet(_("Register"))
        page.set_paper(9)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        for place, width in enumerate((6, 16, 18, 44, 44, 16)):
            page.set_column(place, place, width)
        page.merge_range(
            0, 0, 0, 5, f"{book.unit}. {book.title}", written.add_format({"bold": True, "font_size": 14})
        )
        page.write_row(2, 0, head(), bold)
        page.repeat_rows(2)
        for row, line in enumerate(book.lines, start=3):
            page.write_row(row, 0, line.cells(), text)
        page.write_string(len(book.lines) + 4, 0, foot)
    return out.getvalue()
