"""What a backup says of itself, signed by the key of the memory: which files, how many rows, up to which checkpoint."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature

from casework.audit.evidence import Checkpoint, key_id
from casework.audit.signing import signing_key, trusted_keys

_SIGNED: Final = b"cv1/backup"


class NotGenuine(Exception):
    """The manifest is not one of ours, or a file is not the one it names."""


@dataclass(frozen=True, slots=True)
class File:
    """A file beside the manifest, by its bare name."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """checkpoint: the line of the newest one in the backup, as a witness got it; empty before the first.

    files: the list of the sealed files that belong to it; lost: names of those the store did not have by then.
    erasures: how many cases had been destroyed by then.
    """

    made_at: str
    vendor: str
    migrations: list[str]
    rows: Mapping[str, int]
    data: File
    keys: File
    files: File
    lost: list[str]
    checkpoint: str
    erasures: int

    @property
    def witnessed(self) -> Checkpoint | None:
        return Checkpoint.parse(self.checkpoint) if self.checkpoint else None

    @property
    def made(self) -> datetime:
        return datetime.fromisoformat(self.made_at)

    def body(self) -> bytes:
        return _SIGNED + json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()

    def save(self, path: Path) -> None:
        """Sign and write; the file must not be there yet."""
        key = signing_key()
        told = {
            "manifest": asdict(self),
            "key": key_id(key.public_key()).hex(),
            "signature": key.sign(self.body()).hex(),
        }
        with path.open("x", encoding="utf-8") as file:
            json.dump(told, file, indent=1, sort_keys=True)

    @staticmethod
    def open(path: Path) -> "Manifest":
        """Read a manifest and check its signature; NotGenuine when it is not signed by a trusted key."""
        try:
            told = json.loads(path.read_text("utf-8"))
            said = dict(told["manifest"])
            said |= {name: File(**said[name]) for name in ("data", "keys", "files")}
            found = Manifest(**said)
            key = trusted_keys()[bytes.fromhex(told["key"])]
            key.verify(bytes.fromhex(told["signature"]), found.body())
        except (InvalidSignature, KeyError, TypeError, ValueError) as error:
            raise NotGenuine(f"{path.name} is not signed by a key that is trusted here") from error
        return found

    def check(self, path: Path, file: File) -> None:
        """NotGenuine unless the file is, byte for byte, the one that was written with this manifest."""
        if digest_of(path) != file.sha256:
            raise NotGenuine(f"{path.name} is not the file that was written with this manifest")


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
