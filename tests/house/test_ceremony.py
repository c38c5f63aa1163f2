"""A key is made, goes onto paper in five shares and comes back from any three, on a computer that has nothing else."""

import base64
import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.encryption.keys import check_value
from casework.encryption.offline import key_for, key_from, read_key
from config import ceremony
from config.bootstrap import ROOT
from config.ceremony import Wrong

KEY = bytes(range(32))
SHARES = ceremony.split(KEY)
# Written down once: paper of today must give its key for ever.
PAPER = (
    "axis email academic agree alive lying freshman ambition roster traveler piece railroad husky pistol evidence "
    "upstairs include mixture cluster sympathy exclude scene become simple bishop provide browser calcium tolerate "
    "blanket mason again fiscal",
    "axis email academic amazing avoid promise breathe bolt purchase froth plan sled hanger result spirit olympic "
    "genre smith parking phrase judicial retailer legal fumes stay ajar liquid writing elder argue idea decrease damage",
    "axis email academic arcade acid tackle believe single forecast exact evil grant boundary similar ladle fluff "
    "genius friar username ocean overall bumpy density warn gather snapshot likely elite spit spray early ladle view",
)


def manage(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """`manage.py …` where nothing is set: no settings of a server, no database."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=kept | {"PYTHONIOENCODING": "utf-8"},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def test_any_three_of_five_give_the_key_and_two_do_not():
    assert [len(share.split()) for share in SHARES] == [33] * 5
    for three in itertools.combinations(SHARES, 3):
        assert ceremony.combine(three) == KEY
    for two in itertools.combinations(SHARES, 2):
        with pytest.raises(Wrong, match="3 different shares"):
            ceremony.combine(two)
    with pytest.raises(Wrong, match="3 different shares"):
        ceremony.combine([SHARES[0], SHARES[0].upper(), SHARES[1]])


def test_the_paper_of_today_gives_its_key_for_ever():
    assert ceremony.combine(PAPER) == KEY


@given(st.binary(min_size=32, max_size=32))
def test_every_key_comes_back(key):
    assert ceremony.combine(ceremony.split(key)[2:]) == key


def test_words_may_be_written_short_large_numbered_and_in_rows():
    short = "\n".join(f"{place}. {word[:4].upper()}" for place, word in enumerate(SHARES[0].split(), start=1))
    assert ceremony.words_of(short) == SHARES[0]


def test_a_wrong_word_is_named_by_its_place_and_a_wrong_one_of_the_list_by_the_checksum():
    words = PAPER[0].split()
    with pytest.raises(Wrong, match="Word 7 is not of the list"):
        ceremony.words_of(" ".join([*words[:6], "khóa", *words[7:]]))
    with pytest.raises(Wrong, match="Word 33 is not of the list"):
        ceremony.words_of(" ".join([*words[:32], words[32] + "x"]))
    swapped = [*words[:10], words[11], words[10], *words[12:]]
    for wrong in (swapped, words[:32], ["academic", *words[1:]]):
        with pytest.raises(Wrong, match=rf"of these {len(wrong)} words \(33 are right\)"):
            ceremony.words_of(" ".join(wrong))


def test_shares_of_two_keys_give_none():
    other = ceremony.split(bytes(32))
    with pytest.raises(Wrong, match="not of one key"):
        ceremony.combine([SHARES[0], SHARES[1], other[2]])


def test_the_check_value_is_that_of_the_product():
    assert ceremony.check_value(KEY) == check_value(KEY)


def test_from_nothing_to_paper_and_back_on_a_bare_computer(tmp_path: Path):
    file, back = tmp_path / "master.key", tmp_path / "back.key"
    made = manage("keys", "make", str(file))
    assert made.returncode == 0, made.stderr
    key = ceremony.read(file)
    assert made.stdout == f"{file}: check value {check_value(key)}\n"
    assert file.stat().st_mode & 0o777 == 0o600

    split = manage("keys", "split", str(file), "--title", "Khóa chính 1", "--folder", str(tmp_path))
    assert split.returncode == 0, split.stderr
    sheets = [tmp_path / f"share-{number}.txt" for number in range(1, 6)]
    for number, sheet in enumerate(sheets, start=1):
        page = sheet.read_text()
        assert page.startswith(f"Khóa chính 1\nMảnh {number} trong 5 mảnh")
        assert check_value(key) in page
        assert base64.b64encode(key).decode() not in page
        assert sheet.stat().st_mode & 0o777 == 0o600

    chosen = [word for sheet in sheets[1:4] for word in ("--share", str(sheet))]
    again = manage("keys", "combine", str(back), *chosen, "--check-value", check_value(key))
    assert again.returncode == 0, again.stderr
    assert ceremony.read(back) == key


def test_shares_are_typed_in_one_after_the_other_and_a_slip_is_said_at_once(tmp_path: Path, capsys):
    asked: list[str] = []
    typed = iter([SHARES[0], SHARES[1].replace(" ", " x ", 1), SHARES[1], SHARES[4]])

    def ask(what: str) -> str:
        asked.append(what)
        return next(typed)

    file = tmp_path / "back.key"
    ceremony.run("combine", {"file": file, "share": [], "check_value": None}, ask)

    assert ceremony.read(file) == KEY
    assert [what[:12] for what in asked] == ["Share 1 of 3", "Share 2 of 3", "Share 2 of 3", "Share 3 of 3"]
    assert "Word 2 is not of the list" in capsys.readouterr().out


def test_printed_each_share_is_a_sheet_of_its_own(tmp_path: Path, capsys):
    ceremony.write(tmp_path / "key", KEY)
    ceremony.run("split", {"file": tmp_path / "key", "folder": None, "title": "T"})
    sheets = capsys.readouterr().out.split("\f")
    assert len(sheets) == 5
    assert all(sheet.startswith("T\n") for sheet in sheets)


@pytest.mark.parametrize("text", ["", "short", base64.b64encode(KEY[:31]).decode(), "khóa", "A" * 44 + "!"])
def test_what_is_no_key_is_not_split(tmp_path: Path, text: str):
    (tmp_path / "key").write_text(text)
    with pytest.raises(Wrong, match="is no key"):
        ceremony.run("split", {"file": tmp_path / "key", "folder": None, "title": ""})


def test_another_key_than_that_of_the_paper_is_not_written_and_none_written_over(tmp_path: Path):
    shares = [tmp_path / f"{number}.txt" for number in range(3)]
    for path, share in zip(shares, SHARES, strict=False):
        path.write_text(share)
    options = {"file": tmp_path / "key", "share": shares, "check_value": "0" * 16}
    with pytest.raises(Wrong, match="Nothing was written"):
        ceremony.run("combine", options)
    assert not (tmp_path / "key").exists()

    (tmp_path / "key").write_text("there already")
    with pytest.raises(FileExistsError):
        ceremony.run("combine", {**options, "check_value": check_value(KEY).upper()})
    with pytest.raises(FileExistsError):
        ceremony.make(tmp_path / "key")


def test_a_bare_computer_is_told_what_is_wrong_and_nothing_else(tmp_path: Path):
    done = manage("keys", "split", str(tmp_path / "nothing"))
    assert done.returncode == 1
    assert "No such file" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_pair_of_backups_is_made_on_a_bare_computer(tmp_path: Path):
    file = tmp_path / "backup.key"
    made = manage("backup", "--make-key", str(file))
    assert made.returncode == 0, made.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    public = read_key(made.stdout.removeprefix("BACKUP_PUBLIC_KEY="))
    header, key = key_for(public, b"backup")
    private = ceremony.read(file)
    assert key_from(private, header, b"backup") == key

    # Never over another: its backups would be lost.
    again = manage("backup", f"--make-key={file}")
    assert again.returncode == 1
    assert "File exists" in again.stderr
    assert ceremony.read(file) == private
