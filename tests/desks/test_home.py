"""The first page: what each role finds, what stands first, what it costs."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from casework.audit.models import AuditEvent
from casework.cases.actions import assign_case
from casework.cases.models import Case
from casework.desks import queries
from casework.organisations.models import Membership
from casework.referrals.actions import accept_referral
from tests.casefile import doing
from tests.casefile.doing import signed_in, text_of
from tests.world import SINCE, World


def home(world: World, user: str) -> str:
    answer = signed_in(world.users[user]).get(reverse("home"))
    assert answer.status_code == 200
    return text_of(answer)


def today(world: World, user: str = "lan") -> queries.Today:
    return queries.today_of(world.users[user], at=world.now)


def kinds(dues: Any) -> list[str]:
    return [due.kind for due in dues]


def test_strangers_sign_in_first(world: World, client) -> None:
    assert client.get(reverse("home")).status_code == 302


# --- right now ---


def test_what_is_overdue_and_due_within_twelve_hours_is_now(world: World, case: Case) -> None:
    doing.assess(world, case, "EXTREME", at=world.at(hours=30))

    assert kinds(today(world).now) == ["contact_due"]
    doing.met(world, case, at=world.at(hours=13))
    assert kinds(today(world).now) == ["contact_due"]
    doing.met(world, case, at=world.at(hours=11))
    assert kinds(today(world).now) == []


def test_the_longest_overdue_stands_first(world: World, case: Case) -> None:
    newer = world.case(at=world.at(hours=30))

    assert [due.case.pk for due in today(world).now] == [case.pk, newer.pk]


def test_what_waits_for_others_stands_apart(world: World, case: Case) -> None:
    doing.assess(world, case)
    doing.ask_for_ban(world, case, at=world.at(hours=1))

    found = today(world)
    assert kinds(found.others) == ["ban_decide"]
    assert "ban_decide" not in kinds(found.now)


def test_a_contact_is_told_with_the_safe_way(world: World, case: Case) -> None:
    doing.agree_contact(world, case)
    doing.assess(world, case, "EXTREME", at=world.at(hours=30))

    (due,) = today(world).now
    assert due.contact is not None
    assert due.contact.allowed
    assert "thư viện" in home(world, "lan")


def test_a_colleague_has_the_units_work_only_on_duty(world: World, case: Case) -> None:
    assert kinds(today(world, "minh").now) == []
    doing.on_duty(world, world.minh)
    assert kinds(today(world, "minh").now) == ["risk_assess_first"]


def test_the_police_answer_for_what_was_opened_to_them_for(world: World, case: Case) -> None:
    doing.assess(world, case, "EXTREME", at=world.at(hours=30))
    measure = doing.ban(world, case, at=world.at(hours=3))
    doing.serve(world, measure, "police_head", at=world.at(hours=2))

    found = today(world, "dung")
    assert kinds(found.now) == ["ban_monitor_assign"]
    assert "contact_due" in kinds(found.others)


# --- the rest of the day ---


def test_reports_assigned_to_me(world: World) -> None:
    report = world.assigned_report(at=world.at(hours=2))

    assert [row.report.pk for row in today(world).reports] == [report.pk]
    assert reverse("report-detail", args=[report.pk]) in home(world, "lan")


def test_answers_of_partners(world: World, case: Case) -> None:
    referral = doing.refer(world, case, at=world.at(hours=5))
    assert today(world).replies == []

    accept_referral(referral=referral, by=world.hoa, at=world.at(hours=4), answers={})
    assert [row.pk for row in today(world).replies] == [referral.pk]
    assert today(world, "minh").replies == []


# --- my cases ---


def test_my_cases_by_the_next_clock(world: World, case: Case) -> None:
    newer = world.case(at=world.at(hours=3))
    doing.assess(world, case)

    assert [line.case.pk for line in today(world).mine] == [newer.pk, case.pk]


def test_a_case_somebody_else_answers_for_is_not_mine(world: World, case: Case) -> None:
    assign_case(case=case, by=world.pao, at=world.now, user=world.minh, lead=True)

    assert today(world).mine == []
    assert [line.case.pk for line in today(world, "minh").mine] == [case.pk]


def test_names_are_not_on_the_page(world: World, case: Case) -> None:
    shown = home(world, "lan")

    assert case.number in shown
    assert "L.T.M." in shown
    assert "Lò Thị Mẫu" not in shown


@pytest.mark.parametrize("user", ["minh", "tuan", "son", "hoa", "kien", "dung"])
def test_others_learn_nothing_of_it(world: World, case: Case, user: str) -> None:
    assert case.number not in home(world, user)


# --- roles ---


def test_the_first_day_teaches(world: World) -> None:
    shown = home(world, "tuan")

    assert "app-empty" in shown
    assert reverse("report-new") in shown


def test_the_chair_finds_the_desk(world: World, case: Case) -> None:
    measure = doing.ask_for_ban(world, case)

    assert reverse("decide-ban", args=[measure.pk]) in home(world, "pao")


def test_the_supervisor_finds_the_figures(world: World, case: Case) -> None:
    assert f"{reverse('desk-supervisor')}#grave" not in home(world, "mai")
    doing.assess(world, case, "EXTREME")
    assert f"{reverse('desk-supervisor')}#grave" in home(world, "mai")


def test_the_partner_finds_new_referrals(world: World, case: Case) -> None:
    referral = doing.refer(world, case)

    assert reverse("referral-detail", args=[referral.pk]) in home(world, "hoa")
    assert reverse("referral-detail", args=[referral.pk]) not in home(world, "yen")


def test_the_auditor_finds_the_search(world: World) -> None:
    shown = home(world, "kien")

    assert reverse("desk-auditor") in shown
    assert reverse("audit-open-case") in shown


def test_the_administrator_is_told_to_see_no_case(world: World) -> None:
    assert reverse("report-new") not in home(world, "son")


def test_a_receiver_finds_what_they_took_today(world: World) -> None:
    Membership.objects.filter(user=world.yen).update(role="receiver", agency=world.agencies["committee"])
    assert "app-empty" in home(world, "yen")

    report = world.report(by=world.yen, at=world.at(hours=1))
    assert reverse("report-detail", args=[report.pk]) in home(world, "yen")


def test_two_roles_find_both_parts(world: World, case: Case) -> None:
    doing.refer(world, case)
    Membership.objects.create(
        user=world.lan, agency=world.agencies["hospital"], role="health_partner", valid_from=SINCE
    )

    shown = home(world, "lan")
    assert case.number in shown
    assert reverse("desk-partner") in shown


# --- memory and cost ---


def test_what_was_shown_is_remembered(world: World, case: Case) -> None:
    home(world, "lan")

    event = AuditEvent.objects.filter(action="home.view", actor=world.lan.pk).latest("pk")
    assert event.detail["shown"] == [str(case.pk)]


@pytest.mark.parametrize("user", ["lan", "pao", "mai"])
def test_it_costs_the_same_for_many_cases(world: World, case: Case, user: str) -> None:
    def busy(case: Case, ago: timedelta) -> None:
        at = world.now - ago
        doing.agree_contact(world, case)
        doing.assess(world, case, "EXTREME", at=at)
        doing.refer(world, case, at=at)
        doing.ban(world, case, at=world.at(hours=1))

    client, url = signed_in(world.users[user]), reverse("home")
    busy(case, timedelta(hours=30))
    world.assigned_report(at=world.at(hours=1))
    world.report(at=world.at(hours=1))
    few = doing.queries_of(client, url)

    for days in (3, 4, 5):
        busy(world.case(at=world.at(days=days)), timedelta(hours=40))
        world.assigned_report(at=world.at(hours=2))
        world.report(at=world.at(hours=2))

    assert doing.queries_of(client, url) == few


# --- who answers ---

NOBODY = "Hiện không có ai trực"


def test_whoever_sets_duty_is_told_while_nobody_answers_for_their_office(world: World) -> None:
    assert NOBODY in home(world, "pao")
    assert NOBODY not in home(world, "lan")

    doing.on_duty(world, world.minh)
    assert NOBODY not in home(world, "pao")
