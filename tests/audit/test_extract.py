"""Some events with their proofs: what an extract proves with a public key alone, and every way to forge one."""

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from random import Random
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casework.audit import evidence, sequencer
from casework.audit.evidence import Checkpoint, Proof, Tree, Walk, exported_hash, extract_breaks, leaf_of
from casework.audit.extract import extracted
from casework.audit.log import record
from casework.audit.models import AuditCheckpoint, AuditEvent
from casework.audit.signing import signing_key, trusted_keys
from casework.base import clock
from tests.audit.tampering import tamper

# Here the memory is signed as well, which on PostgreSQL is the job's and not the web server's.
pytestmark = pytest.mark.role("keeper")

CASES = [UUID(int=number) for number in range(1, 4)]
LAN = UUID(int=99)
Rows = list[dict[str, Any]]


@pytest.fixture
def log(empty_memory: None) -> list[AuditEvent]:
    """Sixty events of three cases, signed wherever it happens to be, the last five not at all."""
    random = Random(7)
    for number in range(60):
        record(
            action="case.view",
            outcome=AuditEvent.READ,
            actor_id=LAN,
            case_id=random.choice(CASES),
            detail={"lần": number},
        )
        if number in (0, 6, 7, 30, 54):
            sequencer.sequence(clock.now() + sequencer.HEARTBEAT)
    return list(AuditEvent.objects.order_by("pk"))


def extract(events: Sequence[AuditEvent]) -> Rows:
    return list(extracted(events, {"asked": {"day": "2026-03-05"}}))


def check(rows: Rows, witnessed: Sequence[Checkpoint] = (), trusted: Any = None) -> tuple[list[str], Walk]:
    walk = Walk()
    lines = [json.dumps(row) for row in rows]
    return [str(one) for one in extract_breaks(lines, trusted or trusted_keys(), walk, witnessed)], walk


def signed(count: int) -> bool:
    """Whether the event at this place of the log was signed for."""
    return count < AuditCheckpoint.objects.latest("number").size


@pytest.mark.parametrize("seed", range(6))
def test_any_choice_of_events_is_proven(log: list[AuditEvent], seed: int) -> None:
    chosen = Random(seed).sample(range(60), Random(seed).choice((1, 5, 30, 60)))

    found, walk = check(extract([log[place] for place in chosen]))
    assert found == []
    assert (walk.events, walk.leaves) == (len(chosen), sum(signed(place) for place in chosen))
    assert walk.leaves >= len([place for place in chosen if place < 55])


def test_a_proof_names_no_more_than_it_needs(log: list[AuditEvent]) -> None:
    rows = extract([log[20]])
    (proof,) = [row for row in rows if "checkpoint" in row]

    assert Checkpoint.parse(proof["checkpoint"]).size <= 31
    assert len(proof["nodes"]) <= 6
    assert len([row for row in rows if "event" in row]) == 1


def first_event(rows: Rows) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in rows if "event" in row)
    return found


def rehashed(row: dict[str, Any]) -> None:
    row["hash"] = exported_hash(row["event"]).hex()


def another_action(rows: Rows) -> None:
    first_event(rows)["event"]["action"] = "home.view"


def another_action_rehashed(rows: Rows) -> None:
    another_action(rows)
    rehashed(first_event(rows))


def a_made_up_event_in_its_place(rows: Rows) -> None:
    row = first_event(rows)
    row["event"] |= {"chain_seq": 900, "actor": str(UUID(int=5))}
    rehashed(row)


def an_event_hidden_behind_a_given_part(rows: Rows) -> None:
    """The forger gives the hash of the whole tree as a part, so that no event would need to fit."""
    a_made_up_event_in_its_place(rows)
    for row in rows:
        if "checkpoint" in row:
            one = Checkpoint.parse(row["checkpoint"])
            row["nodes"].append([0, one.size, one.root.hex()])


def said_to_stand_elsewhere(rows: Rows) -> None:
    first_event(rows)["number"] += 1


def twice(rows: Rows) -> None:
    rows.append(dict(first_event(rows)))


def two_in_one_place(rows: Rows) -> None:
    copy = json.loads(json.dumps(first_event(rows)))
    copy["event"]["chain_seq"] = 900
    rehashed(copy)
    rows.append(copy)


def a_part_left_out(rows: Rows) -> None:
    next(row for row in rows if row.get("nodes"))["nodes"].pop()


def another_root(rows: Rows) -> None:
    row = next(row for row in rows if "checkpoint" in row)
    words = row["checkpoint"].split()
    row["checkpoint"] = " ".join([*words[:3], "0" * 64, *words[4:]])


def signed_anew(rows: Rows) -> None:
    """Event, tree and checkpoint are true to one another, and signed with another key."""
    another_action_rehashed(rows)
    row = next(row for row in rows if "checkpoint" in row)
    one = Checkpoint.parse(row["checkpoint"])
    nodes = {(start, end): bytes.fromhex(node) for start, end, node in row["nodes"]}
    leaves = {
        int(event["number"]): leaf_of(bytes.fromhex(event["hash"]))
        for event in rows
        if "event" in event and event["number"] is not None and event["number"] < one.size
    }
    root = Proof(one, nodes).root(leaves)
    forged = Checkpoint(one.number, one.size, root, one.previous, one.ts).signed(Ed25519PrivateKey.generate())
    row["checkpoint"] = forged.line()


FORGERIES: list[Callable[[Rows], None]] = [
    another_action,
    another_action_rehashed,
    a_made_up_event_in_its_place,
    an_event_hidden_behind_a_given_part,
    said_to_stand_elsewhere,
    twice,
    two_in_one_place,
    a_part_left_out,
    another_root,
    signed_anew,
]


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_a_forged_extract_is_found(log: list[AuditEvent], forge: Callable[[Rows], None]) -> None:
    rows = extract([log[12], log[13], log[14], log[40]])
    assert check(rows)[0] == []

    forge(rows)
    assert check(rows)[0] != []


def test_any_letter_changed_is_found(log: list[AuditEvent]) -> None:
    lines = [json.dumps(row, separators=(",", ":")) for row in extract([log[3], log[12], log[40]])]
    random = Random(3)
    for _ in range(120):
        at = random.randrange(1, len(lines))
        place = random.randrange(len(lines[at]))
        letter = random.choice("0123456789abcdef")
        if lines[at][place] == letter:
            continue
        forged = [*lines[:at], lines[at][:place] + letter + lines[at][place + 1 :], *lines[at + 1 :]]
        walk = Walk()
        try:
            found = list(extract_breaks(forged, trusted_keys(), walk))
        except ValueError:
            continue
        # Whoever takes away where an event stands takes away its proof: it is not counted as proven.
        assert found or walk.leaves < 3, (lines[at], place, letter)


def test_an_event_edited_in_the_database_is_found_in_what_is_exported_afterwards(
    log: list[AuditEvent],
) -> None:
    tamper("UPDATE {events} SET action = 'home.view' WHERE id = %s", [log[12].pk])
    event = AuditEvent.objects.get(pk=log[12].pk)
    assert "its content is not what was written" in check(extract([event]))[0][0]

    tamper("DELETE FROM {leaves} WHERE event = %s", [log[13].pk])
    assert check(extract([log[12]]))[0] != []


@pytest.mark.parametrize(
    "sql",
    ["UPDATE {checkpoints} SET peaks = key WHERE number = %s", "DELETE FROM {checkpoints} WHERE number = %s"],
)
def test_a_damaged_tree_proves_nothing_and_breaks_nothing(log: list[AuditEvent], sql: str) -> None:
    (proof,) = [row for row in extract([log[12]]) if "checkpoint" in row]
    tamper(sql, [Checkpoint.parse(proof["checkpoint"]).number - 1])

    found, walk = check(extract([log[12]]))
    assert found != []
    assert walk.leaves == 0


def test_a_witness_must_know_the_checkpoints_an_extract_rests_on(log: list[AuditEvent]) -> None:
    rows = extract([log[12], log[40]])
    kept = [row.checkpoint() for row in AuditCheckpoint.objects.order_by("number")]

    assert check(rows, kept)[0] == []
    assert "was not told this checkpoint" in check(rows, kept[:1])[0][0]


def test_another_key_proves_nothing(log: list[AuditEvent]) -> None:
    key = Ed25519PrivateKey.generate().public_key()
    found, walk = check(extract([log[12]]), trusted={evidence.key_id(key): key})

    assert [line.partition(": ")[2] for line in found] == ["it is not signed by a trusted key"]
    assert walk.leaves == 0


def test_the_lone_file_checks_an_extract(log: list[AuditEvent], tmp_path: Any) -> None:
    shutil.copy(evidence.__file__, tmp_path / "evidence.py")
    public = base64.b64encode(signing_key().public_key().public_bytes_raw()).decode()
    rows = extract([log[12], log[40]])

    def run(rows: Rows) -> subprocess.CompletedProcess[str]:
        (tmp_path / "some.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        line = next(row for row in rows if "checkpoint" in row)["checkpoint"]
        words = ["-I", "evidence.py", "some.jsonl", "--key", public]
        if len(rows) == 4:
            words += ["--line", *line.split()]
        return subprocess.run(
            [sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
        )

    done = run(rows)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("2 events intact, 2 of them under 2 signed checkpoints; an extract")
    another_action(rows)
    assert run(rows).returncode == 1


def test_the_tree_of_a_proof_is_that_of_the_log() -> None:
    """Against the tree that signs, for every size up to 40 and every leaf of it."""
    leaves = [leaf_of(bytes([number])) for number in range(40)]
    for size in range(1, 41):
        tree = Tree()
        for leaf in leaves[:size]:
            tree.add(leaf)
        one = Checkpoint(1, size, tree.root(), bytes(32), clock.now())
        assert Proof(one, {}).root(dict(enumerate(leaves[:size]))) == tree.root()
        with pytest.raises(ValueError, match="not told"):
            Proof(one, {}).root(dict(enumerate(leaves[: size - 1])))
