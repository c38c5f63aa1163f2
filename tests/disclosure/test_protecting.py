"""The protector, and what happens to those who do not protect: every story ends with the auditor."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.auditor import Kind, Report, audit
from casework.disclosure import PUBLIC, People, Plan, Refused, RuleSet, Stopped, Wish, protect, true_figures
from casework.statistics.repair import auditor_of, demands_of
from casework.tables import Cell, Codes, Coordinate, TableFault, Tables, read_tables, write_tables
from tests.disclosure.provinces import (
    CodeRow,
    listed,
    one_way_figures,
    one_way_nation,
    several_answers,
)

UPPER = frozenset({"P00", "VN"})
INTERVAL = replace(PUBLIC, name="interval", smallest_households=0, groups=(), singletons=False)
Figures = list[tuple[str, Coordinate]]


def planned(people: People, figures: Figures, public: Sequence[Cell] = (), rules: RuleSet = PUBLIC) -> Plan:
    wish = Wish(people, figures, UPPER, public)
    return protect(wish, rules, seed=7, auditor=auditor_of(wish, rules))


def attacked(people: People, cells: Sequence[Cell], rules: RuleSet = PUBLIC) -> Report:
    """What an auditor who knows the truth says of all cells together."""
    wish = Wish(people, [(cell.release, cell.at) for cell in cells], UPPER)
    exact, also = true_figures(wish, rules)
    tables = Tables(people.dims, tuple(cells), people.codes)
    return audit(tables, demands=demands_of(rules), exact=exact, also_sensitive=also)


def primaries(people: People, figures: Figures) -> list[Cell]:
    """What somebody publishes who hides small figures and thinks no further."""
    counts = ((release, at, people.count(at)[0]) for release, at in figures)
    return [Cell(release, at, None if 1 <= value < 5 else value) for release, at, value in counts]


@pytest.fixture(scope="module")
def year() -> People:
    return one_way_nation(provinces=1, communes=12, seed=3)


@pytest.fixture(scope="module")
def years() -> People:
    return one_way_nation(provinces=1, communes=9, seed=4, years=("2023", "2024", "2025"))


# --- one table ---


def test_a_protected_year_gives_nobody_away(year: People) -> None:
    plan = planned(year, one_way_figures(year))

    assert attacked(year, plan.cells).is_safe
    assert audit(Tables(year.dims, plan.cells, year.codes)).is_safe
    assert plan.chosen > 0
    assert {cell.value for cell in plan.cells} >= {None}


def test_small_figures_hidden_alone_give_many_away(year: People) -> None:
    assert attacked(year, primaries(year, one_way_figures(year))).counts["small"] > 3


def test_shown_figures_are_exact_and_those_of_the_province_stay(year: People) -> None:
    plan = planned(year, one_way_figures(year))

    for cell in plan.cells:
        people, households = year.count(cell.at)
        assert cell.value in (None, people)
        if 1 <= people < 5 or (people and households < 3):
            assert cell.value is None
        if cell.at[0] == "P00" and people >= 5:
            assert cell.value == people


def test_several_answers_and_those_who_did_not_give_them_are_kept(year: People) -> None:
    people = several_answers(communes=8, seed=5)

    plan = planned(people, one_way_figures(people))

    assert attacked(people, plan.cells).is_safe


def test_a_kind_of_few_in_the_whole_province_hides_another_of_its_row() -> None:
    rows = [*communes("a", "b", "c"), *listed("sex", ("female", "male", "other"))]
    counts: list[tuple[Coordinate, int]] = [
        (("a", "female"), 9),
        (("b", "female"), 8),
        (("c", "female"), 12),
        (("a", "male"), 6),
    ]
    counts += [(("b", "male"), 7), (("a", "other"), 1), (("c", "other"), 1)]
    people = with_codes(rows, counts, ("area", "sex"))
    figures: Figures = [
        ("r", (a, s)) for a in ("P00", "a", "b", "c") for s in ("", "female", "male", "other")
    ]

    cells = {cell.at: cell.value for cell in planned(people, figures).cells}

    assert attacked(people, planned(people, figures).cells).is_safe
    assert cells["P00", "other"] is None
    assert cells["P00", ""] == 44


def test_whoever_is_alone_in_a_commune_learns_nothing_of_herself() -> None:
    rows = [*communes("a", "b", "c"), *listed("form:x", ("0", "1")), *listed("form:y", ("0", "1"))]
    rows += listed("form", ("form:x", "form:y"))
    counts: list[tuple[Coordinate, int]] = [
        (("a", "1", "0"), 1),
        (("b", "1", "0"), 9),
        (("b", "0", "1"), 8),
        (("c", "1", "1"), 7),
    ]
    counts += [(("c", "1", "0"), 6), (("c", "0", "1"), 9)]
    people = with_codes(rows, counts, ("area", "form:x", "form:y"))
    figures: Figures = [
        ("r", (a, *form)) for a in ("P00", "a", "b", "c") for form in (("", ""), ("1", ""), ("", "1"))
    ]

    assert attacked(people, planned(people, figures).cells).is_safe


def test_the_same_seed_gives_the_same_plan(year: People) -> None:
    one, other = (planned(year, one_way_figures(year)) for _ in range(2))

    assert one.cells == other.cells
    assert one.sha256 == other.sha256


def test_exact_mode_proves_the_least_loss_and_the_quick_plan_is_near_it(year: People) -> None:
    wish = Wish(year, one_way_figures(year), UPPER)

    quick = protect(wish, INTERVAL, seed=1)
    exact = protect(wish, INTERVAL, seed=1, mode="exact")

    assert exact.is_proven
    assert exact.gap == 0
    assert exact.loss == exact.bound
    assert exact.loss <= quick.loss
    assert quick.secret + quick.chosen <= 1.035 * (exact.secret + exact.chosen)


def test_a_work_that_is_cancelled_publishes_nothing(year: People) -> None:
    with pytest.raises(Stopped):
        protect(Wish(year, one_way_figures(year), UPPER), PUBLIC, seed=1, is_cancelled=lambda: True)


def test_after_the_limit_a_safe_plan_is_kept_and_its_gap_said(year: People) -> None:
    plan = protect(Wish(year, one_way_figures(year), UPPER), INTERVAL, seed=1, mode="exact", limit=0.0)

    assert not plan.is_proven
    assert plan.gap is not None
    assert plan.gap >= 0
    assert attacked(year, plan.cells, INTERVAL).counts["small"] == 0


def test_what_cannot_be_kept_is_refused(year: People) -> None:
    at = next(
        at for _, at in one_way_figures(year) if 1 <= year.count(at)[0] < 5 and at[0] != "P00" and at[2]
    )
    others = [
        Cell("old", one, year.count(one)[0])
        for _, one in one_way_figures(year)
        if one != at and (one[0] == at[0] or one[0] == "P00")
    ]

    with pytest.raises(Refused, match=at[0]):
        planned(year, [("new", at)], others)


def test_a_public_figure_that_moved_is_refused(year: People) -> None:
    with pytest.raises(Refused, match="snapshot"):
        planned(year, one_way_figures(year), [Cell("old", ("P00", "2025", "", "", ""), 3)])


def test_a_rule_set_has_a_fingerprint() -> None:
    assert PUBLIC.sha256 != replace(PUBLIC, smallest_shown=4).sha256
    assert PUBLIC.sha256 == replace(PUBLIC).sha256


# --- stories of subtraction over time, place and history ---


def test_three_years_and_their_pool_are_planned_together(years: People) -> None:
    figures = one_way_figures(years)
    apart = [
        cell
        for periods in (("2023",), ("2024",), ("2025",), ("pool",))
        for cell in protect(Wish(years, one_way_figures(years, periods=periods), UPPER), PUBLIC, seed=1).cells
    ]

    assert not attacked(years, apart).is_safe
    assert attacked(years, planned(years, figures).cells).is_safe


def test_what_was_published_once_stays_and_binds_what_comes_after(years: People) -> None:
    first = planned(years, one_way_figures(years, "a", periods=("2023",)))
    second = planned(years, one_way_figures(years, "b", periods=("2024", "2023")), first.cells)

    before = {cell.at: cell.value for cell in first.cells}
    assert all(cell.value == before[cell.at] for cell in second.cells if cell.at in before)
    assert attacked(years, [*first.cells, *second.cells]).is_safe


def with_codes(rows: list[CodeRow], people: list[tuple[Coordinate, int]], dims: tuple[str, ...]) -> People:
    """People by how many there are at each finest coordinate, everybody in a household of his own."""
    every = [(at, f"{at}{n}") for at, many in people for n in range(many)]
    return People(dims, Codes.of(rows), every)


def communes(*names: str) -> list[CodeRow]:
    return [("area", "P00", "", False), *(("area", name, "P00", True) for name in names)]


def test_half_years_do_not_give_the_other_half_away() -> None:
    rows = [*communes("a", "b", "c"), ("period", "Y", "", False)]
    rows += [("period", half, "Y", True) for half in ("H1", "H2")]
    people = with_codes(
        rows,
        [
            (("a", "H1"), 12),
            (("a", "H2"), 3),
            (("b", "H1"), 9),
            (("b", "H2"), 8),
            (("c", "H1"), 7),
            (("c", "H2"), 4),
        ],
        ("area", "period"),
    )
    figures: Figures = [("r", (a, p)) for a in ("P00", "a", "b", "c") for p in ("Y", "H1")]

    assert not attacked(people, primaries(people, figures)).is_safe
    assert attacked(people, planned(people, figures).cells).is_safe


def test_old_and_new_communes_do_not_give_their_overlap_away() -> None:
    rows: list[CodeRow] = [("area", "P00", "", False)]
    for new, olds in (("new1", ("p1", "p2")), ("new2", ("p3", "p4"))):
        rows += [("area", new, "P00", False), *(("area", old, new, True) for old in olds)]
    rows += [("area", "old1", "P00", False), ("area", "p1", "old1", True)]
    rows += [("area", "old2", "P00", False), ("area", "p2", "old2", True), ("area", "p3", "old2", True)]
    rows += [("area", "old3", "P00", False), ("area", "p4", "old3", True)]
    people = with_codes(rows, [(("p1",), 10), (("p2",), 3), (("p3",), 9), (("p4",), 11)], ("area",))
    figures: Figures = [("r", (a,)) for a in ("P00", "old1", "old2", "old3", "new1", "new2")]

    assert not attacked(people, primaries(people, figures)).is_safe
    assert attacked(people, planned(people, figures).cells).is_safe


def revised(late: int) -> People:
    rows = [*communes("a", "b"), ("vintage", "1", "2", True), ("vintage", "late", "2", True)]
    rows += [("vintage", "2", "", False)]
    return with_codes(
        rows,
        [(("a", "1"), 12), (("a", "late"), late), (("b", "1"), 9), (("b", "late"), 7)],
        ("area", "vintage"),
    )


@pytest.mark.parametrize("late", [3, 4])
def test_a_revision_shows_a_change_of_few_to_nobody(late: int) -> None:
    people = revised(late)
    figures: Figures = [("r", (a, v)) for a in ("a", "b") for v in ("1", "2")]

    assert not attacked(people, primaries(people, figures)).is_safe
    cells = planned(people, figures).cells
    assert attacked(people, cells).is_safe
    assert {cell.at: cell.value for cell in cells}["a", "2"] is None


def test_a_revision_by_many_is_shown() -> None:
    people = revised(6)
    cells = planned(people, [("r", (a, v)) for a in ("a", "b") for v in ("1", "2")]).cells

    assert {cell.at: cell.value for cell in cells}["a", "2"] == 18


def test_two_kinds_of_year_do_not_give_a_month_away() -> None:
    rows = [*communes("a", "b"), ("period", "calendar", "", False), ("period", "return", "", False)]
    rows += [("period", "last-december", "return", True), ("period", "december", "calendar", True)]
    rows += [("period", "rest", "calendar", True), ("period", "rest", "return", True)]
    people = with_codes(
        rows,
        [
            (("a", "last-december"), 2),
            (("a", "rest"), 14),
            (("a", "december"), 6),
            (("b", "last-december"), 5),
            (("b", "rest"), 8),
            (("b", "december"), 1),
        ],
        ("area", "period"),
    )
    figures: Figures = [("r", (a, p)) for a in ("P00", "a", "b") for p in ("calendar", "return")]

    assert attacked(people, planned(people, figures).cells).is_safe


# --- mutations: each must be caught ---


def test_a_hidden_figure_shown_again_is_caught(year: People) -> None:
    plan = planned(year, one_way_figures(year))
    hidden = [cell for cell in plan.cells if cell.value is None and year.count(cell.at)[0] >= 1]
    caught = 0
    for again in hidden[::9]:
        cells = [replace(c, value=year.count(c.at)[0]) if c == again else c for c in plan.cells]
        found = attacked(year, cells)
        small = 1 <= year.count(again.at)[0] < 5
        caught += not found.is_safe or small
    assert caught == len(hidden[::9])


def test_a_plan_that_forgets_an_old_release_is_caught(years: People) -> None:
    first = planned(years, one_way_figures(years, "a", periods=("2023", "2024", "2025")))
    blind = planned(years, one_way_figures(years, "b", periods=("pool",)))

    assert not attacked(years, [*first.cells, *blind.cells]).is_safe


def test_a_rule_that_says_less_where_it_means_at_most_is_caught(year: People) -> None:
    loose = planned(year, one_way_figures(year), rules=replace(PUBLIC, smallest_shown=4))

    assert not attacked(year, loose.cells).is_safe


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"groups": ()}, Kind.GROUP),
        ({"singletons": False}, Kind.SINGLETON),
    ],
)
def test_a_rule_left_out_is_caught(change: dict[str, object], kind: Kind) -> None:
    people = one_way_nation(provinces=1, communes=20, seed=8)
    wish = Wish(people, one_way_figures(people), UPPER)
    plan = protect(wish, replace(PUBLIC, **change), seed=1)  # type: ignore[arg-type]

    assert attacked(people, plan.cells).counts[kind] > 0


def test_two_marks_for_hidden_figures_cannot_be_read(year: People, tmp_path: Path) -> None:
    plan = planned(year, one_way_figures(year))
    write_tables(tmp_path, Tables(year.dims, plan.cells, year.codes))
    text = (tmp_path / "cells.csv").read_text("utf-8")
    (tmp_path / "cells.csv").write_text(text.replace("•", "••", 1), "utf-8")

    with pytest.raises(TableFault, match="neither a count"):
        read_tables(tmp_path)


# --- any small province ---


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(4, 9), mean=st.sampled_from([4.0, 9.0, 20.0]))
def test_any_small_province_is_protected_or_refused(seed: int, size: int, mean: float) -> None:
    people = one_way_nation(provinces=1, communes=size, seed=seed, mean=mean)
    try:
        plan = planned(people, one_way_figures(people))
    except Refused:
        return
    assert attacked(people, plan.cells).is_safe
