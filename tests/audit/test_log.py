"""Writing an event: in the transaction it tells of, on the right chain, or the thing does not happen."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.db import transaction

from casework.audit.acting import acting_as
from casework.audit.hashing import event_hash
from casework.audit.log import NOBODY, MemoryUnavailable, columns_of, record
from casework.audit.models import AuditChain, AuditEvent
from casework.audit.verify import breaks
from tests.audit.tampering import put_out_of_order

AT = datetime(2026, 3, 8, 2, 30, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction_nothing_is_written():
    before = AuditEvent.objects.count(), AuditChain.objects.count()
    with pytest.raises(MemoryUnavailable):
        record(action="case.view", outcome=AuditEvent.READ, actor_id=uuid4())
    assert (AuditEvent.objects.count(), AuditChain.objects.count()) == before


@pytest.mark.usefixtures("empty_memory")
def test_an_event_goes_with_the_change_it_tells_of():
    @transaction.atomic
    def close_and_fail():
        record(action="case.close", outcome=AuditEvent.DONE, actor_id=uuid4())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        close_and_fail()
    assert not AuditEvent.objects.exists()
    assert not AuditChain.objects.exists()


@pytest.mark.usefixtures("empty_memory")
def test_when_the_memory_fails_the_change_is_rolled_back():
    @transaction.atomic
    def change():
        Group.objects.create(name="made without a trace")
        put_out_of_order()
        record(action="user.manage", outcome=AuditEvent.DONE, actor_id=uuid4())

    with pytest.raises(MemoryUnavailable):
        change()
    assert not Group.objects.filter(name="made without a trace").exists()


@pytest.mark.usefixtures("empty_memory")
def test_a_caller_who_catches_the_failure_keeps_no_half_written_chain():
    put_out_of_order()
    with transaction.atomic(), pytest.raises(MemoryUnavailable):
        record(action="user.manage", outcome=AuditEvent.DONE, actor_id=uuid4())
    assert not AuditChain.objects.exists()


@pytest.mark.usefixtures("empty_memory")
def test_a_case_has_its_chain_and_so_has_an_actor():
    case_id, lan = uuid4(), uuid4()
    record(action="case.view", outcome=AuditEvent.READ, actor_id=lan, case_id=case_id)
    record(action="session.sign_in", outcome=AuditEvent.DONE, actor_id=lan)
    record(action="case.view", outcome=AuditEvent.READ, actor_id=uuid4(), case_id=case_id)
    record(action="session.sign_in_refused", outcome=AuditEvent.REFUSED, actor_id=None)
    chains = {(chain.kind, chain.key): chain.length for chain in AuditChain.objects.all()}
    assert chains == {("case", case_id): 2, ("actor", lan): 1, ("actor", NOBODY): 1}


@pytest.mark.usefixtures("empty_memory")
def test_the_event_knows_who_acts_from_where_and_when():
    with acting_as(at=AT, session="d" * 64, auth_level="password", request_id="7f"):
        event = record(
            action="case.view", outcome=AuditEvent.READ, actor_id=uuid4(), fields=["phone", "address"]
        )
    event.refresh_from_db()
    assert (event.ts, event.session, event.auth_level, event.request_id) == (AT, "d" * 64, "password", "7f")
    assert event.fields == ["address", "phone"]


@pytest.mark.usefixtures("empty_memory")
def test_events_follow_one_another():
    lan = uuid4()
    first = record(action="home.view", outcome=AuditEvent.READ, actor_id=lan)
    second = record(action="home.view", outcome=AuditEvent.READ, actor_id=lan)
    assert (first.chain_seq, bytes(first.prev_hash)) == (1, bytes(32))
    assert (second.chain_seq, bytes(second.prev_hash)) == (2, bytes(first.hash))
    assert list(breaks()) == []


@pytest.mark.usefixtures("empty_memory")
def test_the_hundredth_event_is_written_as_the_first_was():
    """Numbers of one, two and three digits, texts of more letters than bytes, and empty values."""
    lan = uuid4()
    for number in range(101):
        record(
            action="home.view",
            outcome=AuditEvent.READ,
            actor_id=lan,
            fields=["phone"] * (number % 2),
            detail={"trang": "tổng quan", "lần": number},
            reason=bytes(number),
        )
    assert AuditChain.objects.get(key=lan).length == 101
    assert list(breaks()) == []


@pytest.mark.usefixtures("empty_memory")
def test_a_chain_goes_forward_with_its_event_whoever_adds_it():
    lan = uuid4()
    record(action="home.view", outcome=AuditEvent.READ, actor_id=lan)
    by_hand = AuditEvent.objects.get()
    by_hand.pk, by_hand.chain_seq, by_hand.prev_hash = None, 2, by_hand.hash
    by_hand.hash = event_hash(columns_of(by_hand))
    by_hand.save()
    head = AuditChain.objects.get()
    assert (head.length, bytes(head.head)) == (2, by_hand.hash)
    assert list(breaks()) == []
