"""The frame, the overview and the timeline: who sees them, what they say, what they cost."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from casework.access.grants import give
from casework.audit.models import AuditEvent
from casework.cases.actions import add_person, declare_conflict, open_case
from casework.cases.models import Case, CaseGroupGrant
from casework.cases.tabs import TABS as CASE_TABS
from casework.deadlines.queries import link
from tests.casefile import doing
from tests.casefile.doing import signed_in, text_of
from tests.ground import ground
from tests.world import World

TABS = ("case-overview", "case-timeline")


opened = ground(lambda world: world.case(at=world.at(days=3)))


def page(world: World, name: str, case: Case, user: str = "lan") -> str:
    answer = signed_in(world.users[user]).get(reverse(name, args=[case.pk]))
    assert answer.status_code == 200
    return text_of(answer)


def test_a_page_says_in_which_part_of_the_case_one_is(world: World, case: Case) -> None:
    lan = signed_in(world.lan)
    there = [url for tab in CASE_TABS if (url := link(tab.route, case.pk))]
    said = []
    for url in there:
        html = lan.get(url).content.decode()
        said += re.findall(r'<a class="moj-sub-navigation__link" href="([^"]+)" aria-current="page">', html)

    assert len(there) > 8
    assert said == there


# --- who may ---


@pytest.mark.parametrize("name", TABS)
@pytest.mark.parametrize("user", ["lan", "pao", "mai"])
def test_those_with_a_basis_open_it(world: World, case: Case, name: str, user: str) -> None:
    page(world, name, case, user)


@pytest.mark.parametrize("name", TABS)
@pytest.mark.parametrize("user", ["minh", "tuan", "son", "hoa", "kien"])
def test_for_the_others_there_is_no_such_case(world: World, case: Case, name: str, user: str) -> None:
    answer = signed_in(world.users[user]).get(reverse(name, args=[case.pk]))

    assert answer.status_code == 404
    assert case.number not in text_of(answer)


def test_a_colleague_on_duty_opens_it(world: World, case: Case) -> None:
    doing.on_duty(world, world.minh)

    page(world, "case-overview", case, "minh")


@pytest.mark.parametrize("name", TABS)
def test_the_reading_is_remembered_with_its_tab_and_basis(world: World, case: Case, name: str) -> None:
    page(world, name, case)

    event = AuditEvent.objects.filter(case_id=case.pk, outcome=AuditEvent.READ).latest("pk")
    assert (event.actor, event.detail) == (
        world.lan.pk,
        {"basis": "assigned", "page": name.removeprefix("case-")},
    )


# --- the frame ---


def test_the_head_tells_initials_and_never_a_name(world: World, case: Case) -> None:
    shown = page(world, "case-overview", case)

    assert "L.T.M." in shown
    assert "Lò Thị Mẫu" not in shown
    assert "Lường Văn Mẫu" not in shown


def test_the_title_of_the_page_tells_nothing(world: World, case: Case) -> None:
    shown = page(world, "case-overview", case)

    assert case.number not in shown[shown.index("<title>") : shown.index("</title>")]


def test_without_an_agreed_way_nobody_contacts_her(world: World, case: Case) -> None:
    assert "app-contact--no" in page(world, "case-overview", case)


def test_the_agreed_way_stands_in_the_head(world: World, case: Case) -> None:
    doing.agree_contact(world, case)

    shown = page(world, "case-timeline", case)
    assert "app-contact--yes" in shown
    assert "8:00-10:00" in shown


def test_the_next_clock_has_the_button_of_its_step(world: World, case: Case) -> None:
    assert reverse("assess-risk", args=[case.pk]) in page(world, "case-overview", case)


def test_who_may_not_take_the_step_has_no_button(world: World, case: Case) -> None:
    assert reverse("assess-risk", args=[case.pk]) not in page(world, "case-timeline", case, "mai")


def test_the_tabs_are_those_that_are_there(world: World, case: Case) -> None:
    shown = page(world, "case-timeline", case)

    assert f'href="{reverse("case-overview", args=[case.pk])}"' in shown
    assert f'href="{reverse("case-timeline", args=[case.pk])}" aria-current="page"' in shown


# --- the overview ---


def test_the_overview_says_what_is_wrong(world: World, case: Case) -> None:
    doing.assess(world, case, "EXTREME")

    shown = page(world, "case-overview", case)
    assert shown.count("app-notice--danger") == 1
    assert shown.count("app-notice--warning") == 2


def test_the_overview_falls_silent_when_things_are_put_right(world: World, case: Case) -> None:
    doing.assess(world, case, "EXTREME")
    doing.agree_contact(world, case)
    doing.met(world, case)
    doing.ban(world, case)

    assert "app-notice--" not in page(world, "case-overview", case)


def test_what_waits_for_others_has_no_button(world: World, case: Case) -> None:
    measure = doing.ask_for_ban(world, case)
    decide = reverse("decide-ban", args=[measure.pk])

    assert decide not in page(world, "case-overview", case)
    assert decide in page(world, "case-overview", case, "pao")


def test_a_report_is_a_link_only_for_those_who_may_read_it(world: World, case: Case) -> None:
    report = case.report_links.everything(reason="test").get().report
    give(CaseGroupGrant, case, to=world.agencies["police"], by=world.pao, at=world.now, source="test")
    link = reverse("report-detail", args=[report.pk])

    assert link in page(world, "case-overview", case)
    shown = page(world, "case-overview", case, "dung")
    assert report.code in shown
    assert link not in shown


def linked(world: World, case: Case) -> Case:
    """A later case of the same two people."""
    report = world.assigned_report(at=world.at(days=1))
    known = {
        row.pk: world.victim(case) if row.role == "victim" else world.perpetrator(case)
        for row in report.people.everything(reason="test")
    }
    return open_case(report=report, by=world.lan, at=world.at(days=1), known=known)


def test_an_earlier_case_of_the_pair_is_linked_both_ways(world: World, case: Case) -> None:
    later = linked(world, case)

    assert case.number in page(world, "case-overview", later)
    assert later.number in page(world, "case-overview", case)


def test_of_a_linked_case_one_may_not_see_nothing_is_said(world: World, case: Case) -> None:
    later = linked(world, case)
    declare_conflict(case=later, by=world.mai, at=world.now)

    assert later.number not in page(world, "case-overview", case, "mai")


def test_the_overview_costs_the_same_for_a_long_case(world: World, case: Case) -> None:
    client = signed_in(world.lan)
    url = reverse("case-overview", args=[case.pk])
    doing.assess(world, case, at=world.at(hours=30))
    doing.incident(world, case)
    doing.met(world, case)
    doing.ban(world, case, at=world.at(hours=20))
    doing.refer(world, case)
    short = doing.queries_of(client, url)

    for hours in (1, 2, 3):
        doing.incident(world, case, at=world.at(hours=hours))
        doing.met(world, case, at=world.at(hours=hours))
        add_person(
            case=doing.fresh(case),
            by=world.lan,
            at=world.now,
            answers={"role": "child", "full_name": f"Lường Con {hours}"},
        )

    assert doing.queries_of(client, url) <= short


# --- the timeline ---


def test_the_timeline_tells_everything_newest_first(world: World, case: Case) -> None:
    doing.incident(world, case, at=world.at(days=2))
    doing.assess(world, case, at=world.at(hours=40))
    measure = doing.ban(world, case, at=world.at(hours=30))
    doing.serve(world, measure, "victim", at=world.at(hours=29))
    doing.met(world, case, at=world.at(hours=20))
    doing.refer(world, case, at=world.at(hours=10))
    doing.note(world, case, "Đã gọi trưởng bản.")

    shown = page(world, "case-timeline", case)
    places = [
        shown.index(word)
        for word in ("Đã gọi trưởng bản.", "Bệnh viện Đa khoa", "Gặp ở trạm y tế.", measure.number, "Hành hạ")
    ]
    assert places == sorted(places)


def test_a_confidential_note_stays_in_its_agency(world: World, case: Case) -> None:
    doing.note(world, case, "Chỉ cơ quan tôi biết.", confidential=True)

    assert "Chỉ cơ quan tôi biết." in page(world, "case-timeline", case)
    assert "Chỉ cơ quan tôi biết." not in page(world, "case-timeline", case, "mai")


def test_the_timeline_goes_on_where_it_stopped(world: World, case: Case) -> None:
    for hour in range(45):
        doing.met(world, case, at=world.now - timedelta(hours=45 - hour), remark=f"Lần {hour}.")
    client, url = signed_in(world.lan), reverse("case-timeline", args=[case.pk])

    first = text_of(client.get(url))
    after = first[first.index("?after=") :].split('"')[0]
    second = text_of(client.get(url + after))

    assert "Lần 44." in first
    assert "Lần 0." not in first
    assert "Lần 0." in second
    assert "Lần 44." not in second


@pytest.mark.parametrize("cursor", ["x", "MjAyNg==", "LQ=="])
def test_a_cursor_that_is_not_ours_is_refused(world: World, case: Case, cursor: str) -> None:
    url = reverse("case-timeline", args=[case.pk])

    assert signed_in(world.lan).get(url, {"after": cursor}).status_code == 400


def test_the_timeline_costs_the_same_for_a_long_case(world: World, case: Case) -> None:
    client, url = signed_in(world.lan), reverse("case-timeline", args=[case.pk])
    doing.met(world, case)
    doing.note(world, case, "Một.")
    short = doing.queries_of(client, url)

    for _ in range(4):
        doing.met(world, case)
        doing.note(world, case, "Hai.")
        doing.incident(world, case)

    assert doing.queries_of(client, url) <= short


def test_who_took_the_report_is_not_told(world: World) -> None:
    report = world.report(by=world.pao, at=world.at(days=2))
    doing.assign(world, report)
    case = open_case(report=report, by=world.lan, at=world.at(days=2))

    shown = page(world, "case-timeline", case)
    assert report.code in shown
    assert "Vàng A Páo" not in shown
