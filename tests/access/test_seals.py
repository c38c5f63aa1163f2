"""A row edited, put back, added or removed past the verbs is found when its case is opened, and by the sweep."""

import uuid
from collections.abc import Sequence
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from casework.access.opening import DAMAGED, open_record
from casework.access.seals import CHANGED, MISSING, UNSEALED, kinds
from casework.audit.models import AppendOnly, AuditEvent, RowSeal
from casework.cases.actions import edit_case
from casework.cases.models import Assignment, Case, Participant
from casework.cases.tabs import TABS
from casework.deadlines.queries import link
from casework.encryption.fields import SealedField
from casework.people.models import Person
from tests.audit.tampering import tamper
from tests.world import World

ANSWERS = {"origin": "own_finding", "legal_basis": "19_1_a", "language": "thai"}


def by_sql(sql: str, values: Sequence[Any] = ()) -> None:
    """A change past every verb and every trigger, as the owner of the database makes it."""
    assert tamper(sql, values) == 1, "the attack itself did nothing"


def key_of(row: Any) -> Any:
    return row.pk if connection.features.has_native_uuid_field else row.pk.hex


def opened(world: World, case: Case) -> Case:
    return open_record(world.lan, Case, case.pk, at=world.now)


def damage(world: World, case: Case) -> list[tuple[str, uuid.UUID, str]]:
    return [(one.kind, one.row, one.why) for one in opened(world, case).damage]


def one_of(model: Any, **where: Any) -> Any:
    return model.objects.everything(reason="test").filter(**where).first()


def test_everything_a_verb_wrote_is_sealed_and_matches(world: World, case: Case):
    assert damage(world, case) == []
    sealed = set(RowSeal.objects.filter(case_id=case.pk).values_list("kind", flat=True))
    assert {"case", "participant", "assignment", "casereport"} <= sealed
    assert {"report", "person"} <= set(RowSeal.objects.values_list("kind", flat=True))

    edit_case(case=case, by=world.lan, at=world.now, answers=ANSWERS)
    assert damage(world, case) == []


@pytest.mark.parametrize(
    "edit", ["state = 'closed'", "level = 'low'", "closed_at = opened_at", "is_sealed = true"]
)
def test_a_row_edited_by_sql_is_found_when_its_case_is_opened(world: World, case: Case, edit: str):
    by_sql(f"UPDATE {Case._meta.db_table} SET {edit} WHERE id = %s", [key_of(case)])

    assert damage(world, case) == [("case", case.pk, CHANGED)]


def test_a_row_put_back_to_its_own_older_ciphertext_is_found(world: World, case: Case):
    part = one_of(Participant, case=case, role="victim")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT remark FROM {Participant._meta.db_table} WHERE id = %s", [key_of(part)])
        (older,) = cursor.fetchone()
    person = one_of(Person, pk=part.person_id)
    by_sql(f"UPDATE {Participant._meta.db_table} SET version = version + 1 WHERE id = %s", [key_of(part)])
    assert damage(world, case) == [("participant", part.pk, CHANGED)]

    # The very bytes of before, in their own row and field: they open, and the seal of that state is true again.
    by_sql(
        f"UPDATE {Participant._meta.db_table} SET version = version - 1, remark = %s WHERE id = %s",
        [older, key_of(part)],
    )
    assert damage(world, case) == []
    assert person is not None


def test_one_row_rolled_back_whole_is_found(world: World, case: Case):
    table, columns = Case._meta.db_table, [str(field.column) for field in Case._meta.concrete_fields]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM {table} WHERE id = %s", [key_of(case)])
        before = cursor.fetchone()
    edit_case(case=case, by=world.lan, at=world.now, answers=ANSWERS)
    assert damage(world, case) == []

    sets = ", ".join(f"{name} = %s" for name in columns)
    by_sql(f"UPDATE {table} SET {sets} WHERE id = %s", [*before, key_of(case)])

    assert damage(world, case) == [("case", case.pk, CHANGED)]


def test_a_person_of_the_case_edited_by_sql_is_found(world: World, case: Case):
    victim = world.victim(case)
    by_sql(f"UPDATE {Person._meta.db_table} SET sex = 'unknown' WHERE id = %s", [key_of(victim)])

    assert damage(world, case) == [("person", victim.pk, CHANGED)]


def test_a_row_added_by_sql_is_found(world: World, case: Case):
    table, columns = (
        Assignment._meta.db_table,
        [str(field.column) for field in Assignment._meta.concrete_fields],
    )
    row, new = one_of(Assignment, case=case), uuid.uuid4()
    chosen = ", ".join("%s" if name in ("id", "user_id") else name for name in columns)
    given = {
        "id": new if connection.features.has_native_uuid_field else new.hex,
        "user_id": key_of(world.hoa),
    }
    by_sql(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {table} WHERE id = %s",
        [*(given[name] for name in columns if name in given), key_of(row)],
    )

    assert damage(world, case) == [("assignment", new, UNSEALED)]


def test_a_row_removed_by_sql_is_found(world: World, case: Case):
    row = one_of(Assignment, case=case)
    by_sql(f"DELETE FROM {Assignment._meta.db_table} WHERE id = %s", [key_of(row)])

    assert damage(world, case) == [("assignment", row.pk, MISSING)]


def test_what_is_found_is_told_once_and_the_rest_of_the_case_stays_usable(world: World, case: Case):
    victim = world.victim(case)
    by_sql(f"UPDATE {Person._meta.db_table} SET sex = 'unknown' WHERE id = %s", [key_of(victim)])
    opened(world, case)
    opened(world, case)

    event = AuditEvent.objects.get(action=DAMAGED)
    assert (event.object_type, event.object_id, event.case_id, event.actor) == (
        "person",
        victim.pk,
        case.pk,
        None,
    )
    assert event.detail["why"] == CHANGED
    edit_case(case=case, by=world.lan, at=world.now, answers=ANSWERS)
    assert one_of(Case, pk=case.pk).language == "thai"


def test_the_case_says_what_is_damaged_and_every_tab_still_opens(world: World, case: Case):
    victim, client = world.victim(case), Client()
    for row in (victim, one_of(Participant, person=victim, case=case)):
        for field in row._meta.concrete_fields:
            if isinstance(field, SealedField):
                by_sql(
                    f"UPDATE {row._meta.db_table} SET {field.column} = %s WHERE id = %s",
                    [b"\x01" * 98, key_of(row)],
                )
    by_sql(
        f"UPDATE {Case._meta.db_table} SET level = 'x', origin = 'x', language = 'x', legal_basis = 'x' WHERE id = %s",
        [key_of(case)],
    )
    client.force_login(world.lan)

    for tab in TABS:
        if address := link(tab.route, case.pk):
            page = client.get(address)
            assert page.status_code == 200, address
            assert "Hư hỏng, đã báo" in page.content.decode(), address
            assert "H.H.Đ.B." not in page.content.decode(), "the mark has no initials"

    client.force_login(world.kien)
    desk = client.get(reverse("desk-auditor")).content.decode()
    assert "Bản ghi bị hư hỏng" in desk
    assert case.number in desk


def test_a_level_lowered_by_sql_is_not_shown(world: World, case: Case):
    client = Client()
    client.force_login(world.lan)
    by_sql(f"UPDATE {Case._meta.db_table} SET level = 'LOW' WHERE id = %s", [key_of(case)])

    page = client.get(reverse("case-overview", args=[case.pk])).content.decode()

    assert "app-level--none" in page
    assert "app-level--low" not in page


def test_the_nightly_sweep_finds_all_of_it_and_says_where(world: World, case: Case):
    out = StringIO()
    call_command("verify_rows", stdout=out)
    assert "rows match their seals" in out.getvalue()
    victim, gone = world.victim(case), one_of(Assignment, case=case)
    by_sql(f"UPDATE {Person._meta.db_table} SET sex = 'unknown' WHERE id = %s", [key_of(victim)])
    by_sql(f"DELETE FROM {Assignment._meta.db_table} WHERE id = %s", [key_of(gone)])

    err = StringIO()
    with pytest.raises(CommandError, match=r"2 of \d+ rows damaged, 0 events forged"):
        call_command("verify_rows", stdout=StringIO(), stderr=err)

    assert f"person {victim.pk}: changed" in err.getvalue()
    assert f"assignment {gone.pk}: missing" in err.getvalue()
    assert set(AuditEvent.objects.filter(action=DAMAGED).values_list("object_id", flat=True)) == {
        victim.pk,
        gone.pk,
    }


def test_a_seal_edited_with_its_row_does_not_match_its_event(world: World, case: Case):
    """Whoever edits the row, its seal and the event meets the chain of events, and then the witnesses."""
    seal = RowSeal.objects.filter(row=case.pk).latest("pk")
    tamper("UPDATE {seals} SET seal = %s WHERE id = %s", [bytes(32), seal.pk])

    with pytest.raises(CommandError, match=r"1 of \d+ rows damaged, 1 events forged"):
        call_command("verify_rows", stdout=StringIO(), stderr=StringIO())

    tamper("DELETE FROM {seals} WHERE event_id = %s", [seal.event_id])
    err = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_rows", stdout=StringIO(), stderr=err)
    assert f"event {seal.event_id}:" in err.getvalue()


def test_seals_are_only_added(world: World, case: Case):
    seal = RowSeal.objects.first()
    assert seal is not None
    for change in (
        seal.save,
        seal.delete,
        RowSeal.objects.all().delete,
        lambda: RowSeal.objects.update(kind="x"),
    ):
        with pytest.raises(AppendOnly):
            change()


# What an office owes as an office and files; what a province publishes.
ABOUT_NO_CASE = (
    "consignment",
    "officedeadline",
    "officialreturn",
    "release",
    "returnremark",
    "totalquestion",
)


def test_every_protected_model_says_what_it_is_part_of():
    for kind, model in kinds().items():
        for whole, path in model.parts_of.items():
            if kind != whole:
                model._base_manager.filter(**{path: uuid.uuid4()}).exists  # noqa: B018  (a wrong path raises)
        assert kind in ("case", *ABOUT_NO_CASE) or "case" in model.parts_of, kind
