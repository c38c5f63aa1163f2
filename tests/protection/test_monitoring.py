"""After signing: served to whom, opened to the police, watched, breached, cancelled, ended."""

from datetime import timedelta
from typing import Any

import pytest

from casework.access.decisions import may
from casework.access.grants import give
from casework.base.refusals import Refused
from casework.cases.lifecycle import CaseNotLive
from casework.cases.models import CaseGroupGrant
from casework.closure.queries import facts_of
from casework.deadlines.clocks import start_clock
from casework.protection import actions, queries
from casework.protection.models import Breach, Measure
from tests.byhand import by_hand
from tests.protection.doing import RECIPIENTS, THREE_DAYS, Doing
from tests.world import World


def refused(call, *args, **kwargs) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def row(measure: Measure) -> Measure:
    found: Measure = Measure.objects.everything(reason="test").get(pk=measure.pk)
    return found


@pytest.fixture
def ban(doing: Doing) -> Measure:
    return doing.ban()


# --- served ---


def test_the_clock_of_serving_stops_with_the_fourth_copy(world: World, doing: Doing, ban: Measure) -> None:
    for recipient in RECIPIENTS:
        assert "ban_serve" in doing.clocks()
        doing.serve(ban, recipient)

    assert "ban_serve" not in doing.clocks()
    assert doing.stopped("ban_serve").ended_at == world.now
    assert queries.shown(row(ban), at=world.now).course.outstanding == ()


def test_a_refusal_to_receive_counts_as_served(world: World, doing: Doing, ban: Measure) -> None:
    doing.serve(ban, "perpetrator", refused=True)

    one = queries.shown(ban, at=world.now)
    assert one.services[0].refused
    assert "perpetrator" not in one.course.outstanding


def test_nobody_is_served_twice(doing: Doing, ban: Measure) -> None:
    doing.serve(ban, "victim")

    refusal = refused(doing.serve, ban, "victim")
    assert (refusal.code, refusal.field) == ("already_served", "recipient")


def test_served_means_after_signing_and_not_tomorrow(world: World, doing: Doing, ban: Measure) -> None:
    signed = ban.decided_at
    assert signed is not None
    early = refused(doing.serve, ban, "victim", served_at=signed - timedelta(minutes=2))
    assert (early.code, early.field) == ("outside_term", "served_at")
    assert (
        refused(doing.serve, ban, "victim", served_at=world.now + timedelta(minutes=1)).code
        == "time_in_future"
    )
    # A person types minutes: the minute of the signing is not before it.
    doing.serve(ban, "victim", served_at=signed.replace(second=0, microsecond=0))
    assert "victim" not in queries.shown(ban, at=world.now).course.outstanding


def test_a_copy_handed_over_in_time_is_written_down_after_the_end(world: World, doing: Doing) -> None:
    ban = doing.in_state("ran_out")
    assert ban.decided_at is not None
    handed = ban.decided_at + timedelta(hours=1)

    assert refused(doing.serve, ban, "victim").code == "outside_term"
    assert doing.serve(ban, "victim", served_at=handed).served_at == handed
    # It is too late for the police to watch anything.
    doing.serve(ban, "police_head", served_at=handed)
    assert "ban_monitor_assign" not in doing.clocks()
    assert not may(world.dung, "case.view", doing.case)


# --- the police ---


@pytest.mark.parametrize("recipient", ["perpetrator", "victim", "village_head"])
def test_a_copy_for_somebody_else_opens_nothing(
    world: World, doing: Doing, ban: Measure, recipient: str
) -> None:
    doing.serve(ban, recipient)

    assert not may(world.dung, "case.view", doing.case)
    assert "ban_monitor_assign" not in doing.clocks()


def test_their_copy_opens_the_case_to_the_commune_s_police_as_a_unit(
    world: World, doing: Doing, ban: Measure
) -> None:
    assert not may(world.dung, "case.view", doing.case)
    doing.serve(ban, "police_head", served_at=world.at(minutes=5))

    assert may(world.dung, "case.view", doing.case).basis == "unit"
    grant = CaseGroupGrant.objects.get(content_object=doing.case)
    assert (grant.group_id, grant.source) == (world.agencies["police"].group_id, "ban_monitoring")
    assert doing.clocks()["ban_monitor_assign"] == world.at(minutes=5) + timedelta(hours=1)
    assert not may(world.tuan, "case.view", doing.case)


def test_the_unit_reads_the_case_until_three_days_after_the_ban(
    world: World, doing: Doing, ban: Measure
) -> None:
    doing.serve(ban, "police_head", served_at=world.at(minutes=5))
    assert ban.ends_at is not None
    over = ban.ends_at + timedelta(hours=72)

    assert may(world.dung, "case.view", doing.case, at=over - timedelta(seconds=1))
    assert not may(world.dung, "case.view", doing.case, at=over)


def test_a_cancelled_ban_closes_the_case_to_the_unit_sooner(world: World, doing: Doing, ban: Measure) -> None:
    doing.serve(ban, "police_head", served_at=world.at(minutes=5))
    actions.cancel_measure(
        measure=row(ban), by=world.pao, at=world.now, answers={"cancel_answer": "Đồng ý hủy bỏ."}
    )

    assert may(world.dung, "case.view", doing.case, at=world.now + timedelta(hours=71))
    assert not may(world.dung, "case.view", doing.case, at=world.now + timedelta(hours=72))


def test_a_grant_of_another_kind_outlives_the_ban(world: World, doing: Doing, ban: Measure) -> None:
    give(CaseGroupGrant, doing.case, to=world.agencies["police"], by=None, at=world.now, source="handed_over")
    doing.serve(ban, "police_head", served_at=world.at(minutes=5))
    actions.cancel_measure(
        measure=row(ban), by=world.pao, at=world.now, answers={"cancel_answer": "Đồng ý hủy bỏ."}
    )

    assert may(world.dung, "case.view", doing.case, at=world.now + timedelta(days=400))


def test_a_sealed_case_is_not_opened_to_the_unit_it_is_sealed_from(
    world: World, doing: Doing, ban: Measure
) -> None:
    doing.case.is_sealed = True
    doing.case.save()
    doing.serve(row(ban), "police_head")

    assert not may(world.dung, "case.view", doing.case)
    assert "ban_monitor_assign" in doing.clocks()


def test_care_for_her_is_not_served_to_the_police(world: World, doing: Doing) -> None:
    care = doing.record(kind="M05", decider="health_facility")

    assert refused(doing.serve, care, "police_head").code == "not_a_recipient"
    assert not may(world.dung, "case.view", doing.case)


def test_the_police_name_the_monitor_and_announce_within_their_hours(
    world: World, doing: Doing, ban: Measure
) -> None:
    doing.serve(ban, "police_head")
    named = doing.name_monitor(row(ban), at=world.now)

    assert named.monitor_assigned_at == world.now
    assert "ban_monitor_assign" not in doing.clocks()
    assert doing.clocks()["ban_monitor_announce"] == world.now + timedelta(hours=1)

    announced = actions.announce_monitoring(
        measure=named, by=world.dung, at=world.now, answers={"commitment_signed": False}
    )
    assert announced.monitor_announced_at == world.now
    assert announced.commitment_signed is False
    assert "ban_monitor_announce" not in doing.clocks()


def test_written_down_later_the_hours_count_from_what_happened(
    world: World, doing: Doing, ban: Measure
) -> None:
    doing.serve(ban, "police_head", served_at=world.at(hours=5))
    named = doing.name_monitor(row(ban), monitor_assigned_at=world.at(hours=4))

    assert named.monitor_assigned_at == world.at(hours=4)
    assert doing.clocks()["ban_monitor_announce"] == world.at(hours=3)
    announced = actions.announce_monitoring(
        measure=named, by=world.dung, at=world.now, answers={"monitor_announced_at": world.at(hours=3)}
    )
    assert announced.monitor_announced_at == world.at(hours=3)


@pytest.mark.parametrize("hours", [7, -1])
def test_a_monitor_is_named_after_the_signing(world: World, doing: Doing, ban: Measure, hours: int) -> None:
    doing.put_dung_on()

    refusal = refused(doing.name_monitor, ban, monitor_assigned_at=world.at(hours=hours))
    assert refusal.field == "monitor_assigned_at"


def test_another_monitor_keeps_the_hour_of_the_first(world: World, doing: Doing, ban: Measure) -> None:
    doing.serve(ban, "police_head")
    first = doing.name_monitor(row(ban), monitor_assigned_at=world.at(hours=2))
    actions.announce_monitoring(measure=first, by=world.dung, at=world.now, answers={})
    second = doing.name_monitor(
        row(ban), monitor_name="Lò Văn Pánh", monitor_kind="front_member", monitor_assigned_at=None
    )

    assert (second.monitor_name, second.monitor_assigned_at) == ("Lò Văn Pánh", world.at(hours=2))
    assert "ban_monitor_announce" not in doing.clocks()


def test_there_is_nothing_to_announce_without_a_monitor_or_twice(
    world: World, doing: Doing, ban: Measure
) -> None:
    doing.put_dung_on()
    announce = doing.calls(ban)["announce_monitoring"]
    assert refused(announce, by=world.dung, at=world.now).code == "no_monitor"

    doing.name_monitor(ban)
    announce(by=world.dung, at=world.now)
    assert refused(announce, by=world.dung, at=world.now).code == "already_announced"


def test_only_a_ban_has_a_monitor(world: World, doing: Doing) -> None:
    doing.put_dung_on()

    assert refused(doing.name_monitor, doing.record()).code == "not_monitored"


# --- breached ---


def test_a_breach_brings_the_next_assessment_to_within_a_day(
    world: World, doing: Doing, ban: Measure
) -> None:
    with by_hand():
        start_clock(doing.case, "risk_reassess", at=world.now, due_at=world.now + timedelta(days=30))
    doing.calls(ban)["record_breach"](by=world.lan, at=world.now)

    assert doing.clocks()["risk_reassess"] == world.now + timedelta(hours=24)
    assert Breach.objects.everything(reason="test").get(measure=ban).account == "Đến trước cửa nhà."


@pytest.mark.parametrize(
    ("after", "code"),
    [(timedelta(minutes=-2), "outside_term"), (timedelta(hours=7), "time_in_future")],
)
def test_a_breach_happens_while_the_ban_runs(
    world: World, doing: Doing, ban: Measure, after: timedelta, code: str
) -> None:
    assert ban.starts_at is not None
    answers = {"at": ban.starts_at + after, "kind": "came_near", "account": "Đến gần."}

    refusal = refused(actions.record_breach, measure=ban, by=world.lan, at=world.now, answers=answers)
    assert (refusal.code, refusal.field) == (code, "at")


def test_after_a_ban_is_cancelled_nothing_breaches_it(world: World, doing: Doing) -> None:
    ban = doing.ban(world.at(hours=6))
    answers = {"cancel_answer": "Không còn cần thiết."}
    cancelled = actions.cancel_measure(measure=ban, by=world.pao, at=world.at(hours=2), answers=answers)

    during = {"at": world.at(hours=3), "kind": "came_near", "account": "Đến gần."}
    assert (
        actions.record_breach(measure=cancelled, by=world.lan, at=world.now, answers=during).kind
        == "came_near"
    )
    after = {**during, "at": world.at(hours=1)}
    refusal = refused(actions.record_breach, measure=cancelled, by=world.lan, at=world.now, answers=after)
    assert refusal.code == "outside_term"


def test_a_breach_of_a_closed_case_re_opens_it_first(world: World, doing: Doing) -> None:
    ban = doing.in_state("ended")
    doing.case.state = "closed"
    doing.case.save()

    with pytest.raises(CaseNotLive):
        doing.calls(row(ban))["record_breach"](by=world.lan, at=world.now)


# --- cancelled ---


def test_a_wish_to_cancel_has_its_own_twelve_hours(world: World, doing: Doing, ban: Measure) -> None:
    asked = doing.ask_to_cancel(ban)

    assert doing.clocks()["ban_cancel_decide"] == world.now + timedelta(hours=12)
    assert asked.state == "in_force"
    assert refused(doing.ask_to_cancel, asked).code == "already_asked"


def test_kept_in_writing_the_ban_goes_on_and_may_be_questioned_again(
    world: World, doing: Doing, ban: Measure
) -> None:
    asked = doing.ask_to_cancel(ban)
    before = doing.clocks()
    kept = doing.calls(asked)["refuse_cancellation"](by=world.pao, at=world.now)

    assert (kept.state, kept.cancel_answer) == ("in_force", "Vẫn cần bảo vệ.")
    assert set(before) - set(doing.clocks()) == {"ban_cancel_decide"}
    again = refused(doing.calls(kept)["refuse_cancellation"], by=world.pao, at=world.now)
    assert again.code == "not_asked"
    assert doing.ask_to_cancel(kept).cancel_answer == ""


def test_cancelled_every_clock_of_the_ban_stops_and_the_danger_is_looked_at(
    world: World, doing: Doing
) -> None:
    before = set(doing.clocks())
    ban = doing.ban()
    doing.serve(ban, "police_head")
    asked = doing.ask_to_cancel(row(ban))
    start_clock(doing.case, "risk_reassess", at=world.now, due_at=world.now + timedelta(days=30))
    gone = doing.calls(asked)["cancel_measure"](by=world.pao, at=world.now)

    assert (gone.state, gone.cancelled_at, gone.ended_at) == ("cancelled", world.now, world.now)
    assert queries.standing(gone, at=world.now) == "cancelled"
    assert set(doing.clocks()) == before | {"risk_reassess"}
    assert doing.clocks()["risk_reassess"] == world.now + timedelta(hours=24)


def test_the_chair_cancels_also_when_nobody_asked(world: World, doing: Doing, ban: Measure) -> None:
    assert doing.calls(ban)["cancel_measure"](by=world.pao, at=world.now).state == "cancelled"


@pytest.mark.parametrize("verb", ["cancel_measure", "refuse_cancellation"])
@pytest.mark.parametrize("text", ["", "  "])
def test_an_answer_has_its_reasons(world: World, doing: Doing, ban: Measure, verb: str, text: str) -> None:
    asked = doing.ask_to_cancel(ban)
    refusal = refused(
        getattr(actions, verb), measure=asked, by=world.pao, at=world.now, answers={"cancel_answer": text}
    )

    assert (refusal.code, refusal.field) == ("reasons_missing", "cancel_answer")


def court_ban(doing: Doing) -> Measure:
    now = doing.world.now
    return doing.record(kind="M03", decider="court", number="02/2026/QĐ-TA", ends_at=now + timedelta(days=60))


def test_what_a_court_decided_is_not_the_chair_s_to_cancel(world: World, doing: Doing) -> None:
    ban = court_ban(doing)

    assert refused(doing.ask_to_cancel, ban).code == "not_the_chairs"
    assert refused(doing.calls(ban)["cancel_measure"], by=world.pao, at=world.now).code == "not_the_chairs"
    assert doing.calls(ban)["end_measure"](by=world.lan, at=world.now).state == "ended"


def test_a_court_s_ban_is_served_and_watched_like_any(world: World, doing: Doing) -> None:
    ban = court_ban(doing)
    assert doing.clocks()["ban_end"] == ban.ends_at
    doing.serve(ban, "police_head")

    assert "ban_monitor_assign" in doing.clocks()
    assert may(world.dung, "measure.assign_monitor", ban)


# --- over ---


def test_a_ban_is_over_by_the_clock_whether_or_not_it_is_written(world: World, doing: Doing) -> None:
    ban = doing.in_state("ran_out")

    assert ban.state == "in_force"
    assert queries.standing(ban, at=world.now) == "ended"
    ended = doing.calls(ban)["end_measure"](by=world.lan, at=world.now)
    assert (ended.state, ended.ended_at) == ("ended", ban.ends_at)
    assert ended.result == "Chấp hành."


def test_writing_the_end_stops_its_clocks(world: World, doing: Doing) -> None:
    before = set(doing.clocks())
    ban = doing.in_state("ran_out")
    assert {"ban_end", "ban_serve"} <= set(doing.clocks())
    doing.calls(ban)["end_measure"](by=world.lan, at=world.now)

    assert set(doing.clocks()) == before


def test_a_running_ban_is_not_ended_but_cancelled(world: World, doing: Doing, ban: Measure) -> None:
    assert refused(doing.calls(ban)["end_measure"], by=world.lan, at=world.now).code == "ban_still_runs"


def test_at_its_last_second_it_still_runs_and_then_no_more(world: World, doing: Doing) -> None:
    ban = doing.ban(world.now - THREE_DAYS)
    assert ban.ends_at == world.now
    just_before = world.now - timedelta(seconds=1)

    assert refused(doing.calls(ban)["end_measure"], by=world.lan, at=just_before).code == "ban_still_runs"
    assert doing.calls(ban)["end_measure"](by=world.lan, at=world.now).ended_at == world.now


@pytest.mark.parametrize(
    ("state", "blocks"),
    [
        ("requested", 1),
        ("refused", 0),
        ("in_force", 1),
        ("ran_out", 0),
        ("ended", 0),
        ("cancelled", 0),
    ],
)
def test_only_what_runs_or_waits_stands_in_the_way_of_closing(
    world: World, doing: Doing, state: str, blocks: int
) -> None:
    doing.in_state(state)
    facts = facts_of(doing.case, at=world.now, wish_recorded=True)

    assert facts.measures_in_force == blocks


def test_the_clocks_of_a_ban_that_ran_out_stand_in_no_way_either(world: World, doing: Doing) -> None:
    before = facts_of(doing.case, at=world.now, wish_recorded=True).clocks_missed
    doing.in_state("ran_out")

    assert facts_of(doing.case, at=world.now, wish_recorded=True).clocks_missed == before


# --- other measures ---


def test_a_measure_with_an_end_has_a_clock_and_one_without_has_none(world: World, doing: Doing) -> None:
    before = set(doing.clocks())
    doing.record()
    assert set(doing.clocks()) == before

    end = world.now + timedelta(days=5)
    doing.record(kind="M04", decider="facility", ends_at=end)
    assert doing.clocks()["measure_end"] == end


def test_one_that_is_over_already_is_recorded_without_a_clock(world: World, doing: Doing) -> None:
    before = set(doing.clocks())
    measure = doing.record(
        kind="M02",
        decider="police_head",
        grounds=["harm_health"],
        starts_at=world.at(days=3),
        ends_at=world.at(days=2),
    )

    assert set(doing.clocks()) == before
    assert queries.standing(measure, at=world.now) == "ended"


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ({"kind": "M05", "decider": "commune_chair"}, "wrong_decider", "decider"),
        ({"kind": "M03", "decider": "commune_chair"}, "use_ban_request", "kind"),
        ({"kind": "M03", "decider": "court"}, "term_missing", "ends_at"),
        ({"starts_at": None}, "start_missing", "starts_at"),
    ],
)
def test_what_cannot_be_is_not_recorded(doing: Doing, more: dict, code: str, field: str) -> None:
    refusal = refused(doing.record, **more)

    assert (refusal.code, refusal.field) == (code, field)
    assert doing.measures() == 0


def test_a_hospital_shelters_for_a_day(world: World, doing: Doing) -> None:
    sheltered: dict[str, Any] = {"kind": "M04", "decider": "health_facility"}
    refusal = refused(doing.record, **sheltered, ends_at=world.now + timedelta(hours=24, minutes=1))

    assert refusal.code == "term_too_long"
    assert doing.record(**sheltered, ends_at=world.now + timedelta(hours=24)).state == "in_force"
