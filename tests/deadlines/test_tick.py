"""The minute job: every clock a minute before and after its hour, whom it tells, what it starts and ends by itself."""

from datetime import datetime, timedelta

import pytest

from casework.access.grants import give
from casework.access.seals import damage_of
from casework.accounts.actions import set_duty
from casework.audit.models import AuditEvent
from casework.base.clock import VIETNAM
from casework.base.codes import codes
from casework.cases.actions import declare_conflict, seal_case
from casework.cases.models import Case, CaseGroupGrant
from casework.deadlines.actions import acknowledge_deadline, take_over
from casework.deadlines.machine import run_minute
from casework.deadlines.models import Alarm, Deadline, Handover, OfficeDeadline, Reminder, ReportDeadline
from casework.intake.actions import assign_report
from casework.notifications.models import Notice
from casework.organisations.models import DutyShift, Membership, User
from tests.casefile import doing
from tests.deadlines.ticking import names_told, start, taken, tick, told
from tests.ground import ground
from tests.world import World

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)

# A case that was assessed, so that nothing of it is due by itself.
opened = ground(lambda world: world.case(at=world.at(days=2)))
# Clocks of a case, and who answers for them in this world.
OF_A_CASE = {
    "ban_decide": {"pao"},
    "ban_serve": {"pao"},
    "ban_cancel_decide": {"pao"},
    "ban_monitor_assign": {"dung"},
    "ban_monitor_announce": {"dung"},
    "measure_decide": {"pao"},
    "child_emergency": {"pao"},
    "child_decide": {"pao"},
    "child_plan": {"pao"},
    "subject_request_answer": {"mai"},
    "subject_request_done": {"lan"},
    "subject_request_done_15": {"lan"},
    "subject_request_done_20": {"lan"},
    "risk_assess_first": {"lan"},
    "safe_contact_confirm": {"lan"},
    "community_care_end": {"lan"},
    "hospital_shelter_end": {"lan"},
    "closing_review": {"mai"},
    "supervised_reassess": {"lan"},
    "supervised_end": {"lan"},
}
# An ordinary night; over Tết; over New Year.
SINCE = ("2026-11-27T21:10", "2027-02-05T23:00", "2026-12-31T22:00")


def quiet(case: Case) -> None:
    """Nothing runs yet but what a test starts."""
    Alarm.objects.all().delete()
    Case.objects.everything(reason="test").filter(pk=case.pk).update(level="LOW", level_at=case.opened_at)
    case.refresh_from_db(from_queryset=Case.objects.everything(reason="test"))


@pytest.mark.parametrize("since", SINCE)
def test_a_minute_before_and_after_the_hour(world: World, case: Case, since: str) -> None:
    """Every kind that starts by its length: nobody is told that it is due a minute before, and all are after."""
    quiet(case)
    begun = datetime.fromisoformat(since).replace(tzinfo=VIETNAM)
    # The police read the case, as while a ban is watched.
    give(CaseGroupGrant, case, to=world.agencies["police"], by=world.pao, at=world.now, source="test")
    for kind in OF_A_CASE:
        started = start(case, kind, at=begun, since=begun)
        assert started is not None
        # Minh sees nothing of the case and Tuấn works elsewhere; neither may ever be told.
        tick(started.due_at - MINUTE)
        assert not names_told(kind, "due_now"), kind
        tick(started.due_at + MINUTE)
        assert names_told(kind, "due_now") == OF_A_CASE[kind], kind
        again = Notice.objects.count()
        tick(started.due_at + MINUTE)
        assert Notice.objects.count() == again
        Alarm.objects.all().delete()


def test_no_kind_is_left_out() -> None:
    by_length = {
        row.code
        for row in codes("deadline_kind")
        if not row.flag("by_act") and row.string("owner") == "" and not row.flag("window")
    }
    # By their own verbs: with a level or an urgency, of a partner, without a number, not of this work yet.
    elsewhere = {
        "risk_reassess",
        "contact_due",
        "referral_reply",
        "referral_service",
        "own_motion_ban",
        "allowed_contact_tell_chair",
        "shelter_tell_commune",
        "health_tell_head",
        "conflict_review",
        "break_glass_review",
        "disposal_review",
    }
    assert by_length - elsewhere == OF_A_CASE.keys()


def test_superiors_are_told_in_their_time_and_no_others(world: World, case: Case) -> None:
    quiet(case)
    started = start(case, "ban_decide", at=world.now)
    assert started is not None

    tick(started.due_at + 2 * HOUR - MINUTE)
    # There is no supervisor of the commune in this world: the one above stands in.
    assert told(world.mai, "ban_decide") == ["late"]
    tick(started.due_at + 2 * HOUR)
    assert told(world.mai, "ban_decide") == ["late", "late"]
    assert names_told("ban_decide") == {"pao", "mai"}


def test_known_is_not_repeated_but_superiors_are_told(world: World, case: Case) -> None:
    quiet(case)
    started = start(case, "ban_decide", at=world.now)
    assert started is not None
    tick(started.due_at)
    acknowledge_deadline(deadline=started, by=world.pao, at=started.due_at)

    tick(started.due_at + 2 * DAY)
    assert told(world.pao, "ban_decide") == ["due_now"]
    assert told(world.mai, "ban_decide") == ["late", "late"]
    assert ("answers+60", "known") in taken()


def test_off_for_a_day_everything_overdue_is_told_and_nothing_twice(world: World, case: Case) -> None:
    quiet(case)
    clocks = [
        start(case, kind, at=world.now, since=world.now)
        for kind in ("ban_decide", "ban_serve", "child_emergency")
    ]

    ran = tick(world.now + 2 * DAY)
    assert ran.told == len(clocks)
    assert {kind: told(world.pao, kind) for kind in ("ban_decide", "ban_serve", "child_emergency")} == {
        "ban_decide": ["overdue"],
        "ban_serve": ["overdue"],
        "child_emergency": ["overdue"],
    }
    assert tick(world.now + 2 * DAY).told == 0
    steps = Reminder.objects.values_list("clock", "due_at", "step")
    assert len(set(steps)) == len(steps)


def test_whoever_stands_above_in_two_duties_is_told_once_in_a_minute(world: World, case: Case) -> None:
    quiet(case)
    # Nobody supervises the commune: the province is told in the commune's stead at once, and as itself after two hours.
    start(case, "ban_decide", at=world.now, due_at=world.now - DAY)
    tick(world.now)
    assert told(world.mai, "ban_decide") == ["late"]
    assert {"commune_supervisor+0": "told", "province_supervisor+120": "told"}.items() <= dict(
        taken()
    ).items()


def test_a_clock_moved_to_another_hour_is_told_of_again(world: World, case: Case) -> None:
    quiet(case)
    first = start(case, "plan_step_due", at=world.now, due_at=world.now + HOUR)
    tick(world.now + HOUR)
    start(case, "plan_step_due", at=world.now + HOUR, due_at=world.now + 3 * HOUR)
    tick(world.now + 2 * HOUR)
    tick(world.now + 3 * HOUR)

    assert first is not None
    assert told(world.lan, "plan_step_due") == ["due_now", "due_now"]


# --- whom it tells ---


def on_duty(
    world: World, user: User, at: datetime, *, hours: float = 12, agency: str = "committee"
) -> DutyShift:
    return set_duty(
        by=world.pao if agency == "committee" else world.mai,
        at=at,
        user=user,
        agency=world.agencies[agency],
        starts_at=at,
        ends_at=at + hours * HOUR,
    )


def test_whoever_is_on_duty_is_told_beside_the_lead(world: World, case: Case) -> None:
    quiet(case)
    on_duty(world, world.minh, world.now)
    started = start(case, "plan_step_due", at=world.now, due_at=world.now + HOUR)

    assert started is not None
    tick(started.due_at)
    assert names_told("plan_step_due") == {"lan", "minh"}


def test_with_the_lead_gone_the_chair_is_told(world: World, case: Case) -> None:
    quiet(case)
    User.objects.filter(pk=world.lan.pk).update(is_active=False)
    started = start(case, "plan_step_due", at=world.now, due_at=world.now + HOUR)

    assert started is not None
    tick(started.due_at)
    assert names_told("plan_step_due") == {"pao"}


def test_a_sealed_case_is_told_of_to_nobody_of_the_commune_who_is_not_on_it(world: World, case: Case) -> None:
    quiet(case)
    seal_case(case=case, by=world.mai, at=world.now, reason="Người có hành vi làm việc ở xã.")
    on_duty(world, world.minh, world.now)
    step = start(case, "plan_step_due", at=world.now, due_at=world.now + HOUR)
    decision = start(case, "ban_decide", at=world.now, due_at=world.now + HOUR)

    assert step is not None
    assert decision is not None
    tick(step.due_at)
    assert names_told("plan_step_due") == {"lan"}
    assert names_told("ban_decide") == {"mai"}


def test_a_conflict_of_interest_silences_too(world: World, case: Case) -> None:
    quiet(case)
    declare_conflict(case=case, by=world.pao, at=world.now)
    started = start(case, "ban_decide", at=world.now)

    assert started is not None
    tick(started.due_at)
    assert names_told("ban_decide") == {"mai"}


def test_a_partner_is_told_of_the_referral_and_its_sender_when_it_is_late(world: World, case: Case) -> None:
    quiet(case)
    referral = doing.refer(world, case)
    tick(referral.due_at)

    assert names_told("referral_reply", "due_now") == {"hoa"}
    notice = Notice.objects.get(recipient=world.hoa, topic="referral_reply")
    assert (notice.route, notice.about) == ("referral-detail", referral.pk)
    assert names_told("referral_reply", "late") == {"lan"}


def test_nobody_at_all_is_said_aloud_and_remembered(world: World, case: Case) -> None:
    quiet(case)
    User.objects.exclude(pk=world.son.pk).update(is_active=False)
    started = start(case, "ban_decide", at=world.now)

    assert started is not None
    assert run_minute(started.due_at).unheard == 1
    event = AuditEvent.objects.filter(action="deadline.remind").latest("pk")
    assert (event.case_id, event.actor, event.detail["told"]) == (case.pk, None, 0)


# --- what it starts and ends by itself ---


def test_a_new_case_gets_the_row_of_its_first_assessment(world: World, case: Case) -> None:
    tick(world.now)
    row = Deadline.objects.everything(reason="test").get(case=case, kind="risk_assess_first")
    assert (row.starts_at, row.due_at) == (case.opened_at, case.opened_at + 24 * HOUR)
    assert names_told("risk_assess_first", "overdue") == {"lan"}
    assert tick(world.now).started == 0
    # What the machine wrote is sealed like what a person wrote.
    assert damage_of(case, case.pk) == []

    doing.assess(world, case, "LOW")
    row.refresh_from_db(from_queryset=Deadline.objects.everything(reason="test"))
    assert row.state == Deadline.DONE


def test_a_consent_that_ran_out_stands_on_no_list_any_more(world: World, case: Case) -> None:
    quiet(case)
    referral = doing.refer(world, case)
    consent = Deadline.objects.everything(reason="test").get(kind="consent_end", subject_id=referral.pk)

    tick(consent.due_at - MINUTE)
    consent.refresh_from_db(from_queryset=Deadline.objects.everything(reason="test"))
    assert consent.state == Deadline.OPEN
    tick(consent.due_at + HOUR)
    consent.refresh_from_db(from_queryset=Deadline.objects.everything(reason="test"))
    assert (consent.state, consent.ended_at) == (Deadline.DONE, consent.due_at)
    assert told(world.lan, "consent_end")[-1] == "ended"
    assert damage_of(case, case.pk) == []


def test_a_report_nobody_assigned_wakes_the_chair_then_those_above(world: World) -> None:
    report = world.report(at=world.now)
    tick(world.now)
    assert names_told("report_assign") == {"pao"}
    tick(world.now + HOUR - MINUTE)
    assert told(world.mai, "report_assign") == []
    tick(world.now + HOUR)
    assert told(world.mai, "report_assign") == ["late"]
    notice = Notice.objects.filter(recipient=world.pao, topic="report_assign").latest("at")
    assert (notice.route, notice.about, notice.is_urgent) == ("report-detail", report.pk, True)


def test_a_report_that_was_assigned_is_told_of_no_more(world: World) -> None:
    report = world.report(at=world.now)
    tick(world.now)
    assigned = world.now + 5 * MINUTE
    assign_report(
        report=report, by=world.pao, at=assigned, agency=world.agencies["committee"], user=world.lan
    )

    tick(world.now + 10 * MINUTE)
    row = ReportDeadline.objects.everything(reason="test").get(report=report)
    assert (row.state, row.ended_at) == (ReportDeadline.DONE, assigned)
    tick(world.now + DAY)
    assert told(world.pao, "report_assign") == ["due_now"]
    assert damage_of(report, None) == []


def test_a_chair_who_cannot_be_told_here_is_the_takers_duty(world: World) -> None:
    Membership.objects.filter(user=world.pao).update(valid_to=world.now.date())
    world.report(at=world.now)
    world.report(at=world.now, address_kind="e")
    tick(world.now)

    assert names_told("report_notify_chair") == {"lan"}
    assert names_told("hotline_notify_chair") == {"lan"}


def test_a_yearly_return_appears_two_weeks_before_its_day_and_once(world: World) -> None:
    first = datetime(2026, 11, 21, tzinfo=VIETNAM)
    tick(first - MINUTE)
    assert not OfficeDeadline.objects.everything(reason="test").exists()
    tick(first)
    commune = OfficeDeadline.objects.everything(reason="test").get(area=world.commune)
    assert (commune.kind, commune.due_at) == ("commune_return", datetime(2026, 12, 5, tzinfo=VIETNAM))
    # Nobody supervises this commune: its chair is told.
    tick(commune.due_at - MINUTE)
    assert told(world.pao, "commune_return") == ["due_soon"]
    tick(commune.due_at)
    assert told(world.pao, "commune_return") == ["due_soon", "due_now"]
    assert told(world.mai, "commune_return")[-1] == "late"
    tick(commune.due_at + 30 * DAY)
    rows = OfficeDeadline.objects.everything(reason="test").filter(area=world.commune)
    assert rows.count() == 1


# --- duty ---


def test_coming_on_duty_one_is_told_once_how_much_lies_open(world: World, case: Case) -> None:
    quiet(case)
    start(case, "plan_step_due", at=world.now, due_at=world.now - HOUR)
    Alarm.objects.all().delete()
    first = on_duty(world, world.minh, world.now - 12 * HOUR)
    DutyShift.objects.filter(pk=first.pk).update(user=world.lan)
    second = on_duty(world, world.minh, world.now)

    ran = tick(world.now)
    assert ran.handed == 1
    row = Handover.objects.get(shift=second)
    assert (row.open_clocks, row.overdue_clocks, row.taken_from) == (1, 1, world.lan)
    assert told(world.minh) == ["handover"]
    assert tick(world.now + MINUTE).handed == 0
    take_over(handover=row, by=world.minh, at=world.now)
    assert Handover.objects.get(shift=second).acknowledged_at == world.now


def test_when_nobody_follows_those_who_set_duty_are_told_once(world: World, case: Case) -> None:
    quiet(case)
    start(case, "plan_step_due", at=world.now, due_at=world.now + 20 * DAY)
    on_duty(world, world.minh, world.now, hours=2)
    tick(world.now)
    tick(world.now + 2 * HOUR)
    tick(world.now + 3 * HOUR)

    assert told(world.pao) == ["duty_gap"]


# --- what must not happen ---


def test_one_broken_clock_silences_no_other(world: World, case: Case) -> None:
    quiet(case)
    broken = start(case, "ban_decide", at=world.now, due_at=world.now + HOUR)
    fine = start(case, "ban_serve", at=world.now, due_at=world.now + 2 * HOUR)
    assert broken is not None
    assert fine is not None
    Deadline.objects.everything(reason="test").filter(pk=broken.pk).update(kind="no_such_kind")

    ran = run_minute(world.now + 2 * HOUR)
    assert (ran.failed, ran.told) == (1, 1)
    assert names_told("ban_serve") == {"pao"}
    assert Alarm.objects.get(pk=broken.pk).next_at > world.now + 2 * HOUR


def test_a_minute_without_anything_due_asks_little(
    world: World, case: Case, django_assert_max_num_queries
) -> None:
    quiet(case)
    tick(world.now)
    with django_assert_max_num_queries(16):
        tick(world.now)
