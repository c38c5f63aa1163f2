"""What is new, changed and withdrawn, told by keys alone: by example and for any two states."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from casework.national_database.mapping import mapping
from casework.national_database.rows import Frozen, Marked, Row, state

CASES = "group_4"
states = st.dictionaries(
    st.text("abc", min_size=1, max_size=4), st.sampled_from(["x", "y", "z"]), max_size=12
)


def rows_of(told: Mapping[str, str]) -> list[Row]:
    return [(key, [told[key]]) for key in sorted(told)]


def marked(
    before: Mapping[str, str] | None, now: Mapping[str, str], cut: int = 0
) -> tuple[Frozen, list[Marked]]:
    sent = None if before is None else {CASES: iter(rows_of(before))}
    frozen = Frozen(mapping(), sent)
    rows = rows_of(now)
    found = [*frozen.take(CASES, rows[:cut]), *frozen.take(CASES, rows[cut:]), *frozen.rest(CASES)]
    return frozen, found


def test_new_changed_withdrawn_and_the_same() -> None:
    frozen, found = marked({"a": "x", "b": "x", "d": "x"}, {"b": "y", "c": "x", "d": "x"})

    assert found == [
        ("a", "withdrawn", []),
        ("b", "changed", ["y"]),
        ("c", "new", ["x"]),
        ("d", "", ["x"]),
    ]
    assert frozen.told()[CASES] == {"new": 1, "changed": 1, "withdrawn": 1, "rows": 3}
    assert frozen.differs


@given(before=states, now=states, cut=st.integers(0, 12))
def test_what_stands_afterwards_is_what_is_now(before: dict[str, str], now: dict[str, str], cut: int) -> None:
    frozen, found = marked(before, now, cut)

    assert list(state(found)) == rows_of(now)
    marks = {key: mark for key, mark, _values in found}
    assert {key for key, mark in marks.items() if mark == "withdrawn"} == set(before) - set(now)
    assert {key for key, mark in marks.items() if mark == "new"} == set(now) - set(before)
    assert {key for key, mark in marks.items() if mark == "changed"} == {
        key for key in set(now) & set(before) if now[key] != before[key]
    }
    assert [row[0] for row in found] == sorted(marks)
    assert frozen.differs == (before != now)


@given(now=states, cut=st.integers(0, 12))
def test_the_fingerprint_does_not_hang_on_how_rows_come(now: dict[str, str], cut: int) -> None:
    assert marked(None, now, cut)[0].sha256 == marked(None, now)[0].sha256
    other = {**now, "zz": "x"}
    assert marked(None, other)[0].sha256 != marked(None, now)[0].sha256


def test_a_group_that_is_not_sent_any_more_is_withdrawn_as_a_whole() -> None:
    groups = tuple(replace(group, per="") if group.code == "group_9" else group for group in mapping().groups)
    frozen = Frozen(replace(mapping(), groups=groups), {"group_9": iter(rows_of({"a": "x", "b": "y"}))})

    assert "group_9" in frozen.groups
    assert [row[:2] for row in frozen.rest("group_9")] == [("a", "withdrawn"), ("b", "withdrawn")]
