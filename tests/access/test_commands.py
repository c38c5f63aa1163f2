"""The verb: right, lock, version, history and memory in one call, and nothing left behind when one of them fails."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connection, transaction

from casework.access.commands import COMMANDS, command, expecting, tell
from casework.access.opening import open_record
from casework.audit.log import MemoryUnavailable
from casework.audit.models import AuditEvent
from casework.base.refusals import Denied, NotVisible, Refused, Stale
from casework.cases.actions import edit_case, seal_case
from casework.cases.models import Case
from casework.organisations.models import User
from tests.audit.tampering import put_out_of_order
from tests.waiting import PATIENCE, somebody_waits_for_us
from tests.world import World

ANSWERS = {"origin": "own_finding", "legal_basis": "19_1_a", "language": "thai"}


@pytest.fixture
def case(world: World) -> Case:
    return world.case()


def stored(case: Case) -> Case:
    return Case.objects.everything(reason="test").get(pk=case.pk)


def test_a_verb_tells_what_it_changed_on_the_chain_of_its_case(world: World, case: Case):
    edit_case(case=case, by=world.lan, at=world.now, answers=ANSWERS)

    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.outcome, event.actor) == ("case.edit", AuditEvent.DONE, world.lan.pk)
    assert (event.chain_key, event.case_id, event.object_id) == (case.pk, case.pk, case.pk)
    assert event.fields == ["language", "legal_basis", "origin"]
    assert event.detail == {"basis": "assigned"}
    assert event.ts == world.now


def test_a_reason_is_sealed(world: World, case: Case):
    seal_case(case=case, by=world.mai, at=world.now, reason="Anh trai là công an xã")

    event = AuditEvent.objects.latest("pk")
    assert event.reason
    assert "công an" not in bytes(event.reason).decode("utf-8", "replace")
    assert "công an" not in str(event.detail)


def test_history_names_the_actor_and_the_instant(world: World, case: Case):
    edit_case(case=case, by=world.lan, at=world.now, answers=ANSWERS)

    newest = case.history.everything(reason="test").order_by("-history_date").first()
    assert (newest.history_user_id, newest.history_date, newest.origin) == (
        world.lan.pk,
        world.now,
        "own_finding",
    )


@pytest.mark.parametrize(
    ("name", "refusal"), [("pao", Denied), ("mai", Denied), ("minh", NotVisible), ("son", NotVisible)]
)
def test_a_refusal_changes_nothing_and_is_remembered_once(
    world: World, case: Case, name: str, refusal: type[Refused]
):
    by = world.users[name]
    before = AuditEvent.objects.filter(actor=by.pk).count()

    with pytest.raises(refusal):
        edit_case(case=case, by=by, at=world.now, answers=ANSWERS)

    assert stored(case).origin == "report"
    event = AuditEvent.objects.filter(actor=by.pk).latest("pk")
    assert AuditEvent.objects.filter(actor=by.pk).count() == before + 1
    assert (event.action, event.outcome, event.object_id) == ("case.edit", AuditEvent.REFUSED, case.pk)
    assert event.chain_key == by.pk


def test_a_record_that_is_not_there_is_as_one_that_is_hidden(world: World):
    with pytest.raises(NotVisible):
        edit_case(case=Case(), by=world.lan, at=world.now, answers=ANSWERS)


def test_the_body_sees_the_present_not_what_the_caller_held(world: World, case: Case):
    old = stored(case)
    seal_case(case=case, by=world.mai, at=world.now, reason="Có người quen trong xã")

    with pytest.raises(Refused, match="already_sealed"):
        seal_case(case=old, by=world.mai, at=world.now, reason="Có người quen trong xã")


@pytest.mark.django_db(transaction=True)
def test_a_page_and_a_program_on_one_case_take_turns(world: World, case: Case):
    """The page has read the case in its transaction; the program's verb comes before the page's own."""
    # A database in memory is one connection: there nobody else can come in between.
    at_once = connection.vendor == "postgresql"
    read = threading.Event()

    def program() -> None:
        try:
            assert read.wait(PATIENCE)
            edit_case(case=stored(case), by=world.lan, at=world.now, answers={"language": "mong"})
        finally:
            connection.close()

    with ThreadPoolExecutor() as threads:
        other = threads.submit(program) if at_once else None
        with transaction.atomic():
            mine = open_record(world.lan, Case, case.pk)
            read.set()
            assert not at_once or somebody_waits_for_us()
            edit_case(case=mine, by=world.lan, at=world.now, answers=ANSWERS)
        if other is not None:
            other.result(PATIENCE)
    assert stored(case).language == ("mong" if at_once else "thai")


def test_an_old_version_is_stale_and_is_no_event(world: World, case: Case):
    seen = case.version
    edit_case(case=case, by=world.lan, at=world.now, answers=ANSWERS)
    before = AuditEvent.objects.count()

    with expecting(seen), pytest.raises(Stale):
        edit_case(case=case, by=world.lan, at=world.now, answers={"origin": "transfer"})

    assert stored(case).origin == "own_finding"
    assert AuditEvent.objects.count() == before


def test_the_version_is_asked_of_the_first_verb_only(world: World, case: Case):
    with expecting(case.version):
        edit_case(case=case, by=world.lan, at=world.now, answers=ANSWERS)

    edit_case(case=case, by=world.lan, at=world.now, answers={"origin": "transfer"})
    assert stored(case).origin == "transfer"


def test_a_broken_rule_leaves_nothing_behind(world: World, case: Case):
    @command("case.edit", target="case")
    def change_and_refuse(*, case: Case, by: User, at: datetime) -> Case:
        case.origin = "transfer"
        case.save()
        raise Refused("no_good", "No good.")

    before = AuditEvent.objects.count()
    with pytest.raises(Refused, match="no_good"):
        change_and_refuse(case=case, by=world.lan, at=world.now)

    assert stored(case).origin == "report"
    assert AuditEvent.objects.count() == before


def test_when_the_memory_cannot_be_written_nothing_happens(world: World, case: Case):
    @transaction.atomic
    def edit_without_memory() -> None:
        put_out_of_order()
        edit_case(case=case, by=world.lan, at=world.now, answers=ANSWERS)

    with pytest.raises(MemoryUnavailable):
        edit_without_memory()
    assert stored(case).origin == "report"


def test_time_without_a_zone_is_a_programming_error(world: World, case: Case):
    with pytest.raises(TypeError, match="aware"):
        edit_case(case=case, by=world.lan, at=datetime(2026, 3, 8), answers=ANSWERS)  # noqa: DTZ001


def test_a_verb_is_written_with_keywords_actor_and_time():
    with pytest.raises(TypeError, match="keyword-only"):
        command("case.edit")(lambda case, by, at: None)
    with pytest.raises(TypeError, match="'at'"):
        command("case.edit")(lambda *, by: None)
    with pytest.raises(TypeError, match="'person'"):
        command("case.edit", target="case", row="person")(lambda *, case, by, at: None)


def test_a_verb_knows_its_name_its_target_and_its_row():
    found = COMMANDS["casework.cases.actions.edit_person"]

    assert (found.verb, found.target, found.row) == ("person.edit", "case", "person")  # type: ignore[attr-defined]


def test_telling_is_for_the_body_of_a_verb():
    with pytest.raises(RuntimeError, match="body of a command"):
        tell(fields=["origin"])
