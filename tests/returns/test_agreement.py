"""Tile, list, return, paper and REST: one definition each, so that they always agree; and the edges of the period."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from docx import Document
from openpyxl import load_workbook

from casework.audit.models import AuditEvent
from casework.base.dates import midnight
from casework.cases.actions import seal_case
from casework.incidents.actions import record_incident
from casework.returns import catalogue, queries
from casework.returns.catalogue import COMMUNE, FIGURE, form, forms
from casework.returns.models import OfficialReturn
from casework.statistics.figures import PREDICATES, window
from casework.statistics.queries import cases_behind as cases_today
from casework.statistics.queries import return_of
from tests.returns.making import ANSWER, in_period, last_year, prepared, received
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db


def lived(world: World) -> None:
    """Two cases of the period with their incidents, and one the day before it."""
    for at, acts in (
        (in_period(world), ["A01", "A02"]),
        (in_period(world) + timedelta(hours=5), ["A13"]),
        (in_period(world) - timedelta(days=365), ["A01"]),
    ):
        case = world.case(at=at)
        record_incident(
            case=case,
            by=world.lan,
            at=at,
            answers={"happened_at": at - timedelta(hours=3), "area": world.commune, "acts": acts},
        )


def client_of(world: World, name: str) -> Client:
    client = Client()
    assert client.login(username=name, password=PASSWORD)
    return client


def get(client: Client, name: str, *args: object, **query: str) -> Any:
    return client.get(reverse(name, args=args), query)


def rows_of(content: bytes) -> dict[str, int]:
    """Row words -> total, of the sheet of a workbook."""
    found = {}
    for row in load_workbook(BytesIO(content)).worksheets[0].iter_rows(values_only=True):
        if row[1] and isinstance(row[2], int):
            found[f"{row[0] or ''}|{str(row[1]).splitlines()[0]}"] = row[2]
    return found


def rows_of_word(content: bytes) -> dict[str, int]:
    (table,) = Document(BytesIO(content)).tables
    cells = [[cell.text for cell in row.cells] for row in table.rows[1:]]
    return {f"{no}|{words.splitlines()[0]}": int(value) for no, words, value, *_more in cells if value}


@pytest.mark.parametrize("code", ["commune_year", "province_year"])
def test_for_every_row_everything_says_the_same(world: World, code: str) -> None:
    lived(world)
    record = received(world, code)
    area, days = record.area, last_year(world)
    client = client_of(world, "mai")
    today = {line.row.row: line.total for line in return_of(area, days).lines if line.row.row}
    page = get(client, "return", record.pk)
    shown = {row["line"].row.row: row["line"].value for row in page.context["lines"] if row["line"].row.row}
    rest = {row["row"]: row["value"] for row in get(client, "api:return", record.pk).json()["figures"]}
    book = rows_of(get(client, "return-file", record.pk, form="xlsx", purpose="check").content)
    word = rows_of_word(get(client, "return-file", record.pk, form="docx", purpose="check").content)

    assert sorted(form(code).counted) == sorted(PREDICATES)
    assert shown == rest
    assert (shown["cases"], shown["form_physical"], shown["form_economic"]) == (2, 1, 1)
    for row in form(code).rows:
        if not row.row:
            continue
        key = f"{row.no}|{row.vi}"
        if shown[row.row] is None:
            assert key not in book
            continue
        assert shown[row.row] == book[key] == word[key], row.row
        if row.source == FIGURE:
            # The tile and the list of today, the list of the return, and what the page of the list counts.
            assert today[row.row] == shown[row.row]
            assert cases_today(world.mai, area, days, row.row, limit=99)[0] == shown[row.row]
            counted, found = queries.cases_behind(world.mai, record, row.row, limit=99)
            assert counted == len(found) == shown[row.row]
            listed = get(client, "return-cases", record.pk, row=row.row)
            assert (listed.context["counted"], len(listed.context["cases"])) == (counted, counted)


def test_the_parts_of_a_province_add_up_and_lead_to_their_cases(world: World) -> None:
    lived(world)
    record = prepared(world, "province_year")

    for line in queries.sheet_of(record).lines:
        if line.is_counted:
            parts = [
                queries.cases_behind(world.mai, record, line.row.row, limit=9, part=part)
                for part in ("urban", "rural")
            ]
            assert [counted for counted, _cases in parts] == [line.urban, line.rural]
            assert line.value == (line.urban or 0) + (line.rural or 0)
    # Mường Phăng is a commune, no ward.
    assert queries.cases_behind(world.mai, record, "cases", limit=9, part="rural")[0] == 2


def test_a_late_case_is_told_and_the_list_stays_that_of_the_figure(world: World) -> None:
    lived(world)
    record = received(world)
    world.case(at=in_period(world) + timedelta(days=2))

    counted, cases = queries.cases_behind(world.quy, record, "cases", limit=9)
    page = get(client_of(world, "quy"), "return", record.pk)

    assert (counted, len(cases)) == (2, 2)
    line = next(row["line"] for row in page.context["lines"] if row["line"].row.row == "cases")
    assert (line.value, line.today) == (2, 3)
    assert "hôm nay: 3" in page.content.decode()


def test_a_case_that_is_sealed_is_counted_and_not_listed(world: World) -> None:
    case = world.case(at=in_period(world))
    record = received(world)
    seal_case(case=case, by=world.mai, at=world.now, reason="Có người quen trong xã")

    assert queries.cases_behind(world.pao, record, "cases", limit=9) == (1, [])
    page = get(client_of(world, "pao"), "return-cases", record.pk, row="cases")
    assert (page.context["counted"], page.context["hidden"]) == (1, 1)
    assert case.number not in page.content.decode()


def test_midnight_in_viet_nam_is_the_edge_of_the_period(world: World) -> None:
    # 30 November 2025, 23:59:59, and 1 December, 00:00, on a Vietnamese clock.
    before = datetime(2025, 11, 30, 16, 59, 59, tzinfo=UTC)
    after = datetime(2025, 11, 30, 17, 0, tzinfo=UTC)
    for at in (before, after):
        world.case(at=at)

    old = prepared(world, year=2025)
    assert queries.counted_of(old).figures["cases"] == 1
    new = prepared(world, at=max(world.now, after), year=2026)
    assert queries.counted_of(new).figures["cases"] == 1
    assert set(queries.counted_of(old).rows["cases"]).isdisjoint(queries.counted_of(new).rows["cases"])


@pytest.mark.parametrize(
    ("at", "first"),
    [
        (datetime(2026, 11, 30, 16, 59, 59, tzinfo=UTC), ("report_year", 2026)),
        (datetime(2026, 11, 30, 17, 0, tzinfo=UTC), ("report_year", 2027)),
    ],
)
def test_what_is_due_turns_at_midnight_in_viet_nam(
    world: World, at: datetime, first: tuple[str, int]
) -> None:
    prepared(world)
    duties = [duty for duty in queries.duties_of(world.quy, at) if duty.form.code == "commune_year"]

    latest = max(duties, key=lambda duty: duty.days.end)
    assert (latest.days.code, latest.days.year) == first
    due = next(duty.due_at for duty in duties if duty.days.year == 2026)
    assert due == midnight(date(2026, 12, 5))


def test_forms_and_windows_of_the_data() -> None:
    found = {
        one.code: one for level in (COMMUNE, catalogue.PROVINCE) for one in forms(level, date(2026, 6, 1))
    }

    assert {code: one.windows for code, one in found.items()} == {
        "commune_year": ("report_year",),
        "commune_half": ("first_half", "second_half"),
        "province_year": ("report_year",),
        "province_half": ("first_half", "second_half"),
        "ministry_year": ("calendar_year",),
    }
    # None of them was read in the text of its circular; each says so.
    assert not any(one.is_verified for one in found.values())
    assert all(one.basis for one in found.values())
    assert found["province_year"].summed == found["commune_year"].by_hand
    for half in ("first_half", "second_half"):
        assert len(window(half, 2026).months) == 6
    assert window("first_half", 2026).end == window("second_half", 2026).start


# --- files ---


def test_files_say_who_took_them_what_for_and_that_the_layout_is_a_working_one(world: World) -> None:
    record = received(world)
    client = client_of(world, "mai")

    book = load_workbook(
        BytesIO(get(client, "return-file", record.pk, form="xlsx", purpose="leaders").content)
    ).worksheets[0]
    answer = get(client, "return-file", record.pk, form="docx", purpose="leaders")
    word = Document(BytesIO(answer.content))

    texts = [str(cell.value) for row in book.iter_rows() for cell in row if cell.value is not None]
    header = str(book.oddHeader.center.text)
    for said in (
        "Bản trình bày của hệ thống, không phải mẫu của thông tư",
        f"Số: {record.number}",
        "UBND XÃ MƯỜNG PHĂNG",
    ):
        assert said in texts
        assert said in [paragraph.text for paragraph in word.paragraphs]
    assert "Lường Thị Mai" in header
    section = word.sections[0]
    assert 'string="Lường Thị Mai · ' in section.header._element.xml
    assert "Báo cáo lãnh đạo" in section.footer.paragraphs[0].text
    assert "Báo cáo lãnh đạo" in str(book.oddFooter.left.text)
    assert any(ANSWER in paragraph.text for paragraph in word.paragraphs)
    assert any("Bạc Thị Quý điền" in text for text in texts)
    assert 'filename="bao-cao-03325-commune-year-report-year-' in answer["Content-Disposition"]
    events = AuditEvent.objects.filter(action="return.download", actor=world.mai.pk)
    assert {event.purpose for event in events} == {"leaders"}
    assert {event.detail["page"] for event in events} == {"xlsx", "docx"}


@pytest.mark.parametrize("asked", [{}, {"purpose": "fun"}, {"purpose": "check", "form": "pdf"}])
def test_without_a_purpose_nothing_is_taken(world: World, asked: dict[str, str]) -> None:
    record = received(world)

    assert get(client_of(world, "mai"), "return-file", record.pk, **asked).status_code == 404


def test_a_file_of_the_province_names_the_units_that_are_in_no_sum(world: World) -> None:
    record = prepared(world, "province_year")

    answer = get(client_of(world, "mai"), "return-file", record.pk, form="docx", purpose="check")

    texts = [paragraph.text for paragraph in Document(BytesIO(answer.content)).paragraphs]
    assert "Đơn vị chưa có trong số cộng" in texts
    assert "– Xã Mường Phăng: Chưa gửi" in texts


@pytest.mark.parametrize("name", ["lan", "minh", "dung", "hoa", "tuan", "kien", "son"])
def test_pages_and_files_are_not_there_for_others(world: World, name: str) -> None:
    record = received(world)
    client = client_of(world, name)

    for route, asked in (("return", {}), ("return-file", {"purpose": "check"}), ("return-cases", {})):
        assert get(client, route, record.pk, **asked).status_code in (403, 404)


# --- what it costs ---


def test_queries_do_not_grow_with_cases_or_rows(world: World, django_assert_max_num_queries: Any) -> None:
    for days in range(1, 5):
        world.case(at=in_period(world) - timedelta(days=days))
    record = OfficialReturn.objects.everything(reason="test").get(pk=prepared(world, "province_year").pk)

    with django_assert_max_num_queries(14):
        queries.sheet_of(record)
    with django_assert_max_num_queries(8):
        queries.cases_behind(world.mai, record, "cases", limit=99)
    with django_assert_max_num_queries(25):
        queries.duties_of(world.mai, world.now)


def test_the_register_of_the_office_has_every_number(world: World) -> None:
    received(world)

    page = get(client_of(world, "pao"), "paper-register", register="returns").content.decode()

    assert "Sổ báo cáo số liệu" in page
    assert "Báo cáo số liệu" in page
