"""The same files in a real S3 store: sealed there as on a disk, read in part, removed."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import boto3
import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from casework.attachments import queries
from casework.attachments.actions import remove_file
from casework.attachments.models import Attachment
from casework.attachments.queries import FileDamaged, content_of
from casework.encryption.streams import CHUNK
from casework.management.backups import files
from tests.attachments.making import PDF, attach
from tests.incidents.asking import signed_in

CONTENT = PDF + bytes(range(256)) * 600
BUCKET = "ho-so"


def free_ports(count: int) -> list[int]:
    """Low enough that the server's own second port (10,000 above each) lies beneath those the system lends to others."""
    found: list[int] = []
    for port in range(11_000 + (time.time_ns() // 1000) % 10_000, 22_700):
        with socket.socket() as one, socket.socket() as other, suppress(OSError):
            one.bind(("127.0.0.1", port))
            other.bind(("127.0.0.1", port + 10_000))
            found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError("no free ports")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """SeaweedFS on loopback, its data in a folder of this run."""
    folder = tmp_path_factory.mktemp("s3")
    master, volume, filer, s3 = free_ports(4)
    (folder / "s3.json").write_text(
        '{"identities": [{"name": "casework", "credentials": [{"accessKey": "tests", "secretKey": "tests-only"}],'
        ' "actions": ["Admin", "Read", "Write", "List"]}]}'
    )
    weed = Path(sys.executable).with_name("weed")
    arguments = [
        "server", "-s3", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
        f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}", f"-s3.port={s3}",
        f"-s3.config={folder / 's3.json'}", "-master.volumeSizeLimitMB=64", "-volume.max=20",
        "-master.electionTimeout=1s", "-master.heartbeatInterval=100ms",
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([str(weed), *arguments], stdout=log, stderr=log, cwd=folder)
    address = f"http://127.0.0.1:{s3}"
    try:
        _wait(address, process, folder / "log")
        yield address
    finally:
        # Asked politely it takes half a minute to say goodbye to its own parts.
        process.kill()
        process.wait(timeout=20)


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="tests",
        aws_secret_access_key="tests-only",
    )
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=1).close()
        except urllib.error.HTTPError:
            pass  # it answers: it wants to know who is asking
        except OSError:
            time.sleep(0.1)
            continue
        try:
            client.create_bucket(Bucket=BUCKET)
            client.put_object(Bucket=BUCKET, Key="ready", Body=b"x")
            client.delete_object(Bucket=BUCKET, Key="ready")
        except (client.exceptions.ClientError, OSError):
            time.sleep(0.1)
            continue
        return
    raise RuntimeError(log.read_text()[-3000:])


@pytest.fixture
def store(server, settings):
    options = {
        "bucket_name": BUCKET, "endpoint_url": server, "region_name": "us-east-1", "addressing_style": "path",
        "access_key": "tests", "secret_key": "tests-only", "default_acl": None, "file_overwrite": False,
        "signature_version": "s3v4",
    }  # fmt: skip
    settings.STORAGES = {
        **settings.STORAGES,
        "attachments": {"BACKEND": "casework.attachments.s3.S3Store", "OPTIONS": options},
    }
    return storages["attachments"]


@pytest.fixture
def attachment(world, case, store) -> Attachment:
    return attach(world, case, content=CONTENT)


def test_a_file_lies_sealed_in_the_bucket_and_is_read_in_part(store, attachment):
    with store.open(str(attachment.stored_as)) as file:
        stored = file.read()
    assert len(stored) == 4 + len(CONTENT) + attachment.chunks * 16
    assert b"%PDF" not in stored

    with content_of(attachment) as content:
        assert b"".join(content.span(CHUNK - 2, CHUNK + 2)) == CONTENT[CHUNK - 2 : CHUNK + 2]
        assert b"".join(content.span(0, content.size)) == CONTENT


def test_a_file_gone_from_the_bucket_is_said_to_be_damaged(store, attachment):
    store.delete(str(attachment.stored_as))
    with pytest.raises(FileDamaged):
        content_of(attachment)


def test_a_store_that_does_not_answer_is_said_so_soon_and_nothing_is_attached(world, attachment, settings):
    """The page keeps what was typed and says to try again; the file is not called damaged, nobody waits for minutes."""
    (port,) = free_ports(1)
    options = settings.STORAGES["attachments"]["OPTIONS"] | {"endpoint_url": f"http://127.0.0.1:{port}"}
    settings.STORAGES = {
        **settings.STORAGES,
        "attachments": settings.STORAGES["attachments"] | {"OPTIONS": options},
    }
    lan, started = signed_in(world.lan), time.monotonic()

    sent = {"file": SimpleUploadedFile("a.pdf", PDF), "description": "Đã gõ cả một đoạn."}
    answer = lan.post(reverse("attach-file", args=[attachment.case_id]), sent)
    assert (answer.status_code, "Đã gõ cả một đoạn." in answer.content.decode()) == (503, True)
    assert "chưa thể lưu hoặc lấy tệp" in answer.content.decode()
    for path in (
        reverse("download-file", args=[attachment.pk]),
        reverse("api:download-file", args=[attachment.pk]),
    ):
        assert lan.get(path).status_code == 503

    assert time.monotonic() - started < 20
    assert Attachment.objects.everything(reason="test").filter(case=attachment.case_id).count() == 1


def test_files_go_from_a_bucket_into_a_backup_and_back_into_a_bucket(store, attachment, tmp_path):
    digests, lost = files.copy(tmp_path, files.kept(), {})
    assert (list(digests), lost) == ([str(attachment.stored_as)], [])
    store.delete(str(attachment.stored_as))

    brought: list[str] = []
    files.bring_back(tmp_path, digests, brought)

    assert brought == list(digests)
    assert files.prove(()) == 1


def test_going_on_to_read_is_one_request_and_another_place_a_second(store, attachment):
    asked: list[bytes] = []
    client = store.connection.meta.client
    client.meta.events.register(
        "before-send.s3.GetObject", lambda request, **_more: asked.append(request.headers["Range"])
    )
    with content_of(attachment) as content:
        asked.clear()
        assert b"".join(content.span(0, content.size)) == CONTENT
        assert asked == []
        assert b"".join(content.span(CHUNK, CHUNK + 5)) == CONTENT[CHUNK : CHUNK + 5]
    assert asked == [b"bytes=65556-"]


def test_a_removed_file_leaves_the_bucket(world, store, attachment, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        remove_file(attachment=attachment, by=world.lan, at=world.now, answers={"removal_reason": "Nhầm."})
    assert not store.exists(str(attachment.stored_as))


def test_the_sweep_walks_the_bucket(world, store, attachment):
    assert queries.forget_strays(world.now) == 0
    assert store.exists(str(attachment.stored_as))
