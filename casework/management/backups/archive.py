"""An archive: blocks with their lengths, compressed, sealed to a public key. Nothing of it is ever on a disk in clear.

```
'CVB1' ‖ public key of this message (32) ‖ sealed stream of zlib( (length u32 ‖ block)* )
```
A table is a block of JSON {"table", "columns"}, blocks of rows, and an empty block.
"""

import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from casework.encryption import CannotOpen
from casework.encryption.offline import SIZE, key_for, key_from
from casework.encryption.streams import SealingStream, open_stream
from casework.management.backups import tables

MAGIC: Final = b"CVB1"
# Ciphertext does not shrink; what is plain shrinks well enough at the fastest setting.
_LEVEL: Final = 1
_LENGTH: Final = struct.Struct(">I")
_MOST: Final = 1 << 30


def write(out: BinaryIO, public: bytes, purpose: bytes, names: Sequence[str]) -> dict[str, int]:
    """Write the tables to an archive for the holder of the private key; returns the number of rows of each.

    Run it inside a transaction that sees one state.
    """
    header, key = key_for(public, purpose)
    out.write(MAGIC + header)
    sealing, packing = SealingStream(out.write, key, purpose), zlib.compressobj(_LEVEL)
    rows: dict[str, int] = {}

    def put(block: bytes) -> None:
        sealing.write(packing.compress(_LENGTH.pack(len(block)) + block))

    for name in names:
        columns = tables.columns_of(name)
        put(json.dumps({"table": name, "columns": columns}).encode())
        for block in tables.read(name, columns):
            if block:
                put(block)
        put(b"")
        rows[name] = tables.count_of(name)
    sealing.write(packing.flush())
    sealing.close()
    return rows


def load(source: BinaryIO, private: bytes, purpose: bytes) -> list[str]:
    """Put every table of an archive back; returns their names.

    Raises CannotOpen when a byte of it is not the one written, or it was sealed to another key: the transaction
    around must then be rolled back.
    """
    if source.read(len(MAGIC)) != MAGIC:
        raise CannotOpen("this is no backup")
    key = key_from(private, source.read(SIZE), purpose)
    blocks = _blocks(open_stream(source, key, purpose))
    known, names = set(tables.tables()), list[str]()
    for head in blocks:
        told = json.loads(head)
        if told["table"] not in known:
            raise CannotOpen(f"the table {told['table']} is not of this release")
        tables.write(told["table"], told["columns"], iter(lambda: next(blocks), b""))
        names.append(told["table"])
    return names


def _blocks(sealed: Iterator[bytes]) -> Iterator[bytes]:
    held, unpacking = bytearray(), zlib.decompressobj()
    for part in sealed:
        held += unpacking.decompress(part)
        while len(held) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(held)
            if length > _MOST:
                raise CannotOpen("a block of the backup is longer than any")
            end = _LENGTH.size + length
            if len(held) < end:
                break
            yield bytes(held[_LENGTH.size : end])
            del held[:end]
    if held or not unpacking.eof:
        raise CannotOpen("the backup ends in the middle of a block")
