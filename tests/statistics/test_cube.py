"""Exact figures: cases, people and households of any cell, the same whichever way they are counted."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from casework.audit.models import AuditEvent
from casework.base import clock
from casework.cases.models import Case
from casework.management.commands import export_cube
from casework.statistics.counting import Facts, Places, Row, households
from casework.statistics.cube import cells, codes_of, counts, people, place_code
from casework.statistics.dimensions import Layout, Somebody, Told, months_in, periods_of, unnumbered
from casework.tables import TableFault, read_tables
from tests.world import PASSWORD, World

LAYOUT = Layout(unnumbered([]))
PLACES = Places({1: "a", 2: "b", 9: "p"})
JANUARY = months_in("2026").start

rows = st.lists(
    st.tuples(
        st.integers(JANUARY - 2, JANUARY + 3),
        st.sampled_from([1, 2]),
        st.integers(0, 6),
        st.integers(0, 6),
        st.sampled_from(["female", "male", "unknown"]),
        st.frozensets(st.sampled_from(["physical", "sexual"])),
    ),
    max_size=25,
)


def packed(cases: Sequence[Any]) -> list[Row]:
    return [
        Row(
            number,
            month,
            commune,
            9,
            victim,
            perpetrator,
            LAYOUT.pack(Told(victim=Somebody(sex), forms=forms)),
        )
        for number, (month, commune, victim, perpetrator, sex, forms) in enumerate(cases, start=1)
    ]


def homes(cases: Sequence[Any]) -> list[Any]:
    """The household of each case, the slow way: joined until nothing joins."""
    groups: list[set[Any]] = []
    for number, case in enumerate(cases):
        mine = {("case", number)} | {one for one in case[2:4] if one}
        if not case[2]:
            mine = {("case", number)}
        for group in [group for group in groups if group & mine]:
            groups.remove(group)
            mine |= group
        groups.append(mine)
        if case[3] and not case[2]:
            continue
    return [
        next(place for place, group in enumerate(groups) if ("case", n) in group) for n in range(len(cases))
    ]


@given(rows)
def test_every_cell_is_what_counting_by_hand_gives(cases: Sequence[Any]) -> None:
    found = Facts.none(LAYOUT, PLACES).with_rows(packed(cases))
    dimensions = ("commune", "report_year", "sex", "form:physical")
    home = homes(cases)
    said = [
        (PLACES.code[commune], periods_of(month)["report_year"], sex, "1" if "physical" in forms else "0")
        for month, commune, _victim, _perpetrator, sex, forms in cases
    ]
    expected = {}
    for totals in product([False, True], repeat=4):
        for at in said:
            cell = tuple("" if total else code for total, code in zip(totals, at, strict=True))
            mine = [
                n for n, one in enumerate(said) if all(c in ("", d) for c, d in zip(cell, one, strict=True))
            ]
            who = {cases[n][2] or ("nobody", n) for n in mine}
            expected[cell] = (len(mine), len(who), len({home[n] for n in mine}))
    counted = found.cells(dimensions, totals=True)
    assert {cell.at: (cell.cases, cell.victims, cell.households) for cell in counted} == expected
    assert len(counted) == len(expected)
    assert [cell for cell in counted if "" not in cell.at] == found.cells(dimensions)


@given(rows, st.data())
def test_changes_one_by_one_come_to_the_same_as_all_at_once(cases: Sequence[Any], data: Any) -> None:
    late = packed(cases)
    early = [row._replace(victim=row.perpetrator, commune=2) for row in late[::2]]
    found = Facts.none(LAYOUT, PLACES).with_rows(early)
    for row in data.draw(st.permutations(late)):
        found = found.with_rows([row])
    at_once = Facts.none(LAYOUT, PLACES).with_rows(late)
    assert found.cells(("commune", "sex"), totals=True) == at_once.cells(("commune", "sex"), totals=True)
    assert found.id.tolist() == at_once.id.tolist()


def test_households_are_joined_over_any_number_of_steps() -> None:
    chain = np.arange(1, 60)
    found = households(chain, chain + 1)
    assert len(set(found[1:].tolist())) == 1
    assert len(set(households(np.array([1, 3, 5]), np.array([2, 4, 2]))[1:].tolist())) == 2


def test_a_table_of_the_cases_there_are(world: World, case: Case) -> None:
    place = place_code(world.commune)
    found = cells(("commune", "sex", "perpetrator_sex"), areas=[world.province])
    assert [(cell.at, cell.cases, cell.victims, cell.households) for cell in found] == [
        ((place, "female", "male"), 1, 1, 1)
    ]
    assert cells(("sex",), months=range(0)) == []
    year = str(clock.local(case.opened_at).year)
    at = [(place, "", "female"), ("", year, ""), (place_code(world.elsewhere), "", "")]
    assert [one.cases for one in counts(("place", "time", "sex"), at)] == [1, 1, 0]


@pytest.mark.parametrize("name", ["colour", "form", "sex:female", "form:odd"])
def test_what_is_no_dimension(world: World, case: Case, name: str) -> None:
    with pytest.raises(TableFault):
        cells((name,))
    with pytest.raises(TableFault):
        codes_of((name,))


def test_people_add_up_and_count_once_a_year(world: World, case: Case) -> None:
    listed = codes_of(("place", "time", "sex", "form:physical"))
    found = people(("place", "time", "sex", "form:physical"), listed=listed)
    assert found.count(("", "", "", "")) == (1, 1)
    assert found.count((place_code(world.province), "", "female", "0")) == (1, 1)
    assert found.count((place_code(world.commune), "", "male", "")) == (0, 0)


def test_code_lists_say_which_periods_lie_in_which_and_only_whole_ones() -> None:
    listed = codes_of(("time", "form:physical"), months=months_in("2024R-2026R"), pools=["2024R-2026R"])
    assert listed.leaves("time", "2026R") == {periods_of(month)["month"] for month in months_in("2026R")}
    assert len(listed.leaves("time", "2024R-2026R")) == 36
    assert "2026" not in listed.parents["time"]
    assert "2025" in listed.parents["time"]
    with pytest.raises(TableFault):
        codes_of(("time",), months=months_in("2026"), pools=["2025-2026"])


# --- exact figures as files ---


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_cube, "getpass", lambda _asked: PASSWORD)


def export(out: Path, **how: Any) -> None:
    asked = {"out": out, "by": "mai", "reason": "Báo cáo năm", **how}
    words = (f"--{name}" if value is True else f"--{name}={value}" for name, value in asked.items())
    call_command("export_cube", *words)


def test_exact_figures_leave_as_files_with_who_and_why(
    world: World, case: Case, signed: None, tmp_path: Path
) -> None:
    export(tmp_path / "exact", period=str(clock.local(case.opened_at).year))
    tables = read_tables(tmp_path / "exact")
    values = {cell.at[:2]: cell.value for cell in tables.cells if not any(cell.at[2:])}
    year = str(clock.local(case.opened_at).year)
    assert values[place_code(world.commune), year] == values[place_code(world.province), year] == 1
    event = AuditEvent.objects.get(action="statistics.export_cube")
    assert (event.actor, event.detail["areas"]) == (world.mai.pk, ["11"])
    assert "Báo cáo".encode() not in bytes(event.reason)
    assert (tmp_path / "exact" / "exact.csv").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"by": "lan"}, "lan"),
        ({"by": "nobody"}, "nobody"),
        ({"area": "03883"}, "mai"),
        ({"reason": " "}, "for|gì"),
        ({"period": "26"}, "26"),
        ({"period": "2026", "published": True}, "together|cùng"),
        ({"area": "03325", "published": True}, "whole province|cả tỉnh"),
    ],
)
def test_nobody_else_has_them(
    world: World, case: Case, signed: None, tmp_path: Path, how: Any, why: str
) -> None:
    with pytest.raises(CommandError, match=why):
        export(tmp_path / "exact", **how)
    assert not (tmp_path / "exact").exists()
    assert not AuditEvent.objects.filter(action="statistics.export_cube", outcome="read").exists()
