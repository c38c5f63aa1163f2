"""The cases of a window as facts, and which areas a viewer may have figures of."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from casework.access.principals import principal
from casework.base.refusals import NotVisible
from casework.cases.models import Case, Participant
from casework.incidents.models import Incident
from casework.organisations.models import Area, User
from casework.protection.models import Measure
from casework.statistics.figures import Fact, Window, behind, figures
from casework.statistics.paper import Line, Return, yearly

URBAN, RURAL = "urban", "rural"
PARTS: Final = ("", URBAN, RURAL)
VERB: Final = "statistics.view_return"
REASON: Final = "exact figures for an office entitled to the return; no name is read"


def areas_of(user: User, at: datetime) -> list[Area]:
    """The areas the viewer may have figures of: their own, and beneath a province every unit of today, by name."""
    found: dict[int, Area] = {}
    for seat in principal(user, at).holding(VERB, "role"):
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


def area_of(user: User, code: str, at: datetime) -> Area:
    """One of the viewer's areas by its code, or their first; raises NotVisible for any other."""
    areas = areas_of(user, at)
    if not areas:
        raise NotVisible
    if not code:
        return areas[0]
    for area in areas:
        if area.code == code:
            return area
    raise NotVisible


def facts_of(area: Area, window: Window) -> list[Fact]:
    """Every case of the area opened in the window, as facts: four queries however many cases there are."""
    cases = Case.objects.everything(reason=REASON).filter(
        opened_at__gte=window.starts_at, opened_at__lt=window.ends_at
    )
    cases = cases.filter(province=area) if area.parent_id is None else cases.filter(commune=area)
    communes = dict(cases.values_list("pk", "commune_id"))
    mains: dict[UUID, dict[str, tuple[UUID, str, str]]] = defaultdict(dict)
    for case_id, role, person_id, sex, age in (
        Participant.objects.everything(reason=REASON)
        .filter(case__in=cases.values("pk"), is_main=True)
        .values_list("case_id", "role", "person_id", "person__sex", "age_band")
    ):
        mains[case_id][role] = (person_id, sex, age)
    forms: dict[UUID, set[str]] = defaultdict(set)
    penalties: dict[UUID, set[str]] = defaultdict(set)
    for case_id, found, level in (
        Incident.objects.everything(reason=REASON)
        .filter(case__in=cases.values("pk"))
        .values_list("case_id", "forms", "penalty_level")
    ):
        forms[case_id].update(found)
        penalties[case_id].add(level)
    measures: dict[UUID, set[str]] = defaultdict(set)
    for case_id, kind in (
        Measure.objects.everything(reason=REASON)
        .filter(case__in=cases.values("pk"), granted=True)
        .values_list("case_id", "kind")
    ):
        measures[case_id].add(kind)
    return [
        _fact(case_id, commune, mains[case_id], forms[case_id], penalties[case_id], measures[case_id])
        for case_id, commune in communes.items()
    ]


def _fact(
    case_id: UUID,
    commune_id: int,
    mains: dict[str, tuple[UUID, str, str]],
    forms: set[str],
    penalties: set[str],
    measures: set[str],
) -> Fact:
    victim_id, victim_sex, victim_age = mains.get("victim", (None, "unknown", "unknown"))
    handlings = set()
    if "M10" in measures:
        # M10 names both laws; the level of the act says which of them acted.
        handlings = {"criminal"} if "crime" in penalties else {"administrative"}
    return Fact(
        case_id=case_id,
        commune_id=commune_id,
        forms=frozenset(forms),
        perpetrator_sex=mains["perpetrator"][1] if "perpetrator" in mains else "unknown",
        victim_id=victim_id,
        victim_sex=victim_sex,
        victim_age=victim_age,
        measures=frozenset(measures),
        handlings=frozenset(handlings),
        is_handled=bool(measures),
    )


def return_of(area: Area, window: Window) -> Return:
    """Count every row of the yearly return."""
    facts = facts_of(area, window)
    form = yearly()
    communes = _communes_of(area, facts)
    wards = {pk for pk, commune in communes.items() if commune.kind == "ward"}
    everywhere = figures(form.counted, facts)
    urban = figures(form.counted, [fact for fact in facts if fact.commune_id in wards])
    lines = [
        Line(
            row,
            everywhere.get(row.row),
            urban.get(row.row),
            everywhere[row.row] - urban[row.row] if row.row else None,
        )
        for row in form.rows
    ]
    grouped: dict[int, list[Fact]] = defaultdict(list)
    for fact in facts:
        grouped[fact.commune_id].append(fact)
    by_commune = [
        (commune, figures(form.counted, grouped[pk]))
        for pk, commune in sorted(communes.items(), key=_by_name)
    ]
    return Return(area, window, lines, by_commune if area.parent_id is None else [])


def cases_behind(
    user: User, area: Area, window: Window, row: str, *, limit: int, part: str = ""
) -> tuple[int, list[Case]]:
    """How many cases a figure counts, and those of them the viewer may see, newest first.

    part: URBAN (wards), RURAL (communes), or "" for both.
    Raises NotVisible for a row the return does not have.
    """
    if row not in yearly().counted or part not in PARTS:
        raise NotVisible
    facts = facts_of(area, window)
    if part:
        communes = _communes_of(area, facts)
        facts = [fact for fact in facts if (communes[fact.commune_id].kind == "ward") == (part == URBAN)]
    counted = behind(row, facts)
    seen = (
        Case.objects.visible_to(user)
        .filter(pk__in=counted)
        .select_related("commune")
        .order_by("-opened_at", "-id")[:limit]
    )
    return len(counted), list(seen)


def years(at_year: int) -> Sequence[int]:
    return range(at_year + 1, at_year - 5, -1)


def _communes_of(area: Area, facts: Sequence[Fact]) -> dict[int, Area]:
    if area.parent_id is not None:
        return {area.pk: area}
    wanted = {fact.commune_id for fact in facts}
    found = {one.pk: one for one in Area.objects.filter(pk__in=wanted)}
    found.update((one.pk, one) for one in Area.objects.filter(parent=area, valid_to__isnull=True))
    return found


def _by_name(pair: tuple[int, Area]) -> Any:
    return pair[1].code
