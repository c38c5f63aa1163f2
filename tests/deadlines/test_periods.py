"""Every clock of the law and of the levels: its length, and its hour over nights, weekends, Tết and the year's end."""

from datetime import date, datetime, timedelta

import pytest
from django.utils.translation import override

from casework.base.clock import VIETNAM
from casework.base.codes import codes
from casework.base.refusals import InvalidInput
from casework.deadlines import periods
from casework.deadlines.days_off import shipped as days_off
from casework.deadlines.periods import DAYS, HOURS, MONTHS, WORKING_DAYS, YEARLY, Length, Rule
from casework.deadlines.workdays import Table

TODAY = date(2026, 11, 23)
TABLE: Table = {day: works for day, _name, works in days_off(range(2026, 2029))}

# Every row of the law's table of clocks -> its length; None where the law names no number.
LAW: dict[str, Length | None] = {
    "report_notify_chair": Length(HOURS, 0),
    "hotline_notify_chair": Length(HOURS, 0),
    "report_assign": Length(HOURS, 0),
    "ban_decide": Length(HOURS, 12),
    "own_motion_ban": None,
    "ban_serve": Length(HOURS, 0),
    "ban_end": None,
    "ban_monitor_assign": Length(HOURS, 1),
    "ban_monitor_announce": Length(HOURS, 1),
    "allowed_contact_end": Length(HOURS, 4),
    "allowed_contact_tell_chair": Length(HOURS, 0),
    "ban_cancel_decide": Length(HOURS, 12),
    "shelter_tell_commune": Length(HOURS, 0),
    "hospital_shelter_end": Length(HOURS, 24),
    "health_tell_head": Length(HOURS, 0),
    "community_care_end": Length(MONTHS, 3),
    "acts_window": Length(MONTHS, 12),
    "child_decide": Length(HOURS, 12),
    "child_emergency": Length(HOURS, 12),
    "child_plan": Length(WORKING_DAYS, 5),
    "child_separation_end": Length(DAYS, 15),
    "child_review": None,
    "subject_request_answer": Length(WORKING_DAYS, 2),
    "subject_request_done": Length(DAYS, 10),
    "subject_request_done_15": Length(DAYS, 15),
    "subject_request_done_20": Length(DAYS, 20),
    "data_breach_notice": Length(HOURS, 72),
    "cyber_incident_first": Length(HOURS, 24),
    "cyber_incident_report": Length(HOURS, 72),
    "commune_return": Length(YEARLY, month=12, day=5),
    "district_return": Length(YEARLY, month=12, day=10),
    "province_return": Length(YEARLY, month=12, day=15),
    "ministry_return": None,
    "council_report": None,
    "database_update": None,
}
# What was not read in the text of the law itself, and so warns.
UNREAD = {
    "report_notify_chair",
    "hotline_notify_chair",
    "report_assign",
    "ban_monitor_assign",
    "ban_monitor_announce",
    "ban_cancel_decide",
    "allowed_contact_end",
    "allowed_contact_tell_chair",
    "shelter_tell_commune",
    "health_tell_head",
    "subject_request_answer",
    "subject_request_done",
    "subject_request_done_15",
    "subject_request_done_20",
    "data_breach_notice",
    "cyber_incident_first",
    "cyber_incident_report",
    "ministry_return",
    "council_report",
    "database_update",
}

# An ordinary night; a Friday night; the eve of Tết 2027; New Year's Eve; a leap day.
STARTS = ("2026-11-24T21:10", "2026-11-27T21:10", "2027-02-05T23:00", "2026-12-31T22:00", "2028-02-29T09:00")
ENDS: dict[Length, tuple[str, ...]] = {
    Length(HOURS, 0): STARTS,
    Length(HOURS, 1): (
        "2026-11-24T22:10",
        "2026-11-27T22:10",
        "2027-02-06T00:00",
        "2026-12-31T23:00",
        "2028-02-29T10:00",
    ),
    Length(HOURS, 4): (
        "2026-11-25T01:10",
        "2026-11-28T01:10",
        "2027-02-06T03:00",
        "2027-01-01T02:00",
        "2028-02-29T13:00",
    ),
    Length(HOURS, 12): (
        "2026-11-25T09:10",
        "2026-11-28T09:10",
        "2027-02-06T11:00",
        "2027-01-01T10:00",
        "2028-02-29T21:00",
    ),
    Length(HOURS, 24): (
        "2026-11-25T21:10",
        "2026-11-28T21:10",
        "2027-02-06T23:00",
        "2027-01-01T22:00",
        "2028-03-01T09:00",
    ),
    Length(HOURS, 72): (
        "2026-11-27T21:10",
        "2026-11-30T21:10",
        "2027-02-08T23:00",
        "2027-01-03T22:00",
        "2028-03-03T09:00",
    ),
    Length(DAYS, 10): (
        "2026-12-04T21:10",
        "2026-12-07T21:10",
        "2027-02-15T23:00",
        "2027-01-10T22:00",
        "2028-03-10T09:00",
    ),
    Length(DAYS, 15): (
        "2026-12-09T21:10",
        "2026-12-12T21:10",
        "2027-02-20T23:00",
        "2027-01-15T22:00",
        "2028-03-15T09:00",
    ),
    Length(DAYS, 20): (
        "2026-12-14T21:10",
        "2026-12-17T21:10",
        "2027-02-25T23:00",
        "2027-01-20T22:00",
        "2028-03-20T09:00",
    ),
    Length(WORKING_DAYS, 2): (
        "2026-11-27T00:00",
        "2026-12-02T00:00",
        "2027-02-13T00:00",
        "2027-01-06T00:00",
        "2028-03-03T00:00",
    ),
    Length(WORKING_DAYS, 5): (
        "2026-12-02T00:00",
        "2026-12-05T00:00",
        "2027-02-18T00:00",
        "2027-01-09T00:00",
        "2028-03-08T00:00",
    ),
    Length(MONTHS, 3): (
        "2027-02-24T21:10",
        "2027-02-27T21:10",
        "2027-05-05T23:00",
        "2027-03-31T22:00",
        "2028-05-29T09:00",
    ),
    Length(MONTHS, 12): (
        "2027-11-24T21:10",
        "2027-11-27T21:10",
        "2028-02-05T23:00",
        "2027-12-31T22:00",
        "2029-02-28T09:00",
    ),
    Length(YEARLY, month=12, day=5): (
        "2026-12-05T00:00",
        "2026-12-05T00:00",
        "2027-12-05T00:00",
        "2027-12-05T00:00",
        "2028-12-05T00:00",
    ),
    Length(YEARLY, month=12, day=10): (
        "2026-12-10T00:00",
        "2026-12-10T00:00",
        "2027-12-10T00:00",
        "2027-12-10T00:00",
        "2028-12-10T00:00",
    ),
    Length(YEARLY, month=12, day=15): (
        "2026-12-15T00:00",
        "2026-12-15T00:00",
        "2027-12-15T00:00",
        "2027-12-15T00:00",
        "2028-12-15T00:00",
    ),
}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


# --- what the data says ---


@pytest.mark.parametrize("kind", LAW)
def test_every_clock_of_the_law_is_a_row_with_its_basis(kind: str) -> None:
    row, rule = codes("deadline_kind").row(kind), periods.shipped(kind)

    assert row.flag("law")
    assert rule.basis
    # The end of a ban is set by the decision; its longest term stands with the measure.
    assert kind == "ban_end" or rule.length == LAW[kind]
    assert rule.verified is (kind not in UNREAD)


def test_no_clock_of_the_law_is_forgotten() -> None:
    assert {row.code for row in codes("deadline_kind") if row.flag("law")} == LAW.keys()


@pytest.mark.parametrize("length", [length for length in LAW.values() if length], ids=str)
def test_its_hour_over_nights_weekends_tet_and_the_years_end(length: Length) -> None:
    found = tuple(length.ends(moment(start), TABLE) for start in STARTS)

    assert [f"{one.astimezone(VIETNAM):%Y-%m-%dT%H:%M}" for one in found] == list(ENDS[length])


def test_the_day_of_a_return_itself_is_too_late() -> None:
    december = Length(YEARLY, month=12, day=5)

    assert december.ends(moment("2026-12-04T23:59")) == moment("2026-12-05T00:00")
    assert december.ends(moment("2026-12-05T00:00")) == moment("2027-12-05T00:00")


def test_months_are_counted_on_a_vietnamese_calendar() -> None:
    """One in the morning of 31 January is still the 30th in Greenwich."""
    begun = moment("2027-01-31T01:00").astimezone(VIETNAM)

    assert Length(MONTHS, 1).ends(begun) == moment("2027-02-28T01:00")


# --- what a province may change ---


def test_every_length_there_is_may_be_changed_and_no_other() -> None:
    found = {(rule.kind, rule.variant) for rule in periods.rules(TODAY)}

    assert ("ban_decide", "") in found
    assert ("own_motion_ban", "") in found
    assert {("contact_due", level) for level in codes("risk_level").codes} <= found
    assert {("risk_reassess", f"{level}.first") for level in codes("risk_level").codes} <= found
    assert {("risk_reassess", "event"), ("risk_reassess", "uncertain")} <= found
    assert {("referral_reply", urgency) for urgency in codes("urgency").codes} <= found
    # What an act ends, what only counts back, and what no longer exists.
    assert not {kind for kind, _variant in found} & {
        "ban_end",
        "plan_step_due",
        "acts_window",
        "district_return",
    }


def test_what_the_province_has_set_holds_instead() -> None:
    own = Rule("ban_decide", "", Length(HOURS, 6), "Quyết định mẫu", source="x")

    assert periods.in_force(periods.shipped("ban_decide"), [own]) == own
    assert periods.in_force(periods.shipped("ban_serve"), [own]) == periods.shipped("ban_serve")


def test_the_policy_of_the_levels_reads_what_was_set() -> None:
    own = [
        Rule("contact_due", "HIGH", Length(HOURS, 24)),
        Rule("risk_reassess", "HIGH.first", Length(HOURS, 48)),
        Rule("risk_reassess", "event", Length(HOURS, 12)),
    ]
    policy = periods.policy_with(own)

    high = policy.row("HIGH")
    assert [high.integer(name) for name in ("contact_hours", "first_reassess_hours", "reassess_hours")] == [
        24,
        48,
        168,
    ]
    assert policy.row("event").integer("reassess_hours") == 12
    assert policy.row("EXTREME") == codes("risk_policy").row("EXTREME")
    assert codes("risk_policy").row("HIGH").integer("contact_hours") == 48


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (Rule("ban_decide", "", Length(HOURS, 13)), "law_changed"),
        (Rule("child_plan", "", Length(DAYS, 10)), "law_changed"),
        (Rule("ban_decide", "", Length(HOURS, 100_000)), "amount"),
        (Rule("contact_due", "HIGH", Length(DAYS, 1)), "unit"),
        (Rule("commune_return", "", Length(YEARLY, month=2, day=29)), "day"),
        (Rule("commune_return", "", Length(YEARLY)), "day"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(rule: Rule, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        periods.check(rule, law_changed=False)

    assert list(refusal.value.errors) == [field]


@pytest.mark.parametrize(
    "rule",
    [
        Rule("ban_decide", "", Length(HOURS, 6)),
        Rule("child_plan", "", Length(WORKING_DAYS, 3)),
        # Not read in the law itself: the province knows better.
        Rule("ban_monitor_assign", "", Length(HOURS, 2)),
        # Ours, not the law's.
        Rule("closing_review", "", Length(HOURS, 96)),
        Rule("council_report", "", Length(YEARLY, month=12, day=20)),
        Rule("own_motion_ban", "", Length(HOURS, 6)),
    ],
)
def test_what_is_shorter_or_was_never_read_may_be_set(rule: Rule) -> None:
    periods.check(rule, law_changed=False)


def test_a_longer_period_needs_a_new_law() -> None:
    periods.check(Rule("ban_decide", "", Length(HOURS, 24)), law_changed=True)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (Length(HOURS, 12), "12 giờ"),
        (Length(HOURS, 720), "720 giờ (30 ngày)"),
        (Length(HOURS, 0), "ngay"),
        (Length(WORKING_DAYS, 5), "5 ngày làm việc"),
        (Length(YEARLY, month=12, day=5), "trước ngày 05/12 hằng năm"),
        (None, ""),
    ],
)
def test_lengths_in_words(length: Length | None, words: str) -> None:
    with override("vi"):
        assert periods.in_words(length) == words


def test_every_rule_has_a_name_of_its_own() -> None:
    with override("vi"):
        names = [periods.label(rule.kind, rule.variant) for rule in periods.rules(TODAY)]

    assert len(set(names)) == len(names)
    assert "Đánh giá lại nguy cơ: Mức cao, lần đầu" in names


def test_a_minute_is_a_minute() -> None:
    """Hours are exact: nothing rounds to a day or leaves out a night."""
    for amount in (1, 4, 12, 24, 72):
        for start in STARTS:
            begun = moment(start)
            assert Length(HOURS, amount).ends(begun, TABLE) - begun == timedelta(hours=amount)
