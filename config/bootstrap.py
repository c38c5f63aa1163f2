"""From a fresh clone to a running program, with nothing installed but Python.

`demo` and `test` make `.venv` from the locked requirements when it is missing or no longer fits, then start
again inside it. Every other verb is Django's own and runs in whatever environment it finds. Only the standard
library is imported, here and in `suite`: nothing else can be counted on yet.
"""

import fcntl
import hashlib
import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NoReturn

from config import suite

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "demo": ("requirements.txt",),
    "test": ("requirements.txt", "tests/requirements.txt"),
}
# Programs of Debian that tests drive: the variable that names one -> what it is called, the packages it comes in.
PROGRAMS = {
    "CHROMIUM": ("chromium", ("chromium",)),
    "PDFTOTEXT": ("pdftotext", ("poppler-utils",)),
    "SOFFICE": ("soffice", ("libreoffice-writer-nogui", "libreoffice-calc-nogui")),
}
# What `manage.py keys` does, as `manage.py backup --make-key` does, on a computer that has neither settings nor a database.
OFFLINE = ("make", "split", "combine")


def main(argv: list[str]) -> None:
    """Run the verb `argv[1]`, inside `.venv` for `demo` and `test`; may replace this process for good."""
    verb = argv[1] if len(argv) > 1 else "help"
    venv = ROOT / ".venv"
    if verb in LOCKS:
        if not (is_inside(venv) and is_ready(venv, ROOT, verb)):
            _prepare_and_restart(venv, verb, argv)
        if verb == "test":
            _test(argv[2:])
        os.environ["DEMO"] = "1"
    elif importlib.util.find_spec("django") is None:
        python = venv / "bin" / "python"
        if is_inside(venv) or not os.access(python, os.X_OK):
            stop("Django is missing: `python3 manage.py demo` makes .venv, or install requirements.txt.")
        _restart(python, argv)
    if verb == "keys" and len(argv) > 2 and argv[2] in OFFLINE:
        importlib.import_module("config.ceremony").main(argv[2:])
    if verb == "backup" and any(word.startswith("--make-key") for word in argv[2:]):
        importlib.import_module("config.ceremony").make_backup_key(argv[2:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # Not a deferred import in disguise: until here there may have been no Django to import.
    importlib.import_module("django.core.management").execute_from_command_line(argv)


# --- the environment ----------------------------------------------------------------------------------------


def is_inside(venv: Path) -> bool:
    return Path(sys.prefix).resolve() == venv.resolve()


def wanted(root: Path, verb: str) -> dict[str, str]:
    """What `.venv` must be made from to serve `verb`: Python, platform, place, digest of each lock."""
    place = {
        "python": f"{sys.implementation.name} {sys.version_info.major}.{sys.version_info.minor}",
        "platform": sysconfig.get_platform(),
        # The programs in .venv/bin name their Python by its whole path: a moved checkout needs new ones.
        "root": str(root),
    }
    return place | {lock: hashlib.sha256((root / lock).read_bytes()).hexdigest() for lock in LOCKS[verb]}


def stamped(venv: Path) -> dict[str, str]:
    """What `.venv` was made from; empty when missing, broken or half made (the stamp is written last)."""
    if not os.access(venv / "bin" / "python", os.X_OK):
        return {}
    try:
        return dict(json.loads((venv / "stamp.json").read_text()))
    except (OSError, ValueError):
        return {}


def is_ready(venv: Path, root: Path, verb: str) -> bool:
    """Whether `.venv` serves `verb`; one made for `test` also serves `demo`."""
    return wanted(root, verb).items() <= stamped(venv).items()


def can_be_kept(venv: Path, root: Path, verb: str) -> bool:
    """Whether installing into the finished `.venv` is enough, because only the locks differ."""
    have = stamped(venv)
    return all(have.get(key) == value for key, value in wanted(root, verb).items() if key not in LOCKS[verb])


def _prepare_and_restart(venv: Path, verb: str, argv: list[str]) -> NoReturn:
    if is_inside(venv) and not can_be_kept(venv, ROOT, verb):
        # A Python cannot replace the folder it runs from: the one it was made with does.
        major, minor = sys.version_info[:2]
        _restart(Path(sys.base_prefix, "bin", f"python{major}.{minor}"), argv)
    with (ROOT / "requirements.txt").open("rb") as gate:
        # Two commands started together would install into one folder; the second waits and finds it ready.
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not is_ready(venv, ROOT, verb):
            _prepare(venv, verb)
    _restart(venv / "bin" / "python", argv)


def _prepare(venv: Path, verb: str) -> None:
    stamp = venv / "stamp.json"
    want = wanted(ROOT, verb)
    if can_be_kept(venv, ROOT, verb):
        say("The locked libraries have changed: installing them into .venv.")
        stamp.unlink()
    else:
        say("Making .venv and installing the locked libraries (about a minute, once).")
        _need_ensurepip()
        _run(sys.executable, "-m", "venv", "--clear", str(venv))
    wheelhouse = ROOT / "wheelhouse"
    offline = ["--no-index", "--find-links", str(wheelhouse)] if wheelhouse.is_dir() else []
    requirements = [word for lock in LOCKS[verb] for word in ("-r", str(ROOT / lock))]
    pip = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
    _run(*pip, "install", "--require-hashes", "--only-binary=:all:", *offline, *requirements)
    half = stamp.with_suffix(".half")
    half.write_text(json.dumps(want, indent=1))
    half.replace(stamp)


def _need_ensurepip() -> None:
    """Debian's bare Python cannot make environments that hold pip: install the missing part or say how."""
    if importlib.util.find_spec("ensurepip"):
        return
    apt_install("python3-venv", why="this Python cannot make a virtual environment")
    importlib.invalidate_caches()
    if importlib.util.find_spec("ensurepip") is None:
        stop("This Python cannot make a virtual environment. Run: apt-get install python3-venv")


# --- the machine --------------------------------------------------------------------------------------------


def apt_install(*packages: str, why: str) -> bool:
    """Install Debian packages, saying so, when we may (root with apt-get); returns whether it was done."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    say(f"Installing Debian's {', '.join(packages)} with apt-get: {why}.")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", "-qq", *words], env=quiet, capture_output=True, text=True, check=False
        )
        if done.returncode:
            say(f"{done.stderr.rstrip()}\napt-get {words[0]} failed.")
            return False
    return True


def find_program(variable: str) -> str:
    """Path of a program that tests drive: what `variable` names when it is set, even to nothing, else Debian's."""
    name, _packages = PROGRAMS[variable]
    return os.environ.get(variable, shutil.which(name) or "")


def _test(arguments: list[str]) -> NoReturn:
    os.environ["TESTING"] = "1"
    # Every check and every process a test starts would compile the whole tree anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    missing = [name for name in PROGRAMS if name not in os.environ and not find_program(name)]
    if missing:
        packages = [package for name in missing for package in PROGRAMS[name][1]]
        apt_install(*packages, why="tests open pages and papers with them")
    os.environ.update({name: find_program(name) for name in PROGRAMS})
    sys.exit(suite.main(arguments))


def _restart(python: Path, argv: list[str]) -> NoReturn:
    sys.stdout.flush()
    os.execv(python, [str(python), str(ROOT / "manage.py"), *argv[1:]])


def _run(*words: str) -> None:
    done = subprocess.run(words, check=False)
    if done.returncode:
        stop(
            "Making .venv failed, see above. Mend the cause and run the same command again.", done.returncode
        )


def say(text: str) -> None:
    print(text, flush=True)


def stop(text: str, code: int = 2) -> NoReturn:
    print(text, file=sys.stderr, flush=True)
    sys.exit(code)
