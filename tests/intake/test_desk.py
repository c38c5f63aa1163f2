"""The desk: told, assigned, taken on, added to, ended without a case."""

from datetime import timedelta

import pytest

from casework.access.decisions import may
from casework.audit.models import AuditEvent
from casework.base.refusals import Denied, InvalidInput, NotVisible, Refused
from casework.intake.actions import (
    accept_report,
    add_to_report,
    assign_report,
    screen_out,
    take_report,
    tell_chair,
)
from casework.intake.models import Report
from casework.organisations.models import DutyShift, Membership, User
from tests.world import World


@pytest.fixture
def report(world: World) -> Report:
    return world.report(at=world.at(hours=2))


@pytest.fixture
def sealed(world: World) -> Report:
    people = [{"role": "perpetrator", "full_name": "Cà Văn Mẫu", "official_kind": "police"}]
    return world.report(at=world.at(hours=2), people=people)


def assign(world: World, report: Report, by: User | None = None, **to) -> Report:
    return assign_report(report=report, by=by or world.pao, at=world.now, **to)


def end(world: World, report: Report, by: User | None = None, **how) -> Report:
    how = {"result": "not_dv", "reason": "Cãi nhau giữa hai hàng xóm.", **how}
    return screen_out(report=report, by=by or world.pao, at=world.now, **how)


def on_duty(world: World, user: User) -> None:
    seat = Membership.objects.get(user=user)
    start = world.at(hours=1)
    DutyShift.objects.create(
        user=user, agency=seat.agency, starts_at=start, ends_at=start + timedelta(hours=9)
    )


# --- assigning ---


def test_the_chair_assigns_the_commune_police(world: World, report: Report) -> None:
    assign(world, report, agency=world.agencies["police"])

    assert (report.assigned_agency, report.assigned_to) == (world.agencies["police"], None)
    assert (report.assigned_at, report.first_assigned_at, report.assigned_by) == (
        world.now,
        world.now,
        world.pao,
    )
    assert may(world.dung, "report.view", report)


def test_somebody_is_assigned_by_name_and_the_office_follows(world: World, report: Report) -> None:
    assign(world, report, user=world.minh)

    assert (report.assigned_agency, report.assigned_to) == (world.agencies["committee"], world.minh)
    assert may(world.minh, "report.view", report)


def test_what_is_one_colleague_s_is_not_the_other_s(world: World, report: Report) -> None:
    assign(world, report, user=world.lan)

    assert not may(world.minh, "report.view", report)


def test_the_province_assigns_where_the_chair_does_not(world: World, report: Report) -> None:
    assert assign(world, report, by=world.mai, agency=world.agencies["police"]).assigned_by == world.mai


def test_assigning_again_keeps_the_minute_of_the_first(world: World, report: Report) -> None:
    first = world.at(hours=1)
    assign_report(report=report, by=world.pao, at=first, agency=world.agencies["police"])
    assign(world, report, user=world.lan)

    assert (report.first_assigned_at, report.assigned_at) == (first, world.now)


def test_the_memory_tells_that_the_police_were_asked_for(world: World, report: Report) -> None:
    assign(world, report, user=world.lan)

    assert AuditEvent.objects.get(action="report.assign").detail["police_asked"] is True


@pytest.mark.parametrize("who", ["lan", "minh", "dung", "hoa", "tuan", "kien", "son"])
def test_nobody_else_assigns(world: World, report: Report, who: str) -> None:
    with pytest.raises((Denied, NotVisible)) as error:
        assign(world, report, by=world.users[who], agency=world.agencies["police"])
    assert error.type is (Denied if who == "lan" else NotVisible)


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ({"agency": "elsewhere"}, "office_elsewhere"),
        ({"agency": "hospital"}, "nobody_works_there"),
        ({"user": "hoa"}, "not_a_worker_there"),
        ({"user": "kien"}, "not_a_worker_there"),
        ({"user": "tuan"}, "office_elsewhere"),
        ({"agency": "police", "user": "lan"}, "not_a_worker_there"),
    ],
)
def test_who_does_not_work_here_is_not_assigned(world: World, report: Report, to: dict, code: str) -> None:
    named: dict[str, dict] = {"agency": world.agencies, "user": world.users}
    with pytest.raises(Refused, match=code):
        assign(world, report, **{key: named[key][value] for key, value in to.items()})
    assert Report.objects.everything(reason="test").get(pk=report.pk).assigned_at is None


def test_somebody_has_to_be_named(world: World, report: Report) -> None:
    with pytest.raises(InvalidInput):
        assign(world, report)


def test_the_same_assignment_twice_is_refused(world: World, report: Report) -> None:
    assign(world, report, user=world.lan)
    with pytest.raises(Refused, match="already_so"):
        assign(world, report, user=world.lan)


def test_a_decided_report_is_not_assigned(world: World, report: Report) -> None:
    end(world, report)
    with pytest.raises(Refused, match="report_decided"):
        assign(world, report, user=world.lan)


# --- what is kept from the commune ---


def test_a_sealed_report_is_not_the_chair_s_to_assign(world: World, sealed: Report) -> None:
    with pytest.raises(NotVisible):
        assign(world, sealed, user=world.lan)


def test_a_sealed_report_goes_to_one_person_and_to_no_office(world: World, sealed: Report) -> None:
    assign(world, sealed, by=world.mai, user=world.lan)

    assert (sealed.assigned_to, sealed.assigned_agency) == (world.lan, None)
    assert not may(world.minh, "report.view", sealed)


def test_colleagues_of_a_policeman_are_not_assigned(world: World, sealed: Report) -> None:
    with pytest.raises(Refused, match="own_colleagues"):
        assign(world, sealed, by=world.mai, user=world.dung)


def test_a_sealed_report_needs_a_name(world: World, sealed: Report) -> None:
    with pytest.raises(Refused, match="sealed_needs_a_name"):
        assign(world, sealed, by=world.mai, agency=world.agencies["committee"])


def test_duty_does_not_open_a_sealed_report(world: World, sealed: Report, report: Report) -> None:
    on_duty(world, world.minh)

    assert may(world.minh, "report.view", report)
    assert not may(world.minh, "report.view", sealed)


# --- taking on ---


def test_an_officer_takes_on_what_the_office_was_given(world: World, report: Report) -> None:
    assign(world, report, agency=world.agencies["police"])
    accept_report(report=report, by=world.dung, at=world.now)

    assert report.assigned_to == world.dung
    with pytest.raises((Refused, NotVisible)):
        accept_report(report=report, by=world.dung, at=world.now)


def test_a_decided_report_is_not_taken_on(world: World, report: Report) -> None:
    assign(world, report, agency=world.agencies["police"])
    end(world, report)
    with pytest.raises(Refused, match="report_decided"):
        accept_report(report=report, by=world.dung, at=world.now)


@pytest.mark.parametrize("who", ["pao", "lan", "minh", "hoa", "tuan", "mai", "kien", "son"])
def test_only_that_office_takes_it_on(world: World, report: Report, who: str) -> None:
    assign(world, report, agency=world.agencies["police"])
    with pytest.raises((Denied, NotVisible)):
        accept_report(report=report, by=world.users[who], at=world.now)


# --- telling the chair by telephone ---


def told(world: World, report: Report, who: str = "lan", means: str = "call", **when) -> Report:
    return tell_chair(report=report, by=world.users[who], at=world.now, means=means, **when)


@pytest.fixture
def untold(world: World) -> Report:
    Membership.objects.filter(user=world.pao).update(valid_to=world.now.date())
    return world.report(at=world.at(hours=2))


def test_a_call_to_the_chair_is_written_down(world: World, untold: Report) -> None:
    told(world, untold)

    assert (untold.chair_told_at, untold.chair_told_by) == (world.now, "call")


def test_a_call_before_the_entry_counts_as_the_earlier_telling(world: World) -> None:
    report = world.report(at=world.at(hours=1), received_at=world.at(hours=2))
    told(world, report, told_at=world.at(minutes=100))

    assert report.chair_told_at == world.at(minutes=100)


def test_a_later_call_changes_nothing(world: World, report: Report) -> None:
    with pytest.raises(Refused, match="chair_already_told"):
        told(world, report)


@pytest.mark.parametrize(
    ("minutes", "means", "field"),
    [(-1, "call", "told_at"), (180, "call", "told_at"), (9, "in_app", "means"), (9, "pigeon", "means")],
)
def test_an_hour_or_a_means_that_cannot_be(
    world: World, untold: Report, minutes: int, means: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        told(world, untold, means=means, told_at=world.at(minutes=minutes))
    assert set(error.value.errors) == {field}


@pytest.mark.parametrize("who", ["minh", "dung", "hoa", "tuan", "kien", "son"])
def test_others_tell_the_chair_nothing(world: World, untold: Report, who: str) -> None:
    with pytest.raises((Denied, NotVisible)):
        told(world, untold, who)


def test_of_a_sealed_report_only_the_province_tells(world: World, sealed: Report) -> None:
    with pytest.raises(Refused, match="kept_from_commune"):
        told(world, sealed)
    assert told(world, sealed, "mai", means="in_person").chair_told_by == "in_person"


# --- adding ---


def test_what_was_forgotten_is_added_and_the_words_stay(world: World, report: Report) -> None:
    add_to_report(report=report, by=world.lan, at=world.now, text="Có hai con nhỏ.")
    add_to_report(report=report, by=world.lan, at=world.now, text="Đã gọi Công an.")

    assert report.account == "Chồng đánh vợ, có tiếng kêu cứu."
    assert [line.split(": ", 1)[1] for line in report.added_later.splitlines()] == [
        "Có hai con nhỏ.",
        "Đã gọi Công an.",
    ]


def test_nothing_is_not_added(world: World, report: Report) -> None:
    with pytest.raises(InvalidInput):
        add_to_report(report=report, by=world.lan, at=world.now, text=" \n")


def test_nothing_is_added_after_the_day_or_after_the_decision(world: World, report: Report) -> None:
    with pytest.raises(NotVisible):
        add_to_report(report=report, by=world.lan, at=world.now + timedelta(days=2), text="Muộn.")
    end(world, report)
    with pytest.raises(Refused, match="report_decided"):
        add_to_report(report=report, by=world.lan, at=world.now, text="Muộn.")


@pytest.mark.parametrize("who", ["minh", "dung", "hoa", "tuan", "mai", "kien", "son"])
def test_others_add_nothing(world: World, report: Report, who: str) -> None:
    with pytest.raises((Denied, NotVisible)):
        add_to_report(report=report, by=world.users[who], at=world.now, text="Thêm.")


# --- ending without a case ---


@pytest.mark.parametrize("result", ["not_dv", "criminal_procedure"])
def test_the_chair_ends_the_triage_with_a_reason(world: World, report: Report, result: str) -> None:
    end(world, report, result=result, reason="Lý do.")

    assert (report.triage_result, report.triage_reason) == (result, "Lý do.")
    assert (report.decided_at, report.decided_by) == (world.now, world.pao)


def test_the_assigned_worker_ends_it_too(world: World, report: Report) -> None:
    assign(world, report, user=world.lan)

    assert end(world, report, by=world.lan).decided_by == world.lan


@pytest.mark.parametrize("who", ["lan", "minh", "dung", "hoa", "tuan", "mai", "kien", "son"])
def test_nobody_else_ends_it(world: World, report: Report, who: str) -> None:
    with pytest.raises((Denied, NotVisible)) as error:
        end(world, report, by=world.users[who])
    assert error.type is (Denied if who in ("lan", "mai") else NotVisible)


def test_a_reason_is_compulsory(world: World, report: Report) -> None:
    with pytest.raises(InvalidInput) as error:
        end(world, report, reason=" ")
    assert set(error.value.errors) == {"reason"}


@pytest.mark.parametrize("result", ["new_case", "joins_case", "", "nonsense"])
def test_opening_a_case_is_another_verb(world: World, report: Report, result: str) -> None:
    with pytest.raises(InvalidInput) as error:
        end(world, report, result=result)
    assert set(error.value.errors) == {"result"}


def test_it_ends_once(world: World, report: Report) -> None:
    end(world, report)
    with pytest.raises(Refused, match="report_decided"):
        end(world, report)


def test_a_repeated_report_names_the_first(world: World, report: Report) -> None:
    again = world.report(at=world.at(hours=1))
    end(world, again, result="duplicate", duplicate_of=report)

    assert (again.triage_result, again.duplicate_of) == ("duplicate", report)


def test_a_repeat_must_name_a_report_one_may_see(world: World, report: Report, sealed: Report) -> None:
    for other in (None, report, sealed):
        with pytest.raises(InvalidInput) as error:
            end(world, report, result="duplicate", duplicate_of=other)
        assert set(error.value.errors) == {"duplicate_of"}


def test_a_repeat_of_a_repeat_is_refused(world: World, report: Report) -> None:
    second, third = world.report(at=world.at(minutes=50)), world.report(at=world.at(minutes=40))
    end(world, second, result="duplicate", duplicate_of=report)
    with pytest.raises(Refused, match="repeats_a_repeat"):
        end(world, third, result="duplicate", duplicate_of=second)


def test_two_communes_do_not_repeat_one_another(world: World, report: Report) -> None:
    other = take_report(
        by=world.lan,
        at=world.now,
        agency=world.agencies["committee"],
        answers={"channel": "call", "account": "Khác.", "area": world.elsewhere},
        people=[],
    )
    assign(world, report, user=world.lan)
    with pytest.raises(Refused, match="other_commune_report"):
        end(world, report, by=world.lan, result="duplicate", duplicate_of=other)


# --- passing on ---


def test_a_report_goes_to_the_commune_where_it_happened(world: World, report: Report) -> None:
    assign(world, report, user=world.lan)
    end(world, report, result="other_commune", area=world.elsewhere, reason="Xảy ra ở phường khác.")

    assert (report.area, report.passed_from, report.passed_at) == (world.elsewhere, world.commune, world.now)
    assert (report.decided_at, report.triage_result) == (None, "")
    assert (report.assigned_to, report.assigned_agency, report.first_assigned_at) == (None, None, None)
    assert not may(world.pao, "report.view", report)


def test_the_chair_there_is_not_told_who_has_no_account(world: World, report: Report) -> None:
    end(world, report, result="other_commune", area=world.elsewhere)

    assert (report.chair_told_at, report.chair_told_by) == (None, "")


@pytest.mark.parametrize("where", ["none", "same", "province"])
def test_it_is_passed_to_another_commune_only(world: World, report: Report, where: str) -> None:
    area = {"none": None, "same": world.commune, "province": world.province}[where]
    with pytest.raises(InvalidInput) as error:
        end(world, report, result="other_commune", area=area)
    assert set(error.value.errors) == {"area"}
