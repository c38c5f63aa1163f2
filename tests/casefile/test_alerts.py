"""Six things that can be wrong with a case, by example: when each is said, and when it is not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from casework.casefile.alerts import Facts, Protection, alerts

NOW = datetime(2026, 3, 27, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

QUIET: dict[str, Any] = {
    "state": "in_progress",
    "level": "HIGH",
    "opened_at": NOW - 3 * DAY,
    "last_met_at": NOW - DAY,
    "contact_known": True,
    "assessment_due_at": NOW + DAY,
}


def codes(**facts: Any) -> list[str]:
    return [alert.code for alert in alerts(Facts(**{**QUIET, **facts}), NOW)]


def ban(
    *, ends: timedelta | None = DAY, state: str = "in_force", decider: str = "commune_chair"
) -> Protection:
    return Protection("M03", decider, state, NOW - 2 * DAY, None if ends is None else NOW + ends)


def test_a_quiet_case_has_none() -> None:
    assert codes() == []


@pytest.mark.parametrize("state", ["closed", "disposed"])
def test_where_work_has_ended_nothing_is_wrong(state: str) -> None:
    assert codes(state=state, level="EXTREME", contact_known=False, last_met_at=None) == []


# --- extreme danger and no protection ---


def test_extreme_danger_without_a_measure() -> None:
    assert codes(level="EXTREME") == ["extreme_without_measure"]


@pytest.mark.parametrize(
    "measure",
    [
        Protection("M03", "commune_chair", "requested"),
        Protection("M03", "commune_chair", "refused"),
        Protection("M03", "commune_chair", "in_force", NOW - 4 * DAY, NOW - DAY),
        Protection("M03", "commune_chair", "in_force", NOW + HOUR, NOW + 3 * DAY),
        Protection("M03", "commune_chair", "cancelled", NOW - DAY, NOW + DAY, NOW - HOUR),
    ],
    ids=["asked for", "refused", "run out", "not begun", "cancelled"],
)
def test_what_does_not_run_does_not_protect(measure: Protection) -> None:
    assert "extreme_without_measure" in codes(level="EXTREME", measures=[measure])


def test_any_measure_that_runs_protects() -> None:
    shelter = Protection("M04", "commune_chair", "in_force", NOW - HOUR)

    assert codes(level="EXTREME", measures=[shelter]) == []


# --- a ban that ends ---


def test_a_ban_that_ends_within_a_day() -> None:
    found = alerts(Facts(**{**QUIET, "measures": [ban(ends=23 * HOUR)]}), NOW)

    assert [(alert.code, alert.due_at) for alert in found] == [("ban_ends", NOW + 23 * HOUR)]


def test_later_is_early_enough() -> None:
    assert codes(measures=[ban(ends=25 * HOUR)]) == []


@pytest.mark.parametrize(
    "next_one",
    [ban(state="requested", ends=None), ban(ends=3 * DAY), ban(ends=None, decider="court")],
    ids=["another asked for", "another runs longer", "a court's ban"],
)
def test_another_ban_or_a_petition_follows(next_one: Protection) -> None:
    assert codes(measures=[ban(ends=2 * HOUR), next_one]) == []


def test_a_ban_that_has_ended_follows_nothing() -> None:
    earlier = Protection("M03", "commune_chair", "in_force", NOW - 9 * DAY, NOW - 6 * DAY)

    assert codes(measures=[ban(ends=2 * HOUR), earlier]) == ["ban_ends"]


# --- the others ---


def test_an_assessment_that_is_overdue() -> None:
    assert codes(assessment_due_at=NOW - HOUR) == ["assessment_overdue"]


def test_a_child_without_its_own_form() -> None:
    assert codes(children=1, instruments=frozenset({"vn-ipv-baseline"})) == ["child_not_assessed"]


@pytest.mark.parametrize("form", ["vn-child-02", "vn-child-06"])
def test_either_form_of_a_child_is_enough(form: str) -> None:
    assert codes(children=2, instruments=frozenset({form})) == []


def test_nobody_has_met_her_after_a_day() -> None:
    assert codes(last_met_at=None) == ["never_met"]


def test_in_the_first_hours_nobody_is_blamed() -> None:
    assert codes(last_met_at=None, opened_at=NOW - 20 * HOUR) == []


def test_no_known_way_to_reach_her() -> None:
    assert codes(contact_known=False) == ["contact_unknown"]


def test_the_most_dangerous_stands_first() -> None:
    found = alerts(
        Facts(
            state="in_progress",
            level="EXTREME",
            opened_at=NOW - 9 * DAY,
            children=1,
            assessment_due_at=NOW - HOUR,
        ),
        NOW,
    )

    assert [alert.tone for alert in found] == ["danger", "danger", "warning", "warning", "warning"]
