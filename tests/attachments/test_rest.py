"""Files over REST: sent as a form with a key, listed without their names, read with ranges."""

import json
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from casework.accounts.tokens import issue_token
from casework.attachments.models import Attachment
from casework.cases.lifecycle import CLOSED
from tests.attachments.making import PDF, attach
from tests.ground import copy_of, ground
from tests.incidents.asking import STRANGERS, Rest

attached = ground(lambda world: attach(world, world.case(), "Giấy ra viện.pdf", PDF))


@pytest.fixture
def attachment(world, attached):
    return copy_of(attached)


@pytest.fixture
def lan(world) -> Rest:
    return Rest(world.lan)


def send(rest: Rest, case, content: bytes = PDF, *, key: str = "", name: str = "a.pdf", **more: str):
    file = SimpleUploadedFile(name, content)
    headers = {"Idempotency-Key": key or uuid4().hex}
    return rest.client.post(f"/api/v1/cases/{case.pk}/attachments/", {"file": file, **more}, headers=headers)


def count(case) -> int:
    return Attachment.objects.everything(reason="test").filter(case=case).count()


def test_a_file_is_sent_and_read_back(lan, case):
    answer = send(lan, case, description="Bản chụp giấy ra viện.")

    assert answer.status_code == 201, answer.content
    assert answer.json()["media_type"] == "application/pdf"
    record = lan.client.get(answer["Location"]).json()
    assert (record["file_name"], record["description"], record["size"]) == (
        "a.pdf",
        "Bản chụp giấy ra viện.",
        len(PDF),
    )
    content = lan.get(f"attachments/{record['id']}/content/")
    assert b"".join(content.streaming_content) == PDF
    part = lan.client.get(f"/api/v1/attachments/{record['id']}/content/", headers={"range": "bytes=1-3"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"PDF")
    beyond = lan.client.get(f"/api/v1/attachments/{record['id']}/content/", headers={"range": "bytes=9999-"})
    assert (beyond.status_code, beyond.json()["code"]) == (416, "range_beyond")


def test_the_list_tells_no_names(lan, attachment):
    answer = lan.get(f"cases/{attachment.case_id}/attachments/")
    assert [row["id"] for row in answer.json()["results"]] == [str(attachment.pk)]
    assert "Giấy ra viện" not in answer.content.decode()


def test_sent_twice_with_one_key_it_is_attached_once(lan, case):
    key = uuid4().hex
    first, again = send(lan, case, key=key), send(lan, case, key=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert count(case) == 1
    assert send(lan, case, PDF + b"\n", key=key).status_code == 422


def test_without_a_key_it_is_refused(lan, case):
    answer = lan.client.post(
        f"/api/v1/cases/{case.pk}/attachments/", {"file": SimpleUploadedFile("a.pdf", PDF)}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


@pytest.mark.parametrize(
    ("name", "content", "more", "field"),
    [
        ("a.exe", b"MZ", {}, "file"),
        ("a.pdf", b"MZ" + bytes(50), {}, "file"),
        ("a.pdf", PDF, {"about": str(uuid4())}, "about"),
        ("a.pdf", PDF, {"about": "x"}, "about"),
        ("a.pdf", PDF, {"whatever": "x"}, "whatever"),
    ],
)
def test_what_does_not_fit_is_named(lan, case, name, content, more, field):
    answer = send(lan, case, content, name=name, **more)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert count(case) == 0


def test_a_body_that_is_no_form_is_refused(lan, case):
    assert lan.post(f"cases/{case.pk}/attachments/", {"file": "words"}).status_code == 415
    headers = {"Idempotency-Key": uuid4().hex}
    address = f"/api/v1/cases/{case.pk}/attachments/"
    torn = lan.client.generic(
        "POST", address, b"--x\r\nbroken", content_type="multipart/form-data", headers=headers
    )
    assert torn.status_code == 400
    words = lan.client.post(address, {"file": "words"}, headers=headers)
    assert (words.status_code, list(words.json()["errors"])) == (400, ["file"])


def test_a_program_with_a_token_sends_a_file(world, case):
    token = issue_token(user=world.lan, hours=1, at=world.now)
    program = Client(headers={"authorization": f"Token {token}"}, enforce_csrf_checks=True)
    answer = program.post(
        f"/api/v1/cases/{case.pk}/attachments/",
        {"file": SimpleUploadedFile("a.pdf", PDF)},
        headers={"Idempotency-Key": uuid4().hex},
    )
    assert answer.status_code == 201, answer.content


def test_it_is_removed_with_the_version_it_was_read_with(lan, attachment):
    address = f"attachments/{attachment.pk}/remove/"
    assert lan.post(address, {"removal_reason": "Nhầm."}).status_code == 428
    assert lan.post(address, {"removal_reason": "Nhầm."}, seen=99).status_code == 412
    assert lan.post(address, {"removal_reason": ""}, seen=attachment.version).status_code == 400
    assert lan.post(address, {"removal_reason": "Nhầm."}, seen=attachment.version).status_code == 200
    gone = lan.get(f"attachments/{attachment.pk}/content/")
    assert (gone.status_code, gone.json()["code"]) == (410, "file_removed")
    assert lan.get(f"attachments/{attachment.pk}/").json()["removal_reason"] == "Nhầm."


def test_a_closed_case_takes_none(lan, case):
    case.state = CLOSED
    case.save()
    answer = send(lan, case)
    assert (answer.status_code, answer.json()["code"]) == (409, "case_not_live")


@pytest.mark.parametrize("name", STRANGERS)
def test_to_strangers_there_is_no_such_file(world, attachment, name):
    rest = Rest(world.users[name])
    for address in ("attachments/{}/", "attachments/{}/content/"):
        hidden, missing = (rest.get(address.format(pk)) for pk in (attachment.pk, uuid4()))
        hidden, missing = ({**json.loads(one.content), "request_id": ""} for one in (hidden, missing))
        assert hidden == missing
        assert hidden["code"] == "not_found"
    assert send(rest, attachment.case).status_code == 404
