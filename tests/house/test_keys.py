"""Where the keys of a process come from: one place each, several at once by their numbers, and never into a message."""

import base64
import os
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import keys

ONE, TWO = bytes(range(32)), bytes(range(1, 33))
TEXT = {key: base64.b64encode(key).decode() for key in (ONE, TWO)}


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("MASTER_KEY", "CREDENTIALS_DIRECTORY")):
            monkeypatch.delenv(name)


def is_set(monkeypatch, **names):
    for name, text in names.items():
        monkeypatch.setenv(name, text)


def test_a_single_key_is_number_one_and_current(monkeypatch):
    is_set(monkeypatch, MASTER_KEY=TEXT[ONE] + "\n")
    assert keys.numbered("MASTER_KEY", None) == {"current": 1, "keys": {1: ONE}}


def test_a_key_in_a_file_and_one_that_systemd_hands_over(monkeypatch, tmp_path):
    (tmp_path / "first").write_text(TEXT[ONE] + "\n")
    (tmp_path / "master_key_2").write_text(TEXT[TWO] + "\n")
    is_set(
        monkeypatch,
        MASTER_KEY_FILE=str(tmp_path / "first"),
        CREDENTIALS_DIRECTORY=str(tmp_path),
        MASTER_KEY_CURRENT="2",
    )
    assert keys.numbered("MASTER_KEY", None) == {"current": 2, "keys": {1: ONE, 2: TWO}}
    assert keys.paths("MASTER_KEY") == [tmp_path / "first"]
    assert keys.paths("MASTER_KEY_2") == [tmp_path / "master_key_2"]


def test_a_credential_alone_is_enough(monkeypatch, tmp_path):
    (tmp_path / "master_key").write_text(TEXT[ONE])
    is_set(monkeypatch, CREDENTIALS_DIRECTORY=str(tmp_path))
    assert keys.numbered("MASTER_KEY", None) == {"current": 1, "keys": {1: ONE}}
    assert keys.secret("MASTER_KEY", None) == ONE


def test_a_key_at_a_service_is_named(monkeypatch):
    is_set(monkeypatch, MASTER_KEY=TEXT[ONE], MASTER_KEY_7="service:first", MASTER_KEY_CURRENT="1")
    assert keys.numbered("MASTER_KEY", None) == {"current": 1, "keys": {1: ONE, 7: "service:first"}}


def test_the_last_key_left_needs_no_word_of_which_is_current(monkeypatch):
    is_set(monkeypatch, MASTER_KEY_2=TEXT[TWO])
    assert keys.numbered("MASTER_KEY", None) == {"current": 2, "keys": {2: TWO}}


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({}, "required in production"),
        ({"MASTER_KEY": "not base64 at all"}, "MASTER_KEY is not base64"),
        ({"MASTER_KEY": TEXT[ONE][:20] + "="}, "MASTER_KEY"),
        ({"MASTER_KEY": base64.b64encode(ONE[:31]).decode()}, "must be 32 bytes"),
        ({"MASTER_KEY": TEXT[ONE], "MASTER_KEY_2": TEXT[TWO]}, "MASTER_KEY_CURRENT must name"),
        ({"MASTER_KEY": TEXT[ONE], "MASTER_KEY_CURRENT": "2"}, "number of a loaded key"),
        ({"MASTER_KEY": TEXT[ONE], "MASTER_KEY_CURRENT": "one"}, "number of a loaded key"),
        ({"MASTER_KEY": TEXT[ONE], "MASTER_KEY_1": TEXT[TWO], "MASTER_KEY_CURRENT": "1"}, "same number"),
        ({"MASTER_KEY_FILE": "/nowhere/at/all"}, "No such file"),
        ({"MASTER_KEY_2_FILE": "/nowhere/at/all"}, "No such file"),
        ({"MASTER_KEY": TEXT[ONE], "MASTER_KEY_FILE": __file__}, "two places"),
        ({"MASTER_KEY_FILE": __file__}, "not base64"),
    ],
)
def test_what_is_wrong_is_said_without_a_key(monkeypatch, names, said):
    is_set(monkeypatch, **names)
    with pytest.raises(ImproperlyConfigured, match=said) as refusal:
        keys.numbered("MASTER_KEY", None)
    assert TEXT[ONE][:8] not in str(refusal.value)
    assert TEXT[TWO][:8] not in str(refusal.value)


def test_the_demo_keeps_its_own(tmp_path: Path):
    kept = keys.kept_in(tmp_path / "data")
    first = keys.numbered("MASTER_KEY", kept)
    assert first == keys.numbered("MASTER_KEY", kept)
    assert (tmp_path / "data/master_key.key").stat().st_mode & 0o777 == 0o600
    assert keys.secret("OTHER_KEY", kept) != first["keys"][1]
