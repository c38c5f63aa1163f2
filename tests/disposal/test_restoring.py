"""What was destroyed stays destroyed when an older backup comes back: the list of erasures is carried out again first."""

import base64
import json
import zlib
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from casework.access.seals import forged_events, sweep
from casework.attachments.models import Attachment
from casework.attachments.queries import store
from casework.audit.evidence import Walk, read_witness
from casework.audit.models import AuditCheckpoint, AuditEvent
from casework.audit.sequencer import sequence
from casework.audit.verify import all_breaks
from casework.base import clock
from casework.cases.models import Case
from casework.disposal.actions import approve_disposal, carry_out, place_hold
from casework.disposal.models import Disposal
from casework.disposal.queries import extent_of
from casework.encryption.keyring import KeyDestroyed, forget_keys, key_for_writing
from casework.encryption.models import BlindIndexEntry, Tombstone
from casework.encryption.tombstones import digest_of
from casework.management.backups.erasures import NAME, Erasures, line_of, lines_after, told_by
from casework.management.backups.making import make
from casework.management.backups.manifest import NotGenuine
from casework.management.backups.replaying import NotReplayed, check_not_behind, replay
from casework.management.backups.restoring import NotRestored, restore
from casework.statistics.facts import drift
from casework.statistics.figures import current_window
from config import ceremony
from tests.backups.test_backups import PRIVATE, PUBLIC, emptied
from tests.disposal.erasing import AGREED, WEEK, approved, asked, closed_case, counted, erased, everybody
from tests.ground import copy_of, ground
from tests.world import PASSWORD, World, with_password

pytestmark = [pytest.mark.django_db, pytest.mark.role("owner")]

closed = ground(closed_case)


@pytest.fixture
def case(world: World, closed: Case) -> Case:
    return copy_of(closed)


@pytest.fixture
def before(world: World, case: Case, tmp_path: Path) -> Path:
    """A backup of the day before the case is destroyed."""
    approved(world, case)
    return make(tmp_path, PUBLIC, world.now)


def destroyed(world: World, at: Any, place: Path, monkeypatch: Any, settings: Any) -> None:
    """The daily job of that day, with its list where the settings say."""
    settings.ERASURE_LIST = str(place)
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: at)
        call_command("erase_due", stdout=StringIO())


def test_an_older_backup_forgets_again_before_it_is_committed(
    world: World, case: Case, before: Path, tmp_path: Path, monkeypatch: Any, settings: Any
) -> None:
    extent, (file,) = extent_of(case), Attachment.objects.everything(reason="test").filter(case=case)
    window = current_window("calendar_year", clock.local_date(case.opened_at))
    figures = counted(world.commune, window)
    place = tmp_path / "elsewhere.json"
    destroyed(world, world.now + WEEK, place, monkeypatch, settings)
    stone = Tombstone.objects.get()
    emptied()
    forget_keys()

    restore(before, PRIVATE, erasures=place)

    back = Case.objects.everything(reason="test").get(pk=case.pk)
    assert back.state == "disposed"
    assert {person.full_name for person in everybody(back)} == {"⟦đã tiêu hủy⟧"}
    for scope, pk in (("case", case.pk), ("report", extent.reports[0]), ("person", extent.people[0])):
        with pytest.raises(KeyDestroyed):
            key_for_writing(scope, pk)
    assert not BlindIndexEntry.objects.filter(row__in=extent.people).exists()
    assert Attachment.objects.everything(reason="test").get(pk=file.pk).removed_at is not None
    assert bytes(Tombstone.objects.get().digest) == bytes(stone.digest)
    assert Disposal.objects.everything(reason="test").get(case=back).state == "done"
    assert counted(world.commune, window) == figures
    assert drift().total == 0
    assert list(sweep()) == []
    assert list(forged_events()) == []
    assert list(all_breaks(Walk())) == []
    event = AuditEvent.objects.get(action="backup.restore")
    assert event.detail["erased_again"] == 1
    assert AuditEvent.objects.get(action="disposal.forget_again").case_id == case.pk


def test_the_files_it_brought_back_leave_the_store(
    world: World,
    case: Case,
    before: Path,
    tmp_path: Path,
    monkeypatch: Any,
    settings: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    (file,) = Attachment.objects.everything(reason="test").filter(case=case)
    place = tmp_path / "elsewhere.json"
    destroyed(world, world.now + WEEK, place, monkeypatch, settings)
    emptied()
    forget_keys()
    assert store().exists(str(file.stored_as))
    with django_capture_on_commit_callbacks(execute=True):
        restore(before, PRIVATE, erasures=place)
    assert not store().exists(str(file.stored_as))


def test_a_request_nobody_had_agreed_to_yet_lapses(world: World, case: Case, tmp_path: Path) -> None:
    disposal = asked(world, case)
    path = make(tmp_path, PUBLIC, world.now)
    with transaction.atomic():
        agreed = approve_disposal(disposal=disposal, by=world.kien, at=world.now, answers=AGREED)
        carry_out(disposal=agreed, by=None, at=world.now + WEEK)
        Erasures.now(world.now + WEEK).save(tmp_path / "elsewhere.json")
    emptied()
    forget_keys()
    restore(path, PRIVATE, erasures=tmp_path / "elsewhere.json")
    assert Disposal.objects.everything(reason="test").get(case=case).state == "lapsed"
    assert Case.objects.everything(reason="test").get(pk=case.pk).is_erased


def test_a_list_that_lacks_something_is_refused(
    world: World, before: Path, tmp_path: Path, monkeypatch: Any, settings: Any
) -> None:
    """A newer manifest in the folder says that one case was destroyed; the list of the older day knows none."""
    (old := tmp_path / "old.json").write_bytes((tmp_path / NAME).read_bytes())
    destroyed(world, world.now + WEEK, tmp_path / "elsewhere.json", monkeypatch, settings)
    make(tmp_path, PUBLIC, world.now + WEEK)
    assert Erasures.open(tmp_path / NAME).count == 1
    emptied()
    forget_keys()
    with pytest.raises(NotRestored, match="bring the newest list"):
        restore(before, PRIVATE, erasures=old)
    assert not AuditEvent.objects.exists()
    # The list beside the newer manifest is the newest.
    restore(before, PRIVATE)
    assert Tombstone.objects.count() == 1


def test_a_list_much_older_than_the_witness_is_refused(world: World, case: Case, tmp_path: Path) -> None:
    for user in (world.lan, world.mai):
        with_password(user)
    path = make(tmp_path, PUBLIC, world.now)
    sequence(world.now + timedelta(hours=40))
    witnessed = [row.checkpoint() for row in AuditCheckpoint.objects.order_by("number")]
    people = [("lan", PASSWORD), ("mai", PASSWORD)]
    later = Erasures.now(world.now + timedelta(hours=30))
    later.save(tmp_path / "later.json")
    emptied()
    with pytest.raises(NotRestored, match="Bring the newest list"):
        restore(path, PRIVATE, witnessed=witnessed, acknowledged=people)
    restore(path, PRIVATE, witnessed=witnessed, acknowledged=people, erasures=tmp_path / "later.json")


def test_no_list_no_restore(world: World, case: Case, tmp_path: Path) -> None:
    path = make(tmp_path, PUBLIC, world.now)
    (tmp_path / NAME).unlink()
    emptied()
    with pytest.raises(FileNotFoundError, match=NAME):
        restore(path, PRIVATE)


def test_a_changed_list_is_refused(world: World, case: Case, tmp_path: Path) -> None:
    erased(world, case)
    place = tmp_path / NAME
    Erasures.now(world.now).save(place)
    whole = json.loads(place.read_text())
    for change in (
        lambda told: told["list"].update(erasures=[]),
        lambda told: told["list"]["erasures"][0].update(scopes=[]),
        lambda told: told.update(signature="00" * 64),
        lambda told: told.update(key="00" * 8),
        lambda told: told.pop("list"),
    ):
        told = json.loads(json.dumps(whole))
        change(told)
        place.write_text(json.dumps(told))
        with pytest.raises(NotGenuine):
            Erasures.open(place)
    # Whoever can sign cannot leave one out of the middle either.
    stones = list(Erasures.now(world.now).stones)
    stones[0].number = 2
    place.unlink()
    Erasures(world.now, stones).save(place)
    with pytest.raises(NotGenuine):
        Erasures.open(place)


def test_a_copy_put_back_by_hand_is_not_served(
    world: World, case: Case, tmp_path: Path, monkeypatch: Any, settings: Any
) -> None:
    approved(world, case)
    place = tmp_path / "elsewhere.json"
    with transaction.atomic():
        destroyed(world, world.now + WEEK, place, monkeypatch, settings)
        check_not_behind()
        # As a copy of the database that is put back.
        transaction.set_rollback(True)
    forget_keys()
    assert world.victim(case).full_name == "Lò Thị Mẫu"

    with pytest.raises(NotReplayed, match="replay_erasures"):
        check_not_behind()
    with pytest.raises(CommandError, match="brought back from an older backup"):
        call_command("erase_due", stdout=StringIO())
    call_command("replay_erasures", str(place), stdout=(out := StringIO()))

    assert out.getvalue().startswith("1 erasures")
    assert {person.full_name for person in everybody(case)} == {"⟦đã tiêu hủy⟧"}
    check_not_behind()
    assert list(sweep()) == []
    assert replay(Erasures.open(place), at=world.now) == 0


def test_without_a_place_for_the_list_nothing_is_destroyed(
    world: World, case: Case, tmp_path: Path, monkeypatch: Any, settings: Any
) -> None:
    approved(world, case)
    monkeypatch.setattr(clock, "now", lambda: world.now + WEEK)
    for place in (None, str(tmp_path / "nowhere" / "list.json")):
        settings.ERASURE_LIST = place
        with pytest.raises(CommandError, match="list"):
            call_command("erase_due", stdout=StringIO())
    settings.ERASURE_LIST, settings.AUDIT_KEY = str(tmp_path / "list.json"), None
    with pytest.raises(CommandError, match="AUDIT_KEY"):
        call_command("erase_due", stdout=StringIO())
    assert not Tombstone.objects.exists()


def test_the_daily_job_says_what_waits(
    world: World, case: Case, tmp_path: Path, monkeypatch: Any, settings: Any
) -> None:
    approved(world, case)
    place_hold(case=case, by=world.mai, at=world.now, answers={"ground": "court", "reason": "Vụ án."})
    settings.ERASURE_LIST = str(tmp_path / "list.json")
    monkeypatch.setattr(clock, "now", lambda: world.now + WEEK)
    call_command("erase_due", stdout=(out := StringIO()), stderr=(err := StringIO()))
    assert f"{case.number} waits: not_disposable" in err.getvalue()
    assert out.getvalue().strip() == str(tmp_path / "list.json")
    assert Disposal.objects.everything(reason="test").get(case=case).state == "approved"


def told_to(witness: Path, settings: Any) -> None:
    settings.AUDIT_WITNESSES = [f"file://{witness}"]
    call_command("checkpoint", stdout=StringIO())


def restored(manifest: Path, witness: Path, folder: Path, monkeypatch: Any) -> None:
    """By the command, with the lines of a witness and two people who answer for going back."""
    if not (key := folder / "private.key").exists():
        ceremony.write(key, PRIVATE)
    monkeypatch.setattr("casework.management.commands.restore.getpass", lambda _asked: PASSWORD)
    people = ["--acknowledged-by", "lan", "--acknowledged-by", "mai"]
    words = [str(manifest), "--key", str(key), "--witness", str(witness), *people]
    call_command("restore", *words, stdout=StringIO())


def test_an_old_backup_without_its_list_learns_of_it_from_the_witness(
    world: World, case: Case, tmp_path: Path, monkeypatch: Any, settings: Any
) -> None:
    for user in (world.lan, world.mai):
        with_password(user)
    approved(world, case)
    before = make(tmp_path, PUBLIC, world.now)
    witness = tmp_path / "lines.txt"
    told_to(witness, settings)
    destroyed(world, world.now + WEEK, tmp_path / "elsewhere.json", monkeypatch, settings)
    # The job that destroys tells the witnesses itself; the next checkpoint tells of nothing twice.
    assert [line.split()[0] for line in witness.read_text().splitlines()].count("cv1-erasure") == 1
    told_to(witness, settings)
    lines = witness.read_text().splitlines()
    assert [line.split()[0] for line in lines].count("cv1-erasure") == 1
    assert len(read_witness(lines)) == AuditCheckpoint.objects.count()
    for lost in (tmp_path / NAME, tmp_path / "elsewhere.json"):
        lost.unlink()
    emptied()
    forget_keys()

    restored(before, witness, tmp_path, monkeypatch)

    assert {person.full_name for person in everybody(case)} == {"⟦đã tiêu hủy⟧"}
    assert Tombstone.objects.count() == 1
    assert list(sweep()) == []


def test_what_the_witness_was_told_goes_before_an_older_list(
    world: World, case: Case, before: Path, tmp_path: Path, monkeypatch: Any, settings: Any
) -> None:
    for user in (world.lan, world.mai):
        with_password(user)
    witness = tmp_path / "lines.txt"
    destroyed(world, world.now + WEEK, tmp_path / "elsewhere.json", monkeypatch, settings)
    told_to(witness, settings)
    emptied()
    forget_keys()
    assert Erasures.open(tmp_path / NAME).count == 0
    told = told_by(witness.read_text().splitlines(), world.now + WEEK)
    restore(before, PRIVATE, told=told)
    assert Tombstone.objects.count() == 1


def test_lines_of_erasures_that_were_changed_or_cut_are_refused(world: World, case: Case) -> None:
    erased(world, case)
    (line,) = lines_after(0)
    assert lines_after(1) == []
    assert told_by([], world.now) is None
    told = told_by([f"Nov 30 host audit: {line}", line], world.now)
    assert told is not None
    assert told.count == 1
    mark, packed, key, signature = line.split()
    other = base64.b64encode(zlib.compress(b"{}")).decode()
    for wrong in (
        (mark, other, key, signature),
        (mark, packed, "00" * 8, signature),
        (mark, packed, key, "00" * 64),
        (mark, packed[:-8], key, signature),
        (mark, packed, key),
    ):
        with pytest.raises(NotGenuine, match="not signed"):
            told_by([" ".join(wrong)], world.now)
    # The second without the first.
    stone = Tombstone.objects.get()
    stone.number = 2
    stone.digest = digest_of(stone)
    with pytest.raises(NotGenuine, match="lacks erasure 1"):
        told_by([line_of(stone)], world.now)
    with pytest.raises(NotGenuine, match="another one"):
        Erasures(world.now, [stone]).with_those_told(told)
