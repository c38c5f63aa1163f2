"""A process with the wrong keys refuses to serve, and says which key is wrong."""

import pytest
from django.db import connection

from casework.encryption import blind, keyring
from casework.encryption.canary import WrongKey, verify_canary
from casework.encryption.envelope import Scope
from casework.encryption.keys import check_value
from casework.encryption.models import BlindIndexEntry, Canary, DataKey
from tests.encryption.letters import Letter

pytestmark = pytest.mark.usefixtures("letters")

ONE, TWO, THREE = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))


@pytest.fixture(autouse=True)
def first_start(letters, settings):
    """An empty database and its first keys."""
    for model in (Canary, DataKey, BlindIndexEntry):
        model.objects.all().delete()
    settings.ENCRYPTION_KEYS = {"current": 1, "keys": {1: ONE}}
    settings.INDEX_KEYS = {"current": 1, "keys": {1: TWO}}
    settings.BLIND_INDEX_BITS = 20
    verify_canary()


def test_the_first_start_leaves_a_canary_for_each_key():
    assert set(Canary.objects.values_list("purpose", "key_id", "check_value")) == {
        ("encryption", 1, check_value(ONE)),
        ("index", 1, check_value(TWO)),
    }


def test_the_same_keys_serve_and_write_nothing_more():
    before = list(Canary.objects.order_by("pk").values())
    verify_canary()
    assert list(Canary.objects.order_by("pk").values()) == before


def test_verifying_is_cheap_enough_for_a_health_check(django_assert_max_num_queries):
    keyring.prepare_keys([Scope("case", Letter().pk) for _ in range(20)])
    with django_assert_max_num_queries(2):  # the tables, the canaries
        verify_canary()


def test_a_wrong_encryption_key_is_refused_by_its_check_value(settings):
    settings.ENCRYPTION_KEYS = {"current": 1, "keys": {1: THREE}}
    with pytest.raises(WrongKey, match=f"{check_value(THREE)}.*{check_value(ONE)}") as refusal:
        verify_canary()
    for key in (ONE, THREE):
        assert key.hex() not in str(refusal.value)


def test_a_wrong_index_key_is_refused(settings):
    settings.INDEX_KEYS = {"current": 1, "keys": {1: THREE}}
    with pytest.raises(WrongKey, match="index key 1"):
        verify_canary()


@pytest.mark.parametrize("name", ["ENCRYPTION_KEYS", "INDEX_KEYS"])
def test_a_key_that_was_left_out_is_refused(settings, name):
    setattr(settings, name, {"current": 2, "keys": {2: THREE}})
    with pytest.raises(WrongKey, match="key 1, which is not loaded"):
        verify_canary()


def test_a_key_added_for_rotation_gets_its_own_canary(settings):
    settings.ENCRYPTION_KEYS = {"current": 2, "keys": {1: ONE, 2: THREE}}
    verify_canary()
    assert Canary.objects.filter(purpose="encryption").count() == 2
    settings.ENCRYPTION_KEYS = {"current": 2, "keys": {1: ONE, 2: TWO}}
    with pytest.raises(WrongKey, match="encryption key 2"):
        verify_canary()


def test_another_index_length_would_miss_what_is_stored(settings):
    settings.BLIND_INDEX_BITS = 19
    with pytest.raises(WrongKey, match="BLIND_INDEX_BITS"):
        verify_canary()


@pytest.mark.parametrize("purpose", ["encryption", "index"])
def test_a_forged_canary_is_refused(settings, purpose):
    # Somebody who changed the keys also changed the check value, which needs no secret but the new key.
    settings.ENCRYPTION_KEYS = {"current": 1, "keys": {1: THREE}}
    settings.INDEX_KEYS = {"current": 1, "keys": {1: ONE}}
    Canary.objects.filter(purpose="encryption").update(check_value=check_value(THREE))
    Canary.objects.filter(purpose="index").update(check_value=check_value(ONE))
    if purpose == "index":
        Canary.objects.filter(purpose="encryption").delete()
    with pytest.raises(WrongKey):
        verify_canary()


def test_without_a_canary_the_data_keys_speak(settings):
    keyring.key_for_writing("case", Letter().pk)
    Canary.objects.all().delete()
    verify_canary()

    Canary.objects.all().delete()
    settings.ENCRYPTION_KEYS = {"current": 1, "keys": {1: THREE}}
    with pytest.raises(WrongKey, match="Encryption key 1 is not the key"):
        verify_canary()
    settings.ENCRYPTION_KEYS = {"current": 2, "keys": {2: ONE}}
    with pytest.raises(WrongKey, match="key 1, which is not loaded"):
        verify_canary()


def test_index_entries_without_a_canary_are_refused():
    blind.put("person.phone", Letter().pk, "0912345678")
    Canary.objects.filter(purpose="index").delete()
    with pytest.raises(WrongKey, match="no canary"):
        verify_canary()


def test_before_the_first_migrate_there_is_nothing_to_verify(monkeypatch):
    tables = connection.introspection.table_names()
    monkeypatch.setattr(
        connection.introspection,
        "table_names",
        lambda: [table for table in tables if table != Canary._meta.db_table],
    )
    Canary.objects.all().delete()
    verify_canary()
    assert not Canary.objects.exists()
