"""The key of a case is renewed: rows, history and files are under the next one, nothing else of them has changed."""

import time
import uuid
from base64 import b64encode
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError

from casework.access.models import Draft
from casework.access.opening import open_record
from casework.access.seals import forged_events, sweep
from casework.accounts import factors
from casework.attachments.queries import content_of
from casework.audit.models import AuditEvent
from casework.audit.verify import breaks
from casework.base import clock
from casework.cases.actions import edit_case
from casework.cases.models import Case
from casework.encryption import keyring, open_note, seal_note
from casework.encryption.envelope import Scope
from casework.encryption.models import DataKey, FileKey, KeyRotation
from casework.incidents.actions import correct_incident
from casework.incidents.models import Incident
from casework.management.renewal import data
from casework.management.renewal.steps import NotDone
from casework.people.models import Person
from tests.attachments.making import PDF
from tests.audit.tampering import tamper
from tests.renewal.conftest import PLACE, Killed, grown_old, manage, unended
from tests.renewal.looking import damaged, every_row, keys_of, named, tokens_of, values

pytestmark = pytest.mark.role("keeper")

ANSWERS = {"origin": "own_finding", "legal_basis": "19_1_a", "language": "thai"}


def rotate(case: Case, *more: str) -> str:
    return manage("rotate_data_key", "--case", case.number, *more)


def plain() -> dict[object, object]:
    """Every column that is not sealed, of every row with sealed ones."""
    return {
        (row._meta.label, row.pk): {
            field.attname: getattr(row, field.attname)
            for field in row._meta.concrete_fields
            if field.attname not in tokens_of(row)
        }
        for row in every_row()
    }


def test_everything_of_a_case_is_under_the_next_key_and_nothing_else_has_changed(world, made):
    case = made.case
    grown_old(scope_id=case.pk)
    before, stood, untouched = values(), plain(), named() - {keys_of("case", case.pk)[0].pk}

    said = rotate(case)

    old, new = keys_of("case", case.pk)
    assert (old.state, old.epoch, new.state, new.epoch) == ("retired", 1, "active", 2)
    assert old.retired_at is not None
    assert named() == untouched | {new.pk}
    assert set(FileKey.objects.values_list("dek_id", flat=True)) == {new.pk}
    keyring.forget_keys()
    assert values() == before
    assert plain() == stood
    with content_of(made.attachment) as content:
        assert b"".join(content.span(0, content.size)) == PDF
    assert "1 keys renewed" in said


def test_history_is_among_it(world, case):
    grown_old(scope_id=case.pk)
    incident = Incident.objects.everything(reason="test").get(case=case)
    correct_incident(incident=incident, by=world.lan, at=world.now, answers={"place": "Trong bếp"})
    rotate(case)

    new = keys_of("case", case.pk)[1]
    past = list(Incident.history.everything(reason="test").filter(id=incident.pk))
    assert len(past) == 2
    assert {token[2:6] for row in past for token in tokens_of(row).values()} == {new.pk.to_bytes(4, "big")}
    assert {row.place for row in past} == {PLACE, "Trong bếp"}


def test_opening_the_case_afterwards_shows_no_damage_and_the_memory_is_whole(world, case):
    grown_old(scope_id=case.pk)
    rotate(case)

    assert open_record(world.lan, Case, case.pk, at=world.now).damage == []
    assert list(sweep()) == []
    assert list(forged_events()) == []
    assert list(breaks()) == []


def test_whoever_has_the_page_open_can_save_it(world, case):
    incident = Incident.objects.everything(reason="test").get(case=case)
    grown_old(scope_id=case.pk)
    rotate(case)

    version = incident.version
    assert Incident.objects.everything(reason="test").get(case=case).version == version
    edit_case(case=case, by=world.lan, at=world.now, answers=ANSWERS)
    # Read before, saved afterwards: the old key does not come back with it.
    incident.save()
    assert damaged() == []
    assert keys_of("case", case.pk)[0].pk not in named()


def test_the_memory_tells_of_it_with_counts_and_no_more(world, case):
    grown_old(scope_id=case.pk)
    last = AuditEvent.objects.latest("pk").pk
    rotate(case)

    events = list(AuditEvent.objects.filter(pk__gt=last).order_by("pk"))
    assert [event.action for event in events] == ["key.renew", "key.reseal", "key.renewed"]
    old, new = keys_of("case", case.pk)
    assert {(event.case_id, event.object_type, event.actor) for event in events} == {(case.pk, "case", None)}
    assert events[0].detail == {"retired": old.pk, "number": new.pk}
    done = events[1].detail["values"]
    assert events[2].detail == {"number": new.pk, "values": done, "left": 0}
    assert done > 20


def test_a_second_run_does_nothing(case):
    grown_old(scope_id=case.pk)
    rotate(case)
    events, tokens = AuditEvent.objects.count(), [tokens_of(row) for row in every_row()]

    assert "Nothing to do" in rotate(case)

    assert AuditEvent.objects.count() == events
    assert [tokens_of(row) for row in every_row()] == tokens
    assert len(keys_of("case", case.pk)) == 2
    rotate(case, "--again")
    assert [key.state for key in keys_of("case", case.pk)] == ["retired", "retired", "active"]
    assert damaged() == []


def test_a_young_key_is_left_alone(case):
    assert "Nothing to do" in rotate(case)
    assert len(keys_of("case", case.pk)) == 1


@pytest.mark.parametrize("step", [1, 2, 3])
def test_killed_in_any_step_everything_opens_and_the_next_run_goes_on(case, killed_after, monkeypatch, step):
    monkeypatch.setattr(data, "AT_ONCE", 3)
    grown_old(scope_id=case.pk)
    before = values()
    killed_after(step)
    with pytest.raises(Killed):
        rotate(case)
    keyring.forget_keys()
    assert values() == before
    assert len(unended()) == (0 if step == 1 else 1)

    rotate(case)

    keyring.forget_keys()
    assert values() == before
    assert unended() == []
    old, new = keys_of("case", case.pk)
    assert old.pk not in named()
    assert list(sweep()) == []
    rotation = KeyRotation.objects.get(number=new.pk)
    told = AuditEvent.objects.filter(action="key.reseal").values_list("detail", flat=True)
    assert sum(detail["values"] for detail in told) == rotation.done


def test_what_was_written_under_the_old_key_meanwhile_is_found_by_the_second_walk(world, case, monkeypatch):
    grown_old(scope_id=case.pk)
    stale, walk = keyring.key_for_writing("case", case.pk), data.walk

    def walk_while_somebody_writes(rotation):
        done = walk(rotation)
        if done.ended_at is None:
            incident = Incident.objects.everything(reason="test").get(case=case)
            with monkeypatch.context() as before:
                # A request that began before the key was renewed goes on believing the one it had.
                before.setattr(keyring, "key_for_writing", lambda *_scope: stale)
                correct_incident(
                    incident=incident, by=world.lan, at=world.now, answers={"place": "Trong bếp"}
                )
            assert stale.dek_id in named()
        return done

    monkeypatch.setattr(data, "walk", walk_while_somebody_writes)
    rotate(case)

    assert stale.dek_id not in named()
    assert Incident.objects.everything(reason="test").get(case=case).place == "Trong bếp"
    assert list(sweep()) == []


def test_a_damaged_row_is_left_as_it_is_and_its_seal_too(world, case):
    grown_old(scope_id=case.pk)
    incident = Incident.objects.everything(reason="test").get(case=case)
    assert tamper(f"UPDATE {Incident._meta.db_table} SET version = version + 7")
    stood = tokens_of(Incident._base_manager.get(pk=incident.pk))

    with pytest.raises(CommandError, match="1 rows are damaged"):
        rotate(case)

    assert tokens_of(Incident._base_manager.get(pk=incident.pk)) == stood
    damage = open_record(world.lan, Case, case.pk, at=world.now).damage
    assert [(one.kind, one.row) for one in damage] == [("incident", incident.pk)]
    assert "Nothing to do" in rotate(case)


def test_an_erased_case_gets_no_new_key(case):
    grown_old(scope_id=case.pk)
    DataKey.objects.filter(scope_id=case.pk).update(state="destroyed", wrapped=b"")
    keyring.forget_keys()

    with pytest.raises(CommandError, match="has no key"):
        rotate(case)
    assert [key.state for key in keys_of("case", case.pk)] == ["destroyed"]


def test_a_case_erased_in_the_middle_ends_its_renewal(case, killed_after):
    grown_old(scope_id=case.pk)
    killed_after(2)
    with pytest.raises(Killed):
        rotate(case)
    DataKey.objects.filter(scope_id=case.pk).update(state="destroyed", wrapped=b"")
    keyring.forget_keys()

    with pytest.raises(CommandError, match="has no key"):
        rotate(case)
    assert unended() == []
    assert [key.state for key in keys_of("case", case.pk)] == ["destroyed", "destroyed"]


def test_people_and_reports_of_the_case_have_keys_of_their_own(world, case):
    grown_old()
    victim = world.victim(case)
    manage("rotate_data_key", "--person", str(victim.pk))
    assert [key.state for key in keys_of("person", victim.pk)] == ["retired", "active"]
    assert len(keys_of("case", case.pk)) == 1

    rotate(case, "--people")

    assert len(keys_of("case", case.pk)) == 2
    assert len(keys_of("person", world.perpetrator(case).pk)) == 2
    assert DataKey.objects.filter(scope_type="report", epoch=2).count() == 1
    assert list(sweep()) == []
    assert Person.objects.everything(reason="test").get(pk=victim.pk).full_name == victim.full_name


def test_drafts_and_second_factors_are_under_the_key_of_their_user(world, made):
    lan = world.lan
    secret = seal_note("user", lan.pk, factors.FACTOR_FIELD_ID, lan.pk, "JBSWY3DPEHPK3PXP")
    factor = Authenticator.objects.create(
        user=lan,
        type="totp",
        data={"secret": b64encode(secret).decode(), "used_mask": 3, "codes": ["12345678"]},
    )
    Draft.objects.create(user=lan, path="/x/", content={"a": ["b"]}, saved_at=world.now)
    grown_old(scope_id=lan.pk)

    manage("rotate_data_key", "--user", "lan")

    new = keys_of("user", lan.pk)[1]
    factor.refresh_from_db()
    (token,) = factors.tokens_in(factor.data)
    assert keyring.key_of(token).dek_id == new.pk
    assert open_note("user", lan.pk, factors.FACTOR_FIELD_ID, lan.pk, token) == "JBSWY3DPEHPK3PXP"
    assert factor.data["used_mask"] == 3
    draft = Draft.objects.get(user=lan)
    assert int.from_bytes(tokens_of(draft)["content"][2:6], "big") == new.pk
    assert draft.content == {"a": ["b"]}


def test_every_key_there_is(world, case):
    grown_old()
    count = DataKey.objects.count()
    before = values()

    assert f"{count} keys renewed" in manage("rotate_data_key", "--all")

    assert not DataKey.objects.filter(epoch=1).exclude(state="retired").exists()
    assert named() <= set(DataKey.objects.filter(epoch=2).values_list("pk", flat=True))
    keyring.forget_keys()
    assert values() == before
    assert "Nothing to do" in manage("rotate_data_key", "--all")


def test_nobody_and_nothing_are_said_to_be_none(db):
    for words in (("--case", "none"), ("--user", "nobody"), ("--person", str(uuid.uuid4()))):
        with pytest.raises(CommandError, match=r"no case|no user|no key"):
            manage("rotate_data_key", *words)
    with pytest.raises(NotDone):
        data.begin(Scope("system", uuid.uuid4()), clock.now())


def test_the_second_walk_waits_until_no_request_is_left(case, monkeypatch):
    waited: list[float] = []
    monkeypatch.setattr(data, "settled", lambda: timedelta(seconds=65))
    monkeypatch.setattr(time, "sleep", waited.append)
    grown_old(scope_id=case.pk)

    assert "Waiting 6" in rotate(case)

    assert len(waited) == 1
    assert 60 < waited[0] <= 65
