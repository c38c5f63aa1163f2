"""Sealing without a model field: reasons in the audit log, second factors, whatever stores its own bytes."""

from collections.abc import Iterable
from uuid import UUID

from casework.encryption import envelope, keyring
from casework.encryption.envelope import CannotOpen, CipherKey, Scope
from casework.encryption.payload import Kind, pack, unpack
from casework.encryption.tokens import named_dek_ids


def seal_note(scope_type: str, scope_id: UUID, field_id: int, row_id: UUID, text: str) -> bytes:
    """Seal a text under the key of a scope, one field id and one row; padded as free text."""
    return seal_note_under(keyring.key_for_writing(scope_type, scope_id), field_id, row_id, text)


def seal_note_under(key: CipherKey, field_id: int, row_id: UUID, text: str) -> bytes:
    """`seal_note` under this very key; for the renewal of keys."""
    about = envelope.label(field_id, envelope.LIVE)
    return key.seal(about, row_id.bytes, pack(Kind.TEXT, text), envelope.FREE_TEXT)


def prefetch_notes(tokens: Iterable[bytes]) -> None:
    """Load the keys of a page of notes in one query; what is empty or damaged is passed over until it is opened."""
    keyring.prefetch_ids(named_dek_ids(tokens))


def open_note(scope_type: str, scope_id: UUID, field_id: int, row_id: UUID, token: bytes) -> str:
    """The text of `seal_note`; CannotOpen unless scope, field id and row are those it was sealed for."""
    key = keyring.key_of(token)
    if key.scope != Scope(scope_type, scope_id):
        raise CannotOpen("sealed for another scope")
    payload = key.open(envelope.label(field_id, envelope.LIVE), row_id.bytes, token)
    try:
        text = unpack(Kind.TEXT, payload)
    except ValueError as error:
        raise CannotOpen(str(error)) from None
    return str(text or "")
