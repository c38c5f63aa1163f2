"""Health: two words for a load balancer, the reason only in the log."""

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from casework.encryption.models import Canary
from casework.http import health
from tests.audit.tampering import tamper


def test_alive_asks_nothing(client):
    answer = client.get(reverse("health_live"))
    assert (answer.status_code, answer.content) == (200, b"ok")


@pytest.mark.django_db
def test_ready_when_everything_is_there(client):
    assert health.why_not_ready() == ""
    answer = client.get(reverse("health_ready"))
    assert (answer.status_code, answer.content) == (200, b"ready")


@pytest.mark.django_db
def test_not_ready_with_other_keys_and_strangers_are_not_told_why(client):
    assert health.why_not_ready() == ""
    Canary.objects.update(check_value="another key")
    assert health.why_not_ready() == "keys"
    answer = client.get(reverse("health_ready"))
    assert (answer.status_code, answer.content) == (503, b"not ready")


@pytest.mark.django_db
def test_not_ready_without_the_cache_table():
    tamper("ALTER TABLE cache_entry RENAME TO cache_gone")
    assert health.why_not_ready() == "cache"
    tamper("ALTER TABLE cache_gone RENAME TO cache_entry")


@pytest.mark.django_db
def test_not_ready_without_a_database():
    def away(*_args):
        raise OperationalError

    with connection.execute_wrapper(away):
        assert health.why_not_ready() == "database"


def test_only_reading(client: Client):
    assert client.post(reverse("health_live")).status_code == 405
