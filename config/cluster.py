"""A throw-away PostgreSQL for tests and measurements.

    python3 -m config.cluster [--durable] [--set name=value]... -- command...

runs `command` with DATABASE_URL set to an empty database of a fresh cluster, gives back the command's exit
code, and leaves nothing behind. The server listens on a socket in a folder of its own and on no port. Nothing
is needed but Python and PostgreSQL's programs.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from config.bootstrap import apt_install, stop

NAME = "casework"
# A test cluster that loses power has nothing to lose.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def programs() -> Path | None:
    """Folder with initdb and pg_ctl: the newest of Debian's, else what is on the PATH; None when missing."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    if debian:
        return debian[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def cluster(settings: Sequence[str] = CARELESS) -> Iterator[str]:
    """Start a cluster with `settings` (`name=value`), yield its DATABASE_URL, remove it whatever happens."""
    bin_ = programs() or _install()
    # initdb refuses root, so the package's own user runs it. Under /tmp: a socket's path must be short.
    as_owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    home = Path(tempfile.mkdtemp(prefix="casework-pg-", dir="/tmp"))  # nosec B108
    data = home / "data"

    def run(program: str, *words: str) -> None:
        log, server = home / "log", home / "server.log"
        with log.open("ab") as output:
            done = subprocess.run(
                [*as_owner, str(bin_ / program), *words],
                cwd=home,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
            )
        if done.returncode:
            said = "".join(file.read_text(errors="replace") for file in (log, server) if file.exists())
            raise RuntimeError(f"{program} failed:\n{said}")

    try:
        if as_owner:
            shutil.chown(home, "postgres")
        # Trust, because the folder that holds the socket (mode 0700) is the lock; no other way in exists.
        run(
            "initdb",
            "-D",
            str(data),
            "-U",
            NAME,
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--auth=trust",
            "--no-sync",
        )
        with (data / "postgresql.auto.conf").open("a") as file:
            for line in ("listen_addresses=''", f"unix_socket_directories='{home}'", *settings):
                file.write(line + "\n")
        run("pg_ctl", "-D", str(data), "-l", str(home / "server.log"), "-w", "start")
        run("createdb", "-h", str(home), "-U", NAME, NAME)
        yield f"postgres://{NAME}@/{home}/{NAME}"
    finally:
        if (data / "postmaster.pid").exists():
            run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(home)


def _install() -> Path:
    apt_install("postgresql", why="the tests run on it as well")
    return programs() or stop("PostgreSQL's programs are missing. Run: apt-get install postgresql")


def _leave(number: int, _frame: FrameType | None) -> None:
    # Turned into an exception, so that the cluster is stopped on the way out.
    sys.exit(128 + number)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run a command against a throw-away PostgreSQL.")
    parser.add_argument("--durable", action="store_true", help="commit to disk, as a real server does")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a server setting")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    settings = [*(() if options.durable else CARELESS), *options.set]
    with cluster(settings) as url:
        child = subprocess.Popen(options.command, env=os.environ | {"DATABASE_URL": url})
        try:
            return child.wait()
        except BaseException:
            child.terminate()
            child.wait()
            raise


if __name__ == "__main__":
    sys.exit(main())
