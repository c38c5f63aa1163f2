"""What the soak tests run as processes of their own: `python -m tests.soak.stage build|work MINUTES STATEMENT|report`."""

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import django
from django.conf import settings
from django.core.management import call_command

CLOCKS: Final = 120
LATE: Final = timedelta(days=1)


def build() -> None:
    """A database with a case whose clocks ran out a day ago while nothing ran, and people told by text message."""
    from django.db import transaction  # noqa: PLC0415  (models can be loaded only after django.setup)

    from casework.access.grants import give  # noqa: PLC0415  (models can be loaded only after django.setup)
    from casework.base import clock  # noqa: PLC0415
    from casework.cases.models import CaseGroupGrant  # noqa: PLC0415
    from casework.deadlines.clocks import start_clock  # noqa: PLC0415
    from casework.notifications.actions import set_reach  # noqa: PLC0415
    from casework.plans.models import PlanStep  # noqa: PLC0415
    from tests.byhand import by_hand  # noqa: PLC0415
    from tests.world import build_world  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    world = build_world()
    for place, name in enumerate(("lan", "pao", "mai", "dung")):
        answers = {"phone": f"+8491234567{place}", "by_sms": True}
        set_reach(by=world.users[name], at=world.now, answers=answers)
    then = clock.now() - LATE
    case = world.case(at=then - timedelta(hours=1))
    give(CaseGroupGrant, case, to=world.agencies["police"], by=world.pao, at=then, source="test")
    kinds = ("ban_decide", "plan_step_due", "ban_monitor_assign", "child_emergency")
    for number in range(CLOCKS):
        kind = kinds[number % len(kinds)]
        with transaction.atomic(), by_hand():
            start_clock(case, kind, at=then, due_at=then, subject=PlanStep(case=case))


def work(later: str, dies_at: str) -> None:
    """One run of the real command on a clock so many minutes ahead; killed as it begins that statement, 0 for none."""
    from casework.base import clock  # noqa: PLC0415
    from tests.soak.dying import killed_at  # noqa: PLC0415

    running, ahead = clock.now, timedelta(minutes=int(later))
    clock.now = lambda: running() + ahead
    with killed_at(int(dies_at)):
        call_command("tick")


def report() -> None:
    """What the database and the folder of text messages hold, as JSON."""
    from django.db.models import Count  # noqa: PLC0415

    from casework.audit.verify import breaks  # noqa: PLC0415
    from casework.deadlines.models import Alarm, Deadline, Reminder  # noqa: PLC0415
    from casework.notifications.models import Letter, Notice  # noqa: PLC0415

    twice = (
        Notice.objects.values("about", "recipient", "kind").annotate(times=Count("pk")).filter(times__gt=1)
    )
    folder = Path(settings.SMS_FOLDER)
    found: dict[str, Any] = {
        "clocks": Deadline.objects.everything(reason="test").filter(state="open").count(),
        "told_of": Notice.objects.filter(about__isnull=False).values("about").distinct().count(),
        "told_twice": twice.count(),
        "reminders": Reminder.objects.count(),
        "waiting_now": Alarm.objects.filter(next_at__lte=Reminder.objects.latest("at").at).count(),
        "letters": Letter.objects.count(),
        "states": sorted(set(Letter.objects.values_list("state", flat=True))),
        "messages": sorted({str(one) for one in Letter.objects.values_list("message", flat=True)}),
        "files": sorted(path.stem for path in folder.glob("*.json")),
        "litter": len([path for path in folder.iterdir() if path.suffix != ".json"]),
        "breaks": [str(one) for one in breaks()],
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    django.setup()
    stages: dict[str, Callable[..., None]] = {"build": build, "work": work, "report": report}
    stages[sys.argv[1]](*sys.argv[2:])
