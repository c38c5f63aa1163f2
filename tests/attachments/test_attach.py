"""A file attached and removed: who may, in which state, and what stays."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import Storage, storages

from casework.attachments import queries
from casework.attachments.actions import remove_file
from casework.attachments.models import Attachment
from casework.attachments.queries import FileDamaged, FileRemoved, StoreAway, content_of
from casework.audit.models import AuditEvent
from casework.base.refusals import InvalidInput
from casework.cases.lifecycle import CLOSED, CaseNotLive
from casework.encryption.models import FileKey
from casework.encryption.streams import CHUNK
from casework.incidents.actions import record_incident
from casework.protection.actions import request_ban
from tests.attachments.making import FILES, MP3, PDF, PLACE, attach
from tests.cases.acting import on_duty
from tests.ground import copy_of, ground
from tests.incidents.asking import OTHERS

REASON = {"removal_reason": "Đính kèm nhầm hồ sơ."}
attached = ground(lambda world: attach(world, world.case(), content=PDF + bytes(2 * CHUNK)))


@pytest.fixture
def attachment(world, attached):
    return copy_of(attached)


def asked_for(world) -> dict[str, object]:
    return {
        "requester": "victim",
        "requested_at": world.now,
        "told_rights_at": world.now,
        "consent": "yes",
        "grounds": ["harm_health"],
        "grounds_text": "Gây thương tích.",
    }


def read(attachment: Attachment) -> bytes:
    with content_of(attachment) as content:
        return b"".join(content.span(0, content.size))


def stored(attachment: Attachment) -> Path:
    return Path(storages["attachments"].path(str(attachment.stored_as)))


@pytest.fixture
def own_store(settings, tmp_path) -> Storage:
    """A folder of this test alone, not made yet."""
    local = {
        "BACKEND": "casework.attachments.storage.DurableStorage",
        "OPTIONS": {"location": tmp_path / "files"},
    }
    settings.STORAGES = {**settings.STORAGES, "attachments": local}
    return storages["attachments"]


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_every_kind_is_attached_and_read_back(world, case, name):
    row = attach(world, case, name, answers={"description": "Ảnh chụp vết bầm."})

    content = read(row)
    if not row.media_type.startswith("image/"):
        assert content == FILES[name]
    assert (row.size, row.chunks) == (len(content), 1)
    assert row.sha256 == hashlib.sha256(content).hexdigest()
    assert (row.file_name, row.description, row.created_by) == (name, "Ảnh chụp vết bầm.", world.lan)


def test_a_picture_lies_in_the_store_without_its_place(world, case):
    content = read(attach(world, case, "anh.jpg"))
    assert content.startswith(b"\xff\xd8")
    assert PLACE.encode() not in content


def test_the_memory_tells_of_it_without_its_name(world, attachment):
    event = AuditEvent.objects.get(action="file.attach", object_id=attachment.pk)
    assert event.detail["media_type"] == "application/pdf"
    assert "to-trinh" not in str(event.detail)


def test_what_is_stored_is_sealed_under_a_name_that_says_nothing(attachment):
    content = stored(attachment).read_bytes()
    assert b"%PDF" not in content
    assert len(content) == 4 + attachment.size + 3 * 16
    row = Attachment.objects.everything(reason="test").values().get(pk=attachment.pk)
    assert "to-trinh" not in str(row)


@pytest.mark.parametrize("how", ["cut", "one byte", "gone", "another file"])
def test_a_file_changed_in_the_store_is_never_shown(world, case, attachment, how):
    path = stored(attachment)
    content = path.read_bytes()
    broken = {
        "cut": content[: 4 + CHUNK + 16],
        "one byte": content[:1000] + bytes((content[1000] ^ 1,)) + content[1001:],
        "another file": stored(attach(world, case, content=PDF + bytes(2 * CHUNK))).read_bytes(),
    }
    storages["attachments"].delete(str(attachment.stored_as))
    try:
        if how != "gone":
            path.write_bytes(broken[how])
        with pytest.raises(FileDamaged):
            content_of(attachment)
    finally:
        path.write_bytes(content)


# --- what it belongs to ---


def test_it_may_belong_to_an_incident_or_a_measure_of_the_case(world, case):
    incident = record_incident(
        case=case, by=world.lan, at=world.now, answers={"acts": ["A01"], "area": world.commune}
    )
    measure = request_ban(case=case, by=world.lan, at=world.now, answers=asked_for(world))

    rows = [attach(world, case, answers={"about": one.pk}) for one in (incident, measure)]

    assert [row.about_kind for row in rows] == ["incident", "measure"]
    assert all(line.about for line in queries.lines_of(world.lan, case, rows))


def test_it_never_belongs_to_something_of_another_case(world, case):
    other = world.case(account="Việc khác.")
    incident = record_incident(
        case=other, by=world.lan, at=world.now, answers={"acts": ["A01"], "area": world.commune}
    )
    with pytest.raises(InvalidInput) as refused:
        attach(world, case, answers={"about": incident.pk})
    assert list(refused.value.errors) == ["about"]


# --- removing ---


def test_removing_destroys_the_key_and_keeps_row_and_reason(
    world, attachment, django_capture_on_commit_callbacks
):
    path = stored(attachment)
    content = path.read_bytes()
    try:
        with django_capture_on_commit_callbacks(execute=True):
            remove_file(attachment=attachment, by=world.lan, at=world.now, answers=REASON)
        assert not storages["attachments"].exists(str(attachment.stored_as))
        row = Attachment.objects.everything(reason="test").get(pk=attachment.pk)
        assert (row.removed_at, row.removal_reason) == (world.now, REASON["removal_reason"])
        assert bytes(FileKey.objects.get(pk=row.pk).wrapped) == b""
    finally:
        path.write_bytes(content)
    # Although somebody has put the sealed file back from a copy.
    with pytest.raises(FileRemoved):
        content_of(row)


def test_no_key_of_a_removed_file_stays_in_the_history(world, attachment):
    wrapped = bytes(FileKey.objects.get(pk=attachment.pk).wrapped)
    remove_file(attachment=attachment, by=world.lan, at=world.now, answers=REASON)
    for row in attachment.history.everything(reason="test").values():
        assert wrapped not in [
            bytes(value) for value in row.values() if isinstance(value, bytes | memoryview)
        ]


def test_a_file_is_removed_once(world, attachment):
    remove_file(attachment=attachment, by=world.lan, at=world.now, answers=REASON)
    with pytest.raises(FileRemoved):
        remove_file(attachment=attachment, by=world.lan, at=world.now, answers=REASON)


def test_what_was_left_in_the_store_is_swept_away_and_nothing_else(world, case, own_store):
    kept, removed = attach(world, case), attach(world, case)
    remove_file(attachment=removed, by=world.lan, at=world.now, answers=REASON)
    later = world.now + timedelta(days=2)

    assert queries.forget_strays(world.now) == 0  # it may be of a transaction that still runs
    assert queries.forget_strays(later) == 1

    assert own_store.listdir("")[1] == [str(kept.stored_as)]
    assert read(kept) == PDF


def test_without_a_store_nothing_is_attached_and_nothing_is_called_damaged(world, case, own_store, tmp_path):
    kept = attach(world, case)
    (tmp_path / "files").rename(tmp_path / "elsewhere")
    (tmp_path / "files").write_bytes(b"a file where the folder was")

    with pytest.raises(StoreAway):
        attach(world, case)
    with pytest.raises(StoreAway):
        content_of(kept)

    assert Attachment.objects.everything(reason="test").filter(case=case).count() == 1


def test_a_store_that_was_never_used_has_nothing_to_sweep(world, own_store):
    assert queries.forget_strays(world.now) == 0


# --- who, and in which state ---


@pytest.mark.parametrize("name", OTHERS)
def test_attaching_and_removing_are_for_those_on_the_case(world, attachment, name):
    with pytest.raises(OTHERS[name]):
        attach(world, attachment.case, by=world.users[name])
    with pytest.raises(OTHERS[name]):
        remove_file(attachment=attachment, by=world.users[name], at=world.now, answers=REASON)


def test_a_colleague_on_duty_may_do_both(world, attachment):
    on_duty(world, world.minh)
    row = attach(world, attachment.case, "ghi-am.mp3", by=world.minh)
    assert read(row) == MP3
    assert remove_file(attachment=row, by=world.minh, at=world.now, answers=REASON).removed_at == world.now


def test_a_closed_case_takes_no_file_and_loses_none(world, attachment):
    case = attachment.case
    case.state = CLOSED
    case.save()
    with pytest.raises(CaseNotLive):
        attach(world, case)
    with pytest.raises(CaseNotLive):
        remove_file(attachment=attachment, by=world.lan, at=world.now, answers=REASON)
