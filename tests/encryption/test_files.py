"""Sealed files: each chunk opens at its own place and nowhere else, each key with its own file and no other."""

import io
import os
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.encryption import CannotOpen, files, keyring
from casework.encryption.files import HEADER, OpenedFile, Sealer, chunks_of, sealed_size
from casework.encryption.keyring import KeyDestroyed, KeyUnknown
from casework.encryption.models import DataKey, FileKey
from casework.encryption.streams import CHUNK

KEY = bytes(range(32))
STEP = CHUNK + 16


def sealed(plain: bytes, key: bytes = KEY, part: int = CHUNK) -> bytes:
    out = io.BytesIO()
    sealer = Sealer(key, out.write)
    for start in range(0, len(plain), part):
        sealer.write(plain[start : start + part])
    sealer.close()
    return out.getvalue()


def opened(token: bytes, size: int, key: bytes = KEY) -> bytes:
    file = OpenedFile(key, io.BytesIO(token), size)
    return b"".join(file.span(0, size))


@pytest.fixture(scope="module")
def three() -> bytes:
    """Two whole chunks and a half."""
    return os.urandom(2 * CHUNK + CHUNK // 2)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7])
def test_what_was_sealed_opens_at_every_length_around_a_chunk(size):
    plain = os.urandom(size)
    token = sealed(plain)

    assert opened(token, size) == plain
    assert len(token) == sealed_size(size) == 4 + size + 16 * chunks_of(size)


@pytest.mark.parametrize("part", [1000, CHUNK - 1, CHUNK, 3 * CHUNK])
def test_the_parts_it_came_in_leave_no_trace(three, part):
    assert sealed(three, part=part) == sealed(three)


def test_no_piece_of_the_plaintext_stands_in_it():
    mark = b"dau-hieu-bi-mat"
    assert mark not in sealed(mark * 20_000)


def test_two_files_with_the_same_content_look_different(three):
    assert sealed(three, files.new_file_key())[4:40] != sealed(three, files.new_file_key())[4:40]


def test_a_file_cut_at_the_end_of_a_chunk_does_not_open(three):
    token = sealed(three)
    shorter = token[: len(HEADER) + 2 * STEP]

    with pytest.raises(CannotOpen, match="not as long"):
        opened(shorter, len(three))
    # Also where somebody has changed the length in the database.
    with pytest.raises(CannotOpen, match="not what was sealed there"):
        opened(shorter, 2 * CHUNK)


def test_chunks_in_another_order_do_not_open(three):
    token = sealed(three)
    first, second = token[4 : 4 + STEP], token[4 + STEP : 4 + 2 * STEP]

    with pytest.raises(CannotOpen, match="not what was sealed there"):
        opened(HEADER + second + first + token[4 + 2 * STEP :], len(three))


def test_a_chunk_twice_or_one_more_does_not_open(three):
    token = sealed(three)
    first = token[4 : 4 + STEP]

    with pytest.raises(CannotOpen, match="not what was sealed there"):
        opened(HEADER + first + first + token[4 + 2 * STEP :], len(three))
    with pytest.raises(CannotOpen):
        opened(token + first, len(three) + CHUNK)


def test_a_chunk_of_another_file_does_not_open(three):
    other = sealed(three, files.new_file_key())
    token = sealed(three)

    with pytest.raises(CannotOpen, match="not what was sealed there"):
        opened(other[: 4 + STEP] + token[4 + STEP :], len(three))


@given(st.integers(0, sealed_size(CHUNK + 100) - 1), st.integers(1, 255))
def test_a_changed_byte_anywhere_is_found(place, flip):
    plain = bytes(CHUNK + 100)
    token = bytearray(sealed(plain))
    token[place] ^= flip

    with pytest.raises(CannotOpen):
        opened(bytes(token), len(plain))


@given(st.integers(0, 2 * CHUNK + 500), st.integers(0, 2 * CHUNK + 500))
def test_a_span_is_that_part_of_the_whole(start, stop):
    plain = bytes(number % 251 for number in range(2 * CHUNK + 500))
    file = OpenedFile(KEY, io.BytesIO(sealed(plain)), len(plain))

    assert b"".join(file.span(start, stop)) == plain[start:stop]


def test_it_is_read_and_sought_like_any_file(three):
    file = io.BufferedReader(OpenedFile(KEY, io.BytesIO(sealed(three)), len(three)))

    assert file.read(10) == three[:10]
    file.seek(CHUNK - 5)
    assert file.read(10) == three[CHUNK - 5 : CHUNK + 5]
    assert file.seek(-7, os.SEEK_END) == len(three) - 7
    assert file.read() == three[-7:]
    assert file.seek(5 * CHUNK) == 5 * CHUNK
    assert file.read() == b""
    file.seek(0)
    with pytest.raises(ValueError, match="before the beginning"):
        file.seek(-1)


# --- their keys ---


@pytest.fixture
def case_id(db: None) -> uuid.UUID:
    return uuid.uuid4()


def test_a_key_comes_back_for_its_own_file_only(case_id):
    mine, other = uuid.uuid4(), uuid.uuid4()
    files.keep_file_key("case", case_id, mine, KEY)

    assert files.file_key("case", case_id, mine) == KEY
    FileKey.objects.create(file=other, **FileKey.objects.values("dek_id", "wrapped").get(pk=mine))
    with pytest.raises(CannotOpen, match="another file"):
        files.file_key("case", case_id, other)


def test_a_key_does_not_open_for_another_case(case_id):
    file = uuid.uuid4()
    files.keep_file_key("case", case_id, file, KEY)

    with pytest.raises(CannotOpen, match="another scope"):
        files.file_key("case", uuid.uuid4(), file)


def test_the_stored_key_is_not_the_key(case_id):
    file = uuid.uuid4()
    files.keep_file_key("case", case_id, file, KEY)

    wrapped = bytes(FileKey.objects.get(pk=file).wrapped)
    assert len(wrapped) == 60
    assert KEY not in wrapped


def test_a_destroyed_key_is_gone_and_says_so(case_id):
    file = uuid.uuid4()
    files.keep_file_key("case", case_id, file, KEY)
    files.destroy_file_key(file)

    with pytest.raises(KeyDestroyed):
        files.file_key("case", case_id, file)
    with pytest.raises(KeyUnknown):
        files.file_key("case", case_id, uuid.uuid4())


def test_without_the_key_of_the_case_its_files_stay_shut(case_id):
    file = uuid.uuid4()
    files.keep_file_key("case", case_id, file, KEY)
    key = keyring.key_for_writing("case", case_id)
    DataKey.objects.filter(pk=key.dek_id).update(state="destroyed", wrapped=b"")
    keyring.forget_keys()

    with pytest.raises(KeyDestroyed):
        files.file_key("case", case_id, file)
