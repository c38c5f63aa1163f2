"""A retired data key is destroyed when nothing refers to it any more, and not before."""

from datetime import timedelta

import pytest
from django.core.management import CommandError
from django.db.models import F

from casework.audit.models import AuditEvent
from casework.cases.actions import seal_case
from casework.encryption import keyring
from casework.encryption.models import DataKey, FileKey
from casework.management.renewal import data, tables
from tests.renewal.conftest import Killed, grown_old, manage
from tests.renewal.looking import damaged, keys_of, values

pytestmark = pytest.mark.role("keeper")

HOUR = timedelta(hours=1)


def retired(scope_id, *, ago: timedelta = 2 * HOUR) -> DataKey:
    """The key of a scope that was renewed some time ago."""
    row = DataKey.objects.get(scope_id=scope_id, state="retired")
    DataKey.objects.filter(pk=row.pk).update(retired_at=F("retired_at") - ago)
    return row


@pytest.fixture
def renewed(case) -> DataKey:
    """The retired key of the case; everything but the memory is under the next one."""
    grown_old(scope_id=case.pk)
    manage("rotate_data_key", "--case", case.number)
    return retired(case.pk)


def test_one_that_nothing_refers_to_is_destroyed_and_everything_opens(case, renewed):
    before = values()

    said = manage("keys", "drop", "data", str(renewed.pk))

    assert said.strip() == f"data key {renewed.pk} of case {case.pk}: dropped"
    assert [key.state for key in keys_of("case", case.pk)] == ["destroyed", "active"]
    assert bytes(keys_of("case", case.pk)[0].wrapped) == b""
    event = AuditEvent.objects.get(action="key.drop")
    assert (event.case_id, event.detail) == (case.pk, {"of": "data", "number": renewed.pk})
    keyring.forget_keys()
    assert values() == before


def test_reasons_in_the_memory_keep_their_key(world, case):
    """An event is hashed and never changed, so what a person gave as a reason stays under the key of then."""
    seal_case(case=case, by=world.mai, at=world.now, reason="Có người quen trong xã")
    grown_old(scope_id=case.pk)
    manage("rotate_data_key", "--case", case.number)
    row = retired(case.pk)

    with pytest.raises(CommandError, match="1 of 1 keys were not dropped"):
        manage("keys", "drop", "data", str(row.pk))
    assert "1 rows are sealed under it" in manage("keys", "drop", "data")
    assert DataKey.objects.get(pk=row.pk).state == "retired"


@pytest.mark.parametrize("what", ["row", "history", "file"])
def test_one_value_left_behind_is_enough(case, renewed, what, monkeypatch):
    every = tables.tables_with_work
    left = {
        "row": "casework_incident",
        "history": "casework_historicalincident",
        "file": FileKey._meta.db_table,
    }[what]
    monkeypatch.setattr(
        data, "tables_with_work", lambda key: [table for table in every(key) if table.name != left]
    )
    manage("rotate_data_key", "--case", case.number, "--again")
    row = DataKey.objects.get(scope_id=case.pk, epoch=2)
    DataKey.objects.filter(pk=row.pk).update(retired_at=F("retired_at") - 2 * HOUR)

    said = manage("keys", "drop", "data")

    assert f"data key {renewed.pk} of case {case.pk}: dropped" in said
    assert f"data key {row.pk} of case {case.pk}: 1 rows are sealed under it" in said
    assert damaged() == []


def test_one_that_was_just_retired_waits(case):
    grown_old(scope_id=case.pk)
    manage("rotate_data_key", "--case", case.number)
    row = retired(case.pk, ago=HOUR / 2)
    assert "wait an hour" in manage("keys", "drop", "data")
    assert DataKey.objects.get(pk=row.pk).state == "retired"


def test_one_whose_renewal_has_not_ended_waits(case, killed_after):
    grown_old(scope_id=case.pk)
    killed_after(3)
    with pytest.raises(Killed):
        manage("rotate_data_key", "--case", case.number)
    row = retired(case.pk)
    assert "its renewal has not ended" in manage("keys", "drop", "data")
    assert DataKey.objects.get(pk=row.pk).state == "retired"


def test_an_active_key_or_none_is_not_dropped(case):
    active = keys_of("case", case.pk)[0]
    for number in (active.pk, 10**6):
        with pytest.raises(CommandError, match="not a retired one"):
            manage("keys", "drop", "data", str(number))
    assert manage("keys", "drop", "data") == ""
