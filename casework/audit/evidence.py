"""The evidence of the memory and its verifier: the Merkle tree, the signed checkpoints, the walk along the chains.

This file needs Python 3.11 and `cryptography` and nothing else of the product, so that another organisation can keep
a copy of its own and check an exported log with it:

    python evidence.py LOG.jsonl --key PUBLIC_KEY [--key ...] [--witness FILE] [--line LINE]

It says how many events are intact and exits with 0, or names every break and exits with 1. LOG.jsonl is a whole log, or
an extract of one: some events, each with what proves that it stands in the tree under a signed checkpoint.
"""

import argparse
import base64
import functools
import hashlib
import json
import struct
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

NOTHING: Final = bytes(32)
_LINE: Final = "cv1"
# A line of a witness that tells of an erasure, and no checkpoint.
ERASURE: Final = "cv1-erasure"
_BODY: Final = struct.Struct(">QQ32s32sQ")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# How each hashed column of an event is written, in the order of the format.
_COLUMNS: Final = (
    ("ts", "t"),
    ("actor", "u"),
    ("session", "s"),
    ("auth_level", "s"),
    ("action", "s"),
    ("object_type", "s"),
    ("object_id", "u"),
    ("case_id", "u"),
    ("chain_kind", "s"),
    ("chain_key", "u"),
    ("chain_seq", "i"),
    ("prev_hash", "b"),
    ("row_seal", "b"),
    ("fields", "j"),
    ("detail", "j"),
    ("purpose", "s"),
    ("reason", "b"),
    ("request_id", "s"),
    ("outcome", "s"),
)


@dataclass(frozen=True, slots=True)
class Break:
    """Where the memory stops being true: which chain (or the tree, a checkpoint, the witness), where in it, and why."""

    chain: str
    seq: int
    why: str

    def __str__(self) -> str:
        is_chain = ":" in self.chain
        place = f"chain {self.chain}, event {self.seq}" if is_chain else f"{self.chain} {self.seq}"
        return f"{place}: {self.why}"


class Entry(NamedTuple):
    """One event as the walk needs it: `hash` is what is stored, `digest` what its content gives."""

    chain: str
    seq: int
    prev: bytes
    hash: bytes
    digest: bytes


class Leaf(NamedTuple):
    """One leaf of the tree and the hash of the event it stands for; None when that event is gone."""

    number: int
    leaf: bytes
    event_hash: bytes | None


@dataclass(slots=True)
class Walk:
    """What a check has seen."""

    events: int = 0
    chains: int = 0
    leaves: int = 0
    checkpoints: int = 0
    newest: datetime | None = None


class Tree:
    """The Merkle tree of RFC 9162, grown leaf by leaf; it keeps only the roots of its whole parts."""

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: bytes = b"") -> None:
        if len(peaks) != 32 * size.bit_count():
            raise ValueError("the peaks do not belong to a tree of this size")
        self.size = size
        self.peaks = [peaks[at : at + 32] for at in range(0, len(peaks), 32)]

    def add(self, leaf: bytes) -> None:
        parts = self.size
        while parts & 1:
            leaf = hashlib.sha256(b"\x01" + self.peaks.pop() + leaf).digest()
            parts >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self.peaks:
            return hashlib.sha256().digest()
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = hashlib.sha256(b"\x01" + peak + root).digest()
        return root


def leaf_of(event_hash: bytes) -> bytes:
    """The 32 bytes with which an event stands in the tree."""
    return hashlib.sha256(b"\x00" + event_hash).digest()


def key_id(key: Ed25519PublicKey) -> bytes:
    """8 bytes that name a public key."""
    return hashlib.sha256(key.public_bytes_raw()).digest()[:8]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed statement that the tree had `size` leaves and this root; numbered from 1, each names the one before."""

    number: int
    size: int
    root: bytes
    previous: bytes
    ts: datetime
    key: bytes = b""
    signature: bytes = b""

    def body(self) -> bytes:
        """What is signed."""
        since = (self.ts - _EPOCH) // timedelta(microseconds=1)
        return b"cv1/checkpoint" + _BODY.pack(self.number, self.size, self.root, self.previous, since)

    def digest(self) -> bytes:
        """What the next checkpoint names as its previous."""
        return hashlib.sha256(b"\x03" + self.body()).digest()

    def signed(self, key: Ed25519PrivateKey) -> "Checkpoint":
        signature = key.sign(self.body())
        return Checkpoint(
            self.number, self.size, self.root, self.previous, self.ts, key_id(key.public_key()), signature
        )

    def is_signed(self, trusted: Mapping[bytes, Ed25519PublicKey]) -> bool:
        """Whether one of the trusted keys, by their ids, made the signature."""
        key = trusted.get(self.key)
        if key is None:
            return False
        try:
            key.verify(self.signature, self.body())
        except (InvalidSignature, struct.error):
            # A number that cannot even be written was never signed.
            return False
        return True

    def line(self) -> str:
        """The line that is handed to a witness: 8 words, no line break."""
        hexadecimal = (value.hex() for value in (self.root, self.previous))
        return " ".join(
            (
                _LINE,
                str(self.number),
                str(self.size),
                *hexadecimal,
                _shown(self.ts),
                self.key.hex(),
                self.signature.hex(),
            )
        )

    @staticmethod
    def parse(line: str) -> "Checkpoint":
        """Read a line back; ValueError when it is none."""
        words = line.split()
        if len(words) != 8 or words[0] != _LINE:
            raise ValueError("a checkpoint is a line of 8 words that begins with cv1")
        _name, number, size, root, previous, ts, key, signature = words
        found = Checkpoint(
            int(number),
            int(size),
            bytes.fromhex(root),
            bytes.fromhex(previous),
            datetime.fromisoformat(ts),
            bytes.fromhex(key),
            bytes.fromhex(signature),
        )
        # Only what could have been written: a number out of bounds or a time without a zone is not.
        if found.line() != line.strip() or len(found.root) != 32 or len(found.previous) != 32:
            raise ValueError("a checkpoint is written in one way only")
        if max(found.number, found.size) >= 2**64 or found.ts < _EPOCH:
            raise ValueError("a checkpoint counts with 64 bits")
        return found


def chain_breaks(
    entries: Iterable[Entry], heads: Mapping[str, tuple[int, bytes]], walk: Walk
) -> Iterator[Break]:
    """Yield the first break of every chain.

    entries: ordered by chain and number. heads: the length and last hash each chain says it has.
    """
    seen: set[str] = set()
    current: str | None = None
    expected, last, broken = 1, NOTHING, False

    def ends(chain: str, length: int, head: bytes) -> Iterator[Break]:
        kept = heads.get(chain)
        if kept is None:
            yield Break(chain, length, "the chain has events but no head")
        elif kept[0] != length:
            yield Break(chain, length + 1, f"the head counts {kept[0]} events, {length} are here")
        elif kept[1] != head:
            yield Break(chain, length, "the head does not match the last event")

    for chain, seq, prev, stored, digest in entries:
        if chain != current:
            if current is not None and not broken:
                yield from ends(current, expected - 1, last)
            current, expected, last, broken = chain, 1, NOTHING, False
            seen.add(current)
            walk.chains += 1
        walk.events += 1
        if broken:
            continue
        if seq == expected and prev == last and stored == digest:
            expected, last = expected + 1, digest
            continue
        broken = True
        if seq != expected:
            why = f"event {expected} is missing"
        elif prev != last:
            why = "it does not follow the event before it"
        else:
            why = "its content is not what was written"
        yield Break(chain, expected, why)
    if current is not None and not broken:
        yield from ends(current, expected - 1, last)
    for unseen, (length, _head) in heads.items():
        if unseen not in seen and length:
            yield Break(unseen, 1, f"the head counts {length} events, none is here")


def tree_breaks(
    leaves: Iterable[Leaf],
    checkpoints: Sequence[Checkpoint],
    trusted: Mapping[bytes, Ed25519PublicKey],
    walk: Walk,
    witnessed: Sequence[Checkpoint] = (),
) -> Iterator[Break]:
    """Yield what is wrong with the tree, with the checkpoints, and with both against what a witness kept.

    leaves and checkpoints: ordered by number. trusted: public keys by their ids, never taken from the log itself.
    """
    yield from _checkpoint_breaks(checkpoints, trusted, walk)
    yield from _witness_breaks(checkpoints, witnessed, trusted)
    named = [("checkpoint", checkpoints), ("witness of checkpoint", witnessed)]
    due = sorted(
        (one.size, one.root, f"{name} {one.number}, over")
        for name, said in named
        for one in said
        # The others are named already, and what they say means nothing.
        if one.is_signed(trusted)
    )
    tree, at = Tree(), 0
    broken = False
    for number, leaf, event_hash in leaves:
        while at < len(due) and due[at][0] == tree.size and not broken:
            yield from _root_break(tree, *due[at])
            at += 1
        why = ""
        if number != tree.size:
            why = f"leaf {tree.size} is missing"
        elif event_hash is None:
            why = "the event of this leaf is gone"
        elif leaf_of(event_hash) != leaf:
            why = "the event of this leaf is not the one that was entered"
        if why and not broken:
            yield Break("tree", tree.size, why)
            broken = True
        tree.add(leaf)
    walk.leaves = tree.size
    for size, root, name in due[at:]:
        if size > tree.size:
            yield Break(name, size, f"it saw {size} events in the tree, {tree.size} are here")
        elif not broken:
            yield from _root_break(tree, size, root, name)


def _root_break(tree: Tree, size: int, root: bytes, name: str) -> Iterator[Break]:
    if tree.root() != root:
        yield Break(name, size, "the events are not those that were signed")


def _checkpoint_breaks(
    checkpoints: Sequence[Checkpoint], trusted: Mapping[bytes, Ed25519PublicKey], walk: Walk
) -> Iterator[Break]:
    previous, size = NOTHING, 0
    for expected, one in enumerate(checkpoints, start=1):
        walk.checkpoints += 1
        walk.newest = one.ts
        why = ""
        if not one.is_signed(trusted):
            why = "it is not signed by a trusted key"
        elif one.number != expected:
            why = f"checkpoint {expected} is missing"
        elif one.previous != previous:
            why = "it does not follow the checkpoint before it"
        elif one.size < size:
            why = "the tree shrank"
        if why:
            yield Break("checkpoint", expected, why)
            return
        previous, size = one.digest(), one.size


def _witness_breaks(
    checkpoints: Sequence[Checkpoint],
    witnessed: Sequence[Checkpoint],
    trusted: Mapping[bytes, Ed25519PublicKey],
) -> Iterator[Break]:
    here = {one.number: one for one in checkpoints}
    for one in witnessed:
        name = "witness of checkpoint"
        if not one.is_signed(trusted):
            yield Break(name, one.number, "it is not signed by a trusted key")
        elif one.number not in here:
            yield Break(name, one.number, "the log has no such checkpoint any more")
        elif here[one.number] != one:
            yield Break(name, one.number, "the log has another checkpoint in its place")


class BadWitness(ValueError):
    """A file that was said to hold the lines of a witness holds something else."""


def read_witness(lines: Iterable[str]) -> list[Checkpoint]:
    """The checkpoints a witness kept; BadWitness names the line that is none.

    Words before `cv1` (the date and host that syslog or a mailbox puts there) are passed over, empty lines too, and
    the lines of erasures, which a restore reads.
    """
    found: dict[str, Checkpoint] = {}
    for number, line in enumerate(lines, start=1):
        _before, mark, words = line.rstrip().rpartition(f"{_LINE} ")
        if not line.strip() or f"{ERASURE} " in line:
            continue
        try:
            if not mark:
                raise ValueError("no checkpoint on this line")
            found.setdefault(words, Checkpoint.parse(mark + words))
        except (ValueError, OverflowError, TypeError) as error:
            raise BadWitness(f"line {number} of the witness cannot be read: {error}") from None
    if not found:
        raise BadWitness("the witness holds no line at all")
    return list(found.values())


def read_line(text: str) -> Checkpoint:
    """A checkpoint line that was scanned or typed from paper; BadWitness when it is none.

    However it is broken into lines and whichever way hexadecimal letters are written.
    """
    words = text.split()
    for place in (3, 4, 6, 7):
        words[place : place + 1] = [word.lower() for word in words[place : place + 1]]
    return read_witness([" ".join(words)])[0]


def read_key(text: str) -> Ed25519PublicKey:
    """A public key from base64 of its 32 bytes; ValueError when it is none."""
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))


# --- an exported log ---------------------------------------------------------------------------------------------


_JSON: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_READ: Final = json.JSONDecoder().raw_decode
_HEAD: Final = struct.Struct(">BI").pack
_NO_SEAL: Final = _HEAD(13, 1) + b"b"
_NO_FIELDS: Final = _HEAD(14, 3) + b"j[]"
_NO_REASON: Final = _HEAD(17, 1) + b"b"
_VALUES: Final = itemgetter(*(name for name, _kind in _COLUMNS))


def exported_hash(event: Mapping[str, Any]) -> bytes:
    """The hash of an event from its exported form: SHA-256 over 0x02 and tag, length, value of every column.

    ValueError for a value that is not written the one way an export writes it, and for a column that is not hashed.
    """
    if len(event) != len(_COLUMNS):
        raise ValueError("an event has other columns than those that are hashed")
    value = _VALUES(event)
    # What is mostly as in the event before is written once.
    return hashlib.sha256(
        b"".join(
            (
                b"\x02",
                _column(1, value[0]),
                _repeated(2, *value[1:4]),
                _repeated(5, *value[4:6]),
                _repeated(7, *value[6:10]),
                _repeated(11, value[10]),
                _column(12, value[11]),
                _NO_SEAL if value[12] == "" else _column(13, value[12]),
                _NO_FIELDS if value[13] == [] else _column(14, value[13]),
                _detail(value[14]),
                _repeated(16, value[15]),
                _NO_REASON if value[16] == "" else _column(17, value[16]),
                _column(18, value[17]),
                _repeated(19, value[18]),
            )
        )
    ).digest()


_REPEATED: Final = 100_000
_SHORT: Final = 200


# By type too, or true and 1 would be the same.
@functools.lru_cache(maxsize=_REPEATED, typed=True)
def _repeated(first: int, *values: Any) -> bytes:
    return b"".join(_column(tag, value) for tag, value in enumerate(values, start=first))


def _column(tag: int, value: Any) -> bytes:
    written = b"\x00" if value is None else _WRITTEN[tag](value)
    return _HEAD(tag, len(written)) + written


# What was read as JSON is shown differently if it is different.
_SHOWN: Final[dict[str, bytes]] = {}


def _detail(value: Any) -> bytes:
    """The column of details, written once for all that are shown alike."""
    shown = repr(value)
    written = _SHOWN.get(shown)
    if written is None:
        written = _column(15, value)
        if len(shown) < _SHORT and len(_SHOWN) < _REPEATED:
            _SHOWN[shown] = written
    return written


def _text(value: Any) -> bytes:
    if value.__class__ is not str:
        raise ValueError(f"{value!r} is no text")
    written: bytes = value.encode()
    return written


def _number(value: Any) -> int:
    if value.__class__ is not int:
        raise ValueError(f"{value!r} is no whole number")
    return int(value)


def _bytes(value: Any) -> bytes:
    found = bytes.fromhex(value)
    if found.hex() != value:
        raise ValueError(f"{value!r} is not how bytes are written")
    return found


def _id(value: Any) -> bytes:
    found = UUID(value)
    if str(found) != value:
        raise ValueError(f"{value!r} is not how an id is written")
    return found.bytes


_WRITE: Final[Mapping[str, Callable[[Any], bytes]]] = {
    "t": lambda value: b"t" + _text(value),
    "s": lambda value: b"s" + _text(value),
    "j": lambda value: b"j" + _JSON.encode(value).encode(),
    "b": lambda value: b"b" + _bytes(value),
    "u": lambda value: b"u" + _id(value),
    "i": lambda value: b"i%d" % _number(value),
}
# How the column of each tag is written.
_WRITTEN: Final = dict(enumerate((_WRITE[kind] for _name, kind in _COLUMNS), start=1))


def _row(line: str) -> Any:
    """As `json.loads`, without what it does for other kinds of text."""
    text = line.strip(" \t\n\r")
    row, end = _READ(text)
    if end != len(text):
        raise ValueError("more than one value stands on it")
    return row


@dataclass(slots=True)
class Export:
    """What an exported log holds beside its events, gathered while these are walked."""

    heads: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    leaves: list[Leaf] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)

    def entries(self, lines: Iterable[str]) -> Iterator[Entry]:
        """The events; heads and checkpoints stand before them in the file. ValueError names a line that is none."""
        for number, line in enumerate(lines, start=1):
            try:
                entry = self._take(_row(line))
            except (ValueError, KeyError, TypeError, OverflowError) as error:
                raise ValueError(f"line {number} of the log cannot be read: {error!r}") from None
            if entry is not None:
                yield entry

    def _take(self, row: Mapping[str, Any]) -> Entry | None:
        if "head" in row:
            self.heads[row["head"]] = (int(row["length"]), bytes.fromhex(row["hash"]))
        elif "checkpoint" in row:
            self.checkpoints.append(Checkpoint.parse(row["checkpoint"]))
        elif "event" in row:
            event = row["event"]
            stored = bytes.fromhex(row["hash"])
            if row["leaf"] is not None:
                self.leaves.append(Leaf(int(row["number"]), bytes.fromhex(row["leaf"]), stored))
            chain = f"{event['chain_kind']}:{event['chain_key']}"
            prev = bytes.fromhex(event["prev_hash"])
            return Entry(chain, int(event["chain_seq"]), prev, stored, exported_hash(event))
        elif "orphan" in row:
            self.leaves.append(Leaf(int(row["orphan"]), bytes.fromhex(row["leaf"]), None))
        else:
            raise ValueError("neither event, leaf, head nor checkpoint")
        return None


def export_breaks(
    lines: Iterable[str],
    trusted: Mapping[bytes, Ed25519PublicKey],
    walk: Walk,
    witnessed: Sequence[Checkpoint] = (),
) -> Iterator[Break]:
    """Yield what is wrong with an exported log; ValueError when it is no such log."""
    export = Export()
    yield from chain_breaks(export.entries(lines), export.heads, walk)
    export.leaves.sort(key=itemgetter(0))
    yield from tree_breaks(export.leaves, export.checkpoints, trusted, walk, witnessed)


# --- an extract of a log -----------------------------------------------------------------------------------------


def split(start: int, end: int) -> int:
    """Where a tree over these leaves is divided: the left part is the largest whole one."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


@dataclass(slots=True)
class Proof:
    """A checkpoint and, of the tree it signed, the parts in which no event of the extract stands: (start, end) -> hash."""

    checkpoint: Checkpoint
    nodes: dict[tuple[int, int], bytes]

    def root(self, leaves: Mapping[int, bytes]) -> bytes:
        """The root over the events of the extract and the given parts; ValueError where a part is missing.

        A part that is said to hold none of the events is taken only where that is so: an event stands for itself.
        """
        places = sorted(leaves)

        def over(start: int, end: int) -> bytes:
            if bisect_left(places, start) == bisect_right(places, end - 1):
                node = self.nodes.get((start, end))
                if node is not None:
                    return node
            elif end - start == 1:
                return leaves[start]
            if end - start <= 1:
                raise ValueError(f"what stands at {start} in the tree is not told")
            middle = split(start, end)
            return hashlib.sha256(b"\x01" + over(start, middle) + over(middle, end)).digest()

        return over(0, self.checkpoint.size)


def extract_breaks(
    lines: Iterable[str],
    trusted: Mapping[bytes, Ed25519PublicKey],
    walk: Walk,
    witnessed: Sequence[Checkpoint] = (),
) -> Iterator[Break]:
    """Yield what is wrong with an extract; ValueError when it is none. What it leaves out nobody can tell from it.

    walk.leaves: how many of its events are proven; the others were written after the newest checkpoint.
    """
    proofs: list[Proof] = []
    events: list[tuple[Entry, int | None]] = []
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            if "event" in row:
                events.append(_extracted(row))
            elif "checkpoint" in row:
                proofs.append(_proof(row))
            elif "extract" not in row:
                raise ValueError("neither event, checkpoint nor head of an extract")
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            raise ValueError(f"line {number} of the extract cannot be read: {error!r}") from None
    walk.events = len(events)
    yield from _event_breaks([entry for entry, _place in events])
    proofs.sort(key=lambda proof: proof.checkpoint.size)
    yield from _proof_breaks(proofs, events, trusted, walk)
    told = {one.number: one for one in witnessed if one.is_signed(trusted)}
    for proof in proofs if witnessed else ():
        number = proof.checkpoint.number
        if told.get(number) != proof.checkpoint:
            yield Break("witness of checkpoint", number, "the witness was not told this checkpoint")


def _extracted(row: Mapping[str, Any]) -> tuple[Entry, int | None]:
    event = row["event"]
    chain = f"{event['chain_kind']}:{event['chain_key']}"
    stored, prev = bytes.fromhex(row["hash"]), bytes.fromhex(event["prev_hash"])
    place = None if row["number"] is None else int(row["number"])
    return Entry(chain, int(event["chain_seq"]), prev, stored, exported_hash(event)), place


def _proof(row: Mapping[str, Any]) -> Proof:
    nodes = {(int(start), int(end)): bytes.fromhex(node) for start, end, node in row["nodes"]}
    return Proof(Checkpoint.parse(row["checkpoint"]), nodes)


def _event_breaks(entries: Sequence[Entry]) -> Iterator[Break]:
    """Each event is what was written, and follows the one before it in its chain where that one is here too."""
    by_place = {(entry.chain, entry.seq): entry for entry in entries}
    if len(by_place) < len(entries):
        yield Break("extract", len(entries), "an event stands in it twice")
    for entry in entries:
        before = by_place.get((entry.chain, entry.seq - 1))
        if entry.hash != entry.digest:
            yield Break(entry.chain, entry.seq, "its content is not what was written")
        elif before is not None and entry.prev != before.hash:
            yield Break(entry.chain, entry.seq, "it does not follow the event before it")


def _proof_breaks(
    proofs: Sequence[Proof],
    events: Sequence[tuple[Entry, int | None]],
    trusted: Mapping[bytes, Ed25519PublicKey],
    walk: Walk,
) -> Iterator[Break]:
    sizes = [proof.checkpoint.size for proof in proofs]
    covered: list[dict[int, bytes]] = [{} for _proof in proofs]
    for entry, place in events:
        if place is None or place < 0:
            continue
        first = bisect_right(sizes, place)
        if first < len(proofs):
            if place in covered[first]:
                yield Break("tree", place, "two events say that they stand here")
            covered[first][place] = leaf_of(entry.hash)
    for proof, leaves in zip(proofs, covered, strict=True):
        one = proof.checkpoint
        walk.checkpoints += 1
        if not one.is_signed(trusted):
            yield Break("checkpoint", one.number, "it is not signed by a trusted key")
            continue
        try:
            root = proof.root(leaves)
        except ValueError as error:
            yield Break("checkpoint", one.number, str(error))
            continue
        if root != one.root:
            yield Break("checkpoint", one.number, "the events are not those that were signed")
            continue
        walk.leaves += len(leaves)
        walk.newest = one.ts


def is_extract(line: str) -> bool:
    """Whether a file that begins with this line is an extract, not a whole log."""
    try:
        return "extract" in json.loads(line)
    except (ValueError, TypeError):
        return False


def _shown(ts: datetime) -> str:
    return ts.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check an exported audit log.")
    parser.add_argument("log", type=Path, help="what `manage.py export_audit` wrote")
    parser.add_argument(
        "--key", action="append", required=True, type=read_key, help="trusted public key, base64"
    )
    parser.add_argument("--witness", type=Path, help="the lines another organisation kept")
    parser.add_argument(
        "--line", action="append", nargs="+", default=[], help="one line, as scanned or typed from paper"
    )
    options = parser.parse_args(arguments)
    walk, trusted, some = Walk(), {key_id(key): key for key in options.key}, False
    try:
        witnessed = read_witness(options.witness.read_text("utf-8").splitlines()) if options.witness else []
        witnessed += [read_line(" ".join(words)) for words in options.line]
        with options.log.open(encoding="utf-8") as log:
            some = is_extract(log.readline())
            log.seek(0)
            check = extract_breaks if some else export_breaks
            found = [str(one) for one in check(log, trusted, walk, witnessed)]
    except (OSError, ValueError) as error:
        found = [str(error)]
    for line in found:
        sys.stderr.write(f"{line}\n")
    if not found and some:
        sys.stdout.write(
            f"{walk.events} events intact, {walk.leaves} of them under {walk.checkpoints} signed checkpoints; "
            "an extract: what it leaves out cannot be told from it\n"
        )
    elif not found:
        sys.stdout.write(
            f"{walk.events} events in {walk.chains} chains intact, {walk.checkpoints} checkpoints, "
            f"{walk.events - walk.leaves} events not yet in the tree\n"
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
