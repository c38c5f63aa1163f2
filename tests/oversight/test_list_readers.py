"""Who looked at this file, for the person it is about: made by the lead or a supervisor, saying nothing of its content."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils.translation import override
from pypdf import PdfReader

from casework.audit.models import AuditEvent
from casework.base.clock import local_date
from casework.cases.actions import assign_case
from casework.cases.models import Case
from casework.oversight import plainly, queries
from casework.oversight.actions import open_case_for_audit
from casework.oversight.plainly import Look, by_day, said_of_refusals
from tests.casefile import doing
from tests.casefile.doing import signed_in, text_of
from tests.world import World

# The words stand in no name of a member of staff or an office of the cast.
TELLING = ("bạo lực", "Nguy cơ", "an toàn", "Mẫu", "cấm tiếp xúc")


def ask(world: World, case: Case, user: str = "lan", **answers: str) -> Any:
    today = local_date(world.now)
    days = {"since": f"{today - timedelta(days=30):%d/%m/%Y}", "until": f"{today:%d/%m/%Y}"}
    sent = {"asked_by": "victim", **days, "as": "page", **answers}
    return signed_in(world.users[user]).post(reverse("list-readers", args=[case.pk]), sent)


def look(world: World, case: Case, user: str) -> int:
    return signed_in(world.users[user]).get(reverse("case-risk", args=[case.pk])).status_code


def table(answer: Any) -> str:
    """What is printed of the page."""
    shown = text_of(answer)
    return shown[shown.index("<main") : shown.index("</main>")]


def test_it_tells_who_of_which_office_when_and_which_kind(world: World, case: Case) -> None:
    look(world, case, "pao")
    doing.note(world, case, "Đã gọi.")

    shown = table(ask(world, case))
    office = "Chủ tịch Ủy ban nhân dân cấp xã, UBND xã Mường Phăng"
    for words in ("Vàng A Páo", office, "đọc hồ sơ", "ghi vào hồ sơ"):
        assert words in shown


def test_it_says_nothing_of_what_is_in_the_file(world: World, case: Case) -> None:
    for user in ("pao", "mai", "lan"):
        look(world, case, user)

    shown = table(ask(world, case, "mai"))
    assert case.number in shown
    assert [word for word in TELLING if word in shown] == []


def test_the_pdf_tells_the_same(world: World, case: Case) -> None:
    look(world, case, "pao")

    answer = ask(world, case, **{"as": "pdf"})
    assert answer["Content-Disposition"] == f'attachment; filename="{case.number}.pdf"'
    reader = PdfReader(BytesIO(answer.content))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for words in ("Vàng A Páo", "Lò Thị Lan", case.number, "đọc hồ sơ"):
        assert words in text
    assert [word for word in TELLING if word in text] == []
    assert [word for word in TELLING if word in str(reader.metadata)] == []


def test_who_was_refused_is_counted_and_not_named(world: World, case: Case) -> None:
    assert "bị từ chối" not in table(ask(world, case))
    for _ in range(2):
        assert look(world, case, "minh") == 404

    shown = table(ask(world, case))
    assert "có 2 lần người không có quyền" in shown
    assert "Quàng Văn Minh" not in shown


def test_an_auditor_is_listed_without_the_reason(world: World, case: Case) -> None:
    open_case_for_audit(by=world.kien, at=world.now, number=case.number, reason="Nghi người nhà của chồng")
    look(world, case, "kien")

    shown = table(ask(world, case))
    assert "Đỗ Trung Kiên" in shown
    assert "ghi vào hồ sơ" not in shown[shown.index("Đỗ Trung Kiên") :].partition("</tr>")[0]
    assert "Nghi người nhà" not in shown


def test_the_memory_says_for_whom_it_was_made_and_for_which_days(world: World, case: Case) -> None:
    ask(world, case, asked_by="representative")

    made = AuditEvent.objects.get(action="case.list_readers", outcome=AuditEvent.DONE)
    assert (made.actor, made.case_id, made.detail["asked_by"]) == (world.lan.pk, case.pk, "representative")
    assert made.detail["until"] == local_date(world.now).isoformat()


# --- who may ---


@pytest.mark.parametrize(
    ("user", "status"),
    [("lan", 200), ("mai", 200), ("pao", 403), ("dung", 404), ("kien", 404), ("tuan", 404), ("son", 404)],
)
def test_the_lead_and_supervisors_make_it(world: World, case: Case, user: str, status: int) -> None:
    assert ask(world, case, user).status_code == status
    if user in ("lan", "mai", "pao"):
        tab = text_of(signed_in(world.users[user]).get(reverse("case-readers", args=[case.pk])))
        assert (reverse("list-readers", args=[case.pk]) in tab) is (status == 200)


def test_somebody_else_on_the_case_is_told_who_makes_it(world: World, case: Case) -> None:
    assign_case(case=doing.fresh(case), by=world.lan, at=world.now, user=world.minh)

    answer = ask(world, case, "minh")
    assert answer.status_code == 409
    assert "Người phụ trách hồ sơ hoặc người giám sát" in text_of(answer)
    tab = text_of(signed_in(world.minh).get(reverse("case-readers", args=[case.pk])))
    assert reverse("list-readers", args=[case.pk]) not in tab


@pytest.mark.parametrize("wrong", [{"asked_by": ""}, {"since": "x"}, {"until": "01/01/2020"}])
def test_wrong_days_are_said_beside_the_field(world: World, case: Case, wrong: dict[str, str]) -> None:
    answer = ask(world, case, **wrong)

    assert answer.status_code == 400
    assert "govuk-error-message" in text_of(answer)


def test_rest_tells_the_same_lines(world: World, case: Case) -> None:
    look(world, case, "pao")
    look(world, case, "minh")
    day = local_date(world.now).isoformat()

    def asked(user: str) -> Any:
        url = reverse("api:list-readers", args=[case.pk])
        body = {"asked_by": "victim", "since": day, "until": day}
        return signed_in(world.users[user]).post(url, body, content_type="application/json")

    body = asked("mai").json()
    line = next(line for line in body["lines"] if line["who"] == "Vàng A Páo")
    assert (line["day"], line["kinds"]) == (day, ["read"])
    assert body["refusals"]
    assert not body["is_cut"]
    assert [asked(user).status_code for user in ("pao", "minh", "kien")] == [403, 404, 404]


def test_it_costs_the_same_for_many_readers(world: World, case: Case, django_assert_num_queries: Any) -> None:
    day = local_date(world.now)
    look(world, case, "pao")
    with django_assert_num_queries(4):
        few = queries.readers_told_to_her(case, day, day)
    for user in ("mai", "minh", "lan"):
        look(world, case, user)
    with django_assert_num_queries(4):
        assert len(queries.readers_told_to_her(case, day, day).lines) > len(few.lines)


def test_more_than_a_paper_holds_is_said(world: World, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    look(world, case, "pao")
    monkeypatch.setattr(queries, "MOST_LINES", 1)

    assert "Danh sách dài hơn bản này" in table(ask(world, case))


# --- the rule ---


def at(hour: int, minute: int = 0, day: int = 5) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


def test_one_line_for_a_day_and_a_person_the_latest_day_first() -> None:
    lan, pao = UUID(int=1), UUID(int=2)
    looks = [
        Look(at(9, 30), lan, "case.view", is_reading=True),
        Look(at(8, 15), lan, "person.edit", is_reading=False),
        Look(at(10), lan, "person.reveal_address", is_reading=True),
        Look(at(11), lan, "file.open", is_reading=True),
        Look(at(7), pao, "case.view", is_reading=True),
        # Just after midnight in Viet Nam, still the day before in UTC.
        Look(at(0, 5, day=6), pao, "case.view", is_reading=True),
    ]

    lines = by_day(looks)
    assert [(line.day.day, line.actor) for line in lines] == [(6, pao), (5, pao), (5, lan)]
    assert (lines[0].hours, lines[2].hours) == ("00:05", "08:15–11:00")
    assert lines[2].kinds == (plainly.READ, plainly.WROTE, plainly.APART, plainly.COPY)
    with override("vi"):
        assert lines[1].words == "đọc hồ sơ"


@pytest.mark.parametrize(("count", "told"), [(0, ""), (3, "có 3 lần"), (101, "có hơn 100 lần")])
def test_refusals_are_told_to_a_bound(count: int, told: str) -> None:
    with override("vi"):
        said = said_of_refusals(count, 100)
    assert told in said
    assert bool(said) is bool(count)
