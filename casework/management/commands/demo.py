"""`manage.py demo`: a believable province to try, served on this machine only."""

import gc
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from casework.accounts.demo import DEMO_PASSWORD
from casework.base import clock
from casework.deadlines.machine import run_minute
from casework.management.demo_province.consignments import send_consignments
from casework.management.demo_province.figures import publish_figures
from casework.management.demo_province.offices import build_offices
from casework.management.demo_province.returns import file_returns
from casework.management.demo_province.stories import SEED, Teller
from casework.management.demo_province.today import Today
from casework.notifications.models import Notice
from casework.organisations.models import User

# With the cases of today about 400.
CASES = 390
BATCH = 20
BEFORE_TODAY = timedelta(hours=12)


class Command(BaseCommand):
    """Prepares the demo province when it is not there, then serves it."""

    help = "Prepare the demo province and serve it on 127.0.0.1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="prepare and stop")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--reset", action="store_true", help="throw the demo province away and make it anew"
        )
        parser.add_argument(
            "--cases", type=int, default=CASES, help=f"how many cases to tell (default {CASES})"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is not a demo installation: set DEMO=1, never together with PRODUCTION.")
        if options["reset"]:
            _reset()
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        if not User.objects.exists():
            self._build(options["cases"])
        if options["no_serve"]:
            self.stdout.write("The demo province is ready.")
            return
        self._serve(options["port"])

    def _build(self, cases: int) -> None:
        now = clock.now()
        self.stdout.write("Preparing the demo province…")
        with _hurried(), transaction.atomic():
            province = build_offices(Random(SEED), now)  # noqa: S311  (a story, not a secret)
            teller = Teller(province, now, cases)
            for done in teller.tell():
                if done % BATCH == 0:
                    self.stdout.write(f"  {done} of {cases} cases", ending="\r")
                    self.stdout.flush()
            for _scene in Today(teller).tell():
                pass
            file_returns(province, now)
            send_consignments(province, now)
            for release in publish_figures(province, now, Random(SEED)):  # noqa: S311  (a story)
                self.stdout.write(f"  {release.number} releases of figures", ending="\r")
                self.stdout.flush()
            # What fell due in two years was told in its time, and seen.
            run_minute(now - BEFORE_TODAY)
            Notice.objects.update(read_at=now)
        self.stdout.write("")

    def _serve(self, port: int) -> None:
        self.stdout.write(f"http://127.0.0.1:{port}/   password of every demo account: {DEMO_PASSWORD}")
        self.stdout.write(
            "Try: lan (social worker), pao (chair), dung (police), hoa (hospital), mai (supervisor), kien (auditor)"
        )
        self.stdout.flush()
        # gunicorn makes its own process; the environment says the same as ours, so the server is a demo too.
        server = [
            str(Path(sys.executable).parent / "gunicorn"),
            "config.wsgi:application",
            f"--bind=127.0.0.1:{port}",
            "--workers=2",
            "--threads=4",
            "--keep-alive=2",
            "--log-level=warning",
        ]
        # What runs by the clock runs here too: people are told, letters and text messages become files in DATA_DIR.
        tick = subprocess.Popen(  # noqa: S603
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "tick", "--stay"],
            cwd=settings.BASE_DIR,
            env=os.environ,
            stdout=subprocess.DEVNULL,
        )
        # What releases have to hide is worked out beside it.
        worker = subprocess.Popen(  # noqa: S603
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "protect_releases", "--stay"],
            cwd=settings.BASE_DIR,
            env=os.environ,
            stdout=subprocess.DEVNULL,
        )
        try:
            subprocess.run(server, check=False, cwd=settings.BASE_DIR, env=os.environ)  # noqa: S603
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
        finally:
            for job in (tick, worker):
                job.terminate()
                job.wait()


class _hurried:
    """While the province is made, SQLite need not wait for the disk at every commit: a crash only starts it anew."""

    def __enter__(self) -> None:
        # Everything made is kept until the end: looking for garbage again and again finds none.
        gc.disable()
        self._sqlite = connection.vendor == "sqlite"
        if self._sqlite:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA synchronous=OFF")

    def __exit__(self, *_exc: object) -> None:
        gc.enable()
        if self._sqlite:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA synchronous=FULL")


def _reset() -> None:
    if connection.vendor != "sqlite":
        raise CommandError("Only the embedded database can be reset; drop the other yourself.")
    connection.close()
    path = Path(str(settings.DATABASES["default"]["NAME"]))
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    if settings.ERASURE_LIST:
        Path(settings.ERASURE_LIST).unlink(missing_ok=True)
