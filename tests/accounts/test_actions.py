"""Verbs of the administrator and of duty: what they do, to whom they are refused, and when."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from knox.models import AuthToken

from casework.access.principals import principal
from casework.accounts.actions import (
    ONE_TIME_LASTS,
    activate_user,
    add_agency,
    add_role,
    add_user,
    deactivate_user,
    end_duty,
    end_role,
    issue_password,
    set_duty,
)
from casework.accounts.models import Session
from casework.accounts.tokens import issue_token
from casework.audit.models import AuditEvent
from casework.base import clock
from casework.base.refusals import Denied, Refused
from casework.organisations.models import Agency, DutyShift, Membership, User
from tests.world import CAST, SINCE, World, with_password

HOUR = timedelta(hours=1)


@pytest.fixture
def nga(world: World) -> User:
    """A new member of the committee's staff, whose account nobody has used."""
    return add_user(
        by=world.son,
        at=world.now,
        username="Nga.MuongPhang",
        full_name="Lò Thị Nga",
        agency=world.agencies["committee"],
        role="social_worker",
        since=SINCE,
    )


def seat_of(user: User) -> Membership:
    return Membership.objects.get(user=user)


def code(verb: Any, **how: Any) -> str:
    with pytest.raises(Refused) as refused:
        verb(**how)
    return refused.value.code


def second_administrator(world: World) -> User:
    return with_password(
        add_user(
            by=world.son,
            at=world.now,
            username="thu",
            full_name="Lò Văn Thử",
            agency=world.agencies["department"],
            role="administrator",
            since=SINCE,
        )
    )


# --- who may ---


@pytest.mark.parametrize("name", CAST)
def test_only_the_administrator_manages_accounts(world: World, nga: User, name: str) -> None:
    by, at, office = world.users[name], world.now, world.agencies["committee"]
    seat = seat_of(nga)
    for verb, how in (
        (add_agency, {"kind": "hospital", "name": "Bệnh viện Mới"}),
        (
            add_user,
            {"username": "moi", "full_name": "Mới", "agency": office, "role": "auditor", "since": SINCE},
        ),
        (add_role, {"user": nga, "agency": office, "role": "receiver", "since": SINCE}),
        (end_role, {"membership": seat}),
        (deactivate_user, {"user": nga}),
        (activate_user, {"user": nga}),
        (issue_password, {"user": nga}),
    ):
        with pytest.raises(Denied):
            verb(by=by, at=at, **how)


# --- accounts ---


def test_a_new_account_has_a_small_name_one_role_and_no_password(world: World, nga: User) -> None:
    assert nga.username == "nga.muongphang"
    assert not nga.has_usable_password()
    assert [(seat.role, seat.agency) for seat in nga.memberships.all()] == [
        ("social_worker", world.agencies["committee"])
    ]
    assert list(nga.groups.all()) == [world.agencies["committee"].group]


@pytest.mark.parametrize("username", ["", "a", "có dấu", "two words", "-x", "x" * 61, "<b>x</b>"])
def test_a_user_name_is_plain(world: World, username: str) -> None:
    how = {"full_name": "Ai", "agency": world.agencies["committee"], "role": "receiver", "since": SINCE}
    assert code(add_user, by=world.son, at=world.now, username=username, **how) == "username_shape"


def test_a_taken_name_an_unknown_role_and_a_chair_of_a_province_are_refused(world: World) -> None:
    how: dict[str, Any] = {"by": world.son, "at": world.now, "full_name": "Ai", "since": SINCE}
    committee, hospital = world.agencies["committee"], world.agencies["hospital"]
    assert code(add_user, username="LAN", agency=committee, role="receiver", **how) == "user_exists"
    assert code(add_user, username="ai", agency=committee, role="king", **how) == "unknown_role"
    for role in ("commune_chair", "commune_supervisor"):
        assert code(add_user, username="ai", agency=hospital, role=role, **how) == "role_needs_commune"


def test_a_closed_account_is_out_at_once_and_off_duty(world: World, nga: User) -> None:
    client = Client()
    client.force_login(nga)
    issue_token(user=nga, hours=8, at=world.now)
    for hours in (-1, 10):
        DutyShift.objects.create(
            user=nga,
            agency=world.agencies["committee"],
            starts_at=world.now + hours * HOUR,
            ends_at=world.now + (hours + 9) * HOUR,
        )

    deactivate_user(user=nga, by=world.son, at=world.now)

    nga.refresh_from_db()
    assert not nga.is_active
    assert not Session.objects.filter(user=nga).exists()
    assert not AuthToken.objects.filter(user=nga).exists()
    assert [shift.ends_at for shift in DutyShift.objects.filter(user=nga)] == [world.now]
    assert code(deactivate_user, user=nga, by=world.son, at=world.now) == "already_closed"


def test_an_account_opened_again_has_its_roles_but_not_its_password(world: World) -> None:
    assert code(activate_user, user=world.lan, by=world.son, at=world.now) == "not_closed"
    deactivate_user(user=world.lan, by=world.son, at=world.now)

    lan = activate_user(user=world.lan, by=world.son, at=world.now)

    assert lan.is_active
    assert not lan.has_usable_password()
    assert principal(lan, world.now).has_role("social_worker")


# --- one-time passwords ---


def test_a_one_time_password_opens_for_three_days_and_ends_what_ran(world: World, nga: User) -> None:
    client = Client()
    client.force_login(nga)
    issue_token(user=nga, hours=8, at=world.now)

    issued = issue_password(user=nga, by=world.son, at=world.now)

    nga.refresh_from_db()
    assert nga.check_password(issued.password)
    assert len(issued.password) >= 20
    assert (nga.must_change_password, nga.one_time_until) == (True, world.now + ONE_TIME_LASTS)
    assert not Session.objects.filter(user=nga).exists()
    assert not AuthToken.objects.filter(user=nga).exists()
    again = issue_password(user=nga, by=world.son, at=world.now)
    assert again.password != issued.password


def test_the_memory_says_that_it_was_issued_and_not_what_it_is(world: World, nga: User) -> None:
    issued = issue_password(user=nga, by=world.son, at=world.now)

    event = AuditEvent.objects.filter(action="user.issue_password").latest("pk")
    assert (event.actor, event.detail["user"]) == (world.son.pk, str(nga.pk))
    assert issued.password not in str(vars(event))
    assert issued.password not in repr(issued)


def test_nobody_issues_one_to_themselves_or_to_a_closed_account(world: World, nga: User) -> None:
    with pytest.raises(Denied):
        issue_password(user=world.son, by=world.son, at=world.now)
    deactivate_user(user=nga, by=world.son, at=world.now)
    assert code(issue_password, user=nga, by=world.son, at=world.now) == "account_closed"


def test_no_token_is_made_for_whoever_owes_a_password(world: World, nga: User) -> None:
    issue_password(user=nga, by=world.son, at=world.now)
    nga.refresh_from_db()

    assert code(issue_token, user=nga, hours=8, at=world.now) == "password_change_required"


# --- roles ---


def test_a_role_is_added_once_and_not_to_oneself(world: World, nga: User) -> None:
    how: dict[str, Any] = {"by": world.son, "at": world.now, "since": SINCE}
    police, committee = world.agencies["police"], world.agencies["committee"]
    add_role(user=nga, agency=police, role="police_officer", **how)

    assert principal(nga, world.now).has_role("police_officer")
    assert set(nga.groups.all()) == {police.group, committee.group}
    assert code(add_role, user=nga, agency=police, role="police_officer", **how) == "role_held"
    assert code(add_role, user=nga, agency=police, role="king", **how) == "unknown_role"
    with pytest.raises(Denied):
        add_role(user=world.son, agency=police, role="police_head", **how)


def test_whoever_manages_accounts_has_no_other_role(world: World, nga: User) -> None:
    how: dict[str, Any] = {"by": world.son, "at": world.now, "since": SINCE}
    office, thu = world.agencies["department"], second_administrator(world)

    assert code(add_role, user=nga, agency=office, role="administrator", **how) == "administrator_apart"
    assert code(add_role, user=thu, agency=office, role="auditor", **how) == "administrator_apart"
    # The same work in a second office is no other role.
    add_role(user=thu, agency=world.agencies["hospital"], role="administrator", **how)


def test_an_ended_role_is_nothing_from_now_on_and_can_be_given_again(world: World, nga: User) -> None:
    seat = end_role(membership=seat_of(nga), by=world.son, at=world.now)

    assert seat.valid_to == clock.local_date(world.now)
    assert principal(User.objects.get(pk=nga.pk), world.now).seats == ()
    assert not nga.groups.exists()
    assert code(end_role, membership=seat, by=world.son, at=world.now) == "role_ended"
    again = add_role(
        user=nga,
        agency=seat.agency,
        role=seat.role,
        since=clock.local_date(world.now),
        by=world.son,
        at=world.now,
    )
    assert again.pk != seat.pk
    assert principal(User.objects.get(pk=nga.pk), world.now).has_role("social_worker")


def test_the_group_stays_as_long_as_another_role_in_the_office(world: World, nga: User) -> None:
    office: Agency = world.agencies["committee"]
    add_role(user=nga, agency=office, role="receiver", since=SINCE, by=world.son, at=world.now)
    DutyShift.objects.create(
        user=nga, agency=office, starts_at=world.now - HOUR, ends_at=world.now + 8 * HOUR
    )

    end_role(membership=Membership.objects.get(user=nga, role="social_worker"), by=world.son, at=world.now)

    assert Group.objects.filter(user=nga).get() == office.group
    # A receiver answers for nothing.
    assert DutyShift.objects.get(user=nga).ends_at == world.now


# --- the last administrator ---


def test_the_last_administrator_stays(world: World, nga: User) -> None:
    seat = seat_of(world.son)
    assert code(deactivate_user, user=world.son, by=world.son, at=world.now) == "last_administrator"
    assert code(end_role, membership=seat, by=world.son, at=world.now) == "last_administrator"

    thu = second_administrator(world)
    # Not by oneself, but by the other.
    with pytest.raises(Denied):
        deactivate_user(user=world.son, by=world.son, at=world.now)
    with pytest.raises(Denied):
        end_role(membership=seat, by=world.son, at=world.now)
    end_role(membership=seat, by=thu, at=world.now)
    assert code(deactivate_user, user=thu, by=thu, at=world.now) == "last_administrator"


def test_an_administrator_without_a_password_does_not_count(world: World) -> None:
    thu = second_administrator(world)
    thu.set_unusable_password()
    thu.save()

    assert code(deactivate_user, user=world.son, by=thu, at=world.now) == "last_administrator"


# --- offices ---


def test_an_office_lies_in_a_commune_or_else_in_the_province(world: World) -> None:
    how: dict[str, Any] = {"by": world.son, "at": world.now}
    station = add_agency(kind="health_station", name="Trạm Y tế Mẫu", area=world.commune, **how)
    hospital = add_agency(kind="hospital", name="Bệnh viện Mẫu", services=["health_care"], **how)

    assert station.area == world.commune
    assert (hospital.area, hospital.services) == (world.province, ["health_care"])
    assert code(add_agency, kind="commune_police", name="Công an Mẫu", **how) == "area_missing"
    assert code(add_agency, kind="hospital", name="Bệnh viện Mẫu", **how) == "agency_exists"
    assert code(add_agency, kind="castle", name="Khác", **how) == "unknown_kind"


# --- duty ---


def duty(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "by": world.pao,
        "at": world.now,
        "user": world.minh,
        "agency": world.agencies["committee"],
        "starts_at": world.now + HOUR,
        "ends_at": world.now + 9 * HOUR,
        **changes,
    }


@pytest.mark.parametrize("name", ["lan", "minh", "hoa", "yen", "tuan", "kien", "son", "dung"])
def test_duty_is_not_set_by_others(world: World, name: str) -> None:
    """Dũng is the head of the police: the committee is not his."""
    with pytest.raises(Denied):
        set_duty(**duty(world, by=world.users[name], user=world.lan))


@pytest.mark.parametrize(("name", "office", "user"), [("mai", "committee", "lan"), ("pao", "police", "dung")])
def test_duty_is_set_by_those_who_answer_for_the_area(
    world: World, name: str, office: str, user: str
) -> None:
    shift = set_duty(
        **duty(world, by=world.users[name], agency=world.agencies[office], user=world.users[user])
    )

    assert shift.agency == world.agencies[office]


def test_illegal_shifts_are_refused(world: World) -> None:
    now = world.now
    assert code(set_duty, **duty(world, ends_at=now)) == "duty_dates"
    assert code(set_duty, **duty(world, ends_at=now + 50 * HOUR)) == "duty_dates"
    assert code(set_duty, **duty(world, starts_at=now - 9 * HOUR, ends_at=now)) == "duty_past"
    assert code(set_duty, **duty(world, user=world.hoa)) == "not_in_unit"
    with pytest.raises(Denied):
        set_duty(**duty(world, by=world.dung, user=world.dung, agency=world.agencies["police"]))
    set_duty(**duty(world))
    assert code(set_duty, **duty(world, starts_at=now + 8 * HOUR, ends_at=now + 12 * HOUR)) == "duty_overlap"
    set_duty(**duty(world, starts_at=now + 9 * HOUR, ends_at=now + 12 * HOUR))


def test_whoever_left_or_is_closed_is_not_put_on_duty(world: World) -> None:
    Membership.objects.filter(user=world.minh).update(valid_to=clock.local_date(world.now))
    assert code(set_duty, **duty(world)) == "not_in_unit"
    deactivate_user(user=world.lan, by=world.son, at=world.now)
    assert code(set_duty, **duty(world, user=world.lan)) == "not_in_unit"


def test_a_running_shift_ends_now_and_a_planned_one_goes(world: World) -> None:
    running = set_duty(**duty(world, starts_at=world.now - HOUR))
    planned = set_duty(
        **duty(world, starts_at=world.now + 20 * HOUR, ends_at=world.now + 24 * HOUR, user=world.lan)
    )
    assert principal(User.objects.get(username="minh"), world.now).seats[0].on_duty

    end_duty(shift=running, by=world.mai, at=world.now)
    end_duty(shift=planned, by=world.pao, at=world.now)

    assert not principal(User.objects.get(username="minh"), world.now).seats[0].on_duty
    assert [shift.ends_at for shift in DutyShift.objects.all()] == [world.now]
    assert code(end_duty, shift=running, by=world.pao, at=world.now) == "duty_over"


@pytest.mark.parametrize("name", ["minh", "dung", "tuan", "son"])
def test_a_shift_is_not_ended_by_others(world: World, name: str) -> None:
    shift = set_duty(**duty(world))
    with pytest.raises(Denied):
        end_duty(shift=shift, by=world.users[name], at=world.now)
