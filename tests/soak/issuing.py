"""Writers who take numbers of the same registers side by side, each a process, many of them killed in the middle.

    python -m tests.soak.issuing FOLDER WRITERS PAPERS KILLS

works on the database its environment names, which it makes anew, and prints what it saw as one JSON object. A writer
says what it is about to send before it does, so whoever takes its place sends the same once more, as a browser would.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import django

django.setup()

from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from casework.access.seals import sweep  # noqa: E402
from casework.accounts.actions import add_user  # noqa: E402
from casework.attachments.queries import content_of  # noqa: E402
from casework.audit.verify import breaks  # noqa: E402
from casework.base.models import Counter as Series  # noqa: E402
from casework.cases.actions import open_case  # noqa: E402
from casework.cases.models import Case  # noqa: E402
from casework.encryption import keyring  # noqa: E402
from casework.intake.actions import assign_report  # noqa: E402
from casework.official_forms.models import OfficialPaper  # noqa: E402
from casework.organisations.models import User  # noqa: E402
from tests.official_forms import hiding  # noqa: E402
from tests.official_forms.laying import words  # noqa: E402
from tests.world import SINCE, World, build_world  # noqa: E402

FOLDER, WRITERS, PAPERS, KILLS = Path(sys.argv[1]), *map(int, sys.argv[2:])
# What each of them sends in turn; the last is a file that was written elsewhere.
KINDS = ("case_summary", "minutes_mediation", "legal_aid_proofs", "minutes_critique", "uploaded")


def main() -> dict[str, Any]:
    random.seed(20)
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    world = build_world()
    writers = [_writer(world, place) for place in range(WRITERS)]
    killed = middle = 0
    running = {place: fork(place, *writers[place]) for place in range(WRITERS)}
    started = time.monotonic()
    while running:
        time.sleep(random.uniform(0.02, 0.25))
        for place, pid in list(running.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended and status:
                raise RuntimeError(f"writer {place} failed")
            if ended:
                del running[place]
        if running and killed < KILLS:
            place = random.choice(list(running))
            os.kill(running[place], signal.SIGKILL)
            _pid, status = os.waitpid(running[place], 0)
            killed += os.WIFSIGNALED(status)
            middle += len(_said(place, "begin")) > len(_said(place, "done"))
            running[place] = fork(place, *writers[place])
    return {
        "killed": killed,
        "middle": middle,
        "seconds": round(time.monotonic() - started, 1),
        **seen(),
    }


def _writer(world: World, place: int) -> tuple[User, Case]:
    """An officer of the committee with a case of their own."""
    user = add_user(
        by=world.son,
        at=world.at(days=3),
        username=f"writer{place}",
        full_name=f"Lò Thị Số {place}",
        agency=world.agencies["committee"],
        role="social_worker",
        since=SINCE,
        is_demo=True,
    )
    report = world.report(at=world.at(days=2))
    at = world.at(days=1)
    report = assign_report(report=report, by=world.pao, at=at, agency=world.agencies["committee"], user=user)
    return user, open_case(report=report, by=user, at=at)


# --- one writer ---


def fork(place: int, user: User, case: Case) -> int:
    """A process that sends what this writer has not yet been answered; its id."""
    connections.close_all()
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        keyring.forget_keys()
        write(place, user, case)
        code = 0
    except BaseException:  # noqa: BLE001  (the process ends here, whatever it was)
        traceback.print_exc()
    finally:
        os._exit(code)


def write(place: int, user: User, case: Case) -> None:
    client = Client()
    client.force_login(user)
    begun, done = _said(place, "begin"), _said(place, "done")
    for number in range(len(done), PAPERS):
        key = begun[number] if number < len(begun) else uuid4().hex
        if number >= len(begun):
            _say(place, {"begin": key})
        _say(place, {"done": key, "paper": _send(client, case, KINDS[(place + number) % len(KINDS)], key)})


def _send(client: Client, case: Case, kind: str, key: str) -> str:
    """Press the button; the id of the paper it leads to."""
    if kind == "uploaded":
        file = SimpleUploadedFile("don.docx", hiding.word())
        answer = client.post(
            reverse("issue-file", args=[case.pk]), {"file": file, "goes_to": ["file"], "form_key": key}
        )
    else:
        asked = urlencode({"kind": kind, "about": case.pk})
        answer = client.post(f"{reverse('issue-paper', args=[case.pk])}?{asked}", {"form_key": key})
    assert answer.status_code == 302, (answer.status_code, answer.content.decode()[:2000])
    return str(answer["Location"]).strip("/").rsplit("/", 1)[-1]


def _say(place: int, what: dict[str, str]) -> None:
    with (FOLDER / f"writer{place}").open("a") as file:
        file.write(json.dumps(what) + "\n")


def _said(place: int, what: str) -> list[str]:
    path = FOLDER / f"writer{place}"
    lines = path.read_text().splitlines() if path.exists() else []
    return [said[what] for said in map(json.loads, lines) if what in said]


# --- what became of it ---


def seen() -> dict[str, Any]:
    papers = list(OfficialPaper.objects.everything(reason="soak").select_related("unit"))
    numbers: dict[str, list[int]] = {}
    for paper in papers:
        numbers.setdefault(f"paper.{paper.register} {paper.unit_id} {paper.year}", []).append(paper.number)
    answered = [paper for place in range(WRITERS) for paper in _said(place, "paper")]
    return {
        "papers": len(papers),
        "answered": len(answered),
        "answered twice": sum(times - 1 for times in Counter(answered).values()),
        "kept": sorted(str(paper.pk) for paper in papers) == sorted(answered),
        "gapless": [sorted(found) == list(range(1, len(found) + 1)) for found in numbers.values()],
        "last": [
            Series.objects.get(kind=kind, scope=scope, year=int(year)).last == len(numbers[name])
            for name in numbers
            for kind, scope, year in [name.split(" ")]
        ],
        "says its number": all(_says_its_number(paper) for paper in papers if paper.origin == "drawn"),
        "breaks": [str(one) for one in breaks()],
        "unsealed": [str(one) for one in sweep()],
    }


def _says_its_number(paper: OfficialPaper) -> bool:
    with closing(content_of(paper)) as opened:
        said = words(opened.read())
    return f"Số: {paper.shown_number} " in said and paper.check_code in said


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()))
