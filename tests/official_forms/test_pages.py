"""The pages of papers: what they show, what they refuse, and the check anybody may make."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from casework.audit.models import AuditEvent
from casework.official_forms.models import OfficialPaper, PaperTemplate
from casework.official_forms.reading import read
from tests.ground import copy_of, ground
from tests.matrix.file import File
from tests.official_forms import hiding
from tests.official_forms.laying import BAN_TEMPLATE, issue, laid, signed_in, word_file, words

laid_out = ground(laid)


@pytest.fixture
def file(laid_out: File, db: None) -> File:
    return copy_of(laid_out)


def shown(client: Client, name: str, *args: object, **query: Any) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_tab_shows_what_is_blocked_what_was_issued_and_what_can_be_made(file):
    issue(file, "case_summary")
    page = shown(signed_in(file.world.lan), "case-papers", file.case.pk)
    for said in (
        "Đang bị chặn",
        "Đã rà soát: không có gì",
        "Số 2/2026",
        "Có thể lập ngay",
        "Quyết định cấm tiếp xúc",
    ):
        assert said in page
    assert "Người có hành vi bạo lực đọc giấy này." in page


def test_a_preview_names_what_is_missing_and_what_must_not_go_out(file):
    client = signed_in(file.world.lan)
    measure = file.case.measures.everything(reason="test").get(pk=file.ids["measure_id"])
    asked = {"kind": "ban_decision", "about": measure.pk}
    assert "Phát hành, lấy số" in shown(client, "paper-preview", file.case.pk, **asked)
    measure.conditions, measure.grounds = "Không đến Bản Giấu Kín.", []
    measure.save()
    page = shown(client, "paper-preview", file.case.pk, **asked)
    assert "Nội dung bắt buộc, chưa thể phát hành: Nội dung quyết định: Căn cứ." in page
    assert "Địa chỉ an toàn hoặc nơi tạm lánh: 1 lần (Nội dung)" in page
    assert "Phát hành, lấy số" not in page
    # Nor is a draft of it printed.
    draft = reverse("paper-draft", args=[file.case.pk])
    assert client.get(draft, asked).status_code == 409


def test_issuing_leads_to_the_paper_and_its_file_is_saved_as_it_went_out(file):
    client = signed_in(file.world.lan)
    address = f"{reverse('issue-paper', args=[file.case.pk])}?kind=case_summary&about={file.case.pk}"
    answer = client.post(address, {})
    paper = OfficialPaper.objects.everything(reason="test").get(kind="case_summary")
    assert answer.headers["Location"] == reverse("paper", args=[paper.pk])
    page = shown(client, "paper", paper.pk)
    assert paper.check_code in page
    sent = client.get(reverse("download-paper", args=[paper.pk]))
    assert sent.headers["Content-Disposition"] == 'attachment; filename="case-summary-2026-2.pdf"'
    content = b"".join(sent.streaming_content)  # type: ignore[attr-defined]
    assert "TÓM TẮT HỒ SƠ" in words(content)
    assert AuditEvent.objects.filter(
        action="paper.open", object_id=paper.pk, outcome=AuditEvent.READ
    ).exists()


def test_a_decision_that_has_its_paper_leads_to_it_and_not_to_a_second(file):
    client, paper = signed_in(file.world.lan), issue(file)
    asked = {"kind": "ban_decision", "about": file.ids["measure_id"]}
    page = shown(client, "paper-preview", file.case.pk, **asked)
    assert "Quyết định này đã có văn bản" in page
    assert reverse("paper", args=[paper.pk]) in page
    assert "Số 1/2026" in page
    for button in ("Phát hành, lấy số", "Tải dự thảo (PDF)"):
        assert button not in page
    made = shown(client, "case-papers", file.case.pk).split("Có thể lập ngay")[1]
    assert "kind=ban_decision" not in made
    # A letter can be written again.
    assert "kind=case_summary" in made
    offers = client.get(reverse("api:paper-offers", args=[file.case.pk])).json()["results"]
    assert {one["paper"] for one in offers if one["kind"] == "ban_decision"} == {str(paper.pk)}
    # Once its number is cancelled, it is issued anew.
    cancel = {"void_reason": "In hỏng.", "version": paper.version}
    assert client.post(reverse("void-paper", args=[paper.pk]), cancel).status_code == 302
    assert "Phát hành, lấy số" in shown(client, "paper-preview", file.case.pk, **asked)
    assert "kind=ban_decision" in shown(client, "case-papers", file.case.pk)


def test_a_draft_says_on_every_page_that_it_is_one(file):
    answer = signed_in(file.world.lan).get(
        reverse("paper-draft", args=[file.case.pk]), {"kind": "case_summary", "about": file.case.pk}
    )
    page = words(answer.content)
    assert "DỰ THẢO – không có giá trị, không giao cho ai" in page
    assert "Mã kiểm tra" not in page


def test_a_blocked_file_is_opened_only_by_whoever_may_let_it_go(file):
    address = reverse("download-paper", args=[file.ids["paper_id"]])
    world = file.world
    assert signed_in(world.pao).get(address).status_code == 200
    assert (
        signed_in(world.lan).get(address).status_code == 200
    )  # she is assigned: she may be the second person
    assert signed_in(world.dung).get(address).status_code == 403
    assert signed_in(world.minh).get(address).status_code == 404


def test_two_people_on_two_pages(file):
    world, paper = file.world, file.ids["paper_id"]
    lan, pao = signed_in(world.dung), signed_in(world.pao)
    row = OfficialPaper.objects.everything(reason="test").get(pk=paper)
    answer = lan.post(
        reverse("ask-release", args=[paper]), {"release_reason": "Đã đọc kỹ.", "version": row.version}
    )
    assert answer.status_code == 302
    assert "Cho phát hành" not in shown(lan, "paper", paper)
    assert "Cho phát hành" in shown(pao, "paper", paper)
    row.refresh_from_db()
    answer = pao.post(
        reverse("release-paper", args=[paper]), {"release_remark": "Đồng ý.", "version": row.version}
    )
    assert answer.status_code == 302
    assert "Đã phát hành" in shown(lan, "paper", paper)


def test_a_register_is_shown_printed_and_written_as_a_workbook(file):
    client = signed_in(file.world.lan)
    issue(file, "case_summary")
    assert "Tóm tắt hồ sơ" in shown(client, "paper-register", register="letters")
    other = shown(signed_in(file.world.minh), "paper-register", register="letters")
    assert "Tóm tắt hồ sơ" not in other
    assert "Thuộc hồ sơ không do đồng chí phụ trách" in other
    asked = {"register": "letters", "form": "pdf"}
    printed = words(client.get(reverse("paper-register-file"), asked).content)
    assert "SỔ VĂN BẢN ĐI 2026" in printed
    assert "2/2026" in printed
    assert f"In bởi {file.world.lan.full_name} lúc" in printed
    book = client.get(reverse("paper-register-file"), {**asked, "form": "xlsx"})
    assert "2/2026" in "".join(piece.text for piece in read(book.content, "x").pieces)
    for wrong in (
        {"register": "x"},
        {"year": "1999"},
        {"unit": str(uuid4())},
        {"unit": str(file.world.agencies["elsewhere"].pk)},
    ):
        assert client.get(reverse("paper-register"), wrong).status_code == 404


def test_a_report_sheet_never_says_who_reported(file):
    answer = signed_in(file.world.lan).get(reverse("report-sheet", args=[file.ids["report_id"]]))
    page = words(answer.content)
    assert "Chồng đánh vợ, có tiếng kêu cứu." in page
    assert "Giữ bí mật theo quy định của pháp luật" in page
    assert "Người Báo Tin" not in page


def test_a_template_is_put_up_refused_with_its_faults_sent_back_and_withdrawn(file):
    client = signed_in(file.world.mai)
    address = f"{reverse('publish-template')}?kind=ban_decision"
    page = client.get(address).content.decode()
    assert "{{ binds }}" in page
    assert "{%p for one in forbidden %}" in page
    bad = client.post(
        address, {"file": _upload("mau.docx", word_file("{{ nowhere }}")), "remark": "Mẫu số 07"}
    )
    assert bad.status_code == 400
    assert "nowhere" in bad.content.decode()
    assert "Mẫu số 07" in bad.content.decode()
    content = word_file(*BAN_TEMPLATE)
    assert (
        client.post(address, {"file": _upload("mau.docx", content), "remark": "Mẫu của tỉnh"}).status_code
        == 302
    )
    row = PaperTemplate.objects.get(kind="ban_decision")
    assert client.get(reverse("download-template", args=[row.pk])).content == content
    assert "Mẫu của tỉnh" in shown(client, "paper-templates")
    assert "Điền vào mẫu Word của tỉnh" in shown(
        signed_in(file.world.lan),
        "paper-preview",
        file.case.pk,
        kind="ban_decision",
        about=file.ids["measure_id"],
    )
    assert client.post(reverse("withdraw-template", args=[row.pk])).status_code == 302
    row.refresh_from_db()
    assert row.withdrawn_at is not None
    assert signed_in(file.world.lan).get(reverse("paper-templates")).status_code == 403
    assert client.get(f"{reverse('publish-template')}?kind=uploaded").status_code == 404


def test_anybody_may_check_a_paper_and_learns_yes_or_no(file):
    paper, stranger = issue(file, "case_summary"), Client()
    address = reverse("check-paper")
    asked = stranger.get(address, {"check_code": paper.check_code})
    assert paper.check_code in asked.content.decode()
    right = stranger.post(
        address, {"number": paper.shown_number, "check_code": paper.check_code}
    ).content.decode()
    assert f"Giấy số {paper.shown_number} do {paper.unit.name} ban hành ngày" in right
    for secret in (file.case.number, "Lò Thị Mẫu", "bạo lực", "Tóm tắt", str(file.case.pk)):
        assert secret not in right
    wrong = stranger.post(address, {"number": "77/2026", "check_code": paper.check_code}).content.decode()
    missing = stranger.post(
        address, {"number": paper.shown_number, "check_code": "AAAA22222"}
    ).content.decode()
    for answer in (wrong, missing):
        assert "Không xác nhận được" in answer
        assert paper.unit.name not in answer


def test_checking_is_limited(file):
    stranger = Client(REMOTE_ADDR="203.0.113.9")
    asked = {"number": "1/2026", "check_code": "AAAA22222"}
    statuses = [stranger.post(reverse("check-paper"), asked).status_code for _try in range(7)]
    assert statuses[:5] == [200] * 5
    assert 429 in statuses
    elsewhere = Client(REMOTE_ADDR="203.0.113.10")
    assert elsewhere.post(reverse("check-paper"), asked).status_code == 200


def test_what_is_typed_is_kept_when_a_paper_is_refused(file):
    client = signed_in(file.world.lan)
    answer = client.post(
        reverse("issue-file", args=[file.case.pk]),
        {
            "file": _upload("ghi-am.mp3", b"ID3\x03\x00\x00\x00\x00\x00\x21" + b"\x00" * 500),
            "goes_to": ["victim"],
        },
    )
    assert answer.status_code == 400
    assert 'value="victim"' in answer.content.decode()
    assert "checked" in answer.content.decode()
    clean = client.post(
        reverse("issue-file", args=[file.case.pk]),
        {"file": _upload("don.docx", hiding.word()), "goes_to": ["victim"]},
    )
    assert clean.status_code == 302


def _upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)
