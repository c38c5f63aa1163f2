"""A province's own Word file: whether it can be taken as the template of a paper, and the paper it becomes. Pure.

A template may name values and repeat a part for each of a list; it can compute nothing, read nothing and fetch nothing.
"""

import io
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import segno
from docx.opc.exceptions import PackageNotFoundError
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment
from lxml import etree

from casework.official_forms.reading import PICTURES

Value = str | tuple[str, ...]

LARGEST: Final = 1_000_000
QR: Final = "qr"
QR_SIDE: Final = Mm(24)
# What a paper needs of Word's own fields; the others fetch or run something.
FIELDS: Final = re.compile(
    r"\s*(PAGE|NUMPAGES|SECTIONPAGES|SECTION|TOC|REF|PAGEREF|STYLEREF|SEQ|TITLE)\b", re.IGNORECASE
)
_CANNOT_HOLD: Final = (
    "embeddings/",
    "activex/",
    "afchunk",
    "vbaproject",
    "oleobject",
    "customui",
    "attachedtemplate",
)
_FILLED: Final = re.compile(r"word/(document|header\d*|footer\d*)\.xml")
_TAG: Final = re.compile(r"\{\{|\{%")
_PLAIN: Final = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.For,
    nodes.If,
    nodes.Not,
    nodes.And,
    nodes.Or,
)
_BROKEN: Final = (
    zipfile.BadZipFile,
    etree.XMLSyntaxError,
    PackageNotFoundError,
    TemplateError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What stands against a template: a code, and the names it is about."""

    code: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """What a template of a paper may name: single values, lists; and what it must."""

    single: frozenset[str]
    lists: frozenset[str]
    must: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        return self.single | self.lists | {QR}


def faults_of(content: bytes, names: Names) -> list[Fault]:
    """Everything that stands against the file as a template; empty when it can be taken."""
    if len(content) > LARGEST:
        return [Fault("too_large")]
    try:
        found = [*_package_faults(content)]
        if found:
            return found
        used, lists, wrong = _used(content)
        found += [Fault("computes", tuple(sorted(wrong)))] if wrong else []
        unknown = used - names.all
        found += [Fault("unknown", tuple(sorted(unknown)))] if unknown else []
        missing = names.must - used
        found += [Fault("missing", tuple(sorted(missing)))] if missing else []
        not_lists = (lists & names.all) - names.lists
        found += [Fault("not_a_list", tuple(sorted(not_lists)))] if not_lists else []
        if not found:
            sample: dict[str, Value] = {name: f"«{name}»" for name in names.single}
            sample |= {name: (f"«{name}»",) for name in names.lists}
            filled(content, sample, at=None, title="", author="")
    except _BROKEN:
        return [Fault("damaged")]
    return found


def filled(
    content: bytes, values: Mapping[str, Value], *, at: datetime | None, title: str, author: str
) -> bytes:
    """The template with the values in it; its properties say the paper's title and the office, nobody's name."""
    template: Any = DocxTemplate(io.BytesIO(content))
    template.init_docx()
    given: dict[str, Any] = dict(values)
    verify_at = values.get("verify_at")
    given[QR] = (
        InlineImage(template, io.BytesIO(qr_png(str(verify_at))), width=QR_SIDE)
        if verify_at and values.get("check_code")
        else ""
    )
    template.render(given, _environment(), autoescape=True)
    told = template.docx.core_properties
    told.title, told.author, told.last_modified_by = title, author, author
    told.comments = told.keywords = told.subject = told.category = ""
    if at is not None:
        told.created = told.modified = at
    written = io.BytesIO()
    template.save(written)
    return written.getvalue()


def qr_png(text: str) -> bytes:
    """The code as a picture for Word; the same text gives the same bytes."""
    written = io.BytesIO()
    segno.make(text, error="m", micro=False).save(written, kind="png", scale=6, border=1)
    return written.getvalue()


def pictures_of(content: bytes) -> frozenset[str]:
    """Digests of the pictures a template brings: whoever published it has seen them."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        media = [part for part in package.namelist() if part.lower().endswith(PICTURES)]
        return frozenset(sha256(package.read(part)).hexdigest() for part in media)


def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(undefined=StrictUndefined, finalize=_shown)
    # No function and no filter: nothing a template could call.
    environment.globals.clear()
    environment.filters.clear()
    environment.tests.clear()
    return environment


def _shown(value: object) -> object:
    return "\n".join(value) if isinstance(value, tuple) else value


def _package_faults(content: bytes) -> Iterator[Fault]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for part in package.namelist():
            low = part.lower()
            if any(sign in low for sign in _CANNOT_HOLD):
                yield Fault("holds_object", (part,))
            if not low.endswith((".xml", ".rels")):
                continue
            text = package.read(part).decode("utf-8", "replace")
            if low.endswith(".rels") and 'targetmode="external"' in text.lower():
                yield Fault("outside_link", (part,))
            words = _words(package.read(part))
            if _TAG.search(words) and not _FILLED.fullmatch(part):
                yield Fault("tag_elsewhere", (part,))
            if any(not FIELDS.match(field) for field in _word_fields(package.read(part))):
                yield Fault("word_field", (part,))


def _words(part: bytes) -> str:
    return "".join(etree.fromstring(part, _parser()).itertext())


def _word_fields(part: bytes) -> list[str]:
    root = etree.fromstring(part, _parser())
    simple = [
        value for element in root.iter() for name, value in element.attrib.items() if name.endswith("}instr")
    ]
    runs = "".join(element.text or "" for element in root.iter() if str(element.tag).endswith("}instrText"))
    return [*simple, *([runs] if runs.strip() else [])]


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def _used(content: bytes) -> tuple[set[str], set[str], set[str]]:
    """The names a template reads, those it goes through as lists, and whatever it does beyond that."""
    template: Any = DocxTemplate(io.BytesIO(content))
    template.init_docx()
    used: set[str] = set()
    lists: set[str] = set()
    wrong: set[str] = set()
    for source in _sources(template):
        if re.search(r"\{\{r\s", source):
            wrong.add("{{r")
        tree = _environment().parse(template.patch_xml(source))
        loops = {loop.target.name for loop in tree.find_all(nodes.For) if isinstance(loop.target, nodes.Name)}
        for node in _all(tree):
            if not isinstance(node, _PLAIN):
                wrong.add(type(node).__name__)
            elif isinstance(node, nodes.Name) and node.ctx == "load" and node.name not in loops:
                used.add(node.name)
        for loop in tree.find_all(nodes.For):
            if isinstance(loop.iter, nodes.Name) and not (loop.test or loop.else_ or loop.recursive):
                lists.add(loop.iter.name)
            else:
                wrong.add("for")
    return used, lists, wrong


def _sources(template: Any) -> Collection[str]:
    """The parts that are filled: the text, its headers and footers."""
    parts = [template.get_xml()]
    for uri in (template.HEADER_URI, template.FOOTER_URI):
        parts += [template.get_part_xml(part) for _key, part in template.get_headers_footers(uri)]
    return parts


def _all(tree: nodes.Node) -> Iterator[nodes.Node]:
    yield tree
    for child in tree.iter_child_nodes():
        yield from _all(child)
