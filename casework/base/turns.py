"""One after the other, across the processes of a machine, without holding the database meanwhile.

A turn saves work and settles nothing: whoever does not get one (a folder nobody may write to, another machine) does the
same work, only perhaps in vain. It ends with the process that has it, however that ends.
"""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Final

from django.conf import settings

# So many files are ever made; two names that share one only wait for each other.
GATES: Final = 64


@contextmanager
def turn(name: str) -> Iterator[None]:
    """Wait until nobody else has the turn of this name. Never inside a transaction: whoever waits would hold others."""
    with ExitStack() as stack:
        try:
            folder = Path(settings.DATA_DIR) / "turns"
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            place = int.from_bytes(blake2b(name.encode(), digest_size=2).digest()) % GATES
            gate = stack.enter_context((folder / str(place)).open("w"))
            fcntl.flock(gate, fcntl.LOCK_EX)
        except OSError:
            pass
        yield
