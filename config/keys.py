"""The keys a process is started with: each stands in one place, and settings take it from there.

```
MASTER_KEY=…                            the key itself, 32 bytes in base64
MASTER_KEY_FILE=/etc/…                  a file with that line
$CREDENTIALS_DIRECTORY/master_key       the same file, handed over by systemd (LoadCredential=)
MASTER_KEY=service:NAME                 a master key that is not here: KEY_SERVICE holds it under that name
```
A second key beside the first has its number in its name (MASTER_KEY_2, MASTER_KEY_2_FILE, master_key_2), and
MASTER_KEY_CURRENT then says which of them seals what is new. No message of an error repeats a key.
"""

import base64
import binascii
import os
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured

SIZE: Final = 32
SERVICE: Final = "service:"
_HELP: Final = "See docs/operations/keys.md."

Otherwise = Callable[[str], bytes]


def secret(name: str, otherwise: Otherwise | None) -> bytes:
    """One key of 32 bytes; `otherwise` gives it where none is set, and None says that it must be."""
    text = given(name)
    if text is not None:
        return decoded(name, text)
    if otherwise is None:
        raise ImproperlyConfigured(f"{name} or {name}_FILE is required in production. {_HELP}")
    return otherwise(name)


def numbered(name: str, otherwise: Otherwise | None) -> dict[str, Any]:
    """All keys of one purpose by their numbers, and which of them is current; the one without a number is 1.

    Returns {"current": 2, "keys": {1: 32 bytes, 2: "service:name"}}.
    """
    found = dict(_numbered(name))
    if not found:
        found = {1: secret(name, otherwise)}
    chosen = os.environ.get(f"{name}_CURRENT", "")
    if not chosen and len(found) > 1:
        raise ImproperlyConfigured(
            f"{name}: several are loaded, so {name}_CURRENT must name the one that seals what is new. {_HELP}"
        )
    current = chosen or str(next(iter(found)))
    if not current.isdecimal() or int(current) not in found:
        raise ImproperlyConfigured(f"{name}_CURRENT must be the number of a loaded key. {_HELP}")
    return {"current": int(current), "keys": found}


def given(name: str) -> str | None:
    """The text of a key as it is set, None when it is not; ImproperlyConfigured when it is set twice."""
    texts = [os.environ[name].strip()] if os.environ.get(name) else []
    texts += [_read(name, path) for path in paths(name)]
    if len(texts) > 1:
        raise ImproperlyConfigured(f"{name} is given in two places: which one is meant? {_HELP}")
    return texts[0] if texts else None


def paths(name: str) -> list[Path]:
    """The files a key is read from: the one that is named, and the credential that is there."""
    named, handed = os.environ.get(f"{name}_FILE", ""), os.environ.get("CREDENTIALS_DIRECTORY", "")
    found = [Path(named)] if named else []
    if handed and (path := Path(handed, name.lower())).exists():
        found.append(path)
    return found


def names(name: str) -> list[str]:
    """The key without a number, then those with one, as they are set; MASTER_KEY_2 for a second master key."""
    set_here = {key.removesuffix("_FILE") for key in os.environ}
    if handed := os.environ.get("CREDENTIALS_DIRECTORY", ""):
        set_here |= {path.name.upper() for path in Path(handed).glob("*") if path.name == path.name.lower()}
    numbers = sorted(int(one[1]) for key in set_here if (one := re.fullmatch(rf"{name}_([1-9][0-9]*)", key)))
    return [*([name] if given(name) is not None else []), *(f"{name}_{number}" for number in numbers)]


def decoded(name: str, text: str) -> bytes:
    """32 bytes from their line of base64."""
    try:
        key = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise ImproperlyConfigured(f"{name} is not base64.") from None
    if len(key) != SIZE:
        raise ImproperlyConfigured(f"{name} must be 32 bytes, base64-encoded.")
    return key


def kept_in(folder: Path) -> Otherwise:
    """A key of its own in this folder, made when it is first asked for, mode 0600; for the demo."""

    def kept(name: str) -> bytes:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{name.lower()}.key"
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(base64.b64encode(secrets.token_bytes(SIZE)).decode())
        return decoded(name, path.read_text().strip())

    return kept


def for_tests(name: str) -> bytes:
    """Fixed by name, so that a test process and its server child open each other's values."""
    return (name.encode() + b"-for-tests-only-0123456789abcdef")[:SIZE]


def _numbered(name: str) -> Iterator[tuple[int, bytes | str]]:
    for one in names(name):
        text = given(one)
        if text is None:
            continue
        number = int(one.rsplit("_", 1)[1]) if one != name else 1
        if one == f"{name}_1" and given(name) is not None:
            raise ImproperlyConfigured(f"{name} and {name}_1 are the same number: give one of them. {_HELP}")
        yield number, text if text.startswith(SERVICE) else decoded(one, text)


def _read(name: str, path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"The file of {name} cannot be read: {error.strerror}. {_HELP}") from None
    except UnicodeDecodeError:
        raise ImproperlyConfigured(f"{name} is not base64.") from None
