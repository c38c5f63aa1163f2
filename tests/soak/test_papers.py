"""Papers in other programs: every page read back as it was meant, its fonts inside, a province's own file opened."""

import shutil
import subprocess
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from casework.base import pdf
from casework.official_forms import kinds, layout
from casework.official_forms.kinds import Kind
from tests.official_forms.laying import BAN_TEMPLATE, content, issue, laid, put_up, word_file

# Long enough for an office program that starts on a busy machine.
PATIENCE = 300
DRAWN = [kind for kind in kinds.kinds().values() if kind.blocks]


def program(name: str, package: str) -> str:
    """Where a program of the machine is; a proof that cannot be given fails."""
    found = shutil.which(name)
    assert found, f"{name} is missing: install Debian's {package}"
    return found


def run(*words: str | Path) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def squeezed(text: str) -> str:
    """Without the breaks a page puts in: only the letters and their order count."""
    return "".join(unicodedata.normalize("NFC", text).split())


def read_back(path: Path) -> str:
    return squeezed(run(program("pdftotext", "poppler-utils"), "-raw", path, "-"))


@pytest.mark.parametrize("kind", DRAWN, ids=lambda kind: kind.code)
def test_every_paper_is_read_back_by_another_program(kind: Kind, tmp_path: Path) -> None:
    # The name of each value, with letters of every tone before it.
    values = {name: f"Lường Thị Ngữ Quỳnh ưỡẵẫ {name}" for name in kind.names}
    dress = layout.Dress(
        number="Số: 7/2026",
        issuer="ỦY BAN NHÂN DÂN XÃ MƯỜNG PHĂNG",
        place_and_date="Mường Phăng, ngày 05 tháng 3 năm 2026",
        foot="In bởi L.T.L. lúc 8:00",
        marking=kinds.frame().working,
        check_code="7ZK3M0QA4",
        verify_at="https://example.org/papers/verify/?check_code=7ZK3M0QA4",
        told_check="Mã kiểm tra: 7ZK3M0QA4",
    )
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf.draw(layout.laid_out(kind, values, dress), at=datetime(2026, 3, 5, tzinfo=UTC)))

    said = read_back(path)
    texts = [kind.title, kind.subtitle, dress.number, dress.issuer, dress.place_and_date, dress.told_check]
    texts += [block.title.vi for block in kind.blocks if block.title] + [block.text for block in kind.blocks]
    for block in kind.blocks:
        for field in block.fields:
            texts += [field.label.vi, *([values[field.name]] if field.name in values else [])]
    assert [text for text in texts if squeezed(text) not in said] == []

    # name, type, encoding, emb, sub, uni, object, id: the three are the words before the last two numbers.
    fonts = run(program("pdffonts", "poppler-utils"), path).splitlines()[2:]
    assert fonts
    assert {tuple(line.split()[-5:-2]) for line in fonts} == {("yes", "yes", "yes")}
    declared = run(program("pdfinfo", "poppler-utils"), "-meta", path)
    assert "<pdfaid:part>2</pdfaid:part>" in declared
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in declared


@pytest.mark.django_db
def test_a_provinces_own_word_file_opens_in_an_office_program(world: Any, tmp_path: Path) -> None:
    file = laid(world)
    put_up(file, word_file(*BAN_TEMPLATE))
    paper = issue(file, form="docx")
    path = tmp_path / "quyet-dinh.docx"
    path.write_bytes(content(paper))
    office = program("soffice", "libreoffice-writer")
    # A home of its own: one that runs already would take the work and answer nothing.
    run(
        office,
        f"-env:UserInstallation={(tmp_path / 'home').as_uri()}",
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        tmp_path,
        path,
    )
    said = read_back(path.with_suffix(".pdf"))
    for text in (
        f"Số: {paper.shown_number}",
        "Ông Lường Văn Mẫu, sinh 1986, không được tiếp xúc với bà Lò Thị Mẫu",
        f"Mã {paper.check_code}",
        "In bởi L.T.L.",
    ):
        assert squeezed(text) in said
    assert "{{" not in said
    assert "{%" not in said
