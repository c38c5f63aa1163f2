"""Finding what somebody with the database's own rights did to the memory."""

from uuid import UUID, uuid4

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.audit.evidence import Walk
from casework.audit.hashing import COLUMNS, event_hash
from casework.audit.log import columns_of, record
from casework.audit.models import AuditEvent
from casework.audit.verify import breaks
from tests.audit.tampering import tamper

pytestmark = pytest.mark.usefixtures("empty_memory")

CASE = UUID("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee")
LAN = UUID("11111111-2222-4333-8444-555555555555")
COPIED = ", ".join([*(column for column in COLUMNS if column != "chain_seq"), "hash"])


@pytest.fixture
def log() -> list[AuditEvent]:
    """Five events on a case and two on an actor; returns those of the case."""
    events = [
        record(
            action="case.view",
            outcome=AuditEvent.READ,
            actor_id=LAN,
            case_id=CASE,
            object_id=CASE,
            detail={"page": number, "nơi": "Mường Ảng"},
            reason=bytes([number]),
        )
        for number in range(5)
    ]
    for _ in range(2):
        record(action="session.sign_in", outcome=AuditEvent.DONE, actor_id=LAN)
    return events


def found() -> list[tuple[str, int]]:
    return [(one.chain, one.seq) for one in breaks()]


def test_an_untouched_log_is_intact(log):
    walk = Walk()
    assert list(breaks(walk)) == []
    assert (walk.events, walk.chains) == (7, 2)


def test_an_empty_log_is_intact():
    assert list(breaks()) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("ts", "2020-01-01 00:00:00+00:00"),
        ("actor", None),
        ("session", "x"),
        ("auth_level", "x"),
        ("action", "home.view"),
        ("object_type", "x"),
        ("object_id", None),
        ("case_id", None),
        ("row_seal", b"x"),
        ("fields", '["x"]'),
        ("fields", "{}"),
        ("detail", "{}"),
        ("detail", "null"),
        ("detail", '"x"'),
        ("purpose", "x"),
        ("reason", b"x"),
        ("request_id", "x"),
        ("outcome", "done"),
        ("prev_hash", bytes(32)),
        ("hash", bytes(32)),
    ],
)
def test_an_edited_column_is_found(log, column, value):
    assert tamper(f"UPDATE {{events}} SET {column} = %s WHERE id = %s", [value, log[2].pk]) == 1
    assert found() == [(f"case:{CASE}", 3)]


def test_an_edit_with_a_new_hash_is_found_at_the_next_event(log):
    tamper("UPDATE {events} SET action = 'home.view' WHERE id = %s", [log[2].pk])
    forged = event_hash(columns_of(AuditEvent.objects.get(pk=log[2].pk)))
    tamper("UPDATE {events} SET hash = %s WHERE id = %s", [forged, log[2].pk])
    assert found() == [(f"case:{CASE}", 4)]


def test_an_edited_last_event_with_a_new_hash_does_not_fit_the_head(log):
    tamper("UPDATE {events} SET action = 'home.view' WHERE id = %s", [log[4].pk])
    forged = event_hash(columns_of(AuditEvent.objects.get(pk=log[4].pk)))
    tamper("UPDATE {events} SET hash = %s WHERE id = %s", [forged, log[4].pk])
    assert found() == [(f"case:{CASE}", 5)]


def test_a_deleted_event_is_found(log):
    tamper("DELETE FROM {events} WHERE id = %s", [log[2].pk])
    assert found() == [(f"case:{CASE}", 3)]


def test_a_deleted_event_is_found_when_the_gap_is_closed(log):
    tamper("DELETE FROM {events} WHERE id = %s", [log[2].pk])
    for event in log[3:]:
        tamper("UPDATE {events} SET chain_seq = chain_seq - 1 WHERE id = %s", [event.pk])
    assert found() == [(f"case:{CASE}", 3)]


def test_two_events_that_changed_places_are_found(log):
    for seq, event in ((99, log[1]), (2, log[2]), (3, log[1])):
        tamper("UPDATE {events} SET chain_seq = %s WHERE id = %s", [seq, event.pk])
    assert found() == [(f"case:{CASE}", 2)]


def test_an_event_copied_to_the_end_is_found(log):
    tamper(
        f"INSERT INTO {{events}} ({COPIED}, chain_seq) SELECT {COPIED}, 6 FROM {{events}} WHERE id = %s",
        [log[4].pk],
    )
    assert found() == [(f"case:{CASE}", 6)]


def test_an_event_moved_to_another_case_is_found(log):
    other = record(action="case.view", outcome=AuditEvent.READ, actor_id=LAN, case_id=uuid4())
    tamper(
        "UPDATE {events} SET chain_key = (SELECT chain_key FROM {events} WHERE id = %s), chain_seq = 2 "
        "WHERE id = %s",
        [other.pk, log[4].pk],
    )
    assert sorted(found()) == sorted([(f"case:{CASE}", 5), (f"case:{other.case_id}", 2)])


def test_a_truncated_chain_is_found(log):
    tamper("DELETE FROM {events} WHERE chain_seq > 3")
    assert found() == [(f"case:{CASE}", 4)]


def test_a_chain_without_events_is_found(log):
    tamper("DELETE FROM {events} WHERE chain_kind = 'case'")
    assert found() == [(f"case:{CASE}", 1)]


def test_a_chain_without_a_head_is_found(log):
    tamper("DELETE FROM {chains} WHERE kind = 'case'")
    assert found() == [(f"case:{CASE}", 5)]


@pytest.mark.parametrize(("column", "value"), [("head", bytes(32)), ("length", 4), ("length", 6)])
def test_a_head_that_was_changed_is_found(log, column, value):
    tamper(f"UPDATE {{chains}} SET {column} = %s WHERE kind = 'case'", [value])
    assert [chain for chain, _seq in found()] == [f"case:{CASE}"]


def test_one_broken_chain_does_not_hide_another(log):
    tamper("UPDATE {events} SET action = 'home.view' WHERE chain_seq = 2")
    assert sorted(found()) == [(f"actor:{LAN}", 2), (f"case:{CASE}", 2)]


details = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8),
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**53), 2**53),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20),
        st.lists(st.integers(0, 9), max_size=3),
    ),
    max_size=4,
)
calls = st.lists(
    st.tuples(
        st.integers(0, 2),  # which case, 0 for none
        st.integers(0, 2),  # which actor, 0 for nobody
        details,
        st.binary(max_size=40),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(calls, st.data())
def test_any_log_is_intact_until_any_one_of_its_events_is_touched(written, data):
    with transaction.atomic():
        for case, actor, detail, reason in written:
            record(
                action="case.view",
                outcome=AuditEvent.READ,
                actor_id=UUID(int=actor) if actor else None,
                case_id=UUID(int=case) if case else None,
                detail=detail,
                reason=reason,
            )
        walk = Walk()
        assert list(breaks(walk)) == []
        assert walk.events == len(written)
        victim = data.draw(st.sampled_from(list(AuditEvent.objects.order_by("pk"))))
        how = data.draw(st.sampled_from(["edit", "delete", "renumber", "rehash"]))
        if how == "delete":
            tamper("DELETE FROM {events} WHERE id = %s", [victim.pk])
        elif how == "renumber":
            tamper("UPDATE {events} SET chain_seq = chain_seq + 1000 WHERE id = %s", [victim.pk])
        else:
            tamper("UPDATE {events} SET outcome = 'done' WHERE id = %s", [victim.pk])
        if how == "rehash":
            forged = event_hash(columns_of(AuditEvent.objects.get(pk=victim.pk)))
            tamper("UPDATE {events} SET hash = %s WHERE id = %s", [forged, victim.pk])
        assert len(list(breaks())) == 1
        transaction.set_rollback(True)
