"""The memory only grows: the model refuses every other way."""

from uuid import uuid4

import pytest
from django.db import transaction

from casework.audit.log import record
from casework.audit.models import AppendOnly, AuditEvent

# In a role whose rights would be enough: it is the model that is asked here.
pytestmark = [pytest.mark.django_db, pytest.mark.role("owner")]


@pytest.fixture
def event():
    with transaction.atomic():
        return record(action="case.view", outcome=AuditEvent.READ, actor_id=uuid4())


def test_an_event_cannot_be_saved_again(event):
    event.action = "home.view"
    with pytest.raises(AppendOnly):
        event.save()


def test_an_event_cannot_be_deleted(event):
    with pytest.raises(AppendOnly):
        event.delete()


@pytest.mark.parametrize(
    "change",
    [
        lambda events: events.update(action="home.view"),
        lambda events: events.delete(),
        lambda events: events.bulk_update(list(events), ["action"]),
        lambda events: events.update_or_create(action="case.view", defaults={"action": "home.view"}),
    ],
    ids=["update", "delete", "bulk_update", "update_or_create"],
)
def test_a_query_can_neither_change_nor_remove(event, change):
    with pytest.raises(AppendOnly):
        change(AuditEvent.objects.filter(pk=event.pk))
    assert AuditEvent.objects.get(pk=event.pk).action == "case.view"
