"""The sealed files of a backup: each copied once, as it lies in the store, whatever store that is; and back.

```
files/ab/abcd…        a sealed file, under the name it has in the store
backup-….files        a line for each that belongs to this backup: SHA-256, two spaces, its path; `sha256sum -c` reads it
```
What lies there is ciphertext under keys that are in the other archives, and never changes: the next backup copies what
is new, and takes away what no backup of the last 30 days names.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple
from uuid import UUID

from django.core.files import File

from casework.attachments.queries import keepers, store
from casework.encryption import CannotOpen
from casework.encryption.files import OpenedFile, file_key, file_keys, sealed_size
from casework.encryption.keyring import prefetch_keys
from casework.encryption.models import FileKey

FOLDER: Final = "files"
_PIECE: Final = 1 << 20
_AT_ONCE: Final = 500
_WHY: Final = "the files that belong to a backup"


class NotProven(Exception):
    """A file is not the one its row tells of; the message names it by its name in the store."""


# --- which ---


class Kept(NamedTuple):
    """A file that is there: its plain length, and whose key opens it."""

    size: int
    case_id: UUID
    file_id: UUID


def kept() -> dict[str, Kept]:
    """The files that are there for the rows as they are seen now, by their names in the store."""
    return {
        str(row.stored_as): Kept(row.size, row.case_id, row.file_id)
        for model in keepers()
        for row in _there(_rows(model).only("pk", "case_id", "stored_as", "size").iterator())
    }


def path_of(folder: Path, name: str) -> Path:
    """Where the copy of a file lies; a folder of its own for every 256th."""
    return folder / FOLDER / name[:2] / name


# --- out ---


def copy(
    folder: Path, wanted: Mapping[str, Kept], known: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Copy what is not there yet: the digests of all copies by name, and the names that are lost.

    known: digests of copies an earlier backup has made. Lost is what is not in the store, or does not open any more.
    """
    digests, lost = dict[str, str](), list[str]()
    for name, file in wanted.items():
        path = path_of(folder, name)
        if name in known and path.is_file() and path.stat().st_size == sealed_size(file.size):
            digests[name] = known[name]
            continue
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        coming = path.with_suffix(".coming")
        try:
            with store().open(name) as source, _made(coming) as target:
                digest = _copied(source, target)
            with coming.open("rb") as sealed:
                _plain_digest(file_key("case", file.case_id, file.file_id), sealed, file.size)
        except (CannotOpen, FileNotFoundError):
            coming.unlink(missing_ok=True)
            lost.append(name)
            continue
        coming.rename(path)
        digests[name] = digest
    # Once for all of them; the manifest that names them comes after this.
    os.sync()
    return digests, lost


def write_list(path: Path, digests: Mapping[str, str]) -> None:
    with _made(path) as out:
        for name in sorted(digests):
            out.write(f"{digests[name]}  {path_of(Path(), name)}\n".encode())
        out.flush()
        os.fsync(out.fileno())


def read_list(path: Path) -> dict[str, str]:
    """The digests of a list by name."""
    pairs = (line.split("  ", 1) for line in path.read_text("utf-8").splitlines())
    return {Path(where).name: digest for digest, where in pairs}


def forget_all_but(folder: Path, named: Iterable[str]) -> int:
    """Remove the copies that no list names any more; returns how many."""
    stays, gone = set(named), 0
    for path in (folder / FOLDER).glob("*/*"):
        if path.name not in stays:
            path.unlink()
            gone += 1
    return gone


def changed(folder: Path, digests: Mapping[str, str]) -> Iterator[str]:
    """The names whose copy is missing or is not the one that was made."""
    for name, digest in digests.items():
        path = path_of(folder, name)
        if not path.is_file() or _digest(path) != digest:
            yield name


# --- back ---


def bring_back(folder: Path, digests: Mapping[str, str], brought: list[str]) -> None:
    """Put the copies into the store, each one only after its digest was found right.

    brought: told the names that were not there before, as they come. Raises NotProven.
    """
    with store().saving_many():
        for name, digest in digests.items():
            path = path_of(folder, name)
            if not path.is_file() or _digest(path) != digest:
                raise NotProven(
                    f"{path_of(Path(), name)} is missing or is not the file that was copied with this backup"
                )
            if store().exists(name):
                with store().open(name) as there:
                    if _copied(there, None) == digest:
                        continue
                store().delete(name)
            brought.append(name)
            with path.open("rb") as source:
                store().save(name, File(source))


@contextmanager
def bringing() -> Iterator[list[str]]:
    """The names of what is put into the store inside, to be added to; they are removed again when it fails."""
    brought: list[str] = []
    try:
        yield brought
    except BaseException:
        for name in brought:
            store().delete(name)
        raise


def prove(lost: Iterable[str]) -> int:
    """Open the file of every row from its first byte to its last and compare it with its row; returns how many.

    Raises NotProven for a file that is missing, of another length, changed, or not what its row says.
    """
    missing, proven = set(lost), 0
    for model in keepers():
        rows = _rows(model).order_by("pk").iterator(chunk_size=_AT_ONCE)
        while batch := prefetch_keys(islice(rows, _AT_ONCE)):
            there = [row for row in _there(batch) if str(row.stored_as) not in missing]
            try:
                keys = file_keys("case", [(row.case_id, row.file_id) for row in there])
                for row in there:
                    with store().open(str(row.stored_as)) as sealed:
                        digest = _plain_digest(keys[row.file_id], sealed, row.size)
                    if digest != row.sha256:
                        raise NotProven(f"The file {row.stored_as} is not the one its row tells of.")
            except (CannotOpen, FileNotFoundError) as error:
                raise NotProven(f"A sealed file does not open: {error}.") from error
            proven += len(there)
    return proven


def _rows(model: Any) -> Any:
    return model.objects.everything(reason=_WHY)


def _there(rows: Iterable[Any]) -> Iterator[Any]:
    """Those whose file was not removed: its key is there."""
    destroyed = set(FileKey.objects.filter(wrapped=b"").values_list("pk", flat=True))
    return (row for row in rows if row.file_id not in destroyed)


def _plain_digest(key: bytes, sealed: Any, size: int) -> str:
    """SHA-256 of the plaintext; CannotOpen unless all of it opens."""
    digest = hashlib.sha256()
    with OpenedFile(key, sealed, size) as opened:
        for piece in opened.span(0, size):
            digest.update(piece)
    return digest.hexdigest()


def _made(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copied(source: Any, target: BinaryIO | None) -> str:
    digest = hashlib.sha256()
    while piece := source.read(_PIECE):
        digest.update(piece)
        if target is not None:
            target.write(piece)
    return digest.hexdigest()
