"""The attacker: what he finds in small tables, against counting every possible world."""

import ast
import json
from io import StringIO
from itertools import product
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.auditor import Kind, audit
from casework.tables import Cell, Codes, Coordinate, TableFault, Tables, read_tables, write_tables

ROOMS = Path(__file__).resolve().parents[2] / "casework"
DIMS = ("area", "period", "form")
CODES = Codes.of(
    [
        ("area", "P", "", False),
        ("area", "a", "P", True),
        ("area", "b", "P", True),
        ("area", "c", "P", True),
        ("period", "Y", "", False),
        ("period", "H1", "Y", True),
        ("period", "H2", "Y", True),
        ("form", "x", "", True),
        ("form", "y", "", True),
    ]
)


def tables(
    figures: dict[Coordinate, int | None], codes: Codes = CODES, dims: tuple[str, ...] = DIMS
) -> Tables:
    return Tables(dims, tuple(Cell("r", at, value) for at, value in figures.items()), codes)


def kinds(figures: dict[Coordinate, int | None]) -> set[Kind]:
    return {finding.kind for finding in audit(tables(figures)).findings}


def test_the_attacker_shares_no_code_with_the_protector() -> None:
    imported = {
        node.module
        for path in (ROOMS / "auditor").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("casework")
    }
    reading = {
        node.module
        for path in (ROOMS / "tables").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("casework")
    }

    assert {name.split(".")[1] for name in imported} == {"auditor", "tables"}
    assert {name.split(".")[1] for name in reading} == {"tables"}


def test_one_hidden_figure_in_a_row_is_found_exactly() -> None:
    found = audit(tables({("P", "Y", ""): 20, ("a", "Y", ""): 9, ("b", "Y", ""): 8, ("c", "Y", ""): None}))

    assert (Kind.EXACT, ("c", "Y", ""), 3, 3) in {(f.kind, f.at, f.low, f.high) for f in found.findings}


def test_two_hidden_figures_that_are_few_together_are_found() -> None:
    assert Kind.SMALL in kinds(
        {("P", "Y", ""): 12, ("a", "Y", ""): 9, ("b", "Y", ""): None, ("c", "Y", ""): None}
    )


def test_wide_hidden_figures_are_no_finding() -> None:
    assert not kinds({("P", "Y", ""): 20, ("a", "Y", ""): 9, ("b", "Y", ""): None, ("c", "Y", ""): None})


def test_everybody_of_one_form_is_found() -> None:
    assert kinds({("a", "Y", ""): 7, ("a", "Y", "x"): 7, ("a", "Y", "y"): 0}) == {Kind.GROUP}


def test_a_half_year_left_over_is_found() -> None:
    assert kinds({("a", "Y", ""): 12, ("a", "H1", ""): 9}) == {Kind.DIFFERENCE}


def test_who_is_alone_in_a_hidden_figure_learns_the_other() -> None:
    shown: dict[Coordinate, int | None] = {
        ("P", "Y", ""): 30,
        ("a", "Y", ""): 20,
        ("b", "Y", ""): None,
        ("c", "Y", ""): None,
    }
    exact: dict[Coordinate, int] = {
        ("P", "Y", ""): 30,
        ("a", "Y", ""): 20,
        ("b", "Y", ""): 1,
        ("c", "Y", ""): 9,
    }

    found = audit(tables(shown), exact=exact, also_sensitive=[("c", "Y", "")])

    assert [(f.kind, f.at, f.low, f.through) for f in found.findings] == [
        (Kind.SINGLETON, ("c", "Y", ""), 9, ("b", "Y", "")),
    ]


def test_a_small_revision_is_found() -> None:
    codes = Codes.of(
        [
            *CODES.rows(),
            ("vintage", "1", "2", True),
            ("vintage", "late", "2", True),
            ("vintage", "2", "", False),
        ]
    )
    dims = (*DIMS, "vintage")

    found = audit(tables({("a", "Y", "", "1"): 12, ("a", "Y", "", "2"): 15}, codes, dims))

    assert {f.kind for f in found.findings} == {Kind.DIFFERENCE}


def test_figures_that_cannot_all_be_true_are_named() -> None:
    assert kinds({("a", "Y", ""): 7, ("a", "Y", "x"): 3, ("a", "Y", "y"): 3}) >= {Kind.CONTRADICTION}


def test_answers_everybody_gave_are_used_against_the_hidden_one() -> None:
    forms = ("form:x", "form:y")
    codes = Codes.of(
        [
            ("area", "a", "", True),
            *(("form", form, "", True) for form in forms),
            *((form, code, "", True) for form in forms for code in "01"),
        ]
    )
    shown: dict[Coordinate, int | None] = {("a", "", ""): 9, ("a", "1", ""): 6, ("a", "", "1"): None}

    found = audit(tables(shown, codes, ("area", *forms)), exact={**shown, ("a", "", "1"): 3})  # type: ignore[dict-item]

    # Nine people, six of them x: at least three are y, though they may all be both.
    assert (Kind.SMALL, ("a", "", "1"), 3.0) in {(f.kind, f.at, f.low) for f in found.findings}


# --- against counting every world ---

ATOMS = list(product("ab", ("H1", "H2"), "xy"))
PAIR = Codes.of(
    [
        ("area", "P", "", False),
        ("area", "a", "P", True),
        ("area", "b", "P", True),
        ("period", "Y", "", False),
        ("period", "H1", "Y", True),
        ("period", "H2", "Y", True),
        ("form", "x", "", True),
        ("form", "y", "", True),
    ]
)
FIGURES: list[Coordinate] = list(product(("P", "a", "b"), ("Y", "H1", "H2"), ("", "x", "y")))


def counts(world: tuple[int, ...], at: Coordinate) -> int:
    inside = [PAIR.leaves(dim, code) for dim, code in zip(DIMS, at, strict=True)]
    return sum(
        many
        for atom, many in zip(ATOMS, world, strict=True)
        if all(leaf in leaves for leaf, leaves in zip(atom, inside, strict=True))
    )


@settings(max_examples=25, deadline=None)
@given(
    world=st.tuples(*[st.integers(0, 2)] * len(ATOMS)),
    hidden=st.sets(st.sampled_from(FIGURES[1:]), min_size=2, max_size=20),
)
def test_what_is_found_is_what_counting_every_world_finds(
    world: tuple[int, ...], hidden: set[Coordinate]
) -> None:
    figures: dict[Coordinate, int | None] = {
        at: None if at in hidden else counts(world, at) for at in FIGURES
    }
    total = sum(world)
    possible: dict[Coordinate, set[int]] = {at: set() for at in hidden}
    for other in _worlds(total, figures):
        for at in hidden:
            possible[at].add(counts(other, at))

    found = audit(Tables(DIMS, tuple(Cell("r", at, value) for at, value in figures.items()), PAIR))

    exact = {f.at for f in found.findings if f.kind is Kind.EXACT}
    assert exact <= {at for at in hidden if len(possible[at]) == 1}
    for at in hidden:
        if len(possible[at]) == 1 and at not in exact:
            # Figures over the same people are judged once.
            same = {other for other in hidden if possible[other] == possible[at]}
            assert same & exact


def _worlds(total: int, figures: dict[Coordinate, int | None]) -> list[tuple[int, ...]]:
    """Every world in which all shown figures are as they are: tables of areas x halves x forms."""
    shown = {at: value for at, value in figures.items() if value is not None}
    found: list[tuple[int, ...]] = []

    def grow(world: tuple[int, ...], left: int) -> None:
        place = len(world)
        if place == len(ATOMS):
            if left == 0 and all(counts(world, at) == value for at, value in shown.items()):
                found.append(world)
            return
        atom = ATOMS[place]
        limit = min([left, *(value for at, value in shown.items() if _lies_in(atom, at))])
        for many in range(limit + 1):
            grow((*world, many), left - many)

    grow((), total)
    return found


def _lies_in(atom: tuple[str, ...], at: Coordinate) -> bool:
    return all(leaf in PAIR.leaves(dim, code) for dim, leaf, code in zip(DIMS, atom, at, strict=True))


# --- files and the command ---


def test_tables_are_read_as_they_were_written(tmp_path: Path) -> None:
    before = tables({("P", "Y", ""): 20, ("a", "Y", "x"): None})

    write_tables(tmp_path, before)

    assert read_tables(tmp_path) == before
    assert (tmp_path / "cells.csv").read_bytes().startswith(b"\xef\xbb\xbfrelease,area,period,form,value\n")


@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        ("codes.csv", "dim,code,parent,leaf\narea,P,,0\n", "nothing lies inside"),
        ("codes.csv", "dim,code,parent\n", "columns"),
        ("cells.csv", "release,area,value\nr,Q,3\n", "used but not listed"),
        ("cells.csv", "release,area,value\nr,P,<5\n", "neither a count"),
        ("cells.csv", "release,place,value\nr,P,5\n", "not listed"),
    ],
)
def test_a_table_that_cannot_be_understood_is_refused(
    tmp_path: Path, file: str, text: str, fault: str
) -> None:
    (tmp_path / "codes.csv").write_text("dim,code,parent,leaf\narea,P,,0\narea,a,P,1\n")
    (tmp_path / "cells.csv").write_text("release,area,value\nr,P,12\n")
    (tmp_path / file).write_text(text)

    with pytest.raises(TableFault, match=fault):
        read_tables(tmp_path).codes.inside  # noqa: B018


def test_the_command_says_what_it_found_and_fails(tmp_path: Path) -> None:
    write_tables(tmp_path / "in", tables({("a", "Y", ""): 12, ("a", "H1", ""): 9}))
    out = StringIO()

    with pytest.raises(CommandError, match="2 phát hiện"):
        call_command("audit_release", str(tmp_path / "in"), "--json", str(tmp_path / "out.json"), stdout=out)

    assert "lấy hiệu còn lại từ 3 đến 3 người" in out.getvalue()
    verdict = json.loads((tmp_path / "out.json").read_text())
    assert verdict["safe"] is False
    assert verdict["counts"]["difference"] == 2


def test_the_command_is_content_with_safe_tables(tmp_path: Path) -> None:
    write_tables(tmp_path, tables({("a", "Y", ""): 12, ("a", "H1", ""): 6}))
    out = StringIO()

    call_command("audit_release", str(tmp_path), stdout=out)

    assert "không làm lộ ai" in out.getvalue()
