"""A consignment as a workbook, written row by row into the answer: no file is made on the way, and no row is kept. Pure.

A library that writes workbooks keeps all cells in memory or in files of its own; this one has texts, numbers and bold heads
only, so its parts are written by hand. Texts stand inline and are never read as formulas.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

from casework.national_database.paper import Paper, PaperGroup, by, flat
from casework.national_database.texts import safe

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Rows a sheet can hold, its head among them.
MOST_ROWS: Final = 1_048_576
_AT_ONCE: Final = 500
_LONGEST_HEADER: Final = 250
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
_KIND: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# Plain, bold and wrapped text.
_PLAIN, _BOLD, _WRAPPED = 0, 1, 2
_STYLES: Final = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf xfId="0"/><xf fontId="1" xfId="0" applyFont="1" applyAlignment="1">'
    '<alignment wrapText="1" vertical="top"/></xf><xf xfId="0" applyAlignment="1">'
    '<alignment wrapText="1" vertical="top"/></xf></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)

# A cell and how it looks.
Cell = tuple[str | int, int]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One sheet: its name, the width of its columns, its rows; heads: how many of them stay on top."""

    name: str
    widths: Sequence[int]
    rows: Iterable[Sequence[Cell]]
    heads: int = 0


class _Sink:
    """Takes what is packed and gives it away at once."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def flush(self) -> None:
        """Nothing waits behind it."""

    def taken(self) -> bytes:
        found = bytes(self._held)
        self._held.clear()
        return found


@dataclass(slots=True)
class _Names:
    """The sheets there turned out to be."""

    given: list[str] = field(default_factory=list)

    @property
    def workbook(self) -> str:
        sheets = "".join(
            f'<sheet name="{safe(name)}" sheetId="{number}" r:id="rId{number}"/>'
            for number, name in enumerate(self.given, start=1)
        )
        return f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'

    @property
    def relations(self) -> str:
        some = [(f"worksheets/sheet{number}.xml", "worksheet") for number in range(1, len(self.given) + 1)]
        return _relations([*some, ("styles.xml", "styles")])

    @property
    def types(self) -> str:
        parts = [("workbook", "sheet.main"), ("styles", "styles")]
        parts += [(f"worksheets/sheet{number}", "worksheet") for number in range(1, len(self.given) + 1)]
        said = "".join(
            f'<Override PartName="/xl/{name}.xml" ContentType="{_KIND}.{kind}+xml"/>' for name, kind in parts
        )
        return (
            f'{_XML}<Types xmlns="{_TYPES}"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>{said}</Types>'
        )


def _relations(some: Sequence[tuple[str, str]]) -> str:
    said = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (target, kind) in enumerate(some, start=1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}">{said}</Relationships>'


def written(paper: Paper) -> Iterator[bytes]:
    """Write it: what it is, a sheet for each group that is sent, and what the codes mean."""
    sink, names = _Sink(), _Names()
    with ZipFile(sink, "w", ZIP_DEFLATED) as packed:  # type: ignore[call-overload]
        for sheet in _sheets(paper):
            yield from _sheet(packed, sink, names, sheet, paper)
        for name, text in (
            ("xl/workbook.xml", names.workbook),
            ("xl/_rels/workbook.xml.rels", names.relations),
            ("xl/styles.xml", _STYLES),
            ("_rels/.rels", _relations([("xl/workbook.xml", "officeDocument")])),
            ("[Content_Types].xml", names.types),
        ):
            packed.writestr(name, text)
    yield sink.taken()


def _sheets(paper: Paper) -> Iterator[_Sheet]:
    yield _Sheet(paper.first_sheet, (28, 46, 16, 46, 46, 18), _first(paper))
    for group in paper.groups:
        if group.sent:
            yield _Sheet(group.name, (34, 14, *([24] * len(group.sent))), _rows(group, paper), heads=1)
    yield _Sheet(paper.codes_sheet, (14, 46, 30, 60), _codes(paper), heads=1)


def _first(paper: Paper) -> Iterator[Sequence[Cell]]:
    yield [(paper.title, _BOLD)]
    for label, value in paper.facts:
        yield [(label, _PLAIN), (value, _WRAPPED)]
    yield [(paper.note, _WRAPPED)]
    yield [(paper.foot, _WRAPPED)]
    yield []
    yield [(head, _BOLD) for head in paper.field_heads]
    for group in paper.groups:
        yield [
            (group.label, _BOLD),
            ("", _PLAIN),
            (group.count if group.sent else "", _BOLD),
            (group.why, _BOLD),
        ]
        for one in group.fields:
            texts = ("", one.label, one.status_label, one.why, one.basis, paper.verified[one.is_verified])
            yield [(text, _WRAPPED) for text in texts]


def _rows(group: PaperGroup, paper: Paper) -> Iterator[Sequence[Cell]]:
    yield [(head, _BOLD) for head in (*paper.row_heads, *(one.label for one in group.sent))]
    for key, mark, values in group.rows():
        cells: list[Cell] = [(key, _PLAIN), (paper.marks[mark], _PLAIN)]
        cells += [(value if isinstance(value, int) else "; ".join(flat(value)), _PLAIN) for value in values]
        yield cells


def _codes(paper: Paper) -> Iterator[Sequence[Cell]]:
    yield [(head, _BOLD) for head in paper.code_heads]
    for group in paper.groups:
        for one in group.sent:
            for code, label in one.codes.items():
                yield [(text, _PLAIN) for text in (group.name, one.label, code, label)]


def _sheet(packed: ZipFile, sink: _Sink, names: _Names, sheet: _Sheet, paper: Paper) -> Iterator[bytes]:
    """One sheet, and as many more as it takes where its rows are more than one can hold."""
    rows = iter(sheet.rows)
    head = [_row(row) for row in islice(rows, sheet.heads)]
    is_left = True
    number = 0
    while is_left:
        number += 1
        names.given.append(sheet.name if number == 1 else f"{sheet.name} ({number})")
        with packed.open(f"xl/worksheets/sheet{len(names.given)}.xml", "w", force_zip64=True) as out:
            out.write((_opening(sheet) + "".join(head)).encode())
            room = MOST_ROWS - len(head)
            is_left = False
            for some in by(_AT_ONCE, islice(rows, room)):
                out.write("".join(_row(row) for row in some).encode())
                room -= len(some)
                is_left = not room
                yield sink.taken()
            out.write(_closing(paper).encode())
        yield sink.taken()


def _opening(sheet: _Sheet) -> str:
    frozen = f'<pane ySplit="{sheet.heads}" topLeftCell="A2" state="frozen"/>' if sheet.heads else ""
    widths = "".join(
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, width in enumerate(sheet.widths, start=1)
    )
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">{frozen}</sheetView></sheetViews>'
        f"<cols>{widths}</cols><sheetData>"
    )


def _closing(paper: Paper) -> str:
    # A single & begins a command in a header.
    mark = f"&C&20&KBFBFBF{paper.watermark.replace('&', '&&')}"[:_LONGEST_HEADER]
    foot = f"&L&8{paper.foot.replace('&', '&&')}"[:_LONGEST_HEADER]
    return (
        '</sheetData><pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>'
        f"<headerFooter><oddHeader>{safe(mark)}</oddHeader><oddFooter>{safe(foot)}</oddFooter></headerFooter>"
        "</worksheet>"
    )


def _row(cells: Sequence[Cell]) -> str:
    return f"<row>{''.join(_cell(value, look) for value, look in cells)}</row>"


def _cell(value: str | int, look: int) -> str:
    if isinstance(value, int):
        return f'<c s="{look}"><v>{value}</v></c>'
    return f'<c s="{look}" t="inlineStr"><is><t xml:space="preserve">{safe(value)}</t></is></c>'
