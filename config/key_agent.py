"""A key service on the same machine: one process holds master keys, the servers only ask it. Both halves are here.

    python -m config.key_agent /run/casework-keys/socket --key first=/etc/casework-keys/first.key

runs it, under a user of its own, whose key files no server can read. A server is told KEY_SERVICE=config.key_agent,
KEY_AGENT_SOCKET=/run/casework-keys/socket and MASTER_KEY_2=service:first. Whoever takes over a server can then have
data keys unwrapped only while it lasts, not faster than --per-minute, and every asking is a line of the agent's log;
the master key itself is not there to be taken.

Also the pattern for another key service: `describe`, `wrap` and `unwrap` below are all a module has to have (see
casework/encryption/service.py). Needs Python and `cryptography`, nothing of the product.
"""

import argparse
import base64
import json
import os
import resource
import socket
import struct
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingUnixStreamServer
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

SOCKET: Final = "KEY_AGENT_SOCKET"
SECONDS: Final = 5.0
LONGEST: Final = 16_000_000
PER_MINUTE: Final = 30_000
_NONCE: Final = 12
_PEER: Final = struct.Struct("3i")

Pairs = Sequence[tuple[bytes, bytes]]


# --- the half that asks: a module for settings.KEY_SERVICE ---


def describe(name: str) -> str:
    """The check value of the key, the same that is written on its paper."""
    return str(_ask({"what": "describe", "name": name})["value"])


def wrap(name: str, data_keys: Pairs) -> list[bytes]:
    return _ask_for_many("wrap", name, data_keys)


def unwrap(name: str, wrapped: Pairs) -> list[bytes]:
    return _ask_for_many("unwrap", name, wrapped)


def _ask_for_many(what: str, name: str, pairs: Pairs) -> list[bytes]:
    asked = [[_text(one), _text(context)] for one, context in pairs]
    return [_bytes(one) for one in _ask({"what": what, "name": name, "pairs": asked})["values"]]


def _ask(question: dict[str, Any]) -> dict[str, Any]:
    """The answer; OSError while there is none, ValueError for a key that does not open."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(SECONDS)
        line.connect(os.environ.get(SOCKET, ""))
        line.sendall(json.dumps(question).encode() + b"\n")
        with line.makefile("rb") as answers:
            said = answers.readline(LONGEST)
    if not said.endswith(b"\n"):
        raise ConnectionError("the key agent broke off")
    answer: dict[str, Any] = json.loads(said)
    if "refused" in answer:
        raise PermissionError(str(answer["refused"]))
    if "wrong" in answer:
        raise ValueError(str(answer["wrong"]))
    return answer


# --- the half that holds the keys ---


class Key:
    """One master key: wraps as the product itself does under a key it was given."""

    def __init__(self, master: bytes) -> None:
        self.check_value = _expand(master, b"cv1/check", 8).hex()
        self._cipher = AESGCM(_expand(master, b"cv1/kek", 32))

    def wrap(self, data_key: bytes, context: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, data_key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        return self._cipher.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], context)


class Bound:
    """So many a minute and no more; what was not used is not saved up."""

    def __init__(self, per_minute: int) -> None:
        self._most, self._left, self._minute = per_minute, per_minute, 0
        self._lock = threading.Lock()

    def take(self, count: int) -> bool:
        with self._lock:
            minute = int(time.monotonic() // 60)
            if minute != self._minute:
                self._minute, self._left = minute, self._most
            if count > self._left:
                return False
            self._left -= count
            return True


class Agent(ThreadingUnixStreamServer):
    """Answers on a socket that its own user and group may reach."""

    daemon_threads = True

    def __init__(self, path: Path, keys: dict[str, Key], per_minute: int = PER_MINUTE) -> None:
        self.keys, self.bound = keys, Bound(per_minute)
        with suppress(FileNotFoundError):
            path.unlink()
        before = os.umask(0o117)
        try:
            super().__init__(str(path), Answering)
        finally:
            os.umask(before)

    def answer(self, question: Any) -> dict[str, Any]:
        what, key = question["what"], self.keys.get(question["name"])
        if key is None:
            return {"refused": "no such key"}
        if what == "describe":
            return {"value": key.check_value}
        pairs = [(_bytes(one), _bytes(context)) for one, context in question["pairs"]]
        if what == "wrap":
            return {"values": [_text(key.wrap(*pair)) for pair in pairs]}
        if what != "unwrap":
            return {"refused": "no such question"}
        if not self.bound.take(len(pairs)):
            return {"refused": "too many in this minute"}
        try:
            return {"values": [_text(key.unwrap(*pair)) for pair in pairs]}
        except (InvalidTag, ValueError):
            return {"wrong": "a key does not open"}

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Who asked has gone away, or speaks another language: nothing of a question is repeated.
        _say(what="failed", why=type(sys.exc_info()[1]).__name__)


class Answering(StreamRequestHandler):
    """One question, one answer, one line in the log."""

    timeout = SECONDS
    server: Agent

    def handle(self) -> None:
        asked = self.rfile.readline(LONGEST)
        if not asked.endswith(b"\n"):
            return
        question = json.loads(asked)
        answer = self.server.answer(question)
        _pid, user, _group = _PEER.unpack(
            self.request.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
        )
        _say(
            what=question["what"],
            name=question["name"],
            count=len(question.get("pairs", ())),
            user=user,
            answer=next(iter(answer)),
        )
        self.wfile.write(json.dumps(answer).encode() + b"\n")


def _say(**line: object) -> None:
    print(json.dumps({"time": int(time.time()), **line}), file=sys.stderr, flush=True)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _expand(key: bytes, purpose: bytes, length: int) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=length, info=purpose).derive(key)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Hold master keys, and wrap and unwrap data keys with them.")
    parser.add_argument("socket", type=Path)
    parser.add_argument("--key", action="append", required=True, metavar="NAME=FILE", help="may be repeated")
    parser.add_argument("--per-minute", type=int, default=PER_MINUTE, help="data keys unwrapped at most")
    options = parser.parse_args(arguments)
    # A crash must not write the keys to a disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    keys = {}
    for told in options.key:
        name, _equals, file = told.partition("=")
        master = base64.b64decode(Path(file).read_text("ascii").strip(), validate=True)
        if len(master) != 32:
            parser.error(f"the key {name} is not 32 bytes")
        keys[name] = Key(master)
    with Agent(options.socket, keys, options.per_minute) as agent:
        _say(what="ready", keys={name: key.check_value for name, key in keys.items()})
        agent.serve_forever()


if __name__ == "__main__":
    main()
