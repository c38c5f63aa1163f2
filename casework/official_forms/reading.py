"""All a file says, wherever it says it: words, hidden words, deleted words, properties, links, codes in pictures. Pure.

What no program can read (a photograph, a recording, a locked file) is not passed over: it is named, so that a person looks.
"""

import io
import threading
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import pypdf
import pypdfium2
import zxingcpp
from lxml import etree
from PIL import Image, UnidentifiedImageError
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, ByteStringObject, DictionaryObject, IndirectObject, StreamObject

# A paper of an office has a few pages; what lies behind these is looked at by a person.
MOST_PAGES: Final = 100
# 130 dots an inch: enough for the smallest code a printer still prints.
SCALE: Final = 1.8
DEEPEST: Final = 3
MOST_DOTS: Final = 40_000_000
# Parts of an office document that say nothing.
SILENT: Final = (".odttf", ".fntdata", ".bin.rels")
PICTURES: Final = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff")
# pdfium keeps one state for the whole process.
_ONE_AT_A_TIME: Final = threading.Lock()
_BROKEN: Final = (
    PyPdfError,
    pypdfium2.PdfiumError,
    zipfile.BadZipFile,
    zlib.error,
    etree.XMLSyntaxError,
    UnidentifiedImageError,
    Image.DecompressionBombError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    RuntimeError,
    OSError,
    EOFError,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """What one place of a file says. where: a code of the list `paper_place`; again: as a second program reads it."""

    where: str
    text: str
    again: bool = False


@dataclass(slots=True)
class Reading:
    """Everything that was read, and what could not be: codes of the list `paper_unread`."""

    pieces: list[Piece] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    # Digests of pictures that somebody has seen: only codes in them are looked for.
    known: frozenset[str] = frozenset()

    def add(self, where: str, text: object, *, again: bool = False) -> None:
        said = str(text)
        if said.strip():
            self.pieces.append(Piece(where, said, again))


def read(content: bytes, name: str, *, known: frozenset[str] = frozenset()) -> Reading:
    """All that a file and its name say; told by its content, not by its name."""
    found = Reading(known=known)
    found.add("name", name)
    _read(content, found, "text", 0)
    return found


def _read(content: bytes, found: Reading, where: str, depth: int) -> None:
    if depth > DEEPEST:
        found.unread.add("object")
        return
    try:
        if content.startswith(b"PK\x03\x04"):
            _office(content, found, where, depth)
        elif b"%PDF-" in content[:1024]:
            _pdf(content, found, where, depth)
        elif content.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")):
            _picture(content, found)
        elif content.startswith((b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")) or content[4:8] == b"ftyp":
            found.unread.add("sound")
        elif content.lstrip().startswith(b"<"):
            _markup(content, found, where)
        else:
            found.unread.add("object")
    except _BROKEN:
        found.unread.add("damaged")


# --- Word and Excel -----------------------------------------------------------------------------------------

_PLACES: Final = (
    ("docProps/", "properties"),
    ("customXml/", "data"),
    ("comments", "comment"),
    ("people", "comment"),
    ("footnotes", "note"),
    ("endnotes", "note"),
    ("header", "header"),
    ("footer", "header"),
)
# Ends of a line, so that words of different paragraphs and cells do not run together.
_LINES: Final = frozenset({"p", "br", "cr", "tab", "tc", "row", "c", "si", "tr"})


def _office(content: bytes, found: Reading, where: str, depth: int) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        found.add("properties", package.comment.decode("utf-8", "replace"))
        for part in package.infolist():
            name = part.filename
            inside = package.read(part)
            place = next((place for sign, place in _PLACES if sign in name), where)
            if name.endswith(".rels"):
                _markup(inside, found, "link")
            elif name.endswith((".xml", ".vml")):
                _markup(inside, found, place)
            elif not name.endswith((*SILENT, "/")):
                _read(inside, found, "attached", depth + 1)


def _markup(content: bytes, found: Reading, where: str) -> None:
    """An XML part: its words as one text, those that are hidden or deleted again by themselves, every attribute."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(content, parser)
    if root.getroottree().docinfo.doctype:
        # Words could stand in what the markup defines for itself; no office program writes that.
        found.unread.add("object")
    said: dict[str, list[str]] = {where: [], "hidden": [], "tracked": []}
    for element, place in _walk(root, where):
        if _local(element) in _LINES:
            for words in said.values():
                words.append("\n")
        if element.text and isinstance(element.tag, str):
            said[where].append(element.text)
            if place != where:
                said[place].append(element.text)
        if element.tail:
            said[where].append(element.tail)
    for place, words in said.items():
        found.add(place, "".join(words))
    # A style sheet says the same few things thousands of times.
    found.add("link" if where == "link" else "properties", "\n".join(dict.fromkeys(_attributes(root))))


def _walk(root: Any, where: str) -> Iterator[tuple[Any, str]]:
    """Every element with the place its words belong to."""
    todo: list[tuple[Any, str]] = [(root, where)]
    while todo:
        element, place = todo.pop()
        kind = _local(element)
        if kind in ("del", "moveFrom"):
            place = "tracked"
        elif kind == "r" and any(
            _local(one) in ("vanish", "specVanish", "webHidden") for one in element.iter()
        ):
            place = "hidden"
        yield element, place
        todo.extend((child, place) for child in reversed(element))


def _attributes(root: Any) -> Iterator[str]:
    for element in root.iter():
        yield from (value for value in element.attrib.values() if len(value) > 1)
        if not isinstance(element.tag, str) and element.text:
            yield element.text  # a comment or an instruction of the markup itself


def _local(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


# --- PDF ----------------------------------------------------------------------------------------------------


def _pdf(content: bytes, found: Reading, where: str, depth: int) -> None:
    reader = pypdf.PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        found.unread.add("locked")
        return
    # A file that was changed in place still holds what it said before.
    if content.count(b"startxref") > (2 if b"/Linearized" in content[:2048] else 1):
        found.unread.add("earlier")
    if len(reader.pages) > MOST_PAGES:
        found.unread.add("long")
    for page in reader.pages[:MOST_PAGES]:
        found.add(where, page.extract_text())
    _objects(reader, found, depth)
    _drawn(content, found, where)


def _objects(reader: pypdf.PdfReader, found: Reading, depth: int) -> None:
    """Every text of every object: titles, remarks, form fields, bookmarks, programs, files within."""
    seen: set[tuple[int, int]] = set()
    todo: list[Any] = [reader.trailer]
    for generation, places in reader.xref.items():
        todo.extend(IndirectObject(number, generation, reader) for number in places if number)
    todo.extend(IndirectObject(number, 0, reader) for number in reader.xref_objStm)
    while todo:
        one = todo.pop()
        if isinstance(one, IndirectObject):
            if (one.idnum, one.generation) in seen:
                continue
            seen.add((one.idnum, one.generation))
            one = one.get_object()
        if isinstance(one, StreamObject):
            _stream(one, found, depth)
        if isinstance(one, DictionaryObject):
            todo.extend(one.raw_get(key) for key in one)
        elif isinstance(one, ArrayObject):
            todo.extend(list(one))
        elif isinstance(one, ByteStringObject):
            found.add("properties", bytes(one).decode("latin-1"))
        elif isinstance(one, str):
            found.add("properties", one)


def _stream(stream: Any, found: Reading, depth: int) -> None:
    kind, sort = stream.get("/Subtype"), stream.get("/Type")
    if kind == "/Image":
        found.unread.add("picture")
    elif kind == "/XML" or sort == "/Metadata":
        _markup(stream.get_data(), found, "properties")
    elif sort == "/EmbeddedFile":
        _read(stream.get_data(), found, "attached", depth + 1)


def _drawn(content: bytes, found: Reading, where: str) -> None:
    """What stands on the pages as a second program reads them, and the codes somebody could scan from the print."""
    with _ONE_AT_A_TIME:
        document = pypdfium2.PdfDocument(content)
        try:
            for number in range(min(len(document), MOST_PAGES)):
                page = document[number]
                found.add(where, page.get_textpage().get_text_range(), again=True)
                scale = min(SCALE, (MOST_DOTS / max(1.0, page.get_width() * page.get_height())) ** 0.5)
                _codes(page.render(scale=scale, grayscale=True).to_pil(), found)
        finally:
            document.close()


# --- pictures -----------------------------------------------------------------------------------------------


def _picture(content: bytes, found: Reading) -> None:
    if sha256(content).hexdigest() not in found.known:
        found.unread.add("picture")
    with Image.open(io.BytesIO(content)) as picture:
        for value in (*picture.info.values(), *picture.getexif().values()):
            if isinstance(value, str | bytes):
                found.add("properties", value.decode("latin-1") if isinstance(value, bytes) else value)
        if picture.width * picture.height <= MOST_DOTS:
            _codes(picture.convert("L"), found)


def _codes(picture: Image.Image, found: Reading) -> None:
    for code in zxingcpp.read_barcodes(picture):
        found.add("code", code.text)
