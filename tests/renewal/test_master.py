"""Every data key is wrapped by the next master key; the old one is dropped only when nothing needs it."""

import uuid

import pytest
from django.core.management import CommandError
from django.urls import reverse

from casework.audit.models import AuditEvent
from casework.encryption import KeysUnavailable, keyring
from casework.encryption.canary import WrongKey, verify_canary
from casework.encryption.models import Canary, DataKey, KeyGeneration, KeyRotation
from casework.management.renewal import master
from tests.renewal.conftest import Killed, manage
from tests.renewal.looking import damaged, values

pytestmark = pytest.mark.role("keeper")

OLD, NEW = b"MASTER_KEY-for-tests-only-012345", bytes(range(32))


@pytest.fixture
def both(settings, made):
    """The next master key is loaded and current."""
    assert settings.ENCRYPTION_KEYS["keys"] == {1: OLD}
    settings.ENCRYPTION_KEYS = {"current": 2, "keys": {1: OLD, 2: NEW}}
    return settings


def of_master(number: int) -> int:
    return DataKey.objects.filter(kek_id=number).count()


def test_all_data_keys_are_under_the_next_master_key_and_everything_opens(both):
    count, before = of_master(1), values()

    assert manage("rotate_keys").startswith(f"{count} data keys are under master key 2")

    assert (of_master(1), of_master(2)) == (0, count)
    both.ENCRYPTION_KEYS = {"current": 2, "keys": {2: NEW}}
    keyring.forget_keys()
    assert values() == before


def test_the_memory_tells_when_it_began_and_ended(both):
    count = of_master(1)
    manage("rotate_keys")
    told = AuditEvent.objects.filter(action__startswith="key.").order_by("pk")
    assert [(event.action, event.detail) for event in told] == [
        ("key.renew", {"of": "master", "number": 2, "keys": count}),
        ("key.renewed", {"of": "master", "number": 2, "keys": count, "left": 0}),
    ]


def test_a_second_run_does_nothing_and_one_after_a_late_server_does_its_keys(both):
    manage("rotate_keys")
    events, wrapped = AuditEvent.objects.count(), list(DataKey.objects.order_by("pk").values_list("wrapped"))
    assert "Nothing to do" in manage("rotate_keys")
    assert AuditEvent.objects.count() == events
    assert list(DataKey.objects.order_by("pk").values_list("wrapped")) == wrapped

    both.ENCRYPTION_KEYS = {"current": 1, "keys": {1: OLD, 2: NEW}}
    late = keyring.key_for_writing("case", uuid.uuid4())
    both.ENCRYPTION_KEYS = {"current": 2, "keys": {1: OLD, 2: NEW}}
    manage("rotate_keys")
    assert DataKey.objects.get(pk=late.dek_id).kek_id == 2


def test_killed_in_the_middle_it_goes_on_where_it_was(both, monkeypatch):
    monkeypatch.setattr(master, "AT_ONCE", 2)
    count, step = of_master(1), master._rewrap
    calls = iter(range(100))

    def rewrap(number, rows):
        if next(calls) == 1:
            raise Killed
        return step(number, rows)

    monkeypatch.setattr(master, "_rewrap", rewrap)
    with pytest.raises(Killed):
        manage("rotate_keys")
    assert of_master(2) == 2
    keyring.forget_keys()
    assert damaged() == []

    manage("rotate_keys")

    assert (of_master(1), KeyRotation.objects.get(of="master").done) == (0, count)
    assert AuditEvent.objects.filter(action="key.renew").count() == 1


def test_a_key_made_by_a_late_server_behind_where_it_had_come_to_is_done_in_the_same_run(both, monkeypatch):
    step = master._rewrap

    def rewrap(number, rows):
        rotation = step(number, rows)
        # As an exchange back, begun in between, would leave it: all that was done waits again.
        if behind:
            wrapped = DataKey.objects.filter(pk=behind.pop())
            wrapped.update(kek_id=1, wrapped=first.wrapped)
        return rotation

    first = DataKey.objects.order_by("pk")[0]
    behind = [first.pk]
    monkeypatch.setattr(master, "_rewrap", rewrap)

    manage("rotate_keys")

    assert of_master(1) == 0
    assert "Nothing to do" in manage("rotate_keys")


def test_a_key_destroyed_meanwhile_stays_destroyed(both, monkeypatch):
    row = DataKey.objects.filter(scope_type="case")[0]
    opened = master.opened

    def opened_and_then_erased(rows):
        found = opened(rows)
        DataKey.objects.filter(pk=row.pk).update(state="destroyed", wrapped=b"")
        return found

    monkeypatch.setattr(master, "opened", opened_and_then_erased)
    manage("rotate_keys")
    row.refresh_from_db()
    assert (row.state, bytes(row.wrapped)) == ("destroyed", b"")


def test_a_damaged_key_is_left_and_said(both):
    row = DataKey.objects.filter(scope_type="case")[0]
    kept = bytes(row.wrapped)
    DataKey.objects.filter(pk=row.pk).update(wrapped=kept[:-1] + bytes((kept[-1] ^ 1,)))
    with pytest.raises(CommandError, match="1 data keys are damaged"):
        manage("rotate_keys")
    assert of_master(1) == 1
    assert "Nothing to do" in manage("rotate_keys")
    with pytest.raises(CommandError, match="wraps 1 data keys"):
        manage("keys", "drop", "master", "1")


def test_a_master_key_that_is_not_loaded_stops_it_before_it_begins(both):
    verify_canary()
    DataKey.objects.filter(scope_type="case").update(kek_id=7)
    with pytest.raises(CommandError, match="master key 7, which is not loaded"):
        manage("rotate_keys")
    assert not AuditEvent.objects.filter(action__startswith="key.").exists()


class TestDropping:
    def test_a_master_key_that_still_wraps_is_not_dropped(self, both):
        with pytest.raises(CommandError, match=r"wraps \d+ data keys: run rotate_keys first"):
            manage("keys", "drop", "master", "1")
        with pytest.raises(CommandError, match="the current one"):
            manage("keys", "drop", "master", "2")
        with pytest.raises(CommandError, match="not known here"):
            manage("keys", "drop", "master", "9")
        assert not Canary.objects.exclude(dropped_at=None).exists()

    def test_dropped_it_need_not_be_loaded_and_is_never_current_again(self, both, client):
        manage("rotate_keys")
        assert "master key 1 was dropped" in manage("keys", "drop", "master", "1")
        assert AuditEvent.objects.get(action="key.drop").detail == {"of": "master", "number": 1}
        with pytest.raises(CommandError, match="dropped before"):
            manage("keys", "drop", "master", "1")

        both.ENCRYPTION_KEYS = {"current": 2, "keys": {2: NEW}}
        verify_canary()
        both.ENCRYPTION_KEYS = {"current": 1, "keys": {1: OLD, 2: NEW}}
        with pytest.raises(WrongKey, match="key 1 was dropped"):
            verify_canary()

    def test_a_server_that_still_seals_under_it_stops_at_its_next_request(self, both, client):
        """It was forgotten when the others were given the new key: nothing it wrote could be opened by them."""
        manage("rotate_keys")
        manage("keys", "drop", "master", "1")
        both.ENCRYPTION_KEYS = {"current": 1, "keys": {1: OLD, 2: NEW}}
        keyring.begin_request()
        with pytest.raises(KeysUnavailable, match="key 1 was dropped"):
            keyring.key_for_writing("case", uuid.uuid4())
        assert client.get(reverse("health_ready")).status_code == 503

    def test_even_in_the_middle_of_a_request_no_key_is_made_under_it(self, both):
        manage("rotate_keys")
        manage("keys", "drop", "master", "1")
        KeyGeneration.objects.all().delete()
        keyring.forget_keys()
        both.ENCRYPTION_KEYS = {"current": 1, "keys": {1: OLD, 2: NEW}}
        with pytest.raises(KeysUnavailable, match="nothing new is sealed under it"):
            keyring.key_for_writing("case", uuid.uuid4())
