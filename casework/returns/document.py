"""A return as a Word document: the same rows, numbered, with the mark of whoever took it on every page. Pure."""

from io import BytesIO
from typing import Any, Final

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from casework.returns.paper import Paper

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FONT: Final = "Times New Roman"
_PAGE: Final = (Mm(210), Mm(297))
_MARGIN: Final = Mm(20)
_NUMBER, _FIGURE, _NOTE = Mm(21), Mm(19), Mm(32)
_VML: Final = "{urn:schemas-microsoft-com:vml}"
# A text across the page behind the words, as Word itself makes one.
_MARK: Final = (
    '<w:pict xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office">'
    '<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" '
    'path="m@7,l@8,m@5,21600l@6,21600e">'
    '<v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/><v:f eqn="sum 21600 0 @1"/>'
    '<v:f eqn="sum 0 0 @2"/><v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/><v:f eqn="if @0 21600 @1"/>'
    '<v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/></v:formulas>'
    '<v:path textpathok="t" o:connecttype="custom"/><v:textpath on="t" fitshape="t"/></v:shapetype>'
    '<v:shape id="watermark" o:spid="_x0000_s2049" type="#_x0000_t136" '
    'style="position:absolute;margin-left:0;margin-top:0;width:500pt;height:40pt;rotation:315;z-index:-251658752;'
    "mso-position-horizontal:center;mso-position-horizontal-relative:margin;"
    'mso-position-vertical:center;mso-position-vertical-relative:margin" fillcolor="#d9d9d9" stroked="f">'
    '<v:fill opacity=".5"/><v:textpath style="font-family:&quot;Times New Roman&quot;" string=""/>'
    "</v:shape></w:pict>"
)


def written(paper: Paper) -> bytes:
    """Write it. Whatever anybody typed stands in it as text."""
    made: Any = Document()
    section = made.sections[0]
    section.page_width, section.page_height = _PAGE
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = _MARGIN
    told = made.core_properties
    told.title, told.author, told.comments = paper.title, paper.unit, paper.foot
    normal = made.styles["Normal"]
    normal.font.name, normal.font.size = _FONT, Pt(12)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    normal.paragraph_format.space_after = Pt(4)
    _mark(section, paper)
    _says(made, paper.marking, size=9, italic=True)
    _says(made, paper.unit.upper(), bold=True)
    if paper.number:
        _says(made, paper.number)
    _says(made, paper.title.upper(), size=14, bold=True, centred=True)
    _says(made, f"{paper.area} · {paper.days}", centred=True)
    _table(made, paper)
    made.add_paragraph()
    for label, value in paper.facts:
        _says(made, f"{label}: {value}", size=11)
    for title, rows in ((paper.points_title, paper.points), (paper.units_title, paper.units)):
        if rows:
            _says(made, title, bold=True)
            for what, how in rows:
                _says(made, f"– {what}: {how}" if how else f"– {what}", size=11)
    for note in paper.notes:
        _says(made, note, size=9, italic=True)
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def _says(
    where: Any, text: str, *, size: int = 12, bold: bool = False, italic: bool = False, centred: bool = False
) -> None:
    paragraph = where.add_paragraph()
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _table(made: Any, paper: Paper) -> None:
    table = made.add_table(rows=1, cols=len(paper.heads))
    table.style, table.autofit = "Table Grid", False
    figures = len(paper.heads) - 3
    words = _PAGE[0] - 2 * _MARGIN - _NUMBER - _NOTE - figures * _FIGURE
    widths = [_NUMBER, words, *([_FIGURE] * figures), _NOTE]
    for cell, text in zip(table.rows[0].cells, paper.heads, strict=True):
        _fill(cell, text, bold=True, centred=True)
    # The head is printed again on every page.
    again = OxmlElement("w:tblHeader")
    again.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(again)
    for line in paper.lines:
        cells = table.add_row().cells
        bold = line.kind in ("total", "head")
        _fill(cells[0], line.no, bold=bold)
        _fill(cells[1], line.label, bold=bold)
        for cell, value in zip(cells[2:-1], paper.values(line), strict=True):
            _fill(cell, "" if value is None else str(value), right=True)
        _fill(cells[-1], line.note, size=8)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width


def _fill(
    cell: Any, text: str, *, bold: bool = False, centred: bool = False, right: bool = False, size: int = 11
) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(size)
    if centred or right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.RIGHT


def _mark(section: Any, paper: Paper) -> None:
    run = section.header.paragraphs[0].add_run()
    mark = parse_xml(_MARK)
    mark.find(f"{_VML}shape/{_VML}textpath").set("string", paper.watermark)
    run._r.append(mark)
    foot = section.footer.paragraphs[0]
    told = foot.add_run(paper.foot)
    told.font.size = Pt(8)
