"""A copy of what an auditor found: lines that prove themselves, a workbook that is safe to open, both within bounds."""

import hashlib
import json
from io import BytesIO
from typing import Any

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from casework.audit import sequencer
from casework.audit.evidence import Walk, extract_breaks
from casework.audit.models import AuditEvent
from casework.audit.signing import trusted_keys
from casework.base import clock
from casework.cases.models import Case, ConflictLock
from casework.organisations.models import User
from casework.oversight import queries
from casework.oversight.actions import open_case_for_audit
from tests.casefile import doing
from tests.casefile.doing import signed_in, text_of
from tests.world import World

# Here the memory is signed as well, which on PostgreSQL is the job's and not the web server's.
pytestmark = pytest.mark.role("keeper")

REASON = "Kiểm tra theo đơn của người dân"


def copy(world: World, user: str = "kien", name: str = "audit-export", **asked: object) -> Any:
    sequencer.sequence(clock.now() + sequencer.HEARTBEAT)
    sent = {name: str(value) for name, value in asked.items()}
    return signed_in(world.users[user]).get(reverse(name), sent)


def look(world: World, case: Case, user: str) -> None:
    signed_in(world.users[user]).get(reverse("case-overview", args=[case.pk]))


def rows_of(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, text_of(answer)[:2000]
    return [json.loads(line) for line in answer.content.decode().splitlines()]


def sheet_of(answer: Any) -> Any:
    return load_workbook(BytesIO(answer.content)).worksheets[0]


def last_export() -> AuditEvent:
    return AuditEvent.objects.filter(action="audit.export", outcome=AuditEvent.READ).latest("pk")


# --- lines that prove themselves ---


@pytest.mark.parametrize("name", ["audit-export", "api:audit-export"])
def test_the_lines_are_what_was_found_and_prove_themselves(world: World, case: Case, name: str) -> None:
    look(world, case, "pao")
    look(world, case, "minh")

    answer = copy(world, name=name, case=case.pk)
    rows = rows_of(answer)
    events = [row["event"] for row in rows if "event" in row]
    expected = AuditEvent.objects.filter(case_id=case.pk).count() + 1
    assert (len(events), rows[0]["extract"]["events"]) == (expected, expected)
    assert rows[0]["extract"]["asked"] == {"case": str(case.pk)}
    walk = Walk()
    lines = answer.content.decode().splitlines()
    assert list(extract_breaks(lines, trusted_keys(), walk)) == []
    assert (walk.events, walk.leaves) == (expected, expected)
    assert answer["Content-Disposition"].startswith('attachment; filename="2')
    assert answer["Content-Type"] == "application/jsonl"


def test_the_copy_is_written_down_with_its_digest_before_it_is_given(world: World, case: Case) -> None:
    answer = copy(world, case=case.pk, outcome="done")

    told = last_export().detail
    assert told["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert told["filters"] == {"case": str(case.pk), "outcome": "done"}
    assert (told["form"], told["count"]) == (
        "jsonl",
        len(rows_of(answer)) - answer.content.count(b'"nodes"') - 1,
    )


def test_reasons_and_words_stay_sealed_in_both(world: World, case: Case) -> None:
    open_case_for_audit(by=world.kien, at=world.now, number=case.number, reason=REASON)
    signed_in(world.lan).post(reverse("search"), {"q": "Lò Thị Mẫu 1990"})

    day = clock.local_date(world.now)
    lines = copy(world, day=day).content.decode()
    book = load_workbook(BytesIO(copy(world, day=day, **{"as": "xlsx"}).content))
    cells = "\n".join(str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line)
    for words in (REASON, "Lò Thị Mẫu"):
        assert words not in lines
        assert words not in cells
    assert "Đỗ Trung Kiên" in cells


# --- a workbook that is safe to open ---


def test_the_workbook_says_what_was_done_by_whom_and_who_took_it(world: World, case: Case) -> None:
    look(world, case, "pao")

    sheet = sheet_of(copy(world, case=case.pk, actor=world.pao.pk, **{"as": "xlsx"}))
    assert str(sheet.cell(1, 1).value).startswith("Đỗ Trung Kiên xuất lúc")
    assert "Đỗ Trung Kiên" in str(sheet.oddFooter.left.text)
    titles = [cell.value for cell in sheet[2]]
    lines = [
        dict(zip(titles, [cell.value for cell in line], strict=True)) for line in sheet.iter_rows(min_row=3)
    ]
    opened = next(line for line in lines if "Tổng quan" in line["Việc đã làm"])
    event = AuditEvent.objects.filter(case_id=case.pk, actor=world.pao.pk, action="case.view").latest("pk")
    assert opened["Họ và tên"] == "Vàng A Páo"
    assert opened["Số hồ sơ"] == case.number
    assert opened["Khi nào"] == clock.local(event.ts).replace(tzinfo=None, microsecond=0)
    assert opened["Mã băm"] == bytes(event.hash).hex()
    assert last_export().detail["form"] == "xlsx"


@pytest.mark.parametrize(
    "name", ['=HYPERLINK("http://x","y")', "+1+1", "-2", "@SUM(A1)", "=cmd|' /C calc'!A0"]
)
def test_a_name_is_never_a_formula(world: World, case: Case, name: str) -> None:
    User.objects.filter(pk=world.pao.pk).update(full_name=name)
    look(world, case, "pao")

    answer = copy(world, case=case.pk, actor=world.pao.pk, **{"as": "xlsx"})
    cells = [cell for line in sheet_of(answer).iter_rows(min_row=3) for cell in line]
    assert {cell.data_type for cell in cells if cell.value == name} == {"s"}
    assert [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink] == []


# --- within bounds ---


def test_everything_at_once_is_not_copied_here(world: World, case: Case) -> None:
    for asked in ({}, {"outcome": "refused"}, {"action": "case.view"}):
        answer = copy(world, **asked)
        assert answer.status_code == 409
        assert "ở đây không xuất toàn bộ nhật ký" in text_of(answer)
        assert copy(world, name="api:audit-export", **asked).json()["code"] == "export_too_wide"
    assert not AuditEvent.objects.filter(action="audit.export", outcome=AuditEvent.READ).exists()
    desk = signed_in(world.kien).get(reverse("desk-auditor"))
    assert reverse("audit-export") not in text_of(desk)
    desk = signed_in(world.kien).get(reverse("desk-auditor"), {"case": str(case.pk)})
    assert f"{reverse('audit-export')}?case={case.pk}&amp;as=jsonl" in text_of(desk)


def test_more_than_the_bound_is_refused(world: World, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    for user in ("pao", "mai"):
        look(world, case, user)
    monkeypatch.setattr(queries, "MOST_EXPORTED", 2)

    answer = copy(world, case=case.pk)
    assert answer.status_code == 409
    assert "Có hơn 2 sự kiện" in text_of(answer)


@pytest.mark.parametrize("user", ["lan", "pao", "mai", "hoa", "son"])
def test_it_is_the_auditors(world: World, case: Case, user: str) -> None:
    for name in ("audit-export", "api:audit-export"):
        assert copy(world, user, name, case=case.pk).status_code == 403


def test_what_the_auditor_may_not_see_is_not_in_the_copy(world: World, case: Case) -> None:
    ConflictLock.objects.create(user=world.kien, case=case, at=world.now, source="declared")

    assert copy(world, case=case.pk).status_code == 404
    told = [row["event"]["case_id"] for row in rows_of(copy(world, actor=world.lan.pk)) if "event" in row]
    assert str(case.pk) not in told


@pytest.mark.parametrize("asked", [{"as": "pdf"}, {"day": "x"}])
def test_what_cannot_be_read_is_refused(world: World, case: Case, asked: dict[str, str]) -> None:
    assert copy(world, **asked).status_code == 400
    assert copy(world, name="api:audit-export", case=case.pk, other="1").status_code == 400


@pytest.mark.parametrize("form", ["jsonl", "xlsx"])
def test_a_longer_copy_costs_no_more_questions(world: World, case: Case, form: str) -> None:
    client, url = signed_in(world.kien), f"{reverse('audit-export')}?case={case.pk}&as={form}"
    look(world, case, "pao")
    sequencer.sequence(clock.now() + sequencer.HEARTBEAT)
    few = doing.queries_of(client, url)

    for user in ("mai", "minh", "lan", "dung"):
        look(world, case, user)
    sequencer.sequence(clock.now() + sequencer.HEARTBEAT)
    # At most one more checkpoint to read.
    assert doing.queries_of(client, url) <= few + 4
