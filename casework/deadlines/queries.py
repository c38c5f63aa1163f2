"""Which clocks run: of one case, of everybody a viewer works for, each with what may be done about it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from casework.access.lists import Page
from casework.access.principals import principal
from casework.access.visibility import union_of
from casework.base.codes import codes
from casework.base.cursors import read_cursor, uuid_of, write_cursor
from casework.cases import lifecycle
from casework.cases.models import Case
from casework.cases.queries import initials_of
from casework.deadlines.models import Deadline
from casework.deadlines.steps import Step, step_for, who
from casework.organisations.models import User
from casework.organisations.roles import bases
from casework.people.contacting import Contacting

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# What is due within half a day belongs to «right now»: the same half day in which a clock turns to warning.
SOON: Final = timedelta(hours=12)
FIRST: Final = "risk_assess_first"


@dataclass(frozen=True, slots=True)
class Due:
    """A running clock as a page shows it; `url` is empty when it waits for somebody else than the viewer.

    contact: how she may be reached, on a page that shows it beside a contact that is due.
    """

    case: Case
    kind: str
    due_at: datetime
    role: str
    subject_id: UUID | None = None
    url: str = ""
    verb: "StrOrPromise" = ""
    initials: str = ""
    contact: Contacting | None = None

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
    return named(with_steps(user, [*dues, *(_due(row, by_id[row.case_id]) for row in rows)], at=at))


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


def named(dues: Sequence[Due]) -> list[Due]:
    """The same clocks with the initials of each case's main person: two queries for any number."""
    called = initials_of(list({due.case.pk: due.case for due in dues}.values())) if dues else {}
    return [replace(due, initials=called.get(due.case.pk, "")) for due in dues]


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


# --- lists over many cases ---

# Whose clocks a list shows -> the access paths of the cases they belong to.
SCOPES: Final[Mapping[str, frozenset[str]]] = {
    "mine": frozenset({"assigned"}),
    "unit": frozenset({"unit", "duty"}),
    "area": frozenset({"area"}),
}
LIST_SIZE: Final = 50


def scopes_of(user: User, *, at: datetime) -> list[str]:
    """The lists this viewer has, the narrowest first."""
    seats = principal(user, at).seats
    held = {basis for seat in seats for basis in bases("case.view", seat.role)}
    return [name for name, paths in SCOPES.items() if paths & held]


def due_list(
    user: User,
    scope: str,
    *,
    before: datetime,
    kind: str = "",
    after: str = "",
    size: int = LIST_SIZE,
    at: datetime,
) -> Page[Due]:
    """A page of the clocks in one scope that run out before an instant, the nearest first, with their steps.

    First assessments, which need no row, stand among them. Raises InvalidInput for a cursor that is not ours.
    """
    cases = _case_ids(user, SCOPES[scope], at=at)
    if cases is None:
        return Page([])
    start = read_cursor(after)
    rows = _clock_rows(cases, start, before=before, kind=kind)[: size + 1]
    found = [(_due(row, row.case), str(row.pk)) for row in rows]
    if kind in ("", FIRST):
        fresh = _unassessed(cases, start, before=before)[: size + 1]
        found += [(due, str(due.case.pk)) for due in _first_assessments(fresh)]
    found.sort(key=lambda one: (one[0].due_at, one[1]))
    shown = found[:size]
    last, key = shown[-1] if shown else (None, "")
    return Page(
        named(with_steps(user, [due for due, _key in shown], at=at)),
        write_cursor(last.due_at, key) if last is not None and len(found) > size else "",
    )


def _case_ids(user: User, paths: frozenset[str], *, at: datetime) -> Any:
    """A sub-query of the cases the viewer reaches by these access paths; None when there is no such path."""
    arms = [arm for arm in Case.visibility.arms(principal(user, at), "case.view") if arm.basis in paths]
    return union_of([arm.rows.values(arm.id) for arm in arms]) if arms else None


def _clock_rows(cases: Any, start: tuple[datetime, str] | None, *, before: datetime, kind: str) -> Any:
    rows = Deadline.objects.everything(reason="the cases came from the viewer's own arms").filter(
        case_id__in=cases, state=Deadline.OPEN, due_at__lt=before
    )
    if kind:
        rows = rows.filter(kind=kind)
    if start is not None:
        moment, key = start
        rows = rows.filter(due_at__gte=moment).filter(Q(due_at__gt=moment) | Q(pk__gt=uuid_of(key)))
    return rows.order_by("due_at", "pk").select_related("case__commune")


def _unassessed(cases: Any, start: tuple[datetime, str] | None, *, before: datetime) -> Any:
    """Live cases without a level whose first assessment falls due before the instant."""
    rows = Case.objects.everything(reason="the cases came from the viewer's own arms").filter(
        pk__in=cases,
        level_at__isnull=True,
        state__in=lifecycle.LIVE,
        opened_at__lt=before - lifecycle.FIRST_ASSESSMENT,
    )
    if start is not None:
        moment, key = start
        opened = moment - lifecycle.FIRST_ASSESSMENT
        rows = rows.filter(opened_at__gte=opened).filter(Q(opened_at__gt=opened) | Q(pk__gt=uuid_of(key)))
    return rows.order_by("opened_at", "pk").select_related("commune")


# --- small parts ---


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
        if case.level_at is None and case.state in lifecycle.LIVE
    ]


def _with_step(due: Due, step: Step) -> Due:
    return replace(
        due, url=link(step.route, due.subject_id if step.by_subject else due.case.pk), verb=step.label
    )
