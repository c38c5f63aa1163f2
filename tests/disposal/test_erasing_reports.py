"""After a report was destroyed: nothing opens, the memory and the seals are whole, figures are the same, pages say so."""

import shutil
import subprocess
import unicodedata
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from casework.access.models import Draft
from casework.access.seals import forged_events, sweep
from casework.audit.evidence import Walk
from casework.audit.models import AuditEvent, RowSeal
from casework.audit.sequencer import sequence
from casework.audit.verify import all_breaks
from casework.base import clock
from casework.base.refusals import NotVisible
from casework.cases.actions import open_case
from casework.desks.queries import pace_of
from casework.disposal.actions import carry_out_of_report, place_report_hold
from casework.disposal.models import ReportDisposal, ReportHold
from casework.disposal.queries import certificate_of, extent_of, reports_over
from casework.encryption import CannotOpen
from casework.encryption.fields import SealedField
from casework.encryption.keyring import KeyDestroyed, forget_keys, key_by_id, key_for_writing, renew_key
from casework.encryption.models import BlindIndexEntry, DataKey, Tombstone
from casework.intake.actions import screen_out
from casework.intake.models import Report, ReportPerson
from casework.management.backups.erasures import Erasures
from casework.management.backups.making import make
from casework.management.backups.replaying import NotReplayed, check_not_behind, replay
from casework.management.backups.restoring import restore
from casework.people.models import Person
from tests.audit.tampering import tamper
from tests.backups.test_backups import PRIVATE, PUBLIC, emptied
from tests.disposal.erasing import (
    WEEK,
    ended_report,
    repeated,
    report_approved,
    report_asked,
    report_erased,
)
from tests.disposal.test_verbs import HOLD
from tests.world import PASSWORD, World

pytestmark = [pytest.mark.django_db, pytest.mark.role("owner")]

# Every word of the report that says who, where or what.
WORDS = (
    "Lò Thị Mẫu",
    "Lường Văn Mẫu",
    "+84912345678",
    "Bản Mẫu",
    "Chồng đánh vợ",
    "Người Báo Tin",
    "Hai hàng xóm",
)
OF_A_REPORT = (Report, ReportPerson, ReportDisposal, ReportHold)


@pytest.fixture
def report(world: World) -> Report:
    """Ended, told once more, and held for a while: something of everything hangs on it."""
    report = ended_report(world)
    repeated(world, report)
    day = clock.local_date(world.now)
    place_report_hold(report=report, by=world.lan, at=world.now, answers={**HOLD, "until": day})
    return report


@pytest.fixture
def agreed(world: World, report: Report) -> ReportDisposal:
    """A week and a day from now the hold is over too."""
    later = world.now + timedelta(days=1)
    return report_approved(world, report, later)


def done_at(world: World) -> Any:
    return world.now + timedelta(days=1) + WEEK


def destroyed(world: World, disposal: ReportDisposal) -> Report:
    carry_out_of_report(disposal=disposal, by=None, at=done_at(world))
    return Report.objects.everything(reason="test").get(pk=disposal.report_id)


def tokens_of(ids: Any) -> list[bytes]:
    """Every sealed value of these reports, live and in the history, as the database holds it."""
    found: list[bytes] = []
    for model in OF_A_REPORT:
        for kept in (model, model.history.model):
            sealed = [one.attname for one in kept._meta.concrete_fields if isinstance(one, SealedField)]
            rows = kept._base_manager.filter(**{f"{model.KEY_SCOPE[1]}__in": ids}).values_list(*sealed)
            found += [one.token for row in rows for one in row if one.token]
    return found


def test_no_value_opens_with_any_key_that_is_left(
    world: World, report: Report, agreed: ReportDisposal
) -> None:
    tokens = tokens_of(extent_of(report).reports)
    assert len(tokens) > 60
    report = destroyed(world, agreed)

    for dek_id in {int.from_bytes(token[2:6], "big") for token in tokens}:
        with pytest.raises(KeyDestroyed):
            key_by_id(dek_id)
    left = [key_by_id(pk) for pk in DataKey.objects.exclude(state="destroyed").values_list("pk", flat=True)]
    for token in tokens:
        for key in left:
            with pytest.raises(CannotOpen):
                key.open(b"CV\x00\xc9\x00", report.pk.bytes, token)
    for pk in extent_of(report).reports:
        with pytest.raises(KeyDestroyed):
            key_for_writing("report", pk)
    assert report.account == report.reporter_name == report.triage_reason == "⟦đã tiêu hủy⟧"
    for version in report.history.everything(reason="test"):
        with pytest.raises(KeyDestroyed):
            assert version.account
    assert {row.full_name for row in report.people.everything(reason="test")} == {"⟦đã tiêu hủy⟧"}


def test_keys_that_were_renewed_before_go_with_the_new_ones(world: World, report: Report) -> None:
    for scope in extent_of(report).scopes(report):
        renew_key(scope)
    later = world.now + timedelta(days=1)
    destroyed(world, report_approved(world, report, later))
    mine = DataKey.objects.filter(scope_type="report", scope_id__in=extent_of(report).reports)
    assert {key.epoch for key in mine} == {1, 2}
    assert {(bytes(key.wrapped), key.state) for key in mine} == {(b"", "destroyed")}


def test_drafts_go_and_no_index_tells_of_it(world: World, report: Report, agreed: ReportDisposal) -> None:
    (told, *_rest) = report.people.everything(reason="test")
    named = [report.pk, told.pk, *extent_of(report).reports]
    for path in (f"/reports/{report.pk}/add/", f"/reports/{report.pk}/place-hold/", f"/x/{told.pk}/"):
        Draft.objects.create(user=world.lan, path=path, content={"text": ["Chị Mẫu"]}, saved_at=world.now)
    other = Draft.objects.create(user=world.lan, path="/reports/new/", content={}, saved_at=world.now)
    destroyed(world, agreed)

    assert list(Draft.objects.values_list("pk", flat=True)) == [other.pk]
    assert not BlindIndexEntry.objects.filter(row__in=named).exists()
    stone = Tombstone.objects.get()
    assert (stone.number, stone.subject, stone.rows, stone.files) == (1, report.pk, [], [])
    assert stone.counts == {"data_keys": 2, "file_keys": 0, "files": 0, "index_entries": 0}
    assert (stone.about["reports"], stone.about["people"]) == (2, 4)


def test_who_stands_in_a_case_keeps_what_is_known_there(
    world: World, report: Report, agreed: ReportDisposal
) -> None:
    """The same two people were told of in another report, which became a case."""
    case = open_case(report=world.assigned_report(at=world.at(hours=3)), by=world.lan, at=world.at(hours=2))
    entries = BlindIndexEntry.objects.count()
    destroyed(world, agreed)
    assert world.victim(case).full_name == "Lò Thị Mẫu"
    assert BlindIndexEntry.objects.count() == entries > 0
    assert Person.objects.everything(reason="test").count() == 2


def test_memory_and_seals_are_whole_and_figures_are_the_same(
    world: World, report: Report, agreed: ReportDisposal
) -> None:
    before = figures(world)
    assert before["not_dv"] == 1
    destroyed(world, agreed)

    assert figures(world) == before
    assert list(all_breaks(Walk())) == []
    assert list(sweep()) == []
    assert list(forged_events()) == []
    event = AuditEvent.objects.get(action="report_disposal.carry_out")
    assert (event.actor, event.case_id, event.object_id) == (None, None, agreed.pk)
    assert event.detail["number"] == 1
    sealed = RowSeal.objects.filter(event=event).values_list("kind", flat=True)
    assert {"report", "reportperson", "reportdisposal"} == set(sealed)


def figures(world: World) -> dict[str, Any]:
    """How reports of the province came, ended and how fast: what is counted of them."""
    rows = Report.objects.everything(reason="test")
    told = [
        (row.pk, row.received_at, row.channel, row.priority, row.triage_result, row.decided_at, row.area_id)
        for row in rows.order_by("pk")
    ]
    return {
        "rows": told,
        "pace": pace_of(world.mai, at=world.now),
        "not_dv": sum(row[4] == "not_dv" for row in told),
    }


def test_what_could_single_somebody_out_is_blunted_in_the_history_too(world: World) -> None:
    people = [
        {"role": "victim", "full_name": "Lò Thị Mẫu", "sex": "female"},
        {"role": "witness", "full_name": "Lường Văn Mẫu", "official_kind": "village_official"},
    ]
    report = ended_report(world, happened_at=world.at(days=3), happened_precision="minute", people=people)
    report = report_erased(world, report)
    assert report.happened_at is not None
    assert (clock.local(report.happened_at).day, report.happened_precision) == (1, "month")
    assert {row.happened_precision for row in report.history.everything(reason="test")} == {"month"}
    assert report.reporter_kind == "unknown"
    assert {row.reporter_kind for row in report.history.everything(reason="test")} == {"unknown"}
    for told in report.people.everything(reason="test"):
        assert told.official_kind == "unknown"
        assert {row.official_kind for row in told.history.everything(reason="test")} == {"unknown"}


def test_a_value_that_was_damaged_before_keeps_nothing_alive(
    world: World, report: Report, agreed: ReportDisposal
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {ReportPerson._meta.db_table} SET full_name = age")
    assert destroyed(world, agreed).is_erased


def test_a_row_that_somebody_changes_afterwards_is_found(
    world: World, report: Report, agreed: ReportDisposal
) -> None:
    destroyed(world, agreed)
    tamper(f"UPDATE {ReportDisposal._meta.db_table} SET ground = 'term_over'")
    assert [(one.kind, one.row, one.why) for one in sweep()] == [("reportdisposal", agreed.pk, "changed")]


def test_the_certificate_says_what_when_and_who(world: World, report: Report, agreed: ReportDisposal) -> None:
    with pytest.raises(NotVisible):
        certificate_of(report, world.mai, at=world.now)
    report, at = destroyed(world, agreed), done_at(world)
    sequence(at)
    content = certificate_of(report, world.mai, at=at)

    pages = pypdf.PdfReader(BytesIO(content)).pages
    read = [" ".join(page.extract_text() for page in pages)]
    if program := shutil.which("pdftotext"):
        done = subprocess.run([program, "-", "-"], input=content, capture_output=True, check=True)
        read.append(done.stdout.decode())
    event = AuditEvent.objects.get(action="report_disposal.carry_out")
    final = clock.local(at + timedelta(days=30))
    for text in read:
        words = unicodedata.normalize("NFC", " ".join(text.split()))
        for said in (
            "GIẤY XÁC NHẬN TIÊU HỦY",
            f"Nội dung tin báo {report.code} đã được tiêu hủy",
            "Chủ thể dữ liệu yêu cầu xóa",
            "thời hạn chưa được xác nhận",
            "Lường Thị Mai",
            "Đỗ Trung Kiên",
            f"{final:%d/%m/%Y}",
        ):
            assert said in words
        assert bytes(event.hash).hex() in "".join(text.split())
        for name in WORDS:
            assert name not in words


# --- pages ---


def client(name: str) -> Client:
    somebody = Client()
    assert somebody.login(username=name, password=PASSWORD)
    return somebody


def test_its_page_says_that_it_was_destroyed_and_nothing_of_it(
    world: World, report: Report, agreed: ReportDisposal
) -> None:
    report = destroyed(world, agreed)
    (again,) = Report.objects.everything(reason="test").filter(duplicate_of=report)
    home = reverse("report-disposal", args=[report.pk])
    for name in ("lan", "pao", "mai", "kien"):
        page = client(name).get(home)
        text = page.content.decode()
        assert page.status_code == 200, name
        for said in (report.code, "Nội dung đã được tiêu hủy", "Lường Thị Mai", "Đỗ Trung Kiên"):
            assert said in text, name
        paper = client(name).get(reverse("report-erasure-certificate", args=[report.pk]))
        assert (paper.status_code, paper["Content-Type"]) == (200, "application/pdf")
        for word in WORDS:
            assert word not in text
    lan = client("lan")
    for route in ("report-detail", "report-add", "report-screen-out", "report-sheet"):
        page = lan.get(reverse(route, args=[report.pk]))
        assert (route, page.status_code, page.headers.get("Location")) == (route, 302, home)
    text = lan.get(reverse("report-disposal", args=[again.pk])).content.decode()
    assert "đã được tiêu hủy cùng hồ sơ hoặc tin báo đó" in text
    assert home in text
    text = lan.get(f"{reverse('report-list')}?list=decided").content.decode()
    assert report.code in text
    assert text.count("Đã tiêu hủy") == 2
    for name in ("minh", "hoa", "tuan", "son"):
        for route in ("report-disposal", "report-erasure-certificate", "report-detail"):
            assert client(name).get(reverse(route, args=[report.pk])).status_code in (403, 404), name


def test_rest_says_that_it_was_destroyed(world: World, report: Report, agreed: ReportDisposal) -> None:
    kien, lan = client("kien"), client("lan")
    address = reverse("api:report-erasure", args=[report.pk])
    assert kien.get(address).status_code == 404
    destroyed(world, agreed)
    body = kien.get(address).json()
    assert (body["report"], body["code"], body["about"]["people"]) == (str(report.pk), report.code, 4)
    answer = lan.get(reverse("api:report-detail", args=[report.pk]))
    assert (answer.status_code, answer.json()["code"]) == (410, "erased")


def hidden(answer: Any) -> dict[str, object]:
    return {field.html_name: field.value() for field in answer.context["form"].hidden_fields()}


def test_the_pages_carry_it_through(world: World) -> None:
    report = ended_report(world)
    mai, kien, lan = client("mai"), client("kien"), client("lan")
    typed = {"ground": "subject_request", "reason": "Có đơn yêu cầu xóa."}
    asking = reverse("request-report-disposal", args=[report.pk])
    assert asking in mai.get(reverse("report-disposal", args=[report.pk])).content.decode()
    page = mai.post(asking, {**typed, "ground": ""})
    assert (page.status_code, typed["reason"] in page.content.decode()) == (400, True)
    page = mai.post(asking, {**typed, "ground": "term_over"})
    assert (page.status_code, "Hết thời hạn lưu giữ" in page.content.decode()) == (409, True)
    assert mai.post(asking, typed).status_code == 302
    disposal = ReportDisposal.objects.everything(reason="test").get()
    answering = reverse("answer-report-disposal", args=[disposal.pk])
    page = mai.get(answering)
    assert "Người khác phải trả lời" in page.content.decode()
    assert mai.post(answering, {**hidden(page), "remarks": "x"}).status_code == 403
    page = kien.get(answering)
    assert "Chưa được tỉnh xác nhận" in page.content.decode()
    assert kien.post(answering, {**hidden(page), "remarks": "Đã đối chiếu."}).status_code == 302

    page = lan.get(reverse("report-detail", args=[report.pk]))
    stopping = reverse("stop-report-disposal", args=[disposal.pk])
    for said in ("Nội dung tin báo này sẽ bị tiêu hủy", "Lường Thị Mai", "Đỗ Trung Kiên", stopping):
        assert said in page.content.decode()
    assert lan.post(stopping, {"stop_reason": "Tòa án còn cần."}).status_code == 302
    register = kien.get(reverse("report-disposal-list")).content.decode()
    assert report.code in register
    assert "Đã dừng" in register
    assert "sẽ bị tiêu hủy" not in lan.get(reverse("report-detail", args=[report.pk])).content.decode()


def test_a_hold_is_placed_and_lifted_on_pages(world: World) -> None:
    report = ended_report(world)
    lan, mai = client("lan"), client("mai")
    placing = reverse("place-report-hold", args=[report.pk])
    typed = {"ground": "court", "reason": "Tòa án đang thụ lý.", "until": "01/01/2020"}
    page = lan.post(placing, typed)
    assert (page.status_code, "Ngày này đã qua." in page.content.decode()) == (400, True)
    assert lan.post(placing, {**typed, "until": ""}).status_code == 302
    hold = ReportHold.objects.everything(reason="test").get(report=report)
    page = mai.get(reverse("report-disposal", args=[report.pk]))
    assert reverse("request-report-disposal", args=[report.pk]) not in page.content.decode()
    lifting = reverse("lift-report-hold", args=[hold.pk])
    assert lan.post(lifting, {"lift_reason": "x"}).status_code == 403
    assert report.code in mai.get(reverse("report-disposal-list")).content.decode()
    assert mai.post(lifting, {"lift_reason": "Xong."}).status_code == 302
    hold.refresh_from_db()
    assert hold.lifted_by_id == world.mai.pk


def test_another_supervisor_finds_it_on_the_desk(world: World) -> None:
    disposal = report_asked(world, ended_report(world), clock.now())
    answering = reverse("answer-report-disposal", args=[disposal.pk])
    assert answering not in client("mai").get(reverse("desk-supervisor")).content.decode()
    world.kien.memberships.update(role="province_supervisor")
    assert answering in client("kien").get(reverse("desk-supervisor")).content.decode()


def test_a_supervisor_finds_those_whose_time_is_over(world: World) -> None:
    ago = [timedelta(days=days) for days in (366 * 2 + 1, 366 * 2 + 2, 366 * 2 + 3, 360 * 2)]
    over, held, asked, young = (ended_report(world, world.now - days) for days in ago)
    kept = ended_report(world, world.now - ago[0], result="criminal_procedure")
    again = repeated(world, over, world.now - ago[0])
    place_report_hold(report=held, by=world.mai, at=world.now, answers=HOLD)
    report_asked(world, asked, ground="term_over")
    assert reports_over(world.mai, at=world.now) == [over]
    assert reports_over(world.kien, at=world.now) == []
    later = world.now + timedelta(days=366 * 8)
    assert set(reports_over(world.mai, at=later)) == {over, young, kept}
    assert again not in reports_over(world.mai, at=later)
    page = client("mai").get(reverse("report-disposal-list")).content.decode()
    assert reverse("report-disposal", args=[over.pk]) in page
    assert reverse("report-disposal", args=[young.pk]) not in page
    report_approved(world, over)
    assert reports_over(world.mai, at=world.now) == []


# --- the daily job, and what an older backup brings back ---


def carried_out(world: World, place: Path, monkeypatch: Any, settings: Any) -> str:
    """The daily job of the day, with its list where the settings say; what it said."""
    settings.ERASURE_LIST = str(place)
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: done_at(world))
        call_command("erase_due", stdout=(out := StringIO()), stderr=(err := StringIO()))
    return out.getvalue() + err.getvalue()


def test_the_daily_job_carries_it_out_or_says_what_waits(
    world: World, report: Report, agreed: ReportDisposal, tmp_path: Path, monkeypatch: Any, settings: Any
) -> None:
    other = ended_report(world, result="criminal_procedure")
    report_approved(world, other, world.now + timedelta(days=1))
    place_report_hold(report=other, by=world.mai, at=world.now, answers=HOLD)
    report_asked(world, ended_report(world))
    said = carried_out(world, tmp_path / "list.json", monkeypatch, settings)
    assert f"{report.code}: done" in said
    assert f"{other.code} waits: not_disposable" in said
    assert said.count(": lapsed") == 1
    assert Erasures.open(tmp_path / "list.json").count == 1


def test_an_older_backup_forgets_again_before_it_is_committed(
    world: World, report: Report, agreed: ReportDisposal, tmp_path: Path, monkeypatch: Any, settings: Any
) -> None:
    extent, before = extent_of(report), figures(world)
    path, place = make(tmp_path, PUBLIC, world.now), tmp_path / "elsewhere.json"
    carried_out(world, place, monkeypatch, settings)
    stone = Tombstone.objects.get()
    emptied()
    forget_keys()

    restore(path, PRIVATE, erasures=place)

    back = Report.objects.everything(reason="test").get(pk=report.pk)
    assert (back.is_erased, back.account) == (True, "⟦đã tiêu hủy⟧")
    for pk in extent.reports:
        with pytest.raises(KeyDestroyed):
            key_for_writing("report", pk)
    assert bytes(Tombstone.objects.get().digest) == bytes(stone.digest)
    assert ReportDisposal.objects.everything(reason="test").get().state == "done"
    assert figures(world) == before
    assert list(sweep()) == []
    assert list(forged_events()) == []
    assert list(all_breaks(Walk())) == []
    assert AuditEvent.objects.get(action="backup.restore").detail["erased_again"] == 1
    assert AuditEvent.objects.get(action="disposal.forget_again").object_id == report.pk
    sequence(done_at(world))
    assert certificate_of(back, world.mai, at=done_at(world)).startswith(b"%PDF")


def test_a_backup_of_before_its_triage_leaves_nothing_on_a_desk(world: World, tmp_path: Path) -> None:
    first, again = (world.assigned_report(at=world.at(hours=hours)) for hours in (9, 8))
    path = make(tmp_path, PUBLIC, world.now)
    how: dict[str, Any] = {"by": world.lan, "at": world.now, "reason": "Không phải."}
    with transaction.atomic():
        ended = screen_out(report=first, result="not_dv", **how)
        screen_out(report=again, result="duplicate", duplicate_of=ended, **how)
        report_erased(world, ended)
        Erasures.now(world.now + WEEK).save(tmp_path / "elsewhere.json")
    emptied()
    forget_keys()

    restore(path, PRIVATE, erasures=tmp_path / "elsewhere.json")

    rows = Report.objects.everything(reason="test")
    back, repeat = rows.get(pk=first.pk), rows.get(pk=again.pk)
    assert (back.triage_result, back.decided_at) == (ended.triage_result, ended.decided_at)
    assert (repeat.triage_result, repeat.duplicate_of_id) == ("duplicate", first.pk)
    assert back.is_erased
    assert repeat.is_erased
    assert list(sweep()) == []
    assert first.code not in client("lan").get(f"{reverse('report-list')}?list=assigned").content.decode()


def test_a_copy_put_back_by_hand_is_not_served(
    world: World, report: Report, agreed: ReportDisposal, tmp_path: Path, monkeypatch: Any, settings: Any
) -> None:
    place = tmp_path / "elsewhere.json"
    with transaction.atomic():
        carried_out(world, place, monkeypatch, settings)
        check_not_behind()
        # As a copy of the database that is put back.
        transaction.set_rollback(True)
    forget_keys()
    rows = Report.objects.everything(reason="test")
    assert rows.get(pk=report.pk).account.startswith("Chồng đánh vợ")
    with pytest.raises(NotReplayed, match="replay_erasures"):
        check_not_behind()
    call_command("replay_erasures", str(place), stdout=(out := StringIO()))
    assert out.getvalue().startswith("1 erasures")
    assert rows.get(pk=report.pk).account == "⟦đã tiêu hủy⟧"
    check_not_behind()
    assert list(sweep()) == []
    assert replay(Erasures.open(place), at=world.now) == 0
