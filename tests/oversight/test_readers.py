"""Who looked: what the tab of a case tells, to whom it opens a reason, what it costs."""

from datetime import timedelta

import pytest
from django.urls import reverse

from casework.cases.models import Case
from casework.oversight.actions import open_case_for_audit
from tests.casefile import doing
from tests.casefile.doing import signed_in, text_of
from tests.world import World

REASON = "Kiểm tra theo đơn"


def readers(world: World, case: Case, user: str = "lan") -> str:
    answer = signed_in(world.users[user]).get(reverse("case-readers", args=[case.pk]))
    assert answer.status_code == 200
    return text_of(answer)


def look(world: World, case: Case, user: str) -> int:
    return signed_in(world.users[user]).get(reverse("case-overview", args=[case.pk])).status_code


def test_it_tells_who_in_which_office_and_on_which_basis(world: World, case: Case) -> None:
    look(world, case, "pao")

    shown = readers(world, case)
    assert "Vàng A Páo" in shown
    assert "Chủ tịch Ủy ban nhân dân cấp xã, UBND xã Mường Phăng" in shown
    assert "phụ trách địa bàn" in shown


def test_refusals_are_marked(world: World, case: Case) -> None:
    assert look(world, case, "minh") == 404

    shown = readers(world, case)
    assert "Quàng Văn Minh" in shown
    assert "app-state--danger" in shown


def test_looking_is_itself_seen_the_next_time(world: World, case: Case) -> None:
    readers(world, case, "mai")

    assert "Lường Thị Mai" in readers(world, case)


@pytest.mark.parametrize("user", ["minh", "tuan", "son", "hoa", "kien"])
def test_for_the_others_there_is_no_such_case(world: World, case: Case, user: str) -> None:
    answer = signed_in(world.users[user]).get(reverse("case-readers", args=[case.pk]))

    assert answer.status_code == 404


def test_a_reason_is_read_by_the_lead_and_supervisors_only(world: World, case: Case) -> None:
    open_case_for_audit(by=world.kien, at=world.now, number=case.number, reason=REASON)
    signed_in(world.kien).get(reverse("case-overview", args=[case.pk]))
    doing.on_duty(world, world.minh)

    # The reason stands on the opening; the readings under it tell their basis.
    shown = readers(world, case)
    assert "Đỗ Trung Kiên" in shown
    assert "mở có lý do, có thời hạn" in shown
    assert REASON in shown
    assert REASON in readers(world, case, "mai")
    assert REASON not in readers(world, case, "minh")
    assert REASON not in readers(world, case, "pao")


def test_it_costs_the_same_for_many_readers(world: World, case: Case) -> None:
    client, url = signed_in(world.lan), reverse("case-readers", args=[case.pk])
    look(world, case, "pao")
    look(world, case, "minh")
    few = doing.queries_of(client, url)

    for user in ("mai", "dung", "tuan", "hoa", "pao"):
        look(world, case, user)

    assert doing.queries_of(client, url) == few


def test_it_goes_on_where_it_stopped(world: World, case: Case) -> None:
    for minute in range(60):
        open_case_for_audit(
            by=world.kien,
            at=world.now - timedelta(minutes=120 - minute),
            number=case.number,
            reason=f"Lý do {minute}.",
        )
    client, url = signed_in(world.lan), reverse("case-readers", args=[case.pk])

    first = text_of(client.get(url))
    second = text_of(client.get(url + first[first.index("?after=") :].split('"')[0]))
    assert "Lý do 59." in first
    assert "Lý do 0." not in first
    assert "Lý do 0." in second
