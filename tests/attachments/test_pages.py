"""The tab of files in a browser: attached by a form, listed, saved whole or in part, removed."""

import re
import resource
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from casework.attachments.models import Attachment
from casework.audit.models import AuditEvent
from casework.cases.actions import declare_conflict
from casework.cases.lifecycle import CLOSED
from casework.encryption.streams import CHUNK
from tests.attachments.making import MP3, PDF, PLACE, attach, picture
from tests.ground import copy_of, ground
from tests.incidents.asking import STRANGERS, signed_in
from tests.matrix.test_memory_away import without_memory

CONTENT = PDF + bytes(range(256)) * 512  # three chunks
attached = ground(
    lambda world: attach(
        world, world.case(), "Giấy ra viện.pdf", CONTENT, answers={"description": "Bản chụp."}
    )
)


@pytest.fixture
def attachment(world, attached):
    return copy_of(attached)


@pytest.fixture
def lan(world) -> Client:
    return signed_in(world.lan)


def body(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def url(attachment: Attachment, name: str = "download-file") -> str:
    return reverse(name, args=[attachment.pk])


def send(client: Client, case, name: str, content: bytes, **more: str):
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("attach-file", args=[case.pk]), {"file": file, **more})


def events(attachment: Attachment, action: str = "file.open"):
    return AuditEvent.objects.filter(action=action, object_id=attachment.pk)


# --- attaching ---


def test_the_form_attaches_a_file_and_the_tab_shows_it(lan, case):
    page = lan.get(reverse("case-files", args=[case.pk])).content.decode()
    assert 'enctype="multipart/form-data"' in page
    assert 'accept=".pdf,.jpg,.jpeg,.png,.docx,.xlsx,.mp3,.m4a"' in page

    answer = send(lan, case, "Vết thương.jpg", picture(), description="Cánh tay trái.")

    assert answer["Location"] == reverse("case-files", args=[case.pk])
    page = lan.get(answer["Location"]).content.decode()
    assert "Vết thương.jpg" in page
    assert "Cánh tay trái." in page
    assert "Tải về" in page
    saved = body(lan.get(re.findall(r'href="(/files/[^"]+/download/)"', page)[0]))
    assert saved.startswith(b"\xff\xd8")
    assert PLACE.encode() not in saved


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.exe", b"MZ", "Chỉ nhận PDF"),
        ("a.pdf", b"MZ" + bytes(99), "không đúng với đuôi tên tệp"),
        ("a.pdf", b"", "Tệp này rỗng"),
        ("a.jpg", picture()[:200], "Tệp bị hỏng"),
    ],
)
def test_what_is_not_taken_is_said_beside_the_field_and_nothing_typed_is_lost(lan, case, name, content, said):
    answer = send(lan, case, name, content, description="Đã gõ cả một đoạn.")

    assert answer.status_code == 400
    page = answer.content.decode()
    assert said in page
    assert "Đã gõ cả một đoạn." in page
    assert not Attachment.objects.everything(reason="test").filter(case=case).exists()


def test_a_file_longer_than_is_taken_is_refused_and_not_kept(lan, case, settings):
    settings.LARGEST_FILE = 1_000_000
    answer = send(lan, case, "a.pdf", PDF + bytes(1_000_000))

    assert answer.status_code == 400
    assert "tối đa 1 MB" in answer.content.decode()


def test_a_file_the_disk_has_no_room_for_is_said_so_and_nothing_typed_is_lost(lan, case):
    # What this process may write to one file, as on a disk that is full: more is an error of the system.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    try:
        answer = send(lan, case, "a.pdf", PDF + bytes(3_000_000), description="Đã gõ cả một đoạn.")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert answer.status_code == 400
    page = answer.content.decode()
    assert "chưa có chỗ" in page
    assert "Đã gõ cả một đoạn." in page


def test_a_form_without_a_file_or_with_two_is_refused(lan, case):
    where = reverse("attach-file", args=[case.pk])
    assert lan.post(where, {"description": "x"}).status_code == 400
    assert lan.post(where, {"file": "just words"}).status_code == 400
    two = [SimpleUploadedFile("a.pdf", PDF), SimpleUploadedFile("b.pdf", PDF)]
    assert lan.post(where, {"file": two}).status_code == 400


def test_the_same_form_pressed_twice_attaches_one_file(lan, case):
    for _press in range(2):
        assert send(lan, case, "a.pdf", PDF, form_key="0" * 32).status_code == 302
    assert Attachment.objects.everything(reason="test").filter(case=case).count() == 1


def test_a_file_sent_to_any_other_page_is_passed_over(lan, case):
    where = reverse("write-note", args=[case.pk])
    answer = lan.post(where, {"text": SimpleUploadedFile("a.pdf", PDF)})
    assert answer.status_code == 200
    assert not answer.wsgi_request.FILES


def test_a_closed_case_shows_its_files_and_takes_none(lan, attachment):
    attachment.case.state = CLOSED
    attachment.case.save()

    page = lan.get(reverse("case-files", args=[attachment.case_id])).content.decode()
    assert "Giấy ra viện.pdf" in page
    assert "multipart" not in page
    assert send(lan, attachment.case, "a.pdf", PDF).status_code == 409
    assert lan.get(url(attachment)).status_code == 200


# --- saving ---


def test_a_file_is_saved_and_never_shown_in_place(lan, attachment):
    answer = lan.get(url(attachment))

    assert body(answer) == CONTENT
    assert answer["Content-Length"] == str(len(CONTENT))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f"attachment; filename*=utf-8''{quote('Giấy ra viện.pdf')}"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-", 10, len(CONTENT)),
        (f"bytes={CHUNK - 3}-{CHUNK + 2}", CHUNK - 3, CHUNK + 3),
        (f"bytes={CHUNK}-{2 * CHUNK - 1}", CHUNK, 2 * CHUNK),
        ("bytes=-7", len(CONTENT) - 7, len(CONTENT)),
        ("bytes=-99999999", 0, len(CONTENT)),
        ("bytes=5-99999999", 5, len(CONTENT)),
    ],
)
def test_one_range_is_sent_alone(lan, attachment, asked, start, stop):
    answer = lan.get(url(attachment), headers={"range": asked})

    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {start}-{stop - 1}/{len(CONTENT)}"
    assert answer["Content-Length"] == str(stop - start)
    assert body(answer) == CONTENT[start:stop]


@pytest.mark.parametrize("asked", [f"bytes={len(CONTENT)}-", "bytes=999999999999-", "bytes=-0"])
def test_a_range_beyond_the_end_is_told_so(lan, attachment, asked):
    answer = lan.get(url(attachment), headers={"range": asked})

    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{len(CONTENT)}"


MANY_DIGITS = "bytes=" + "9" * 40 + "-"


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-6", "lines=0-1", "bytes=-", "bytes=9-3", "bytes=٣-", MANY_DIGITS]
)
def test_anything_else_gets_the_whole_file(lan, attachment, asked):
    assert body(lan.get(url(attachment), headers={"range": asked})) == CONTENT


def test_a_range_of_what_was_another_content_gets_the_whole_file(lan, attachment):
    mine = lan.get(url(attachment))["ETag"]
    for tag, status in ((mine, 206), ('"another"', 200)):
        answer = lan.get(url(attachment), headers={"range": "bytes=0-9", "if-range": tag})
        assert answer.status_code == status


def test_saving_is_written_before_the_first_byte_goes(lan, attachment):
    answer = lan.get(url(attachment))

    # Nobody has read the answer yet.
    event = events(attachment).get()
    assert (event.outcome, event.fields) == ("read", ["file_name"])
    assert body(answer) == CONTENT


def test_without_the_memory_nothing_is_sent(lan, attachment):
    with without_memory():
        answer = lan.get(url(attachment))
    assert answer.status_code == 503
    assert b"%PDF" not in body(answer)


def test_a_file_changed_in_the_store_is_not_sent(lan, attachment):
    Attachment.objects.everything(reason="test").filter(pk=attachment.pk).update(size=attachment.size - 1)
    answer = lan.get(url(attachment))
    assert answer.status_code == 409
    assert b"%PDF" not in body(answer)


# --- removing ---


def test_a_removed_file_stays_in_the_list_with_its_reason(lan, attachment):
    assert "Giấy ra viện.pdf" in lan.get(url(attachment, "remove-file")).content.decode()
    answer = lan.post(
        url(attachment, "remove-file"), {"removal_reason": "Nhầm hồ sơ.", "version": attachment.version}
    )

    assert answer.status_code == 302
    page = lan.get(answer["Location"]).content.decode()
    assert "Nhầm hồ sơ." in page
    assert "Đã gỡ bỏ" in page
    assert f'"{url(attachment)}"' not in page
    assert lan.get(url(attachment)).status_code == 410
    assert lan.get(url(attachment, "remove-file")).status_code == 410


# --- who ---


@pytest.mark.parametrize("name", STRANGERS)
def test_who_may_not_see_the_case_gets_one_answer_for_all(world, attachment, name):
    client = signed_in(world.users[name])
    for route, row in (
        ("download-file", attachment.pk),
        ("remove-file", attachment.pk),
        ("case-files", attachment.case_id),
    ):
        hidden, missing = (client.get(reverse(route, args=[pk])) for pk in (row, uuid4()))
        assert hidden.status_code == missing.status_code == 404
    assert not events(attachment).filter(outcome="read").exists()


def test_the_chair_and_the_supervisor_read_files_and_change_none(world, attachment):
    for user in (world.pao, world.mai):
        client = signed_in(user)
        assert body(client.get(url(attachment))) == CONTENT
        assert client.get(url(attachment, "remove-file")).status_code == 403
        assert send(client, attachment.case, "a.pdf", PDF).status_code == 403


def test_whoever_declared_a_conflict_finds_no_file(world, attachment):
    mai = signed_in(world.mai)
    assert mai.get(url(attachment)).status_code == 200
    declare_conflict(case=attachment.case, by=world.mai, at=world.now)

    assert mai.get(url(attachment)).status_code == 404
    assert mai.get(reverse("case-files", args=[attachment.case_id])).status_code == 404


def test_a_stranger_without_an_account_fills_no_disk(attachment):
    answer = send(Client(), attachment.case, "a.mp3", MP3)
    assert answer.status_code == 302
    assert not answer.wsgi_request.FILES
