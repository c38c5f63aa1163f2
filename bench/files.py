"""What sealing a file costs: `python -m bench.files` prints throughput on one core, beside plain AES-GCM.

Both ways are measured in turns in one run: plain AES-GCM seals the same chunks with nothing around them.
"""

import io
import os
import statistics
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from casework.encryption.files import OpenedFile, Sealer, new_file_key
from casework.encryption.streams import CHUNK

ROUNDS, SIZE = 15, 32 * 1024 * 1024


def throughput(variants: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Megabytes per second of CPU time, the median of rounds in which all variants run one after the other."""
    taken: dict[str, list[float]] = {name: [] for name in variants}
    for _round in range(ROUNDS):
        for name, call in variants.items():
            start = time.thread_time()
            call()
            taken[name].append(SIZE / 1e6 / (time.thread_time() - start))
    return {name: statistics.median(found) for name, found in taken.items()}


def main() -> None:
    plain, key = os.urandom(SIZE), new_file_key()
    parts = [plain[start : start + CHUNK] for start in range(0, SIZE, CHUNK)]
    cipher, nonce = AESGCM(key), bytes(12)
    bare = [cipher.encrypt(nonce, part, None) for part in parts]

    def seal() -> bytes:
        out = io.BytesIO()
        sealer = Sealer(key, out.write)
        for part in parts:
            sealer.write(part)
        sealer.close()
        return out.getvalue()

    token = seal()

    def plain_seal() -> None:
        for part in parts:
            cipher.encrypt(nonce, part, None)

    def plain_open() -> None:
        for part in bare:
            cipher.decrypt(nonce, part, None)

    def unseal() -> None:
        for _piece in OpenedFile(key, io.BytesIO(token), SIZE).span(0, SIZE):
            pass

    found = throughput(
        {
            "plain AES-GCM, seal": plain_seal,
            "a file, seal (and its SHA-256)": seal,
            "plain AES-GCM, open": plain_open,
            "a file, open": unseal,
        }
    )
    print(f"\nfiles of {SIZE // 1_048_576} MiB in chunks of 64 KiB")
    for name, speed in found.items():
        base = found["plain AES-GCM, open" if "open" in name else "plain AES-GCM, seal"]
        print(f"  {name:34} {speed:8.0f} MB/s   {speed / base:5.2f} of plain AES-GCM")


if __name__ == "__main__":
    main()
