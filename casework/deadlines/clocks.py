"""Starting and stopping the clocks of a case, from inside the verb that gives them cause."""

from datetime import datetime
from typing import Any
from uuid import UUID

from casework.access.grants import FOREVER
from casework.access.guard import GuardedModel
from casework.base.codes import codes
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.deadlines.models import Deadline
from casework.organisations.models import User


def start_clock(
    case: Case,
    kind: str,
    *,
    at: datetime,
    due_at: datetime,
    subject: GuardedModel | None = None,
    user: User | None = None,
) -> Deadline:
    """Start a clock of the case, or set the one that already runs for the same subject to its new hour."""
    row = codes("deadline_kind").row(kind)
    running = _open(case).filter(kind=kind, subject_id=subject.pk if subject else None).first()
    clock = running or Deadline(
        case=case,
        kind=kind,
        basis=row.basis or "",
        role=str(row.params.get("who", "")),
        subject_type=type(subject).__name__.lower() if subject else "",
        subject_id=subject.pk if subject else None,
    )
    clock.user = user
    clock.starts_at = at
    clock.due_at = due_at
    clock.save()
    refresh_next_clock(case)
    return clock


def stop_clock(
    case: Case, *kinds: str, at: datetime, subject: GuardedModel | None = None, cancelled: bool = False
) -> int:
    """Stop the running clocks of these kinds (of one subject, or of all); the number stopped."""
    rows = _open(case).filter(kind__in=kinds)
    if subject is not None:
        rows = rows.filter(subject_id=subject.pk)
    stopped = list(rows)
    for clock in stopped:
        clock.state = Deadline.CANCELLED if cancelled else Deadline.DONE
        clock.ended_at = at
        clock.save()
    if stopped:
        refresh_next_clock(case)
    return len(stopped)


def stop_all(case: Case, *, at: datetime, keep: tuple[str, ...] = ()) -> int:
    """Stop every clock of the case but those named; for a case that is closed."""
    kinds = set(_open(case).values_list("kind", flat=True)) - set(keep)
    stopped = stop_clock(case, *kinds, at=at, cancelled=True)
    if not stopped:
        # The first assessment is owed by the state of the case, not by a row: a closed case owes none.
        refresh_next_clock(case)
    return stopped


def pull_reassessment(case: Case, *, due_at: datetime) -> bool:
    """Bring an open re-assessment forward, never back; True when it moved."""
    running = _open(case).filter(kind__in=["risk_reassess", "supervised_reassess"], due_at__gt=due_at)
    moved = list(running)
    for clock in moved:
        clock.due_at = due_at
        clock.save()
    if moved:
        refresh_next_clock(case)
    return bool(moved)


def refresh_next_clock(case: Case) -> None:
    """Copy the nearest running clock onto the case, where every list orders by it."""
    nearest = _open(case).order_by("due_at").first()
    due_at, kind = (nearest.due_at, nearest.kind) if nearest else (FOREVER, "")
    if case.level_at is None and case.state in lifecycle.LIVE:
        first = lifecycle.first_assessment_due(case.opened_at)
        if first < due_at:
            due_at, kind = first, "risk_assess_first"
    if (case.next_due_at, case.next_due_kind) != (due_at, kind):
        case.next_due_at, case.next_due_kind = due_at, kind
        case.save()


def missed(case: Case, *, at: datetime) -> list[Deadline]:
    """The clocks of the case that ran out and were not stopped."""
    return list(_open(case).filter(due_at__lt=at).order_by("due_at"))


def running_for(subject_id: UUID) -> list[Deadline]:
    return list(
        Deadline.objects.everything(reason="a verb looks at its own clocks").filter(
            subject_id=subject_id, state=Deadline.OPEN
        )
    )


def _open(case: Case) -> Any:
    return Deadline.objects.everything(reason="a verb on the case that was already allowed").filter(
        case=case, state=Deadline.OPEN
    )
