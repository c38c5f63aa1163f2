"""Writers who take numbers of the same registers side by side, each a process, many of them killed in the middle.

    python -m tests.soak.issuing FOLDER WRITERS KILLS

works on the database its environment names, which it makes anew, and prints what it saw as one JSON object; at most as
many are killed as there are writers. A writer says what it is about to send before it does, so whoever takes its place
sends the same once more, as a browser would.
"""

import json
import os
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

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
from casework.base import clock  # noqa: E402
from casework.base.models import Counter as Series  # noqa: E402
from casework.base.models import RegisterEntry  # noqa: E402
from casework.cases.actions import open_case  # noqa: E402
from casework.cases.models import Case  # noqa: E402
from casework.encryption import keyring  # noqa: E402
from casework.intake.actions import assign_report  # noqa: E402
from casework.official_forms.models import OfficialPaper  # noqa: E402
from casework.organisations.models import User  # noqa: E402
from casework.protection.actions import record_mediation, request_ban  # noqa: E402
from casework.protection.models import Measure  # noqa: E402
from tests.official_forms import hiding  # noqa: E402
from tests.official_forms.laying import words  # noqa: E402
from tests.soak.dying import die, killed_at  # noqa: E402
from tests.world import SINCE, World, build_world  # noqa: E402

FOLDER, WRITERS, KILLS = Path(sys.argv[1]), *map(int, sys.argv[2:])
# What each of them sends: the chair's signature, a paper of it, minutes, a file written elsewhere, two letters.
SENT = ("sign", "ban_decision", "minutes_mediation", "file", "case_summary", "legal_aid_proofs")
# About as often as one act asks the database.
STATEMENTS = 95


@dataclass(frozen=True)
class Writer:
    """An officer of the committee with a case of their own, in it a request the chair can decide."""

    user: User
    chair: User
    case: Case
    ban: Measure
    about: dict[str, UUID]
    ends_at: str


def main() -> dict[str, Any]:
    random.seed(20)
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    world = build_world()
    writers = [_writer(world, place) for place in range(WRITERS)]
    killed = middle = 0
    # Which of them dies, in what it sends and at which statement of it: drawn, so that it is never a matter of how fast
    # a machine is that day.
    deaths = {
        place: (random.randrange(len(SENT)), random.randint(1, STATEMENTS))
        for place in random.sample(range(WRITERS), KILLS)
    }
    running = {fork(place, writers[place], deaths.get(place)): place for place in range(WRITERS)}
    started = time.monotonic()
    while running:
        pid, status = os.wait()
        place = running.pop(pid)
        if os.WIFSIGNALED(status):
            killed += 1
            middle += len(_said(place, "begin")) > len(_said(place, "done"))
            running[fork(place, writers[place])] = place
        elif status:
            raise RuntimeError(f"writer {place} failed")
    return {
        "killed": killed,
        "middle": middle,
        "seconds": round(time.monotonic() - started, 1),
        **seen(),
    }


def _writer(world: World, place: int) -> Writer:
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
    at, office = world.at(days=1), world.agencies["committee"]
    report = world.report(at=world.at(days=2))
    report = assign_report(report=report, by=world.pao, at=at, agency=office, user=user)
    case = open_case(report=report, by=user, at=at)
    asked = {
        "requester": "victim",
        "requested_at": at,
        "told_rights_at": at,
        "consent": "yes",
        "grounds": ["harm_health"],
        "grounds_text": "Đánh nhiều lần.",
    }
    ban = request_ban(case=case, by=user, at=at, answers=asked)
    held = {"at": at, "led_by": "team", "her_wish": "x", "account": "x", "minutes": "x", "result": "settled"}
    meeting = record_mediation(case=case, by=user, at=at, answers=held)
    about = {"ban_decision": ban.pk, "minutes_mediation": meeting.pk}
    return Writer(
        user, world.pao, case, ban, about, f"{clock.local(world.now + timedelta(days=2)):%d/%m/%Y %H:%M}"
    )


# --- one writer ---


def fork(place: int, writer: Writer, death: tuple[int, int] | None = None) -> int:
    """A process that sends what this writer has not yet been answered; its id.

    death: with which of what it sends, and at which statement, it is killed.
    """
    connections.close_all()
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        keyring.forget_keys()
        write(place, writer, death)
        code = 0
    except BaseException:  # noqa: BLE001  (the process ends here, whatever it was)
        traceback.print_exc()
    finally:
        os._exit(code)


def write(place: int, writer: Writer, death: tuple[int, int] | None) -> None:
    clients = {"sign": Client(), "": Client()}
    clients["sign"].force_login(writer.chair)
    clients[""].force_login(writer.user)
    begun, done = _said(place, "begin"), _said(place, "done")
    for number, what in list(enumerate(SENT))[len(done) :]:
        key = begun[number] if number < len(begun) else uuid4().hex
        if number >= len(begun):
            _say(place, {"begin": key})
        dies = _dies_at(death[1]) if death is not None and death[0] == number else nullcontext()
        with dies:
            made = _send(clients.get(what, clients[""]), writer, what, key)
        _say(place, {"done": key, "made": made})


@contextmanager
def _dies_at(number: int) -> Iterator[None]:
    """Inside, this process is killed as it is about to run so many statements; at the latest when all is written.

    That is before, while or after it writes, and always before it has heard so.
    """
    with killed_at(number):
        yield
    die()


def _send(client: Client, writer: Writer, what: str, key: str) -> str:
    """Press the button; the id of what it leads to."""
    typed: dict[str, Any] = {"form_key": key}
    case = writer.case.pk
    if what == "sign":
        address = reverse("decide-ban", args=[writer.ban.pk])
        typed |= {"ends_at": writer.ends_at, "version": writer.ban.version}
    elif what == "file":
        address = reverse("issue-file", args=[case])
        typed |= {"file": SimpleUploadedFile("don.docx", hiding.word()), "goes_to": ["file"]}
    else:
        asked = urlencode({"kind": what, "about": writer.about.get(what, case)})
        address = f"{reverse('issue-paper', args=[case])}?{asked}"
    answer = client.post(address, typed)
    assert answer.status_code == 302, (what, answer.status_code, answer.content.decode()[-3000:])
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
    signed = list(Measure.objects.everything(reason="soak").filter(state="in_force"))
    series: dict[tuple[str, str, int], list[int]] = {}
    for entry in RegisterEntry.objects.all():
        series.setdefault((entry.register, entry.scope, entry.year), []).append(entry.number or 0)
    answered = [made for place in range(WRITERS) for made in _said(place, "made")]
    return {
        "answered": len(answered),
        "answered twice": sum(times - 1 for times in Counter(answered).values()),
        "kept": sorted(str(row.pk) for row in (*papers, *signed)) == sorted(answered),
        "gapless": {
            name: sorted(numbers) == list(range(1, len(numbers) + 1))
            for (name, *_), numbers in series.items()
        },
        "numbers": {name: len(numbers) for (name, *_), numbers in series.items()},
        "counted": {
            register: Series.objects.get(kind=f"paper.{register}", scope=scope, year=year).last
            for register, scope, year in series
        },
        "of the decision": {row.number for row in signed}
        == {paper.shown_number for paper in papers if paper.kind == "ban_decision"},
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
