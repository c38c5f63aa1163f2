"""The list of erasures: every tombstone, signed, kept outside of the database it could be rolled back with.

It is written by the daily job and beside every backup. A restore asks for it and destroys again what an older backup
brings back; what is missing from it, or was changed in it, is named.
"""

import json
import os
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature

from casework.audit.evidence import ERASURE, key_id
from casework.audit.signing import signing_key, trusted_keys
from casework.encryption import tombstones
from casework.encryption.models import Tombstone
from casework.management.backups.manifest import NotGenuine

NAME: Final = "erasures.json"
_SIGNED: Final = b"cv1/erasures"
_SIGNED_LINE: Final = b"cv1/erasure"


@dataclass(frozen=True, slots=True)
class Erasures:
    """written_at: when the list was last true."""

    written_at: datetime
    stones: Sequence[Tombstone]

    @property
    def count(self) -> int:
        return len(self.stones)

    @staticmethod
    def now(at: datetime) -> "Erasures":
        """All there is in this database."""
        return Erasures(at, tombstones.all_stones())

    def save(self, path: Path) -> None:
        """Sign and write, in place of an older list; NotGenuine rather than over one that knows more."""
        if path.exists() and (known := Erasures.open(path).count) > self.count:
            raise NotGenuine(
                f"{path.name} knows {known} erasures, this database only {self.count}: it was brought back from an "
                "older backup. Run `manage.py replay_erasures` with that list first."
            )
        key = signing_key()
        body = self._body()
        told = {
            "list": body,
            "key": key_id(key.public_key()).hex(),
            "signature": key.sign(_bytes(body)).hex(),
        }
        begun = path.with_name(f"{path.name}.new")
        with os.fdopen(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "w") as file:
            json.dump(told, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        # One or the other is there, whenever the power goes.
        begun.replace(path)

    @staticmethod
    def open(path: Path) -> "Erasures":
        """Read a list; NotGenuine when it is not signed by a trusted key, or an erasure of it is missing or changed."""
        try:
            told = json.loads(path.read_text("utf-8"))
            key = trusted_keys()[bytes.fromhex(told["key"])]
            key.verify(bytes.fromhex(told["signature"]), _bytes(told["list"]))
            found = Erasures(
                datetime.fromisoformat(told["list"]["written_at"]),
                [tombstones.read(one) for one in told["list"]["erasures"]],
            )
        except (InvalidSignature, KeyError, TypeError, ValueError) as error:
            raise NotGenuine(f"{path.name} is not signed by a key that is trusted here") from error
        if (fault := tombstones.first_fault(found.stones)) is not None:
            raise NotGenuine(f"{path.name}: erasure {fault} is missing or changed")
        return found

    def with_those_told(self, told: "Erasures") -> "Erasures":
        """This list, or what a witness was told where it knows more; NotGenuine when they tell of different erasures."""
        for mine, other in zip(self.stones, told.stones, strict=False):
            if bytes(mine.digest) != bytes(other.digest):
                raise NotGenuine(
                    f"erasure {mine.number} of the list is another one than the witness was told"
                )
        return Erasures(max(self.written_at, told.written_at), max(self.stones, told.stones, key=len))

    def _body(self) -> dict[str, object]:
        return {
            "written_at": self.written_at.isoformat(),
            "erasures": [tombstones.written(stone) for stone in self.stones],
        }


# --- single erasures, for witnesses ---


def lines_after(number: int) -> list[str]:
    """A signed line for every erasure after this number: what a witness is handed with the checkpoints."""
    return [line_of(stone) for stone in Tombstone.objects.filter(number__gt=number).order_by("number")]


def told_by(lines: Iterable[str], at: datetime) -> Erasures | None:
    """The erasures a witness was told by `at`, None when it was told of none.

    Raises NotGenuine for a line that no trusted key signed, and when one is missing before another.
    """
    found: dict[str, Tombstone] = {}
    for line in lines:
        _before, mark, words = line.strip().rpartition(f"{ERASURE} ")
        if mark and words not in found:
            found[words] = _read_line(words)
    if not found:
        return None
    stones = sorted(found.values(), key=lambda stone: stone.number)
    if (fault := tombstones.first_fault(stones)) is not None:
        raise NotGenuine(f"the witness lacks erasure {fault}, or was told another one in its place")
    return Erasures(at, stones)


def line_of(stone: Tombstone) -> str:
    """The signed line of one erasure."""
    key, told = signing_key(), json.dumps(tombstones.written(stone), sort_keys=True, separators=(",", ":"))
    packed = zlib.compress(told.encode(), 9)
    signature = key.sign(_SIGNED_LINE + packed)
    return f"{ERASURE} {b64encode(packed).decode()} {key_id(key.public_key()).hex()} {signature.hex()}"


def _read_line(words: str) -> Tombstone:
    try:
        text, key, signature = words.split()
        packed = b64decode(text, validate=True)
        trusted_keys()[bytes.fromhex(key)].verify(bytes.fromhex(signature), _SIGNED_LINE + packed)
        return tombstones.read(json.loads(zlib.decompress(packed)))
    except (InvalidSignature, KeyError, TypeError, ValueError, zlib.error) as error:
        raise NotGenuine(
            "an erasure the witness was told is not signed by a key that is trusted here"
        ) from error


def _bytes(body: object) -> bytes:
    return _SIGNED + json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
