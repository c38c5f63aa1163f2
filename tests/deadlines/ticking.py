"""The minute job at any instant, and what people were told by it."""

from datetime import datetime
from typing import Any

from casework.cases.models import Case
from casework.deadlines.clocks import start_clock
from casework.deadlines.machine import Ran, run_minute
from casework.deadlines.models import Deadline, Reminder
from casework.notifications.models import Notice
from casework.organisations.models import User
from tests.byhand import by_hand


def start(case: Case, kind: str, **how: Any) -> Deadline | None:
    """A clock of a case, as a verb starts it."""
    with by_hand():
        return start_clock(case, kind, **how)


def tick(at: datetime) -> Ran:
    """One minute; nothing of it may break."""
    ran = run_minute(at)
    assert ran.failed == 0
    return ran


def told(user: User, topic: str = "") -> list[str]:
    """What somebody was told, the oldest first: kinds of notices, about one kind of clock."""
    rows = Notice.objects.filter(recipient=user)
    rows = rows.filter(topic=topic) if topic else rows
    return list(rows.order_by("at", "pk").values_list("kind", flat=True))


def names_told(topic: str, kind: str = "") -> set[str]:
    """User names of those told of a kind of clock."""
    rows = Notice.objects.filter(topic=topic)
    rows = rows.filter(kind=kind) if kind else rows
    return set(rows.values_list("recipient__username", flat=True))


def taken() -> list[tuple[str, str]]:
    """Every step taken, with what became of it."""
    return list(Reminder.objects.order_by("at", "pk").values_list("step", "outcome"))
