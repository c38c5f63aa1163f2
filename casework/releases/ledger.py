"""The ledger: what a release said, in one order for ever, and the chain that ties each to the one before. Pure."""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final

from casework.tables import HIDDEN

# Before the first release of a province.
NOTHING: Final = "0" * 64

Said = tuple[str, str, int | None]


def content_of(cells: Iterable[Said]) -> str:
    """The cells of a release: table, key, value; one line each."""
    return "".join(
        f"{table}\t{key}\t{HIDDEN if value is None else value}\n"
        for table, key, value in sorted(cells, key=_place)
    )


def sha256_of(content: bytes) -> str:
    return sha256(content).hexdigest()


def digest_of(cells: Iterable[Said]) -> str:
    """The fingerprint of what is shown, which the approvals are bound to."""
    return sha256(content_of(cells).encode()).hexdigest()


def link(previous: str, about: Mapping[str, object], shown: str) -> str:
    """The fingerprint of a published release: of the one before, of what it says about itself, of what it shows."""
    head = json.dumps(about, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(f"{previous}\n{head}\n{shown}".encode()).hexdigest()


def _place(said: Said) -> tuple[str, str]:
    return said[0], said[1]
