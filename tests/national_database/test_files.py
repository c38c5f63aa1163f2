"""Files, pages and REST of a consignment: one set of rows, read by other programs, and not a word of anybody in them."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from lxml import etree
from openpyxl import load_workbook

from casework.accounts.tokens import issue_token
from casework.audit.models import AuditEvent
from casework.base import clock
from casework.base.codes import DATA, codes
from casework.national_database import mapping as mapping_file
from casework.national_database import queries, workbook
from casework.national_database.mapping import HELD, SOURCES, WITHHELD, mapping
from casework.national_database.models import Consignment, FrozenPart
from casework.national_database.texts import NAMESPACE
from casework.statistics.dimensions import BY_NAME
from tests.house.test_structure import imports
from tests.national_database.making import (
    case_of,
    measured,
    prepared,
    received,
    rows,
    signed,
    told,
)
from tests.official_forms import opening
from tests.returns.making import staff
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db

# What stands in the case of these tests in words; none of it may be in anything that is sent.
SECRETS = (
    "Lò Thị Mẫu",
    "Lường Văn Mẫu",
    "+84912345678",
    "912345678",
    "Bản Mẫu",
    "Chồng đánh vợ",
    "Người Báo Tin",
    "011090000001",
    "1990",
    "Quán Cà Phê Giấu Kín",
)
FORMATS = ("xlsx", "json", "xml")


def client_of(world: World, name: str) -> Client:
    client = Client()
    assert client.login(username=name, password=PASSWORD)
    return client


def taken(world: World, record: Consignment, kind: str) -> bytes:
    asked = {"form": kind, "purpose": "send_up"}
    answer: Any = client_of(world, "mai").get(reverse("consignment-file", args=[record.pk]), asked)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def secret_case(world: World) -> Any:
    case = case_of(world, perpetrator="foreign")
    told(world, case, world.victim(case), identity_kind="cccd", identity_number="011090000001")
    told(world, case, world.victim(case), occupation="Quán Cà Phê Giấu Kín")
    measured(world, case)
    return case


def plain(content: bytes, kind: str) -> str:
    """What stands in a file, packed or not."""
    if kind != "xlsx":
        return content.decode()
    book = load_workbook(BytesIO(content))
    return "\n".join(
        str(value) for sheet in book for row in sheet.iter_rows(values_only=True) for value in row if value
    )


# --- one definition ---


def test_every_kind_of_file_has_the_same_rows(world: World) -> None:
    secret_case(world)
    case_of(world)
    record = signed(world)

    wanted = {
        group.code: [(key, mark) for key, mark, _values in rows(record, group.code)]
        for group in mapping().sent
    }
    told_ = json.loads(taken(world, record, "json"))
    in_json = {one["group"]: [(row["ref"], row["mark"]) for row in one["rows"]] for one in told_["groups"]}
    tree = etree.fromstring(taken(world, record, "xml"))
    in_xml = {
        one.get("code"): [(row.get("ref"), row.get("mark")) for row in one.iter(f"{{{NAMESPACE}}}row")]
        for one in tree.iter(f"{{{NAMESPACE}}}group")
    }
    book = load_workbook(BytesIO(taken(world, record, "xlsx")), read_only=True)
    words = {str(codes("consignment_mark").label(mark)): mark for mark in codes("consignment_mark").codes}
    in_book = {
        code: [
            (row[0], words[str(row[1])])
            for row in book[f"Nhóm {code.partition('_')[2]}"].iter_rows(min_row=2, values_only=True)
        ]
        for code in wanted
    }

    assert wanted["group_4"]
    assert (
        {code: in_json[code] for code in wanted}
        == {code: in_xml[code] for code in wanted}
        == in_book
        == wanted
    )
    assert [code for code in in_json if not in_json[code]] == [
        f"group_{number}" for number in (1, 2, 3, 7, 8, *range(11, 17))
    ]
    values = told_["groups"][3]["rows"][0]["values"]
    assert set(values) == {one.code for one in mapping().group("group_4").sent}
    assert told_["sha256"] == record.frozen.sha256
    assert tree.get("number") == record.number


def test_the_xml_is_as_its_schema_says_and_the_schema_can_say_no(world: World) -> None:
    case = secret_case(world)
    schema = etree.XMLSchema(etree.parse(DATA / "national_database" / "consignment.xsd"))
    first = received(world)
    told(world, case, world.perpetrator(case), nationality="vietnamese")
    amended = prepared(world)
    assert {row[1] for row in rows(amended, "group_6")} == {"withdrawn"}
    content = taken(world, first, "xml")

    schema.assertValid(etree.fromstring(content))
    for wrong in (b'mark="new"', b'ref="'):
        bad = content.replace(
            wrong, wrong[:-1].replace(b"new", b"old") + b'"' if b"new" in wrong else b'ref="Lo Thi Mau'
        )
        assert not schema.validate(etree.fromstring(bad))


def test_the_workbook_says_who_took_it_and_what_the_codes_mean(world: World) -> None:
    case_of(world)
    book = load_workbook(BytesIO(taken(world, signed(world), "xlsx")))

    first = plain_sheet(book.worksheets[0])
    assert "Lường Thị Mai" in first
    assert "Gửi lên cấp trên" in first
    assert "Nhóm 16 (chưa đọc được nội dung)" in first
    assert "Chưa đối chiếu" in first
    assert "Lường Thị Mai" in str(book.worksheets[1].oddHeader.center.text)
    assert "Mường Phăng" in plain_sheet(book.worksheets[-1])
    assert book.worksheets[1].freeze_panes == "A2"


@pytest.mark.readers
def test_libreoffice_opens_the_workbook_and_reads_every_row(world: World, tmp_path: Path) -> None:
    secret_case(world)
    record = signed(world)

    (book,) = opening.as_sheets(tmp_path, {"consignment.xlsx": taken(world, record, "xlsx")}).values()

    first, *groups, meanings = book
    assert any("Lường Thị Mai" in cell for row in first for cell in row)
    for group, sheet in zip(mapping().sent, groups, strict=True):
        assert [row[0] for row in sheet[1:]] == [key for key, _mark, _values in rows(record, group.code)]
    assert ["Nhóm 9", "Biện pháp đã áp dụng (Điều 22)"] in [row[:2] for row in meanings]
    text = "\n".join(cell for sheet in book for row in sheet for cell in row)
    assert not [secret for secret in SECRETS if secret in text]


def plain_sheet(sheet: Any) -> str:
    return "\n".join(str(value) for row in sheet.iter_rows(values_only=True) for value in row if value)


def test_a_sheet_that_is_full_goes_on_in_the_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        case_of(world)
    record = signed(world)
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)

    book = load_workbook(BytesIO(taken(world, record, "xlsx")), read_only=True)

    keys = [
        row[0]
        for name in ("Nhóm 4", "Nhóm 4 (2)")
        for row in book[name].iter_rows(min_row=2, values_only=True)
    ]
    assert keys == [key for key, _mark, _values in rows(record, "group_4")]


# --- nothing but codes ---


@pytest.mark.parametrize("kind", FORMATS)
def test_no_word_of_anybody_is_in_a_file(world: World, kind: str) -> None:
    case = secret_case(world)
    record = signed(world)

    content = taken(world, record, kind)

    text = plain(content, kind)
    assert rows(record, "group_4")[0][0] in text
    for secret in (*SECRETS, case.number, case.code, str(case.pk), str(world.victim(case).pk)):
        for form in (secret, secret.upper(), json.dumps(secret)[1:-1]):
            assert form not in text, secret
            assert form.encode() not in content
            assert form.encode("utf-16-le") not in content


def test_no_word_of_anybody_is_in_what_is_kept(world: World) -> None:
    case = secret_case(world)
    record = prepared(world)

    kept = "".join(
        "".join(json.dumps(row, ensure_ascii=False) for row in queries.rows_of(record.frozen, code))
        for code in FrozenPart.objects.values_list("group", flat=True).distinct()
    )

    assert kept
    for secret in (*SECRETS, case.number, case.code, str(case.pk)):
        assert secret not in kept


def test_values_are_codes_months_references_and_counts(world: World) -> None:
    secret_case(world)
    record = prepared(world)
    places = set(record.frozen.places)

    for group in mapping().sent:
        for key, _mark, values in rows(record, group.code):
            for field, value in zip(group.sent, values, strict=True):
                for one in value if isinstance(value, list) else [value]:
                    if one is None:
                        continue
                    if field.codes:
                        assert one in codes(field.codes)
                    elif field.source == "commune":
                        assert one in places
                    elif field.source == "case":
                        assert key.startswith(str(one))
                    elif field.source == "count":
                        assert isinstance(one, int)
                    else:
                        assert len(str(one)) == len("2026-09")


def test_no_source_is_anything_but_a_question_of_the_figures() -> None:
    sources = {source for offered in SOURCES.values() for source in offered}

    assert sources - set(BY_NAME) == {"month", "commune", "case", "role", "facility", "count"}
    assert all(one.codes for one in BY_NAME.values())
    assert {
        field.source for group in mapping().groups for field in group.fields if field.status == HELD
    } <= sources


@pytest.mark.parametrize("source", ["full_name", "identity_number", "person", "victim", "account", ""])
def test_the_data_cannot_name_any_other_source(source: str) -> None:
    raw: dict[str, str | bool] = {
        "code": "x",
        "vi": "x",
        "en": "x",
        "status": HELD,
        "source": source,
        "basis": "x",
        "verified": False,
    }

    with pytest.raises(ValueError, match="nothing a field can be taken from"):
        mapping_file._field(raw, "group_5", "citizen")


def test_the_room_knows_no_room_in_which_words_are_kept() -> None:
    """It reads the facts, the references, units and offices; of cases only who is locked out of which."""
    room = Path(mapping_file.__file__).parent
    known = {name for path in room.glob("*.py") for name in imports(path) if name.startswith("casework.")}
    wings = (
        "people",
        "incidents",
        "intake",
        "protection",
        "referrals",
        "plans",
        "attachments",
        "closure",
        "risk",
    )
    assert not [name for name in known if name.split(".")[1] in (*wings, "encryption", "casefile")]
    assert {name for name in known if name.split(".")[1] == "cases"} == {
        "casework.cases.models.locked_against"
    }


def test_what_identifies_somebody_is_withheld_and_says_why() -> None:
    withheld = {
        (group.code, one.code) for group in mapping().groups for one in group.fields if one.status == WITHHELD
    }

    for group in ("group_5", "group_6"):
        assert {code for of, code in withheld if of == group} == {
            "full_name",
            "birth_date",
            "identity_number",
            "address",
            "phone",
            "priority",
        }
    assert ("group_4", "account") in withheld
    assert len(mapping().groups) == 16
    assert all(one.why for group in mapping().groups for one in group.fields if one.status != HELD)
    assert all(group.why for group in mapping().groups if not group.per)
    assert not any(group.is_verified for group in mapping().groups[1:])


# --- pages and REST ---


def test_taking_it_away_is_remembered_with_what_for(world: World) -> None:
    case_of(world)
    record = signed(world)
    taken(world, record, "xml")

    event = AuditEvent.objects.filter(action="consignment.download").latest("ts")
    assert (event.actor, event.object_id, event.purpose) == (world.mai.pk, record.pk, "send_up")
    assert event.detail["page"] == "xml"


@pytest.mark.parametrize(
    "asked",
    [{}, {"form": "xml"}, {"form": "csv", "purpose": "send_up"}, {"form": "xml", "purpose": "x"}],
)
def test_without_a_purpose_or_a_kind_there_is_no_file(world: World, asked: dict[str, str]) -> None:
    record = signed(world)

    assert (
        client_of(world, "mai").get(reverse("consignment-file", args=[record.pk]), asked).status_code == 404
    )


def test_a_draft_does_not_leave_as_a_file(world: World) -> None:
    record = prepared(world)
    asked = {"form": "xml", "purpose": "send_up"}

    assert (
        client_of(world, "mai").get(reverse("consignment-file", args=[record.pk]), asked).status_code == 409
    )


def test_the_page_shows_every_group_and_what_is_not_sent(world: World) -> None:
    secret_case(world)
    record = prepared(world)
    client = client_of(world, "mai")

    page = client.get(reverse("consignment", args=[record.pk])).content.decode()
    group = client.get(reverse("consignment-group", args=[record.pk]), {"group": "group_5"}).content.decode()

    assert all(one.label in page for one in mapping().groups)
    assert "Chưa đọc được nội dung nhóm này trong Nghị định" in page
    assert "Họ và tên" in page
    assert "Thông tin định danh" in group
    key, _dot, role = rows(record, "group_5")[0][0].partition(".")
    assert key in group
    assert role not in group.replace(reverse("consignment-group", args=[record.pk]), "")
    assert "Người bị bạo lực gia đình" in group
    for secret in SECRETS[:4]:
        assert secret not in page + group
    assert client.get(reverse("consignment-group", args=[record.pk]), {"group": "x"}).status_code == 404


def test_rest_does_what_the_pages_do(world: World) -> None:
    case_of(world)
    record = prepared(world)
    token = issue_token(user=world.mai, hours=8, at=world.now)
    client = Client(headers={"Authorization": f"Token {token}"})

    again = client.post(
        "/api/v1/consignments/",
        {"period": record.period},
        content_type="application/json",
        headers={"Idempotency-Key": "consignment-1"},
    )
    assert again.status_code == 201, again.content
    assert (again.status_code, again.json()["id"]) == (201, str(record.pk))
    one = client.get(f"/api/v1/consignments/{record.pk}/")
    assert one.json()["sha256"] == record.frozen.sha256
    assert {group["group"]: group["new"] for group in one.json()["groups"]}["group_4"] == 1
    for step, body in (
        ("check", {"looked_at": True}),
        ("sign", {"sha256": record.frozen.sha256}),
        ("receive", {"receipt_number": "BN-7", "receipt_on": clock.local_date(world.now).isoformat()}),
    ):
        now = client.get(f"/api/v1/consignments/{record.pk}/")
        answer = client.post(
            f"/api/v1/consignments/{record.pk}/{step}/",
            body,
            content_type="application/json",
            headers={"If-Match": now["ETag"]},
        )
        assert answer.status_code == 200, answer.content
    assert answer.json()["state"] == "received"
    file: Any = client.get(f"/api/v1/consignments/{record.pk}/file/?form=json&purpose=check")
    assert json.loads(b"".join(file.streaming_content))["number"] == f"1/{clock.local(world.now).year}"
    wrong = client.post(
        "/api/v1/consignments/",
        {"period": "2026"},
        content_type="application/json",
        headers={"Idempotency-Key": "consignment-2"},
    )
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["period"])


def test_the_page_of_returns_leads_to_it_for_those_who_answer_for_it(world: World) -> None:
    staff(world)
    way = f'href="{reverse("consignment-list")}"'

    assert way in client_of(world, "mai").get(reverse("return-list")).content.decode()
    for name in ("thuy", "pao"):
        assert way not in client_of(world, name).get(reverse("return-list")).content.decode()


def test_through_the_pages(world: World) -> None:
    case_of(world)
    record = prepared(world)
    client = client_of(world, "mai")

    def press(name: str, **said: str) -> Any:
        return client.post(reverse(f"consignment-{name}", args=[record.pk]), said, follow=True)

    assert press("check").status_code == 409
    assert "Đã kiểm tra, chờ ký" in press("check", looked_at="1").content.decode()
    assert press("sign", sha256="x").status_code == 412
    assert "Đã ký" in press("sign", sha256=record.frozen.sha256).content.decode()
    today = clock.local_date(world.now).strftime("%d/%m/%Y")
    assert press("receive", receipt_number="", receipt_on=today).status_code == 400
    assert "Đã có biên nhận" in press("receive", receipt_number="BN-8", receipt_on=today).content.decode()
    assert "biên nhận BN-8" in client.get(reverse("consignment-list")).content.decode()
    wrong = client.post(reverse("consignment-prepare"), {"period": "không có"})
    assert wrong.status_code == 400
