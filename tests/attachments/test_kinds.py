"""Which files are taken: by the end of the name and by the content, and never one without the other."""

import io
import struct
import zipfile
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from casework.attachments import kinds, pictures
from casework.base.refusals import InvalidInput
from tests.attachments.making import DOCX, FILES, MP3, PDF, PLACE, XLSX, office, picture


def refusal(name: str, content: bytes) -> str:
    with pytest.raises(InvalidInput) as refused:
        kinds.kind_of(name, io.BytesIO(content))
    return str(refused.value.errors["file"])


@pytest.mark.parametrize("name", FILES)
def test_every_kind_of_the_list_is_taken(name):
    kind = kinds.kind_of(name, io.BytesIO(FILES[name]))
    assert name.endswith(kind.endings)


def test_the_end_of_a_name_may_be_written_large():
    assert kinds.kind_of("ẢNH.JPG", io.BytesIO(FILES["anh.jpg"])).media_type == "image/jpeg"


@pytest.mark.parametrize(
    "name", ["a.exe", "a.html", "a.svg", "a.docm", "a.zip", "a.pdf.js", "pdf", ".pdf", "a."]
)
def test_other_ends_of_names_are_not_taken(name):
    assert refusal(name, PDF) == str(kinds.NOT_TAKEN)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"MZ" + bytes(200)),
        ("a.pdf", FILES["anh.png"]),
        ("a.jpg", FILES["anh.png"]),
        ("a.png", FILES["anh.jpg"]),
        ("a.docx", PDF),
        ("a.docx", XLSX),
        ("a.xlsx", DOCX),
        ("a.docx", office("ppt/presentation.xml")),
        ("a.mp3", b"<html><script>alert(1)</script></html>"),
        ("a.m4a", MP3),
        ("a.mp3", b"khong phai gi ca"),
    ],
)
def test_content_that_is_not_what_the_name_says_is_refused(name, content):
    assert refusal(name, content) == str(kinds.NOT_AS_NAMED)


# --- office documents ---


def test_a_zip_bomb_is_refused_without_unpacking_it():
    bomb = office("word/document.xml", **{"word/media/big.bin": bytes(kinds.LARGEST_UNPACKED + 1)})
    assert len(bomb) < 300_000
    assert refusal("a.docx", bomb) == str(kinds.TOO_MUCH)


def test_a_document_of_too_many_parts_is_refused():
    many = office("word/document.xml", **{f"word/{number}.xml": b"" for number in range(kinds.MOST_PARTS)})
    assert refusal("a.docx", many) == str(kinds.TOO_MUCH)


def test_a_part_that_lies_about_its_length_is_refused():
    # The bomb says in its list of parts that it is small; read to that length its checksum does not fit.
    bomb = bytearray(office("word/document.xml", **{"word/big.bin": bytes(1_000_000)}))
    place = bomb.index(struct.pack("<L", 1_000_000), bomb.index(b"PK\x01\x02"))
    bomb[place : place + 4] = struct.pack("<L", 100)
    assert refusal("a.docx", bytes(bomb)) == str(kinds.DAMAGED)


@pytest.mark.parametrize("way", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_part_packed_in_a_way_that_no_document_knows_is_refused_unread(way):
    document = io.BytesIO(DOCX)
    with zipfile.ZipFile(document, "a") as package:
        package.writestr("word/more.xml", b"<more/>" * 1000, compress_type=way)
    broken = bytearray(document.getvalue())
    broken[broken.rindex(b"PK\x03\x04") + 60] ^= 255
    assert refusal("a.docx", document.getvalue()) == refusal("a.docx", bytes(broken)) == str(kinds.DAMAGED)


def test_an_endless_list_of_parts_is_not_even_read():
    long = bytearray(DOCX)
    long[-10:-6] = struct.pack("<L", kinds.LARGEST_DIRECTORY + 1)
    assert refusal("a.docx", bytes(long)) == str(kinds.TOO_MUCH)
    zip64 = DOCX[:-22] + b"PK\x06\x07" + bytes(16) + DOCX[-22:]
    assert refusal("a.docx", zip64) == str(kinds.TOO_MUCH)


def test_a_document_with_a_program_in_it_is_refused():
    assert refusal("a.docx", office("word/document.xml", **{"word/vbaProject.bin": b"x"})) == str(
        kinds.HAS_MACROS
    )


def test_a_document_with_a_password_is_refused():
    locked = bytearray(DOCX)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + offset] |= 1
    assert refusal("a.docx", bytes(locked)) == str(kinds.DAMAGED)


@given(st.integers(0, len(DOCX) - 1), st.integers(1, 255))
def test_a_document_with_a_changed_byte_is_taken_or_refused_and_never_breaks(place, flip):
    broken = bytearray(DOCX)
    broken[place] ^= flip
    with suppress(InvalidInput):
        kinds.kind_of("a.docx", io.BytesIO(broken))


# --- names ---


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("Ảnh chụp.JPG", "Ảnh chụp.jpg"),
        ("anh\u202egpj.pdf", "anhgpj.pdf"),
        ("a\x00\nb.pdf", "ab.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("ễ" * 300 + ".docx", "ễ" * 115 + ".docx"),
        ("\u202e  .pdf", "_.pdf"),
    ],
)
def test_a_name_is_kept_readable_and_with_its_end(given_name, kept):
    assert kinds.safe_name(given_name) == kept


# --- pictures ---


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "L"), ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P")]
)
def test_a_picture_keeps_its_dots_and_nothing_else(kind, mode):
    before = picture(kind, mode=mode)
    assert PLACE.encode() in before

    after = pictures.redrawn(io.BytesIO(before), kind)

    assert PLACE.encode() not in after
    assert "Máy ảnh".encode() not in after
    with Image.open(io.BytesIO(after)) as seen:
        assert (seen.format, seen.size, dict(seen.getexif())) == (kind, (60, 40), {})
        assert not {"exif", "comment", "icc_profile", "xmp"} & seen.info.keys()
        grey = seen.convert("L")
    assert (grey.getpixel((5, 20)), grey.getpixel((55, 20))) == pytest.approx((0, 255), abs=3)


def test_the_fine_greys_of_a_scanner_stay_greys():
    scan = Image.new("I;16", (3, 1))
    for place, level in enumerate((0, 32_768, 65_535)):
        scan.putpixel((place, 0), level)
    out = io.BytesIO()
    scan.save(out, "PNG")
    with Image.open(io.BytesIO(pictures.redrawn(out, "PNG"))) as seen:
        assert [seen.convert("L").getpixel((place, 0)) for place in range(3)] == [0, 128, 255]


def test_a_picture_taken_on_its_side_is_stored_upright():
    turned = picture(tag_274=6)  # the camera says: turn it a quarter to the right
    with Image.open(io.BytesIO(pictures.redrawn(io.BytesIO(turned), "JPEG"))) as seen:
        assert seen.size == (40, 60)
        assert seen.convert("L").getpixel((20, 5)) == pytest.approx(0, abs=3)


def test_a_flood_of_dots_is_refused_before_one_is_read():
    # A header of a hundred bytes that promises four thousand million dots.
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    head = struct.pack(">LLBBBBB", 65_000, 65_000, 8, 2, 0, 0, 0)
    flood = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )

    with pytest.raises(InvalidInput) as refused:
        pictures.redrawn(io.BytesIO(flood), "PNG")
    assert refused.value.errors["file"] == pictures.TOO_MANY_DOTS


@pytest.mark.parametrize(("name", "kind"), [("anh.jpg", "JPEG"), ("anh.png", "PNG")])
def test_half_a_picture_is_refused(name, kind):
    content = FILES[name]
    with pytest.raises(InvalidInput) as refused:
        pictures.redrawn(io.BytesIO(content[: len(content) // 2]), kind)
    assert refused.value.errors["file"] == kinds.DAMAGED


# The library warns of a label it cannot read.
@pytest.mark.filterwarnings("ignore::UserWarning")
@given(st.sampled_from(["anh.jpg", "anh.png"]), st.data())
def test_a_picture_with_a_changed_byte_is_drawn_or_refused_and_never_breaks(name, data):
    broken = bytearray(FILES[name])
    broken[data.draw(st.integers(0, len(broken) - 1))] ^= data.draw(st.integers(1, 255))
    with suppress(InvalidInput):
        pictures.redrawn(io.BytesIO(broken), "JPEG" if name.endswith("jpg") else "PNG")
