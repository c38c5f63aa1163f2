"""`manage.py keys make | split | combine`: a key from nothing, onto paper in shares, and back from paper.

`manage.py backup --make-key` makes the pair of backups here too.

Needs neither settings nor a database, so it runs on a computer that never saw a network. The shares are words after
SLIP-39, made and read by its reference implementation: 33 words each, with a checksum, and any three of five give the
key, two give nothing.
"""

import argparse
import base64
import os
import secrets
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics
from shamir_mnemonic.share import Share
from shamir_mnemonic.wordlist import WORDLIST

VERBS: Final = ("make", "split", "combine")
NEEDED, MADE = 3, 5
SIZE: Final = 32
_A_ROW: Final = 6
# Four letters tell every word of the list from every other.
_WORDS: Final[Mapping[str, str]] = {word[:4]: word for word in WORDLIST}


class Wrong(Exception):
    """What is given is not what it should be; the message repeats nothing of a key."""


def make(path: Path) -> bytes:
    """Write a new key of 32 random bytes as a line of base64, mode 0600; FileExistsError rather than over another."""
    key = secrets.token_bytes(SIZE)
    write(path, key)
    return key


def write(path: Path, key: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(base64.b64encode(key).decode() + "\n")
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> bytes:
    """The key in a file; Wrong for anything else."""
    try:
        key = base64.b64decode(path.read_text("ascii").strip(), validate=True)
    except ValueError:
        raise Wrong(f"{path.name} is no key: one line of base64 is expected.") from None
    if len(key) != SIZE:
        raise Wrong(f"{path.name} is no key: 32 bytes are expected.")
    return key


def check_value(key: bytes) -> str:
    """16 hexadecimal characters that name a key without telling anything of it."""
    return HKDFExpand(algorithm=SHA256(), length=8, info=b"cv1/check").derive(key).hex()


def split(key: bytes) -> list[str]:
    """Five shares of a key, each a line of 33 words; any three of them were tried and give it back."""
    shares: list[str] = generate_mnemonics(1, [(NEEDED, MADE)], key)[0]
    for left_out in range(MADE):
        chosen = [shares[(left_out + step) % MADE] for step in range(NEEDED)]
        if combine(chosen) != key:
            raise Wrong("The shares do not give the key back: do not use them.")
    return shares


def combine(shares: Sequence[str]) -> bytes:
    """The key of three or more shares; Wrong when a word is wrong, or they are not of one key."""
    whole = [words_of(share) for share in shares]
    if len(set(whole)) < NEEDED:
        raise Wrong(f"{NEEDED} different shares are needed.")
    try:
        key: bytes = combine_mnemonics(whole[:NEEDED])
    except MnemonicError:
        raise Wrong("These shares are not of one key.") from None
    if len(key) != SIZE:
        raise Wrong("These shares are of something else than a key of ours.")
    return key


def words_of(text: str) -> str:
    """The words of one share, however they were spaced and numbered, four letters of each being enough.

    Wrong names the place of a word that is none, and says when the checksum does not fit.
    """
    typed = [word for word in text.lower().split() if not word.strip(".").isdecimal()]
    found = []
    for place, word in enumerate(typed, start=1):
        whole = _WORDS.get(word[:4], "")
        if not whole or not whole.startswith(word):
            raise Wrong(f"Word {place} is not of the list.")
        found.append(whole)
    share = " ".join(found)
    try:
        Share.from_mnemonic(share)
    except MnemonicError:
        raise Wrong(
            f"The checksum does not fit: of these {len(found)} words (33 are right) one is wrong."
        ) from None
    return share


def pages(key: bytes, shares: Sequence[str], title: str) -> list[str]:
    """A sheet of paper for each share: what it is a part of, how to use it, its words by number; in both languages."""
    return [
        "\n".join(
            (
                title,
                f"Mảnh {number} trong {MADE} mảnh · Share {number} of {MADE}",
                f"Giá trị kiểm tra của khóa · Check value of the key: {check_value(key)}",
                "",
                *_rows(share.split()),
                "",
                f"Ghép {NEEDED} mảnh bất kỳ thì được khóa; {NEEDED - 1} mảnh không cho biết gì về khóa.",
                f"Any {NEEDED} shares give the key; {NEEDED - 1} tell nothing of it.",
                "Trên máy không nối mạng · On a computer without a network: python3 manage.py keys combine FILE",
                "",
            )
        )
        for number, share in enumerate(shares, start=1)
    ]


def _rows(words: Sequence[str]) -> Iterable[str]:
    numbered = [f"{place:2}. {word:<10}" for place, word in enumerate(words, start=1)]
    return ("".join(numbered[start : start + _A_ROW]).rstrip() for start in range(0, len(numbered), _A_ROW))


# --- the command ---


def add_verbs(verbs: Any) -> None:
    """Describe the three verbs to a parser of arguments."""
    one = verbs.add_parser("make", help="write a new key to a file, mode 0600, and print its check value")
    one.add_argument("file", type=Path)
    one = verbs.add_parser("split", help=f"print {MADE} shares of a key, {NEEDED} of which give it back")
    one.add_argument("file", type=Path)
    one.add_argument("--title", default="Khóa của hồ sơ · Key of the records", help="heads every page")
    one.add_argument("--folder", type=Path, help="one file for each share there, instead of printing them")
    one = verbs.add_parser("combine", help=f"write the key of {NEEDED} shares to a file, mode 0600")
    one.add_argument("file", type=Path)
    one.add_argument(
        "--share", type=Path, action="append", default=[], help="a file with a share; else you are asked"
    )
    one.add_argument("--check-value", help="what stands on the paper; another key is not written")


def run(verb: str, options: Mapping[str, Any], ask: Callable[[str], str] = input) -> None:
    """Do one verb; Wrong, OSError."""
    file: Path = options["file"]
    if verb == "make":
        print(f"{file}: check value {check_value(make(file))}")
    elif verb == "split":
        key = read(file)
        told = pages(key, split(key), options["title"])
        if options["folder"] is None:
            # A form feed sends each share to a sheet of its own.
            print("\f".join(told), end="")
            return
        for number, page in enumerate(told, start=1):
            path = options["folder"] / f"share-{number}.txt"
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                out.write(page)
            print(path)
    else:
        key = combine([_share_in(path) for path in options["share"]] or _asked(ask))
        shown, wanted = check_value(key), options["check_value"]
        if wanted is not None and wanted.strip().lower() != shown:
            raise Wrong(
                f"The key of these shares has the check value {shown}, not {wanted}. Nothing was written."
            )
        write(file, key)
        print(f"{file}: check value {shown}")


def _share_in(path: Path) -> str:
    """The words of a share from its page, which says more than the words."""
    lines = path.read_text("utf-8").splitlines()
    numbered = [line for line in lines if line.lstrip()[:1].isdecimal() and "." in line[:4]]
    return " ".join(numbered or lines)


def _asked(ask: Callable[[str], str]) -> list[str]:
    shares: list[str] = []
    while len(shares) < NEEDED:
        try:
            shares.append(words_of(ask(f"Share {len(shares) + 1} of {NEEDED}, its 33 words: ")))
        except Wrong as error:
            print(error)
    return shares


def make_backup_key(arguments: Sequence[str]) -> NoReturn:
    """`manage.py backup --make-key FILE`: write the private key of backups, print the public one for the settings."""
    parser = argparse.ArgumentParser(prog="manage.py backup")
    parser.add_argument("--make-key", type=Path, metavar="FILE", required=True)
    file: Path = parser.parse_args(arguments).make_key
    private = X25519PrivateKey.generate()
    try:
        write(file, private.private_bytes_raw())
    except OSError as error:
        sys.exit(f"{error}")
    print(f"BACKUP_PUBLIC_KEY={base64.b64encode(private.public_key().public_bytes_raw()).decode()}")
    sys.exit(0)


def main(arguments: Sequence[str]) -> NoReturn:
    parser = argparse.ArgumentParser(prog="manage.py keys")
    add_verbs(parser.add_subparsers(dest="verb", required=True))
    options = vars(parser.parse_args(arguments))
    try:
        run(options["verb"], options)
    except (Wrong, OSError, EOFError) as error:
        sys.exit(f"{error}")
    sys.exit(0)
