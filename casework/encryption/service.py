"""Master keys that are not in this process: a module, named by settings.KEY_SERVICE, that wraps and unwraps with them.

`MASTER_KEY_2=service:NAME` says that master key 2 is the one the service calls NAME. The module has three functions:

```
describe(name) -> str                        at most 16 characters that stay the same as long as the key does
wrap(name, [(data key, context), …]) -> [bytes, …]      each so that it opens with the same context only
unwrap(name, [(wrapped, context), …]) -> [bytes, …]     the data keys again; ValueError when one does not open
```
All three raise OSError (ConnectionError, TimeoutError, PermissionError …) while the service cannot or will not
answer: nothing is lost then, and whoever asked is told to come back (503). Many are asked for at once, because a
page needs many. `config/key_agent.py` is such a module: a process of its own on the same machine.
"""

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from casework.encryption.envelope import CannotOpen

FUNCTIONS: Final = ("describe", "wrap", "unwrap")
LONGEST_DESCRIPTION: Final = 16
LONGEST: Final = 1024  # bytes of a wrapped key, whose form is the service's own

Pairs = Sequence[tuple[bytes, bytes]]


class KeysUnavailable(Exception):
    """A key cannot be had now: its service does not answer, or this process was started without it (503)."""


def describe(name: str) -> str:
    """What tells the key of this name from any other; takes the place of a check value."""
    with _answering(name):
        said = str(_module().describe(name))
    if not 0 < len(said) <= LONGEST_DESCRIPTION or not said.isprintable():
        raise ImproperlyConfigured(
            f"KEY_SERVICE describes {name} with other than 1 to 16 printable characters."
        )
    return said


def wrap(name: str, data_keys: Pairs) -> list[bytes]:
    """Data keys wrapped by the key of this name, each bound to its context."""
    with _answering(name):
        wrapped = _as_many(name, _module().wrap(name, data_keys), data_keys)
    if not all(0 < len(one) <= LONGEST for one in wrapped):
        raise ImproperlyConfigured(f"KEY_SERVICE wraps a key for {name} in other than 1 to {LONGEST} bytes.")
    return wrapped


def unwrap(name: str, wrapped: Pairs) -> list[bytes]:
    """The data keys again; CannotOpen when one was changed, moved, or wrapped by another key."""
    with _answering(name):
        try:
            found = _module().unwrap(name, wrapped)
        except ValueError:
            raise CannotOpen(f"a data key does not open under {name} at the key service") from None
        return _as_many(name, found, wrapped)


def _as_many(name: str, answers: Sequence[bytes], asked: Pairs) -> list[bytes]:
    if len(answers) != len(asked):
        raise KeysUnavailable(f"the key service answered for {name} with another number of keys")
    return [bytes(answer) for answer in answers]


@contextmanager
def _answering(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise KeysUnavailable(f"the key service does not answer for {name}: {type(error).__name__}") from None


def _module() -> ModuleType:
    path = settings.KEY_SERVICE
    if not path:
        raise ImproperlyConfigured("A master key is at a service, and KEY_SERVICE does not name its module.")
    try:
        module = importlib.import_module(path)
    except ImportError as error:
        raise ImproperlyConfigured(f"KEY_SERVICE: {path} cannot be imported: {error}.") from error
    if missing := [name for name in FUNCTIONS if not callable(getattr(module, name, None))]:
        raise ImproperlyConfigured(f"KEY_SERVICE: {path} lacks {', '.join(missing)}().")
    return module
