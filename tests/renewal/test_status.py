"""`manage.py keys status` tells what there is and what each key is used for, and shows none."""

import base64

import pytest

from casework.encryption import keyring
from casework.encryption.envelope import Scope
from casework.encryption.keys import check_value
from casework.encryption.models import BlindIndexEntry, DataKey
from tests.renewal.conftest import Killed, grown_old, manage, unended

pytestmark = pytest.mark.role("keeper")


def said() -> list[str]:
    return [line.strip() for line in manage("keys", "status").splitlines()]


def test_every_key_is_named_with_what_it_is_used_for(case, settings):
    master, index = settings.ENCRYPTION_KEYS["keys"][1], settings.INDEX_KEYS["keys"][1]
    living, entries = DataKey.objects.exclude(state="destroyed").count(), BlindIndexEntry.objects.count()
    assert said()[:4] == [
        "Master keys",
        f"1: check value {check_value(master)}, {living} data keys, current",
        "Index keys",
        f"1: check value {check_value(index)}, {entries} entries, current",
    ]
    cases = DataKey.objects.filter(scope_type="case", state="active").count()
    assert f"case: {cases} active" in said()
    assert said()[-1] == "0 exchanges not ended"


def test_what_was_renewed_destroyed_and_loaded_is_told(case, settings):
    before = DataKey.objects.filter(scope_type="case", state="active").count()
    person = DataKey.objects.filter(scope_type="person", state="active").first()
    assert person is not None
    people = DataKey.objects.filter(scope_type="person", state="active").count()
    grown_old(scope_id=case.pk)
    manage("rotate_data_key", "--case", case.number)
    keyring.destroy([Scope("person", person.scope_id)])
    told = said()
    assert {f"case: {before} active", "case: 1 retired", "person: 1 destroyed"} <= set(told)
    assert (f"person: {people - 1} active" in told) == (people > 1)
    assert any(line.endswith("the highest epoch is 2") for line in told)

    loaded = settings.ENCRYPTION_KEYS["keys"]
    settings.ENCRYPTION_KEYS = {"current": 2, "keys": {**loaded, 2: bytes(range(32, 64))}}
    told = said()
    assert f"2: check value {check_value(bytes(range(32, 64)))}, 0 data keys, current" in told


def test_an_exchange_that_was_cut_off_is_told(case, killed_after):
    grown_old(scope_id=case.pk)
    killed_after(2)
    with pytest.raises(Killed):
        manage("rotate_data_key", "--case", case.number)
    keyring.forget_keys()
    (one,) = unended()
    *_before, counted, told = said()
    assert counted == "1 exchanges not ended"
    assert told.startswith(f"{one.of} {one.number}: begun ")
    assert told.endswith(f" {one.done} done")


def test_no_key_is_shown(case, settings):
    everything = "\n".join(said())
    for key in (*settings.ENCRYPTION_KEYS["keys"].values(), *settings.INDEX_KEYS["keys"].values()):
        assert key.hex() not in everything
        assert base64.b64encode(key).decode() not in everything
