"""The auditor: searching the memory of an area, opening a case with a reason, asking whether a chain is whole."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from casework.access.decisions import may
from casework.accounts.actions import add_agency, add_user
from casework.audit.models import AuditEvent
from casework.base.clock import local_date
from casework.base.refusals import Denied, NotVisible, Refused
from casework.cases.models import Case, ConflictLock
from casework.organisations.models import User
from casework.oversight import queries
from casework.oversight.actions import READABLE_FOR, open_case_for_audit
from tests.audit.tampering import tamper
from tests.casefile import doing
from tests.casefile.doing import signed_in, text_of
from tests.world import SINCE, World, with_password

REASON = "Kiểm tra theo đơn của người dân"


@pytest.fixture
def other_auditor(world: World) -> User:
    """An auditor of Sơn La."""
    area = world.elsewhere.parent
    assert area is not None
    office = add_agency(
        by=world.son, at=world.now, kind="province_department", name="Thanh tra Sơn La", area=area
    )
    return with_password(
        add_user(
            by=world.son,
            at=world.now,
            username="quan",
            full_name="Hà Minh Quân",
            agency=office,
            role="auditor",
            since=SINCE,
            is_demo=True,
        )
    )


def lock(world: World, case: Case, user: User) -> None:
    ConflictLock.objects.create(user=user, case=case, at=world.now, source="declared")


# --- opening a case ---


def test_a_case_is_readable_for_an_hour(world: World, case: Case) -> None:
    open_case_for_audit(by=world.kien, at=world.now, number=case.number, reason=REASON)

    assert may(world.kien, "case.view", case, at=world.now).basis == "temporary"
    assert may(world.kien, "case.view", case, at=world.now + READABLE_FOR - timedelta(seconds=1))
    assert not may(world.kien, "case.view", case, at=world.now + READABLE_FOR)
    assert not may(world.kien, "case.edit", case, at=world.now)


def test_the_reason_is_sealed_in_the_memory_of_the_case(world: World, case: Case) -> None:
    open_case_for_audit(by=world.kien, at=world.now, number=case.number, reason=REASON)

    event = AuditEvent.objects.get(action="audit.open_case", case_id=case.pk)
    assert REASON.encode() not in bytes(event.reason)
    assert queries.told([event], opens_reasons=True)[0].reason == REASON
    assert queries.told([event], opens_reasons=False)[0].reason == ""


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_without_a_reason_nothing_opens(world: World, case: Case, reason: str) -> None:
    with pytest.raises(Refused) as refusal:
        open_case_for_audit(by=world.kien, at=world.now, number=case.number, reason=reason)

    assert refusal.value.code == "reason_missing"


@pytest.mark.parametrize("user", ["lan", "minh", "dung", "pao", "hoa", "tuan", "mai", "son"])
def test_nobody_else_opens_a_case_this_way(world: World, case: Case, user: str) -> None:
    with pytest.raises(Denied):
        open_case_for_audit(by=world.users[user], at=world.now, number=case.number, reason=REASON)


def test_no_such_number_another_area_and_a_conflict_are_one_answer(
    world: World, case: Case, other_auditor: User
) -> None:
    lock(world, case, world.kien)

    for by, number in (
        (world.kien, "99999-2026-0001"),
        (world.kien, case.number),
        (other_auditor, case.number),
    ):
        with pytest.raises(NotVisible):
            open_case_for_audit(by=by, at=world.now, number=number, reason=REASON)


def test_a_conflict_found_later_closes_it_at_once(world: World, case: Case) -> None:
    open_case_for_audit(by=world.kien, at=world.now, number=case.number, reason=REASON)
    lock(world, case, world.kien)

    assert not may(world.kien, "case.view", case, at=world.now)


def test_the_page_opens_and_says_until_when(world: World, case: Case) -> None:
    client = signed_in(world.kien)

    answer = client.post(reverse("audit-open-case"), {"number": case.number, "reason": REASON}, follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain == [(reverse("case", args=[case.pk]), 302)]
    assert "Bạn đọc hồ sơ này vì lý do đã ghi" in text_of(answer)


@pytest.mark.parametrize("number", ["99999-2026-0001", ""])
def test_a_wrong_number_keeps_what_was_typed(world: World, case: Case, number: str) -> None:
    answer = signed_in(world.kien).post(reverse("audit-open-case"), {"number": number, "reason": REASON})

    assert answer.status_code == 400
    assert REASON in text_of(answer)


def test_a_case_found_on_the_desk_is_already_named(world: World, case: Case) -> None:
    answer = signed_in(world.kien).get(reverse("audit-open-case"), {"case": str(case.pk)})

    assert case.number in text_of(answer)


# --- the desk ---


def desk(world: World, user: str = "kien", **asked: str) -> Any:
    return signed_in(world.users[user]).get(reverse("desk-auditor"), asked)


@pytest.mark.parametrize("user", ["lan", "minh", "dung", "pao", "hoa", "tuan", "mai", "son"])
@pytest.mark.parametrize("name", ["desk-auditor", "audit-open-case"])
def test_the_desk_is_the_auditors(world: World, user: str, name: str) -> None:
    assert signed_in(world.users[user]).get(reverse(name)).status_code == 403


def test_it_tells_what_was_done_and_read(world: World, case: Case) -> None:
    signed_in(world.lan).get(reverse("case-overview", args=[case.pk]))

    shown = text_of(desk(world))
    assert f"Lò Thị Lan mở mục Tổng quan của hồ sơ {case.number}" in shown
    assert "Lò Thị Lan thụ lý tin báo, lập hồ sơ" in shown


def test_it_never_tells_a_name_of_a_party(world: World, case: Case) -> None:
    shown = text_of(desk(world))

    assert "Lò Thị Mẫu" not in shown
    assert "Lường Văn Mẫu" not in shown


def test_a_search_is_posted_and_shown_under_ids(world: World, case: Case) -> None:
    asked = {"number": case.number, "actor": str(world.lan.pk), "day": "", "action": "", "outcome": "read"}

    answer = signed_in(world.kien).post(reverse("desk-auditor"), asked)
    assert answer.status_code == 302
    assert answer["Location"] == (
        f"{reverse('desk-auditor')}?case={case.pk}&actor={world.lan.pk}&outcome=read"
    )


def test_an_unknown_number_is_said_beside_the_field(world: World, case: Case) -> None:
    answer = signed_in(world.kien).post(reverse("desk-auditor"), {"number": "99999-2026-0001"})

    assert answer.status_code == 400
    assert "99999-2026-0001" in text_of(answer)


def found(world: World, user: User | None = None, **search: Any) -> list[tuple[str, str]]:
    page = queries.events_for(user or world.kien, queries.Search(**search), at=world.now)
    return [(event.who, event.action) for event in page.rows]


def test_by_case_person_action_day_and_outcome(world: World, case: Case) -> None:
    signed_in(world.lan).get(reverse("case-overview", args=[case.pk]))
    signed_in(world.minh).get(reverse("case-overview", args=[case.pk]))
    another = world.case(at=world.at(days=1))

    of_case = found(world, case=case)
    assert ("Lò Thị Lan", "case.view") in of_case
    assert ("Quàng Văn Minh", "case.view") in of_case
    assert ("Lò Thị Lan", "report.open_case") in of_case
    assert {who for who, _action in found(world, actor=world.minh)} == {"Quàng Văn Minh"}
    assert {action for _who, action in found(world, action="report.open_case")} == {"report.open_case"}
    assert found(world, case=case, outcome="refused") == [("Quàng Văn Minh", "case.view")]
    yesterday = local_date(another.opened_at)
    assert ("Lò Thị Lan", "report.open_case") in found(world, day=yesterday)
    assert ("Lò Thị Lan", "case.view") not in found(world, day=local_date(case.opened_at))


def test_another_province_has_its_own_auditor(world: World, case: Case, other_auditor: User) -> None:
    signed_in(world.tuan).get(reverse("case-overview", args=[case.pk]))

    assert {who for who, _action in found(world, other_auditor)} == {"Trần Anh Tuấn"}
    assert "Trần Anh Tuấn" not in {who for who, _action in found(world)}
    # Of a case of one's own area every visitor is told, wherever they come from.
    assert ("Trần Anh Tuấn", "case.view") in found(world, case=case)


def test_of_a_case_locked_against_the_auditor_nothing_is_told(world: World, case: Case) -> None:
    signed_in(world.minh).get(reverse("case-overview", args=[case.pk]))
    lock(world, case, world.kien)

    assert "report.open_case" not in {action for _who, action in found(world)}
    assert found(world, actor=world.minh) == []
    assert desk(world, case=str(case.pk)).status_code == 404


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"case": "x"}, 404),
        ({"case": str(uuid4())}, 404),
        ({"actor": str(uuid4())}, 404),
        ({"day": "27/03/2026"}, 400),
        ({"action": "x"}, 400),
        ({"outcome": "x"}, 400),
        ({"after": "x"}, 400),
    ],
)
def test_an_address_that_was_changed_by_hand(world: World, asked: Mapping[str, str], status: int) -> None:
    assert desk(world, **asked).status_code == status


def test_a_person_of_another_province_cannot_be_asked_about(world: World) -> None:
    assert desk(world, actor=str(world.tuan.pk)).status_code == 404


def test_the_search_itself_is_remembered(world: World, case: Case) -> None:
    desk(world, case=str(case.pk), outcome="read")

    event = AuditEvent.objects.filter(action="audit.read", actor=world.kien.pk).latest("pk")
    assert event.detail["filters"] == {"case": str(case.pk), "outcome": "read"}


def test_it_goes_on_where_it_stopped(world: World, case: Case) -> None:
    for _ in range(5):
        signed_in(world.lan).get(reverse("case-overview", args=[case.pk]))
    whole = queries.events_for(world.kien, queries.Search(), size=100, at=world.now).rows

    pieces, after = [], ""
    while True:
        piece = queries.events_for(world.kien, queries.Search(), after=after, size=4, at=world.now)
        pieces += piece.rows
        after = piece.next
        if not after:
            break
    assert pieces == whole


def test_the_desk_costs_the_same_however_much_is_remembered(world: World, case: Case) -> None:
    client, url = signed_in(world.kien), reverse("desk-auditor") + "?outcome=read"
    signed_in(world.lan).get(reverse("case-overview", args=[case.pk]))
    few = doing.queries_of(client, url)

    for days in (3, 4, 5):
        another = world.case(at=world.at(days=days))
        signed_in(world.pao).get(reverse("case-overview", args=[another.pk]))

    assert doing.queries_of(client, url) == few


# --- is the chain whole? ---


def test_a_whole_chain_is_told_with_its_length(world: World, case: Case) -> None:
    events = AuditEvent.objects.filter(case_id=case.pk).count()

    assert queries.chain_of(case) == queries.Chain(events)
    shown = text_of(desk(world, case=str(case.pk), verify="1"))
    assert f"Nhật ký của hồ sơ nguyên vẹn đến sự kiện {events}." in shown


def test_an_event_changed_by_plain_sql_is_found(world: World, case: Case) -> None:
    doing.met(world, case)
    event = AuditEvent.objects.filter(case_id=case.pk).latest("pk")
    assert tamper("UPDATE {events} SET action = 'note.write' WHERE id = %s", [event.pk]) == 1

    assert queries.chain_of(case).broken_at == event.chain_seq
    assert "app-state--danger" in text_of(desk(world, case=str(case.pk), verify="1"))


def test_other_chains_are_not_walked(world: World, case: Case) -> None:
    another = world.case(at=world.at(days=1))

    assert queries.chain_of(another).events == AuditEvent.objects.filter(case_id=another.pk).count()


# --- REST ---


def api(user: User, name: str, **asked: str) -> Any:
    return signed_in(user).get(reverse(f"api:{name}"), asked)


def test_rest_tells_the_same_events(world: World, case: Case) -> None:
    signed_in(world.lan).get(reverse("case-overview", args=[case.pk]))

    body = api(world.kien, "audit-events", case=str(case.pk), action="case.view").json()
    (event,) = body["results"]
    assert event["sentence"] == f"Lò Thị Lan mở mục Tổng quan của hồ sơ {case.number}"
    assert (event["basis"], event["case"], event["outcome"]) == ("assigned", str(case.pk), "read")


@pytest.mark.parametrize("user", ["lan", "pao", "mai", "hoa", "son"])
def test_rest_is_the_auditors(world: World, user: str) -> None:
    assert api(world.users[user], "audit-events").status_code == 403


def test_rest_opens_a_case_once(world: World, case: Case) -> None:
    client = signed_in(world.kien)
    url = reverse("api:audit-open-case")
    body = {"number": case.number, "reason": REASON}
    key = {"Idempotency-Key": "open-it-once"}

    assert client.post(url, body, content_type="application/json").status_code == 400
    first = client.post(url, body, content_type="application/json", headers=key)
    again = client.post(url, body, content_type="application/json", headers=key)

    assert (first.status_code, first.json()["number"]) == (201, case.number)
    assert again.json() == first.json()
    assert AuditEvent.objects.filter(action="audit.open_case", case_id=case.pk).count() == 1


def test_rest_answers_an_unknown_number_like_a_hidden_one(world: World, case: Case) -> None:
    answer = signed_in(world.kien).post(
        reverse("api:audit-open-case"),
        {"number": "99999-2026-0001", "reason": REASON},
        content_type="application/json",
        headers={"Idempotency-Key": "open-it-once"},
    )

    assert answer.status_code == 404
