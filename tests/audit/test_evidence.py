"""The tree, the signed checkpoints and the witness: what each finds, and what only the next one finds."""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
from datetime import timedelta
from io import StringIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.audit import evidence, sequencer
from casework.audit.evidence import BadWitness, Checkpoint, Tree, Walk, exported_hash, leaf_of, read_witness
from casework.audit.export import exported
from casework.audit.log import MemoryUnavailable
from casework.audit.models import AuditEvent, AuditLeaf
from casework.audit.signing import signing_key
from casework.audit.verify import all_breaks
from casework.base import clock
from tests.audit.forging import CASE, found, kept, look, rebuild, sign
from tests.audit.tampering import tamper

# Signing is the work of the keeper.
pytestmark = pytest.mark.role("keeper")


def test_a_clean_log_raises_no_alarm_with_or_without_a_witness(log):
    walk = Walk()
    assert list(all_breaks(walk, kept())) == []
    assert (walk.events, walk.leaves, walk.checkpoints) == (8, 8, len(kept()))


def test_an_edit_with_every_hash_recomputed_is_found_by_the_checkpoints_alone(log):
    tamper("UPDATE {events} SET action = 'home.view' WHERE id = %s", [log[1].pk])
    rebuild()
    assert any(name.startswith("checkpoint") for name in found())


def test_a_deleted_event_with_its_leaf_and_all_hashes_recomputed_is_found(log):
    tamper("DELETE FROM {events} WHERE id = %s", [log[1].pk])
    rebuild()
    assert "tree" in found()


def test_two_leaves_that_changed_places_are_found(log):
    for number, event in ((99, log[1]), (1, log[2]), (2, log[1])):
        tamper("UPDATE {leaves} SET number = %s WHERE event = %s", [number, event.pk])
    assert any(name.startswith("checkpoint") for name in found())


def test_a_truncated_log_with_rewound_heads_is_found_by_the_checkpoints(log):
    tamper("DELETE FROM {events} WHERE id > %s", [log[3].pk])
    rebuild()
    assert any(name.startswith("checkpoint") for name in found())


@pytest.mark.parametrize("how", ["truncated with its newest checkpoints", "an old backup"])
def test_what_was_cut_whole_is_found_by_the_witness_and_by_nobody_else(log, how):
    witness = kept()
    cut = 4 if how == "an old backup" else 6
    tamper("DELETE FROM {checkpoints} WHERE size > 4")
    tamper("DELETE FROM {events} WHERE id > %s", [log[cut - 1].pk])
    rebuild()
    assert found() == set()
    assert any(name.startswith("witness") for name in found(witness))


def test_a_log_rewritten_with_another_key_is_found_without_a_witness(log):
    tamper("UPDATE {events} SET action = 'home.view' WHERE id = %s", [log[1].pk])
    rebuild(Ed25519PrivateKey.generate())
    assert found() == {"checkpoint"}


def test_a_log_rewritten_with_the_stolen_key_is_found_by_the_witness_only(log):
    witness = kept()
    tamper("UPDATE {events} SET action = 'home.view' WHERE id = %s", [log[1].pk])
    rebuild(signing_key())
    assert found() == set()
    assert any(name.startswith("witness") for name in found(witness))


def test_a_checkpoint_taken_out_of_the_middle_is_found(log):
    sequencer.sign(clock.now())
    tamper("DELETE FROM {checkpoints} WHERE number = 2")
    assert found() == {"checkpoint"}


@pytest.mark.parametrize(
    ("column", "value"),
    [("size", -300), ("number", 99), ("root", b"x"), ("previous", b""), ("key", b""), ("signature", b"x")],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_edited_checkpoint_is_found_and_stops_the_next(log, column, value):
    tamper(f"UPDATE {{checkpoints}} SET {column} = %s WHERE size = 8", [value])
    assert "checkpoint" in found(kept())
    if column != "size":
        with pytest.raises(sequencer.Unsound):
            sequencer.sign(clock.now())


@pytest.mark.parametrize("peaks", [b"", bytes(32), bytes(64)], ids=["none", "one", "two"])
def test_nothing_is_signed_with_peaks_that_do_not_give_the_root(log, peaks):
    tamper("UPDATE {checkpoints} SET peaks = %s", [peaks])
    with pytest.raises(sequencer.Unsound):
        sequencer.sign(clock.now())


def test_nothing_is_signed_on_top_of_a_forged_checkpoint(log):
    rebuild(Ed25519PrivateKey.generate())
    with pytest.raises(sequencer.Unsound):
        sequencer.sign(clock.now())


def test_on_one_writer_every_event_has_its_leaf_at_once_and_256_make_a_checkpoint(empty_memory):
    look(300)
    if connection.vendor == "sqlite":
        assert AuditLeaf.objects.count() == 300
        assert [one.size for one in kept()] == [1, 257]
    else:
        assert (AuditLeaf.objects.count(), sequencer.waiting()) == (0, 300)
    sign()
    assert kept()[-1].size == 300
    assert list(AuditLeaf.objects.order_by("number").values_list("number", flat=True)) == list(range(300))


def test_when_nothing_happens_a_heartbeat_shows_it(log):
    last = kept()[-1]
    assert sequencer.sequence(last.ts + timedelta(minutes=9)) is None
    beat = sequencer.sequence(last.ts + timedelta(minutes=10))
    assert beat is not None
    assert (beat.size, beat.number) == (last.size, last.number + 1)


def test_an_event_that_cannot_be_entered_is_not_written(log):
    rebuild(Ed25519PrivateKey.generate())
    tamper("UPDATE {checkpoints} SET size = size - 300")
    before = AuditEvent.objects.count()
    if connection.vendor == "sqlite":
        with pytest.raises(MemoryUnavailable), transaction.atomic():
            look()
    assert AuditEvent.objects.count() == before


def test_silence_is_an_alarm_when_asked_for(log):
    with pytest.raises(CommandError, match="silent"):
        call_command("verify_audit", silence=-60, stdout=StringIO())


# --- the tree itself ----------------------------------------------------------------------------------------------


def by_definition(leaves: list[bytes]) -> bytes:
    """The Merkle tree hash as RFC 9162, section 2.1.1, says it."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + by_definition(leaves[:half]) + by_definition(leaves[half:])).digest()


@given(st.lists(st.binary(max_size=40), max_size=70), st.integers(0, 70))
def test_the_tree_is_that_of_the_standard_wherever_it_is_taken_up_again(events, pause):
    leaves = [leaf_of(event) for event in events]
    tree = Tree()
    for number, leaf in enumerate(leaves):
        if number == pause:
            tree = Tree(tree.size, b"".join(tree.peaks))
        tree.add(leaf)
    assert tree.root() == by_definition(leaves)


def test_a_line_says_all_a_checkpoint_says(log):
    for one in kept():
        assert Checkpoint.parse(one.line()) == one


@given(st.text(max_size=80))
def test_a_witness_that_is_none_is_refused_in_words(text):
    with pytest.raises(BadWitness):
        read_witness([text])


# --- outside the machine ------------------------------------------------------------------------------------------


def test_an_exported_event_has_the_hash_of_the_stored_one(log):
    rows = [row for row in exported() if "event" in row]
    assert [exported_hash(row["event"]).hex() for row in rows] == [row["hash"] for row in rows]
    assert len(rows) == 8


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), (1, 1.0), (1, "1"), (0, False), ("", None), ([], {}), ([1], [True])]
)
def test_details_that_only_look_alike_have_another_hash(log, one, other):
    event = next(row["event"] for row in exported() if "event" in row)
    assert len({exported_hash({**event, "detail": {"x": value}}) for value in (one, other, one)}) == 2


@pytest.fixture
def outside(log, settings, tmp_path):
    """Another organisation: a copy of the one file, its witness, the public key; returns how it checks an export."""
    settings.AUDIT_WITNESSES = [f"file://{tmp_path}/lines.txt"]
    call_command("checkpoint", stdout=StringIO())
    shutil.copy(evidence.__file__, tmp_path / "evidence.py")
    public = base64.b64encode(signing_key().public_key().public_bytes_raw()).decode()

    def check(name: str) -> subprocess.CompletedProcess[str]:
        call_command("export_audit", str(tmp_path / name), stdout=StringIO())
        words = ["-I", "evidence.py", name, "--key", public, "--witness", "lines.txt"]
        return subprocess.run(
            [sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
        )

    return check


def test_the_lone_file_agrees_and_finds_what_was_cut_whole(outside, log, tmp_path):
    done = outside("clean.jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("8 events in 1 chains intact")
    tamper("DELETE FROM {checkpoints} WHERE size > 4")
    tamper("DELETE FROM {events} WHERE id > %s", [log[3].pk])
    # The export is an event too, on a chain of its own.
    tamper("DELETE FROM {chains} WHERE kind = 'actor'")
    rebuild()
    done = outside("cut.jsonl")
    assert done.returncode == 1
    assert "no such checkpoint any more" in done.stderr
    with pytest.raises(CommandError, match="no such checkpoint any more"):
        call_command("verify_audit", witness=tmp_path / "lines.txt", stdout=StringIO())


def test_a_witness_that_was_away_gets_what_it_missed(log, settings, tmp_path):
    away = tmp_path / "mount"
    settings.AUDIT_WITNESSES = [f"file://{away}/lines.txt"]
    with pytest.raises(CommandError, match="Not told: file://"):
        call_command("checkpoint", stdout=StringIO(), stderr=StringIO())
    away.mkdir()
    call_command("checkpoint", stdout=StringIO())
    call_command("checkpoint", stdout=StringIO())
    assert read_witness((away / "lines.txt").read_text().splitlines()) == kept()
    assert len((away / "lines.txt").read_text().splitlines()) == len(kept())


def test_a_witness_is_told_by_mail(log, settings, mailoutbox):
    settings.AUDIT_WITNESSES = ["mailto:office@example.org"]
    call_command("checkpoint", stdout=StringIO())
    assert read_witness(mailoutbox[0].body.splitlines()) == kept()


@settings(max_examples=40)
@given(st.data())
def test_any_byte_changed_in_an_export_is_found(data):
    """In memory: a signed log of up to a dozen events, one letter of one line of it changed."""
    count = data.draw(st.integers(2, 12))
    lines, trusted = signed_export(count)
    assert list(evidence.export_breaks(lines, trusted, Walk())) == []
    at = data.draw(st.integers(0, len(lines) - 1))
    place = data.draw(st.integers(0, len(lines[at]) - 1))
    letter = data.draw(st.sampled_from("0123456789abcdefxyz"))
    changed = lines[at][:place] + letter + lines[at][place + 1 :]
    forged = [*lines[:at], changed, *lines[at + 1 :]]
    try:
        alarms = list(evidence.export_breaks(forged, trusted, Walk()))
    except ValueError:
        return
    assert alarms or changed == lines[at]


def signed_export(count: int):
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    tree, last, events = Tree(), bytes(32), []
    for seq in range(1, count + 1):
        event = dict.fromkeys(name for name, _kind in evidence._COLUMNS)
        event |= {"chain_kind": "case", "chain_key": str(CASE), "chain_seq": seq, "prev_hash": last.hex()}
        last = exported_hash(event)
        leaf = leaf_of(last)
        events.append({"event": event, "hash": last.hex(), "number": seq - 1, "leaf": leaf.hex()})
        tree.add(leaf)
    signed = Checkpoint(1, count, tree.root(), bytes(32), clock.now()).signed(key)
    head = {"head": f"case:{CASE}", "length": count, "hash": last.hex()}
    rows = [head, {"checkpoint": signed.line()}, *events]
    lines = [json.dumps(row) for row in rows]
    return lines, {evidence.key_id(key.public_key()): key.public_key()}
