"""Everybody is found under the next index key as well, and then under it alone."""

import pytest
from django.core.management import CommandError

from casework.audit.models import AuditEvent
from casework.encryption import blind
from casework.encryption.canary import verify_canary
from casework.encryption.models import BlindIndexEntry, Canary
from casework.management.renewal import index
from casework.people.matching import candidates, index_person
from casework.people.models import Phone
from tests.renewal.conftest import Killed, manage
from tests.world import World

pytestmark = pytest.mark.role("keeper")

OLD, NEW = b"INDEX_KEY-for-tests-only-0123456", bytes(range(32))
PHONE, NAME = "+84912345678", {"full_name": "Lò Thị Mẫu", "birth_date": "1990"}


@pytest.fixture
def loaded(settings, made):
    """The next index key is loaded; the old one is still current."""
    assert settings.INDEX_KEYS["keys"] == {1: OLD}
    settings.INDEX_KEYS = {"current": 1, "keys": {1: OLD, 2: NEW}}
    return settings


def only(settings, number: int) -> None:
    settings.INDEX_KEYS = {"current": number, "keys": {number: {1: OLD, 2: NEW}[number]}}


def versions() -> set[int]:
    return set(BlindIndexEntry.objects.values_list("version", flat=True))


def test_everybody_is_found_under_either_key(loaded, world: World, case):
    victim = world.victim(case)
    entries = BlindIndexEntry.objects.count()

    assert "people written under index key 2" in manage("rotate_index_key")

    assert BlindIndexEntry.objects.count() == 2 * entries
    for number in (1, 2):
        only(loaded, number)
        assert candidates(phone=PHONE) == [victim.pk]
        assert victim.pk in candidates(**NAME)


def test_the_memory_tells_when_it_began_and_ended(loaded):
    entries = BlindIndexEntry.objects.count()
    manage("rotate_index_key")
    told = AuditEvent.objects.filter(action__startswith="key.").order_by("pk")
    assert [event.action for event in told] == ["key.renew", "key.renewed"]
    assert told[0].detail == {"of": "index", "number": 2, "entries": entries}
    assert told[1].detail["left"] == 0


def test_a_second_run_does_nothing(loaded):
    manage("rotate_index_key")
    before = list(BlindIndexEntry.objects.order_by("pk").values())
    events = AuditEvent.objects.count()
    assert "Nothing to do" in manage("rotate_index_key")
    assert list(BlindIndexEntry.objects.order_by("pk").values()) == before
    assert AuditEvent.objects.count() == events


def test_killed_in_the_middle_it_goes_on_where_it_was(loaded, world, case, monkeypatch):
    monkeypatch.setattr(index, "AT_ONCE", 1)
    step, calls = index._reindex, iter(range(100))

    def reindex(number, rows):
        if next(calls) == 1:
            raise Killed
        return step(number, rows)

    monkeypatch.setattr(index, "_reindex", reindex)
    with pytest.raises(Killed):
        manage("rotate_index_key")
    assert candidates(phone=PHONE) == [world.victim(case).pk]
    assert index.lacking(2).exists()

    manage("rotate_index_key")

    assert not index.lacking(2).exists()
    assert AuditEvent.objects.filter(action="key.renew").count() == 1


def test_what_changes_meanwhile_is_under_both(loaded, world, case):
    manage("rotate_index_key")
    person = world.victim(case)
    phone = Phone.objects.everything(reason="test").get(person=person)
    phone.number = "+84987654321"
    phone.save()
    index_person(person)
    for number in (1, 2):
        only(loaded, number)
        assert candidates(phone=PHONE) == []
        assert candidates(phone="+84987654321") == [person.pk]


def test_a_server_that_was_not_given_the_new_key_is_made_up_for(loaded, world, case):
    manage("rotate_index_key")
    person = world.victim(case)
    loaded.INDEX_KEYS = {"current": 1, "keys": {1: OLD}}
    blind.put("person.phone", Phone.objects.everything(reason="test").get(person=person).pk, "+84987654321")

    loaded.INDEX_KEYS = {"current": 2, "keys": {1: OLD, 2: NEW}}
    with pytest.raises(CommandError, match="1 entries have none under index key 2"):
        manage("keys", "drop", "index", "1")
    manage("rotate_index_key")
    assert candidates(phone=PHONE) == [person.pk]


def test_what_such_a_server_writes_while_it_runs_is_made_up_for_in_the_same_run(
    loaded, world, case, monkeypatch
):
    monkeypatch.setattr(index, "AT_ONCE", 1)
    person = world.victim(case)
    phone = Phone.objects.everything(reason="test").get(person=person)
    step, ahead = index._reindex, {person.pk, phone.pk}

    def reindex(number, rows):
        rotation = step(number, rows)
        if ahead & set(rows):
            ahead.difference_update(rows)
            if not ahead:
                BlindIndexEntry.objects.filter(version=2, row=phone.pk).delete()
        return rotation

    monkeypatch.setattr(index, "_reindex", reindex)
    manage("rotate_index_key")

    assert not ahead
    assert not index.lacking(2).exists()
    assert "Nothing to do" in manage("rotate_index_key")


def test_the_old_key_is_dropped_with_its_entries(loaded, world, case):
    with pytest.raises(CommandError, match="is current, or to be"):
        manage("keys", "drop", "index", "1")
    loaded.INDEX_KEYS = {"current": 2, "keys": {1: OLD, 2: NEW}}
    with pytest.raises(CommandError, match="have none under index key 2"):
        manage("keys", "drop", "index", "1")
    assert not Canary.objects.exclude(dropped_at=None).exists()
    manage("rotate_index_key")

    manage("keys", "drop", "index", "1")

    assert versions() == {2}
    only(loaded, 2)
    verify_canary()
    assert candidates(phone=PHONE) == [world.victim(case).pk]


def test_without_the_old_key_there_is_nothing_to_go_by(settings, made):
    Canary.objects.filter(purpose="index").delete()
    settings.INDEX_KEYS = {"current": 2, "keys": {2: NEW}}
    with pytest.raises(CommandError, match="not loaded"):
        manage("rotate_index_key")
