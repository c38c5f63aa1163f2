"""Papers and workbooks opened by programs that are not ours: pdftotext, and LibreOffice without a window."""

import csv
import os
import subprocess
import unicodedata
from collections.abc import Mapping
from pathlib import Path

# One profile for one run: LibreOffice does not share it, and nobody's own is touched.
PROFILE = "-env:UserInstallation=file://{folder}/profile"
# Comma, quote, UTF-8; numbers as they are, not as they are shown; every sheet in a file of its own.
CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
# Once for all files, and a cold start of the program.
PATIENCE = 120


def text_of(file: Path) -> str:
    """All that pdftotext reads on the pages, in one line; in the order of the file, for two columns are not one."""
    command = [os.environ["PDFTOTEXT"], "-raw", "-enc", "UTF-8", str(file), "-"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE)
    return " ".join(unicodedata.normalize("NFC", done.stdout.decode()).split())


def converted(folder: Path, files: Mapping[str, bytes], to: str) -> None:
    """Write the files into the folder and let LibreOffice convert all of them there, in one call."""
    paths = [folder / name for name in files]
    for path, content in zip(paths, files.values(), strict=True):
        path.write_bytes(content)
    profile = PROFILE.format(folder=folder)
    command = [os.environ["SOFFICE"], profile, "--headless", "--convert-to", to, "--outdir", str(folder)]
    done = subprocess.run(
        [*command, *map(str, paths)], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    # It says what it could not open and ends with 0.
    assert "Error" not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr


def as_pdf(folder: Path, files: Mapping[str, bytes]) -> dict[str, str]:
    """Name of each Word file -> what its pages say once LibreOffice has laid them out."""
    converted(folder, files, "pdf")
    return {name: text_of((folder / name).with_suffix(".pdf")) for name in files}


def as_sheets(folder: Path, files: Mapping[str, bytes]) -> dict[str, list[list[list[str]]]]:
    """Name of each workbook -> its sheets -> their rows -> what stands in each cell."""
    converted(folder, files, CSV)
    return {name: [_rows(sheet) for sheet in _sheets(folder, Path(name).stem)] for name in files}


def _sheets(folder: Path, stem: str) -> list[Path]:
    """In the order in which they were written, which is that in the book."""
    return sorted(folder.glob(f"{stem}-*.csv"), key=lambda path: path.stat().st_mtime_ns)


def _rows(sheet: Path) -> list[list[str]]:
    return list(csv.reader(sheet.read_text(encoding="utf-8").splitlines()))
