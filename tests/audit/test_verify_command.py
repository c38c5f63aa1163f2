"""`manage.py verify_audit`: one line and exit 0, or the first break and exit 1."""

from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from casework.audit.log import record
from casework.audit.models import AuditChain, AuditEvent
from tests.audit.tampering import tamper


def verify() -> str:
    out = StringIO()
    call_command("verify_audit", stdout=out)
    return out.getvalue().splitlines()[0]


def three_events() -> AuditEvent:
    lan, case_id = uuid4(), uuid4()
    with transaction.atomic():
        record(action="session.sign_in", outcome=AuditEvent.DONE, actor_id=lan)
        record(action="case.view", outcome=AuditEvent.READ, actor_id=lan, case_id=case_id)
        return record(action="case.close", outcome=AuditEvent.DONE, actor_id=lan, case_id=case_id)


@pytest.mark.usefixtures("empty_memory")
def test_it_counts_what_it_walked():
    three_events()
    assert verify() == "3 events in 2 chains intact"


@pytest.mark.usefixtures("empty_memory")
def test_it_names_the_first_break():
    last = three_events()
    tamper("UPDATE {events} SET action = 'home.view' WHERE id = %s", [last.pk])
    with pytest.raises(CommandError) as failure:
        verify()
    assert failure.value.returncode == 1
    assert f"chain case:{last.case_id}, event 2: its content is not what was written" in str(failure.value)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_reads_as_of_one_instant_and_leaves_none_open():
    three_events()
    assert verify() == f"{AuditEvent.objects.count()} events in {AuditChain.objects.count()} chains intact"
    assert connection.get_autocommit()
    three_events()
    assert verify() == f"{AuditEvent.objects.count()} events in {AuditChain.objects.count()} chains intact"
