"""Which clocks run: of one case, of everybody a viewer works for, each with what may be done about it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from casework.access.principals import principal
from casework.base.codes import codes
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.deadlines.models import Deadline
from casework.deadlines.steps import Step, step_for, who
from casework.organisations.models import User
from casework.organisations.roles import bases

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# What is due within half a day belongs to «right now»: the same half day in which a clock turns to warning.
SOON: Final = timedelta(hours=12)
FIRST: Final = "risk_assess_first"


@dataclass(frozen=True, slots=True)
class Due:
    """A running clock as a page shows it; `url` is empty when it waits for somebody else than the viewer."""

    case: Case
    kind: str
    due_at: datetime
    role: str
    subject_id: UUID | None = None
    url: str = ""
    verb: "StrOrPromise" = ""

    @property
    def label(self) -> str:
        return codes("deadline_kind").label(self.kind)

    @property
    def who(self) -> str:
        """Whom the clock waits for, in words."""
        return who(self.role)

    def is_over(self, at: datetime) -> bool:
        return self.due_at < at


def clocks_of(case: Case, user: User, *, at: datetime) -> list[Due]:
    """The running clocks of an opened case, the nearest first, with the buttons the viewer may press."""
    rows = Deadline.objects.everything(reason="the case was opened").filter(case=case, state=Deadline.OPEN)
    return with_steps(user, [*_first_assessments([case]), *(_due(row, case) for row in rows)], at=at)


def clocks_of_all(cases: Collection[Case], user: User, *, before: datetime, at: datetime) -> list[Due]:
    """The clocks of cases the viewer was shown that run out before an instant, the nearest first."""
    by_id = {case.pk: case for case in cases}
    rows = Deadline.objects.everything(reason="the cases came from the viewer's own arms").filter(
        case_id__in=by_id, state=Deadline.OPEN, due_at__lt=before
    )
    dues = [due for due in _first_assessments(by_id.values()) if due.due_at < before]
    return with_steps(user, [*dues, *(_due(row, by_id[row.case_id]) for row in rows)], at=at)


def with_steps(user: User, dues: Iterable[Due], *, at: datetime) -> list[Due]:
    """The same clocks, nearest first, each with the page of its step where the viewer may take it.

    One query for every set of bases the steps' verbs rest on, however many clocks and cases there are.
    """
    ordered = sorted(dues, key=lambda due: (due.due_at, due.kind, str(due.subject_id)))
    steps = [step_for(due.kind, due_at=due.due_at, at=at) for due in ordered]
    cases = {due.case.pk for due in ordered}
    allowed = may_on_cases(user, cases, {step.verb for step in steps if step}, at=at)
    return [
        _with_step(due, step) if step and due.case.pk in allowed[step.verb] else due
        for due, step in zip(ordered, steps, strict=True)
    ]


def may_on_cases(
    user: User, cases: Collection[UUID], verbs: Collection[str], *, at: datetime
) -> Mapping[str, frozenset[UUID]]:
    """On which of these cases the viewer may do each verb; verbs on the same bases share one query."""
    seats = principal(user, at).seats
    asked: dict[tuple[frozenset[str], ...], frozenset[UUID]] = {}
    answers: dict[str, frozenset[UUID]] = {}
    for verb in sorted(verbs):
        resting_on = tuple(bases(verb, seat.role) for seat in seats)
        if resting_on not in asked:
            rows = (
                Case.objects.visible_to(user, verb, at=at).filter(pk__in=cases).values_list("pk", flat=True)
            )
            asked[resting_on] = frozenset(rows) if any(resting_on) and cases else frozenset()
        answers[verb] = asked[resting_on]
    return answers


def link(route: str, *args: object) -> str:
    """The address of a named page, empty while the room it belongs to is not installed."""
    try:
        return reverse(route, args=args)
    except NoReverseMatch:
        return ""


def _due(row: Deadline, case: Case) -> Due:
    return Due(case, row.kind, row.due_at, row.role, row.subject_id)


def _first_assessments(cases: Iterable[Case]) -> list[Due]:
    """The clock every new case has before it was ever assessed; it needs no row."""
    role = codes("deadline_kind").row(FIRST).string("who") or ""
    return [
        Due(case, FIRST, lifecycle.first_assessment_due(case.opened_at), role)
        for case in cases
        if not case.level and case.state in lifecycle.LIVE
    ]


def _with_step(due: Due, step: Step) -> Due:
    return replace(
        due, url=link(step.route, due.subject_id if step.by_subject else due.case.pk), verb=step.label
    )
