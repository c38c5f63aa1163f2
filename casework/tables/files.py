"""Reading and writing tables as CSV files."""

import csv
from pathlib import Path
from typing import Final

from casework.tables.meaning import Cell, Codes, TableFault, Tables

HIDDEN: Final = "•"
CODES: Final = "codes.csv"
CELLS: Final = "cells.csv"
CODE_COLUMNS: Final = ("dim", "code", "parent", "leaf")


def read_tables(folder: Path) -> Tables:
    """Everything in `folder`: all cells of all its CSV files, and the code lists."""
    codes = _read_codes(folder / CODES)
    files = sorted(path for path in folder.glob("*.csv") if path.name != CODES)
    if not files:
        raise TableFault(f"{folder}: there is no table beside {CODES}")
    parts = [(path, *_rows(path)) for path in files]
    dims = tuple(
        dict.fromkeys(name for _, names, _ in parts for name in names if name not in {"release", "value"})
    )
    cells: list[Cell] = []
    for path, names, rows in parts:
        if not {"release", "value"} <= set(names):
            raise TableFault(f"{path.name}: the columns release and value are needed")
        for number, row in enumerate(rows, start=2):
            at = tuple((row.get(dim) or "").strip() for dim in dims)
            cells.append(Cell((row["release"] or "").strip(), at, _value(path, number, row["value"])))
    return Tables(dims, tuple(cells), codes)


def write_tables(folder: Path, tables: Tables, *, name: str = CELLS) -> None:
    """Write `tables` to `folder`: the code lists, and all cells in one file, in a fixed order."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / CODES).open("w", encoding="utf-8-sig", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(CODE_COLUMNS)
        lines.writerows([*row[:3], int(row[3])] for row in tables.codes.rows())
    with (folder / name).open("w", encoding="utf-8-sig", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["release", *tables.dims, "value"])
        for cell in sorted(tables.cells, key=lambda cell: (cell.release, cell.at)):
            lines.writerow([cell.release, *cell.at, HIDDEN if cell.value is None else cell.value])


def _rows(path: Path) -> tuple[list[str], list[dict[str, str | None]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        return list(reader.fieldnames or []), list(reader)


def _read_codes(path: Path) -> Codes:
    if not path.is_file():
        raise TableFault(f"{path}: there is no code list")
    names, rows = _rows(path)
    if not set(CODE_COLUMNS) <= set(names):
        raise TableFault(f"{path.name}: the columns {', '.join(CODE_COLUMNS)} are needed")
    read = []
    for row in rows:
        dim, code, parent, leaf = ((row[name] or "").strip() for name in CODE_COLUMNS)
        read.append((dim, code, parent, leaf.lower() in {"1", "true", "yes"}))
    return Codes.of(read)


def _value(path: Path, number: int, text: str | None) -> int | None:
    text = (text or "").strip()
    if text == HIDDEN:
        return None
    if not (text.isascii() and text.isdigit()):
        raise TableFault(f"{path.name}, line {number}: {text!r} is neither a count nor {HIDDEN}")
    return int(text)
