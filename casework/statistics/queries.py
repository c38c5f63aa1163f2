"""The return counted from the facts, the cases behind a figure, what is drawn; and which areas a viewer may have."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
from django.db.models import Count, Exists, Min, OuterRef, Q
from django.utils.translation import gettext as _

from casework.access.principals import principal
from casework.base.refusals import NotVisible
from casework.base.spreads import Spread, spread
from casework.cases.models import Case, locked_against
from casework.intake.models import Report
from casework.organisations.models import Area, User
from casework.plans.models import SafetyPlan
from casework.protection.models import Measure
from casework.protection.terms import CONTACT_BAN
from casework.referrals.models import Referral
from casework.risk.models import RiskAssessment
from casework.statistics import summaries
from casework.statistics.charts import BEFORE, Funnel, Month, Pyramid, Shares, funnel, monthly
from casework.statistics.counting import COMMUNE, Facts
from casework.statistics.crossing import COUNTED, Crossed, crossed
from casework.statistics.cube import select
from casework.statistics.dimensions import BY_NAME
from casework.statistics.facts import RECEIVED
from casework.statistics.figures import Window, behind, figures, figures_by_commune
from casework.statistics.indicators import (
    OUTCOMES,
    Group,
    Step,
    Value,
    by_partner,
    groups,
    values,
)
from casework.statistics.models import CaseFact
from casework.statistics.paper import Line, Return, yearly

URBAN, RURAL = "urban", "rural"
PARTS: Final = ("", URBAN, RURAL)
VERB: Final = "statistics.view_return"
# Whatever is finer than the return: from the province up, and never of a case somebody is locked out of.
EXPLORE: Final = "statistics.explore"


def areas_of(user: User, at: datetime, verb: str = VERB) -> list[Area]:
    """The areas the viewer may have figures of: their own, and beneath a province every unit of today, by name."""
    found: dict[int, Area] = {}
    for seat in principal(user, at).holding(verb, "role"):
        own = Area.objects.select_related("parent").get(pk=seat.area_id)
        found[own.pk] = own
        if seat.area_is_province:
            below = (
                Area.objects.filter(parent=own, valid_to__isnull=True)
                .select_related("parent")
                .order_by("name")
            )
            found.update((area.pk, area) for area in below)
    return list(found.values())


def area_of(user: User, code: str, at: datetime, verb: str = VERB) -> Area:
    """One of the viewer's areas by its code, or their first; raises NotVisible for any other."""
    areas = areas_of(user, at, verb)
    if not areas:
        raise NotVisible
    if not code:
        return areas[0]
    for area in areas:
        if area.code == code:
            return area
    raise NotVisible


def facts_of(area: Area, window: Window) -> Facts:
    """Every case of the area opened in the window, as facts."""
    return select(window.months, [area])


def return_of(area: Area, window: Window) -> Return:
    """Count every row of the yearly return."""
    facts = facts_of(area, window)
    form = yearly()
    communes = _communes_of(area, facts)
    everywhere = figures(form.counted, facts)
    urban = figures(form.counted, _part(facts, communes, URBAN))
    lines = [
        Line(
            row,
            everywhere.get(row.row),
            urban.get(row.row),
            everywhere[row.row] - urban[row.row] if row.row else None,
        )
        for row in form.rows
    ]
    if area.parent_id is not None:
        return Return(area, window, lines, [])
    found, nothing = figures_by_commune(form.counted, facts), dict.fromkeys(form.counted, 0)
    by_commune = [(commune, found.get(pk, nothing)) for pk, commune in sorted(communes.items(), key=_by_name)]
    return Return(area, window, lines, by_commune)


def cases_behind(
    user: User, area: Area, window: Window, row: str, *, limit: int, part: str = ""
) -> tuple[int, list[Case]]:
    """How many cases a figure counts, and those of them the viewer may see, newest first.

    part: URBAN (wards), RURAL (communes), or "" for both. Of a destroyed case only the figure is left.
    Raises NotVisible for a row the return does not have.
    """
    if row not in yearly().counted or part not in PARTS:
        raise NotVisible
    facts = facts_of(area, window)
    if part:
        facts = part_of(area, facts, part)
    counted = behind(row, facts)
    return len(counted), cases_of(user, counted.id.tolist(), limit=limit)


def cases_of(user: User, facts: Sequence[int], *, limit: int) -> list[Case]:
    """The cases these facts are counted of, as far as the viewer may see them, newest first."""
    cases = CaseFact.objects.filter(pk__in=facts, case__isnull=False)
    seen = (
        Case.objects.visible_to(user)
        .filter(pk__in=list(cases.values_list("case_id", flat=True)))
        .select_related("commune")
        .order_by("-opened_at", "-id")[:limit]
    )
    return list(seen)


def part_of(area: Area, facts: Facts, part: str) -> Facts:
    """Those of the wards (URBAN) or of the communes (RURAL) of an area."""
    return _part(facts, _communes_of(area, facts), part)


def years(at_year: int) -> Sequence[int]:
    return range(at_year + 1, at_year - 5, -1)


def _communes_of(area: Area, facts: Facts) -> dict[int, Area]:
    if area.parent_id is not None:
        return {area.pk: area}
    found = {one.pk: one for one in Area.objects.filter(pk__in=set(facts.commune.tolist()))}
    found.update((one.pk, one) for one in Area.objects.filter(parent=area, valid_to__isnull=True))
    return found


def _part(facts: Facts, communes: dict[int, Area], part: str) -> Facts:
    wards = [pk for pk, commune in communes.items() if commune.kind == "ward"]
    urban = facts.in_places(wards)
    return facts.where(urban if part == URBAN else ~urban)


def _by_name(pair: tuple[int, Area]) -> Any:
    return pair[1].code


def _locked(user: User) -> list[int]:
    """The facts of the cases the viewer is locked out of: what is crossed would tell them apart."""
    rows = CaseFact.objects.filter(case__in=locked_against(user.pk))
    return list(rows.values_list("pk", flat=True))


def _without(facts: Facts, locked: Sequence[int]) -> Facts:
    return facts.where(~np.isin(facts.id, locked))


def table_of(user: User, area: Area, window: Window, *, rows: str, columns: str, of: str) -> Crossed:
    """One question crossed with another, exact; see `crossed`. Raises NotVisible for a question there is not."""
    asked = {rows, columns or rows}
    if not asked <= {COMMUNE, *BY_NAME} or of not in COUNTED:
        raise NotVisible
    facts = _without(facts_of(area, window), _locked(user))
    places = Area.objects.in_bulk(np.unique(facts.commune).tolist()) if COMMUNE in asked else {}
    named = {number: str(place) for number, place in places.items()}
    return crossed(facts, rows, columns, of=of, communes=named)


# --- indicators, and the way from a report to help ---

REASON: Final = "counted for indicators"
_ACCEPTED: Final = ("accepted", "in_service", "completed")


@dataclass(frozen=True, slots=True)
class Indicators:
    """The indicators of one area and window; cases: how many are counted, on_file: how many still have their content."""

    area: Area
    window: Window
    cases: int
    on_file: int
    groups: Sequence[tuple[Group, Sequence[Value]]]
    steps: Sequence[Step]
    spreads: Sequence[Spread]


def indicators_of(user: User, area: Area, window: Window) -> Indicators:
    """Count every indicator. What the memory of figures does not hold is read off the rows of cases not destroyed."""
    locked = _locked(user)
    facts = _without(facts_of(area, window), locked)
    ours = _cases_of(area, window).exclude(pk__in=locked)
    outcomes = _men_with(facts, ours)
    steps = _steps(ours, facts)
    return Indicators(
        area,
        window,
        len(facts),
        steps[0].number,
        [(group, values(group, facts, outcomes)) for group in groups()],
        steps,
        _spreads(ours),
    )


def _cases_of(area: Area, window: Window) -> Any:
    """The facts of `facts_of`, of the cases whose content is there: a query for what only their rows say."""
    months = window.months
    place = {"province": area} if area.parent_id is None else {"commune": area}
    return CaseFact.objects.filter(
        month__gte=months.start, month__lt=months.stop, case__isnull=False, **place
    )


def _men_with(facts: Facts, ours: Any) -> dict[str, int]:
    """How many men who committed violence against their partner have on file what each of OUTCOMES counts. One query."""
    by = facts.where(by_partner(facts))
    person = dict(zip(by.id.tolist(), by.perpetrator.tolist(), strict=True))
    kinds = {kind for some in OUTCOMES.values() for kind in some}
    rows = ours.filter(case__outcomes__kind__in=kinds).values_list("pk", "case__outcomes__kind")
    found = [(person.get(number), kind) for number, kind in rows]
    return {
        code: len({who for who, kind in found if who and kind in some}) for code, some in OUTCOMES.items()
    }


def _steps(ours: Any, facts: Facts) -> list[Step]:
    """Of the cases on file, how many came to each step; a later one may be reached without one before it."""
    every = {"case": OuterRef("case_id")}
    assessed = RiskAssessment.objects.everything(reason=REASON).filter(**every)
    planned = SafetyPlan.objects.everything(reason=REASON).filter(**every)
    sent = Referral.objects.everything(reason=REASON).filter(**every)
    accepted = sent.filter(Q(state__in=_ACCEPTED) | Q(appointment_at__isnull=False))
    given = sent.filter(state="completed", result__in=RECEIVED)
    protected = Measure.objects.everything(reason=REASON).filter(granted=True, **every)
    asked = {
        "assessed": (_("Risk assessed"), assessed),
        "planned": (_("Safety plan made"), planned),
        "protected": (_("A protection measure granted"), protected),
        "sent": (_("Referred to a service"), sent),
        "accepted": (_("Taken on by a service"), accepted),
        "given": (_("Service received"), given),
    }
    rows = ours.annotate(**{name: Exists(query) for name, (_label, query) in asked.items()})
    counted = rows.aggregate(
        all=Count("pk"), **{f"is_{name}": Count("pk", filter=Q(**{name: True})) for name in asked}
    )
    first = Step("cases", _("Cases on file"), counted["all"], counted["all"])
    return [
        first,
        *(Step(name, label, counted[f"is_{name}"], first.number) for name, (label, _query) in asked.items()),
    ]


def _spreads(ours: Any) -> list[Spread]:
    """How long it took until the chair was told, until a ban was decided, and until the first service was received."""
    cases = ours.values("case_id")
    reports = Report.objects.everything(reason=REASON).filter(
        case_link__case__in=cases, chair_told_at__isnull=False
    )
    bans = Measure.objects.everything(reason=REASON).filter(
        case__in=cases, kind=CONTACT_BAN, decided_at__isnull=False
    )
    services = Referral.objects.everything(reason=REASON).filter(
        case__in=cases, state="completed", result__in=RECEIVED, finished_at__isnull=False
    )
    first = services.values("case").annotate(first=Min("finished_at")).order_by()
    measured: Sequence[tuple[str, Any]] = (
        (_("From the report until the chair was told"), reports.values_list("received_at", "chair_told_at")),
        (
            _("From the request for a contact ban until the decision"),
            bans.values_list("requested_at", "decided_at"),
        ),
        (
            _("From the opening of the case until the first service was received"),
            first.values_list("case__opened_at", "first"),
        ),
    )
    return [spread(label, [end - start for start, end in rows]) for label, rows in measured]


# --- charts ---

# What is drawn month by month, and over how many years where years stand beside one another.
MONTHS_DRAWN: Final = 36
QUARTERS_DRAWN: Final = 8
YEARS_DRAWN: Final = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """What a viewer chooses of the charts: see `summaries`. share: of SHARES; question: of QUESTIONS; by: of BY."""

    share: str = next(iter(summaries.SHARES))
    question: str = summaries.QUESTIONS[0]
    by: str = summaries.QUARTERS


@dataclass(frozen=True, slots=True)
class Charts:
    """What is drawn of one area and window. funnel, pyramid: of a province only.

    silent: today's communes that counted no case in the window; recut: the days in what is drawn on which units changed.
    """

    area: Area
    window: Window
    asked: Asked
    cases: int
    months: Sequence[Month]
    funnel: Funnel | None
    shares: Shares
    pyramid: Pyramid | None
    unknown: Sequence[summaries.Unknown]
    silent: Sequence[Area]
    recut: Sequence[date]

    @property
    def provisional(self) -> Month | None:
        return next((one for one in self.months if one.is_provisional), None)


def charts_of(user: User, area: Area, window: Window, asked: Asked, today: date) -> Charts:
    """Count what is drawn, without the cases the viewer is locked out of; nothing of it lies after `today`."""
    running = 12 * today.year + today.month - 1
    end = min(window.months.stop, running + 1)
    kind = summaries.kind_of(asked.by, window)
    periods = summaries.periods_until(end - 1, kind, QUARTERS_DRAWN if kind == "quarter" else YEARS_DRAWN)
    start = min(end - MONTHS_DRAWN - BEFORE, periods.start, window.months.start)
    province = area.parent or area
    of_province = _without(select(range(start, end), [province]), _locked(user))
    since = _since(area, of_province, end)
    facts = of_province.where(of_province.in_places([area.pk]) & of_province.within(range(since, end)))
    counted = facts.where(facts.within(range(window.months.start, end)))
    units = _communes_of(area, facts)
    places = [(pk, str(unit)) for pk, unit in units.items()] if area.parent_id is None else []
    drawn = range(max(end - MONTHS_DRAWN, since), end)
    return Charts(
        area,
        window,
        asked,
        len(counted),
        monthly(summaries.by_month(facts, range(since, end)), drawn, running),
        funnel(summaries.by_unit(counted, places, asked.share)) if places and len(counted) else None,
        summaries.shares_of(facts, asked.question, kind, range(max(periods.start, since), end), running),
        summaries.pyramid_of(counted) if places and len(counted) else None,
        summaries.unknown_of(counted),
        _silent(units, counted) if places and window.months.start < end else [],
        sorted(_recut(units.values(), min(drawn.start, window.months.start), end)),
    )


def _silent(units: Mapping[int, Area], facts: Facts) -> list[Area]:
    """The units of today that counted no case, by name."""
    there = set(facts.commune.tolist())
    return sorted(
        (unit for pk, unit in units.items() if unit.valid_to is None and pk not in there),
        key=lambda unit: unit.name,
    )


def _since(area: Area, facts: Facts, end: int) -> int:
    """The first month that can count cases of the area: the first of the province, but none before the unit was whole."""
    first = int(facts.month.min()) if len(facts) else end
    if area.parent_id is None:
        return first
    begun = area.valid_from
    return max(first, 12 * begun.year + begun.month - 1 + (begun.day > 1))


def _recut(units: Iterable[Area], start: int, end: int) -> set[date]:
    """The days after the first of these months on which a unit began or ended."""
    days = {day for unit in units for day in (unit.valid_from, unit.valid_to) if day is not None}
    return {day for day in days if start < 12 * day.year + day.month - 1 < end}
