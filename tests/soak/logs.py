"""Signed logs of any length as an export writes them, made in memory, and what a forger can do to one."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, Self
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from casework.audit.evidence import (
    NOTHING,
    Break,
    Checkpoint,
    Tree,
    Walk,
    export_breaks,
    exported_hash,
    key_id,
    leaf_of,
)

Row = dict[str, Any]
BEGIN: Final = datetime(2026, 3, 8, tzinfo=UTC)
OURS: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ANOTHER: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
TRUSTED: Final[Mapping[bytes, Ed25519PublicKey]] = {key_id(OURS.public_key()): OURS.public_key()}
ACTIONS: Final = ("case.view", "person.view", "person.edit", "note.write", "case.search", "risk.assess")


@dataclass(slots=True)
class Log:
    """The events in the order of the tree, the heads of their chains, the checkpoints.

    A row is never changed, only replaced: so what was clean is written once for all forgeries.
    """

    rows: list[Row] = field(default_factory=list)
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    checkpoints: list[Checkpoint] = field(default_factory=list)
    orphans: list[tuple[int, str]] = field(default_factory=list)
    written: dict[int, str] = field(default_factory=dict)

    def copy(self) -> Self:
        return type(self)(
            list(self.rows), dict(self.heads), list(self.checkpoints), list(self.orphans), self.written
        )

    def lines(self) -> Iterator[str]:
        """The export: heads, checkpoints, leaves without event, events by chain and number."""
        for chain, (length, digest) in sorted(self.heads.items()):
            yield json.dumps({"head": chain, "length": length, "hash": digest})
        for one in self.checkpoints:
            yield json.dumps({"checkpoint": one.line()})
        for number, leaf in self.orphans:
            yield json.dumps({"orphan": number, "leaf": leaf})
        for row in sorted(self.rows, key=lambda row: (chain_of(row), row["event"]["chain_seq"])):
            yield self._text(row)

    def _text(self, row: Row) -> str:
        return self.written.get(id(row)) or _json(row)

    def breaks(self, witnessed: list[Checkpoint] | None = None) -> list[Break]:
        return list(export_breaks(self.lines(), TRUSTED, Walk(), witnessed or []))

    # --- what can be made true again ---

    def replace(self, place: int, **columns: Any) -> None:
        """Other columns in an event, with the hash it had."""
        row = self.rows[place]
        self.rows[place] = {**row, "event": {**row["event"], **columns}}

    def rehash(self, place: int) -> None:
        row = self.rows[place]
        self.rows[place] = {**row, "hash": exported_hash(row["event"]).hex()}

    def of_chain(self, chain: str) -> list[int]:
        """Where the events of a chain are, first to last."""
        return [place for place, row in enumerate(self.rows) if chain_of(row) == chain]

    def relink(self, *chains: str) -> None:
        """Number the events of chains anew, each with the hash of the one before it, and rewind their heads."""
        ends = dict.fromkeys(chains, (0, NOTHING.hex()))
        for place, row in enumerate(self.rows):
            chain = chain_of(row)
            if chain not in ends:
                continue
            length, head = ends[chain]
            if (row["event"]["chain_seq"], row["event"]["prev_hash"]) != (length + 1, head):
                self.replace(place, chain_seq=length + 1, prev_hash=head)
            digest = exported_hash(self.rows[place]["event"]).hex()
            if digest != row["hash"]:
                self.rows[place] = {**self.rows[place], "hash": digest}
            ends[chain] = (length + 1, digest)
        self.heads |= ends

    def releaf(self) -> None:
        """Enter all events in the tree anew."""
        for number, row in enumerate(self.rows):
            leaf = leaf_of(bytes.fromhex(row["hash"])).hex()
            if (row["number"], row["leaf"]) != (number, leaf):
                self.rows[number] = {**row, "number": number, "leaf": leaf}
        self.orphans = []

    def resign(self, key: Ed25519PrivateKey) -> None:
        """Sign what is there now, as often as it was signed before."""
        sizes = [min(one.size, len(self.rows)) for one in self.checkpoints]
        tree, previous, made = Tree(), NOTHING, []
        for old, size in zip(self.checkpoints, sizes, strict=True):
            for row in self.rows[tree.size : size]:
                tree.add(bytes.fromhex(row["leaf"]))
            one = Checkpoint(old.number, size, tree.root(), previous, old.ts).signed(key)
            made.append(one)
            previous = one.digest()
        self.checkpoints = made


def _json(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def chain_of(row: Row) -> str:
    return f"{row['event']['chain_kind']}:{row['event']['chain_key']}"


def make_log(count: int, random: Random) -> Log:
    """A clean log: cases and actors of very different length, signed again and again and at last."""
    log = Log()
    actors = [_id(random) for _ in range(1 + count // 500)]
    chains = [("actor", actor) for actor in actors] + [("case", _id(random)) for _ in range(1 + count // 30)]
    tree, last, previous, sign_at = Tree(), dict[str, tuple[int, str]](), NOTHING, 0
    for number in range(count):
        # Some files are looked at all the time, most hardly ever.
        kind, key = chains[int(len(chains) * random.random() ** 3)]
        chain = f"{kind}:{key}"
        length, head = last.get(chain, (0, NOTHING.hex()))
        event = _event(number, random, kind, key, random.choice(actors))
        event |= {"chain_seq": length + 1, "prev_hash": head}
        digest = exported_hash(event)
        leaf = leaf_of(digest)
        last[chain] = (length + 1, digest.hex())
        log.rows.append({"event": event, "hash": digest.hex(), "number": number, "leaf": leaf.hex()})
        tree.add(leaf)
        if number in (sign_at, count - 1):
            sign_at = number + random.randint(1, 500)
            ts = BEGIN + timedelta(seconds=number)
            one = Checkpoint(len(log.checkpoints) + 1, tree.size, tree.root(), previous, ts).signed(OURS)
            log.checkpoints.append(one)
            previous = one.digest()
    log.heads = last
    log.written = {id(row): _json(row) for row in log.rows}
    return log


def _id(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))


def _event(number: int, random: Random, kind: str, key: str, actor: str) -> Row:
    action = random.choice(ACTIONS)
    is_change = action in ("person.edit", "note.write", "risk.assess")
    return {
        "ts": (BEGIN + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "actor": actor,
        "session": actor.replace("-", "") * 2,
        "auth_level": "password",
        "action": action,
        "object_type": "case",
        "object_id": key,
        "case_id": key if kind == "case" else None,
        "chain_kind": kind,
        "chain_key": key,
        "chain_seq": 0,
        "prev_hash": "",
        "row_seal": random.randbytes(32).hex() if is_change else "",
        "fields": ["remark", "phone"][: random.randrange(3)] if is_change else [],
        "detail": {"basis": "assigned", "page": "tổng quan"},
        "purpose": "",
        "reason": random.randbytes(40).hex() if random.random() < 0.05 else "",
        "request_id": _id(random),
        "outcome": "done" if is_change else "read",
    }


# --- what is done to a log: each returns where it must be found ----------------------------------------------------

Named = tuple[str, int]
Forgery = Callable[[Log, Random], Named]
EDITS: Final[Mapping[str, Callable[[Any, Random], Any]]] = {
    "ts": lambda value, _random: value.replace("2026", "2025"),
    "actor": lambda _value, random: _id(random),
    "session": lambda value, _random: value[1:],
    "auth_level": lambda _value, _random: "passkey",
    "action": lambda value, _random: value + "x",
    "object_type": lambda _value, _random: "person",
    "object_id": lambda _value, _random: None,
    "case_id": lambda value, random: _id(random) if value is None else None,
    "row_seal": lambda _value, random: random.randbytes(32).hex(),
    "fields": lambda value, _random: [*value, "address"],
    "detail": lambda value, _random: {**value, "basis": "break_glass"},
    "purpose": lambda _value, _random: "asked",
    "reason": lambda _value, random: random.randbytes(8).hex(),
    "request_id": lambda value, _random: value[:-1],
    "outcome": lambda _value, _random: "refused",
}


def _any(log: Log, random: Random) -> int:
    return random.randrange(len(log.rows))


def _at(log: Log, place: int) -> Named:
    row = log.rows[place]
    return chain_of(row), row["event"]["chain_seq"]


def _over(log: Log, place: int) -> Named:
    """The first checkpoint that covers a place in the tree."""
    one = next(one for one in log.checkpoints if one.size > place)
    return f"checkpoint {one.number}, over", one.size


def _edit(log: Log, random: Random) -> int:
    place = _any(log, random)
    column = random.choice(list(EDITS))
    log.replace(place, **{column: EDITS[column](log.rows[place]["event"][column], random)})
    return place


def edit(log: Log, random: Random) -> Named:
    return _at(log, _edit(log, random))


def edit_and_rehash(log: Log, random: Random) -> Named:
    place = _edit(log, random)
    log.rehash(place)
    chain, seq = _at(log, place)
    # The one after it says what was there, or the head does.
    return chain, min(seq + 1, log.heads[chain][0])


def edit_and_relink(log: Log, random: Random) -> Named:
    place = _edit(log, random)
    log.relink(chain_of(log.rows[place]))
    return "tree", place


def edit_and_releaf(log: Log, random: Random) -> Named:
    place = _edit(log, random)
    log.relink(chain_of(log.rows[place]))
    log.releaf()
    return _over(log, place)


def edit_and_sign_with_another_key(log: Log, random: Random) -> Named:
    edit_and_releaf(log, random)
    log.resign(ANOTHER)
    return "checkpoint", 1


def replace_a_seal(log: Log, random: Random) -> Named:
    place = _any(log, random)
    log.replace(place, row_seal=random.randbytes(32).hex())
    return _at(log, place)


def delete(log: Log, random: Random) -> Named:
    place = _any(log, random)
    chain, seq = _at(log, place)
    row = log.rows.pop(place)
    log.orphans.append((row["number"], row["leaf"]))
    return chain, seq


def delete_with_its_leaf(log: Log, random: Random) -> Named:
    place = _any(log, random)
    named = _at(log, place)
    del log.rows[place]
    return named


def delete_and_relink(log: Log, random: Random) -> Named:
    place = _any(log, random)
    chain = chain_of(log.rows[place])
    del log.rows[place]
    log.relink(chain)
    # Nothing is missing before the newest leaf of all.
    return ("tree", place) if place < len(log.rows) else _over(log, place)


def delete_and_releaf(log: Log, random: Random) -> Named:
    place = _any(log, random)
    chain = chain_of(log.rows[place])
    del log.rows[place]
    log.relink(chain)
    log.releaf()
    return _over(log, place)


def reorder(log: Log, random: Random) -> Named:
    """Two neighbours on a chain change places."""
    first, second = _neighbours(log, random)
    one, other = log.rows[first]["event"]["chain_seq"], log.rows[second]["event"]["chain_seq"]
    log.replace(first, chain_seq=other)
    log.replace(second, chain_seq=one)
    return chain_of(log.rows[first]), one


def reorder_and_relink(log: Log, random: Random) -> Named:
    first, second = _neighbours(log, random)
    log.rows[first], log.rows[second] = log.rows[second], log.rows[first]
    log.relink(chain_of(log.rows[first]))
    # In the order of the tree their leaves stand the wrong way round now.
    return "tree", first


def reorder_and_releaf(log: Log, random: Random) -> Named:
    _tree, first = reorder_and_relink(log, random)
    log.releaf()
    return _over(log, first)


def _neighbours(log: Log, random: Random) -> tuple[int, int]:
    long = [chain for chain, (length, _head) in log.heads.items() if length > 1]
    places = log.of_chain(random.choice(long))
    at = random.randrange(len(places) - 1)
    return places[at], places[at + 1]


def swap_leaves(log: Log, random: Random) -> Named:
    """Two events change places in the tree, not on their chains."""
    one, other = sorted(random.sample(range(len(log.rows)), 2))
    first, second = log.rows[one], log.rows[other]
    log.rows[one] = {**first, "number": second["number"]}
    log.rows[other] = {**second, "number": first["number"]}
    return _over(log, one)


def duplicate(log: Log, random: Random) -> Named:
    place = _any(log, random)
    chain, seq = _at(log, place)
    log.rows.append(log.rows[place])
    return chain, seq + 1


def duplicate_and_relink(log: Log, random: Random) -> Named:
    """An event once more, as the newest of its chain, with the leaf it has."""
    place = _any(log, random)
    chain = chain_of(log.rows[place])
    log.rows.append(log.rows[place])
    log.relink(chain)
    return "tree", place + 1


def insert_before(log: Log, random: Random) -> Named:
    """An event that never was, everything after it made true again."""
    place = _any(log, random)
    row = log.rows[place]
    log.rows.insert(place, {**row, "event": {**row["event"], "action": "case.assign"}})
    log.relink(chain_of(row))
    log.releaf()
    return _over(log, place)


def move_to_another_chain(log: Log, random: Random) -> Named:
    place = _any(log, random)
    row = log.rows[place]
    key = _id(random)
    log.replace(place, chain_kind="case", chain_key=key)
    log.relink(chain_of(row))
    log.relink(f"case:{key}")
    log.releaf()
    return _over(log, place)


def truncate(log: Log, random: Random) -> Named:
    """The tail is cut, the heads rewound, the checkpoints left."""
    size = random.randrange(len(log.rows))
    _cut(log, size)
    return _over(log, size)


def _cut(log: Log, size: int) -> None:
    cut = {chain_of(row) for row in log.rows[size:]}
    del log.rows[size:]
    log.relink(*cut)
    log.heads = {chain: head for chain, head in log.heads.items() if head[0]}


def drop_a_checkpoint(log: Log, random: Random) -> Named:
    place = random.randrange(len(log.checkpoints) - 1)
    del log.checkpoints[place]
    return "checkpoint", place + 1


def swap_checkpoints(log: Log, random: Random) -> Named:
    place = random.randrange(len(log.checkpoints) - 1)
    made = log.checkpoints
    made[place], made[place + 1] = made[place + 1], made[place]
    return "checkpoint", place + 1


def repeat_a_checkpoint(log: Log, random: Random) -> Named:
    place = random.randrange(len(log.checkpoints))
    log.checkpoints.insert(place, log.checkpoints[place])
    return "checkpoint", place + 2


def move_a_signature(log: Log, random: Random) -> Named:
    """A checkpoint with the signature of another."""
    place = random.randrange(1, len(log.checkpoints))
    one, other = log.checkpoints[place], log.checkpoints[place - 1]
    log.checkpoints[place] = Checkpoint(
        one.number, one.size, one.root, one.previous, one.ts, one.key, other.signature
    )
    return "checkpoint", place + 1


def backdate_a_checkpoint(log: Log, random: Random) -> Named:
    place = random.randrange(len(log.checkpoints))
    one = log.checkpoints[place]
    log.checkpoints[place] = Checkpoint(
        one.number, one.size, one.root, one.previous, one.ts - timedelta(days=1), one.key, one.signature
    )
    return "checkpoint", place + 1


def lengthen_a_head(log: Log, random: Random) -> Named:
    chain = random.choice(list(log.heads))
    length, digest = log.heads[chain]
    log.heads[chain] = (length + 1, digest)
    return chain, length + 1


def bend_a_head(log: Log, random: Random) -> Named:
    chain = random.choice(list(log.heads))
    length, _digest = log.heads[chain]
    log.heads[chain] = (length, random.randbytes(32).hex())
    return chain, length


def drop_a_head(log: Log, random: Random) -> Named:
    chain = random.choice(list(log.heads))
    length, _digest = log.heads.pop(chain)
    return chain, length


def drop_a_chain(log: Log, random: Random) -> Named:
    """A case that never was: its events, its head and their leaves are gone, the tree is made anew."""
    chain = random.choice(list(log.heads))
    first = log.of_chain(chain)[0]
    del log.heads[chain]
    log.rows = [row for row in log.rows if chain_of(row) != chain]
    log.releaf()
    return _over(log, first)


FORGERIES: Final[tuple[Forgery, ...]] = (
    edit,
    edit_and_rehash,
    edit_and_relink,
    edit_and_releaf,
    edit_and_sign_with_another_key,
    replace_a_seal,
    delete,
    delete_with_its_leaf,
    delete_and_relink,
    delete_and_releaf,
    reorder,
    reorder_and_relink,
    reorder_and_releaf,
    swap_leaves,
    duplicate,
    duplicate_and_relink,
    insert_before,
    move_to_another_chain,
    truncate,
    drop_a_checkpoint,
    swap_checkpoints,
    repeat_a_checkpoint,
    move_a_signature,
    backdate_a_checkpoint,
    lengthen_a_head,
    bend_a_head,
    drop_a_head,
    drop_a_chain,
)


# --- what only a witness finds ---


def cut_with_the_newest_checkpoints(log: Log, random: Random) -> Named:
    keep = random.randrange(1, len(log.checkpoints))
    gone = log.checkpoints[keep].number
    del log.checkpoints[keep:]
    _cut(log, log.checkpoints[-1].size)
    return "witness of checkpoint", gone


def sign_anew_with_the_stolen_key(log: Log, random: Random) -> Named:
    place = _edit(log, random)
    log.relink(chain_of(log.rows[place]))
    log.releaf()
    log.resign(OURS)
    first = next(one.number for one in log.checkpoints if one.size > place)
    return "witness of checkpoint", first


ONLY_WITNESSED: Final[tuple[Forgery, ...]] = (cut_with_the_newest_checkpoints, sign_anew_with_the_stolen_key)
