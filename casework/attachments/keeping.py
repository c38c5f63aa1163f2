"""How the content of a row that keeps a file is put into the store; always inside a verb."""

from typing import Any

from django.core.files import File

from casework.attachments.queries import StoreAway, store
from casework.encryption.files import SealedUpload, Sealing, chunks_of, keep_file_key


def sealed(content: bytes, name: str) -> SealedUpload:
    """What the product itself made, sealed as if it had been sent."""
    sealing = Sealing()
    sealing.write(content)
    return sealing.complete(name)


def keep_content(row: Any, given: SealedUpload) -> None:
    """Save the row with the length and digest of its file, its key under that of the case, the ciphertext in the store.

    Raises StoreAway.
    """
    row.size, row.sha256 = given.size or 0, given.sha256
    row.chunks = chunks_of(row.size)
    row.save()
    keep_file_key("case", row.case_id, row.file_id, given.key)
    try:
        given.ciphertext.seek(0)
        store().save(str(row.stored_as), File(given.ciphertext))
    except OSError as error:
        raise StoreAway from error
