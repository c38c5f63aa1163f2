"""The format, byte by byte, and that nothing but the very same bytes in the very same place opens."""

import copy
import hashlib
import hmac
import pickle
import random
import uuid
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESGCMSIV, ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from casework.encryption.envelope import (
    FILE,
    HISTORY,
    LIVE,
    CannotOpen,
    CipherKey,
    Scope,
    Suite,
    dek_id_of,
    label,
    padded_size,
)

DEK = bytes(range(32))
SCOPE = Scope("case", uuid.UUID(int=1))
KEY = CipherKey(7, SCOPE, DEK)
ROW = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff").bytes
NAME = label(101, LIVE)
TEXT = b"\x01" + "Lò Thị Hoa".encode()

# Sealed once and written down: values of today must open for ever.
GOLDEN = {
    Suite.AES_256_GCM: (
        "c111000000076cd1d1c21d71a180eac04bf31e0daaadf7a414c78494ab4d3e004761f41bc9ccdf1eedf34c97f807ec3b27"
        "a399492e8972d841af8e31ce4d28a17e3b9896f5109e2410adaa92460fd267ef3a08d4dbfa8b0123b7111b80534c2b14be"
    ),
    Suite.AES_256_GCM_SIV: (
        "c112000000073bec32b622fd6790013aced248c7ab9bdd50959f4161c85d9e939aa635fddece850c18c577f9a092c34ecc"
        "f1e01c0e2f6c1af4099991f49d0e6f82204d5fcb9539d4fc8df64f9942b7a6e53addd641b305484d76b3f082ff8438148c"
    ),
    Suite.CHACHA20_POLY1305: (
        "c113000000072d663475e2747feeb8cbc34fd12d0168e0d3a5a463ed335da6ccc4391ce7877400f22448b50f713a09d092"
        "4ebb0c043bd363eb8e4929a606be5aad1a2422caa998bdb74e176af6306bfed6c1099e02bc838e2ff344c906f2705347e4"
    ),
}


def hkdf_expand(key: bytes, info: bytes) -> bytes:
    """RFC 5869, first block, from the standard library alone."""
    return hmac.digest(key, info + b"\x01", hashlib.sha256)


def read_by_the_table(token: bytes, about: bytes, row: bytes) -> bytes:
    """Another reader, written from the table in the documentation and not from the code."""
    assert token[0] == 0xC1
    assert token[1] >> 4 == 1
    suite = token[1] & 15
    ciphers: dict[int, Any] = {1: AESGCM, 2: AESGCMSIV, 3: ChaCha20Poly1305}
    cipher = ciphers[suite](hkdf_expand(DEK, b"cv1/enc" + bytes([suite])))
    padded: bytes = cipher.decrypt(token[6:18], token[18:], token[:6] + about + row)
    value, mark, zeros = padded.rpartition(b"\x80")
    assert mark
    assert not zeros.strip(b"\0")
    return value


@pytest.mark.parametrize("suite", Suite)
def test_values_sealed_in_the_past_open(suite):
    assert KEY.open(NAME, ROW, bytes.fromhex(GOLDEN[suite])) == TEXT


@pytest.mark.parametrize("suite", Suite)
def test_the_format_is_the_documented_one(suite):
    token = KEY.seal(NAME, ROW, TEXT, 64, suite)

    assert token[:6].hex() == f"c11{suite.value}00000007"
    assert NAME.hex() == b"CV".hex() + "0065" + "00"
    assert read_by_the_table(token, NAME, ROW) == TEXT
    assert dek_id_of(token) == 7


@given(st.binary(min_size=1, max_size=2000), st.sampled_from([16, 32, 64, 128, 256]), st.sampled_from(Suite))
def test_every_payload_comes_back_from_every_bucket(payload, bucket, suite):
    token = KEY.seal(NAME, ROW, payload, bucket, suite)
    assert KEY.open(NAME, ROW, token) == payload
    assert len(token) == 34 + padded_size(len(payload) + 1, bucket)


@given(st.binary(min_size=1, max_size=63))
def test_a_name_is_always_98_bytes(payload):
    assert len(KEY.seal(NAME, ROW, payload, 64)) == 98


@given(st.integers(1, 10**7))
def test_long_text_grows_by_steps_of_at_most_12_percent(length):
    size = padded_size(length, 256)
    assert size >= max(length, 256)
    assert length <= 256 or size <= length * 1.12
    assert padded_size(size, 256) == size


def test_what_outgrows_its_bucket_doubles_up_to_free_text():
    assert [padded_size(length, 16) for length in (1, 16, 17, 33, 65, 129, 256, 257)] == [
        16, 16, 32, 64, 128, 256, 256, 272,
    ]  # fmt: skip


def test_each_swap_and_each_flipped_bit_is_rejected():
    """100,000 attempts of somebody who may write to the database: nothing opens elsewhere or changed."""
    chance = random.Random(20260601)
    keys = [CipherKey(number, SCOPE, chance.randbytes(32)) for number in (1, 2, 3)]
    places = []
    for key in keys:
        for kind in (LIVE, HISTORY, FILE):
            for field_id in (101, 102, 65535):
                about, row = label(field_id, kind), chance.randbytes(16)
                suite = chance.choice(list(Suite))
                token = key.seal(about, row, b"\x01" + chance.randbytes(chance.randrange(60)), 64, suite)
                places.append((key, about, row, token))
    opened = 0
    for attack in range(100_000):
        key, about, row, token = chance.choice(places)
        if attack % 2:
            bit = chance.randrange(len(token) * 8)
            forged = bytearray(token)
            forged[bit // 8] ^= 1 << bit % 8
            token = bytes(forged)
        else:
            other = chance.choice([place for place in places if place[3] is not token])
            match chance.randrange(3):
                case 0:
                    about, row = other[1], other[2]
                case 1:
                    row = other[2]
                case 2:
                    token = other[3]
        try:
            key.open(about, row, token)
        except CannotOpen:
            continue
        opened += 1
    assert opened == 0


def test_a_renamed_key_does_not_open():
    token = KEY.seal(NAME, ROW, TEXT, 64)
    for key in (CipherKey(8, SCOPE, DEK), CipherKey(7, SCOPE, bytes(32))):
        with pytest.raises(CannotOpen):
            key.open(NAME, ROW, token)


@pytest.mark.parametrize("cut", [0, 1, 17, 35, 97])
def test_a_shortened_value_does_not_open(cut):
    token = KEY.seal(NAME, ROW, TEXT, 64)[:cut]
    with pytest.raises(CannotOpen):
        KEY.open(NAME, ROW, token)
    with pytest.raises(CannotOpen):
        KEY.open(NAME, ROW, token + bytes(64))


@pytest.mark.parametrize("text", [b"", b"Hoa", "Lò Thị Hoa ở bản Mường Phăng, xã Mường Phăng".encode()])
def test_plain_text_is_not_taken_for_a_sealed_value(text):
    with pytest.raises(CannotOpen, match="not a sealed value"):
        dek_id_of(text)


def test_an_unknown_cipher_or_padding_is_refused():
    token = KEY.seal(NAME, ROW, TEXT, 64)
    for second in (0x10, 0x14, 0x1F, 0x01, 0x21):
        with pytest.raises(CannotOpen):
            KEY.open(NAME, ROW, token[:1] + bytes([second]) + token[2:])


def test_authentic_bytes_without_padding_are_refused():
    header = KEY.seal(NAME, ROW, TEXT, 64)[:6]
    cipher = AESGCM(hkdf_expand(DEK, b"cv1/enc\x01"))
    for padded in (bytes(64), b"\x80" + bytes(63), b"\x01abc" + bytes(60)):
        token = header + bytes(12) + cipher.encrypt(bytes(12), padded, header + NAME + ROW)
        with pytest.raises(CannotOpen, match="padding"):
            KEY.open(NAME, ROW, token)


def test_a_nonce_never_repeats():
    assert len({KEY.seal(NAME, ROW, TEXT, 64)[6:18] for _ in range(100_000)}) == 100_000


def test_a_nonce_differs_between_texts_and_places_even_without_chance(monkeypatch):
    # What happens on a machine whose random source gives the same bytes again (a restored snapshot).
    monkeypatch.setattr("casework.encryption.envelope.os.urandom", lambda size: bytes(size))
    nonces = {
        KEY.seal(label(field_id, kind), row, text, 64, suite)[6:18]
        for field_id in (101, 102)
        for kind in (LIVE, HISTORY)
        for row in (ROW, bytes(16))
        for text in (TEXT, TEXT + b"!")
        for suite in Suite
    }
    assert len(nonces) == 2 * 2 * 2 * 2 * 3


def test_equal_texts_and_repeated_blocks_leave_no_pattern():
    payload = b"\x01" + b"A" * 240
    one, other = KEY.seal(NAME, ROW, payload, 256), KEY.seal(NAME, ROW, payload, 256)
    blocks = [token[start : start + 16] for token in (one, other) for start in range(18, 18 + 256, 16)]
    assert len(set(blocks)) == len(blocks)


def test_a_key_shows_nothing_and_stays_in_its_process():
    assert repr(KEY) == "<CipherKey 7>"
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="stays in its process"):
            leave(KEY)


def test_keys_for_other_purposes_are_others():
    assert KEY.subkey(b"cv1/file") == hkdf_expand(DEK, b"cv1/file")
    with pytest.raises(ValueError, match="belongs to sealed values"):
        KEY.subkey(b"cv1/enc\x01")


@pytest.mark.parametrize(("dek_id", "key"), [(0, DEK), (2**32, DEK), (1, DEK[:31]), (1, b"")])
def test_a_key_of_another_form_is_refused(dek_id, key):
    with pytest.raises(ValueError, match="32 bytes"):
        CipherKey(dek_id, SCOPE, key)
