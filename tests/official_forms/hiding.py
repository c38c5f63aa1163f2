"""Files that say a secret in every place a file can say one."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import pypdf
import segno
import xlsxwriter
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from PIL import Image
from pypdf.annotations import FreeText
from pypdf.generic import DictionaryObject, NameObject, StreamObject, TextStringObject

SECRET = "Bản Giấu Kín"
PHONE = "+84912345678"

Document = Any


def blank() -> Document:
    """An empty document, without the picture of a page the library's own brings."""
    document = docx.Document()
    relations = document.part.package.rels
    for key in [key for key, one in relations.items() if one.reltype.endswith("/thumbnail")]:
        del relations[key]
    return document


def word(change: Callable[[Document], None] = lambda document: None) -> bytes:
    document = blank()
    document.add_paragraph("Quyết định.")
    change(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def with_part(content: bytes, name: str, text: str | bytes) -> bytes:
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as package:
        package.writestr(name, text)
    return out.getvalue()


def _split(document: Document) -> None:
    paragraph = document.add_paragraph()
    for letters in ("Bả", "n Gi", "ấu K", "ín"):
        paragraph.add_run(letters).bold = len(letters) > 3


def _hidden(document: Document) -> None:
    document.add_paragraph().add_run(SECRET).font.hidden = True


def _deleted(document: Document) -> None:
    paragraph = document.add_paragraph()
    gone, run, text = OxmlElement("w:del"), OxmlElement("w:r"), OxmlElement("w:delText")
    gone.set(qn("w:id"), "1")
    gone.set(qn("w:author"), "x")
    text.text = SECRET
    run.append(text)
    gone.append(run)
    paragraph._p.append(gone)


def _comment(document: Document) -> None:
    paragraph = document.add_paragraph("x")
    document.add_comment(paragraph.runs, text=SECRET, author="x", initials="x")


def _author_of_comment(document: Document) -> None:
    paragraph = document.add_paragraph("x")
    document.add_comment(paragraph.runs, text="x", author=SECRET, initials="x")


def _property(document: Document) -> None:
    document.core_properties.keywords = SECRET


def _picture(document: Document, content: bytes | None = None) -> None:
    document.add_picture(io.BytesIO(content or qr_png()))


def _alt_text(document: Document) -> None:
    _picture(document, plain_png())
    document.inline_shapes[0]._inline.docPr.set("descr", SECRET)


def _link(document: Document) -> None:
    document.part.relate_to(f"https://example.org/?q={SECRET}", "http://x/hyperlink", is_external=True)


def _table(document: Document) -> None:
    document.add_table(1, 2).cell(0, 1).text = SECRET


def _header(document: Document) -> None:
    document.sections[0].first_page_header.paragraphs[0].text = SECRET


def _footer(document: Document) -> None:
    document.sections[0].footer.paragraphs[0].text = SECRET


def _text(document: Document) -> None:
    document.add_paragraph(f"Ở {SECRET}.")


def plain_png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(out, "PNG")
    return out.getvalue()


def qr_png(text: str = SECRET) -> bytes:
    out = io.BytesIO()
    segno.make(text).save(out, kind="png", scale=5)
    return out.getvalue()


def _book() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet("Sổ")
        page.write(0, 0, "Quyết định")
        page.write_number(0, 1, 912345678)
        page.write_comment(0, 0, SECRET)
    return out.getvalue()


def _sheet_name() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet(SECRET)
    return out.getvalue()


def _embedded() -> bytes:
    return with_part(word(), "word/embeddings/tep.docx", word(_text))


# where it is found -> a Word or Excel file that says it there
OFFICE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "text": ("text", lambda: word(_text)),
    "runs": ("text", lambda: word(_split)),
    "table": ("text", lambda: word(_table)),
    "header": ("header", lambda: word(_header)),
    "footer": ("header", lambda: word(_footer)),
    "hidden": ("hidden", lambda: word(_hidden)),
    "deleted": ("tracked", lambda: word(_deleted)),
    "comment": ("comment", lambda: word(_comment)),
    "author": ("properties", lambda: word(_author_of_comment)),
    "property": ("properties", lambda: word(_property)),
    "alt text": ("properties", lambda: word(_alt_text)),
    "link": ("link", lambda: word(_link)),
    "custom data": ("data", lambda: with_part(word(), "customXml/a.xml", f"<a>{SECRET}</a>")),
    "footnote": ("note", lambda: with_part(word(), "word/footnotes.xml", f"<a><p>{SECRET}</p></a>")),
    "code": ("code", lambda: word(_picture)),
    "file within": ("attached", _embedded),
    "cell comment": ("comment", _book),
    "sheet name": ("properties", _sheet_name),
}


COMMITMENT = " ".join(
    f"{{{{ {name} }}}}"
    for name in ("number", "check_code", "binds", "starts_at", "ends_at", "monitor", "forbidden", "foot")
)


def template(text: str = COMMITMENT) -> bytes:
    """A Word file that can stand for the commitment."""
    return word(lambda document: document.add_paragraph(text))


# --- PDF ----------------------------------------------------------------------------------------------------


def pdf_of(draw: str = "BT /F1 12 Tf 40 700 Td (Quyet dinh) Tj ET", **more: Any) -> pypdf.PdfWriter:
    """One page drawn by these operators, with a plain font."""
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(595, 842)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
    )
    stream = StreamObject()
    stream.set_data(draw.encode())
    page[NameObject("/Contents")] = writer._add_object(stream)
    return writer


def saved(writer: pypdf.PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


# Without marks, for a plain PDF font has none; long enough to be found so.
BARE = "Ban Giau Kin"


def _annotated() -> bytes:
    writer = pdf_of()
    writer.add_annotation(0, FreeText(text=SECRET, rect=(50, 550, 200, 650)))
    return saved(writer)


def _attached() -> bytes:
    writer = pdf_of()
    writer.add_attachment("tep.docx", word(_text))
    return saved(writer)


def _titled() -> bytes:
    writer = pdf_of()
    writer.add_metadata({"/Keywords": SECRET})
    return saved(writer)


def _bookmarked() -> bytes:
    writer = pdf_of()
    writer.add_outline_item(title=SECRET, page_number=0)
    return saved(writer)


def _scripted() -> bytes:
    writer = pdf_of()
    program = {
        NameObject("/S"): NameObject("/JavaScript"),
        NameObject("/JS"): TextStringObject(f"app.alert('{BARE}')"),
    }
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(DictionaryObject(program))
    return saved(writer)


def _field() -> bytes:
    writer = pdf_of()
    field = DictionaryObject(
        {NameObject("/FT"): NameObject("/Tx"), NameObject("/V"): TextStringObject(SECRET)}
    )
    writer.root_object[NameObject("/AcroForm")] = writer._add_object(
        DictionaryObject({NameObject("/Fields"): pypdf.generic.ArrayObject([writer._add_object(field)])})
    )
    return saved(writer)


def _drawn_code() -> bytes:
    """A square code drawn with lines: no picture is in the file."""
    side, squares = 6, []
    for y, row in enumerate(segno.make(SECRET).matrix):
        squares += [
            f"{40 + x * side} {700 - y * side} {side} {side} re" for x, dark in enumerate(row) if dark
        ]
    return saved(pdf_of("\n".join(squares) + " f"))


PDFS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "text": ("text", lambda: saved(pdf_of(f"BT /F1 12 Tf 40 700 Td ({BARE}) Tj ET"))),
    "white": ("text", lambda: saved(pdf_of(f"1 1 1 rg BT /F1 12 Tf 40 700 Td ({BARE}) Tj ET"))),
    "invisible": ("text", lambda: saved(pdf_of(f"BT 3 Tr /F1 12 Tf 40 700 Td ({BARE}) Tj ET"))),
    "beside the page": ("text", lambda: saved(pdf_of(f"BT /F1 12 Tf 40 2000 Td ({BARE}) Tj ET"))),
    "letter by letter": (
        "text",
        lambda: saved(pdf_of(f"BT /F1 12 Tf 40 700 Td [{' 300 '.join(f'({one})' for one in BARE)}] TJ ET")),
    ),
    "remark": ("properties", _annotated),
    "keywords": ("properties", _titled),
    "bookmark": ("properties", _bookmarked),
    "program": ("properties", _scripted),
    "form field": ("properties", _field),
    "file within": ("attached", _attached),
    "drawn code": ("code", _drawn_code),
}
