"""Keys exchanged by processes that are killed in the middle, again and again, while others write and read.

    python -m tests.soak.rotating FOLDER KILLS

works on the database its environment names, which it makes anew, and prints what it saw as one JSON object.
"""

import json
import os
import random
import sys
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.db.models import F  # noqa: E402

from casework.access.seals import forged_events, sweep  # noqa: E402
from casework.audit.models import AuditEvent  # noqa: E402
from casework.audit.verify import breaks  # noqa: E402
from casework.base import clock  # noqa: E402
from casework.cases.actions import edit_phone, seal_case  # noqa: E402
from casework.cases.models import Case  # noqa: E402
from casework.encryption import keyring  # noqa: E402
from casework.encryption.canary import verify_canary  # noqa: E402
from casework.encryption.envelope import Scope  # noqa: E402
from casework.encryption.models import BlindIndexEntry, DataKey, FileKey, KeyRotation  # noqa: E402
from casework.incidents.actions import correct_incident, record_incident  # noqa: E402
from casework.incidents.models import Incident  # noqa: E402
from casework.management.renewal import data, dropping, index, master, tables  # noqa: E402
from casework.management.renewal.steps import NotDone  # noqa: E402
from casework.people.matching import candidates  # noqa: E402
from casework.people.models import Phone  # noqa: E402
from tests.attachments.making import PDF, attach  # noqa: E402
from tests.incidents.test_record import told  # noqa: E402
from tests.renewal.looking import damaged, every_row, keys_of, named, tokens_of, values  # noqa: E402
from tests.soak.dying import killed_at  # noqa: E402
from tests.world import World, build_world, load_world  # noqa: E402

KILLS = int(sys.argv[2])
# Each dies at one of so many statements: more than an exchange asks before its first step, and fewer than to its end.
STATEMENTS = {"data": 160, "master": 60, "index": 60}
CASES, INCIDENTS = 6, 15
HANDFUL = 24
KEYS = {number: bytes([number]) * 32 for number in (1, 2)}
INDEX_KEYS = {number: bytes([number + 10]) * 32 for number in (1, 2)}
FIXED = "+84911111111"

# Small steps, so that there are many instants to be killed at; and jobs, not requests, are what writes here.
for module, at_once in ((data, 4), (tables, 4), (master, 8), (index, 1)):
    vars(module)["AT_ONCE"] = at_once
vars(data)["settled"] = lambda: timedelta(seconds=keyring.ELSEWHERE_SECONDS + 0.5)


def main(folder: Path) -> dict[str, Any]:
    random.seed(20)
    settings.ENCRYPTION_KEYS = {"current": 1, "keys": KEYS}
    settings.INDEX_KEYS = {"current": 1, "keys": {1: INDEX_KEYS[1]}}
    call_command("migrate", verbosity=0)
    verify_canary()
    case = made()
    settings.INDEX_KEYS = {"current": 1, "keys": INDEX_KEYS}
    verify_canary()
    seen: dict[str, Any] = {}
    with others(folder, case, seen):
        seen["data"] = data_keys(case)
        seen["master"] = master_keys()
        seen["index"] = index_keys()
    seen["end"] = end(case)
    return seen


def made() -> Case:
    """A case with a long history and a file, and five more, in a world of their own."""
    world = build_world()
    case = world.case()
    for _ in range(INCIDENTS):
        record_incident(case=case, by=world.lan, at=clock.now(), answers=told(world, place="Bản"))
    attach(world, case, content=PDF)
    for number in range(1, CASES):
        world.case(
            people=[{"role": "victim", "full_name": f"Lò Thị {number}", "age": "1990", "phone": FIXED}]
        )
    return case


# --- the others: one writes, one reads ---


@contextmanager
def others(folder: Path, case: Case, seen: dict[str, Any]) -> Iterator[None]:
    stop = folder / "stop"
    running = {name: fork(partial(act, case, stop, folder / name)) for name, act in ACTS.items()}
    yield
    stop.touch()
    for name, pid in running.items():
        _pid, status = os.waitpid(pid, 0)
        if status:
            raise RuntimeError(f"the one who {name} failed")
        seen[name] = json.loads((folder / name).read_text())


def writes(case: Case, stop: Path, report: Path) -> None:
    """Correct incidents, change a number, take reports (each with a new key); each time see what was written last."""
    world, count = load_world(), 0
    known: dict[Any, str] = {}
    phone = Phone.objects.everything(reason="soak").get(person=world.victim(case))
    while not stop.exists():
        count += 1
        incident = random.choice(list(Incident.objects.everything(reason="soak").filter(case=case)))
        assert incident.place == known.get(incident.pk, incident.place), "what was written last is gone"
        known[incident.pk] = f"Bản số {count}"
        now: Any = {"by": world.lan, "at": clock.now()}
        correct_incident(incident=incident, answers={"place": known[incident.pk]}, **now)
        if count % 3 == 0:
            before, number = phone.number, f"+8498{count:07}"
            edit_phone(case=case, phone=phone, answers={"number": number}, **now)
            assert person_of(number) == [phone.person_id], "the number is not found"
            assert person_of(before) == [], "the number of before is found"
        if count % 5 == 0:
            world.report(at=clock.now())
        time.sleep(0.01)
    report.write_text(json.dumps({"writes": count}))


def reads(case: Case, stop: Path, report: Path) -> None:
    """Open everything there is, and find who never changed, over and over."""
    count = 0
    while not stop.exists():
        assert damaged() == []
        assert len(person_of(FIXED)) == CASES - 1
        count += 1
    report.write_text(json.dumps({"rounds": count, "values": len(values())}))


ACTS = {"writes": writes, "reads": reads}


def person_of(number: str) -> list[Any]:
    """Who has this number: candidates, opened and compared."""
    found = candidates(phone=number)
    phones = Phone.objects.everything(reason="soak").filter(person__in=found)
    return sorted(phone.person_id for phone in phones if phone.number == number)


# --- killing ---


def fork(act: Callable[[], object]) -> int:
    """A process of its own that does this and ends; its id."""
    connections.close_all()
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        keyring.forget_keys()
        random.seed()
        act()
        code = 0
    except BaseException:  # noqa: BLE001  (the process ends here, whatever it was)
        traceback.print_exc()
    finally:
        os._exit(code)


def killed(what: str, command: list[str]) -> bool:
    """Run a command that is killed with -9 at a statement of it; False when it ended before that."""
    number = random.randint(1, STATEMENTS[what])

    def act() -> None:
        with killed_at(number):
            call_command(*command, stdout=StringIO())

    _pid, status = os.waitpid(fork(act), 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise RuntimeError(f"{command} failed")
    return os.WIFSIGNALED(status)


def in_the_middle() -> bool:
    """Had the exchange that was just killed begun, and done something, and not ended?"""
    return KeyRotation.objects.filter(ended_at=None, done__gt=0).exists()


def proven() -> None:
    """Nothing is damaged at this instant: neither what is sealed nor the seals over the rows."""
    keyring.forget_keys()
    assert damaged() == []
    assert list(sweep()) == []


def is_refused(drop: Callable[[], object]) -> bool:
    try:
        drop()
    except NotDone:
        return True
    return False


def data_keys(case: Case) -> dict[str, int]:
    kills = rounds = middle = 0
    command = ["rotate_data_key", "--case", case.number]
    while kills < KILLS:
        again = [] if KeyRotation.objects.filter(of="data", ended_at=None).exists() else ["--again"]
        if killed("data", [*command, *again]):
            kills += 1
            middle += in_the_middle()
        rounds += 1
        proven()
    call_command(*command, stdout=StringIO())
    return {
        "kills": kills,
        "middle": middle,
        "ended": rounds - kills,
        "epochs": len(keys_of("case", case.pk)),
    }


def master_keys() -> dict[str, int]:
    kills = rounds = refused = middle = 0
    keyring.prepare_keys([Scope("person", uuid.uuid4()) for _ in range(300)])
    while kills < KILLS:
        current = settings.ENCRYPTION_KEYS["current"]
        # Whoever writes goes on making keys under the first: a handful of them is no exchange to be in the middle of.
        if master.waiting(current).count() < HANDFUL:
            current = 3 - current
            settings.ENCRYPTION_KEYS = {"current": current, "keys": KEYS}
        if killed("master", ["rotate_keys"]):
            kills += 1
            middle += in_the_middle()
        rounds += 1
        proven()
        if current == 2:
            # Whoever writes still seals under the first, as a server would that was not told.
            refused += is_refused(lambda: dropping.drop_master(1))
    return {"kills": kills, "middle": middle, "ended": rounds - kills, "refused": refused}


def index_keys() -> dict[str, int]:
    kills = rounds = refused = middle = 0
    while kills < KILLS:
        if not index.lacking(2).exists():
            # From the beginning, as if the second key had just been loaded.
            KeyRotation.objects.filter(of="index").delete()
            BlindIndexEntry.objects.filter(version=2).delete()
        if killed("index", ["rotate_index_key"]):
            kills += 1
            middle += in_the_middle()
        rounds += 1
        assert len(person_of(FIXED)) == CASES - 1
        if index.lacking(2).exists():
            settings.INDEX_KEYS = {"current": 2, "keys": INDEX_KEYS}
            refused += is_refused(lambda: dropping.drop_index(1))
            settings.INDEX_KEYS = {"current": 1, "keys": INDEX_KEYS}
    return {"kills": kills, "middle": middle, "ended": rounds - kills, "refused": refused}


# --- to the end ---


def said(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out, stderr=out)
    return out.getvalue()


def end(case: Case) -> dict[str, Any]:
    """All to the end, then once more; old keys dropped, but for what the memory still needs."""
    world: World = load_world()
    settings.ENCRYPTION_KEYS = {"current": 2, "keys": KEYS}
    settings.INDEX_KEYS = {"current": 2, "keys": INDEX_KEYS}
    keyring.forget_keys()
    seal_case(case=case, by=world.mai, at=clock.now(), reason="Có người quen trong xã")
    reason = int.from_bytes(bytes(AuditEvent.objects.exclude(reason=b"").latest("pk").reason)[2:6], "big")
    before = values()
    commands = (
        ("rotate_data_key", "--case", case.number),
        ("rotate_keys",),
        ("rotate_index_key",),
    )
    said("rotate_data_key", "--case", case.number, "--again")
    for command in commands:
        said(*command)
    events, stood = AuditEvent.objects.count(), everything()
    second = [said(*command) for command in commands]
    idle = AuditEvent.objects.count() == events and everything() == stood
    active = keys_of("case", case.pk)[-1].pk
    alone = named() & {key.pk for key in keys_of("case", case.pk)} == {active}
    DataKey.objects.filter(state="retired").update(retired_at=F("retired_at") - timedelta(hours=2))
    kept = [row.pk for row, why in dropping.drop_data() if why]
    said("keys", "drop", "master", "1")
    said("keys", "drop", "index", "1")
    settings.ENCRYPTION_KEYS = {"current": 2, "keys": {2: KEYS[2]}}
    settings.INDEX_KEYS = {"current": 2, "keys": {2: INDEX_KEYS[2]}}
    verify_canary()
    proven()
    return {
        "second run": second,
        "second run changes nothing": idle,
        "only the newest key is named": alone,
        "kept for the memory": kept == [reason],
        "values as before": values() == before,
        "found as before": len(person_of(FIXED)) == CASES - 1,
        "memory": [str(one) for one in breaks()] + [str(one) for one in forged_events()],
        "check": said("keys", "check"),
        "values": len(before),
    }


def everything() -> list[object]:
    """What an exchange of keys could change, byte for byte."""
    return [
        *sorted((row._meta.label, str(row.pk), tokens_of(row)) for row in every_row()),
        *DataKey.objects.order_by("pk").values(),
        *FileKey.objects.order_by("pk").values(),
        *BlindIndexEntry.objects.order_by("pk").values(),
        *KeyRotation.objects.order_by("pk").values(),
    ]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))) + "\n")
