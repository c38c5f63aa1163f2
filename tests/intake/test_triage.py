"""The law of a report, without a database."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.base.codes import codes
from casework.intake.triage import (
    EMERGENCY,
    LATE,
    ORDINARY,
    OTHERS,
    POLICE,
    PRIORITY,
    Told,
    groups_seen,
    late_after,
    own_office_kinds,
    seals,
    told_age,
    triage,
    until_assigned,
    until_told,
)

DAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
ANSWERS = st.sampled_from(codes("yes_no").codes)
TOLD = st.builds(
    Told,
    danger_now=ANSWERS,
    still_going_on=ANSWERS,
    weapon=ANSWERS,
    injured=ANSWERS,
    children_present=ANSWERS,
    priority_groups=st.sets(st.sampled_from(codes("priority_group").codes)),
    victim_ages=st.lists(st.text(max_size=12), max_size=3),
    roles=st.sets(st.sampled_from(codes("participant_role").codes)),
    is_sealed=st.booleans(),
)


def found(**told: object) -> set[str]:
    return {warning.code for warning in triage(Told(**told), DAY).warnings}  # type: ignore[arg-type]


def test_a_report_of_insults_between_adults_is_ordinary() -> None:
    result = triage(Told(danger_now="no", victim_ages=["35"]), DAY)

    assert (result.priority, result.assignee, result.groups) == (ORDINARY, OTHERS, ())
    assert (result.child_procedure, result.warnings, result.numbers) == (False, (), ())


def test_danger_to_life_comes_first_and_goes_to_the_police() -> None:
    result = triage(Told(danger_now="yes"), DAY)

    assert (result.priority, result.assignee) == (EMERGENCY, POLICE)
    assert result.numbers == ("police", "ambulance")


def test_a_weapon_is_an_emergency_although_nobody_said_danger() -> None:
    assert triage(Told(danger_now="no", weapon="yes"), DAY).priority == EMERGENCY


def test_an_injury_that_is_over_goes_to_the_police_and_calls_an_ambulance() -> None:
    result = triage(Told(danger_now="no", injured="yes"), DAY)

    assert (result.priority, result.assignee, result.numbers) == (PRIORITY, POLICE, ("ambulance",))


@pytest.mark.parametrize("group", codes("priority_group").where("priority"))
def test_each_group_of_article_4_is_a_priority(group: str) -> None:
    result = triage(Told(danger_now="no", priority_groups=[group]), DAY)

    assert (result.priority, result.assignee, result.groups) == (PRIORITY, POLICE, (group,))


def test_an_unknown_group_is_no_group() -> None:
    assert triage(Told(danger_now="no", priority_groups=["unknown", "nonsense"]), DAY).assignee == OTHERS


@pytest.mark.parametrize("age", ["15", "16", "khoảng 14 tuổi", "2011", "13-17", "0"])
def test_who_may_be_a_child_starts_the_child_procedure(age: str) -> None:
    result = triage(Told(danger_now="no", victim_ages=[age]), DAY)

    assert result.child_procedure
    assert "child" in result.groups
    assert "children" in result.numbers


@pytest.mark.parametrize(
    ("age", "group"), [("17", None), ("2009", None), ("60", "elderly"), ("1966", "elderly"), ("59", None)]
)
def test_ages_at_the_edges_of_the_groups(age: str, group: str | None) -> None:
    assert groups_seen(Told(victim_ages=[age]), DAY) == ((group,) if group else ())


@pytest.mark.parametrize(
    ("text", "ages"),
    [
        ("35", (34, 35)),
        ("khoảng 30-35 tuổi", (29, 35)),
        ("1991", (34, 35)),
        ("sinh năm 1991", (34, 35)),
        ("", None),
        ("già", None),
        ("2030", None),
        ("500", None),
        ("99999999999999999999999999", None),
        ("٣٥", None),
    ],
)
def test_a_told_age_is_a_range(text: str, ages: tuple[int, int] | None) -> None:
    assert told_age(text, DAY) == ages


def test_children_who_were_there_are_asked_after() -> None:
    assert found(danger_now="no", children_present="yes") == {"children_seen"}
    assert found(danger_now="no", roles=["child"]) == {"children_seen"}


def test_a_child_subjected_to_violence_is_not_also_a_child_that_was_there() -> None:
    assert "children_seen" not in found(children_present="yes", victim_ages=["9"])


def test_not_knowing_about_danger_is_a_warning_and_knowing_is_not() -> None:
    assert "danger_not_known" in found(danger_now="declined")
    assert found(danger_now="no") == set()


@given(TOLD)
def test_every_warning_that_assigns_names_its_article(told: Told) -> None:
    for warning in triage(told, DAY).warnings:
        assert warning.basis or warning.code == "danger_not_known"


@given(TOLD)
def test_police_are_assigned_exactly_when_it_is_more_than_ordinary(told: Told) -> None:
    result = triage(told, DAY)

    assert (result.assignee == POLICE) == (result.priority != ORDINARY and not told.is_sealed)
    assert result.child_procedure == ("child" in result.groups)


@given(TOLD, st.sampled_from(["danger_now", "still_going_on", "weapon", "injured"]))
def test_a_yes_never_makes_a_report_less_urgent(told: Told, question: str) -> None:
    order = [ORDINARY, PRIORITY, EMERGENCY]
    values = {name: getattr(told, name) for name in Told.__slots__}
    worse = Told(**{**values, question: "yes"})

    assert order.index(triage(worse, DAY).priority) >= order.index(triage(told, DAY).priority)


@given(st.text(max_size=40), st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_any_text_can_stand_where_an_age_is_asked(text: str, day: date) -> None:
    ages = told_age(text, day)

    assert ages is None or 0 <= ages[0] <= ages[1]


def test_a_sealed_report_does_not_go_to_the_commune_police() -> None:
    result = triage(Told(danger_now="yes", is_sealed=True), DAY)

    assert (result.priority, result.assignee) == (EMERGENCY, OTHERS)


# --- who it is kept from ---


@pytest.mark.parametrize(
    ("kind", "sealed"),
    [
        ("police", True),
        ("army", True),
        ("border_guard", True),
        ("official", True),
        ("none", False),
        ("unknown", False),
    ],
)
def test_violence_by_the_state_s_own_people_is_sealed_from_the_commune(kind: str, sealed: bool) -> None:
    assert seals([kind, "none"]) is sealed


def test_the_colleagues_of_a_policeman_sit_in_police_offices() -> None:
    assert "commune_police" in own_office_kinds(["police"])
    assert own_office_kinds(["none", "nonsense"]) == frozenset()


# --- the minutes ---


def test_minutes_to_the_chair_run_until_told() -> None:
    step = until_told(NOON, None, NOON + timedelta(minutes=7, seconds=59))

    assert (step.minutes, step.state) == (7, "running")


def test_at_once_is_late_when_the_first_supervisor_is_told_of_it() -> None:
    limit = late_after("report_notify_chair")

    assert limit == timedelta(hours=1)
    assert not until_told(NOON, NOON + limit, NOON + limit).is_late
    assert until_told(NOON, NOON + limit + timedelta(seconds=1), NOON + timedelta(days=9)).state == LATE


def test_a_chair_told_before_the_entry_took_no_minutes() -> None:
    assert until_told(NOON, NOON - timedelta(minutes=3), NOON).minutes == 0


def test_assigning_is_measured_from_the_chair_s_knowing() -> None:
    told = NOON + timedelta(hours=5)

    assert until_assigned(told, told + timedelta(minutes=9), told).minutes == 9
    assert until_assigned(None, None, NOON).minutes is None
    assert until_assigned(None, NOON, NOON).state == "done"


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_longer_wait_is_never_less_late(first: int, second: int) -> None:
    short, long = sorted((first, second))
    steps = [until_told(NOON, None, NOON + timedelta(seconds=seconds)) for seconds in (short, long)]

    assert steps[0].is_late <= steps[1].is_late
