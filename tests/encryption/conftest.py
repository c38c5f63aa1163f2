"""Tables of the test models, made once beside those of the product."""

from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from casework.encryption import keyring
from casework.encryption.models import Canary, DataKey, KeyGeneration
from tests.application import give_to_application
from tests.encryption.letters import MODELS


@pytest.fixture(scope="session")
def tables(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            for model in MODELS:
                editor.create_model(model)
                give_to_application(model._meta.db_table)
        yield
        with connection.schema_editor() as editor:
            for model in MODELS:
                editor.delete_model(model)


@pytest.fixture(autouse=True)
def no_keys_in_memory() -> Iterator[None]:
    """Each test starts as a fresh process would, and leaves no key of rolled-back rows behind."""
    keyring.forget_keys()
    yield
    keyring.forget_keys()


@pytest.fixture
def letters(tables: None, db: None) -> None:
    """A database with the test models, rolled back afterwards."""


@pytest.fixture
def committed(tables: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Real commits, tidied by hand: a flush would take the rows of other tests along."""
    with django_db_blocker.unblock():
        known = list(DataKey.objects.values_list("pk", flat=True))
        canaries = list(Canary.objects.all())
        yield
        for model in MODELS:
            model._base_manager.all().delete()
        DataKey.objects.exclude(pk__in=known).delete()
        KeyGeneration.objects.all().delete()
        Canary.objects.all().delete()
        Canary.objects.bulk_create(canaries)
