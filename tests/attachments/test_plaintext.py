"""No plaintext on a disk at any instant: looked for while a file comes in, and when it has come."""

import base64
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.core.signals import request_finished
from django.db import close_old_connections, connection
from django.test import RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse

from casework.access.models import Draft
from casework.attachments.models import Attachment
from casework.base import clock
from tests.attachments.making import MP3
from tests.incidents.asking import signed_in

CANARY = "chim-hoàng-yến-kêu-ở-đây"
MARKS = [CANARY.encode(), CANARY.encode("utf-16-le"), base64.b64encode(CANARY.encode() * 3)[3:-3]]
CONTENT = MP3 + CANARY.encode() * (5_000_000 // len(CANARY.encode()))


def database() -> Iterator[bytes]:
    """All that is stored, as it is stored, that of this running transaction too."""
    if connection.vendor == "sqlite":
        yield connection.connection.serialize()
        return
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT row::text FROM "{table}" row')
            # What a column of bytes holds is written as hexadecimal digits.
            text = "\n".join(row for (row,) in cursor.fetchall())
            yield text.encode()
            yield from (bytes.fromhex(part) for part in _hexadecimal(text))


def _hexadecimal(text: str) -> Iterator[str]:
    for part in text.split("\\x")[1:]:
        digits = part.split('"')[0].split(",")[0].split(")")[0]
        if len(digits) % 2 == 0 and all(digit in "0123456789abcdef" for digit in digits):
            yield digits


def open_files() -> Iterator[bytes]:
    """What this process has open, also where it has no name any more: temporary files."""
    for link in Path("/proc/self/fd").iterdir():
        try:
            size = link.stat().st_size if link.is_file() else 0
            # Read by its number and place, so that whoever writes it does not notice.
            yield os.pread(int(link.name), size, 0) if size else b""
        except OSError:
            continue  # closed meanwhile, or open for writing alone


def named_files(folder: Path) -> Iterator[bytes]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.read_bytes()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch, settings) -> Path:
    """Where everything of this test is written that has a name: temporary files, the store, the media folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    local = {
        "BACKEND": "casework.attachments.storage.DurableStorage",
        "OPTIONS": {"location": tmp_path / "files"},
    }
    settings.STORAGES = {**settings.STORAGES, "attachments": local}
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path


def found(folder: Path) -> list[str]:
    places = {"database": database(), "open files": open_files(), "named files": named_files(folder)}
    return [
        place
        for place, contents in places.items()
        for content in contents
        if any(mark in content for mark in MARKS)
    ]


class Slowly(io.BytesIO):
    """The connection a file comes in by; between its parts somebody looks at the disk."""

    def __init__(self, body: bytes, folder: Path) -> None:
        super().__init__(body)
        self.folder = folder
        self.looked = self.largest = 0
        self.told: list[str] = []

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() // 1_000_000 > self.looked:
            self.looked += 1
            self.told += found(self.folder)
            self.largest = max(self.largest, *(len(content) for content in open_files()))
        return super().read(size)


def test_what_looks_for_plaintext_would_find_it(world, folder):
    with tempfile.TemporaryFile() as file:
        file.write(CONTENT)
        file.flush()
        assert found(folder) == ["open files"]
    with tempfile.NamedTemporaryFile() as file:
        file.write(CONTENT)
        file.flush()
        assert set(found(folder)) == {"open files", "named files"}
    Draft.objects.create(user=world.lan, path=CANARY, content={}, saved_at=clock.now())
    assert found(folder) == ["database"]


@pytest.mark.django_db
def test_no_plaintext_is_on_a_disk_while_a_file_comes_in_nor_afterwards(world, case, folder):
    client = signed_in(world.lan)
    file = SimpleUploadedFile("ghi-am.mp3", CONTENT)
    body = encode_multipart(BOUNDARY, {"file": file, "description": CANARY})
    coming = Slowly(body, folder)
    environ = (
        RequestFactory(headers={"cookie": client.cookies.output(header="", sep=";").strip()})
        .post(reverse("attach-file", args=[case.pk]))
        .environ
    )
    handler = BaseHandler()
    handler.load_middleware()
    sent = WSGIRequest(
        {**environ, "wsgi.input": coming, "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": MULTIPART_CONTENT}
    )
    sent._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]

    answer = handler.get_response(sent)

    assert (answer.status_code, found(folder)) == (302, [])
    # As the test client does: the end of a request would close the connection in the middle of the test.
    request_finished.disconnect(close_old_connections)
    answer.close()
    request_finished.connect(close_old_connections)
    # It was looked at from the first million bytes to the fourth, and the sealed file was growing on the disk.
    assert (coming.looked, coming.told) == (4, [])
    assert coming.largest > 3_000_000
    row = Attachment.objects.everything(reason="test").get(case=case)
    assert (row.size, row.description) == (len(CONTENT), CANARY)
    # Sent back whole, and again nothing was left behind.
    saved: Any = client.get(reverse("download-file", args=[row.pk]))
    assert b"".join(saved.streaming_content) == CONTENT
    assert found(folder) == []
