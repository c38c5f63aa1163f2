"""Check the locked requirements: everything asked for is pinned with hashes, and no machine's address got in.

`python -m config.lock` names every fault and exits 1, or exits 0.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAIRS = (("requirements.in", "requirements.txt"), ("tests/requirements.in", "tests/requirements.txt"))

PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
# An option that names an index, an address, a direct reference, or a path from the root of a machine.
FOREIGN = re.compile(r"--(?:index-url|extra-index-url|find-links|trusted-host)|://|\s@\s|(?:^|[\s=])/\S")


def pins(text: str) -> dict[str, str]:
    """Normalised name -> version of every `name==version` line."""
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in PIN.findall(text)}


def problems(root: Path) -> list[str]:
    """One sentence for each fault in the lock files under `root`; an empty list is a pass."""
    found: list[str] = []
    locks: dict[str, dict[str, str]] = {}
    for source, lock in PAIRS:
        asked, locked = (root / source).read_text(), (root / lock).read_text()
        locks[lock] = pins(locked)
        found += [f"{source}: {name} is not pinned with ==." for name in _names(asked) - pins(asked).keys()]
        for name, version in pins(asked).items():
            if locks[lock].get(name) != version:
                found.append(f"{lock}: {name}=={version} is asked for, {locks[lock].get(name)} is locked.")
        for block in re.split(r"\n(?=\S)", locked):
            if PIN.match(block) and "--hash=sha256:" not in block:
                found.append(f"{lock}: {block.split()[0]} has no hash.")
        for path, text in ((source, asked), (lock, locked)):
            found += [
                f"{path}:{number}: names a host or a path."
                for number, line in enumerate(text.splitlines(), start=1)
                if FOREIGN.search(line)
            ]
    for name, version in locks["tests/requirements.txt"].items():
        if locks["requirements.txt"].get(name, version) != version:
            found.append(f"tests/requirements.txt: {name}=={version} differs from requirements.txt.")
    return sorted(found)


def _names(text: str) -> set[str]:
    lines = (line.strip() for line in text.splitlines())
    words = (re.split(r"[\[=<>~!; ]", line)[0] for line in lines if line and not line.startswith(("#", "-")))
    return {re.sub(r"[-_.]+", "-", word).lower() for word in words}


def main() -> int:
    found = problems(ROOT)
    print("\n".join(found) or "everything asked for is pinned")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
