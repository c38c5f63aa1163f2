"""What leaves the office, opened by programs that are not ours: pdftotext reads every paper, LibreOffice every file."""

import csv
import json
from datetime import datetime
from pathlib import Path

import pytest

from casework.base import clock
from casework.official_forms import kinds
from casework.official_forms.scan import check_text, key
from casework.tables import HIDDEN as SUPPRESSED
from tests.ground import ground
from tests.official_forms import opening
from tests.official_forms.sending import HIDDEN, All, Sent, sent

pytestmark = [pytest.mark.readers, pytest.mark.django_db]
everything = ground(sent)

DRAWN = [kind.code for kind in kinds.kinds().values() if kind.blocks]
Books = dict[str, list[list[list[str]]]]
FILLED = [kind.code for kind in kinds.kinds().values() if kind.is_issued]
SIGNED = "signed_return"
PHONES = ("0912345678", "912345678")


@pytest.fixture(scope="module")
def pages(everything: All, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """What each paper says to its reader: as it was drawn, and as LibreOffice lays out the province's file."""
    folder = tmp_path_factory.mktemp("papers")
    drawn = {}
    for code, one in everything.drawn.items():
        path = folder / f"drawn-{code}.pdf"
        path.write_bytes(one.content)
        drawn[code] = opening.text_of(path)
    files = {f"{code}.docx": one.content for code, one in everything.filled.items()}
    filled = opening.as_pdf(folder, {**files, f"{SIGNED}.docx": everything.signed})
    return {"drawn": drawn, "filled": {name.removesuffix(".docx"): text for name, text in filled.items()}}


@pytest.fixture(scope="module")
def sheets(everything: All, tmp_path_factory: pytest.TempPathFactory) -> Books:
    return opening.as_sheets(tmp_path_factory.mktemp("books"), everything.books)


def proven(paper: Sent, page: str) -> None:
    """It says all it has to with every mark in its place, and nothing of what must not leave the office."""
    for said in (paper.kind.title, paper.number, paper.day, *paper.said):
        assert said in page, said
    # The words of the form itself tell of nobody: somebody is called «Người Báo Tin» here, as a line of it is.
    for label in (field.label.vi for field in paper.kind.fields):
        page = page.replace(label, "")
    assert check_text(page, paper.guarded).findings == ()
    if paper.kind.reaches_abuser:
        for secret in (HIDDEN, *PHONES, "Người Báo Tin"):
            assert key(secret) not in key(page)


@pytest.mark.parametrize("code", DRAWN)
def test_a_paper_is_read_by_pdftotext(everything: All, pages: dict[str, dict[str, str]], code: str) -> None:
    proven(everything.drawn[code], pages["drawn"][code])
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in pages["drawn"][code]


@pytest.mark.parametrize("code", FILLED)
def test_a_word_file_is_opened_by_libreoffice(
    everything: All, pages: dict[str, dict[str, str]], code: str
) -> None:
    proven(everything.filled[code], pages["filled"][code])


def test_the_reader_finds_a_secret_where_there_is_one(everything: All, tmp_path: Path) -> None:
    path = tmp_path / "blocked.pdf"
    path.write_bytes(everything.leak)
    page = opening.text_of(path)

    assert HIDDEN in page
    found = check_text(page, everything.drawn["ban_decision"].guarded).findings
    assert [one.category for one in found] == ["safe_address"]


# --- workbooks ---


def test_a_signed_return_is_opened_with_its_rows_its_number_and_who_signed(
    everything: All, pages: dict[str, dict[str, str]], sheets: Books
) -> None:
    paper, page, (sheet,) = everything.figures["signed"], pages["filled"][SIGNED], sheets["signed.xlsx"]
    cells = {cell for row in sheet for cell in row}

    assert paper.number
    assert paper.signed
    for said in (paper.number, f"{paper.area} · {paper.days}"):
        assert said in page
        assert said in cells
    for label, value in paper.facts:
        # A fingerprint is longer than a line.
        assert f"{label}: {value}".replace(" ", "") in page.replace(" ", "")
        assert f"{label}: {value}" in cells
    assert {line.value for line in paper.lines if line.value} != set()
    for line in paper.lines:
        figures = ["" if value is None else str(value) for value in paper.values(line)]
        assert [line.no, line.label, *figures] in [row[: 2 + len(figures)] for row in sheet]
        assert " ".join(part for part in (line.no, line.label, *figures) if part) in page


def test_the_register_has_the_lines_of_its_page(everything: All, sheets: Books) -> None:
    lines = [line["line"].cells() for line in everything.figures["register"]]

    assert len(lines) > 3
    (sheet,) = sheets["register.xlsx"]
    assert [tuple(row) for row in sheet[3 : 3 + len(lines)]] == lines


def test_the_memory_has_its_events(everything: All, sheets: Books) -> None:
    copied = [json.loads(line) for line in everything.figures["audit"].splitlines()]
    events = {line["hash"]: line["event"] for line in copied if "event" in line}
    rows = sheets["audit.xlsx"][0][2:]

    assert len(rows) > 3
    assert {row[-1] for row in rows} == set(events)
    for row in rows:
        at = clock.local(datetime.fromisoformat(events[row[-1]]["ts"]))
        # The cell holds a moment, not words: it is counted with.
        assert row[0] == f"{at:%m/%d/%Y %H:%M:%S}"
        assert row[1:3] == ["Vàng A Páo", "Chủ tịch Ủy ban nhân dân cấp xã, UBND xã Mường Phăng"]


def test_a_release_has_its_figures(everything: All, sheets: Books) -> None:
    text = everything.figures["release.csv"].decode("utf-8-sig")
    plain = csv.DictReader(line for line in text.splitlines() if not line.lstrip('"').startswith("#"))
    figures = [(row["place_name"], row["value"]) for row in plain]

    assert {value for _place, value in figures} > {SUPPRESSED}
    assert [(row[0], row[-1]) for row in sheets["release.xlsx"][0][1:]] == figures
