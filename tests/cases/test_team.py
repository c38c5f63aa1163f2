"""Who works on a case: given, taken, handed over, sealed, locked; each holds from the same instant."""

from typing import Any

import pytest

from casework.access.decisions import may
from casework.access.grants import give
from casework.base.refusals import NotVisible, Refused
from casework.cases import actions, queries
from casework.cases.models import Assignment, Case, CaseGroupGrant, CaseUserGrant, ConflictLock, Transfer
from casework.organisations.models import User
from tests.cases.acting import on_duty, row
from tests.world import World


def sees(world: World, case: Case) -> set[str]:
    return {name for name, user in world.users.items() if may(user, "case.view", case)}


def assign(world: World, case: Case, user: User, **more: Any) -> Case:
    return actions.assign_case(case=case, by=world.lan, at=world.now, user=user, **more)


def test_only_those_on_the_case_the_chair_and_the_province_see_it(world: World, case: Case):
    assert sees(world, case) == {"lan", "pao", "mai"}


def test_a_colleague_sees_it_while_on_duty_and_no_longer(world: World, case: Case):
    on_duty(world, world.minh)
    assert sees(world, case) == {"lan", "minh", "pao", "mai"}
    assert not may(world.minh, "case.view", case, at=world.at(hours=-9))


def test_whoever_is_put_on_it_sees_it_and_whoever_is_taken_off_does_not(world: World, case: Case):
    assign(world, case, world.minh)
    assert "minh" in sees(world, case)

    actions.release_case(case=case, by=world.lan, at=world.now, user=world.minh)

    assert "minh" not in sees(world, case)
    assert row(Assignment, case=case, user=world.minh).ended_at == world.now


def test_a_new_lead_answers_for_it_and_the_old_one_stays(world: World, case: Case):
    assign(world, case, world.minh, lead=True)

    case = row(Case, pk=case.pk)
    assert case.lead_id == world.minh.pk
    leads = Assignment.objects.everything(reason="test").filter(case=case, is_lead=True)
    assert [lead.user_id for lead in leads] == [world.minh.pk]
    assert {"lan", "minh"} <= sees(world, case)


def test_assigning_twice_is_one_assignment(world: World, case: Case):
    assign(world, case, world.minh)
    assign(world, case, world.minh)

    assert Assignment.objects.everything(reason="test").filter(case=case, user=world.minh).count() == 1
    assert CaseUserGrant.objects.filter(content_object=case, user=world.minh).count() == 1


def test_the_lead_is_replaced_before_leaving(world: World, case: Case):
    with pytest.raises(Refused, match="lead_stays"):
        actions.release_case(case=case, by=world.pao, at=world.now, user=world.lan)
    with pytest.raises(Refused, match="not_assigned"):
        actions.release_case(case=case, by=world.lan, at=world.now, user=world.minh)


@pytest.mark.parametrize("name", ["pao", "mai", "hoa", "kien", "son"])
def test_only_people_who_work_on_cases_are_put_on_one(world: World, case: Case, name: str):
    with pytest.raises(Refused, match="not_a_worker"):
        assign(world, case, world.users[name])


def test_a_transfer_takes_everything_from_the_old_unit_at_once(world: World, case: Case):
    assign(world, case, world.minh)
    assign(world, case, world.dung)
    give(CaseGroupGrant, case, to=world.agencies["committee"], by=None, at=world.now, source="test")

    actions.transfer_case(
        case=case,
        by=world.lan,
        at=world.now,
        to_unit=world.agencies["elsewhere"],
        lead=world.tuan,
        kind="moved",
        reason="Người bị bạo lực gia đình đã chuyển nơi ở",
    )

    case = row(Case, pk=case.pk)
    # Another province: neither the old chair nor the old supervisor answers for it any more.
    assert sees(world, case) == {"tuan"}
    assert (case.unit, case.commune, case.lead) == (world.agencies["elsewhere"], world.elsewhere, world.tuan)
    told = row(Transfer, case=case)
    assert (told.from_unit, told.kind) == (world.agencies["committee"], "moved")
    with pytest.raises(NotVisible):
        actions.edit_case(case=case, by=world.lan, at=world.now, answers={"origin": "transfer"})


def test_a_transfer_needs_another_unit_and_a_lead_in_it(world: World, case: Case):
    how: dict[str, Any] = {"case": case, "by": world.mai, "at": world.now, "kind": "moved", "reason": "x"}

    with pytest.raises(Refused, match="same_unit"):
        actions.transfer_case(to_unit=world.agencies["committee"], lead=world.minh, **how)
    with pytest.raises(Refused, match="lead_not_in_unit"):
        actions.transfer_case(to_unit=world.agencies["elsewhere"], lead=world.minh, **how)
    with pytest.raises(Refused, match="lead_not_in_unit"):
        actions.transfer_case(to_unit=world.agencies["department"], lead=world.mai, **how)


def test_a_sealed_case_is_hidden_from_the_chair_and_from_duty(world: World, case: Case):
    on_duty(world, world.minh)

    actions.seal_case(case=case, by=world.pao, at=world.now, reason="Có người quen trong xã")

    assert sees(world, row(Case, pk=case.pk)) == {"lan", "mai"}
    with pytest.raises(Refused, match="already_sealed"):
        actions.seal_case(case=row(Case, pk=case.pk), by=world.mai, at=world.now, reason="Lần nữa")


@pytest.mark.parametrize("name", ["minh", "pao", "mai"])
def test_whoever_is_close_to_a_party_declares_it_and_the_case_is_gone(world: World, case: Case, name: str):
    user = world.users[name]
    if name == "minh":
        assign(world, case, user)
        on_duty(world, user)

    actions.declare_conflict(case=case, by=user, at=world.now)

    assert name not in sees(world, case)
    assert not Case.objects.visible_to(user).filter(pk=case.pk).exists()
    assert ConflictLock.objects.get(case=case).source == "declared"
    with pytest.raises(Refused, match="conflict_of_interest" if name == "minh" else "not_a_worker"):
        assign(world, case, user)


def test_the_lead_names_another_before_declaring(world: World, case: Case):
    with pytest.raises(Refused, match="lead_stays"):
        actions.declare_conflict(case=case, by=world.lan, at=world.now)

    assign(world, case, world.minh, lead=True)
    actions.declare_conflict(case=row(Case, pk=case.pk), by=world.lan, at=world.now)
    assert "lan" not in sees(world, case)


def test_the_team_is_shown_lead_first_and_offers_who_is_not_on_it(world: World, case: Case):
    assign(world, case, world.dung)
    assign(world, case, world.minh)
    actions.release_case(case=case, by=world.lan, at=world.now, user=world.dung)

    team = queries.team_of(world.lan, case)

    assert [one.user.username for one in team.present] == ["lan", "minh"]
    assert [one.user.username for one in team.past] == ["dung"]
    assert {seat.user.username for seat in queries.assignable(case, at=world.now)} == {"dung"}
    units = queries.units_with_workers(case, at=world.now)
    assert [unit.name for unit in units] == [
        world.agencies["police"].name,
        world.agencies["elsewhere"].name,
    ]
    assert queries.workers_of(world.agencies["elsewhere"], at=world.now) == [world.tuan]
