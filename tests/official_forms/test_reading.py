"""A secret is found wherever a file can hold one, and what no program can read is said to be unread."""

import io
from hashlib import sha256

import pypdf
import pytest

from casework.official_forms.reading import read
from casework.official_forms.scan import Guarded, check
from tests.official_forms import hiding
from tests.official_forms.hiding import OFFICE, PDFS, SECRET

WANTED = (Guarded("safe_address", SECRET), Guarded("phone", hiding.PHONE))


def places(content: bytes, name: str = "tep") -> set[tuple[str, str]]:
    return {(one.category, one.where) for one in check(read(content, name), WANTED).findings}


@pytest.mark.parametrize("name", OFFICE)
def test_a_secret_is_found_in_an_office_document(name):
    where, make = OFFICE[name]
    assert ("safe_address", where) in places(make())


def test_a_telephone_is_found_in_a_cell_that_holds_a_number():
    assert ("phone", "text") in places(OFFICE["cell comment"][1]())


@pytest.mark.parametrize("name", PDFS)
def test_a_secret_is_found_in_a_pdf(name):
    where, make = PDFS[name]
    assert ("safe_address", where) in places(make())


def test_a_secret_is_found_in_the_name_of_the_file_and_in_a_picture():
    assert ("safe_address", "name") in places(b"", "ban-giau-kin.pdf")
    assert ("safe_address", "code") in places(hiding.qr_png())


@pytest.mark.parametrize(
    ("content", "unread"),
    [
        (hiding.word(), set()),
        (hiding.saved(hiding.pdf_of()), set()),
        (hiding.plain_png(), {"picture"}),
        (hiding.word(hiding._alt_text), {"picture"}),
        (b"ID3\x03\x00", {"sound"}),
        (b"\xd0\xcf\x11\xe0 an old Word file", {"object"}),
        (hiding.with_part(hiding.word(), "word/embeddings/ole.bin", "\x00\x01"), {"object"}),
        (
            hiding.with_part(hiding.word(), "customXml/a.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
            {"object"},
        ),
        (hiding.word()[:-40], {"damaged"}),
        (hiding.saved(hiding.pdf_of())[:200], {"damaged"}),
    ],
    ids=(
        "word",
        "pdf",
        "picture",
        "picture in word",
        "sound",
        "old word",
        "object",
        "entity",
        "cut",
        "cut pdf",
    ),
)
def test_what_cannot_be_read_is_named(content, unread):
    assert read(content, "tep").unread == unread


def test_a_picture_somebody_has_seen_is_not_unread_but_its_codes_are_read():
    content = hiding.qr_png()
    found = read(content, "tep", known=frozenset({sha256(content).hexdigest()}))
    assert found.unread == set()
    assert {one.where for one in check(found, WANTED).findings} == {"code"}


def test_a_locked_pdf_is_said_to_be_locked():
    writer = hiding.pdf_of()
    writer.encrypt("x")
    assert read(hiding.saved(writer), "tep").unread == {"locked"}


def test_a_pdf_that_was_changed_in_place_still_holds_what_it_said():
    first = hiding.saved(hiding.pdf_of(f"BT /F1 12 Tf 40 700 Td ({hiding.BARE}) Tj ET"))
    writer = pypdf.PdfWriter(io.BytesIO(first), incremental=True)
    writer.pages[0][pypdf.generic.NameObject("/Contents")] = pypdf.generic.NullObject()
    later = hiding.saved(writer)
    assert hiding.BARE.encode() in later
    assert "earlier" in read(later, "tep").unread


def test_a_file_made_of_many_files_in_one_another_is_not_followed_for_ever():
    content = hiding.word()
    for _depth in range(6):
        content = hiding.with_part(hiding.word(), "word/embeddings/a.docx", content)
    assert "object" in read(content, "tep").unread
