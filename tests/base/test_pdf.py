"""Printed papers, read back: PDF/A-2b, all fonts inside, every Vietnamese letter, nothing read as markup."""

import io
import re
from datetime import UTC, datetime
from typing import Any, cast

import pypdf
import pytest
from django.utils import translation

from casework.base import pdf

AT = datetime(2026, 5, 12, 14, 14, tzinfo=UTC)


def drawn(paper: pdf.Paper) -> bytes:
    with translation.override("vi"):
        return pdf.draw(paper, at=AT)


def words(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def everything() -> pdf.Paper:
    return pdf.Paper(
        title="QUYẾT ĐỊNH",
        subtitle="Về việc cấm tiếp xúc",
        issuer=("ỦY BAN NHÂN DÂN", "XÃ MƯỜNG PHĂNG"),
        motto=("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"),
        number="Số: 12/2026/QĐ",
        place_and_date="Mường Phăng, ngày 12 tháng 5 năm 2026",
        marking="BẢN LÀM VIỆC",
        parts=(
            pdf.Heading("Điều 1"),
            pdf.Text("Đoạn văn"),
            pdf.Rows((("Họ và tên", "Vàng A Chính"), ("Để trống", ""))),
            pdf.Points(("không đến gần", "không gọi điện")),
            pdf.Table(("Số", "Ngày"), tuple((str(row), "12/05") for row in range(60)), (1, 3)),
        ),
        copies=("Công an xã",),
        signatures=(pdf.Signature("CHỦ TỊCH", "(Ký, đóng dấu)", "Giàng A Páo"),),
        foot="In bởi Lò Thị Lan lúc 21:14 12/05/2026",
        qr="https://example.org/papers/verify/",
        check="Mã kiểm tra: 7ZK3M0QA4",
        author="UBND xã Mường Phăng",
    )


def test_all_that_a_paper_says_is_read_back():
    read = words(drawn(everything()))
    for said in (
        "QUYẾT ĐỊNH",
        "XÃ MƯỜNG PHĂNG",
        "Độc lập - Tự do - Hạnh phúc",
        "Số: 12/2026/QĐ",
        "Vàng A Chính",
    ):
        assert said in read
    for said in (
        "Điều 1",
        "Đoạn văn",
        "không gọi điện",
        "Công an xã",
        "Giàng A Páo",
        "Mã kiểm tra: 7ZK3M0QA4",
    ):
        assert said in read
    # On every page: the marking, who printed it and when, the head of the table.
    assert read.count("BẢN LÀM VIỆC") == read.count("In bởi Lò Thị Lan lúc 21:14") == read.count("/ 2") == 2
    assert read.count("Số Ngày") == 2


def test_it_is_pdf_a_2b_with_every_font_inside_and_no_lock_or_script():
    content = drawn(everything())
    reader = pypdf.PdfReader(io.BytesIO(content))
    root: Any = reader.trailer["/Root"]
    xmp = root["/Metadata"].get_data().decode()
    assert re.search(r"<pdfaid:part>2</pdfaid:part>", xmp)
    assert re.search(r"<pdfaid:conformance>B</pdfaid:conformance>", xmp)
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert not reader.is_encrypted
    assert not root.keys() & {"/OpenAction", "/AA", "/AcroForm"}
    fonts = [
        font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        for page in reader.pages
        for font in cast("Any", page)["/Resources"]["/Font"].values()
    ]
    assert fonts
    assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)
    assert {str(font["/FontName"]).partition("+")[2] for font in fonts} <= {
        f"LiberationSerif{face}" for face in ("", "-Bold", "-Italic", "-BoldItalic")
    }


def test_the_same_paper_gives_the_same_bytes():
    assert drawn(everything()) == drawn(everything())


def test_every_letter_that_is_let_through_can_be_printed():
    every = "".join(chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000)
    kept = "".join(sorted(set(pdf.printable(every))))
    assert len(kept) > 1000
    assert set("ẮẰẲẴẶắằẳẵặẾỀỂỄỆếềểễệỐỒỔỖỘốồổỗộỨỪỬỮỰứừửữựỳỷỹỵĐđƠơƯư") <= set(kept)
    spaced = " ".join(kept)
    drawn(
        pdf.Paper(
            title=spaced, parts=(pdf.Text(spaced), pdf.Rows((("x", spaced),)), pdf.Text(spaced, "note"))
        )
    )


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Vàng", "Vàng"),
        ("a\r\nb\u2028c\td", "a\nb\nc d"),
        ("\u202egnàv\u200b\x00\ufeff", "gnàv"),
        ("中 😀 ລາ", "□ □ □□"),
        ("1\u20112", "1-2"),
    ],
)
def test_what_cannot_be_printed_shows_as_a_box_and_what_cannot_be_seen_is_left_out(typed, printed):
    assert pdf.printable(typed) == printed


@pytest.mark.parametrize(
    "typed",
    [
        '#read("/paper.typ")',
        "*x* _y_ `z` $1$ = = <a> @b \\ //",
        "#sys.inputs",
        '"); #panic("x',
        "]#{1}[",
        "{{ x }}",
    ],
)
def test_nothing_typed_is_read_as_markup(typed):
    paper = pdf.Paper(
        title=typed,
        parts=(
            pdf.Text(typed),
            pdf.Rows(((typed, typed),)),
            pdf.Points((typed,)),
            pdf.Table((typed,), ((typed,),)),
        ),
        foot=typed,
        marking=typed,
        number=typed,
        issuer=(typed,),
        motto=(typed, typed),
        copies=(typed,),
        signatures=(pdf.Signature(typed, typed, typed),),
    )
    read = re.sub(r"\s", "", words(drawn(paper)))
    assert read.count(re.sub(r"\s", "", typed)) >= 15
