"""Terms: three days, four months, twelve hours; through midnights, month ends and holidays."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.base.clock import VIETNAM, local
from casework.base.codes import codes
from casework.base.dates import add_months
from casework.base.refusals import Refused
from casework.protection import terms

BAN = codes("measure").row("M03").params
SHELTER = codes("measure").row("M04").params
START = datetime(2026, 11, 23, 21, 14, tzinfo=VIETNAM)
SECOND = timedelta(seconds=1)

# A busy machine is no reason to fail: nothing here depends on how long it takes.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
moments = st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1), timezones=st.just(VIETNAM))  # noqa: DTZ001
lengths = st.timedeltas(timedelta(0), timedelta(days=400))


def refusal(call, *args, **kwargs) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


# --- how long ---


@pytest.mark.parametrize(
    "lasts", [timedelta(seconds=1), timedelta(hours=1), timedelta(days=3) - SECOND, timedelta(days=3)]
)
def test_the_chair_bans_for_three_days_at_most(lasts: timedelta) -> None:
    terms.check_term(BAN, terms.CHAIR, START, START + lasts)


@pytest.mark.parametrize("over", [SECOND, timedelta(hours=1), timedelta(days=1), timedelta(days=365)])
def test_longer_than_three_days_is_refused_beside_the_end(over: timedelta) -> None:
    refused = refusal(terms.check_term, BAN, terms.CHAIR, START, START + timedelta(days=3) + over)

    assert (refused.code, refused.field) == ("term_too_long", "ends_at")
    assert "3" in str(refused.message)


@pytest.mark.parametrize(
    ("start", "last"),
    [
        ("2026-07-15T08:00", "2026-11-15T08:00"),
        ("2026-10-31T08:00", "2027-02-28T08:00"),
        ("2027-10-31T08:00", "2028-02-29T08:00"),
        ("2026-12-31T23:59", "2027-04-30T23:59"),
        ("2026-09-01T00:00", "2027-01-01T00:00"),
    ],
)
def test_a_court_bans_for_four_months_at_most(start: str, last: str) -> None:
    begin, end = (datetime.fromisoformat(text).replace(tzinfo=VIETNAM) for text in (start, last))

    assert terms.latest_end(BAN, terms.COURT, begin) == end
    terms.check_term(BAN, terms.COURT, begin, end)
    assert refusal(terms.check_term, BAN, terms.COURT, begin, end + SECOND).code == "term_too_long"


def test_a_hospital_shelters_for_a_day_and_a_household_for_three_months() -> None:
    assert terms.latest_end(SHELTER, "health_facility", START) == START + timedelta(hours=24)
    assert terms.latest_end(SHELTER, "caring_household", START) == START.replace(year=2027, month=2)
    assert terms.latest_end(SHELTER, "facility", START) is None


def test_a_limited_measure_needs_an_end_and_an_unlimited_one_does_not() -> None:
    assert refusal(terms.check_term, BAN, terms.CHAIR, START, None).code == "term_missing"
    assert refusal(terms.check_term, BAN, terms.COURT, START, None).code == "term_missing"
    terms.check_term(codes("measure").row("M07").params, terms.CHAIR, START, None)


@pytest.mark.parametrize("back", [timedelta(0), SECOND, timedelta(days=2)])
def test_an_empty_term_is_refused(back: timedelta) -> None:
    assert refusal(terms.check_term, BAN, terms.CHAIR, START, START - back).code == "term_empty"


@unhurried
@given(start=moments, length=lengths)
def test_whatever_the_hour_three_days_are_seventy_two_hours(start: datetime, length: timedelta) -> None:
    end = (start.astimezone(UTC) + length).astimezone(VIETNAM)
    allowed = timedelta(0) < length <= timedelta(hours=72)

    if allowed:
        terms.check_term(BAN, terms.CHAIR, start, end)
    else:
        assert refusal(terms.check_term, BAN, terms.CHAIR, start, end).field == "ends_at"


@unhurried
@given(start=moments, months=st.integers(0, 60))
def test_months_keep_the_hour_and_never_run_into_the_next_month(start: datetime, months: int) -> None:
    end = add_months(start, months)

    assert end.timetz() == start.timetz()
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == start.day or (end.day < start.day and (end + timedelta(days=1)).month != end.month)


@unhurried
@given(start=moments, months=st.integers(-60, 0))
def test_months_can_be_counted_back(start: datetime, months: int) -> None:
    assert add_months(start, months) <= start


# --- by when ---


@pytest.mark.parametrize(
    ("after", "late"),
    [
        (timedelta(hours=11), None),
        (timedelta(hours=12), None),
        (timedelta(hours=12, minutes=1), timedelta(minutes=1)),
        (timedelta(days=1), timedelta(hours=12)),
    ],
)
def test_late_is_what_comes_after_the_hour(after: timedelta, late: timedelta | None) -> None:
    assert terms.late(START + timedelta(hours=12), START + after) == late


def test_what_is_not_decided_or_has_no_hour_is_not_late() -> None:
    assert terms.late(START, None) is None
    assert terms.late(None, START) is None


# --- from when ---


@pytest.mark.parametrize("early", [timedelta(0), timedelta(minutes=14), timedelta(minutes=15)])
def test_a_ban_begins_when_it_is_signed(early: timedelta) -> None:
    terms.check_start(START - early, at=START, running_until=None)


def test_a_ban_cannot_reach_back() -> None:
    refused = refusal(
        terms.check_start, START - timedelta(minutes=15, seconds=1), at=START, running_until=None
    )

    assert (refused.code, refused.field) == ("starts_in_past", "starts_at")


def test_a_ban_waits_only_for_the_one_that_runs() -> None:
    later = START + timedelta(hours=20)

    assert refusal(terms.check_start, later, at=START, running_until=None).code == "starts_too_late"
    terms.check_start(later, at=START, running_until=later)
    assert refusal(terms.check_start, later + SECOND, at=START, running_until=later).code == "starts_too_late"


# --- where it stands ---


def standing(at: datetime, *, state: str = terms.IN_FORCE, ended_at: datetime | None = None) -> str:
    return terms.standing(state, START, START + timedelta(days=3), ended_at, at)


def test_a_ban_stands_where_the_clock_says() -> None:
    end = START + timedelta(days=3)

    assert standing(START - SECOND) == terms.GRANTED
    assert standing(START) == terms.IN_FORCE
    assert standing(end - SECOND) == terms.IN_FORCE
    assert standing(end) == terms.ENDED
    assert standing(START + SECOND, ended_at=START) == terms.ENDED


@pytest.mark.parametrize("state", [terms.REQUESTED, terms.REFUSED, terms.ENDED, terms.CANCELLED])
def test_what_was_done_is_not_undone_by_the_clock(state: str) -> None:
    assert standing(START + timedelta(hours=1), state=state) == state


@unhurried
@given(at=moments, ends=st.none() | st.just(START + timedelta(days=3)), ended=st.none() | moments)
def test_in_force_and_standing_agree(at: datetime, ends: datetime | None, ended: datetime | None) -> None:
    runs = terms.in_force(START, ends, ended, at)

    assert runs == (terms.standing(terms.IN_FORCE, START, ends, ended, at) == terms.IN_FORCE)
    assert not (runs and terms.is_over(ends, ended, at))


# --- what is asked before ---


def test_a_body_asks_only_with_her_consent() -> None:
    asked: dict[str, Any] = {"grounds": ["harm_health"], "told_rights_at": START, "at": START}

    for consent in ("no", "unknown", "declined"):
        refused = refusal(terms.check_request, BAN, requester="agency", consent=consent, **asked)
        assert (refused.code, refused.field) == ("consent_missing", "consent")
    terms.check_request(BAN, requester="agency", consent="yes", **asked)
    terms.check_request(BAN, requester="victim", consent="unknown", **asked)


def test_a_request_needs_a_ground_and_rights_told() -> None:
    asked = {"requester": "victim", "consent": "yes", "at": START}

    assert (
        refusal(terms.check_request, BAN, grounds=[], told_rights_at=START, **asked).code == "grounds_missing"
    )
    untold = refusal(terms.check_request, BAN, grounds=["harm_health"], told_rights_at=None, **asked)
    assert (untold.code, untold.field) == ("rights_not_told", "told_rights_at")


def test_rights_are_told_before_not_after() -> None:
    assert refusal(terms.check_rights_told, START + SECOND, START).code == "time_in_future"


@pytest.mark.parametrize("grounds", [[], ["harm_health"], ["harm_health", "threat_health"]])
def test_without_a_request_only_a_threat_to_life_counts(grounds: list[str]) -> None:
    assert refusal(terms.check_own_motion, BAN, grounds).field == "grounds"
    terms.check_own_motion(BAN, [*grounds, "threat_life"])


@pytest.mark.parametrize("row", codes("measure").rows, ids=lambda row: row.code)
def test_each_measure_is_decided_by_whom_the_law_names(row) -> None:
    for decider in codes("decision_maker").codes:
        if decider in row.strings("deciders"):
            terms.check_decider(row.params, decider)
        else:
            assert refusal(terms.check_decider, row.params, decider).field == "decider"


def test_critique_warns_of_youth_and_of_few_acts() -> None:
    critique = codes("measure").row("M08").params
    found = terms.warnings(critique, youngest_perpetrator_age=17, acts_in_window=1)

    assert [warning.code for warning in found] == ["under_age", "too_few_acts"]
    assert terms.warnings(critique, youngest_perpetrator_age=18, acts_in_window=2) == []
    assert terms.warnings(critique, youngest_perpetrator_age=None, acts_in_window=2) == []
    assert terms.warnings(BAN, youngest_perpetrator_age=10, acts_in_window=0) == []


def test_a_typed_minute_counts_as_the_minute_of_the_signing() -> None:
    signed = START.replace(second=42)

    terms.check_within(START, signed, None, "served_at", message="no")
    refused = refusal(terms.check_within, START - SECOND, signed, None, "served_at", message="no")
    assert (refused.code, refused.field) == ("outside_term", "served_at")
    assert refusal(terms.check_within, START + SECOND, START, START, "at", message="no").field == "at"
    assert local(signed) == signed
