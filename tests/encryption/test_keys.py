"""Master keys are checked before they are used, and wrapped keys are bound to their own row."""

import resource
from uuid import UUID

import pytest
from django.core.exceptions import ImproperlyConfigured

from casework.encryption import CannotOpen, KeysUnavailable, keys

ONE, TWO, DEK = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
SCOPE = UUID("00112233-4455-6677-8899-aabbccddeeff")
CONTEXT = keys.data_key_context(7, "case", SCOPE, 1)

# Written down once: what was wrapped and noted in the past must be recognised for ever.
GOLDEN = (
    "0100000001484155798671b2af86a2ed0b611d1f067d19a43b38a3e8ce70f51ee4"
    "53a30c4408f69b7ba12a537b39d8c634f7a84f25cfaaf23523e4666c0eee2fd5"
)
CHECK_VALUE = "86bd908b60be0dd5"


@pytest.fixture(autouse=True)
def two_keys(settings):
    settings.ENCRYPTION_KEYS = {"current": 2, "keys": {1: ONE, 2: TWO}}


def test_a_wrapped_key_has_65_bytes_and_names_its_master_key():
    wrapped = keys.wrap(DEK, 2, CONTEXT)
    assert len(wrapped) == 65
    assert wrapped[:5].hex() == "0100000002"
    assert keys.unwrap(wrapped, CONTEXT) == DEK


def test_a_key_wrapped_in_the_past_opens(settings):
    settings.ENCRYPTION_KEYS = {"current": 1, "keys": {1: ONE}}
    assert keys.unwrap(bytes.fromhex(GOLDEN), CONTEXT) == DEK


def test_what_a_wrapped_key_is_bound_to_never_changes():
    assert b"cv1/dek" + bytes.fromhex("00000007" + "03" + SCOPE.hex + "00000001") == CONTEXT


@pytest.mark.parametrize(
    "context",
    [
        keys.data_key_context(8, "case", SCOPE, 1),
        keys.data_key_context(7, "person", SCOPE, 1),
        keys.data_key_context(7, "case", UUID(int=1), 1),
        keys.data_key_context(7, "case", SCOPE, 2),
    ],
)
def test_a_wrapped_key_does_not_open_in_another_row(context):
    with pytest.raises(CannotOpen):
        keys.unwrap(keys.wrap(DEK, 1, CONTEXT), context)


def test_each_flipped_bit_of_a_wrapped_key_is_rejected():
    wrapped = keys.wrap(DEK, 1, CONTEXT)
    for bit in range(len(wrapped) * 8):
        forged = bytearray(wrapped)
        forged[bit // 8] ^= 1 << bit % 8
        with pytest.raises((CannotOpen, KeysUnavailable)):
            keys.unwrap(bytes(forged), CONTEXT)


def test_a_master_key_that_was_not_loaded_is_no_damage(settings):
    wrapped = keys.wrap(DEK, 2, CONTEXT)
    settings.ENCRYPTION_KEYS = {"current": 1, "keys": {1: ONE}}
    with pytest.raises(KeysUnavailable, match="master key 2 is not in ENCRYPTION_KEYS"):
        keys.unwrap(wrapped, CONTEXT)


def test_a_check_value_names_a_key_for_ever():
    assert keys.check_value(ONE) == CHECK_VALUE
    assert keys.check_value(TWO) != CHECK_VALUE


@pytest.mark.parametrize(
    "setting",
    [
        None,
        ONE,
        {},
        {"current": 1},
        {"current": 2, "keys": {1: ONE}},
        {"current": "1", "keys": {"1": ONE}},
        {"current": 0, "keys": {0: ONE}},
        {"current": 2**32, "keys": {2**32: ONE}},
        {"current": 1, "keys": {1: ONE[:31]}},
        {"current": 1, "keys": {1: ONE.hex()}},
        {"current": 1, "keys": {1: ONE, 2: ONE}},
        {"current": 1, "keys": {1: "vault:a"}},
        {"current": 1, "keys": {1: "service:a", 2: "service:a"}},
    ],
)
@pytest.mark.parametrize("name", ["ENCRYPTION_KEYS", "INDEX_KEYS"])
def test_keys_of_another_form_are_refused_without_being_shown(settings, name, setting):
    setattr(settings, name, setting)
    read = {"ENCRYPTION_KEYS": keys.encryption_keys, "INDEX_KEYS": keys.index_keys}[name]
    with pytest.raises(ImproperlyConfigured, match=name) as refusal:
        read()
    assert ONE.hex() not in str(refusal.value)
    assert repr(ONE)[2:20] not in str(refusal.value)


def test_master_keys_show_no_key():
    assert repr(keys.encryption_keys()) == "MasterKeys(current=2)"


def test_a_process_with_keys_leaves_no_core_dump():
    keys.wrap(DEK, 1, CONTEXT)
    assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0
