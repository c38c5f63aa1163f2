"""Master keys held by a process of their own: a real one, asked over its socket, gone when it is killed."""

import base64
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from casework.encryption import CannotOpen, KeysUnavailable, keyring, keys, service
from casework.encryption.canary import WrongKey, verify_canary
from casework.encryption.models import Canary, DataKey
from config import bootstrap, key_agent

LOCAL, FIRST, SECOND = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
DEK, PLACE = bytes(range(3, 35)), (b"about", bytes(16))
MOST = 40


class Running:
    """An agent with two keys, and what it said."""

    def __init__(self, folder: Path) -> None:
        self.socket, self.log = folder / "socket", folder / "log"
        told = []
        for name, key in (("first", FIRST), ("second", SECOND)):
            path = folder / name
            path.write_text(base64.b64encode(key).decode() + "\n")
            told += ["--key", f"{name}={path}"]
        self.words = [
            sys.executable,
            "-m",
            "config.key_agent",
            str(self.socket),
            *told,
            "--per-minute",
            str(MOST),
        ]
        self.start()

    def start(self) -> None:
        with self.log.open("a") as log:
            before = log.tell()
            self.process = subprocess.Popen(self.words, cwd=bootstrap.ROOT, stderr=log)
        while "ready" not in self.log.read_text()[before:]:
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.02)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def said(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Running]:
    agent = Running(tmp_path_factory.mktemp("agent"))
    yield agent
    agent.stop()


@pytest.fixture
def agent(running, settings, monkeypatch):
    monkeypatch.setenv(key_agent.SOCKET, str(running.socket))
    settings.KEY_SERVICE = "config.key_agent"
    settings.ENCRYPTION_KEYS = {"current": 2, "keys": {1: LOCAL, 2: "service:first", 3: "service:second"}}
    return running


def test_its_socket_is_for_its_user_and_group(agent):
    assert agent.socket.stat().st_mode & 0o777 == 0o660


def test_what_it_wraps_names_its_number_and_opens_in_its_place_only(agent):
    wrapped = keys.wrap(DEK, 2, b"here")
    assert wrapped[:5].hex() == "0200000002"
    assert keys.unwrap(wrapped, b"here") == DEK
    for other, context in (
        (wrapped, b"there"),
        (wrapped[:4] + b"\3" + wrapped[5:], b"here"),
        (wrapped[:9], b"here"),
    ):
        with pytest.raises(CannotOpen, match="does not open"):
            keys.unwrap(other, context)


def test_keys_here_and_there_are_unwrapped_together_and_in_order(agent):
    many = [(bytes([number]) * 32, bytes([number])) for number in range(6)]
    wrapped = [keys.wrap(*pair[:1], number % 3 + 1, pair[1]) for number, pair in enumerate(many)]
    before = len(agent.said())
    found = keys.unwrap_all([(one, context) for one, (_key, context) in zip(wrapped, many, strict=True)])
    assert found == [key for key, _context in many]
    asked = [(line["what"], line["name"], line["count"]) for line in agent.said()[before:]]
    assert asked == [("unwrap", "second", 2), ("unwrap", "first", 2)] or sorted(asked) == [
        ("unwrap", "first", 2),
        ("unwrap", "second", 2),
    ]


def test_it_tells_the_check_value_that_stands_on_the_paper(agent):
    assert service.describe("first") == keys.check_value(FIRST)
    assert keys.encryption_keys().check_values()[1] == keys.check_value(LOCAL)


def test_its_log_says_who_asked_for_what_and_no_key(agent):
    keys.unwrap(keys.wrap(DEK, 2, b"here"), b"here")
    line = agent.said()[-1]
    assert {name: line[name] for name in ("what", "name", "count", "user", "answer")} == {
        "what": "unwrap",
        "name": "first",
        "count": 1,
        "user": os.getuid(),
        "answer": "values",
    }
    text = agent.log.read_text()
    assert all(base64.b64encode(key).decode()[:12] not in text for key in (DEK, FIRST, SECOND))


def test_a_key_it_does_not_have_is_not_to_be_had(agent):
    with pytest.raises(KeysUnavailable, match="PermissionError"):
        service.wrap("third", [(DEK, b"")])


@pytest.mark.django_db
def test_data_keys_are_made_and_opened_by_it(agent, settings):
    key = keyring.key_for_writing("case", uuid.uuid4())
    token = key.seal(*PLACE, b"\x01a", 16)
    row = DataKey.objects.get(pk=key.dek_id)
    assert (row.kek_id, bytes(row.wrapped)[0]) == (2, 2)

    keyring.forget_keys()
    assert keyring.key_of(token).open(*PLACE, token) == b"\x01a"


@pytest.mark.django_db
def test_another_key_under_its_name_is_found_at_the_start(agent, settings):
    Canary.objects.all().delete()
    settings.ENCRYPTION_KEYS = {"current": 2, "keys": {2: "service:first"}}
    DataKey.objects.all().delete()
    settings.INDEX_KEYS = {"current": 9, "keys": {9: LOCAL}}
    verify_canary()
    assert Canary.objects.get(purpose="encryption").check_value == keys.check_value(FIRST)
    verify_canary()
    settings.ENCRYPTION_KEYS = {"current": 2, "keys": {2: "service:second"}}
    with pytest.raises(WrongKey, match="encryption key 2 is another key"):
        verify_canary()


@pytest.mark.django_db
def test_without_it_nothing_is_shown_as_damaged_and_all_comes_back_with_it(agent, client, settings):
    token = (key := keyring.key_for_writing("case", uuid.uuid4())).seal(*PLACE, b"\x01a", 16)
    keyring.forget_keys()
    agent.stop()
    try:
        with pytest.raises(KeysUnavailable, match="ConnectionRefusedError"):
            keyring.key_of(token)
        assert client.get(reverse("health_ready")).status_code == 503
    finally:
        agent.start()
    assert keyring.key_of(token).dek_id == key.dek_id


def test_it_unwraps_so_many_a_minute_and_no_more():
    bound = key_agent.Bound(MOST)
    assert bound.take(MOST - 1)
    assert not bound.take(2)
    assert bound.take(1)
    assert not bound.take(1)


def test_more_than_it_may_unwrap_is_refused_and_comes_back(agent):
    wrapped = keys.wrap(DEK, 2, b"here")
    with pytest.raises(KeysUnavailable, match="PermissionError"):
        keys.unwrap_all([(wrapped, b"here")] * (MOST + 1))


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("", "does not name"),
        ("no.such.module", "cannot be imported"),
        ("casework.base.clock", "lacks describe, wrap"),
    ],
)
def test_a_module_that_is_no_key_service_is_refused(settings, module, said):
    settings.KEY_SERVICE = module
    with pytest.raises(ImproperlyConfigured, match=said):
        service.describe("first")
