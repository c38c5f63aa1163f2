"""Long content sealed in chunks: nothing but the very stream that was sealed opens, to its very end."""

from base64 import b64encode
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.encryption import CannotOpen
from casework.encryption.offline import key_for, key_from, make_pair, read_key
from casework.encryption.streams import CHUNK, TAG, SealingStream, open_stream

KEY, CONTEXT = bytes(range(32)), b"a file"
FULL = CHUNK + TAG


def sealed(text: bytes, *, pieces: int = 1000) -> bytes:
    out = BytesIO()
    stream = SealingStream(out.write, KEY, CONTEXT)
    for start in range(0, len(text), pieces):
        stream.write(text[start : start + pieces])
    stream.close()
    return out.getvalue()


def opened(data: bytes, key: bytes = KEY, context: bytes = CONTEXT) -> bytes:
    return b"".join(open_stream(BytesIO(data), key, context))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7])
def test_what_was_sealed_opens_whatever_its_length(size: int):
    text = bytes(i % 251 for i in range(size))
    chunks = max(1, -(-size // CHUNK))

    assert opened(sealed(text)) == text
    assert len(sealed(text)) == size + chunks * TAG


@given(st.binary(max_size=3000), st.integers(1, 700))
def test_how_it_is_written_makes_no_difference(text: bytes, pieces: int):
    assert sealed(text, pieces=pieces) == sealed(text, pieces=10**6)


def test_a_stream_cut_at_any_chunk_or_inside_one_does_not_open():
    whole = sealed(bytes(3 * CHUNK))
    for length in (0, 1, TAG, FULL - 1, FULL, FULL + 1, 2 * FULL, 3 * FULL - 1):
        with pytest.raises(CannotOpen):
            opened(whole[:length])


def test_chunks_left_out_moved_repeated_or_added_do_not_open():
    whole = sealed(bytes(range(256)) * (4 * CHUNK // 256))
    a, b, c, d = (whole[at : at + FULL] for at in range(0, 4 * FULL, FULL))
    for other in (
        b + c + d,
        a + c + d,
        a + c + b + d,
        a + a + b + c + d,
        a + b + c + d + d,
        d,
        a + b + d,
        whole + b"x",
    ):
        with pytest.raises(CannotOpen):
            opened(other)


@given(st.integers(0, 2 * FULL - 1), st.integers(1, 255))
def test_no_changed_byte_passes(place: int, change: int):
    data = bytearray(WHOLE)
    data[place] ^= change
    with pytest.raises(CannotOpen):
        opened(bytes(data))


WHOLE = sealed(bytes(2 * CHUNK))


def test_another_key_or_another_context_does_not_open():
    with pytest.raises(CannotOpen):
        opened(sealed(b"x"), key=bytes(32))
    with pytest.raises(CannotOpen):
        opened(sealed(b"x"), context=b"another file")


def test_only_the_private_key_finds_the_key_of_a_message():
    private, public = make_pair()
    header, key = key_for(public, b"backup")

    assert key_from(private, header, b"backup") == key
    assert key_from(make_pair()[0], header, b"backup") != key
    assert key_from(private, header, b"something else") != key
    assert key_for(public, b"backup")[1] != key, "every message has its own"
    with pytest.raises(CannotOpen):
        key_from(private, bytes(32), b"backup")


def test_a_private_key_is_a_line_of_base64():
    private, _public = make_pair()
    assert read_key(b64encode(private).decode() + "\n") == private
    for wrong in ("", "no base64!", "c2hvcnQ="):
        with pytest.raises(ValueError, match="32 bytes"):
            read_key(wrong)
