"""What a copy of the sessions table gives away: nothing."""

import hashlib
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.contrib.sessions.backends.base import UpdateError
from django.core.management import call_command
from django.db import DataError, connection
from django.urls import reverse

from casework.accounts.models import Session
from casework.accounts.sessions import ENDS_AT, SessionStore, digest_of, end_sessions
from casework.base import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> SessionStore:
    store = SessionStore()
    store["nơi"] = "Mường Phăng"
    store.save()
    return store


def table() -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {Session._meta.db_table}")
        return str(cursor.fetchall())


def test_what_was_put_in_comes_out(store):
    assert SessionStore(store.session_key)["nơi"] == "Mường Phăng"


def test_the_table_holds_neither_the_key_nor_the_data(store):
    assert store.session_key not in table()
    assert hashlib.sha256(store.session_key.encode()).hexdigest() == Session.objects.get().pk == store.digest
    for trace in ("Mường", "Ph\\u0103ng", "n\\u01a1i"):
        assert trace not in table()


def test_the_digest_opens_nothing(store):
    stolen = SessionStore(Session.objects.get().pk)
    assert stolen.get("nơi") is None
    assert stolen.session_key is None


@pytest.mark.parametrize("data", ["", "AAAA", "không phải base64", "A" * 200])
def test_data_that_was_edited_signs_out(store, data):
    Session.objects.update(session_data=data)
    assert dict(SessionStore(store.session_key).items()) == {}


def test_data_copied_from_another_session_does_not_open(store):
    other = SessionStore()
    other["nơi"] = "Thanh Nưa"
    other.save()
    Session.objects.filter(pk=other.digest).update(
        session_data=Session.objects.get(pk=store.digest).session_data
    )
    assert dict(SessionStore(other.session_key).items()) == {}


def test_a_signed_in_session_ends_after_eight_hours_however_busy(browser, nga):
    browser.sign_in("nga")
    row = Session.objects.get(user=nga)
    assert timedelta(hours=7, minutes=59) < row.expire_date - clock.now() <= timedelta(hours=8)
    store = SessionStore(browser.key)
    soon = clock.now() + timedelta(minutes=1)
    store[ENDS_AT] = soon.isoformat()
    store.save()
    busy = SessionStore(browser.key)
    busy["x"] = 1
    busy.save()
    assert Session.objects.get(user=nga).expire_date == soon


def test_the_cookie_ends_with_the_browser(browser, nga):
    browser.sign_in("nga")
    assert browser.cookies["session"]["max-age"] == ""
    assert browser.cookies["session"]["samesite"] == "Strict"
    assert browser.cookies["session"]["httponly"]


def test_an_ended_session_is_nobody(browser, nga):
    browser.sign_in("nga")
    Session.objects.update(expire_date=clock.now() - timedelta(seconds=1))
    assert browser.get(reverse("home")).wsgi_request.user.is_anonymous


def test_flush_removes_the_row(store):
    store.flush()
    assert not Session.objects.exists()


def test_a_new_key_keeps_the_data(store):
    before = store.session_key
    store.cycle_key()
    store.save()
    assert store.session_key != before
    assert SessionStore(store.session_key)["nơi"] == "Mường Phăng"
    assert Session.objects.count() == 1


def test_django_clears_what_has_expired(store):
    Session.objects.update(expire_date=clock.now() - timedelta(seconds=1))
    call_command("clearsessions")
    assert not Session.objects.exists()


def test_ending_the_sessions_of_a_person(browser, nga):
    browser.sign_in("nga")
    assert end_sessions(nga.pk) == 1
    assert end_sessions(nga.pk) == 0
    assert browser.get(reverse("home")).wsgi_request.user.is_anonymous


def test_the_asynchronous_way_keeps_the_same_secrets():
    async def write() -> str:
        store = SessionStore()
        await store.aset("nơi", "Mường Phăng")
        await store.asave()
        key = str(store.session_key)
        assert await store.aexists(key)
        return key

    key = async_to_sync(write)()
    assert key not in table()
    assert SessionStore(key)["nơi"] == "Mường Phăng"
    assert async_to_sync(SessionStore(key).aget)("nơi") == "Mường Phăng"
    async_to_sync(SessionStore(key).adelete)()
    assert not Session.objects.filter(pk=digest_of(key)).exists()


def test_a_database_that_fails_is_no_session_that_was_ended(store):
    store["a"] = 1
    store.save()

    def failing(execute, sql, *rest):
        if sql.startswith("UPDATE"):
            raise DataError
        return execute(sql, *rest)

    with connection.execute_wrapper(failing), pytest.raises(DataError):
        store.save()
    Session.objects.all().delete()
    with pytest.raises(UpdateError):
        store.save()
